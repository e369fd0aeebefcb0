"""From a programme to what listeners hear: as loud as the settings say, with peaks that nothing cuts off.

One gain for the whole, so that nothing about the programme's dynamics changes, and a limiter only where peaks would
be too high. What counts is the deliverable as decoders give it back, which is measured, too: where it is not right,
it is made once more. Mono is measured as what it is for listeners, the same sound from two loudspeakers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.ebur128 import Levels, Summary
from podcastkit.media.encoding import delivered_bitrate
from podcastkit.media.ffmpeg import follow_ffmpeg, input_of
from podcastkit.media.files import has_same_bytes, workplace
from podcastkit.media.formats import delivery_of
from podcastkit.media.loudness_targets import HIGHEST_PEAK, MASTERING_TOLERANCE, SILENCE
from podcastkit.media.mastering.filters import OUTPUT, graph_of, inputs_of
from podcastkit.media.probing import probe
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from podcastkit.media.mastering.filters import Programme
    from podcastkit.model import Audio, AudioSettings, Measurement

    Told = Callable[[timedelta], None]

_LIMITS = {"mp3": -2.0, "m4a": -3.0}
"""DBFS: encoders add to peaks, LAME mostly less than 1 dB, and ffmpeg's AAC up to 2."""
_HEAVY = 1.0
"""DB above the limit, from where on the limiter makes the whole less loud, too."""
_PREVIEWS = 8
_NEAR = 0.5
"""LU, of which a change of the gain makes less than a tenth too much or too little."""
_LONGEST_STEP = 12.0
"""DB by which the gain is changed at a time."""
_FLATTEST = 0.25
"""How much a dB of gain adds at least, in LU, as the next gain is reckoned."""
_PRECISION = 0.06
"""LU or dB: half of the tenths that ffmpeg tells."""
_MARGIN = 0.5
"""DB by which peaks are kept lower than would do, when something is encoded again."""
_BETWEEN_SAMPLES = 1.0
"""DB by which sound is seldom louder between its samples."""
_OVERSAMPLING = 4
_MEASURED, _ENCODED, _ALL = 0.2, 0.8, 1.0
"""How much of all is done when the programme is measured, encoded, and measured again."""
_EBUR128 = "ebur128=dualmono=true:framelog=verbose"
_SAMPLE_PEAK = f"{_EBUR128}:peak=sample"
_TRUE_PEAK = f"{_EBUR128}:peak=true"
_FORMATS = {
    "mp3": ("-id3v2_version", "3", "-f", "mp3"),
    "m4a": ("-movflags", "+faststart", "-f", "ipod"),
}
_LAMES_SCALES = ((160, 0.95), (192, 0.97), (224, 0.98))
"""Up to which bitrate LAME turns down by how much what has a constant one (`abr_switch_map` in its presets.c)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mastered:
    """A deliverable, and how loud it came out: LUFS, LU and dBTP of what decoders make of it; None when silent.

    `gain` is how much louder the programme was made, in dB, before any limiter; `corrected` tells that the first
    attempt was not right.
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
    told: Told = lambda _: None,
) -> Mastered:
    """Make the deliverable of a programme at `target`, without tags; the same ffmpeg makes the same bytes again.

    `measured` is what listening to the programme's file told, if it is one file. `told` gets how much of the
    programme's length is done, over all that is to do; whatever it raises stops ffmpeg and comes out.

    Nothing is left at `target` unless all of the programme is in it. Raises `MediaError` when a file is damaged or
    cut short, or when the deliverable cannot be made.
    """
    with workplace(target.parent, display_name(target)) as folder:
        unfinished = folder / f"unfinished.{settings.format}"
        try:
            mastered = _Mastering(programme, settings, unfinished, told).run(measured)
        except MediaError as error:
            message = f"{_names(programme)} cannot be encoded: {error.message}"
            raise MediaError(message, error.hint) from error
        _check_length(programme, mastered.audio)
        if not has_same_bytes(unfinished, target):
            unfinished.replace(target)  # a file that others made meanwhile, and are reading, stays
    return replace(mastered, audio=replace(mastered.audio, path=target))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Treatment:
    """What is done to a programme before it is encoded: dB, and dBFS above which nothing comes out."""

    gain: float = 0.0
    limit: float | None = None

    def filters(self, sample_rate: int = 0) -> list[str]:
        """Return ffmpeg's filters; the limiter sees what is between the samples, too, where their rate is told."""
        filters = [f"volume={self.gain:.2f}dB:precision=float"] if self.gain else []
        if self.limit is None:
            return filters
        limiter = f"alimiter=level=false:latency=true:limit={10 ** (self.limit / 20):.6f}"
        if not sample_rate:
            return [*filters, limiter]
        # Without tsf the resampler would count in doubles, as the limiter does, and take half as long again.
        up, down = (f"aresample={rate}:tsf=fltp" for rate in (sample_rate * _OVERSAMPLING, sample_rate))
        return [*filters, up, limiter, down]


