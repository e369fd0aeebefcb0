"""The current state of a destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.model import LiveFeed, LiveItem, Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.state.manifest import FeedHistory, Release


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFeed:
    """The current feed file under one name."""

    body: bytes
    etag: str
    live: LiveFeed | None = None
    """The content of the feed, or None if a trial run wrote it and this publish is real."""
    adopted: Release | None = None
    """The entry for the history, if another program's feed is taken over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedState:
    """The current state of a destination. A real publish ignores the content of a trial run."""

    url: str | None = None
    """The public URL; None if nothing is published yet."""
    manifest_body: bytes | None = None
    feeds: Mapping[str | None, PublishedFeed] = field(default_factory=dict)
    """The published feeds by language of translation; the original comes first, with the key None."""
    histories: Mapping[str | None, FeedHistory] = field(default_factory=dict)
    """The current and earlier feeds by language of translation."""
    records: Records = field(default_factory=Records)
    files: Mapping[str, int] = field(default_factory=dict)
    """The size in bytes of each file that podcastkit uploaded, by key."""
    etags: Mapping[str, str] = field(default_factory=dict)
    """The ETag of the manifest and of each file in the history, by key."""
    stored: Mapping[str, int] = field(default_factory=dict)
    """The size in bytes of each file with a hash in its name, by key; this includes the history."""

    def get_live_feed(self, language: str | None) -> LiveFeed | None:
        """Return the published feed; None if there is no feed, or only that of a trial run."""
        feed = self.feeds.get(language)
        return feed.live if feed else None

    def get_live_items(self, language: str | None) -> tuple[LiveItem, ...]:
        """Return the items of the published feed."""
        live = self.get_live_feed(language)
        return live.items if live else ()
