from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import UnreachableError
from podcastkit.publishing.public_etag import fetch_etag
from tests.storage.front import Response, run_server

if TYPE_CHECKING:
    from podcastkit.storage.s3 import S3Storage
    from tests.seaweedfs import SeaweedFS

TIMEOUT = 20.0


def test_etag_equals_the_etag_of_the_storage(bucket: S3Storage) -> None:
    stored = bucket.write("feed.xml", b"<rss/>", content_type="text/plain", cache_control="no-cache")
    assert fetch_etag(f"{bucket.public_url}/feed.xml", timeout=TIMEOUT) == stored.etag


def test_missing_or_private_object_has_no_etag(bucket: S3Storage, seaweedfs: SeaweedFS) -> None:
    assert fetch_etag(f"{bucket.public_url}/other.xml", timeout=TIMEOUT) is None
    assert fetch_etag(f"{seaweedfs.endpoint_url}/private/feed.xml", timeout=TIMEOUT) is None


@pytest.mark.parametrize(
    ("status", "headers", "etag"),
    [
        (200, {"ETag": '"a-2"'}, "a-2"),
        (200, {"ETag": 'W/"a"'}, "a"),
        (200, {}, None),
        (204, {"ETag": '"a"'}, None),
        (301, {"ETag": '"a"', "Location": "/"}, None),
        (503, {"ETag": '"a"'}, None),
    ],
)
def test_only_status_200_returns_an_etag(
    seaweedfs: SeaweedFS, status: int, headers: dict[str, str], etag: str | None
) -> None:
    with run_server(seaweedfs.endpoint_url, lambda _: Response(status=status, headers=headers, body=b"")) as url:
        assert fetch_etag(url, timeout=TIMEOUT) == etag


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/feed.xml",
        "https://127.0.0.1:1/feed.xml",
        "http://store.invalid/feed.xml",
        "ftp://127.0.0.1/feed.xml",
        "http://127.0.0.1:port/feed.xml",
        "http://127.0.0.1/a b",
        "public/feed.xml",
        "http://[/",
    ],
)
def test_invalid_address_is_unreachable(url: str) -> None:
    with pytest.raises(UnreachableError, match="cannot be reached"):
        fetch_etag(url, timeout=TIMEOUT)


def test_store_that_closes_connections_is_unreachable(seaweedfs: SeaweedFS) -> None:
    with run_server(seaweedfs.endpoint_url, lambda _: None) as url, pytest.raises(UnreachableError):
        fetch_etag(url, timeout=TIMEOUT)


def test_silent_store_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnreachableError):
        fetch_etag(f"http://127.0.0.1:{silent.getsockname()[1]}/feed.xml", timeout=0.05)


def test_store_without_tls_is_unreachable(seaweedfs: SeaweedFS) -> None:
    with pytest.raises(UnreachableError):
        fetch_etag(seaweedfs.endpoint_url.replace("http:", "https:"), timeout=TIMEOUT)


def test_proxy_prevents_the_request(bucket: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = bucket.write("feed.xml", b"<rss/>", content_type="text/plain", cache_control="no-cache")
    url = f"{bucket.public_url}/feed.xml"
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert fetch_etag(url, timeout=TIMEOUT) is None
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch_etag(url, timeout=TIMEOUT) == stored.etag


def test_keys_are_not_sent(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testtest")
    seen: list[str] = []

    def record(request: object) -> Response:
        seen.append(str(request))
        return Response(status=200, headers={"ETag": '"a"'}, body=b"")

    with run_server(seaweedfs.endpoint_url, record) as url:
        assert fetch_etag(f"{url}/feed.xml", timeout=TIMEOUT) == "a"
    assert len(seen) == 1
    assert "authorization" not in seen[0].lower()


def test_boto3_is_not_imported() -> None:
    program = (
        "import sys, podcastkit.publishing.public_etag; print(sorted({'boto3', 'urllib3'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"
