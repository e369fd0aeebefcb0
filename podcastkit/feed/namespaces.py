"""The names of tags: the namespaces, and one spelling for all the ways in which hosts write them."""

from __future__ import annotations

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


def prefix_of(namespace: str) -> str | None:
    """Return the prefix that apps expect for a namespace, however its address is spelled; None for any other."""
    return _PREFIXES.get(namespace.lower())


def short_name(namespace: str | None, name: str) -> str:
    """Return what a tag is called whatever prefix the feed uses: `title`, `podcast:guid`, `http://…:other`."""
    return name if namespace is None else f"{prefix_of(namespace) or namespace}:{name}"
