"""Join a master with its intro and outro: the order of the pieces, their gain, and the offset of the master.

If the settings trim silence, 0.3 s remain before the first sound of a master and 0.5 s after the last. In a
crossfade, a clip and the master play at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.encoding import choose_channels, choose_sample_rate, needs_encoding
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.mastering.filters import UNMEASURED_PEAK, Part, Programme
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.model import Audio, AudioSettings, Clip, Measurement, SourceFile

LONGEST_CROSSFADE = timedelta(seconds=30)
"""A crossfade is mixed in memory, and overlapping speech is hard to understand."""

_ZERO = timedelta()
_STEP = timedelta(milliseconds=10)
"""A whole number of samples at both sample rates of published audio."""
_PAUSE_BEFORE, _PAUSE_AFTER = timedelta(seconds=0.3), timedelta(seconds=0.5)
"""The silence that trimming leaves before the first and after the last sound."""
_MOST_GAIN = 20.0
"""In dB. A clip that needs more gain to match the episode is quiet on purpose."""
_FIX = "write a smaller crossfade under [audio], or remove it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """The programme to encode instead of a master. The master starts at the time `offset` of the programme."""

    programme: Programme
    offset: timedelta


def join(
    master: SourceFile,
    audio: Audio,
    *,
    intro: Clip | None,
    outro: Clip | None,
    settings: AudioSettings,
    measurements: Mapping[str, Measurement],
    work_folder: Path,
) -> Joined:
    """Join a master with its clips.

    If the settings change loudness, clips get the loudness of the master. `measurements` has the measurements by
    SHA-256: that of the master if silence is trimmed or loudness changes, and those of the clips if loudness
    changes. Crossfades are written to `work_folder`, which must exist until the programme is encoded. Raise
    `MediaError` if a crossfade is too long for a clip or for the master, or if a file cannot be decoded.
    """
    measurement = measurements.get(master.sha256)
    start, end = _find_used_range(audio, measurement, settings)
    body = Part(audio=audio, start=start, end=end, peak=_estimate_peak(measurement, 0.0))
    clip_loudness = None if settings.loudness is None or measurement is None else measurement.loudness
    clips = [
        _apply_loudness(clip, clip_loudness, measurements.get(clip.master.sha256)) if clip else None
        for clip in (intro, outro)
    ]
    crossfade_length = calculate_crossfade(settings)
    for clip in clips:
        if clip and crossfade_length:
            _refuse_long_crossfade(crossfade_length, clip, body)
    empty_programme = Programme(
        parts=(), sample_rate=choose_sample_rate(audio), channels=choose_channels(audio, settings)
    )
    mix = partial(_mix_crossfade, length=crossfade_length, form=empty_programme, work_folder=work_folder)
    parts = tuple(part for part in _list_parts(body, clips, crossfade_length, mix) if part.duration > _ZERO)
    return Joined(
        programme=replace(empty_programme, parts=parts),
        offset=calculate_offset(audio, measurement, intro, settings),
    )


def calculate_offset(
    audio: Audio, measurement: Measurement | None, intro: Clip | None, settings: AudioSettings
) -> timedelta:
    """Return the time in the published audio at which the master starts; negative if its start is cut off.

    Silence is trimmed only if there is a measurement.
    """
    if not needs_encoding(audio, settings):
        return _ZERO
    start, _ = _find_used_range(audio, measurement, settings)
    return (intro.audio.duration - calculate_crossfade(settings) if intro else _ZERO) - start


def calculate_crossfade(settings: AudioSettings) -> timedelta:
    """Return the length of a crossfade, in whole hundredths of a second."""
    return settings.crossfade // _STEP * _STEP


def _find_used_range(
    audio: Audio, measurement: Measurement | None, settings: AudioSettings
) -> tuple[timedelta, timedelta]:
    """Return the times in a master between which it is published: without the silence that is trimmed."""
    if measurement is None or not settings.trim:
        return _ZERO, audio.duration
    # Keep a short pause before the first and after the last sound.
    start = max(measurement.silent_start - _PAUSE_BEFORE, _ZERO)
    return start, audio.duration - max(measurement.silent_end - _PAUSE_AFTER, _ZERO)


def _apply_loudness(clip: Clip, target: float | None, measurement: Measurement | None) -> Part:
    """Return the clip with the gain for this loudness in LUFS, limited to `_MOST_GAIN`."""
    loudness = measurement.loudness if measurement else None
    gain = 0.0 if target is None or loudness is None else min(round(target - loudness, 2), _MOST_GAIN)
    return Part(audio=clip.audio, gain=gain, peak=_estimate_peak(measurement, gain))


def _estimate_peak(measurement: Measurement | None, gain: float) -> float:
    """Return the true peak in dBTP after a gain in dB. Without a measurement, assume `UNMEASURED_PEAK`."""
    known = measurement.true_peak if measurement else None
    return gain + (UNMEASURED_PEAK if known is None else known)


def _refuse_long_crossfade(length: timedelta, clip: Part, body: Part) -> None:
    """Raise `MediaError` if a crossfade is too long for a clip, for the master or in general."""
    clip_name, master_name = format_file_name(clip.audio.path), format_file_name(body.audio.path)
    if length > LONGEST_CROSSFADE:
        raise MediaError(f"a crossfade of {_format_seconds(length)} is too long; the maximum is 30 s", _FIX)
    if length > clip.duration:
        available = _format_seconds(clip.duration)
        message = f"the crossfade ({_format_seconds(length)}) is longer than {clip_name} ({available})"
        raise MediaError(message, _FIX)
    if length > body.duration / 2:
        message = f"the crossfade ({_format_seconds(length)}) is longer than half of {master_name}"
        raise MediaError(message, _FIX)


def _list_parts(
    body: Part, clips: Sequence[Part | None], length: timedelta, mix: Callable[[Part, Part, str], Iterator[Part]]
) -> Iterator[Part]:
    """Yield the parts in order. The length of a part can be zero or negative.

    `mix` yields the crossfade of two parts, which it writes to a file with the given name.
    """
    intro, outro = clips
    start, end = body.start, body.stop
    if intro:
        start += length
        yield replace(intro, end=intro.stop - length)
        yield from mix(intro, body, "intro.wav")
    if outro:
        end -= length
    yield replace(body, start=start, end=None if end == body.audio.duration else end)
    if outro:
        yield from mix(body, outro, "outro.wav")
        yield replace(outro, start=length)


def _mix_crossfade(
    first: Part, second: Part, name: str, *, length: timedelta, form: Programme, work_folder: Path
) -> Iterator[Part]:
    """Yield a crossfade from the end of `first` to the beginning of `second`. If its length is zero, yield nothing.

    `form` is a programme with the sample rate and the channels of the crossfade.
    """
    if not length:
        return
    from podcastkit.media.mastering.crossfade import crossfade  # noqa: PLC0415 - load pydub only for mixing

    # 16-bit samples clip above full scale, so mix at a lower level. The limiter handles the peaks later.
    headroom = max(round(first.peak + 0.1, 1), round(second.peak + 0.1, 1), 0.0)
    ending = replace(first, start=first.stop - length, end=first.stop, gain=first.gain - headroom)
    beginning = replace(second, end=second.start + length, gain=second.gain - headroom)
    try:
        yield Part(audio=crossfade(ending, beginning, form, work_folder / name), gain=headroom)
    except FfmpegFailed as error:
        names = f"{format_file_name(first.audio.path)} and {format_file_name(second.audio.path)}"
        raise MediaError(f"{names} cannot be joined: {error.reason}", error.hint) from error


def _format_seconds(length: timedelta) -> str:
    return f"{length.total_seconds():g} s"
