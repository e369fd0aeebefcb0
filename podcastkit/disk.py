"""Write files that survive a power cut, and replace files that another program holds open."""

from __future__ import annotations

import errno
import os
import stat
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

_HELD = {5, 32, 33}
"""Windows' codes for access denied (also for a file that is open), sharing violation and lock violation."""


class NotRegularError(OSError):
    """A pipe, a device or a folder is in the place of a file."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; raise NotRegularError for a pipe, a device or a folder.

    Opening a pipe would wait forever for its writer, were it not for O_NONBLOCK.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "not a file", str(path))
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor has no Path


def sync_file(file: IO[bytes]) -> None:
    """Wait until what was written to the file is on the disk."""
    file.flush()
    if sys.platform == "darwin":
        # macOS leaves the bytes of fsync in the drive's own memory (man 2 fsync). Network disks know only fsync.
        import fcntl  # noqa: PLC0415 - Windows has no such module

        try:
            fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
        except OSError:
            os.fsync(file.fileno())
    else:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where that is possible."""
    if os.name == "nt":  # Windows opens no folders
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # somebody deleted it meanwhile
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot flush a folder; then there is nothing to do.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def replace_file(source: Path, target: Path) -> None:
    """Rename a file, replacing the target; on Windows, wait some seconds while another program has one open."""
    _retry_held(lambda: os.replace(source, target))  # noqa: PTH105 - tests let it fail as Windows does


def remove_file(path: Path) -> None:
    """Remove a file, if it is there; on Windows, wait some seconds while another program holds it open."""
    _retry_held(lambda: path.unlink(missing_ok=True))


def is_same_place(first: Path, second: Path) -> bool:
    """Return whether two real paths name the same file or folder.

    Most disks of Macs and Windows take names in upper and lower case, composed or not, for the same.
    """
    if first == second:
        return True
    with suppress(OSError):
        return _fold(first) == _fold(second) and os.path.samefile(first, second)  # noqa: PTH121 - tests replace it
    return False


def is_within(path: Path, folder: Path) -> bool:
    """Return whether a real path leads to a folder or into it; see `is_same_place`."""
    depth = len(folder.parts)
    return len(path.parts) >= depth and is_same_place(Path(*path.parts[:depth]), folder)


def is_held(error: OSError) -> bool:
    """Return whether Windows refused because another program has the file open (or permission is missing)."""
    return getattr(error, "winerror", None) in _HELD


def _fold(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _retry_held(step: Callable[[], object]) -> None:
    try:
        step()
    except OSError as error:
        if not is_held(error):
            raise
        from podcastkit.retry import retry_while  # noqa: PLC0415 - tenacity is slow to import, and rarely needed
        from podcastkit.wait_times import Waiting  # noqa: PLC0415

        waiting = Waiting.from_environment()
        retry_while(lambda failure: isinstance(failure, OSError) and is_held(failure), step, waiting)
