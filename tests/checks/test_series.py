"""What makes a limited series whole: all that was promised, and a trailer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.model import EpisodeType, ShowType
from tests.values import NOW, a_show, an_episode, messages

TRAILER, BONUS = EpisodeType.TRAILER, EpisodeType.BONUS
DAY = timedelta(days=1)


def numbered(*numbers: int | None, **changes: Any) -> tuple[Any, ...]:
    return tuple(an_episode(f"f{at}", number=number, **changes) for at, number in enumerate(numbers))


@pytest.mark.parametrize(
    ("numbers", "total", "said"),
    [
        ((), 2, "episodes 1 and 2 of 2, the finale among them, are not in the folder yet"),
        ((1, 2, 3, 4, 5), 8, "episodes 6 to 8 of 8, the finale among them, are not in the folder yet"),
        ((1, 2), 3, "episode 3 of 3, the finale, is not in the folder yet"),
        ((1, None), 8, "6 of 8 episodes are not in the folder yet"),
        ((None,), 2, "1 of 2 episodes is not in the folder yet"),
        ((1, 1), 3, "episodes 2 and 3 of 3, the finale among them, are not in the folder yet"),
        ((1, 2), 2, None),
        ((1, 8), 8, None),
        ((9,), 8, None),
        ((1, None), 2, None),
        ((1,), None, None),
    ],
)
def test_what_is_promised_and_not_there_yet_is_told(
    numbers: tuple[int | None, ...], total: int | None, said: str | None
) -> None:
    show = a_show(*numbered(*numbers), total_episodes=total)
    assert messages(show, "S115") == ([said] if said else [])


def test_a_draft_and_a_withdrawn_episode_are_in_the_folder() -> None:
    show = a_show(*numbered(1), *numbered(2, draft=True), *numbered(3, withdrawn=NOW), total_episodes=3)
    assert messages(show, "S115") == []


def test_a_bonus_a_trailer_and_another_season_are_none_of_the_promised() -> None:
    others = (*numbered(2, type=BONUS), *numbered(None, type=TRAILER), *numbered(2, season=2))
    assert len(messages(a_show(*numbered(1), *others, total_episodes=2), "S115")) == 1
    assert messages(a_show(*numbered(1), *others, total_episodes=1), "S116") == []


@pytest.mark.parametrize(
    ("numbers", "found"),
    [((None, None, None), True), ((1, 2, None), True), ((1, None), False), ((1, 2, 3), False), ((1, 1, 2), False)],
)
def test_more_than_promised_are_counted_where_no_number_tells(numbers: tuple[int | None, ...], found: bool) -> None:
    show = a_show(*numbered(*numbers), total_episodes=2, type=ShowType.EPISODIC)
    assert bool(messages(show, "S116")) is found
    assert messages(a_show(*numbered(*numbers, draft=True), total_episodes=2), "S116") == []


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
def test_a_trailer_is_missed_while_the_series_is_going_on(changes: dict[str, Any], found: bool) -> None:
    assert bool(messages(a_show(*numbered(1, date=NOW), **changes), "S117")) is found


@pytest.mark.parametrize(
    ("changes", "found"),
    [({"number": None}, False), ({"number": None, "draft": True}, False), ({"number": 2}, True)],
    ids=["trailer", "draft", "teaser"],
)
def test_a_teaser_of_an_episode_is_no_trailer_of_the_show(changes: dict[str, Any], found: bool) -> None:
    trailer = an_episode("00", type=TRAILER, **changes)
    assert bool(messages(a_show(*numbered(1), trailer), "S117")) is found
