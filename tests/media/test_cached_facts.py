from __future__ import annotations

import os
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest
from mutagen.id3 import CHAP, CTOC, ID3, TIT2, WXXX

from podcastkit.cache import Cache
from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.cached_facts import examine, examine_all, measure_all, read_cached_artwork, recall_measurement
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.media.files import hash_file
from podcastkit.media.measuring import read_curve
from podcastkit.media.probing import probe
from tests.media.damage import make_undecodable_flac
from tests.shows import make_mp3, write_artwork, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Audio, SourceFile
    from podcastkit.progress import Event


def open_cache_of_old_files(folder: Path) -> Cache:
    """Open a cache whose clock is far in the future, so that it trusts the stamp of every file."""
    return Cache(folder, clock=lambda: 2**62)


def test_examine_returns_digests_and_facts(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    found = examine(tmp_path / "a.mp3")
    assert found.file
    assert found.audio
    assert found.trouble is None
    assert found.file.size == found.audio.size


@pytest.mark.parametrize("exists", [True, False], ids=["no audio", "no file"])
def test_examine_of_unreadable_file_returns_the_error(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "a.mp3").write_text("no audio")
    found = examine(tmp_path / "a.mp3")
    assert found.audio is None
    assert (found.file is not None) is exists
    assert found.trouble
    assert "a.mp3" in found.trouble[0]


def test_examine_all_reads_each_file_once(tmp_path: Path) -> None:
    good, bad, gone = tmp_path / "good.mp3", tmp_path / "bad.mp3", tmp_path / "gone.mp3"
    good.write_bytes(make_mp3(1))
    bad.write_text("no audio")
    events: list[Event] = []

    with open_cache_of_old_files(tmp_path / "cache") as cache:
        first = examine_all([good, bad, gone], cache, progress=events.append)
    sizes = good.stat().st_size + bad.stat().st_size
    assert [(event.total, event.unit) for event in events] == [(sizes, "bytes")] * 2
    assert events[-1].done == sizes
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        assert examine_all([good, bad, gone], cache, progress=events.append) == first
    assert len(events) == 2
    assert first[gone].trouble


@pytest.mark.ffmpeg
@pytest.mark.skipif(sys.platform == "win32", reason="a script replaces ffmpeg")
@pytest.mark.parametrize("has_ffmpeg", [False, True], ids=["no ffmpeg", "killed"])
def test_examine_all_does_not_cache_temporary_errors(
    has_ffmpeg: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, program = tmp_path / "a.m4a", tmp_path / "ffmpeg"
    run_ffmpeg(["-v", "error", "-f", "lavfi", "-i", "sine=duration=2", f"file:{path}"])
    if has_ffmpeg:
        program.write_text("#!/bin/sh\nkill -9 $$\n")
        program.chmod(0o755)
    with monkeypatch.context() as patched, open_cache_of_old_files(tmp_path / "cache") as cache:
        patched.setenv("PODCASTKIT_FFMPEG", str(program))
        assert examine_all([path], cache)[path].trouble
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        assert examine_all([path], cache)[path].audio


def test_cached_chapters_keep_all_fields(tmp_path: Path) -> None:
    link = WXXX(encoding=3, desc="", url="https://example.org/")
    tags = ID3()
    tags.add(CHAP(element_id="one", start_time=0, end_time=500, sub_frames=[TIT2(encoding=3, text=["Uno"]), link]))
    tags.add(CHAP(element_id="two", start_time=500, end_time=700, sub_frames=[link]))
    tags.add(CHAP(element_id="three", start_time=700, end_time=900, sub_frames=[]))
    tags.add(CTOC(element_id="toc", flags=3, child_element_ids=["one", "three"], sub_frames=[]))
    path = tmp_path / "a.mp3"
    path.write_bytes(make_mp3(1))
    tags.save(path)
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        first = examine_all([path], cache)[path]
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        assert examine_all([path], cache)[path] == first
    assert first.audio
    assert [(mark.title, mark.url, mark.hidden) for mark in first.audio.chapters] == [
        ("Uno", "https://example.org/", False),
        (None, "https://example.org/", True),
        (None, None, False),
    ]


def test_read_cached_artwork_caches_its_facts(tmp_path: Path) -> None:
    write_artwork(tmp_path / "artwork.png", size=(30, 20))
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        first = read_cached_artwork(tmp_path / "artwork.png", cache)
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        assert read_cached_artwork(tmp_path / "artwork.png", cache) == first
    assert (first.width, first.height, first.format) == (30, 20, "PNG")


def test_read_cached_artwork_of_invalid_picture_raises_each_time(tmp_path: Path) -> None:
    (tmp_path / "artwork.jpg").write_text("no picture")
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        for _ in range(2):
            with pytest.raises(MediaError, match=r"artwork\.jpg"):
                read_cached_artwork(tmp_path / "artwork.jpg", cache)


def read_master(path: Path) -> tuple[SourceFile, Audio]:
    return hash_file(path), probe(path)


def write_masters(folder: Path, *seconds: float) -> list[tuple[SourceFile, Audio]]:
    folder.mkdir(exist_ok=True)
    for number, length in enumerate(seconds):
        write_wav(folder / f"{number}.wav", length, mark=number)
    return [read_master(folder / f"{number}.wav") for number in range(len(seconds))]


@pytest.mark.ffmpeg
def test_measure_all_reuses_measurement_for_moved_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (master,) = write_masters(tmp_path / "one", 3)
    with Cache(tmp_path / "cache") as cache:
        first = measure_all([master], cache)[master[0].sha256]
    assert first.measurement
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "no-such-ffmpeg")
    moved = tmp_path / "two" / "other name.wav"
    moved.parent.mkdir()
    moved.write_bytes(master[0].path.read_bytes())
    os.utime(moved, (1, 1))
    with Cache(tmp_path / "cache") as cache:
        assert measure_all([read_master(moved)], cache)[master[0].sha256] == first


@pytest.mark.ffmpeg
def test_measure_all_measures_equal_files_once(tmp_path: Path) -> None:
    (first,) = write_masters(tmp_path / "one", 3)
    (second,) = write_masters(tmp_path / "two", 3)
    events: list[Event] = []
    with Cache(tmp_path / "cache") as cache:
        found = measure_all([first, second], cache, progress=events.append)
    assert [*found] == [first[0].sha256]
    assert events[-1].total == 3


@pytest.mark.ffmpeg
def test_measure_all_caches_all_figures(tmp_path: Path) -> None:
    (master,) = write_masters(tmp_path / "one", 3)
    with Cache(tmp_path / "cache") as cache:
        assert recall_measurement(master[0].sha256, cache) is None
        first = measure_all([master], cache)
    with Cache(tmp_path / "cache") as cache:
        assert measure_all([master], cache) == first


@pytest.mark.ffmpeg
def test_measure_all_reports_progress_in_seconds(tmp_path: Path) -> None:
    masters = write_masters(tmp_path / "one", 35.5, 0.4)
    events: list[Event] = []
    with Cache(tmp_path / "cache") as cache:
        measure_all(masters, cache, progress=events.append)
    assert [event.total for event in events] == [36] * len(events)
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert events[-1].done == 36
    assert len(events) > 3
    assert {event.episode for event in events} == {"one"}


@pytest.mark.ffmpeg
@pytest.mark.parametrize("value", [b"{}", b"null", b"words", b'{"measurement": {"duration": 1}, "trouble": null}'])
def test_invalid_cache_entries_are_computed_again(tmp_path: Path, value: bytes) -> None:
    path, picture = tmp_path / "a.mp3", tmp_path / "artwork.jpg"
    write_artwork(picture)
    path.write_bytes(make_mp3(1))
    examined = examine(path)
    assert examined.file
    assert examined.audio
    master = examined.file, examined.audio
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        (first,) = measure_all([master], cache).values()
        examine_all([path], cache)
        artwork = read_cached_artwork(picture, cache)
        # Entries that another version of podcastkit may have written.
        cache.remember_content(examined.file.sha256, {"measurement-3": value})
        for kind, file in (("audio-8", examined.file), ("artwork-3", artwork.file)):
            known = cache.recall(kind, file.path, file.stamp)
            assert known
            cache.remember(kind, file.path, file.stamp, known | {"file": "odd"})
    with open_cache_of_old_files(tmp_path / "cache") as cache:
        assert measure_all([master], cache) == {examined.file.sha256: first}
        assert examine_all([path], cache) == {path: examined}
        assert read_cached_artwork(picture, cache) == artwork


@pytest.mark.ffmpeg
def test_measure_all_cancelled_keeps_finished_measurements(tmp_path: Path) -> None:
    short, long = write_masters(tmp_path / "one", 2, 900)
    events: list[Event] = []

    def stop(event: Event) -> None:
        events.append(event)
        if event.done >= 30:
            raise Cancelled("enough")

    with Cache(tmp_path / "cache") as cache:
        measure_all([short], cache)
        with pytest.raises(Cancelled):
            measure_all([short, long], cache, progress=stop)
    with Cache(tmp_path / "cache") as cache:
        assert recall_measurement(short[0].sha256, cache)
        assert recall_measurement(long[0].sha256, cache) is None
    assert events[-1].done < 900


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_measure_all_cancelled_stops_all_measurements(tmp_path: Path) -> None:
    masters = write_masters(tmp_path / "one", 900, 901, 902)
    events: list[Event] = []

    def stop(event: Event) -> None:
        events.append(event)
        raise Cancelled("enough")

    with Cache(tmp_path / "cache") as cache, pytest.raises(Cancelled):
        measure_all(masters, cache, progress=stop)
    assert len(events) <= len(masters)


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_measure_all_accepts_process_executor(tmp_path: Path) -> None:
    masters = write_masters(tmp_path / "one", 2, 3)
    events: list[Event] = []
    with Cache(tmp_path / "cache") as cache, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        found = measure_all(masters, cache, executor=executor, progress=events.append)
    assert all(measured.measurement for measured in found.values())
    assert [event.done for event in events][-1] == 5


def make_undecodable_master(folder: Path) -> tuple[SourceFile, Audio]:
    """Return a file with a valid header whose audio cannot be decoded."""
    folder.mkdir(exist_ok=True)
    path = folder / "a.flac"
    run_ffmpeg(["-v", "error", "-f", "lavfi", "-i", "anoisesrc=duration=3:seed=7", f"file:{path}"])
    path.write_bytes(make_undecodable_flac(path.read_bytes()))
    return read_master(path)


@pytest.mark.ffmpeg
def test_measure_all_caches_decoding_error_without_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = make_undecodable_master(tmp_path / "one")
    with Cache(tmp_path / "cache") as cache:
        (first,) = measure_all([master], cache).values()
    assert first.measurement is None
    assert first.trouble
    assert "a.flac" not in first.trouble
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "no-such-ffmpeg")
    with Cache(tmp_path / "cache") as cache:
        assert [*measure_all([master], cache).values()] == [first]


