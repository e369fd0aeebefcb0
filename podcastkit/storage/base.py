"""The promise that every storage keeps, so that publishing is the same to a folder and to a bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KEY = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """An object as the storage reports it: size in bytes; the ETag changes whenever the bytes do."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A condition on a write, checked and kept in one step with it.

    `etag=None` demands that nothing is stored under the key yet, otherwise the stored object's ETag must be this.
    """

    etag: str | None


@runtime_checkable
class Storage(Protocol):
    """Bytes under keys. Keys are relative, ASCII, with `/` between their parts.

    Every method raises `StorageError` (message and hint, never a secret) when the world fails it.
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
        """Return a small object's bytes and ETag, or None when there is none."""
        ...

    def find(self, key: str) -> Stored | None:
        """Return what is stored under the key, or None."""
        ...

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every object whose key begins with `prefix`, in any order."""
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
        `sent` is told how many more bytes have gone out (a negative number after a retry took some back).
        Raises `ConflictError` when the condition does not hold, and nothing was changed then.
        """
        ...


def check_key(key: str) -> str:
    """Return the key when it stays inside the storage and is plain ASCII; raise ValueError otherwise."""
    if not _KEY.fullmatch(key) or any(part in {".", ".."} for part in key.split("/")):
        raise ValueError(f"not a storage key: {key!r}")
    return key
