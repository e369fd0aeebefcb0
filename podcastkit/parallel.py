"""Work on many things at once, and stop cleanly when one of them cannot go on."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from concurrent.futures import Executor

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_SIGNAL_INTERVAL = 0.2
"""Seconds after which Python looks for Ctrl-C, which may come just before a wait begins and would not end it."""


def work_through(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item],
    finished: Callable[[_Item, Future[_Result]], None],
    *,
    executor: Executor | None = None,
    threads: int | None = None,
    stop: Callable[[], object] = lambda: None,
    waiting: Waiting | None = None,
) -> None:
    """Call the function for every item, and `finished` here, one at a time, with each future that is done.

    When `finished` raises, or Ctrl-C is pressed, what has not begun is called off, `stop` is called for what has,
    which gets some seconds to end, and the exception comes out. Without an executor, `threads` of our own do the
    work; an executor of the caller's is not shut down.
    """
    waiting = waiting or Waiting.from_environment()
    futures: dict[Future[_Result], _Item] = {}
    try:
        if executor:
            futures.update((executor.submit(function, item), item) for item in items)
        else:
            futures.update((Future[_Result](), item) for item in items)
            _begin(function, futures, threads or min(32, (os.cpu_count() or 1) + 4))
        for future in _as_completed(futures):
            finished(futures[future], future)
    except BaseException:
        begun = [future for future in futures if not future.cancel()]
        stop()
        wait(begun, timeout=waiting.stop_timeout)
        raise


def _as_completed(futures: Collection[Future[_Result]]) -> Iterator[Future[_Result]]:
    """Yield futures as they complete; unlike that of the standard library, it never waits for long at once."""
    completed: queue.SimpleQueue[Future[_Result]] = queue.SimpleQueue()
    for future in futures:
        future.add_done_callback(completed.put)
    left = len(futures)
    while left:
        with contextlib.suppress(queue.Empty):
            yield completed.get(timeout=_SIGNAL_INTERVAL)
            left -= 1


def _begin(function: Callable[[_Item], _Result], futures: dict[Future[_Result], _Item], threads: int) -> None:
    waiting: queue.SimpleQueue[tuple[Future[_Result], _Item]] = queue.SimpleQueue()
    for entry in futures.items():
        waiting.put(entry)
    for _ in range(min(threads, len(futures))):
        # Those of a ThreadPoolExecutor would be waited for at the end of the program, however long they hang.
        threading.Thread(target=_work, args=(function, waiting), daemon=True).start()


def _work(function: Callable[[_Item], _Result], waiting: queue.SimpleQueue[tuple[Future[_Result], _Item]]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            future, item = waiting.get_nowait()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(item))
                except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
                    future.set_exception(error)
