"""Encode a programme at the loudness that the settings require, without clipped peaks.

One gain applies to the whole programme, which keeps its dynamics. A limiter is added only if peaks would be too
high. The encoded file is decoded and measured. If it misses the target, it is encoded once more. Mono is measured
as it sounds: the same signal from two loudspeakers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.diagnostics import MediaError
from podcastkit.media.ebur128 import Levels, LoudnessSummary
from podcastkit.media.encoding import choose_bitrate
from podcastkit.media.ffmpeg import build_input, follow_ffmpeg
from podcastkit.media.files import has_same_bytes, make_work_folder
from podcastkit.media.formats import get_delivery
from podcastkit.media.loudness_targets import HIGHEST_PEAK, MASTERING_TOLERANCE, SILENCE
from podcastkit.media.mastering.filters import OUTPUT, build_filter_graph, list_inputs
from podcastkit.media.probing import probe
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from podcastkit.media.mastering.filters import Programme
    from podcastkit.model import Audio, AudioSettings, Measurement

    ReportProgress = Callable[[timedelta], None]

_LIMITS = {"mp3": -2.0, "m4a": -3.0}
"""In dBFS. Encoding raises peaks: mostly less than 1 dB with LAME, up to 2 dB with ffmpeg's AAC encoder."""
_HEAVY_LIMITING = 1.0
"""If peaks exceed the limit by this many dB, the limiter noticeably reduces the loudness."""
_MOST_PREVIEWS = 8
"""How often the loudness is measured to find the right gain."""
_CLOSE_LOUDNESS = 0.5
"""In LU. If the loudness is this close to the target, the next gain is right to 0.1 LU without a preview."""
_LONGEST_STEP = 12.0
"""The largest change of the gain in one step, in dB."""
_LEAST_SLOPE = 0.25
"""The minimum loudness increase, in LU per dB of gain, that is assumed for the next step."""
_PRECISION = 0.06
"""LU or dB: half of ffmpeg's precision of 0.1, rounded up."""
_CORRECTION_HEADROOM = 0.5
"""Additional headroom for peaks in a second encoding, in dB."""
_MOST_BETWEEN_SAMPLES = 1.0
"""In dB. The true peak, which can be between samples, is rarely higher than this above the sample peak."""
_OVERSAMPLING = 4
"""The factor of the sample rate at which the limiter handles peaks between the samples."""
_MEASURED, _ENCODED, _FINISHED = 0.2, 0.8, 1.0
"""The progress, from 0 to 1, after measuring the programme, encoding it, and measuring the result."""
_EBUR128 = "ebur128=dualmono=true:framelog=verbose"
_SAMPLE_PEAK = f"{_EBUR128}:peak=sample"
_TRUE_PEAK = f"{_EBUR128}:peak=true"
_FORMATS = {
    "mp3": ("-id3v2_version", "3", "-f", "mp3"),
    "m4a": ("-movflags", "+faststart", "-f", "ipod"),
}
_LAME_SCALES = ((160, 0.95), (192, 0.97), (224, 0.98))
"""The factor by which LAME scales samples, up to each constant bitrate (`abr_switch_map` in LAME's presets.c)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mastered:
    """An encoded file with its measured levels in LUFS, LU and dBTP. The levels are None if the file is silent.

    `gain` is the gain before any limiter, in dB. `corrected` is true if the file had to be encoded a second time.
    """

    audio: Audio
    loudness: float | None
    loudness_range: float | None
    true_peak: float | None
    gain: float
    corrected: bool


def master(
    programme: Programme,
    settings: AudioSettings,
    target: Path,
    *,
    measured: Measurement | None = None,
    report: ReportProgress = lambda _: None,
) -> Mastered:
    """Encode a programme to `target`, without tags. The same version of ffmpeg produces the same bytes.

    `measured` is the measurement of the programme's file, if the programme is one file. `report` is called with the
    progress, as a part of the programme's length. If `report` raises an exception, ffmpeg is stopped and the
    exception is passed on.

    `target` is written only if it contains the whole programme. Raise `MediaError` if a file is damaged or cut
    short, or if encoding fails.
    """
    with make_work_folder(target.parent, format_file_name(target)) as folder:
        unfinished = folder / f"unfinished.{settings.format}"
        try:
            mastered = _Mastering(programme, settings, unfinished, report).run(measured)
        except MediaError as error:
            message = f"{_join_names(programme)} cannot be encoded: {error.message}"
            raise MediaError(message, error.hint) from error
        _check_length(programme, mastered.audio)
        if not has_same_bytes(unfinished, target):
            unfinished.replace(target)  # keep an identical file, which another process may be reading
    return replace(mastered, audio=replace(mastered.audio, path=target))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Treatment:
    """The processing before encoding: a gain in dB, and the limiter's ceiling in dBFS."""

    gain: float = 0.0
    limit: float | None = None

    def list_filters(self, sample_rate: int = 0) -> list[str]:
        """Return ffmpeg's filters. With a sample rate, the limiter also handles peaks between the samples."""
        filters = [f"volume={self.gain:.2f}dB:precision=float"] if self.gain else []
        if self.limit is None:
            return filters
        limiter = f"alimiter=level=false:latency=true:limit={10 ** (self.limit / 20):.6f}"
        if not sample_rate:
            return [*filters, limiter]
        # Without tsf, the resampler would use doubles like the limiter and take 50 % longer.
        up, down = (f"aresample={rate}:tsf=fltp" for rate in (sample_rate * _OVERSAMPLING, sample_rate))
        return [*filters, up, limiter, down]


