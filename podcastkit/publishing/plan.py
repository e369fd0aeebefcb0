"""What a publish would do: Assets (what should be) against a Manifest (what is) give Actions in a safe order.

Pure: everything here is computed from values, so that a plan can be printed, tested and refused.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import PodcastkitError
from podcastkit.model import EpisodeType, Records
from podcastkit.state.records import records_from_json, records_to_json, write_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import LiveFeed, LiveItem, Show
    from podcastkit.storage.base import Leftover, Storage

FEED_KEY = "feed.xml"
"""The show's feed; a translation's has its language in the name: see `feed_key`."""
MANIFEST_KEY = "podcastkit.json"
HISTORY = "history/"
"""Where feeds stand that were live; their names are in no public file, so that nobody can ask for them."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""For names that carry their content's hash: they never change."""
REVALIDATE = "public, max-age=300, must-revalidate"
"""For names that stay while their content changes."""

HASHED_FOLDERS = ("media/", "artwork/", "chapters/", "transcripts/")
"""Where the files lie whose names carry their content's hash."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FEED = re.compile(r"feed(?:\.[A-Za-z0-9-]+)?\.xml")
_KEPT = re.compile(r"history/[0-9a-f]{64}\.(?:xml|json)")
_MADE = re.compile(r"(?:media|artwork|chapters|transcripts)/[A-Za-z0-9._-]*-[0-9a-f]{12}\.[a-z0-9]+")
_FEED_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file that the destination should hold. Sizes in bytes, digests as lower-case hex."""

    key: str
    body: bytes | Path | None
    """None: the bytes are at the destination only."""
    size: int
    md5: str | None
    content_type: str
    cache_control: str = IMMUTABLE
    about: str = ""
    """What it is, for people: `audio of Episode 5`."""
    episode: str | None = None
    """The folder of the episode that it belongs to."""

    @classmethod
    def of_bytes(cls, key: str, body: bytes, **facts: Any) -> Asset:  # noqa: ANN401 - the other fields
        """Return the asset for bytes that are held in memory."""
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return cls(key=key, body=body, size=len(body), md5=digest, **facts)


