"""Test the rules about audio files: bitrates, channels and sample rates of a season, and duplicate audio."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.checks import check_show
from podcastkit.diagnostics import Location
from podcastkit.model import Alternate, Audio, AudioSettings, Clip, EpisodeType
from tests.values import make_audio, make_episode, make_file, make_record, make_show, messages

if TYPE_CHECKING:
    from podcastkit.model import Episode, Show

STEREO = make_audio()
MONO = make_audio(channels=1, bitrate=96_000)
WAV = make_audio(format="wav", codec="pcm", bitrate=1_411_000)


def make_show_of(audio: Audio | None) -> Show:
    return make_show(make_episode(audio=audio, number=1))


def make_season(*files: Audio | None, **changes: Any) -> Show:
    return make_show(*(make_episode(f"0{at}", number=at, audio=one) for at, one in enumerate(files, 1)), **changes)


@pytest.mark.parametrize(
    ("channels", "rate", "bitrate", "found"),
    [
        (1, 44_100, 64, False),
        (1, 44_100, 128, False),
        (1, 44_100, 57, True),
        (1, 48_000, 160, True),
        (2, 44_100, 128, False),
        (2, 48_000, 256, False),
        (2, 44_100, 118, False),
        (2, 44_100, 96, True),
        (2, 44_100, 320, True),
        (1, 22_050, 40, False),
        (1, 24_000, 64, False),
        (1, 22_050, 32, True),
        (2, 24_000, 160, False),
        (2, 24_000, 64, True),
        (2, 32_000, 16, False),
        (6, 44_100, 16, False),
    ],
)
def test_bitrate_outside_the_range_of_apple_is_reported(
    channels: int, rate: int, bitrate: int, found: bool
) -> None:
    audio = make_audio(channels=channels, sample_rate=rate, bitrate=bitrate * 1000)
    assert bool(messages(make_show_of(audio), "A113")) is found


@pytest.mark.parametrize(
    "audio",
    [None, WAV, replace(WAV, channels=6, sample_rate=96_000), make_audio(bitrate=None)],
    ids=["no file", "a master", "a large master", "unknown bitrate"],
)
def test_master_or_unknown_bitrate_is_not_checked(audio: Audio | None) -> None:
    assert messages(make_show_of(audio), "A113") + messages(make_show_of(audio), "A114") == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"channels": 6}, ["the audio has 6 channels, but apps play one or two"]),
        ({"sample_rate": 11_025}, ["the sample rate is 11.025 kHz, but Apple lists 44.1 and 48 kHz"]),
        ({"sample_rate": 96_000, "format": "m4a", "codec": "alac"}, []),
        ({"sample_rate": 22_050}, []),
    ],
)
def test_unusual_channels_or_sample_rate_are_reported(changes: dict[str, Any], found: list[str]) -> None:
    assert messages(make_show_of(make_audio(**changes)), "A114") == found


@pytest.mark.parametrize(
    ("settings", "audio", "found"),
    [
        ({"bitrate": 64}, WAV, True),
        ({"bitrate": 64}, replace(WAV, channels=1), False),
        ({"bitrate": 64, "channels": "mono"}, WAV, False),
        ({"bitrate": 192, "channels": "mono"}, WAV, True),
        ({"bitrate": 96, "channels": "stereo"}, replace(WAV, channels=1), True),
        ({"bitrate": 64}, STEREO, False),
        ({}, WAV, False),
    ],
)
def test_bitrate_of_the_settings_is_checked_for_masters(
    settings: dict[str, Any], audio: Audio, found: bool
) -> None:
    show = replace(make_show_of(audio), audio=AudioSettings(**settings))
    assert bool(messages(show, "S119")) is found


ALWAYS = AudioSettings(always=True)


def test_checks_of_always_encoded_audio_use_the_audio_settings() -> None:
    show = replace(make_show_of(make_audio(channels=6, sample_rate=32_000, bitrate=16_000)), audio=ALWAYS)
    assert messages(show, "A113") + messages(show, "A114") == []
    low = replace(show, audio=replace(ALWAYS, bitrate=64))
    assert len(messages(low, "S119")) == 1
    assert messages(make_season(MONO, STEREO, audio=replace(ALWAYS, channels="stereo")), "S133") == []


@pytest.mark.parametrize(
    ("audio", "settings", "found"),
    [
        (STEREO, ALWAYS, ["the file is already an MP3, but is encoded again ([audio] always)"]),
        (
            replace(STEREO, format="m4a", codec="aac"),
            ALWAYS,
            ["the file is already an M4A, but is encoded again ([audio] always)"],
        ),
        (replace(STEREO, format="m4a", codec="alac"), ALWAYS, []),
        (WAV, ALWAYS, []),
        (make_audio(format="opus"), ALWAYS, []),
        (None, ALWAYS, []),
        (STEREO, AudioSettings(), []),
    ],
    ids=["mp3", "m4a", "alac", "wav", "opus", "no file", "published unchanged"],
)
def test_audio_encoded_again_is_reported(audio: Audio | None, settings: AudioSettings, found: list[str]) -> None:
    assert messages(replace(make_show_of(audio), audio=settings), "A115") == found


def test_alternate_encoded_again_is_reported_at_its_line() -> None:
    here = Location(file="01/notes.md", line=3)
    spanish = Alternate(file="es.mp3", audio=STEREO, master=make_file(sha256="c" * 64), location=here)
    show = make_show(make_episode(number=1, audio=WAV, alternates=(spanish,)), audio=ALWAYS)
    (finding,) = [one for one in check_show(show).findings if one.code == "A115"]
    assert finding.location == here


BOTH_ENDS = AudioSettings(intro="intro.wav", outro="outro.wav")
CLIP = Clip(master=make_file("jingle.wav"), audio=WAV)


@pytest.mark.parametrize(
    ("settings", "episode", "missing"),
    [
        (BOTH_ENDS, {}, "intro and outro"),
        (AudioSettings(intro="intro.wav"), {}, "intro"),
        (AudioSettings(outro="outro.wav"), {}, "outro"),
        (AudioSettings(), {"intro": CLIP}, "intro"),
        (AudioSettings(), {}, None),
        (BOTH_ENDS, {"locations": {"intro": Location(file="01/notes.md", line=2)}}, "outro"),
        (BOTH_ENDS, {"audio": WAV}, None),
        (BOTH_ENDS, {"audio": None}, None),
        (replace(BOTH_ENDS, always=True), {}, None),
    ],
    ids=["both", "intro", "outro", "own intro", "no clips", "turned off", "a master", "no file", "always"],
)
def test_intro_and_outro_missing_from_unchanged_audio_are_reported(
    settings: AudioSettings, episode: dict[str, Any], missing: str | None
) -> None:
    found = messages(make_show(make_episode(number=1, **episode), audio=settings), "A116")
    assert found == ([f"the audio is an MP3 that is published unchanged, without the {missing}"] if missing else [])


def test_season_with_equal_channels_and_rates_has_no_findings() -> None:
    for show in (
        make_season(STEREO, WAV, None),
        make_season(MONO, MONO),
        make_season(WAV, replace(WAV, sample_rate=96_000)),
    ):
        assert messages(show, "S133") + messages(show, "S134") == []
    made_mono = make_season(MONO, WAV, audio=AudioSettings(channels="mono"))
    assert messages(made_mono, "S133") == []


def test_surround_master_is_compared_as_stereo() -> None:
    surround = replace(WAV, channels=6)
    assert messages(make_season(WAV, surround), "S133") == []
    assert len(messages(make_season(replace(WAV, channels=1), surround), "S133")) == 1


def test_mono_and_stereo_in_one_season_is_one_finding() -> None:
    episodes = [make_episode(f"{at:02}", number=at, audio=STEREO) for at in range(1, 9)]
    place = {"audio": Location(file="03/a.mp3")}
    episodes[2] = make_episode("03", number=3, audio=MONO, locations=place)
    (finding,) = [one for one in check_show(make_show(*episodes)).findings if one.code == "S133"]
    assert finding.message == "season 1 mixes mono and stereo: 03: mono and 7 others: stereo"
    assert finding.location == place["audio"]


def test_only_full_episodes_of_one_season_are_compared() -> None:
    others: list[Episode] = [
        make_episode("00-trailer", type=EpisodeType.TRAILER, number=None, audio=MONO),
        make_episode("bonus", type=EpisodeType.BONUS, number=None, audio=MONO),
        make_episode("s2e01", number=1, season=2, audio=MONO),
        make_episode("03", number=3, audio=MONO, draft=True),
    ]
    show = make_show(
        make_episode("01", number=1, audio=STEREO), make_episode("02", number=2, audio=STEREO), *others
    )
    assert messages(show, "S133") == []


def test_sample_rates_of_a_season_are_all_listed() -> None:
    rates = [44_100, 44_100, 48_000, 22_050]
    assert messages(make_season(*(make_audio(sample_rate=rate) for rate in rates)), "S134") == [
        "season 1 has several sample rates: 03: 48 kHz, 04: 22.05 kHz and 2 others: 44.1 kHz"
    ]


def test_only_the_first_of_many_episodes_are_named() -> None:
    files = [*[MONO] * 7, *[STEREO] * 8]
    assert "01, 02, 03, 04, 05 and 2 others: mono and 8 others" in messages(make_season(*files), "S133")[0]


def make_numbered_episode(folder: str, **changes: Any) -> Episode:
    return make_episode(folder, **{"master": make_file(), "number": int(folder), **changes})


@pytest.mark.parametrize(
    "second",
    [
        make_numbered_episode("02", draft=True),
        make_numbered_episode("02", master=make_file(sha256="b" * 64)),
        make_numbered_episode("02", master=None),
    ],
    ids=["a draft", "other audio", "no master"],
)
def test_audio_used_once_has_no_finding(second: Episode) -> None:
    assert messages(make_show(make_numbered_episode("01"), second), "A112") == []


def test_trailers_of_show_and_season_may_have_the_same_audio() -> None:
    trailers = [
        make_numbered_episode("01", type=EpisodeType.TRAILER),
        make_numbered_episode("02", type=EpisodeType.TRAILER),
    ]
    assert messages(make_show(*trailers), "A112") == []
    assert len(messages(make_show(*trailers, make_numbered_episode("03")), "A112")) == 1


def test_duplicate_of_audio_published_from_another_computer_is_reported() -> None:
    second = make_numbered_episode("02", master=None, record=make_record())
    assert messages(make_show(make_numbered_episode("01"), second), "A112") == [
        "the audio is identical to an audio file of 01, byte for byte"
    ]


def test_alternate_with_the_main_audio_is_reported_at_its_line() -> None:
    here = Location(file="01/notes.md", line=3)
    duplicate = Alternate(file="es.mp3", audio=STEREO, master=make_file(), location=here)
    (finding,) = [
        one
        for one in check_show(make_show(make_numbered_episode("01", alternates=(duplicate,)))).findings
        if one.code == "A112"
    ]
    assert finding.message == "es.mp3 is identical to the audio, byte for byte"
    assert finding.location == here


@pytest.mark.parametrize(
    ("audio", "found"),
    [
        (make_audio(), []),
        (
            make_audio(shown=timedelta(minutes=50)),
            ["players may show a duration of 50:00, but the audio is 25:00 long"],
        ),
        (
            make_audio(format="m4a", codec="aac", shown=timedelta(0)),
            ["players may show a duration of 0:00, but the audio is 25:00 long"],
        ),
        (make_audio(format="mp2", codec="mp2", shown=timedelta(minutes=50)), []),
        (make_audio(shown=timedelta(minutes=26), gaps=(timedelta(minutes=3),)), []),
        (
            make_audio(shown=timedelta(minutes=12), gaps=(timedelta(minutes=3),)),
            ["players may show a duration of 12:00, but the audio is 25:00 long"],
        ),
    ],
    ids=["right", "too long", "a fragmented M4A", "a master", "a gap", "joined, with a gap"],
)
def test_wrong_shown_duration_is_reported_for_unchanged_audio(audio: Audio, found: list[str]) -> None:
    assert messages(make_show_of(audio), "A120") == found
    assert messages(make_show(make_episode(audio=audio, number=1), audio=AudioSettings(always=True)), "A120") == []


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        ((), []),
        ((3,), ["the file contains data that is not audio at 3:00"]),
        ((3, 4), ["the file contains data that is not audio at 3:00 and at 1 other place"]),
        ((3, 4, 5), ["the file contains data that is not audio at 3:00 and at 2 other places"]),
    ],
)
def test_gaps_are_reported_with_their_time(minutes: tuple[int, ...], found: list[str]) -> None:
    gaps = tuple(timedelta(minutes=each) for each in minutes)
    assert messages(make_show_of(make_audio(gaps=gaps)), "A121") == found


@pytest.mark.parametrize(
    ("form", "codec", "found"),
    [
        ("opus", "opus", "opus"),
        ("wma", "wmav2", "wma"),
        ("mp2", "mp2", "mp2"),
        ("wav", "adpcm_ms", "wav with adpcm_ms inside"),
        ("matroska", "vorbis", "matroska with vorbis inside"),
        ("mp3", "mp3", None),
        ("m4a", "aac", None),
        ("m4a", "alac", None),
        ("caf", "pcm", None),
        ("ogg", "flac", None),
        ("wavpack", "wavpack", None),
    ],
)
def test_compressed_format_that_apple_refuses_is_reported(form: str, codec: str, found: str | None) -> None:
    expected = [f"Apple refuses {found}, so podcastkit encodes the audio again as mp3"] if found else []
    assert messages(make_show_of(make_audio(format=form, codec=codec)), "A102") == expected
