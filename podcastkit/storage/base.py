"""The promise that every storage keeps, so that publishing is the same to a folder and to a bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

LARGEST_READ = 64 * 2**20
"""How many bytes `read` takes into memory at most."""

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
    """When it was stored (aware), as `find` and `list` tell it."""
    md5: str | None = field(default=None, compare=False)
    """What its bytes have (hex), where `find` can tell it without reading them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """What a writer that was killed left behind, unseen by anybody: `key` is what it should have become."""

    key: str
    size: int
    begun: datetime
    handle: str
    """What the storage calls it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on a write, checked and kept in one step with it.

    `etag=None` demands that nothing is stored under the key yet, otherwise the stored object's ETag must be this.
    """

    etag: str | None


@runtime_checkable
class Storage(Protocol):
    """Bytes under keys. Keys are relative, ASCII, with `/` between their parts; see `check_key`.

    Every method raises `StorageError` (message and hint, never a secret) when the world fails it, and `ValueError`
    for what is no key. An object has one ETag, the same from `read`, `find`, `list` and `write`. All methods may be
    called from several threads at once.
    """

    @property
    def address(self) -> str:
        """What people call the place: a folder's path, `s3://bucket/prefix`."""
        ...

    @property
    def public_url(self) -> str:
        """Where its objects are fetched when nothing else is known, without a slash at its end."""
        ...

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None when there is none.

        More than `LARGEST_READ` bytes are a `StorageError`.
        """
        ...

    def find(self, key: str) -> Stored | None:
        """Return what is stored under the key, or None."""
        ...

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every object whose key begins with `prefix` (empty: all), in any order.

        What lies there under a name that is no key is passed over.
        """
        ...

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
        """Store the bytes, whole or not at all, and return what is stored.

        A file is streamed, never held in memory. `md5` (hex) is what the bytes must have, checked on arrival.
        `sent` is told how many more bytes have gone out (a negative number after a retry took some back), in all
        the size of what was stored, and nothing when the write failed; what it raises stops the write.
        Raises `ConflictError` when the condition does not hold or the bytes are not what `md5` says (a file that
        changed meanwhile), and nothing was changed then.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove what is stored under the key; that nothing is stored there is no failure."""
        ...

    def keeps_conditions(self, key: str, body: bytes) -> bool:
        """Tell whether the place keeps conditions on writes by itself.

        It is asked with a conditional write of what is stored under the key already, so that nothing can change.
        Where it does not, `write` looks before it writes, which leaves a moment for somebody else.
        """
        ...

    def leftovers(self) -> Iterator[Leftover]:
        """Yield what writers that were killed left behind."""
        ...

    def discard(self, leftover: Leftover) -> None:
        """Remove a leftover; that it is gone already is no failure."""
        ...


def is_key(text: str) -> bool:
    """Tell whether the text can be a key: it stays inside the storage, is plain ASCII and hides nothing.

    No part begins with a dot: a folder keeps its own bookkeeping under such names.
    """
    return len(text) <= _LONGEST_KEY and _KEY.fullmatch(text) is not None


def check_key(key: str) -> str:
    """Return the key; raise ValueError when it is none."""
    if not is_key(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Return what keys may begin with: nothing, a key, or a key and a slash; raise ValueError otherwise."""
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix
