"""How far a long work has come: events for a callback that does nothing by default."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

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
    """Counts the progress of one stage from many threads, and reports it to a callback one event at a time."""

    def __init__(self, progress: Progress, stage: str, *, total: int, unit: str) -> None:
        self._progress = progress
        self._stage = stage
        self._total = total
        self._unit = unit
        self._done = 0
        self._lock = threading.Lock()

    def add(self, amount: int, episode: str | None = None) -> None:
        """Count `amount` more as done; an exception of the callback (`Cancelled`) comes out here."""
        with self._lock:
            self._done += amount
            event = Event(stage=self._stage, episode=episode, done=self._done, total=self._total, unit=self._unit)
            self._progress(event)
