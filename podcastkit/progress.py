"""How far a long work has come: events for a callback that does nothing by default."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

_REPORTED = 2**26
"""Bytes that are reported at once: they take a quarter of a second to read."""

Progress = Callable[["Event"], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One step of progress: `done` of `total` in `unit` (`files`, `bytes` or `seconds`)."""

    stage: str
    """`reading`, `measuring`, `mastering`, `uploading`, `verifying`, or `waiting` to try again what failed.

    Numbers are those of the whole stage, save that mastering counts the seconds of each episode by itself.
    """
    episode: str | None
    """The episode's folder, or None when the step is about all of them."""
    done: int
    total: int
    unit: str


def ignore(event: Event) -> None:
    """Take an event and do nothing."""


class Tally:
    """Counts the progress of one stage from many threads, and reports it to a callback one event at a time.

    Tallies that share a callback share a lock, too.
    """

    def __init__(
        self, progress: Progress, stage: str, *, total: int, unit: str, lock: threading.Lock | None = None
    ) -> None:
        self._progress = progress
        self._stage = stage
        self._total = total
        self._unit = unit
        self._done = 0
        self._lock = lock or threading.Lock()

    def add(self, amount: int, episode: str | None = None) -> None:
        """Count `amount` more as done; an exception of the callback (`Cancelled`) comes out here."""
        with self._lock:
            self._done += amount
            event = Event(stage=self._stage, episode=episode, done=self._done, total=self._total, unit=self._unit)
            self._progress(event)


class Meter:
    """Counts the seconds of one audio file into the tally of its stage while a thread works through it."""

    def __init__(self, tally: Tally, length: timedelta, episode: str) -> None:
        self._tally = tally
        self._length = whole_seconds(length)
        self._episode = episode
        self._done = 0

    def reach(self, moment: timedelta) -> None:
        """Count the whole seconds up to this moment, as far as they are not counted yet."""
        done = min(int(moment.total_seconds()), self._length)
        if done > self._done:
            news, self._done = done - self._done, done
            self._tally.add(news, self._episode)

    def finish(self) -> None:
        """Count the rest: a stage need not reach the end of a file, or work through it at all."""
        self.reach(timedelta(seconds=self._length))


class ByteMeter:
    """Counts the bytes of one file into the tally of its stage while a thread reads it."""

    def __init__(self, tally: Tally, size: int, episode: str) -> None:
        self._tally = tally
        self._left = size
        self._episode = episode
        self._uncounted = 0

    def add(self, count: int) -> None:
        """Count so many bytes more, once they are worth a report."""
        self._uncounted += count
        if self._uncounted >= _REPORTED and self._left > self._uncounted:
            self._report(self._uncounted)

    def finish(self) -> None:
        """Count the rest: a file need not be read to its end."""
        self._report(self._left)

    def _report(self, count: int) -> None:
        self._left -= count
        self._uncounted = 0
        self._tally.add(count, self._episode)


def whole_seconds(length: timedelta) -> int:
    """Return the seconds of progress that audio of this length counts for, at least one."""
    return max(int(length.total_seconds()), 1)
