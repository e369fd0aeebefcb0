"""Decide how a master becomes a published file: whether it is encoded, its format, sample rate and name."""

from __future__ import annotations

from podcastkit.media.formats import get_delivery, get_format
from podcastkit.model import (
    Alternate,
    Audio,
    AudioSettings,
    Clip,
    Media,
    SourceFile,
)
from podcastkit.published_keys import MEDIA, make_hashed_key

AS_GIVEN = "as given"
"""The recipe of a master that is published byte for byte."""
AS_TAGGED = "as given, tagged"
"""The recipe of a copy that differs from the master only in its tags."""
_DELIVERED_RATES = frozenset((44_100, 48_000))


def is_deliverable(audio: Audio) -> bool:
    """Check whether the file can be published without encoding: it is an MP3, or an M4A that contains AAC.

    The data of an M4A must start at the first byte, because few apps find it elsewhere. An MP3 may start after a
    damaged tag, because the MP3 gets a new tag.
    """
    delivery = get_format(audio.format).delivery
    is_at_start = audio.extent is None or audio.format == "mp3"
    return delivery is not None and audio.codec == delivery.codec and is_at_start


def needs_encoding(audio: Audio, settings: AudioSettings) -> bool:
    """Check whether a file must be encoded before it is published."""
    return settings.always or not is_deliverable(audio)


def build_recipe(
    audio: Audio, settings: AudioSettings, *, intro: Clip | None = None, outro: Clip | None = None
) -> str:
    """Return the recipe: a text of all settings that determine how the master is encoded.

    The recipe is stored with each published episode. A change to the format of this text would therefore encode and
    replace all published audio.
    """
    if not needs_encoding(audio, settings):
        return AS_TAGGED if settings.tag else AS_GIVEN
    loudness = "none" if settings.loudness is None else f"{settings.loudness:g}"
    parts = [
        settings.format,
        f"bitrate={settings.bitrate or 'auto'}",
        f"channels={settings.channels}",
        f"loudness={loudness}",
    ]
    # The digests of the clips, so that a new intro or outro changes the recipe.
    parts += [f"{name}={clip.master.sha256[:16]}" for name, clip in (("intro", intro), ("outro", outro)) if clip]
    if settings.crossfade and (intro or outro):
        parts.append(f"crossfade={settings.crossfade.total_seconds():g}")
    return " ".join([*parts, "trim"] if settings.trim else parts)


def is_trimmed(recipe: str) -> bool:
    """Check whether the recipe removes silence at both ends of the master."""
    return recipe.endswith(" trim")


def choose_sample_rate(master: Audio) -> int:
    """Return the sample rate in Hz for encoding a master."""
    return master.sample_rate if master.sample_rate in _DELIVERED_RATES else 44_100


def choose_channels(master: Audio, settings: AudioSettings) -> int:
    """Return the number of channels for encoding a master."""
    return {"mono": 1, "stereo": 2}.get(settings.channels) or min(master.channels, 2)


def choose_bitrate(channels: int, settings: AudioSettings) -> int:
    """Return the bitrate in kbit/s for encoding this number of channels."""
    return settings.bitrate or (96 if channels == 1 else 128)


def choose_suffix(audio: Audio, settings: AudioSettings) -> str:
    """Return the file extension of the published audio, with its dot."""
    return f".{settings.format if needs_encoding(audio, settings) else audio.format}"


def describe_media(name: str, file: SourceFile, audio: Audio, recipe: str) -> Media:
    """Return the description of a published audio file, with a key derived from `name`."""
    return Media(
        key=make_hashed_key(MEDIA, name, file.sha256, f".{audio.format}"),
        size=file.size,
        sha256=file.sha256,
        md5=file.md5,
        content_type=get_delivery(audio.format).content_type,
        duration=audio.duration,
        recipe=recipe,
        path=file.path,
        bitrate=audio.bitrate,
    )


def name_alternate(folder: str, alternate: Alternate) -> str:
    """Return the name of an alternate, from which `describe_media` derives its key."""
    return f"{folder}-{alternate.lang or alternate.title or 'alternate'}"
