from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import EpisodeType, Frequency, LiveItem, Schedule, Withdrawal
from podcastkit.text.dates import scheduled
from podcastkit.text.update_frequency import count_out, describe_frequency, is_finished
from tests.values import a_show, an_episode

FIRST = datetime(2024, 9, 5, 6, tzinfo=ZoneInfo("America/Los_Angeles"))
WEEKLY = Schedule(first=FIRST, every=(1, "week"))
SERIES = [an_episode(f"{number:02}-x", number=number) for number in range(1, 9)]


def a_live_item(number: int | None, season: int | None = 1, kind: EpisodeType = EpisodeType.FULL) -> LiveItem:
    return LiveItem(
        guid="kept",
        title="Kept",
        published=None,
        type=kind,
        season=season,
        number=number,
        enclosure_url=None,
        fields={},
        xml="<item/>",
    )


@pytest.mark.parametrize(
    ("every", "total", "text", "rule"),
    [
        ((1, "day"), None, "Daily", "FREQ=DAILY"),
        ((3, "day"), 5, "Every 3 days, 5 episodes", "FREQ=DAILY;INTERVAL=3;COUNT=5"),
        ((1, "week"), 8, "Weekly, 8 episodes", "FREQ=WEEKLY;COUNT=8"),
        ((2, "week"), 1, "Every 2 weeks, 1 episode", "FREQ=WEEKLY;INTERVAL=2;COUNT=1"),
        ((1, "month"), 8, "Monthly, 8 episodes", "FREQ=MONTHLY;COUNT=8"),
        ((2, "month"), None, "Every 2 months", "FREQ=MONTHLY;INTERVAL=2"),
    ],
)
def test_a_running_series_tells_its_rhythm_and_its_length(
    every: tuple[int, str], total: int | None, text: str, rule: str
) -> None:
    show = a_show(schedule=Schedule(first=FIRST, every=every), total_episodes=total)
    assert describe_frequency(show, []) == Frequency(text=text, start=FIRST, rule=rule)


@pytest.mark.parametrize(
    ("language", "running", "complete"),
    [
        ("es-MX", "Semanal, 8 episodios", "Completo: 8 episodios"),
        ("EN", "Weekly, 8 episodes", "Complete: 8 episodes"),
        ("de", "Weekly, 8 episodes", "Complete: 8 episodes"),
    ],
)
def test_the_words_are_in_the_shows_language(language: str, running: str, complete: str) -> None:
    show = a_show(schedule=WEEKLY, total_episodes=8, language=language)
    for out, words in (([], running), (SERIES, complete)):
        frequency = describe_frequency(show, out)
        assert frequency
        assert frequency.text == words


def test_the_producers_own_words_stand_until_the_finale() -> None:
    own = Schedule(first=FIRST, every=(1, "week"), text="Donnerstags, acht Folgen")
    show = a_show(schedule=own, total_episodes=8)
    running, complete = describe_frequency(show, SERIES[:7]), describe_frequency(show, SERIES)
    assert running
    assert (running.text, running.rule) == ("Donnerstags, acht Folgen", "FREQ=WEEKLY;COUNT=8")
    assert complete == Frequency(text="Complete: 8 episodes", complete=True)


def test_without_a_schedule_only_the_length_is_told_and_without_that_nothing() -> None:
    assert describe_frequency(a_show(total_episodes=8), []) == Frequency(text="8 episodes")
    assert describe_frequency(a_show(), SERIES) is None


def test_a_series_without_a_length_is_complete_when_its_producer_says_so() -> None:
    assert describe_frequency(a_show(complete=True, schedule=WEEKLY), SERIES) == Frequency(
        text="Complete", complete=True
    )
    still = describe_frequency(a_show(complete=True, schedule=WEEKLY, total_episodes=8), SERIES[:7])
    assert still
    assert not still.complete


