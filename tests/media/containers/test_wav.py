from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.wav import WavLayout, read_layout

_PCM = struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)
_SECOND = bytes(176_400)


def _chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return name + struct.pack("<I", length) + content + bytes(len(content) % 2)


def _wav(*chunks: bytes, kind: bytes = b"RIFF") -> bytes:
    content = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(content)) + content


def _layout(data: bytes) -> WavLayout:
    layout = read_layout(io.BytesIO(data), len(data))
    assert layout is not None
    return layout


def test_the_length_follows_from_the_size_of_the_sound() -> None:
    layout = _layout(_wav(_chunk(b"fmt ", _PCM), _chunk(b"junk", b"odd"), _chunk(b"data", _SECOND * 3)))

    assert layout.duration.total_seconds() == 3
    assert (layout.channels, layout.sample_rate, layout.is_pcm, layout.truncated) == (2, 44_100, True, False)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_sound_of_unknown_size_goes_on_to_the_end(size: int) -> None:
    layout = _layout(_wav(_chunk(b"fmt ", _PCM), _chunk(b"data", _SECOND, size)))

    assert layout.duration.total_seconds() == 1
    assert not layout.truncated


def test_the_size_of_a_long_file_stands_elsewhere() -> None:
    sizes = struct.pack("<QQQI", 0, len(_SECOND), 0, 0)
    data = _wav(
        _chunk(b"ds64", sizes),
        _chunk(b"fmt ", _PCM),
        _chunk(b"data", _SECOND, 0xFFFFFFFF),
        _chunk(b"id3 ", b"ID3"),
        kind=b"RF64",
    )
    layout = _layout(data)

    assert layout.duration.total_seconds() == 1
    assert layout.id3 == (len(data) - 4, 3)
    assert _layout(data[:-100]).truncated


@pytest.mark.parametrize(("missing", "truncated"), [(0, False), (1, True), (100_000, True)])
def test_sound_that_is_missing_at_the_end_is_noticed(missing: int, truncated: bool) -> None:
    data = _wav(_chunk(b"fmt ", _PCM), _chunk(b"data", _SECOND))
    layout = _layout(data[: len(data) - missing])

    assert layout.truncated is truncated
    assert layout.data_size == len(_SECOND) - missing


def test_the_encoding_of_an_extensible_file_stands_further_behind() -> None:
    extensible = struct.pack("<HHIIHHHHIH", 0xFFFE, 2, 44_100, 352_800, 8, 32, 22, 32, 3, 3) + bytes(14)
    layout = _layout(_wav(_chunk(b"fmt ", extensible), _chunk(b"data", _SECOND)))

    assert (layout.code, layout.is_pcm) == (3, True)


@pytest.mark.parametrize(("code", "block_size", "rate"), [(0x55, 1, 44_100), (1, 0, 44_100), (1, 4, 0)])
def test_what_is_not_plain_sound_has_no_length(code: int, block_size: int, rate: int) -> None:
    form = struct.pack("<HHIIHH", code, 2, rate, 0, block_size, 16)

    assert not _layout(_wav(_chunk(b"fmt ", form), _chunk(b"data", _SECOND))).is_pcm


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_wav(), id="no chunks"),
        pytest.param(_wav(_chunk(b"fmt ", _PCM)), id="no sound"),
        pytest.param(_wav(_chunk(b"data", _SECOND)), id="no format"),
        pytest.param(_wav(_chunk(b"data", _SECOND), _chunk(b"fmt ", _PCM))[:-8], id="half a format"),
        pytest.param(_wav(_chunk(b"junk", b"") * 20_000, _chunk(b"fmt ", _PCM)), id="chunks without end"),
    ],
)
def test_what_is_incomplete_is_no_wav(data: bytes) -> None:
    assert read_layout(io.BytesIO(data), len(data)) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    layout = read_layout(io.BytesIO(_wav(data)), len(_wav(data)))

    assert layout is None or layout.data_size <= len(data)
