"""docs/reference/feed.md matches the golden feed and the tables of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from podcastkit.checks.rule import CATALOG
from podcastkit.feed.item_tags import ITEM_TAGS
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.text.credits import ROLES
from podcastkit.text.schema import tables
from podcastkit.text.schema.values import TOO_LONG

if TYPE_CHECKING:
    from podcastkit.feed.tags import Tag

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "feed.md").read_text(encoding="utf-8")


def find_section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def read_rows(title: str) -> dict[str, list[str]]:
    """Return the cells of each row by its tag."""
    cells = [
        re.split(r"\s*\|\s*", line.strip("| "))
        for line in find_section(title).splitlines()
        if line.startswith("| ")
    ]
    return {row[0].strip("`"): row for row in cells if row[0].startswith("`")}


def format_name(element: etree._Element) -> str:
    prefixes = {address: prefix for prefix, address in NAMESPACES.items()}
    tag = etree.QName(element)
    return f"{prefixes[tag.namespace]}:{tag.localname}" if tag.namespace else tag.localname


def list_tags(feeds: Path, title: str) -> list[etree._Element]:
    channel = etree.parse(feeds / "every-tag.xml").getroot()[0]
    if title == "An episode":
        return [tag for item in channel.iterchildren("item") for tag in item.iterdescendants("*")]
    return [tag for child in channel for tag in ([child] if child.tag == "item" else child.iter("*"))]


@pytest.mark.parametrize("title", ["The show", "An episode"])
def test_table_of_tags_lists_the_tags_of_the_golden_feed(feeds: Path, title: str) -> None:
    table, written = read_rows(title), {format_name(tag) for tag in list_tags(feeds, title)}
    assert written <= table.keys()
    assert table.keys() <= written


@pytest.mark.parametrize("title", ["The show", "An episode"])
def test_table_of_tags_lists_the_attributes_of_the_golden_feed(feeds: Path, title: str) -> None:
    table = read_rows(title)
    for tag in list_tags(feeds, title):
        missing = [key for key in tag.attrib if not re.search(rf"`{key}\b", "|".join(table[format_name(tag)]))]
        if format_name(tag) not in {"podcast:locked", "itunes:category"}:  # described as text
            assert missing == [], format_name(tag)


@pytest.mark.parametrize(("name", "tag"), [*SHOW_TAGS.items(), *ITEM_TAGS.items()])
def test_tag_reference_has_origin_source_and_reader(name: str, tag: Tag) -> None:
    origin, _, source, reader = re.split(r"\s*\|\s*", tag.reference)
    assert name
    assert origin
    assert source
    assert reader


def test_codes_on_the_feed_page_exist() -> None:
    known = set(CATALOG)
    numbers = {TOO_LONG, *(tables.UNKNOWN_CREDIT, tables.UNKNOWN_LICENSE, tables.UNKNOWN_SERVICE)}
    numbers |= {
        tables.INVALID_AI_CONTENT,
        tables.MEDIUM_WITHOUT_EPISODES,
        tables.DISABLED_WITH_OTHERS,
        tables.NO_PUBLISHER_URL,
    }
    by_value = {f"{area}{number}" for area in "SE" for number in numbers}
    general = {"S004", "S008", "E004", "A110"}
    assert set(re.findall(r"\b[SEI]\d{3}\b", PAGE)) <= known | by_value | general
    listed = find_section("Findings about tags")
    assert {f"S{number}" for number in numbers} <= set(re.findall(r"S\d{3}", listed))


def test_roles_on_the_feed_page_match_the_code() -> None:
    cells = [
        line.strip("| ").split(" | ") for line in find_section("Credits").splitlines() if line.startswith("| ")
    ]
    assert {group: tuple(roles.split(", ")) for group, roles in cells[1:]} == dict(ROLES)
