from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.mp3 import walk_frames
from podcastkit.media.id3 import read_id3
from podcastkit.model import Chapter
from tests.shows import make_mp3

if TYPE_CHECKING:
    from podcastkit.media.tag_reader import Tags

_SOUND = make_mp3(0.5)
_TITLE = b"\3Planning time"
_LATIN = b"\0Planning time"


def _encode_synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _make_frame(
    name: bytes, content: bytes, *, version: int = 4, flags: bytes = b"\0\0", size: bytes | None = None
) -> bytes:
    if version == 2:
        return name + len(content).to_bytes(3, "big") + content
    written = _encode_synchsafe(len(content)) if version == 4 else struct.pack(">I", len(content))
    return name + (size or written) + flags + content


def _make_tag(*frames: bytes, version: int = 4, flags: int = 0, size: bytes | None = None) -> bytes:
    body = b"".join(frames) + bytes(20)
    return b"ID3" + bytes((version, 0, flags)) + (size or _encode_synchsafe(len(body))) + body


def _make_chapter(name: bytes, start: int, title: bytes | None, *more: bytes, end: int = 0) -> bytes:
    texts = [] if title is None else [_make_frame(b"TIT2", b"\3" + title)]
    times = struct.pack(">IIII", start, end, 0xFFFF_FFFF, 0xFFFF_FFFF)
    return _make_frame(b"CHAP", name + b"\0" + times + b"".join([*texts, *more]))


def _make_table_of_contents(name: bytes, *names: bytes, flags: int = 3, count: int | None = None) -> bytes:
    head = bytes((flags, len(names) if count is None else count))
    return _make_frame(b"CTOC", name + b"\0" + head + b"".join(one + b"\0" for one in names))


def _make_link(address: bytes, description: bytes = b"\0") -> bytes:
    return _make_frame(b"WXXX", description + b"\0" + address)


def _read_tags(*tags: bytes) -> Tags:
    return read_id3(b"".join(tags) + _SOUND)


def _read_shown_chapters(*frames: bytes) -> list[tuple[float, str | None]]:
    return [
        (chapter.start.total_seconds(), chapter.title)
        for chapter in _read_tags(_make_tag(*frames)).chapters
        if not chapter.hidden
    ]


_UTF16_TITLE = b"\1\xff\0\xfe" + "Planning time".encode("utf-16-le")
_COMPRESSED = zlib.compress(_LATIN)


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param(_make_tag(_make_frame(b"TT2", _LATIN, version=2), version=2), id="version 2.2"),
        pytest.param(_make_tag(_make_frame(b"TIT2", _LATIN, version=3), version=3), id="version 2.3"),
        pytest.param(_make_tag(_make_frame(b"TIT2", _TITLE)), id="version 2.4"),
        pytest.param(
            _make_tag(_make_frame(b"TT2\0", _LATIN, version=3), version=3), id="an old name in version 2.3"
        ),
        pytest.param(
            _make_tag(_make_frame(b"APIC", bytes(200), size=struct.pack(">I", 200)), _make_frame(b"TIT2", _TITLE)),
            id="a plain size in version 2.4",
        ),
        pytest.param(
            _make_tag(
                _make_frame(b"APIC", bytes(200), size=_encode_synchsafe(200)),
                _make_frame(b"TIT2", _LATIN),
                version=3,
            ),
            id="a synchsafe size in version 2.3",
        ),
        pytest.param(_make_tag(_make_frame(b"TIT2", _UTF16_TITLE), flags=0x80), id="unsynchronised"),
        pytest.param(
            _make_tag(
                _make_frame(b"TIT2", _UTF16_TITLE[:2] + _UTF16_TITLE[3:], version=3).replace(b"\xff", b"\xff\0"),
                version=3,
                flags=0x80,
            ),
            id="unsynchronised as a whole",
        ),
        pytest.param(_make_tag(_make_frame(b"TIT2", _UTF16_TITLE, flags=b"\0\2")), id="one frame unsynchronised"),
        pytest.param(_make_tag(b"\0\0\0\6\1\0", _make_frame(b"TIT2", _TITLE), flags=0x40), id="an extended header"),
        pytest.param(
            _make_tag(b"\0\0\0\6" + bytes(6), _make_frame(b"TIT2", _LATIN, version=3), version=3, flags=0x40),
            id="an extended header of version 2.3",
        ),
        pytest.param(_make_tag(_make_frame(b"TIT2", _TITLE), flags=0x40), id="only the flag of an extended header"),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", _TITLE), flags=0x10) + b"3DI\4\0\x10" + bytes(4), id="a footer"
        ),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", _TITLE), flags=0x10)[:-20].replace(b"\x2c", b"\x18", 1)
            + b"3DI\4\0\x10\0\0\0\x18",
            id="a footer without padding",
        ),
        pytest.param(_make_tag(_make_frame(b"TIT2", _TITLE), flags=0x10), id="only the flag of a footer"),
        pytest.param(_make_tag(_make_frame(b"TIT2", b"\x07" + _TITLE, flags=b"\0\x40")), id="a frame of a group"),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", bytes(4) + _COMPRESSED, version=3, flags=b"\0\x80"), version=3),
            id="compressed",
        ),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", bytes(4) + _COMPRESSED, flags=b"\0\x09")), id="compressed in version 2.4"
        ),
        pytest.param(_make_tag(_make_frame(b"TIT2", _TITLE[1:])), id="no byte for the encoding"),
        pytest.param(_make_tag(_make_frame(b"TIT2", b"\x09" + _TITLE[1:])), id="an encoding that does not exist"),
        pytest.param(_make_tag() + _make_tag(_make_frame(b"TIT2", _TITLE)), id="an empty tag first"),
        pytest.param(
            _make_tag(_make_frame(b"TPE1", _TITLE)) + _make_tag(_make_frame(b"TIT2", _TITLE)),
            id="another tag first",
        ),
        pytest.param(
            b"APETAGEX"
            + struct.pack("<IIII", 2000, 50, 0, 0xA000_0000)
            + bytes(58)
            + _make_tag(_make_frame(b"TIT2", _TITLE)),
            id="an APE tag first",
        ),
    ],
)
def test_title_is_read_from_all_variants(tag: bytes) -> None:
    tags = _read_tags(tag)

    assert tags.title == "Planning time"
    assert tags.damaged_tags == tags.unread_texts == ()


