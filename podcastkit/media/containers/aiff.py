"""What an AIFF or AIFF-C file says of its sound, held against the bytes that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from podcastkit.media.containers.chunks import AIFF, read_chunks

if TYPE_CHECKING:
    from podcastkit.media.containers.chunks import Chunk

_PCM = frozenset((b"", b"NONE", b"twos", b"sowt", b"raw ", b"in24", b"in32", b"fl32", b"FL32", b"fl64", b"FL64"))
"""The kinds of AIFF-C that have as many bytes for each moment of sound."""
_SOUND_HEAD = 8
"""Bytes before the first sample: offset and block size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AiffLayout:
    """How the sound lies in the file.

    `frames` is how many samples each channel has, when what the header says is what is there; else None. A program
    that wrote the file through a pipe left 0.
    """

    frames: int | None
    truncated: bool


def read_layout(file: BinaryIO, size: int) -> AiffLayout:
    """Walk the chunks of an AIFF file of `size` bytes."""
    chunks: dict[bytes, Chunk] = {}
    for chunk in read_chunks(file, size, AIFF):
        chunks[chunk.name] = chunk
        if chunk.name == b"SSND" and not chunk.size:
            break  # it came through a pipe, and what follows is sound
    common, sound = chunks.get(b"COMM"), chunks.get(b"SSND")
    return AiffLayout(
        frames=_frames(file, common, sound) if common and sound else None,
        truncated=any(chunk.start + chunk.size > size for chunk in chunks.values()),
    )


def _frames(file: BinaryIO, common: Chunk, sound: Chunk) -> int | None:
    file.seek(common.start)
    content = file.read(min(common.size, 22))
    channels, frames, bits = (int.from_bytes(content[at:end], "big") for at, end in ((0, 2), (2, 6), (6, 8)))
    block = channels * (-(-bits // 8))
    is_whole = not frames or frames * block == sound.size - _SOUND_HEAD
    return frames if is_whole and content[18:22] in _PCM else None
