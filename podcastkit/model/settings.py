"""What show.toml sets: schedule, destination, audio, ignored findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """When episodes without a date of their own come out; see `text.moments.scheduled`."""

    first: datetime
    """The moment of number 1, aware, in the show's time zone."""
    every: tuple[int, str]
    """How many of which unit lie between two episodes: `(2, "week")`; the unit is day, week or month."""
    skip: tuple[date, ...] = ()
    text: str | None = None
    """What apps show of it, in the producer's own words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishSettings:
    """The `[publish]` table: where to publish, and where listeners fetch it."""

    to: str | None = None
    url: str | None = None
    prefix: str | None = None
    """What stands before the address of a new episode's media, so that a service counts its downloads."""
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioSettings:
    """The `[audio]` table: what masters become. Loudness in LUFS, bitrate in kbit/s."""

    loudness: float | None = -16.0
    """None: it is left alone."""
    format: str = "mp3"
    bitrate: int | None = None
    channels: str = "keep"
    always: bool = False
    """Whether also what listeners could get as it is, is a master."""
    tag: bool = False
    """Whether what listeners get as it is gets tags, in a copy."""
    intro: str | None = None
    """The file in the show's folder that is heard before each episode."""
    outro: str | None = None
    crossfade: timedelta = timedelta()
    """How long an episode and its intro, or its outro, are heard together."""
    trim: bool = False
    """Whether silence at the beginning and the end of masters is cut off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A comment that silences rules, and the lines of its file for which it does; they count from 1."""

    file: str
    """Relative to the show, with `/`."""
    first: int
    last: int
    codes: frozenset[str]
