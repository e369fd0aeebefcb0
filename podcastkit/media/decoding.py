"""Measure a duration by decoding, for files whose structure does not contain it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING, NamedTuple

from podcastkit.diagnostics import MediaError
from podcastkit.media.ffmpeg import build_format_input, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.tag_reader import Tags, TagTexts, sort_chapters
from podcastkit.media.tag_text import Encoding, decode_text
from podcastkit.model import Chapter
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Extent

_STREAM = re.compile(r"\[info\] {2,4}Stream #0:\d+\S*: (Audio|Video): (\w+)(.*)")
_CHAPTER = re.compile(r"\[info\] {4,6}Chapter #0:\d+: start (\d+\.\d+), end")
_TAG = re.compile(r"\[info\] {5}( {4})?(title|artist|album|track) *: (.*)", re.IGNORECASE)
"""A tag of the file or, with more indentation, of the chapter or stream above it."""
_DURATION = re.compile(r"\[info\] {2,4}Duration: (\d+):(\d\d):(\d\d\.\d+),")
_ESTIMATE = "Estimating duration from bitrate"
_COVER_MARK = "(attached pic)"
_COVER_CODECS = frozenset({"mjpeg", "png"})
"""The codecs of covers. In Matroska, only the codec distinguishes a cover from a video."""
_OUTPUT_START = "[info] Output #0"
_BLOCK = 2**20
"""Bytes."""
_AU_HEADER_SIZE = 24
"""Bytes: magic number, offset, size, encoding, sample rate and channels, of four bytes each."""
_STEREO = 2
_MAX_SECONDS = 24 * 3600
"""Seconds. Decoding stops here, because a small malicious file may decode to years of audio."""
_HINT = "check whether the file plays on this computer, and export it again as MP3, M4A or WAV"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """The facts about a decoded file. The sample rate is in Hz.

    `promised` is the duration that the header states, if any. `has_equal_channels` is true for a stereo file whose
    two channels are identical.
    """

    duration: timedelta
    sample_rate: int
    channels: int
    codec: str
    promised: timedelta | None
    has_equal_channels: bool
    tags: Tags


def decode(format_name: str, path: Path, extent: Extent | None = None, *, has_pictures: bool = False) -> Decoded:
    """Decode a file of a known format and count its samples, without loading the whole file into memory.

    Set `has_pictures` if video streams in the file are known to be still pictures. Raises `MediaError` if the file
    is a video, cannot be decoded or is longer than 24 hours, and if no ffmpeg works.
    """
    log = _InputLog()
    # 8 bits are enough to count samples. The AU header contains the rate and the channels, but needs no size.
    # By default, ffmpeg fails if more than two thirds of a file are damaged; here the rest is counted as well.
    arguments = ("-map", "0:a:0", "-vn", "-c:a", "pcm_s8", "-max_error_rate", "1", "-f", "au", "pipe:1")
    try:
        with stream_ffmpeg([*build_format_input(format_name, path, extent), *arguments], log.read_line) as sound:
            counted = _count_samples(sound, path)
    except FfmpegFailed as error:
        if not error.is_about_file:
            raise
        problem = (
            "is a video" if log.has_video and not has_pictures else f"cannot be decoded: {error.name_cause(path)}"
        )
        raise MediaError(f"{format_file_name(path)} {problem}", _HINT) from error
    if log.has_video and not has_pictures:
        raise MediaError(f"{format_file_name(path)} is a video", "export only the audio, as MP3, M4A or WAV")
    if not counted.samples:
        raise MediaError(f"{format_file_name(path)} contains no audio that can be decoded", _HINT)
    return Decoded(
        duration=timedelta(seconds=counted.samples / counted.rate),
        sample_rate=counted.rate,
        channels=counted.channels,
        codec=log.codec,
        promised=log.promised,
        tags=log.build_tags(),
        has_equal_channels=counted.channels == _STEREO and not counted.channels_differ,
    )


class _SampleCount(NamedTuple):
    rate: int
    channels: int
    samples: int
    """The number of samples in each channel."""
    channels_differ: bool
    """Whether the two channels of a stereo file differ."""


def _count_samples(sound: IO[bytes], path: Path) -> _SampleCount:
    """Count the samples of an AU stream of 8-bit samples. Raises `MediaError` if it is longer than 24 hours."""
    header = sound.read(_AU_HEADER_SIZE)
    offset, rate, channels = (int.from_bytes(header[at : at + 4], "big") for at in (4, 16, 20))
    sound.read(max(offset - _AU_HEADER_SIZE, 0))
    count, channels_differ = 0, False
    while block := sound.read(_BLOCK):
        count += len(block)
        channels_differ = channels_differ or (channels == _STEREO and block[::2] != block[1::2])
        if count > _MAX_SECONDS * rate * channels:
            raise MediaError(f"{format_file_name(path)} is longer than 24 hours", "split it into several episodes")
    return _SampleCount(rate, channels, count // channels if channels else 0, channels_differ)


class _InputLog:
    """A parser for the part of ffmpeg's log that describes the input."""

    def __init__(self) -> None:
        self.codec = "unknown"
        self.promised: timedelta | None = None
        self.has_video = False
        self._texts = TagTexts()
        self._chapters: list[Chapter] = []
        self._is_estimate = False
        self._is_input = True

    def read_line(self, line: str) -> None:
        """Read the next line of the log."""
        # ffmpeg describes the input first. Later lines are about our own output.
        self._is_input = self._is_input and not line.startswith(_OUTPUT_START)
        if not self._is_input:
            return
        if _ESTIMATE in line:
            self._is_estimate = True
        elif (match := _DURATION.match(line)) and not self._is_estimate:
            hours, minutes, seconds = match.groups()
            self.promised = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
        elif match := _STREAM.match(line):
            self._read_stream(*match.groups())
        elif match := _CHAPTER.match(line):
            self._chapters.append(Chapter(start=timedelta(seconds=float(match[1]))))
        elif match := _TAG.match(line):
            self._store_tag(*match.groups())

    def build_tags(self) -> Tags:
        """Return the tags of the input."""
        return self._texts.to_tags(sort_chapters(self._chapters))

    def _store_tag(self, indent: str | None, field: str, text: str) -> None:
        """Store a tag. An indented tag belongs to a chapter or stream; only titles of chapters are kept."""
        value = decode_text(text.encode(), Encoding.UTF8)
        if not indent:
            self._texts.add(field.lower(), value)
        elif self._chapters and field.lower() == "title":
            self._chapters[-1] = replace(self._chapters[-1], title=value.text)

    def _read_stream(self, kind: str, codec: str, details: str) -> None:
        if kind == "Video":
            self.has_video = self.has_video or not (_COVER_MARK in details or codec in _COVER_CODECS)
        elif self.codec == "unknown":
            self.codec = "pcm" if codec.startswith("pcm_") else codec
