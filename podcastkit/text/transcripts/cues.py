"""Cues: the timed passages of a transcript, independent of its file format."""

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
MAX_TIME = timedelta(hours=100)
"""The limit for times in a transcript: SRT has two digits for the hours."""

_MOST_OVERLAPS = 3
"""If the third cue after a cue begins before this cue ends, the end is probably wrong."""
_READING_SPEED = 15
"""Characters per second, to estimate the length of a cue without an end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """Words with their start and end times, in whole milliseconds."""

    start: timedelta
    end: timedelta | None
    """None if the cue lasts until the next one begins."""
    text: str
    """The words without markup, with the line breaks of the file."""
    speaker: str | None = None
    """None if the previous speaker continues, or the speaker is unknown."""
    at: int = field(default=0, compare=False)
    """Where the line, tag or entry with the start time begins, as an index into the text of the file."""
    end_at: int = field(default=0, compare=False)
    """Where the line, tag or entry with the end time begins, as an index into the text of the file."""


Reading = Parsed[tuple[Cue, ...]]
"""The cues of a file, with the findings; there are no cues if the file is unusable."""

Part = Literal["start", "end"]
START: Final = "start"
END: Final = "end"
Locate = Callable[[Cue, Part], Location]
"""Returns where the start or end time of a cue is in its file."""


def clean_cue_text(text: str) -> str:
    """Clean the text of a cue, or the name of a speaker, and write it on one line; the result can be empty."""
    return clean_line(text) or ""


def check_cues(cues: Sequence[Cue], locate: Locate) -> Iterator[Diagnostic]:
    """Check the times of each cue (T003, T012), and the order and overlap of cues (T005, T011)."""
    for cue in cues:
        if cue.end is not None and cue.end <= cue.start:
            yield _report_early_end(cue, cue.end, locate(cue, END))
    for before, cue in pairwise(cues):
        if cue.start < before.start:
            start, earlier = format_timestamp(cue.start), format_timestamp(before.start)
            message = f"the cue at {start} comes after the cue at {earlier}"
            yield make_warning("T005", message, "move it to its place, or correct its time", locate(cue, START))
    for cue, later in zip(cues, cues[_MOST_OVERLAPS:], strict=False):
        if cue.end is not None and cue.end > later.start >= cue.start:
            start, end = format_timestamp(cue.start), format_timestamp(cue.end)
            message = f"the cue at {start} ends at {end}, after the next three cues have begun"
            yield make_warning("T011", message, "correct its end time", locate(cue, END))


def complete_cues(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """Sort cues by their start; fill in missing speakers; replace ends that are missing or not after the start."""
    with_speakers = []
    speaker = None
    for cue in cues:
        speaker = cue.speaker or speaker
        with_speakers.append(replace(cue, speaker=speaker))
    # From the last cue to the first: a cue without an end lasts until the next later start.
    completed: list[Cue] = []
    next_start: timedelta | None = None
    for cue in sorted(with_speakers, key=lambda cue: cue.start)[::-1]:
        if completed and completed[-1].start > cue.start:
            next_start = completed[-1].start
        has_end = cue.end is not None and cue.end > cue.start
        completed.append(
            cue if has_end else replace(cue, end=next_start or cue.start + _estimate_reading_time(cue.text))
        )
    return tuple(completed[::-1])


def find_end(cues: Iterable[Cue]) -> timedelta:
    """Return the latest end of all cues; a cue without an end counts with its start. Return zero without cues."""
    return max((cue.end or cue.start for cue in cues), default=timedelta())


def _report_early_end(cue: Cue, end: timedelta, where: Location) -> Diagnostic:
    if end == cue.start:
        message = f"the cue at {format_timestamp(cue.start)} ends at the same time, so apps do not show it"
        return make_warning("T012", message, "correct its end time", where)
    message = f"the cue at {format_timestamp(cue.start)} ends before it begins, at {format_timestamp(end)}"
    return make_error("T003", message, "correct its start or end time", where)


def _estimate_reading_time(text: str) -> timedelta:
    return timedelta(milliseconds=max(1000, len(text) * 1000 // _READING_SPEED))
