"""Measure an audio file in one pass of ffmpeg: loudness (figure and curve), peaks, silences and clipping.

Loudness and true peak follow ITU-R BS.1770, and the loudness range follows EBU Tech 3342, as measured by ffmpeg's
`ebur128` filter. Mono is measured as listeners hear it, from two loudspeakers. BS.1770 adds the power of the
channels, so the result is 3.01 LU higher than for one channel, and the same target applies to mono and stereo.

A silence is one second or more below -50 dBFS in all channels. Samples count as clipped if several in a row equal
the peak after conversion to 16 bits, which players use. Clean or limited speech has one such sample in a row;
clipped speech has three to twenty.

One decoder feeds two filter chains. ffmpeg 7 and later runs them in two threads, and neither chain has to convert
the output of the other.
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
from podcastkit.media.ebur128 import LoudnessSummary, read_figure, to_audible_loudness
from podcastkit.media.ffmpeg import build_input, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.probing import probe
from podcastkit.model import Measurement
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Audio

PEAK_INTERVAL = timedelta(milliseconds=100)
"""The duration of audio that each pair of bytes in a waveform represents."""
_PEAK_RATE = 8000
_PEAK_SAMPLES = _PEAK_RATE // 10
"""Samples in `PEAK_INTERVAL`."""
_BLOCK = 100 * _PEAK_SAMPLES * 2
"""The size of ten seconds in bytes."""
_COARSE_FILTERS = ",".join(
    (
        "silencedetect=noise=-50dB:duration=1",
        "aformat=sample_fmts=s16",
        "astats=measure_overall=none:measure_perchannel=Peak_level+Flat_factor+Peak_count",
        f"aresample={_PEAK_RATE}",
    )
)
"""Find silences and clipped samples, then resample for the waveform."""
# framelog=verbose hides the filter's own lines in all versions (`quiet` is an error before ffmpeg 6). The filter
# writes them in pieces, so messages of other threads would appear in between. ebur128 outputs frames of 0.1 s; we
# read the short-term loudness (the last three seconds) from every tenth frame.
_FINE_FILTERS = (
    "ebur128=peak=true:dualmono=true:metadata=1:framelog=verbose,"
    r"aselect=eq(mod(n\,10)\,9),ametadata=mode=print:key=lavfi.r128.S"
)
"""Measure the loudness and the true peak."""
_FILTER_MESSAGE = re.compile(
    r"\[(?:Parsed_)?(?:silencedetect|astats|ebur128|ametadata)(?:_\d)? @ \w+\] \[info\] (.*)"
)
"""The pattern includes the sender, because tags of the file are also in the log and may look like messages."""
_SILENCE = re.compile(r"silence_(start|end): (\S+)")
_STATISTIC = re.compile(r"(Peak level dB|Flat factor|Peak count): (\S+)")
_SHORT_TERM = re.compile(r"lavfi\.r128\.S=(\S+)")
_DECODING_ERROR = re.compile(
    r"(?:\[[^]]+ @ \w+\] )*\[error\] "
    r"(?:Error (?:submitting packet|while decoding|during demuxing)|Decoding error|CRC mismatch)"
)
_CLIPPED_FLATNESS = 6.0
"""20·log10 of the average number of consecutive samples at the peak: two samples."""
_CLIPPED_LEVEL = -12.0
"""dBFS. In quieter audio, equal samples result from the coarse steps of 16 bits, not from clipping."""
_LATEST_TIME = 10.0**9
"""Seconds. Silences with a later time are ignored as invalid."""
_NO_SAMPLE = -100.0
"""dBFS of digital silence: below the range of 16 bits."""
_HINT = "check whether the file plays to its end on this computer, and export it again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """The results of one pass: the figures, and the results of `read_peaks` and `read_curve`."""

    measurement: Measurement
    peaks: bytes
    curve: tuple[float | None, ...]


def measure(path: str | Path) -> Measurement:
    """Decode an audio file and return its loudness, true peak, silences, clipping and exact duration.

    This takes about 25 s of processor time for an hour of stereo. Raises `MediaError` if the file is not audio, or
    is empty, damaged or incomplete, and if ffmpeg is missing.
    """
    return _analyze_file(path).measurement


def read_peaks(path: str | Path) -> bytes:
    """Decode an audio file and return its waveform for drawing.

    The result has two signed bytes (`array("b", …)`) for each tenth of a second: the lowest and the highest sample,
    where 127 is full scale. The channels are mixed and resampled to 8 kHz. Raises the same errors as `measure`.
    """
    return _analyze_file(path).peaks


def read_curve(path: str | Path) -> tuple[float | None, ...]:
    """Decode an audio file and return its loudness curve: a figure in LUFS for each second.

    Each figure is the short-term loudness (EBU Tech 3341) of three seconds around that second. It is None for
    silence, and where the three seconds reach beyond the start or end of the file. Raises the same errors as
    `measure`.
    """
    return _analyze_file(path).curve


def measure_audio(audio: Audio, report: Callable[[timedelta], None] = lambda _: None) -> Analysis:
    """Measure an audio file that has been probed, without loading the whole file into memory.

    Calls `report` from time to time with the duration of the audio measured so far. Raises `FfmpegFailed` if
    nothing can be decoded, `MediaError` if ffmpeg cannot be run, and the exceptions of `report`.
    """
    log = _Log()
    sample_format = "s16le" if sys.byteorder == "little" else "s16be"
    mix = mix_evenly(audio.channels, 2)
    coarse_filters, fine_filters = (",".join([*mix, chain]) for chain in (_COARSE_FILTERS, _FINE_FILTERS))
    coarse = ("-map", "0:a:0", "-vn", "-af", coarse_filters, "-ac", "1", "-f", sample_format, "pipe:1")
    fine = ("-map", "0:a:0", "-vn", "-af", fine_filters, "-c:a", "pcm_f64le", "-f", "null", "-")
    with stream_ffmpeg([*build_input(audio), *coarse, *fine], log.read_line) as pcm:
        peaks, highest_level, duration = _read_waveform(pcm, report)
    if not peaks:
        raise FfmpegFailed("the file contains no audio")
    measurement = replace(log.build_measurement(duration), mixed_peak=_to_decibels(highest_level))
    return Analysis(measurement=measurement, peaks=peaks, curve=log.build_curve(duration))


def _analyze_file(path: str | Path) -> Analysis:
    audio = probe(path)
    try:
        return measure_audio(audio)
    except FfmpegFailed as error:
        hint = _HINT if error.is_about_file else error.hint
        raise MediaError(f"{format_file_name(audio.path)} cannot be decoded: {error.reason}", hint) from error


def _read_waveform(pcm: IO[bytes], report: Callable[[timedelta], None]) -> tuple[bytes, int, timedelta]:
    """Read all samples. Return the waveform, the highest absolute sample and the duration."""
    peaks, highest_level, count = array("b"), 0, 0
    while block := pcm.read(_BLOCK):
        samples = array("h", block[: len(block) // 2 * 2])
        for start in range(0, len(samples), _PEAK_SAMPLES):
            tenth = samples[start : start + _PEAK_SAMPLES]
            low, high = min(tenth), max(tenth)
            highest_level = max(highest_level, -low, high)
            peaks.extend((-(-low >> 8), high >> 8))  # in 8 bits: low rounded up, high down
        count += len(samples)
        report(timedelta(seconds=count / _PEAK_RATE))
    return peaks.tobytes(), highest_level, timedelta(seconds=count / _PEAK_RATE)


def _to_decibels(sample: int) -> float:
    return round(20 * math.log10(sample / 32_768), 1) if sample else _NO_SAMPLE


class _Log:
    """A parser for the messages of the filters in ffmpeg's log."""

    def __init__(self) -> None:
        self._summary = LoudnessSummary()
        self._silence_times: dict[str, list[timedelta]] = {"start": [], "end": []}
        self._statistics: dict[str, float | None] = {}
        self._short_term_loudness: list[float | None] = []
        """The loudness of the three seconds before each whole second."""
        self._clipped_samples = 0
        self._decoding_errors = 0

    def read_line(self, line: str) -> None:
        """Read the next line of the log."""
        rest = self._summary.read_line(line)
        if rest != line:
            self._read_message(rest)
        elif match := _FILTER_MESSAGE.match(line):
            self._read_message(match[1])
        elif _DECODING_ERROR.match(line):
            self._decoding_errors += 1

    def build_measurement(self, duration: timedelta) -> Measurement:
        """Return the figures. Call this after all lines have been read."""
        levels = self._summary.get_levels()
        # Older versions of ffmpeg do not report the end of a silence at the end of the file.
        ends = [*self._silence_times["end"], duration]
        return Measurement(
            duration=duration,
            loudness=levels.loudness,
            loudness_range=levels.loudness_range,
            true_peak=levels.peak,
            silences=tuple(zip(self._silence_times["start"], ends, strict=False)),
            clipped=self._clipped_samples,
            errors=self._decoding_errors,
        )

    def build_curve(self, duration: timedelta) -> tuple[float | None, ...]:
        """Return the loudness curve. Call this after all lines have been read."""
        seconds = math.ceil(duration.total_seconds())
        # Each figure covers three seconds and belongs to the second in their middle.
        return (*self._short_term_loudness[1:], None, None)[:seconds]

    def _read_message(self, message: str) -> None:
        if match := _SHORT_TERM.match(message):
            self._short_term_loudness.append(to_audible_loudness(read_figure(match[1])))
        elif match := _SILENCE.match(message):
            self._add_silence_time(match[1], read_figure(match[2]))
        elif match := _STATISTIC.match(message):
            self._statistics[match[1]] = read_figure(match[2])
            if match[1] == "Peak count":
                self._count_clipped()

    def _add_silence_time(self, which: str, time: float | None) -> None:
        if time is not None and time < _LATEST_TIME:
            self._silence_times[which].append(timedelta(seconds=max(time, 0)))

    def _count_clipped(self) -> None:
        """Count the samples at the peak as clipped if they are loud and several in a row."""
        level, flat, count = (self._statistics.get(name) for name in ("Peak level dB", "Flat factor", "Peak count"))
        if level is not None and level > _CLIPPED_LEVEL and flat is not None and flat > _CLIPPED_FLATNESS:
            self._clipped_samples = max(self._clipped_samples, int(count or 0))
