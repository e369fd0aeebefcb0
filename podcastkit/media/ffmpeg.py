"""ffmpeg: which one, and how it is run."""

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

from podcastkit.media.cancellation import ended_with_lease
from podcastkit.media.ffmpeg_errors import VARIABLE, FfmpegMissing, failure_of
from podcastkit.media.files import stamp_of
from podcastkit.media.formats import delivery_of, format_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from podcastkit.model import Audio, Extent, Stamp

_ERROR = re.compile(r"(?:\[[^]]+ @ \w+\] )*\[(?:error|fatal)\] ")
_PROGRESS = re.compile(rb"out_time_us=(\d{1,15})\s")
_VERSION = re.compile(r"ffmpeg version (\S+)")
_LONGEST_LINE = 4096
_OWN_GROUP = 0
"""Windows has no sessions, and would open a window where the command runs without one."""
if sys.platform == "win32":
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
_LAST_ERRORS = 20


def find_ffmpeg() -> str:
    """Return the ffmpeg to use: the one that `PODCASTKIT_FFMPEG` names, the bundled one, or the system's.

    Raises `MediaError` when there is none.
    """
    if wanted := os.environ.get(VARIABLE):
        if found := _find_program(wanted):
            return found
        raise FfmpegMissing(
            f"{VARIABLE} names {wanted}, which is not a program that can be run",
            f"set {VARIABLE} to the path of an ffmpeg, or unset it to use the bundled one",
        )
    try:
        found = _find_program(str(imageio_ffmpeg.get_ffmpeg_exe()))
    except RuntimeError:
        found = None
    if found is None:
        raise FfmpegMissing(
            "there is no ffmpeg on this computer", f"install ffmpeg, or set {VARIABLE} to the path of one"
        )
    return found


def _find_program(named: str) -> str | None:
    """Return the path of a program. Windows also looks in the current folder, where a show may bring its own."""
    if os.path.dirname(named):  # noqa: PTH120 - `./ffmpeg` has a folder, which Path takes away
        return shutil.which(named)
    name = named if sys.platform != "win32" or named.lower().endswith(".exe") else f"{named}.exe"
    paths = (os.path.join(folder, name) for folder in os.get_exec_path() if os.path.isabs(folder))  # noqa: PTH117, PTH118 - strings from PATH
    return next(filter(None, map(shutil.which, paths)), None)


def input_of(audio: Audio) -> tuple[str, ...]:
    """Return the arguments by which ffmpeg reads the file as what it is, and as nothing else."""
    extent = audio.extent
    if extent and extent.raw:
        form = ("-f", extent.raw, "-ar", str(audio.sample_rate), "-ac", str(audio.channels))
        return (*form, "-i", _locate(audio.path, extent))
    return named_input(audio.format, audio.path, extent)


def named_input(form: str, path: Path, extent: Extent | None = None) -> tuple[str, ...]:
    """Return the arguments by which ffmpeg reads a file, or a part of it, as one of this format.

    The demuxer is named so that a file that poses as a playlist cannot make ffmpeg open others.
    """
    return ("-f", format_named(form).container, "-i", _locate(path, extent))


def _locate(path: Path, extent: Extent | None) -> str:
    return f"subfile,,start,{extent.start},end,{extent.end},,:file:{path}" if extent else f"file:{path}"


def run_ffmpeg(arguments: Sequence[str]) -> str:
    """Run ffmpeg to its end and return what it wrote to its standard error; it dies with whoever waits for it.

    Raises `FfmpegFailed` when it fails, and `MediaError` when it cannot be run.
    """
    with _started(arguments, stdout=subprocess.DEVNULL) as process:
        log = process.communicate()[1].decode("utf-8", "replace")
    if process.returncode:
        raise failure_of(find_ffmpeg(), log.splitlines(), process.returncode)
    return log


