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

from podcastkit.media.probing import probe
from podcastkit.media.tag_reader import Tags, add_tags, read_comments, read_info
from podcastkit.model import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Audio

    Sound = Callable[[str], Path]

id3: Any = mutagen.id3  # mutagen has types for only a part of its API
mp4: Any = mutagen.mp4
flac: Any = mutagen.flac


def _get_texts(audio: Audio | Tags) -> tuple[str | None, ...]:
    return audio.title, audio.artist, audio.album, audio.track


def _copy_file(path: Path, folder: Path) -> Path:
    return folder / shutil.copy(path, folder)


def _make_chapter(name: str, start: int, title: str | None, *more: object) -> object:
    frames = [] if title is None else [id3.TIT2(text=[title])]
    return id3.CHAP(element_id=name, start_time=start, end_time=start + 1000, sub_frames=[*frames, *more])


def _save_tags(path: Path, *frames: object) -> Path:
    tags = id3.ID3()
    for frame in frames:
        tags.add(frame)
    tags.save(path)
    return path


def test_mp3_reads_id3_tags(tmp_path: Path, sound: Sound) -> None:
    path = _save_tags(
        _copy_file(sound("cbr.mp3"), tmp_path),
        id3.TIT2(text=["Planning\x07 time\n"]),
        id3.TPE1(text=["Ana", "Ben"]),
        id3.TALB(text=["  "]),
        id3.TRCK(text=["5/8"]),
    )

    assert _get_texts(probe(path)) == ("Planning time", "Ana, Ben", None, "5/8")


def test_mp3_without_id3v2_reads_id3v1(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    old = b"TAG" + b"Planning time".ljust(30, b"\0") + b"Ana".ljust(30, b"\0") + bytes(65)
    path.write_bytes(sound("cbr-bare.mp3").read_bytes() + old)

    assert _get_texts(probe(path))[:2] == ("Planning time", "Ana")


def test_file_without_tags_has_no_texts(sound: Sound) -> None:
    for name in ("cbr-bare.mp3", "stereo.wav", "sound.aiff", "sound.aac"):
        assert _get_texts(probe(sound(name))) == (None,) * 4
        assert probe(sound(name)).chapters == ()


def test_damaged_tag_is_ignored_with_warning(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    whole = sound("cbr-bare.mp3")
    path.write_bytes(b"ID3\x04\x00\x40\x00\x00\x00\x0a" + b"\xff" * 10 + whole.read_bytes())
    audio = probe(path)

    assert _get_texts(audio) == (None,) * 4
    assert audio.duration == probe(whole).duration
    assert audio.to_dict()["warnings"] == [
        "the ID3 tag has an extended header of an impossible size; the tag is ignored"
    ]


def test_mp3_chapters_are_sorted(tmp_path: Path, sound: Sound) -> None:
    link = id3.WXXX(desc="", url="https://example.org/plan")
    path = _save_tags(
        _copy_file(sound("cbr.mp3"), tmp_path),
        _make_chapter("two", 2500, "日本", link),
        _make_chapter("one", 0, "Welcome", id3.WXXX(desc="", url="javascript:alert(1)")),
        _make_chapter("three", 4000, None),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["one", "two", "three"], sub_frames=[]),
    )

    assert probe(path).chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title="日本", url="https://example.org/plan"),
        Chapter(start=timedelta(seconds=4)),
    )


def test_chapters_with_equal_start_follow_table_of_contents(tmp_path: Path, sound: Sound) -> None:
    path = _save_tags(
        _copy_file(sound("cbr.mp3"), tmp_path),
        _make_chapter("a", 1000, "Second"),
        _make_chapter("b", 1000, "First"),
        id3.CTOC(element_id="part", flags=1, child_element_ids=["b", "a"], sub_frames=[]),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["part", "toc"], sub_frames=[]),
    )

    assert [chapter.title for chapter in probe(path).chapters] == ["First", "Second"]


@pytest.mark.parametrize("length", [3, 9, 20, 30])
def test_truncated_chapter_frame_does_not_affect_others(length: int, tmp_path: Path, sound: Sound) -> None:
    path = _save_tags(
        _copy_file(sound("cbr.mp3"), tmp_path),
        _make_chapter("one", 0, "Welcome"),
        _make_chapter("two", 2500, "Plans"),
    )
    data = path.read_bytes()
    at = data.index(b"one\0") - 10  # mutagen saves the longer frame last
    size = int.from_bytes(data[at + 4 : at + 8], "big")
    assert length < size < 128
    padding = bytes(size - length)
    cut = (b"CHAP", length.to_bytes(4, "big"), data[at + 8 : at + 10 + length], padding)
    path.write_bytes(data[:at] + b"".join(cut) + data[at + 10 + size :])

    *others, last = probe(path).chapters
    assert last == Chapter(start=timedelta(seconds=2.5), title="Plans")
    assert [chapter.title for chapter in others] in ([], [None])


