"""Moments, time zones and the schedule: what people write about time, as values."""

from __future__ import annotations

import calendar
import difflib
import functools
import itertools
import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from podcastkit.text.date_hints import ABBREVIATIONS, FIRST_YEAR, LAST_YEAR, MONTHS, read_dates
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from podcastkit.model import Schedule

# With seconds, without which TOML has no time.
_DATE_FORMS = "write the date as 2024-09-05, or with a time 2024-09-05 06:00:00"
_ZONE_FORMS = "America/Los_Angeles, America/New_York, Europe/London"
_WRITTEN = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_EVERY = re.compile(r"(?:every )?(?:(\d{1,3}) )?(day|week|month)s?", re.ASCII | re.IGNORECASE)
# At most half a year apart, so that every moment of a series of thousands of episodes can be told.
_LONGEST = {"day": 183, "week": 26, "month": 6}
# Not strftime's: they would change with the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def parse_moment(written: str | date, timezone: ZoneInfo | None, time_of_day: time) -> datetime | Problem:
    """Read `2024-09-05`, `2024-09-05 06:00` or ISO 8601 with a zone, or take a date or datetime of TOML.

    A date alone means that time of day; what has no zone is in `timezone`, and a problem when that is None. A time
    that daylight saving skips is moved on as clocks are. The years 1990 to 2100 are possible.
    """
    moment = _read(written, time_of_day) if isinstance(written, str) else _complete(written, time_of_day)
    if isinstance(moment, Problem):
        return moment
    shown = quote(written) if isinstance(written, str) else written.isoformat()
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return Problem(f"{shown} is not in the years {FIRST_YEAR} to {LAST_YEAR}", _DATE_FORMS)
    if moment.tzinfo is None and timezone is None:
        return Problem(f"{shown} has no time zone", _show_zones(moment))
    return _settle(moment, timezone)


