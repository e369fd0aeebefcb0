"""Publish a master with an intro, an outro and trimmed silence, and compare the audio with all published times."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import wave
from typing import TYPE_CHECKING

import pytest
from mutagen.id3 import ID3

from podcastkit import load, publish
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.state.matching import match_show
from tests.shows import NOW, Workshop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

SETTINGS = """
[publish]
to = "public"
url = "https://podcast.example.org"
[audio]
intro = "intro.wav"
outro = "outro.wav"
crossfade = 0.5
trim = true
"""


def write(
    path: Path, seconds: float, level: int, *, sound: tuple[float, float], clicks: Sequence[float] = ()
) -> None:
    """Write a stereo WAV with a tone between two times, and clicks. Times are in seconds."""
    start, end = (round(moment * 44_100) for moment in sound)
    step = 2 * math.pi * 220 / 44_100
    samples = [
        round(level * math.sin(step * number)) if start <= number < end else 0
        for number in range(round(seconds * 44_100))
    ]
    for click in clicks:
        samples[round(click * 44_100)] = 30_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(struct.pack(f"<{2 * len(samples)}h", *(sample for sample in samples for _ in range(2))))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    show = Workshop(tmp_path / "show").show(SETTINGS)
    write(show.folder / "intro.wav", 3, 9_000, sound=(0, 3))
    write(show.folder / "outro.wav", 2, 1_000, sound=(0, 2))
    folder = show.episode("01-part", "---\ntitle: Part\ndate: 2024-09-01\n---\n\nWhat it is about.\n")
    (folder / "audio.mp3").unlink()
    write(folder / "master.wav", 40, 3_000, sound=(4, 36), clicks=[12])
    (folder / "chapters.txt").write_text("00:00 Welcome\n00:12 The click\n00:30 The end\n")
    (folder / "transcript.srt").write_text(
        "1\n00:00:00,100 --> 00:00:01,100\nHm\n\n2\n00:00:12,000 --> 00:00:14,000\nClick\n"
    )
    return show


@pytest.mark.slow
def test_joined_audio_chapters_and_transcript_have_equal_times(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publish(workshop.folder, at=NOW).outcome == "published"
    public = workshop.folder / "public"
    (media,) = (public / "media").glob("*.mp3")
    # The tone begins at 4 s. Trimming keeps 0.3 s before it; the intro lasts 3 s, with a crossfade of 0.5 s.
    at = 12 - (4 - 0.3) + (3 - 0.5)
    assert abs(find_click(media) - at) < 0.001
    times = read_times(public)
    assert times["chapters"] == [0, at, at + 18]
    assert times["tag"] == [0, round(at * 1000), round((at + 18) * 1000)]
    assert times["srt"] == "1\n00:00:10,800 --> 00:00:12,800\nClick\n"
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another"))
    (episode,) = match_show(load(workshop.folder, at=NOW)).episodes
    assert episode.media is not None
    assert episode.media.offset.total_seconds() == pytest.approx(at - 12, abs=0.001)
    assert publish(workshop.folder, at=NOW).outcome == "unchanged"
    (workshop.folder / "01-part" / "master.wav").rename(tmp_path / "master.wav")
    (workshop.folder / "intro.wav").unlink()
    assert publish(workshop.folder, at=NOW).outcome == "unchanged"
    assert read_times(public) == times


def find_click(path: Path) -> float:
    """Return the time of the loudest sample, in seconds."""
    command = [find_ffmpeg(), "-loglevel", "error", "-i", str(path), "-ac", "1", "-ar", "44100", "-f", "s16le", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    return samples.index(max(samples)) / 44_100


def read_times(public: Path) -> dict[str, object]:
    """Return the times in the published chapters, tags and transcript of the episode."""
    (chapters,) = (public / "chapters").iterdir()
    (media,) = (public / "media").iterdir()
    (srt,) = (public / "transcripts").glob("*.srt")
    return {
        "chapters": [entry["startTime"] for entry in json.loads(chapters.read_text())["chapters"]],
        "tag": sorted(frame.start_time for frame in ID3(media).getall("CHAP")),
        "srt": srt.read_text(),
    }
