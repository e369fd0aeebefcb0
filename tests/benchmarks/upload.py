"""Publish a show, and report the time from the start of the first upload to the end of the last one."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import podcastkit
from podcastkit.storage.s3 import S3Storage

if TYPE_CHECKING:
    from podcastkit.storage.base import Stored


class TimedStorage(S3Storage):
    """A bucket that measures the time before and after each write."""

    first: float = 0.0
    last: float = 0.0

    def write(self, key: str, *arguments: Any, **options: Any) -> Stored:
        """Write an object."""
        self.first = self.first or time.perf_counter()
        stored = super().write(key, *arguments, **options)
        self.last = time.perf_counter()
        return stored


def main(folder: str, to: str, url: str, answer: str) -> None:
    """Publish the folder, and write the seconds to a file."""
    storage = TimedStorage.from_url(to)
    podcastkit.publish(folder, to=storage, url=url)
    Path(answer).write_text(str(storage.last - storage.first), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
