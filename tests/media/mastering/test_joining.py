from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
import wave
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.cached_facts import examine
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, build_filter_graph, list_inputs
from podcastkit.media.mastering.joining import calculate_crossfade, calculate_offset, join
from podcastkit.media.measuring import measure
from podcastkit.model import AudioSettings, Clip, Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.media.mastering.joining import Joined

pytestmark = pytest.mark.ffmpeg

PLAIN = AudioSettings(loudness=None)
CLICK = 30_000
"""A sample value far above all tones of these tests."""


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def write(
    path: Path,
    length: float,
    *,
    clicks: Sequence[float] = (),
    level: int = 0,
    silences: Sequence[tuple[float, float]] = (),
    rate: int = 44_100,
    channels: int = 2,
) -> Clip:
    """Write a WAV with a tone of 330 Hz at this level (of 32,767), silences, and clicks of one sample."""
    step = 2 * math.pi * 330 / rate
    samples = [round(level * math.sin(step * number)) for number in range(round(length * rate))]
    for start, end in silences:
        samples[round(start * rate) : round(end * rate)] = [0] * (round(end * rate) - round(start * rate))
    for click in clicks:
        samples[round(click * rate)] = CLICK
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        both = [sample for sample in samples for _ in range(channels)]
        file.writeframes(struct.pack(f"<{len(both)}h", *both))
    return read_clip(path)


def read_clip(path: Path) -> Clip:
    examined = examine(path)
    assert examined.file is not None
    assert examined.audio is not None
    return Clip(master=examined.file, audio=examined.audio)


def join_clips(
    episode: Clip,
    work_folder: Path,
    settings: AudioSettings = PLAIN,
    *,
    intro: Clip | None = None,
    outro: Clip | None = None,
) -> Joined:
    """Join a master with its clips, with measurements of all files."""
    clips = [clip for clip in (episode, intro, outro) if clip]
    return join(
        episode.master,
        episode.audio,
        intro=intro,
        outro=outro,
        settings=settings,
        measurements={clip.master.sha256: measure(clip.audio.path) for clip in clips},
        work_folder=work_folder,
    )


def decode(joined: Joined) -> list[int]:
    """Return the first channel of a programme as decoded by ffmpeg."""
    programme = joined.programme
    graph = ("-filter_complex", build_filter_graph(programme), "-map", OUTPUT, "-f", "s16le", "pipe:1")
    command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", *list_inputs(programme), *graph]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    return list(samples[:: programme.channels])


def find_clicks(samples: Sequence[int], least: int = 20_000) -> list[int]:
    """Return the positions of the clicks."""
    loud = [place for place, sample in enumerate(samples) if sample > least]
    return [place for before, place in pairwise([-99, *loud]) if place - before > 50]


@pytest.fixture
def intro(tmp_path: Path) -> Clip:
    return write(tmp_path / "jingle.wav", 2.5, clicks=[0.25])


@pytest.fixture
def outro(tmp_path: Path) -> Clip:
    return write(tmp_path / "goodbye.wav", 1.75, clicks=[1.5])


@pytest.fixture
def episode(tmp_path: Path) -> Clip:
    return write(tmp_path / "master.wav", 6.0, clicks=[2.0, 4.0])


def test_master_without_clips_is_unchanged(episode: Clip, tmp_path: Path) -> None:
    joined = join_clips(episode, tmp_path)
    assert joined.offset == seconds(0)
    assert joined.programme.duration == seconds(6)
    assert build_filter_graph(joined.programme).count("atrim") == 0


@pytest.mark.slow
def test_clips_are_joined_at_exact_samples(episode: Clip, intro: Clip, outro: Clip, tmp_path: Path) -> None:
    joined = join_clips(episode, tmp_path, intro=intro, outro=outro)
    samples = decode(joined)
    assert joined.offset == seconds(2.5)
    assert joined.programme.duration == seconds(10.25)
    assert len(samples) == round(10.25 * 44_100)
    moments = (0.25, 2.5 + 2, 2.5 + 4, 8.5 + 1.5)
    assert find_clicks(samples) == [round(moment * 44_100) for moment in moments]


