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
    """A show as its folder describes it, with the findings from reading it."""

    folder: Path
    at: datetime
    """The moment for which the show is checked; episodes with a date up to this moment are due."""
    title: str
    author: str = ""
    description: Text = Text(html="", plain="")
    language: str = ""
    categories: tuple[Category, ...] = ()
    explicit: bool = False
    type: ShowType = ShowType.SERIAL
    season: int = 1
    total_episodes: int | None = None
    """The planned number of full episodes (`episodes` in show.toml)."""
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
    """The codes of rules whose findings the producer ignores."""
    silences: tuple[Silence, ...] = ()
    """The comments in the show's files that silence rules."""
    episodes: tuple[Episode, ...] = ()
    records: Records = Records()
    """The records in podcastkit.lock."""
    withdrawn: tuple[Withdrawal, ...] = ()
    """The withdrawn episodes in the lock file or at the destination; `state.matching` sets them."""
    translation: str | None = None
    """The language of this translation, which is also in the name of its feed; None for the original."""
    spoken: str | None = None
    """The language of the audio, if it is not the language of the translation."""
    translations: tuple[Show, ...] = ()
    """The show in other languages, with the same episodes."""
    diagnostics: tuple[Diagnostic, ...] = ()
    locations: Mapping[str, Location] = field(default_factory=dict)
    sources: Mapping[Path, object] = field(default_factory=dict)
    """The files that were read, and their states; `loader.find_changed_sources` compares the states."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedShow:
    """A show with all of its findings."""

    show: Show
    findings: tuple[Diagnostic, ...]
    """The findings about the show and its translations, without ignored ones: first the show, then by episode."""
    errors: Mapping[str | None, tuple[Diagnostic, ...]]
    """The errors of each feed, by the language of the translation; the key of the original is None."""
