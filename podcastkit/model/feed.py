"""The feed to publish, and the feed that is published now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from podcastkit.model.audio import Media
    from podcastkit.model.episode import AlternateAudio, Episode
    from podcastkit.model.metadata import EpisodeType
    from podcastkit.model.show import Show


@dataclass(frozen=True, kw_only=True, slots=True)
class Frequency:
    """The release frequency (`podcast:updateFrequency`); see `text.update_frequency`."""

    text: str
    complete: bool = False
    """Whether the show is complete, without further episodes."""
    start: datetime | None = None
    rule: str | None = None
    """A recurrence rule (RFC 5545, section 3.3.10) that begins at `start`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicFile:
    """A published file; `key` is its path below the show's public URL."""

    key: str
    size: int
    content_type: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicPicture:
    """A published image; width and height in pixels."""

    file: PublicFile
    width: int
    height: int
    purpose: str | None = None
    alt: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An episode in the feed to publish."""

    episode: Episode
    guid: str
    published: datetime
    media: Media
    alternates: tuple[AlternateAudio, ...] = ()
    prefix: str | None = None
    """The prefix of the media URL."""
    artwork: PublicFile | None = None
    images: tuple[PublicPicture, ...] = ()
    chapters: PublicFile | None = None
    transcripts: tuple[PublicFile, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveItem:
    """An item of the published feed; `xml` is its exact text."""

    guid: str
    title: str
    published: datetime | None
    type: EpisodeType
    season: int | None
    number: int | None
    enclosure_url: str | None
    fields: Mapping[str, str]
    """The values that apps show, by name (title, notes, date, audio …), to compare feeds."""
    xml: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveFeed:
    """The feed that is published now."""

    guid: str | None
    fields: Mapping[str, str]
    """The values of the show that apps show, by name (title, description, artwork …)."""
    items: tuple[LiveItem, ...]
    built: datetime | None = None
    """The `lastBuildDate` of the feed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedFile:
    """A file that a feed links to, as the feed describes it; length in bytes."""

    kind: str
    """`enclosure`, `artwork`, `chapters`, `transcript`, `alternate`, `image` or `trailer`."""
    url: str
    guid: str | None
    """The GUID of the item that links to the file; None for the show."""
    length: int | None = None
    content_type: str | None = None
    duration: str = ""
    """The duration of an enclosure, as the feed states it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """A show at one public URL, with all values that the feed needs."""

    show: Show
    guid: str
    url: str
    """The public URL without a trailing slash."""
    items: tuple[Item | LiveItem, ...]
    """The items in the order of the feed."""
    artwork: PublicFile | None = None
    images: tuple[PublicPicture, ...] = ()
    frequency: Frequency | None = None
    built: datetime | None = None
    """The `lastBuildDate` of the published feed. The new date must not be earlier, because some apps compare it."""
    feed: str = "feed.xml"
    """The key of the feed, its path below the URL."""
    others: tuple[tuple[str, str], ...] = ()
    """The languages and keys of the show's feeds in other languages."""

    @property
    def feed_url(self) -> str:
        """The URL that listeners subscribe to."""
        return f"{self.url}/{self.feed}"
