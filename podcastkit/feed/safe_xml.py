"""Parse published items, and check that XML allows the texts of a feed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.text.cleaning import FORBIDDEN_IN_XML

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.model import LiveItem

_LINE_END = re.compile(r"\r\n?")


def parse_item(item: LiveItem) -> etree._Element:
    """Return a published item as an element; raise `FeedError` if it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False)
    try:
        return etree.fromstring(item.xml.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(
            f"The published item {item.title!r} is not valid XML: {error.msg}",
            "Read the item again from the published feed.",
        ) from error


@cache
def qualify_name(name: str) -> str:
    """Return a name such as `podcast:guid` with its namespace for lxml; a name without a prefix does not change."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def check_text(text: str, field: str, *, owner: str) -> str:
    """Return the text; raise `FeedError` with field and owner if XML does not allow one of its characters."""
    if FORBIDDEN_IN_XML.search(text):
        raise make_character_error([(field, text)], owner=owner)
    return text


def make_character_error(texts: Iterable[tuple[str, str]], *, owner: str) -> FeedError:
    """Return the error for the first character that XML does not allow.

    `texts` are the names of the fields with their texts, and contain at least one such character. The owner is the
    folder of an episode, or show.toml.

    lxml refuses the same characters faster, but reports neither the character nor the field.
    """
    field, found = next((field, found) for field, text in texts if (found := FORBIDDEN_IN_XML.search(text)))
    return FeedError(
        f"{owner}: the {field} contains the character U+{ord(found.group()):04X}, which feeds do not allow",
        "Delete this invisible character; it often comes from text copied from a PDF or a slide.",
    )


def make_cdata(text: str, field: str, *, owner: str) -> etree.CDATA:
    """Return the text as a CDATA section, which needs no escaping of HTML; lxml makes a `]]>` in the text safe.

    Raises `FeedError` with the field and its owner if XML does not allow one of the characters.
    """
    # XML parsers turn all line ends into \n, and a CDATA section cannot escape a \r.
    lines = _LINE_END.sub("\n", text) if "\r" in text else text
    try:
        return etree.CDATA(lines)
    except ValueError as error:
        raise make_character_error([(field, lines)], owner=owner) from error
