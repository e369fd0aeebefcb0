from __future__ import annotations

import hashlib
import importlib
import io
import os
import re
import shutil
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mutagen.apev2
import mutagen.id3
import mutagen.mp3
import mutagen.mp4
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import read_artwork
from podcastkit.media.containers.mp3 import skip_tags
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.probing import probe
from podcastkit.media.tag_text import Encoding, decode_text
from podcastkit.media.tag_writer import write_tags
from podcastkit.model import Chapter, MediaTags
from podcastkit.text.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from podcastkit.model import Artwork

    Sound = Callable[[str], Path]

id3: Any = mutagen.id3  # mutagen has types for only a part of its API
mp3: Any = mutagen.mp3
mp4: Any = mutagen.mp4
resource: Any = None if os.name == "nt" else importlib.import_module("resource")

SIX_SECONDS = timedelta(seconds=6)
BOTH_FORMATS = pytest.mark.parametrize("name", ["cbr.mp3", "plain.m4a"])
SPECIAL_TEXT = "a=b;c#d\\e 日本 \N{PARTY POPPER}"
MINIMAL = MediaTags(title="Planning time", artist="Ana", album="Night Shift", date=date(2024, 9, 5), language="en")
FULL = replace(
    MINIMAL,
    title=f"Planning {SPECIAL_TEXT}",
    artist="Harbour Radio",
    track=(5, 8),
    language="de-CH",
    comment="Who plans, and why.\n\nA second paragraph.",
    link="https://example.org/épisode 5",
    feed_url="https://example.org/feed.xml",
    guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
    chapters=(
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title=SPECIAL_TEXT, url="https://example.org/plan"),
        Chapter(start=timedelta(seconds=3), url="https://example.org/hidden", hidden=True),
        Chapter(start=timedelta(seconds=4), title="The end"),
    ),
)


def make_chapters(*rows: tuple[float, str | None], **more: Any) -> tuple[Chapter, ...]:
    return tuple(Chapter(start=timedelta(seconds=start), title=title, **more) for start, title in rows)


@pytest.fixture
def copy_sound(tmp_path: Path, sound: Sound) -> Callable[[str], Path]:
    """Return a function that copies a sound, so that the test may change it."""

    def make(name: str) -> Path:
        path = tmp_path / f"copy{len([*tmp_path.iterdir()])}-{name}"
        shutil.copyfile(sound(name), path)
        return path

    return make


def make_cover_file(folder: Path, size: tuple[int, int] = (1600, 1600), **options: Any) -> Artwork:
    path = folder / "artwork.png"
    image = Image.new("RGB", size, (200, 30, 40))
    image.save(path, **options)
    return read_artwork(path)


