"""What is known of a file by its stamp or by its bytes, and made files, kept outside the show between runs.

Everything here can be deleted at any time; it is made again. `PODCASTKIT_CACHE` names another folder for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from podcastkit.model import Stamp

RACY_NS = 2_000_000_000
"""A file that changed less than this long ago may change again under the same stamp (FAT keeps 2 s)."""
WORK_PREFIX = ".podcastkit-"
"""The beginning of the names of all files and folders that exist only while something is made."""

_MEMORY = Path(":memory:")
_CONTENTS = "CREATE TABLE IF NOT EXISTS contents (kind TEXT, sha256 TEXT, value BLOB, PRIMARY KEY (kind, sha256))"
"""`sha256` is that of some bytes, or of a file's path: then the value has the file's stamp, too."""
_READ_ANY = "SELECT kind, sha256, value FROM contents LIMIT 1"
_READ = "SELECT value FROM contents WHERE kind=? AND sha256=?"
_WRITE = "INSERT OR REPLACE INTO contents VALUES (?,?,?)"


def cache_folder() -> Path:
    """Return the folder that holds the cache: `PODCASTKIT_CACHE`, else the user's cache folder."""
    named = os.environ.get("PODCASTKIT_CACHE")
    if named:
        return Path(named).absolute()  # processes of an executor may work in another folder
    import platformdirs  # noqa: PLC0415 - slow to import

    return Path(platformdirs.user_cache_dir("podcastkit", appauthor=False))


def write_cache_file(path: Path, body: bytes, *, is_private: bool = False) -> None:
    """Write a file of the cache whole or not at all; a private one only its owner can read.

    Its folder must exist. Unlike `LocalStorage`, which publishes, this does not wait until the bytes are on the
    disk, takes no lock and never refuses to replace a file: what the cache loses is made again.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=WORK_PREFIX) as folder:
        unfinished = Path(folder) / path.name
        unfinished.touch(0o600 if is_private else 0o666)
        unfinished.write_bytes(body)
        unfinished.replace(path)


class Cache:
    """Facts about files, remembered for as long as their stamps stay the same.

    Works without its folder too (a read-only disk): then nothing is remembered beyond the object's life.
    `clock` gives nanoseconds since the epoch; it only decides whether a file changed too recently to be trusted.
    `forget` finds everything out again, as if nothing had been remembered before.
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
        self._forgets = forget
        self.folder = folder if folder is not None else cache_folder()
        self._clock = clock
        self._connection = _connect(self.folder / "facts.sqlite3", waiting.cache_lock_timeout)
        self._written: set[tuple[str, str]] = set()
        self._unwritten: dict[tuple[str, str], bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # All in one short transaction: others would wait for a long one, and each of many is a write to the disk.
        self._write([(*key, value) for key, value in self._unwritten.items()])
        self._connection.close()

    def recall(self, kind: str, path: Path, stamp: Stamp) -> dict[str, object] | None:
        """Return what was remembered of the file in this very state, or None."""
        try:
            known = json.loads(self.recall_content(kind, _digest_path(path)) or "{}")
        except ValueError:  # damaged: it will be found out again
            return None
        if not isinstance(known, dict) or known.get("stamp") != _numbers(stamp):
            return None
        fact = known.get("fact")
        return fact if isinstance(fact, dict) else None

    def remember(self, kind: str, path: Path, stamp: Stamp, value: dict[str, object]) -> None:
        """Remember a fact of the file, unless the file changed so recently that its stamp proves nothing."""
        if max(stamp.mtime_ns, stamp.ctime_ns) > self._clock() - RACY_NS:
            return
        known = json.dumps({"stamp": _numbers(stamp), "fact": value}).encode()
        self.remember_content(_digest_path(path), {kind: known}, at_once=False)

    def recall_content(self, kind: str, sha256: str) -> bytes | None:
        """Return what was remembered of the bytes with this SHA-256, wherever they lie, or None."""
        key = kind, sha256
        if key in self._unwritten:
            return self._unwritten[key]
        return None if self._forgets and key not in self._written else self._read(kind, sha256)

    def remember_content(self, sha256: str, facts: Mapping[str, bytes], *, at_once: bool = True) -> None:
        """Remember facts of the bytes with this SHA-256, by their kind.

        At once, so that a long run that is stopped does not lose what it did; else when the cache is closed.
        """
        if at_once:
            self._write([(kind, sha256, value) for kind, value in facts.items()])
        else:
            self._unwritten |= {(kind, sha256): value for kind, value in facts.items()}

    def knows_feed(self, address: str, sha256: str) -> bool:
        """Tell whether the feed with this SHA-256 was published to the address from here."""
        return self._read(f"feed {address}", sha256) is not None

    def remember_feed(self, address: str, sha256: str) -> None:
        """Remember that the feed with this SHA-256 is published to the address from here."""
        self._write([(f"feed {address}", sha256, b"")])

    def _read(self, kind: str, sha256: str) -> bytes | None:
        try:
            row = self._connection.execute(_READ, (kind, sha256)).fetchone()
        except sqlite3.DatabaseError:  # damaged or locked: it will be found out again
            return None
        return row[0] if row and isinstance(row[0], bytes) else None

    def _write(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        with contextlib.suppress(sqlite3.DatabaseError), self._connection:  # what cannot be kept is found out again
            self._connection.executemany(_WRITE, rows)
            self._written.update((kind, sha256) for kind, sha256, _ in rows)


def _digest_path(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _numbers(stamp: Stamp) -> list[int]:
    return [stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, stamp.ctime_ns]


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path, timeout)
    except sqlite3.DatabaseError as error:
        # What another run writes to at the moment is not damaged, and that run goes on with it.
        is_busy = getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return _open(_MEMORY, timeout) if is_busy else _open_anew(path, timeout)
    except OSError:
        return _open(_MEMORY, timeout)


def _open_anew(path: Path, timeout: float) -> sqlite3.Connection:
    """Replace a damaged file; where that is impossible, remember in memory only."""
    try:
        path.unlink(missing_ok=True)
        return _open(path, timeout)
    except (OSError, sqlite3.DatabaseError):
        return _open(_MEMORY, timeout)


def _open(path: Path, timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=timeout)
    try:
        connection.execute(_CONTENTS)
        connection.execute(_READ_ANY)  # fails for another version's table
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
