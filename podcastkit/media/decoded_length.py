"""Measure a duration by decoding, for files whose structure does not contain it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.ffmpeg import named_input, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from pathlib import Path

_STREAM = re.compile(r"\[info\] {2,4}Stream #0:\d+\S*: (Audio|Video): (\w+)(.*)")
_PROMISE = re.compile(r"\[info\] {2,4}Duration: (\d+):(\d\d):(\d\d\.\d+),")
_GUESS = "Estimating duration from bitrate"
_PICTURE = "(attached pic)"
_OUTPUT = "[info] Output #0"
_BLOCK = 2**20
_AU_HEAD = 24
"""Bytes: mark, offset, size, encoding, sample rate and channels, four each."""
_LONGEST = 24 * 3600
"""Seconds; nothing is decoded for longer, since a small file may claim to unfold to years."""
_CURE = "see whether it plays on this computer, and export it again as MP3, M4A or WAV"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What came out of a file. Sample rate in Hz; `promised` is the length that its header tells, if any."""

    duration: timedelta
    sample_rate: int
    channels: int
    codec: str
    promised: timedelta | None


def decode(form: str, path: Path) -> Decoded:
    """Decode a file of a known format and count what comes out; it is never in memory as a whole.

    Raises `MediaError` for a video, for what cannot be decoded, and when there is no ffmpeg that works.
    """
    log = _Log()
    # Of 8 bits, because only their number matters; AU, because its header tells rate and channels and no size.
    arguments = ("-map", "0:a:0", "-vn", "-c:a", "pcm_s8", "-f", "au", "pipe:1")
    try:
        with stream_ffmpeg([*named_input(form, path), *arguments], log.hear) as sound:
            rate, channels, count = _count(sound, path)
    except FfmpegFailed as error:
        words = (
            "is a video" if log.has_video else f"cannot be decoded: {error.words.removeprefix(f'file:{path}: ')}"
        )
        raise MediaError(f"{display_name(path)} {words}", _CURE) from error
    if log.has_video:
        raise MediaError(f"{display_name(path)} is a video", "export only its sound, as MP3, M4A or WAV")
    if not count:
        raise MediaError(f"{display_name(path)} holds no sound that can be decoded", _CURE)
    return Decoded(
        duration=timedelta(seconds=count / rate),
        sample_rate=rate,
        channels=channels,
        codec=log.codec,
        promised=log.promised,
    )


def _count(sound: IO[bytes], path: Path) -> tuple[int, int, int]:
    """Read all of an AU stream; return sample rate, channels, and the number of samples in each."""
    head = sound.read(_AU_HEAD)
    offset, rate, channels = (int.from_bytes(head[at : at + 4], "big") for at in (4, 16, 20))
    sound.read(max(offset - _AU_HEAD, 0))
    count = 0
    while block := sound.read(_BLOCK):
        count += len(block)
        if count > _LONGEST * rate * channels:
            raise MediaError(f"{display_name(path)} goes on for more than 24 hours", _CURE)
    return rate, channels, count // channels if channels else 0


class _Log:
    """What ffmpeg says of its input, line by line."""

    def __init__(self) -> None:
        self.codec = "unknown"
        self.promised: timedelta | None = None
        self.has_video = False
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

    def _meet(self, kind: str, codec: str, rest: str) -> None:
        if kind == "Video":
            self.has_video = self.has_video or _PICTURE not in rest
        elif self.codec == "unknown":
            self.codec = "pcm" if codec.startswith("pcm_") else codec
