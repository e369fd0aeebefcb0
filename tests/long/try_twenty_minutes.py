"""Twenty minutes of synthetic speech, from the master in its folder to what listeners fetch.

It takes a minute, so that it has no name by which it would run with the other tests.
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
from tests.published import URL, live
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


def _spoken(folder: Path) -> Samples:
    """Return some speech: by espeak-ng where it is, otherwise that of the sample show."""
    program = shutil.which("espeak-ng")
    if not program:
        samples, rate = soundfile.read(SAMPLE / "03-wav-master" / "master.wav", always_2d=True)
    else:
        subprocess.run([program, "-w", str(folder / "speech.wav"), _TEXT], check=True)
        samples, rate = soundfile.read(folder / "speech.wav", always_2d=True)
    return np.asarray(resample_poly(samples[:, 0], _RATE, rate))


def _write_master(path: Path, speech: Samples) -> None:
    """Write the speech again and again, now near and now far, with pauses between."""
    random = np.random.default_rng(2)
    left = _SECONDS * _RATE
    with soundfile.SoundFile(path, "w", _RATE, 2, "PCM_24") as file:
        for turn in itertools.count():
            gain, pan = 0.25 * 10 ** random.uniform(-0.3, 0.3), 0.9 if turn % 2 else 1.1
            silence = np.zeros(int(random.uniform(0.2, 1.5) * _RATE))
            said = gain * np.concatenate([speech, silence])
            both = np.stack([said * pan, said * (2 - pan)], axis=1)[:left]
            file.write(np.clip(both + 2e-4 * random.standard_normal(both.shape), -0.99, 0.99))
            left -= len(both)
            if not left:
                return


@pytest.mark.parametrize("form", ["mp3", "m4a"])
def test_twenty_minutes_come_out_right(form: str, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show(f'[publish]\nurl = "{URL}"\n[audio]\nformat = "{form}"\n')
    folder = workshop.episode("01-the-harbour", "---\ntitle: The harbour\ndate: 2024-10-01\n---\n\nAt night.\n")
    (folder / "audio.mp3").unlink()
    _write_master(folder / "master.wav", _spoken(tmp_path))
    storage = LocalStorage(tmp_path / "site")

    publish(load(workshop.folder), to=storage, at=NOW, yes=True, verify=False)

    [item] = live(storage).items
    media = tmp_path / "site" / "media" / (item.enclosure_url or "").rsplit("/", 1)[1]
    samples, rate = decode(media)
    assert media.suffix == f".{form}"
    assert loudness_of(samples, rate) == pytest.approx(-16, abs=0.3)
    assert (
        max(true_peak_of(samples[start : start + 60 * rate]) for start in range(0, len(samples), 60 * rate)) <= -1
    )
    assert len(samples) / rate == pytest.approx(_SECONDS, abs=0.1)
