"""What is being written: bytes or a file, read in pieces, and caught when it changes meanwhile."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from podcastkit.diagnostics import ConflictError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

CHUNK = 2**20
"""How many bytes are held in memory at once."""


class Source:
    """A body that is read like a file, as often as needed, and never beyond the size that it had at first.

    It raises `ConflictError` when the file is gone or shorter than it was, `StorageError` when it cannot be read.
    """

    def __init__(self, body: bytes | Path) -> None:
        self._path = body if isinstance(body, Path) else None
        self._file: BinaryIO = _opened(body) if isinstance(body, Path) else io.BytesIO(body)
        self.size = os.fstat(self._file.fileno()).st_size if isinstance(body, Path) else len(body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, amount: int | None = None) -> bytes:
        """Return as many bytes as asked for, fewer only at the end."""
        left = self.size - self._file.tell()
        wanted = left if amount is None or amount < 0 else min(amount, left)
        try:
            chunk = self._file.read(wanted)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if len(chunk) < wanted:
            raise self.changed()
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, counted as in files, and return it."""
        if whence == os.SEEK_END:
            return self._file.seek(self.size + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def md5(self) -> str:
        """Read everything, return its MD5 in hex and go back to the beginning."""
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := self.read(CHUNK):
            digest.update(chunk)
        self.seek(0)
        return digest.hexdigest()

    def changed(self) -> ConflictError:
        """Return the error for bytes that are not what they were."""
        return ConflictError(
            f"{self._path or 'A file'} changed while it was being published",
            "wait until nothing writes to it any more, then publish again",
        )


class Tally:
    """Tells a listener how many bytes have gone out, and takes them back when the write fails."""

    def __init__(self, listener: Callable[[int], None] | None) -> None:
        self._listener = listener
        self._told = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, StorageError | ConflictError):
            self.take_back()

    def add(self, amount: int) -> None:
        """Tell of so many more bytes, fewer when a retry took some back."""
        self._told += amount
        if self._listener and amount:
            self._listener(amount)

    def take_back(self) -> None:
        """Begin again."""
        self.add(-self._told)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise ConflictError(
            f"{path} vanished while it was being published", "put it back, then publish again"
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path | None, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {error.strerror}", "check the file and the disk that it lies on")
