"""Progress events of long operations, for a callback that does nothing by default."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

_BYTES_PER_EVENT = 2**26
"""The number of bytes per event, which take about a quarter of a second to read."""

Progress = Callable[["Event"], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One step of progress: `done` of `total` in `unit` (`files`, `bytes` or `seconds`)."""

    stage: str
    """`reading`, `measuring`, `mastering`, `uploading`, `verifying`, or `waiting` before a retry.

    `done` and `total` count the whole stage, except that mastering counts the seconds of each episode separately.
    """
    episode: str | None
    """The episode's folder, or None if the step is not about a single episode."""
    done: int
    total: int
    unit: str


def ignore_event(event: Event) -> None:
    """Ignore an event."""


class Tally:
    """Counts the progress of a stage across threads, and passes it to a callback, one event at a time.

    Tallies that share a callback must also share a lock.
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
        """Add `amount` to the progress. Raises the exceptions of the callback, such as `Cancelled`."""
        with self._lock:
            self._done += amount
            event = Event(stage=self._stage, episode=episode, done=self._done, total=self._total, unit=self._unit)
            self._progress(event)


class Meter:
    """Adds the processed seconds of one audio file to the tally of its stage."""

    def __init__(self, tally: Tally, length: timedelta, episode: str) -> None:
        self._tally = tally
        self._length = count_whole_seconds(length)
        self._episode = episode
        self._done = 0

    def reach(self, position: timedelta) -> None:
        """Add the whole seconds up to this position in the audio that are not counted yet."""
        done = min(int(position.total_seconds()), self._length)
        if done > self._done:
            increase, self._done = done - self._done, done
            self._tally.add(increase, self._episode)

    def finish(self) -> None:
        """Add the remaining seconds, because a stage can skip the end of a file, or the whole file."""
        self.reach(timedelta(seconds=self._length))


class ByteMeter:
    """Adds the bytes read from one file to the tally of its stage."""

    def __init__(self, tally: Tally, size: int, episode: str) -> None:
        self._tally = tally
        self._left = size
        self._episode = episode
        self._uncounted = 0

    def add(self, count: int) -> None:
        """Count more bytes, and report them once there are enough for an event."""
        self._uncounted += count
        if self._uncounted >= _BYTES_PER_EVENT and self._left > self._uncounted:
            self._report(self._uncounted)

    def finish(self) -> None:
        """Report the remaining bytes, because a file may not be read to its end."""
        self._report(self._left)

    def _report(self, count: int) -> None:
        self._left -= count
        self._uncounted = 0
        self._tally.add(count, self._episode)


def count_whole_seconds(length: timedelta) -> int:
    """Return the length of audio in whole seconds of progress, at least one."""
    return max(int(length.total_seconds()), 1)
