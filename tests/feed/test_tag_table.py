"""The tables of tags, and the rules and file kinds that refer to them."""

from __future__ import annotations

import pytest

from podcastkit.checks.rule import CATALOG
from podcastkit.feed.item_tags import ITEM_TAGS, OTHER_TAGS
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tag_table import FILES, KNOWN_NAMES, MISSING_TAG_RULES, find_parents, find_single_tags
from podcastkit.feed.tag_values import one_of
from podcastkit.verification.report import CONSEQUENCES

EVERY_TAG = [*SHOW_TAGS.items(), *ITEM_TAGS.items(), *OTHER_TAGS.items()]


def test_rules_for_missing_tags_are_feed_rules_with_examples() -> None:
    assert {code for code in MISSING_TAG_RULES if code.startswith("F")} == MISSING_TAG_RULES <= CATALOG.keys()
    assert all(tag.example for _, tag in EVERY_TAG if tag.missing)


def test_verify_describes_every_kind_of_file() -> None:
    assert {tag.file for tag in FILES.values()} | {"alternate"} == CONSEQUENCES.keys()


def test_alternative_tags_are_in_the_table() -> None:
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
def test_find_parents_returns_the_parents_of_all_rows(name: str, parents: tuple[str, ...]) -> None:
    assert find_parents(name) == parents


def test_find_single_tags_leaves_out_repeated_tags() -> None:
    assert {"title", "pubDate", "itunes:block", "image"} <= find_single_tags("channel")
    assert {"title", "guid", "itunes:author"} <= find_single_tags("item")
    assert {"item", "enclosure", "atom:link", "itunes:category", "itunes:summary", "podcast:guid"}.isdisjoint(
        find_single_tags("channel") | find_single_tags("item")
    )


@pytest.mark.parametrize(
    ("words", "expected"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "one of a, b, c")]
)
def test_one_of_describes_the_allowed_words(words: list[str], expected: str) -> None:
    assert one_of(*words).expected == expected
