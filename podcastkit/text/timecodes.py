"""Parse and format durations and positions as clock times, such as `5:03`, `1:02:03` and `00:05:03.000`.

The formatters round down, except `format_clock`, which rounds to the nearest second as players do.
"""

from __future__ import annotations

import re
from datetime import timedelta

from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

_SIXTY = 60
_DURATION = re.compile(
    r"""
    (?: (?: (?P<hours>\d{1,2}): )? (?P<minutes>\d{1,2}): (?=\d\d) )?
    (?P<seconds>\d{1,6}) (?: \.(?P<fraction>\d{1,6}) )?
    """,
    re.ASCII | re.VERBOSE,
)


def parse_clock(
    hours: str | None, minutes: str | None, seconds: str, fraction: str | None = None
) -> timedelta | None:
    """Convert the digits of a clock time to a duration; the fraction has up to six digits.

    The first part may be any number. Return None if seconds after minutes, or minutes after hours, are 60 or more.
    Callers match the digits themselves, because formats permit different parts and separators.
    """
    if (minutes and int(seconds) >= _SIXTY) or (hours and minutes and int(minutes) >= _SIXTY):
        return None
    return timedelta(
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds),
        microseconds=int((fraction or "").ljust(6, "0")),
    )


def parse_duration(written: str) -> timedelta | Problem:
    """Read a duration of less than 100 hours: seconds, `mm:ss` or `h:mm:ss`, with optional decimals."""
    match = _DURATION.fullmatch(written.strip())
    duration = parse_clock(*match.group("hours", "minutes", "seconds", "fraction")) if match else None
    if duration is None:
        return Problem(f"{quote(written)} is not a duration", "write seconds, as in 75, or mm:ss, as in 1:15")
    return duration


def format_clock(length: timedelta) -> str:
    """Format a time as players do, rounded to the second: `4:05` or `1:04:05`."""
    return format_shortest(timedelta(seconds=round(length.total_seconds())))


def format_shortest(moment: timedelta) -> str:
    """Format a time as `4:05`, or as `1:04:05` from one hour."""
    return format_hours(moment) if moment >= timedelta(hours=1) else format_minutes(moment)


def format_minutes(moment: timedelta, *, digits: int = 1) -> str:
    """Format a time as `4:05` or `64:05`; `digits` is the minimum for the minutes."""
    minutes, seconds = divmod(moment // timedelta(seconds=1), _SIXTY)
    return f"{minutes:0{digits}}:{seconds:02}"


def format_hours(moment: timedelta, *, digits: int = 1) -> str:
    """Format a time as `0:04:05`; `digits` is the minimum for the hours."""
    hours, rest = divmod(moment, timedelta(hours=1))
    return f"{hours:0{digits}}:{format_minutes(rest, digits=2)}"


def format_timestamp(moment: timedelta, *, mark: str = ".", digits: int = 2) -> str:
    """Format a time as `00:04:05.250`; the mark before the milliseconds is `.` in WebVTT and `,` in SRT."""
    return f"{format_hours(moment, digits=digits)}{mark}{moment.microseconds // 1000:03}"


def format_seconds(length: timedelta) -> str:
    """Format a duration as `4.5 s`, or as `4:05` from one minute."""
    return f"{length.total_seconds():.1f} s" if length < timedelta(minutes=1) else format_clock(length)


def round_to_millisecond(length: timedelta) -> timedelta:
    """Return a duration, rounded to whole milliseconds."""
    return timedelta(milliseconds=round(length.total_seconds() * 1000))
