from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import EpisodeType, Frequency, LiveItem, Schedule, Withdrawal
from podcastkit.text.dates import compute_release_date
from podcastkit.text.update_frequency import count_released, describe_frequency, is_finished
from tests.values import make_episode, make_show

FIRST = datetime(2024, 9, 5, 6, tzinfo=ZoneInfo("America/Los_Angeles"))
WEEKLY = Schedule(first=FIRST, every=(1, "week"))
SERIES = [make_episode(f"{number:02}-x", number=number) for number in range(1, 9)]


def make_live_item(number: int | None, season: int | None = 1, kind: EpisodeType = EpisodeType.FULL) -> LiveItem:
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
def test_running_series_has_interval_and_episode_count(
    every: tuple[int, str], total: int | None, text: str, rule: str
) -> None:
    show = make_show(schedule=Schedule(first=FIRST, every=every), total_episodes=total)
    assert describe_frequency(show, []) == Frequency(text=text, start=FIRST, rule=rule)


@pytest.mark.parametrize(
    ("language", "running", "complete"),
    [
        ("es-MX", "Semanal, 8 episodios", "Completo: 8 episodios"),
        ("EN", "Weekly, 8 episodes", "Complete: 8 episodes"),
        ("de", "Weekly, 8 episodes", "Complete: 8 episodes"),
    ],
)
def test_text_is_in_the_language_of_the_show(language: str, running: str, complete: str) -> None:
    show = make_show(schedule=WEEKLY, total_episodes=8, language=language)
    for out, words in (([], running), (SERIES, complete)):
        frequency = describe_frequency(show, out)
        assert frequency
        assert frequency.text == words


def test_custom_text_is_used_until_the_finale() -> None:
    own = Schedule(first=FIRST, every=(1, "week"), text="Donnerstags, acht Folgen")
    show = make_show(schedule=own, total_episodes=8)
    running, complete = describe_frequency(show, SERIES[:7]), describe_frequency(show, SERIES)
    assert running
    assert (running.text, running.rule) == ("Donnerstags, acht Folgen", "FREQ=WEEKLY;COUNT=8")
    assert complete == Frequency(text="Complete: 8 episodes", complete=True)


def test_without_schedule_only_the_episode_count_is_shown() -> None:
    assert describe_frequency(make_show(total_episodes=8), []) == Frequency(text="8 episodes")
    assert describe_frequency(make_show(), SERIES) is None


def test_series_of_unknown_length_is_complete_when_marked_complete() -> None:
    assert describe_frequency(make_show(complete=True, schedule=WEEKLY), SERIES) == Frequency(
        text="Complete", complete=True
    )
    frequency = describe_frequency(make_show(complete=True, schedule=WEEKLY, total_episodes=8), SERIES[:7])
    assert frequency
    assert not frequency.complete


@pytest.mark.parametrize(
    ("out", "count"),
    [
        (SERIES, 8),
        (SERIES[:7], 7),
        ([*SERIES[:7], make_episode(number=7)], 7),
        ([*SERIES[:7], make_episode(number=9)], 7),
        ([*SERIES[:7], make_episode(number=8, season=2)], 7),
        ([*SERIES[:7], make_episode(number=8, type=EpisodeType.BONUS)], 7),
        ([*SERIES[:7], make_episode(number=None, type=EpisodeType.TRAILER)], 7),
        ([*SERIES[:7], make_episode(number=None)], 8),
        ([*SERIES[:7], make_live_item(8)], 8),
        ([*SERIES[:7], make_live_item(8, season=None)], 8),
        ([*SERIES[:7], make_live_item(8, season=2)], 7),
    ],
    ids=[
        *("all", "one missing", "duplicate", "after the last", "other season", "bonus", "trailer", "no number"),
        *("kept", "kept without season", "kept, other season"),
    ],
)
def test_count_released_counts_full_episodes_of_the_season(out: list[object], count: int) -> None:
    show = make_show(total_episodes=8)
    assert count_released(show, out) == count  # type: ignore[arg-type] # episodes and live items
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
    ids=["the missing one", "number used again", "other season", "unknown", "unknown, complete"],
)
def test_withdrawn_episode_counts_as_released(withdrawn: dict[str, int], complete: bool, finished: bool) -> None:
    gone = Withdrawal(guid="gone", at=FIRST, **withdrawn)  # type: ignore[arg-type] # numbers
    show = make_show(total_episodes=8, complete=complete, withdrawn=(gone,))
    assert is_finished(show, SERIES[:7]) == finished


def test_series_of_unknown_length_is_never_finished() -> None:
    assert not is_finished(make_show(), SERIES)


def expand_rule(rule: str, schedule: Schedule, most: int) -> list[datetime]:
    """Return the dates of a rule as a calendar computes them, in the local time of the schedule."""
    start = schedule.first.replace(tzinfo=None)
    return [moment for _, moment in zip(range(most), rrulestr(rule, dtstart=start), strict=False)]


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    every=st.tuples(st.integers(1, 6), st.sampled_from(["day", "week", "month"])),
    total=st.integers(1, 30),
)
def test_rule_has_the_dates_of_the_schedule(first: date, every: tuple[int, str], total: int) -> None:
    schedule = Schedule(first=datetime.combine(first, time(6), UTC), every=every)
    frequency = describe_frequency(make_show(schedule=schedule, total_episodes=total), [])
    assert frequency
    assert frequency.rule
    expected = [compute_release_date(schedule, number).replace(tzinfo=None) for number in range(1, total + 1)]
    assert expand_rule(frequency.rule, schedule, 99) == expected


@given(
    every=st.tuples(st.integers(1, 3), st.sampled_from(["day", "week", "month"])),
    total=st.integers(1, 12),
    skip=st.sets(st.integers(0, 120).map(lambda days: date(2024, 9, 5) + timedelta(days=days))),
)
def test_rule_with_skipped_days_reaches_the_finale(every: tuple[int, str], total: int, skip: set[date]) -> None:
    schedule = Schedule(first=datetime(2024, 9, 5, 6, tzinfo=UTC), every=every, skip=(*skip, *skip))
    frequency = describe_frequency(make_show(schedule=schedule, total_episodes=total), [])
    assert frequency
    assert frequency.rule
    expanded = expand_rule(frequency.rule, schedule, 999)
    assert [day for day in expanded if day.date() not in skip] == [
        compute_release_date(schedule, number).replace(tzinfo=None) for number in range(1, total + 1)
    ]
    assert expanded[-1] == compute_release_date(schedule, total).replace(tzinfo=None)
