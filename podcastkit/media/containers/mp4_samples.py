"""Find the samples of an MP4 track: how much of its sound is in the file, and a short file of a few of them.

The index of a file may promise sound that is not there: a copy that did not finish, or a program that wrote wrong
offsets, leaves a file whose atoms are all whole (ISO/IEC 14496-12, sections 8.6 and 8.7).
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise, repeat
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.containers.atoms import Atom, read_rows, read_timescale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LARGEST_TABLE = 2**24
"""Bytes; a day of sound has four million samples."""
_LARGEST_SAMPLE = 2**18
"""Bytes; a damaged table may promise hundreds of samples as large as the file."""
_WINDOWS, _WINDOW = 32, 8
"""Windows and samples in each. Together some seconds: a hole of a tenth of a file is hit by three windows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """A whole MP4 file of some samples from all over a track, and how many seconds of sound they are."""

    data: bytes
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """The samples of a track, and where they are.

    `ends` are the sizes, summed up; a chunk is of samples that follow one another; `present` counts those in the
    file.
    """

    index: Atom
    track: Atom
    ends: Sequence[int]
    chunks: tuple[_Chunk, ...]
    present: int

    @property
    def total(self) -> int:
        """How many samples the index promises."""
        return len(self.ends) - 1

    @property
    def share(self) -> float:
        """How much of them is in the file, from 0 to 1."""
        return self.present / self.total

    def make_excerpt(self) -> Excerpt:
        """Return a short file that sounds like this one wherever one listens."""
        numbers = [*_choose(self.total)]
        content = [*map(self._read, numbers)]
        _, ticks = next(read_rows(self.track.table(b"stts"), 2), (0, 0))
        tables = (
            _atom(b"stsd", self.track.table(b"stsd")),
            _atom(b"stts", struct.pack(">4I", 0, 1, len(numbers), ticks)),
            _atom(b"stsc", struct.pack(">5I", 0, 1, 1, len(numbers), 1)),
            _atom(b"stsz", struct.pack(f">{len(numbers) + 3}I", 0, 0, len(numbers), *map(len, content))),
            _atom(b"stco", struct.pack(">3I", 0, 1, 8)),
        )
        clock, handler = (self.track.content(b"mdia", kind) for kind in (b"mdhd", b"hdlr"))
        inside = _atom(b"dinf", self.track.content(b"mdia", b"minf", b"dinf")) + _atom(b"stbl", *tables)
        media = _atom(b"mdia", _atom(b"mdhd", clock), _atom(b"hdlr", handler), _atom(b"minf", inside))
        track = _atom(b"trak", _atom(b"tkhd", self.track.content(b"tkhd")), media)
        film = _atom(b"moov", _atom(b"mvhd", self.index.content(b"mvhd")), track)
        return Excerpt(data=_atom(b"mdat", *content) + film, seconds=ticks * len(numbers) / read_timescale(clock))

    def _read(self, number: int) -> bytes:
        chunk = self.chunks[bisect(self.chunks, number, key=lambda chunk: chunk.first) - 1]
        self.track.file.seek(chunk.offset + self.ends[number] - self.ends[chunk.first])
        return self.track.file.read(min(self.ends[number + 1] - self.ends[number], _LARGEST_SAMPLE))


class _Chunk(NamedTuple):
    offset: int
    first: int
    end: int
    """The number of the sample after the last."""


def find_samples(index: Atom, track: Atom, size: int) -> Samples | None:
    """Find the samples of a track around the index of a file of `size` bytes; None: its tables do not tell.

    Players do not care in which atom they are: the size of `mdat` may be too small.
    """
    sizes = _read_sizes(track.table(b"stsz", _LARGEST_TABLE))
    if not (sizes and index.content(b"mvhd") and _agree(track, len(sizes))):
        return None
    ends = [*accumulate(sizes, initial=0)]
    chunks = tuple(_list_chunks(track, len(sizes)))
    ranges = ((0, index.start), (index.end, size))
    present = sum(_count_present(chunk, ends, ranges) for chunk in chunks)
    return Samples(index=index, track=track, ends=ends, chunks=chunks, present=present)


