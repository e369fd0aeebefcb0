"""What the chunks of a WAV file say, held against the bytes that are there.

RIFF, and RF64 (EBU Tech 3306): beyond 4 GiB the true sizes stand in a chunk named ds64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = struct.Struct("<HHIIHH")
_PCM_CODES = frozenset((1, 3, 6, 7))
"""Integers, floats, A-law, mu-law: as many bytes for each moment of sound."""
_EXTENSIBLE = 0xFFFE
_UNKNOWN_SIZES = frozenset((0, 0xFFFFFFFF, 0x7FFFF000))
"""What programs write when they cannot come back to fill the size in; the last one is SoX's."""
_MOST_CHUNKS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class WavLayout:
    """How the sound lies in the file; `code` is the number that the format chunk gives to the encoding.

    `data_size` counts the bytes of sound that are there; `id3` is where tags lie: position and size.
    """

    code: int
    channels: int
    sample_rate: int
    block_size: int
    data_size: int
    truncated: bool
    id3: tuple[int, int] | None

    @property
    def is_pcm(self) -> bool:
        """Tell whether the sound is not compressed, so that its length follows from its size."""
        return self.code in _PCM_CODES and self.block_size > 0 and self.sample_rate > 0

    @property
    def duration(self) -> timedelta:
        """The length of uncompressed sound."""
        return timedelta(seconds=self.data_size // self.block_size / self.sample_rate)


def read_layout(file: BinaryIO, size: int) -> WavLayout | None:
    """Walk the chunks of a WAV file of `size` bytes; return None when its format or its sound is missing."""
    chunks = {chunk.name.lower(): chunk for chunk in _chunks(file, size)}
    form, sound, tags = (chunks.get(name) for name in (b"fmt ", b"data", b"id3 "))
    if form is None or sound is None or form.start + _FORMAT.size > size:
        return None
    file.seek(form.start)
    content = file.read(26)
    code, channels, sample_rate, _, block_size, _ = _FORMAT.unpack_from(content)
    return WavLayout(
        code=int.from_bytes(content[24:26], "little") if code == _EXTENSIBLE else code,
        channels=channels,
        sample_rate=sample_rate,
        block_size=block_size,
        data_size=min(sound.size, size - sound.start),
        truncated=sound.start + sound.size > size,
        id3=(tags.start, tags.size) if tags else None,
    )


class _Chunk(NamedTuple):
    name: bytes
    start: int
    size: int


def _chunks(file: BinaryIO, size: int) -> Iterator[_Chunk]:
    position, long_size = 12, 0
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        name, length = file.read(4), file.read(4)
        start = position + 8
        if start > size:
            return
        chunk = _Chunk(name, start, int.from_bytes(length, "little"))
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"data" and chunk.size in _UNKNOWN_SIZES:
            chunk = chunk._replace(size=long_size or size - start)
        yield chunk
        position = start + chunk.size + chunk.size % 2
