"""A folder as a storage. Each file is written atomically, even if the writer is killed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import secrets
import stat
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.disk import is_held, remove_file, replace_file, sync_file, sync_folder
from podcastkit.published_keys import is_hashed, is_history
from podcastkit.storage.base import (
    LARGEST_READ,
    Condition,
    Leftover,
    Storage,
    Stored,
    check_condition,
    check_key,
    check_prefix,
    check_readable,
    is_key,
    make_condition_error,
)
from podcastkit.storage.source import CHUNK_SIZE, SentCounter, Source
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LOCK_NAME = ".podcastkit.write-lock"
_PARTIAL_FORMAT = ".podcastkit-{mark}-{name}.part"
"""The name of a partial file: a file that is still being written."""
_PARTIAL_NAME = re.compile(r"\.podcastkit-[0-9a-f]{16}-(.*)\.part")
_LONGEST_NAME = 200
"""The name of a partial file contains this many characters of the final name. File systems allow 255 in total."""
_CREATE_ATTEMPTS = 20
"""The number of attempts to create a partial file, while other publishes remove its empty folder."""
_JUNCTION = 0xA0000003
"""The reparse tag of a junction on Windows, IO_REPARSE_TAG_MOUNT_POINT."""
_COARSEST_TIME = 2
"""The time resolution of FAT in seconds."""
_ABSENT = Condition(etag=None)
_ABANDONED_AFTER = 3600.0
"""The time in seconds without a new byte after which the writer of a partial file is considered killed."""

_KNOWN_FAILURES = {
    errno.ENOSPC: ("the disk is full", "free some space, then publish again"),
    errno.EDQUOT: ("your disk quota is used up", "free some space, then publish again"),
    errno.EFBIG: ("the file is too large for this disk", "publish to another disk"),
    errno.EROFS: ("the disk is read-only", "publish to a writable folder"),
    errno.EACCES: ("permission denied", "change the permissions of the folder, or publish to another one"),
    errno.EPERM: ("permission denied", "change the permissions of the folder, or publish to another one"),
    errno.ENOTDIR: ("a file has the name of this folder", "choose another folder"),
    errno.EEXIST: ("a file has the name of this folder", "choose another folder"),
    errno.ELOOP: ("this is a symbolic link", "remove the link, or publish to another folder"),
    errno.EISDIR: ("a folder has the name of this file", "move the folder away, or publish to another one"),
}
_FILE_IN_USE = (
    "another program has the file open, or permission was denied",
    "close that program (a player, an editor, a virus scanner), then publish again",
)
_TOO_LONG = ("the path is too long for this computer", "publish to a folder with a shorter path")
_LONGEST_WINDOWS_PATH = 260
_DEFAULT_HINT = "check the folder and its disk, then publish again"


class LocalStorage(Storage):
    """A folder as a storage. The first write creates the folder.

    Symbolic links inside the folder, and names that begin with a dot, do not belong to the storage. The ETag of
    most files is their MD5, because on exFAT, network disks and FUSE, inodes and times can change without the
    bytes. The ETag of a file with a content hash in its name is the size. Such a file is only read if this object
    wrote it and the state of the file has changed since; if its bytes have changed, the ETag is their MD5. The ETag
    of history files and very large files is their size and time.
    """

    def __init__(self, path: Path | str, *, waiting: Waiting | None = None) -> None:
        self.path = Path(path)
        self._waiting = waiting or Waiting.from_environment()
        self._cleaned: set[Path] = set()
        self._written: dict[str, tuple[tuple[int, ...], str]] = {}
        """The state and MD5 of the files that this object has written."""

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self.path)

    @property
    def public_url(self) -> str:
        """The URL under which `python -m http.server` serves a folder."""
        return "http://127.0.0.1:8000"

    @property
    def is_served(self) -> bool:
        """False: a folder needs a web server."""
        return False

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small file's bytes and ETag, or None if it does not exist."""
        if self.find(key) is None:
            return None
        with self._explain_failures():
            try:
                with (self.path / key).open("rb") as file:
                    status, body = os.fstat(file.fileno()), file.read(LARGEST_READ + 1)
            except FileNotFoundError:  # deleted in the meantime
                return None
        check_readable(self.path / key, len(body))
        return body, self._choose_etag(key, status, hashlib.md5(body, usedforsecurity=False).hexdigest())

    def find(self, key: str) -> Stored | None:
        """Return the file under the key, or None."""
        path = self.path / check_key(key)
        with self._explain_failures():
            return self._look_up(path, key) if self._is_inside(path.parent) else None

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every file whose key begins with `prefix`, in any order."""
        return self._walk(check_prefix(prefix))

    def write(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str,  # noqa: ARG002 - a file's name shows its type
        cache_control: str,  # noqa: ARG002 - a folder's server decides about caching
        md5: str | None = None,
        condition: Condition | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> Stored:
        """Store the bytes atomically, and return the stored file; see `Storage.write`."""
        path = self.path / check_key(key)
        with self._explain_failures(), Source(body) as source, SentCounter(sent) as counter:
            self._check_condition(key, condition)
            with self._create_partial(path) as partial_file:
                digest = _copy_to(source, partial_file, counter.add)
                if md5 not in {None, digest}:
                    raise source.make_changed_error()
                # An unconditional write is one rename; only a condition needs the lock.
                with self._lock() if condition else contextlib.nullcontext():
                    self._check_condition(key, condition)
                    status = _rename_partial(partial_file, path, exclusive=condition == _ABSENT)
            sync_folder(path.parent)
        self._written[key] = _get_state(status), digest
        return _make_stored(key, status, self._choose_etag(key, status, digest))

    def delete(self, key: str) -> None:
        """Remove the file, if it exists, and the folders that become empty."""
        if self.find(key) is None:
            return
        path = self.path / key
        with self._explain_failures(), self._lock():
            remove_file(path)
            sync_folder(_remove_empty_folders(path.parent, self.path))

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - a folder needs no test
        """Return True: every conditional write holds the folder's lock."""
        return True

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the partial files. If `begun` (the last write) is recent, a writer may still be using the file."""
        with self._explain_failures():
            if not self._is_inside(self.path):
                return
        for folder, _, names in os.walk(self.path):
            for name in names:
                with self._explain_failures():
                    leftover = _describe_leftover(self.path, Path(folder, name))
                if leftover:
                    yield leftover

    def discard(self, leftover: Leftover) -> None:
        """Remove a partial file, if it still exists, and the folders that become empty."""
        path = self.path / leftover.handle
        if not _PARTIAL_NAME.fullmatch(path.name) or not self._is_inside(path.parent):
            raise ValueError(f"not a leftover: {leftover.handle!r}")
        with self._explain_failures():
            remove_file(path)
            _remove_empty_folders(path.parent, self.path)

    def _walk(self, prefix: str) -> Iterator[Stored]:
        """Yield every file whose key begins with `prefix`, from all folders that can contain such files."""
        folders = [prefix[: prefix.rfind("/") + 1]]
        while folders:
            for key, is_folder in self._list_folder(folders.pop()):
                if not key.startswith(prefix):
                    continue
                if is_folder:
                    folders.append(f"{key}/")
                    continue
                with self._explain_failures():
                    stored = self._look_up(self.path / key, key)
                if stored:
                    yield stored

    def _list_folder(self, folder: str) -> Iterable[tuple[str, bool]]:
        """Return the key of each entry in a folder, and whether the entry is a folder."""
        with self._explain_failures():
            if not self._is_inside(self.path / folder):
                return []
            try:
                with os.scandir(self.path / folder) as found:
                    entries = [(folder + entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return [(key, is_folder) for key, is_folder in entries if is_key(key)]

    def _look_up(self, path: Path, key: str) -> Stored | None:
        """Return the stored file at a path, or None if no regular file exists (or if it is deleted just now)."""
        status = _read_status(path)
        if status is None:
            return None
        try:
            return _make_stored(key, status, self._find_etag(path, key, status))
        except FileNotFoundError:
            return None
        except PermissionError:  # another program wrote the file, because podcastkit's files are readable
            return _make_stored(key, status, _make_stamp(status))

    def _find_etag(self, path: Path, key: str, status: os.stat_result) -> str:
        """Return the ETag of a file, and read the file only if this is necessary."""
        etag, written = _make_cheap_etag(key, status), self._written.get(key)
        if etag and (written is None or written[0] == _get_state(status)):
            return etag
        # Another program has changed a file that was written here, or the disk has assigned new inodes.
        return self._choose_etag(key, status, _digest_file(path))

    def _choose_etag(self, key: str, status: os.stat_result, digest: str) -> str:
        """Return the ETag of a file whose MD5 is `digest`.

        This is the MD5 if the file has no cheap ETag, or if this object wrote other bytes to the file.
        """
        etag, written = _make_cheap_etag(key, status), self._written.get(key)
        return digest if etag is None or (written and digest != written[1]) else etag

    def _is_inside(self, folder: Path) -> bool:
        """Return whether a folder is really inside the storage: no part of its path is a symbolic link or `..`.

        Raises NotADirectoryError if the storage itself is not a folder.
        """
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.path))
        parts = folder.relative_to(self.path).parts
        # Real paths cannot be compared, because many disks accept several spellings of a folder's name.
        subfolders = (self.path.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))
        return ".." not in parts and not any(map(_is_link, subfolders))

    def _check_condition(self, key: str, condition: Condition | None) -> None:
        """Raise `ConflictError` if the condition is false."""
        path = self.path / key
        if condition == _ABSENT and os.path.lexists(path) and _read_status(path) is None:
            kind = "symbolic link" if path.is_symlink() else "folder" if path.is_dir() else "device or pipe"
            raise ConflictError(
                f"{path} already exists: it is a {kind}, not a file",
                f"move the {kind} away, or publish to another folder",
            )
        if condition == _ABSENT and os.path.lexists(path):
            raise make_condition_error(str(path), _ABSENT)
        check_condition(str(path), self.find(key), condition)

    @contextlib.contextmanager
    def _create_partial(self, path: Path) -> Iterator[Path]:
        """Create an empty partial file next to the final file `path`, and remove the partial file at the end."""
        partial_file = path.with_name(
            _PARTIAL_FORMAT.format(mark=secrets.token_hex(8), name=path.name[:_LONGEST_NAME])
        )
        for attempts_left in reversed(range(_CREATE_ATTEMPTS)):
            self._prepare_folder(path.parent)
            try:
                partial_file.touch(exist_ok=False)
                break
            except FileNotFoundError:  # another publish has just removed the empty folder
                if not attempts_left:
                    raise
        try:
            yield partial_file
        finally:
            remove_file(partial_file)

    def _prepare_folder(self, folder: Path) -> None:
        """Create a folder, and remove old partial files from it once. Raise StorageError for a symbolic link."""
        if not self._is_inside(folder):
            raise StorageError(
                f"{folder} is a symbolic link or is inside one",
                "replace the link with a folder, or publish to the folder that it points to",
            )
        _make_folder(folder)
        if folder not in self._cleaned:
            self._cleaned.add(folder)
            _remove_old_partials(folder)

    def _lock(self) -> FileLock:
        return FileLock(self.path / _LOCK_NAME, timeout=self._waiting.folder_lock_timeout)

    @contextlib.contextmanager
    def _explain_failures(self) -> Iterator[None]:
        """Raise StorageError instead of OSError or a timeout of the lock."""
        try:
            yield
        except Timeout as error:
            raise StorageError(
                f"{self.path} is in use by another program that publishes there",
                "wait until that program has finished, or stop it, then publish again",
            ) from error
        except OSError as error:
            place = Path(error.filename2 or error.filename or self.path)
            reason, hint = _find_reason(error, place)
            # Users do not know the names of partial files and of the lock.
            if place.name.startswith(".podcastkit") and error.errno != errno.ELOOP:
                place = place.parent
            raise StorageError(f"{place} cannot be used: {reason}", hint) from error


def _find_reason(error: OSError, place: Path) -> tuple[str, str]:
    """Return the reason for an error, and a hint."""
    if is_held(error):
        return _FILE_IN_USE
    # Windows reports a path that is too long as missing.
    if error.errno == errno.ENAMETOOLONG or (
        hasattr(error, "winerror") and len(str(place)) >= _LONGEST_WINDOWS_PATH
    ):
        return _TOO_LONG
    return _KNOWN_FAILURES.get(error.errno or 0, (error.strerror or type(error).__name__, _DEFAULT_HINT))


def _read_status(path: Path) -> os.stat_result | None:
    """Return the status of a regular file, or None if it is missing or is not a regular file."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _is_link(folder: Path) -> bool:
    """Return whether the folder is a symbolic link or, on Windows, a junction."""
    try:
        status = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def _make_stored(key: str, status: os.stat_result, etag: str) -> Stored:
    return Stored(key=key, size=status.st_size, etag=etag, modified=_read_time(status))