@pytest.mark.slow
def test_crossfade_shortens_the_result_by_its_exact_length(
    episode: Clip, intro: Clip, outro: Clip, tmp_path: Path
) -> None:
    joined = join_clips(episode, tmp_path, replace(PLAIN, crossfade=seconds(1)), intro=intro, outro=outro)
    samples = decode(joined)
    assert joined.offset == seconds(1.5)
    assert joined.programme.duration == seconds(8.25)
    assert len(samples) == round(8.25 * 44_100)
    moments = (0.25, 1.5 + 2, 1.5 + 4, 6.5 + 1.5)
    assert find_clicks(samples) == [round(moment * 44_100) for moment in moments]


def test_crossfade_fades_linearly(tmp_path: Path) -> None:
    intro, episode = write(tmp_path / "jingle.wav", 2, level=20_000), write(tmp_path / "master.wav", 4)
    joined = join_clips(episode, tmp_path, replace(PLAIN, crossfade=seconds(1)), intro=intro)
    samples = decode(joined)
    assert [find_peak(samples, moment) for moment in (0.9, 1.25, 1.5, 1.75, 2.1)] == pytest.approx(
        [20_000, 15_000, 10_000, 5_000, 0], abs=250
    )


@pytest.mark.slow
def test_crossfades_add_no_clicks(tmp_path: Path) -> None:
    tones = [write(tmp_path / f"{name}.wav", 3, level=12_000) for name in ("jingle", "master", "goodbye")]
    intro, episode, outro = tones
    settings = replace(PLAIN, crossfade=seconds(1))  # a whole number of periods: the waves are in phase
    samples = decode(join_clips(episode, tmp_path, settings, intro=intro, outro=outro))
    steepest = 12_000 * 2 * math.pi * 330 / 44_100
    assert max(abs(after - before) for before, after in pairwise(samples)) < steepest * 1.05


def test_crossfade_as_long_as_clip_mixes_all_of_it(episode: Clip, tmp_path: Path) -> None:
    intro = write(tmp_path / "short.wav", 0.5, level=9_000)
    joined = join_clips(episode, tmp_path, replace(PLAIN, crossfade=seconds(0.5)), intro=intro)
    assert joined.offset == seconds(0)
    assert len(joined.programme.parts) == 2
    assert find_clicks(decode(joined)) == [2 * 44_100, 4 * 44_100]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "channels", "channels_setting"),
    [(44_100, 1, "keep"), (48_000, 2, "keep"), (48_000, 2, "mono"), (22_050, 1, "stereo"), (96_000, 2, "keep")],
)
def test_clips_and_masters_in_different_formats_are_joined(
    rate: int, channels: int, channels_setting: str, intro: Clip, tmp_path: Path
) -> None:
    episode = write(tmp_path / "other.wav", 3, clicks=[1.5], rate=rate, channels=channels, level=300)
    settings = replace(PLAIN, crossfade=seconds(0.5), channels=channels_setting)
    joined = join_clips(episode, tmp_path, settings, intro=intro)
    programme = joined.programme
    samples = decode(joined)
    loudest = max(samples[programme.sample_rate * 2 :])
    place = samples.index(loudest, programme.sample_rate * 2)
    assert programme.sample_rate == (48_000 if rate == 48_000 else 44_100)
    assert place / programme.sample_rate == pytest.approx(2 + 1.5, abs=1.5 / 44_100)
    assert len(samples) / programme.sample_rate == pytest.approx(5, abs=0.002)


@pytest.mark.slow
def test_clips_get_the_loudness_of_the_master(tmp_path: Path) -> None:
    intro, episode = write(tmp_path / "jingle.wav", 3, level=16_000), write(tmp_path / "master.wav", 9, level=1_000)
    joined = join_clips(episode, tmp_path, AudioSettings(crossfade=seconds(1)), intro=intro)
    samples = decode(joined)
    assert [find_peak(samples, moment) for moment in (1, 2.5, 5)] == pytest.approx([1_000] * 3, abs=60)


