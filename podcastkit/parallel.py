"""Run a function for many items in parallel, and stop cleanly after an exception."""

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
"""Seconds between checks for Ctrl-C, which cannot interrupt a wait if it comes just before the wait begins."""


def work_through(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item],
    on_done: Callable[[_Item, Future[_Result]], None],
    *,
    executor: Executor | None = None,
    threads: int | None = None,
    stop: Callable[[], object] = lambda: None,
    waiting: Waiting | None = None,
) -> None:
    """Call the function for every item in parallel, and call `on_done` in this thread with each completed future.

    If `on_done` raises an exception, or the user presses Ctrl-C, calls that have not started are cancelled.
    Then `stop` is called, which must make the running calls end. When they have ended, or after some seconds, the
    exception is raised. Without an executor, new threads do the work. An executor of the caller is not shut down.
    """
    waiting = waiting or Waiting.from_environment()
    futures: dict[Future[_Result], _Item] = {}
    try:
        if executor:
            futures.update((executor.submit(function, item), item) for item in items)
        else:
            futures.update((Future[_Result](), item) for item in items)
            _start_threads(function, futures, threads or min(32, (os.cpu_count() or 1) + 4))
        for future in _as_completed(futures):
            on_done(futures[future], future)
    except BaseException:
        running = [future for future in futures if not future.cancel()]
        stop()
        wait(running, timeout=waiting.stop_timeout)
        raise


def _as_completed(futures: Collection[Future[_Result]]) -> Iterator[Future[_Result]]:
    """Yield futures as they complete.

    Unlike `concurrent.futures.as_completed`, this waits for a short time at once, so that Ctrl-C works.
    """
    completed: queue.SimpleQueue[Future[_Result]] = queue.SimpleQueue()
    for future in futures:
        future.add_done_callback(completed.put)
    remaining = len(futures)
    while remaining:
        with contextlib.suppress(queue.Empty):
            yield completed.get(timeout=_SIGNAL_INTERVAL)
            remaining -= 1


def _start_threads(
    function: Callable[[_Item], _Result], futures: dict[Future[_Result], _Item], threads: int
) -> None:
    tasks: queue.SimpleQueue[tuple[Future[_Result], _Item]] = queue.SimpleQueue()
    for task in futures.items():
        tasks.put(task)
    for _ in range(min(threads, len(futures))):
        # Python would wait for the threads of a ThreadPoolExecutor at exit, even if they hang.
        threading.Thread(target=_process_queue, args=(function, tasks), daemon=True).start()


def _process_queue(
    function: Callable[[_Item], _Result], tasks: queue.SimpleQueue[tuple[Future[_Result], _Item]]
) -> None:
    """Call the function for the items of the queue until the queue is empty."""
    with contextlib.suppress(queue.Empty):
        while True:
            future, item = tasks.get_nowait()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(item))
                except BaseException as error:  # noqa: BLE001 - `future.result()` raises it
                    future.set_exception(error)
