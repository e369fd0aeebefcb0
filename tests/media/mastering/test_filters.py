"""What comes out of the graph of a programme, sample by sample."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, Part, Programme, graph_of, inputs_of
from podcastkit.media.measuring import measure
from podcastkit.media.probing import probe
from tests.sounds import convert, level_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sounds import Samples

pytestmark = pytest.mark.ffmpeg

_RATE = 48_000


def _sine(seconds: float = 1, rate: int = _RATE, frequency: float = 440, peak: float = 0.5) -> Samples:
    moments = np.arange(round(seconds * rate)) / rate
    return np.asarray(peak * np.sin(2 * np.pi * frequency * moments))


def _stack(*channels: Samples) -> Samples:
    return np.stack(channels, axis=1)


def _run(programme: Programme, *filters: str) -> Samples:
    arguments = [*inputs_of(programme), "-filter_complex", graph_of(programme, filters), "-map", OUTPUT]
    command = [find_ffmpeg(), "-v", "error", *arguments, "-f", "f32le", "-"]
    pcm = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(pcm, "<f4").reshape(-1, programme.channels).astype(np.float64)


def _programme(*parts: Part, channels: int = 2, rate: int = _RATE) -> Programme:
    return Programme(parts=parts, sample_rate=rate, channels=channels)


_SUBTYPES = ["PCM_16", "PCM_24", "FLOAT"]


@pytest.mark.slow
@pytest.mark.parametrize("subtype", _SUBTYPES)
def test_mono_is_as_loud_from_both_sides(subtype: str, tmp_path: Path) -> None:
    given = _sine()
    audio = probe(write(tmp_path / "mono.wav", given, _RATE, subtype))
    heard = _run(_programme(Part(audio=audio)))

    assert heard == pytest.approx(_stack(given, given), abs=1e-4)


@pytest.mark.parametrize("subtype", _SUBTYPES)
def test_stereo_becomes_the_mean(subtype: str, tmp_path: Path) -> None:
    left, right = _sine(), _sine(frequency=1000)
    audio = probe(write(tmp_path / "stereo.wav", _stack(left, right), _RATE, subtype))
    heard = _run(_programme(Part(audio=audio), channels=1))

    assert heard[:, 0] == pytest.approx((left + right) / 2, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le"])
@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [(0, 1, 0), (1, 0, 1), (2, 0.7071, 0.7071), (3, 0, 0), (4, 0.7071, 0), (5, 0, 0.7071)],
    ids=["left", "right", "centre", "lfe", "left surround", "right surround"],
)
def test_surround_is_mixed_by_the_rule(channel: int, left: float, right: float, codec: str, tmp_path: Path) -> None:
    """ITU-R BS.775, annex 4, for all sample formats alike, and turned down so that nothing can be cut off."""
    channels = np.zeros((_RATE, 6))
    channels[:, channel] = _sine()
    write(tmp_path / "plain.wav", channels, _RATE)
    audio = probe(convert(tmp_path / "plain.wav", tmp_path / "six.wav", "-c:a", codec))
    assert audio.channels == 6
    heard = _run(_programme(Part(audio=audio)))

    whole = 1 + 2 * 0.7071
    assert heard == pytest.approx(_stack(_sine() * left / whole, _sine() * right / whole), abs=1e-3)
    assert _run(_programme(Part(audio=audio), channels=1))[:, 0] == pytest.approx(heard.mean(axis=1), abs=1e-4)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("given", [9, 16, 32])
def test_more_channels_than_are_known_are_mixed_evenly(given: int, channels: int, tmp_path: Path) -> None:
    tracks = np.zeros((_RATE, given))
    tracks[:, given - 1] = _sine()
    audio = probe(write(tmp_path / "tracks.wav", tracks, _RATE))
    heard = _run(_programme(Part(audio=audio), channels=channels))

    assert audio.channels == given
    for channel in range(channels):
        assert heard[:, channel] == pytest.approx(_sine() / given, abs=1e-4)
    assert measure(audio.path).duration.total_seconds() == pytest.approx(1, abs=0.01)


def test_full_scale_in_all_of_six_channels_is_not_cut_off(tmp_path: Path) -> None:
    full = _sine(peak=0.99)
    audio = probe(write(tmp_path / "six.wav", _stack(*[full] * 6), _RATE, "FLOAT"))

    assert np.abs(_run(_programme(Part(audio=audio)))).max() == pytest.approx(0.99, abs=0.01)


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7, 8])
def test_wav_without_a_channel_mask_is_mixed(count: int, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "many.wav", _stack(*[_sine()] * count), _RATE))
    assert (tmp_path / "many.wav").read_bytes()[20:22] == b"\x01\x00"

    for channels in (1, 2):
        assert -20 < level_of(_run(_programme(Part(audio=audio), channels=channels))) < -8


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("start", "end"), [(0, 777), (1, 2), (12_345, 30_000), (39_999, 40_000)])
def test_parts_are_cut_at_the_sample(start: int, end: int, rate: int, tmp_path: Path) -> None:
    given = np.arange(40_000) / 40_000 - 0.5
    audio = probe(write(tmp_path / "ramp.wav", given, rate, "FLOAT"))
    part = Part(audio=audio, start=timedelta(seconds=start / rate), end=timedelta(seconds=end / rate))
    heard = _run(_programme(part, channels=1, rate=rate))

    assert heard[:, 0] == pytest.approx(given[start:end], abs=1e-6)


@pytest.mark.slow
def test_without_an_end_a_part_goes_to_the_end(tmp_path: Path) -> None:
    given = _sine(2)
    audio = probe(write(tmp_path / "mono.flac", given, _RATE))
    heard = _run(_programme(Part(audio=audio, start=timedelta(seconds=0.5)), channels=1))

    assert heard[:, 0] == pytest.approx(given[_RATE // 2 :], abs=1e-4)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_parts_of_all_kinds_follow_one_another_without_a_gap(channels: int, rate: int, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.wav", _sine(1, 48_000), 48_000, "PCM_24"),
        write(tmp_path / "b.flac", _stack(*[_sine(0.75, 44_100, 1000)] * 2), 44_100),
        write(tmp_path / "c.aiff", _stack(*[_sine(0.5, 32_000, 2000)] * 2), 32_000, "PCM_32"),
        write(tmp_path / "d.wav", _sine(0.25, 16_000, 500), 16_000, "FLOAT"),
    ]
    programme = _programme(*(Part(audio=probe(file)) for file in files), channels=channels, rate=rate)
    heard = _run(programme)

    assert programme.duration == timedelta(seconds=2.5)
    assert abs(len(heard) - 2.5 * rate) <= len(files)  # a resampler may round each part to a whole sample
    start = 0.0
    for seconds, frequency in ((1, 440), (0.75, 1000), (0.5, 2000), (0.25, 500)):
        piece = heard[round((start + 0.05) * rate) : round((start + seconds - 0.05) * rate), 0]
        strength = np.abs(np.fft.rfft(piece))
        assert np.argmax(strength) * rate / len(piece) == pytest.approx(frequency, abs=12)
        assert level_of(piece) == pytest.approx(-9.03, abs=0.1)
        start += seconds


def test_a_part_can_be_louder_than_the_others(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "mono.wav", _sine(peak=0.9), _RATE))
    programme = _programme(Part(audio=audio, gain=6.02), Part(audio=audio, gain=-6.02), channels=1)
    heard = _run(programme)

    assert np.abs(heard[:_RATE]).max() == pytest.approx(1.8, abs=0.01)  # nothing is cut off above full scale
    assert np.abs(heard[_RATE:]).max() == pytest.approx(0.45, abs=0.01)


def test_filters_come_after_the_joining(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "mono.wav", _sine(), _RATE))
    heard = _run(_programme(Part(audio=audio), Part(audio=audio), channels=1), "atrim=end_sample=60000")

    assert len(heard) == 60_000


@pytest.mark.parametrize(
    ("parts", "channels", "one"),
    [
        ([{}], 1, True),
        ([{}], 2, False),
        ([{"gain": 1.0}], 1, False),
        ([{"start": timedelta(seconds=0.1)}], 1, False),
        ([{"end": timedelta(seconds=0.1)}], 1, False),
        ([{}, {}], 1, False),
    ],
    ids=["as it is", "other channels", "louder", "from later on", "to an end", "two"],
)
def test_one_file_as_it_is_can_be_told(
    parts: list[dict[str, Any]], channels: int, one: bool, tmp_path: Path
) -> None:
    audio = probe(write(tmp_path / "mono.wav", _sine(), _RATE))

    assert _programme(*(Part(audio=audio, **part) for part in parts), channels=channels).is_one_file is one
