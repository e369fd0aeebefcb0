"""The producer's files: opened without harm, stamped and hashed."""

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
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 1 << 20
_LARGEST_TEXT = 16 * 2**20
"""Bytes; what is larger was not written by people, whatever its name."""


def hash_file(path: Path, told: Callable[[int], None] = lambda _: None) -> SourceFile:
    """Read the file once and return its digests and its state; `told` gets the bytes of each part that was read.

    Raises `MediaError` when it cannot be read, or when it changed meanwhile, and what `told` raises.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with open_file(path) as file:
        before = _stamp(os.fstat(file.fileno()))
        while block := file.read(_BLOCK):
            sha256.update(block)
            md5.update(block)
            told(len(block))
        after = _stamp(os.fstat(file.fileno()))
    if before != after:
        raise changed_meanwhile(path)
    return SourceFile(path=path, size=after.size, sha256=sha256.hexdigest(), md5=md5.hexdigest(), stamp=after)


def stamp_of(path: Path) -> Stamp:
    """Return the file's present state without reading it; raises `MediaError` when there is no such file."""
    with _told(path):
        return _stamp(path.stat())


def is_unchanged(file: SourceFile) -> bool:
    """Tell whether a file is there as it was read, by its size and the moment at which it was last written.

    Other machines see the same file under another device, and programs that synchronise it touch all else.
    """
    try:
        now = stamp_of(file.path)
    except MediaError:
        return False
    return (now.size, now.mtime_ns) == (file.stamp.size, file.stamp.mtime_ns)


def has_same_bytes(path: Path, other: Path) -> bool:
    """Return whether the other file exists and has the same bytes."""
    try:
        return other.is_file() and filecmp.cmp(path, other, shallow=False)
    except OSError:  # what cannot be read is replaced
        return False


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; raises `MediaError` for anything else, and when reading fails inside."""
    with _told(path):
        try:
            file = open_regular(path)
        except NotRegularError as error:
            raise MediaError(f"{display_name(path)} is not a file", "put the file itself in its place") from error
        with file:
            yield file


def read_text_file(path: Path) -> bytes:
    """Return the bytes of a file that is small by its nature; raises `MediaError` for anything else."""
    with open_file(path) as file:
        data = file.read(_LARGEST_TEXT + 1)
    if len(data) > _LARGEST_TEXT:
        raise MediaError(f"{display_name(path)} is larger than 16 MB", "put the right file in its place")
    return data


@contextmanager
def workplace(folder: Path, what: str) -> Iterator[Path]:
    """Make a folder within another, from where files can be renamed into their place, and remove it at the end.

    Raises `MediaError` when writing fails inside, which says that `what` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A virus scanner may hold a file open on Windows; what is left is removed a day later.
        with tempfile.TemporaryDirectory(dir=folder, prefix=WORK_PREFIX, ignore_cleanup_errors=True) as inside:
            yield Path(inside)
    except OSError as error:
        raise MediaError(
            f"{what} cannot be written: {error.strerror or error}",
            f"make sure that {folder} can be written to and is not full",
        ) from error


def changed_meanwhile(path: Path) -> MediaError:
    """Return the error that tells of a file that somebody writes to."""
    return MediaError(
        f"{display_name(path)} changed while it was being read",
        "wait until the program that writes it (an export, a download) is done, then try again",
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MediaError(f"{display_name(path)} is not there", "check its name and its folder") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise MediaError(
                f"{display_name(path)} is a link that leads to itself", "put the file itself in its place"
            ) from error
        raise MediaError(
            f"{display_name(path)} cannot be read: {error.strerror or error}", "check that you may read it"
        ) from error


def _stamp(state: os.stat_result) -> Stamp:
    return Stamp(
        device=state.st_dev,
        inode=state.st_ino,
        size=state.st_size,
        mtime_ns=state.st_mtime_ns,
        ctime_ns=state.st_ctime_ns,
    )
