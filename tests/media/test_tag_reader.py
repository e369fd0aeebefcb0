from __future__ import annotations

import shutil
import struct
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import mutagen.flac
import mutagen.id3
import mutagen.mp4
import mutagen.oggvorbis
import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.probing import probe
from podcastkit.media.tag_reader import Tags, id3_tags, vorbis_tags
from podcastkit.model import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Audio

    Sound = Callable[[str], Path]

id3: Any = mutagen.id3  # mutagen types only a part of itself
mp4: Any = mutagen.mp4
flac: Any = mutagen.flac


def _texts(audio: Audio | Tags) -> tuple[str | None, ...]:
    return audio.title, audio.artist, audio.album, audio.track


def _copy(path: Path, folder: Path) -> Path:
    return folder / shutil.copy(path, folder)


def _chapter(name: str, start: int, title: str | None, *more: object) -> object:
    frames = [] if title is None else [id3.TIT2(text=[title])]
    return id3.CHAP(element_id=name, start_time=start, end_time=start + 1000, sub_frames=[*frames, *more])


def _saved(path: Path, *frames: object) -> Path:
    tags = id3.ID3()
    for frame in frames:
        tags.add(frame)
    tags.save(path)
    return path


def test_an_mp3_has_id3_tags(tmp_path: Path, sound: Sound) -> None:
    path = _saved(
        _copy(sound("cbr.mp3"), tmp_path),
        id3.TIT2(text=["Planning\x07 time\n"]),
        id3.TPE1(text=["Ana", "Ben"]),
        id3.TALB(text=["  "]),
        id3.TRCK(text=["5/8"]),
    )

    assert _texts(probe(path)) == ("Planning time", "Ana, Ben", None, "5/8")


def test_old_id3_tags_at_the_end_count_where_there_are_no_new_ones(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    old = b"TAG" + b"Planning time".ljust(30, b"\0") + b"Ana".ljust(30, b"\0") + bytes(65)
    path.write_bytes(sound("cbr-bare.mp3").read_bytes() + old)

    assert _texts(probe(path))[:2] == ("Planning time", "Ana")


def test_a_file_without_tags_has_no_texts(sound: Sound) -> None:
    for name in ("cbr-bare.mp3", "stereo.wav", "sound.aiff", "sound.aac"):
        assert _texts(probe(sound(name))) == (None,) * 4
        assert probe(sound(name)).chapters == ()


def test_a_damaged_tag_is_a_refusal(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"ID3\x04\x00\x40\x00\x00\x00\x0a" + b"\xff" * 10 + sound("cbr-bare.mp3").read_bytes())
    with pytest.raises(MediaError, match=r"audio\.mp3 is damaged"):
        probe(path)


def test_chapters_of_an_mp3_come_in_their_order(tmp_path: Path, sound: Sound) -> None:
    link = id3.WXXX(desc="", url="https://example.org/plan")
    path = _saved(
        _copy(sound("cbr.mp3"), tmp_path),
        _chapter("two", 2500, "日本", link),
        _chapter("one", 0, "Welcome", id3.WXXX(desc="", url="javascript:alert(1)")),
        _chapter("three", 4000, None),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["one", "two", "three"], sub_frames=[]),
    )

    assert probe(path).chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title="日本", url="https://example.org/plan"),
        Chapter(start=timedelta(seconds=4)),
    )


def test_of_chapters_that_begin_together_the_first_of_the_table_of_contents_comes_first(
    tmp_path: Path, sound: Sound
) -> None:
    path = _saved(
        _copy(sound("cbr.mp3"), tmp_path),
        _chapter("a", 1000, "Second"),
        _chapter("b", 1000, "First"),
        id3.CTOC(element_id="part", flags=1, child_element_ids=["b", "a"], sub_frames=[]),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["part", "toc"], sub_frames=[]),
    )

    assert [chapter.title for chapter in probe(path).chapters] == ["First", "Second"]


