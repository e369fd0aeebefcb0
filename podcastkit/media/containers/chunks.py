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
_EVEN = 2
"""The multiple at which chunks of RIFF and AIFF begin: even positions. Some programs ignore this."""
_TAG_NAMES = frozenset((b"list", b"id3 "))
"""Tag chunks. If their size is wrong, the audio is not affected."""
_APPENDED_NAMES = frozenset((b"riff", b"rf64", b"bw64", b"form", b"data", b"ssnd"))
"""Names that no chunk after the audio has; they mean that another file was appended."""
_BLOCK = 2**20
_EMPTY_SIZE = 8
"""Size in bytes of an audio chunk without samples: in AIFF, eight bytes precede the samples."""
_SEARCHED_BYTES = 2**24
"""How many bytes to search for the audio chunk after a chunk whose size is wrong."""
_PLACEHOLDER_MARGIN = 2**16
"""How many bytes less than a power of two a placeholder can be.

Programs that write to a pipe state a power of two as the size, often minus the size of the header.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The chunk layout of a container.

    `first` is the position of the first chunk. `name` and `size` are the lengths in bytes of a chunk's name and of
    its size field; `order` is the byte order of the size. `counts_head` is true if the size includes the name and
    the size field. Chunks begin at multiples of `multiple` bytes.

    `sound` is the name of the audio chunk. Programs that write to a pipe do not know the size of this chunk.
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

    `is_irregular` is true if strict readers cannot find the chunk: the padding of this or an earlier chunk is
    wrong, or the stated size is that of an empty chunk.
    """

    name: bytes
    start: int
    size: int
    is_irregular: bool = False

    @property
    def end(self) -> int:
        """The position after the content. It is beyond the end of a file that is cut short."""
        return self.start + self.size


def read_chunks(file: BinaryIO, size: int, shape: Shape, *, open_size: int | None = None) -> Iterator[Chunk]:
    """Yield the chunks of a file of `size` bytes.

    A chunk whose size is a placeholder has `open_size` bytes. Without `open_size`, it extends to the end of the
    file.
    """
    position, is_irregular, has_sound, has_searched = shape.first, False, False, False
    for _ in range(_MOST_CHUNKS):
        chunk = _read_chunk(file, position, size, shape)
        if chunk is None:
            return
        if not has_sound and _has_placeholder_size(file, chunk, size, shape):
            is_irregular = is_irregular or 0 < chunk.size <= _EMPTY_SIZE
            chunk = chunk._replace(size=open_size or size - chunk.start)
        if chunk.size < 0:
            return
        yield chunk._replace(is_irregular=is_irregular)
        has_sound = has_sound or chunk.name == shape.sound
        padded_end = chunk.end + -chunk.size % shape.multiple
        next_position = _find_next_chunk(file, chunk, padded_end, size, shape)
        # A chunk before the audio has a wrong size. Search only once, because it is slow.
        if next_position is None and not (has_sound or has_searched):
            next_position = _find_sound_chunk(file, chunk.start, size, shape)
            has_searched = True
        position = next_position or padded_end
        is_irregular = is_irregular or position != padded_end


def count_missing_bytes(file: BinaryIO, size: int, shape: Shape) -> int:
    """Return how many bytes of the chunks are missing at the end of the file.

    The result is negative if a few bytes follow the last chunk.
    """
    return max((chunk.end - size for chunk in read_chunks(file, size, shape)), default=0)


def count_foreign_bytes(file: BinaryIO, all_chunks: Iterable[Chunk], shape: Shape) -> int:
    """Return how many bytes after the audio belong to no chunk; zero bytes do not count.

    Such bytes are audio beyond the stated size, or another file that was appended.
    """
    # Skip everything up to the audio chunk, and then the audio chunk itself.
    later_chunks = dropwhile(lambda chunk: chunk.name != shape.sound or not chunk.size, all_chunks)
    next(later_chunks, None)
    foreign_chunk = next(
        (
            chunk
            for chunk in later_chunks
            if not _is_chunk_name(chunk.name) or chunk.name[:4].lower() in _APPENDED_NAMES
        ),
        None,
    )
    if foreign_chunk is None:
        return 0
    file.seek(foreign_chunk.start - shape.name - shape.size)
    return sum(len(block) - block.count(0) for block in iter(lambda: file.read(_BLOCK), b""))


