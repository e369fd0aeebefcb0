from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.cache import Cache, get_cache_folder, read_cache_file, write_cache_file
from podcastkit.media.files import read_stamp
from podcastkit.model import Stamp
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

FACT: dict[str, object] = {"length": 12.5, "title": "Über"}


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"one")
    return path


def get_time_after(path: Path, seconds: float) -> int:
    return path.stat().st_ctime_ns + round(seconds * 1e9)


def test_fact_is_read_in_the_next_run(tmp_path: Path, audio: Path) -> None:
    stamp = read_stamp(audio)
    with Cache(tmp_path / "cache", clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, stamp, FACT)
    with Cache(tmp_path / "cache") as cache:
        assert cache.recall("probe", audio, stamp) == FACT
        assert cache.recall("hash", audio, stamp) is None


def test_recently_changed_file_is_not_cached(tmp_path: Path, audio: Path) -> None:
    with Cache(tmp_path / "cache", clock=lambda: get_time_after(audio, 1)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        assert cache.recall("probe", audio, read_stamp(audio)) is None


def test_rewrite_with_same_size_and_mtime_is_noticed(tmp_path: Path, audio: Path) -> None:
    before = audio.stat()
    with Cache(tmp_path / "cache", clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        with audio.open("r+b") as file:
            file.write(b"two")
        os.utime(audio, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert audio.stat().st_mtime_ns == before.st_mtime_ns
        assert cache.recall("probe", audio, read_stamp(audio)) is None


@pytest.mark.parametrize("field", ["device", "inode", "size", "mtime_ns", "ctime_ns"])
def test_changed_part_of_the_stamp_invalidates_the_fact(tmp_path: Path, field: str) -> None:
    path = Path("audio.mp3")
    parts = {"device": 2**64 - 1, "inode": 2**63, "size": 3, "mtime_ns": 4, "ctime_ns": 5}
    with Cache(tmp_path) as cache:
        cache.remember("probe", path, Stamp(**parts), FACT)
        assert cache.recall("probe", path, Stamp(**parts)) == FACT
        assert cache.recall("probe", path, Stamp(**(parts | {field: 9}))) is None


def test_damaged_database_is_replaced(tmp_path: Path, audio: Path) -> None:
    (tmp_path / "facts.sqlite3").write_bytes(b"this is no database" * 100)
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
    with Cache(tmp_path) as cache:
        assert cache.recall("probe", audio, read_stamp(audio)) == FACT


def test_cache_in_unwritable_folder_is_kept_in_memory(tmp_path: Path, audio: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Cache(tmp_path / "file" / "cache", clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        assert cache.recall("probe", audio, read_stamp(audio)) == FACT


def test_folder_in_place_of_the_database_is_replaced(tmp_path: Path, audio: Path) -> None:
    (tmp_path / "facts.sqlite3" / "inside").mkdir(parents=True)
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        assert cache.recall("probe", audio, read_stamp(audio)) == FACT


def test_table_of_another_version_is_replaced(tmp_path: Path, audio: Path) -> None:
    other = sqlite3.connect(tmp_path / "facts.sqlite3")
    other.execute("CREATE TABLE contents (something INTEGER)")
    other.close()
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        assert cache.recall("probe", audio, read_stamp(audio)) == FACT


def test_damage_inside_the_database_loses_only_facts(tmp_path: Path, audio: Path) -> None:
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        for number in range(200):
            cache.remember(f"probe {number}", audio, read_stamp(audio), FACT)
    with (tmp_path / "facts.sqlite3").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 16384)
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        known = [cache.recall(f"probe {number}", audio, read_stamp(audio)) for number in range(200)]
        cache.remember("probe 7", audio, read_stamp(audio), FACT)
    assert None in known
    assert all(fact in (None, FACT) for fact in known)


def test_cache_folder_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path))
    assert get_cache_folder() == tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODCASTKIT_CACHE", "here")
    assert get_cache_folder() == tmp_path / "here"
    monkeypatch.delenv("PODCASTKIT_CACHE")
    assert "podcastkit" in get_cache_folder().parts


def test_two_runs_share_the_cache(tmp_path: Path, audio: Path) -> None:
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as one:
        one.remember("probe", audio, read_stamp(audio), FACT)
        with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as two:
            two.remember("hash", audio, read_stamp(audio), FACT)
        assert one.recall("hash", audio, read_stamp(audio)) == FACT
    with Cache(tmp_path) as three:
        assert three.recall("probe", audio, read_stamp(audio)) == FACT


def test_fact_about_content_is_found_by_its_hash(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_content("a" * 64, {"loudness": b"-16", "peaks": bytes(range(256))})
        assert cache.recall_content("loudness", "a" * 64) == b"-16"
    with Cache(tmp_path) as cache:
        assert cache.recall_content("peaks", "a" * 64) == bytes(range(256))
        assert cache.recall_content("peaks", "b" * 64) is None
        assert cache.recall_content("range", "a" * 64) is None


def test_fact_about_content_is_written_at_once(tmp_path: Path) -> None:
    with Cache(tmp_path) as first, Cache(tmp_path) as second:
        first.remember_content("a" * 64, {"loudness": b"-16"})
        assert second.recall_content("loudness", "a" * 64) == b"-16"


def test_cache_with_forget_ignores_only_facts_of_earlier_runs(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_content("a" * 64, {"loudness": b"-16"})
    with Cache(tmp_path, forget=True) as cache:
        assert cache.recall_content("loudness", "a" * 64) is None
        cache.remember_content("a" * 64, {"loudness": b"-17"})
        assert cache.recall_content("loudness", "a" * 64) == b"-17"
    with Cache(tmp_path) as cache:
        assert cache.recall_content("loudness", "a" * 64) == b"-17"


def test_content_facts_in_unwritable_folder_are_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Cache(tmp_path / "file" / "cache") as cache:
        cache.remember_content("a" * 64, {"loudness": b"-16"})
        assert cache.recall_content("loudness", "a" * 64) == b"-16"


def test_table_dropped_during_a_run_loses_only_facts(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        other = sqlite3.connect(tmp_path / "facts.sqlite3")
        other.execute("DROP TABLE contents")
        other.close()
        cache.remember_content("a" * 64, {"loudness": b"-16"})
        assert cache.recall_content("loudness", "a" * 64) is None


@pytest.mark.parametrize("value", [None, 5, "words", b"\xff", '{"cut off', "null", "[]"], ids=repr)
def test_damaged_value_is_treated_as_missing(tmp_path: Path, audio: Path, value: object) -> None:
    with Cache(tmp_path, clock=lambda: get_time_after(audio, 3)) as cache:
        cache.remember("probe", audio, read_stamp(audio), FACT)
        cache.remember_content("ab", {"measurement": b"1"})
    with sqlite3.connect(tmp_path / "facts.sqlite3") as connection:
        connection.execute("UPDATE contents SET value=?", (value,))
    connection.close()
    with Cache(tmp_path) as cache:
        assert cache.recall("probe", audio, read_stamp(audio)) is None
        assert cache.recall_content("measurement", "ab") is None


def test_locked_database_is_not_replaced(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_content("ab", {"measurement": b"1"})
    other = sqlite3.connect(tmp_path / "facts.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with Cache(tmp_path, waiting=Waiting(cache_lock_timeout=0.01)) as cache:
        cache.remember_content("cd", {"measurement": b"2"})
        assert cache.recall_content("measurement", "cd") == b"2"
    other.execute("COMMIT")
    other.close()
    with Cache(tmp_path) as cache:
        assert cache.recall_content("measurement", "ab") == b"1"


def test_value_under_another_key_is_treated_as_missing(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_content("ab", {"measurement": b"1"})
        cache.remember_content("cd", {"measurement": b"2"})
    with sqlite3.connect(tmp_path / "facts.sqlite3") as connection:
        connection.execute("UPDATE contents SET value=(SELECT value FROM contents WHERE sha256='cd')")
    connection.close()
    with Cache(tmp_path) as cache:
        assert cache.recall_content("measurement", "ab") is None
        assert cache.recall_content("measurement", "cd") == b"2"


def test_too_large_value_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_content("ab", {"measurement": b"12345"})
        monkeypatch.setattr("podcastkit.cache._MAX_SIZE", 36)
        assert cache.recall_content("measurement", "ab") is None


def test_cache_with_forget_ignores_published_feeds(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        cache.remember_feed("s3://bucket", "ab")
        assert cache.knows_feed("s3://bucket", "ab")
    with Cache(tmp_path, forget=True) as cache:
        assert not cache.knows_feed("s3://bucket", "ab")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _exchange_byte(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"body", b"bodv"))


def _put_other_file(path: Path) -> None:
    write_cache_file(path.with_name("other"), b"body")
    path.with_name("other").replace(path)


def _put_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def _put_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _put_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _inflate(path: Path) -> None:
    os.truncate(path, 2**40)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize(
    "damage",
    [_cut, _empty, _exchange_byte, _put_other_file, _put_folder, _put_pipe, _put_device, _inflate, Path.unlink],
    ids=lambda damage: damage.__name__.strip("_"),
)
def test_damaged_cache_file_is_treated_as_missing(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    path = tmp_path / "pictures" / "a.jpg"
    write_cache_file(path, b"body")
    damage(path)
    assert read_cache_file(path) is None
    write_cache_file(path, b"made again")
    assert read_cache_file(path) == b"made again"


@pytest.mark.parametrize("target", [None, "nowhere"], ids=["file", "broken link"])
def test_file_in_place_of_cache_folder_is_replaced(tmp_path: Path, target: str | None) -> None:
    obstacle = tmp_path / "pictures"
    if target is None:
        obstacle.write_bytes(b"")
    else:
        obstacle.symlink_to(target)
    write_cache_file(obstacle / "a.jpg", b"body")
    assert read_cache_file(obstacle / "a.jpg") == b"body"


def test_write_cache_file_replaces_the_file_without_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "mastered.json"
    for body in (b"first", b"2"):
        write_cache_file(path, body)
        assert read_cache_file(path) == body
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_keeps_the_old_cache_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mastered.json"
    write_cache_file(path, b"first")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_cache_file(path, b"second")
    assert read_cache_file(path) == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(("is_private", "others"), [(True, 0), (False, 0o044)], ids=["private", "shared"])
def test_private_cache_file_is_readable_only_by_its_owner(tmp_path: Path, is_private: bool, others: int) -> None:
    path = tmp_path / "answer"
    before = os.umask(0o022)
    try:
        write_cache_file(path, b"body", is_private=is_private)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o077 == others
