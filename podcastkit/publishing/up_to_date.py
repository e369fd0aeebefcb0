"""Exit early if nothing has changed since the last publish.

A publish leaves a proof in the cache (see `up_to_date_proof`). While everything that was read and written is in the
same state, no episode has become due, and the destination still has the feed of the proof, a full run would find
nothing to do. Any doubt, and any damage to the proof, leads to the full run. Nothing here fails, and nothing slow
is imported.
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

from podcastkit.cache import cache_folder, read_cache_file
from podcastkit.diagnostics import PodcastkitError
from podcastkit.publishing.summary import Summary
from podcastkit.version import __version__
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from pathlib import Path

State = list[int]
"""What the file system says of a file: device, inode, size, mtime and ctime in nanoseconds."""

_SECRET = re.compile(r"KEY|SECRET|TOKEN")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the last publish noted for the commands to print while nothing changes."""

    summary: Summary
    plan: dict[str, object]
    """The JSON object of `plan --json`."""
    receipt: dict[str, object]
    """The JSON object of `publish --json`."""


def recall(folder: Path, *, to: str | Path | None, url: str | None) -> Facts | None:
    """Return what was noted at the last publish if nothing has changed since, else None.

    `to` and `url` are what was asked for: `to` is None, an absolute path or the address of a bucket.
    """
    try:
        proof = json.loads(read_cache_file(proof_file(folder, to, url)) or b"null")
        if proof is None or not _holds(proof):
            return None
        receipt = proof["receipt"]
        plan = {name: receipt[name] for name in proof["in_plan"]}
        return Facts(summary=Summary.from_dict(proof["summary"]), plan=plan, receipt=receipt)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, PodcastkitError):
        return None


def forget(folder: Path, *, to: str | Path | None, url: str | None) -> None:
    """Remove what was noted, where something turned out to be wrong: the next publish looks at everything."""
    with suppress(OSError):  # a cache that cannot be written to
        proof_file(folder, to, url).unlink()


def proof_file(folder: Path, to: str | Path | None, url: str | None) -> Path:
    """Return the file in the cache for what is noted of a show, by what was asked for.

    It is another one for each version of podcastkit, which may write another feed.
    """
    asked = json.dumps([os.path.realpath(folder), to and str(to), url, __version__])
    return cache_folder() / "standing" / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.json"


def environment() -> str:
    """Digest the variables that decide where a show goes. Keys decide only whether it may, and stay out of it."""
    names = sorted(name for name in os.environ if name.startswith("AWS_") and not _SECRET.search(name))
    values = [(name, os.environ.get(name)) for name in ("HOME", "USERPROFILE", *names)]
    return hashlib.sha256(repr(values).encode()).hexdigest()


def list_names(folder: str) -> list[str]:
    """Return the names in a folder that may matter, sorted."""
    return sorted(name for name in os.listdir(folder) if not name.startswith((".", "_")))  # noqa: PTH208 - fast


def state_of(path: str) -> State | None:
    """Return a file's state, or None for what is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116 - fast: there are thousands of files
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):  # of a device, the times tell nothing
        return [found.st_mode]
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def digest_content(path: str) -> str | None:
    """Return a digest of a file's bytes, or None for what is gone."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - fast
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _holds(proof: Any) -> bool:  # noqa: ANN401 - it comes out of JSON
    """Tell whether everything is as it was; what costs most is asked last."""
    lock, digest = proof["lock"]
    return bool(
        proof["environment"] == environment()
        and proof["since"] <= time.time() < (proof["until"] or float("inf"))
        and digest_content(lock) == digest
        and all(list_names(folder) == names for folder, names in proof["folders"].items())
        and all(state_of(path) == state for path, state in proof["files"].items())
        and _stands(proof["destination"])
    )


def _stands(destination: Any) -> bool:  # noqa: ANN401 - it comes out of JSON
    """Tell whether the destination is still this folder, or has the feeds of the proof on the web."""
    if "folder" in destination:
        return bool(os.path.realpath(destination["named"]) == destination["folder"])
    return _ask_store(destination) == str(destination["fingerprint"])


def _ask_store(destination: Any) -> str | None:  # noqa: ANN401 - it comes out of JSON
    """Return the fingerprint of the feeds: unsigned where the store answers that, which needs no boto3."""
    from podcastkit.publishing.public_etag import etag_of  # noqa: PLC0415 - http.client is slow to import

    timeout = Waiting.from_environment().shortcut_timeout
    etags = [etag_of(f"{destination['url']}/{key}", timeout=timeout) or "" for key in destination["keys"]]
    if all(etags):
        return " ".join(etags)
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    return S3Storage.from_url(destination["address"], **destination["settings"]).fingerprint(destination["keys"])
