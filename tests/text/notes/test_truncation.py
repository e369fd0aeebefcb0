from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.model import Text
from podcastkit.text.notes.convert import join_texts, render_markdown
from podcastkit.text.notes.truncation import Description, fit_description, shorten
from tests.simple_html import simple_html

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
    ("one long word", "Planningtogethermatters", 12, "Planning …"),
    ("Arabic question", "هل نخطط معا؟ ثم ندرس ما خططنا له", 40, "هل نخطط معا؟ …"),
    ("danda", "हम मिलकर योजना बनाते हैं। फिर पढ़ाते हैं", 86, "हम मिलकर योजना बनाते हैं। …"),
    ("full-width stop", "我们一起计划。然后我们上课吧", 30, "我们一起计划。 …"),
    ("bytes, not characters", "éééé", 7, "é …"),
    ("room only for the ellipsis", "Planning", 3, "…"),
    ("first character too large", "🎙🎙", 5, "…"),
    ("no room", "Planning", 2, ""),
    ("negative limit", "Planning", -1, ""),
    ("combining mark", "ae\u0301e\u0301e\u0301", 9, "ae\u0301 …"),
    ("family", "ab👩‍👩‍👧‍👦", 16, "ab …"),
    ("skin tone", "ab👋🏽ab", 11, "ab …"),
    ("flags", "🇺🇸🇲🇽🇨🇦", 18, "🇺🇸 …"),
    ("one long cluster", "a" + "\u0323" * 9, 9, "a\u0323\u0323 …"),
]


@pytest.mark.parametrize(("text", "limit", "expected"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS])
def test_shorten_cuts_at_a_natural_place(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=60), st.integers(min_value=0, max_value=80))
def test_shorten_any_text_fits_and_keeps_the_beginning(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short.encode()) <= limit
    assert short == text or text.startswith(short.removesuffix("…").rstrip())


@given(
    st.lists(st.sampled_from(["a", "é", "e\u0301", "👩\u200d👩\u200d👧", "👋🏽", "🇺🇸", " "]), max_size=30),
    st.integers(min_value=24, max_value=90),
)
def test_shorten_never_splits_a_grapheme(graphemes: list[str], limit: int) -> None:
    short = shorten("".join(graphemes), limit)
    wholes = {"".join(graphemes[:count]).rstrip() for count in range(len(graphemes) + 1)}
    assert short == "".join(graphemes) or short.removesuffix("…").rstrip() in wholes


def describe(source: str, limit: int = 4000, *, footer: str | None = None) -> Description:
    text = render_markdown(source, file="notes.md").value.text
    if footer is not None:
        text = join_texts(text, render_markdown(footer, file="show.toml").value.text)
    return fit_description(text, limit)


def test_fit_description_short_text_is_unchanged() -> None:
    text = render_markdown("Hello **you**\n\n- a\n- b", file="notes.md").value.text
    whole = simple_html(text.html)
    assert fit_description(text, limit=len(whole)) == (whole, len(whole), None)


TREES = [
    ("in a paragraph", "We plan all. Then teach", 25, "<p>We plan all. …</p>"),
    ("between paragraphs", "We plan all.\n\nWe teach.", 35, "<p>We plan all. …</p>"),
    ("in the second", "We plan.\n\nWe teach. Then rest", 38, "<p>We plan.</p>\n<p>We teach. …</p>"),
    ("after an item", "- One two\n- Three", 41, "<ul>\n<li>One two …</li>\n</ul>"),
    ("in an item", "- One\n- Two three. Four and", 50, "<ul>\n<li>One</li>\n<li>Two three. …</li>\n</ul>"),
    (
        "in a list in a list",
        "1. One\n   - Two three. Four and more",
        65,
        "<ol>\n<li>\nOne\n<ul>\n<li>Two three. …</li>\n</ul>\n</li>\n</ol>",
    ),
    ("in bold", "We **plan all. Then** teach", 43, "<p>We <strong>plan all.</strong> …</p>"),
    ("after a link", "[Plan all.](https://a.b/) Then teach", 52, '<p><a href="https://a.b/">Plan all.</a> …</p>'),
    ("in a link", "[Plan all. Teach us](https://a.b/)", 50, '<p><a href="https://a.b/">Plan all.</a> …</p>'),
    ("entities", "We plan & teach. Then rest & more", 40, "<p>We plan &amp; teach. …</p>"),
    ("before a heading", "We plan.\n\n## The links of today", 38, "<p>We plan. …</p>"),
    ("no sentence", "We plan and teach together", 24, "<p>We plan and …</p>"),
    ("no room for a letter", "Planning", 10, ""),
    ("no room for a tag", "a [link](https://a.b/)", 30, "<p>a …</p>"),
]


