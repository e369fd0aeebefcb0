"""The protocol that every storage implements, so that publishing to a folder and to a bucket is the same."""

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
"""The most bytes that `read` loads into memory."""

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_LONGEST_KEY = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """An object as the storage reports it: size in bytes; the ETag changes whenever the bytes do."""

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False)
    """The time at which it was stored (aware); `find` and `list` report it."""
    md5: str | None = field(default=None, compare=False)
    """The MD5 of the bytes in hex, where `find` knows it without reading them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """An unfinished object that a killed writer left behind; `key` is the key that it was meant for."""

    key: str
    size: int
    begun: datetime
    handle: str
    """The storage's own name for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on a write, checked in one step with the write.

    `etag=None` requires that the key does not exist yet, any other value that the stored object has this ETag.
    """

    etag: str | None


@runtime_checkable
class Storage(Protocol):
    """Bytes under keys. Keys are relative, ASCII, with `/` between their parts; see `check_key`.

    A storage of your own is a subclass with `address`, `public_url`, `read`, `list`, `write` and `delete`; the rest
    has a default. Every method raises `StorageError` (message and hint, never a secret) for external failures,
    `UnreachableError` where trying again may help, and `ValueError` for an invalid key. `read`, `find`, `list` and
    `write` return the same ETag for an object. All methods may be called from several threads at once.
    """

    @property
    @abstractmethod
    def address(self) -> str:
        """The place as people write it: a folder's path, `s3://bucket/prefix`."""
        ...

    @property
    @abstractmethod
    def public_url(self) -> str:
        """The default URL under which the objects can be fetched, without a slash at the end."""
        ...

    @property
    def is_served(self) -> bool:
        """Whether the storage itself serves the objects on the web.

        False means that they are files in the folder `address`: somebody else has to serve them at `public_url`.
        """
        return True

    @abstractmethod
    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None when it does not exist.

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
        """Store the bytes, whole or not at all, and return the stored object.

        A file is streamed, never held in memory; where the place takes only bytes, `source.load_body` reads them.
        `md5` (hex) is the expected MD5, checked on arrival. `sent` is called with the number of additional bytes
        sent (negative after a retry took some back). The sum is the object's size after a successful write, and
        zero after a failed one. An exception that `sent` raises stops the write.
        Raises `ConflictError`, and changes nothing, when the condition is false (see `check_condition`) or the
        bytes do not have the expected `md5` (the file changed meanwhile). After a lost response, the condition may
        be false because of this very write: callers compare what is stored.
        """
        ...

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove the object under the key, if there is one."""
        ...

    def find(self, key: str) -> Stored | None:
        """Return the object under the key, or None."""
        check_key(key)
        return next((stored for stored in self.list(key) if stored.key == key), None)

    def fingerprint(self, keys: Iterable[str]) -> str | None:
        """Return the ETags of these objects as one text; None when one does not exist.

        A publish that has nothing to do asks for nothing else.
        """
        etags: list[str] = []
        for key in keys:
            stored = self.find(key)
            if stored is None:
                return None
            etags.append(stored.etag)
        return " ".join(etags)

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - for those who have to try it out
        """Return whether nobody else can write between the check of a condition and the write.

        `body` is the object stored under the key: writing it again, on a false condition, cannot change anything.
        Where this is False, the user is told to let only one machine publish at a time.
        """
        return False

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the unfinished objects that killed writers left behind."""
        return iter(())

    def discard(self, leftover: Leftover) -> None:
        """Remove a leftover, if it is still there."""
        raise ValueError(f"not a leftover: {leftover.handle!r}")


def is_key(text: str) -> bool:
    """Return whether the text is a valid key: inside the storage, plain ASCII and not hidden.

    No part begins with a dot, because a folder keeps its lock and its partial files under such names.
    """
    return len(text) <= _LONGEST_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    """Return the key; raise ValueError when it is invalid."""
    if not is_key(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Return the prefix of keys: empty, a key, or a key and a slash; raise ValueError otherwise."""
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def check_condition(key: str, stored: Stored | None, condition: Condition | None) -> None:
    """Raise ConflictError when the condition is false for what is stored under the key (None: nothing)."""
    if condition and (stored and stored.etag) != condition.etag:
        raise false_condition_error(key, condition)


def false_condition_error(key: str, condition: Condition) -> ConflictError:
    """Return the error for a write whose condition is false."""
    problem = "is there already" if condition.etag is None else "has changed since it was read"
    return ConflictError(f"{key} {problem}", "somebody else may be publishing: look at it, then publish again")


def check_readable(name: object, size: int) -> None:
    """Raise StorageError when an object is too large to be read at once."""
    if size > LARGEST_READ:
        raise StorageError(
            f"{name} is too large to be read at once",
            "it is not what podcastkit keeps under that name: move it away",
        )