def test_later_tags_add_missing_fields() -> None:
    first = _make_tag(_make_frame(b"TIT2", b"\3First"), _make_chapter(b"a", 0, b"One"))
    later = _make_tag(
        _make_frame(b"TIT2", b"\3Later"),
        _make_frame(b"TPE1", b"\3Ana"),
        _make_chapter(b"a", 500, b"Other"),
        _make_chapter(b"b", 1000, b"Two"),
    )
    tags = _read_tags(first, later)

    assert (tags.title, tags.artist) == ("First", "Ana")
    assert [chapter.title for chapter in tags.chapters] == ["One", "Two"]


def test_id3v1_adds_missing_fields() -> None:
    old = b"TAG" + b"A title".ljust(30, b"\0") + b"Ana".ljust(30) + "Größe".encode("latin-1").ljust(30, b"\0")
    old += bytes(4 + 28) + b"\0\7\xff"
    tags = read_id3(_make_tag(_make_frame(b"TIT2", _TITLE)) + _SOUND + old)

    assert tags[:4] == ("Planning time", "Ana", "Größe", "7")


@pytest.mark.parametrize(
    ("tag", "damage"),
    [
        pytest.param(_make_tag(_make_frame(b"TIT2", _TITLE), version=5), "has the version 2.5", id="version 2.5"),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", _TITLE), version=0xFF), "has the version 2.255", id="version 2.255"
        ),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", _TITLE), flags=0x0F), "flags that do not exist", id="unknown flags"
        ),
        pytest.param(
            _make_tag(_make_frame(b"TT2", _LATIN, version=2), version=2, flags=0x40),
            "flags that do not exist",
            id="compressed in version 2.2",
        ),
        pytest.param(
            _make_tag(_make_frame(b"TIT2", _TITLE), bytes(166), size=struct.pack(">I", 210)),
            "its size in an invalid form",
            id="a plain size",
        ),
        pytest.param(
            _make_tag(b"\0\0\x7f\x7f", _make_frame(b"TIT2", _TITLE), flags=0x40),
            "extended header",
            id="a long extended header",
        ),
        pytest.param(
            _make_tag(b"\0\0\0\1\0\0", _make_frame(b"TIT2", _TITLE), flags=0x40),
            "extended header",
            id="a short extended header",
        ),
    ],
)
def test_tag_with_damaged_header_is_ignored(tag: bytes, damage: str) -> None:
    tags = _read_tags(tag, _make_tag(_make_frame(b"TPE1", b"\3Ana")))

    assert (tags.title, tags.artist) == (None, "Ana")
    (message,) = tags.damaged_tags
    assert message.startswith("the ID3 tag ")
    assert damage in message
    assert message.endswith("; the tag is ignored")


