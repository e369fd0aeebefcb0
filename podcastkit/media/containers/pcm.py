"""Read the layout of WAV and AIFF files: the length of uncompressed sound follows from the size of its chunk.

RIFF; RF64 and BW64 (EBU Tech 3306), in which the true size is in a chunk named ds64; AIFF and AIFF-C.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from podcastkit.media.containers.chunks import AIFF, RIFF, read_chunks

if TYPE_CHECKING:
    from podcastkit.media.containers.chunks import Chunk

_WAV_FORMAT = struct.Struct("<HHIIHH")
_UNCOMPRESSED = frozenset((1, 3, 6, 7))
"""Integers, floats, A-law, mu-law: as many bytes for each moment of sound."""
_EXTENSIBLE = 0xFFFE
_AIFF_FORMAT = struct.Struct(">HIHHQ")
_EXPONENT_OF_ONE = 16383 + 63
"""Of a number of 80 bits whose mantissa of 64 bits is a whole number."""
_SOUND_HEAD = 8
"""Bytes of an AIFF file's sound chunk before the first sample: offset and block size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PcmLayout:
    """The format of a file, and its sound as it is promised and as it is there.

    `frames` counts the samples of each channel; it is None when only decoding tells their number, because the sound
    is compressed or the header contradicts itself. `promised` is the number in an AIFF header, which is 0 when a
    program wrote through a pipe. `id3` is the chunk with the tags.
    """

    channels: int
    sample_rate: int
    block_size: int
    """Bytes of one sample in all channels."""
    frames: int | None
    promised: int | None
    truncated: bool
    id3: Chunk | None


def read_wav(file: BinaryIO, size: int) -> PcmLayout | None:
    """Read a WAV file of `size` bytes; return None when its format or its sound is missing."""
    chunks = _read_named(file, size)
    form, sound = chunks.get(b"fmt "), chunks.get(b"data")
    if form is None or sound is None or form.start + _WAV_FORMAT.size > size:
        return None
    file.seek(form.start)
    content = file.read(26)
    code, channels, sample_rate, _, block_size, _ = _WAV_FORMAT.unpack_from(content)
    if code == _EXTENSIBLE:
        code = int.from_bytes(content[24:26], "little")
    is_counted = code in _UNCOMPRESSED and block_size > 0 and sample_rate > 0
    return PcmLayout(
        channels=channels,
        sample_rate=sample_rate,
        block_size=block_size,
        frames=min(sound.size, size - sound.start) // block_size if is_counted else None,
        promised=None,
        truncated=sound.end > size,
        id3=chunks.get(b"id3 "),
    )


def read_aiff(file: BinaryIO, size: int) -> PcmLayout | None:
    """Read an AIFF file of `size` bytes; return None when its format or its sound is missing."""
    chunks = {chunk.name.lower(): chunk for chunk in read_chunks(file, size, AIFF)}
    form, sound = chunks.get(b"comm"), chunks.get(b"ssnd")
    if form is None or sound is None or form.start + _AIFF_FORMAT.size > size:
        return None
    file.seek(form.start)
    channels, promised, bits, exponent, mantissa = _AIFF_FORMAT.unpack(file.read(_AIFF_FORMAT.size))
    block_size = channels * (-(-bits // 8))
    return PcmLayout(
        channels=channels,
        sample_rate=mantissa >> _EXPONENT_OF_ONE - exponent if exponent <= _EXPONENT_OF_ONE else 0,
        block_size=block_size,
        frames=promised if promised * block_size == sound.size - _SOUND_HEAD else None,
        promised=promised,
        truncated=sound.end > size,
        id3=chunks.get(b"id3 "),
    )


def _read_named(file: BinaryIO, size: int) -> dict[bytes, Chunk]:
    """Return the chunks of a WAV file by their names in lower case."""
    file.seek(RIFF.first)
    head = file.read(24)
    long_size = int.from_bytes(head[16:], "little") if head.startswith(b"ds64") else None
    return {chunk.name.lower(): chunk for chunk in read_chunks(file, size, RIFF, open_size=long_size)}
