"""Add up the lengths that the fragments of an MP4 file state (ISO/IEC 14496-12, section 8.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.media.containers.atoms import read_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.media.containers.atoms import Atom

_FIELDS_OF_HEAD = ((0x1, 8), (0x2, 4))
"""Flags and sizes of the fields before the default sample length (in `tfhd`)."""
_HAS_LENGTH = 0x8
_FIELDS_OF_RUN = ((0x1, 4), (0x4, 4))
"""Flags and sizes of the fields before the samples of a run (`trun`)."""
_FIELDS_OF_SAMPLE = (0x100, 0x200, 0x400, 0x800)
"""Flags of the fields of each sample, four bytes each. The length is first."""


def count_ticks(fragments: Iterable[Atom], index: Atom, track_id: int) -> int:
    """Return the total length of the fragments (`moof`) of the track with this ID, in ticks of the track."""
    default_lengths = {}
    # The index has the default sample length of each track.
    for default_atom in index.find(b"mvex", b"trex"):
        # The zeros replace numbers that are missing in a damaged atom.
        _, default_track_id, _, length, *_ = (*read_numbers(default_atom.read()), 0, 0, 0, 0)
        default_lengths[default_track_id] = length
    return sum(
        _count_ticks_of_fragment(track_fragment, default_lengths.get(track_id, 0))
        for fragment in fragments
        for track_fragment in fragment.find(b"traf")
        if int.from_bytes(track_fragment.read_content(b"tfhd")[4:8], "big") == track_id
    )


def _count_ticks_of_fragment(track_fragment: Atom, default_length: int) -> int:
    """Return the length of a track fragment (`traf`) in ticks. The index has the `default_length` of a sample."""
    head = track_fragment.read_content(b"tfhd")
    flags = int.from_bytes(head[1:4], "big")
    at = 8 + _sum_sizes(flags, _FIELDS_OF_HEAD)
    length = int.from_bytes(head[at : at + 4], "big") if flags & _HAS_LENGTH else default_length
    return sum(ticks for run in track_fragment.find(b"trun") for ticks in _list_lengths(run.read(), length))


def _list_lengths(run: bytes, default_length: int) -> Iterator[int]:
    """Yield the length of each sample of a run (`trun`) in ticks, or their total if all have the default length."""
    flags, count = int.from_bytes(run[1:4], "big"), int.from_bytes(run[4:8], "big")
    if not flags & _FIELDS_OF_SAMPLE[0]:
        yield count * default_length
        return
    fields = sum(bool(flags & flag) for flag in _FIELDS_OF_SAMPLE)
    numbers = read_numbers(run[8 + _sum_sizes(flags, _FIELDS_OF_RUN) :])
    yield from numbers[: count * fields : fields]


def _sum_sizes(flags: int, fields: Iterable[tuple[int, int]]) -> int:
    """Return the total size of the fields that are present according to the flags."""
    return sum(size for flag, size in fields if flags & flag)