@pytest.mark.parametrize(
    ("out", "count"),
    [
        (SERIES, 8),
        (SERIES[:7], 7),
        ([*SERIES[:7], an_episode(number=7)], 7),
        ([*SERIES[:7], an_episode(number=9)], 7),
        ([*SERIES[:7], an_episode(number=8, season=2)], 7),
        ([*SERIES[:7], an_episode(number=8, type=EpisodeType.BONUS)], 7),
        ([*SERIES[:7], an_episode(number=None, type=EpisodeType.TRAILER)], 7),
        ([*SERIES[:7], an_episode(number=None)], 8),
        ([*SERIES[:7], a_live_item(8)], 8),
        ([*SERIES[:7], a_live_item(8, season=None)], 8),
        ([*SERIES[:7], a_live_item(8, season=2)], 7),
    ],
    ids=[
        *("all", "one lacks", "twice", "beyond", "other season", "bonus", "trailer", "no number"),
        *("kept", "kept without season", "kept of another"),
    ],
)
def test_the_full_episodes_of_the_season_are_counted(out: list[object], count: int) -> None:
    show = a_show(total_episodes=8)
    assert count_out(show, out) == count  # type: ignore[arg-type] # episodes and live items
    assert is_finished(show, out) == (count == 8)  # type: ignore[arg-type] # as above


@pytest.mark.parametrize(
    ("withdrawn", "complete", "finished"),
    [
        ({"number": 8}, False, True),
        ({"number": 7}, False, False),
        ({"number": 8, "season": 2}, False, False),
        ({}, False, False),
        ({}, True, True),
    ],
    ids=["the missing one", "one that is out again", "other season", "unknown", "unknown, complete"],
)
def test_a_withdrawn_episode_was_out(withdrawn: dict[str, int], complete: bool, finished: bool) -> None:
    gone = Withdrawal(guid="gone", at=FIRST, **withdrawn)  # type: ignore[arg-type] # numbers
    show = a_show(total_episodes=8, complete=complete, withdrawn=(gone,))
    assert is_finished(show, SERIES[:7]) == finished


def test_a_series_of_unknown_length_is_never_finished() -> None:
    assert not is_finished(a_show(), SERIES)


def dates_of(rule: str, schedule: Schedule, most: int) -> list[datetime]:
    """Read a rule as a calendar does, in the local time of the first."""
    start = schedule.first.replace(tzinfo=None)
    return [moment for _, moment in zip(range(most), rrulestr(rule, dtstart=start), strict=False)]


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    every=st.tuples(st.integers(1, 6), st.sampled_from(["day", "week", "month"])),
    total=st.integers(1, 30),
)
def test_a_calendar_finds_the_dates_of_the_schedule_in_the_rule(
    first: date, every: tuple[int, str], total: int
) -> None:
    schedule = Schedule(first=datetime.combine(first, time(6), UTC), every=every)
    frequency = describe_frequency(a_show(schedule=schedule, total_episodes=total), [])
    assert frequency
    assert frequency.rule
    wanted = [scheduled(schedule, number).replace(tzinfo=None) for number in range(1, total + 1)]
    assert dates_of(frequency.rule, schedule, 99) == wanted


@given(
    every=st.tuples(st.integers(1, 3), st.sampled_from(["day", "week", "month"])),
    total=st.integers(1, 12),
    skip=st.sets(st.integers(0, 120).map(lambda days: date(2024, 9, 5) + timedelta(days=days))),
)
def test_skipped_days_never_let_the_rule_end_before_the_finale(
    every: tuple[int, str], total: int, skip: set[date]
) -> None:
    schedule = Schedule(first=datetime(2024, 9, 5, 6, tzinfo=UTC), every=every, skip=(*skip, *skip))
    frequency = describe_frequency(a_show(schedule=schedule, total_episodes=total), [])
    assert frequency
    assert frequency.rule
    told = dates_of(frequency.rule, schedule, 999)
    assert [day for day in told if day.date() not in skip] == [
        scheduled(schedule, number).replace(tzinfo=None) for number in range(1, total + 1)
    ]
    assert told[-1] == scheduled(schedule, total).replace(tzinfo=None)
