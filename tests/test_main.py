from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import podcastkit

ROOT = Path(podcastkit.__file__).parent.parent


def run_podcastkit(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "podcastkit", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_version_option_prints_name_and_version() -> None:
    result = run_podcastkit("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"podcastkit {podcastkit.__version__}\n", "")
    assert run_podcastkit("--version", "check").stdout == result.stdout


def test_unknown_command_exits_with_2() -> None:
    assert run_podcastkit("publsh").returncode == 2
