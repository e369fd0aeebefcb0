from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run(module: str, cases: int) -> str:
    command = [sys.executable, "-m", f"tests.fuzz.{module}", "--cases", str(cases), "--seed", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.ffmpeg
def test_a_share_of_damaged_shows_keeps_every_promise() -> None:
    assert "published" in run("fuzz_show", 50)


@pytest.mark.ffmpeg
def test_a_share_of_damaged_caches_changes_nothing() -> None:
    assert "the same: 25" in run("fuzz_cache", 25)


def test_a_share_of_damaged_records_deletes_no_foreign_file() -> None:
    assert "published" in run("fuzz_records", 40)


def test_a_share_of_odd_answers_ends_in_words() -> None:
    assert "StorageError" in run("fuzz_answers", 15)


def test_a_share_of_damaged_feeds_ends_in_findings() -> None:
    outcomes = run("fuzz_feed", 150)
    assert "judged" in outcomes
    assert "F001" in outcomes
