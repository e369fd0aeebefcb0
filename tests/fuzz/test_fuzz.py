from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_share_of_damaged_shows_keeps_every_promise() -> None:
    command = [sys.executable, "-m", "tests.fuzz.fuzz_show", "--cases", "100", "--seed", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "published" in done.stdout
