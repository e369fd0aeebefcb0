"""Numbers, dates and GUIDs of episodes beside each other's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.build.due import first_errors
from podcastkit.checks import check_show
from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.model import EpisodeType, Owner, ShowType
from podcastkit.text.folder_name import parse_folder_name
from tests.values import NOW, a_record, a_show, an_episode, messages

TRAILER, BONUS = EpisodeType.TRAILER, EpisodeType.BONUS
DAY = timedelta(days=1)


def numbered(*numbers: int, season: int = 1) -> tuple[Any, ...]:
    return tuple(an_episode(f"s{season}-{number}", number=number, season=season) for number in numbers)


@pytest.mark.parametrize("code", ["E102", "E117"])
def test_of_very_many_rivals_a_few_are_named(code: str) -> None:
    rivals = [an_episode(f"{at:03}", number=1 if code == "E102" else at, guid="g") for at in range(1, 301)]
    told = messages(a_show(*rivals), code)
    assert len(told) == 300
    assert all(len(one) < 100 and "294 others" in one for one in told)


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
def test_dates_are_held_against_numbers(first: Any, second: Any, found: bool) -> None:
    show = a_show(an_episode("01", number=1, date=first), an_episode("02", number=2, date=second))
    assert bool(messages(show, "E112")) is found


@pytest.mark.parametrize(
    "changes",
    [{"season": 2}, {"draft": True}, {"type": BONUS}, {"number": 1}, {"number": None}],
    ids=str,
)
def test_dates_of_what_has_no_place_behind_it_are_free(changes: dict[str, Any]) -> None:
    second = an_episode("02", **{"number": 2, "date": NOW - DAY, **changes})
    assert messages(a_show(an_episode("01", number=1, date=NOW), second), "E112") == []


def test_a_date_that_could_not_be_read_is_told_as_that_alone() -> None:
    unreadable = Diagnostic(code="E203", severity=Severity.ERROR, message="m", episode="01")
    first, second = an_episode("01", number=1), an_episode("02", number=2, date=NOW - DAY)
    assert messages(a_show(first, second, diagnostics=(unreadable,)), "E112") == []


def test_an_episodic_show_has_no_order_of_numbers() -> None:
    show = a_show(
        an_episode("01", number=1, date=NOW), an_episode("02", number=2, date=NOW - DAY), type=ShowType.EPISODIC
    )
    assert messages(show, "E112") == []


def test_the_date_of_publication_counts_where_there_is_no_other() -> None:
    second = an_episode("02", number=2, record=a_record())
    assert messages(a_show(an_episode("01", number=1, date=NOW), second), "E112") == [
        "number 2 comes out Thu 5 Sep 00:00, and number 1 after it, Fri 1 Nov 12:00"
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
def test_a_trailer_comes_out_before_what_it_announces(trailers: list[dict[str, Any]], found: bool) -> None:
    announcing = [
        an_episode(f"t{at}", **{"type": TRAILER, "number": None, "season": None, **trailer})
        for at, trailer in enumerate(trailers)
    ]
    first = an_episode("01", number=1, date=NOW - DAY)
    assert bool(messages(a_show(*announcing, first), "E113")) is found
    assert messages(a_show(*announcing, first, type=ShowType.EPISODIC), "E113") == []
    assert messages(a_show(*announcing), "E113") == []


def test_a_season_may_go_on_with_the_numbers_of_the_one_before() -> None:
    show = a_show(*numbered(1, 2), *numbered(3, 5, season=2))
    assert messages(show, "E103") == ["season 2 lacks number 4"]
    assert messages(a_show(*numbered(3, season=2)), "E103") == ["season 2 lacks numbers 1 and 2"]


def test_a_guid_that_is_told_of_already_is_not_told_again() -> None:
    twins = [an_episode(folder, number=at, guid="g") for at, folder in enumerate(("01", "02"), 1)]
    told = tuple(Diagnostic(code="E106", severity=Severity.ERROR, message="m", episode=one) for one in ("01", "02"))
    assert messages(a_show(*twins), "E117") == ["its guid g is also that of 02", "its guid g is also that of 01"]
    assert messages(a_show(*twins, diagnostics=told), "E117") == []
    assert messages(a_show(twins[0], an_episode("02", number=2, guid="g", draft=True)), "E117") == []


@pytest.mark.parametrize(
    "folder", ["planning", "05-2024-09-05", "2024-09-05-planning", "05 planning", "s1e05-2024-09-05"]
)
def test_the_folders_name_that_is_proposed_reads_as_the_free_number(folder: str) -> None:
    others = (an_episode("01", number=1), an_episode("2-draft", number=2, folder_number=2, draft=True))
    ahead = an_episode("03", number=3, date=NOW + DAY)
    named_only = an_episode("04-bonus", type=BONUS, number=None, folder_number=4)
    show = a_show(*others, ahead, named_only, an_episode(folder, number=None))
    (finding,) = [one for one in check_show(show).findings if one.code == "E101"]
    assert finding.message.endswith("5 is free")
    assert finding.hint
    assert parse_folder_name(finding.hint.split(" or write ")[0].removeprefix("name the folder ")).number == 5
    assert first_errors(check_show(show))[folder] == finding


def test_a_name_that_would_not_read_as_a_number_is_not_proposed() -> None:
    (finding,) = [
        one for one in check_show(a_show(an_episode("trailer-park", number=None))).findings if one.code == "E101"
    ]
    assert finding.hint
    assert finding.hint.startswith("write number: 1 between two lines of ---")


def test_a_long_link_is_warned_of_and_holds_nothing_back() -> None:
    link = "https://example.org/" + "x" * 240
    show = a_show(an_episode(link=link, number=1), link=link, owner=Owner(name="x" * 256, email="a@example.org"))
    found = [
        (one.code, one.severity, one.message) for one in check_show(show).findings if one.code in {"E107", "S103"}
    ]
    assert found == [
        ("S103", Severity.WARNING, "the link has 260 characters; at most 255 are allowed"),
        ("S103", Severity.WARNING, "the owner has 256 characters; at most 255 are allowed"),
        ("E107", Severity.WARNING, "the link has 260 characters; at most 255 are allowed"),
    ]


def test_a_draft_needs_no_number_yet() -> None:
    assert messages(a_show(an_episode("idea", number=None, draft=True)), "E101") == []