@pytest.mark.parametrize(
    ("frames", "damage"),
    [
        pytest.param(
            [_make_frame(b"APIC", b"", size=b"\0\0\x7f\x7f")], "has a frame APIC that is longer", id="a long frame"
        ),
        pytest.param([b"no frame"], "invalid data after TPE1", id="invalid data"),
        pytest.param([_make_frame(b"tit2", b"x")], "invalid data after TPE1", id="a name in lower case"),
    ],
)
def test_frames_before_damage_are_read(frames: list[bytes], damage: str) -> None:
    tags = _read_tags(_make_tag(_make_frame(b"TIT2", _TITLE), _make_frame(b"TPE1", b"\3Ana"), *frames))

    assert (tags.title, tags.artist) == ("Planning time", "Ana")
    assert damage in tags.damaged_tags[0]
    assert tags.damaged_tags[0].endswith("; the rest of the tag is ignored")


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(_make_frame(b"TIT2", bytes(20), flags=b"\0\4"), id="encrypted"),
        pytest.param(_make_frame(b"TIT2", bytes(20), flags=b"\0\x08"), id="compressed, and damaged"),
        pytest.param(
            _make_frame(b"TIT2", zlib.compress(b"\3" + bytes(2**22)), flags=b"\0\x08"), id="decompression bomb"
        ),
        pytest.param(_make_frame(b"TIT2", b"\0" + "Портовый кран".encode("cp1251")), id="in another alphabet"),
    ],
)
def test_undecodable_text_is_ignored(frame: bytes) -> None:
    tags = _read_tags(_make_tag(frame, _make_frame(b"TPE1", b"\3Ana")))

    assert (tags.title, tags.artist) == (None, "Ana")
    assert tags.unread_texts == ("the title in the tags cannot be decoded and is ignored",)


@pytest.mark.parametrize("size", [0, 30, 3000, 2**27], ids=["zero", "too small", "too large", "beyond the end"])
def test_tag_with_wrong_size_ends_at_sound(size: int) -> None:
    tag = _make_tag(_make_frame(b"TIT2", _TITLE), _make_frame(b"APIC", bytes(100)), size=_encode_synchsafe(size))

    tags = _read_tags(tag)
    assert (tags.title, len(tags.damaged_tags)) == ("Planning time", 1)
    walk = walk_frames(tag + _SOUND)
    assert walk is not None
    assert walk.frames == len(_SOUND) // 417


_THREE_CHAPTERS = (
    _make_chapter(b"a", 0, b"One"),
    _make_chapter(b"b", 1000, b"Two"),
    _make_chapter(b"c", 2000, b"Three"),
)
_ALL_SHOWN = [(0, "One"), (1, "Two"), (2, "Three")]


