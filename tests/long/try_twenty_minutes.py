"""Publish a master with twenty minutes of synthetic speech, and measure the result.

This takes a minute, so pytest does not collect the file by its name.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from podcastkit.project.loader import load
from podcastkit.publishing.publish import publish
from podcastkit.storage.local import LocalStorage
from tests.published import URL, read_live_feed
from tests.shows import NOW, SAMPLE, Workshop
from tests.sounds import decode, loudness_of, true_peak_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sounds import Samples

_RATE = 44_100
_SECONDS = 20 * 60
_TEXT = (
    "At night the harbour never sleeps. The crane lifts the last container, the pilot waits for the tide, and "
    "somebody in the office makes tea. What would happen if nobody came to work? We asked those who know. "
)


def _make_speech(folder: Path) -> Samples:
    """Return speech from espeak-ng, or from the sample show if espeak-ng is not installed."""
    program = shutil.which("espeak-ng")
    if not program:
        samples, rate = soundfile.read(SAMPLE / "03-wav-master" / "master.wav", always_2d=True)
    else:
        subprocess.run([program, "-w", str(folder / "speech.wav"), _TEXT], check=True)
        samples, rate = soundfile.read(folder / "speech.wav", always_2d=True)
    return np.asarray(resample_poly(samples[:, 0], _RATE, rate))


def _write_master(path: Path, speech: Samples) -> None:
    """Write the speech repeatedly at different levels and positions, with pauses."""
    random = np.random.default_rng(2)
    left = _SECONDS * _RATE
    with soundfile.SoundFile(path, "w", _RATE, 2, "PCM_24") as file:
        for number in itertools.count():
            gain, pan = 0.25 * 10 ** random.uniform(-0.3, 0.3), 0.9 if number % 2 else 1.1
            silence = np.zeros(int(random.uniform(0.2, 1.5) * _RATE))
            sound = gain * np.concatenate([speech, silence])
            both = np.stack([sound * pan, sound * (2 - pan)], axis=1)[:left]
            file.write(np.clip(both + 2e-4 * random.standard_normal(both.shape), -0.99, 0.99))
            left -= len(both)
            if not left:
                return


@pytest.mark.parametrize("form", ["mp3", "m4a"])
def test_twenty_minute_master_has_right_levels_and_length(form: str, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show(f'[publish]\nurl = "{URL}"\n[audio]\nformat = "{form}"\n')
    folder = workshop.episode("01-the-harbour", "---\ntitle: The harbour\ndate: 2024-10-01\n---\n\nAt night.\n")
    (folder / "audio.mp3").unlink()
    _write_master(folder / "master.wav", _make_speech(tmp_path))
    storage = LocalStorage(tmp_path / "site")

    publish(load(workshop.folder), to=storage, at=NOW, yes=True, verify=False)

    [item] = read_live_feed(storage).items
    media = tmp_path / "site" / "media" / (item.enclosure_url or "").rsplit("/", 1)[1]
    samples, rate = decode(media)
    assert media.suffix == f".{form}"
    assert loudness_of(samples, rate) == pytest.approx(-16, abs=0.3)
    assert (
        max(true_peak_of(samples[start : start + 60 * rate]) for start in range(0, len(samples), 60 * rate)) <= -1
    )
    assert len(samples) / rate == pytest.approx(_SECONDS, abs=0.1)
