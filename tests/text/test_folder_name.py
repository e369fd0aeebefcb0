from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import EpisodeType
from podcastkit.text.folder_name import (
    clean_title,
    is_hidden,
    is_system_file,
    parse_folder_name,
    renumber_folder_name,
)

FULL, TRAILER, BONUS = EpisodeType.FULL, EpisodeType.TRAILER, EpisodeType.BONUS

NAMES = [
    ("05-planning-time", 5, None, FULL, "Planning time"),
    ("05_planning_time", 5, None, FULL, "Planning time"),
    ("05 Planning Time", 5, None, FULL, "Planning Time"),
    ("05. Planning Time", 5, None, FULL, "Planning Time"),
    ("05.planning", 5, None, FULL, "Planning"),
    ("5-planning", 5, None, FULL, "Planning"),
    ("005-planning", 5, None, FULL, "Planning"),
    ("0005-planning", 5, None, FULL, "Planning"),
    ("100-celebration", 100, None, FULL, "Celebration"),
    ("05 - Planning-time for all", 5, None, FULL, "Planning-time for all"),
    ("05", 5, None, FULL, "05"),
    ("5", 5, None, FULL, "5"),
    ("05-", 5, None, FULL, "05-"),
    ("s1e05", 5, 1, FULL, "S1e05"),
    ("s1e05-planning", 5, 1, FULL, "Planning"),
    ("S01E05 Planning", 5, 1, FULL, "Planning"),
    ("s1e5_planning_time", 5, 1, FULL, "Planning time"),
    ("s2024e05-planning", 5, 2024, FULL, "Planning"),
    ("S1 E5 - Planning", 5, 1, FULL, "Planning"),
    ("Season 2 Episode 5 Planning", 5, 2, FULL, "Planning"),
    ("s0e05-planning", 5, None, FULL, "Planning"),
    ("ep5", 5, None, FULL, "Ep5"),
    ("ep5-planning", 5, None, FULL, "Planning"),
    ("ep-05_title", 5, None, FULL, "Title"),
    ("EP05 Title", 5, None, FULL, "Title"),
    ("e5-title", 5, None, FULL, "Title"),
    ("E05", 5, None, FULL, "E05"),
    ("Episode 5", 5, None, FULL, "Episode 5"),
    ("Episode 5 - Title", 5, None, FULL, "Title"),
    ("Episode 5: Title", 5, None, FULL, "Title"),
    ("episode5", 5, None, FULL, "Episode5"),
    ("episode-05-a-new-day", 5, None, FULL, "A new day"),
    ("Episode_05_A_new_day", 5, None, FULL, "A new day"),
    ("Episode 12, the rest", 12, None, FULL, "The rest"),
    ("planning-time", None, None, FULL, "Planning time"),
    ("Planning Time", None, None, FULL, "Planning Time"),
    ("00-introduction", None, None, FULL, "Introduction"),
    ("000", None, None, FULL, "000"),
    ("1984-and-after", None, None, FULL, "1984 and after"),
    ("2024 in review", None, None, FULL, "2024 in review"),
    ("05-2024-in-review", 5, None, FULL, "2024 in review"),
    ("05-march-on-washington", 5, None, FULL, "March on washington"),
    ("05-decisions-2024", 5, None, FULL, "Decisions 2024"),
    ("05-50-50-partnership", 5, None, FULL, "50 50 partnership"),
    ("5th-grade", None, None, FULL, "5th grade"),
    ("5%-of-teachers", None, None, FULL, "5% of teachers"),
    ("ep5a", None, None, FULL, "Ep5a"),
    ("e-learning", None, None, FULL, "E learning"),
    ("episodes-5", None, None, FULL, "Episodes 5"),
    ("epilogue", None, None, FULL, "Epilogue"),
    ("season-1", None, None, FULL, "Season 1"),
    ("00-trailer", None, None, TRAILER, "Trailer"),
    ("00 Trailer - season one", None, None, TRAILER, "Trailer - season one"),
    ("trailer", None, None, TRAILER, "Trailer"),
    ("TRAILER", None, None, TRAILER, "TRAILER"),
    ("bonus", None, None, BONUS, "Bonus"),
    ("03-bonus-outtakes", None, None, BONUS, "Bonus outtakes"),
    ("03_Bonus_outtakes", None, None, BONUS, "Bonus outtakes"),
    ("s2e00-trailer", None, 2, TRAILER, "Trailer"),
    ("ep 4 bonus", None, None, BONUS, "Bonus"),
    ("trailer-park", None, None, FULL, "Trailer park"),
    ("bonus-material", None, None, FULL, "Bonus material"),
    ("05-trailers", 5, None, FULL, "Trailers"),
    ("05-the-trailer", 5, None, FULL, "The trailer"),
    ("05-bonusß", 5, None, FULL, "Bonusß"),
    ("05-cafe\u0301", 5, None, FULL, "Café"),
    ("\u0665-planning", None, None, FULL, "\u0665 planning"),
    ("-", None, None, FULL, "-"),
]

