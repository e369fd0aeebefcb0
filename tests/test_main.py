from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import podcastkit

ROOT = Path(podcastkit.__file__).parent.parent


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "podcastkit", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_version_is_told_as_click_would_tell_it() -> None:
    told = ran("--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"podcastkit {podcastkit.__version__}\n", "")
    assert ran("--version", "check").stdout == told.stdout


def test_a_wrong_command_exits_2() -> None:
    assert ran("publsh").returncode == 2
