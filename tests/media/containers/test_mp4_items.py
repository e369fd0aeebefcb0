from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.mp4 import Mp4Chapters
from podcastkit.media.containers.mp4_items import Mp4Items, read_items
from podcastkit.media.tag_reader import read_mp4

_NO_CHAPTERS = Mp4Chapters(marks=(), damaged=())


def _make_atom(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, kind) + content


def _make_value(text: bytes, kind: int = 1, *, size: int | None = None) -> bytes:
    return _make_atom(b"data", struct.pack(">II", kind, 0) + text, size=size)


def _make_meta(*items: bytes, size: int | None = None, version: bytes = bytes(4)) -> bytes:
    handler = _make_atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    return _make_atom(b"meta", version + handler + _make_atom(b"ilst", b"".join(items), size=size))


def _make_movie(content: bytes, *, size: int | None = None) -> bytes:
    return _make_atom(b"moov", _make_atom(b"udta", content, size=size))


def _read(data: bytes) -> Mp4Items:
    return read_items(io.BytesIO(data), len(data))


_NAME = _make_atom(b"\xa9nam", _make_value(b"Planning time"))
_ARTIST = _make_atom(b"\xa9ART", _make_value(b"Ana") + _make_value("Größe".encode("utf-16-be"), 2))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_make_movie(_make_meta(_NAME, _ARTIST)), id="iTunes"),
        pytest.param(_make_movie(_make_meta(_NAME, _ARTIST, version=b"")), id="QuickTime"),
        pytest.param(_make_movie(_make_meta(_NAME, _ARTIST) + bytes(4)), id="with a zero at the end"),
        pytest.param(_make_atom(b"moov", _make_meta(_NAME, _ARTIST)), id="next to the tracks"),
    ],
)
def test_tags_are_read_in_all_places(data: bytes) -> None:
    tags = read_mp4(_read(data), _NO_CHAPTERS)

    assert (tags.title, tags.artist) == ("Planning time", "Ana, Größe")
    assert tags.damaged_tags == ()


_DAMAGED_TAGS = "the MP4 tags are damaged; unreadable tags are left out"


@pytest.mark.parametrize(
    ("item", "damaged"),
    [
        pytest.param(
            _make_atom(b"----", _make_atom(b"mean", b"com.apple", size=90) + _make_value(b"x")),
            "----",
            id="a long mean",
        ),
        pytest.param(
            _make_atom(b"----", _make_atom(b"mean", b"com", size=25) + _make_value(b"x")),
            "----",
            id="a mean longer than the tag",
        ),
        pytest.param(_make_atom(b"trkn", _make_value(bytes(8), 0, size=7)), "trkn", id="a short value"),
        pytest.param(_make_atom(b"trkn", _make_value(bytes(8), 0, size=99)), "trkn", id="a long value"),
        pytest.param(
            _make_atom(b"covr", _make_value(bytes(8), 13), size=9999), "covr", id="a tag longer than the list"
        ),
        pytest.param(b"\0\0\0\3xyz!", None, id="a tag shorter than its header"),
    ],
)
def test_damaged_tag_is_left_out(item: bytes, damaged: str | None) -> None:
    items = _read(_make_movie(_make_meta(_NAME, item)))

    assert items.values == {b"\xa9nam": [(1, b"Planning time")]}
    assert items.damaged == (f"the MP4 tag {damaged} is damaged and left out" if damaged else _DAMAGED_TAGS,)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_make_movie(_make_meta(_NAME, size=9999)), id="a list longer than its parent"),
        pytest.param(_make_movie(_make_meta(_NAME), size=9999), id="user data longer than the index"),
        pytest.param(_make_movie(_make_meta(_NAME), size=60), id="user data shorter than its content"),
        pytest.param(_make_movie(_make_meta(_NAME, size=4)), id="a list shorter than its header"),
    ],
)
def test_tags_in_atom_of_wrong_size_are_left_out(data: bytes) -> None:
    assert _read(data) == Mp4Items(values={}, damaged=(_DAMAGED_TAGS,))


def test_file_without_tags_has_no_damage() -> None:
    assert _read(_make_atom(b"moov")) == _read(b"") == Mp4Items(values={}, damaged=())


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_no_error(content: bytes) -> None:
    items = _read(_make_movie(_make_meta(content)))

    assert all(isinstance(name, bytes) for name in items.values)
