"""How a master becomes a published file: whether it is encoded, its format, its rate and its name."""

from __future__ import annotations

from podcastkit.media.formats import delivery_of, format_named
from podcastkit.model import (
    Alternate,
    Audio,
    AudioSettings,
    Clip,
    Media,
    SourceFile,
)
from podcastkit.published_keys import MEDIA, hashed_key

AS_GIVEN = "as given"
"""The recipe of what is published byte for byte."""
AS_TAGGED = "as given, tagged"
"""The recipe of a copy that differs in its tags alone."""
_DELIVERED_RATES = frozenset((44_100, 48_000))


def is_deliverable(audio: Audio) -> bool:
    """Tell whether listeners may get the file as it is: every app plays MP3, and M4A with AAC inside.

    Few apps look for an M4A behind something else; an MP3 behind a damaged tag gets a new one.
    """
    delivery = format_named(audio.format).delivery
    is_at_start = audio.extent is None or audio.format == "mp3"
    return delivery is not None and audio.codec == delivery.codec and is_at_start


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


def is_trimmed(recipe: str) -> bool:
    """Tell whether silence at the ends of the master was cut off."""
    return recipe.endswith(" trim")


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


def describe_media(name: str, file: SourceFile, audio: Audio, recipe: str) -> Media:
    """Return a file as what listeners fetch, named after `name`."""
    return Media(
        key=hashed_key(MEDIA, name, file.sha256, f".{audio.format}"),
        size=file.size,
        sha256=file.sha256,
        md5=file.md5,
        content_type=delivery_of(audio.format).content_type,
        duration=audio.duration,
        recipe=recipe,
        path=file.path,
        bitrate=audio.bitrate,
    )


def name_alternate(folder: str, alternate: Alternate) -> str:
    """Return the name of another version of an episode's audio, from which `describe_media` makes its key."""
    return f"{folder}-{alternate.lang or alternate.title or 'alternate'}"
