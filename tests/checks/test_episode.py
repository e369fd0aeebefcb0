"""Test the rules that compare the numbers, dates and GUIDs of episodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.build.due import find_first_errors
from podcastkit.checks import check_show
from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.model import EpisodeType, Owner, ShowType
from podcastkit.text.folder_name import parse_folder_name
from tests.values import NOW, make_episode, make_record, make_show, messages

TRAILER, BONUS = EpisodeType.TRAILER, EpisodeType.BONUS
DAY = timedelta(days=1)


def make_episodes(*numbers: int, season: int = 1) -> tuple[Any, ...]:
    return tuple(make_episode(f"s{season}-{number}", number=number, season=season) for number in numbers)


@pytest.mark.parametrize("code", ["E102", "E117"])
def test_message_about_many_duplicates_names_a_few(code: str) -> None:
    episodes = [make_episode(f"{at:03}", number=1 if code == "E102" else at, guid="g") for at in range(1, 301)]
    found = messages(make_show(*episodes), code)
    assert len(found) == 300
    assert all(len(one) < 100 and "294 others" in one for one in found)


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (NOW, NOW - DAY, True),
        (NOW + 9 * DAY, NOW + DAY, True),
        (None, NOW - DAY, True),
        (NOW + DAY, None, True),
        (NOW, NOW, False),
        (NOW - DAY, None, False),
        (None, NOW + DAY, False),
        (None, None, False),
    ],
)
def test_date_before_that_of_a_lower_number_is_reported(first: Any, second: Any, found: bool) -> None:
    show = make_show(make_episode("01", number=1, date=first), make_episode("02", number=2, date=second))
    assert bool(messages(show, "E112")) is found


@pytest.mark.parametrize(
    "changes",
    [{"season": 2}, {"draft": True}, {"type": BONUS}, {"number": 1}, {"number": None}],
    ids=str,
)
def test_dates_are_compared_only_in_the_order_of_a_season(changes: dict[str, Any]) -> None:
    second = make_episode("02", **{"number": 2, "date": NOW - DAY, **changes})
    assert messages(make_show(make_episode("01", number=1, date=NOW), second), "E112") == []


def test_unreadable_date_is_not_compared() -> None:
    unreadable = Diagnostic(code="E203", severity=Severity.ERROR, message="m", episode="01")
    first, second = make_episode("01", number=1), make_episode("02", number=2, date=NOW - DAY)
    assert messages(make_show(first, second, diagnostics=(unreadable,)), "E112") == []


def test_dates_of_an_episodic_show_are_not_compared() -> None:
    show = make_show(
        make_episode("01", number=1, date=NOW), make_episode("02", number=2, date=NOW - DAY), type=ShowType.EPISODIC
    )
    assert messages(show, "E112") == []


def test_episode_without_date_has_the_date_of_its_first_publish() -> None:
    second = make_episode("02", number=2, record=make_record())
    assert messages(make_show(make_episode("01", number=1, date=NOW), second), "E112") == [
        "number 2 is released before number 1 (Thu 5 Sep 00:00 and Fri 1 Nov 12:00)"
    ]


@pytest.mark.parametrize(
    ("trailers", "found"),
    [
        ([{"date": NOW - 2 * DAY}], False),
        ([{"date": NOW}], True),
        ([{}], True),
        ([{"date": NOW}, {"date": NOW - 2 * DAY}], False),
        ([{"date": NOW, "season": 2}], False),
        ([{"date": NOW, "season": 1}], True),
        ([{"date": NOW, "draft": True}], False),
        ([{"date": NOW, "number": 2}], False),
    ],
    ids=["before", "after", "undated", "another one before", "next season", "season", "draft", "teaser"],
)
def test_trailer_released_after_the_first_episode_is_reported(trailers: list[dict[str, Any]], found: bool) -> None:
    trailer_episodes = [
        make_episode(f"t{at}", **{"type": TRAILER, "number": None, "season": None, **trailer})
        for at, trailer in enumerate(trailers)
    ]
    first = make_episode("01", number=1, date=NOW - DAY)
    assert bool(messages(make_show(*trailer_episodes, first), "E113")) is found
    assert messages(make_show(*trailer_episodes, first, type=ShowType.EPISODIC), "E113") == []
    assert messages(make_show(*trailer_episodes), "E113") == []


def test_season_may_continue_the_numbers_of_the_season_before() -> None:
    show = make_show(*make_episodes(1, 2), *make_episodes(3, 5, season=2))
    assert messages(show, "E103") == ["season 2 lacks number 4"]
    assert messages(make_show(*make_episodes(3, season=2)), "E103") == ["season 2 lacks numbers 1 and 2"]


def test_guid_with_another_finding_is_not_reported_again() -> None:
    duplicates = [make_episode(folder, number=at, guid="g") for at, folder in enumerate(("01", "02"), 1)]
    reported = tuple(
        Diagnostic(code="E106", severity=Severity.ERROR, message="m", episode=one) for one in ("01", "02")
    )
    assert messages(make_show(*duplicates), "E117") == [
        "the guid g is also used by 02",
        "the guid g is also used by 01",
    ]
    assert messages(make_show(*duplicates, diagnostics=reported), "E117") == []
    assert messages(make_show(duplicates[0], make_episode("02", number=2, guid="g", draft=True)), "E117") == []


@pytest.mark.parametrize(
    "folder", ["planning", "05-2024-09-05", "2024-09-05-planning", "05 planning", "s1e05-2024-09-05"]
)
def test_suggested_folder_name_has_the_free_number(folder: str) -> None:
    others = (make_episode("01", number=1), make_episode("2-draft", number=2, folder_number=2, draft=True))
    ahead = make_episode("03", number=3, date=NOW + DAY)
    named_only = make_episode("04-bonus", type=BONUS, number=None, folder_number=4)
    show = make_show(*others, ahead, named_only, make_episode(folder, number=None))
    (finding,) = [one for one in check_show(show).findings if one.code == "E101"]
    assert finding.message.endswith("5 is free")
    assert finding.hint
    assert parse_folder_name(finding.hint.split(" or write ")[0].removeprefix("rename the folder to ")).number == 5
    assert find_first_errors(check_show(show))[folder] == finding


def test_folder_name_that_cannot_have_a_number_is_not_suggested() -> None:
    (finding,) = [
        one
        for one in check_show(make_show(make_episode("trailer-park", number=None))).findings
        if one.code == "E101"
    ]
    assert finding.hint
    assert finding.hint.startswith("write number: 1 between two lines of ---")


def test_long_link_or_owner_is_only_a_warning() -> None:
    link = "https://example.org/" + "x" * 240
    show = make_show(
        make_episode(link=link, number=1), link=link, owner=Owner(name="x" * 256, email="a@example.org")
    )
    found = [
        (one.code, one.severity, one.message) for one in check_show(show).findings if one.code in {"E107", "S103"}
    ]
    assert found == [
        ("S103", Severity.WARNING, "the link has 260 characters, but at most 255 are allowed"),
        ("S103", Severity.WARNING, "the owner has 256 characters, but at most 255 are allowed"),
        ("E107", Severity.WARNING, "the link has 260 characters, but at most 255 are allowed"),
    ]


def test_draft_needs_no_number() -> None:
    assert messages(make_show(make_episode("idea", number=None, draft=True)), "E101") == []
