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


def _atom(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(content) if size is None else size, kind) + content


def _value(text: bytes, kind: int = 1, *, size: int | None = None) -> bytes:
    return _atom(b"data", struct.pack(">II", kind, 0) + text, size=size)


def _place(*items: bytes, size: int | None = None, version: bytes = bytes(4)) -> bytes:
    handler = _atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    return _atom(b"meta", version + handler + _atom(b"ilst", b"".join(items), size=size))


def _film(content: bytes, *, size: int | None = None) -> bytes:
    return _atom(b"moov", _atom(b"udta", content, size=size))


def _read(data: bytes) -> Mp4Items:
    return read_items(io.BytesIO(data), len(data))


_NAME = _atom(b"\xa9nam", _value(b"Planning time"))
_ARTIST = _atom(b"\xa9ART", _value(b"Ana") + _value("Größe".encode("utf-16-be"), 2))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_film(_place(_NAME, _ARTIST)), id="as iTunes writes them"),
        pytest.param(_film(_place(_NAME, _ARTIST, version=b"")), id="as QuickTime does"),
        pytest.param(_film(_place(_NAME, _ARTIST) + bytes(4)), id="with a zero at the end"),
        pytest.param(_atom(b"moov", _place(_NAME, _ARTIST)), id="beside the tracks"),
    ],
)
def test_tags_are_read_where_they_are(data: bytes) -> None:
    tags = read_mp4(_read(data), _NO_CHAPTERS)

    assert (tags.title, tags.artist) == ("Planning time", "Ana, Größe")
    assert tags.damaged_tags == ()


_ALL = "its MP4 tags are damaged; what cannot be read of them is left out"


@pytest.mark.parametrize(
    ("item", "damaged"),
    [
        pytest.param(
            _atom(b"----", _atom(b"mean", b"com.apple", size=90) + _value(b"x")), "----", id="a long mean"
        ),
        pytest.param(
            _atom(b"----", _atom(b"mean", b"com", size=25) + _value(b"x")), "----", id="a mean over the rest"
        ),
        pytest.param(_atom(b"trkn", _value(bytes(8), 0, size=7)), "trkn", id="a short value"),
        pytest.param(_atom(b"trkn", _value(bytes(8), 0, size=99)), "trkn", id="a long value"),
        pytest.param(_atom(b"covr", _value(bytes(8), 13), size=9999), "covr", id="an item longer than the list"),
        pytest.param(b"\0\0\0\3xyz!", None, id="an item shorter than its head"),
    ],
)
def test_an_item_that_is_damaged_is_left_out(item: bytes, damaged: str | None) -> None:
    items = _read(_film(_place(_NAME, item)))

    assert items.values == {b"\xa9nam": [(1, b"Planning time")]}
    assert items.damaged == (f"the entry {damaged} of its MP4 tags is damaged and left out" if damaged else _ALL,)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_film(_place(_NAME, size=9999)), id="a list longer than its place"),
        pytest.param(_film(_place(_NAME), size=9999), id="user data longer than the index"),
        pytest.param(_film(_place(_NAME), size=60), id="user data shorter than what is in it"),
        pytest.param(_film(_place(_NAME, size=4)), id="a list shorter than its head"),
    ],
)
def test_tags_in_an_atom_of_impossible_size_are_left_out(data: bytes) -> None:
    assert _read(data) == Mp4Items(values={}, damaged=(_ALL,))


def test_no_tags_are_no_damage() -> None:
    assert _read(_atom(b"moov")) == _read(b"") == Mp4Items(values={}, damaged=())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(content: bytes) -> None:
    items = _read(_film(_place(content)))

    assert all(isinstance(name, bytes) for name in items.values)
