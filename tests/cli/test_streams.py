"""A command with full, closed or broken standard streams ends with an exit code and without a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import commands
from podcastkit.cli.streams import OutputError
from tests.processes import PODCASTKIT
from tests.shows import small_show

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs sh and /dev/full")

FULL = "Error: the output cannot be written: No space left on device\n"
CLOSED = "Error: the output cannot be written: stdout is closed\n"
STDOUT = {"> /dev/full": FULL, ">&-": CLOSED, "| true": ""}
"""Redirections that break stdout, with the message on stderr."""


def run_in_shell(folder: Path, arguments: Sequence[str], redirection: str) -> tuple[int, str]:
    """Return the exit code and the text on stderr."""
    command = " ".join([*PODCASTKIT, *arguments])
    script = (
        f"{{ {command}; echo $? >&3; }} {redirection}"
        if "|" in redirection
        else f"{command} {redirection}; echo $? >&3"
    )
    done = subprocess.run(
        ["bash", "-c", f"exec 3>{folder}/code; {script}"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PODCASTKIT_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    return int((folder / "code").read_text()), done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with a published show."""
    folder = tmp_path_factory.mktemp("streams")
    small_show(folder / "episodes", episodes=1)
    assert run_in_shell(folder, ["publish"], "> /dev/null") == (0, "")
    return folder


@pytest.mark.parametrize("redirection", STDOUT)
@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["plan"], ["plan", "--json"]],
    ids=" ".join,
)
def test_unwritable_output_exits_1(folder: Path, arguments: list[str], redirection: str) -> None:
    assert run_in_shell(folder, arguments, redirection) == (1, STDOUT[redirection])


@pytest.mark.slow
@pytest.mark.parametrize("redirection", STDOUT)
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *([name, "--help"] for name in sorted(commands.commands)),
        ["check", "--no-audio", "--format", "json"],
        ["check", "--no-audio"],
        ["check", "--no-audio", "--format", "github"],
        ["check", "--explain", "F001"],
        ["probe", "episodes/01-part/audio.mp3"],
        ["probe", "--json", "episodes/01-part/audio.mp3"],
        ["publish"],
        ["publish", "--json"],
        ["publish", "--no-cache", "--json"],
        ["master"],
        ["master", "--json"],
        ["history"],
        ["history", "--json"],
        ["prune"],
        ["prune", "--json"],
        ["verify"],
        ["verify", "--json"],
    ],
    ids=" ".join,
)
def test_unwritable_output_of_every_command_exits_1(folder: Path, arguments: list[str], redirection: str) -> None:
    code, stderr = run_in_shell(folder, arguments, redirection)
    assert code == 1
    assert stderr.endswith(STDOUT[redirection])
    assert "Traceback" not in stderr
    assert "Exception" not in stderr


@pytest.mark.parametrize("redirection", ["2> /dev/full", "<&- 2>&-"], ids=lambda text: text)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["publish", "--no-cache"], 0), (["verify"], 0), (["history", "nowhere"], 1), (["publsh"], 2)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_unwritable_messages_keep_the_exit_code(
    folder: Path, arguments: list[str], expected: int, redirection: str
) -> None:
    code, stderr = run_in_shell(folder, arguments, redirection)
    assert code == expected
    assert "Traceback" not in stderr


def test_command_without_streams_keeps_its_exit_code(folder: Path) -> None:
    assert run_in_shell(folder, ["plan"], "<&- >&- 2>&-") == (1, "")
    assert run_in_shell(folder, ["plan"], "<&- > /dev/null 2>&-") == (0, "")


def test_descriptor_of_closed_stream_is_not_reused(folder: Path) -> None:
    program = (
        "from podcastkit.cli.streams import prepare_streams\nprepare_streams()\n"
        "print(open('episodes/show.toml').fileno() > 2, flush=True)"
    )
    command = ["bash", "-c", f'"{sys.executable}" -c "$0" <&- 2>&-', program]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    assert done.stdout == b"True\n"


@pytest.mark.parametrize("code", [errno.EPIPE, errno.EINVAL], ids=["POSIX", "Windows"])
def test_output_error_of_a_broken_pipe_has_no_reason(code: int) -> None:
    assert OutputError(code, "said by the system").reason is None
