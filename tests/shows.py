"""Small but complete shows for tests, with real audio."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from PIL import Image

from podcastkit.media.ffmpeg import find_ffmpeg

NOW = datetime(2024, 11, 1, 12, tzinfo=UTC)
SAMPLE = Path(__file__).parent.parent / "episodes"

SHOW_TOML = """\
title = "Night Shift"
author = "Harbour Radio"
description = "Who keeps the harbour running at night."
language = "en"
categories = ["Society & Culture > Documentary"]
explicit = false
timezone = "America/Los_Angeles"
owner = {name = "Harbour Radio", email = "radio@example.org"}
"""

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nAhoy\n"

_FRAME = bytes.fromhex("fffb9064")
"""The header of an MPEG-1 layer III frame: 128 kbit/s, 44.1 kHz, joint stereo."""
_FRAME_SIZE = 417
_FRAMES_PER_SECOND = 44_100 / 1152


def make_mp3(seconds: float, *, mark: int = 0) -> bytes:
    """Return a silent MP3 without tags. Another `mark` gives other bytes."""
    frames = round(seconds * _FRAMES_PER_SECOND)
    body = bytes(_FRAME_SIZE - len(_FRAME) - 2)
    return b"".join(_FRAME + body + struct.pack(">H", mark) for _ in range(frames))


def write_wav(path: Path, seconds: float, *, mark: int = 0) -> None:
    """Write a silent mono WAV, 8 kHz and 16 bit, whose first sample is `mark`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<h", mark) + bytes(2 * round(8000 * seconds) - 2))


def write_speech(path: Path, seconds: float, *, channels: int = 1, peak: float = 0.2, mark: int = 0) -> None:
    """Write a WAV (22.05 kHz, 16 bit) with the dynamics of speech. Another `mark` gives other noise."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(_make_speech(seconds, channels, peak, mark))


@cache
def _make_speech(seconds: float, channels: int, peak: float, mark: int) -> bytes:
    noise = random.Random(mark)  # noqa: S311 - the same noise each time
    count = round(22_050 * seconds)
    samples = array("h")
    for place in range(count):
        moment = place / 22_050
        syllable = max(math.sin(2 * math.pi * 3 * moment), 0.0) * (0.4 + 0.6 * math.sin(moment) ** 2)
        samples.extend([round(32_767 * peak * syllable * noise.uniform(-1, 1))] * channels)
    return samples.tobytes()


def write_artwork(path: Path, size: tuple[int, int] = (1400, 1400), color: str = "navy") -> None:
    """Write a picture of one color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encode_artwork(size, color, path.suffix))


@cache
def _encode_artwork(size: tuple[int, int], color: str, suffix: str) -> bytes:
    """Encode each picture only once, because a large one takes longer than the rest of a show."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, Image.registered_extensions()[suffix])
    return file.getvalue()


@dataclass(frozen=True)
class Workshop:
    """A show folder that a test fills."""

    folder: Path

    def show(self, more: str = "", *, text: str = SHOW_TOML) -> Workshop:
        """Write the artwork, and show.toml with `more` appended."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "show.toml").write_text(text + more, encoding="utf-8")
        write_artwork(self.folder / "artwork.jpg")
        return self

    def episode(self, name: str, notes: str | None = None, *, audio: bytes | None = None, mark: int = 0) -> Path:
        """Write an episode folder with one second of audio and with notes."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "audio.mp3").write_bytes(make_mp3(1, mark=mark) if audio is None else audio)
        text = f"# The title of {name}\n\nThe notes of {name}.\n" if notes is None else notes
        (folder / "notes.md").write_text(text, encoding="utf-8")
        return folder


def small_show(folder: Path, more: str = "", *, episodes: int = 3) -> Workshop:
    """Write a show with some numbered episodes. All of their dates are before NOW."""
    workshop = Workshop(folder).show(more)
    for number in range(1, episodes + 1):
        notes = f"---\ntitle: Part {number}\ndate: 2024-09-{number:02}\n---\n\nThe notes of part {number}.\n"
        workshop.episode(f"{number:02}-part", notes, mark=number)
    return workshop


def other_ffmpeg(folder: Path) -> Path:
    """Write a program that runs ffmpeg at half the bitrate, so that its output differs."""
    program = folder / "other-ffmpeg"
    program.write_text(f'#!/bin/sh\nexec {find_ffmpeg()} $(echo "$@" | sed "s/-b:a 96k/-b:a 48k/")\n')
    program.chmod(0o755)
    return program
