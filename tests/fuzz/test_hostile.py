from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.hostile import HOSTILE
from tests.shows import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SECONDS = 10
_KILOBYTES = 500 * 1000
_COMMAND = """
import atexit, pathlib, re, sys
def weigh():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path("peak").write_text(re.search(r"VmHWM:\\s*(\\d+)", status)[1])
atexit.register(weigh)
from podcastkit.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_show_ends_in_findings_soon_and_with_little_memory(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    workshop = Workshop(tmp_path / "show").show()
    workshop.episode("01-one")
    make(workshop.folder)
    command = [sys.executable, "-c", _COMMAND, "check", str(workshop.folder), "--format", "json"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, timeout=_SECONDS, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert [finding for finding in findings if not (finding["message"] and finding["hint"])] == []
    assert int((tmp_path / "peak").read_text()) < _KILOBYTES
    assert not (tmp_path / "owned").exists()
    assert "root:" not in done.stdout