def _make_cheap_etag(key: str, status: os.stat_result) -> str | None:
    """Return the ETag of a file if it can be found without reading the file, or None if the ETag is the MD5.

    Files with a content hash in their name, history files, and files that are too large for `read` are not read.
    """
    if is_hashed(key):
        return f"{status.st_size:x}"
    return _make_stamp(status) if is_history(key) or status.st_size > LARGEST_READ else None


def _make_stamp(status: os.stat_result) -> str:
    """Return the size and the time of a file, rounded so that every file system can store this time."""
    return f"{status.st_size:x}-{int(status.st_mtime) // _COARSEST_TIME:x}"


def _get_state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()


def _read_time(status: os.stat_result) -> datetime | None:
    """Return the time of the last write, or None for an impossible time, as damaged disks report."""
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def _make_folder(folder: Path) -> None:
    """Create a folder and its parents. If another publish removes one of them, the folder may still be missing."""
    missing = itertools.takewhile(lambda parent: not parent.is_dir(), (folder, *folder.parents))
    for missing_folder in reversed([*missing]):
        try:
            missing_folder.mkdir(exist_ok=True)
        except FileNotFoundError:  # another publish removed the empty parent
            return
        sync_folder(missing_folder.parent)


def _remove_empty_folders(folder: Path, root: Path) -> Path:
    """Remove this folder and its parents below the root while they are empty; return the first folder that remains.

    A writer that needs one of the removed folders creates it again.
    """
    while folder != root:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            break
        folder = folder.parent
    return folder


