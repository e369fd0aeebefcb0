"""XML as feeds need it: items that are written again, and the texts that it can carry."""

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
    """Return a published item as an element; raise `FeedError` when it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False)
    try:
        return etree.fromstring(item.xml.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(
            f"The published item {item.title!r} cannot be read as XML: {error.msg}",
            "Read it again from the published feed.",
        ) from error


@cache
def qualified(name: str) -> str:
    """Return `podcast:guid` as lxml spells it; a name without prefix stays as it is."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def legal_text(text: str, field: str, *, owner: str) -> str:
    """Return the text; raise `FeedError` naming field and owner when it holds a character that XML cannot carry."""
    if FORBIDDEN_IN_XML.search(text):
        raise forbidden_character([(field, text)], owner=owner)
    return text


def forbidden_character(texts: Iterable[tuple[str, str]], *, owner: str) -> FeedError:
    """Return the error that names which of these fields holds a character that XML cannot carry, and which one.

    lxml refuses the same characters, and quickly, but tells neither.
    """
    field, found = next((field, found) for field, text in texts if (found := FORBIDDEN_IN_XML.search(text)))
    return FeedError(
        f"{owner}: the {field} holds the character U+{ord(found.group()):04X}, which no feed can carry",
        "Delete this invisible character; it often comes along with text copied from a PDF or a slide.",
    )


def verbatim(text: str, field: str, *, owner: str) -> etree.CDATA:
    """Return the text as a CDATA section, which shows HTML as it is; `]]>` in it is safe.

    Raises `FeedError` naming field and owner when it holds a character that XML cannot carry.
    """
    # A parser turns every line end into \n, and only outside CDATA can a \r be escaped.
    lines = _LINE_END.sub("\n", text) if "\r" in text else text
    try:
        return etree.CDATA(lines)
    except ValueError as error:
        raise forbidden_character([(field, lines)], owner=owner) from error
