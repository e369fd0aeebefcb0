"""Load or check a show, and report the time."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import podcastkit


def main(what: str, folder: str, answer: str) -> None:
    """Load or check a show, and write the seconds to a file."""
    load, check = podcastkit.load, podcastkit.check
    started = time.perf_counter()
    load(folder) if what == "load" else check(folder)
    Path(answer).write_text(str(time.perf_counter() - started), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
