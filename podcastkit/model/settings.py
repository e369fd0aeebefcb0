"""Settings from show.toml: schedule, destination, audio, ignored findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The release dates of episodes without their own date; see `text.dates`."""

    first: datetime
    """The release date of number 1, aware, in the show's time zone."""
    every: tuple[int, str]
    """The interval between two episodes: `(2, "week")`; the unit is day, week or month."""
    skip: tuple[date, ...] = ()
    text: str | None = None
    """The text about the schedule that apps show, or None for the default text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishSettings:
    """The `[publish]` table: the destination, and the public URL."""

    to: str | None = None
    url: str | None = None
    prefix: str | None = None
    """The prefix of the media URL of new episodes; a service at that prefix counts downloads."""
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioSettings:
    """The `[audio]` table: the settings for encoding. Loudness in LUFS, bitrate in kbit/s."""

    loudness: float | None = -16.0
    """The target loudness; None to keep the loudness of the master."""
    format: str = "mp3"
    bitrate: int | None = None
    channels: str = "keep"
    always: bool = False
    """Whether to encode all audio, including files that could be published unchanged."""
    tag: bool = False
    """Whether to tag a copy of files that are published without encoding."""
    intro: str | None = None
    """The file in the show folder that is joined to the start of each episode."""
    outro: str | None = None
    crossfade: timedelta = timedelta()
    """The overlap of an episode with its intro, and with its outro."""
    trim: bool = False
    """Whether to remove silence at the start and the end of masters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A comment that silences rules for a range of lines; lines count from 1."""

    file: str
    """The path relative to the show, with `/`."""
    first: int
    last: int
    codes: frozenset[str]
