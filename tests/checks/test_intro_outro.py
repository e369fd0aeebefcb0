"""Test the rules about intros, outros and crossfades, and about times in the notes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.checks import check_show
from podcastkit.diagnostics import Location
from podcastkit.model import Audio, AudioSettings, Measurement, Show, Text
from tests.values import make_audio, make_clip, make_episode, make_media, make_show, messages

WAV = make_audio(format="wav", codec="pcm", duration=timedelta(minutes=1))
NOTES = "00:00 Welcome\n00:30 The crane\n01:00 The end"


def make_text(text: str) -> Text:
    return Text(html=f"<p>{text}</p>", plain=text)


def make_show_with_clips(
    crossfade: float = 0, *, trim: bool = False, audio: Audio | None = WAV, **changes: Any
) -> Show:
    settings = AudioSettings(crossfade=timedelta(seconds=crossfade), trim=trim)
    return make_show(make_episode(**changes, number=1, audio=audio), audio=settings)


@pytest.mark.parametrize("crossfade", [0, 2, 10])
def test_crossfade_that_fits_has_no_findings(crossfade: float) -> None:
    show = make_show_with_clips(crossfade, intro=make_clip("intro.wav", 10), outro=make_clip("outro.wav", 10))
    assert not messages(show, "S142")
    assert not messages(show, "S143")


def test_crossfade_above_30_seconds_is_reported() -> None:
    assert messages(make_show_with_clips(31, intro=make_clip("intro.wav", 60)), "S142") == [
        "a crossfade of 31 s is too long: at most 30 s are allowed"
    ]


def test_crossfade_without_clips_has_no_findings() -> None:
    assert not messages(make_show_with_clips(40), "S142")
    assert not messages(make_show_with_clips(40), "S143")


def test_crossfade_of_more_than_half_of_the_episode_is_reported() -> None:
    assert not messages(make_show_with_clips(30, outro=make_clip("outro.wav", 30)), "S143")
    assert messages(make_show_with_clips(30.01, outro=make_clip("outro.wav", 31)), "S143")


def test_long_clip_is_reported_once_at_its_first_place() -> None:
    clip = make_clip("intro.wav", 121)
    own = Location(file="02/notes.md", line=3)
    episodes = [
        make_episode("01", number=1, audio=WAV, intro=clip),
        make_episode(
            "02", number=2, audio=WAV, intro=make_clip("own.wav", 300, "d" * 64), locations={"intro": own}
        ),
        make_episode("03", number=3, audio=WAV, intro=clip),
        make_episode("04", number=4, audio=WAV, intro=make_clip("draft.wav", 300, "e" * 64), draft=True),
    ]
    show = make_show(*episodes, locations={"audio.intro": Location(file="show.toml", line=7)})
    found = [finding for finding in check_show(show).findings if finding.code == "S145"]
    assert [(finding.message.split()[2], str(finding.location)) for finding in found] == [
        ("own.wav", "02/notes.md:3"),
        ("intro.wav", "show.toml:7"),
    ]


def test_times_in_notes_are_reported_if_the_audio_is_moved() -> None:
    silent = Measurement(
        duration=timedelta(minutes=1),
        loudness=-16,
        loudness_range=3,
        true_peak=-1,
        silences=((timedelta(), timedelta(seconds=4)),),
    )
    intro = make_clip("intro.wav", 3)
    notes = make_text(NOTES)
    assert messages(make_show_with_clips(1, intro=intro, notes=notes), "C110") == [
        "the notes list times, but in the published audio everything is 2.0 s later"
    ]
    assert messages(make_show_with_clips(trim=True, measurement=silent, notes=notes), "C110") == [
        "the notes list times, but in the published audio everything is 3.7 s earlier"
    ]
    published = make_media(offset=timedelta(seconds=5))
    assert messages(make_show_with_clips(audio=None, master=None, media=published, notes=notes), "C110")
    assert not messages(make_show_with_clips(audio=None, master=None, media=None, notes=notes), "C110")
    assert not messages(make_show_with_clips(intro=intro, notes=make_text("00:00 Welcome")), "C110")
    assert not messages(make_show_with_clips(measurement=silent, notes=notes), "C110")
