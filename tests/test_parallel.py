from __future__ import annotations

import _thread
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from podcastkit.parallel import work_through
from podcastkit.wait_times import Waiting


def test_every_item_is_worked_on_and_finished_once() -> None:
    done: dict[int, int] = {}
    work_through(lambda number: number * 2, range(20), lambda item, future: done.update({item: future.result()}))
    assert done == {number: number * 2 for number in range(20)}


def test_a_failure_comes_with_its_future_and_the_others_go_on() -> None:
    failed: list[int] = []
    good: list[int] = []

    def finished(item: int, future: Future[float]) -> None:
        (failed if future.exception() else good).append(item)

    def divide(number: int) -> float:
        return 1 / number

    work_through(divide, range(5), finished, threads=2)
    assert failed == [0]
    assert sorted(good) == [1, 2, 3, 4]


def test_what_has_not_begun_is_called_off_when_the_caller_stops() -> None:
    begun: list[int] = []
    first_is_done = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number:
            first_is_done.wait(10)

    def finished(item: int, future: Future[None]) -> None:
        first_is_done.set()
        raise RuntimeError(f"stopped after {item}, {future.done()}")

    with pytest.raises(RuntimeError, match="stopped after 0, True"):
        work_through(work, range(50), finished, threads=1)
    assert len(begun) < 50


def test_what_hangs_is_not_waited_for_for_ever() -> None:
    hasty = Waiting(stop_timeout=0.01)
    told_to_stop, released = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number:
            released.wait(60)

    def finished(item: int, future: Future[None]) -> None:
        raise RuntimeError(f"stopped after {item}, {future.done()}")

    with pytest.raises(RuntimeError, match="stopped after 0, True"):
        work_through(work, range(2), finished, threads=2, stop=told_to_stop.set, waiting=hasty)
    assert told_to_stop.is_set()
    assert not released.is_set()
    released.set()


def test_what_was_told_to_stop_has_ended_when_the_exception_comes_out() -> None:
    told_to_stop = threading.Event()
    ended: list[int] = []

    def work(number: int) -> None:
        if number:
            told_to_stop.wait(60)
            ended.append(number)

    def finished(_: int, future: Future[None]) -> None:
        raise RuntimeError(f"{future.done()}")

    with pytest.raises(RuntimeError):
        work_through(work, range(3), finished, threads=3, stop=told_to_stop.set)
    assert sorted(ended) == [1, 2]


def test_nothing_to_do_is_done_at_once() -> None:
    work_through(abs, [], lambda *_: None)


def test_an_executor_of_the_callers_lives_on() -> None:
    results: list[int] = []

    def negate(number: int) -> int:
        return -number

    with ThreadPoolExecutor(1) as executor:
        work_through(negate, [-1], lambda _, future: results.append(future.result()), executor=executor)
        assert executor.submit(negate, -2).result() == 2
    assert results == [1]


def test_ctrl_c_that_ends_no_wait_is_noticed_soon() -> None:
    released = threading.Event()
    waited: list[bool] = []

    def work(_: int) -> None:
        time.sleep(0.1)  # until the main thread waits, which this does not end, as a signal that came just before
        _thread.interrupt_main()
        waited.append(released.wait(5))

    with pytest.raises(KeyboardInterrupt):
        work_through(work, [1], lambda *_: None, stop=released.set)
    assert waited == [True]
