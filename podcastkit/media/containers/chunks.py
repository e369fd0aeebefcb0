"""Walk the chunks of audio containers and compare their sizes with the size of the file.

RIFF, AIFF (Apple, Audio Interchange File Format 1.3 and AIFF-C), CAF (Apple Core Audio Format Specification 1.0),
Wave64 (Sony Pictures Digital) and ASF (Microsoft, Advanced Systems Format 1.20) differ in little more than numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CHUNKS = 10_000
_OPEN_SIZES = frozenset((0, 0x7FFFF000))
"""What programs write as the size of sound through a pipe, beside all ones; the second is SoX's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a container writes its chunks: where the first begins, and how many bytes name and size have.

    `counts_head`: the size includes name and size; `multiple`: chunks begin at multiples of so many bytes; `sound`:
    the name of the chunk whose size programs leave open that write through a pipe.
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
CAF = Shape(first=8, name=4, size=8, order="big")
WAVE64 = Shape(first=40, name=16, size=8, order="little", counts_head=True, multiple=8)
ASF = Shape(first=0, name=16, size=8, order="little", counts_head=True)


class Chunk(NamedTuple):
    """The name of a chunk, the position of its content, and its size by its head."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """The position after the content; a file that ends earlier is cut short."""
        return self.start + self.size


def read_chunks(file: BinaryIO, size: int, shape: Shape, *, open_size: int | None = None) -> Iterator[Chunk]:
    """Yield the chunks of a file of `size` bytes.

    A chunk whose size was left open has `open_size` bytes, or reaches to the end of the file.
    """
    position, head = shape.first, shape.name + shape.size
    for _ in range(_MOST_CHUNKS):
        start = position + head
        if start > size:
            return
        file.seek(position)
        name, written = file.read(shape.name), file.read(shape.size)
        length = int.from_bytes(written, shape.order) - (head if shape.counts_head else 0)
        if written == b"\xff" * shape.size or (name == shape.sound and length in _OPEN_SIZES):
            length = open_size or size - start
        if length < 0:
            return
        chunk = Chunk(name, start, length)
        yield chunk
        position = chunk.end + -chunk.size % shape.multiple


def is_cut_short(file: BinaryIO, size: int, shape: Shape) -> bool:
    """Return whether a chunk promises more bytes than the file has."""
    return any(chunk.end > size for chunk in read_chunks(file, size, shape))
