"""Cache facts about files and generated files between runs, outside the show folder.

The cache can be deleted at any time; podcastkit computes everything again. `PODCASTKIT_CACHE` sets another folder.
Each value and file has a digest of its content and its name. If the digest does not match, the entry counts as
missing: disks fail, programs are killed, and caches are copied between machines.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from podcastkit.disk import open_regular, remove_file, replace_file, sync_file
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from podcastkit.model import Stamp

RACY_NS = 2_000_000_000
"""Nanoseconds in which a file can change again without a new stamp; FAT stores times in steps of 2 s."""
WORK_PREFIX = ".podcastkit-"
"""The start of the names of all temporary files and folders."""

_MEMORY = Path(":memory:")
_CONTENTS = "contents (kind TEXT, sha256 TEXT, value BLOB, PRIMARY KEY (kind, sha256))"
"""`sha256` is the hash of content, or of a file's path; with a path, the value also contains the file's stamp."""
_READ_TABLES = "SELECT sql FROM sqlite_master WHERE sql NOT NULL"
_READ = "SELECT value FROM contents WHERE kind=? AND sha256=? AND length(value) <= ?"
_WRITE = "INSERT OR REPLACE INTO contents VALUES (?,?,?)"
_SEAL = hashlib.sha256().digest_size
_LARGEST = 256 * 2**20
"""The maximum size of an entry in bytes; images and notes are never larger."""


def get_cache_folder() -> Path:
    """Return the folder of the cache: `PODCASTKIT_CACHE` or, by default, the user's cache folder."""
    named = os.environ.get("PODCASTKIT_CACHE")
    if named:
        return Path(named).absolute()  # worker processes may have another working directory
    import platformdirs  # noqa: PLC0415 - slow to import

    return Path(platformdirs.user_cache_dir("podcastkit", appauthor=False))


def write_cache_file(path: Path, body: bytes, *, is_private: bool = False) -> None:
    """Write a file of the cache atomically. Only its owner can read a private file.

    Unlike `LocalStorage`, this takes no lock and always replaces the file: the cache may lose entries.
    """
    make_cache_folder(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=WORK_PREFIX, ignore_cleanup_errors=True) as folder:
        unfinished = Path(folder) / path.name
        unfinished.touch(0o600 if is_private else 0o666)
        with unfinished.open("r+b") as file:
            file.write(_seal(f"{path.parent.name}/{path.name}", body))
            sync_file(file)
        move_into_cache(unfinished, path)


def read_cache_file(path: Path) -> bytes | None:
    """Return the content that `write_cache_file` wrote, or None if the file is missing or damaged."""
    with contextlib.suppress(OSError), open_regular(path) as file:
        if os.fstat(file.fileno()).st_size <= _LARGEST:
            return _unseal(f"{path.parent.name}/{path.name}", file.read(_LARGEST))
    return None


