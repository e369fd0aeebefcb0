"""Read the summary of ffmpeg's `ebur128`: loudness and peak by ITU-R BS.1770, range by EBU Tech 3342."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from podcastkit.media.loudness_targets import SILENCE

_BEGINNING = re.compile(r"\[(?:Parsed_)?ebur128(?:_\d+)? @ \w+\] \[info\] Summary:")
"""With its sender: tags of the file are in the log, too, and may hold what filters say."""
_FIGURE = re.compile(r" +(I|LRA|LRA high|Peak): +(\S+) (?:LUFS|LU|dBFS)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """The levels of a programme: LUFS, LU, and the peak in DBTP or dBFS as asked; None where nothing is heard."""

    loudness: float | None
    loudness_range: float | None
    peak: float | None


class Summary:
    """The summary in ffmpeg's log, line by line."""

    def __init__(self) -> None:
        self._said: dict[str, float | None] = {}
        self._has_begun = False

    def take(self, line: str) -> str:
        """Take a line of ffmpeg's log and return what of it is said by others.

        ebur128 ends some of its lines late: what another thread says meanwhile has no line of its own.
        """
        if self._has_begun and (found := _FIGURE.match(line)):
            self._said[found[1]] = read_figure(found[2])
            return line[found.end() :]
        self._has_begun = self._has_begun or _BEGINNING.match(line) is not None
        return line

    def levels(self) -> Levels:
        """Return the levels, once the whole log was taken."""
        loudness = heard_loudness(self._said.get("I"))
        loudness_range = None if loudness is None else self._said.get("LRA")
        return Levels(loudness=loudness, loudness_range=loudness_range, peak=self._said.get("Peak"))


def heard_loudness(told: float | None) -> float | None:
    """Return a loudness in LUFS as ffmpeg tells it; None: nothing is heard."""
    return told if told is not None and told > SILENCE else None


def read_figure(text: str) -> float | None:
    """Return a number that ffmpeg wrote; what is infinite, or no number, is None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
