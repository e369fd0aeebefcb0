"""Exit early if nothing has changed since the last publish.

A publish stores a proof in the cache (see `up_to_date_proof`). A full run is unnecessary while all files that were
read and written have the same state, no episode has become due, and the destination has the feed of the proof. Any
doubt, and any damage to the proof, leads to a full run. This module raises no errors and imports nothing slow.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podcastkit.cache import get_cache_folder, read_cache_file
from podcastkit.diagnostics import PodcastkitError
from podcastkit.publishing.summary import Summary
from podcastkit.version import __version__
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from pathlib import Path

State = list[int]
"""The state of a file: device, inode, size, and mtime and ctime in nanoseconds."""

_SECRET = re.compile(r"KEY|SECRET|TOKEN")


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredResult:
    """The stored result of the last publish, which commands print if nothing has changed."""

    summary: Summary
    plan: dict[str, object]
    """The JSON object of `plan --json`."""
    receipt: dict[str, object]
    """The JSON object of `publish --json`."""


def load_stored_result(folder: Path, *, to: str | Path | None, url: str | None) -> StoredResult | None:
    """Return the stored result of the last publish, or None if anything has changed since.

    `to` and `url` are the options of the command: `to` is None, an absolute path or the address of a bucket.
    """
    try:
        proof = json.loads(read_cache_file(get_proof_path(folder, to, url)) or b"null")
        if proof is None or not _is_valid(proof):
            return None
        receipt = proof["receipt"]
        plan = {name: receipt[name] for name in proof["in_plan"]}  # the receipt contains the plan's values
        return StoredResult(summary=Summary.from_dict(proof["summary"]), plan=plan, receipt=receipt)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, PodcastkitError):
        return None


def delete_proof(folder: Path, *, to: str | Path | None, url: str | None) -> None:
    """Delete the proof with its stored result, so that the next publish is a full run."""
    with suppress(OSError):  # a read-only cache
        get_proof_path(folder, to, url).unlink()


def get_proof_path(folder: Path, to: str | Path | None, url: str | None) -> Path:
    """Return the cache file for the stored result of a show and these options.

    Each version of podcastkit has its own file, because it may write a different feed.
    """
    options = json.dumps([os.path.realpath(folder), to and str(to), url, __version__])
    return get_cache_folder() / "standing" / f"{hashlib.sha256(options.encode()).hexdigest()[:32]}.json"


def digest_environment() -> str:
    """Return a digest of the environment variables that influence the destination, without secrets."""
    names = sorted(name for name in os.environ if name.startswith("AWS_") and not _SECRET.search(name))
    values = [(name, os.environ.get(name)) for name in ("HOME", "USERPROFILE", *names)]
    return hashlib.sha256(repr(values).encode()).hexdigest()


def list_names(folder: str) -> list[str]:
    """Return the sorted names in a folder, without hidden and ignored names, which begin with `.` or `_`."""
    return sorted(name for name in os.listdir(folder) if not name.startswith((".", "_")))  # noqa: PTH208 - fast


def read_state(path: str) -> State | None:
    """Return a file's state, or None if the file is missing. For a device, the state is only its mode."""
    try:
        status = os.stat(path)  # noqa: PTH116 - fast: there are thousands of files
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):  # the times of a device mean nothing
        return [status.st_mode]
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def digest_content(path: str) -> str | None:
    """Return a digest of a file's bytes, or None if the file is missing."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - fast
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _is_valid(proof: Any) -> bool:  # noqa: ANN401 - parsed from JSON
    """Return whether nothing has changed since the proof was written. The slowest checks are last."""
    lock, digest = proof["lock"]
    return bool(
        proof["environment"] == digest_environment()
        and proof["since"] <= time.time() < (proof["until"] or float("inf"))
        and digest_content(lock) == digest
        and all(list_names(folder) == names for folder, names in proof["folders"].items())
        and all(read_state(path) == state for path, state in proof["files"].items())
        and _is_destination_unchanged(proof["destination"])
    )


def _is_destination_unchanged(destination: Any) -> bool:  # noqa: ANN401 - parsed from JSON
    """Return whether the folder is still the same, or the bucket still has the feeds of the proof."""
    if "folder" in destination:
        return bool(os.path.realpath(destination["named"]) == destination["folder"])
    return _fetch_fingerprint(destination) == str(destination["fingerprint"])


def _fetch_fingerprint(destination: Any) -> str | None:  # noqa: ANN401 - parsed from JSON
    """Return the fingerprint of the feeds in a bucket: their ETags, joined by spaces.

    Unsigned requests are tried first, because they need no boto3.
    """
    from podcastkit.publishing.public_etag import fetch_etag  # noqa: PLC0415 - http.client is slow to import

    timeout = Waiting.from_environment().shortcut_timeout
    etags = [fetch_etag(f"{destination['url']}/{key}", timeout=timeout) or "" for key in destination["keys"]]
    if all(etags):
        return " ".join(etags)
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    return S3Storage.from_url(destination["address"], **destination["settings"]).fingerprint(destination["keys"])