@pytest.mark.slow
def test_raised_clip_does_not_clip_in_crossfade(tmp_path: Path) -> None:
    intro = write(tmp_path / "jingle.wav", 4, level=800, clicks=[3.2])
    episode = write(tmp_path / "master.wav", 9, level=8_000)
    joined = join_clips(episode, tmp_path, AudioSettings(crossfade=seconds(1)), intro=intro)
    part = next(part for part in joined.programme.parts if part.audio.path.name == "intro.wav")
    first = joined.programme.parts[0]
    assert first.gain == pytest.approx(20, abs=0.5)
    assert part.gain >= first.gain - 1
    with wave.open(str(part.audio.path)) as file:
        mixed = struct.unpack(f"<{file.getnframes() * 2}h", file.readframes(file.getnframes()))
    assert 15_000 < max(mixed) < 32_767


def test_gain_of_very_quiet_clip_is_limited(tmp_path: Path) -> None:
    intro, episode = write(tmp_path / "hum.wav", 3, level=40), write(tmp_path / "master.wav", 5, level=16_000)
    joined = join_clips(episode, tmp_path, AudioSettings(), intro=intro)
    assert joined.programme.parts[0].gain == 20


@pytest.mark.slow
@pytest.mark.parametrize("settings", [PLAIN, AudioSettings()], ids=["loudness-unchanged", "silent-clip"])
def test_clip_is_not_raised_without_loudness(settings: AudioSettings, tmp_path: Path) -> None:
    level = 16_000 if settings is PLAIN else 0
    intro, episode = write(tmp_path / "jingle.wav", 3, level=level), write(tmp_path / "master.wav", 5, level=900)
    assert join_clips(episode, tmp_path, settings, intro=intro).programme.parts[0].gain == 0


@pytest.mark.slow
def test_silence_at_both_ends_is_trimmed(tmp_path: Path) -> None:
    silences = ((0, 3), (6, 10))
    episode = write(tmp_path / "master.wav", 10, level=8_000, silences=silences, clicks=[4.5])
    joined = join_clips(episode, tmp_path, replace(PLAIN, trim=True))
    samples = decode(joined)
    assert joined.offset.total_seconds() == pytest.approx(-2.7, abs=0.002)
    assert len(samples) / 44_100 == pytest.approx(0.3 + 3 + 0.5, abs=0.004)
    assert find_clicks(samples)[0] / 44_100 == pytest.approx(4.5 + joined.offset.total_seconds(), abs=1 / 44_100)


@pytest.mark.slow
def test_silence_is_trimmed_before_clips_are_joined(intro: Clip, outro: Clip, tmp_path: Path) -> None:
    episode = write(tmp_path / "master.wav", 12, level=8_000, silences=((0, 3), (9, 12)), clicks=[6])
    settings = replace(PLAIN, trim=True, crossfade=seconds(0.5))
    joined = join_clips(episode, tmp_path, settings, intro=intro, outro=outro)
    samples = decode(joined)
    assert joined.offset.total_seconds() == pytest.approx(2.5 - 0.5 - 2.7, abs=0.002)
    clicks = [place / 44_100 for place in find_clicks(samples)]
    assert clicks[1] == pytest.approx(6 + joined.offset.total_seconds(), abs=1 / 44_100)
    assert len(samples) / 44_100 == pytest.approx(joined.programme.duration.total_seconds(), abs=0.001)
    assert joined.programme.duration.total_seconds() == pytest.approx(2.5 + 6.8 + 1.75 - 1, abs=0.004)


@pytest.mark.parametrize(
    ("crossfade", "message"),
    [
        (2, "the crossfade (2 s) is longer than goodbye.wav (1.75 s)"),
        (1.7, "the crossfade (1.7 s) is longer than half of short.wav"),
        (31, "a crossfade of 31 s is too long"),
    ],
)
def test_too_long_crossfade_raises_error(
    crossfade: float, message: str, intro: Clip, outro: Clip, tmp_path: Path
) -> None:
    length = 3 if crossfade == 1.7 else 6
    episode = write(tmp_path / "short.wav", length)
    with pytest.raises(MediaError) as caught:
        join_clips(episode, tmp_path, replace(PLAIN, crossfade=seconds(crossfade)), intro=intro, outro=outro)
    assert message in caught.value.message
    assert "crossfade" in (caught.value.hint or "")


