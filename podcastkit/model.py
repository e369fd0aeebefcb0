"""The values that all packages share: a show, its episodes, their files, and the feed made of them. No I/O.

All are frozen dataclasses. Constructors trust their arguments; the modules that read files check them. A missing
value is None. Moments are aware datetimes, durations timedeltas, sizes bytes.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from podcastkit.diagnostics import Diagnostic, Location


_CANCELLED = 20.0
"""DB that hardly any mixing takes away from the peaks of sound that is meant so."""
_BLIP = timedelta(milliseconds=100)
"""Decoders and encoders shift what they make by so much."""


# --- Metadata: what a show and its episodes say about themselves


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


# --- Settings


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
class Frequency:
    """How often episodes come out (`podcast:updateFrequency`); see `text.frequency`."""

    text: str
    complete: bool = False
    """Whether no further episode is meant to follow."""
    start: datetime | None = None
    rule: str | None = None
    """A recurrence rule of RFC 5545, section 3.3.10, that begins at `start`."""


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


# --- Files: audio, pictures, documents


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What the file system says of a file's state; equal stamps mean unchanged bytes."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of the producer's, as it was when it was hashed. Digests are lower-case hex."""

    path: Path
    size: int
    sha256: str
    md5: str
    stamp: Stamp


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A chapter mark, with what JSON chapters 1.2 know of one. It ends where the next one begins, unless said."""

    start: timedelta
    title: str | None = None
    """On one line; a hidden chapter needs none."""
    url: str | None = None
    img: str | None = None
    """The address of a picture to show meanwhile."""
    end: timedelta | None = None
    hidden: bool = False
    """It stands in no list (`toc: false`): apps only show its picture or follow its link."""
    place: Place | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Audio:
    """What an audio file is. Bitrate in bit/s, sample rate in Hz, size in bytes.

    `format` is told from the content, never from the name: mp3, m4a, wav, flac, aiff, ogg, opus, aac, or one of
    those that only ffmpeg reads (caf, w64, wavpack, wma, matroska, au, amr, tta, ac3) or mp2. `codec` says what is
    inside where that matters (`aac` or `alac` in m4a). `exact` tells that the length was counted.
    """

    path: Path
    format: str
    codec: str
    duration: timedelta
    bitrate: int | None
    sample_rate: int
    channels: int
    size: int
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    track: str | None = None
    chapters: tuple[Chapter, ...] = ()
    exact: bool = False
    shown: timedelta | None = None
    """The length that players show who believe the file's header, or its first frame, when it is wrong."""
    gaps: tuple[timedelta, ...] = ()
    """Where the sound stops at bytes that are none, and goes on behind them."""

    def to_dict(self) -> dict[str, object]:
        """Return the facts as the JSON object of `probe --json`: seconds, bit/s, Hz, bytes."""
        return {
            "path": str(self.path),
            "duration": round(self.duration.total_seconds(), 3),
            "format": self.format,
            "bitrate": self.bitrate,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "size": self.size,
            "title": self.title,
            "artist": self.artist,
            "album": self.album,
            "track": self.track,
            "chapters": [
                {"start": round(chapter.start.total_seconds(), 3), "title": chapter.title}
                for chapter in self.chapters
                if not chapter.hidden
            ],
            "exact": self.exact,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What decoding an audio file told; how each of them is measured, `media.measuring` says."""

    duration: timedelta
    """Of what was decoded, whatever the file promises."""
    loudness: float | None
    """Integrated, LUFS; None: nothing in it is loud and long enough to be measured."""
    loudness_range: float | None
    """LU; None like loudness."""
    true_peak: float | None
    """DBTP, of all channels; None: there is no sound at all."""
    silences: tuple[tuple[timedelta, timedelta], ...] = ()
    """Where each silence of a second or more begins and ends."""
    clipped: int = 0
    """How many samples of one channel stand on flat tops, in the worst channel; 0: it is not clipped."""
    mixed_peak: float | None = None
    """DBFS of what one loudspeaker plays, all channels mixed: -100 where nothing is left; None: it is not known."""
    errors: int = 0
    """How often the decoder met what it could not decode; in MP3 that may be tags at the end."""

    def to_dict(self) -> dict[str, object]:
        """Return what there is to hear as `probe --loudness --json` has it: LUFS, LU, dBTP."""
        names = ("loudness", "loudness_range", "true_peak")
        return {name: getattr(self, name) for name in names}

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing but silence."""
        heard = self.duration - sum((end - start for start, end in self.silences), start=timedelta())
        return self.true_peak is None or heard < _BLIP

    @property
    def cancels_out(self) -> bool:
        """Whether channels take each other away where they are mixed, as when one of them has its poles swapped."""
        if self.true_peak is None or self.mixed_peak is None or self.is_silent:
            return False
        return self.true_peak - self.mixed_peak > _CANCELLED

    @property
    def silent_start(self) -> timedelta:
        """How long it is silent before the first sound; nothing when no sound follows."""
        first = next(iter(self.silences), None)
        return first[1] if first and first[0] < _BLIP and not self.is_silent else timedelta()

    @property
    def silent_end(self) -> timedelta:
        """How long it is silent after the last sound; nothing when there is no sound."""
        start, end = self.silences[-1] if self.silences else (timedelta(), timedelta())
        return end - start if self.duration - end < _BLIP and not self.is_silent else timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """A piece of audio that is joined to episodes: an intro or an outro."""

    master: SourceFile
    audio: Audio


@dataclass(frozen=True, kw_only=True, slots=True)
class Artwork:
    """What an image file is. Width and height in pixels as displayed; `format` is Pillow's name (JPEG, PNG)."""

    file: SourceFile
    format: str
    mode: str
    width: int
    height: int
    has_alpha: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A further picture of a show or episode (`podcast:image`)."""

    artwork: Artwork
    purpose: str | None = None
    """What it is for, in words that apps know, between blanks."""
    alt: str | None = None
    """What it shows, for those who do not see it."""
    location: Location | None = None
    """Where the settings name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A small text file that is published beside an episode: chapters or a transcript."""

    body: bytes
    suffix: str
    """With its dot: `.vtt`."""
    content_type: str
    language: str | None = None
    """As a BCP 47 tag; None: the show's language."""
    source: str | None = None
    """The file of a transcript, relative to the show; None: made by us."""
    end: timedelta | None = None
    """The last moment that a transcript's file speaks of."""
    ending: Location | None = field(default=None, compare=False)
    """Where in its file that moment stands."""
    is_open: bool = False
    """Whether the file leaves open how long the last words take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """The audio that listeners fetch, as made or as published.

    `recipe` tells how it came from the master; while it and the master's bytes stay the same, so does `key`.
    `path` is where the bytes lie on this machine, None when only the destination has them.
    """

    key: str
    size: int
    sha256: str
    content_type: str
    duration: timedelta
    recipe: str
    md5: str | None = None
    path: Path | None = None
    bitrate: int | None = None
    """Bit/s, on average."""
    offset: timedelta = timedelta()
    """When the master's beginning is heard: behind an intro later, and where silence was cut off before 0."""
    encoder: str | None = None
    """The program that made it, with its version; None: it is the producer's own, or nobody knows any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaTags:
    """What an audio file that listeners get says of itself.

    `track` is number and total; each may be missing. A trial fixes neither `feed_url` nor `guid`: they are None.
    """

    title: str
    artist: str
    album: str
    date: date
    language: str
    """As a BCP 47 tag."""
    track: tuple[int | None, int | None] = (None, None)
    comment: str | None = None
    link: str | None = None
    """The episode's page."""
    feed_url: str | None = None
    guid: str | None = None
    chapters: tuple[Chapter, ...] = ()
    """By the file's own time."""
    cover: Artwork | None = None


# --- Records: what the lock and the manifest remember


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternateRecord:
    """What must never change about another version of a published episode's audio."""

    title: str | None
    lang: str | None
    master_sha256: str
    media: Media


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeRecord:
    """What must never change about a published episode, as the lock or a manifest remembers it."""

    guid: str
    folder: str
    published: datetime
    master_sha256: str
    media: Media
    prefix: str | None = None
    """What stood before the address of its media when it was published for the first time."""
    translated: tuple[tuple[str, str], ...] = ()
    """Its GUIDs in the feeds of translations, by language."""
    alternates: tuple[AlternateRecord, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its audio in every version."""
        return (self.media.key, *(alternate.media.key for alternate in self.alternates))


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """An episode that was taken back for good: nothing of it comes out again.

    Its folder and its master are known by their SHA-256 only: a record may be public, and a name tell too much.
    """

    guid: str
    at: datetime
    folder_sha256: str | None = None
    master_sha256: str | None = None
    files: tuple[str, ...] = ()
    """Keys at the destination that are still to be deleted."""
    translated: tuple[tuple[str, str], ...] = ()
    """Its GUIDs in the feeds of translations, by language."""

    @property
    def guids(self) -> frozenset[str]:
        """The GUIDs that it has in any feed."""
        return frozenset({self.guid, *(guid for _, guid in self.translated)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """What one place (the lock, a manifest) remembers of a show."""

    guid: str | None = None
    episodes: tuple[EpisodeRecord, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    translated: tuple[tuple[str, str], ...] = ()
    """The GUIDs of the show's translations, by language."""


# --- The show folder as it was read


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
class Show:
    """A show as its folder describes it, with the problems found while reading."""

    folder: Path
    at: datetime
    """The moment as of which the show is looked at; it decides what is due."""
    title: str
    author: str
    description: Text
    language: str
    categories: tuple[Category, ...]
    explicit: bool
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


# --- The feed: what is to be published, and what is published now


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
    feed: str = "feed.xml"
    """The feed's key below the address."""
    others: tuple[tuple[str, str], ...] = ()
    """The keys of the same show's feeds in other languages, by their language."""

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{self.feed}"
