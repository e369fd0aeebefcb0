"""What a bucket needs is imported while the audio is being read: boto3 takes as long as hashing a long episode."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from podcastkit.diagnostics import PodcastkitError
from podcastkit.places import find_show, find_show_file, named_show

_BUCKET = re.compile(rb"""^\s*to\s*=\s*["']s3://""", re.MULTILINE)


def warm_up(show: Path | None, to: str | None) -> None:
    """Begin to import the storage for buckets, where the show seems to go to one. It only ever saves time."""
    if to.startswith("s3://") if to else _names_bucket(show):
        # Not a daemon: one that imports while the interpreter ends fails with a traceback.
        threading.Thread(target=import_module, args=("podcastkit.storage.s3",)).start()


def _names_bucket(show: Path | None) -> bool:
    with suppress(OSError, PodcastkitError):  # what is wrong with the show is told when it is loaded
        file = find_show_file(named_show(show) if show else find_show(Path.cwd()))
        return file is not None and _BUCKET.search(file.read_bytes()) is not None
    return False
