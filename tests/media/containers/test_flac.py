from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.flac import read_layout
from tests.media.damage import damage_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_SAMPLES = 6 * 44_100


def _compute_crc(data: bytes, polynomial: int, bits: int) -> bytes:
    crc = 0
    for byte in data:
        crc ^= byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> bits - 1 else 0)) & (1 << bits) - 1
    return crc.to_bytes(bits // 8, "big")


def _make_frame(second: int, block: int, rate: int, number: bytes, *fields: int) -> bytes:
    head = bytes([0xFF, second, block << 4 | rate, 0x08]) + number + bytes(fields)
    content = head + _compute_crc(head, 0x07, 8) + b"sound"
    return content + _compute_crc(content, 0x8005, 16)


def _make_file(
    *frames: bytes, block: int = 4096, largest: int = 0, total: int = 0, blocks: bytes = b"\x81\0\0\4tags"
) -> bytes:
    sizes = block.to_bytes(2, "big") * 2 + bytes(3) + largest.to_bytes(3, "big")
    info = sizes + (44_100 << 44 | 1 << 41 | 15 << 36 | total).to_bytes(8, "big") + bytes(16)
    return b"fLaC\0\0\0\x22" + info + blocks + b"".join(frames)


@pytest.mark.parametrize(
    ("frame", "counted"),
    [
        pytest.param(_make_frame(0xF8, 12, 9, b"\0"), 4096, id="the first frame"),
        pytest.param(_make_frame(0xF8, 12, 9, b"\x7f"), 128 * 4096, id="a number of one byte"),
        pytest.param(_make_frame(0xF8, 12, 9, b"\xc2\x80"), 129 * 4096, id="of two bytes"),
        pytest.param(_make_frame(0xF8, 12, 9, b"\xe0\xa0\x80"), 2049 * 4096, id="of three bytes"),
        pytest.param(_make_frame(0xF8, 12, 9, b"\xf0\x90\x80\x80"), 65_537 * 4096, id="of four bytes"),
        pytest.param(_make_frame(0xF9, 12, 9, b"\xfe\x82\x80\x80\x80\x80\x80"), 2**31 + 4096, id="a sample number"),
        pytest.param(_make_frame(0xF8, 6, 9, b"\2", 99), 2 * 4096 + 100, id="a short last block"),
        pytest.param(_make_frame(0xF8, 7, 9, b"\2", 1, 0), 2 * 4096 + 257, id="a longer last block"),
        pytest.param(_make_frame(0xF8, 7, 12, b"\2", 1, 0, 44), 2 * 4096 + 257, id="a rate in kHz"),
        pytest.param(_make_frame(0xF8, 7, 13, b"\2", 1, 0, 172, 68), 2 * 4096 + 257, id="a rate in Hz"),
        pytest.param(_make_frame(0xF8, 1, 9, b"\2"), 2 * 4096 + 192, id="192 samples"),
        pytest.param(_make_frame(0xF8, 5, 9, b"\2"), 2 * 4096 + 4608, id="4608 samples"),
    ],
)
@pytest.mark.parametrize("largest", [0, 60], ids=["size unknown", "size known"])
@pytest.mark.parametrize("tail", [b"", b"TAG" + bytes(125)], ids=["no tag", "ID3v1 tag at the end"])
def test_samples_are_counted_up_to_end_of_last_frame(frame: bytes, counted: int, largest: int, tail: bytes) -> None:
    before = _make_frame(frame[1], 12, 9, b"\0")
    layout = read_layout(_make_file(before, frame, largest=largest, total=77) + tail, 0)

    assert (layout.promised, layout.counted) == (77, counted)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_make_file(_make_frame(0xF8, 12, 9, b"\0"))[:-1], id="a cut frame"),
        pytest.param(_make_file(_make_frame(0xF8, 12, 9, b"\0")) + b"junk", id="junk at the end"),
        pytest.param(_make_file(), id="no frames"),
        pytest.param(_make_file(b"\xff\xf8"), id="only a mark"),
        pytest.param(_make_file(b"\xff\xf8" * 100_000), id="only marks"),
        pytest.param(_make_file(_make_frame(0xF8, 12, 9, b"\0")[:9] * 20_000), id="only headers"),
        pytest.param(_make_file(b"nonsense"), id="nonsense"),
        pytest.param(b"fLaC" + b"\1\0\0\0" * 5000, id="empty blocks"),
    ],
)
def test_file_that_does_not_end_with_complete_frame_has_no_count(data: bytes) -> None:
    assert read_layout(data, 0).counted is None


@pytest.mark.ffmpeg
def test_layout_of_file_from_ffmpeg_is_complete(sound: Sound) -> None:
    whole = sound("sound.flac").read_bytes()

    layout = read_layout(whole, 0)
    assert (layout.promised, layout.counted) == (_SAMPLES, _SAMPLES)
    assert (layout.sample_rate, layout.channels) == (44_100, 2)
    assert b"encoder=Lavf" in layout.comments
    assert layout.damaged == ()
    assert read_layout(b"before" + whole, 6).counted == _SAMPLES


def test_damaged_files_raise_no_error(sound: Sound) -> None:
    whole, rng = sound("sound.flac").read_bytes(), random.Random(8)  # noqa: S311 - the same damage in each run
    for _ in range(500):
        layout = read_layout(damage_file(whole, rng), 0)
        assert layout.counted is None or layout.counted < 2**53


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_no_error(data: bytes) -> None:
    assert read_layout(_make_file(data), 0).counted is None


@pytest.mark.parametrize(
    ("blocks", "damaged"),
    [
        pytest.param(b"\x01\0\0\4tags", True, id="no last block"),
        pytest.param(b"\x81\0\0\0", False, id="a block without content"),
        pytest.param(b"\x81\0\0\4tag", True, id="a size too large"),
        pytest.param(b"\x81\0\0\4tags and more", True, id="a size too small"),
        pytest.param(b"\x81\xff\xff\xfftags", True, id="a size beyond the end"),
        pytest.param(b"\x81\0\0\4tags\x84\0\0\4more", True, id="a block after the last block"),
        pytest.param(b"\x86\0\0\x08" + struct.pack(">II", 3, 9999), True, id="a damaged picture"),
        pytest.param(b"\x86\0\0\x20" + bytes(32), False, id="an empty picture"),
    ],
)
def test_first_frame_ends_metadata_with_wrong_sizes(blocks: bytes, damaged: bool) -> None:
    frames = [_make_frame(0xF8, 12, 9, bytes([number])) for number in (0, 1)]
    layout = read_layout(_make_file(*frames, blocks=blocks), 0)

    assert layout.counted == 2 * 4096
    assert bool(layout.damaged) is damaged
