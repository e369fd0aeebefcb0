from __future__ import annotations

import _thread
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from podcastkit.parallel import work_through
from podcastkit.wait_times import Waiting


def test_every_item_is_processed_once() -> None:
    done: dict[int, int] = {}
    work_through(lambda number: number * 2, range(20), lambda item, future: done.update({item: future.result()}))
    assert done == {number: number * 2 for number in range(20)}


def test_failed_call_does_not_stop_the_others() -> None:
    failed: list[int] = []
    good: list[int] = []

    def handle(item: int, future: Future[float]) -> None:
        (failed if future.exception() else good).append(item)

    def divide(number: int) -> float:
        return 1 / number

    work_through(divide, range(5), handle, threads=2)
    assert failed == [0]
    assert sorted(good) == [1, 2, 3, 4]


def test_exception_cancels_calls_that_have_not_started() -> None:
    started: list[int] = []
    first_is_done = threading.Event()

    def work(number: int) -> None:
        started.append(number)
        if number:
            first_is_done.wait(10)

    def handle(item: int, future: Future[None]) -> None:
        first_is_done.set()
        raise RuntimeError(f"stopped after {item}, {future.done()}")

    with pytest.raises(RuntimeError, match="stopped after 0, True"):
        work_through(work, range(50), handle, threads=1)
    assert len(started) < 50


def test_exception_does_not_wait_for_hanging_calls() -> None:
    short = Waiting(stop_timeout=0.01)
    stop_requested, released = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number:
            released.wait(60)

    def handle(item: int, future: Future[None]) -> None:
        raise RuntimeError(f"stopped after {item}, {future.done()}")

    with pytest.raises(RuntimeError, match="stopped after 0, True"):
        work_through(work, range(2), handle, threads=2, stop=stop_requested.set, waiting=short)
    assert stop_requested.is_set()
    assert not released.is_set()
    released.set()


def test_exception_waits_for_stopped_calls() -> None:
    stop_requested = threading.Event()
    ended: list[int] = []

    def work(number: int) -> None:
        if number:
            stop_requested.wait(60)
            ended.append(number)

    def handle(_: int, future: Future[None]) -> None:
        raise RuntimeError(f"{future.done()}")

    with pytest.raises(RuntimeError):
        work_through(work, range(3), handle, threads=3, stop=stop_requested.set)
    assert sorted(ended) == [1, 2]


def test_no_items_returns_immediately() -> None:
    work_through(abs, [], lambda *_: None)


def test_executor_of_the_caller_is_not_shut_down() -> None:
    results: list[int] = []

    def negate(number: int) -> int:
        return -number

    with ThreadPoolExecutor(1) as executor:
        work_through(negate, [-1], lambda _, future: results.append(future.result()), executor=executor)
        assert executor.submit(negate, -2).result() == 2
    assert results == [1]


def test_ctrl_c_before_a_wait_interrupts_the_wait() -> None:
    released = threading.Event()
    waited: list[bool] = []

    def work(_: int) -> None:
        time.sleep(0.1)  # until the main thread waits; like an early signal, this does not end its wait
        _thread.interrupt_main()
        waited.append(released.wait(5))

    with pytest.raises(KeyboardInterrupt):
        work_through(work, [1], lambda *_: None, stop=released.set)
    assert waited == [True]
