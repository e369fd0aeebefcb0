from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import Schedule
from podcastkit.text.dates import (
    compute_release_date,
    find_clock_change,
    find_idle_skips,
    find_scheduled_clock_change,
    parse_day,
    parse_every,
    parse_moment,
    parse_timezone,
)
from podcastkit.text.problem import Problem

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SIX = time(6)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LOS_ANGELES)  # type: ignore[arg-type,misc]  # mypy cannot count the parts


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-09-05", local(2024, 9, 5, 6)),
        (" 2024-09-05 07:30 ", local(2024, 9, 5, 7, 30)),
        ("2024-09-05 06:00:30", local(2024, 9, 5, 6, 0, 30)),
        ("2024-09-05T06:00", local(2024, 9, 5, 6)),
        ("2024-09-05T06:00:00-04:00", local(2024, 9, 5, 3)),
        ("2024-09-05T06:00:00.5z", datetime(2024, 9, 5, 6, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-09-05 06:00 +0200", datetime(2024, 9, 5, 4, tzinfo=UTC)),
        (date(2024, 9, 5), local(2024, 9, 5, 6)),
        (datetime(2024, 9, 5, 7), local(2024, 9, 5, 7)),  # noqa: DTZ001 - TOML's local datetimes have no zone
        (datetime(2024, 9, 5, 7, tzinfo=UTC), datetime(2024, 9, 5, 7, tzinfo=UTC)),
    ],
)
def test_parse_moment_supported_formats(written: str | date, moment: datetime) -> None:
    read = parse_moment(written, LOS_ANGELES, SIX)
    assert read == moment
    assert isinstance(read, datetime)
    assert read.tzinfo is LOS_ANGELES


def test_parse_moment_with_own_zone_needs_no_default_zone() -> None:
    read = parse_moment("2024-09-05T06:00:00-07:00", None, SIX)
    assert read == datetime(2024, 9, 5, 6, tzinfo=timezone(timedelta(hours=-7)))


@pytest.mark.parametrize("written", ["2024-09-05", "2024-09-05 06:00", date(2024, 9, 5)])
def test_parse_moment_without_zone_shows_how_to_write_one(written: str | date) -> None:
    problem = parse_moment(written, None, SIX)
    assert isinstance(problem, Problem)
    assert "2024-09-05T06:00:00-07:00" in (problem.hint or "")


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("9/5/2024", '"9/5/2024" can be read as 5 September or 9 May', "2024-09-05 or 2024-05-09"),
        ("9.5.24", '"9.5.24" can be read as 5 September or 9 May', "2024-09-05 or 2024-05-09"),
        ("9/5/2024 6:00 am", "can be read as 5 September or 9 May", "2024-09-05 06:00:00 or 2024-05-09 06:00"),
        ("13/5/2024", "is not in the right date format", "write the date as 2024-05-13"),
        ("5/13/2024", "is not in the right date format", "write the date as 2024-05-13"),
        ("5-5-2024", "is not in the right date format", "write the date as 2024-05-05"),
        ("26-11-02", "can be read as 2 November 2026 or 26 November 2002", "2026-11-02 or 2002-11-26"),
        ("26.11.02", "can be read as 2 November 2026 or 26 November 2002", "2026-11-02 or 2002-11-26"),
        ("05/09/24", "9 May 2024 or 5 September 2024", "2005-09-24 or 2024-05-09 or 2024-09-05"),
        ("5-31-99", "is not in the right date format", "write the date as 1999-05-31"),
        ("32/5/2024", "is not a date", "2024-09-05 06:00"),
        ("next week", "is not a date", "2024-09-05 06:00"),
        ("2024-9-5", "is not in the right date format", "write the date as 2024-09-05"),
        ("2024-09-05 24:00", "is not a valid date or time", "the next day with 00:00:00"),
        ("2024-02-30", "is not a valid date or time", "2024-09-05 06:00"),
        ("2024-02-28 25:00", "is not a valid date or time", "2024-09-05 06:00"),
        ("2024-02-28 05:00+99:00", "is not a valid date or time", "2024-09-05 06:00"),
        ("२०२४-०९-०५", "is not a date", "2024-09-05 06:00"),
        ("1989-12-31", "is not in the years 1990 to 2100", "2024-09-05"),
        ("2101-01-01", "is not in the years 1990 to 2100", "2024-09-05"),
        (date(1, 1, 1), "is not in the years 1990 to 2100", "2024-09-05"),
    ],
)
def test_parse_moment_invalid_date_suggests_a_fix(written: str | date, message: str, hint: str) -> None:
    problem = parse_moment(written, LOS_ANGELES, SIX)
    assert isinstance(problem, Problem)
    assert message in problem.message
    assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        (
            "2024-03-10 02:30",
            "clocks skip 2024-03-10 02:30 in America/Los_Angeles; 03:30 is used instead",
            "you mean",
        ),
        (
            "2024-11-03 01:30",
            "2024-11-03 01:30 occurs twice",
            "2024-11-03T01:30:00-07:00 or 2024-11-03T01:30:00-08:00",
        ),
        (datetime(2024, 11, 3, 1, 30), "occurs twice", "-07:00"),  # noqa: DTZ001 - as in TOML
    ],
)
def test_find_clock_change_skipped_or_repeated_time_is_a_problem(
    written: str | date, message: str, hint: str
) -> None:
    problem = find_clock_change(written, LOS_ANGELES, SIX)
    assert problem
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "written", ["2024-03-10 01:59", "2024-03-10 03:00", "2024-11-03 02:00", "2024-11-03T01:30:00-08:00", "x"]
)
def test_find_clock_change_unambiguous_time_is_fine(written: str) -> None:
    assert find_clock_change(written, LOS_ANGELES, SIX) is None
    assert find_clock_change(written, None, SIX) is None


