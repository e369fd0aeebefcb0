from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from podcastkit.media.encoding import build_recipe, choose_suffix, is_deliverable
from podcastkit.model import Audio, AudioSettings

_MP3 = AudioSettings()
_M4A = AudioSettings(format="m4a")


def _make_audio(format_name: str, codec: str) -> Audio:
    return Audio(
        path=Path("audio"),
        format=format_name,
        codec=codec,
        duration=timedelta(seconds=1),
        bitrate=None,
        sample_rate=44_100,
        channels=2,
        size=1,
    )


@pytest.mark.parametrize(
    ("format_name", "codec", "deliverable"),
    [
        ("mp3", "mp3", True),
        ("m4a", "aac", True),
        ("m4a", "alac", False),
        ("wav", "pcm", False),
        ("aac", "aac", False),
        ("opus", "opus", False),
    ],
)
def test_only_mp3_and_aac_in_m4a_are_published_unchanged(format_name: str, codec: str, deliverable: bool) -> None:
    audio = _make_audio(format_name, codec)

    assert is_deliverable(audio) is deliverable
    assert (build_recipe(audio, _MP3) == "as given") is deliverable
    assert choose_suffix(audio, _M4A) == (f".{format_name}" if deliverable else ".m4a")


@pytest.mark.parametrize(
    ("settings", "recipe"),
    [
        (AudioSettings(), "mp3 bitrate=auto channels=keep loudness=-16"),
        (AudioSettings(bitrate=192, channels="mono"), "mp3 bitrate=192 channels=mono loudness=-16"),
        (AudioSettings(format="m4a", loudness=-18.5), "m4a bitrate=auto channels=keep loudness=-18.5"),
        (AudioSettings(loudness=None), "mp3 bitrate=auto channels=keep loudness=none"),
    ],
)
def test_recipe_depends_on_settings_only(settings: AudioSettings, recipe: str) -> None:
    assert (
        build_recipe(_make_audio("wav", "pcm"), settings)
        == build_recipe(_make_audio("flac", "flac"), settings)
        == recipe
    )
