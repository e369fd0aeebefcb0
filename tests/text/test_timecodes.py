from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.problem import Problem
from podcastkit.text.timecodes import (
    format_clock,
    format_hours,
    format_minutes,
    format_shortest,
    format_timestamp,
    parse_clock,
    parse_duration,
    round_to_millisecond,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FIVE, HOUR = timedelta(minutes=4, seconds=5, milliseconds=250), timedelta(hours=1)
_PARTS = re.compile(r"(?:([0-9]+):(?=[0-9]+:))?([0-9]+):([0-9]{2})(?:[.,]([0-9]{3}))?")


def parse(text: str) -> timedelta | None:
    match = _PARTS.fullmatch(text)
    assert match
    return parse_clock(*match.groups())


@pytest.mark.parametrize(
    ("parts", "moment"),
    [
        (("1", "02", "03", "4"), timedelta(hours=1, minutes=2, seconds=3, milliseconds=400)),
        ((None, "75", "00", None), timedelta(minutes=75)),
        ((None, None, "4500", "000001"), timedelta(minutes=75, microseconds=1)),
        (("0", "59", "59", ""), timedelta(minutes=59, seconds=59)),
        (("0", "75", "00", None), None),
        ((None, "1", "60", None), None),
    ],
    ids=["all", "minutes", "seconds", "last", "minutes of an hour", "seconds of a minute"],
)
def test_parse_clock_reads_only_valid_times(
    parts: tuple[str | None, str | None, str, str | None], moment: timedelta | None
) -> None:
    assert parse_clock(*parts) == moment


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("75", 75), ("1:15", 75), ("01:02:03", 3723), ("0:00.5", 0.5), ("83.25", 83.25), ("75:00", 4500)],
)
def test_parse_duration_reads_supported_forms(written: str, seconds: float) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "1:75", "1:60:00", "1:2", "-5", "1e3", "1:00:00:00", "9999999", "٣"])
def test_parse_duration_invalid_text_is_a_problem(written: str) -> None:
    assert isinstance(parse_duration(written), Problem)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (format_clock(FIVE), "4:05"),
        (format_clock(FIVE + timedelta(milliseconds=251)), "4:06"),
        (format_clock(HOUR + FIVE), "1:04:05"),
        (format_clock(HOUR - timedelta(milliseconds=1)), "1:00:00"),
        (format_shortest(HOUR - timedelta(milliseconds=1)), "59:59"),
        (format_minutes(HOUR + FIVE), "64:05"),
        (format_minutes(FIVE, digits=2), "04:05"),
        (format_hours(FIVE), "0:04:05"),
        (format_hours(26 * HOUR + FIVE, digits=2), "26:04:05"),
        (format_timestamp(HOUR + FIVE), "01:04:05.250"),
        (format_timestamp(FIVE, digits=1), "0:04:05.250"),
        (format_timestamp(timedelta(), mark=","), "00:00:00,000"),
    ],
)
def test_format_functions_return_expected_text(written: str, text: str) -> None:
    assert written == text


def test_round_to_millisecond_rounds_to_the_nearest() -> None:
    assert round_to_millisecond(timedelta(microseconds=1501)) == timedelta(milliseconds=2)


@given(st.integers(min_value=0, max_value=360_000_000 - 1), st.sampled_from(".,"))
def test_formatted_timestamp_can_be_parsed(milliseconds: int, mark: str) -> None:
    moment = timedelta(milliseconds=milliseconds)
    assert parse(format_timestamp(moment, mark=mark)) == moment


@pytest.mark.parametrize("write", [format_clock, format_shortest, format_minutes, format_hours])
@given(seconds=st.integers(min_value=0, max_value=360_000 - 1))
def test_formatted_clock_time_can_be_parsed(write: Callable[[timedelta], str], seconds: int) -> None:
    moment = timedelta(seconds=seconds)
    assert parse(write(moment)) == moment


@given(seconds=st.integers(min_value=0, max_value=360_000 - 1))
def test_formatted_duration_can_be_parsed(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(format_clock(length)) == length
