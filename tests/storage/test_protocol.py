"""Tests for every storage: a folder, a real bucket, an in-memory storage and the example of the documentation."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Cancelled, ConflictError, StorageError
from podcastkit.storage.base import LARGEST_READ, Condition, Leftover, Storage, Stored
from podcastkit.storage.local import LocalStorage
from tests.memory_storage import MemoryStorage
from tests.storage.example import make_example_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ABSENT = Condition(etag=None)
WRONG = Condition(etag="0" * 32)
MIB = 2**20
INVALID_KEYS = [
    "/etc/passwd",
    "../a",
    "a/../../b",
    "a//b",
    ".hidden",
    "ä.mp3",
    "a b",
    "a\0",
    "a\nb",
    "..\\a",
    "a/.b",
]


@pytest.fixture(params=["folder", "bucket", "memory", "example"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return LocalStorage(tmp_path / "public")
    if request.param == "memory":
        return MemoryStorage()
    if request.param == "example":
        return make_example_storage()
    bucket: Storage = request.getfixturevalue("bucket")
    return bucket


def put(
    storage: Storage,
    key: str,
    body: bytes | Path,
    *,
    md5: str | None = None,
    condition: Condition | None = None,
    sent: Callable[[int], None] | None = None,
) -> Stored:
    return storage.write(
        key, body, content_type="text/plain", cache_control="no-cache", md5=md5, condition=condition, sent=sent
    )


def compute_md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def test_storage_implements_the_protocol(storage: Storage) -> None:
    assert isinstance(storage, Storage)
    assert storage.address
    assert storage.is_served is not isinstance(storage, LocalStorage)
    assert storage.public_url.startswith("http")
    assert not storage.public_url.endswith("/")


def test_empty_storage_finds_nothing(storage: Storage) -> None:
    assert storage.read("feed.xml") is None
    assert storage.find("feed.xml") is None
    assert storage.find("media/a.mp3") is None
    assert list(storage.list("")) == []
    assert list(storage.list("media/")) == []


@pytest.mark.parametrize("body", [b"", b"x", b"<rss/>" * 100_000], ids=["empty", "one byte", "many"])
@pytest.mark.parametrize("key", ["feed.xml", "media/2024/05-planning-time.mp3"])
def test_written_bytes_can_be_read(storage: Storage, key: str, body: bytes) -> None:
    stored = put(storage, key, body, md5=compute_md5(body))
    assert (stored.key, stored.size) == (key, len(body))
    assert storage.read(key) == (body, stored.etag)
    assert storage.find(key) == stored
    assert list(storage.list("")) == [stored]


def test_file_is_written_like_bytes(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.mp3"
    file.write_bytes(b"ID3" * 1000)
    stored = put(storage, "media/a.mp3", file)
    assert stored.size == 3000
    assert storage.read("media/a.mp3") == (file.read_bytes(), stored.etag)


def test_different_bytes_have_different_etags(storage: Storage) -> None:
    first = put(storage, "feed.xml", b"one")
    second = put(storage, "feed.xml", b"two")
    assert first.etag != second.etag
    assert storage.read("feed.xml") == (b"two", second.etag)


def test_list_returns_keys_with_the_prefix(storage: Storage) -> None:
    for key in ("media/1.mp3", "media/2.mp3", "media/extra/3.mp3", "media2/4.mp3", "media.txt", "feed.xml"):
        put(storage, key, key.encode())

    def list_keys(prefix: str) -> list[str]:
        return sorted(stored.key for stored in storage.list(prefix))

    assert list_keys("media/") == ["media/1.mp3", "media/2.mp3", "media/extra/3.mp3"]
    assert list_keys("media/extra") == list_keys("media/extra/") == list_keys("media/e") == ["media/extra/3.mp3"]
    assert list_keys("media/2") == list_keys("media/2.mp3") == ["media/2.mp3"]
    assert list_keys("media2/") == ["media2/4.mp3"]
    assert len(list_keys("media")) == 5
    assert len(list_keys("")) == 6
    assert list_keys("feed.xml/") == list_keys("other/") == list_keys("media/1.mp3/") == []


def test_write_on_condition_absent_succeeds_once(storage: Storage) -> None:
    first = put(storage, "media/a.mp3", b"one", condition=ABSENT)
    for body in (b"two", b"one"):
        with pytest.raises(ConflictError, match=r"media/a\.mp3 already exists") as caught:
            put(storage, "media/a.mp3", body, condition=ABSENT)
        assert caught.value.hint
    assert storage.read("media/a.mp3") == (b"one", first.etag)
    assert list(storage.list("")) == [first]


def test_write_with_the_current_etag_succeeds(storage: Storage) -> None:
    known = put(storage, "feed.xml", b"one")
    second = put(storage, "feed.xml", b"two", condition=Condition(etag=known.etag))
    assert storage.read("feed.xml") == (b"two", second.etag)


def test_write_with_another_etag_is_a_conflict(storage: Storage) -> None:
    known = put(storage, "feed.xml", b"one")
    second = put(storage, "feed.xml", b"two")
    for condition in (Condition(etag=known.etag), WRONG):
        with pytest.raises(ConflictError, match=r"feed\.xml has changed"):
            put(storage, "feed.xml", b"three", condition=condition)
    assert storage.read("feed.xml") == (b"two", second.etag)


def test_write_with_an_etag_of_a_missing_object_is_a_conflict(storage: Storage) -> None:
    with pytest.raises(ConflictError, match=r"feed\.xml has changed"):
        put(storage, "feed.xml", b"one", condition=WRONG)
    assert list(storage.list("")) == []


@pytest.mark.parametrize("kind", ["absent", "known"])
def test_one_of_eight_concurrent_writers_succeeds(storage: Storage, kind: str) -> None:
    condition = ABSENT if kind == "absent" else Condition(etag=put(storage, "feed.xml", b"old").etag)
    barrier = threading.Barrier(8)

    def attempt(number: int) -> tuple[bytes, str] | None:
        barrier.wait()
        body = f"feed {number}".encode() * 1000
        try:
            return body, put(storage, "feed.xml", body, condition=condition).etag
        except ConflictError:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [one for one in pool.map(attempt, range(8)) if one]
    assert won == [storage.read("feed.xml")]


def test_concurrent_writers_of_different_keys_succeed(storage: Storage) -> None:
    keys = [f"media/{number}.mp3" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda key: put(storage, key, key.encode(), condition=ABSENT), keys))
    assert sorted(storage.list(""), key=str) == sorted(stored, key=str)


@pytest.mark.parametrize("condition", [None, ABSENT], ids=["plain", "absent"])
def test_bytes_with_a_wrong_md5_are_refused(storage: Storage, tmp_path: Path, condition: Condition | None) -> None:
    file = tmp_path / "audio.mp3"
    file.write_bytes(b"other bytes")
    with pytest.raises(ConflictError, match=r"audio\.mp3 changed while it was being published"):
        put(storage, "media/a.mp3", file, md5=compute_md5(b"promised"), condition=condition)
    assert list(storage.list("")) == []


def test_refused_bytes_keep_the_old_object(storage: Storage) -> None:
    old = put(storage, "feed.xml", b"old")
    with pytest.raises(ConflictError, match="changed while it was being published"):
        put(storage, "feed.xml", b"new", md5=compute_md5(b"promised"))
    assert storage.read("feed.xml") == (b"old", old.etag)


@pytest.mark.parametrize("storage", ["folder", "bucket"], indirect=True)
def test_large_file_is_streamed(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    with file.open("wb") as out:
        for number in range(30):
            out.write(bytes([number]) * MIB)
    put(storage, "small", b"x")  # loads modules that must not be measured
    reported: list[int] = []
    tracemalloc.start()
    stored = put(storage, "media/a.wav", file, sent=reported.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * MIB
    assert stored.size == sum(reported) == 30 * MIB
    assert min(reported) > 0
    assert max(reported) < 10 * MIB


def test_deleted_object_is_missing(storage: Storage) -> None:
    bucket = put(storage, "media/b.mp3", b"b")
    put(storage, "media/a.mp3", b"a")
    for _ in range(2):
        storage.delete("media/a.mp3")
        assert storage.find("media/a.mp3") is None
        assert storage.read("media/a.mp3") is None
        assert list(storage.list("")) == [bucket]
    again = put(storage, "media/a.mp3", b"new", condition=ABSENT)
    assert storage.find("media/a.mp3") == again


def test_delete_of_a_missing_object_does_nothing(storage: Storage) -> None:
    storage.delete("media/a.mp3")
    assert list(storage.list("")) == []


def test_modified_is_the_time_of_the_write(storage: Storage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # some stores report whole seconds
    put(storage, "feed.xml", b"x")
    for stored in (storage.find("feed.xml"), *storage.list("")):
        assert stored
        assert stored.modified
        assert before <= stored.modified <= datetime.now(UTC) + timedelta(seconds=2)


def test_keeps_conditions_changes_nothing(storage: Storage) -> None:
    stored = put(storage, "history/a.xml", b"<rss/>")
    before = storage.find("history/a.xml")
    is_example = type(storage).__name__ == "FsspecStorage"
    assert storage.keeps_conditions("history/a.xml", b"<rss/>") is not is_example
    assert before == stored == storage.find("history/a.xml")
    assert list(storage.list("")) == [stored]


def test_finished_writes_have_no_leftovers(storage: Storage) -> None:
    put(storage, "media/a.mp3", b"x")
    with pytest.raises(ConflictError):
        put(storage, "media/a.mp3", b"y", condition=ABSENT)
    assert list(storage.leftovers()) == []


def test_fingerprint_changes_with_the_objects(storage: Storage) -> None:
    assert storage.fingerprint(["feed.xml"]) is None
    put(storage, "feed.xml", b"one")
    put(storage, "feed.es.xml", b"uno")
    keys = ["feed.xml", "feed.es.xml"]
    before = storage.fingerprint(keys)
    assert before
    assert storage.fingerprint(keys) == before
    put(storage, "feed.es.xml", b"dos")
    assert storage.fingerprint(keys) not in {None, before}
    assert storage.fingerprint([*keys, "other.xml"]) is None


def test_discard_ignores_a_normal_object(storage: Storage) -> None:
    unknown = Leftover(key="feed.xml", size=1, begun=datetime.now(UTC), handle="feed.xml")
    put(storage, "feed.xml", b"x")
    with contextlib.suppress(ValueError):
        storage.discard(unknown)
    assert storage.find("feed.xml")


def test_failed_write_reports_zero_bytes_in_total(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.mp3"
    file.write_bytes(b"x" * 3 * MIB)
    reported: list[int] = []
    with pytest.raises(ConflictError):
        put(storage, "media/a.mp3", file, md5="0" * 32, sent=reported.append)
    assert sum(reported) == 0


@pytest.mark.parametrize("body", [b"", b"x" * 300_000], ids=["empty", "many"])
def test_reported_bytes_add_up_to_the_size(storage: Storage, body: bytes) -> None:
    reported: list[int] = []
    put(storage, "a", body, sent=reported.append)
    assert sum(reported) == len(body)


@pytest.mark.parametrize("condition", [None, ABSENT], ids=["plain", "absent"])
def test_callback_can_stop_the_write(storage: Storage, condition: Condition | None) -> None:
    def stop(_: int) -> None:
        raise Cancelled("stopped by the callback")

    with pytest.raises(Cancelled, match="stopped by the callback"):
        put(storage, "media/a.mp3", b"x" * 300_000, condition=condition, sent=stop)
    assert list(storage.list("")) == []
    assert put(storage, "media/a.mp3", b"x", condition=condition).size == 1


def test_file_truncated_in_the_meantime_is_a_conflict(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    file.write_bytes(b"x" * 4 * MIB)
    with pytest.raises(ConflictError, match=r"audio\.wav changed"):
        put(storage, "a.wav", file, md5=compute_md5(file.read_bytes()), sent=lambda _: os.truncate(file, 10))
    assert list(storage.list("")) == []


def test_missing_file_is_a_conflict(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match=r"audio\.mp3 was removed"):
        put(storage, "a.mp3", tmp_path / "audio.mp3")
    assert list(storage.list("")) == []


def test_object_too_large_for_memory_is_not_read(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    with file.open("wb") as out:
        out.truncate(LARGEST_READ + 1)
    put(storage, "a.wav", file)
    with pytest.raises(StorageError, match=r"a\.wav is too large"):
        storage.read("a.wav")


@pytest.mark.parametrize("key", ["", "a/", *INVALID_KEYS], ids=ascii)
def test_invalid_key_raises_value_error(storage: Storage, key: str) -> None:
    for ask in (storage.read, storage.find, storage.delete, lambda key: put(storage, key, b"x")):
        with pytest.raises(ValueError, match="not a storage key"):
            ask(key)


@pytest.mark.parametrize("prefix", ["/", "a//", *INVALID_KEYS], ids=ascii)
def test_invalid_prefix_raises_value_error(storage: Storage, prefix: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        storage.list(prefix)
