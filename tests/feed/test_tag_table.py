"""The table of tags agrees with what is kept elsewhere under the same names."""

from __future__ import annotations

import pytest

from podcastkit.checks.rule import CATALOGUE
from podcastkit.feed.item_tags import ITEM_TAGS, OTHER_TAGS
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tag_table import FILES, KNOWN_NAMES, MISSING_TAG_RULES, find_parents, find_single
from podcastkit.feed.tag_values import one_of
from podcastkit.verification.report import WITHOUT

EVERY_TAG = [*SHOW_TAGS.items(), *ITEM_TAGS.items(), *OTHER_TAGS.items()]


def test_the_rules_that_ask_for_tags_are_rules_about_feeds() -> None:
    assert {code for code in MISSING_TAG_RULES if code.startswith("F")} == MISSING_TAG_RULES <= CATALOGUE.keys()
    assert all(tag.example for _, tag in EVERY_TAG if tag.missing)


def test_verify_has_words_for_every_kind_of_file() -> None:
    assert {tag.file for tag in FILES.values()} | {"alternate"} == WITHOUT.keys()


def test_tags_that_say_the_same_are_known() -> None:
    assert {name for _, tag in EVERY_TAG for name in tag.also} <= KNOWN_NAMES


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("podcast:guid", ("channel",)),
        ("podcast:chapters", ("item", "podcast:liveItem")),
        ("podcast:person", ("channel", "item", "podcast:liveItem")),
        ("podcast:source", ("podcast:alternateEnclosure",)),
        ("podcast:chat", ("channel", "item", "podcast:liveItem")),
        ("itunes:image", ("channel", "item")),
        ("itunes:email", ("itunes:owner",)),
    ],
)
def test_a_tag_is_looked_for_where_its_rows_have_it(name: str, parents: tuple[str, ...]) -> None:
    assert find_parents(name) == parents


def test_only_tags_that_are_not_repeated_are_single() -> None:
    assert {"title", "pubDate", "itunes:block", "image"} <= find_single("channel")
    assert {"title", "guid", "itunes:author"} <= find_single("item")
    assert {"item", "enclosure", "atom:link", "itunes:category", "itunes:summary", "podcast:guid"}.isdisjoint(
        find_single("channel") | find_single("item")
    )


@pytest.mark.parametrize(
    ("words", "wanted"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "one of a, b, c")]
)
def test_a_list_of_words_is_named_as_an_instruction_has_it(words: list[str], wanted: str) -> None:
    assert one_of(*words).wanted == wanted
