from __future__ import annotations

import pytest

from podcastkit.diagnostics import Cancelled, StorageError, UnreachableError
from podcastkit.progress import Event, ignore
from podcastkit.retry import retry_after_pauses, retry_unreachable
from podcastkit.wait_times import Waiting

HASTY = Waiting(first_pause=0.001, longest_pause=0.001)
USUAL = Waiting()


class Step:
    """Raises the errors, one at each call, then returns the number of calls."""

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
    assert retry_unreachable(step, 600, HASTY, events.append) == 3
    assert [(event.stage, event.unit) for event in events] == [("waiting", "seconds")] * 2


def test_unreachable_step_without_patience_is_taken_once() -> None:
    step = Step(*[UnreachableError("away")] * 2)
    with pytest.raises(UnreachableError, match="away"):
        retry_unreachable(step, 0, USUAL, ignore)
    assert step.calls == 1


def test_other_failure_is_not_repeated() -> None:
    step = Step(StorageError("refused"))
    with pytest.raises(StorageError, match="refused"):
        retry_unreachable(step, 600, USUAL, ignore)
    assert step.calls == 1


def test_progress_that_cancels_ends_the_retries() -> None:
    def cancel(_: Event) -> None:
        raise Cancelled("stopped")

    step = Step(UnreachableError("away"))
    with pytest.raises(Cancelled, match="stopped"):
        retry_unreachable(step, 600, USUAL, cancel)
    assert step.calls == 1


def test_pauses_limit_the_retries_of_the_named_failures() -> None:
    assert retry_after_pauses(Step(*[OSError()] * 2), (OSError,), (0, 0)) == 3
    last = Step(*[OSError(str(number)) for number in range(4)])
    with pytest.raises(OSError, match="2"):
        retry_after_pauses(last, (OSError,), (0, 0))
    assert last.calls == 3
    other = Step(ValueError("other"))
    with pytest.raises(ValueError, match="other"):
        retry_after_pauses(other, (OSError,), (0, 0))
    assert other.calls == 1