def _describe_leftover(root: Path, path: Path) -> Leftover | None:
    """Return the leftover at a path, or None if the file is not a partial file."""
    name, status = _PARTIAL_NAME.fullmatch(path.name), _read_status(path)
    if name is None or status is None:
        return None
    return Leftover(
        key=path.with_name(name[1]).relative_to(root).as_posix(),
        size=status.st_size,
        begun=_read_time(status) or datetime.fromtimestamp(0, UTC),
        handle=path.relative_to(root).as_posix(),
    )


def _remove_old_partials(folder: Path) -> None:
    """Remove the partial files of killed writers."""
    for path in folder.glob(_PARTIAL_FORMAT.format(mark="*", name="*")):
        status = _read_status(path)
        if status and time.time() - status.st_mtime > _ABANDONED_AFTER:
            with contextlib.suppress(OSError):  # the file may belong to another user
                path.unlink()


def _copy_to(source: Source, path: Path, sent: Callable[[int], None]) -> str:
    """Copy the source into an empty file, flush the file to the disk, and return its MD5 in hex.

    `sent` is called with the number of bytes of each chunk.
    """
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("r+b") as file:
        while chunk := source.read(CHUNK_SIZE):
            file.write(chunk)
            digest.update(chunk)
            sent(len(chunk))
        sync_file(file)
    return digest.hexdigest()


def _rename_partial(partial_file: Path, path: Path, *, exclusive: bool) -> os.stat_result:
    """Rename the partial file to its final name, and return its status.

    With `exclusive`, raise ConflictError if a file with the final name exists; otherwise replace this file.
    """
    if exclusive:
        _rename_exclusively(partial_file, path)
    else:
        replace_file(partial_file, path)
    return path.lstat()


def _rename_exclusively(partial_file: Path, path: Path) -> None:
    try:
        path.hardlink_to(partial_file)
    except FileExistsError as error:
        raise make_condition_error(str(path), _ABSENT) from error
    except OSError:
        # Some file systems have no hard links. The lock keeps other publishes out. Reserving the name with an
        # empty file would leave that file if the program were killed here.
        replace_file(partial_file, path)
    else:
        remove_file(partial_file)