def test_parse_moment_skipped_time_moves_forward() -> None:
    read = parse_moment("2024-03-10 02:30", LOS_ANGELES, SIX)
    assert isinstance(read, datetime)
    assert read.isoformat() == "2024-03-10T03:30:00-07:00"


@given(st.text(), st.booleans())
def test_parse_moment_any_text_returns_moment_or_problem(written: str, zoned: bool) -> None:
    assert isinstance(parse_moment(written, LOS_ANGELES if zoned else None, SIX), datetime | Problem)


@given(
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{4})?)?", fullmatch=True
    )
)
def test_parse_moment_any_iso_like_text_returns_moment_or_problem(written: str) -> None:
    assert isinstance(parse_moment(written, LOS_ANGELES, SIX), datetime | Problem)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_parse_moment_reads_every_iso_moment(moment: datetime) -> None:
    # In a repeated hour, Python treats the same moment in two zones as different.
    parsed = parse_moment(moment.isoformat(), LOS_ANGELES, SIX)
    assert isinstance(parsed, datetime)
    assert parsed.astimezone(UTC) == moment


def test_parse_day_reads_date_or_returns_problem() -> None:
    assert parse_day("2024-11-28") == date(2024, 11, 28)
    assert parse_day(date(2024, 11, 28)) == date(2024, 11, 28)
    assert isinstance(parse_day("28/11/2024"), Problem)


@pytest.mark.parametrize(
    ("written", "every"),
    [
        ("day", (1, "day")),
        ("3 days", (3, "day")),
        ("week", (1, "week")),
        ("every 2 weeks", (2, "week")),
        ("Month", (1, "month")),
        ("26 weeks", (26, "week")),
    ],
)
def test_parse_every_valid_interval(written: str, every: tuple[int, str]) -> None:
    assert parse_every(written) == every


@pytest.mark.parametrize("written", ["weekly", "0 days", "27 weeks", "7 months", "year", "", "-1 week", "² weeks"])
def test_parse_every_invalid_interval_is_a_problem(written: str) -> None:
    problem = parse_every(written)
    assert isinstance(problem, Problem)
    assert '"2 weeks"' in (problem.hint or "")


def test_parse_timezone_valid_name() -> None:
    assert parse_timezone(" America/Los_Angeles ") == LOS_ANGELES


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("Los Angeles", "America/Los_Angeles"),
        ("america/los_angeles", "America/Los_Angeles"),
        ("America/Los_Angles", "America/Los_Angeles"),
        ("PST", "America/Los_Angeles"),
        ("est", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("../../etc/passwd", "America/Los_Angeles"),
        *(
            (written, "write a large city in the time zone")
            for written in ("", "GMT+2", "UTC-3", "+02:00", "AEST", "Beijing", "India")
        ),
    ],
)
def test_parse_timezone_unknown_name_suggests_the_nearest(written: str, nearest: str) -> None:
    problem = parse_timezone(written)
    assert isinstance(problem, Problem)
    assert nearest in (problem.hint or "")


def make_schedule(first: datetime, every: tuple[int, str], *skip: date) -> Schedule:
    return Schedule(first=first, every=every, skip=skip)