def test_missing_clip_raises_error_with_file_names(episode: Clip, intro: Clip, tmp_path: Path) -> None:
    missing = replace(intro, audio=replace(intro.audio, path=tmp_path / "gone.wav"))
    with pytest.raises(MediaError, match=r"gone\.wav and master\.wav cannot be joined"):
        join(
            episode.master,
            episode.audio,
            intro=missing,
            outro=None,
            settings=replace(PLAIN, crossfade=seconds(1)),
            measurements={},
            work_folder=tmp_path,
        )


def test_crossfade_length_is_rounded_down_to_hundredths() -> None:
    assert calculate_crossfade(replace(PLAIN, crossfade=seconds(1.2399))) == seconds(1.23)


def test_offset_is_calculated_from_measurement(episode: Clip, intro: Clip) -> None:
    settings = AudioSettings(crossfade=seconds(0.5), trim=True)
    measurement = Measurement(
        duration=seconds(6),
        loudness=-20,
        loudness_range=2,
        true_peak=-3,
        silences=((seconds(0), seconds(1.5)), (seconds(5), seconds(6))),
    )
    assert calculate_offset(episode.audio, measurement, intro, settings) == seconds(2.0 - 1.2)
    assert calculate_offset(episode.audio, measurement, None, settings) == seconds(-1.2)
    assert calculate_offset(episode.audio, None, intro, settings) == seconds(2)
    mp3 = replace(episode.audio, format="mp3", codec="mp3")
    assert calculate_offset(mp3, measurement, intro, settings) == seconds(0)
    assert calculate_offset(mp3, measurement, None, replace(settings, always=True)) == seconds(-1.2)


SCRIPT = """
import re
from datetime import timedelta
from pathlib import Path
from podcastkit.media.mastering.joining import join
from podcastkit.media.probing import probe
from podcastkit.model import AudioSettings, Clip, SourceFile, Stamp

def read_clip(name):
    stamp = Stamp(device=1, inode=1, size=1, mtime_ns=1, ctime_ns=1)
    return Clip(master=SourceFile(path=Path(name), size=1, sha256=name, md5="", stamp=stamp), audio=probe(name))

jingle, episode = read_clip("jingle.wav"), read_clip("hour.wav")
settings = AudioSettings(loudness=None, crossfade=timedelta(seconds=30))
joined = join(
    episode.master,
    episode.audio,
    intro=jingle,
    outro=jingle,
    settings=settings,
    measurements={},
    work_folder=Path(),
)
# getrusage would include the peak memory of the parent process.
memory = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(joined.programme.duration.total_seconds(), memory // 1024)
"""


@pytest.mark.slow
def test_joining_an_hour_takes_little_memory(tmp_path: Path) -> None:
    for name, length in (("jingle", 40), ("hour", 3600)):
        size = length * 48_000 * 4
        with (tmp_path / f"{name}.wav").open("wb") as file:
            file.write(
                struct.pack("<4sI8sIHHIIHH", b"RIFF", size + 36, b"WAVEfmt ", 16, 1, 2, 48_000, 192_000, 4, 16)
            )
            file.write(struct.pack("<4sI", b"data", size))
            file.truncate(44 + size)  # a sparse file: the silence needs no disk space
    command = [sys.executable, "-c", SCRIPT]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=variables)
    duration, megabytes = done.stdout.split()
    assert float(duration) == 3600 + 40 + 40 - 60
    assert int(megabytes) < 100


def find_peak(samples: Sequence[int], moment: float) -> int:
    """Return the highest sample within 5 ms of a time in seconds."""
    place = round(moment * 44_100)
    return max(samples[place - 220 : place + 220])