def test_chapters_missing_in_table_of_contents_are_hidden(tmp_path: Path, sound: Sound) -> None:
    path = _save_tags(
        _copy_file(sound("cbr.mp3"), tmp_path),
        _make_chapter("one", 0, "Welcome"),
        _make_chapter("picture", 1000, "Only a picture"),
        _make_chapter("link", 2000, "Only a link", id3.WXXX(desc="", url="https://example.org/plan")),
        id3.CTOC(element_id="toc", flags=3, child_element_ids=["one"], sub_frames=[]),
    )

    audio = probe(path)
    assert audio.chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2), url="https://example.org/plan", end=timedelta(seconds=3), hidden=True),
    )
    assert audio.to_dict()["chapters"] == [{"start": 0.0, "title": "Welcome"}]


def test_chapters_without_table_of_contents_are_read(tmp_path: Path, sound: Sound) -> None:
    path = _save_tags(_copy_file(sound("cbr.mp3"), tmp_path), _make_chapter("one", 0, "Welcome"))

    assert [chapter.title for chapter in probe(path).chapters] == ["Welcome"]


def test_wav_reads_id3_chunk(tmp_path: Path, sound: Sound) -> None:
    tagged = _save_tags(_copy_file(sound("cbr-bare.mp3"), tmp_path), id3.TIT2(text=["Planning time"]))
    tag = tagged.read_bytes()[: -sound("cbr-bare.mp3").stat().st_size]
    path = tmp_path / "audio.wav"
    path.write_bytes(sound("long.wav").read_bytes() + b"ID3 " + struct.pack("<I", len(tag)) + tag)

    assert _get_texts(probe(path)) == ("Planning time", None, None, None)


@pytest.mark.parametrize(("track", "text"), [((5, 8), "5/8"), ((5, 0), "5"), ((0, 0), None)])
def test_m4a_reads_itunes_tags(track: tuple[int, int], text: str | None, tmp_path: Path, sound: Sound) -> None:
    path = _copy_file(sound("plain.m4a"), tmp_path)
    file = mp4.MP4(path)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"], file["trkn"] = "Title", "Ana", "Show", [track]
    file.save()

    assert _get_texts(probe(path)) == ("Title", "Ana", "Show", text)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["chapters.m4a", "chapter-track.m4a", "chapter-track.mov"])
def test_m4a_reads_chapters(name: str, sound: Sound) -> None:
    assert probe(sound(name)).chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title="Planning = time"),
    )


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["chapters.mka", "chapters.wma"])
def test_decoded_formats_read_tags_from_ffmpeg(name: str, sound: Sound) -> None:
    audio = probe(sound(name))

    assert audio.title == "Größe: a title"
    assert audio.chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title="Planning = time"),
    )


@pytest.mark.parametrize("name", ["sound.flac", "sound.ogg", "sound.opus"])
def test_flac_and_ogg_read_vorbis_comments(name: str, tmp_path: Path, sound: Sound) -> None:
    path = _copy_file(sound(name), tmp_path)
    file: Any = mutagen.File(path)
    file["title"], file["ARTIST"], file["album"], file["tracknumber"] = "Title", ["Ana", "Ben"], "", "5"
    file["CHAPTER002"], file["CHAPTER002NAME"] = "00:00:02.500", "Second"
    file["CHAPTER001"], file["CHAPTER001NAME"] = "00:00:00", "First"
    file["CHAPTER001URL"] = "https://example.org/the first"
    file["CHAPTER003"], file["CHAPTER003NAME"] = "soon", "Not a time"
    file["CHAPTER004"] = "00:00:05"
    file.save()
    audio = probe(path)

    assert _get_texts(audio) == ("Title", "Ana, Ben", None, "5")
    assert audio.chapters == (
        Chapter(start=timedelta(0), title="First", url="https://example.org/the%20first"),
        Chapter(start=timedelta(seconds=2.5), title="Second"),
        Chapter(start=timedelta(seconds=5)),
    )


@pytest.mark.parametrize(
    ("comments", "expected", "unread"),
    [
        pytest.param(["CHAPTER01=00:00:00.000", "CHAPTER01NAME=One"], [(0, "One")], 0, id="two digits"),
        pytest.param(["CHAPTER1=0:00", "Chapter1Name=One"], [(0, "One")], 0, id="one digit, minutes"),
        pytest.param(["chapter001=01:30,250", "chapter001name=One"], [(90.25, "One")], 0, id="a decimal comma"),
        pytest.param(["CHAPTER_01=00:01:30.25", "CHAPTER_01_NAME=One"], [(90.25, "One")], 0, id="underscores"),
        pytest.param(["CHAPTER000=75:00", "CHAPTER000TITLE=One"], [(4500, "One")], 0, id="many minutes"),
        pytest.param(["CHAPTER001=1:00:00.123456789"], [(3600.123456, None)], 0, id="nanoseconds, no name"),
        pytest.param(["CHAPTER001=00:00:00", "CHAPTER001NAME=Gr\xf6\xdfe"], [(0, "Größe")], 0, id="in Latin-1"),
        pytest.param(["CHAPTER001=soon", "CHAPTER001NAME=One"], [], 1, id="no time"),
        pytest.param(["CHAPTER001=00:75:00"], [], 1, id="75 minutes of an hour"),
        pytest.param(["CHAPTER001NAME=One"], [], 1, id="only a name"),
        pytest.param(["CHAPTERS=3", "CHAPTER=1", "MYCHAPTER001=00:00"], [], 0, id="similar names"),
    ],
)
def test_vorbis_chapters_accept_other_spellings(
    comments: list[str], expected: list[tuple[float, str | None]], unread: int
) -> None:
    tags = read_comments(_make_comments(*comments))

    assert [(chapter.start.total_seconds(), chapter.title) for chapter in tags.chapters] == expected
    assert len(tags.unread_chapters) == unread
    assert tags.damaged_tags == ()


