"""Keep facts about files, and generated files, between runs in a folder outside the show folder.

The cache can be deleted at any time; podcastkit computes everything again. `PODCASTKIT_CACHE` sets another folder.
Each entry is stored with a digest of its name and content. If the digest does not match, the entry counts as
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
"""Nanoseconds in which a second change of a file may leave the stamp equal; FAT stores times in steps of 2 s."""
WORK_PREFIX = ".podcastkit-"
"""The start of the names of all temporary files and folders."""

_IN_MEMORY = Path(":memory:")
_TABLE = "contents (kind TEXT, sha256 TEXT, value BLOB, PRIMARY KEY (kind, sha256))"
"""The table of facts. `sha256` is the hash of content, or of the path of a file whose stamp is in the value."""
_SELECT_TABLES = "SELECT sql FROM sqlite_master WHERE sql NOT NULL"
_SELECT_VALUE = "SELECT value FROM contents WHERE kind=? AND sha256=? AND length(value) <= ?"
_REPLACE_VALUE = "INSERT OR REPLACE INTO contents VALUES (?,?,?)"
_DIGEST_SIZE = hashlib.sha256().digest_size
_MAX_SIZE = 256 * 2**20
"""The maximum size of an entry in bytes; images and notes are never larger."""


def get_cache_folder() -> Path:
    """Return the folder of the cache: `PODCASTKIT_CACHE` or, by default, the user's cache folder."""
    chosen_folder = os.environ.get("PODCASTKIT_CACHE")
    if chosen_folder:
        return Path(chosen_folder).absolute()  # worker processes may have another working directory
    import platformdirs  # noqa: PLC0415 - slow to import

    return Path(platformdirs.user_cache_dir("podcastkit", appauthor=False))


def write_cache_file(path: Path, body: bytes, *, is_private: bool = False) -> None:
    """Write a file of the cache atomically. If `is_private` is set, only the user who runs podcastkit can read it.

    Unlike `LocalStorage`, this takes no lock and always replaces the file: the cache may lose entries.
    """
    make_cache_folder(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=WORK_PREFIX, ignore_cleanup_errors=True) as folder:
        temporary_path = Path(folder) / path.name
        temporary_path.touch(0o600 if is_private else 0o666)
        with temporary_path.open("r+b") as file:
            file.write(_seal(f"{path.parent.name}/{path.name}", body))
            sync_file(file)
        move_into_cache(temporary_path, path)


def read_cache_file(path: Path) -> bytes | None:
    """Return the content that `write_cache_file` wrote, or None if the file is missing or damaged."""
    with contextlib.suppress(OSError), open_regular(path) as file:
        if os.fstat(file.fileno()).st_size <= _MAX_SIZE:
            return _unseal(f"{path.parent.name}/{path.name}", file.read(_MAX_SIZE))
    return None


