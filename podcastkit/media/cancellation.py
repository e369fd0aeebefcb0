"""Cancel work in other threads, processes and machines with a lease: a file that exists while the work is wanted.

The lease is a file because the workers of a caller's executor or of a cluster share only the disk with us.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from podcastkit.cache import WORK_PREFIX, make_cache_folder
from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.disk import remove_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_INTERVAL = 0.1
"""Seconds between two checks of the file."""
_LEFTOVER_AGE = 24 * 60 * 60
"""Seconds after which a work file that no one has written to is removed."""
_CURRENT_LEASE: ContextVar[Lease | None] = ContextVar("lease", default=None)


@dataclass(frozen=True, slots=True)
class Lease:
    """A permission to work. It is valid while its file exists. Picklable."""

    path: Path

    def work(self, function: Callable[[_Item], _Result], item: _Item) -> _Result:
        """Call the function in this thread. When the lease ends, ffmpeg processes of the function are stopped."""
        self._renew()
        token = _CURRENT_LEASE.set(self)
        try:
            return function(item)
        finally:
            _CURRENT_LEASE.reset(token)

    def end(self) -> None:
        """Stop all work under this lease within a fraction of a second."""
        remove_file(self.path)

    def is_over(self) -> bool:
        """Check whether the lease has ended, so that the work is no longer needed."""
        return not os.path.exists(self.path)  # noqa: PTH110 - Path.exists raises for a file that Windows is deleting

    def _renew(self) -> None:
        """Update the time of the file, so that it does not count as a leftover."""
        try:
            os.utime(self.path)
        except OSError as error:
            raise MediaError(
                f"the worker that processes the audio cannot access the folder {self.path.parent}",
                "on a cluster, set PODCASTKIT_CACHE to a folder that all machines share",
            ) from error


@contextmanager
def create_lease(folder: Path) -> Iterator[Lease]:
    """Create a lease for the duration of the block, and remove old work files from the folder.

    All workers must be able to access the folder. If it is not writable, the lease is in this machine's folder for
    temporary files.
    """
    lease = _create_lease_file(folder)
    try:
        _remove_leftovers(folder, lease)
        yield lease
    finally:
        lease.end()


@contextmanager
def call_when_lease_ends(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` if the lease of this thread ends during the block. Without a lease, do nothing.

    Raises `Cancelled` if the lease has already ended.
    """
    lease = _CURRENT_LEASE.get()
    if lease is None:
        yield
        return
    if lease.is_over():
        raise Cancelled("the work was stopped")
    # Another thread watches the lease, because this thread waits for ffmpeg.
    has_block_ended = threading.Event()
    watcher = threading.Thread(target=_watch_lease, args=(lease, has_block_ended, end), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        has_block_ended.set()
        watcher.join()


def _create_lease_file(folder: Path) -> Lease:
    try:
        make_cache_folder(folder)
        handle, name = tempfile.mkstemp(dir=folder, prefix=WORK_PREFIX)
    except OSError:
        handle, name = _create_in_temporary_folder(folder)
    os.close(handle)
    return Lease(Path(name))


def _create_in_temporary_folder(folder: Path) -> tuple[int, str]:
    """Create the file in the folder for temporary files. If that fails, the error also names `folder`."""
    try:
        return tempfile.mkstemp(prefix=WORK_PREFIX)
    except OSError as error:
        raise MediaError(
            f"neither {folder} nor the folder for temporary files is writable: {error.strerror}",
            "free some disk space, or set PODCASTKIT_CACHE to a writable folder",
        ) from error


def _remove_leftovers(folder: Path, lease: Lease) -> None:
    """Remove work files without changes for a day. The new lease file has the time of the disk's clock."""
    with suppress(OSError):  # we may lack the permission to read the folder
        oldest_kept = lease.path.stat().st_mtime - _LEFTOVER_AGE
        for path in folder.glob(f"{WORK_PREFIX}*"):
            _remove_if_older(path, oldest_kept)


def _remove_if_older(path: Path, oldest_kept: float) -> None:
    """Remove a file or folder if its latest change was before this time."""
    with suppress(OSError):  # another process may remove the same files
        if max(entry.lstat().st_mtime for entry in (path, *path.rglob("*"))) < oldest_kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _watch_lease(lease: Lease, has_block_ended: threading.Event, end: Callable[[], object]) -> None:
    """Wait until the block or the lease has ended. If the lease has ended first, call `end`."""
    while not has_block_ended.wait(_INTERVAL):
        if lease.is_over():
            end()
            return
