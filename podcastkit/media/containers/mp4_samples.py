"""Find the samples of an MP4 track, to measure how much audio is missing and to make a short excerpt.

After an incomplete copy, or if a program wrote wrong offsets, the index lists samples that are not in the file
although all atoms are complete (ISO/IEC 14496-12, sections 8.6 and 8.7).
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
"""Bytes; a day of audio has four million samples."""
_LARGEST_SAMPLE = 2**18
"""Bytes; a damaged table may list hundreds of samples as large as the file."""
_WINDOWS, _WINDOW = 32, 8
"""Number of windows, and samples per window: some seconds in total.

A gap of a tenth of a file contains three windows.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """A complete MP4 file with samples from all over a track, and their length in seconds."""

    data: bytes
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """The samples of a track and their positions.

    `index` and `track` are the atoms `moov` and `trak`. `ends` are the cumulative sizes of the samples in bytes,
    starting with 0. A chunk contains consecutive samples. `present` is the number of samples that are in the file.
    """

    index: Atom
    track: Atom
    ends: Sequence[int]
    chunks: tuple[_Chunk, ...]
    present: int

    @property
    def total(self) -> int:
        """The number of samples in the index."""
        return len(self.ends) - 1

    @property
    def share(self) -> float:
        """The share of the samples that is in the file, from 0 to 1."""
        return self.present / self.total

    def make_excerpt(self) -> Excerpt:
        """Return a short file with samples from all over the track."""
        numbers = [*_choose_samples(self.total)]
        content = [*map(self._read_sample, numbers)]
        # The excerpt has one chunk; its samples are assumed to last equally long. Each table begins with a version
        # and a number of rows. The chunk begins after the header of `mdat`, which has eight bytes.
        _, ticks = next(read_rows(self.track.read_table(b"stts"), 2), (0, 0))
        tables = (
            _make_atom(b"stsd", self.track.read_table(b"stsd")),
            _make_atom(b"stts", struct.pack(">4I", 0, 1, len(numbers), ticks)),
            _make_atom(b"stsc", struct.pack(">5I", 0, 1, 1, len(numbers), 1)),
            _make_atom(b"stsz", struct.pack(f">{len(numbers) + 3}I", 0, 0, len(numbers), *map(len, content))),
            _make_atom(b"stco", struct.pack(">3I", 0, 1, 8)),
        )
        clock, handler = (self.track.read_content(b"mdia", kind) for kind in (b"mdhd", b"hdlr"))
        media_content = _make_atom(b"dinf", self.track.read_content(b"mdia", b"minf", b"dinf")) + _make_atom(
            b"stbl", *tables
        )
        media = _make_atom(
            b"mdia", _make_atom(b"mdhd", clock), _make_atom(b"hdlr", handler), _make_atom(b"minf", media_content)
        )
        track = _make_atom(b"trak", _make_atom(b"tkhd", self.track.read_content(b"tkhd")), media)
        movie = _make_atom(b"moov", _make_atom(b"mvhd", self.index.read_content(b"mvhd")), track)
        return Excerpt(
            data=_make_atom(b"mdat", *content) + movie, seconds=ticks * len(numbers) / read_timescale(clock)
        )

    def _read_sample(self, number: int) -> bytes:
        chunk = self.chunks[bisect(self.chunks, number, key=lambda chunk: chunk.first) - 1]
        # In a chunk, a sample begins after the sizes of the samples before it.
        self.track.file.seek(chunk.offset + self.ends[number] - self.ends[chunk.first])
        return self.track.file.read(min(self.ends[number + 1] - self.ends[number], _LARGEST_SAMPLE))


class _Chunk(NamedTuple):
    """Consecutive samples in the file."""

    offset: int
    """The position of the first sample in the file."""
    first: int
    """The number of the first sample."""
    end: int
    """The number of the sample after the last."""


def find_samples(index: Atom, track: Atom, size: int) -> Samples | None:
    """Return the samples of a track in a file of `size` bytes, or None if the tables contradict one another.

    A sample is present if it is anywhere in the file outside the index. It need not be inside an `mdat` atom,
    because players ignore the size of `mdat`, which may be too small.
    """
    sizes = _read_sizes(track.read_table(b"stsz", _LARGEST_TABLE))
    if not (sizes and index.read_content(b"mvhd") and _do_tables_agree(track, len(sizes))):
        return None
    ends = [*accumulate(sizes, initial=0)]
    chunks = tuple(_list_chunks(track, len(sizes)))
    ranges = ((0, index.start), (index.end, size))
    present = sum(_count_present(chunk, ends, ranges) for chunk in chunks)
    return Samples(index=index, track=track, ends=ends, chunks=chunks, present=present)