def _make_comments(*texts: str) -> bytes:
    parts = [b"encoder", *(text.encode("latin-1") for text in texts)]
    fields = [struct.pack("<I", len(part)) + part for part in parts]
    return fields[0] + struct.pack("<I", len(texts)) + b"".join(fields[1:])


@pytest.mark.parametrize("count", [2, 2**32 - 1])
@pytest.mark.parametrize("length", [3, 99, 2**31, 2**32 - 1])
def test_vorbis_comment_with_impossible_length_is_ignored(count: int, length: int) -> None:
    whole = _make_comments("TITLE=Planning time")
    more = struct.pack("<I", length) + b"no"
    tags = read_comments(whole[:11] + struct.pack("<I", count) + whole[15:] + more)

    assert tags.title == "Planning time"
    assert tags.damaged_tags == ("the Vorbis comments are longer than their block; the rest of them is ignored",)


def test_missing_vorbis_comments_are_not_damage() -> None:
    assert read_comments(b"") == Tags()
    assert read_comments(None).damaged_tags == ("the Vorbis comments are damaged and ignored",)


def _make_info_list(*entries: tuple[bytes, bytes]) -> bytes:
    return b"INFO" + b"".join(
        name + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2) for name, text in entries
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_wav_reads_info_list(encoding: str, tmp_path: Path, sound: Sound) -> None:
    texts = {b"INAM": "Größe", b"IART": "Ana – Ben", b"IPRD": "Night Shift", b"ITRK": "5", b"ICMT": "A comment"}
    chunk = _make_info_list(*((name, text.encode(encoding) + b"\0") for name, text in texts.items()))
    path = tmp_path / "audio.wav"
    path.write_bytes(sound("stereo.wav").read_bytes() + b"LIST" + struct.pack("<I", len(chunk)) + chunk)

    assert _get_texts(probe(path)) == ("Größe", "Ana – Ben", "Night Shift", "5")


def test_wav_id3_tag_takes_precedence_over_info_list(tmp_path: Path, sound: Sound) -> None:
    tag = _make_id3(tmp_path, id3.TIT2(text=["The title"]))
    info = _make_info_list((b"INAM", b"The titl\0"), (b"IART", b"Ana\0"))
    path = tmp_path / "audio.wav"
    chunks = ((b"LIST", info), (b"LIST", b"adtl" + bytes(8)), (b"id3 ", tag))
    added = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    path.write_bytes(sound("stereo.wav").read_bytes() + added)

    assert _get_texts(probe(path))[:2] == ("The title", "Ana")


def test_info_list_is_read_up_to_entry_of_impossible_size() -> None:
    tags = read_info(_make_info_list((b"INAM", b"The title\0")) + b"IART" + struct.pack("<I", 99) + b"Ana")

    assert (tags.title, tags.artist) == ("The title", None)
    assert "has an entry that is longer than the list" in tags.damaged_tags[0]


def test_aiff_reads_text_chunks(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.aiff"
    added = b"NAME" + struct.pack(">I", 4) + b"Ebb\0" + b"AUTH" + struct.pack(">I", 4) + b"Ana\0"
    path.write_bytes(sound("sound.aiff").read_bytes() + added)

    assert _get_texts(probe(path))[:2] == ("Ebb", "Ana")


def test_id3_tag_before_flac_adds_missing_fields(tmp_path: Path, sound: Sound) -> None:
    path = _copy_file(sound("sound.flac"), tmp_path)
    file = flac.FLAC(path)
    file["title"] = "Planning time"
    file.save()
    path.write_bytes(_make_id3(tmp_path, id3.TIT2(text=["Old"]), id3.TPE1(text=["Ana"])) + path.read_bytes())

    assert _get_texts(probe(path))[:2] == ("Planning time", "Ana")


def _make_id3(folder: Path, *frames: object) -> bytes:
    path = folder / "tag"
    path.write_bytes(b"")
    return _save_tags(path, *frames).read_bytes()


def test_add_tags_prefers_the_tag_with_more_chapters() -> None:
    one, two = (tuple(Chapter(start=timedelta(seconds=start)) for start in range(count)) for count in (1, 2))

    assert add_tags(Tags(chapters=one), Tags(chapters=two)).chapters == two
    assert add_tags(Tags(chapters=two), Tags(chapters=one)).chapters == two
    assert add_tags(Tags(title="A", damaged_tags=("x",)), Tags(title="B", artist="C", damaged_tags=("y",))) == Tags(
        title="A", artist="C", damaged_tags=("x", "y")
    )
