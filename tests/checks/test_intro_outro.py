from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from podcastkit.checks import check_show
from podcastkit.diagnostics import Location
from podcastkit.model import Audio, AudioSettings, Measurement, Show, Text
from tests.values import a_clip, a_show, an_episode, messages, some_audio, some_media

WAV = some_audio(format="wav", codec="pcm", duration=timedelta(minutes=1))
NOTES = "00:00 Welcome\n00:30 The crane\n01:00 The end"


def plain(text: str) -> Text:
    return Text(html=f"<p>{text}</p>", plain=text)


def joined(crossfade: float = 0, *, trim: bool = False, audio: Audio | None = WAV, **changes: Any) -> Show:
    settings = AudioSettings(crossfade=timedelta(seconds=crossfade), trim=trim)
    return a_show(an_episode(**changes, number=1, audio=audio), audio=settings)


@pytest.mark.parametrize("crossfade", [0, 2, 10])
def test_a_crossfade_that_fits_is_fine(crossfade: float) -> None:
    show = joined(crossfade, intro=a_clip("intro.wav", 10), outro=a_clip("outro.wav", 10))
    assert not messages(show, "S142")
    assert not messages(show, "S143")


def test_a_crossfade_longer_than_any_is_told_whatever_it_joins() -> None:
    assert messages(joined(31, intro=a_clip("intro.wav", 60)), "S142") == [
        "a crossfade of 31 s is too long: 30 s are the most"
    ]


def test_without_clips_a_crossfade_says_nothing() -> None:
    assert not messages(joined(40), "S142")
    assert not messages(joined(40), "S143")


def test_half_of_the_episode_may_be_crossfaded() -> None:
    assert not messages(joined(30, outro=a_clip("outro.wav", 30)), "S143")
    assert messages(joined(30.01, outro=a_clip("outro.wav", 31)), "S143")


def test_a_clip_is_told_once_where_the_settings_name_it_first() -> None:
    clip = a_clip("intro.wav", 121)
    own = Location(file="02/notes.md", line=3)
    episodes = [
        an_episode("01", number=1, audio=WAV, intro=clip),
        an_episode("02", number=2, audio=WAV, intro=a_clip("own.wav", 300, "d" * 64), locations={"intro": own}),
        an_episode("03", number=3, audio=WAV, intro=clip),
        an_episode("04", number=4, audio=WAV, intro=a_clip("draft.wav", 300, "e" * 64), draft=True),
    ]
    show = a_show(*episodes, locations={"audio.intro": Location(file="show.toml", line=7)})
    found = [finding for finding in check_show(show).findings if finding.code == "S145"]
    assert [(finding.message.split()[2], str(finding.location)) for finding in found] == [
        ("own.wav", "02/notes.md:3"),
        ("intro.wav", "show.toml:7"),
    ]


def test_times_in_the_notes_are_warned_of_where_what_is_heard_moves() -> None:
    silent = Measurement(
        duration=timedelta(minutes=1),
        loudness=-16,
        loudness_range=3,
        true_peak=-1,
        silences=((timedelta(), timedelta(seconds=4)),),
    )
    intro = a_clip("intro.wav", 3)
    notes = plain(NOTES)
    assert messages(joined(1, intro=intro, notes=notes), "C110") == [
        "the notes list times, and listeners hear all 2.0 s later"
    ]
    assert messages(joined(trim=True, measurement=silent, notes=notes), "C110") == [
        "the notes list times, and listeners hear all 3.7 s earlier"
    ]
    published = some_media(offset=timedelta(seconds=5))
    assert messages(joined(audio=None, master=None, media=published, notes=notes), "C110")
    assert not messages(joined(audio=None, master=None, media=None, notes=notes), "C110")
    assert not messages(joined(intro=intro, notes=plain("00:00 Welcome")), "C110")
    assert not messages(joined(measurement=silent, notes=notes), "C110")
