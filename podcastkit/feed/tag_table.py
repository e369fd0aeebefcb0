"""What the tables of tags say together: which tags there are, where they are found, and what is read from them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from podcastkit.feed.item_tags import ITEM_TAGS, OTHER_TAGS
from podcastkit.feed.show_tags import SHOW_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.feed.tags import Tag

_ALSO_KNOWN: Final = (
    "category docs managingEditor webMaster ttl cloud rating textInput skipHours skipDays comments source author"
    " width height itunes:keywords itunes:order itunes:isClosedCaptioned"
)


def _places() -> Iterator[tuple[str, str, Tag]]:
    """Yield every tag, by its name, with each of the tags that it may be in."""
    for parent, table in (("channel", SHOW_TAGS), ("item", ITEM_TAGS), ("", OTHER_TAGS)):
        for name, tag in table.items():
            yield from ((place, name, tag) for place in tag.parents or (parent,))
            if parent == "item" and not tag.parents and name.startswith("podcast:"):
                yield "podcast:liveItem", name, tag


def _find_compared(parent: str) -> Mapping[str, Tag]:
    return {name: tag for place, name, tag in _PLACES if place == parent and tag.compared_as}


_PLACES: Final = tuple(_places())
TAGS: Final[Mapping[str, Tag]] = {**OTHER_TAGS, **ITEM_TAGS, **SHOW_TAGS}
"""A row for each tag that podcastkit writes or knows, by its name."""
KNOWN_NAMES: Final = TAGS.keys() | _ALSO_KNOWN.split()
"""All tags that apps read."""
COMPARED_IN_CHANNEL: Final = _find_compared("channel")
COMPARED_IN_ITEM: Final = _find_compared("item")
FILES: Final[Mapping[str, Tag]] = {name: tag for name, tag in TAGS.items() if tag.file}
"""The tags that send apps to a file."""
FILE_FIELDS: Final = frozenset(tag.compared_as for tag in FILES.values() if tag.compared_as)
MAIN_ATTRIBUTES: Final[Mapping[str, str]] = {
    name: next(iter(tag.attributes)) for name, tag in TAGS.items() if tag.attributes and not tag.text
}
"""Which attribute says what a tag is about, where its text does not."""
ADDRESSES: Final = tuple(
    (name, attribute)
    for name, tag in TAGS.items()
    for attribute, value in (("", tag.text), *tag.attributes.items())
    if value and value.is_address and not name.startswith("podcast:")
)
"""The texts and attributes of other tags than `podcast:` that are web addresses; a text has no attribute's name."""
MISSING_TAG_RULES: Final = frozenset(code for _, _, tag in _PLACES for code in tag.missing)
"""The rules that ask for tags."""


@cache
def find_parents(name: str) -> tuple[str, ...]:
    """Return the tags in which apps look for a tag."""
    return tuple(dict.fromkeys(place for place, found, _ in _PLACES if found == name))


@cache
def find_single(parent: str) -> frozenset[str]:
    """Return the tags that may be only once in a channel or an item, except those of the podcast namespace."""
    single = (name for place, name, tag in _PLACES if place == parent and not tag.is_repeated)
    return frozenset(name for name in single if not name.startswith("podcast:"))


@cache
def find_tags_of_rule(parent: str, code: str) -> Mapping[str, Tag]:
    """Return the tags of a channel or an item that a rule asks for, by their names."""
    return {name: tag for place, name, tag in _PLACES if place == parent and code in tag.missing}
