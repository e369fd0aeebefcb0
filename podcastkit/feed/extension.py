"""Extensions of feedgen: the tags that it lacks or gets wrong, as the table of tags has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from podcastkit.feed.item_tags import ITEM_TAGS
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.safe_xml import forbidden_character, qualified
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tags import make_writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.feed.tags import Markup
    from podcastkit.model import Edition, Item

_WRITERS_OF_SHOW = tuple(make_writer(tag) for tag in SHOW_TAGS if tag.write or tag.model)
_WRITERS_OF_ITEM = tuple(make_writer(tag) for tag in ITEM_TAGS if tag.write or tag.model)


class ItemTags:
    """A feedgen extension that writes its tags at the end of an `<item>`, once `fill` has said which."""

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
        """Append the tags and return the parent; raise `FeedError` when XML cannot carry one of their texts."""
        for tag in self._tags:
            _append(parent, tag, self._owner)
        return parent


class ShowTags(ItemTags):
    """The same for `<channel>`."""

    def extend_rss(self, parent: etree._Element) -> etree._Element:
        """Append the tags to the channel of the `<rss>` that feedgen hands over here, and return that."""
        super().extend_rss(parent[0])
        return parent


def show_tags(edition: Edition) -> list[Markup]:
    """Return what stands in the channel beside what feedgen writes."""
    tags: list[Markup] = []
    for write in _WRITERS_OF_SHOW:
        tags += write(edition)
    return tags


def item_tags(item: Item, edition: Edition) -> list[Markup]:
    """Return what stands in an item beside what feedgen writes."""
    tags: list[Markup] = []
    for write in _WRITERS_OF_ITEM:
        tags += write(item, edition)
    return tags


def _append(parent: etree._Element, tag: Markup, owner: str) -> None:
    try:
        element = etree.SubElement(parent, qualified(tag.name), tag.attributes)
        element.text = tag.text
    except ValueError as error:
        texts = (tag.text or "", *tag.attributes.values())
        raise forbidden_character(((f"<{tag.name}>", text) for text in texts), owner=owner) from error
    for child in tag.children:
        _append(element, child, owner)
