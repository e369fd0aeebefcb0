"""Read the layout of WAV and AIFF files. The length of uncompressed audio follows from the size of its chunk.

Supports RIFF, RF64 and BW64 (EBU Tech 3306; their actual size is in the `ds64` chunk), Wave64, AIFF and AIFF-C.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from podcastkit.media.containers.chunks import (
    AIFF,
    RIFF,
    WAVE64,
    count_foreign_bytes,
    is_placeholder_size,
    read_chunks,
)

if TYPE_CHECKING:
    from podcastkit.media.containers.chunks import Chunk

_WAV_FORMAT = struct.Struct("<HHIIHH")
_UNCOMPRESSED = {
    1: {1: "u8", 2: "s16le", 3: "s24le", 4: "s32le"},
    3: {4: "f32le", 8: "f64le"},
    6: {1: "alaw"},
    7: {1: "mulaw"},
}
"""ffmpeg's name of each uncompressed encoding, by format code and bytes per sample."""
_EXTENSIBLE = 0xFFFE
"""The format code that means that the actual format code follows later in the chunk."""
_AIFF_FORMAT = struct.Struct(">HIHHQ")
_INTEGER_EXPONENT = 16383 + 63
"""The exponent of an 80-bit float for which its 64-bit mantissa is the value itself."""
_SOUND_HEAD_SIZE = 8
"""Bytes before the first sample in the audio chunk of an AIFF file: offset and block size."""


