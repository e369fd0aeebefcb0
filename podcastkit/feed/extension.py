"""The tags that feedgen lacks or gets wrong, as the table of tags has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from podcastkit.feed.item_tags import ITEM_TAGS
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.safe_xml import forbidden_character, qualified
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tags import find_writers, mark_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.feed.tags import Markup
    from podcastkit.model import Edition, Item

_OF_SHOW = find_writers(SHOW_TAGS)
_OF_ITEM = find_writers(ITEM_TAGS)


class ShowTags:
    """A feedgen extension that writes its tags at the end of the channel, once `fill` has said which."""

    def __init__(self) -> None:
        self._tags: Iterable[Markup] = ()
        self._owner = ""

    def fill(self, tags: Iterable[Markup], *, owner: str) -> None:
        """Take the tags to write; `owner` is whose they are, for messages."""
        self._tags, self._owner = tags, owner

    def extend_ns(self) -> dict[str, str]:
        """Return what the root shall declare."""
        return {prefix: NAMESPACES[prefix] for prefix in ("podcast", "psc")}

    def extend_rss(self, parent: etree._Element) -> etree._Element:
        """Append the tags to the channel of the `<rss>` that feedgen hands over here, and return that."""
        append_tags(parent[0], self._tags, owner=self._owner)
        return parent


def show_tags(edition: Edition) -> list[Markup]:
    """Return what stands in the channel beside what feedgen writes."""
    return mark_up(_OF_SHOW, edition)


def item_tags(item: Item, edition: Edition) -> list[Markup]:
    """Return what stands in an item beside what feedgen writes."""
    return mark_up(_OF_ITEM, item, edition)


def append_tags(parent: etree._Element, tags: Iterable[Markup], *, owner: str) -> None:
    """Append tags to an element; raise `FeedError` when XML cannot carry one of their texts."""
    for tag in tags:
        try:
            element = etree.SubElement(parent, qualified(tag.name), tag.attributes)
            if tag.text:
                element.text = tag.text
        except ValueError as error:
            texts = (tag.text or "", *tag.attributes.values())
            raise forbidden_character(((f"<{tag.name}>", text) for text in texts), owner=owner) from error
        if tag.children:
            append_tags(element, tag.children, owner=owner)