class _Attempt(NamedTuple):
    """A gain that was tried: its error in LU, the gain in dB, and the resulting loudness in LUFS."""

    error: float
    gain: float
    loudness: float


class _Mastering:
    """The mastering of one programme to a path."""

    def __init__(self, programme: Programme, settings: AudioSettings, path: Path, report: ReportProgress) -> None:
        self._programme = programme
        self._settings = settings
        self._path = path
        self._report = report
        self._limit = _LIMITS[settings.format]
        self._done = 0.0

    def run(self, measured: Measurement | None) -> Mastered:
        """Measure, encode, and measure the result. If it misses the target, encode once more."""
        treatment = self._choose_treatment(measured)
        encoded = self._encode(treatment)
        levels = self._measure_file(encoded, end=_FINISHED)
        better = self._find_correction(treatment, levels)
        if better:
            treatment, encoded = better, self._encode(better)
            levels = self._measure_file(encoded, end=_FINISHED)
        return Mastered(
            audio=encoded,
            loudness=levels.loudness,
            loudness_range=levels.loudness_range,
            true_peak=levels.peak,
            gain=treatment.gain,
            corrected=better is not None,
        )

    @property
    def _encoder_loss(self) -> float:
        """The attenuation by the encoder, in dB."""
        if self._settings.format != "mp3":
            return 0.0
        bitrate = choose_bitrate(self._programme.channels, self._settings)
        scale = next((scale for highest, scale in _LAME_SCALES if bitrate <= highest), 1.0)
        return -20 * math.log10(scale)

    def _choose_treatment(self, measured: Measurement | None) -> _Treatment:
        """Return the gain for the target loudness, with a limiter if peaks would be too high."""
        wanted = self._settings.loudness
        if wanted is None:
            return self._choose_treatment_without_gain()
        levels = self._get_input_levels(measured)
        if levels.loudness is None or levels.peak is None:
            return _Treatment()
        gain = wanted - levels.loudness + self._encoder_loss
        excess = levels.peak + gain - self._limit
        if excess <= 0:
            return _Treatment(gain=gain)
        # The limiter also reduces the loudness. If it must reduce high peaks, compensate for this.
        treatment = _Treatment(gain=gain, limit=self._limit)
        return self._compensate(treatment, wanted + self._encoder_loss) if excess > _HEAVY_LIMITING else treatment

    def _choose_treatment_without_gain(self) -> _Treatment:
        """Return the treatment for `loudness = false`: a limiter if joined pieces would clip, otherwise nothing."""
        if self._programme.is_one_file:
            return _Treatment()
        levels = self._measure_programme(_SAMPLE_PEAK)
        return _Treatment(limit=HIGHEST_PEAK) if (levels.peak or 0) > 0 else _Treatment()

    def _get_input_levels(self, measured: Measurement | None) -> Levels:
        """Return the levels of the programme; measure them unless they are known."""
        if not self._programme.is_one_file:
            levels = self._measure_programme(_SAMPLE_PEAK)
            return levels if levels.peak is None else replace(levels, peak=levels.peak + _MOST_BETWEEN_SAMPLES)
        if measured is None:
            return self._measure_file(self._programme.parts[0].audio, end=_MEASURED)
        return Levels(loudness=measured.loudness, loudness_range=measured.loudness_range, peak=measured.true_peak)

    def _compensate(self, treatment: _Treatment, wanted: float) -> _Treatment:
        """Return a treatment whose gain compensates for the limiter, found by measuring without encoding.

        `wanted` is the loudness before encoding, in LUFS.
        """
        # The secant method: the loudness of the last two attempts shows how much a dB of gain adds.
        slope, attempts = 1.0, list[_Attempt]()
        for _ in range(_MOST_PREVIEWS):
            loudness = self._measure_preview(treatment)
            missing = wanted - loudness
            if attempts:
                latest = attempts[-1]
                slope = max((loudness - latest.loudness) / (treatment.gain - latest.gain), _LEAST_SLOPE)
            attempts.append(_Attempt(abs(missing), treatment.gain, loudness))
            if abs(missing) < _PRECISION:
                return treatment
            step = max(-_LONGEST_STEP, min(missing / slope, _LONGEST_STEP))
            treatment = replace(treatment, gain=treatment.gain + step)
            if abs(missing) < _CLOSE_LOUDNESS:
                return treatment
        return replace(treatment, gain=min(attempts).gain)

    def _measure_preview(self, treatment: _Treatment) -> float:
        """Return the loudness of the treated programme before encoding.

        Peaks between the samples do not affect the loudness, so the limiter works without oversampling.
        """
        levels = self._measure_programme(_EBUR128, treatment.list_filters())
        return SILENCE if levels.loudness is None else levels.loudness

    def _find_correction(self, treatment: _Treatment, levels: Levels) -> _Treatment | None:
        """Return a better treatment if the encoded file misses the target, else None."""
        wanted = self._settings.loudness
        if wanted is None or levels.loudness is None or levels.peak is None:
            return None
        missing = wanted - levels.loudness
        if abs(missing) < MASTERING_TOLERANCE and levels.peak < HIGHEST_PEAK:
            return None
        gain, excess = treatment.gain + missing, levels.peak - HIGHEST_PEAK + _CORRECTION_HEADROOM
        # With the new gain, peaks are still low enough without a limiter.
        if treatment.limit is None and excess + missing < 0:
            return _Treatment(gain=gain)
        limit = self._limit if treatment.limit is None else treatment.limit
        better = _Treatment(gain=gain, limit=limit - max(excess, 0))
        # A preview does not include the effect of the encoder, so add this effect to the target.
        return self._compensate(better, wanted + self._measure_preview(treatment) - levels.loudness)

    def _encode(self, treatment: _Treatment) -> Audio:
        programme, form = self._programme, self._settings.format
        bitrate = choose_bitrate(programme.channels, self._settings)
        filters = [*treatment.list_filters(programme.sample_rate), "aformat=sample_fmts=fltp"]
        arguments = [
            *(
                "-y",
                *list_inputs(programme),
                "-filter_complex",
                build_filter_graph(programme, filters),
                "-map",
                OUTPUT,
            ),
            # Bit-exact output without metadata: the same input always produces the same bytes.
            *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
            *("-c:a", get_delivery(form).encoder, "-b:a", f"{bitrate}k", *_FORMATS[form], f"file:{self._path}"),
        ]
        follow_ffmpeg(arguments, self._track_progress(_ENCODED))
        return probe(self._path)

    def _measure_programme(self, meter: str, filters: Sequence[str] = ()) -> Levels:
        programme = self._programme
        graph = build_filter_graph(programme, [*filters, meter])
        return self._measure([*list_inputs(programme), "-filter_complex", graph, "-map", OUTPUT], end=_MEASURED)

    def _measure_file(self, audio: Audio, *, end: float) -> Levels:
        return self._measure([*build_input(audio), "-map", "0:a:0", "-af", _TRUE_PEAK], end=end)

    def _measure(self, arguments: Sequence[str], *, end: float) -> Levels:
        summary = LoudnessSummary()
        follow_ffmpeg([*arguments, "-f", "null", "-"], self._track_progress(end), summary.read_line)
        return summary.get_levels()

    def _track_progress(self, end: float) -> ReportProgress:
        """Return a progress callback for a pass after which the share `end` of all work is done.

        The reported progress never decreases, even if a pass is repeated.
        """
        start, whole = self._done, self._programme.duration

        def report(processed: timedelta) -> None:
            share = min(processed / whole, 1.0) if whole else 1.0
            self._done = max(self._done, start + (end - start) * share)
            self._report(whole * self._done)

        return report


def _check_length(programme: Programme, encoded: Audio) -> None:
    """Raise `MediaError` if more than 0.5 s plus 1 % of the programme is missing."""
    missing = programme.duration - encoded.duration
    if missing > timedelta(seconds=0.5) + programme.duration / 100:
        stated, readable = _format_seconds(programme.duration), _format_seconds(encoded.duration)
        raise MediaError(
            f"{_join_names(programme)} is damaged or cut short: the stated length is {stated}, "
            f"but only {readable} could be read",
            "export or copy the file again",
        )


def _join_names(programme: Programme) -> str:
    """Return the names of the files, as the subject of a sentence."""
    names = dict.fromkeys(format_file_name(part.audio.path) for part in programme.parts)
    return " with ".join(names)


def _format_seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.1f} s"