@pytest.mark.parametrize(
    ("tables", "expected", "problem"),
    [
        pytest.param([], _ALL_SHOWN, "", id="no table"),
        pytest.param([_make_table_of_contents(b"toc", b"a", b"b", b"c")], _ALL_SHOWN, "", id="all listed"),
        pytest.param(
            [_make_table_of_contents(b"toc", b"c", b"a")], [(0, "One"), (2, "Three")], "", id="some listed"
        ),
        pytest.param([_make_table_of_contents(b"toc")], _ALL_SHOWN, "", id="empty table"),
        pytest.param(
            [_make_table_of_contents(b"toc", b"ch0", b"ch1", b"ch2")],
            _ALL_SHOWN,
            "do not exist",
            id="other identifiers",
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"b", b"c", b"d")],
            _ALL_SHOWN,
            "do not exist",
            id="identifiers shifted by one",
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"a", b"b", b"c", b"d")],
            _ALL_SHOWN,
            "a chapter that the ID3 tag lists",
            id="one missing chapter",
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"a", b"b", b"c", count=9)], _ALL_SHOWN, "", id="a count too large"
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"a", b"b", b"c", flags=0)],
            _ALL_SHOWN,
            "",
            id="neither ordered nor top-level",
        ),
        pytest.param(
            [
                _make_table_of_contents(b"toc", b"part1", b"c"),
                _make_table_of_contents(b"part1", b"a", b"b", flags=1),
            ],
            _ALL_SHOWN,
            "",
            id="nested",
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"toc", b"a", b"b", b"c")], _ALL_SHOWN, "", id="lists itself"
        ),
        pytest.param(
            [_make_table_of_contents(b"toc", b"a", b"b"), _make_table_of_contents(b"toc2", b"c")],
            _ALL_SHOWN,
            "",
            id="two top-level tables",
        ),
        pytest.param([_make_frame(b"CTOC", b"toc")], _ALL_SHOWN, "", id="cut short"),
    ],
)
def test_table_of_contents_that_does_not_match_chapters_is_ignored(
    tables: list[bytes], expected: list[tuple[float, str]], problem: str
) -> None:
    assert _read_shown_chapters(*_THREE_CHAPTERS, *tables) == expected
    problems = _read_tags(_make_tag(*_THREE_CHAPTERS, *tables)).unread_chapters
    assert [problem in message for message in problems] == [True] * bool(problem)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param(
            [
                _make_chapter(b"chp", start, title)
                for start, title in ((0, b"One"), (1000, b"Two"), (2000, b"Three"))
            ],
            _ALL_SHOWN,
            id="one identifier for all",
        ),
        pytest.param(
            [_make_chapter(b"", 0, b"One"), _make_chapter(b"", 1000, b"Two")], _ALL_SHOWN[:2], id="no identifiers"
        ),
        pytest.param([_THREE_CHAPTERS[0], _THREE_CHAPTERS[0]], _ALL_SHOWN[:1], id="the same twice"),
        pytest.param(
            [_make_chapter(b"a", 1000, b"Two", end=500), _make_chapter(b"b", 0, b"One")],
            _ALL_SHOWN[:2],
            id="an end before the start",
        ),
        pytest.param(
            [_make_chapter(b"a", 0, None), _make_chapter(b"b", 1000, b"")], [(0, None), (1, None)], id="no titles"
        ),
        pytest.param([_make_chapter(b"a", 10**9, b"Late")], [(1_000_000, "Late")], id="after the end"),
        pytest.param([_make_chapter(b"a", 0, b"One", b"no frame")], _ALL_SHOWN[:1], id="junk in a chapter"),
    ],
)
def test_unusual_chapters_are_read(frames: list[bytes], expected: list[tuple[float, str | None]]) -> None:
    assert _read_shown_chapters(*frames) == expected


@pytest.mark.parametrize("first", [_make_frame(b"CHAP", b"a\0\0\0"), _make_chapter(b"a", 0xFFFF_FFFF, b"One")])
def test_chapter_without_start_is_reported(first: bytes) -> None:
    tags = _read_tags(_make_tag(first, *_THREE_CHAPTERS[1:], _make_table_of_contents(b"toc", b"a", b"b", b"c")))

    assert [chapter.title for chapter in tags.chapters] == ["Two", "Three"]
    assert tags.unread_chapters == ("a chapter in the ID3 tag cannot be read",)


def test_undecodable_chapter_title_is_reported() -> None:
    cyrillic = "Портовый кран".encode("cp1251")
    mark = _make_frame(b"CHAP", b"a\0" + bytes(16) + _make_frame(b"TIT2", b"\0" + cyrillic))
    tags = _read_tags(_make_tag(mark))

    assert tags.chapters == (Chapter(start=timedelta(0)),)
    assert tags.unread_texts == ("the title of a chapter in the tags cannot be decoded and is ignored",)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (_make_link(b"https://example.org/plan"), "https://example.org/plan"),
        (_make_link(b"https://example.org/plan\0", b"\0A description"), "https://example.org/plan"),
        (_make_link(b"https://example.org/plan", b"\1\xff\xfeA\0\0"), "https://example.org/plan"),
        (_make_link(b"https://example.org/plan", b"\1\xfe\xff\0A\0"), "https://example.org/plan"),
        (_make_link(b"javascript:alert(1)"), None),
        (_make_frame(b"WXXX", b""), None),
    ],
)
def test_chapter_link_follows_description(link: bytes, url: str | None) -> None:
    (chapter,) = _read_tags(_make_tag(_make_chapter(b"a", 0, b"One", link))).chapters

    assert chapter.url == url


@given(st.binary(max_size=300), st.integers(2, 5), st.integers(0, 255))
def test_read_id3_accepts_any_bytes(body: bytes, version: int, flags: int) -> None:
    tags = read_id3(b"ID3" + bytes((version, 0, flags)) + _encode_synchsafe(len(body)) + body + _SOUND)

    assert all(chapter.start >= timedelta(0) for chapter in tags.chapters)