class _Mastering:
    """The making of one deliverable at a path."""

    def __init__(self, programme: Programme, settings: AudioSettings, path: Path, told: Told) -> None:
        self._programme = programme
        self._settings = settings
        self._path = path
        self._told = told
        self._limit = _LIMITS[settings.format]
        self._done = 0.0

    def run(self, measured: Measurement | None) -> Mastered:
        """Measure, encode, and measure what came out; where that is not right, encode once more."""
        treatment = self._treatment(measured)
        made = self._encode(treatment)
        heard = self._hear_file(made, end=_ALL)
        better = self._correction(treatment, heard)
        if better:
            treatment, made = better, self._encode(better)
            heard = self._hear_file(made, end=_ALL)
        return Mastered(
            audio=made,
            loudness=heard.loudness,
            loudness_range=heard.loudness_range,
            true_peak=heard.peak,
            gain=treatment.gain,
            corrected=better is not None,
        )

    @property
    def _loss(self) -> float:
        """How much the encoder turns down, in dB."""
        if self._settings.format != "mp3":
            return 0.0
        bitrate = delivered_bitrate(self._programme.channels, self._settings)
        scale = next((scale for highest, scale in _LAMES_SCALES if bitrate <= highest), 1.0)
        return -20 * math.log10(scale)

    def _treatment(self, measured: Measurement | None) -> _Treatment:
        wanted = self._settings.loudness
        if wanted is None:
            return self._protection()
        heard = self._heard_before(measured)
        if heard.loudness is None or heard.peak is None:
            return _Treatment()
        gain = wanted - heard.loudness + self._loss
        excess = heard.peak + gain - self._limit
        if excess <= 0:
            return _Treatment(gain=gain)
        treatment = _Treatment(gain=gain, limit=self._limit)
        return self._made_up(treatment, wanted + self._loss) if excess > _HEAVY else treatment

    def _protection(self) -> _Treatment:
        """What is not to be changed is not; only a mixture that would be cut off is kept from it."""
        if self._programme.is_one_file:
            return _Treatment()
        heard = self._hear_programme(_SAMPLE_PEAK)
        return _Treatment(limit=HIGHEST_PEAK) if (heard.peak or 0) > 0 else _Treatment()

    def _heard_before(self, measured: Measurement | None) -> Levels:
        """Return the levels of the programme: of one file the same, whoever measured them."""
        if not self._programme.is_one_file:
            heard = self._hear_programme(_SAMPLE_PEAK)
            return heard if heard.peak is None else replace(heard, peak=heard.peak + _BETWEEN_SAMPLES)
        if measured is None:
            return self._hear_file(self._programme.parts[0].audio, end=_MEASURED)
        return Levels(loudness=measured.loudness, loudness_range=measured.loudness_range, peak=measured.true_peak)

    def _made_up(self, treatment: _Treatment, wanted: float) -> _Treatment:
        """Change the gain by what the limiter takes away from the loudness, which is tried out without encoding."""
        slope, tried = 1.0, list[tuple[float, float, float]]()
        for _ in range(_PREVIEWS):
            loudness = self._preview(treatment)
            missing = wanted - loudness
            if tried:
                slope = max((loudness - tried[-1][2]) / (treatment.gain - tried[-1][1]), _FLATTEST)
            tried.append((abs(missing), treatment.gain, loudness))
            if abs(missing) < _PRECISION:
                return treatment
            more = max(-_LONGEST_STEP, min(missing / slope, _LONGEST_STEP))
            treatment = replace(treatment, gain=treatment.gain + more)
            if abs(missing) < _NEAR:
                return treatment
        return replace(treatment, gain=min(tried)[1])

    def _preview(self, treatment: _Treatment) -> float:
        """Return how loud it is before it is encoded; peaks between the samples make no difference to that."""
        heard = self._hear_programme(_EBUR128, treatment.filters())
        return SILENCE if heard.loudness is None else heard.loudness

    def _correction(self, treatment: _Treatment, heard: Levels) -> _Treatment | None:
        wanted = self._settings.loudness
        if wanted is None or heard.loudness is None or heard.peak is None:
            return None
        missing = wanted - heard.loudness
        if abs(missing) < MASTERING_TOLERANCE and heard.peak < HIGHEST_PEAK:
            return None
        gain, excess = treatment.gain + missing, heard.peak - HIGHEST_PEAK + _MARGIN
        if treatment.limit is None and excess + missing < 0:
            return _Treatment(gain=gain)
        limit = self._limit if treatment.limit is None else treatment.limit
        better = _Treatment(gain=gain, limit=limit - max(excess, 0))
        return self._made_up(better, wanted + self._preview(treatment) - heard.loudness)

    def _encode(self, treatment: _Treatment) -> Audio:
        programme, form = self._programme, self._settings.format
        bitrate = delivered_bitrate(programme.channels, self._settings)
        filters = [*treatment.filters(programme.sample_rate), "aformat=sample_fmts=fltp"]
        arguments = [
            *("-y", *inputs_of(programme), "-filter_complex", graph_of(programme, filters), "-map", OUTPUT),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
            *("-c:a", delivery_of(form).encoder, "-b:a", f"{bitrate}k", *_FORMATS[form], f"file:{self._path}"),
        ]
        follow_ffmpeg(arguments, self._passing(_ENCODED))
        return probe(self._path)

    def _hear_programme(self, meter: str, filters: Sequence[str] = ()) -> Levels:
        programme = self._programme
        graph = graph_of(programme, [*filters, meter])
        return self._hear([*inputs_of(programme), "-filter_complex", graph, "-map", OUTPUT], end=_MEASURED)

    def _hear_file(self, audio: Audio, *, end: float) -> Levels:
        return self._hear([*input_of(audio), "-map", "0:a:0", "-af", _TRUE_PEAK], end=end)

    def _hear(self, arguments: Sequence[str], *, end: float) -> Levels:
        summary = Summary()
        follow_ffmpeg([*arguments, "-f", "null", "-"], self._passing(end), summary.take)
        return summary.levels()

    def _passing(self, end: float) -> Told:
        """Return what is told how far a pass is, which ends where that share of all is done; told is never less."""
        start, whole = self._done, self._programme.duration

        def tell(heard: timedelta) -> None:
            share = min(heard / whole, 1.0) if whole else 1.0
            self._done = max(self._done, start + (end - start) * share)
            self._told(whole * self._done)

        return tell


def _check_length(programme: Programme, made: Audio) -> None:
    missing = programme.duration - made.duration
    if missing > timedelta(seconds=0.5) + programme.duration / 100:
        raise MediaError(
            f"{_names(programme)} is damaged or cut short: it says that it is {_seconds(programme.duration)} long, "
            f"but only {_seconds(made.duration)} could be read",
            "export or copy it again",
        )


def _names(programme: Programme) -> str:
    """Name the files, as the subject of a sentence."""
    names = dict.fromkeys(display_name(part.audio.path) for part in programme.parts)
    return " with ".join(names)


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.1f} s"
