"""Read an upload (bytes or a file) in chunks, detect changes, and count the bytes sent."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from podcastkit.diagnostics import ConflictError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

CHUNK_SIZE = 2**20
"""The number of bytes that are held in memory at once."""


class Source:
    """A reader for bytes or a file. Bytes that are added to the file later are not read.

    Raises `ConflictError` if the file is missing or has become shorter, `StorageError` if it cannot be read.
    """

    def __init__(self, body: bytes | Path) -> None:
        self._path = body if isinstance(body, Path) else None
        self._file: BinaryIO = _open(body) if isinstance(body, Path) else io.BytesIO(body)
        self.size = os.fstat(self._file.fileno()).st_size if isinstance(body, Path) else len(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, amount: int | None = None) -> bytes:
        """Return `amount` bytes (by default all remaining bytes), fewer only at the end."""
        remaining = self.size - self._file.tell()
        amount = remaining if amount is None or amount < 0 else min(amount, remaining)
        try:
            chunk = self._file.read(amount)
        except OSError as error:
            raise _make_unreadable_error(self._path, error) from error
        if len(chunk) < amount:
            raise self.make_changed_error()
        return chunk

    def seek(self, offset: int, origin: int = os.SEEK_SET) -> int:
        """Move to a position, as in a file, and return it."""
        if origin == os.SEEK_END:
            return self._file.seek(self.size + offset)
        return self._file.seek(offset, origin)

    def tell(self) -> int:
        """Return the current position."""
        return self._file.tell()

    def compute_md5(self) -> str:
        """Return the MD5, in hex, of the bytes after the current position, and seek back to the start."""
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := self.read(CHUNK_SIZE):
            digest.update(chunk)
        self.seek(0)
        return digest.hexdigest()

    def make_changed_error(self) -> ConflictError:
        """Return the error for bytes that changed while they were being stored."""
        return ConflictError(
            f"{self._path or 'A file'} changed while it was being published",
            "wait until no program writes to it, then publish again",
        )


class SentCounter:
    """A counter that reports the bytes sent to a callback, and subtracts them if the write fails."""

    def __init__(self, callback: Callable[[int], None] | None) -> None:
        self._callback = callback
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, StorageError | ConflictError):
            self.reset()

    def add(self, amount: int) -> None:
        """Report this number of additional bytes; a negative number subtracts bytes."""
        self._count += amount
        if self._callback and amount:
            self._callback(amount)

    def reset(self) -> None:
        """Subtract all bytes reported so far."""
        self.add(-self._count)


@contextlib.contextmanager
def load_body(
    body: bytes | Path, *, md5: str | None = None, sent: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Load the bytes to store into memory, for a service that cannot stream.

    The bytes are checked against `md5` and reported to `sent`, as `Storage.write` requires.
    """
    with Source(body) as source, SentCounter(sent) as counter:
        chunks: list[bytes] = []
        while chunk := source.read(CHUNK_SIZE):
            counter.add(len(chunk))
            chunks.append(chunk)
        content = b"".join(chunks)
        if md5 not in {None, hashlib.md5(content, usedforsecurity=False).hexdigest()}:
            raise source.make_changed_error()
        yield content


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise ConflictError(
            f"{path} was removed while it was being published", "put it back, then publish again"
        ) from error
    except OSError as error:
        raise _make_unreadable_error(path, error) from error


def _make_unreadable_error(path: Path | None, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {error.strerror}", "check the file and its disk")
