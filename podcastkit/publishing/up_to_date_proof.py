"""Write the proof that lets the next publish exit early (see `up_to_date`)."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import astuple, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from podcastkit.cache import RACY_NS, write_cache_file
from podcastkit.diagnostics import PodcastkitError
from podcastkit.model import Stamp
from podcastkit.project.discovery import DEFAULT_DESTINATION, names_in
from podcastkit.published_keys import FEED_KEY, HISTORY, MANIFEST_KEY
from podcastkit.publishing.plan import ActionKind, Plan, plan_files, plan_rewrite
from podcastkit.publishing.publish import describe_outcome
from podcastkit.publishing.summary import summarize_plan
from podcastkit.publishing.up_to_date import (
    State,
    digest_content,
    environment,
    list_names,
    proof_file,
    sealed,
    state_of,
)
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.build.assets import Asset
    from podcastkit.publishing.publish import Receipt


_COMPLETE_OUTCOMES = {"published", "unchanged"}


def note(receipt: Receipt, *, begun: datetime, to: str | Path | None, url: str | None) -> bool:
    """Write the proof that a publish left nothing to do; return whether there is one.

    `to` and `url` are those of `up_to_date.recall`. `begun` is when reading the show began: what changed just
    before, or since, leaves no proof.
    """
    if receipt.outcome not in _COMPLETE_OUTCOMES:
        return False
    plan = receipt.plan
    try:
        body = json.dumps(_prove(plan, begun, to) | _list_facts(plan)).encode()
        file = proof_file(plan.show.folder, to, url)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_cache_file(file, sealed(body), is_private=True)
    except (_UnprovenError, OSError, ValueError, PodcastkitError):
        return False
    return True


class _UnprovenError(Exception):
    """A reason why the next publish must look at everything."""


def _list_facts(plan: Plan) -> dict[str, Any]:
    """Return what the commands print while everything stays as the plan leaves it."""
    following = settle_plan(plan)
    planned, receipt = following.to_dict(), describe_outcome(following, troubles=()).to_dict()
    rest = {name: value for name, value in receipt.items() if name not in planned}
    return {"summary": summarize_plan(following).to_dict(), "plan": planned, "receipt": rest}


def settle_plan(plan: Plan) -> Plan:
    """Return the plan that comes next when everything stays as this one leaves it."""
    assets = _assets(plan)
    rewritten = _rewritten(plan)
    hashed = [asset for key, asset in assets.items() if key not in rewritten]
    kept = plan_files(hashed, {asset.key: asset.size for asset in hashed})
    bodies = [(assets[key], assets[key].body) for key in rewritten]
    same = (plan_rewrite(asset, body) for asset, body in bodies if isinstance(body, bytes))
    return replace(plan, actions=(*kept, *same), changes=(), leftovers=(), withdrawals_first=None)


def _rewritten(plan: Plan) -> tuple[str, ...]:
    """Return the keys under which a publish writes what changes."""
    return (*plan.feeds, MANIFEST_KEY)


def _prove(plan: Plan, begun: datetime, to: str | Path | None) -> dict[str, Any]:
    """Return what must stay true for as long as nothing is to do; raise _UnprovenError when that is in doubt."""
    root = os.path.realpath(plan.show.folder)
    sources = _list_sources(plan, root, begun)
    folders = [f"{root}{os.sep}{path.relative_to(plan.show.folder)}" for path in _read_folders(plan)]
    destination, written = _describe_destination(plan, root, to)
    lock = f"{root}{os.sep}{LOCK_NAME}"
    proof = {
        "environment": environment(),
        "since": plan.at.timestamp(),
        "until": _until(plan),
        "lock": [lock, digest_content(lock)],
        "folders": {folder: list_names(folder) for folder in folders},
        "files": {path: state_of(path) for path in (*_program(), *_settings())} | sources | written,
        "destination": destination,
    }
    _refuse_changed(plan)  # afterwards, so that nothing can come between the look and the proof
    return proof


def _read_folders(plan: Plan) -> dict[Path, tuple[str, ...]]:
    """Return the names that were read in each of the show's folders."""
    return {path: names for path, names in plan.show.sources.items() if isinstance(names, tuple)}


