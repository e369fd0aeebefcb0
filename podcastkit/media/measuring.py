"""One pass over an audio file by ffmpeg: its loudness as a figure and a curve, peaks, silences, what is cut off.

Loudness, its range and the true peak are those of ITU-R BS.1770 and EBU Tech 3342, as ffmpeg's `ebur128` measures
them. Mono is measured as what it is for listeners, the same sound from two loudspeakers, which is 3.01 LU more
(BS.1770 adds up the power of the channels), so that one target holds for mono and stereo.

A silence is a second or more below -50 dBFS in all channels. Samples count as clipped where several in a row are
equal at the very peak, once they are 16 bit wide, as players have them: of clean and of limited speech one in a row
is, and of clipped speech three to twenty.

Two chains of filters listen to one decoder: ffmpeg 7 and later runs them in two threads, and none of them converts
what another one made.
"""

from __future__ import annotations

import math
import re
import sys
from array import array
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.channels import mix_evenly
from podcastkit.media.ebur128 import Summary, heard_loudness, read_figure
from podcastkit.media.ffmpeg import input_of, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.probing import probe
from podcastkit.model import Measurement
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Audio

PEAK_INTERVAL = timedelta(milliseconds=100)
"""How much sound each pair of a waveform's bytes stands for."""
_RATE = 8000
_PEAK_SAMPLES = _RATE // 10
_BLOCK = 100 * _PEAK_SAMPLES * 2
"""Bytes of ten seconds."""
_ROUGH = ",".join(
    (
        "silencedetect=noise=-50dB:duration=1",
        "aformat=sample_fmts=s16",
        "astats=measure_overall=none:measure_perchannel=Peak_level+Flat_factor+Peak_count",
        f"aresample={_RATE}",
    )
)
# framelog=verbose keeps its own lines out of the log in every ffmpeg (`quiet` is an error before 6): it writes them
# piece by piece, and what another thread says meanwhile stands in between. What leaves ebur128 is cut into tenths
# of a second; every tenth of them tells what the last three seconds were like.
_FINE = (
    "ebur128=peak=true:dualmono=true:metadata=1:framelog=verbose,"
    r"aselect=eq(mod(n\,10)\,9),ametadata=mode=print:key=lavfi.r128.S"
)
_SAID = re.compile(r"\[(?:Parsed_)?(?:silencedetect|astats|ebur128|ametadata)(?:_\d)? @ \w+\] \[info\] (.*)")
"""What a filter says, with its sender: tags of the file are in the log, too, and may hold what filters say."""
_SILENCE = re.compile(r"silence_(start|end): (\S+)")
_STATISTIC = re.compile(r"(Peak level dB|Flat factor|Peak count): (\S+)")
_SHORT_TERM = re.compile(r"lavfi\.r128\.S=(\S+)")
_DECODING_ERROR = re.compile(
    r"(?:\[[^]]+ @ \w+\] )*\[error\] "
    r"(?:Error (?:submitting packet|while decoding|during demuxing)|Decoding error|CRC mismatch)"
)
_FLAT = 6.0
"""20·log10 of how many samples in a row are equal at the peak: two on average."""
_LOUD_ENOUGH = -12.0
"""DBFS: below, flat tops are the steps of the samples rather than something cut off."""
_LONGEST = 10.0**9
"""Seconds; what is said of later moments is no moment."""
_NO_SAMPLE = -100.0
"""DBFS that 16 bits cannot hold."""
_CURE = "see whether it plays to its end on this computer, and export it again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """All that one pass tells: the figures, and what `read_peaks` and `read_curve` return."""

    measurement: Measurement
    peaks: bytes
    curve: tuple[float | None, ...]


def measure(path: str | Path) -> Measurement:
    """Decode an audio file once and return its loudness, true peak, silences, clipping and exact length.

    Takes about 25 s of one processor for an hour of stereo. Raises `MediaError` for what is not audio, is empty,
    damaged or cut short, and when there is no ffmpeg.
    """
    return _hear(path).measurement


def read_peaks(path: str | Path) -> bytes:
    """Decode an audio file once and return its waveform, to be drawn.

    Two signed bytes for each tenth of a second (`array("b", …)`): its lowest and its highest sample, of all
    channels mixed at 8 kHz; 127 is full scale. Raises what `measure` raises.
    """
    return _hear(path).peaks


def read_curve(path: str | Path) -> tuple[float | None, ...]:
    """Decode an audio file once and return how its loudness goes up and down, in LUFS, a figure for each second.

    Each is the short-term loudness (EBU Tech 3341) of three seconds, of which its own is the middle one; None:
    nothing is heard there, or they are not all within the file, as at its very beginning and end. Raises what
    `measure` raises.
    """
    return _hear(path).curve


def listen(audio: Audio, told: Callable[[timedelta], None] = lambda _: None) -> Heard:
    """Measure audio that was probed before; `told` gets how much of it was heard, from time to time.

    Whatever `told` raises stops it and comes out. Raises `FfmpegFailed` when nothing of it can be decoded, and
    `MediaError` when ffmpeg cannot be run. The file is never in memory as a whole.
    """
    log = _Log()
    sample_format = "s16le" if sys.byteorder == "little" else "s16be"
    rough_filters, fine_filters = (",".join([*mix_evenly(audio.channels, 2), chain]) for chain in (_ROUGH, _FINE))
    rough = ("-map", "0:a:0", "-vn", "-af", rough_filters, "-ac", "1", "-f", sample_format, "pipe:1")
    fine = ("-map", "0:a:0", "-vn", "-af", fine_filters, "-c:a", "pcm_f64le", "-f", "null", "-")
    with stream_ffmpeg([*input_of(audio), *rough, *fine], log.hear) as pcm:
        peaks, highest, duration = _trace(pcm, told)
    if not peaks:
        raise FfmpegFailed("there is no sound in it")
    measurement = replace(log.measurement(duration), mixed_peak=_decibels(highest))
    return Heard(measurement=measurement, peaks=peaks, curve=log.curve(duration))


def _hear(path: str | Path) -> Heard:
    audio = probe(path)
    try:
        return listen(audio)
    except FfmpegFailed as error:
        cure = _CURE if error.is_about_file else error.hint
        raise MediaError(f"{display_name(audio.path)} cannot be decoded: {error.words}", cure) from error


def _trace(pcm: IO[bytes], told: Callable[[timedelta], None]) -> tuple[bytes, int, timedelta]:
    """Read all samples; return the lowest and highest of each tenth of a second, the highest, and their length."""
    peaks, highest, count = array("b"), 0, 0
    while block := pcm.read(_BLOCK):
        samples = array("h", block[: len(block) // 2 * 2])
        for start in range(0, len(samples), _PEAK_SAMPLES):
            tenth = samples[start : start + _PEAK_SAMPLES]
            low, high = min(tenth), max(tenth)
            highest = max(highest, -low, high)
            peaks.extend((-(-low >> 8), high >> 8))
        count += len(samples)
        told(timedelta(seconds=count / _RATE))
    return peaks.tobytes(), highest, timedelta(seconds=count / _RATE)


def _decibels(sample: int) -> float:
    return round(20 * math.log10(sample / 32_768), 1) if sample else _NO_SAMPLE


class _Log:
    """What the filters say, line by line."""

    def __init__(self) -> None:
        self._summary = Summary()
        self._moments: dict[str, list[timedelta]] = {"start": [], "end": []}
        self._channel: dict[str, float | None] = {}
        self._short_term: list[float | None] = []
        """Of the three seconds before each whole second."""
        self._clipped = 0
        self._errors = 0

    def hear(self, line: str) -> None:
        """Take one line, in the order in which they were written."""
        rest = self._summary.take(line)
        if rest != line:
            self._take(rest)
        elif found := _SAID.match(line):
            self._take(found[1])
        elif _DECODING_ERROR.match(line):
            self._errors += 1

    def measurement(self, duration: timedelta) -> Measurement:
        """Return what was measured, once all lines were heard."""
        levels = self._summary.levels()
        # Older ones do not tell where the last silence ends.
        ends = [*self._moments["end"], duration]
        return Measurement(
            duration=duration,
            loudness=levels.loudness,
            loudness_range=levels.loudness_range,
            true_peak=levels.peak,
            silences=tuple(zip(self._moments["start"], ends, strict=False)),
            clipped=self._clipped,
            errors=self._errors,
        )

    def curve(self, duration: timedelta) -> tuple[float | None, ...]:
        """Return the short-term loudness around the middle of each second, once all lines were heard."""
        seconds = math.ceil(duration.total_seconds())
        return (*self._short_term[1:], None, None)[:seconds]

    def _take(self, words: str) -> None:
        if found := _SHORT_TERM.match(words):
            self._short_term.append(heard_loudness(read_figure(found[1])))
        elif found := _SILENCE.match(words):
            self._note(found[1], read_figure(found[2]))
        elif found := _STATISTIC.match(words):
            self._channel[found[1]] = read_figure(found[2])
            if found[1] == "Peak count":
                self._count_clipped()

    def _note(self, which: str, moment: float | None) -> None:
        if moment is not None and moment < _LONGEST:
            self._moments[which].append(timedelta(seconds=max(moment, 0)))

    def _count_clipped(self) -> None:
        level, flat, count = (self._channel.get(name) for name in ("Peak level dB", "Flat factor", "Peak count"))
        if level is not None and level > _LOUD_ENOUGH and flat is not None and flat > _FLAT:
            self._clipped = max(self._clipped, int(count or 0))
