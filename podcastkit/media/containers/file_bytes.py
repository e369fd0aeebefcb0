"""Read the bytes of a file by position, with only a window of the file in memory.

Files are not memory-mapped: if a mapped file becomes shorter, the whole process ends (SIGBUS).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_WINDOW = 2**16
"""Bytes."""


class Bytes(Protocol):
    """The common interface of `bytes` and `FileBytes`."""

    def __len__(self) -> int: ...

    def __getitem__(self, where: slice, /) -> bytes: ...


class FileBytes:
    """The bytes of an open file, sliced like `bytes`. Slices are shorter if the file has become shorter since."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._start = 0
        self._window = b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(self._size)
        at = start - self._start
        if at < 0 or stop - self._start > len(self._window):
            # Large slices bypass the window, so that it remains small.
            if stop - start > _WINDOW:
                return self._read(start, stop)
            self._start, self._window = start, self._read(start, min(start + _WINDOW, self._size))
            at = 0
        return self._window[at : at + max(stop - start, 0)]

    def _read(self, start: int, stop: int) -> bytes:
        self._file.seek(start)
        return self._file.read(max(stop - start, 0))


class _FileView(io.RawIOBase):
    """A view of a file. Its position 0 is the position `start` of the file."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self._file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset + self._start * (whence == io.SEEK_SET), whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)


def view_from(file: BinaryIO, start: int) -> BinaryIO:
    """Return a view of `file` that begins at `start`."""
    return io.BufferedReader(_FileView(file, start))
