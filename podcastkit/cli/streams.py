"""Standard streams that are closed, full or broken: a command ends with a message, not with a traceback."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

_STDIN, _STDOUT, _STDERR = range(3)


class OutputError(OSError):
    """The output of a command cannot be written."""

    @property
    def reason(self) -> str | None:
        """Why; None when the program that reads the output has read enough, as head does."""
        if self.errno in {errno.EPIPE, errno.EINVAL}:  # Windows says EINVAL of a broken pipe
            return None
        return "stdout is closed" if self.errno == errno.EBADF else self.strerror


def prepare_streams() -> None:
    """Open what is closed, so that no other file takes its number, and let a failure to write be told.

    What cannot be written to stdout raises OutputError; to stderr, it is dropped.
    """
    for number in (_STDIN, _STDOUT, _STDERR):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free; to write there fails
    if sys.stdin is None:
        sys.stdin = open(_STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
    sys.stdout = _guard(sys.stdout, _STDOUT)
    sys.stderr = _guard(sys.stderr, _STDERR)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _guard(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream in place of one that is no terminal."""
    if stream is not None and not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream is not None and stream.isatty():
        stream.reconfigure(errors="backslashreplace")
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(number, "w", closefd=False)),
        encoding=stream.encoding if stream else "utf-8",
        errors="backslashreplace",  # a log in an old code page cannot hold every title
        line_buffering=stream is not None and stream.line_buffering,
    )


class _Output(io.FileIO):
    """A file or a pipe that a command writes to."""

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever io hands over
        try:
            return super().write(data)
        except OSError as error:
            self._drop_further()
            if self.fileno() == _STDOUT:
                raise OutputError(error.errno, error.strerror) from error
            return len(data)

    def _drop_further(self) -> None:
        """Let what is still to be written go nowhere, also at the end of the program."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
