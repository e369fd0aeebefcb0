"""The plan of a publish: compare the wanted files with the stored ones, and list the actions in a safe order.

Nothing here reads or writes files, so that a plan can be printed, tested and refused.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.build.assets import Asset
from podcastkit.diagnostics import PodcastkitError
from podcastkit.model import Records
from podcastkit.published_keys import FEED_KEY, HISTORY, hash_feed
from podcastkit.state.published import PublishedState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from podcastkit.build.due import HeldBack
    from podcastkit.diagnostics import Diagnostic
    from podcastkit.feed.changes import Change
    from podcastkit.model import Show
    from podcastkit.state.published import PublishedFeed
    from podcastkit.storage.base import Leftover, Storage


class ActionKind(enum.StrEnum):
    """The kind of an action on a key at the destination."""

    UPLOAD = "upload"
    UPDATE = "update"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One step of a publish, with its reason in plain English."""

    kind: ActionKind
    asset: Asset
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of this step in `plan --json`."""
        return {
            "action": self.kind.value,
            "key": self.asset.key,
            "size": self.asset.size,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A file that no live feed names but that cannot be removed yet. The size is in bytes."""

    key: str
    size: int
    until: datetime | None
    """The time from which the file can be removed, or None if the destination does not report its age."""

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of this file in `prune --json`."""
        return {"key": self.key, "size": self.size, "until": self.until.isoformat() if self.until else None}


class DestructiveChange(PodcastkitError):  # noqa: N818 - the name is part of the public contract
    """Raised when a plan takes something away from subscribers without consent. `changes` lists the losses."""

    def __init__(self, message: str, hint: str | None = None, *, changes: tuple[Change, ...]) -> None:
        super().__init__(message, hint)
        self.changes = changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A new feed, and the live feed that it replaces."""

    body: bytes = field(repr=False)
    before: PublishedFeed | None = field(default=None, repr=False)
    """The feed to replace, or None for a new feed."""

    @property
    def etag_before(self) -> str | None:
        """The ETag of the feed to replace."""
        return self.before.etag if self.before else None

    @property
    def digest(self) -> str:
        """The SHA-256 of the feed, in hex."""
        return hash_feed(self.body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """All changes of a publish, and the state of the destination that they were computed from."""

    show: Show = field(repr=False)
    """The show. For a publish, its episodes are matched to their records."""
    storage: Storage
    url: str
    trial: bool
    at: datetime
    actions: tuple[Action, ...]
    """In the order in which they are carried out. Writing the feed is the commit."""
    changes: tuple[Change, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    published: tuple[str, ...] = ()
    """The folders of the episodes that are built for the feed, without those whose published items are kept."""
    feeds: Mapping[str, Switch] = field(repr=False)
    """The new feeds by their keys, the original's first."""
    state: PublishedState = field(default_factory=PublishedState, repr=False)
    """The state of the destination when the plan was made."""
    records: Records = field(default_factory=Records)
    """The records for the lock file after the publish."""
    leftovers: tuple[Leftover, ...] = ()
    """Unfinished uploads of killed writers, to be removed."""
    kept: tuple[Kept, ...] = ()
    """The files that `prune` does not remove yet."""
    withdrawals_first: Records | None = None
    """Records to write to the lock file before anything else, so that an interruption cannot undo a withdrawal."""

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{FEED_KEY}"

    @property
    def feed(self) -> bytes:
        """The feed that listeners subscribe to."""
        return self.feeds[FEED_KEY].body

    @property
    def next_due(self) -> datetime | None:
        """The release date of the next episode that is held back only by its date."""
        return min((held.due for held in self.held_back if held.due), default=None)

    @property
    def destructive(self) -> tuple[Change, ...]:
        """The changes that take something away from subscribers."""
        return tuple(change for change in self.changes if change.destructive)

    @property
    def questions(self) -> tuple[Change, ...]:
        """The changes to confirm with the user: new episodes, and destructive changes."""
        return tuple(change for change in self.changes if change.destructive or change.kind == "new")

    @property
    def removals(self) -> tuple[Action, ...]:
        """The actions that delete something at the destination."""
        return tuple(action for action in self.actions if action.kind is ActionKind.REMOVE)

    @property
    def removed_urls(self) -> tuple[str, ...]:
        """The public URLs of deleted files, to purge from a CDN that may still cache them."""
        keys = (action.asset.key for action in self.removals)
        return tuple(f"{self.url}/{key}" for key in keys if not key.startswith(HISTORY))

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `plan --json`."""
        return {
            "schema": 1,
            "changes": [change.to_dict() for change in self.changes],
            "actions": [action.to_dict() for action in self.actions]
            + [_describe_leftover(leftover) for leftover in self.leftovers],
            "next_due": self.next_due.isoformat() if self.next_due else None,
        }


def _describe_leftover(leftover: Leftover) -> dict[str, object]:
    reason = "an upload that was never finished"
    return {"action": ActionKind.REMOVE.value, "key": leftover.key, "size": leftover.size, "reason": reason}


def plan_files(
    assets: Iterable[Asset], stored: Mapping[str, int], *, ours: Collection[str] = ()
) -> Iterator[Action]:
    """Yield an action for each file. The files have a hash of their content in their keys.

    `stored` maps the keys at the destination to sizes in bytes. `ours` are the keys that podcastkit wrote:
    if one of these files has another size than its asset, it is damaged and is written again.
    """
    for asset in assets:
        size = stored.get(asset.key)
        if size == asset.size:
            yield Action(kind=ActionKind.KEEP, asset=asset, reason=f"{asset.about} is already uploaded")
        elif size is not None and asset.key in ours:
            reason = f"{asset.about} is damaged at the destination: {size} of {asset.size} bytes"
            yield Action(kind=ActionKind.UPDATE, asset=asset, reason=reason)
        else:
            yield Action(kind=ActionKind.UPLOAD, asset=asset, reason=f"{asset.about} is not uploaded yet")


def plan_removal(keys: Iterable[str], stored: Mapping[str, int], reason: str) -> Iterator[Action]:
    """Yield a removal for each of the keys that exists at the destination."""
    for key in keys:
        if key in stored:
            asset = Asset(key=key, body=None, size=stored[key], md5=None, content_type="")
            yield Action(kind=ActionKind.REMOVE, asset=asset, reason=reason)


def plan_rewrite(asset: Asset, live: bytes | None) -> Action:
    """Return the action for a file that keeps its name when its content changes.

    `live` is the content at the destination, or None if the file is missing.
    """
    if live is None:
        return Action(kind=ActionKind.UPLOAD, asset=asset, reason=f"{asset.about} is not uploaded yet")
    if live == asset.body:
        return Action(kind=ActionKind.KEEP, asset=asset, reason=f"{asset.about} is unchanged")
    return Action(kind=ActionKind.UPDATE, asset=asset, reason=f"{asset.about} has changed")
