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
def test_damaged_shows_are_checked_and_published_safely() -> None:
    assert "published" in run("fuzz_show", 50)


@pytest.mark.ffmpeg
def test_publish_with_damaged_caches_writes_the_same_files() -> None:
    assert "the same: 25" in run("fuzz_cache", 25)


def test_damaged_records_delete_no_foreign_files() -> None:
    assert "published" in run("fuzz_records", 40)


def test_unusual_responses_end_in_errors() -> None:
    assert "StorageError" in run("fuzz_answers", 15)


def test_damaged_feeds_end_in_findings() -> None:
    outcomes = run("fuzz_feed", 150)
    assert "findings" in outcomes
    assert "F001" in outcomes