@contextmanager
def stream_ffmpeg(arguments: Sequence[str], told: Callable[[str], object]) -> Iterator[IO[bytes]]:
    """Run ffmpeg beside the block, which reads to its end what ffmpeg writes to its standard output.

    `told` gets each line of its log, levels named, from another thread, and all of them before the block is left;
    of a very long line its beginning. ffmpeg dies when the block raises. Raises what `run_ffmpeg` raises, and what
    `told` raised.
    """
    loud = ["-nostats", "-loglevel", "repeat+level+info", *arguments]
    with _started(loud, stdout=subprocess.PIPE) as process:
        # Whoever read one of the two to its end before the other would wait for ever once that one is full.
        listener = _Listener(_pipe(process.stderr), told)
        listener.start()
        try:
            yield _pipe(process.stdout)
        except BaseException:
            process.kill()
            listener.join()  # or its pipe would be closed while it reads
            raise
        listener.join()
        code = process.wait()
    if listener.failure:
        raise listener.failure
    if code:
        raise failure_of(find_ffmpeg(), listener.errors, code)


def follow_ffmpeg(
    arguments: Sequence[str], told: Callable[[timedelta], None], heard: Callable[[str], object] = lambda _: None
) -> None:
    """Run ffmpeg to its end, while `told` gets how much sound it has put out, about twice a second.

    `heard` gets each line of its log, as in `stream_ffmpeg`. Whatever `told` raises stops it and comes out. Raises
    what `run_ffmpeg` raises.
    """
    with stream_ffmpeg(["-progress", "pipe:1", *arguments], heard) as lines:
        for line in lines:
            if found := _PROGRESS.match(line):
                told(timedelta(microseconds=int(found[1])))


def encoder_name(form: str = "mp3") -> str:
    """Name the present encoder of `mp3` or `m4a`, and whose version it is: `FFmpeg n9.0.2 (libmp3lame)`.

    Raises `MediaError` when there is no ffmpeg, or when it does not run.
    """
    program = find_ffmpeg()
    return f"FFmpeg {_version_of(program, stamp_of(Path(program)))} ({delivery_of(form).encoder})"


@cache
def _version_of(program: str, _stamp: Stamp) -> str:
    with _started(["-version"], stdout=subprocess.PIPE) as process:
        words = process.communicate()[0].decode("utf-8", "replace")
    found = _VERSION.match(words)
    if not found:
        raise FfmpegMissing(
            f"{program} does not tell its version", f"set {VARIABLE} to the path of an ffmpeg that works"
        )
    return found[1]


@contextmanager
def _started(arguments: Sequence[str], *, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    program = find_ffmpeg()
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and every file is named with `file:` before it
            [program, "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            # Ctrl-C is for us, since half of a file would look like one that is cut short.
            start_new_session=True,
            creationflags=_OWN_GROUP,
        )
    except OSError as error:
        cure = f"set {VARIABLE} to the path of an ffmpeg that works"
        raise FfmpegMissing(f"{program} cannot be run: {error.strerror}", cure) from error
    with process:
        try:
            with ended_with_lease(process.kill):
                yield process
        except BaseException:
            process.kill()
            process.wait()
            raise


class _Listener(threading.Thread):
    """Reads a log to its end, whatever happens to whoever is told of it."""

    def __init__(self, log: IO[bytes], told: Callable[[str], object]) -> None:
        super().__init__(name="ffmpeg's log", daemon=True)
        self.errors: deque[str] = deque(maxlen=_LAST_ERRORS)
        self.failure: BaseException | None = None
        self._log = log
        self._told = told

    def run(self) -> None:
        """Tell each line, until there are no more or one cannot be told."""
        is_beginning = True
        # A line may be as long as a hostile file wants it to be, and say behind its beginning what ffmpeg says.
        for piece in iter(partial(self._log.readline, _LONGEST_LINE), b""):
            if is_beginning and self.failure is None:
                self._tell(piece.decode("utf-8", "replace"))
            is_beginning = piece.endswith(b"\n")

    def _tell(self, line: str) -> None:
        if _ERROR.match(line):
            self.errors.append(line)
        try:
            self._told(line)
        except BaseException as error:  # noqa: BLE001 - it comes out where the log was asked for
            self.failure = error


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process has no pipe")
    return stream
