from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mutagen.id3 import CHAP, CTOC, ID3, TIT2, WXXX

from podcastkit.cache import Cache
from podcastkit.diagnostics import MediaError
from podcastkit.media.facts import examine, examine_all, look_at
from podcastkit.progress import Event, Tally
from tests.shows import make_mp3, write_artwork

if TYPE_CHECKING:
    from pathlib import Path


def lasting_cache(folder: Path) -> Cache:
    """A cache for which every file is long there."""
    return Cache(folder, clock=lambda: 2**62)


def test_audio_is_examined_for_its_bytes_and_its_sound(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    found = examine(tmp_path / "a.mp3")
    assert found.file
    assert found.audio
    assert found.trouble is None
    assert found.file.size == found.audio.size


@pytest.mark.parametrize("there", [True, False], ids=["no audio", "no file"])
def test_trouble_is_a_value_with_its_cure(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "a.mp3").write_text("no audio")
    found = examine(tmp_path / "a.mp3")
    assert found.audio is None
    assert (found.file is not None) is there
    assert found.trouble
    assert "a.mp3" in found.trouble[0]


def test_what_is_known_is_not_examined_again(tmp_path: Path) -> None:
    good, bad, gone = tmp_path / "good.mp3", tmp_path / "bad.mp3", tmp_path / "gone.mp3"
    good.write_bytes(make_mp3(1))
    bad.write_text("no audio")
    events: list[Event] = []

    def tally(total: int) -> Tally:
        return Tally(events.append, "reading", total=total, unit="files")

    with lasting_cache(tmp_path / "cache") as cache:
        first = examine_all([good, bad, gone], cache, tally=tally)
    assert [event.total for event in events] == [2, 2]
    with lasting_cache(tmp_path / "cache") as cache:
        assert examine_all([good, bad, gone], cache, tally=tally) == first
    assert len(events) == 2
    assert first[gone].trouble


def test_chapters_are_remembered_with_all_that_tags_say(tmp_path: Path) -> None:
    link = WXXX(encoding=3, desc="", url="https://example.org/")
    tags = ID3()
    tags.add(CHAP(element_id="one", start_time=0, end_time=500, sub_frames=[TIT2(encoding=3, text=["Uno"]), link]))
    tags.add(CHAP(element_id="two", start_time=500, end_time=700, sub_frames=[link]))
    tags.add(CHAP(element_id="three", start_time=700, end_time=900, sub_frames=[]))
    tags.add(CTOC(element_id="toc", flags=3, child_element_ids=["one", "three"], sub_frames=[]))
    path = tmp_path / "a.mp3"
    path.write_bytes(make_mp3(1))
    tags.save(path)
    with lasting_cache(tmp_path / "cache") as cache:
        first = examine_all([path], cache)[path]
    with lasting_cache(tmp_path / "cache") as cache:
        assert examine_all([path], cache)[path] == first
    assert first.audio
    assert [(mark.title, mark.url, mark.hidden) for mark in first.audio.chapters] == [
        ("Uno", "https://example.org/", False),
        (None, "https://example.org/", True),
        (None, None, False),
    ]


def test_pictures_are_remembered_too(tmp_path: Path) -> None:
    write_artwork(tmp_path / "artwork.png", size=(30, 20))
    with lasting_cache(tmp_path / "cache") as cache:
        first = look_at(tmp_path / "artwork.png", cache)
    with lasting_cache(tmp_path / "cache") as cache:
        assert look_at(tmp_path / "artwork.png", cache) == first
    assert (first.width, first.height, first.format) == (30, 20, "PNG")


def test_a_picture_that_is_none_is_a_media_error_each_time(tmp_path: Path) -> None:
    (tmp_path / "artwork.jpg").write_text("no picture")
    with lasting_cache(tmp_path / "cache") as cache:
        for _ in range(2):
            with pytest.raises(MediaError, match=r"artwork\.jpg"):
                look_at(tmp_path / "artwork.jpg", cache)
