from __future__ import annotations

import pytest

from podcastkit.text.title_numbers import find_number


@pytest.mark.parametrize(
    ("title", "number", "total", "found"),
    [
        ("Ep. 6: The crane", 5, None, "6"),
        ("The crane (Episode 5)", 5, None, "5"),
        ("The crane S1E5", None, None, "5"),
        ("The crane, episode 5, again", 5, None, "5"),
        ("The crane #5", 5, None, "5"),
        ("Part 5 of 8", 5, 8, "5"),
    ],
)
def test_episode_number_is_found(title: str, number: int | None, total: int | None, found: str) -> None:
    match = find_number(title, number, total)
    assert match
    assert match["number"] == found


@pytest.mark.parametrize(
    ("title", "number", "total"),
    [
        ("Star Wars: Episode 4 and after", 3, None),
        ("Part 1 of 2", 5, 8),
        ("Catch-22", 22, None),
        ("1984", 5, None),
        ("Apollo 13", 13, None),
        ("The crane #7", 5, None),
    ],
)
def test_numbers_that_do_not_number_the_episode_are_ignored(title: str, number: int, total: int | None) -> None:
    assert find_number(title, number, total) is None
