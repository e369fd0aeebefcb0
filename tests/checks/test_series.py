"""Test the rules about a limited series: its remaining episodes and its trailer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.model import EpisodeType, ShowType
from tests.values import NOW, make_episode, make_show, messages

TRAILER, BONUS = EpisodeType.TRAILER, EpisodeType.BONUS
DAY = timedelta(days=1)


def make_episodes(*numbers: int | None, **changes: Any) -> tuple[Any, ...]:
    return tuple(make_episode(f"f{at}", number=number, **changes) for at, number in enumerate(numbers))


@pytest.mark.parametrize(
    ("numbers", "total", "message"),
    [
        ((), 2, "episodes 1 and 2 of 2, including the finale, are not in the folder yet"),
        ((1, 2, 3, 4, 5), 8, "episodes 6 to 8 of 8, including the finale, are not in the folder yet"),
        ((1, 2), 3, "episode 3 of 3, the finale, is not in the folder yet"),
        ((1, None), 8, "6 of 8 episodes are not in the folder yet"),
        ((None,), 2, "1 of 2 episodes is not in the folder yet"),
        ((1, 1), 3, "episodes 2 and 3 of 3, including the finale, are not in the folder yet"),
        ((1, 2), 2, None),
        ((1, 8), 8, None),
        ((9,), 8, None),
        ((1, None), 2, None),
        ((1,), None, None),
    ],
)
def test_remaining_episodes_are_reported(
    numbers: tuple[int | None, ...], total: int | None, message: str | None
) -> None:
    show = make_show(*make_episodes(*numbers), total_episodes=total)
    assert messages(show, "S115") == ([message] if message else [])


def test_draft_and_withdrawn_episodes_are_counted() -> None:
    show = make_show(
        *make_episodes(1), *make_episodes(2, draft=True), *make_episodes(3, withdrawn=NOW), total_episodes=3
    )
    assert messages(show, "S115") == []


def test_bonus_trailer_and_another_season_do_not_count() -> None:
    others = (*make_episodes(2, type=BONUS), *make_episodes(None, type=TRAILER), *make_episodes(2, season=2))
    assert len(messages(make_show(*make_episodes(1), *others, total_episodes=2), "S115")) == 1
    assert messages(make_show(*make_episodes(1), *others, total_episodes=1), "S116") == []


@pytest.mark.parametrize(
    ("numbers", "found"),
    [((None, None, None), True), ((1, 2, None), True), ((1, None), False), ((1, 2, 3), False), ((1, 1, 2), False)],
)
def test_more_episodes_than_announced_are_reported_if_no_number_is_too_high(
    numbers: tuple[int | None, ...], found: bool
) -> None:
    show = make_show(*make_episodes(*numbers), total_episodes=2, type=ShowType.EPISODIC)
    assert bool(messages(show, "S116")) is found
    assert messages(make_show(*make_episodes(*numbers, draft=True), total_episodes=2), "S116") == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"type": ShowType.EPISODIC}, False),
        ({"complete": True}, False),
        ({"total_episodes": 1}, False),
        ({"total_episodes": 2}, True),
    ],
)
def test_missing_trailer_is_reported_until_the_series_is_finished(changes: dict[str, Any], found: bool) -> None:
    assert bool(messages(make_show(*make_episodes(1, date=NOW), **changes), "S117")) is found


@pytest.mark.parametrize(
    ("changes", "found"),
    [({"number": None}, False), ({"number": None, "draft": True}, False), ({"number": 2}, True)],
    ids=["trailer", "draft", "teaser"],
)
def test_trailer_of_an_episode_is_not_the_trailer_of_the_show(changes: dict[str, Any], found: bool) -> None:
    trailer = make_episode("00", type=TRAILER, **changes)
    assert bool(messages(make_show(*make_episodes(1), trailer), "S117")) is found