def list_places(track: Atom) -> Iterator[tuple[int, int]]:
    """Yield offset and size of each sample of a track; the samples of a chunk follow one another."""
    sizes = _read_sizes(track.table(b"stsz", _LARGEST_TABLE))
    for chunk in _list_chunks(track, len(sizes)):
        offset = chunk.offset
        for size in sizes[chunk.first : chunk.end]:
            yield offset, size
            offset += size


def _read_sizes(table: bytes) -> Sequence[int]:
    """Return the size of each sample (8.7.3.2); none when the table is missing or makes no sense."""
    if len(table) < 12:  # noqa: PLR2004 - version, common size, count
        return ()
    same, count = struct.unpack_from(">II", table, 4)
    if same:
        return [same] * count if count <= _LARGEST_TABLE // 4 else ()
    sizes = _read_array("I", table[12 : 12 + 4 * count])
    return sizes if len(sizes) == count else ()


def _agree(track: Atom, total: int) -> bool:
    """Return whether the times are those of so many samples, or nearly, and no table ends before its last row."""
    times, runs = (track.table(kind, _LARGEST_TABLE) for kind in (b"stts", b"stsc"))
    is_whole = all(
        8 + width * int.from_bytes(table[4:8], "big") <= max(len(table), 8) or len(table) == _LARGEST_TABLE
        for table, width in ((times, 8), (runs, 12))
    )
    return is_whole and abs(sum(count for count, _ in read_rows(times, 2)) - total) <= 1


def _list_chunks(track: Atom, total: int) -> Iterator[_Chunk]:
    """Yield the chunks of a track of so many samples (8.7.4 and 8.7.5)."""
    wide, narrow = (track.table(kind, _LARGEST_TABLE) for kind in (b"co64", b"stco"))
    offsets = _read_array("Q", wide[8:]) if wide else _read_array("I", narrow[8:])
    offsets = offsets[: int.from_bytes((wide or narrow)[4:8], "big")]
    rows = [*read_rows(track.table(b"stsc", _LARGEST_TABLE), 3)]
    runs = pairwise([*rows, (len(offsets) + 1, 0, 0)])
    counts = chain.from_iterable(
        repeat(many, min(max(then - first, 0), len(offsets))) for (first, many, _), (then, *_) in runs
    )
    first = 0
    for offset, count in zip(offsets, counts, strict=False):
        end = min(first + count, total)
        yield _Chunk(offset, first, end)
        first = end


def _count_present(chunk: _Chunk, ends: Sequence[int], ranges: Sequence[tuple[int, int]]) -> int:
    """Return how many samples of a chunk are within one of the ranges of bytes, which are in order."""
    at = bisect(ranges, (chunk.offset, sys.maxsize)) - 1
    room = ranges[at][1] - chunk.offset if at >= 0 else 0
    if ends[chunk.end] - ends[chunk.first] <= room:
        return chunk.end - chunk.first
    return max(bisect(ends, ends[chunk.first] + room, chunk.first, chunk.end + 1) - 1 - chunk.first, 0)


def _choose(total: int) -> Iterator[int]:
    """Yield the numbers of the samples in some windows that are spread evenly, or all where they are few."""
    if total <= _WINDOWS * _WINDOW:
        yield from range(total)
        return
    for window in range(_WINDOWS):
        first = (total - _WINDOW) * window // (_WINDOWS - 1)
        yield from range(first, first + _WINDOW)


def _read_array(code: str, data: bytes) -> array[int]:
    numbers = array(code)
    numbers.frombytes(data[: len(data) // numbers.itemsize * numbers.itemsize])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _atom(kind: bytes, *content: bytes) -> bytes:
    size = 8 + sum(map(len, content))
    return struct.pack(">I4s", size, kind) + b"".join(content)
