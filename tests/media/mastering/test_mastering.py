"""Tests of encoded files, decoded and measured by independent programs."""

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
from podcastkit.media.encoding import choose_channels, choose_sample_rate, is_deliverable
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.files import read_stamp
from podcastkit.media.mastering.filters import Part, Programme
from podcastkit.media.mastering.mastering import Mastered, master
from podcastkit.media.measuring import measure_audio
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


def _list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _make_programme(audio: Audio, settings: AudioSettings) -> Programme:
    return Programme(
        parts=(Part(audio=audio),),
        sample_rate=choose_sample_rate(audio),
        channels=choose_channels(audio, settings),
    )


def _encode(audio: Audio, settings: AudioSettings, target: Path) -> Audio:
    return master(_make_programme(audio, settings), settings, target).audio


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
def test_masters_in_all_formats_are_encoded_for_apps(
    name: str, settings: AudioSettings, tmp_path: Path, sound: Sound
) -> None:
    master = probe(sound(name))
    encoded = _encode(master, settings, tmp_path / f"encoded.{settings.format}")

    assert encoded == probe(tmp_path / f"encoded.{settings.format}")
    assert is_deliverable(encoded)
    assert encoded.format == settings.format
    assert encoded.duration.total_seconds() == pytest.approx(master.duration.total_seconds(), abs=0.1)
    assert _list_names(tmp_path) == [f"encoded.{settings.format}"]


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
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
def test_settings_determine_bitrate_and_channels(
    name: str, settings: AudioSettings, expected: tuple[int, int, int], tmp_path: Path, sound: Sound
) -> None:
    encoded = _encode(probe(sound(name)), settings, tmp_path / "encoded.mp3")

    assert (encoded.bitrate, encoded.channels, encoded.sample_rate) == expected


@pytest.mark.slow
@pytest.mark.parametrize("settings", [_MP3, _M4A], ids=["mp3", "m4a"])
def test_encoding_twice_produces_the_same_bytes(settings: AudioSettings, tmp_path: Path, sound: Sound) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    _encode(probe(sound("sound.flac")), settings, one)
    _encode(probe(sound("sound.flac")), settings, other)

    assert one.read_bytes() == other.read_bytes()


def test_tags_and_chapters_are_not_copied(tmp_path: Path, sound: Sound) -> None:
    master = probe(sound("chapters.m4a"))
    encoded = _encode(master, _MP3, tmp_path / "encoded.mp3")

    assert master.chapters
    assert (encoded.title, encoded.chapters) == (None, ())
    assert b"Lavf" not in encoded.path.read_bytes()[:100]


@pytest.mark.slow
def test_m4a_has_its_index_before_the_audio(tmp_path: Path, sound: Sound) -> None:
    encoded = _encode(probe(sound("stereo.wav")), _M4A, tmp_path / "encoded.m4a").path.read_bytes()

    assert encoded.startswith(b"\0\0\0\x1cftypM4A ")
    assert encoded.index(b"moov") < encoded.index(b"mdat")


