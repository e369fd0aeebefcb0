"""Views of the tables of tags: the known tags, their parents, and the fields that feeds are compared by."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from podcastkit.feed.item_tags import ITEM_TAGS, OTHER_TAGS
from podcastkit.feed.show_tags import SHOW_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.feed.tags import Tag

# Tags that apps know, but that are not in the tables.
_ALSO_KNOWN: Final = (
    "category docs managingEditor webMaster ttl cloud rating textInput skipHours skipDays comments source author"
    " width height itunes:keywords itunes:order itunes:isClosedCaptioned"
)


def _list_places() -> Iterator[tuple[str, str, Tag]]:
    """Yield each tag with each of its parents: the name of the parent, the name of the tag and its row."""
    for parent, table in (("channel", SHOW_TAGS), ("item", ITEM_TAGS), ("", OTHER_TAGS)):
        for name, tag in table.items():
            yield from ((place, name, tag) for place in tag.parents or (parent,))
            # A live item may contain the same podcast: tags as an item.
            if parent == "item" and not tag.parents and name.startswith("podcast:"):
                yield "podcast:liveItem", name, tag


def _find_compared(parent: str) -> Mapping[str, Tag]:
    """Return the tags of a parent that are compared between feeds, by name."""
    return {name: tag for place, name, tag in _PLACES if place == parent and tag.compared_as}


_PLACES: Final = tuple(_list_places())
TAGS: Final[Mapping[str, Tag]] = {**OTHER_TAGS, **ITEM_TAGS, **SHOW_TAGS}
"""The tags that podcastkit writes or knows, by name."""
KNOWN_NAMES: Final = TAGS.keys() | _ALSO_KNOWN.split()
"""The names of all tags that apps read."""
COMPARED_IN_CHANNEL: Final = _find_compared("channel")
COMPARED_IN_ITEM: Final = _find_compared("item")
FILES: Final[Mapping[str, Tag]] = {name: tag for name, tag in TAGS.items() if tag.file}
"""The tags that link to a file."""
FILE_FIELDS: Final = frozenset(tag.compared_as for tag in FILES.values() if tag.compared_as)
"""The names of the fields with the addresses of files."""
MAIN_ATTRIBUTES: Final[Mapping[str, str]] = {
    name: next(iter(tag.attributes)) for name, tag in TAGS.items() if tag.attributes and not tag.text
}
"""The main attribute of each tag without text, by the name of the tag."""
ADDRESSES: Final = tuple(
    (name, attribute)
    for name, tag in TAGS.items()
    for attribute, value in (("", tag.text), *tag.attributes.items())
    if value and value.is_address and not name.startswith("podcast:")
)
"""The tags, except `podcast:` tags, with a web address: the tag and the attribute, or an empty string for its
text."""
MISSING_TAG_RULES: Final = frozenset(code for _, _, tag in _PLACES for code in tag.missing)
"""The codes of the rules that require a tag."""


@cache
def find_parents(name: str) -> tuple[str, ...]:
    """Return the names of the parents in which apps look for a tag."""
    return tuple(dict.fromkeys(place for place, tag_name, _ in _PLACES if tag_name == name))


@cache
def find_single_tags(parent: str) -> frozenset[str]:
    """Return the tags that a channel or an item may contain only once, without those of the podcast namespace."""
    single = (name for place, name, tag in _PLACES if place == parent and not tag.is_repeated)
    return frozenset(name for name in single if not name.startswith("podcast:"))


@cache
def find_tags_of_rule(parent: str, code: str) -> Mapping[str, Tag]:
    """Return the tags of a channel or an item that a rule requires, by name."""
    return {name: tag for place, name, tag in _PLACES if place == parent and code in tag.missing}