_AIFF_INTEGERS = {1: "s8", 2: "s16be", 3: "s24be", 4: "s32be"}
_AIFF_FLOATS = {4: "f32be", 8: "f64be"}
_AIFF_UNCOMPRESSED = {
    **dict.fromkeys((b"", b"NONE", b"twos", b"in24", b"in32"), _AIFF_INTEGERS),
    **dict.fromkeys((b"fl32", b"FL32", b"fl64", b"FL64"), _AIFF_FLOATS),
    b"sowt": {1: "s8", 2: "s16le", 3: "s24le", 4: "s32le"},
}
"""ffmpeg's name of each uncompressed encoding, by AIFF-C compression type and bytes per sample."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PcmLayout:
    """The format and the audio of a WAV or AIFF file.

    `frames` is the number of samples per channel in the file; None if only decoding can count them, because the
    audio is compressed. `promised` is the number that the header states: 0 in an AIFF file that was written to a
    pipe, None if unknown. `share` is the share of the stated bytes that is in the file.

    The audio is at positions `start` to `end`. `raw` is ffmpeg's name of the encoding if ffmpeg cannot read the
    file as a container, else None.
    """

    channels: int
    sample_rate: int
    block_size: int
    """Bytes of one sample of all channels."""
    frames: int | None
    promised: int | None
    share: float
    start: int
    end: int
    raw: str | None
    foreign_bytes: int
    """Bytes after the audio that belong to no chunk."""


def read_wav(file: BinaryIO, size: int) -> PcmLayout | None:
    """Read a WAV file of `size` bytes, or return None if its format chunk or its audio chunk is missing."""
    file.seek(0)
    head = file.read(36)
    long_size = int.from_bytes(head[28:], "little") if head[12:16] == b"ds64" else None
    # ffmpeg trusts the size in ds64 even if it was never filled in.
    is_size_unknown = long_size is not None and (
        long_size == 0 or (long_size > size and is_placeholder_size(long_size))
    )
    lacks_size = long_size is None and not head.startswith(b"RIFF")
    all_chunks = list(read_chunks(file, size, RIFF, open_size=None if is_size_unknown else long_size))
    foreign_bytes = count_foreign_bytes(file, all_chunks, RIFF)
    chunks = {chunk.name.lower(): chunk for chunk in all_chunks}
    return _read_riff(file, size, chunks, is_unreadable=is_size_unknown or lacks_size, foreign=foreign_bytes)


def read_wave64(file: BinaryIO, size: int) -> PcmLayout | None:
    """Read a Wave64 file of `size` bytes, or return None if its format chunk or its audio chunk is missing."""
    all_chunks = list(read_chunks(file, size, WAVE64))
    chunks = {chunk.name[:4]: chunk for chunk in all_chunks}
    sound = chunks.get(b"data")
    if sound is None:
        return None
    file.seek(sound.start - WAVE64.size)
    # If the stated size of the audio chunk or of the file is wrong, ffmpeg cannot read the container.
    stated_size = int.from_bytes(file.read(WAVE64.size), "little")
    file.seek(WAVE64.name)
    is_size_unknown = int.from_bytes(file.read(WAVE64.size), "little") < sound.start
    is_unreadable = is_size_unknown or stated_size != sound.size + WAVE64.name + WAVE64.size
    foreign_bytes = count_foreign_bytes(file, all_chunks, WAVE64)
    return _read_riff(file, size, chunks, is_unreadable=is_unreadable, foreign=foreign_bytes)


def _read_riff(
    file: BinaryIO, size: int, chunks: dict[bytes, Chunk], *, is_unreadable: bool, foreign: int
) -> PcmLayout | None:
    """Read the format chunk and the audio chunk.

    Set `is_unreadable` if ffmpeg cannot read the container. `foreign` becomes the field `foreign_bytes`.
    """
    format_chunk, sound = chunks.get(b"fmt "), chunks.get(b"data")
    if format_chunk is None or sound is None or format_chunk.start + _WAV_FORMAT.size > size:
        return None
    file.seek(format_chunk.start)
    content = file.read(26)
    code, channels, sample_rate, _, block_size, bits = _WAV_FORMAT.unpack_from(content)
    if code == _EXTENSIBLE:
        code = int.from_bytes(content[24:26], "little")
        # ffmpeg mistakes 24-bit integers in 32-bit samples for Cool Edit's "24.0 float".
        is_unreadable = is_unreadable or int.from_bytes(content[18:20], "little") != bits
    if format_chunk.size < _WAV_FORMAT.size:
        bits = 0
    present_size = min(sound.size, size - sound.start)
    sample_size = block_size // (channels or 1)
    raw = _UNCOMPRESSED.get(code, {}).get(sample_size)
    # If the two sample sizes in the header differ, decoders disagree about the length.
    is_counted = raw is not None and sample_rate > 0 and -(-bits // 8) in {0, sample_size}
    is_unreadable = is_unreadable or bits == 0 or (format_chunk.name[:4], sound.name[:4]) != (b"fmt ", b"data")
    return PcmLayout(
        channels=channels,
        sample_rate=sample_rate,
        block_size=block_size,
        frames=present_size // block_size if is_counted else None,
        promised=sound.size // block_size if is_counted else None,
        share=present_size / sound.size if sound.size else 1.0,
        start=sound.start,
        end=sound.start + present_size,
        raw=raw if is_unreadable or sound.is_irregular or format_chunk.is_irregular else None,
        foreign_bytes=foreign,
    )


def read_aiff(file: BinaryIO, size: int) -> PcmLayout | None:
    """Read an AIFF file of `size` bytes, or return None if its format chunk or its audio chunk is missing."""
    all_chunks = list(read_chunks(file, size, AIFF))
    chunks = {chunk.name.lower(): chunk for chunk in all_chunks}
    format_chunk, sound = chunks.get(b"comm"), chunks.get(b"ssnd")
    if format_chunk is None or sound is None or format_chunk.start + _AIFF_FORMAT.size > size:
        return None
    # If the stated size of the audio chunk or of the file is wrong, ffmpeg cannot read the container.
    file.seek(sound.start - AIFF.size)
    is_unreadable = (
        sound.is_irregular or format_chunk.is_irregular or int.from_bytes(file.read(AIFF.size), "big") != sound.size
    )
    file.seek(AIFF.name)
    is_unreadable = is_unreadable or int.from_bytes(file.read(AIFF.size), "big") < sound.start
    file.seek(format_chunk.start)
    channels, promised, bits, exponent, mantissa = _AIFF_FORMAT.unpack(file.read(_AIFF_FORMAT.size))
    compression_type = file.read(4) if format_chunk.size > _AIFF_FORMAT.size else b""
    sample_size = -(-bits // 8)  # whole bytes, rounded up
    block_size = channels * sample_size
    start = sound.start + _SOUND_HEAD_SIZE
    stated_size, present_size = max(sound.size - _SOUND_HEAD_SIZE, 0), max(min(sound.end, size) - start, 0)
    raw = _AIFF_UNCOMPRESSED.get(compression_type, {}).get(sample_size)
    is_counted = raw is not None and block_size > 0
    return PcmLayout(
        channels=channels,
        sample_rate=mantissa >> _INTEGER_EXPONENT - exponent if exponent <= _INTEGER_EXPONENT else 0,
        block_size=block_size,
        frames=present_size // block_size if is_counted else None,
        promised=promised,
        share=present_size / stated_size if stated_size else 1.0,
        start=start,
        end=start + present_size,
        raw=raw if is_unreadable or promised == 0 else None,
        foreign_bytes=count_foreign_bytes(file, all_chunks, AIFF),
    )
