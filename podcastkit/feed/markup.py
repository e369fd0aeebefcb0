"""XML as feeds need it: the namespaces, parsing that hostile bytes cannot hurt, and the texts that it can carry."""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lxml import etree

from podcastkit.diagnostics import FeedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "psc": "http://podlove.org/simple-chapters",
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
    }
)
"""The namespaces that a feed declares, by the prefixes that apps expect."""

# XML 1.0, section 2.2: everything but Char.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINE_END = re.compile(r"\r\n?")


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of an XML document; no entity is resolved, nothing fetched, and depth and size have limits.

    `name` is what messages call the document. Raises `FeedError` when it is not well-formed or declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, strip_cdata=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(
            f"{name} cannot be read as XML: {error.msg}",
            "Open it in a browser: it must show XML that begins with <rss, and be complete.",
        ) from error
    _refuse_entities(root, name)
    return root


@cache
def qualified(name: str) -> str:
    """Return `podcast:guid` as lxml spells it; a name without prefix stays as it is."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def legal_text(text: str, field: str, *, owner: str) -> str:
    """Return the text; raise `FeedError` naming field and owner when it holds a character that XML cannot carry."""
    if _FORBIDDEN.search(text):
        raise forbidden_character([(field, text)], owner=owner)
    return text


def forbidden_character(texts: Iterable[tuple[str, str]], *, owner: str) -> FeedError:
    """Return the error that names which of these fields holds a character that XML cannot carry, and which one.

    lxml refuses the same characters, and quickly, but tells neither.
    """
    field, found = next((field, found) for field, text in texts if (found := _FORBIDDEN.search(text)))
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


def write_date(moment: datetime) -> str:
    """Return an aware moment as RFC 2822 has it, in English everywhere: `Thu, 05 Sep 2024 06:00:00 -0700`."""
    iso = moment.isoformat(timespec="seconds")  # email.utils takes three times as long, and writes a zone's seconds
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {iso[8:10]} {month} {iso[:4]} {iso[11:19]} {iso[19:22]}{iso[23:25]}"


def _refuse_entities(root: etree._Element, name: str) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise FeedError(
            f"{name} declares XML entities of its own, which podcast apps refuse",
            "Remove the <!DOCTYPE …> from its beginning, or ask its host for a plain RSS feed.",
        )