@pytest.mark.parametrize(("source", "limit", "expected"), [row[1:] for row in TREES], ids=[row[0] for row in TREES])
def test_fit_description_long_text_is_cut_at_a_sentence(source: str, limit: int, expected: str) -> None:
    whole = describe(source)
    cut = describe(source, limit)
    assert cut.html == expected
    assert cut.size == whole.size == len(whole.html.encode()) > limit


def test_fit_description_limit_counts_bytes() -> None:
    sentence = "Ánimo, niñas y niños: así empezó. "
    cut = describe(sentence * 200)
    assert 3950 < len(cut.html.encode()) <= 4000
    assert len(cut.html) < 3700
    assert cut.html.endswith("así empezó. …</p>")
    assert cut.size == len(f"<p>{sentence * 200}".encode()) + 3


def test_fit_description_returns_the_last_words_before_the_cut() -> None:
    cut = describe("One two three four five six *seven eight.* Nine ten eleven twelve\n\n- Thirteen", 75)
    assert cut.last_words == "three four five six seven eight."
    assert describe("One two.", 6) == ("", 15, "")
    assert describe("a" * 90, 80).last_words == "a" * 60


class TestFooter:
    def test_footer_remains_when_the_notes_are_cut(self) -> None:
        cut = describe("We plan all. Then teach.", 40, footer="By us")
        assert cut == ("<p>We plan all. …</p>\n<p>By us</p>", 44, "We plan all.")

    def test_footer_larger_than_half_the_limit_is_cut(self) -> None:
        cut = describe("We plan.", 48, footer="Made by all of us at night. With tea")
        assert cut.html == "<p>We plan.</p>\n<p>Made by all of us at …</p>"

    def test_footer_without_notes_is_cut(self) -> None:
        assert describe("", 30, footer="Made by all. With tea and more").html == "<p>Made by all. …</p>"

    def test_description_is_only_the_footer_when_no_notes_fit(self) -> None:
        assert describe("[Planning](https://example.org/)", 26, footer="By us").html == "<p>By us</p>"

    def test_footer_and_earlier_endings_remain_if_both_fit(self) -> None:
        parts = ("We plan all. Then teach. Then rest.", "0:00 A", "By us")
        notes, chapters, footer = (render_markdown(part, file="notes.md").value.text for part in parts)
        text = join_texts(join_texts(notes, chapters), footer)
        assert fit_description(text, 60).html == "<p>We plan all. …</p>\n<p>0:00 A</p>\n<p>By us</p>"
        assert fit_description(text, 50).html == "<p>We plan all. Then teach. …</p>\n<p>By us</p>"

    def test_ending_that_the_text_does_not_contain_is_ignored(self) -> None:
        ending = Text(html="<p>x</p>", plain="x")
        text = Text(html="<p>We plan all. Then teach</p>", plain="", ending=ending)
        assert fit_description(text, 25).html == "<p>We plan all. …</p>"


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
def test_rendered_simple_html_equals_simplified_html(source: str) -> None:
    text = render_markdown(source, file="notes.md").value.text
    assert text.simple == simple_html(text.html) == fit_description(text).html
    assert fit_description(Text(html=text.html, plain=text.plain)) == fit_description(text)


def test_fit_description_empty_text_is_empty() -> None:
    assert fit_description(Text(html="", plain="")) == ("", 0, None)


PIECES = st.sampled_from(
    (*MARKDOWN, "word ", "Sentence. ", "é", "e\u0301", "👩\u200d👩\u200d👧", "\u0338", "& ", "。", "]]>")
)


@example("\u0338a", 13, False)
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(min_value=0, max_value=300), st.booleans())
def test_fit_description_any_text_fits_and_is_well_formed(source: str, limit: int, has_footer: bool) -> None:
    cut = describe(source, limit, footer="By **us**" if has_footer else None)
    assert len(cut.html.encode()) <= limit
    root = etree.fromstring(f"<x>{cut.html}</x>")
    assert {element.tag for element in root.iter()} <= {"x", "p", "ol", "ul", "li", "a", "b", "i", "strong", "em"}
    assert unicodedata.is_normalized("NFC", cut.html)
    assert not any(element.text is None and not len(element) for element in root.iter() if element is not root)


@given(st.lists(PIECES, max_size=60).map("".join), st.integers(min_value=0, max_value=300))
def test_fit_description_cut_text_keeps_the_beginning(source: str, limit: int) -> None:
    whole, cut = describe(source), describe(source, limit)
    if cut.last_words is None:
        assert cut == whole
    else:
        assert read_letters(whole.html).startswith(read_letters(cut.html.replace(" …", "")))
        assert read_letters(cut.html.replace(" …", "")).endswith("".join(cut.last_words.split()))


def read_letters(html: str) -> str:
    """Return the text of HTML without spaces."""
    return "".join("".join(etree.fromstring(f"<x>{html}</x>").itertext()).split())
