"""The names of tags: the namespaces, and one spelling for all the ways in which hosts write them."""

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

# Hosts differ in the case of these addresses, and some still write the first one of podcast:.
_PREFIXES: Final = {address.lower(): prefix for prefix, address in NAMESPACES.items()} | {
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast"
}
_BEGINNING: Final = re.compile(r"https?://(?:www\.)?")


def prefix_of(namespace: str) -> str | None:
    """Return the prefix that apps expect for a namespace, however its address is spelled; None for any other."""
    return _BY_CORE.get(_find_core(namespace))


def is_accepted(namespace: str) -> bool:
    """Return whether apps take an address for that of a namespace: it differs in its case at most."""
    return namespace.lower() in _PREFIXES


def _find_core(address: str) -> str:
    return _BEGINNING.sub("", address.strip().lower()).rstrip("/")


_BY_CORE: Final = {_find_core(address): prefix for address, prefix in _PREFIXES.items()}


def short_name(namespace: str | None, name: str) -> str:
    """Return what a tag is called whatever prefix the feed uses: `title`, `podcast:guid`, `http://…:other`."""
    return name if namespace is None else f"{prefix_of(namespace) or namespace}:{name}"