class ActionKind(enum.StrEnum):
    """What happens to a key at the destination."""

    UPLOAD = "upload"
    UPDATE = "update"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One step of a publish, with its reason in plain words."""

    kind: ActionKind
    asset: Asset
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return the step as it stands in `plan --json`."""
        return {
            "action": self.kind.value,
            "key": self.asset.key,
            "size": self.asset.size,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change as subscribers will see it."""

    kind: str
    """`new`, `removed`, `audio`, `title`, `notes`, `date`, `details`, `order` or `show`."""
    guid: str | None = None
    episode: str | None = None
    """What people call it; None when the change is about the show."""
    field: str | None = None
    old: str | None = None
    new: str | None = None
    destructive: bool = False
    language: str | None = None
    """Of the translation whose subscribers see it; None: those of the feed itself."""

    def to_dict(self) -> dict[str, object]:
        """Return the change as it stands in `plan --json`."""
        return {
            "kind": self.kind,
            "guid": self.guid,
            "episode": self.episode,
            "field": self.field,
            "old": self.old,
            "new": self.new,
            "destructive": self.destructive,
            "language": self.language,
        }


class DestructiveChange(PodcastkitError):  # noqa: N818 - the name is part of the public contract
    """The plan takes something away from subscribers and nobody has agreed to that; `changes` says what."""

    def __init__(self, message: str, hint: str | None = None, *, changes: tuple[Change, ...]) -> None:
        super().__init__(message, hint)
        self.changes = changes


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """An episode that is not published as its folder tells it, and why."""

    episode: str
    """The folder's name."""
    reason: str
    due: datetime | None = None
    """When it will come out, where only its date holds it back."""
    is_broken: bool = False
    """True when it should be out, and something is wrong with it."""
    cure: str | None = None
    """Where it is to be mended, and how."""
    language: str | None = None
    """Of the translation in which it is held back; None: everywhere."""

    def to_dict(self) -> dict[str, object]:
        """Return the episode as it stands in `publish --json`."""
        return {
            "episode": self.episode,
            "reason": self.reason,
            "due": self.due.isoformat() if self.due else None,
            "language": self.language,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A feed that was live from a moment on; size in bytes."""

    feed_sha256: str
    at: datetime
    size: int
    episodes: int

    def to_dict(self) -> dict[str, object]:
        """Return the entry as it stands in the manifest and in `history --json`."""
        return {
            "feed": self.feed_sha256,
            "at": self.at.isoformat(),
            "size": self.size,
            "episodes": self.episodes,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What was and is live under one feed's name."""

    feed_sha256: str
    history: tuple[Release, ...] = ()
    """The feeds that were live and are kept, the present one last."""

    def to_dict(self) -> dict[str, object]:
        """Return the line as it stands in the manifest."""
        return {
            "feed": {"sha256": self.feed_sha256},
            "history": [release.to_dict() for release in self.history],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a destination says of itself in podcastkit.json; nothing in it is secret."""

    trial: bool
    url: str
    feed_sha256: str
    records: Records
    files: Mapping[str, int] = field(default_factory=dict)
    """Every public key that podcastkit ever put there, with its size; the manifest itself goes without saying."""
    history: tuple[Release, ...] = ()
    """The feeds that were live and are kept, the present one last."""
    translations: Mapping[str, Line] = field(default_factory=dict)
    """The same of the feeds in other languages, by language."""

    @property
    def lines(self) -> dict[str | None, Line]:
        """The feed's line, under None, and those of its translations."""
        lines: dict[str | None, Line] = {None: Line(feed_sha256=self.feed_sha256, history=self.history)}
        lines.update(self.translations.items())
        return lines

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON that a person can read; the same manifest gives the same bytes."""
        data = {
            "schema": 1,
            "trial": self.trial,
            "url": self.url,
            "feed": {"sha256": self.feed_sha256},
            **records_to_json(self.records),
            "files": dict(sorted(self.files.items())),
            "history": [release.to_dict() for release in self.history],
        }
        lines = {language: line.to_dict() for language, line in sorted(self.translations.items())}
        return write_json(data | ({"translations": lines} if lines else {}))

    @classmethod
    def from_bytes(cls, body: bytes) -> Manifest:
        """Read what `to_bytes` wrote; raise ValueError when it is something else."""
        try:
            data = json.loads(body)
            records, line = records_from_json(data), _line_from_json(data)
            "".join((str(data["url"]), *data["files"])).encode()
            return cls(
                trial=bool(data["trial"]),
                url=str(data["url"]),
                feed_sha256=line.feed_sha256,
                records=records,
                files={str(key): int(size) for key, size in data["files"].items()},
                history=line.history,
                translations={
                    _language_of(feed_key(str(language))): _line_from_json(entry)
                    for language, entry in data.get("translations", {}).items()
                },
            )
        except (KeyError, TypeError, AttributeError, UnicodeError, RecursionError, OverflowError) as error:
            raise ValueError(f"not a manifest of podcastkit: {error!r}") from error


def _language_of(key: str) -> str:
    """Return the language in a feed's name."""
    if not is_feed(key):
        raise ValueError(f"not the name of a feed: {key!r}")
    return key.removeprefix("feed.").removesuffix(".xml")


def _line_from_json(entry: Any) -> Line:  # noqa: ANN401 - it comes out of a JSON file
    digest = str(entry["feed"]["sha256"])
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"not the SHA-256 of a feed: {digest!r}")
    history = tuple(_release_from_json(release) for release in entry.get("history", ()))
    return Line(feed_sha256=digest, history=history)


def _release_from_json(entry: Any) -> Release:  # noqa: ANN401 - it comes out of a JSON file
    digest, at = str(entry["feed"]), datetime.fromisoformat(entry["at"])
    if not _SHA256.fullmatch(digest) or at.tzinfo is None:
        raise ValueError(f"not an entry of the history: {entry!r}")
    return Release(feed_sha256=digest, at=at, size=int(entry["size"]), episodes=int(entry["episodes"]))


def digest_of(body: bytes) -> str:
    """Return the SHA-256 by which a feed is known, in hex."""
    return hashlib.sha256(body).hexdigest()


def is_made(key: str) -> bool:
    """Tell whether the key is of the kind that podcastkit makes for what it publishes: others have other names."""
    return _MADE.fullmatch(key) is not None


def is_kept(key: str) -> bool:
    """Tell whether the key is of the kind under which feeds and journals are kept."""
    return _KEPT.fullmatch(key) is not None


def feed_key(language: str | None) -> str:
    """Return the key of the feed, or of its translation into a language."""
    return FEED_KEY if language is None else f"feed.{language}.xml"


def is_feed(key: str) -> bool:
    """Tell whether a feed stands under the key, and no file of another kind."""
    return _FEED.fullmatch(key) is not None


def history_key(digest: str) -> str:
    """Return where the copy of the feed with this SHA-256 stands."""
    return f"{HISTORY}{digest}.xml"


def journal_key(digest: str) -> str:
    """Return where the manifest stands that goes with the feed with this SHA-256.

    It is written before anything else: it tells what a publisher that was killed had begun, and a manifest that was
    lost is taken from it.
    """
    return f"{HISTORY}{digest}.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A feed that takes the place of the one under its name."""

    body: bytes = field(repr=False)
    live: bytes | None = field(default=None, repr=False)
    """The one that gives way; None where there is none."""
    live_etag: str | None = None
    is_foreign: bool = False
    """Whether something else made the one that gives way, so that the history has no copy of it."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the feed, in hex."""
        return digest_of(self.body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything that a publish will do, and on which state of the destination that rests."""

    show: Show = field(repr=False)
    """With every GUID known."""
    storage: Storage
    url: str
    trial: bool
    at: datetime
    actions: tuple[Action, ...]
    """In the order in which they are done; the feed's is the commit."""
    changes: tuple[Change, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    published: tuple[str, ...] = ()
    """The folders of the episodes that the feed will hold."""
    next_due: datetime | None = None
    feed: bytes = field(repr=False)
    live_etag: str | None
    """The ETag of the feed that this plan replaces; None when there is none."""
    records: Records = field(default_factory=Records)
    """What the lock must remember afterwards."""
    leftovers: tuple[Leftover, ...] = ()
    """What killed writers left at the destination, to be cleared away."""
    bars: Records | None = None
    """What the lock must remember before anything else is done, so that a kill cannot undo a withdrawal."""
    translations: Mapping[str, Switch] = field(default_factory=dict, repr=False)
    """The feeds in other languages, by language."""

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{FEED_KEY}"

    @property
    def feeds(self) -> dict[str, tuple[bytes, str | None]]:
        """Every feed by its key, each with the ETag of the one that it replaces."""
        others = {feed_key(language): (s.body, s.live_etag) for language, s in self.translations.items()}
        return {FEED_KEY: (self.feed, self.live_etag), **others}

    @property
    def destructive(self) -> tuple[Change, ...]:
        """The changes that take something away from subscribers."""
        return tuple(change for change in self.changes if change.destructive)

    @property
    def questions(self) -> tuple[Change, ...]:
        """The changes that nobody should make without being asked: new episodes, and destructive ones."""
        return tuple(change for change in self.changes if change.destructive or change.kind == "new")

    @property
    def removals(self) -> tuple[Action, ...]:
        """The actions that delete something at the destination."""
        return tuple(action for action in self.actions if action.kind is ActionKind.REMOVE)

    @property
    def removed_urls(self) -> tuple[str, ...]:
        """The public addresses of what is deleted: a CDN in front of the destination may keep it."""
        keys = (action.asset.key for action in self.removals)
        return tuple(f"{self.url}/{key}" for key in keys if not key.startswith(HISTORY))

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `plan --json`."""
        return {
            "schema": 1,
            "changes": [change.to_dict() for change in self.changes],
            "actions": [action.to_dict() for action in self.actions] + [_to_dict(old) for old in self.leftovers],
            "next_due": self.next_due.isoformat() if self.next_due else None,
        }


def _to_dict(leftover: Leftover) -> dict[str, object]:
    reason = "an upload that was never finished"
    return {"action": ActionKind.REMOVE.value, "key": leftover.key, "size": leftover.size, "reason": reason}


def plan_files(
    assets: Iterable[Asset], stored: Mapping[str, int], *, ours: Collection[str] = ()
) -> Iterator[Action]:
    """Yield an action for each file under a name that carries its content's hash.

    `stored` gives the size of what lies at the destination, by key, and `ours` the keys that podcastkit put there:
    of these, what is not whole is written anew.
    """
    for asset in assets:
        size = stored.get(asset.key)
        if size == asset.size:
            yield Action(kind=ActionKind.KEEP, asset=asset, reason=f"{asset.about} is there already")
        elif size is not None and asset.key in ours:
            reason = f"{asset.about} is damaged there: {size} of {asset.size} bytes"
            yield Action(kind=ActionKind.UPDATE, asset=asset, reason=reason)
        else:
            yield Action(kind=ActionKind.UPLOAD, asset=asset, reason=f"{asset.about} is not there yet")


def plan_removal(keys: Iterable[str], stored: Mapping[str, int], reason: str) -> Iterator[Action]:
    """Yield an action for each of the keys that is at the destination."""
    for key in keys:
        if key in stored:
            asset = Asset(key=key, body=None, size=stored[key], md5=None, content_type="")
            yield Action(kind=ActionKind.REMOVE, asset=asset, reason=reason)


def plan_switch(
    files: Iterable[Action],
    *,
    feeds: Mapping[str | None, Switch],
    begun: Manifest,
    done: Manifest,
    written: bytes | None,
    removals: Iterable[Action] = (),
    mended: Mapping[str, Manifest] | None = None,
) -> tuple[Action, ...]:
    """Return everything that brings feeds out, in the order that is safe to be killed in at any moment.

    The journals say what is begun; then come the files, copies for the history, the feeds, the removals, and last
    the manifest. `feeds` are by language, the original's under None and first: who is overtaken by somebody else
    fails on that. `written` is the manifest that stands there. `begun` is true from the switch on, `done` when the
    removals are done, too; `mended` are then the journals of other feeds, by key.
    """
    switches = [plan_rewrite(_feed_asset(language, s.body), s.live) for language, s in feeds.items()]
    changed = [s for s, action in zip(feeds.values(), switches, strict=True) if action.kind is not ActionKind.KEEP]
    body = done.to_bytes()
    manifest = plan_rewrite(_json_asset(MANIFEST_KEY, body, "the record of what is published"), written)
    journals = (
        [journal_key(s.digest) for s in feeds.values()] if changed or manifest.kind is not ActionKind.KEEP else []
    )
    first = body if begun == done else begun.to_bytes()
    return (
        *(_journal(key, first) for key in journals),
        *files,
        *(_copy(s.live) for s in changed if s.is_foreign and s.live is not None),
        *(_copy(s.body) for s in changed),
        *switches,
        *removals,
        *(_journal(key, other.to_bytes()) for key, other in (mended or {}).items()),
        *(_journal(key, body) for key in journals if done != begun),
        manifest,
    )


def _journal(key: str, body: bytes) -> Action:
    asset = _json_asset(key, body, "the journal")
    return Action(kind=ActionKind.UPDATE, asset=asset, reason="so that a publish that is killed can be finished")


def _copy(feed: bytes) -> Action:
    asset = _rss_asset(history_key(digest_of(feed)), feed, "a copy of the feed")
    return Action(kind=ActionKind.UPLOAD, asset=asset, reason="so that one can go back to this feed")


def _feed_asset(language: str | None, feed: bytes) -> Asset:
    return _rss_asset(feed_key(language), feed, "the feed" if language is None else f"the feed in {language}")


def _rss_asset(key: str, feed: bytes, about: str) -> Asset:
    return Asset.of_bytes(key, feed, content_type=_FEED_TYPE, cache_control=REVALIDATE, about=about)


def _json_asset(key: str, body: bytes, about: str) -> Asset:
    return Asset.of_bytes(key, body, content_type="application/json", cache_control=REVALIDATE, about=about)


def plan_rewrite(asset: Asset, live: bytes | None) -> Action:
    """Return the action for a file whose name stays while its content changes."""
    if live is None:
        return Action(kind=ActionKind.UPLOAD, asset=asset, reason=f"{asset.about} is not there yet")
    if live == asset.body:
        return Action(kind=ActionKind.KEEP, asset=asset, reason=f"{asset.about} is the same")
    return Action(kind=ActionKind.UPDATE, asset=asset, reason=f"{asset.about} has changed")


def compare_feeds(
    old: LiveFeed | None, new: LiveFeed, *, moved: tuple[str, str] | None = None
) -> tuple[Change, ...]:
    """Return what subscribers will see change between two feeds, in the order of the feed.

    `moved` is the public address of the one and of the other: the same files at the new one are no change.
    Removing a published episode, moving its date and replacing the audio of all of them is destructive.
    """
    if old is None:
        return tuple(_new(item) for item in new.items)
    if moved:
        old = _at_new_address(old, *moved)
    before = {item.guid: item for item in old.items}
    after = {item.guid: item for item in new.items}
    changes = [*_show_changes(old, new)]
    changes += [_removed(item) for item in old.items if item.guid not in after]
    for item in new.items:
        changes += [*_item_changes(before[item.guid], item)] if item.guid in before else [_new(item)]
    order_before = [guid for guid in before if guid in after]
    order_after = [guid for guid in after if guid in before]
    if order_before != order_after:
        changes.append(Change(kind="order", field="order"))
    return _mark_replaced_audio(changes, published=len(order_after))


_NAMES_FILES = frozenset({"artwork", "images", "link", "chapters", "transcripts"})
"""The fields that hold addresses below the show's own, besides the audio."""


def _at_new_address(feed: LiveFeed, old: str, new: str) -> LiveFeed:
    def moved(fields: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value.replace(f"{old}/", f"{new}/") if name in _NAMES_FILES else value
            for name, value in fields.items()
        }

    items = tuple(replace(item, fields=moved(item.fields)) for item in feed.items)
    return replace(feed, fields=moved(feed.fields), items=items)


_KINDS = {"title": "title", "notes": "notes", "date": "date", "audio": "audio"}


def _new(item: LiveItem) -> Change:
    return Change(kind="new", guid=item.guid, episode=_name(item), new=item.fields.get("date"))


def _removed(item: LiveItem) -> Change:
    return Change(kind="removed", guid=item.guid, episode=_name(item), destructive=True)


def _item_changes(old: LiveItem, new: LiveItem) -> Iterator[Change]:
    for name, before, after in _differences(old.fields, new.fields):
        if name in {"audio", "alternates"} and _file_names(before) == _file_names(after):
            continue  # the same file at another address: the show's change of address says it
        kind = _KINDS.get(name, "details")
        yield Change(
            kind=kind,
            guid=new.guid,
            episode=_name(new),
            field=name,
            old=before,
            new=after,
            destructive=kind == "date",
        )


def _show_changes(old: LiveFeed, new: LiveFeed) -> Iterator[Change]:
    for name, before, after in _differences(old.fields, new.fields):
        yield Change(kind="show", field=name, old=before, new=after)


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before != after:
            yield name, before, after


def _file_names(audio: str | None) -> str | None:
    """Return what a feed says of audio, with the names of files in place of their addresses."""
    return re.sub(r"https?://\S*/", "", audio) if audio else None


def _mark_replaced_audio(changes: list[Change], *, published: int) -> tuple[Change, ...]:
    replaced = [change for change in changes if change.kind == "audio"]
    if len(replaced) < max(published, 2):  # the only episode that there is may be corrected like any other
        return tuple(changes)
    return tuple(replace(change, destructive=True) if change in replaced else change for change in changes)


def _name(item: LiveItem) -> str:
    if item.type is EpisodeType.FULL and item.number is not None:
        return f"Episode {item.number}, {item.title}"
    return item.title if item.type is EpisodeType.FULL else f"{item.type.value.capitalize()}, {item.title}"
