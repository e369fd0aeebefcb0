"""Fixtures: short sounds in every format, created by ffmpeg, and the duration of decoded files."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.ffmpeg import find_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NOISE = "anoisesrc=color=pink:sample_rate=44100:seed=7:duration=6"
_LONG = "anoisesrc=color=pink:sample_rate=44100:seed=7:duration=30"
_LONG_HALF_SILENT = f"{_LONG},volume='{{}}(t,10)':eval=frame"
_HALF_SILENT = f"{_NOISE},volume='{{}}(t,3)':eval=frame"
_SINE = "sine=frequency=330:sample_rate={}:duration=4"
_AAC = ("-c:a", "aac", "-b:a", "96k")
_MP3 = ("-c:a", "libmp3lame")
_GIVEN_CHAPTERS = ("-f", "ffmetadata", "-i", "{chapters}", "-map_chapters", "1")
_BARE = ("-write_xing", "0", "-id3v2_version", "0")

_RECIPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "stereo.wav": (_NOISE, ("-ac", "2")),
    "mono.wav": (_SINE.format(22050), ()),
    "six.wav": (_SINE.format(48000), ("-ac", "6")),
    "float.wav": (_NOISE, ("-c:a", "pcm_f32le", "-ac", "2")),
    "long.wav": (_NOISE, ("-ac", "2", "-rf64", "always")),
    "adpcm.wav": (_NOISE, ("-c:a", "adpcm_ms", "-ac", "2")),
    "cbr.mp3": (_NOISE, (*_MP3, "-ac", "2", "-b:a", "128k")),
    "abr.mp3": (_NOISE, (*_MP3, "-ac", "2", "-b:a", "128k", "-abr", "1")),
    "vbr.mp3": (_NOISE, (*_MP3, "-ac", "2", "-q:a", "5")),
    "mono.mp3": (_SINE.format(44100), (*_MP3, "-b:a", "64k")),
    "cbr-bare.mp3": (_NOISE, (*_MP3, "-ac", "2", "-b:a", "128k", *_BARE)),
    "vbr-bare.mp3": (_NOISE, (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "silent-start.mp3": (_HALF_SILENT.format("gte"), (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "loud-start.mp3": (_HALF_SILENT.format("lt"), (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "mpeg2.mp3": (_SINE.format(22050), (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "mpeg2-tagged.mp3": (_SINE.format(22050), (*_MP3, "-ac", "2", "-q:a", "5")),
    "mpeg2-mono.mp3": (_SINE.format(24000), (*_MP3, "-b:a", "48k")),
    "mpeg25.mp3": (_SINE.format(11025), (*_MP3, "-b:a", "24k")),
    "long-cbr.mp3": (_LONG, (*_MP3, "-ac", "2", "-b:a", "128k")),
    "long-abr.mp3": (_LONG, (*_MP3, "-ac", "2", "-b:a", "128k", "-abr", "1")),
    "long-vbr.mp3": (_LONG, (*_MP3, "-ac", "2", "-q:a", "5")),
    "long-cbr-bare.mp3": (_LONG, (*_MP3, "-ac", "2", "-b:a", "128k", *_BARE)),
    "long-vbr-bare.mp3": (_LONG, (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "long-silent-start.mp3": (_LONG_HALF_SILENT.format("gte"), (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "long-loud-start.mp3": (_LONG_HALF_SILENT.format("lt"), (*_MP3, "-ac", "2", "-q:a", "5", *_BARE)),
    "long-mpeg2.mp3": (_LONG, (*_MP3, "-ac", "2", "-ar", "22050", "-q:a", "5", *_BARE)),
    "long.m4a": (_LONG, (*_AAC, "-ac", "2")),
    "long-low.m4a": (_LONG, (*_AAC, "-ac", "1", "-ar", "16000")),
    "long-fast.m4a": (_LONG, (*_AAC, "-ac", "2", "-movflags", "+faststart")),
    "long-fragmented.m4a": (_LONG, (*_AAC, "-movflags", "+frag_keyframe+empty_moov")),
    "long-dash.m4a": (_LONG, (*_AAC, "-movflags", "+dash")),
    "long.flac": (_LONG, ("-ac", "2")),
    "long-fine.flac": (_LONG, ("-ac", "6", "-ar", "96000", "-sample_fmt", "s32")),
    "long.aiff": (_LONG, ("-ac", "2")),
    "long.aifc": (_LONG, ("-c:a", "pcm_s16le", "-f", "aiff")),
    "long-mulaw.aifc": (_LONG, ("-c:a", "pcm_mulaw", "-f", "aiff")),
    "long-ima.aifc": (_LONG, ("-c:a", "adpcm_ima_qt", "-ac", "2", "-f", "aiff")),
    "long-plain.wav": (_LONG, ("-ac", "2")),
    "long-64.wav": (_LONG, ("-ac", "2", "-rf64", "always")),
    "long-adpcm.wav": (_LONG, ("-c:a", "adpcm_ms", "-ac", "2")),
    "long-mp3.wav": (_LONG, (*_MP3, "-ac", "2")),
    "long.ogg": (_LONG, ("-c:a", "libvorbis", "-ac", "2")),
    "long-mono.ogg": (_LONG, ("-c:a", "libvorbis", "-ac", "1")),
    "long-flac.oga": (_LONG, ("-c:a", "flac", "-ac", "2", "-f", "ogg")),
    "long.opus": (_LONG, ("-c:a", "libopus", "-ac", "2")),
    "long-slow.opus": (_LONG, ("-c:a", "libopus", "-ac", "1", "-frame_duration", "60")),
    "long-late.opus": (_LONG, ("-c:a", "libopus", "-ac", "2", "-output_ts_offset", "3600")),
    "long.aac": (_LONG, (*_AAC, "-ac", "2")),
    "long.caf": (_LONG, ("-c:a", "pcm_s16be", "-ac", "2")),
    "long-alac.caf": (_LONG, ("-c:a", "alac", "-ac", "2")),
    "long.w64": (_LONG, ("-ac", "2")),
    "long.wv": (_LONG, ("-c:a", "wavpack", "-ac", "2")),
    "long.tta": (_LONG, ("-ac", "2")),
    "long.wma": (_LONG, ("-c:a", "wmav2", "-ac", "2")),
    "long.mka": (_LONG, ("-c:a", "libopus", "-ac", "2")),
    "long.weba": (_LONG, ("-c:a", "libvorbis", "-ac", "2", "-f", "webm")),
    "long.au": (_LONG, ("-ac", "2")),
    "long.mp2": (_LONG, ("-c:a", "mp2", "-ac", "2", "-b:a", "192k")),
    "long.ac3": (_LONG, ("-c:a", "ac3", "-ac", "2")),
    "long.eac3": (_LONG, ("-c:a", "eac3", "-ac", "2")),
    "film.mkv": (f"color=black:size=16x16:duration=4[out0];{_SINE.format(44100)}[out1]", ("-c:v", "mpeg4", *_AAC)),
    "plain.m4a": (_NOISE, (*_AAC, "-ac", "2")),
    "fast.m4a": (_NOISE, (*_AAC, "-ac", "2", "-movflags", "+faststart")),
    "fragmented.m4a": (_NOISE, (*_AAC, "-movflags", "+frag_keyframe+empty_moov")),
    "chapters.mka": (_NOISE, (*_GIVEN_CHAPTERS, "-metadata", "title=Größe: a title", "-c:a", "libopus")),
    "chapters.wma": (_NOISE, (*_GIVEN_CHAPTERS, "-metadata", "title=Größe: a title", "-c:a", "wmav2")),
    "chapters.m4a": (_NOISE, (*_GIVEN_CHAPTERS, *_AAC, "-f", "ipod")),
    "chapter-track.m4a": (
        _NOISE,
        (*_GIVEN_CHAPTERS, *_AAC, "-movflags", "disable_chpl+faststart", "-f", "ipod"),
    ),
    "chapter-track.mov": (_NOISE, (*_GIVEN_CHAPTERS, *_AAC, "-movflags", "disable_chpl")),
    "mono.m4a": (_NOISE, (*_AAC, "-ac", "1")),
    "quicktime.mov": (_NOISE, (*_AAC, "-ac", "1")),
    "eight.m4a": (_NOISE, ("-c:a", "aac", "-b:a", "400k", "-ac", "8")),
    "elements.m4a": (f"{_NOISE},pan=2.1|c0=c0|c1=c0|c2=c0", ("-c:a", "aac", "-b:a", "200k")),
    "96k.m4a": (_NOISE, (*_AAC, "-ac", "2", "-ar", "96000")),
    "lossless-mono.m4a": (_NOISE, ("-c:a", "alac", "-ac", "1")),
    "pcm.mov": (_NOISE, ("-c:a", "pcm_s24le", "-ac", "8")),
    "mp3.mp4": (_NOISE, (*_MP3, "-ac", "1")),
    "lossless.m4a": (_NOISE, ("-c:a", "alac", "-ac", "2")),
    "sound.flac": (_NOISE, ("-ac", "2")),
    "picture.flac": (
        f"{_SINE.format(44100)}[out0];color=red:size=16x16:duration=0.04[out1]",
        ("-c:v", "mjpeg", "-disposition:v", "attached_pic", "-frames:v", "1"),
    ),
    "picture.mka": (
        f"{_SINE.format(44100)}[out0];color=red:size=16x16:duration=0.04[out1]",
        ("-c:v", "mjpeg", "-frames:v", "1", "-c:a", "flac"),
    ),
    "sound.aiff": (_NOISE, ("-ac", "2")),
    "sound.ogg": (_NOISE, ("-c:a", "libvorbis", "-ac", "2")),
    "flac.oga": (_NOISE, ("-c:a", "flac", "-ac", "2", "-f", "ogg")),
    "sound.opus": (_NOISE, ("-c:a", "libopus", "-ac", "2")),
    "sound.aac": (_NOISE, (*_AAC, "-ac", "2")),
    "video.mp4": ("color=black:size=16x16:duration=1", ("-c:v", "mpeg4")),
    "video.mkv": ("color=black:size=16x16:duration=1", ("-c:v", "mpeg4")),
    "film.mp4": (f"color=black:size=16x16:duration=4[out0];{_SINE.format(44100)}[out1]", ("-c:v", "mpeg4", *_AAC)),
    "video.ogg": ("color=black:size=16x16:duration=1", ("-c:v", "libtheora")),
}


_CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=2500
title=Welcome
[CHAPTER]
TIMEBASE=1/1000
START=2500
END=6000
title=Planning \\= time
"""


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that returns the sound with this name. Each sound is created once, on demand."""
    folder = tmp_path_factory.mktemp("sounds")
    chapters = folder / "chapters.txt"
    chapters.write_text(_CHAPTERS)

    def make(name: str) -> Path:
        path = folder / name
        if not path.exists():
            source, arguments = _RECIPES[name]
            given = (str(chapters) if argument == "{chapters}" else argument for argument in arguments)
            _run_ffmpeg("-f", "lavfi", "-i", source, *given, f"file:{path}")
        return path

    return make


@pytest.fixture(scope="session")
def count_decoded_seconds() -> Callable[[Path], float]:
    """Return a function that decodes a file with ffmpeg and returns its duration in seconds."""

    def count(path: Path) -> float:
        pcm = _run_ffmpeg("-i", f"file:{path}", "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-")
        return len(pcm) / 2 / 8000

    return count


def _run_ffmpeg(*arguments: str) -> bytes:
    command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout
