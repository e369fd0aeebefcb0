"""Rolling captions: each cue repeats the lines of the cue before it, and adds a line or some words."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.text.transcripts.cues import Cue

_FEWEST = 2
"""Cues that go on from the one before; of fewer, one may have been said twice."""
_MOST_LINES = 5
"""Lines that are shown at once; more do not roll."""

_PAUSE = timedelta(seconds=1)
"""Words that come again after it are said again."""


def find_news(cues: Sequence[Cue]) -> list[str] | None:
    """Return what each cue says that the one before does not show; None when the captions do not roll.

    They roll when most repeat the end of the cue before, and some go on from there: "No." "No." is said twice.
    """
    repeated = [_count_repeated(before, cue) for before, cue in pairwise(cues)]
    going_on = sum(
        count > 0 and len({*before.text.split("\n"), *cue.text.split("\n")}) > 1
        for count, (before, cue) in zip(repeated, pairwise(cues), strict=True)
    )
    if going_on < _FEWEST or 2 * sum(map(bool, repeated)) < len(repeated):
        return None
    return [cues[0].text, *(cue.text[count:].strip() for cue, count in zip(cues[1:], repeated, strict=True))]


def _count_repeated(before: Cue, cue: Cue) -> int:
    """Return how many characters of a cue repeat the last lines of the one before, or the beginning of its last."""
    if before.end is None or cue.start - before.end > _PAUSE:
        return 0
    old, new = before.text.split("\n"), cue.text.split("\n")
    for count in range(min(len(old), len(new), _MOST_LINES), 0, -1):
        *shown, last = old[-count:]
        if new[: count - 1] == shown and f"{new[count - 1]} ".startswith(f"{last} "):
            return sum(len(line) + 1 for line in shown) + len(last)
    return 0
