"""Work on many things at once, and stop cleanly when one of them cannot go on."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def work_through(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item],
    finished: Callable[[_Item, Future[_Result]], None],
    *,
    executor: Executor | None = None,
    threads: int | None = None,
    stop: Callable[[], object] = lambda: None,
) -> None:
    """Call the function for every item, and `finished` here, one at a time, with each future that is done.

    When `finished` raises, what has not begun is called off, `stop` is called for what has, and the exception comes
    out. Without an executor, `threads` of our own do the work; an executor of the caller's is not shut down.
    """
    with ExitStack() as stack:
        pool = executor or stack.enter_context(ThreadPoolExecutor(threads))
        futures = {pool.submit(function, item): item for item in items}
        try:
            for future in as_completed(futures):
                finished(futures[future], future)
        except BaseException:
            for future in futures:
                future.cancel()
            stop()  # before our own threads are waited for
            raise
