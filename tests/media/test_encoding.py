from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from podcastkit.media.encoding import is_deliverable, recipe_of, suffix_of
from podcastkit.model import Audio, AudioSettings

_MP3 = AudioSettings()
_M4A = AudioSettings(format="m4a")


def _audio(form: str, codec: str) -> Audio:
    return Audio(
        path=Path("audio"),
        format=form,
        codec=codec,
        duration=timedelta(seconds=1),
        bitrate=None,
        sample_rate=44_100,
        channels=2,
        size=1,
    )


@pytest.mark.parametrize(
    ("form", "codec", "deliverable"),
    [
        ("mp3", "mp3", True),
        ("m4a", "aac", True),
        ("m4a", "alac", False),
        ("wav", "pcm", False),
        ("aac", "aac", False),
        ("opus", "opus", False),
    ],
)
def test_only_what_every_app_plays_is_delivered_as_it_is(form: str, codec: str, deliverable: bool) -> None:
    audio = _audio(form, codec)

    assert is_deliverable(audio) is deliverable
    assert (recipe_of(audio, _MP3) == "as given") is deliverable
    assert suffix_of(audio, _M4A) == (f".{form}" if deliverable else ".m4a")


@pytest.mark.parametrize(
    ("settings", "recipe"),
    [
        (AudioSettings(), "mp3 bitrate=auto channels=keep loudness=-16"),
        (AudioSettings(bitrate=192, channels="mono"), "mp3 bitrate=192 channels=mono loudness=-16"),
        (AudioSettings(format="m4a", loudness=-18.5), "m4a bitrate=auto channels=keep loudness=-18.5"),
        (AudioSettings(loudness=None), "mp3 bitrate=auto channels=keep loudness=none"),
    ],
)
def test_a_recipe_tells_all_settings_and_nothing_else(settings: AudioSettings, recipe: str) -> None:
    assert recipe_of(_audio("wav", "pcm"), settings) == recipe_of(_audio("flac", "flac"), settings) == recipe
