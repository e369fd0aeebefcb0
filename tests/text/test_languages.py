from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("en", "en"),
        (" en-us ", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("haw", "haw"),
        ("SR-LATN", "sr-Latn"),
    ],
)
def test_parse_language_corrects_the_case(written: str, tag: str) -> None:
    assert parse_language(written) == tag


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("english", 'write "en"'),
        ("Español", 'write "es"'),
        ("en_US", 'write "en-US"'),
        ("en_UK", 'write "en-GB"'),
        ("en-UK", 'write "en-GB"'),
        ("sp", 'write "es"'),
        ("us", 'write "en-US"'),
        ("xx", '"en", "es"'),
        ("en-", '"en", "es"'),
        ("en-USA", '"en", "es"'),
        ("klingon", '"en", "es"'),
    ],
)
def test_parse_language_invalid_tag_suggests_a_fix(written: str, hint: str) -> None:
    problem = parse_language(written)
    assert isinstance(problem, Problem)
    assert hint in (problem.hint or "")


@given(st.text())
def test_parse_language_result_is_stable(written: str) -> None:
    tag = parse_language(written)
    assert isinstance(tag, Problem) or parse_language(tag) == tag