def find_clock_change(written: str | date, timezone: ZoneInfo | None, time_of_day: time) -> Problem | None:
    """Explain which moment `parse_moment` takes for a time that daylight saving skips, or that comes twice."""
    moment = _read(written, time_of_day) if isinstance(written, str) else _complete(written, time_of_day)
    if isinstance(moment, Problem) or moment.tzinfo or timezone is None:
        return None
    first, second = (moment.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return None
    if before < after:
        message = f"clocks skip {moment:%Y-%m-%d %H:%M} in {timezone}; {_settle(first, timezone):%H:%M} is taken"
        return Problem(message, "write the time that is meant")
    message = f"{moment:%Y-%m-%d %H:%M} comes twice in {timezone}, when clocks are set back; the first is taken"
    return Problem(message, f"write the zone, too: {first.isoformat()} or {second.isoformat()}")


def parse_day(written: str | date) -> date | Problem:
    """Read a day without a time: `2024-11-28`, or a date of TOML."""
    moment = parse_moment(written, ZoneInfo("UTC"), time())
    return moment if isinstance(moment, Problem) else moment.date()


def parse_every(written: str) -> tuple[int, str] | Problem:
    """Read how far apart episodes are: `week`, `2 weeks`, `3 days`, `month`; half a year at most."""
    match = _EVERY.fullmatch(written.strip())
    forms = 'write "day", "3 days", "week", "2 weeks" or "month"'
    if match is None:
        return Problem(f"{quote(written)} does not say how far apart episodes are", forms)
    count, unit = int(match[1] or 1), match[2].lower()
    if not 1 <= count <= _LONGEST[unit]:
        return Problem(f"{quote(written)} is not between a day and half a year", forms)
    return count, unit


@functools.lru_cache(maxsize=16)
def parse_timezone(written: str) -> ZoneInfo | Problem:
    """Read the name of a time zone as the IANA database spells it."""
    name = written.strip()
    if name in zoneinfo.available_timezones() and name not in ABBREVIATIONS:
        return ZoneInfo(name)
    nearest = ABBREVIATIONS.get(name.upper()) or _find_nearest_zone(name)
    hint = f'write "{nearest}"' if nearest else f"write its city, as in {_ZONE_FORMS}"
    return Problem(f"{quote(written)} is not the name of a time zone", hint)


def say_moment(moment: datetime, timezone: ZoneInfo | None, now: datetime) -> str:
    """Write a moment for people in the show's time zone: `Thu 12 Sep 06:00`, with the year unless it is now's."""
    local = moment.astimezone(timezone) if timezone else moment
    year = "" if local.year == now.astimezone(local.tzinfo).year else f" {local.year}"
    return f"{_DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1][:3]}{year} {local:%H:%M}"


def scheduled(schedule: Schedule, number: int) -> datetime:
    """Return when the episode with this number comes out; the first is number 1.

    The local time stays the same over daylight saving. A step of months keeps the day of the month, or takes the
    month's last day. A slot on a skipped local date is left out, which moves its episode and all later ones on.
    """
    return _settle(_find_slot(schedule, number).replace(tzinfo=schedule.first.tzinfo), None)


def find_scheduled_clock_change(schedule: Schedule, number: int) -> Problem | None:
    """Explain which moment `scheduled` takes for a time that daylight saving skips, or that comes twice."""
    zone, slot = schedule.first.tzinfo, _find_slot(schedule, number)
    change = find_clock_change(slot, zone, time()) if isinstance(zone, ZoneInfo) else None
    if change is None or slot.date() == schedule.first.date():
        return None  # of the first, show.toml's own finding tells
    hint = "choose another time of day for first in [schedule], or write a date into the episode's notes"
    return Problem(f"by the schedule it comes out when clocks change: {change.message}", hint)


def find_idle_skips(schedule: Schedule) -> tuple[date, ...]:
    """Return the days to skip on which nothing is scheduled anyway."""
    idle = set(schedule.skip)
    slot = 0
    while idle and (day := _slot(schedule, slot)) <= max(idle):
        idle.discard(day)
        slot += 1
    return tuple(sorted(idle))


def _read(written: str, time_of_day: time) -> datetime | Problem:
    text = written.strip()
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return _explain(text)
    try:
        day = date.fromisoformat(match["date"])
        if match["time"] is None:
            return datetime.combine(day, time_of_day.replace(tzinfo=None))
        zone = (match["zone"] or "").strip().upper()
        return datetime.fromisoformat(f"{match['date']}T{match['time']}{zone}")
    except ValueError:
        ends_day = (match["time"] or "").startswith("24:00")
        hint = "write the next day with 00:00:00" if ends_day else _DATE_FORMS
        return Problem(f"{quote(text)} is not in the calendar or not on the clock", hint)


def _explain(text: str) -> Problem:
    readings = read_dates(text)
    hint = " or ".join(reading.written for reading in readings)
    if len(readings) > 1:
        is_one_year = len({reading.day.year for reading in readings}) == 1
        meanings = [
            f"{day.day} {MONTHS[day.month - 1]}{'' if is_one_year else f' {day.year}'}" for day, _ in readings
        ]
        return Problem(f"{quote(text)} can be read as {' or '.join(meanings)}", f"write the date as {hint}")
    if readings:
        return Problem(f"{quote(text)} is not how a date is written here", f"write the date as {hint}")
    return Problem(f"{quote(text)} is not a date", _DATE_FORMS)


def _complete(written: date, time_of_day: time) -> datetime:
    return written if isinstance(written, datetime) else datetime.combine(written, time_of_day.replace(tzinfo=None))


def _settle(moment: datetime, timezone: ZoneInfo | None) -> datetime:
    """Go to UTC and back, which moves a time that the clocks skip to the one they show."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone)
    zone = timezone or moment.tzinfo
    return moment.astimezone(UTC).astimezone(zone)


def _show_zones(moment: datetime) -> str:
    example = f"{moment:%Y-%m-%dT%H:%M:%S}-07:00"
    return f'write timezone = "America/Los_Angeles" into show.toml, or the zone into the date, as in {example}'


def _find_nearest_zone(name: str) -> str | None:
    if any(map(str.isdigit, name)):
        return None  # UTC+2 is that of a place for half of a year, and IANA's Etc/GMT+2 is two hours behind
    wanted = re.sub(r"\s+", "_", name).casefold()
    zones = sorted(zoneinfo.available_timezones() - set(ABBREVIATIONS))
    # Cities first: "Los Angeles" is nearer to America/Los_Angeles than to any name that is spelled alike.
    names = {zone.casefold(): zone for zone in zones} | {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.8)
    return names[nearest[0]] if nearest else None


def _find_slot(schedule: Schedule, number: int) -> datetime:
    """Return the local time of an episode's slot, as clocks would show it if they never changed."""
    skip = set(schedule.skip)
    days = (day for slot in itertools.count() if (day := _slot(schedule, slot)) not in skip)
    day = next(itertools.islice(days, number - 1, None))
    return datetime.combine(day, schedule.first.replace(tzinfo=None, fold=0).time())


def _slot(schedule: Schedule, slot: int) -> date:
    count, unit = schedule.every
    steps = count * slot
    if unit == "month":
        return _add_months(schedule.first.date(), steps)
    return schedule.first.date() + steps * timedelta(**{f"{unit}s": 1})


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
