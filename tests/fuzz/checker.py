"""Run `podcastkit check` on hostile shows, each in its own process with limits and measurements.

The processes are forks of one process with all imports, because starting Python takes longer than most checks.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import traceback
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from podcastkit.cli.app import run
from tests.shows import small_show

if TYPE_CHECKING:
    from collections.abc import Iterator

_CPU_SECONDS = 30
"""The CPU time after which the kernel ends a check, so that no test hangs."""
_OUTPUT, _ERRORS, _PEAK = "output", "errors", "peak"
_CRASHED = 99


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The result of a check."""

    code: int
    """The exit code. Negative if a signal ended the process."""
    output: str
    errors: str
    memory: int
    """The bytes of memory in addition to those for a harmless show."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The printed findings."""
        found: list[dict[str, Any]] = json.loads(self.output)["findings"]
        return found


class Checker:
    """Check shows in forks of another process."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers
        self._base = int(answers.readline())

    def check(self, folder: Path) -> Outcome:
        """Check a show. The results are written to the parent of its folder."""
        self._requests.write(f"{folder}\n")
        self._requests.flush()
        code = int(self._answers.readline())
        place = folder.parent
        peak = int((place / _PEAK).read_text()) if code >= 0 else 0
        output, errors = ((place / name).read_text() for name in (_OUTPUT, _ERRORS))
        return Outcome(code=code, output=output, errors=errors, memory=peak - self._base)


@contextmanager
def start_checker() -> Iterator[Checker]:
    """Run the process whose forks check shows."""
    command = [sys.executable, "-m", __name__]
    root = Path(__file__).parents[2]
    with (
        tempfile.TemporaryDirectory() as cache,
        subprocess.Popen(
            command,
            cwd=root,
            env=os.environ | {"PODCASTKIT_CACHE": cache},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        yield Checker(process.stdin, process.stdout)
        process.stdin.close()


def _serve() -> None:
    """Print the memory for a harmless show. Then read folders, check them, and print the exit code of each."""
    answers = sys.stdout
    with tempfile.TemporaryDirectory() as place:
        show = small_show(Path(place) / "show").folder
        _check(show)  # imports what the forks need
        _check_in_fork(show)
        answers.write((show.parent / _PEAK).read_text() + "\n")
        answers.flush()
    for line in sys.stdin:
        answers.write(f"{_check_in_fork(Path(line.rstrip()))}\n")
        answers.flush()


def _check_in_fork(folder: Path) -> int:
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        os._exit(_check(folder))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _check(folder: Path) -> int:
    place = folder.parent
    with (
        (place / _OUTPUT).open("w") as output,
        (place / _ERRORS).open("w") as errors,
        redirect_stdout(output),
        redirect_stderr(errors),
        chdir(place),
    ):
        try:
            code = run(["check", str(folder), "--format", "json"])
        except Exception:  # noqa: BLE001 - any exception is a failure
            traceback.print_exc()
            code = _CRASHED
    [kilobytes] = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    (place / _PEAK).write_text(f"{kilobytes}000")
    return code


if __name__ == "__main__":
    _serve()
