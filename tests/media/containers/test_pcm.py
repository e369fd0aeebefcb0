from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.pcm import PcmLayout, read_aiff, read_wav, read_wave64

_PCM = struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)
_SECOND = bytes(176_400)


def _make_chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return name + struct.pack("<I", length) + content + bytes(len(content) % 2)


def _make_wav(*chunks: bytes, kind: bytes = b"RIFF") -> bytes:
    content = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(content)) + content


def _read_wav(data: bytes) -> PcmLayout:
    layout = read_wav(io.BytesIO(data), len(data))
    assert layout is not None
    return layout


def test_wav_length_follows_from_size_of_audio() -> None:
    data = _make_wav(_make_chunk(b"fmt ", _PCM), _make_chunk(b"junk", b"odd"), _make_chunk(b"data", _SECOND * 3))

    assert _read_wav(data) == PcmLayout(
        channels=2,
        sample_rate=44_100,
        block_size=4,
        frames=3 * 44_100,
        promised=3 * 44_100,
        share=1.0,
        start=len(data) - 3 * len(_SECOND),
        end=len(data),
        raw=None,
        foreign_bytes=0,
    )


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x80000000, 0x7FFFFFFF, 0x7FFFF000], ids=hex)
def test_wav_audio_of_unknown_size_extends_to_end_of_file(size: int) -> None:
    layout = _read_wav(_make_wav(_make_chunk(b"fmt ", _PCM), _make_chunk(b"data", _SECOND, size)))

    assert (layout.frames, layout.promised) == (44_100, 44_100)


@pytest.mark.parametrize("size", [0, 2**64 - 1, 2**63 - 1, 2**64 - 73], ids=hex)
def test_rf64_placeholder_size_is_ignored(size: int) -> None:
    sizes = struct.pack("<QQQI", 0, size, 0, 0)
    sound = _make_chunk(b"data", _SECOND, 0xFFFFFFFF)
    layout = _read_wav(_make_wav(_make_chunk(b"ds64", sizes), _make_chunk(b"fmt ", _PCM), sound, kind=b"RF64"))

    assert (layout.frames, layout.promised, layout.raw) == (44_100, 44_100, "s16le")


@pytest.mark.parametrize(
    ("size", "raw"),
    [(len(_SECOND) + 24, None), (0, "s16le"), (24, "s16le"), (2**64 - 1, "s16le"), (2**63 - 1, "s16le")],
)
def test_wave64_placeholder_size_is_ignored(size: int, raw: str | None) -> None:
    def chunk(name: str, content: bytes, size: int) -> bytes:
        return bytes.fromhex(name) + struct.pack("<Q", size) + content

    form = chunk("666d7420f3acd3118cd100c04f8edb8a", _PCM, 24 + len(_PCM))
    data = bytes(16) + b"\xff" * 8 + bytes(16) + form + chunk("64617461f3acd3118cd100c04f8edb8a", _SECOND, size)
    layout = read_wave64(io.BytesIO(data), len(data))

    assert layout is not None
    assert (layout.frames, layout.promised, layout.raw) == (44_100, 44_100, raw)


def test_rf64_size_is_read_from_ds64() -> None:
    sizes = struct.pack("<QQQI", 0, len(_SECOND), 0, 0)
    data = _make_wav(
        _make_chunk(b"ds64", sizes),
        _make_chunk(b"fmt ", _PCM),
        _make_chunk(b"data", _SECOND, 0xFFFFFFFF),
        _make_chunk(b"id3 ", b"ID3"),
        kind=b"RF64",
    )
    layout = _read_wav(data)

    assert layout.frames == 44_100
    assert _read_wav(data[:-100]).share < 1


@pytest.mark.parametrize("missing", [0, 1, 100_000])
def test_truncated_wav_has_a_lower_share_of_its_audio(missing: int) -> None:
    data = _make_wav(_make_chunk(b"fmt ", _PCM), _make_chunk(b"data", _SECOND))
    layout = _read_wav(data[: len(data) - missing])

    assert layout.share == pytest.approx(1 - missing / len(_SECOND))
    assert (layout.frames, layout.promised) == ((len(_SECOND) - missing) // 4, 44_100)


@pytest.mark.parametrize(("valid", "code", "raw"), [(32, 3, None), (32, 1, None), (24, 1, "s32le")])
def test_wav_extensible_encoding_is_read(valid: int, code: int, raw: str | None) -> None:
    extensible = struct.pack("<HHIIHHHHIH", 0xFFFE, 2, 44_100, 352_800, 8, 32, 22, valid, 3, code) + bytes(14)
    layout = _read_wav(_make_wav(_make_chunk(b"fmt ", extensible), _make_chunk(b"data", _SECOND)))

    assert (layout.frames, layout.raw) == (len(_SECOND) // 8, raw)


@pytest.mark.parametrize(("code", "block_size", "rate"), [(0x55, 1, 44_100), (1, 0, 44_100), (1, 4, 0)])
def test_wav_without_valid_pcm_format_has_no_frames(code: int, block_size: int, rate: int) -> None:
    form = struct.pack("<HHIIHH", code, 2, rate, 0, block_size, 16)

    assert _read_wav(_make_wav(_make_chunk(b"fmt ", form), _make_chunk(b"data", _SECOND))).frames is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_make_wav(), id="no chunks"),
        pytest.param(_make_wav(_make_chunk(b"fmt ", _PCM)), id="no sound"),
        pytest.param(_make_wav(_make_chunk(b"data", _SECOND)), id="no format"),
        pytest.param(_make_wav(_make_chunk(b"data", _SECOND), _make_chunk(b"fmt ", _PCM))[:-8], id="half a format"),
        pytest.param(
            _make_wav(_make_chunk(b"junk", b"") * 20_000, _make_chunk(b"fmt ", _PCM)), id="too many chunks"
        ),
    ],
)
def test_incomplete_wav_has_no_layout(data: bytes) -> None:
    assert read_wav(io.BytesIO(data), len(data)) is None


