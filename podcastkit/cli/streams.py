"""Handle closed, full or broken standard streams: a command ends with a message, not a traceback."""

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
        """Why writing failed, or None if the reading program stopped on purpose, such as head."""
        if self.errno in {errno.EPIPE, errno.EINVAL}:  # Windows reports a broken pipe as EINVAL
            return None
        return "stdout is closed" if self.errno == errno.EBADF else self.strerror


def prepare_streams() -> None:
    """Open closed standard streams, and detect failed writes.

    Otherwise, another file could get the number of a closed stream. A failed write to stdout raises OutputError. A
    failed write to stderr is ignored.
    """
    for number in (_STDIN, _STDOUT, _STDERR):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number; writing to it fails
    if sys.stdin is None:
        sys.stdin = open(_STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
    sys.stdout = _wrap_stream(sys.stdout, _STDOUT)
    sys.stderr = _wrap_stream(sys.stderr, _STDERR)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _wrap_stream(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream that detects failed writes, or the same stream if it is a terminal or not a text file."""
    # Streams of tests and of embedding programs are not text files.
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

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer, as in FileIO.write
        try:
            return super().write(data)
        except OSError as error:
            self._discard_further_output()
            if self.fileno() == _STDOUT:
                raise OutputError(error.errno, error.strerror) from error
            return len(data)

    def _discard_further_output(self) -> None:
        """Discard all further output. Otherwise, Python flushes its buffers on exit and reports the error again."""
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, self.fileno())
        os.close(null_device)