def list_sample_places(track: Atom) -> Iterator[tuple[int, int]]:
    """Yield the position in the file and the size of each sample of a track."""
    sizes = _read_sizes(track.read_table(b"stsz", _LARGEST_TABLE))
    for chunk in _list_chunks(track, len(sizes)):
        offset = chunk.offset
        for size in sizes[chunk.first : chunk.end]:
            yield offset, size
            offset += size


def _read_sizes(table: bytes) -> Sequence[int]:
    """Return the size of each sample (8.7.3.2), or an empty sequence if the table is missing or invalid."""
    if len(table) < 12:  # noqa: PLR2004 - version, common size, count
        return ()
    common_size, count = struct.unpack_from(">II", table, 4)
    if common_size:
        return [common_size] * count if count <= _LARGEST_TABLE // 4 else ()
    sizes = _read_array("I", table[12 : 12 + 4 * count])
    return sizes if len(sizes) == count else ()


def _do_tables_agree(track: Atom, total: int) -> bool:
    """Return whether the time table lists `total` samples (±1) and no table ends before its last row."""
    times, chunk_runs = (track.read_table(kind, _LARGEST_TABLE) for kind in (b"stts", b"stsc"))
    # The row count in the header must fit the size, unless the table was cut while reading.
    are_complete = all(
        8 + width * int.from_bytes(table[4:8], "big") <= max(len(table), 8) or len(table) == _LARGEST_TABLE
        for table, width in ((times, 8), (chunk_runs, 12))
    )
    return are_complete and abs(sum(count for count, _ in read_rows(times, 2)) - total) <= 1


def _list_chunks(track: Atom, total: int) -> Iterator[_Chunk]:
    """Yield the chunks of a track of `total` samples (8.7.4 and 8.7.5)."""
    # Chunk offsets have 32 bits (`stco`) or 64 bits (`co64`).
    wide, narrow = (track.read_table(kind, _LARGEST_TABLE) for kind in (b"co64", b"stco"))
    offsets = _read_array("Q", wide[8:]) if wide else _read_array("I", narrow[8:])
    offsets = offsets[: int.from_bytes((wide or narrow)[4:8], "big")]
    rows = [*read_rows(track.read_table(b"stsc", _LARGEST_TABLE), 3)]
    # A row applies to all chunks up to the first chunk of the next row.
    runs = pairwise([*rows, (len(offsets) + 1, 0, 0)])
    counts = chain.from_iterable(
        repeat(samples_per_chunk, min(max(next_first_chunk - first_chunk, 0), len(offsets)))
        for (first_chunk, samples_per_chunk, _), (next_first_chunk, *_) in runs
    )
    first = 0
    for offset, count in zip(offsets, counts, strict=False):
        end = min(first + count, total)
        yield _Chunk(offset, first, end)
        first = end


def _count_present(chunk: _Chunk, ends: Sequence[int], ranges: Sequence[tuple[int, int]]) -> int:
    """Return how many samples of a chunk are inside one of the sorted byte ranges."""
    # Find the range that contains the start of the chunk; the samples must end in it.
    range_index = bisect(ranges, (chunk.offset, sys.maxsize)) - 1
    available_bytes = ranges[range_index][1] - chunk.offset if range_index >= 0 else 0
    if ends[chunk.end] - ends[chunk.first] <= available_bytes:
        return chunk.end - chunk.first
    # Count the samples that end inside the range.
    return max(bisect(ends, ends[chunk.first] + available_bytes, chunk.first, chunk.end + 1) - 1 - chunk.first, 0)


def _choose_samples(total: int) -> Iterator[int]:
    """Yield the numbers of the samples in evenly spread windows, or of all samples if there are few."""
    if total <= _WINDOWS * _WINDOW:
        yield from range(total)
        return
    for window in range(_WINDOWS):
        first = (total - _WINDOW) * window // (_WINDOWS - 1)
        yield from range(first, first + _WINDOW)


def _read_array(code: str, data: bytes) -> array[int]:
    """Read big-endian numbers of the `array` type with this code."""
    numbers = array(code)
    numbers.frombytes(data[: len(data) // numbers.itemsize * numbers.itemsize])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _make_atom(kind: bytes, *content: bytes) -> bytes:
    size = 8 + sum(map(len, content))
    return struct.pack(">I4s", size, kind) + b"".join(content)
