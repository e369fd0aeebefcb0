"""Read the summary of ffmpeg's `ebur128` filter: loudness and peak by ITU-R BS.1770, range by EBU Tech 3342."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from podcastkit.media.loudness_targets import SILENCE

_SUMMARY_START = re.compile(r"\[(?:Parsed_)?ebur128(?:_\d+)? @ \w+\] \[info\] Summary:")
"""The pattern includes the sender, because tags of the file are also in the log and may look like a summary."""
_FIGURE = re.compile(r" +(I|LRA|LRA high|Peak): +(\S+) (?:LUFS|LU|dBFS)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """The levels of a recording in LUFS and LU; the peak is in dBTP or dBFS, as requested. None means silence."""

    loudness: float | None
    loudness_range: float | None
    peak: float | None


class LoudnessSummary:
    """A parser for the summary in ffmpeg's log."""

    def __init__(self) -> None:
        self._figures: dict[str, float | None] = {}
        self._has_started = False

    def read_line(self, line: str) -> str:
        """Read a line of ffmpeg's log and return the part that ebur128 did not write.

        ebur128 writes some line breaks late, so another thread's message may follow on the same line.
        """
        if self._has_started and (match := _FIGURE.match(line)):
            self._figures[match[1]] = read_figure(match[2])
            return line[match.end() :]
        self._has_started = self._has_started or _SUMMARY_START.match(line) is not None
        return line

    def get_levels(self) -> Levels:
        """Return the levels. Call this after the whole log has been read."""
        loudness = to_audible_loudness(self._figures.get("I"))
        loudness_range = None if loudness is None else self._figures.get("LRA")
        return Levels(loudness=loudness, loudness_range=loudness_range, peak=self._figures.get("Peak"))


def to_audible_loudness(figure: float | None) -> float | None:
    """Return a loudness in LUFS that ffmpeg reported, or None if it means silence."""
    return figure if figure is not None and figure > SILENCE else None


def read_figure(text: str) -> float | None:
    """Parse a number that ffmpeg wrote. Return None if it is infinite or not a number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
