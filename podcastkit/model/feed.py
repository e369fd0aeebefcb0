"""The feed: what is published next, and what is published now."""

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
    """How often episodes come out (`podcast:updateFrequency`); see `text.update_frequency`."""

    text: str
    complete: bool = False
    """Whether no further episode is meant to follow."""
    start: datetime | None = None
    rule: str | None = None
    """A recurrence rule of RFC 5545, section 3.3.10, that begins at `start`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicFile:
    """A file as the feed names it: its key below the show's public address."""

    key: str
    size: int
    content_type: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicPicture:
    """A picture as the feed names it; width and height in pixels."""

    file: PublicFile
    width: int
    height: int
    purpose: str | None = None
    alt: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An episode as it shall stand in the feed."""

    episode: Episode
    guid: str
    published: datetime
    media: Media
    alternates: tuple[AlternateAudio, ...] = ()
    prefix: str | None = None
    """What stands before the address of the media."""
    artwork: PublicFile | None = None
    images: tuple[PublicPicture, ...] = ()
    chapters: PublicFile | None = None
    transcripts: tuple[PublicFile, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveItem:
    """An item of a feed that was published before, kept word for word in `xml`."""

    guid: str
    title: str
    published: datetime | None
    type: EpisodeType
    season: int | None
    number: int | None
    enclosure_url: str | None
    fields: Mapping[str, str]
    """What subscribers see of it, by name (title, notes, date, audio …), for comparing."""
    xml: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveFeed:
    """A feed that was published before."""

    guid: str | None
    fields: Mapping[str, str]
    """What subscribers see of the show, by name (title, description, artwork …)."""
    items: tuple[LiveItem, ...]
    built: datetime | None = None
    """Its `lastBuildDate`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedFile:
    """A file that a feed sends apps to, as the feed describes it; length in bytes."""

    kind: str
    """`enclosure`, `artwork`, `chapters`, `transcript`, `alternate`, `image` or `trailer`."""
    url: str
    guid: str | None
    """Of the item that links to it; None: the show."""
    length: int | None = None
    content_type: str | None = None
    duration: str = ""
    """How long the audio of an enclosure plays, as the feed writes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """A show as it shall stand at one public address: what a feed is written from."""

    show: Show
    guid: str
    url: str
    """The public address without a slash at its end."""
    items: tuple[Item | LiveItem, ...]
    """In the order of the feed."""
    artwork: PublicFile | None = None
    images: tuple[PublicPicture, ...] = ()
    frequency: Frequency | None = None
    built: datetime | None = None
    """The `lastBuildDate` of the feed that this one replaces: apps that compare it expect no earlier one."""
    feed: str = "feed.xml"
    """The feed's key below the address."""
    others: tuple[tuple[str, str], ...] = ()
    """The keys of the same show's feeds in other languages, by their language."""

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{self.feed}"
