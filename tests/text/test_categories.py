from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import Category
from podcastkit.text.categories import APPLE_CATEGORIES, parse_category
from podcastkit.text.problem import Problem


def test_every_apple_category_is_read() -> None:
    every = [Category(name=name) for name in APPLE_CATEGORIES]
    every += [Category(name=name, sub=sub) for name, subs in APPLE_CATEGORIES.items() for sub in subs]
    assert len(every) == 19 + 91
    assert [parse_category(str(category)) for category in every] == every


def test_spaces_around_the_arrow_are_ignored() -> None:
    assert parse_category(" Education>How To ") == Category(name="Education", sub="How To")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("education", 'write "Education"'),
        ("Education > self improvement", 'write "Education > Self-Improvement"'),
        ("Self-Improvement", 'write "Education > Self-Improvement"'),
        ("Kids and Family", 'write "Kids & Family"'),
        ("TV and Film > Film reviews", 'write "TV & Film > Film Reviews"'),
        ("Educaton > How To", 'write "Education > How To"'),
        ("Education >", 'write "Education"'),
        ("%%%", "Technology, True Crime"),
        ("Storytelling", "choose the best match: Arts"),
        ("Science & Medicine", "choose the best match: Arts"),
        ("Arts > Literature", '"Arts > Books"'),
    ],
)
def test_unknown_category_suggests_the_nearest(written: str, hint: str) -> None:
    problem = parse_category(written)
    assert isinstance(problem, Problem)
    assert hint in (problem.hint or "")


@given(st.text())
def test_any_text_is_a_category_or_a_problem(written: str) -> None:
    assert isinstance(parse_category(written), Category | Problem)
