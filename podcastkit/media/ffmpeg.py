"""Find ffmpeg and run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import imageio_ffmpeg

from podcastkit.media.cancellation import call_when_lease_ends
from podcastkit.media.ffmpeg_errors import VARIABLE, FfmpegMissing, explain_failure
from podcastkit.media.files import read_stamp
from podcastkit.media.formats import get_delivery, get_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from podcastkit.model import Audio, Extent, Stamp

_ERROR = re.compile(r"(?:\[[^]]+ @ \w+\] )*\[(?:error|fatal)\] ")
_PROGRESS = re.compile(rb"out_time_us=(\d{1,15})\s")
_VERSION = re.compile(r"ffmpeg version (\S+)")
_LONGEST_LINE = 4096
"""Bytes of a log line to read. The rest of the line is ignored."""
_CREATION_FLAGS = 0
"""On Windows, which has no sessions, keep Ctrl-C from ffmpeg. Also open no console window for ffmpeg."""
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
_LAST_ERRORS = 20
"""How many error lines of the log to keep."""


def find_ffmpeg() -> str:
    """Return the path of ffmpeg: from `PODCASTKIT_FFMPEG` if set, else the bundled one, else the system's.

    Raises `MediaError` if ffmpeg is not found.
    """
    if name := os.environ.get(VARIABLE):
        if found := _find_executable(name):
            return found
        raise FfmpegMissing(
            f"{VARIABLE} is set to {name}, which is not an executable program",
            f"set {VARIABLE} to the path of ffmpeg, or unset it to use the bundled one",
        )
    try:
        found = _find_executable(str(imageio_ffmpeg.get_ffmpeg_exe()))
    except RuntimeError:
        found = None
    if found is None:
        raise FfmpegMissing(
            "ffmpeg was not found on this computer", f"install ffmpeg, or set {VARIABLE} to its path"
        )
    return found


def _find_executable(name_or_path: str) -> str | None:
    """Return the path of a program. The current folder is not searched: a show may contain a malicious `ffmpeg`."""
    if os.path.dirname(name_or_path):  # noqa: PTH120 - Path would drop the folder of `./ffmpeg`
        return shutil.which(name_or_path)
    needs_suffix = sys.platform == "win32" and not name_or_path.lower().endswith(".exe")
    name = f"{name_or_path}.exe" if needs_suffix else name_or_path
    paths = (os.path.join(folder, name) for folder in os.get_exec_path() if os.path.isabs(folder))  # noqa: PTH117, PTH118 - strings from PATH
    return next(filter(None, map(shutil.which, paths)), None)


def build_input(audio: Audio) -> tuple[str, ...]:
    """Return the arguments with which ffmpeg reads a probed file in exactly the format that was found."""
    extent = audio.extent
    if extent and extent.raw:
        raw_format = ("-f", extent.raw, "-ar", str(audio.sample_rate), "-ac", str(audio.channels))
        return (*raw_format, "-i", _build_input_url(audio.path, extent))
    return build_format_input(audio.format, audio.path, extent)


def build_format_input(format_name: str, path: Path, extent: Extent | None = None) -> tuple[str, ...]:
    """Return the arguments with which ffmpeg reads a file, or a part of it, in this format.

    The arguments set the demuxer. Otherwise a malicious file could contain a playlist and make ffmpeg open other
    files.
    """
    return ("-f", get_format(format_name).container, "-i", _build_input_url(path, extent))


def _build_input_url(path: Path, extent: Extent | None) -> str:
    """Return ffmpeg's URL of a file, or of a part of it."""
    return f"subfile,,start,{extent.start},end,{extent.end},,:file:{path}" if extent else f"file:{path}"


def run_ffmpeg(arguments: Sequence[str]) -> str:
    """Run ffmpeg and return its standard error. If the caller is interrupted, ffmpeg is killed.

    Raises `FfmpegFailed` if ffmpeg fails, and `MediaError` if it cannot be run.
    """
    with _start_ffmpeg(arguments, stdout=subprocess.DEVNULL) as process:
        log = process.communicate()[1].decode("utf-8", "replace")
    if process.returncode:
        raise explain_failure(find_ffmpeg(), log.splitlines(), process.returncode)
    return log