def is_placeholder_size(length: int) -> bool:
    """Return whether a size is a placeholder: the program did not know the size when it wrote the header."""
    return any(-_PLACEHOLDER_MARGIN < length - (1 << bits) <= 1 for bits in (31, 32, 63, 64))


def _read_chunk(file: BinaryIO, position: int, size: int, shape: Shape) -> Chunk | None:
    """Read the header of the chunk at `position`. Return None if the header extends beyond the end of the file."""
    header_size = shape.name + shape.size
    if position + header_size > size:
        return None
    file.seek(position)
    name, size_field = file.read(shape.name), file.read(shape.size)
    length = int.from_bytes(size_field, shape.order) - (header_size if shape.counts_head else 0)
    return Chunk(name, position + header_size, max(length, 0) if name == shape.sound else length)


def _has_placeholder_size(file: BinaryIO, chunk: Chunk, size: int, shape: Shape) -> bool:
    """Return whether the size of a chunk is a placeholder."""
    if chunk.name != shape.sound:
        # In other chunks, all bits of a placeholder are 1.
        return chunk.size == (1 << 8 * shape.size) - 1
    # A size counts as a placeholder only if the chunk would end after the file: audio can have that size.
    if chunk.size > _EMPTY_SIZE:
        return chunk.end > size and is_placeholder_size(chunk.size)
    return not _is_followed_by_chunks(file, chunk, size, shape)


def _is_followed_by_chunks(file: BinaryIO, chunk: Chunk, size: int, shape: Shape) -> bool:
    """Return whether only chunks follow up to the end of the file.

    If other data follows an audio chunk that states the size 0, that data is its audio.
    """
    position = chunk.end
    for _ in range(_MOST_CHUNKS):
        next_chunk = _read_chunk(file, position, size, shape)
        if next_chunk is None or next_chunk.end > size or not _is_chunk_name(next_chunk.name):
            break
        position = next_chunk.end + -next_chunk.size % shape.multiple
    return position >= size


def _find_next_chunk(file: BinaryIO, chunk: Chunk, padded_end: int, size: int, shape: Shape) -> int | None:
    """Return the position of the next chunk, or None.

    The next chunk is expected at `padded_end`. Some programs write no padding, or one byte more than the size
    states.
    """
    if shape.multiple != _EVEN:
        return padded_end
    candidates = {
        position: next_chunk
        for position in (padded_end, chunk.end, padded_end + 1)
        if (next_chunk := _read_chunk(file, position, size, shape)) and _is_chunk_name(next_chunk.name)
    }
    # A chunk can also look valid at a position that is wrong by one byte, so prefer the expected names.
    for position, next_chunk in candidates.items():
        if next_chunk.name == shape.sound or next_chunk.name.lower() in _TAG_NAMES:
            return position
    for position, next_chunk in candidates.items():
        if next_chunk.end <= size:
            return position
    return None


def _find_sound_chunk(file: BinaryIO, start: int, size: int, shape: Shape) -> int | None:
    """Return the position of the audio chunk after a chunk whose size is wrong, or None."""
    file.seek(start)
    for match in re.finditer(re.escape(shape.sound or b"data"), file.read(_SEARCHED_BYTES)):
        chunk = _read_chunk(file, start + match.start(), size, shape)
        if chunk and (chunk.end <= size or is_placeholder_size(chunk.size)):
            return start + match.start()
    return None


def _is_chunk_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name[:4])  # noqa: PLR2004 - visible ASCII
