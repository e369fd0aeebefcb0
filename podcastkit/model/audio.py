"""Audio: what a file contains, what decoding it measured, and what listeners fetch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from podcastkit.model.files import Artwork, SourceFile
    from podcastkit.model.metadata import Place

_CANCELLED = 20.0
"""DB that hardly any mixing takes away from the peaks of sound that is meant so."""
_BLIP = timedelta(milliseconds=100)
"""Decoders and encoders shift what they make by so much."""


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
class Extent:
    """The bytes of a file that are its sound's, where something before them is in the way of decoders."""

    start: int
    end: int
    raw: str | None = None
    """ffmpeg's name of their encoding; None: they are a whole file of the format."""


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
    extent: Extent | None = None
    """What decoders are given of the file; None: all of it."""
    damaged_tags: tuple[str, ...] = ()
    """What is wrong with its tags, and what is therefore left out."""
    unread_texts: tuple[str, ...] = ()
    """Which texts in its tags cannot be decoded."""
    unread_chapters: tuple[str, ...] = ()
    """What is wrong with the chapters in its tags."""

    @property
    def tag_warnings(self) -> tuple[str, ...]:
        """All that is wrong with its tags."""
        return self.damaged_tags + self.unread_texts + self.unread_chapters

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
            "warnings": list(self.tag_warnings),
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
