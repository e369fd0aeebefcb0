"""Read dates in the many forms that people write, to suggest our form in messages."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1990, 2100
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Abbreviations are not accepted: they ignore daylight saving time, or mean several zones.
ABBREVIATIONS = {
    "AKST": "America/Anchorage",
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "EST": "America/New_York",
    "ET": "America/New_York",
    "HST": "Pacific/Honolulu",
    "MDT": "America/Denver",
    "MST": "America/Denver",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "PT": "America/Los_Angeles",
}

_MONTHS_IN_SPANISH = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
    *("septiembre", "octubre", "noviembre", "diciembre"),
)
_MAX_LENGTH = 60
"""How many characters of a text are read."""
_DASHES = re.compile("[\u2010-\u2015\u2212]")
# The group `half` is the a or p of am or pm.
_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d))?(?::(?P<second>\d\d))?(?:\.\d+)?"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?",
    re.ASCII | re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])([01]?\d|2[0-3]):?([0-5]\d)?$", re.ASCII | re.IGNORECASE)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})\s?([/._ -])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d)", re.ASCII)
"""Three numbers with the same separator between them."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+")


class Reading(NamedTuple):
    """A day that a text can mean."""

    day: date
    written: str
    """The form for show.toml, with the time if the text has one."""


def read_dates(text: str) -> list[Reading]:
    """Return the days that a date in any usual format can mean; the list is empty if the text is not a date."""
    plain = unicodedata.normalize("NFKC", _DASHES.sub("-", text[:_MAX_LENGTH])).strip()
    # The time may be before or after the date, and a number that looks like a time may belong to the date.
    for clock in _CLOCK.finditer(plain):
        before, after = plain[: clock.start()].rstrip("T ,"), plain[clock.end() :].strip(" ,()[]")
        days = _find_days(before) or _find_days(after)
        if days and (clock["minute"] or clock["half"]):
            moment = _read_clock(clock)
            return [Reading(day, _format_date(day, moment, _find_zone(after))) for day in days] if moment else []
    return [Reading(day, day.isoformat()) for day in _find_days(plain)]


def _read_clock(clock: re.Match[str]) -> time | None:
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"] in "pP" else 0)
    try:
        return time(hour, int(clock["minute"] or 0), int(clock["second"] or 0))
    except ValueError:
        return None


def _find_zone(text: str) -> tzinfo | None:
    if offset := _OFFSET.fullmatch(text):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    name = ABBREVIATIONS.get(text.upper(), text)
    return ZoneInfo(name) if name in zoneinfo.available_timezones() else None


def _format_date(day: date, clock: time, zone: tzinfo | None) -> str:
    moment = datetime.combine(day, clock, tzinfo=zone)
    return moment.isoformat(sep="T" if zone else " ")


def _find_days(text: str) -> list[date]:
    """Return the days that a text without a time can mean."""
    try:
        return _keep_valid_days([date.fromisoformat(text)])
    except ValueError:
        pass
    if numbers := _NUMBERS.search(text):
        return _keep_valid_days(_combine_numbers(numbers[1], numbers[3], numbers[4]))
    # A name of a month, a year of four digits and a day, in any order.
    words = [word.casefold() for word in _WORD.findall(text)]
    months = {month for word in words if (month := _find_month(word))}
    digits = _NUMBER.findall(text)
    years = [number for number in digits if len(number) == 4]  # noqa: PLR2004 - digits of a year
    days = [number for number in digits if len(number) < 3]  # noqa: PLR2004
    if len(months) != 1 or len(years) != 1 or len(days) != 1:
        return []
    return _keep_valid_days([_make_date(int(years[0]), months.pop(), int(days[0]))])


def _find_month(word: str) -> int | None:
    for names in (MONTHS, _MONTHS_IN_SPANISH):
        for number, name in enumerate(names, 1):
            if name.casefold().startswith(word):
                return number
    return None


def _combine_numbers(first: str, second: str, third: str) -> list[date | None]:
    """Return the days that three numbers can mean, with None for impossible dates.

    The year may come first or last, with two or four digits.
    """
    if len(first) > 2:  # noqa: PLR2004 - digits
        return [_make_date(int(first), int(second), int(third))]
    orders = [(third, first, second), (third, second, first)]
    if len(first) == len(third) == 2:  # noqa: PLR2004
        orders.insert(0, (first, second, third))
    return [_make_date(_complete_year(year), int(month), int(day)) for year, month, day in orders]


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _complete_year(written: str) -> int:
    year = int(written)
    if len(written) > 2:  # noqa: PLR2004 - digits
        return year
    return year + (1900 if year >= FIRST_YEAR % 100 else 2000)


def _keep_valid_days(days: list[date | None] | list[date]) -> list[date]:
    valid_days = [day for day in days if day and FIRST_YEAR <= day.year <= LAST_YEAR]
    return list(dict.fromkeys(valid_days))