@contextmanager
def stream_ffmpeg(arguments: Sequence[str], read_line: Callable[[str], object]) -> Iterator[IO[bytes]]:
    """Run ffmpeg during the block, which must read ffmpeg's standard output to its end.

    Another thread calls `read_line` with each line of the log, including its level. Very long lines are cut. All
    calls are complete when the block ends. If the block raises, ffmpeg is killed. Raises the same errors as
    `run_ffmpeg`, and the exceptions of `read_line`.
    """
    logged_arguments = ["-nostats", "-loglevel", "repeat+level+info", *arguments]
    with _start_ffmpeg(logged_arguments, stdout=subprocess.PIPE) as process:
        # Both pipes are read at the same time: ffmpeg blocks as soon as one of them is full.
        reader = _LogReader(_require_pipe(process.stderr), read_line)
        reader.start()
        try:
            yield _require_pipe(process.stdout)
        except BaseException:
            process.kill()
            reader.join()  # before the pipe of the log is closed
            raise
        reader.join()
        code = process.wait()
    if reader.failure:
        raise reader.failure
    if code:
        raise explain_failure(find_ffmpeg(), reader.errors, code)


def follow_ffmpeg(
    arguments: Sequence[str],
    report: Callable[[timedelta], None],
    read_line: Callable[[str], object] = lambda _: None,
) -> None:
    """Run ffmpeg and call `report` about twice a second with the duration of the output so far.

    Calls `read_line` with each line of the log, as in `stream_ffmpeg`. An exception of `report` stops ffmpeg and is
    raised. Raises the same errors as `run_ffmpeg`.
    """
    with stream_ffmpeg(["-progress", "pipe:1", *arguments], read_line) as lines:
        for line in lines:
            if found := _PROGRESS.match(line):
                report(timedelta(microseconds=int(found[1])))


def read_encoder_name(format_name: str = "mp3") -> str:
    """Return the name and version of the encoder for `mp3` or `m4a`, such as `FFmpeg n9.0.2 (libmp3lame)`.

    Raises `MediaError` if ffmpeg is missing or does not run.
    """
    program = find_ffmpeg()
    return f"FFmpeg {_read_version(program, read_stamp(Path(program)))} ({get_delivery(format_name).encoder})"


@cache
def _read_version(program: str, _stamp: Stamp) -> str:
    """Return the version of ffmpeg. The stamp is in the cache key, because another version may replace the file."""
    with _start_ffmpeg(["-version"], stdout=subprocess.PIPE) as process:
        output = process.communicate()[0].decode("utf-8", "replace")
    found = _VERSION.match(output)
    if not found:
        raise FfmpegMissing(
            f"{program} does not report its version", f"set {VARIABLE} to the path of a working ffmpeg"
        )
    return found[1]


@contextmanager
def _start_ffmpeg(arguments: Sequence[str], *, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start ffmpeg. It is killed if the block raises or the lease of this thread ends."""
    program = find_ffmpeg()
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and every file name begins with `file:`
            [program, "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            # Ctrl-C must not reach ffmpeg: it would stop early, and the audio would look truncated.
            start_new_session=True,
            creationflags=_CREATION_FLAGS,
        )
    except OSError as error:
        hint = f"set {VARIABLE} to the path of a working ffmpeg"
        raise FfmpegMissing(f"{program} cannot be run: {error.strerror}", hint) from error
    with process:
        try:
            with call_when_lease_ends(process.kill):
                yield process
        except BaseException:
            process.kill()
            process.wait()
            raise


class _LogReader(threading.Thread):
    """A thread that reads ffmpeg's log to its end, even after the callback has failed."""

    def __init__(self, log: IO[bytes], read_line: Callable[[str], object]) -> None:
        super().__init__(name="ffmpeg's log", daemon=True)
        self.errors: deque[str] = deque(maxlen=_LAST_ERRORS)
        self.failure: BaseException | None = None
        self._log = log
        self._read_line = read_line

    def run(self) -> None:
        """Pass each line to the callback until the callback fails. Then only drain the pipe."""
        is_line_start = True
        # A malicious file can make a line very long, and imitate other messages of ffmpeg in the rest of the line.
        for piece in iter(partial(self._log.readline, _LONGEST_LINE), b""):
            if is_line_start and self.failure is None:
                self._handle_line(piece.decode("utf-8", "replace"))
            is_line_start = piece.endswith(b"\n")

    def _handle_line(self, line: str) -> None:
        if _ERROR.match(line):
            self.errors.append(line)
        try:
            self._read_line(line)
        except BaseException as error:  # noqa: BLE001 - `stream_ffmpeg` raises it
            self.failure = error


def _require_pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process has no pipe")
    return stream
