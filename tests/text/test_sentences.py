from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.model import Text
from podcastkit.text.notes import render_markdown, to_simple_html
from podcastkit.text.sentences import fit_description, shorten

CUTS = [
    ("a text that fits", "Short.", 6, "Short."),
    ("sentence", "We plan together. Then we teach what we planned.", 36, "We plan together. …"),
    ("question in quotes", "He asked “Who plans here?” Then nobody answered.", 46, "He asked “Who plans here?” …"),
    ("paragraph", "First thoughts here\n\nSecond thoughts of ours", 36, "First thoughts here …"),
    (
        "sentence too early",
        "Hey there. We plan every single day together",
        40,
        "Hey there. We plan every single day …",
    ),
    ("abbreviation", "We talk with Dr. Robinson about plans", 30, "We talk with Dr. Robinson …"),
    ("word", "Planning together matters", 20, "Planning …"),
    ("whole word at the limit", "Planning together matters", 21, "Planning together …"),
    ("no words", "Planningtogethermatters", 12, "Planning …"),
    ("full-width stop", "我们一起计划。然后我们上课吧", 30, "我们一起计划。 …"),
    ("bytes, not characters", "éééé", 7, "é …"),
    ("room for the ellipsis alone", "Planning", 3, "…"),
    ("first character too large", "🎙🎙", 5, "…"),
    ("no room", "Planning", 2, ""),
    ("no limit at all", "Planning", -1, ""),
    ("combining mark", "ae\u0301e\u0301e\u0301", 9, "ae\u0301 …"),
    ("family", "ab👩‍👩‍👧‍👦", 16, "ab …"),
    ("skin tone", "ab👋🏽ab", 11, "ab …"),
    ("flags", "🇺🇸🇲🇽🇨🇦", 18, "🇺🇸 …"),
    ("one long cluster", "a" + "\u0323" * 9, 9, "a\u0323\u0323 …"),
]


@pytest.mark.parametrize(("text", "limit", "expected"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS])
def test_texts_are_cut_where_a_reader_pauses(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=60), st.integers(min_value=0, max_value=80))
def test_a_shortened_text_fits_and_begins_like_the_whole(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short.encode()) <= limit
    assert short == text or text.startswith(short.removesuffix("…").rstrip())


@given(
    st.lists(st.sampled_from(["a", "é", "e\u0301", "👩\u200d👩\u200d👧", "👋🏽", "🇺🇸", " "]), max_size=30),
    st.integers(min_value=24, max_value=90),
)
def test_what_is_drawn_as_one_is_not_split(drawn: list[str], limit: int) -> None:
    short = shorten("".join(drawn), limit)
    wholes = {"".join(drawn[:count]).rstrip() for count in range(len(drawn) + 1)}
    assert short == "".join(drawn) or short.removesuffix("…").rstrip() in wholes


def test_a_description_that_fits_stays_whole() -> None:
    text = render_markdown("Hello **you**\n\n- a\n- b", file="notes.md").text
    assert fit_description(text) == (to_simple_html(text.html), False)


def test_a_description_that_is_too_long_loses_whole_blocks() -> None:
    text = render_markdown("One\n\n- a\n- b\n\nThree", file="notes.md").text
    kept = "<p>One</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"
    assert fit_description(text, limit=len(kept)) == (kept, True)
    assert fit_description(text, limit=len(kept) - 1) == ("<p>One</p>", True)


def test_a_first_block_that_is_too_long_becomes_a_shortened_paragraph() -> None:
    text = render_markdown("**We plan & teach.** Then we teach what we planned.", file="notes.md").text
    assert fit_description(text, limit=44) == ("<p>We plan &amp; teach. …</p>", True)
    assert fit_description(text, limit=6) == ("", True)


MARKDOWN = (
    "a",
    "b ",
    "**",
    "*",
    "\n",
    "\n\n",
    "- ",
    "  - ",
    "1. ",
    "> ",
    "# ",
    "[x](https://a.b/?c&d)",
    "<br>",
    "&lt;",
    "`",
)


@given(st.lists(st.sampled_from(MARKDOWN), max_size=40).map("".join))
def test_what_is_simple_already_is_what_simplifying_makes_of_it(source: str) -> None:
    text = render_markdown(source, file="notes.md").text
    assert fit_description(text) == (to_simple_html(text.html), False)


def test_no_notes_are_no_description() -> None:
    assert fit_description(Text(html="", plain="")) == ("", False)


@given(st.text(alphabet="ab &<>\"'*_-#\n.é", max_size=200), st.integers(min_value=0, max_value=200))
def test_a_description_fits_and_is_well_formed(source: str, limit: int) -> None:
    description, was_cut = fit_description(render_markdown(source, file="notes.md").text, limit)
    assert len(description.encode()) <= limit
    root = etree.fromstring(f"<x>{description}</x>")
    assert {element.tag for element in root.iter()} <= {"x", "p", "ol", "ul", "li", "a", "b", "i", "strong", "em"}
    assert was_cut or description == to_simple_html(description)
