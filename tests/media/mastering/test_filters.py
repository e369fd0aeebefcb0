"""Tests of a programme's filter graph: its output, sample by sample."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, Part, Programme, build_filter_graph, list_inputs
from podcastkit.media.measuring import measure
from podcastkit.media.probing import probe
from tests.sounds import convert, level_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sounds import Samples

pytestmark = pytest.mark.ffmpeg

_RATE = 48_000


def _make_sine(seconds: float = 1, rate: int = _RATE, frequency: float = 440, peak: float = 0.5) -> Samples:
    moments = np.arange(round(seconds * rate)) / rate
    return np.asarray(peak * np.sin(2 * np.pi * frequency * moments))


def _stack_channels(*channels: Samples) -> Samples:
    return np.stack(channels, axis=1)


def _decode_programme(programme: Programme, *filters: str) -> Samples:
    arguments = [*list_inputs(programme), "-filter_complex", build_filter_graph(programme, filters), "-map", OUTPUT]
    command = [find_ffmpeg(), "-v", "error", *arguments, "-f", "f32le", "-"]
    pcm = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(pcm, "<f4").reshape(-1, programme.channels).astype(np.float64)


def _make_programme(*parts: Part, channels: int = 2, rate: int = _RATE) -> Programme:
    return Programme(parts=parts, sample_rate=rate, channels=channels)


_SUBTYPES = ["PCM_16", "PCM_24", "FLOAT"]


@pytest.mark.slow
@pytest.mark.parametrize("subtype", _SUBTYPES)
def test_mono_as_stereo_keeps_its_level(subtype: str, tmp_path: Path) -> None:
    original = _make_sine()
    audio = probe(write(tmp_path / "mono.wav", original, _RATE, subtype))
    output = _decode_programme(_make_programme(Part(audio=audio)))

    assert output == pytest.approx(_stack_channels(original, original), abs=1e-4)


@pytest.mark.parametrize("subtype", _SUBTYPES)
def test_stereo_as_mono_is_the_mean_of_both_channels(subtype: str, tmp_path: Path) -> None:
    left, right = _make_sine(), _make_sine(frequency=1000)
    audio = probe(write(tmp_path / "stereo.wav", _stack_channels(left, right), _RATE, subtype))
    output = _decode_programme(_make_programme(Part(audio=audio), channels=1))

    assert output[:, 0] == pytest.approx((left + right) / 2, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le"])
@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [(0, 1, 0), (1, 0, 1), (2, 0.7071, 0.7071), (3, 0, 0), (4, 0.7071, 0), (5, 0, 0.7071)],
    ids=["left", "right", "center", "lfe", "left surround", "right surround"],
)
def test_surround_is_mixed_by_bs775(channel: int, left: float, right: float, codec: str, tmp_path: Path) -> None:
    """ITU-R BS.775, annex 4, equal for all sample formats, attenuated so that nothing clips."""
    channels = np.zeros((_RATE, 6))
    channels[:, channel] = _make_sine()
    write(tmp_path / "plain.wav", channels, _RATE)
    audio = probe(convert(tmp_path / "plain.wav", tmp_path / "six.wav", "-c:a", codec))
    assert audio.channels == 6
    output = _decode_programme(_make_programme(Part(audio=audio)))

    total = 1 + 2 * 0.7071
    assert output == pytest.approx(
        _stack_channels(_make_sine() * left / total, _make_sine() * right / total), abs=1e-3
    )
    assert _decode_programme(_make_programme(Part(audio=audio), channels=1))[:, 0] == pytest.approx(
        output.mean(axis=1), abs=1e-4
    )


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("original", [9, 16, 32])
def test_channels_without_known_layout_are_mixed_evenly(original: int, channels: int, tmp_path: Path) -> None:
    tracks = np.zeros((_RATE, original))
    tracks[:, original - 1] = _make_sine()
    audio = probe(write(tmp_path / "tracks.wav", tracks, _RATE))
    output = _decode_programme(_make_programme(Part(audio=audio), channels=channels))

    assert audio.channels == original
    for channel in range(channels):
        assert output[:, channel] == pytest.approx(_make_sine() / original, abs=1e-4)
    assert measure(audio.path).duration.total_seconds() == pytest.approx(1, abs=0.01)


def test_full_scale_in_six_channels_does_not_clip(tmp_path: Path) -> None:
    full = _make_sine(peak=0.99)
    audio = probe(write(tmp_path / "six.wav", _stack_channels(*[full] * 6), _RATE, "FLOAT"))

    assert np.abs(_decode_programme(_make_programme(Part(audio=audio)))).max() == pytest.approx(0.99, abs=0.01)


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7, 8])
def test_wav_without_a_channel_mask_is_mixed(count: int, tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "many.wav", _stack_channels(*[_make_sine()] * count), _RATE))
    assert (tmp_path / "many.wav").read_bytes()[20:22] == b"\x01\x00"

    for channels in (1, 2):
        assert -20 < level_of(_decode_programme(_make_programme(Part(audio=audio), channels=channels))) < -8


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("start", "end"), [(0, 777), (1, 2), (12_345, 30_000), (39_999, 40_000)])
def test_parts_are_cut_at_exact_samples(start: int, end: int, rate: int, tmp_path: Path) -> None:
    original = np.arange(40_000) / 40_000 - 0.5
    audio = probe(write(tmp_path / "ramp.wav", original, rate, "FLOAT"))
    part = Part(audio=audio, start=timedelta(seconds=start / rate), end=timedelta(seconds=end / rate))
    output = _decode_programme(_make_programme(part, channels=1, rate=rate))

    assert output[:, 0] == pytest.approx(original[start:end], abs=1e-6)


@pytest.mark.slow
def test_part_without_end_extends_to_end_of_file(tmp_path: Path) -> None:
    original = _make_sine(2)
    audio = probe(write(tmp_path / "mono.flac", original, _RATE))
    output = _decode_programme(_make_programme(Part(audio=audio, start=timedelta(seconds=0.5)), channels=1))

    assert output[:, 0] == pytest.approx(original[_RATE // 2 :], abs=1e-4)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_parts_in_different_formats_are_joined_without_gap(channels: int, rate: int, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.wav", _make_sine(1, 48_000), 48_000, "PCM_24"),
        write(tmp_path / "b.flac", _stack_channels(*[_make_sine(0.75, 44_100, 1000)] * 2), 44_100),
        write(tmp_path / "c.aiff", _stack_channels(*[_make_sine(0.5, 32_000, 2000)] * 2), 32_000, "PCM_32"),
        write(tmp_path / "d.wav", _make_sine(0.25, 16_000, 500), 16_000, "FLOAT"),
    ]
    programme = _make_programme(*(Part(audio=probe(file)) for file in files), channels=channels, rate=rate)
    output = _decode_programme(programme)

    assert programme.duration == timedelta(seconds=2.5)
    assert abs(len(output) - 2.5 * rate) <= len(files)  # a resampler may round each part to a whole sample
    start = 0.0
    for seconds, frequency in ((1, 440), (0.75, 1000), (0.5, 2000), (0.25, 500)):
        piece = output[round((start + 0.05) * rate) : round((start + seconds - 0.05) * rate), 0]
        strength = np.abs(np.fft.rfft(piece))
        assert np.argmax(strength) * rate / len(piece) == pytest.approx(frequency, abs=12)
        assert level_of(piece) == pytest.approx(-9.03, abs=0.1)
        start += seconds


def test_gain_applies_to_single_parts_without_clipping(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "mono.wav", _make_sine(peak=0.9), _RATE))
    programme = _make_programme(Part(audio=audio, gain=6.02), Part(audio=audio, gain=-6.02), channels=1)
    output = _decode_programme(programme)

    assert np.abs(output[:_RATE]).max() == pytest.approx(1.8, abs=0.01)  # no clipping above full scale
    assert np.abs(output[_RATE:]).max() == pytest.approx(0.45, abs=0.01)


def test_filters_apply_to_the_joined_parts(tmp_path: Path) -> None:
    audio = probe(write(tmp_path / "mono.wav", _make_sine(), _RATE))
    output = _decode_programme(
        _make_programme(Part(audio=audio), Part(audio=audio), channels=1), "atrim=end_sample=60000"
    )

    assert len(output) == 60_000


@pytest.mark.parametrize(
    ("parts", "channels", "is_one_file"),
    [
        ([{}], 1, True),
        ([{}], 2, False),
        ([{"gain": 1.0}], 1, False),
        ([{"start": timedelta(seconds=0.1)}], 1, False),
        ([{"end": timedelta(seconds=0.1)}], 1, False),
        ([{}, {}], 1, False),
    ],
    ids=["unchanged", "other channels", "gain", "start", "end", "two parts"],
)
def test_programme_is_one_file_only_if_unchanged(
    parts: list[dict[str, Any]], channels: int, is_one_file: bool, tmp_path: Path
) -> None:
    audio = probe(write(tmp_path / "mono.wav", _make_sine(), _RATE))

    assert (
        _make_programme(*(Part(audio=audio, **part) for part in parts), channels=channels).is_one_file
        is is_one_file
    )
