from __future__ import annotations

import http.client
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urlsplit

import pytest

from podcastkit.diagnostics import PodcastkitError, StorageError, UnreachableError
from podcastkit.storage.base import Condition, Stored
from podcastkit.storage.s3 import S3Storage
from podcastkit.wait_times import Waiting
from tests.storage.front import Request, Response, close, make_proxied_storage, run_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

ABSENT = Condition(etag=None)
SECRET = "testtest"  # noqa: S105 - only for the test server


def put(storage: S3Storage, key: str, body: bytes | Path, condition: Condition | None = None) -> Stored:
    return storage.write(key, body, content_type="text/plain", cache_control="no-cache", condition=condition)


def list_requests(storage: S3Storage) -> list[Callable[[], object]]:
    return [
        lambda: storage.read("feed.xml"),
        lambda: storage.find("feed.xml"),
        lambda: list(storage.list("")),
        lambda: put(storage, "feed.xml", b"x"),
        lambda: put(storage, "feed.xml", b"x", ABSENT),
    ]


def assert_error(ask: Callable[[], object], words: str) -> PodcastkitError:
    with pytest.raises(StorageError, match=words) as caught:
        ask()
    error = caught.value
    assert error.hint
    for text in (error.message, error.hint):
        assert "\n" not in text
        assert SECRET not in text
        assert "Traceback" not in text
    return error


def find_closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


# Requests to the store


