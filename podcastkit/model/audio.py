"""Audio: the properties of a file, its measurement, and the published file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from podcastkit.model.files import Artwork, SourceFile
    from podcastkit.model.metadata import Place

_MIN_CANCELLATION = 20.0
"""If mixing to mono lowers the peak by more decibels than this, the channels cancel each other out."""
_TOLERANCE = timedelta(milliseconds=100)
"""The tolerance for shifts that decoders and encoders cause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A chapter with the properties of JSON chapters 1.2. Without `end`, it ends where the next one begins."""

    start: timedelta
    title: str | None = None
    """One line of text; optional for a hidden chapter."""
    url: str | None = None
    img: str | None = None
    """The URL of an image to show during the chapter."""
    end: timedelta | None = None
    hidden: bool = False
    """Whether apps leave it out of the chapter list (`toc: false`), and only show its image or link."""
    place: Place | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """The range of audio bytes in a file, if other data before them would confuse decoders. Offsets in bytes."""

    start: int
    end: int
    raw: str | None = None
    """ffmpeg's name for the raw format of the bytes; None if they are a complete file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audio:
    """The properties of an audio file. Bitrate in bit/s, sample rate in Hz, size in bytes.

    `format` depends on the content, never on the name: mp3, m4a, wav, flac, aiff, ogg, opus, aac, mp2, or a format
    that only ffmpeg reads (caf, w64, wavpack, wma, matroska, au, amr, tta, ac3). `codec` is the codec inside the
    format (`aac` or `alac` in m4a). `exact` is true if the duration was counted, not estimated.
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
    """The wrong duration that some players show, because the file's header or first frame is wrong; else None."""
    gaps: tuple[timedelta, ...] = ()
    """The positions where other data interrupts the audio."""
    extent: Extent | None = None
    """The part of the file to pass to decoders; None for the whole file."""
    damaged_tags: tuple[str, ...] = ()
    """Messages about damaged tags, which name the parts that are left out."""
    unread_texts: tuple[str, ...] = ()
    """Messages about texts in the tags that cannot be decoded."""
    unread_chapters: tuple[str, ...] = ()
    """Messages about chapters in the tags that cannot be read."""

    @property
    def tag_warnings(self) -> tuple[str, ...]:
        """All messages about problems in the tags."""
        return self.damaged_tags + self.unread_texts + self.unread_chapters

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `probe --json`, in seconds, bit/s, Hz and bytes."""
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
            "warnings": list(self.tag_warnings),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """The results of decoding and measuring an audio file. `media.measuring` explains the methods."""

    duration: timedelta
    """The duration of the decoded audio, which can differ from that in the header."""
    loudness: float | None
    """Integrated loudness in LUFS; None if the audio is too quiet or too short to be measured."""
    loudness_range: float | None
    """The loudness range in LU; None if `loudness` is None."""
    true_peak: float | None
    """The highest true peak of all channels in dBTP; None if there is no sound."""
    silences: tuple[tuple[timedelta, timedelta], ...] = ()
    """The start and end of each silence of a second or more."""
    clipped: int = 0
    """The number of clipped samples (flat peaks) in the worst channel."""
    mixed_peak: float | None = None
    """The peak in dBFS of all channels mixed to mono; -100 if nothing is left, None if it is unknown."""
    errors: int = 0
    """The number of decoding errors; in MP3, tags at the end can cause them."""

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `probe --loudness --json`, in LUFS, LU and dBTP."""
        names = ("loudness", "loudness_range", "true_peak")
        return {name: getattr(self, name) for name in names}

    @property
    def is_silent(self) -> bool:
        """Whether the audio contains only silence."""
        sound = self.duration - sum((end - start for start, end in self.silences), start=timedelta())
        return self.true_peak is None or sound < _TOLERANCE

    @property
    def cancels_out(self) -> bool:
        """Whether the channels cancel each other out in mono, for example because one has inverted polarity."""
        if self.true_peak is None or self.mixed_peak is None or self.is_silent:
            return False
        return self.true_peak - self.mixed_peak > _MIN_CANCELLATION

    @property
    def silent_start(self) -> timedelta:
        """The duration of silence before the first sound; 0 if there is no sound."""
        start, end = self.silences[0] if self.silences else (timedelta(), timedelta())
        is_at_start = start < _TOLERANCE
        return end if is_at_start and not self.is_silent else timedelta()

    @property
    def silent_end(self) -> timedelta:
        """The duration of silence after the last sound; 0 if there is no sound."""
        start, end = self.silences[-1] if self.silences else (timedelta(), timedelta())
        is_at_end = self.duration - end < _TOLERANCE
        return end - start if is_at_end and not self.is_silent else timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """An intro or outro, which is joined to episodes."""

    master: SourceFile
    audio: Audio


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """The published audio of an episode, or an encoded file to publish.

    `recipe` contains the settings that determine the encoding. While the recipe and the master stay the same, `key`
    stays the same. `path` is the local file, or None if only the destination has it.
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
    """The average bitrate in bit/s."""
    offset: timedelta = timedelta()
    """The start of the master in this file: positive after an intro, negative if silence was cut off."""
    encoder: str | None = None
    """The program that encoded the file, with its version; None for the producer's own file, or if unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaTags:
    """The tags of a published audio file.

    `track` is the number and the total; each can be None. In a trial run, `feed_url` and `guid` are None.
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
    """The chapters, with times in this file."""
    cover: Artwork | None = None
