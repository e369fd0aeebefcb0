from __future__ import annotations

from unittest import mock

import pytest

from podcastkit.diagnostics import Cancelled, StorageError, UnreachableError
from podcastkit.progress import Event, ignore_event
from podcastkit.retry import retry_unreachable
from podcastkit.wait_times import Waiting

FAST = Waiting(first_pause=0.001, longest_pause=0.001)
DEFAULT = Waiting()


class Step:
    """Raises one of the errors at each call, then returns the number of calls."""

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self._errors = list(errors)

    def __call__(self) -> int:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return self.calls


def test_unreachable_step_is_repeated_and_each_pause_reported() -> None:
    events: list[Event] = []
    step = Step(UnreachableError("away"), UnreachableError("away"))
    assert retry_unreachable(step, 600, FAST, events.append) == 3
    assert [(event.stage, event.unit) for event in events] == [("waiting", "seconds")] * 2


def test_unreachable_step_without_patience_runs_once() -> None:
    step = Step(*[UnreachableError("away")] * 2)
    with pytest.raises(UnreachableError, match="away"):
        retry_unreachable(step, 0, DEFAULT, ignore_event)
    assert step.calls == 1


def test_permanent_failure_is_not_repeated() -> None:
    step = Step(StorageError("refused"))
    with pytest.raises(StorageError, match="refused"):
        retry_unreachable(step, 600, DEFAULT, ignore_event)
    assert step.calls == 1


def test_cancelling_progress_ends_the_retries() -> None:
    def cancel(_: Event) -> None:
        raise Cancelled("stopped")

    step = Step(UnreachableError("away"))
    with pytest.raises(Cancelled, match="stopped"):
        retry_unreachable(step, 600, DEFAULT, cancel)
    assert step.calls == 1


def test_patience_counts_from_the_first_failure() -> None:
    now = 0.0
    durations = [3600, 1, 100]

    def fail_late() -> None:
        nonlocal now
        now += durations.pop(0)
        raise UnreachableError("away")

    clock = mock.Mock(monotonic=lambda: now)
    with mock.patch("tenacity.time", clock), pytest.raises(UnreachableError):
        retry_unreachable(fail_late, 60, FAST, ignore_event)
    assert durations == []
