"""Metadata of shows and episodes."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from podcastkit.diagnostics import Location


class ShowType(enum.StrEnum):
    """The listening order of the show (`itunes:type`)."""

    EPISODIC = "episodic"
    SERIAL = "serial"


class EpisodeType(enum.StrEnum):
    """The kind of an episode (`itunes:episodeType`)."""

    FULL = "full"
    TRAILER = "trailer"
    BONUS = "bonus"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A credited person (`podcast:person`). `href` is the URL of a page, and `img` that of a picture."""

    name: str
    role: str | None = None
    group: str | None = None
    href: str | None = None
    img: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The contact of the show for directories (`itunes:owner`)."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """An Apple category with its optional subcategory."""

    name: str
    sub: str | None = None

    def __str__(self) -> str:
        return f"{self.name} > {self.sub}" if self.sub else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text as sanitized HTML and as plain text."""

    html: str
    plain: str
    simple: str | None = field(default=None, compare=False)
    """The text as HTML with few tags (`renderers.simplify`); None if it is not computed yet."""
    ending: Text | None = field(default=None, compare=False)
    """The end of the text, such as the show's footer, which is kept when the text is cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Funding:
    """A way to support the show (`podcast:funding`)."""

    url: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place that the content is about, or where the content was made (`podcast:location`).

    `geo` is a geo URI (RFC 5870), `osm` an object of OpenStreetMap, and `country` a code of ISO 3166-1.
    """

    name: str
    geo: str | None = None
    osm: str | None = None
    country: str | None = None
    rel: str = "subject"
    """`subject` if the content is about the place, `creator` if the content was made there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class License:
    """The license of the content (`podcast:license`)."""

    slug: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Txt:
    """Free text for software (`podcast:txt`), for example to prove that you own the show."""

    value: str
    purpose: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """The services that must not list the show or episode (`podcast:block`): all, or those with these slugs.

    `exceptions` are the only services that may list it if `everybody` is set.
    """

    everybody: bool = False
    services: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteFeed:
    """A link to another feed (`podcast:remoteItem` in a podroll or publisher)."""

    feed_guid: str
    feed_url: str | None = None
    title: str | None = None
    medium: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Social:
    """A place where listeners discuss the show or episode (`podcast:socialInteract`)."""

    protocol: str
    uri: str | None = None
    account_id: str | None = None
    account_url: str | None = None
    priority: int | None = None
    """The rank among several; the lowest number is first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Soundbite:
    """A short part worth sharing (`podcast:soundbite`)."""

    start: timedelta
    duration: timedelta
    title: str | None = None
    location: Location | None = field(default=None, compare=False)
    """The place of the soundbite in front matter."""

    @property
    def end(self) -> timedelta:
        """The end of the soundbite in the audio."""
        return self.start + self.duration


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentLink:
    """A link to the episode on another site (`podcast:contentLink`)."""

    href: str
    text: str
