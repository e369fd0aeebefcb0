from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from podcastkit.diagnostics import Cancelled
from podcastkit.progress import ByteMeter, Event, Meter, Tally, count_whole_seconds, ignore_event


def test_tally_adds_and_subtracts() -> None:
    events: list[Event] = []
    tally = Tally(events.append, "uploading", total=10, unit="bytes")
    tally.add(7, "05-planning-time")
    tally.add(-2)
    assert [(event.done, event.total, event.episode) for event in events] == [
        (7, 10, "05-planning-time"),
        (5, 10, None),
    ]
    ignore_event(events[0])


def test_tallies_with_one_lock_report_one_event_at_a_time() -> None:
    lock = threading.Lock()

    def progress(event: Event) -> None:
        assert lock.locked(), event

    for stage in ("first", "second"):
        Tally(progress, stage, total=1, unit="files", lock=lock).add(1)


def test_meters_count_each_second_once() -> None:
    events: list[Event] = []
    tally = Tally(events.append, "measuring", total=6, unit="seconds")
    first, second = Meter(tally, timedelta(seconds=5.9), "01-ebb"), Meter(tally, timedelta(), "02-flow")
    for seconds in (0.5, 2.5, 2.7, 1, 9):
        first.reach(timedelta(seconds=seconds))
    first.finish()
    second.finish()
    assert [(event.episode, event.done) for event in events] == [("01-ebb", 2), ("01-ebb", 5), ("02-flow", 6)]


def test_byte_meter_reports_large_parts() -> None:
    events: list[Event] = []
    part = 2**25
    meter = ByteMeter(Tally(events.append, "reading", total=10 * part, unit="bytes"), 10 * part, "01-ebb")
    for _ in range(7):
        meter.add(part)
    meter.finish()
    assert [event.done // part for event in events] == [2, 4, 6, 10]


def test_exception_of_the_callback_is_raised_by_the_meter() -> None:
    def stop(event: Event) -> None:
        raise Cancelled(event.stage)

    meter = Meter(Tally(stop, "measuring", total=1, unit="seconds"), timedelta(seconds=1), "01-ebb")
    with pytest.raises(Cancelled, match="measuring"):
        meter.finish()


@pytest.mark.parametrize(("seconds", "whole"), [(0, 1), (0.9, 1), (61.9, 61)])
def test_count_whole_seconds_is_at_least_one(seconds: float, whole: int) -> None:
    assert count_whole_seconds(timedelta(seconds=seconds)) == whole
