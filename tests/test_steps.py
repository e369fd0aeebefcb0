from __future__ import annotations

import importlib
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.steps import LINEAR, CountedPattern, count_steps, load_counted, measure_growth

if TYPE_CHECKING:
    from collections.abc import Callable

PATTERNS = [
    *(r"a*b", r"a*?b", r"(a|b)*c", r"(?:a|ab)(?:c|bcd)*?d?", r"(?:ab?){2,3}", r"a{1,2}?", r"(a*)*", r"(?:a|)*b"),
    *(
        r"[^ab]+|b",
        r"(?i:AB)c",
        r"(?=ab)a|c",
        r"a(?!b)",
        r"(?<=a)b",
        r"(?<!a)b",
        r"\bc\b",
        r"^a|c$",
        r".\Z",
        r"(?s:.+)",
    ),
    *(r"(a)?b\1", r"(a)?(?(1)b|c)", r"(?:(?P<x>a)|b)+(?P=x)", r"(?i)(a)\1"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=25)
@given(text=st.text("abcAB d\n", max_size=8))
def test_counted_pattern_matches_like_re(pattern: str, text: str) -> None:
    real, counted = re.compile(pattern), CountedPattern(re.compile(pattern))
    for start in range(len(text) + 1):
        found = real.match(text, start)
        assert counted.matcher.find_end(text, start) == (found.end() if found else None)
    found = real.fullmatch(text)
    assert counted.matcher.find_end(text, 0, is_full=True) == (found.end() if found else None)
    assert [match.span() for match in counted.finditer(text)] == [match.span() for match in real.finditer(text)]
    assert counted.sub("-", text, 2) == real.sub("-", text, 2)


def loop(number: int) -> None:
    for _ in range(number):
        pass


def loop_twice(number: int) -> None:
    for _ in range(number):
        loop(number)


def test_measure_growth_distinguishes_loop_and_nested_loop() -> None:
    assert 3.5 < measure_growth(loop, 100) < LINEAR < measure_growth(loop_twice, 100)


@pytest.mark.parametrize(
    ("pattern", "method", "text", "is_linear"),
    [
        ("<[^<>]*>", "search", "<a", True),
        ("<[^>]*>", "search", "<a", False),
        ("<[^>]*>", "match", "<a", True),
        ("<!--.*?(?:-->|$)", "findall", "<!--", True),
        ("<!--.*?-->", "findall", "<!--", False),
        (r"\s+$", "sub", " ", False),
        ("a*a*b", "match", "a", False),
    ],
)
def test_steps_of_a_pattern_are_counted(pattern: str, method: str, text: str, *, is_linear: bool) -> None:
    run: Callable[..., object] = getattr(CountedPattern(re.compile(pattern)), method)
    arguments = [""] if method == "sub" else []
    growth = measure_growth(lambda size: run(*arguments, text * size + "!"), 100)
    assert (growth < LINEAR) is is_linear


def test_load_counted_does_not_change_the_modules() -> None:
    name = "podcastkit.text.transcripts.speakers"
    importlib.import_module(name)
    before = sys.modules.copy()
    copy = load_counted(name)
    assert isinstance(vars(copy)["_NAME_WITH_COLON"], CountedPattern)
    assert copy is not sys.modules[name]
    assert {name: sys.modules.get(name) for name in before} == before
    assert {name for name in sys.modules if name.startswith("podcastkit")} <= before.keys()
    assert sys.modules["re"] is re


def test_count_steps_twice_returns_the_same_number() -> None:
    assert count_steps(lambda: loop_twice(20)) == count_steps(lambda: loop_twice(20)) > 400
