"""File operations that survive a power cut, and wait for files that another program has open."""

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

_ACCESS_ERRORS = {5, 32, 33}
"""The error codes of Windows for access denied (also for an open file), sharing violation and lock violation."""


class NotRegularError(OSError):
    """A path is a pipe, a device or a folder, not a regular file."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; raise NotRegularError for a pipe, a device or a folder.

    O_NONBLOCK avoids waiting forever for the writer of a pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "not a file", str(path))
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor has no Path


def sync_file(file: IO[bytes]) -> None:
    """Wait until the content of the file is on the disk."""
    file.flush()
    if sys.platform == "darwin":
        # On macOS, fsync leaves data in the memory of the drive (man 2 fsync). Network disks only support fsync.
        import fcntl  # noqa: PLC0415 - Windows has no such module

        try:
            fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
        except OSError:
            os.fsync(file.fileno())
    else:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the entries of a folder are on the disk, if the system supports it."""
    if os.name == "nt":  # Windows cannot open folders
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # another program deleted it
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot flush a folder; ignore it.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def replace_file(source: Path, target: Path) -> None:
    """Rename a file and replace the target. On Windows, retry for some seconds if one of them is open."""
    _retry_while_held(lambda: os.replace(source, target))  # noqa: PTH105 - tests replace it, to fail as on Windows


def remove_file(path: Path) -> None:
    """Remove a file if it exists. On Windows, retry for some seconds if another program has it open."""
    _retry_while_held(lambda: path.unlink(missing_ok=True))


def is_same_place(first: Path, second: Path) -> bool:
    """Return whether two real paths name the same file or folder.

    Most disks of macOS and Windows ignore case and Unicode composition in names.
    """
    if first == second:
        return True
    with suppress(OSError):
        return _fold(first) == _fold(second) and os.path.samefile(first, second)  # noqa: PTH121 - tests replace it
    return False


def is_within(path: Path, folder: Path) -> bool:
    """Return whether a path is the folder or inside the folder. Both are real paths; see `is_same_place`."""
    depth = len(folder.parts)
    return len(path.parts) >= depth and is_same_place(Path(*path.parts[:depth]), folder)


def is_held(error: OSError) -> bool:
    """Return whether Windows refused access because another program has the file open, or permission is missing."""
    return getattr(error, "winerror", None) in _ACCESS_ERRORS


def _fold(path: Path) -> str:
    """Return a path for a comparison that ignores case and Unicode composition."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _retry_while_held(step: Callable[[], object]) -> None:
    """Run a step, and repeat it for some seconds while another program has the file open."""
    try:
        step()
    except OSError as error:
        if not is_held(error):
            raise
        from podcastkit.retry import retry_while  # noqa: PLC0415 - tenacity is slow to import, and rarely needed
        from podcastkit.wait_times import Waiting  # noqa: PLC0415

        waiting = Waiting.from_environment()
        retry_while(lambda failure: isinstance(failure, OSError) and is_held(failure), step, waiting)
