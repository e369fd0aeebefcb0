"""Retry what failed: a destination that is unreachable, a request that another one blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_chain,
    wait_fixed,
    wait_random_exponential,
)

from podcastkit.diagnostics import UnreachableError
from podcastkit.progress import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenacity import RetryCallState

    from podcastkit.progress import Progress
    from podcastkit.wait_times import Waiting

_Result = TypeVar("_Result")


def retry_unreachable(
    step: Callable[[], _Result], patience: float, waiting: Waiting, progress: Progress
) -> _Result:
    """Take a step again while it raises UnreachableError, until `patience` (in seconds) has passed.

    The pauses grow, and `progress` hears of each. The step must be one that can be repeated after a failure.
    """

    def report_pause(state: RetryCallState) -> None:
        seconds = round(state.next_action.sleep) if state.next_action else 0
        progress(Event(stage="waiting", episode=None, done=0, total=seconds, unit="seconds"))

    retrying = Retrying(
        retry=retry_if_exception_type(UnreachableError),
        wait=wait_random_exponential(multiplier=waiting.first_pause, max=waiting.longest_pause),
        stop=stop_after_delay(patience),
        before_sleep=report_pause,
        reraise=True,
    )
    return retrying(step)


def retry_after_pauses(
    step: Callable[[], _Result], failures: tuple[type[Exception], ...], pauses: Sequence[float]
) -> _Result:
    """Take a step again after each of the pauses (in seconds) while it raises one of the failures."""
    retrying = Retrying(
        retry=retry_if_exception_type(failures),
        wait=wait_chain(*map(wait_fixed, pauses)),
        stop=stop_after_attempt(len(pauses) + 1),
        reraise=True,
    )
    return retrying(step)
