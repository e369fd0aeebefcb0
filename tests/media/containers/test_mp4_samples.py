from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.containers.atoms import Atom
from podcastkit.media.containers.mp4_samples import Samples, _Chunk, find_samples

if TYPE_CHECKING:
    from collections.abc import Sequence


def _make_atom(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)


def _find(
    *,
    sizes: bytes,
    runs: Sequence[tuple[int, int]],
    places: Sequence[int],
    index: tuple[int, int] = (0, 100),
    wide: bool = False,
) -> Samples | None:
    """Return the samples of a track in a file of 1000 bytes; `index` has the start and end of the index."""
    rows = b"".join(struct.pack(">III", first, many, 1) for first, many in runs)
    offsets = struct.pack(f">II{len(places)}{'Q' if wide else 'I'}", 0, len(places), *places)
    tables = (
        _make_atom(b"stsz", sizes),
        _make_atom(b"stts", struct.pack(">II", 0, 1), sizes[8:12], bytes(4)),
        _make_atom(b"stsc", struct.pack(">II", 0, len(runs)), rows),
        _make_atom(b"co64" if wide else b"stco", offsets),
    )
    data = _make_atom(b"mdia", _make_atom(b"minf", _make_atom(b"stbl", *tables)))
    film = bytes(index[0]) + _make_atom(b"mvhd", bytes(20))
    return find_samples(
        Atom(io.BytesIO(film), b"moov", *index), Atom(io.BytesIO(data), b"trak", 0, len(data)), 1000
    )


def _make_sizes(*each: int, same: int = 0, count: int | None = None) -> bytes:
    return struct.pack(f">III{len(each)}I", 0, same, len(each) if count is None else count, *each)


@pytest.mark.parametrize("wide", [False, True], ids=["stco", "co64"])
@pytest.mark.parametrize(
    ("sizes", "runs", "places", "index", "present", "total"),
    [
        pytest.param(_make_sizes(10, 20, 30), [(1, 3)], [100], (0, 100), 3, 3, id="one chunk"),
        pytest.param(_make_sizes(10, 20, 30), [(1, 3)], [100], (159, 300), 2, 3, id="a byte is missing"),
        pytest.param(_make_sizes(10, 20, 30), [(1, 3)], [100], (90, 500), 0, 3, id="inside the index"),
        pytest.param(_make_sizes(10, 20, 30), [(1, 3)], [2000], (0, 100), 0, 3, id="after the end"),
        pytest.param(_make_sizes(10, 20, 30), [(1, 3)], [970], (0, 100), 2, 3, id="across the end of the file"),
        pytest.param(_make_sizes(10, 20, 30, 40), [(1, 2)], [100, 300], (0, 100), 4, 4, id="two chunks"),
        pytest.param(_make_sizes(10, 20, 30, 40), [(1, 1), (2, 3)], [100, 300], (0, 100), 4, 4, id="two runs"),
        pytest.param(_make_sizes(10, 20, 30, 40), [(1, 2)], [100], (0, 100), 2, 4, id="a chunk is missing"),
        pytest.param(_make_sizes(same=10, count=5), [(1, 5)], [100], (140, 300), 4, 5, id="equal sizes"),
        pytest.param(_make_sizes(10, 20), [], [100], (0, 100), 0, 2, id="no runs"),
        pytest.param(_make_sizes(10, 20), [(1, 2**32 - 1)], [100], (0, 100), 2, 2, id="a very long run"),
    ],
)
def test_samples_outside_the_index_are_counted(
    sizes: bytes,
    runs: Sequence[tuple[int, int]],
    places: Sequence[int],
    index: tuple[int, int],
    present: int,
    total: int,
    wide: bool,
) -> None:
    samples = _find(sizes=sizes, runs=runs, places=places, index=index, wide=wide)

    assert samples is not None
    assert (samples.present, samples.total) == (present, total)
    assert samples.share == present / total


@pytest.mark.parametrize(
    "sizes",
    [b"", _make_sizes(), _make_sizes(10, count=2), _make_sizes(same=1, count=2**32 - 1)],
    ids=["no table", "no samples", "too few sizes", "too many samples"],
)
def test_invalid_table_returns_no_samples(sizes: bytes) -> None:
    assert _find(sizes=sizes, runs=[(1, 1)], places=[0]) is None


def test_excerpt_has_a_limited_size() -> None:
    file = io.BytesIO(bytes(2**20))
    track = Atom(file, b"trak", 0, 0)
    samples = Samples(index=track, track=track, ends=[0, 2**20], chunks=(_Chunk(0, 0, 1),), present=1)
    assert len(samples.make_excerpt().data) < 2**19
