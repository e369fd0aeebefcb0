"""What a show and its episodes say about themselves."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from podcastkit.diagnostics import Location


class ShowType(enum.StrEnum):
    """How listeners should go through the show (`itunes:type`)."""

    EPISODIC = "episodic"
    SERIAL = "serial"


class EpisodeType(enum.StrEnum):
    """What an episode is (`itunes:episodeType`)."""

    FULL = "full"
    TRAILER = "trailer"
    BONUS = "bonus"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody credited (`podcast:person`)."""

    name: str
    role: str | None = None
    group: str | None = None
    href: str | None = None
    img: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Whom directories write to (`itunes:owner`)."""

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
    """A text as rich sanitised HTML and as plain text; the two say the same."""

    html: str
    plain: str
    simple: str | None = field(default=None, compare=False)
    """The same in the few tags of a description (`renderers.simplify`); None: nobody made it yet."""
    ending: Text | None = field(default=None, compare=False)
    """What it ends with and keeps when it is cut, as the show's footer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Funding:
    """A way to support the show (`podcast:funding`)."""

    url: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the content is about or was made (`podcast:location`)."""

    name: str
    geo: str | None = None
    osm: str | None = None
    country: str | None = None
    rel: str = "subject"
    """`subject`: it is about this place; `creator`: it was made there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class License:
    """The licence of the content (`podcast:license`)."""

    slug: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Txt:
    """Free text for machines (`podcast:txt`), for example to prove who owns the show."""

    value: str
    purpose: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Who shall not list the show or episode: everybody, or the services named by their slugs.

    `exceptions` are services that may list it although everybody is blocked.
    """

    everybody: bool = False
    services: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteFeed:
    """Another feed that this one names (`podcast:remoteItem` in a podroll or publisher)."""

    feed_guid: str
    feed_url: str | None = None
    title: str | None = None
    medium: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Social:
    """Where listeners talk about the show or episode (`podcast:socialInteract`)."""

    protocol: str
    uri: str | None = None
    account_id: str | None = None
    account_url: str | None = None
    priority: int | None = None
    """Which of several comes first: the lowest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Soundbite:
    """A short part worth sharing (`podcast:soundbite`)."""

    start: timedelta
    duration: timedelta
    title: str | None = None
    location: Location | None = field(default=None, compare=False)
    """Where front matter tells of it."""

    @property
    def end(self) -> timedelta:
        """Where it ends, from the beginning of the audio."""
        return self.start + self.duration


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentLink:
    """A link to the episode elsewhere (`podcast:contentLink`)."""

    href: str
    text: str
