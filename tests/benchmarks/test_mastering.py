"""The benchmarks of encoding use the current commands of podcastkit, and loudnorm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from podcastkit.media.measuring import measure
from tests.benchmarks.masters import build_masters, describe, normalize, record_calls, write_script

pytestmark = pytest.mark.ffmpeg

_ROOT = Path(__file__).parents[2]
_URL = "https://podcast.example.org/show"


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_masters(tmp_path_factory.mktemp("masters") / "show", episodes=1, minutes=0.1)


def make_environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_ROOT), "PODCASTKIT_CACHE": str(folder / "cache")}


@pytest.mark.slow
def test_recorded_commands_repeat_the_encoding(show: Path, tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "record"
    to = ["--to", str(tmp_path / "public"), "--url", _URL]
    command = [sys.executable, "-m", "podcastkit", "publish", str(show), *to]
    calls = record_calls(folder, cache, command, make_environment(tmp_path))
    assert len(calls) == len(describe(calls)) >= 1
    assert any("libmp3lame" in line for line in describe(calls))
    (made,) = (tmp_path / "public" / "media").iterdir()
    script = write_script(tmp_path / "by-hand.sh", calls, cache, folder / "copy")
    made.unlink()
    subprocess.run(["sh", script], check=True)
    by_hand = [path for path in (folder / "copy").rglob("*") if path.is_file() and path.stat().st_size > 50_000]
    assert measure(by_hand[-1]).duration.total_seconds() == pytest.approx(6, abs=0.1)
    assert record_calls(tmp_path / "again", cache, [*command, "--dry-run"], make_environment(tmp_path)) == []


@pytest.mark.slow
def test_loudnorm_reaches_its_target(show: Path, tmp_path: Path) -> None:
    normalize(str(show / "01-part" / "audio.wav"), str(tmp_path / "a.mp3"))
    assert measure(tmp_path / "a.mp3").loudness == pytest.approx(-16, abs=1)


@pytest.mark.slow
def test_publishing_reports_opened_audio(show: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    arguments = [str(show), str(tmp_path / "public"), str(answer), "1"]
    command = [sys.executable, "-m", "tests.benchmarks.publishing", *arguments]
    subprocess.run(command, cwd=_ROOT, env=make_environment(tmp_path), check=True)
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert str(show / "01-part" / "audio.wav") in found["opened"]
    assert found["memory"] > 10