@given(st.binary(max_size=200))
def test_wav_of_arbitrary_bytes_raises_no_error(data: bytes) -> None:
    layout = read_wav(io.BytesIO(_make_wav(data)), len(_make_wav(data)))

    assert layout is None or (layout.frames or 0) <= len(data)


def _make_aiff_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + content + b"\0" * (len(content) % 2)


def _make_comm(frames: int, bits: int = 16, kind: bytes = b"", rate: bytes = b"\x40\x0e\xac\x44") -> bytes:
    return _make_aiff_chunk(b"COMM", struct.pack(">HIH", 2, frames, bits) + rate.ljust(10, b"\0") + kind)


def _make_ssnd(size: int) -> bytes:
    return _make_aiff_chunk(b"SSND", bytes(8 + size))


def _read_aiff(chunks: bytes) -> PcmLayout | None:
    data = b"FORM" + bytes(4) + b"AIFF" + chunks
    return read_aiff(io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    ("chunks", "frames"),
    [
        pytest.param(_make_comm(100) + _make_ssnd(400), 100, id="16 bits"),
        pytest.param(_make_comm(100, bits=20) + _make_ssnd(600), 100, id="20 bits, in three bytes"),
        pytest.param(_make_ssnd(400) + _make_comm(100), 100, id="audio first"),
        pytest.param(_make_comm(100, kind=b"sowt") + _make_ssnd(400), 100, id="little-endian"),
        pytest.param(_make_comm(100, kind=b"ima4") + _make_ssnd(68), None, id="compressed"),
        pytest.param(_make_comm(100) + _make_ssnd(300), 75, id="less than stated"),
        pytest.param(_make_comm(100) + _make_ssnd(500), 125, id="more than stated"),
        pytest.param(_make_comm(0) + b"SSND\0\0\0\0" + b"\x7f" * 400, 98, id="piped"),
        pytest.param(_make_comm(98) + b"SSND\0\0\0\0" + b"\x7f" * 400, 98, id="piped, with a length"),
    ],
)
def test_aiff_frames_are_counted_from_audio(chunks: bytes, frames: int | None) -> None:
    layout = _read_aiff(chunks)

    assert layout is not None
    assert (layout.frames, layout.share) == (frames, 1)
    assert (layout.channels, layout.sample_rate) == (2, 44_100)


@pytest.mark.parametrize("chunks", [_make_ssnd(400), _make_comm(100)], ids=["no format", "no sound"])
def test_incomplete_aiff_has_no_layout(chunks: bytes) -> None:
    assert _read_aiff(chunks) is None


@pytest.mark.parametrize("missing", [1, 300])
def test_truncated_aiff_has_a_lower_share_of_its_audio(missing: int) -> None:
    layout = _read_aiff((_make_comm(100) + _make_ssnd(400))[:-missing])

    assert layout is not None
    assert layout.share == pytest.approx(1 - missing / 400)


@pytest.mark.parametrize(
    ("rate", "hertz"),
    [
        (b"\x40\x0b\xfa\x00", 8_000),
        (b"\x40\x0f\xbb\x80", 96_000),
        (b"\x40\x0e\xac\x44\x80", 44_100),
        (b"\0", 0),
        (b"\x7f\xff\xff\xff", 0),
    ],
)
def test_aiff_sample_rate_is_read(rate: bytes, hertz: int) -> None:
    layout = _read_aiff(_make_comm(100, rate=rate) + _make_ssnd(400))

    assert layout is not None
    assert layout.sample_rate == hertz


@given(st.binary(max_size=200))
def test_aiff_of_arbitrary_bytes_raises_no_error(data: bytes) -> None:
    layout = _read_aiff(_make_comm(100) + data)

    assert layout is None or (layout.frames or 0) <= len(data)
