"""Read dates, time zones and intervals, and compute the dates of a schedule."""

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

# With seconds, because TOML requires them.
_DATE_FORMS = "write the date as 2024-09-05, or with a time 2024-09-05 06:00:00"
_ZONE_FORMS = "America/Los_Angeles, America/New_York, Europe/London"
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_INTERVAL = re.compile(r"(?:every )?(?:(\d{1,3}) )?(day|week|month)s?", re.ASCII | re.IGNORECASE)
# At most half a year, so that the dates of thousands of episodes stay within the range of datetime.
_MAX_COUNTS = {"day": 183, "week": 26, "month": 6}
# Not those of strftime, which depend on the locale.
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def parse_moment(written: str | date, timezone: ZoneInfo | None, time_of_day: time) -> datetime | Problem:
    """Read `2024-09-05`, `2024-09-05 06:00` or ISO 8601 with a zone, or complete a date or datetime of TOML.

    A date without a time gets `time_of_day`. A date without a zone is in `timezone`; if `timezone` is None, it is a
    problem. A time that daylight saving skips moves forward as clocks do. The year must be from 1990 to 2100.
    """
    moment = _read_moment(written, time_of_day) if isinstance(written, str) else _add_time(written, time_of_day)
    if isinstance(moment, Problem):
        return moment
    shown = quote(written) if isinstance(written, str) else written.isoformat()
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return Problem(f"{shown} is not in the years {FIRST_YEAR} to {LAST_YEAR}", _DATE_FORMS)
    if moment.tzinfo is None and timezone is None:
        return Problem(f"{shown} has no time zone", _suggest_zone(moment))
    return _resolve_clock_change(moment, timezone)


