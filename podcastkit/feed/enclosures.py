"""The addresses of media files in a feed, also through a service that counts downloads."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from podcastkit.text.addresses import is_local

if TYPE_CHECKING:
    from podcastkit.model import LiveItem

_HTTPS = "https://"


def enclosure_url(address: str, key: str, prefix: str | None) -> str:
    """Return where apps fetch a media file that lies under `key` at a public address.

    After a prefix the https:// of the file stays off, which every service understands, and http:// stays on, as OP3
    wants it. No service reaches the files that this machine serves to itself, so they go without.

    >>> enclosure_url("https://podcast.example.org", "media/05-3f2a9c04d1b7.mp3", "https://op3.dev/e/")
    'https://op3.dev/e/podcast.example.org/media/05-3f2a9c04d1b7.mp3'
    """
    return f"{_start(address, prefix)}{key}"


def move_item(item: LiveItem, old: str, new: str) -> LiveItem:
    """Let a published item name its files at the address that they have now, each with the prefix that it had."""
    begin, found, _ = (item.enclosure_url or "").partition(f"{old.removeprefix(_HTTPS)}/")
    prefix = begin if found and begin not in {"", _HTTPS} else None
    xml = item.xml
    for start in (prefix, None):  # with the prefix first: behind it the address may stand in full
        xml = xml.replace(escape(_start(old, start)), escape(_start(new, start)))
    return replace(item, xml=xml)


def _start(address: str, prefix: str | None) -> str:
    if prefix is None or (is_local(address) and not is_local(prefix)):
        return f"{address}/"
    return f"{prefix}{address.removeprefix(_HTTPS)}/"
