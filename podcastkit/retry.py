"""Retry operations while a destination is unreachable, or another program has a file open."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from podcastkit.diagnostics import UnreachableError
from podcastkit.progress import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from podcastkit.progress import Progress
    from podcastkit.wait_times import Waiting

_Result = TypeVar("_Result")


def retry_unreachable(
    step: Callable[[], _Result], patience: float, waiting: Waiting, progress: Progress
) -> _Result:
    """Retry a step while it raises UnreachableError, for up to `patience` seconds after the first failure.

    The pauses grow, and each is reported to `progress`. The step must be safe to repeat after a failure.
    """
    failure_times: list[float] = []

    def has_failed_too_long(state: RetryCallState) -> bool:
        failure_times.append(state.outcome_timestamp or 0.0)
        return failure_times[-1] - failure_times[0] >= patience

    def report_pause(state: RetryCallState) -> None:
        seconds = round(state.next_action.sleep) if state.next_action else 0
        progress(Event(stage="waiting", episode=None, done=0, total=seconds, unit="seconds"))

    retrying = Retrying(
        retry=retry_if_exception_type(UnreachableError),
        wait=wait_random_exponential(multiplier=waiting.first_pause, max=waiting.longest_pause),
        stop=has_failed_too_long,
        before_sleep=report_pause,
        reraise=True,
    )
    return retrying(step)


def retry_while(
    is_temporary: Callable[[BaseException], bool], step: Callable[[], _Result], waiting: Waiting
) -> _Result:
    """Retry a step with short pauses, for `held_patience` seconds, while `is_temporary` accepts its exception."""
    retrying = Retrying(
        retry=retry_if_exception(is_temporary),
        wait=wait_random_exponential(multiplier=waiting.first_pause / 10, max=waiting.first_pause),
        stop=stop_after_delay(waiting.held_patience),
        reraise=True,
    )
    return retrying(step)
