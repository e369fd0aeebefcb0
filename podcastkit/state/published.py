"""What is published at a destination now, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.model import LiveFeed, LiveItem, Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.state.manifest import FeedHistory, Release


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFeed:
    """What stands under one feed's name now."""

    body: bytes
    etag: str
    live: LiveFeed | None = None
    """What subscribers have; None also if a trial wrote the feed and this publish is real."""
    adopted: Release | None = None
    """Somebody else's feed that is taken over, as it shall stand in the history."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedState:
    """What stands at the destination now. What a trial left there is forgotten when this is for real."""

    url: str | None = None
    """The public address; None where nothing is published yet."""
    manifest_body: bytes | None = None
    feeds: Mapping[str | None, PublishedFeed] = field(default_factory=dict)
    """Those that are there, by language; the original's is under None, and first."""
    histories: Mapping[str | None, FeedHistory] = field(default_factory=dict)
    """What was and is live under the name of each feed."""
    records: Records = field(default_factory=Records)
    files: Mapping[str, int] = field(default_factory=dict)
    """Size by key of the files that podcastkit put there."""
    etags: Mapping[str, str] = field(default_factory=dict)
    """ETag by key of podcastkit's own records: the manifest and what is in the history."""
    stored: Mapping[str, int] = field(default_factory=dict)
    """Size by key of the files whose names carry a content's hash, those of the history among them."""

    def live(self, language: str | None) -> LiveFeed | None:
        """Return what the subscribers of a feed have; None where there is none, or only that of a trial."""
        feed = self.feeds.get(language)
        return feed.live if feed else None

    def items(self, language: str | None) -> tuple[LiveItem, ...]:
        """Return the episodes that the subscribers of a feed have."""
        live = self.live(language)
        return live.items if live else ()
