"""The dates of feeds: RFC 2822, in English everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 100


def write_date(moment: datetime) -> str:
    """Return an aware moment as RFC 2822 has it: `Thu, 05 Sep 2024 06:00:00 -0700`."""
    iso = moment.isoformat(timespec="seconds")  # email.utils takes three times as long, and writes a zone's seconds
    day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day}, {iso[8:10]} {month} {iso[:4]} {iso[11:19]} {iso[19:22]}{iso[23:25]}"


def read_date(text: str | None) -> datetime | None:
    """Return the moment that a date of a feed means, read as leniently as apps do; None when it means none."""
    try:
        moment = parsedate_to_datetime((text or "")[:_LONGEST])
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
