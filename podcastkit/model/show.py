"""A show as its folder describes it, and its findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.model.metadata import Block, ShowType, Text
from podcastkit.model.records import Records, Withdrawal
from podcastkit.model.settings import AudioSettings, PublishSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from podcastkit.diagnostics import Diagnostic, Location
    from podcastkit.model.episode import Episode
    from podcastkit.model.files import Artwork, Picture
    from podcastkit.model.metadata import (
        Category,
        Funding,
        License,
        Owner,
        Person,
        Place,
        RemoteFeed,
        Social,
        Txt,
    )
    from podcastkit.model.settings import Schedule, Silence


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """A show as its folder describes it, with the problems found while reading."""

    folder: Path
    at: datetime
    """The moment as of which the show is looked at; it decides what is due."""
    title: str
    author: str = ""
    description: Text = Text(html="", plain="")
    language: str = ""
    categories: tuple[Category, ...] = ()
    explicit: bool = False
    type: ShowType = ShowType.SERIAL
    season: int = 1
    total_episodes: int | None = None
    """How many full episodes the series will have (`episodes` in show.toml)."""
    artwork: Artwork | None = None
    images: tuple[Picture, ...] = ()
    link: str | None = None
    timezone: ZoneInfo | None = None
    copyright: str | None = None
    complete: bool = False
    guid: str | None = None
    new_feed_url: str | None = None
    locked: bool = False
    medium: str = "podcast"
    license: License | None = None
    places: tuple[Place, ...] = ()
    txt: tuple[Txt, ...] = ()
    block: Block = Block()
    podroll: tuple[RemoteFeed, ...] = ()
    funding: tuple[Funding, ...] = ()
    publisher: RemoteFeed | None = None
    podping: bool = False
    social: tuple[Social, ...] = ()
    season_name: str | None = None
    people: tuple[Person, ...] = ()
    owner: Owner | None = None
    schedule: Schedule | None = None
    publish: PublishSettings = PublishSettings()
    audio: AudioSettings = AudioSettings()
    ignore: tuple[str, ...] = ()
    """Codes of rules that the producer does not want to hear of."""
    silences: tuple[Silence, ...] = ()
    """The comments in its files that silence rules."""
    episodes: tuple[Episode, ...] = ()
    records: Records = Records()
    """What podcastkit.lock remembers."""
    withdrawn: tuple[Withdrawal, ...] = ()
    """The withdrawn episodes that the lock or the destination remembers; `state.matching` sets them."""
    translation: str | None = None
    """The language into which this show is translated, which names its feed; None: it is the original."""
    spoken: str | None = None
    """The language of what listeners hear, where a translation has another."""
    translations: tuple[Show, ...] = ()
    """The same episodes in the words of other languages."""
    diagnostics: tuple[Diagnostic, ...] = ()
    locations: Mapping[str, Location] = field(default_factory=dict)
    sources: Mapping[Path, object] = field(default_factory=dict)
    """The files that were read, and their state at that time; `loader.changed_sources` compares it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedShow:
    """A show with all of its findings."""

    show: Show
    findings: tuple[Diagnostic, ...]
    """Of the show and its translations: the show's first, then by episode. Ignored findings are left out."""
    errors: Mapping[str | None, tuple[Diagnostic, ...]]
    """The errors of each feed, by the language of its translation; those of the original are under None."""