def read_ffmetadata(path: Path) -> str:
    command = [find_ffmpeg(), "-loglevel", "error", "-i", f"file:{path}", "-f", "ffmetadata", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@cache
def hash_packets_once(path: Path) -> str:
    """Return the cached result of `hash_packets` for a file that no test changes."""
    return hash_packets(path)


def hash_packets(path: Path) -> str:
    """Return the MD5 of the encoded audio packets."""
    command = [
        find_ffmpeg(),
        "-loglevel",
        "error",
        "-i",
        f"file:{path}",
        "-map",
        "0:a:0",
        "-c",
        "copy",
        "-f",
        "md5",
    ]
    return subprocess.run([*command, "-"], check=True, capture_output=True, text=True).stdout


def read_frames(path: Path) -> bytes:
    """Return an MP3 without the ID3 tags at its start."""
    data = path.read_bytes()
    return data[skip_tags(data) :]


def list_starts(path: Path) -> list[tuple[float, str | None]]:
    return [
        (chapter.start.total_seconds(), chapter.title) for chapter in probe(path).chapters if not chapter.hidden
    ]


def test_write_tags_writes_all_mp3_frames(copy_sound: Callable[[str], Path], tmp_path: Path) -> None:
    path = copy_sound("cbr.mp3")
    write_tags(path, replace(FULL, cover=make_cover_file(tmp_path)), SIX_SECONDS)
    tags = id3.ID3(path, translate=False)

    assert tags.version == (2, 3, 0)
    texts = {name: tags[name].text for name in ("TIT2", "TPE1", "TALB", "TRCK", "TYER", "TDAT", "TCON", "TLAN")}
    assert texts == {
        "TIT2": [FULL.title],
        "TPE1": ["Harbour Radio"],
        "TALB": ["Night Shift"],
        "TRCK": ["5/8"],
        "TYER": ["2024"],
        "TDAT": ["0509"],
        "TCON": ["Podcast"],
        "TLAN": ["deu"],
    }
    assert tags["COMM::deu"].text == [FULL.comment]
    assert tags["WFED"].url == FULL.feed_url
    assert tags["TGID"].text == [FULL.guid]
    assert tags["PCST"].value == 1
    assert [link.url for link in tags.getall("WOAF")] == ["https://example.org/%C3%A9pisode%205"]
    (cover,) = tags.getall("APIC")
    assert (cover.type, cover.mime) == (id3.PictureType.COVER_FRONT, "image/jpeg")
    assert Image.open(io.BytesIO(cover.data)).size == (1400, 1400)


@pytest.mark.ffmpeg
def test_write_tags_writes_all_m4a_atoms(copy_sound: Callable[[str], Path], tmp_path: Path) -> None:
    path = copy_sound("plain.m4a")
    write_tags(path, replace(FULL, cover=make_cover_file(tmp_path)), SIX_SECONDS)
    tags = dict(mp4.MP4(path).tags)

    (cover,) = tags.pop("covr")
    assert cover.imageformat == mp4.MP4Cover.FORMAT_JPEG
    assert Image.open(io.BytesIO(cover)).size == (1400, 1400)
    assert tags == {
        "\xa9nam": [FULL.title],
        "\xa9ART": ["Harbour Radio"],
        "aART": ["Harbour Radio"],
        "\xa9alb": ["Night Shift"],
        "trkn": [(5, 8)],
        "\xa9day": ["2024-09-05"],
        "\xa9gen": ["Podcast"],
        "\xa9cmt": [FULL.comment],
        "desc": [FULL.comment],
        "\xa9url": ["https://example.org/%C3%A9pisode%205"],
        "purl": [FULL.feed_url],
        "egid": [FULL.guid],
        "pcst": True,
        "stik": [21],
    }
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.ffmpeg
@BOTH_FORMATS
def test_written_tags_are_read_by_probe(name: str, copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound(name)
    write_tags(path, FULL, SIX_SECONDS)
    audio = probe(path)

    assert (audio.title, audio.artist, audio.album, audio.track) == (FULL.title, FULL.artist, FULL.album, "5/8")
    assert list_starts(path) == [(0, "Welcome"), (2.5, SPECIAL_TEXT), (4, "The end")]


@pytest.mark.ffmpeg
@BOTH_FORMATS
def test_written_tags_are_read_by_ffmpeg(name: str, copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound(name)
    write_tags(path, FULL, SIX_SECONDS)
    metadata = read_ffmetadata(path)

    escaped = SPECIAL_TEXT.replace("\\", "\\\\").replace("=", "\\=").replace(";", "\\;").replace("#", "\\#")
    assert f"title=Planning {escaped}\n" in metadata
    assert "genre=Podcast\n" in metadata
    assert "artist=Harbour Radio\n" in metadata
    assert f"title={escaped}\n" in metadata.partition("[CHAPTER]")[2]
    command = [find_ffmpeg(), "-i", f"file:{path}"]
    log = subprocess.run(command, check=False, capture_output=True).stderr.decode()
    assert "start 4.000000, end 6.0" in log


@pytest.mark.ffmpeg
def test_m4a_track_has_language(copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound("plain.m4a")
    write_tags(path, FULL, SIX_SECONDS)
    log = subprocess.run([find_ffmpeg(), "-i", f"file:{path}"], check=False, capture_output=True, text=True).stderr
    assert "(deu): Audio: aac" in log


def test_hidden_chapters_are_not_in_table_of_contents(copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound("cbr.mp3")
    write_tags(path, FULL, SIX_SECONDS)

    assert probe(path).chapters == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(seconds=2.5), title=SPECIAL_TEXT, url="https://example.org/plan"),
        Chapter(
            start=timedelta(seconds=3),
            end=timedelta(seconds=4),
            url="https://example.org/hidden",
            hidden=True,
        ),
        Chapter(start=timedelta(seconds=4), title="The end"),
    )
    (contents,) = id3.ID3(path).getall("CTOC")
    assert contents.child_element_ids == ["chapter1", "chapter2", "chapter4"]
    assert contents.flags == id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED


def test_chapters_end_at_next_chapter_or_end_of_file(copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound("cbr.mp3")
    own = Chapter(start=timedelta(seconds=3), title="C", end=timedelta(seconds=3.5))
    late = Chapter(start=timedelta(seconds=5), title="D", end=timedelta(seconds=99))
    early = Chapter(start=timedelta(seconds=-1), title="0", end=timedelta(seconds=-2))
    marks = (late, *make_chapters((1, "A"), (2, "B"), (2, "b"), (6, "over"), (7, None)), own, early)
    write_tags(path, replace(MINIMAL, chapters=marks), SIX_SECONDS)
    found = id3.ID3(path).getall("CHAP")
    times = {mark.sub_frames["TIT2"].text[0]: (mark.start_time, mark.end_time) for mark in found}

    assert times == {
        "0": (0, 1000),
        "A": (1000, 2000),
        "B": (2000, 3000),
        "b": (2000, 3000),
        "C": (3000, 3500),
        "D": (5000, 6000),
    }


@pytest.mark.ffmpeg
def test_only_hidden_chapters_are_not_written(copy_sound: Callable[[str], Path]) -> None:
    hidden = make_chapters((0, None), (2, None), url="https://example.org/", hidden=True)
    for name in ("cbr.mp3", "plain.m4a"):
        path = copy_sound(name)
        write_tags(path, replace(MINIMAL, chapters=hidden), SIX_SECONDS)
        assert probe(path).chapters == ()


def test_hidden_chapters_are_not_written_without_table_of_contents(copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound("cbr.mp3")
    many = make_chapters(*((place / 100, f"Chapter {place}") for place in range(256)))
    hidden = make_chapters((3, None), url="https://example.org/", hidden=True)
    write_tags(path, replace(MINIMAL, chapters=(*many, *hidden)), SIX_SECONDS)
    assert [chapter.title for chapter in probe(path).chapters] == [chapter.title for chapter in many]


def test_hidden_chapter_without_link_is_not_written(copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound("cbr.mp3")
    write_tags(
        path,
        replace(MINIMAL, chapters=(*make_chapters((0, "A")), *make_chapters((1, "x"), hidden=True))),
        SIX_SECONDS,
    )
    assert [chapter.title for chapter in probe(path).chapters] == ["A"]


@pytest.mark.ffmpeg
def test_chapter_without_title_is_omitted_in_m4a_only(copy_sound: Callable[[str], Path]) -> None:
    marks = make_chapters((0, "A"), (1, None), (2, " \x00 "), (3, "B"))
    for name, found in (("cbr.mp3", ["A", None, None, "B"]), ("plain.m4a", ["A", "B"])):
        path = copy_sound(name)
        write_tags(path, replace(MINIMAL, chapters=marks), SIX_SECONDS)
        assert [title for _, title in list_starts(path)] == found


@pytest.mark.ffmpeg
@pytest.mark.parametrize("count", [255, 256, 700])
@BOTH_FORMATS
def test_many_chapters_are_all_written(name: str, count: int, copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound(name)
    rows = [(place / 20, f"Chapter {place}") for place in range(count)]
    write_tags(path, replace(MINIMAL, chapters=make_chapters(*rows)), timedelta(minutes=1))

    # The chapter track uses the time scale of the sound, so the times are rounded.
    assert [(round(start, 3), title) for start, title in list_starts(path)] == rows
    assert read_ffmetadata(path).count("[CHAPTER]") == count
    if name == "plain.m4a":
        assert (b"chpl" in path.read_bytes()) is (count == 255)
    else:
        tables = id3.ID3(path).getall("CTOC")
        assert [len(table.child_element_ids) for table in tables] == ([count] if count == 255 else [])


@pytest.mark.ffmpeg
@BOTH_FORMATS
def test_long_chapter_title_is_not_cut(name: str, copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound(name)
    write_tags(path, replace(MINIMAL, chapters=make_chapters((0, "日" * 200), (3, "B"))), SIX_SECONDS)
    assert list_starts(path) == [(0, "日" * 200), (3, "B")]


@pytest.mark.ffmpeg
@BOTH_FORMATS
def test_long_texts_are_not_cut_and_control_characters_are_removed(
    name: str, copy_sound: Callable[[str], Path]
) -> None:
    path = copy_sound(name)
    long = "Word \N{WAVING HAND SIGN} " * 1500
    tags = replace(
        MINIMAL,
        title="Plan\x00ning\x07\ntime\ud800",
        artist="\x01",
        comment=f"\x02{long}\r\n\x0bend\x00",
        guid="\x00",
    )
    write_tags(path, tags, SIX_SECONDS)
    audio = probe(path)
    written = id3.ID3(path)["COMM::eng"].text[0] if name == "cbr.mp3" else mp4.MP4(path)["\xa9cmt"][0]

    assert (audio.title, audio.artist) == ("Plan ning time", None)
    assert written == f"{long.strip()}\n\nend"


@pytest.mark.ffmpeg
@BOTH_FORMATS
def test_missing_values_are_not_written(name: str, copy_sound: Callable[[str], Path]) -> None:
    path = copy_sound(name)
    write_tags(path, MINIMAL, SIX_SECONDS)
    keys = set(mutagen.File(path).tags)

    if name == "cbr.mp3":
        assert keys == {"TIT2", "TPE1", "TALB", "TDRC", "TCON", "TLAN", "PCST"}
    else:
        always = {"\xa9nam", "\xa9ART", "aART", "\xa9alb", "\xa9day", "\xa9gen", "pcst", "stik"}
        assert keys == always
    assert probe(path).chapters == ()


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("track", "text"), [((5, None), "5"), ((None, 8), None), ((5, 8), "5/8")], ids=["number", "total", "both"]
)
@BOTH_FORMATS
def test_track_number_without_total_is_written(
    name: str, track: tuple[int | None, int | None], text: str | None, copy_sound: Callable[[str], Path]
) -> None:
    path = copy_sound(name)
    write_tags(path, replace(MINIMAL, track=track), SIX_SECONDS)
    assert probe(path).track == text


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("de", "deu"),
        ("de-CH", "deu"),
        ("zh-Hant-TW", "zho"),
        ("nb", "nob"),
        ("es-419", "spa"),
        ("yue", "yue"),
        ("gsw", "gsw"),
        ("iw", "heb"),
        ("qq", "und"),
    ],
)
def test_language_is_written_as_three_letter_code(
    language: str, code: str, copy_sound: Callable[[str], Path]
) -> None:
    path = copy_sound("mono.mp3")
    write_tags(path, replace(MINIMAL, language=language, comment="x"), SIX_SECONDS)
    tags = id3.ID3(path)
    assert tags["TLAN"].text == [code]
    assert tags.getall("COMM")[0].lang == code


def make_ape(items: dict[str, str], *, header: bool = True) -> bytes:
    """Return an APEv2 tag with or without a header."""
    tag: Any = mutagen.apev2.APEv2()
    tag.update(items)
    body = io.BytesIO()
    tag.save(body)
    data = body.getvalue()
    if header:
        return data
    flags = struct.pack("<I", struct.unpack_from("<I", data, len(data) - 12)[0] & 0x7FFF_FFFF)
    return data[32:-12] + flags + data[-8:]


def make_lyrics3() -> bytes:
    fields = b"LYRICSBEGININD0000200LYR00005Words"
    return fields + f"{len(fields):06}".encode() + b"LYRICS200"


def make_appended_id3() -> bytes:
    frame = b"TIT2\0\0\0\4\0\0\3End"
    size = bytes((0, 0, 0, len(frame)))
    return b"ID3\4\0\x10" + size + frame + b"3DI\4\0\x10" + size


def make_leading_id3(text: str, version: int = 4, cover: int = 0) -> bytes:
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text=[text]))
    tags.add(id3.CHAP(element_id="x", start_time=0, end_time=9, sub_frames=[id3.TIT2(text=["Old"])]))
    tags.add(id3.PRIV(owner="x", data=b"y"))
    if cover:
        tags.add(id3.APIC(mime="image/png", type=3, desc="", data=bytes(cover)))
    if version == 3:
        tags.update_to_v23()
    body = io.BytesIO()
    tags.save(body, v1=0, v2_version=version)
    return body.getvalue()


OLD_ID3V1 = b"TAG" + b"Old title".ljust(125, b"\0")
EARLIER_TAGS = {
    "no tags": (b"", b""),
    "id3v2.4": (make_leading_id3("Old"), b""),
    "id3v2.3 with a large cover": (make_leading_id3("Old", 3, 500_000), b""),
    "two at the start": (make_leading_id3("Old") + make_leading_id3("Older", 3), b""),
    "id3v1": (b"", OLD_ID3V1),
    "APE": (b"", make_ape({"Title": "Old"})),
    "APE without a header": (b"", make_ape({"Title": "Old"}, header=False)),
    "APE and id3v1": (make_leading_id3("Old"), make_ape({"Title": "Old", "Cover": "x" * 300_000}) + OLD_ID3V1),
    "Lyrics3 and id3v1": (b"", make_lyrics3() + OLD_ID3V1),
    "id3v2.4 at the end": (b"", make_appended_id3()),
    "APE at the start": (make_ape({"Title": "Old"}), b""),
    "APE before id3v2.4": (make_ape({"Title": "Old"}) + make_leading_id3("Old"), OLD_ID3V1),
    "id3v2.4 before APE": (make_leading_id3("Old") + make_ape({"Title": "Old"}), OLD_ID3V1),
    "id3v2.4 of a size too large": (make_leading_id3("Old")[:7] + b"\2" + make_leading_id3("Old")[8:], b""),
    "id3v2.4 of a size too small": (make_leading_id3("Old")[:8] + b"\0\5" + make_leading_id3("Old")[10:], b""),
    "id3v2.4 of an unknown kind": (make_leading_id3("Old")[:5] + b"\x0f" + make_leading_id3("Old")[6:], b""),
    "Lyrics3 of version 1": (b"", b"LYRICSBEGINWordsLYRICSEND" + OLD_ID3V1),
    "all": (make_leading_id3("Old"), make_appended_id3() + make_ape({"Title": "Old"}) + make_lyrics3() + OLD_ID3V1),
}


@pytest.mark.ffmpeg
@pytest.mark.parametrize("before", EARLIER_TAGS.values(), ids=EARLIER_TAGS)
@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "vbr-bare.mp3", "mpeg2-tagged.mp3"])
def test_mp3_frames_stay_unchanged(
    name: str, before: tuple[bytes, bytes], copy_sound: Callable[[str], Path], sound: Sound
) -> None:
    first, last = before
    path, bare = copy_sound(name), read_frames(sound(name))
    path.write_bytes(first + bare + last)
    length = probe(path).duration
    write_tags(path, FULL, SIX_SECONDS)

    assert read_frames(path) == bare
    assert hash_packets(path) == hash_packets(sound(name))
    assert probe(path).duration == length
    assert probe(path).title == FULL.title


@pytest.mark.parametrize("tail", [b"\xff" * 22 + b"APETAGEX", b"APETAGEX" + b"\xff" * 24, b"999999LYRICS200"])
def test_end_tag_with_size_beyond_file_is_removed(
    tail: bytes, copy_sound: Callable[[str], Path], sound: Sound
) -> None:
    path, bare = copy_sound("cbr-bare.mp3"), sound("cbr-bare.mp3").read_bytes()
    path.write_bytes(bare + tail)
    write_tags(path, MINIMAL, SIX_SECONDS)
    assert read_frames(path) == bare


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["plain.m4a", "fast.m4a", "chapters.m4a", "chapter-track.m4a"])
def test_m4a_sound_stays_unchanged(name: str, copy_sound: Callable[[str], Path], sound: Sound) -> None:
    path = copy_sound(name)
    write_tags(path, FULL, SIX_SECONDS)

    assert hash_packets(path) == hash_packets(sound(name))
    assert probe(path).duration == probe(sound(name)).duration


_TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("=;#\\\n\r\0\ud800"), max_size=40)
_MOMENT = st.timedeltas(timedelta(seconds=-1), timedelta(seconds=7))
_CHAPTER = st.builds(
    Chapter,
    start=_MOMENT,
    title=st.none() | _TEXT,
    url=st.none() | _TEXT,
    end=st.none() | _MOMENT,
    hidden=st.booleans(),
)
_TAGS = st.builds(
    MediaTags,
    title=_TEXT,
    artist=_TEXT,
    album=_TEXT,
    date=st.dates(),
    language=st.sampled_from(["en", "de-CH", "zh-Hant", "yue"]),
    track=st.tuples(st.none() | st.integers(1, 9999), st.none() | st.integers(1, 9999)),
    comment=st.none() | _TEXT,
    link=st.none() | _TEXT,
    feed_url=st.none() | _TEXT,
    guid=st.none() | _TEXT,
    chapters=st.lists(_CHAPTER, max_size=6).map(tuple),
)


def get_readable_title(tags: MediaTags) -> str | None:
    """Return the title as the reader understands it. It takes “È¥” for UTF-8 in the wrong encoding."""
    return decode_text((clean_line(tags.title) or "").encode(), Encoding.UTF8).text


@pytest.mark.slow
@given(
    tags=_TAGS,
    before=_TAGS,
    name=st.sampled_from(["cbr.mp3", "vbr-bare.mp3"]),
    old=st.sampled_from([*EARLIER_TAGS]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mp3_files_with_equal_tags_have_equal_bytes(
    tags: MediaTags, before: MediaTags, name: str, old: str, copy_sound: Callable[[str], Path], sound: Sound
) -> None:
    fresh, tagged, given = copy_sound(name), copy_sound(name), copy_sound(name)
    given.write_bytes(EARLIER_TAGS[old][0] + read_frames(sound(name)) + EARLIER_TAGS[old][1])
    write_tags(tagged, before, SIX_SECONDS)
    for path in (fresh, tagged, given):
        write_tags(path, tags, SIX_SECONDS)
    bytes_of = [path.read_bytes() for path in (fresh, tagged, given)]
    write_tags(fresh, tags, SIX_SECONDS)

    assert bytes_of == [fresh.read_bytes()] * 3
    assert read_frames(fresh) == read_frames(sound(name))
    assert probe(fresh).title == get_readable_title(tags)


@pytest.mark.ffmpeg
@pytest.mark.slow
@given(tags=_TAGS, before=_TAGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_m4a_files_with_equal_tags_have_equal_bytes(
    tags: MediaTags, before: MediaTags, copy_sound: Callable[[str], Path], sound: Sound
) -> None:
    fresh, tagged, fast = copy_sound("plain.m4a"), copy_sound("plain.m4a"), copy_sound("fast.m4a")
    write_tags(tagged, before, SIX_SECONDS)
    for path in (fresh, tagged, fast):
        write_tags(path, tags, SIX_SECONDS)
    bytes_of = [path.read_bytes() for path in (fresh, tagged, fast)]
    write_tags(fresh, tags, SIX_SECONDS)

    assert bytes_of == [fresh.read_bytes()] * 3
    assert hash_packets(fresh) == hash_packets_once(sound("plain.m4a"))
    assert probe(fresh).title == get_readable_title(tags)


@pytest.mark.ffmpeg
def test_m4a_atoms_that_podcastkit_does_not_write_are_removed(copy_sound: Callable[[str], Path]) -> None:
    path, clean = copy_sound("plain.m4a"), copy_sound("plain.m4a")
    file = mp4.MP4(path)
    file["\xa9lyr"], file["----:com.example:x"] = "la la", [b"secret"]
    file["covr"] = [mp4.MP4Cover(bytes(100_000))]
    file.save()
    for each in (path, clean):
        write_tags(each, FULL, SIX_SECONDS)

    assert path.read_bytes() == clean.read_bytes()
    assert b"secret" not in path.read_bytes()


@BOTH_FORMATS
def test_missing_cover_raises_error_and_keeps_the_file(
    name: str, copy_sound: Callable[[str], Path], tmp_path: Path
) -> None:
    path, cover = copy_sound(name), make_cover_file(tmp_path)
    cover.file.path.unlink()
    before = path.read_bytes()
    with pytest.raises(MediaError, match=r"artwork\.png does not exist"):
        write_tags(path, replace(MINIMAL, cover=cover), SIX_SECONDS)
    assert path.read_bytes() == before


def test_write_tags_to_other_format_raises(copy_sound: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match="flac"):
        write_tags(copy_sound("sound.flac"), MINIMAL, SIX_SECONDS)


def test_write_tags_to_invalid_file_raises_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_text("no sound")
    with pytest.raises(MediaError, match=r"audio\.mp3"):
        write_tags(path, MINIMAL, SIX_SECONDS)


@pytest.mark.skipif(resource is None, reason="Windows has no limit for file sizes")
@pytest.mark.parametrize("limit", [0, 40_000])
@BOTH_FORMATS
def test_write_tags_to_full_disk_raises_error_and_keeps_the_file(
    name: str, limit: int, copy_sound: Callable[[str], Path], sound: Sound
) -> None:
    path = copy_sound(name)
    with (
        limit_file_size(limit),
        pytest.raises(MediaError, match=rf"{path.name} cannot be (written|tagged)") as caught,
    ):
        write_tags(path, FULL, SIX_SECONDS)

    assert re.search("is not full|free some disk space", caught.value.hint or "")
    assert path.read_bytes() == sound(name).read_bytes()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@contextmanager
def limit_file_size(size: int) -> Iterator[None]:
    """Limit the size of files, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
@BOTH_FORMATS
def test_write_tags_to_read_only_folder_raises_error_and_keeps_the_file(name: str, sound: Sound) -> None:
    with tempfile.TemporaryDirectory() as place:  # other users cannot read the folders of pytest
        path = Path(shutil.copyfile(sound(name), Path(place) / name))
        path.parent.chmod(0o555)
        with drop_root_rights(), pytest.raises(MediaError, match=rf"{name} cannot be written"):
            write_tags(path, FULL, SIX_SECONDS)
        path.parent.chmod(0o755)
        assert path.read_bytes() == sound(name).read_bytes()


@contextmanager
def drop_root_rights() -> Iterator[None]:
    """Run the block without the rights of root, who can write everywhere."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.slow
def test_files_with_equal_covers_have_equal_bytes(tmp_path: Path, copy_sound: Callable[[str], Path]) -> None:
    digests = set()
    for dpi in (72, 300):
        path = copy_sound("mono.mp3")
        write_tags(path, replace(MINIMAL, cover=make_cover_file(tmp_path, dpi=(dpi, dpi))), SIX_SECONDS)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
