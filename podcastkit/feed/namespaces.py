"""The XML namespaces of feeds, and one short name for each tag, independent of the prefixes in the feed."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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

# Hosts write these addresses in upper or lower case, and some still use the first address of podcast:.
_PREFIXES: Final = {address.lower(): prefix for prefix, address in NAMESPACES.items()} | {
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast"
}
_URL_START: Final = re.compile(r"https?://(?:www\.)?")


def find_prefix(namespace: str) -> str | None:
    """Return the prefix that apps expect for a namespace, or None for an unknown one.

    The case of the address, `https://`, `www.` and trailing slashes make no difference.
    """
    return _PREFIXES_BY_CORE.get(_find_core(namespace))


def is_accepted(namespace: str) -> bool:
    """Return whether apps accept an address of a namespace.

    They ignore the case of its letters, but no other difference.
    """
    return namespace.lower() in _PREFIXES


def _find_core(address: str) -> str:
    """Return the part of an address that is the same in all its spellings."""
    return _URL_START.sub("", address.strip().lower()).rstrip("/")


_PREFIXES_BY_CORE: Final = {_find_core(address): prefix for address, prefix in _PREFIXES.items()}


def shorten_name(namespace: str | None, name: str) -> str:
    """Return the name of a tag with the usual prefix, as in `title`, `podcast:guid` or `http://…:other`."""
    return name if namespace is None else f"{find_prefix(namespace) or namespace}:{name}"
