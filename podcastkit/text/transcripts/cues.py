"""Cues: the timed lines of a transcript, in whatever format it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_warning
from podcastkit.text.cleaning import clean_line
from podcastkit.text.timecodes import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MILLISECOND = timedelta(milliseconds=1)
LONGEST = timedelta(hours=100)
"""No moment of a transcript lies here or beyond: SRT has two digits for the hours."""

_FIRST_FREE = 3
_READ_PER_SECOND = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """Words and when they are said, in whole milliseconds."""

    start: timedelta
    end: timedelta | None
    """None: until the next begins."""
    text: str
    """Without markup; its lines are broken as they were in the file."""
    speaker: str | None = None
    """None: whoever spoke before, or somebody unknown."""
    at: int = field(default=0, compare=False)
    """The position in the file's text of the line, tag or entry that tells its start."""
    end_at: int = field(default=0, compare=False)
    """The same for its end."""


Reading = Parsed[tuple[Cue, ...]]
"""What a file says; no cues when nothing can be made of it."""

Part = Literal["start", "end"]
START: Final = "start"
END: Final = "end"
Locate = Callable[[Cue, Part], Location]
"""Tells where in the file a cue's start or end stands."""


def clean(text: str) -> str:
    """Return the text of a cue, or the name of its speaker, on one line; it may be empty."""
    return clean_line(text) or ""


def check_cues(cues: Sequence[Cue], locate: Locate) -> Iterator[Diagnostic]:
    """Yield what is wrong with the times: T003 and T012 with a cue's own, T005 and T011 with those around it."""
    for cue in cues:
        if cue.end is not None and cue.end <= cue.start:
            yield _ends_too_early(cue, cue.end, locate(cue, END))
    for before, cue in pairwise(cues):
        if cue.start < before.start:
            start, earlier = format_timestamp(cue.start), format_timestamp(before.start)
            message = f"what begins at {start} stands behind what begins at {earlier}"
            yield make_warning("T005", message, "put it where it is heard, or correct its time", locate(cue, START))
    for cue, later in zip(cues, cues[_FIRST_FREE:], strict=False):
        if cue.end is not None and cue.end > later.start >= cue.start:
            start, end = format_timestamp(cue.start), format_timestamp(cue.end)
            message = f"what begins at {start} lasts until {end}, when three more have begun"
            yield make_warning("T011", message, "correct when it ends", locate(cue, END))


def settle(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """Put cues in the order in which they are heard, each with its speaker and an end behind its start."""
    known = []
    speaker = None
    for cue in cues:
        speaker = cue.speaker or speaker
        known.append(replace(cue, speaker=speaker))
    settled: list[Cue] = []
    following: timedelta | None = None
    for cue in sorted(known, key=lambda cue: cue.start)[::-1]:
        if settled and settled[-1].start > cue.start:
            following = settled[-1].start
        has_end = cue.end is not None and cue.end > cue.start
        settled.append(cue if has_end else replace(cue, end=following or cue.start + _reading_time(cue.text)))
    return tuple(settled[::-1])


def length_of(cues: Iterable[Cue]) -> timedelta:
    """Return the last moment that the file speaks of."""
    return max((cue.end or cue.start for cue in cues), default=timedelta())


def _ends_too_early(cue: Cue, end: timedelta, where: Location) -> Diagnostic:
    if end == cue.start:
        message = f"what begins at {format_timestamp(cue.start)} ends in the same moment, so apps do not show it"
        return make_warning("T012", message, "correct when it ends", where)
    message = f"what begins at {format_timestamp(cue.start)} ends before that, at {format_timestamp(end)}"
    return make_error("T003", message, "correct the time that is wrong", where)


def _reading_time(text: str) -> timedelta:
    return timedelta(milliseconds=max(1000, len(text) * 1000 // _READ_PER_SECOND))
