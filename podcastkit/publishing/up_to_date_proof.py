"""Write the proof that lets the next publish exit early (see `up_to_date`)."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcastkit.cache import RACY_NS, write_cache_file
from podcastkit.diagnostics import PodcastkitError
from podcastkit.model import Stamp
from podcastkit.project.discovery import DEFAULT_DESTINATION
from podcastkit.project.loader import changed_sources
from podcastkit.project.named_files import find_named_file
from podcastkit.publishing.summary import summarize_plan
from podcastkit.publishing.up_to_date import (
    State,
    digest_content,
    environment,
    list_names,
    proof_file,
    state_of,
)
from podcastkit.state.lock import LOCK_NAME

if TYPE_CHECKING:
    from podcastkit.model import Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt


def note(receipt: Receipt, *, begun: datetime, to: str | Path | None, url: str | None) -> bool:
    """Write the proof that a publish found nothing to do; return whether there is one.

    `to` and `url` are those of `up_to_date.recall`. `begun` is when reading the show began: what changed just
    before, or since, leaves no proof.
    """
    plan = receipt.plan
    if receipt.outcome != "unchanged" or receipt.troubles or plan.leftovers:
        return False
    facts = {
        "summary": summarize_plan(plan).to_dict(),
        "receipt": receipt.to_dict(),
        "in_plan": [*plan.to_dict()],  # the parts of the receipt that a plan has, too
    }
    try:
        body = json.dumps(_prove(plan, begun, to) | facts).encode()
        write_cache_file(proof_file(plan.show.folder, to, url), body, is_private=True)
    except (_UnprovenError, OSError, ValueError, PodcastkitError):
        return False
    return True


class _UnprovenError(Exception):
    """A reason why the next publish must look at everything."""


def _prove(plan: Plan, begun: datetime, to: str | Path | None) -> dict[str, Any]:
    """Return what must stay true for as long as nothing is to do; raise _UnprovenError when that is in doubt."""
    root = Path(os.path.realpath(plan.show.folder))  # the next command may begin in another folder
    folders, files = _list_sources(plan.show, root, begun)
    destination, written = _describe_destination(plan, root, to)
    lock = str(root / LOCK_NAME)
    proof = {
        "environment": environment(),
        "since": plan.at.timestamp(),
        "until": _until(plan),
        "lock": [lock, digest_content(lock)],
        "folders": {folder: list_names(folder) for folder in folders},
        "files": {path: state_of(path) for path in (*_program(), *_settings())} | files | written,
        "destination": destination,
    }
    if changed_sources(plan.show):  # afterwards, so that nothing can come between the look and the proof
        raise _UnprovenError
    return proof


def _list_sources(show: Show, root: Path, begun: datetime) -> tuple[list[str], dict[str, State]]:
    """Return the show's folders, and the states in which its files were read."""
    newest = int(begun.timestamp()) * 10**9 - RACY_NS
    folders: list[str] = []
    states: dict[str, State] = {}
    for source, state in show.sources.items():
        path = root / source.relative_to(show.folder)
        if isinstance(state, tuple):
            folders.append(str(path))
        elif path.name == LOCK_NAME:  # its content counts
            continue
        elif not isinstance(state, Stamp) or max(state.mtime_ns, state.ctime_ns) > newest:
            raise _UnprovenError(path)
        else:
            states[str(path)] = list(astuple(state))
    return folders, states


def _describe_destination(plan: Plan, root: Path, to: str | Path | None) -> tuple[dict[str, Any], dict[str, State]]:
    """Return what the destination is known by, and the states of its files."""
    storage, settings = plan.storage, plan.show.publish
    if not storage.is_served:
        # As named_folder does it, before links are resolved.
        named = to or find_named_file(root, os.path.expanduser(settings.to or DEFAULT_DESTINATION))  # noqa: PTH111
        return {"folder": storage.address, "named": str(named)}, _list_written(plan, Path(storage.address))
    etags = [switch.etag_before or "" for switch in plan.feeds.values()]
    if "@" in storage.public_url or not all(etags):
        raise _UnprovenError(storage.address)
    served = {
        "address": storage.address,
        "url": storage.public_url,
        "keys": list(plan.feeds),
        "fingerprint": " ".join(etags),  # as Storage.fingerprint returns it
        "settings": {name: getattr(settings, name) for name in ("endpoint_url", "region", "profile")},
    }
    return served, {}


def _list_written(plan: Plan, folder: Path) -> dict[str, State]:
    """Return the states of the published files in a folder, which must hold what was planned."""
    states: dict[str, State] = {}
    for asset in (action.asset for action in plan.actions):
        path = folder / asset.key
        state = state_of(str(path))
        if state is None or path.is_symlink() or path.stat().st_size != asset.size:
            raise _UnprovenError(path)
        if isinstance(asset.body, bytes) and path.read_bytes() != asset.body:
            raise _UnprovenError(path)
        states[str(path)] = state
    return states


def _until(plan: Plan) -> float | None:
    """Return the moment from which there is another thing to do, or to say: a date of this year goes without it."""
    dues = [held.due for held in plan.held_back if held.due]
    turns = [_next_year(plan.at.astimezone(plan.show.timezone or due.tzinfo)) for due in dues]
    return min((moment.timestamp() for moment in (*dues, *turns)), default=None)


def _next_year(moment: datetime) -> datetime:
    return datetime(moment.year + 1, 1, 1, tzinfo=moment.tzinfo)


def _program() -> list[str]:
    """Return the files of podcastkit and of the libraries that it used: others may write the feed otherwise."""
    modules = [
        module for name, module in list(sys.modules.items()) if "." not in name or name.startswith("podcastkit.")
    ]
    return sorted({file for module in modules if (file := getattr(module, "__file__", None))})


def _settings() -> list[str]:
    named = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    return [os.path.expanduser(os.environ.get(name, usual)) for name, usual in named]  # noqa: PTH111 - as AWS tools do
