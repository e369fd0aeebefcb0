from __future__ import annotations

import io
import struct

import pytest

from podcastkit.media.containers.aiff import AiffLayout, read_layout


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + content + b"\0" * (len(content) % 2)


def _common(frames: int, bits: int = 16, kind: bytes = b"") -> bytes:
    return _chunk(b"COMM", struct.pack(">HIH", 2, frames, bits) + b"\x40\x0e\xac\x44" + bytes(6) + kind)


def _sound(size: int) -> bytes:
    return _chunk(b"SSND", bytes(8 + size))


@pytest.mark.parametrize(
    ("chunks", "frames"),
    [
        pytest.param(_common(100) + _sound(400), 100, id="16 bits"),
        pytest.param(_common(100, bits=20) + _sound(600), 100, id="20 bits, in three bytes"),
        pytest.param(_sound(400) + _common(100), 100, id="sound first"),
        pytest.param(_common(100, kind=b"sowt") + _sound(400), 100, id="little-endian"),
        pytest.param(_common(100, kind=b"ima4") + _sound(400), None, id="compressed"),
        pytest.param(_common(100) + _sound(300), None, id="less than is promised"),
        pytest.param(_common(100) + _sound(500), None, id="more than is promised"),
        pytest.param(_common(0) + b"SSND\0\0\0\0" + b"\x7f" * 400, 0, id="piped"),
        pytest.param(_sound(400), None, id="no format"),
        pytest.param(_common(100), None, id="no sound"),
    ],
)
def test_the_header_is_held_against_the_sound(chunks: bytes, frames: int | None) -> None:
    data = b"FORM" + bytes(4) + b"AIFF" + chunks

    assert read_layout(io.BytesIO(data), len(data)) == AiffLayout(frames=frames, truncated=False)


@pytest.mark.parametrize("missing", [1, 300])
def test_sound_that_ends_too_early_is_truncated(missing: int) -> None:
    data = (b"FORM" + bytes(4) + b"AIFF" + _common(100) + _sound(400))[:-missing]

    assert read_layout(io.BytesIO(data), len(data)).truncated
