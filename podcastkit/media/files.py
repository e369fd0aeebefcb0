"""Open, check and hash the producer's files safely."""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from podcastkit.cache import WORK_PREFIX
from podcastkit.diagnostics import MediaError
from podcastkit.disk import NotRegularError, open_regular
from podcastkit.model import SourceFile, Stamp
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 1 << 20
_LARGEST_TEXT = 16 * 2**20
"""Bytes. People do not write larger text files by hand."""


def hash_file(path: Path, report: Callable[[int], None] = lambda _: None) -> SourceFile:
    """Read the file once and return its digests and its stamp. Calls `report` with the size of each block.

    Raises `MediaError` if the file cannot be read or changes during the reading, and the exceptions of `report`.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    # Equal stamps before and after the reading prove that the file has not changed meanwhile.
    with open_file(path) as file:
        before = _make_stamp(os.fstat(file.fileno()))
        while block := file.read(_BLOCK):
            sha256.update(block)
            md5.update(block)
            report(len(block))
        after = _make_stamp(os.fstat(file.fileno()))
    if before != after:
        raise make_changed_error(path)
    return SourceFile(path=path, size=after.size, sha256=sha256.hexdigest(), md5=md5.hexdigest(), stamp=after)


def read_stamp(path: Path) -> Stamp:
    """Return the stamp of a file without reading its content. Raises `MediaError` if the file does not exist."""
    with _explain_errors(path):
        return _make_stamp(path.stat())


def is_unchanged(file: SourceFile) -> bool:
    """Check whether a file still has the size and modification time that it had when it was read.

    The rest of the stamp is ignored: the device number depends on the machine, and sync programs change the other
    fields.
    """
    try:
        now = read_stamp(file.path)
    except MediaError:
        return False
    return (now.size, now.mtime_ns) == (file.stamp.size, file.stamp.mtime_ns)


def has_same_bytes(path: Path, other: Path) -> bool:
    """Check whether the other file exists and has the same bytes."""
    try:
        return other.is_file() and filecmp.cmp(path, other, shallow=False)
    except OSError:  # an unreadable file is replaced
        return False


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading. Raises `MediaError` for other paths, and if reading fails in the block."""
    with _explain_errors(path):
        try:
            file = open_regular(path)
        except NotRegularError as error:
            raise MediaError(
                f"{format_file_name(path)} is not a file",
                "write the path of a file; if a folder or link has this name, replace it with the file",
            ) from error
        with file:
            yield file


def read_text_file(path: Path) -> bytes:
    """Return the bytes of a text file. Raises `MediaError` if it is larger than 16 MB or not a regular file."""
    with open_file(path) as file:
        data = file.read(_LARGEST_TEXT + 1)
    if len(data) > _LARGEST_TEXT:
        raise MediaError(f"{format_file_name(path)} is larger than 16 MB", "check that it is the right file")
    return data


@contextmanager
def make_work_folder(folder: Path, what: str) -> Iterator[Path]:
    """Create a temporary folder in `folder`, from which finished files can be renamed to their final place.

    The folder is removed after the block. An OSError in the block becomes a `MediaError`. Its message says that
    `what`, such as a file name, cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # On Windows, a virus scanner may keep a file open. Leftovers are removed a day later.
        with tempfile.TemporaryDirectory(dir=folder, prefix=WORK_PREFIX, ignore_cleanup_errors=True) as work_folder:
            yield Path(work_folder)
    except OSError as error:
        raise MediaError(
            f"{what} cannot be written: {error.strerror or error}",
            f"make sure that {folder} is writable and the disk is not full",
        ) from error


def make_changed_error(path: Path) -> MediaError:
    """Return the error for a file that changed while it was being read."""
    return MediaError(
        f"{format_file_name(path)} changed while it was being read",
        "wait until the program that writes it (an export, a download) has finished, then try again",
    )


@contextmanager
def _explain_errors(path: Path) -> Iterator[None]:
    """Convert each OSError in the block to a `MediaError` about the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise MediaError(f"{format_file_name(path)} does not exist", "check its name and folder") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise MediaError(
                f"{format_file_name(path)} is a link that points to itself", "replace it with the file itself"
            ) from error
        raise MediaError(
            f"{format_file_name(path)} cannot be read: {error.strerror or error}",
            "check that you have the permission to read it",
        ) from error


def _make_stamp(state: os.stat_result) -> Stamp:
    return Stamp(
        device=state.st_dev,
        inode=state.st_ino,
        size=state.st_size,
        mtime_ns=state.st_mtime_ns,
        ctime_ns=state.st_ctime_ns,
    )