DATES = [
    ("09-05-2024-title", "09-05-2024"),
    ("09-05-24-title", "09-05-24"),
    ("9.5.2024 title", "9.5.2024"),
    ("2024-09-05-title", "2024-09-05"),
    ("2024_09_05_title", "2024_09_05"),
    ("20240905-title", "20240905"),
    ("05-2024-09-05-title", "2024-09-05"),
    ("05 - 2024-09-05 title", "2024-09-05"),
    ("05-20240905-title", "20240905"),
    ("ep 09-05-2024 title", "09-05-2024"),
    ("5 Sep 2024", "5 Sep 2024"),
    ("05-september-2024-title", "05-september-2024"),
    ("Sept 5, 2024 title", "Sept 5, 2024"),
]


@pytest.mark.parametrize(("name", "number", "season", "kind", "title"), NAMES, ids=[row[0] for row in NAMES])
def test_parse_folder_name_number_season_type_and_title(
    name: str, number: int | None, season: int | None, kind: EpisodeType, title: str
) -> None:
    parsed = parse_folder_name(name)
    assert (parsed.number, parsed.season, parsed.type, parsed.title) == (number, season, kind, title)
    assert parsed.number_refused is None


@pytest.mark.parametrize(("name", "date"), DATES, ids=[row[0] for row in DATES])
def test_parse_folder_name_date_is_not_a_number(name: str, date: str) -> None:
    parsed = parse_folder_name(name)
    assert parsed.number is None
    assert parsed.type is FULL
    assert parsed.number_refused == f"“{date}” looks like a date"


def test_folder_names_are_sorted_by_season_number_and_natural_order() -> None:
    ordered = [
        "00-trailer",
        "1-one",
        "02-two",
        "03-bonus-outtakes",
        "03-three",
        "10-ten",
        "interview 2",
        "interview 10",
        "trailer",
        "s2e01-back",
        "s2e02-again",
    ]
    shuffled = [*ordered[::2], *ordered[1::2]]
    assert sorted(shuffled, key=lambda name: parse_folder_name(name).order) == ordered


@given(st.lists(st.text(max_size=60), max_size=6))
def test_folder_orders_are_comparable_and_distinct(names: list[str]) -> None:
    orders = [parse_folder_name(name).order for name in names]
    assert len({str(order) for order in sorted(orders)}) == len(set(map(str, orders)))


@given(
    st.from_regex(r"(?i)(s\d|ep|episode|e|)[-_. 0-9]{0,8}(trailer|bonus|sep|title|)[-_. 0-9]{0,8}", fullmatch=True)
)
def test_any_folder_name_has_a_title_and_only_full_episodes_a_number(name: str) -> None:
    parsed = parse_folder_name(name)
    assert parsed.title or not name.strip()
    assert parsed.number != 0
    assert parsed.number is None or parsed.type is FULL


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("planning-time", "07-planning-time"),
        ("05-planning-time", "07-planning-time"),
        ("05 Planning time", "07-Planning time"),
        ("s2e05-planning", "s2e07-planning"),
        ("05-2024-09-05-planning", "07-planning"),
        ("2024-09-05", "07"),
        ("Sept 5, 2024 planning", "07-planning"),
        ("05", "07"),
        ("1984 and after", "07-1984 and after"),
        ("trailer-park", None),
    ],
)
def test_renumber_folder_name_replaces_the_number_or_date(name: str, renamed: str | None) -> None:
    assert renumber_folder_name(name, 7) == renamed


