"""The lock, podcastkit.lock: the values of a show that must never change.

A real publish writes it. It belongs in version control. Where it cannot be kept, the manifest at the destination
contains the same records; both are read, and a contradiction between them is a finding.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError, ProjectError, StorageError
from podcastkit.media.files import read_text_file
from podcastkit.model import Records
from podcastkit.state.records import records_from_json, records_to_json, write_json
from podcastkit.storage.local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path


LOCK_NAME = "podcastkit.lock"


_LOCK_CURE = (
    "bring back the last good one from version control or a backup; never delete it while the show is public"
)


_LOCK_NOTE = "Written by podcastkit. Keep it with the show: it holds what must never change (GUIDs, dates, files)."


def read_lock(folder: Path) -> Records:
    """Return what the show's lock remembers; a show without one has no records yet.

    Raises ProjectError when the lock is damaged: guessing would give listeners every episode a second time.
    """
    path = folder / LOCK_NAME
    if not os.path.lexists(path):
        return Records()
    try:
        return records_from_json(json.loads(read_text_file(path).decode("utf-8-sig")))
    except MediaError as error:
        raise ProjectError(error.message, _LOCK_CURE) from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is damaged: {error}", _LOCK_CURE) from error


def write_lock(folder: Path, records: Records) -> bool:
    """Make the lock say this, unless it does already; tell whether it was written. It is never half written.

    Raises ProjectError when it cannot be written.
    """
    body = write_json({"note": _LOCK_NOTE, "schema": 1, **records_to_json(records)})
    storage = LocalStorage(folder)
    try:
        stored = storage.read(LOCK_NAME)
        if stored and stored[0] == body:
            return False
        storage.write(LOCK_NAME, body, content_type="application/json", cache_control="")
    except StorageError as error:
        raise ProjectError(
            f"{LOCK_NAME} cannot be written: {error.message}",
            "make sure that the show's folder can be written to and is not full, then run the command again",
        ) from error
    return True
