from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from podcastkit import __version__
from podcastkit.cli.app import commands, run
from tests.processes import PODCASTKIT

ROOT = Path(__file__).parents[2]


def test_version_and_help_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"podcastkit {__version__}\n"
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("check", "plan", "publish", "probe"))


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: podcastkit {name} ")


def test_command_does_not_import_other_commands() -> None:
    program = "import sys\nfrom podcastkit.cli.app import run\nrun(['probe', '--help'])\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = done.stdout.splitlines()[-1].split()
    assert "podcastkit.cli.probe" in imported
    assert "podcastkit.cli.publish" not in imported


@pytest.mark.parametrize(
    "arguments",
    [["publsh"], ["publish", "--nope"], ["publish", "--to", ""], ["probe"], ["check", "--format", "xml"]],
    ids=" ".join,
)
def test_usage_error_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Error" in capsys.readouterr().err


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.usefixtures("workshop")
def test_closed_pipe_prints_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(PODCASTKIT)} check | true"], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