@pytest.mark.parametrize("part", [0.5, 0.8])
@pytest.mark.parametrize("name", ["sound.flac", "sound.aiff"])
def test_truncated_master_raises_error(name: str, part: float, tmp_path: Path, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    master = tmp_path / name
    master.write_bytes(whole)
    audio = probe(master)  # before the cut, which probe would report
    master.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(MediaError, match=rf"{re.escape(name)} is damaged or cut short") as error:
        _encode(audio, _MP3, tmp_path / "encoded.mp3")

    assert "copy the file again" in (error.value.hint or "")
    assert _list_names(tmp_path) == [name]


def test_failed_encoding_keeps_the_existing_file(tmp_path: Path, sound: Sound) -> None:
    master, target = tmp_path / "audio.flac", tmp_path / "encoded.mp3"
    whole = sound("sound.flac").read_bytes()
    master.write_bytes(whole[:100])
    target.write_bytes(b"existing")
    shutil.copy(sound("sound.flac"), tmp_path / "whole.flac")
    with pytest.raises(MediaError, match=r"audio\.flac cannot be encoded: ffmpeg failed"):
        _encode(replace(probe(tmp_path / "whole.flac"), path=master), _MP3, target)

    assert target.read_bytes() == b"existing"
    assert _list_names(tmp_path) == ["audio.flac", "encoded.mp3", "whole.flac"]


def test_folder_of_target_is_created(tmp_path: Path, sound: Sound) -> None:
    encoded = _encode(probe(sound("mono.wav")), _MP3, tmp_path / "new" / "folder" / "encoded.mp3")

    assert encoded.path.is_file()


def test_unwritable_target_raises_error(tmp_path: Path, sound: Sound) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match=r"encoded\.mp3 cannot be written"):
        _encode(probe(sound("mono.wav")), _MP3, tmp_path / "file" / "encoded.mp3")


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
def test_file_names_are_not_interpreted_by_ffmpeg(
    name: str, tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(sound("mono.wav"), tmp_path / "in" / name)
    monkeypatch.chdir(tmp_path / "in")
    encoded = _encode(probe(Path(name)), _MP3, Path("..") / "out" / f"{name[:-4]}.mp3")

    assert _list_names(tmp_path / "out") == [f"{name[:-4]}.mp3"]
    assert encoded.duration == probe(Path(name)).duration


def test_playlist_named_like_audio_opens_no_other_file(tmp_path: Path, sound: Sound) -> None:
    shutil.copy(sound("mono.wav"), tmp_path / "secret.wav")
    master = tmp_path / "audio.wav"
    master.write_text("ffconcat version 1.0\nfile secret.wav\n")
    with pytest.raises(MediaError):
        _encode(replace(probe(tmp_path / "secret.wav"), path=master), _MP3, tmp_path / "encoded.mp3")


@unix
def test_ffmpeg_from_environment_is_used(tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "ffmpeg"
    own.write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/called"\nexec "{find_ffmpeg()}" "$@"\n')
    own.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
    _encode(probe(sound("mono.wav")), _MP3, tmp_path / "encoded.mp3")

    assert "libmp3lame" in (tmp_path / "called").read_text()


def test_missing_ffmpeg_raises_error_with_its_path(
    tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(MediaError, match="/nowhere/ffmpeg"):
        _encode(probe(sound("mono.wav")), _MP3, tmp_path / "encoded.mp3")


def test_identical_target_is_kept_but_damaged_target_is_replaced(tmp_path: Path, sound: Sound) -> None:
    target = tmp_path / "encoded.mp3"
    _encode(probe(sound("mono.wav")), _MP3, target)
    stamp = read_stamp(target)
    _encode(probe(sound("mono.wav")), _MP3, target)
    assert read_stamp(target) == stamp
    target.write_bytes(b"damaged")
    _encode(probe(sound("mono.wav")), _MP3, target)
    assert target.stat().st_size == stamp.size


def _make_stereo(samples: Samples) -> Samples:
    return np.stack([samples, 0.8 * samples], axis=1)


def _make_noise(seconds: float, scale: float) -> Samples:
    return np.clip(scale * np.random.default_rng(5).standard_normal((round(seconds * 44_100), 2)), -0.99, 0.99)


def _make_clicks(seconds: float) -> Samples:
    moments = np.arange(round(seconds * 44_100)) / 44_100
    rest = moments % 0.5
    return np.asarray(0.9 * np.exp(-rest * 120) * np.sin(2 * np.pi * 1800 * rest) + 0.001 * np.sin(2000 * moments))


def _make_surround(seconds: float) -> Samples:
    voice = speech(seconds, 48_000)
    return np.stack([0.3 * voice, 0.3 * voice, voice, 0.1 * voice, 0.1 * voice, 0.05 * voice], axis=1)


_SECONDS = 8
_MASTERS: dict[str, Callable[[Path], Path]] = {
    "16-bit, strong peaks": lambda to: write(to / "a.wav", _make_stereo(speech(_SECONDS, peaks=9))),
    "24-bit, a whisper": lambda to: write(
        to / "a.wav", _make_stereo(speech(_SECONDS, 48_000, level=-41)), 48_000, "PCM_24"
    ),
    "as loud as possible": lambda to: write(to / "a.wav", _make_noise(_SECONDS, 0.9)),
    "clicks": lambda to: write(to / "a.wav", _make_clicks(_SECONDS)),
    "24-bit mono": lambda to: write(to / "a.wav", speech(_SECONDS, level=-32, peaks=6), 44_100, "PCM_24"),
    "8 kHz": lambda to: write(to / "a.wav", speech(_SECONDS, 8000), 8000),
    "192 kHz, 32-bit": lambda to: write(to / "a.wav", _make_stereo(speech(_SECONDS, 192_000)), 192_000, "PCM_32"),
    "float above full scale": lambda to: write(
        to / "a.wav", _make_stereo(speech(_SECONDS, level=-3, peaks=4)), 44_100, "FLOAT"
    ),
    "RF64": lambda to: write(to / "rf64.wav", _make_stereo(speech(_SECONDS))),
    "5.1": lambda to: write(to / "a.wav", _make_surround(_SECONDS), 48_000),
    "FLAC": lambda to: write(to / "a.flac", _make_stereo(speech(_SECONDS))),
    "AIFF": lambda to: write(to / "a.aiff", _make_stereo(speech(_SECONDS))),
    "ALAC": lambda to: convert(write(to / "a.wav", _make_stereo(speech(_SECONDS))), to / "a.m4a", "-c:a", "alac"),
    "Opus": lambda to: convert(write(to / "a.wav", _make_stereo(speech(_SECONDS))), to / "a.opus"),
    "Vorbis": lambda to: convert(
        write(to / "a.wav", _make_stereo(speech(_SECONDS))), to / "a.ogg", "-c:a", "libvorbis"
    ),
    "AAC": lambda to: convert(write(to / "a.wav", _make_stereo(speech(_SECONDS))), to / "a.aac"),
}


def _assert_levels(mastered: Mastered, loudness: float = -16) -> None:
    """Assert that independent measurements match the target and the reported levels."""
    samples, rate = decode(mastered.audio.path)
    loudness_measured, peak = loudness_of(samples, rate), true_peak_of(samples)

    assert loudness_measured == pytest.approx(loudness, abs=0.3)
    assert peak <= -1
    assert mastered.loudness == pytest.approx(loudness_measured, abs=0.15)
    assert mastered.true_peak == pytest.approx(peak, abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("name", _MASTERS)
def test_masters_of_all_kinds_reach_target_loudness(name: str, tmp_path: Path) -> None:
    audio = probe(_MASTERS[name](tmp_path))
    mastered = master(_make_programme(audio, _MP3), _MP3, tmp_path / "out" / "encoded.mp3")

    _assert_levels(mastered)
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
def test_all_settings_reach_target_loudness(name: str, tmp_path: Path) -> None:
    settings = _SETTINGS[name]
    audio = probe(write(tmp_path / "audio.wav", _make_stereo(speech(_SECONDS, peaks=6))))
    mastered = master(_make_programme(audio, settings), settings, tmp_path / f"encoded.{settings.format}")

    _assert_levels(mastered, settings.loudness or 0)


def test_mono_master_as_stereo_reaches_target_loudness(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", speech(_SECONDS)))
    settings = AudioSettings(channels="stereo")

    _assert_levels(master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3"))


@pytest.mark.slow
def test_speech_with_peaks_needs_no_correction(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _make_stereo(speech(30, peaks=8))))
    mastered = master(_make_programme(audio, _MP3), _MP3, tmp_path / "encoded.mp3")

    _assert_levels(mastered)
    assert not mastered.corrected
    assert mastered.gain > 6


@pytest.mark.slow
def test_joined_parts_reach_target_loudness_together(tmp_path: Path) -> None:
    parts = (
        Part(audio=probe(write(tmp_path / "intro.wav", _make_stereo(speech(2, level=-20, seed=2))))),
        Part(audio=probe(write(tmp_path / "audio.flac", speech(_SECONDS, 48_000), 48_000))),
        Part(audio=probe(write(tmp_path / "outro.wav", speech(3, 32_000, seed=3), 32_000, "PCM_24"))),
    )
    mastered = master(Programme(parts=parts, sample_rate=44_100, channels=2), _MP3, tmp_path / "encoded.mp3")

    _assert_levels(mastered)
    assert mastered.audio.duration.total_seconds() == pytest.approx(_SECONDS + 5, abs=0.05)


@pytest.mark.slow
def test_loudness_lost_in_encoding_is_corrected(tmp_path: Path) -> None:
    """White noise loses the frequencies that MP3 does not keep, which is only known after encoding."""
    audio = probe(write(tmp_path / "audio.wav", _make_noise(_SECONDS, 0.1)))
    mastered = master(
        _make_programme(audio, AudioSettings(bitrate=64)), AudioSettings(bitrate=64), tmp_path / "encoded.mp3"
    )

    assert mastered.corrected
    _assert_levels(mastered)


@pytest.mark.slow
def test_peak_added_by_encoding_is_corrected(tmp_path: Path) -> None:
    """At 32 kbit/s, the decoded waveform differs much from the original."""
    settings = AudioSettings(bitrate=32, loudness=-12)
    audio = probe(
        write(tmp_path / "audio.wav", _make_stereo(speech(_SECONDS, level=-20, peaks=6)), subtype="FLOAT")
    )
    mastered = master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3")

    assert mastered.corrected
    _assert_levels(mastered, -12)


@pytest.mark.slow
def test_correction_adds_a_limiter_if_needed(tmp_path: Path) -> None:
    """These peaks need no limiter at first, but are too high with the gain that compensates for encoding."""
    original = _make_noise(_SECONDS, 0.1)
    original[::44_100] = 0.97 * 10 ** (-1.6 / 20)
    settings = AudioSettings(bitrate=64, loudness=loudness_of(original, 44_100))
    audio = probe(write(tmp_path / "audio.wav", original, subtype="FLOAT"))
    mastered = master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3")

    assert mastered.corrected
    _assert_levels(mastered, settings.loudness or 0)


@pytest.mark.slow
def test_unreachable_loudness_is_approached_without_high_peaks(tmp_path: Path) -> None:
    original = np.zeros(_SECONDS * 44_100)
    original[:: 44_100 * 2] = 0.9
    original += 1e-5 * np.sin(np.arange(len(original)) / 20)
    audio = probe(write(tmp_path / "audio.wav", original, subtype="FLOAT"))
    mastered = master(_make_programme(audio, _MP3), _MP3, tmp_path / "encoded.mp3")
    decoded = decode(mastered.audio.path)

    assert true_peak_of(decoded[0]) <= -1
    assert loudness_of(original[:, None], 44_100) + 3 < loudness_of(*decoded) < -16


def test_master_with_low_peaks_is_not_limited(tmp_path: Path) -> None:
    """Without a limiter, the encoded file is the master times a constant."""
    original = _make_stereo(speech(_SECONDS, level=-14))
    audio = probe(write(tmp_path / "audio.wav", original))
    settings = AudioSettings(loudness=-24, bitrate=320)
    mastered = master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3")
    decoded, _ = decode(mastered.audio.path)

    _assert_levels(mastered, -24)
    assert level_of(decoded) - level_of(original) == pytest.approx(mastered.gain, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["16-bit, strong peaks", "24-bit mono", "8 kHz", "Opus", "192 kHz, 32-bit"])
def test_existing_measurement_does_not_change_the_bytes(name: str, tmp_path: Path) -> None:
    audio = probe(_MASTERS[name](tmp_path))
    measured = measure_audio(audio).measurement
    one = master(_make_programme(audio, _MP3), _MP3, tmp_path / "one.mp3")
    other = master(_make_programme(audio, _MP3), _MP3, tmp_path / "other.mp3", measured=measured)

    assert one.audio.path.read_bytes() == other.audio.path.read_bytes()
    assert replace(one, audio=other.audio) == other


def test_measurement_of_other_channels_is_ignored(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _make_stereo(speech(_SECONDS))))
    settings = AudioSettings(channels="mono")
    wrong = Measurement(duration=audio.duration, loudness=-40, loudness_range=1, true_peak=-30)

    _assert_levels(master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3", measured=wrong))


@pytest.mark.slow
@unix
@pytest.mark.parametrize("settings", [_MP3, _M4A], ids=["mp3", "m4a"])
def test_number_of_threads_does_not_change_the_bytes(
    settings: AudioSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = probe(write(tmp_path / "audio.flac", _make_stereo(speech(_SECONDS, peaks=9))))
    encoded = []
    for threads in (1, 2, 7):
        own = tmp_path / f"ffmpeg-{threads}"
        thread_options = f"-filter_threads {threads} -filter_complex_threads {threads} -threads {threads}"
        own.write_text(f'#!/bin/sh\nexec "{imageio_ffmpeg.get_ffmpeg_exe()}" {thread_options} "$@"\n')
        own.chmod(0o755)
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
        encoded.append(_encode(audio, settings, tmp_path / f"encoded-{threads}").path.read_bytes())

    assert encoded[0] == encoded[1] == encoded[2]


@pytest.mark.parametrize(
    "settings", [_MP3, AudioSettings(loudness=None)], ids=["loudness target", "no loudness target"]
)
def test_silence_remains_silent(settings: AudioSettings, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", np.zeros((3 * 44_100, 2))))
    mastered = master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3")
    decoded, _ = decode(mastered.audio.path)

    assert np.abs(decoded).max() == 0
    assert (mastered.loudness, mastered.loudness_range, mastered.true_peak) == (None, None, None)
    assert (mastered.gain, mastered.corrected) == (0, False)


def test_audio_too_quiet_to_measure_is_not_raised(tmp_path: Path) -> None:
    original = _make_stereo(speech(3, level=-80))
    audio = probe(write(tmp_path / "audio.wav", original, subtype="FLOAT"))
    mastered = master(_make_programme(audio, _MP3), _MP3, tmp_path / "encoded.mp3")

    assert (mastered.loudness, mastered.gain) == (None, 0)
    assert level_of(decode(mastered.audio.path)[0]) == pytest.approx(level_of(original), abs=1)


@pytest.mark.parametrize("level", [-40, -12])
def test_loudness_is_unchanged_without_target(level: float, tmp_path: Path) -> None:
    original = _make_stereo(speech(_SECONDS, level=level, peaks=6))
    audio = probe(write(tmp_path / "audio.wav", original, subtype="FLOAT"))
    settings = AudioSettings(loudness=None, bitrate=320)
    mastered = master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3")

    assert (mastered.gain, mastered.corrected) == (0, False)
    assert mastered.loudness == pytest.approx(loudness_of(original, 44_100), abs=0.15)


@pytest.mark.slow
def test_programme_that_would_clip_is_limited(tmp_path: Path) -> None:
    loud = probe(write(tmp_path / "loud.wav", _make_stereo(speech(_SECONDS, level=-14))))
    settings = AudioSettings(loudness=None)
    programme = Programme(parts=(Part(audio=loud, gain=12),), sample_rate=44_100, channels=2)
    limited = master(programme, settings, tmp_path / "limited.mp3")
    plain = master(replace(programme, parts=(Part(audio=loud, gain=-1),)), settings, tmp_path / "plain.mp3")

    assert true_peak_of(decode(limited.audio.path)[0]) < 0
    assert plain.loudness == pytest.approx(loudness_of(*decode(loud.path)) - 1.45, abs=0.2)


@pytest.mark.slow
def test_progress_reaches_the_whole_length_and_never_decreases(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _make_noise(_SECONDS, 0.1)))
    settings = AudioSettings(bitrate=64)  # needs a correction
    reported: list[timedelta] = []
    master(_make_programme(audio, settings), settings, tmp_path / "encoded.mp3", report=reported.append)

    assert reported == sorted(reported)
    assert timedelta() <= reported[0]
    assert audio.duration - reported[-1] < timedelta(seconds=0.1)
    assert reported[-1] <= audio.duration


@pytest.mark.slow
@pytest.mark.parametrize("share", [0, 0.3, 0.9], ids=["measuring", "encoding", "measuring the result"])
def test_exception_from_report_leaves_no_files(share: float, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "audio.wav", _make_stereo(speech(_SECONDS))))

    def stop(done: timedelta) -> None:
        if done >= audio.duration * share:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled, match="stopped"):
        master(_make_programme(audio, _MP3), _MP3, tmp_path / "out" / "encoded.mp3", report=stop)

    assert _list_names(tmp_path / "out") == []


def test_error_about_missing_audio_names_all_files(tmp_path: Path, sound: Sound) -> None:
    whole = sound("sound.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole)
    parts = (Part(audio=probe(sound("stereo.wav"))), Part(audio=probe(tmp_path / "cut.flac")))
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"stereo\.wav with cut\.flac is damaged or cut short"):
        master(Programme(parts=parts, sample_rate=44_100, channels=2), _MP3, tmp_path / "encoded.mp3")