@pytest.mark.usefixtures("keys_in_environment")
def test_write_sends_no_acl_and_only_content_md5(seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    seen: list[Request] = []

    def record(request: Request) -> Response:
        seen.append(request)
        return request.forward()

    (tmp_path / "a.mp3").write_bytes(b"sound" * 1000)
    with run_server(seaweedfs.endpoint_url, record) as url:
        storage = S3Storage(seaweedfs.bucket, f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1")
        put(storage, "media/a.mp3", tmp_path / "a.mp3", ABSENT)
        put(storage, "feed.xml", b"x")
        assert storage.read("feed.xml")
        close(storage)
    assert [request.method for request in seen] == ["PUT", "PUT", "GET"]
    headers = [{name.lower() for name in request.headers} for request in seen]
    forbidden = ("x-amz-acl", "x-amz-grant", "x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer")
    assert not [name for names in headers for name in names if name.startswith(forbidden)]
    assert [("content-md5" in names) for names in headers] == [True, True, False]


# Public access


@pytest.mark.parametrize(
    ("key", "content_type", "cache_control"),
    [
        ("feed.xml", "application/rss+xml; charset=utf-8", "public, max-age=300"),
        ("media/a.mp3", "audio/mpeg", "public, max-age=31536000, immutable"),
    ],
)
def test_public_object_has_type_and_cache_headers(
    bucket: S3Storage, key: str, content_type: str, cache_control: str
) -> None:
    stored = bucket.write(key, b"x" * 1000, content_type=content_type, cache_control=cache_control)
    url = urlsplit(f"{bucket.public_url}/{key}")
    connection = http.client.HTTPConnection(url.netloc)
    connection.request("GET", url.path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200
    assert body == b"x" * 1000
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Cache-Control"] == cache_control
    assert response.headers["ETag"] == f'"{stored.etag}"'


@pytest.mark.slow
@pytest.mark.parametrize("url", ["s3://pub/{}", "s3://pub/{}/", "s3://pub//{}//"])
@pytest.mark.usefixtures("keys_in_environment")
def test_storage_opens_with_an_address_and_environment_variables(seaweedfs: SeaweedFS, url: str) -> None:
    prefix = f"t-{uuid.uuid4().hex}/show"
    storage = S3Storage.from_url(url.format(prefix), endpoint_url=seaweedfs.endpoint_url)
    assert storage.address == f"s3://pub/{prefix}"
    assert storage.public_url == f"{seaweedfs.endpoint_url}/pub/{prefix}"
    stored = put(storage, "feed.xml", b"<rss/>")
    assert list(storage.list("")) == [stored]
    whole = S3Storage.from_url("s3://pub", endpoint_url=seaweedfs.endpoint_url)
    assert whole.address == "s3://pub"
    assert whole.public_url == f"{seaweedfs.endpoint_url}/pub"
    assert whole.read(f"{prefix}/feed.xml") == (b"<rss/>", stored.etag)
    assert [found.key for found in whole.list(prefix)] == [f"{prefix}/feed.xml"]


def test_prefix_separates_shows(bucket: S3Storage, seaweedfs: SeaweedFS) -> None:
    other = S3Storage(bucket.bucket, f"{bucket.prefix}2", client=seaweedfs.client())
    stored = put(bucket, "feed.xml", b"one")
    put(other, "feed.xml", b"two")
    assert list(bucket.list("")) == [stored]
    assert [found.size for found in other.list("feed")] == [3]


@pytest.mark.slow
def test_invalid_names_are_not_listed(bucket: S3Storage, seaweedfs: SeaweedFS) -> None:
    stored = put(bucket, "a.txt", b"x")
    for name in ("ä b.txt", ".hidden", "folder/"):
        seaweedfs.client().put_object(Bucket=bucket.bucket, Key=f"{bucket.prefix}/{name}", Body=b"x")
    assert list(bucket.list("")) == [stored]


def test_long_list_is_read_in_pages(seaweedfs: SeaweedFS) -> None:
    names = [f"{number:04}" for number in range(2500)]

    def send_page(request: Request) -> Response:
        marker = int(request.path.partition("continuation-token=")[2].partition("&")[0] or 0)
        found = "".join(
            f"<Contents><Key>p/{name}</Key><Size>1</Size>"
            f"<LastModified>2024-09-05T06:00:00Z</LastModified><ETag>&quot;e{name}&quot;</ETag></Contents>"
            for name in names[marker : marker + 1000]
        )
        more = marker + 1000 < len(names)
        token = f"<NextContinuationToken>{marker + 1000}</NextContinuationToken>" if more else ""
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        body = f"<ListBucketResult>{truncated}{token}{found}</ListBucketResult>".encode()
        return Response(status=200, headers={"Content-Length": str(len(body))}, body=body)

    with make_proxied_storage(seaweedfs, send_page) as storage:
        found = list(S3Storage("pub", "p", client=storage._get_client()).list(""))
    assert found == [Stored(key=name, size=1, etag=f"e{name}") for name in names]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("storage", "url"),
    [
        (S3Storage("show", region="eu-west-1"), "https://show.s3.eu-west-1.amazonaws.com"),
        (S3Storage("show", "/a/b/", region="us-west-2"), "https://show.s3.us-west-2.amazonaws.com/a/b"),
        (S3Storage("show"), "https://show.s3.us-east-1.amazonaws.com"),
        (S3Storage("my.show", "a", region="us-east-1"), "https://s3.us-east-1.amazonaws.com/my.show/a"),
        (S3Storage("show", region="cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn/show"),
        (S3Storage("show", "a", endpoint_url="https://x.example.org/"), "https://x.example.org/show/a"),
        (S3Storage("show", endpoint_url="http://127.0.0.1:9000/s3"), "http://127.0.0.1:9000/s3/show"),
        (S3Storage("show", endpoint_url="https://key:testtest@x.example.org"), "https://x.example.org/show"),
    ],
)
def test_public_url_is_the_url_of_the_store(storage: S3Storage, url: str) -> None:
    assert storage.public_url == url


def test_endpoint_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://store.example.org")
    assert S3Storage("show", "a").public_url == "https://store.example.org/show/a"


# Invalid addresses


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("public", "have the form s3://bucket/prefix"),
        ("https://pub.s3.amazonaws.com", "have the form s3://bucket/prefix"),
        ("s3://key:testtest@pub/a", "have the form s3://bucket/prefix"),
        ("s3://", '"" is not a valid name for a bucket'),
        ("s3:///a", '"" is not a valid name for a bucket'),
        ("s3://Pub", '"Pub" is not a valid name for a bucket'),
        ("s3://ab", '"ab" is not a valid name'),
        ("s3://a..b", r'"a\.\.b" is not a valid name'),
        ("s3://pub?x", "is not a valid name"),
        ("s3://pub/ä", "is not a valid prefix"),
        ("s3://pub/a//b", "is not a valid prefix"),
        ("s3://pub/../b", "is not a valid prefix"),
        ("s3://pub/a?b#c", "is not a valid prefix"),
    ],
)
def test_invalid_address_raises(url: str, words: str) -> None:
    assert_error(lambda: S3Storage.from_url(url), words)


@pytest.mark.parametrize(
    ("endpoint_url", "words"),
    [
        ("localhost:9000", '"localhost:9000" is not the address'),
        ("ftp://store", '"ftp://store" is not the address'),
        ("http://", "is not the address"),
        ("", "is not the address"),
        ("https://key:testtest@store.example.org", "contains a user name or a password"),
    ],
)
def test_invalid_endpoint_raises(endpoint_url: str, words: str) -> None:
    assert_error(lambda: S3Storage.from_url("s3://pub", endpoint_url=endpoint_url), words)


@pytest.mark.parametrize("endpoint_url", ["http://a b", "http://key:testtest@a b"])
def test_endpoint_refused_by_botocore_raises(endpoint_url: str) -> None:
    assert_error(lambda: S3Storage("pub", endpoint_url=endpoint_url).read("a"), 'a b" is not the address')


# Refused access


def test_missing_bucket_is_named(seaweedfs: SeaweedFS) -> None:
    storage = S3Storage("no-such-bucket", client=seaweedfs.client())
    for ask in list_requests(storage)[:3]:  # with all rights, a write would create the bucket
        error = assert_error(ask, '"no-such-bucket" at http://127.0.0.1:[0-9]+ does not exist')
        assert "create the bucket" in str(error.hint)


@pytest.mark.slow
def test_bucket_without_permission_is_named(seaweedfs: SeaweedFS) -> None:
    limited = seaweedfs.client("limited", "limitedlimited")
    for ask in list_requests(S3Storage("another-bucket", client=limited)):
        assert_error(ask, '"another-bucket" at http://127.0.0.1:[0-9]+ denied access')
    own_storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", client=limited)
    assert put(own_storage, "feed.xml", b"x", ABSENT) == own_storage.find("feed.xml")


@pytest.mark.parametrize(
    ("access_key", "secret_key", "words"),
    [("test", "wrong", "refused the secret key"), ("stranger", SECRET, "does not know the access key")],
)
def test_wrong_access_key_and_wrong_secret_key_have_separate_messages(
    seaweedfs: SeaweedFS, access_key: str, secret_key: str, words: str
) -> None:
    for ask in list_requests(S3Storage("pub", client=seaweedfs.client(access_key, secret_key))):
        assert_error(ask, f'"pub" at http://127.0.0.1:[0-9]+ {words}')


def test_missing_keys_raise_with_a_hint(seaweedfs: SeaweedFS) -> None:
    for ask in list_requests(S3Storage("pub", endpoint_url=seaweedfs.endpoint_url)):
        error = assert_error(ask, "no access keys were found")
        assert "AWS_ACCESS_KEY_ID" in str(error.hint)


def test_one_missing_key_raises(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    for ask in list_requests(S3Storage("pub", endpoint_url=seaweedfs.endpoint_url)):
        assert_error(ask, "one of the two keys is missing")


def test_unknown_profile_is_named() -> None:
    storage = S3Storage.from_url("s3://pub", profile="radio")
    for ask in list_requests(storage):
        assert_error(ask, 'the profile "radio" does not exist')
    assert_error(lambda: storage.public_url, 'the profile "radio" does not exist')


def test_invalid_region_raises() -> None:
    assert_error(lambda: S3Storage("pub", region="a b").public_url, "region is not a valid name")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_closed_port_cannot_be_reached(seaweedfs: SeaweedFS, scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{find_closed_port()}"
    storage = S3Storage("pub", client=seaweedfs.client(endpoint_url=url, attempts=1))
    for ask in list_requests(storage):
        error = assert_error(ask, f'"pub" at {url} cannot be reached')
        assert "endpoint_url" in str(error.hint)


def test_unknown_host_cannot_be_reached(seaweedfs: SeaweedFS) -> None:
    client = seaweedfs.client(endpoint_url="http://store.invalid", attempts=1)
    assert_error(lambda: S3Storage("pub", client=client).read("a"), "store.invalid cannot be reached")


def test_store_without_tls_raises(seaweedfs: SeaweedFS) -> None:
    url = seaweedfs.endpoint_url.replace("http:", "https:")
    storage = S3Storage("pub", client=seaweedfs.client(endpoint_url=url, attempts=1))
    for ask in list_requests(storage):
        assert_error(ask, "the secure connection")


def test_missing_proxy_raises(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{find_closed_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    client = seaweedfs.client(endpoint_url="http://store.invalid", attempts=1)
    assert_error(lambda: S3Storage("pub", client=client).read("a"), "the proxy does not answer")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ExpiredToken", "says that the login has expired"),
        (403, "RequestTimeTooSkewed", "says that this computer's clock is wrong"),
        (403, "AccessDenied", "denied access"),
        (403, "AllAccessDisabled", "denied access"),
        (400, "AuthorizationHeaderMalformed", "is in another region"),
        (507, "InsufficientStorage", "is full"),
        (418, "Tea\nTraceback", "answered 418$"),
    ],
)
def test_refused_request_has_a_readable_message(seaweedfs: SeaweedFS, status: int, code: str, words: str) -> None:
    with make_proxied_storage(seaweedfs, lambda _: Response.refusal(status, code)) as storage:
        for ask in list_requests(storage)[2:]:
            with pytest.raises(StorageError, match=words) as caught:
                ask()
            assert caught.value.hint
            assert SECRET not in caught.value.message + caught.value.hint


def test_store_that_closes_connections_raises(seaweedfs: SeaweedFS) -> None:
    with run_server(seaweedfs.endpoint_url, lambda _: None) as url:
        client = seaweedfs.client(endpoint_url=url, attempts=1)
        for ask in list_requests(S3Storage("pub", client=client)):
            assert_error(ask, "the connection broke")
        client.close()


@pytest.mark.slow
def test_other_errors_of_botocore_are_storage_errors(seaweedfs: SeaweedFS) -> None:
    storage = S3Storage("pub", client=seaweedfs.client())
    with pytest.raises(StorageError, match="cannot be used"):
        S3Storage("p" * 300, client=storage._get_client()).read("a" * 255)
    with pytest.raises(StorageError, match=r"cannot be used \(ParamValidationError\)"):
        S3Storage("not a bucket", client=storage._get_client()).read("a")


def test_object_over_the_limit_is_refused(bucket: S3Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    with file.open("wb") as out:
        out.truncate(5 * 2**40 + 1)
    error = assert_error(lambda: put(bucket, "a.wav", file), r"a\.wav is larger than 5 TiB")
    assert "mp3" in str(error.hint)


def test_store_that_refuses_head_requests_is_supported(seaweedfs: SeaweedFS) -> None:
    def refuse_head(request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status=403, headers={}, body=b"")
        return request.forward()

    with make_proxied_storage(seaweedfs, refuse_head) as storage:
        stored = put(storage, "feed.xml", b"<rss/>")
        assert storage.find("feed.xml") == stored
        assert storage.find("other.xml") is None


# Interrupted responses


def test_interrupted_response_is_a_temporary_failure(seaweedfs: SeaweedFS) -> None:
    def truncate(request: Request) -> Response:
        answer = request.forward()
        body = answer.body[:-1] if request.method == "GET" else answer.body
        return Response(status=answer.status, headers=answer.headers, body=body)

    with make_proxied_storage(seaweedfs, truncate) as storage:
        put(storage, "feed.xml", b"<rss/>")
        with pytest.raises(UnreachableError, match="the connection broke"):
            storage.read("feed.xml")


@pytest.mark.slow
def test_delete_of_a_missing_object_succeeds(seaweedfs: SeaweedFS) -> None:
    with make_proxied_storage(seaweedfs, lambda _: Response.refusal(404, "NoSuchKey")) as storage:
        storage.delete("media/a.mp3")
    with make_proxied_storage(seaweedfs, lambda _: Response.refusal(403, "AccessDenied")) as storage:
        assert_error(lambda: storage.delete("media/a.mp3"), "denied access")


# Clients


@pytest.mark.usefixtures("keys_in_environment")
def test_threads_share_one_client() -> None:
    storage = S3Storage("pub", endpoint_url="http://127.0.0.1:1", region="us-east-1")
    barrier = threading.Barrier(8)

    def ask(_: int) -> object:
        barrier.wait()
        return storage._get_client()

    with ThreadPoolExecutor(8) as pool:
        assert len({id(client) for client in pool.map(ask, range(8))}) == 1


@pytest.mark.usefixtures("keys_in_environment")
def test_client_retries_after_many_failures(seaweedfs: SeaweedFS) -> None:
    """In botocore's standard mode, a quota ends all retries after some dozens of failures."""
    forbidden: list[str] = []

    def respond(request: Request) -> Response:
        forbidden.append(request.method)
        return Response.refusal(503, "SlowDown") if is_busy else request.forward()

    waiting = Waiting(bucket_retries=1)
    with run_server(seaweedfs.endpoint_url, respond) as url, mock.patch("botocore.endpoint.time"):
        storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1", waiting=waiting)
        is_busy = True
        for _ in range(120):
            with pytest.raises(UnreachableError, match="is too busy"):
                storage.find("feed.xml")
        assert len(forbidden) == 240
        is_busy = False
        stored = put(storage, "feed.xml", b"x")
        assert storage.find("feed.xml") == stored
        close(storage)


@pytest.mark.slow
@pytest.mark.usefixtures("keys_in_environment")
def test_silent_store_times_out() -> None:
    impatient = Waiting(bucket_read_timeout=0.05, bucket_retries=0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        storage = S3Storage("pub", endpoint_url=url, region="us-east-1", waiting=impatient)
        with pytest.raises(UnreachableError, match="stopped answering"):
            storage.read("feed.xml")
