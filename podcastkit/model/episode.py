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
    """A further version of an episode's audio (`podcast:alternateEnclosure`). Its fields are those of Episode."""

    file: str
    """The path of the file in the episode's folder, as in the settings."""
    title: str | None = None
    lang: str | None = None
    """The BCP 47 tag of its language; None for the show's language."""
    audio: Audio | None = None
    measurement: Measurement | None = None
    master: SourceFile | None = None
    media: Media | None = None
    recipe: str | None = None
    record: AlternateRecord | None = None
    """The record; None if the alternate was never published."""
    location: Location | None = None
    """The place in the settings that names the file."""
    hint: str | None = None
    """A hint with a similar file name, if the file does not exist."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """An episode as its folder describes it and, once it is matched to a record, its published values.

    `state.matching` sets `record` and `withdrawn`, and completes `guid`, `date` and `media` from the record.
    """

    folder: str
    """The folder's name in NFC."""
    type: EpisodeType
    number: int | None
    season: int | None
    title: str
    notes: Text
    folder_number: int | None = None
    """The number in the folder's name. It also sorts episodes that have no number, such as a bonus."""
    audio: Audio | None = None
    measurement: Measurement | None = None
    """The measurement of the audio; None if it was not measured."""
    master: SourceFile | None = None
    media: Media | None = None
    """The file to publish without encoding; None if it must be encoded from the master."""
    guid: str | None = None
    """The GUID from front matter or the record; None if publishing assigns a new one."""
    date: datetime | None = None
    """The date from front matter, the record or the schedule; None for the moment of first publication."""
    has_broken_audio: bool = False
    """Whether the folder has audio that cannot be used; a finding reports the reason."""
    number_refused: str | None = None
    """Why the digits in the folder's name are not used as a number."""
    recipe: str | None = None
    """The recipe by the current settings; None if there is no usable master."""
    intro: Clip | None = None
    """The clip before the episode, if it is encoded from its master."""
    outro: Clip | None = None
    record: EpisodeRecord | None = None
    """The record; None if the episode was never published."""
    alternates: tuple[Alternate, ...] = ()
    images: tuple[Picture, ...] = ()
    summary: str | None = None
    explicit: bool | None = None
    people: tuple[Person, ...] = ()
    """The show's people and then the episode's own, unless `only_people` was set."""
    link: str | None = None
    artwork: Artwork | None = None
    chapters: tuple[Chapter, ...] = ()
    """The chapters from the first of these that has any: the chapters file, the notes, the tags of the audio."""
    chapters_file: Document | None = None
    """The producer's JSON chapters, published unchanged; None if podcastkit writes them from `chapters`."""
    transcripts: tuple[Document, ...] = ()
    draft: bool = False
    withdrawn: datetime | None = None
    """The moment when the episode was withdrawn permanently; it is never published again."""
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
    """The location of each value by key."""

    @property
    def versions(self) -> tuple[Episode | Alternate, ...]:
        """The episode and its alternates, each of which has its own audio."""
        return (self, *self.alternates)

    @property
    def stays_in(self) -> bool:
        """Whether the episode must not be published, because it is a draft or withdrawn."""
        return self.draft or self.withdrawn is not None

    @property
    def name(self) -> str:
        """The name of the episode in texts: `Episode 5`, `Trailer`, `Bonus`."""
        if self.number is not None and self.type is EpisodeType.FULL:
            return f"Episode {self.number}"
        return "Episode" if self.type is EpisodeType.FULL else self.type.value.capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternateAudio:
    """An alternate with its published file."""

    alternate: Alternate
    media: Media


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeAudio:
    """The published audio of an episode: the enclosure and the alternates."""

    media: Media
    alternates: tuple[AlternateAudio, ...] = ()
