"""Measure a duration by decoding, for files whose structure does not contain it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING, NamedTuple

from podcastkit.diagnostics import MediaError
from podcastkit.media.ffmpeg import named_input, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.tag_reader import Tags, TagTexts, sort_chapters
from podcastkit.media.tag_text import Encoding, decode_text
from podcastkit.model import Chapter
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Extent

_STREAM = re.compile(r"\[info\] {2,4}Stream #0:\d+\S*: (Audio|Video): (\w+)(.*)")
_CHAPTER = re.compile(r"\[info\] {4,6}Chapter #0:\d+: start (\d+\.\d+), end")
_TEXT = re.compile(r"\[info\] {5}( {4})?(title|artist|album|track) *: (.*)", re.IGNORECASE)
"""A text of the file, or of what was named last, which is indented more."""
_PROMISE = re.compile(r"\[info\] {2,4}Duration: (\d+):(\d\d):(\d\d\.\d+),")
_GUESS = "Estimating duration from bitrate"
_PICTURE = "(attached pic)"
_STILLS = frozenset({"mjpeg", "png"})
"""What covers are made of; in Matroska, nothing else tells them from a video."""
_OUTPUT = "[info] Output #0"
_BLOCK = 2**20
_AU_HEAD = 24
"""Bytes: mark, offset, size, encoding, sample rate and channels, four each."""
_STEREO = 2
_LONGEST = 24 * 3600
"""Seconds; nothing is decoded for longer, since a small file may claim to unfold to years."""
_CURE = "see whether it plays on this computer, and export it again as MP3, M4A or WAV"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What came out of a file. Sample rate in Hz; `promised` is the length that its header tells, if any.

    `is_twice_the_same`: it has two channels that do not differ.
    """

    duration: timedelta
    sample_rate: int
    channels: int
    codec: str
    promised: timedelta | None
    is_twice_the_same: bool
    tags: Tags


def decode(form: str, path: Path, extent: Extent | None = None, *, has_pictures: bool = False) -> Decoded:
    """Decode a file of a known format and count what comes out; it is never in memory as a whole.

    `has_pictures`: what looks like a video are pictures, as is known already. Raises `MediaError` for a video, for
    what cannot be decoded, and when there is no ffmpeg that works.
    """
    log = _Log()
    # Of 8 bits, because only their number matters; AU, because its header tells rate and channels and no size.
    # What is damaged to two thirds is counted, too, rather than given up at its end.
    arguments = ("-map", "0:a:0", "-vn", "-c:a", "pcm_s8", "-max_error_rate", "1", "-f", "au", "pipe:1")
    try:
        with stream_ffmpeg([*named_input(form, path, extent), *arguments], log.hear) as sound:
            counted = _count(sound, path)
    except FfmpegFailed as error:
        if not error.is_about_file:
            raise
        words = (
            "is a video" if log.has_video and not has_pictures else f"cannot be decoded: {error.name_cause(path)}"
        )
        raise MediaError(f"{display_name(path)} {words}", _CURE) from error
    if log.has_video and not has_pictures:
        raise MediaError(f"{display_name(path)} is a video", "export only its sound, as MP3, M4A or WAV")
    if not counted.samples:
        raise MediaError(f"{display_name(path)} holds no sound that can be decoded", _CURE)
    return Decoded(
        duration=timedelta(seconds=counted.samples / counted.rate),
        sample_rate=counted.rate,
        channels=counted.channels,
        codec=log.codec,
        promised=log.promised,
        tags=log.read_tags(),
        is_twice_the_same=counted.channels == _STEREO and not counted.differ,
    )


class _Counted(NamedTuple):
    rate: int
    channels: int
    samples: int
    """In each channel."""
    differ: bool
    """Whether the first two channels do."""


def _count(sound: IO[bytes], path: Path) -> _Counted:
    """Read all of an AU stream."""
    head = sound.read(_AU_HEAD)
    offset, rate, channels = (int.from_bytes(head[at : at + 4], "big") for at in (4, 16, 20))
    sound.read(max(offset - _AU_HEAD, 0))
    count, differ = 0, False
    while block := sound.read(_BLOCK):
        count += len(block)
        differ = differ or (channels == _STEREO and block[::2] != block[1::2])
        if count > _LONGEST * rate * channels:
            raise MediaError(f"{display_name(path)} goes on for more than 24 hours", _CURE)
    return _Counted(rate, channels, count // channels if channels else 0, differ)


class _Log:
    """What ffmpeg says of its input, line by line."""

    def __init__(self) -> None:
        self.codec = "unknown"
        self.promised: timedelta | None = None
        self.has_video = False
        self._texts = TagTexts()
        self._chapters: list[Chapter] = []
        self._is_guess = False
        self._is_input = True

    def hear(self, line: str) -> None:
        """Take one line, in the order in which they were written."""
        self._is_input = self._is_input and not line.startswith(_OUTPUT)
        if not self._is_input:
            return
        if _GUESS in line:
            self._is_guess = True
        elif (found := _PROMISE.match(line)) and not self._is_guess:
            hours, minutes, seconds = found.groups()
            self.promised = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
        elif found := _STREAM.match(line):
            self._meet(*found.groups())
        elif found := _CHAPTER.match(line):
            self._chapters.append(Chapter(start=timedelta(seconds=float(found[1]))))
        elif found := _TEXT.match(line):
            self._name(*found.groups())

    def read_tags(self) -> Tags:
        """Return what the tags of the input say."""
        return self._texts.to_tags(sort_chapters(self._chapters))

    def _name(self, indent: str | None, field: str, text: str) -> None:
        value = decode_text(text.encode(), Encoding.UTF8)
        if not indent:
            self._texts.add(field.lower(), value)
        elif self._chapters and field.lower() == "title":
            self._chapters[-1] = replace(self._chapters[-1], title=value.text)

    def _meet(self, kind: str, codec: str, rest: str) -> None:
        if kind == "Video":
            self.has_video = self.has_video or not (_PICTURE in rest or codec in _STILLS)
        elif self.codec == "unknown":
            self.codec = "pcm" if codec.startswith("pcm_") else codec