def find_clock_change(written: str | date, timezone: ZoneInfo | None, time_of_day: time) -> Problem | None:
    """Explain which time `parse_moment` returns for a time that daylight saving skips or repeats.

    Return None for all other times.
    """
    moment = _read_moment(written, time_of_day) if isinstance(written, str) else _add_time(written, time_of_day)
    if isinstance(moment, Problem) or moment.tzinfo or timezone is None:
        return None
    first, second = (moment.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return None
    if before < after:
        replacement = _resolve_clock_change(first, timezone)
        message = f"clocks skip {moment:%Y-%m-%d %H:%M} in {timezone}; {replacement:%H:%M} is used instead"
        return Problem(message, "write the time that you mean")
    message = f"{moment:%Y-%m-%d %H:%M} occurs twice in {timezone}, because clocks are set back; the first is used"
    return Problem(message, f"write the zone, too: {first.isoformat()} or {second.isoformat()}")


def parse_day(written: str | date) -> date | Problem:
    """Read a date without a time: `2024-11-28`, or a date of TOML."""
    moment = parse_moment(written, ZoneInfo("UTC"), time())
    return moment if isinstance(moment, Problem) else moment.date()


def parse_every(written: str) -> tuple[int, str] | Problem:
    """Read the interval between two episodes, at most half a year: return count and unit of `week` or `3 days`."""
    match = _INTERVAL.fullmatch(written.strip())
    forms = 'write "day", "3 days", "week", "2 weeks" or "month"'
    if match is None:
        return Problem(f"{quote(written)} is not an interval", forms)
    count, unit = int(match[1] or 1), match[2].lower()
    if not 1 <= count <= _MAX_COUNTS[unit]:
        return Problem(f"{quote(written)} is not an interval between a day and half a year", forms)
    return count, unit


@functools.lru_cache(maxsize=16)
def parse_timezone(written: str) -> ZoneInfo | Problem:
    """Read the name of a time zone in the spelling of the IANA database."""
    name = written.strip()
    if name in zoneinfo.available_timezones() and name not in ABBREVIATIONS:
        return ZoneInfo(name)
    nearest = ABBREVIATIONS.get(name.upper()) or _find_nearest_zone(name)
    hint = f'write "{nearest}"' if nearest else f"write a large city in the time zone, as in {_ZONE_FORMS}"
    return Problem(f"{quote(written)} is not the name of a time zone", hint)


def format_moment(moment: datetime, timezone: ZoneInfo | None, now: datetime) -> str:
    """Format a moment in the show's time zone: `Thu 12 Sep 06:00`, with the year if it is not the current one."""
    local = moment.astimezone(timezone) if timezone else moment
    year = "" if local.year == now.astimezone(local.tzinfo).year else f" {local.year}"
    return f"{_DAY_NAMES[local.weekday()]} {local.day} {MONTHS[local.month - 1][:3]}{year} {local:%H:%M}"


def compute_release_date(schedule: Schedule, number: int) -> datetime:
    """Return the scheduled release date of the episode with this number; the first is number 1.

    The local time stays the same when clocks change. Steps of months keep the day of the month, or use the last
    day of a shorter month. A date in `skip` gets no episode: the episode and all later ones move to the next date.
    """
    return _resolve_clock_change(_find_slot(schedule, number).replace(tzinfo=schedule.first.tzinfo), None)


def find_scheduled_clock_change(schedule: Schedule, number: int) -> Problem | None:
    """Explain which time `compute_release_date` returns for a slot that daylight saving skips or repeats.

    Return None for all other slots.
    """
    zone, slot = schedule.first.tzinfo, _find_slot(schedule, number)
    change = find_clock_change(slot, zone, time()) if isinstance(zone, ZoneInfo) else None
    if change is None or slot.date() == schedule.first.date():
        return None  # the reader of show.toml reports the first date
    hint = "choose another time of day for first in [schedule], or add a date to the episode's notes"
    return Problem(f"the schedule releases this episode when clocks change: {change.message}", hint)


def find_idle_skips(schedule: Schedule) -> tuple[date, ...]:
    """Return the days in `skip` that have no effect, because no episode is scheduled on them."""
    idle = set(schedule.skip)
    slot = 0
    while idle and (day := _compute_slot_day(schedule, slot)) <= max(idle):
        idle.discard(day)
        slot += 1
    return tuple(sorted(idle))


def _read_moment(written: str, time_of_day: time) -> datetime | Problem:
    text = written.strip()
    match = _MOMENT.fullmatch(text)
    if match is None:
        return _explain_format(text)
    try:
        day = date.fromisoformat(match["date"])
        if match["time"] is None:
            return datetime.combine(day, time_of_day.replace(tzinfo=None))
        zone = (match["zone"] or "").strip().upper()
        return datetime.fromisoformat(f"{match['date']}T{match['time']}{zone}")
    except ValueError:
        ends_day = (match["time"] or "").startswith("24:00")
        hint = "write the next day with 00:00:00" if ends_day else _DATE_FORMS
        return Problem(f"{quote(text)} is not a valid date or time", hint)


def _explain_format(text: str) -> Problem:
    readings = read_dates(text)
    hint = " or ".join(reading.written for reading in readings)
    if len(readings) > 1:
        is_one_year = len({reading.day.year for reading in readings}) == 1
        meanings = [
            f"{day.day} {MONTHS[day.month - 1]}{'' if is_one_year else f' {day.year}'}" for day, _ in readings
        ]
        return Problem(f"{quote(text)} can be read as {' or '.join(meanings)}", f"write the date as {hint}")
    if readings:
        return Problem(f"{quote(text)} is not in the right date format", f"write the date as {hint}")
    return Problem(f"{quote(text)} is not a date", _DATE_FORMS)


def _add_time(written: date, time_of_day: time) -> datetime:
    return written if isinstance(written, datetime) else datetime.combine(written, time_of_day.replace(tzinfo=None))


def _resolve_clock_change(moment: datetime, timezone: ZoneInfo | None) -> datetime:
    """Convert to UTC and back, which moves a time that clocks skip to the time that they show instead."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone)
    zone = timezone or moment.tzinfo
    return moment.astimezone(UTC).astimezone(zone)


def _suggest_zone(moment: datetime) -> str:
    example = f"{moment:%Y-%m-%dT%H:%M:%S}-07:00"
    return f'add timezone = "America/Los_Angeles" to show.toml, or add the zone to the date, as in {example}'


def _find_nearest_zone(name: str) -> str | None:
    if any(map(str.isdigit, name)):
        return None  # UTC+2 is the time of a place in summer only, and the Etc/GMT+2 of IANA means UTC-2
    wanted = re.sub(r"\s+", "_", name).casefold()
    zones = sorted(zoneinfo.available_timezones() - set(ABBREVIATIONS))
    # Compare with the city alone, too: "Los Angeles" must match America/Los_Angeles.
    names = {zone.casefold(): zone for zone in zones} | {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.8)
    return names[nearest[0]] if nearest else None


def _find_slot(schedule: Schedule, number: int) -> datetime:
    """Return the local time of an episode's slot, without the effect of clock changes."""
    skip = set(schedule.skip)
    days = (day for slot in itertools.count() if (day := _compute_slot_day(schedule, slot)) not in skip)
    day = next(itertools.islice(days, number - 1, None))
    return datetime.combine(day, schedule.first.replace(tzinfo=None, fold=0).time())


def _compute_slot_day(schedule: Schedule, slot: int) -> date:
    """Return the day of a slot. Slots count from 0 and include those on skipped days."""
    count, unit = schedule.every
    steps = count * slot
    if unit == "month":
        return _add_months(schedule.first.date(), steps)
    return schedule.first.date() + steps * timedelta(**{f"{unit}s": 1})


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
