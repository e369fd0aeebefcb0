"""The chunks that containers of sound are made of, held against the bytes that are there.

AIFF (Apple, Audio Interchange File Format 1.3 and AIFF-C), CAF (Apple Core Audio Format Specification 1.0), Wave64
(Sony Pictures Digital) and ASF (Microsoft, Advanced Systems Format 1.20) differ in little more than their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CHUNKS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a container writes its chunks: where the first begins, and how many bytes name and size have.

    `counts_head`: the size includes name and size; `multiple`: chunks begin at multiples of so many bytes.
    """

    first: int
    name: int
    size: int
    order: Literal["big", "little"]
    counts_head: bool = False
    multiple: int = 1


AIFF = Shape(first=12, name=4, size=4, order="big", multiple=2)
CAF = Shape(first=8, name=4, size=8, order="big")
WAVE64 = Shape(first=40, name=16, size=8, order="little", counts_head=True, multiple=8)
ASF = Shape(first=0, name=16, size=8, order="little", counts_head=True)


class Chunk(NamedTuple):
    """A chunk by its name, where its content begins, and how many bytes it says that this has."""

    name: bytes
    start: int
    size: int


def read_chunks(file: BinaryIO, size: int, shape: Shape) -> Iterator[Chunk]:
    """Walk the chunks of a file of `size` bytes; one that was left without a size reaches to the end."""
    position, head = shape.first, shape.name + shape.size
    for _ in range(_MOST_CHUNKS):
        start = position + head
        if start > size:
            return
        file.seek(position)
        name, told = file.read(shape.name), file.read(shape.size)
        length = int.from_bytes(told, shape.order) - (head if shape.counts_head else 0)
        if length < 0:
            return
        # All ones are what programs write that cannot come back to fill the size in.
        chunk = Chunk(name, start, size - start if told == b"\xff" * shape.size else length)
        yield chunk
        position = start + chunk.size + -chunk.size % shape.multiple


def is_cut_short(file: BinaryIO, size: int, shape: Shape) -> bool:
    """Tell whether a chunk promises more bytes than the file has."""
    return any(chunk.start + chunk.size > size for chunk in read_chunks(file, size, shape))
