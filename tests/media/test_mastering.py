"""Deliverables, as programs that share nothing with the command that made them decode and measure them."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.encoding import delivered_channels, delivered_rate, is_deliverable
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.files import stamp_of
from podcastkit.media.mastering import master
from podcastkit.media.probing import probe
from podcastkit.media.programme import Part, Programme
from podcastkit.model import Audio, AudioSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    Sound = Callable[[str], Path]

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


def test_an_m4a_can_start_before_it_has_arrived(tmp_path: Path, sound: Sound) -> None:
    made = _encode(probe(sound("stereo.wav")), _M4A, tmp_path / "made.m4a").path.read_bytes()

    assert made.startswith(b"\0\0\0\x1cftypM4A ")
    assert made.index(b"moov") < made.index(b"mdat")


@pytest.mark.parametrize("part", [0.5, 0.8])
@pytest.mark.parametrize("name", ["sound.flac", "sound.aiff"])
def test_a_master_that_is_cut_short_is_refused(name: str, part: float, tmp_path: Path, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    master = tmp_path / name
    master.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(MediaError, match=rf"{re.escape(name)} is damaged or cut short") as error:
        _encode(probe(master), _MP3, tmp_path / "made.mp3")

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
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
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


@pytest.mark.skipif(os.name == "nt", reason="needs a script with #!")
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