@given(st.text(max_size=30), st.integers(min_value=1, max_value=999))
def test_renumber_folder_name_result_has_the_new_number(name: str, number: int) -> None:
    renamed = renumber_folder_name(name, number)
    assert renamed is None or parse_folder_name(renamed).number == number


TITLES = [
    ("Episode 5: Planning", 5, "Planning"),
    ("episode 05 - Planning", 5, "Planning"),
    ("EPISODE 5 \u2013 Planning", 5, "Planning"),
    ("Episode 5 | Planning", 5, "Planning"),
    ("Episodio 5: Planear", 5, "Planear"),
    ("Ep. 5 - Planning", 5, "Planning"),
    ("Ep5: Planning", 5, "Planning"),
    ("E5: Planning", 5, "Planning"),
    ("#5 Planning", 5, "Planning"),
    ("#5: Planning", 5, "Planning"),
    ("#05 \u2014 Planning", 5, "Planning"),
    ("05 \u2013 Planning", 5, "Planning"),
    ("5. Planning", 5, "Planning"),
    ("5: Planning", 5, "Planning"),
    ("S1E5: Planning", 5, "Planning"),
    ("S01E05 Planning", 5, "Planning"),
    ("S1 Ep. 5 - Planning", 5, "Planning"),
    ("1984 and after", 5, "1984 and after"),
    ("1984: the year", 1984, "1984: the year"),
    ("5 lessons from a pilot", 5, "5 lessons from a pilot"),
    ("5:30 in the morning", 5, "5:30 in the morning"),
    ("5-minute planning", 5, "5-minute planning"),
    ("5.5 million children", 5, "5.5 million children"),
    ("Episode 5.5: Half", 5, "Episode 5.5: Half"),
    ("Episode 5 begins", 5, "Episode 5 begins"),
    ("Episode 5:", 5, "Episode 5:"),
    ("Episode 5", 5, "Episode 5"),
    ("#5", 5, "#5"),
    ("#50 Planning", 5, "#50 Planning"),
    ("#5.5 Planning", 5, "#5.5 Planning"),
    ("Episode 6: Planning", 5, "Episode 6: Planning"),
    ("Episode 5: Planning", None, "Episode 5: Planning"),
    ("Planning", 5, "Planning"),
]


@pytest.mark.parametrize(("title", "number", "expected"), TITLES, ids=[f"{row[0]} ({row[1]})" for row in TITLES])
def test_clean_title_removes_the_repeated_number(title: str, number: int | None, expected: str) -> None:
    assert clean_title(title, number) == expected


@given(st.text(max_size=40), st.integers(min_value=1, max_value=999))
def test_clean_title_is_never_empty(title: str, number: int) -> None:
    assert clean_title(title, number) or not title


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "desktop.ini",
        "Desktop.ini",
        "Thumbs.db",
        "~$notes.docx",
        "Icon\r",
        "._audio.mp3",
        "~WRL0001.tmp",
    ],
)
def test_is_system_file_of_system_file_is_true(name: str) -> None:
    assert is_system_file(name)


@pytest.mark.parametrize("name", ["notes.md", "Icon", "icon.png", ".draft", "_06-draft", "thumbs.db.mp3"])
def test_is_system_file_of_user_file_is_false(name: str) -> None:
    assert not is_system_file(name)


def test_is_hidden_checks_leading_dot_or_underscore() -> None:
    assert [name for name in ("_06-draft", ".git", "06-draft", "a_b") if is_hidden(name)] == ["_06-draft", ".git"]
