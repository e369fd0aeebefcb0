"""Read and write the lock file, podcastkit.lock: the values of a show that must never change.

Every publish except a trial run writes the lock file. Keep it in version control. The manifest at the destination
contains the same records; podcastkit reads both, and reports contradictions between them.
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


_RESTORE_HINT = (
    "restore the last good lock file from version control or a backup; do not delete it while the show is public"
)


_LOCK_NOTE = "Written by podcastkit. Keep it with the show: it holds what must never change (GUIDs, dates, files)."


def read_lock(folder: Path) -> Records:
    """Return the records in the show's lock file; empty records if there is no lock file.

    Raise ProjectError if the lock file is damaged: without its GUIDs, apps would show every episode twice.
    """
    path = folder / LOCK_NAME
    if not os.path.lexists(path):
        return Records()
    try:
        return records_from_json(json.loads(read_text_file(path).decode("utf-8-sig")))
    except MediaError as error:
        raise ProjectError(error.message, _RESTORE_HINT) from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is damaged: {error}", _RESTORE_HINT) from error


def write_lock(folder: Path, records: Records) -> bool:
    """Write records to the lock file if they changed, and return whether it was written. The write is atomic.

    Raise ProjectError if the lock file cannot be written.
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
            "make sure that the show's folder is writable and its disk is not full, then run the command again",
        ) from error
    return True