def _list_sources(plan: Plan, root: str, begun: datetime) -> dict[str, State]:
    """Return the states in which the show's files were read."""
    newest = int(begun.timestamp()) * 10**9 - RACY_NS
    states: dict[str, State] = {}
    for path, state in plan.show.sources.items():
        inside = str(path.relative_to(plan.show.folder))
        if isinstance(state, tuple) or inside == LOCK_NAME:
            continue
        if not isinstance(state, Stamp) or max(state.mtime_ns, state.ctime_ns) > newest:
            raise _UnprovenError(path)
        states[f"{root}{os.sep}{inside}"] = list(astuple(state))
    return states


def _describe_destination(plan: Plan, root: str, to: str | Path | None) -> tuple[dict[str, Any], dict[str, State]]:
    """Return what the destination is known by, and the states of its files."""
    storage = plan.storage
    if isinstance(storage, LocalStorage):
        named = to or os.path.join(root, os.path.expanduser(plan.show.publish.to or DEFAULT_DESTINATION))  # noqa: PTH111, PTH118 - as named_folder does it
        return {"folder": str(storage.path), "named": str(named)}, _list_written(plan, storage.path)
    object_url = getattr(storage, "object_url", None)
    if object_url is None or "@" in object_url(FEED_KEY):
        raise _UnprovenError(storage.address)
    settings = plan.show.publish
    bucket = {
        "address": storage.address,
        "feeds": {key: [object_url(key), _etag(plan, key)] for key in plan.feeds},
        "settings": {name: getattr(settings, name) for name in ("endpoint_url", "region", "profile")},
    }
    return bucket, {}


def _list_written(plan: Plan, folder: Path) -> dict[str, State]:
    """Return the states of the published files in a folder, which must hold what was planned."""
    states: dict[str, State] = {}
    rewritten = _rewritten(plan)
    for asset in _assets(plan).values():
        path = folder / asset.key
        state = state_of(str(path))
        if state is None or path.is_symlink() or path.stat().st_size != asset.size:
            raise _UnprovenError(path)
        if asset.key in rewritten and path.read_bytes() != asset.body:
            raise _UnprovenError(path)
        states[str(path)] = state
    return states


def _etag(plan: Plan, key: str) -> str:
    """Return the ETag of a feed in a bucket, which must be the plan's."""
    feed, etag = plan.feeds[key]
    if etag and any(action.asset.key == key and action.kind is ActionKind.KEEP for action in plan.actions):
        return etag
    stored = plan.storage.find(key)
    if stored and stored.etag == hashlib.md5(feed, usedforsecurity=False).hexdigest():
        return stored.etag
    read = plan.storage.read(key)  # an encrypted object's ETag says nothing of its bytes
    if read is None or read[0] != feed:
        raise _UnprovenError(key)
    return read[1]


def _assets(plan: Plan) -> dict[str, Asset]:
    """Return what the destination holds for listeners when the plan is carried out, and the manifest."""
    left = (action.asset for action in plan.actions if action.kind is not ActionKind.REMOVE)
    return {asset.key: asset for asset in left if not asset.key.startswith(HISTORY)}


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


def _refuse_changed(plan: Plan) -> None:
    """Refuse folders that do not hold what was read, and a lock without what was to be remembered."""
    for folder, names in _read_folders(plan).items():
        if {*names_in(folder), LOCK_NAME} != {*names, LOCK_NAME}:
            raise _UnprovenError(folder)
    if read_lock(plan.show.folder) != (plan.show.records if plan.trial else plan.records):
        raise _UnprovenError(LOCK_NAME)
