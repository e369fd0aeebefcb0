"""A master between its intro and its outro: which pieces follow one another, how loud, and when it begins.

Silence at both ends of a master is cut where the settings want it, save a breath of 0.3 s before the first sound
and 0.5 s after the last. In a crossfade a clip and the master are heard at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.encoding import delivered_channels, delivered_rate, is_master
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.mastering.filters import UNMEASURED_PEAK, Part, Programme
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.model import Audio, AudioSettings, Clip, Measurement, SourceFile

LONGEST_CROSSFADE = timedelta(seconds=30)
"""What is heard at once is in memory, and after a few seconds nobody understands a word."""

_NOTHING = timedelta()
_STEP = timedelta(milliseconds=10)
"""At both rates that are delivered these are whole samples."""
_BREATH_BEFORE, _BREATH_AFTER = timedelta(seconds=0.3), timedelta(seconds=0.5)
_MOST_GAIN = 20.0
"""DB; what needs more to be as loud as an episode was not meant to be heard."""
_CURE = "shorten crossfade under [audio], or leave it out"


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """What is encoded in place of a master, and when the master's beginning is heard in it."""

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
    workplace: Path,
) -> Joined:
    """Return a master with its clips around it, as what ffmpeg reads piece by piece.

    Clips are made as loud as the master is, unless loudness is left alone. `measurements`, by SHA-256, has the
    master when its silence shall be cut, and all of them when loudness matters. What is heard at once is written
    to `workplace`, which must last until the programme was read. Raises `MediaError` when a crossfade is too long
    for what it joins, or a file cannot be decoded.
    """
    own = measurements.get(master.sha256)
    start, end = _heard(audio, own, settings)
    body = Part(audio=audio, start=start, end=end, peak=_peak(own, 0.0))
    target = None if settings.loudness is None or own is None else own.loudness
    clips = [
        _levelled(clip, target, measurements.get(clip.master.sha256)) if clip else None for clip in (intro, outro)
    ]
    length = crossfade_of(settings)
    for clip in clips:
        if clip and length:
            _refuse_long(length, clip, body)
    form = Programme(parts=(), sample_rate=delivered_rate(audio), channels=delivered_channels(audio, settings))
    mix = partial(_mixed, length=length, form=form, workplace=workplace)
    parts = tuple(part for part in _parts(body, clips, length, mix) if part.duration > _NOTHING)
    return Joined(programme=replace(form, parts=parts), offset=offset_of(audio, own, intro, settings))


def offset_of(
    audio: Audio, measurement: Measurement | None, intro: Clip | None, settings: AudioSettings
) -> timedelta:
    """Return when the master's beginning is heard in what is made of it; before 0 when it is cut off.

    Without a measurement nobody knows of silence, so that none is cut.
    """
    if not is_master(audio, settings):
        return _NOTHING
    start, _ = _heard(audio, measurement, settings)
    return (intro.audio.duration - crossfade_of(settings) if intro else _NOTHING) - start


def crossfade_of(settings: AudioSettings) -> timedelta:
    """Return how long a clip and an episode are heard at once, in whole hundredths of a second."""
    return settings.crossfade // _STEP * _STEP


def _heard(audio: Audio, measurement: Measurement | None, settings: AudioSettings) -> tuple[timedelta, timedelta]:
    """Return from when until when a master is heard."""
    if measurement is None or not settings.trim:
        return _NOTHING, audio.duration
    start = max(measurement.silent_start - _BREATH_BEFORE, _NOTHING)
    return start, audio.duration - max(measurement.silent_end - _BREATH_AFTER, _NOTHING)


def _levelled(clip: Clip, target: float | None, measurement: Measurement | None) -> Part:
    """Return the whole clip at this loudness, in LUFS, as far as that makes sense."""
    loudness = measurement.loudness if measurement else None
    gain = 0.0 if target is None or loudness is None else min(round(target - loudness, 2), _MOST_GAIN)
    return Part(audio=clip.audio, gain=gain, peak=_peak(measurement, gain))


def _peak(measurement: Measurement | None, gain: float) -> float:
    known = measurement.true_peak if measurement else None
    return gain + (UNMEASURED_PEAK if known is None else known)


def _refuse_long(length: timedelta, clip: Part, body: Part) -> None:
    name, other = display_name(clip.audio.path), display_name(body.audio.path)
    if length > LONGEST_CROSSFADE:
        raise MediaError(f"a crossfade of {_seconds(length)} is too long: 30 s are the most", _CURE)
    if length > clip.duration:
        message = f"{name} is {_seconds(clip.duration)} long, and the crossfade {_seconds(length)}"
        raise MediaError(message, _CURE)
    if length > body.duration / 2:
        message = f"the crossfade takes {_seconds(length)}, which is more than half of {other}"
        raise MediaError(message, _CURE)


def _parts(
    body: Part, clips: Sequence[Part | None], length: timedelta, mix: Callable[[Part, Part, str], Iterator[Part]]
) -> Iterator[Part]:
    """Yield the parts in their order; some may be over before they begin."""
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


def _mixed(
    first: Part, second: Part, name: str, *, length: timedelta, form: Programme, workplace: Path
) -> Iterator[Part]:
    """Yield the end of the one and the beginning of the other as a part in which they are heard at once."""
    if not length:
        return
    from podcastkit.media.mastering.crossfade import crossfade  # noqa: PLC0415 - pydub is loaded where sound is mixed alone

    # Sixteen bits hold no more than full scale, which the limiter may bring back later.
    headroom = max(round(first.peak + 0.1, 1), round(second.peak + 0.1, 1), 0.0)
    ending = replace(first, start=first.stop - length, end=first.stop, gain=first.gain - headroom)
    beginning = replace(second, end=second.start + length, gain=second.gain - headroom)
    try:
        yield Part(audio=crossfade(ending, beginning, form, workplace / name), gain=headroom)
    except FfmpegFailed as error:
        names = f"{display_name(first.audio.path)} and {display_name(second.audio.path)}"
        raise MediaError(f"{names} cannot be joined: {error.words}", error.hint) from error


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():g} s"