@pytest.mark.ffmpeg
@pytest.mark.parametrize("is_deleted", [False, True], ids=["changed", "deleted"])
def test_file_changed_during_measurement_is_reported_and_not_cached(tmp_path: Path, is_deleted: bool) -> None:
    (master,) = write_masters(tmp_path / "one", 3)
    if is_deleted:
        master[0].path.unlink()
    else:
        os.utime(master[0].path, (1, 1))
    with Cache(tmp_path / "cache") as cache:
        (measured,) = measure_all([master], cache).values()
        assert measured.measurement is None
        assert "changed" in (measured.trouble or "")
        assert recall_measurement(master[0].sha256, cache) is None
    if not is_deleted:
        with Cache(tmp_path / "cache") as cache:
            (again,) = measure_all([read_master(master[0].path)], cache).values()
        assert again.measurement


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_killed_ffmpeg_is_not_cached_as_error_of_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (master,) = write_masters(tmp_path / "one", 3)
    killed = tmp_path / "ffmpeg"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(killed))
    with Cache(tmp_path / "cache") as cache:
        (measured,) = measure_all([master], cache).values()
    assert measured.trouble
    monkeypatch.delenv("PODCASTKIT_FFMPEG")
    with Cache(tmp_path / "cache") as cache:
        (measured,) = measure_all([master], cache).values()
    assert measured.measurement


