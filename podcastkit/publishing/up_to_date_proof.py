"""Write the proof that lets the next publish exit early (see `up_to_date`)."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path
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
    digest_of,
    environment,
    file_in,
    made_files,
    proof_file,
    sealed,
    state_of,
)
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage

if TYPE_CHECKING:
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
    with suppress(OSError, ValueError, PodcastkitError):
        proof = _prove(plan, begun, to)
        if proof is None:
            return False
        file = proof_file(plan.show.folder, to, url)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_cache_file(file, sealed(json.dumps(proof | _list_facts(plan)).encode()), is_private=True)
        return True
    return False


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


def _prove(plan: Plan, begun: datetime, to: str | Path | None) -> dict[str, Any] | None:
    """Return what must stay true for as long as nothing is to do; None when that cannot be said."""
    root = os.path.realpath(plan.show.folder)
    read, left = _read_from(plan, root, begun), _left_at(plan, root, to)
    if read is None or left is None:
        return None
    (folders, states), (destination, files) = read, left
    proof: dict[str, Any] = {
        "environment": environment(),
        "since": plan.at.timestamp(),
        "until": _until(plan),
        "folders": folders,
        "files": [*_program(), *_settings(), *files],
        "lock": LOCK_NAME,
        "destination": destination,
    }
    proof["state"] = digest_of(proof, root, {**states, **files})
    # Afterwards, so that nothing can come between the look and the digest.
    return proof if _is_as_read(plan) else None


def _read_from(plan: Plan, root: str, begun: datetime) -> tuple[dict[str, list[str]], dict[str, State]] | None:
    """Return the files by folder, and the states in which they were read; None when those prove nothing."""
    folders: dict[str, list[str]] = {str(path.relative_to(plan.show.folder)): [] for path in _around(plan)}
    states: dict[str, State] = {}
    newest = int(begun.timestamp()) * 10**9 - RACY_NS
    for path, state in plan.show.sources.items():
        inside = path.relative_to(plan.show.folder)
        if isinstance(state, tuple):
            folders.setdefault(str(inside), [])
        elif str(inside) == LOCK_NAME:
            continue
        elif not isinstance(state, Stamp) or max(state.mtime_ns, state.ctime_ns) > newest:
            return None
        else:
            folders.setdefault(str(inside.parent), []).append(path.name)
            states[file_in(root, str(inside.parent), path.name)] = astuple(state)
    return folders, states


def _left_at(plan: Plan, root: str, to: str | Path | None) -> tuple[dict[str, Any], dict[str, State]] | None:
    """Return what the destination is known by, with the states of its files; None when it is not as planned."""
    storage = plan.storage
    if isinstance(storage, LocalStorage):
        named = to or os.path.join(root, os.path.expanduser(plan.show.publish.to or DEFAULT_DESTINATION))  # noqa: PTH111, PTH118 - as named_folder does it
        files = _files_left(plan, storage.path)
        made = {"folder": str(storage.path), "named": str(named), "made": made_files(str(storage.path))}
        return None if files is None else (made, files)
    object_url, etags = getattr(storage, "object_url", None), {key: _etag(plan, key) for key in plan.feeds}
    if object_url is None or None in etags.values() or "@" in object_url(FEED_KEY):
        return None
    settings = plan.show.publish
    bucket = {
        "address": storage.address,
        "feeds": {key: [object_url(key), etag] for key, etag in etags.items()},
        "settings": {name: getattr(settings, name) for name in ("endpoint_url", "region", "profile")},
    }
    return bucket, {}


def _files_left(plan: Plan, folder: Path) -> dict[str, State] | None:
    """Return the states of the feed and the manifest in a folder; None when it does not hold what was planned."""
    states: dict[str, State] = {}
    rewritten = _rewritten(plan)
    for asset in _assets(plan).values():
        path = str(folder / asset.key)
        state = state_of(path)
        if state is None or Path(path).is_symlink():
            return None
        if asset.key in rewritten:
            states[path] = state
            if Path(path).read_bytes() != asset.body or state_of(path) != state:
                return None
        elif Path(path).stat().st_size != asset.size:
            return None
    return states


def _etag(plan: Plan, key: str) -> str | None:
    """Return the ETag of a feed in a bucket; None when the feed is not the plan's."""
    feed, etag = plan.feeds[key]
    if any(action.asset.key == key and action.kind is ActionKind.KEEP for action in plan.actions):
        return etag
    stored = plan.storage.find(key)
    if stored is None:
        return None
    if stored.etag == hashlib.md5(feed, usedforsecurity=False).hexdigest():
        return stored.etag
    read = plan.storage.read(key)  # an encrypted object's ETag says nothing of its bytes
    return read[1] if read and read[0] == feed else None


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


def _is_as_read(plan: Plan) -> bool:
    """Tell whether the show's folders still hold what was read, and the lock what was to be remembered."""
    named = {path: state for path, state in plan.show.sources.items() if isinstance(state, tuple)}
    named |= {path: () for path in _around(plan) if path not in named}
    if not all(_has_names(path, names, plan) for path, names in named.items()):
        return False
    return read_lock(plan.show.folder) == (plan.show.records if plan.trial else plan.records)


def _has_names(folder: Path, names: tuple[str, ...], plan: Plan) -> bool:
    new = set(names_in(folder)) ^ set(names)
    new -= {LOCK_NAME} if folder == plan.show.folder else set()
    if not new:
        return True
    destination, real = Path(plan.storage.address), Path(os.path.realpath(folder))
    return all(destination.is_relative_to(real / name) for name in new)


def _around(plan: Plan) -> list[Path]:
    """Return the folders of the show that hold the destination, as this publish may have made them."""
    root, destination = Path(os.path.realpath(plan.show.folder)), Path(plan.storage.address)
    around = [path for path in destination.parents if path.is_relative_to(root) and path != root]
    return [plan.show.folder / path.relative_to(root) for path in around]
