"""A destination that fails by itself is asked again for a while, since most such failures pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from podcastkit.diagnostics import UnreachableError
from podcastkit.progress import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tenacity import RetryCallState

    from podcastkit.progress import Progress

_LONGEST_PAUSE = 60.0
"""Seconds between two tries."""

_Result = TypeVar("_Result")


def patiently(step: Callable[[], _Result], patience: timedelta, progress: Progress) -> _Result:
    """Take a step again and again while it raises UnreachableError, for as long as patience lasts.

    The pauses grow, and `progress` is told of each. A step that broke off must be one that can be taken again.
    """

    def tell(state: RetryCallState) -> None:
        seconds = round(state.next_action.sleep) if state.next_action else 0
        progress(Event(stage="waiting", episode=None, done=0, total=seconds, unit="seconds"))

    retrying = Retrying(
        retry=retry_if_exception_type(UnreachableError),
        wait=wait_random_exponential(multiplier=1, max=_LONGEST_PAUSE),
        stop=stop_after_delay(patience),
        before_sleep=tell,
        reraise=True,
    )
    return retrying(step)
