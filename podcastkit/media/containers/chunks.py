"""Read the chunks of audio containers and compare their sizes with the size of the file.

RIFF, AIFF (Apple, Audio Interchange File Format 1.3 and AIFF-C), CAF (Apple Core Audio Format Specification 1.0),
Wave64 (Sony Pictures Digital) and ASF (Microsoft, Advanced Systems Format 1.20) store chunks in nearly the same
way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_CHUNKS = 10_000
_PAIR = 2
"""Chunks of RIFF and AIFF begin at even positions. Some programs ignore this."""
_TAGS = frozenset((b"list", b"id3 "))
"""Tag chunks. A wrong size does not affect the audio."""
_BEGINNINGS = frozenset((b"riff", b"rf64", b"bw64", b"form", b"data", b"ssnd"))
"""Names that no chunk after the audio has; they mean that another file was appended."""
_BLOCK = 2**20
_EMPTY = 8
"""Size in bytes of an audio chunk without samples: in AIFF, eight bytes precede the samples."""
_FAR = 2**24
"""How many bytes to search for the audio chunk after a chunk whose size is wrong."""
_PLACEHOLDER_MARGIN = 2**16
"""How many bytes less than a power of two a placeholder can be.

Programs that write to a pipe state a power of two as the size, often minus the size of the header.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The chunk layout of a container: the position of the first chunk, and the bytes of a chunk's name and size.

    `counts_head` is true if the size includes the name and the size field. Chunks begin at multiples of `multiple`
    bytes. `sound` is the name of the audio chunk; programs that write to a pipe do not know its size.
    """

    first: int
    name: int
    size: int
    order: Literal["big", "little"]
    counts_head: bool = False
    multiple: int = 1
    sound: bytes | None = None


RIFF = Shape(first=12, name=4, size=4, order="little", multiple=2, sound=b"data")
AIFF = Shape(first=12, name=4, size=4, order="big", multiple=2, sound=b"SSND")
CAF = Shape(first=8, name=4, size=8, order="big", sound=b"data")
WAVE64 = Shape(
    first=40,
    name=16,
    size=8,
    order="little",
    counts_head=True,
    multiple=8,
    sound=bytes.fromhex("64617461f3acd3118cd100c04f8edb8a"),
)
ASF = Shape(first=0, name=16, size=8, order="little", counts_head=True)


class Chunk(NamedTuple):
    """The name of a chunk, the position of its content, and the size that its header states.

    `is_odd` is true if strict readers cannot find the chunk: the padding of this or an earlier chunk is wrong, or
    the stated size is that of an empty chunk.
    """

    name: bytes
    start: int
    size: int
    is_odd: bool = False

    @property
    def end(self) -> int:
        """The position after the content. It is beyond the end of a file that is cut short."""
        return self.start + self.size


def read_chunks(file: BinaryIO, size: int, shape: Shape, *, open_size: int | None = None) -> Iterator[Chunk]:
    """Yield the chunks of a file of `size` bytes.

    A chunk of unknown size has `open_size` bytes or, without `open_size`, extends to the end of the file.
    """
    position, is_odd, has_sound, is_searched = shape.first, False, False, False
    for _ in range(_MOST_CHUNKS):
        chunk = _read_chunk(file, position, size, shape)
        if chunk is None:
            return
        if not has_sound and _is_left_open(file, chunk, size, shape):
            is_odd = is_odd or 0 < chunk.size <= _EMPTY
            chunk = chunk._replace(size=open_size or size - chunk.start)
        if chunk.size < 0:
            return
        yield chunk._replace(is_odd=is_odd)
        has_sound = has_sound or chunk.name == shape.sound
        padded = chunk.end + -chunk.size % shape.multiple
        following = _find_next(file, chunk, padded, size, shape)
        # A chunk before the audio has a wrong size. Search only once, because it is slow.
        if following is None and not (has_sound or is_searched):
            following = _find_sound(file, chunk.start, size, shape)
            is_searched = True
        position = following or padded
        is_odd = is_odd or position != padded


def count_missing_bytes(file: BinaryIO, size: int, shape: Shape) -> int:
    """Return how many bytes of the chunks are missing at the end of the file."""
    return max((chunk.end - size for chunk in read_chunks(file, size, shape)), default=0)


def count_foreign_bytes(file: BinaryIO, found: Iterable[Chunk], shape: Shape) -> int:
    """Return how many bytes after the audio belong to no chunk; zero bytes do not count.

    They are audio beyond the stated size, or another file that was appended.
    """
    # Skip everything up to the audio chunk.
    later = dropwhile(lambda chunk: chunk.name != shape.sound or not chunk.size, found)
    next(later, None)
    foreign = next(
        (each for each in later if not _is_name(each.name) or each.name[:4].lower() in _BEGINNINGS), None
    )
    if foreign is None:
        return 0
    file.seek(foreign.start - shape.name - shape.size)
    return sum(len(block) - block.count(0) for block in iter(lambda: file.read(_BLOCK), b""))


def is_open_size(length: int) -> bool:
    """Return whether a size is a placeholder: the program did not know the size when it wrote the header."""
    return any(-_PLACEHOLDER_MARGIN < length - (1 << bits) <= 1 for bits in (31, 32, 63, 64))


def _read_chunk(file: BinaryIO, position: int, size: int, shape: Shape) -> Chunk | None:
    head = shape.name + shape.size
    if position + head > size:
        return None
    file.seek(position)
    name, written = file.read(shape.name), file.read(shape.size)
    length = int.from_bytes(written, shape.order) - (head if shape.counts_head else 0)
    return Chunk(name, position + head, max(length, 0) if name == shape.sound else length)


def _is_left_open(file: BinaryIO, chunk: Chunk, size: int, shape: Shape) -> bool:
    """Return whether the size of a chunk is a placeholder."""
    if chunk.name != shape.sound:
        return chunk.size == (1 << 8 * shape.size) - 1
    # A placeholder counts only if it is beyond the end of the file: audio can have that size.
    if chunk.size > _EMPTY:
        return chunk.end > size and is_open_size(chunk.size)
    return not _is_followed_by_chunks(file, chunk, size, shape)


def _is_followed_by_chunks(file: BinaryIO, chunk: Chunk, size: int, shape: Shape) -> bool:
    """Return whether only chunks follow up to the end of the file.

    If other data follows an audio chunk that states the size 0, that data is its audio.
    """
    position = chunk.end
    for _ in range(_MOST_CHUNKS):
        following = _read_chunk(file, position, size, shape)
        if following is None or following.end > size or not _is_name(following.name):
            break
        position = following.end + -following.size % shape.multiple
    return position >= size


def _find_next(file: BinaryIO, chunk: Chunk, padded: int, size: int, shape: Shape) -> int | None:
    """Return the position of the next chunk, or None.

    It is expected at `padded`. Some programs write no padding, or one byte more than the size states.
    """
    if shape.multiple != _PAIR:
        return padded
    candidates = {
        position: following
        for position in (padded, chunk.end, padded + 1)
        if (following := _read_chunk(file, position, size, shape)) and _is_name(following.name)
    }
    # Shifted by one byte, a chunk can look valid as well, so prefer the names that are expected.
    for position, following in candidates.items():
        if following.name == shape.sound or following.name.lower() in _TAGS:
            return position
    for position, following in candidates.items():
        if following.end <= size:
            return position
    return None


def _find_sound(file: BinaryIO, start: int, size: int, shape: Shape) -> int | None:
    """Return the position of the audio chunk after a chunk whose size is wrong, or None."""
    file.seek(start)
    for found in re.finditer(re.escape(shape.sound or b"data"), file.read(_FAR)):
        chunk = _read_chunk(file, start + found.start(), size, shape)
        if chunk and (chunk.end <= size or is_open_size(chunk.size)):
            return start + found.start()
    return None


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name[:4])  # noqa: PLR2004 - visible ASCII
