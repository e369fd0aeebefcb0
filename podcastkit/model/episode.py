"""An episode as its folder describes it, and its published audio."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.model.metadata import Block, EpisodeType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from podcastkit.diagnostics import Location
    from podcastkit.model.audio import Audio, Chapter, Clip, Measurement, Media
    from podcastkit.model.files import Artwork, Document, Picture, SourceFile
    from podcastkit.model.metadata import ContentLink, Funding, License, Person, Place, Social, Soundbite, Text, Txt
    from podcastkit.model.records import AlternateRecord, EpisodeRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternate:
    """Another version of an episode's audio (`podcast:alternateEnclosure`); its fields mean what Episode's do."""

    file: str
    """As the settings name it, in the episode's folder."""
    title: str | None = None
    lang: str | None = None
    """As a BCP 47 tag; None: the show's language."""
    audio: Audio | None = None
    measurement: Measurement | None = None
    master: SourceFile | None = None
    media: Media | None = None
    recipe: str | None = None
    record: AlternateRecord | None = None
    """What is remembered of it; None: it was never published."""
    location: Location | None = None
    """Where the settings name it."""
    hint: str | None = None
    """Which file is probably meant, if there is no file of this name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One episode: what its folder says and, once records are matched to it, what was published of it before.

    `state.matching` sets `record` and `withdrawn`, and completes `guid`, `date` and `media` from the record.
    """

    folder: str
    """The folder's name, NFC."""
    type: EpisodeType
    number: int | None
    season: int | None
    title: str
    notes: Text
    folder_number: int | None = None
    """The number in the folder's name, which also sorts what carries none (a bonus)."""
    audio: Audio | None = None
    measurement: Measurement | None = None
    """What decoding the audio told; None: it was not measured."""
    master: SourceFile | None = None
    media: Media | None = None
    """The file that can be published without encoding; None: it has to be made from the master."""
    guid: str | None = None
    """From front matter or the record; None: it gets a new one when it is published."""
    date: datetime | None = None
    """The date from front matter, the record or the schedule; None: the moment of first publication."""
    has_broken_audio: bool = False
    """There is audio, and a finding says why it cannot be used."""
    number_refused: str | None = None
    """Why what looks like a number in the folder's name was not taken for one."""
    recipe: str | None = None
    """How the media comes from the master, by the settings of today; None without a usable master."""
    intro: Clip | None = None
    """What is heard before it, once it is made from its master."""
    outro: Clip | None = None
    record: EpisodeRecord | None = None
    """What is remembered of it; None: it was never published."""
    alternates: tuple[Alternate, ...] = ()
    images: tuple[Picture, ...] = ()
    summary: str | None = None
    explicit: bool | None = None
    people: tuple[Person, ...] = ()
    """The show's people and then the episode's own, unless `only_people` was set."""
    link: str | None = None
    artwork: Artwork | None = None
    chapters: tuple[Chapter, ...] = ()
    """As they were read, in that order: from their file, the notes, or the audio's tags."""
    chapters_file: Document | None = None
    """The producer's own JSON chapters, published as they are; None: they are written from `chapters`."""
    transcripts: tuple[Document, ...] = ()
    draft: bool = False
    withdrawn: datetime | None = None
    """Since when it is taken back for good; nothing of it comes out again."""
    block: Block = Block()
    soundbites: tuple[Soundbite, ...] = ()
    places: tuple[Place, ...] = ()
    license: License | None = None
    txt: tuple[Txt, ...] = ()
    funding: tuple[Funding, ...] = ()
    number_display: str | None = None
    content_links: tuple[ContentLink, ...] = ()
    social: tuple[Social, ...] = ()
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each value was read, by its key."""

    @property
    def versions(self) -> tuple[Episode | Alternate, ...]:
        """All that has audio of its own: the episode, then its alternates."""
        return (self, *self.alternates)

    @property
    def stays_in(self) -> bool:
        """Whether it is meant for nobody: a draft, or withdrawn."""
        return self.draft or self.withdrawn is not None

    @property
    def name(self) -> str:
        """How people call the episode: `Episode 5`, `Trailer`, `Bonus`."""
        if self.number is not None and self.type is EpisodeType.FULL:
            return f"Episode {self.number}"
        return "Episode" if self.type is EpisodeType.FULL else self.type.value.capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternateAudio:
    """Another version of an episode's audio, with the file that listeners fetch."""

    alternate: Alternate
    media: Media


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeAudio:
    """The audio files that listeners fetch of an episode: the enclosure, and its other versions."""

    media: Media
    alternates: tuple[AlternateAudio, ...] = ()