@pytest.mark.parametrize(
    ("schedule", "number", "moment"),
    [
        (make_schedule(local(2024, 9, 5, 6), (1, "week")), 1, "2024-09-05T06:00:00-07:00"),
        (make_schedule(local(2024, 9, 5, 6), (1, "week")), 8, "2024-10-24T06:00:00-07:00"),
        (make_schedule(local(2024, 9, 5, 6), (1, "week")), 10, "2024-11-07T06:00:00-08:00"),
        (make_schedule(local(2024, 9, 5, 6), (2, "week")), 3, "2024-10-03T06:00:00-07:00"),
        (make_schedule(local(2024, 9, 5, 6), (3, "day")), 2, "2024-09-08T06:00:00-07:00"),
        (make_schedule(local(2024, 1, 31, 6), (1, "month")), 2, "2024-02-29T06:00:00-08:00"),
        (make_schedule(local(2024, 1, 31, 6), (1, "month")), 3, "2024-03-31T06:00:00-07:00"),
        (make_schedule(local(2024, 11, 30, 6), (1, "month")), 4, "2025-02-28T06:00:00-08:00"),
        (make_schedule(local(2024, 3, 9, 2, 30), (1, "day")), 2, "2024-03-10T03:30:00-07:00"),
        (make_schedule(local(2024, 3, 9, 2, 30), (1, "day")), 3, "2024-03-11T02:30:00-07:00"),
    ],
)
def test_schedule_keeps_the_local_time(schedule: Schedule, number: int, moment: str) -> None:
    assert compute_release_date(schedule, number).isoformat() == moment


def test_schedule_skipped_day_moves_all_later_episodes() -> None:
    schedule = make_schedule(local(2024, 11, 21, 6), (1, "week"), date(2024, 11, 28), date(2024, 12, 25))
    days = [compute_release_date(schedule, number).date().isoformat() for number in range(1, 5)]
    assert days == ["2024-11-21", "2024-12-05", "2024-12-12", "2024-12-19"]


def test_schedule_first_day_can_be_skipped() -> None:
    schedule = make_schedule(local(2024, 11, 28, 6), (1, "week"), date(2024, 11, 28))
    assert compute_release_date(schedule, 1) == local(2024, 12, 5, 6)


def test_schedule_skips_local_dates() -> None:
    # 23:00 in Los Angeles is the next day in UTC.
    schedule = make_schedule(local(2024, 11, 28, 23), (1, "week"), date(2024, 11, 28))
    assert compute_release_date(schedule, 1) == local(2024, 12, 5, 23)


def test_find_idle_skips_returns_skipped_days_without_episode() -> None:
    schedule = make_schedule(
        local(2024, 11, 21, 6), (1, "week"), date(2024, 11, 29), date(2024, 11, 28), date(2020, 1, 1)
    )
    assert find_idle_skips(schedule) == (date(2020, 1, 1), date(2024, 11, 29))
    assert find_idle_skips(make_schedule(local(2024, 11, 21, 6), (1, "week"))) == ()


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.just(LOS_ANGELES)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from([(1, "day"), (2, "week"), (1, "month"), (6, "month"), (183, "day")]),
    st.integers(1, 60),
)
def test_schedule_dates_increase_with_the_number(first: datetime, every: tuple[int, str], number: int) -> None:
    schedule = make_schedule(first, every)
    assert compute_release_date(schedule, number) < compute_release_date(schedule, number + 1)


@pytest.mark.parametrize(
    ("first", "number", "message"),
    [
        (local(2024, 3, 3, 2, 30), 2, "clocks skip 2024-03-10 02:30 in America/Los_Angeles; 03:30 is used instead"),
        (local(2024, 10, 27, 1, 30), 2, "2024-11-03 01:30 occurs twice"),
        (datetime(2026, 9, 27, 2, 10, tzinfo=ZoneInfo("Australia/Lord_Howe")), 2, "02:40 is used instead"),
        (local(2024, 3, 3, 2, 30), 3, ""),
        (local(2024, 11, 3, 1, 30), 1, ""),  # the reader of show.toml reports the first date
        (datetime(2024, 3, 3, 2, 30, tzinfo=UTC), 2, ""),
    ],
)
def test_schedule_slot_at_clock_change_is_a_problem(first: datetime, number: int, message: str) -> None:
    change = find_scheduled_clock_change(Schedule(first=first, every=(1, "week")), number)
    assert message in change.message if change and message else change is None and not message


def test_schedule_highest_number_of_longest_interval_has_a_date() -> None:
    schedule = make_schedule(local(2100, 12, 31, 6), (6, "month"))
    assert compute_release_date(schedule, 9999).year == 7099