@pytest.mark.parametrize("length", [3, 9, 20, 30])
def test_a_chapter_whose_frame_is_cut_short_harms_no_other(length: int, tmp_path: Path, sound: Sound) -> None:
    path = _saved(_copy(sound("cbr.mp3"), tmp_path), _chapter("one", 0, "Welcome"), _chapter("two", 2500, "Plans"))
    data = path.read_bytes()
    at = data.index(b"one\0") - 10  # the longer one is saved last
    size = int.from_bytes(data[at + 4 : at + 8], "big")
    assert length < size < 128
    padding = bytes(size - length)
    cut = (b"CHAP", length.to_bytes(4, "big"), data[at + 8 : at + 10 + length], padding)
    path.write_bytes(data[:at] + b"".join(cut) + data[at + 10 + size :])

    *others, last = probe(path).chapters
    assert last == Chapter(start=timedelta(seconds=2.5), title="Plans")
    assert [chapter.title for chapter in others] in ([], [None])


def test_chapters_that_the_table_of_contents_leaves_out_are_hidden(tmp_path: Path, sound: Sound) -> None:
    path = _saved(
        _copy(sound("cbr.mp3"), tmp_path),
        _chapter("one", 0, "Welcome"),
        _chapter("picture", 1000, "Only a picture"),
        _chapter("link", 2000, "Only a link", id3.WXXX(desc="", url="https://example.org/plan")),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["one"], sub_frames=[]),
    )

    audio = probe(path)
    assert audio.chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2), url="https://example.org/plan", end=timedelta(seconds=3), hidden=True),
    )
    assert audio.to_dict()["chapters"] == [{"start": 0.0, "title": "Welcome"}]


def test_chapters_need_no_table_of_contents(tmp_path: Path, sound: Sound) -> None:
    path = _saved(_copy(sound("cbr.mp3"), tmp_path), _chapter("one", 0, "Welcome"))

    assert [chapter.title for chapter in probe(path).chapters] == ["Welcome"]


def test_tags_of_a_wav_lie_in_a_chunk(tmp_path: Path, sound: Sound) -> None:
    tagged = _saved(_copy(sound("cbr-bare.mp3"), tmp_path), id3.TIT2(text=["Planning time"]))
    tag = tagged.read_bytes()[: -sound("cbr-bare.mp3").stat().st_size]
    path = tmp_path / "audio.wav"
    path.write_bytes(sound("long.wav").read_bytes() + b"ID3 " + struct.pack("<I", len(tag)) + tag)

    assert _texts(probe(path)) == ("Planning time", None, None, None)


@pytest.mark.parametrize(("track", "text"), [((5, 8), "5/8"), ((5, 0), "5"), ((0, 0), None)])
def test_an_m4a_has_its_own_tags(track: tuple[int, int], text: str | None, tmp_path: Path, sound: Sound) -> None:
    path = _copy(sound("plain.m4a"), tmp_path)
    file = mp4.MP4(path)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"], file["trkn"] = "Title", "Ana", "Show", [track]
    file.save()

    assert _texts(probe(path)) == ("Title", "Ana", "Show", text)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["chapters.m4a", "chapter-track.m4a", "chapter-track.mov"])
def test_chapters_of_an_m4a_are_read(name: str, sound: Sound) -> None:
    assert probe(sound(name)).chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title="Planning = time"),
    )


@pytest.mark.parametrize("name", ["sound.flac", "sound.ogg", "sound.opus"])
def test_flac_and_ogg_have_comments(name: str, tmp_path: Path, sound: Sound) -> None:
    path = _copy(sound(name), tmp_path)
    file: Any = mutagen.File(path)
    file["title"], file["ARTIST"], file["album"], file["tracknumber"] = "Title", ["Ana", "Ben"], "", "5"
    file["CHAPTER002"], file["CHAPTER002NAME"] = "00:00:02.500", "Second"
    file["CHAPTER001"], file["CHAPTER001NAME"] = "00:00:00", "First"
    file["CHAPTER001URL"] = "https://example.org/first"
    file["CHAPTER003"], file["CHAPTER003NAME"] = "soon", "Not a time"
    file["CHAPTER004"] = "00:00:05"
    file.save()
    audio = probe(path)

    assert _texts(audio) == ("Title", "Ana, Ben", None, "5")
    assert audio.chapters == (
        Chapter(start=timedelta(0), title="First", url="https://example.org/first"),
        Chapter(start=timedelta(seconds=2.5), title="Second"),
        Chapter(start=timedelta(seconds=5)),
    )


def test_no_tags_at_all_are_empty_ones() -> None:
    assert id3_tags(None) == vorbis_tags(None) == Tags()
