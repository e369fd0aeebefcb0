"""Deliverables, as programs that share nothing with the command that made them decode and measure them."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import imageio_ffmpeg
import numpy as np
import pytest

from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.encoding import delivered_channels, delivered_rate, is_deliverable
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.files import stamp_of
from podcastkit.media.mastering.filters import Part, Programme
from podcastkit.media.mastering.mastering import Mastered, master
from podcastkit.media.measuring import listen
from podcastkit.media.probing import probe
from podcastkit.model import Audio, AudioSettings, Measurement
from tests.sounds import convert, decode, level_of, loudness_of, speech, true_peak_of, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sounds import Samples

    Sound = Callable[[str], Path]

pytestmark = pytest.mark.ffmpeg

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
_MP3 = AudioSettings()
_M4A = AudioSettings(format="m4a")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _whole(audio: Audio, settings: AudioSettings) -> Programme:
    return Programme(
        parts=(Part(audio=audio),),
        sample_rate=delivered_rate(audio),
        channels=delivered_channels(audio, settings),
    )


def _encode(audio: Audio, settings: AudioSettings, target: Path) -> Audio:
    return master(_whole(audio, settings), settings, target).audio


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "stereo.wav",
        "float.wav",
        "long.wav",
        "sound.flac",
        "sound.aiff",
        "sound.ogg",
        "flac.oga",
        "sound.opus",
        "sound.aac",
        "lossless.m4a",
        "plain.m4a",
        "vbr-bare.mp3",
    ],
)
@pytest.mark.parametrize("settings", [_MP3, _M4A], ids=["mp3", "m4a"])
def test_every_master_becomes_what_apps_play(
    name: str, settings: AudioSettings, tmp_path: Path, sound: Sound
) -> None:
    master = probe(sound(name))
    made = _encode(master, settings, tmp_path / f"made.{settings.format}")

    assert made == probe(tmp_path / f"made.{settings.format}")
    assert is_deliverable(made)
    assert made.format == settings.format
    assert made.duration.total_seconds() == pytest.approx(master.duration.total_seconds(), abs=0.1)
    assert _names(tmp_path) == [f"made.{settings.format}"]


@pytest.mark.parametrize(
    ("name", "settings", "facts"),
    [
        ("stereo.wav", AudioSettings(), (128_000, 2, 44_100)),
        ("stereo.wav", AudioSettings(bitrate=192), (192_000, 2, 44_100)),
        ("stereo.wav", AudioSettings(channels="mono"), (96_000, 1, 44_100)),
        ("mono.wav", AudioSettings(), (96_000, 1, 44_100)),
        ("mono.wav", AudioSettings(channels="mono"), (96_000, 1, 44_100)),
        ("mono.wav", AudioSettings(channels="stereo"), (128_000, 2, 44_100)),
        ("six.wav", AudioSettings(), (128_000, 2, 48_000)),
        ("six.wav", AudioSettings(channels="mono"), (96_000, 1, 48_000)),
        ("sound.opus", AudioSettings(), (128_000, 2, 48_000)),
    ],
)
def test_the_settings_are_kept(
    name: str, settings: AudioSettings, facts: tuple[int, int, int], tmp_path: Path, sound: Sound
) -> None:
    made = _encode(probe(sound(name)), settings, tmp_path / "made.mp3")

    assert (made.bitrate, made.channels, made.sample_rate) == facts


@pytest.mark.slow
@pytest.mark.parametrize("settings", [_MP3, _M4A], ids=["mp3", "m4a"])
def test_the_same_master_makes_the_same_bytes(settings: AudioSettings, tmp_path: Path, sound: Sound) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    _encode(probe(sound("sound.flac")), settings, one)
    _encode(probe(sound("sound.flac")), settings, other)

    assert one.read_bytes() == other.read_bytes()


def test_tags_and_chapters_of_the_master_stay_there(tmp_path: Path, sound: Sound) -> None:
    master = probe(sound("chapters.m4a"))
    made = _encode(master, _MP3, tmp_path / "made.mp3")

    assert master.chapters
    assert (made.title, made.chapters) == (None, ())
    assert b"Lavf" not in made.path.read_bytes()[:100]


@pytest.mark.slow
def test_an_m4a_can_start_before_it_has_arrived(tmp_path: Path, sound: Sound) -> None:
    made = _encode(probe(sound("stereo.wav")), _M4A, tmp_path / "made.m4a").path.read_bytes()

    assert made.startswith(b"\0\0\0\x1cftypM4A ")
    assert made.index(b"moov") < made.index(b"mdat")


@pytest.mark.parametrize("part", [0.5, 0.8])
@pytest.mark.parametrize("name", ["sound.flac", "sound.aiff"])
def test_a_master_that_is_cut_short_is_refused(name: str, part: float, tmp_path: Path, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    master = tmp_path / name
    master.write_bytes(whole)
    audio = probe(master)  # which would refuse what is cut already
    master.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(MediaError, match=rf"{re.escape(name)} is damaged or cut short") as error:
        _encode(audio, _MP3, tmp_path / "made.mp3")

    assert "copy it again" in (error.value.hint or "")
    assert _names(tmp_path) == [name]


def test_what_cannot_be_decoded_leaves_what_was_there(tmp_path: Path, sound: Sound) -> None:
    master, target = tmp_path / "audio.flac", tmp_path / "made.mp3"
    whole = sound("sound.flac").read_bytes()
    master.write_bytes(whole[:100])
    target.write_bytes(b"made before")
    shutil.copy(sound("sound.flac"), tmp_path / "whole.flac")
    with pytest.raises(MediaError, match=r"audio\.flac cannot be encoded: ffmpeg failed"):
        _encode(replace(probe(tmp_path / "whole.flac"), path=master), _MP3, target)

    assert target.read_bytes() == b"made before"
    assert _names(tmp_path) == ["audio.flac", "made.mp3", "whole.flac"]


def test_the_folder_of_the_target_is_made(tmp_path: Path, sound: Sound) -> None:
    made = _encode(probe(sound("mono.wav")), _MP3, tmp_path / "new" / "folder" / "made.mp3")

    assert made.path.is_file()


def test_a_target_that_cannot_be_written_is_named(tmp_path: Path, sound: Sound) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match=r"made\.mp3 cannot be written"):
        _encode(probe(sound("mono.wav")), _MP3, tmp_path / "file" / "made.mp3")


@pytest.mark.parametrize(
    "name",
    [
        "a:b.wav",
        "-x.wav",
        "% d.wav",
        "%03d.wav",
        "two\nlines.wav",
        "\"quoted\" 'twice'.wav",
        "http:x.wav",
        "[glob]*.wav",
        "日本 ñ.wav",
        f"{'long' * 62}.wav",
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_no_name_is_special(name: str, tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(sound("mono.wav"), tmp_path / "in" / name)
    monkeypatch.chdir(tmp_path / "in")
    made = _encode(probe(Path(name)), _MP3, Path("..") / "out" / f"{name[:-4]}.mp3")

    assert _names(tmp_path / "out") == [f"{name[:-4]}.mp3"]
    assert made.duration == probe(Path(name)).duration


def test_a_playlist_that_poses_as_sound_opens_no_other_file(tmp_path: Path, sound: Sound) -> None:
    shutil.copy(sound("mono.wav"), tmp_path / "secret.wav")
    master = tmp_path / "audio.wav"
    master.write_text("ffconcat version 1.0\nfile secret.wav\n")
    with pytest.raises(MediaError):
        _encode(replace(probe(tmp_path / "secret.wav"), path=master), _MP3, tmp_path / "made.mp3")


@unix
def test_another_ffmpeg_is_honoured(tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "ffmpeg"
    own.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/called"\nexec "{find_ffmpeg()}" "$@"\n')
    own.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
    _encode(probe(sound("mono.wav")), _MP3, tmp_path / "made.mp3")

    assert "libmp3lame" in (tmp_path / "called").read_text()


def test_a_wrong_ffmpeg_is_named(tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(MediaError, match="/nowhere/ffmpeg"):
        _encode(probe(sound("mono.wav")), _MP3, tmp_path / "made.mp3")


def test_what_another_publisher_made_meanwhile_stays(tmp_path: Path, sound: Sound) -> None:
    target = tmp_path / "made.mp3"
    _encode(probe(sound("mono.wav")), _MP3, target)
    others = stamp_of(target)
    _encode(probe(sound("mono.wav")), _MP3, target)
    assert stamp_of(target) == others
    target.write_bytes(b"damaged")
    _encode(probe(sound("mono.wav")), _MP3, target)
    assert target.stat().st_size == others.size


def _stereo(samples: Samples) -> Samples:
    return np.stack([samples, 0.8 * samples], axis=1)


def _noise(seconds: float, scale: float) -> Samples:
    return np.clip(scale * np.random.default_rng(5).standard_normal((round(seconds * 44_100), 2)), -0.99, 0.99)


def _clicks(seconds: float) -> Samples:
    moments = np.arange(round(seconds * 44_100)) / 44_100
    rest = moments % 0.5
    return np.asarray(0.9 * np.exp(-rest * 120) * np.sin(2 * np.pi * 1800 * rest) + 0.001 * np.sin(2000 * moments))


def _surround(seconds: float) -> Samples:
    voice = speech(seconds, 48_000)
    return np.stack([0.3 * voice, 0.3 * voice, voice, 0.1 * voice, 0.1 * voice, 0.05 * voice], axis=1)


_SECONDS = 8
_MASTERS: dict[str, Callable[[Path], Path]] = {
    "16-bit, strong peaks": lambda to: write(to / "a.wav", _stereo(speech(_SECONDS, peaks=9))),
    "24-bit, a whisper": lambda to: write(
        to / "a.wav", _stereo(speech(_SECONDS, 48_000, level=-41)), 48_000, "PCM_24"
    ),
    "as loud as can be": lambda to: write(to / "a.wav", _noise(_SECONDS, 0.9)),
    "clicks": lambda to: write(to / "a.wav", _clicks(_SECONDS)),
    "24-bit mono": lambda to: write(to / "a.wav", speech(_SECONDS, level=-32, peaks=6), 44_100, "PCM_24"),
    "8 kHz": lambda to: write(to / "a.wav", speech(_SECONDS, 8000), 8000),
    "192 kHz, 32-bit": lambda to: write(to / "a.wav", _stereo(speech(_SECONDS, 192_000)), 192_000, "PCM_32"),
    "float above full scale": lambda to: write(
        to / "a.wav", _stereo(speech(_SECONDS, level=-3, peaks=4)), 44_100, "FLOAT"
    ),
    "RF64": lambda to: write(to / "rf64.wav", _stereo(speech(_SECONDS))),
    "5.1": lambda to: write(to / "a.wav", _surround(_SECONDS), 48_000),
    "FLAC": lambda to: write(to / "a.flac", _stereo(speech(_SECONDS))),
    "AIFF": lambda to: write(to / "a.aiff", _stereo(speech(_SECONDS))),
    "ALAC": lambda to: convert(write(to / "a.wav", _stereo(speech(_SECONDS))), to / "a.m4a", "-c:a", "alac"),
    "Opus": lambda to: convert(write(to / "a.wav", _stereo(speech(_SECONDS))), to / "a.opus"),
    "Vorbis": lambda to: convert(write(to / "a.wav", _stereo(speech(_SECONDS))), to / "a.ogg", "-c:a", "libvorbis"),
    "AAC": lambda to: convert(write(to / "a.wav", _stereo(speech(_SECONDS))), to / "a.aac"),
}


def _assert_right(mastered: Mastered, loudness: float = -16) -> None:
    """What other programs decode and measure is as loud as it should be, and is what was told of it."""
    samples, rate = decode(mastered.audio.path)
    heard, peak = loudness_of(samples, rate), true_peak_of(samples)

    assert heard == pytest.approx(loudness, abs=0.3)
    assert peak <= -1
    assert mastered.loudness == pytest.approx(heard, abs=0.15)
    assert mastered.true_peak == pytest.approx(peak, abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("name", _MASTERS)
def test_every_kind_of_master_comes_out_right(name: str, tmp_path: Path) -> None:
    audio = probe(_MASTERS[name](tmp_path))
    mastered = master(_whole(audio, _MP3), _MP3, tmp_path / "out" / "made.mp3")

    _assert_right(mastered)
    assert mastered.audio.duration.total_seconds() == pytest.approx(_SECONDS, abs=0.05)
    assert mastered.audio.channels == min(audio.channels, 2)


_SETTINGS = {
    **{f"MP3 at {rate}": AudioSettings(bitrate=rate) for rate in (64, 96, 128, 160, 192, 224, 320)},
    "M4A": _M4A,
    "M4A at 64": AudioSettings(format="m4a", bitrate=64),
    "MP3 in mono": AudioSettings(channels="mono"),
    "MP3 in mono at 48": AudioSettings(channels="mono", bitrate=48),
    "M4A in mono": AudioSettings(channels="mono", format="m4a"),
    "quieter": AudioSettings(loudness=-19.5),
    "louder": AudioSettings(loudness=-14),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", _SETTINGS)
def test_all_settings_come_out_right(name: str, tmp_path: Path) -> None:
    settings = _SETTINGS[name]
    audio = probe(write(tmp_path / "audio.wav", _stereo(speech(_SECONDS, peaks=6))))
    mastered = master(_whole(audio, settings), settings, tmp_path / f"made.{settings.format}")

    _assert_right(mastered, settings.loudness or 0)


def test_mono_in_stereo_is_as_loud_as_from_both_sides(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", speech(_SECONDS)))
    settings = AudioSettings(channels="stereo")

    _assert_right(master(_whole(audio, settings), settings, tmp_path / "made.mp3"))


@pytest.mark.slow
def test_thirty_seconds_of_peaky_speech_are_right_at_once(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _stereo(speech(30, peaks=8))))
    mastered = master(_whole(audio, _MP3), _MP3, tmp_path / "made.mp3")

    _assert_right(mastered)
    assert not mastered.corrected
    assert mastered.gain > 6


@pytest.mark.slow
def test_joined_parts_are_levelled_as_one(tmp_path: Path) -> None:
    parts = (
        Part(audio=probe(write(tmp_path / "intro.wav", _stereo(speech(2, level=-20, seed=2))))),
        Part(audio=probe(write(tmp_path / "audio.flac", speech(_SECONDS, 48_000), 48_000))),
        Part(audio=probe(write(tmp_path / "outro.wav", speech(3, 32_000, seed=3), 32_000, "PCM_24"))),
    )
    mastered = master(Programme(parts=parts, sample_rate=44_100, channels=2), _MP3, tmp_path / "made.mp3")

    _assert_right(mastered)
    assert mastered.audio.duration.total_seconds() == pytest.approx(_SECONDS + 5, abs=0.05)


@pytest.mark.slow
def test_a_level_that_only_the_encoder_changes_is_corrected(tmp_path: Path) -> None:
    """White noise loses what lies above the frequencies that MP3 keeps, which nothing can know before."""
    audio = probe(write(tmp_path / "audio.wav", _noise(_SECONDS, 0.1)))
    mastered = master(_whole(audio, AudioSettings(bitrate=64)), AudioSettings(bitrate=64), tmp_path / "made.mp3")

    assert mastered.corrected
    _assert_right(mastered)


@pytest.mark.slow
def test_a_peak_that_only_the_encoder_makes_is_corrected(tmp_path: Path) -> None:
    """At 32 kbit/s what is decoded has little of the shape of what was encoded."""
    settings = AudioSettings(bitrate=32, loudness=-12)
    audio = probe(write(tmp_path / "audio.wav", _stereo(speech(_SECONDS, level=-20, peaks=6)), subtype="FLOAT"))
    mastered = master(_whole(audio, settings), settings, tmp_path / "made.mp3")

    assert mastered.corrected
    _assert_right(mastered, -12)


@pytest.mark.slow
def test_a_limiter_comes_with_the_correction_where_it_is_needed(tmp_path: Path) -> None:
    """Peaks so high that they need no limiter yet are too high once what the encoder took away is added."""
    given = _noise(_SECONDS, 0.1)
    given[::44_100] = 0.97 * 10 ** (-1.6 / 20)
    settings = AudioSettings(bitrate=64, loudness=loudness_of(given, 44_100))
    audio = probe(write(tmp_path / "audio.wav", given, subtype="FLOAT"))
    mastered = master(_whole(audio, settings), settings, tmp_path / "made.mp3")

    assert mastered.corrected
    _assert_right(mastered, settings.loudness or 0)


@pytest.mark.slow
def test_what_no_limiter_can_make_loud_enough_comes_as_near_as_it_can(tmp_path: Path) -> None:
    given = np.zeros(_SECONDS * 44_100)
    given[:: 44_100 * 2] = 0.9
    given += 1e-5 * np.sin(np.arange(len(given)) / 20)
    audio = probe(write(tmp_path / "audio.wav", given, subtype="FLOAT"))
    mastered = master(_whole(audio, _MP3), _MP3, tmp_path / "made.mp3")
    made = decode(mastered.audio.path)

    assert true_peak_of(made[0]) <= -1
    assert loudness_of(given[:, None], 44_100) + 3 < loudness_of(*made) < -16


def test_quiet_peaks_are_left_to_themselves(tmp_path: Path) -> None:
    """Without a limiter the deliverable is the master times a constant."""
    given = _stereo(speech(_SECONDS, level=-14))
    audio = probe(write(tmp_path / "audio.wav", given))
    settings = AudioSettings(loudness=-24, bitrate=320)
    mastered = master(_whole(audio, settings), settings, tmp_path / "made.mp3")
    made, _ = decode(mastered.audio.path)

    _assert_right(mastered, -24)
    assert level_of(made) - level_of(given) == pytest.approx(mastered.gain, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["16-bit, strong peaks", "24-bit mono", "8 kHz", "Opus", "192 kHz, 32-bit"])
def test_whoever_measured_it_the_bytes_are_the_same(name: str, tmp_path: Path) -> None:
    audio = probe(_MASTERS[name](tmp_path))
    measured = listen(audio).measurement
    one = master(_whole(audio, _MP3), _MP3, tmp_path / "one.mp3")
    other = master(_whole(audio, _MP3), _MP3, tmp_path / "other.mp3", measured=measured)

    assert one.audio.path.read_bytes() == other.audio.path.read_bytes()
    assert replace(one, audio=other.audio) == other


def test_what_was_measured_of_other_channels_does_not_count(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _stereo(speech(_SECONDS))))
    settings = AudioSettings(channels="mono")
    wrong = Measurement(duration=audio.duration, loudness=-40, loudness_range=1, true_peak=-30)

    _assert_right(master(_whole(audio, settings), settings, tmp_path / "made.mp3", measured=wrong))


@pytest.mark.slow
@unix
@pytest.mark.parametrize("settings", [_MP3, _M4A], ids=["mp3", "m4a"])
def test_the_number_of_threads_makes_no_difference(
    settings: AudioSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = probe(write(tmp_path / "audio.flac", _stereo(speech(_SECONDS, peaks=9))))
    made = []
    for threads in (1, 2, 7):
        own = tmp_path / f"ffmpeg-{threads}"
        wanted = f"-filter_threads {threads} -filter_complex_threads {threads} -threads {threads}"
        own.write_text(f'#!/bin/sh\nexec "{imageio_ffmpeg.get_ffmpeg_exe()}" {wanted} "$@"\n')
        own.chmod(0o755)
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
        made.append(_encode(audio, settings, tmp_path / f"made-{threads}").path.read_bytes())

    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("settings", [_MP3, AudioSettings(loudness=None)], ids=["levelled", "left alone"])
def test_silence_stays_silence(settings: AudioSettings, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", np.zeros((3 * 44_100, 2))))
    mastered = master(_whole(audio, settings), settings, tmp_path / "made.mp3")
    made, _ = decode(mastered.audio.path)

    assert np.abs(made).max() == 0
    assert (mastered.loudness, mastered.loudness_range, mastered.true_peak) == (None, None, None)
    assert (mastered.gain, mastered.corrected) == (0, False)


def test_what_is_too_quiet_to_be_measured_is_left_as_it_is(tmp_path: Path) -> None:
    given = _stereo(speech(3, level=-80))
    audio = probe(write(tmp_path / "audio.wav", given, subtype="FLOAT"))
    mastered = master(_whole(audio, _MP3), _MP3, tmp_path / "made.mp3")

    assert (mastered.loudness, mastered.gain) == (None, 0)
    assert level_of(decode(mastered.audio.path)[0]) == pytest.approx(level_of(given), abs=1)


@pytest.mark.parametrize("level", [-40, -12])
def test_on_request_loudness_is_left_alone(level: float, tmp_path: Path) -> None:
    given = _stereo(speech(_SECONDS, level=level, peaks=6))
    audio = probe(write(tmp_path / "audio.wav", given, subtype="FLOAT"))
    settings = AudioSettings(loudness=None, bitrate=320)
    mastered = master(_whole(audio, settings), settings, tmp_path / "made.mp3")

    assert (mastered.gain, mastered.corrected) == (0, False)
    assert mastered.loudness == pytest.approx(loudness_of(given, 44_100), abs=0.15)


@pytest.mark.slow
def test_a_mixture_that_would_be_cut_off_is_held_below_full_scale(tmp_path: Path) -> None:
    loud = probe(write(tmp_path / "loud.wav", _stereo(speech(_SECONDS, level=-14))))
    settings = AudioSettings(loudness=None)
    programme = Programme(parts=(Part(audio=loud, gain=12),), sample_rate=44_100, channels=2)
    limited = master(programme, settings, tmp_path / "limited.mp3")
    plain = master(replace(programme, parts=(Part(audio=loud, gain=-1),)), settings, tmp_path / "plain.mp3")

    assert true_peak_of(decode(limited.audio.path)[0]) < 0
    assert plain.loudness == pytest.approx(loudness_of(*decode(loud.path)) - 1.45, abs=0.2)


@pytest.mark.slow
def test_progress_reaches_the_whole_length_and_never_goes_back(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _noise(_SECONDS, 0.1)))
    settings = AudioSettings(bitrate=64)  # which needs a correction
    told: list[timedelta] = []
    master(_whole(audio, settings), settings, tmp_path / "made.mp3", told=told.append)

    assert told == sorted(told)
    assert timedelta() <= told[0]
    assert audio.duration - told[-1] < timedelta(seconds=0.1)
    assert told[-1] <= audio.duration


@pytest.mark.slow
@pytest.mark.parametrize("share", [0, 0.3, 0.9], ids=["measuring", "encoding", "measuring what was made"])
def test_stopping_leaves_nothing_behind(share: float, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _stereo(speech(_SECONDS))))

    def stop(done: timedelta) -> None:
        if done >= audio.duration * share:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled, match="stopped"):
        master(_whole(audio, _MP3), _MP3, tmp_path / "out" / "made.mp3", told=stop)

    assert _names(tmp_path / "out") == []


def test_of_several_files_that_are_cut_short_all_are_named(tmp_path: Path, sound: Sound) -> None:
    whole = sound("sound.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole)
    parts = (Part(audio=probe(sound("stereo.wav"))), Part(audio=probe(tmp_path / "cut.flac")))
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"stereo\.wav with cut\.flac is damaged or cut short"):
        master(Programme(parts=parts, sample_rate=44_100, channels=2), _MP3, tmp_path / "made.mp3")
