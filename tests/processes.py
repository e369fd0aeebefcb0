"""Start child processes that receive signals or need a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PODCASTKIT = (sys.executable, "-m", "podcastkit")
CTRL_C = None
"""An answer that interrupts the program with Ctrl-C."""

_ROOT = Path(__file__).parents[1]
_PROMPT = b"[y/N]: "
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 60
"""Seconds without output after which a program on a terminal is stuck."""


def start_process(command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start a program with its output in pipes."""
    with _default_signals():
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run_on_terminal(*arguments: str, answer: str | None = "") -> tuple[int, str]:
    """Run podcastkit on a terminal, answer its question, and return its exit code and its output."""
    ours, theirs = pty.openpty()
    with _default_signals():
        process = subprocess.Popen(
            [*PODCASTKIT, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "TERM": "xterm-256color"},
            start_new_session=True,
        )
    os.close(theirs)
    try:
        screen = _read_screen(ours, process, answer)
        return process.wait(_PATIENCE), screen.decode()
    finally:
        os.close(ours)
        process.kill()
        process.wait()


def is_caught(number: int, process: subprocess.Popen[Any]) -> bool:
    """Return whether a running program has its own handler for a signal."""
    if process.poll() is not None:
        return False
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@contextmanager
def _default_signals() -> Iterator[None]:
    """Make child processes react to signals, even if the tests run with nohup.

    A child ignores the same signals as its parent, and a shell makes its background jobs ignore Ctrl-C.
    """
    ignored = [number for number in _SIGNALS if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _read_screen(terminal: int, process: subprocess.Popen[bytes], answer: str | None) -> bytes:
    screen = b""
    while chunk := _read_chunk(terminal):
        is_asked = _PROMPT in screen + chunk and _PROMPT not in screen
        screen += chunk
        if is_asked and answer is CTRL_C:
            _interrupt(process, terminal)
        elif is_asked and answer is not None:
            os.write(terminal, answer.encode())
    return screen


def _interrupt(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Send Ctrl-C until the program reacts. Python misses a signal that comes just before it begins to read."""
    for _ in range(_PATIENCE):
        if is_caught(signal.SIGINT, process):
            process.send_signal(signal.SIGINT)
        if select.select([terminal], [], [], 1)[0]:
            return
    raise AssertionError("the program does not react to Ctrl-C")


def _read_chunk(terminal: int) -> bytes:
    ready, _, _ = select.select([terminal], [], [], _PATIENCE)
    assert ready, "the program on the terminal is stuck"
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux raises this if the other side is closed
        return b""