def make_cache_folder(folder: Path) -> None:
    """Create a folder in the cache; replace a file or a broken link of the same name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        folder.unlink()
        folder.mkdir()


def move_into_cache(unfinished: Path, path: Path) -> None:
    """Move a complete file into the cache; replace a folder of the same name."""
    try:
        replace_file(unfinished, path)
    except OSError:
        if path.is_symlink() or not path.is_dir():
            raise
        shutil.rmtree(path)
        replace_file(unfinished, path)


class Cache:
    """A cache of facts about files, valid while the stamp of a file stays the same.

    If its folder cannot be written (a read-only disk), the cache keeps its facts in memory. `clock` returns
    nanoseconds since the epoch; it decides whether a file changed too recently to cache facts about it. `forget`
    ignores all facts of earlier runs.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        clock: Callable[[], int] = time.time_ns,
        forget: bool = False,
        waiting: Waiting | None = None,
    ) -> None:
        waiting = waiting or Waiting.from_environment()
        self.forgets = forget
        self.folder = folder if folder is not None else get_cache_folder()
        self._clock = clock
        self._lock_timeout = waiting.cache_lock_timeout
        self._connection = _open_or_recreate(self._file, self._lock_timeout)
        self._written: set[tuple[str, str]] = set()
        self._unwritten: dict[tuple[str, str], bytes] = {}

    @property
    def _file(self) -> Path:
        return self.folder / "facts.sqlite3"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # One short transaction: other runs would wait for a long one, and each of many would sync the disk.
        self._write([(*key, value) for key, value in self._unwritten.items()])
        self._connection.close()

    def recall(self, kind: str, path: Path, stamp: Stamp) -> dict[str, object] | None:
        """Return the fact about the file in this exact state, or None."""
        try:
            known = json.loads(self.recall_content(kind, _digest_path(path)) or "{}")
        except ValueError:  # damaged: compute it again
            return None
        if not isinstance(known, dict) or known.get("stamp") != _list_numbers(stamp):
            return None
        fact = known.get("fact")
        return fact if isinstance(fact, dict) else None

    def remember(self, kind: str, path: Path, stamp: Stamp, value: dict[str, object]) -> None:
        """Store a fact about the file, unless the file changed too recently to trust its stamp."""
        if max(stamp.mtime_ns, stamp.ctime_ns) > self._clock() - RACY_NS:
            return
        known = json.dumps({"stamp": _list_numbers(stamp), "fact": value}).encode()
        self.remember_content(_digest_path(path), {kind: known}, at_once=False)

    def recall_content(self, kind: str, sha256: str) -> bytes | None:
        """Return the fact about content with this SHA-256, or None."""
        key = kind, sha256
        if key in self._unwritten:
            return self._unwritten[key]
        return None if self.forgets and key not in self._written else self._read(kind, sha256)

    def remember_content(self, sha256: str, facts: Mapping[str, bytes], *, at_once: bool = True) -> None:
        """Store facts about content with this SHA-256, by kind.

        `at_once` writes them now, so that a long run that is interrupted does not lose them. Otherwise they are
        written when the cache is closed.
        """
        if at_once:
            self._write([(kind, sha256, value) for kind, value in facts.items()])
        else:
            self._unwritten |= {(kind, sha256): value for kind, value in facts.items()}

    def knows_feed(self, address: str, sha256: str) -> bool:
        """Return whether this machine published the feed with this SHA-256 to the destination."""
        return self.recall_content(f"feed {address}", sha256) is not None

    def remember_feed(self, address: str, sha256: str) -> None:
        """Store that this machine published the feed with this SHA-256 to the destination."""
        self._write([(f"feed {address}", sha256, b"")])

    def _read(self, kind: str, sha256: str) -> bytes | None:
        try:
            row = self._connection.execute(_READ, (kind, sha256, _LARGEST)).fetchone()
        except sqlite3.DatabaseError as error:  # damaged or locked: compute the fact again
            self._replace_damaged(error)
            return None
        return _unseal(f"{kind}/{sha256}", row[0]) if row and isinstance(row[0], bytes) else None

    def _write(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        sealed = [(kind, sha256, _seal(f"{kind}/{sha256}", value)) for kind, sha256, value in rows]
        try:
            with self._connection:
                self._connection.executemany(_WRITE, sealed)
        except sqlite3.DatabaseError as error:  # the fact is computed again in the next run
            self._replace_damaged(error)
        else:
            self._written.update((kind, sha256) for kind, sha256, _ in rows)

    def _replace_damaged(self, error: sqlite3.DatabaseError) -> None:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            self._connection.close()
            self._connection = _recreate_database(self._file, self._lock_timeout)


def _seal(name: str, body: bytes) -> bytes:
    """Return the content after a digest of it and its name. The name detects files that were swapped."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"\0" + body).digest() + body


def _unseal(name: str, sealed: bytes) -> bytes | None:
    body = sealed[_SEAL:]
    return body if _seal(name, body) == sealed else None


def _digest_path(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _list_numbers(stamp: Stamp) -> list[int]:
    return [stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, stamp.ctime_ns]


def _open_or_recreate(path: Path, timeout: float) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open_database(path, timeout)
    except sqlite3.DatabaseError as error:
        # A database that another run is using is not damaged, and must not be replaced.
        is_busy = getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return _open_database(_MEMORY, timeout) if is_busy else _recreate_database(path, timeout)
    except OSError:
        return _open_database(_MEMORY, timeout)


def _recreate_database(path: Path, timeout: float) -> sqlite3.Connection:
    """Replace a damaged database; if that is impossible, use memory."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            remove_file(path)
        return _open_database(path, timeout)
    except (OSError, sqlite3.DatabaseError):
        return _open_database(_MEMORY, timeout)


def _open_database(path: Path, timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=timeout)
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_CONTENTS}")
        if connection.execute(_READ_TABLES).fetchall() != [(f"CREATE TABLE {_CONTENTS}",)]:
            raise sqlite3.DatabaseError("the tables of another version")  # noqa: TRY301 - handled like an error of SQLite
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
