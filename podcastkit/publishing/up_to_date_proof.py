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
from podcastkit.project.loader import find_changed_sources
from podcastkit.project.named_files import find_named_file
from podcastkit.publishing.summary import summarize_plan
from podcastkit.publishing.up_to_date import (
    State,
    digest_content,
    digest_environment,
    get_proof_path,
    list_names,
    read_state,
)
from podcastkit.state.lock import LOCK_NAME

if TYPE_CHECKING:
    from podcastkit.model import Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt


def write_proof(receipt: Receipt, *, begun: datetime, to: str | Path | None, url: str | None) -> bool:
    """Write the proof that a publish had nothing to do, and return whether this was possible.

    `to` and `url` are those of `up_to_date.load_stored_result`. `begun` is the time when reading the show began. A
    file that changed just before that time or later makes a proof impossible.
    """
    plan = receipt.plan
    if receipt.outcome != "unchanged" or receipt.troubles or plan.leftovers:
        return False
    facts = {
        "summary": summarize_plan(plan).to_dict(),
        "receipt": receipt.to_dict(),
        "in_plan": [*plan.to_dict()],  # the keys that the receipt shares with the plan
    }
    try:
        body = json.dumps(_make_proof(plan, begun, to) | facts).encode()
        write_cache_file(get_proof_path(plan.show.folder, to, url), body, is_private=True)
    except (_UnprovenError, OSError, ValueError, PodcastkitError):
        return False
    return True


class _UnprovenError(Exception):
    """Raised if the next publish must be a full run."""


def _make_proof(plan: Plan, begun: datetime, to: str | Path | None) -> dict[str, Any]:
    """Return the conditions under which a publish has nothing to do; raise _UnprovenError in case of doubt."""
    root = Path(os.path.realpath(plan.show.folder))  # the next command may run in another folder
    folders, files = _list_sources(plan.show, root, begun)
    destination, written = _describe_destination(plan, root, to)
    lock = str(root / LOCK_NAME)
    proof = {
        "environment": digest_environment(),
        "since": plan.at.timestamp(),
        "until": _find_expiry(plan),
        "lock": [lock, digest_content(lock)],
        "folders": {folder: list_names(folder) for folder in folders},
        "files": {path: read_state(path) for path in (*_list_program_files(), *_list_aws_files())}
        | files
        | written,
        "destination": destination,
    }
    if find_changed_sources(plan.show):  # checked last, so that no change before the proof is missed
        raise _UnprovenError
    return proof


def _list_sources(show: Show, root: Path, begun: datetime) -> tuple[list[str], dict[str, State]]:
    """Return the show's folders, and the states that its files had when they were read.

    Raises _UnprovenError for a file that was missing, or that changed too recently.
    """
    # A file that changed later can change again without a new time.
    latest_change = int(begun.timestamp()) * 10**9 - RACY_NS
    folders: list[str] = []
    states: dict[str, State] = {}
    for source, state in show.sources.items():
        path = root / source.relative_to(show.folder)
        if isinstance(state, tuple):
            folders.append(str(path))
        elif path.name == LOCK_NAME:  # the proof has a digest of its content
            continue
        elif not isinstance(state, Stamp) or max(state.mtime_ns, state.ctime_ns) > latest_change:
            raise _UnprovenError(path)
        else:
            states[str(path)] = list(astuple(state))
    return folders, states


def _describe_destination(plan: Plan, root: Path, to: str | Path | None) -> tuple[dict[str, Any], dict[str, State]]:
    """Return the values that identify the destination, and the states of its files."""
    storage, settings = plan.storage, plan.show.publish
    if not storage.is_served:
        # The same path as in `resolve_folder`, but with its links, so that a changed link is noticed.
        named_folder = to or find_named_file(root, os.path.expanduser(settings.to or DEFAULT_DESTINATION))  # noqa: PTH111
        return {"folder": storage.address, "named": str(named_folder)}, _read_published_states(
            plan, Path(storage.address)
        )
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


def _read_published_states(plan: Plan, folder: Path) -> dict[str, State]:
    """Return the states of the published files in a folder; raise _UnprovenError if one differs from the plan."""
    states: dict[str, State] = {}
    for asset in (action.asset for action in plan.actions):
        path = folder / asset.key
        state = read_state(str(path))
        if state is None or path.is_symlink() or path.stat().st_size != asset.size:
            raise _UnprovenError(path)
        if isinstance(asset.body, bytes) and path.read_bytes() != asset.body:
            raise _UnprovenError(path)
        states[str(path)] = state
    return states


def _find_expiry(plan: Plan) -> float | None:
    """Return the time at which the proof expires, in seconds since 1970, or None if no episode has a future date.

    The proof expires when an episode is due or when a new year begins. A new year changes the output, because dates
    of the current year are printed without the year.
    """
    due_dates = [held.due for held in plan.held_back if held.due]
    new_years = [_start_next_year(plan.at.astimezone(plan.show.timezone or due.tzinfo)) for due in due_dates]
    return min((moment.timestamp() for moment in (*due_dates, *new_years)), default=None)


def _start_next_year(moment: datetime) -> datetime:
    return datetime(moment.year + 1, 1, 1, tzinfo=moment.tzinfo)


def _list_program_files() -> list[str]:
    """Return the files of podcastkit and of its libraries, because other versions may write a different feed."""
    modules = [
        module for name, module in list(sys.modules.items()) if "." not in name or name.startswith("podcastkit.")
    ]
    return sorted({file for module in modules if (file := getattr(module, "__file__", None))})


def _list_aws_files() -> list[str]:
    variables = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    paths = (os.environ.get(name, default) for name, default in variables)
    return [os.path.expanduser(path) for path in paths]  # noqa: PTH111 - as AWS tools do
