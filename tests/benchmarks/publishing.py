"""Publish a show with the library, and report the memory of this process and the audio files that it opened."""

from __future__ import annotations

import json
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import podcastkit

_URL = "https://podcast.example.org/show"
_AUDIO = (".wav", ".mp3", ".m4a")


def main(folder: str, to: str, answer: str, threads: str = "") -> None:
    """Publish with this number of threads or the default, and write the figures to a file."""
    opened: list[str] = []

    def record_open(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).endswith(_AUDIO):
            opened.append(str(arguments[0]))

    sys.addaudithook(record_open)
    with ThreadPoolExecutor(int(threads)) if threads else nullcontext() as executor:
        podcastkit.publish(folder, to=to, url=_URL, executor=executor)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(answer).write_text(json.dumps({"memory": memory, "opened": opened}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
