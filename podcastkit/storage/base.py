"""The protocol that every storage implements, so that publishing works the same for a folder and a bucket."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from podcastkit.diagnostics import ConflictError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

LARGEST_READ = 64 * 2**20
"""The maximum number of bytes that `read` loads into memory."""

_KEY_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}"
_KEY = re.compile(rf"{_KEY_PART}(?:/{_KEY_PART})*")
_LONGEST_KEY = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A stored object. The size is in bytes. The ETag changes when the bytes change."""

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False)
    """The time of the last write (aware), as reported by `find` and `list`."""
    md5: str | None = field(default=None, compare=False)
    """The MD5 of the bytes in hex, if `find` knows it without reading them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """An unfinished object of a killed writer. `key` is the key to which the writer was writing."""

    key: str
    size: int
    begun: datetime
    """The time of the first or the last write to the object (aware), depending on the storage."""
    handle: str
    """The name of the unfinished object in the storage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on a write, checked in one step with the write.

    `etag=None` requires that the key does not exist yet, any other value that the stored object has this ETag.
    """

    etag: str | None


@runtime_checkable
class Storage(Protocol):
    """A store of bytes under keys. Keys are relative, ASCII, with `/` between their parts; see `check_key`.

    To write your own storage, subclass this and implement `address`, `public_url`, `read`, `list`, `write` and
    `delete`; the other methods have defaults. Every method raises `StorageError` (with a message and a hint, never
    with a secret) for external failures, `UnreachableError` if a retry may help, and `ValueError` for an invalid
    key. `read`, `find`, `list` and `write` return the same ETag for an object. All methods may be called from
    several threads at once.
    """

    @property
    @abstractmethod
    def address(self) -> str:
        """The address as users write it: a folder's path or `s3://bucket/prefix`."""
        ...

    @property
    @abstractmethod
    def public_url(self) -> str:
        """The default URL under which the objects can be fetched, without a trailing slash."""
        ...

    @property
    def is_served(self) -> bool:
        """Whether the storage itself serves the objects on the web.

        False means that the objects are files in the folder `address`, and a web server has to serve them at
        `public_url`.
        """
        return True

    @abstractmethod
    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None if it does not exist.

        Raises `StorageError` for more than `LARGEST_READ` bytes; see `check_readable`.
        """
        ...

    @abstractmethod
    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every object whose key begins with `prefix` (empty: all), in any order.

        Objects with names that are not valid keys are skipped.
        """
        ...

    @abstractmethod
    def write(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str,
        cache_control: str,
        md5: str | None = None,
        condition: Condition | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> Stored:
        """Store the bytes atomically, and return the stored object.

        A file is streamed, never held in memory. If a service takes only bytes, read them with `source.load_body`.
        `md5` (hex) is the expected MD5; the storage checks it. `sent` is called with the number of additional bytes
        sent (negative if a retry starts again). The sum is the object's size after a successful write, and zero
        after a failed one. If `sent` raises an exception, the write stops.
        Raises `ConflictError` and changes nothing if the condition is false (see `check_condition`) or if the bytes
        do not have the expected `md5` because the file has changed. After a lost response, the condition may be
        false because of this write itself, so callers compare the stored object.
        """
        ...

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove the object under the key, if it exists."""
        ...

    def find(self, key: str) -> Stored | None:
        """Return the object under the key, or None."""
        check_key(key)
        return next((stored for stored in self.list(key) if stored.key == key), None)

    def fingerprint(self, keys: Iterable[str]) -> str | None:
        """Return the ETags of these objects, joined by spaces, or None if one of the objects does not exist.

        The command `publish` calls only this method if nothing has changed.
        """
        etags: list[str] = []
        for key in keys:
            stored = self.find(key)
            if stored is None:
                return None
            etags.append(stored.etag)
        return " ".join(etags)

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - for storages that need a test
        """Return whether the storage checks a condition and writes in one atomic step.

        `body` is the object stored under the key. To test the service, write `body` to the key again on a false
        condition; this cannot change anything. If the result is False, a publish warns that only one computer
        should publish at a time.
        """
        return False

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the unfinished objects of killed writers."""
        return iter(())

    def discard(self, leftover: Leftover) -> None:
        """Remove a leftover, if it still exists. By default, a storage has no leftovers: raise ValueError."""
        raise ValueError(f"not a leftover: {leftover.handle!r}")


def is_key(text: str) -> bool:
    """Return whether the text is a valid key: inside the storage, plain ASCII and not hidden.

    No part begins with a dot, because such names are reserved for lock files and partial files in a folder.
    """
    return len(text) <= _LONGEST_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    """Return the key; raise ValueError if it is invalid."""
    if not is_key(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Return the prefix; raise ValueError unless it is empty, a key, or a key and a slash."""
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def check_condition(key: str, stored: Stored | None, condition: Condition | None) -> None:
    """Raise ConflictError if the condition is false. `stored` is the object under the key, if it exists."""
    if condition and (stored and stored.etag) != condition.etag:
        raise make_condition_error(key, condition)


def make_condition_error(key: str, condition: Condition) -> ConflictError:
    """Return the error for a write whose condition is false."""
    problem = "already exists" if condition.etag is None else "has changed since it was read"
    return ConflictError(f"{key} {problem}", "another publish may be running: check the file, then publish again")


def check_readable(name: object, size: int) -> None:
    """Raise StorageError if an object is too large to read into memory. The size is in bytes."""
    if size > LARGEST_READ:
        raise StorageError(
            f"{name} is too large for a file of podcastkit",
            "another program probably wrote this file: move it to another folder",
        )
