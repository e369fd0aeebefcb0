"""What ffmpeg's `ebur128` says when it sums up: loudness and peak by ITU-R BS.1770, range by EBU Tech 3342."""

from __future__ import annotations

import math
import re

from podcastkit.media.loudness_targets import SILENCE

_BEGINNING = re.compile(r"\[(?:Parsed_)?ebur128(?:_\d+)? @ \w+\] \[info\] Summary:")
"""With its sender: tags of the file are in the log, too, and may hold what filters say."""
_FIGURE = re.compile(r" +(I|LRA|LRA high|Peak): +(\S+) (?:LUFS|LU|dBFS)")


class Summary:
    """The figures of a programme, once the whole log was taken; None where nothing is loud and long enough."""

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

    @property
    def loudness(self) -> float | None:
        """Integrated loudness, LUFS."""
        return heard_loudness(self._said.get("I"))

    @property
    def loudness_range(self) -> float | None:
        """LU."""
        return None if self.loudness is None else self._said.get("LRA")

    @property
    def peak(self) -> float | None:
        """DBTP or dBFS, whichever was asked for; None: there is no sound at all."""
        return self._said.get("Peak")


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
