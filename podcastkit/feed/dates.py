"""Read and write the dates of feeds: RFC 2822, always in English."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAX_LENGTH = 100


def write_date(moment: datetime) -> str:
    """Return an aware datetime in the format of RFC 2822: `Thu, 05 Sep 2024 06:00:00 -0700`."""
    # email.utils takes three times as long, and writes the seconds of time zones.
    iso = moment.isoformat(timespec="seconds")
    day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day}, {iso[8:10]} {month} {iso[:4]} {iso[11:19]} {iso[19:22]}{iso[23:25]}"


def read_date(text: str | None) -> datetime | None:
    """Return the datetime of a date in a feed, or None if the text is not a date.

    Like apps, accept many formats. A date without a time zone is in UTC.
    """
    try:
        moment = parsedate_to_datetime((text or "")[:_MAX_LENGTH])
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