def test_measure_all_without_ffmpeg_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (master,) = write_masters(tmp_path / "one", 3)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "no-such-ffmpeg")
    with Cache(tmp_path / "cache") as cache, pytest.raises(MediaError, match="no-such-ffmpeg"):
        measure_all([master], cache)


@pytest.mark.ffmpeg
def test_measure_all_returns_curves_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (master,) = write_masters(tmp_path / "one", 6)
    sha256 = master[0].sha256
    with Cache(tmp_path / "cache") as cache:
        assert measure_all([master], cache)[sha256].curve is None
        monkeypatch.setenv("PODCASTKIT_FFMPEG", "no-such-ffmpeg")
        remembered = measure_all([master], cache, curves=True)[sha256]
        assert measure_all([master], cache)[sha256].curve is None
    monkeypatch.delenv("PODCASTKIT_FFMPEG")
    assert remembered.measurement
    assert remembered.curve == read_curve(master[0].path)
    assert len(remembered.curve) == 6


@pytest.mark.ffmpeg
def test_measure_all_computes_missing_curve(tmp_path: Path) -> None:
    (master,) = write_masters(tmp_path / "one", 6)
    sha256 = master[0].sha256
    with Cache(tmp_path / "cache") as cache:
        before = measure_all([master], cache)[sha256]
    with sqlite3.connect(tmp_path / "cache" / "facts.sqlite3") as connection:
        connection.execute("DELETE FROM contents WHERE kind LIKE 'curve-%'")
    connection.close()
    with Cache(tmp_path / "cache") as cache:
        assert measure_all([master], cache)[sha256] == before
        assert measure_all([master], cache, curves=True)[sha256].curve
        assert cache.recall_content("curve-2", sha256)


@pytest.mark.ffmpeg
def test_damaged_cached_curve_is_computed_again(tmp_path: Path) -> None:
    (master,) = write_masters(tmp_path / "one", 6)
    sha256 = master[0].sha256
    with Cache(tmp_path / "cache") as cache:
        first = measure_all([master], cache, curves=True)[sha256]
        cache.remember_content(sha256, {"curve-2": b"odd"})
        again = measure_all([master], cache, curves=True)[sha256]
    assert again.curve
    assert len(again.curve) == len(first.curve or ()) == 6


def test_cached_decoding_error_needs_no_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (master,) = write_masters(tmp_path / "one", 6)
    sha256 = master[0].sha256
    with Cache(tmp_path / "cache") as cache:
        cache.remember_content(sha256, {"measurement-3": b'{"measurement": null, "trouble": "it is noise"}'})
        monkeypatch.setenv("PODCASTKIT_FFMPEG", "no-such-ffmpeg")
        assert measure_all([master], cache, curves=True)[sha256].trouble == "it is noise"
