"""Lengths and moments as clock times, such as `5:03`, `1:02:03` and `00:05:03.000`.

A formatter cuts off what is smaller than its last digit, except `format_clock`, which rounds as players do.
"""

from __future__ import annotations

import re
from datetime import timedelta

from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

_SIXTY = 60
_LENGTH = re.compile(
    r"""
    (?: (?: (?P<hours>\d{1,2}): )? (?P<minutes>\d{1,2}): (?=\d\d) )?
    (?P<seconds>\d{1,6}) (?: \.(?P<fraction>\d{1,6}) )?
    """,
    re.ASCII | re.VERBOSE,
)


def parse_clock(
    hours: str | None, minutes: str | None, seconds: str, fraction: str | None = None
) -> timedelta | None:
    """Return the moment that the digits of a clock time mean; the fraction has up to six.

    The first part that is there may be any number. None when seconds after minutes, or minutes after hours, reach
    60. Each format has its own pattern for the digits, because formats differ in which parts and signs they permit.
    """
    if (minutes and int(seconds) >= _SIXTY) or (hours and minutes and int(minutes) >= _SIXTY):
        return None
    return timedelta(
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds),
        microseconds=int((fraction or "").ljust(6, "0")),
    )


def parse_length(written: str) -> timedelta | Problem:
    """Read what a person writes: seconds, `mm:ss` or `h:mm:ss`, with decimals if need be; less than 100 hours."""
    match = _LENGTH.fullmatch(written.strip())
    length = parse_clock(*match.group("hours", "minutes", "seconds", "fraction")) if match else None
    if length is None:
        return Problem(f"{quote(written)} is not a length of time", "write seconds, as in 75, or mm:ss, as in 1:15")
    return length


def format_clock(length: timedelta) -> str:
    """Write a length, or a moment of it, as players show it: `4:05`, `1:04:05`, rounded to the second."""
    return format_shortest(timedelta(seconds=round(length.total_seconds())))


def format_shortest(moment: timedelta) -> str:
    """Write a moment as `4:05`, and from an hour on as `1:04:05`."""
    return format_hours(moment) if moment >= timedelta(hours=1) else format_minutes(moment)


def format_minutes(moment: timedelta, *, digits: int = 1) -> str:
    """Write a moment as `4:05` or `64:05`, with at least so many digits for the minutes."""
    minutes, seconds = divmod(moment // timedelta(seconds=1), _SIXTY)
    return f"{minutes:0{digits}}:{seconds:02}"


def format_hours(moment: timedelta, *, digits: int = 1) -> str:
    """Write a moment as `0:04:05`, with at least so many digits for the hours."""
    hours, rest = divmod(moment, timedelta(hours=1))
    return f"{hours:0{digits}}:{format_minutes(rest, digits=2)}"


def format_timestamp(moment: timedelta, *, mark: str = ".", digits: int = 2) -> str:
    """Write a moment as `00:04:05.250`: `.` is the mark before the milliseconds in WebVTT, and `,` in SRT."""
    return f"{format_hours(moment, digits=digits)}{mark}{moment.microseconds // 1000:03}"


def format_seconds(length: timedelta) -> str:
    """Write a length as `4.5 s`, or from a minute on as `4:05`."""
    return f"{length.total_seconds():.1f} s" if length < timedelta(minutes=1) else format_clock(length)


def round_to_millisecond(length: timedelta) -> timedelta:
    """Return the length in whole milliseconds."""
    return timedelta(milliseconds=round(length.total_seconds() * 1000))
