"""Create sounds with known levels, and measure audio with programs other than ffmpeg."""

from __future__ import annotations

import math
import subprocess
from typing import TYPE_CHECKING

import av
import numpy as np
import pyloudnorm
import soundfile
from scipy.signal import lfilter, resample_poly

from podcastkit.media.ffmpeg import find_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.float64]
    """One row per moment, and one column per channel."""


def speech(
    seconds: float, rate: int = 44_100, *, level: float = -24.0, peaks: float = 0.0, seed: int = 1
) -> Samples:
    """Return a sound with the dynamics of speech: syllables, pauses, and some syllables `peaks` dB louder.

    The loudness is about `level` LUFS.
    """
    random = np.random.default_rng(seed)
    envelope: list[float] = []
    while len(envelope) < seconds * 100:
        for _ in range(random.integers(3, 12)):
            length = int(random.integers(10, 25))
            stress = 10 ** (float(random.choice([-6.0, -3.0, 0.0, peaks], p=[0.3, 0.3, 0.35, 0.05])) / 20)
            envelope += [stress * math.sin(math.pi * step / length) ** 0.7 for step in range(length)]
        envelope += [0.0] * int(random.integers(15, 60))
    count = round(seconds * rate)
    moments = np.arange(count) / rate
    loudness = np.interp(moments, np.arange(len(envelope)) / 100, envelope)
    voice = sum(np.sin(2 * np.pi * 130 * part * moments + part * part) / part**0.8 for part in range(1, 30))
    breath = lfilter([1.0], [1.0, -0.85], 0.2 * random.standard_normal(count))
    return np.asarray(
        10 ** (level / 20) * 1.25 * loudness * (voice + breath) + 1e-4 * random.standard_normal(count)
    )


def write(path: Path, samples: Samples, rate: int = 44_100, subtype: str = "PCM_16") -> Path:
    """Write a sound file in the format of its file name."""
    soundfile.write(path, samples, rate, subtype=subtype, format="RF64" if path.stem == "rf64" else None)
    return path


def convert(source: Path, target: Path, *arguments: str) -> Path:
    """Write a sound file in a format that only ffmpeg writes."""
    command = [find_ffmpeg(), "-v", "error", "-y", "-i", f"file:{source}", *arguments, f"file:{target}"]
    subprocess.run(command, check=True)
    return target


def decode(path: Path) -> tuple[Samples, int]:
    """Return the samples and their rate. M4A is decoded by libav, MP3 by mpg123."""
    if path.suffix != ".m4a":
        samples, rate = soundfile.read(path, always_2d=True)
        return samples, int(rate)
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    return np.concatenate(blocks, axis=1).T.astype(np.float64), int(rate)


def loudness_of(samples: Samples, rate: int) -> float:
    """Return the loudness in LUFS (BS.1770). Mono counts as played on two loudspeakers."""
    both = np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples
    return float(pyloudnorm.Meter(rate).integrated_loudness(both))


def true_peak_of(samples: Samples) -> float:
    """Return the true peak in dBTP, with four times oversampling."""
    return float(20 * np.log10(np.abs(resample_poly(samples, 4, 1, axis=0)).max()))


def level_of(samples: Samples) -> float:
    """Return the RMS level in dBFS."""
    return float(20 * np.log10(np.sqrt(np.mean(samples**2))))
