from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.flac import read_layout
from tests.media.damage import damaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_SAMPLES = 6 * 44_100


def _crc(data: bytes, polynomial: int, bits: int) -> bytes:
    crc = 0
    for byte in data:
        crc ^= byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> bits - 1 else 0)) & (1 << bits) - 1
    return crc.to_bytes(bits // 8, "big")


def _frame(second: int, block: int, rate: int, number: bytes, *more: int) -> bytes:
    head = bytes([0xFF, second, block << 4 | rate, 0x08]) + number + bytes(more)
    content = head + _crc(head, 0x07, 8) + b"sound"
    return content + _crc(content, 0x8005, 16)


def _file(
    *frames: bytes, block: int = 4096, largest: int = 0, total: int = 0, blocks: bytes = b"\x81\0\0\4tags"
) -> bytes:
    sizes = block.to_bytes(2, "big") * 2 + bytes(3) + largest.to_bytes(3, "big")
    info = sizes + (44_100 << 44 | 1 << 41 | 15 << 36 | total).to_bytes(8, "big") + bytes(16)
    return b"fLaC\0\0\0\x22" + info + blocks + b"".join(frames)


@pytest.mark.parametrize(
    ("frame", "counted"),
    [
        pytest.param(_frame(0xF8, 12, 9, b"\0"), 4096, id="the first frame"),
        pytest.param(_frame(0xF8, 12, 9, b"\x7f"), 128 * 4096, id="a number of one byte"),
        pytest.param(_frame(0xF8, 12, 9, b"\xc2\x80"), 129 * 4096, id="of two bytes"),
        pytest.param(_frame(0xF8, 12, 9, b"\xe0\xa0\x80"), 2049 * 4096, id="of three bytes"),
        pytest.param(_frame(0xF8, 12, 9, b"\xf0\x90\x80\x80"), 65_537 * 4096, id="of four bytes"),
        pytest.param(_frame(0xF9, 12, 9, b"\xfe\x82\x80\x80\x80\x80\x80"), 2**31 + 4096, id="a sample's number"),
        pytest.param(_frame(0xF8, 6, 9, b"\2", 99), 2 * 4096 + 100, id="a short last block"),
        pytest.param(_frame(0xF8, 7, 9, b"\2", 1, 0), 2 * 4096 + 257, id="a longer last block"),
        pytest.param(_frame(0xF8, 7, 12, b"\2", 1, 0, 44), 2 * 4096 + 257, id="a rate in kHz"),
        pytest.param(_frame(0xF8, 7, 13, b"\2", 1, 0, 172, 68), 2 * 4096 + 257, id="a rate in Hz"),
        pytest.param(_frame(0xF8, 1, 9, b"\2"), 2 * 4096 + 192, id="192 samples"),
        pytest.param(_frame(0xF8, 5, 9, b"\2"), 2 * 4096 + 4608, id="4608 samples"),
    ],
)
@pytest.mark.parametrize("largest", [0, 60], ids=["size unknown", "size known"])
@pytest.mark.parametrize("tail", [b"", b"TAG" + bytes(125)], ids=["", "ID3v1 behind"])
def test_the_last_frame_tells_how_far_it_goes(frame: bytes, counted: int, largest: int, tail: bytes) -> None:
    before = _frame(frame[1], 12, 9, b"\0")
    layout = read_layout(_file(before, frame, largest=largest, total=77) + tail, 0)

    assert (layout.promised, layout.counted) == (77, counted)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_file(_frame(0xF8, 12, 9, b"\0"))[:-1], id="a cut frame"),
        pytest.param(_file(_frame(0xF8, 12, 9, b"\0")) + b"junk", id="junk behind"),
        pytest.param(_file(), id="no frames"),
        pytest.param(_file(b"\xff\xf8"), id="a mark alone"),
        pytest.param(_file(b"\xff\xf8" * 100_000), id="marks alone"),
        pytest.param(_file(_frame(0xF8, 12, 9, b"\0")[:9] * 20_000), id="headers alone"),
        pytest.param(_file(b"nonsense"), id="nonsense"),
        pytest.param(b"fLaC" + b"\1\0\0\0" * 5000, id="empty blocks"),
    ],
)
def test_what_does_not_end_with_a_whole_frame_is_not_counted(data: bytes) -> None:
    assert read_layout(data, 0).counted is None


@pytest.mark.ffmpeg
def test_what_programs_write_is_counted(sound: Sound) -> None:
    whole = sound("sound.flac").read_bytes()

    layout = read_layout(whole, 0)
    facts = (layout.promised, layout.counted, layout.sample_rate, layout.channels)
    assert facts == (_SAMPLES, _SAMPLES, 44_100, 2)
    assert b"encoder=Lavf" in layout.comments
    assert layout.damaged == ()
    assert read_layout(b"before" + whole, 6).counted == _SAMPLES


def test_damage_is_read_without_harm(sound: Sound) -> None:
    whole, dice = sound("sound.flac").read_bytes(), random.Random(8)  # noqa: S311 - the same damage in each run
    for _ in range(500):
        layout = read_layout(damaged(whole, dice), 0)
        assert layout.counted is None or layout.counted < 2**53


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    assert read_layout(_file(data), 0).counted is None


@pytest.mark.parametrize(
    ("blocks", "damaged"),
    [
        pytest.param(b"\x01\0\0\4tags", True, id="no block is marked as the last"),
        pytest.param(b"\x81\0\0\0", False, id="a block without content"),
        pytest.param(b"\x81\0\0\4tag", True, id="a size too large"),
        pytest.param(b"\x81\0\0\4tags and more", True, id="a size too small"),
        pytest.param(b"\x81\xff\xff\xfftags", True, id="a size behind the end"),
        pytest.param(b"\x81\0\0\4tags\x84\0\0\4more", True, id="a last block that is not the last"),
        pytest.param(b"\x86\0\0\x08" + struct.pack(">II", 3, 9999), True, id="a damaged picture"),
        pytest.param(b"\x86\0\0\x20" + bytes(32), False, id="a picture without anything"),
    ],
)
def test_the_first_frame_ends_the_metadata_whatever_its_sizes_say(blocks: bytes, damaged: bool) -> None:
    frames = [_frame(0xF8, 12, 9, bytes([number])) for number in (0, 1)]
    layout = read_layout(_file(*frames, blocks=blocks), 0)

    assert layout.counted == 2 * 4096
    assert bool(layout.damaged) is damaged
