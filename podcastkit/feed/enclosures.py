"""The addresses of media files in a feed, with the prefix of a download counting service, if there is one."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from podcastkit.text.addresses import is_local

if TYPE_CHECKING:
    from podcastkit.model import LiveItem

_HTTPS = "https://"


def make_enclosure_url(address: str, key: str, prefix: str | None) -> str:
    """Return the URL from which apps download the media file `key`, below the public address of the show.

    After a prefix, `https://` is omitted, and all services understand this; `http://` is kept, as OP3 requires. An
    address of the local machine gets no prefix, because no service can reach it.

    >>> make_enclosure_url("https://podcast.example.org", "media/05-3f2a9c04d1b7.mp3", "https://op3.dev/e/")
    'https://op3.dev/e/podcast.example.org/media/05-3f2a9c04d1b7.mp3'
    """
    return f"{_make_url_start(address, prefix)}{key}"


def replace_item_addresses(item: LiveItem, old: str, new: str) -> LiveItem:
    """Return a published item after a move from the old to the new public address of the show.

    The prefix before an address stays unchanged.
    """
    before, address, _ = (item.enclosure_url or "").partition(f"{old.removeprefix(_HTTPS)}/")
    # The text before the address is a prefix, unless it is empty or only the scheme.
    prefix = before if address and before not in {"", _HTTPS} else None
    xml = item.xml
    for start in (prefix, None):  # the prefix is first, because a full address may follow it
        xml = xml.replace(escape(_make_url_start(old, start)), escape(_make_url_start(new, start)))
    return replace(item, xml=xml)


def _make_url_start(address: str, prefix: str | None) -> str:
    if prefix is None or (is_local(address) and not is_local(prefix)):
        return f"{address}/"
    return f"{prefix}{address.removeprefix(_HTTPS)}/"
