"""From a master to what listeners fetch: which file that is, how it is made, and proof that nothing got lost."""

from __future__ import annotations

import filecmp
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.ffmpeg import input_of, run_ffmpeg
from podcastkit.media.files import display_name
from podcastkit.media.probing import probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Audio, AudioSettings, Clip

AS_GIVEN = "as given"
"""The recipe of what is published byte for byte."""
AS_TAGGED = "as given, tagged"
"""The recipe of a copy that differs in its tags alone."""
_CONTENT_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/x-m4a"}
_ENCODERS = {
    "mp3": ("-c:a", "libmp3lame", "-id3v2_version", "3", "-f", "mp3"),
    "m4a": ("-c:a", "aac", "-movflags", "+faststart", "-f", "ipod"),
}
_DELIVERED_RATES = frozenset((44_100, 48_000))
_TO_STEREO = "aformat=channel_layouts=stereo"
_TO_MONO = "pan=mono|c0=0.5*c0+0.5*c1"
"""Spelled out, because the level of ffmpeg's own down-mix depends on the sample format of the decoder."""


def is_deliverable(audio: Audio) -> bool:
    """Tell whether listeners may get the file as it is: every app plays MP3, and M4A with AAC inside."""
    return audio.format == "mp3" or (audio.format == "m4a" and audio.codec == "aac")


def is_master(audio: Audio, settings: AudioSettings) -> bool:
    """Tell whether a file is made into what listeners get, rather than being it."""
    return settings.always or not is_deliverable(audio)


def recipe_of(
    audio: Audio, settings: AudioSettings, *, intro: Clip | None = None, outro: Clip | None = None
) -> str:
    """Name how the deliverable comes from the master; while the text is the same, so is what it makes.

    Published episodes are remembered with it: another wording of the same would replace all their audio.
    """
    if not is_master(audio, settings):
        return AS_TAGGED if settings.tag else AS_GIVEN
    loudness = "none" if settings.loudness is None else f"{settings.loudness:g}"
    words = [
        settings.format,
        f"bitrate={settings.bitrate or 'auto'}",
        f"channels={settings.channels}",
        f"loudness={loudness}",
    ]
    words += [f"{name}={clip.master.sha256[:16]}" for name, clip in (("intro", intro), ("outro", outro)) if clip]
    if settings.crossfade and (intro or outro):
        words.append(f"crossfade={settings.crossfade.total_seconds():g}")
    return " ".join([*words, "trim"] if settings.trim else words)


def delivered_rate(master: Audio) -> int:
    """Return the sample rate, in Hz, of what is encoded from a master."""
    return master.sample_rate if master.sample_rate in _DELIVERED_RATES else 44_100


def delivered_channels(master: Audio, settings: AudioSettings) -> int:
    """Return how many channels what is encoded from a master has."""
    return {"mono": 1, "stereo": 2}.get(settings.channels) or min(master.channels, 2)


def delivered_bitrate(channels: int, settings: AudioSettings) -> int:
    """Return the bitrate, in kbit/s, of what is encoded with so many channels."""
    return settings.bitrate or (96 if channels == 1 else 128)


def suffix_of(audio: Audio, settings: AudioSettings) -> str:
    """Return the deliverable's ending, with its dot."""
    return f".{settings.format if is_master(audio, settings) else audio.format}"


def content_type_of(suffix: str) -> str:
    """Return the media type of a deliverable's ending."""
    return _CONTENT_TYPES[suffix]


def encode(master: Audio, settings: AudioSettings, target: Path) -> Audio:
    """Make the deliverable of a master at `target`, without tags; the same ffmpeg makes the same bytes again.

    Nothing is left at `target` unless all of the master is in it. Raises `MediaError` when the master is damaged or
    cut short, or when the file cannot be made.
    """
    with _workplace(target) as workplace:
        unfinished = workplace / f"unfinished.{settings.format}"
        try:
            run_ffmpeg(_arguments(master, settings, unfinished))
            made = probe(unfinished)
        except MediaError as error:
            message = f"{display_name(master.path)} cannot be encoded: {error.message}"
            raise MediaError(message, error.hint) from error
        _check_length(master, made)
        if not (target.is_file() and filecmp.cmp(unfinished, target, shallow=False)):
            unfinished.replace(target)  # a file that others made meanwhile, and are reading, stays
    return replace(made, path=target)


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Make a folder beside the target, from where a file can be renamed into place, and remove it at the end."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".podcastkit-") as folder:
            yield Path(folder)
    except OSError as error:
        raise MediaError(
            f"{display_name(target)} cannot be written: {error.strerror or error}",
            f"make sure that {target.parent} can be written to and is not full",
        ) from error


def _arguments(master: Audio, settings: AudioSettings, target: Path) -> list[str]:
    channels = delivered_channels(master, settings)
    bitrate = delivered_bitrate(channels, settings)
    filters = _filters(master.channels, channels)
    return [
        *("-loglevel", "error", "-y"),
        *input_of(master),
        *("-map", "0:a:0", "-vn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *(("-af", ",".join(filters)) if filters else ()),
        *("-ac", str(channels), "-ar", str(delivered_rate(master)), "-b:a", f"{bitrate}k"),
        *("-fflags", "+bitexact", "-flags:a", "+bitexact"),
        *_ENCODERS[settings.format],
        f"file:{target}",
    ]


def _filters(given: int, wanted: int) -> list[str]:
    filters = [_TO_STEREO] if given > 2 else []  # noqa: PLR2004 - more than stereo
    return [*filters, _TO_MONO] if given > wanted == 1 else filters


def _check_length(master: Audio, made: Audio) -> None:
    missing = master.duration - made.duration
    if missing > timedelta(seconds=0.5) + master.duration / 100:
        raise MediaError(
            f"{display_name(master.path)} is damaged or cut short: it says that it is {_seconds(master)} long, "
            f"but only {_seconds(made)} could be read",
            "export or copy it again",
        )


def _seconds(audio: Audio) -> str:
    return f"{audio.duration.total_seconds():.1f} s"