def make_cache_folder(folder: Path) -> None:
    """Create a folder in the cache; replace a file or a broken link of the same name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        folder.unlink()
        folder.mkdir()


def move_into_cache(temporary_path: Path, path: Path) -> None:
    """Move a complete file into the cache; replace a folder of the same name."""
    try:
        replace_file(temporary_path, path)
    except OSError:
        if path.is_symlink() or not path.is_dir():
            raise
        shutil.rmtree(path)
        replace_file(temporary_path, path)


class Cache:
    """A cache of facts about files, valid while the stamp of a file stays the same.

    If its folder cannot be written (a read-only disk), the cache keeps its facts in memory. `clock` returns
    nanoseconds since the epoch; it decides whether a file changed too recently to cache facts about it. `forget`
    ignores the facts that earlier runs stored.
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
        self._connection = _open_or_recreate_database(self._database, self._lock_timeout)
        self._written: set[tuple[str, str]] = set()
        self._unwritten: dict[tuple[str, str], bytes] = {}

    @property
    def _database(self) -> Path:
        return self.folder / "facts.sqlite3"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # One short transaction: other runs would wait for a long one, and each of many would sync the disk.
        self._write_facts([(*key, value) for key, value in self._unwritten.items()])
        self._connection.close()

    def recall(self, kind: str, path: Path, stamp: Stamp) -> dict[str, object] | None:
        """Return the stored fact about the file, or None if it is missing or belongs to another stamp."""
        try:
            entry = json.loads(self.recall_content(kind, _digest_path(path)) or "{}")
        except ValueError:  # damaged: compute it again
            return None
        if not isinstance(entry, dict) or entry.get("stamp") != _list_stamp_fields(stamp):
            return None
        fact = entry.get("fact")
        return fact if isinstance(fact, dict) else None

    def remember(self, kind: str, path: Path, stamp: Stamp, fact: dict[str, object]) -> None:
        """Store a fact about the file, unless the file changed too recently to trust its stamp."""
        if max(stamp.mtime_ns, stamp.ctime_ns) > self._clock() - RACY_NS:
            return
        entry = json.dumps({"stamp": _list_stamp_fields(stamp), "fact": fact}).encode()
        self.remember_content(_digest_path(path), {kind: entry}, at_once=False)

    def recall_content(self, kind: str, sha256: str) -> bytes | None:
        """Return the fact of this kind about the content with this SHA-256, or None."""
        key = kind, sha256
        if key in self._unwritten:
            return self._unwritten[key]
        if self.forgets and key not in self._written:  # do not read the facts of earlier runs
            return None
        return self._read_fact(kind, sha256)

    def remember_content(self, sha256: str, facts: Mapping[str, bytes], *, at_once: bool = True) -> None:
        """Store facts, by kind, about the content with this SHA-256.

        `at_once` writes them now, so that a long run that is interrupted does not lose them. Otherwise they are
        written when the cache is closed.
        """
        if at_once:
            self._write_facts([(kind, sha256, value) for kind, value in facts.items()])
        else:
            self._unwritten |= {(kind, sha256): value for kind, value in facts.items()}

    def knows_feed(self, address: str, sha256: str) -> bool:
        """Return whether this machine published the feed with this SHA-256 to the destination."""
        return self.recall_content(f"feed {address}", sha256) is not None

    def remember_feed(self, address: str, sha256: str) -> None:
        """Remember that this machine published the feed with this SHA-256 to the destination."""
        self._write_facts([(f"feed {address}", sha256, b"")])

    def _read_fact(self, kind: str, sha256: str) -> bytes | None:
        try:
            row = self._connection.execute(_SELECT_VALUE, (kind, sha256, _MAX_SIZE)).fetchone()
        except sqlite3.DatabaseError as error:  # damaged or locked: compute the fact again
            self._recreate_if_damaged(error)
            return None
        return _unseal(f"{kind}/{sha256}", row[0]) if row and isinstance(row[0], bytes) else None

    def _write_facts(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        sealed = [(kind, sha256, _seal(f"{kind}/{sha256}", value)) for kind, sha256, value in rows]
        try:
            with self._connection:
                self._connection.executemany(_REPLACE_VALUE, sealed)
        except sqlite3.DatabaseError as error:  # the fact is computed again in the next run
            self._recreate_if_damaged(error)
        else:
            self._written.update((kind, sha256) for kind, sha256, _ in rows)

    def _recreate_if_damaged(self, error: sqlite3.DatabaseError) -> None:
        # The lowest byte of an SQLite error code is the kind of error.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            self._connection.close()
            self._connection = _recreate_database(self._database, self._lock_timeout)


def _seal(name: str, body: bytes) -> bytes:
    """Return a digest of the name and the content, followed by the content. The name detects swapped files."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"\0" + body).digest() + body


def _unseal(name: str, sealed: bytes) -> bytes | None:
    """Return the content without its digest, or None if the digest does not match."""
    body = sealed[_DIGEST_SIZE:]
    return body if _seal(name, body) == sealed else None


def _digest_path(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _list_stamp_fields(stamp: Stamp) -> list[int]:
    return [stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, stamp.ctime_ns]


def _open_or_recreate_database(path: Path, timeout: float) -> sqlite3.Connection:
    """Open the database, and replace a damaged one. If the file cannot be used, open a database in memory."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open_database(path, timeout)
    except sqlite3.DatabaseError as error:
        # A database that another run is using is not damaged, and must not be replaced.
        is_busy = getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return _open_database(_IN_MEMORY, timeout) if is_busy else _recreate_database(path, timeout)
    except OSError:
        return _open_database(_IN_MEMORY, timeout)


def _recreate_database(path: Path, timeout: float) -> sqlite3.Connection:
    """Replace a damaged database; if that is impossible, use memory."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            remove_file(path)
        return _open_database(path, timeout)
    except (OSError, sqlite3.DatabaseError):
        return _open_database(_IN_MEMORY, timeout)


def _open_database(path: Path, timeout: float) -> sqlite3.Connection:
    """Open the database. Raises sqlite3.DatabaseError if it is damaged or has other tables."""
    connection = sqlite3.connect(path, timeout=timeout)
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE}")
        if connection.execute(_SELECT_TABLES).fetchall() != [(f"CREATE TABLE {_TABLE}",)]:
            raise sqlite3.DatabaseError("the tables of another version")  # noqa: TRY301 - handled like an error of SQLite
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
