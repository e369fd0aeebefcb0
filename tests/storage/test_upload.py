from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from podcastkit.storage.s3 import S3Storage
from podcastkit.storage.source import CHUNK, Source
from tests.storage.front import Answer, Request, in_front_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS


@pytest.fixture(autouse=True)
def keys_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testtest")


@pytest.mark.parametrize(("size", "asks"), [(0, False), (CHUNK, False), (CHUNK + 1, True)])
def test_only_a_file_asks_whether_it_is_wanted(
    seaweedfs: SeaweedFS, tmp_path: Path, *, size: int, asks: bool
) -> None:
    seen: list[Request] = []

    def note(request: Request) -> Answer:
        seen.append(request)
        return request.forward()

    (tmp_path / "a.mp3").write_bytes(b"x" * size)
    with in_front_of(seaweedfs.endpoint_url, note) as url:
        storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1")
        storage.write("a.mp3", tmp_path / "a.mp3", content_type="audio/mpeg", cache_control="no-cache")
        storage._connection.client.close()
    assert [("Expect" in request.headers) for request in seen] == [asks]


@pytest.mark.parametrize(
    ("size", "multipart_threshold"), [(1000, CHUNK), (3 * CHUNK, CHUNK * 10), (3 * CHUNK, CHUNK)]
)
def test_a_file_whose_md5_is_known_is_read_once(
    seaweedfs: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, multipart_threshold: int
) -> None:
    read: list[int] = []
    plain_read = Source.read

    def note(self: Source, amount: int | None = None) -> bytes:
        chunk = plain_read(self, amount)
        if self._path:
            read.append(len(chunk))
        return chunk

    file = tmp_path / "a.mp3"
    file.write_bytes(b"x" * size)
    with Source(file) as source:
        md5 = source.md5()
    monkeypatch.setattr(Source, "read", note)
    storage = S3Storage(
        "pub",
        f"t-{uuid.uuid4().hex}",
        endpoint_url=seaweedfs.endpoint_url,
        region="us-east-1",
        multipart_threshold=multipart_threshold,
    )
    told: list[int] = []
    storage.write("a.mp3", file, content_type="audio/mpeg", cache_control="no-cache", md5=md5, sent=told.append)
    assert sum(read) == sum(told) == size
    storage._connection.client.close()
