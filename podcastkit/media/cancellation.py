"""A lease on work: what runs under it ends once its file is gone, in whichever thread, process or machine.

Threads of our own could be told otherwise; the processes of a caller's executor, and a cluster's, only see files.
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
"""Seconds between two looks at the file."""
_DAY = 24 * 60 * 60
_CURRENT: ContextVar[Lease | None] = ContextVar("lease", default=None)


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to work for as long as its file exists. Picklable."""

    path: Path

    def work(self, function: Callable[[_Item], _Result], item: _Item) -> _Result:
        """Call the function here, wherever that is; every ffmpeg that this thread then runs ends with the lease."""
        self._renew()
        token = _CURRENT.set(self)
        try:
            return function(item)
        finally:
            _CURRENT.reset(token)

    def end(self) -> None:
        """Let all that is done under it end, within moments."""
        remove_file(self.path)

    def is_over(self) -> bool:
        """Tell whether nobody waits for the work any more."""
        return not os.path.exists(self.path)  # noqa: PTH110 - Path.exists raises for a file that Windows is deleting

    def _renew(self) -> None:
        try:
            os.utime(self.path)
        except OSError as error:
            raise MediaError(
                f"{self.path.parent}, where the audio is made, cannot be reached from where the work is done",
                "on a cluster, let PODCASTKIT_CACHE name a folder that all its machines share",
            ) from error


@contextmanager
def leased(folder: Path) -> Iterator[Lease]:
    """Make a lease for the time of the block in a folder that all who work see, and clear away what was left there.

    Where the folder cannot be written to, only this machine sees the lease.
    """
    lease = _written(folder)
    try:
        _remove_leftovers(folder, lease)
        yield lease
    finally:
        lease.end()


@contextmanager
def ended_with_lease(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` when the lease under which this thread works ends before the block does; without one, do nothing.

    Raises `Cancelled` when it has ended already.
    """
    lease = _CURRENT.get()
    if lease is None:
        yield
        return
    if lease.is_over():
        raise Cancelled("the work was stopped")
    left = threading.Event()
    watcher = threading.Thread(target=_watch, args=(lease, left, end), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()


def _written(folder: Path) -> Lease:
    try:
        make_cache_folder(folder)
        handle, name = tempfile.mkstemp(dir=folder, prefix=WORK_PREFIX)
    except OSError:
        handle, name = _create_elsewhere(folder)
    os.close(handle)
    return Lease(Path(name))


def _create_elsewhere(folder: Path) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(prefix=WORK_PREFIX)
    except OSError as error:
        raise MediaError(
            f"neither {folder} nor a folder for temporary files can be written to: {error.strerror}",
            "make room on the disk, or let PODCASTKIT_CACHE name a folder that can be written to",
        ) from error


def _remove_leftovers(folder: Path, lease: Lease) -> None:
    """Remove what nobody has written to for a day, by the clock of the disk, which the lease has just told."""
    with suppress(OSError):  # it may not be ours to look into
        latest = lease.path.stat().st_mtime - _DAY
        for path in folder.glob(f"{WORK_PREFIX}*"):
            _remove_old(path, latest)


def _remove_old(path: Path, latest: float) -> None:
    with suppress(OSError):  # others may be clearing away, too
        if max(one.lstat().st_mtime for one in (path, *path.rglob("*"))) < latest:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _watch(lease: Lease, left: threading.Event, end: Callable[[], object]) -> None:
    while not left.wait(_INTERVAL):
        if lease.is_over():
            end()
            return
