"""Where a publish goes, whether that is for real or a trial, and what stands there now."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ConflictError, FeedError, StorageError
from podcastkit.feed.reader import read_feed
from podcastkit.folders import DEFAULT_DESTINATION, named_folder
from podcastkit.model import LiveFeed, Records
from podcastkit.plan import FEED_KEY, MANIFEST_KEY, Manifest
from podcastkit.storage.local import LocalStorage
from podcastkit.text.addresses import parse_public_url
from podcastkit.text.values import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.model import Show
    from podcastkit.storage.base import Storage

_HASHED_FOLDERS = ("media/", "artwork/", "chapters/", "transcripts/")
HISTORY = "history/"
"""Where copies of feeds stand; their names are in no public file, so that nobody can ask for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A storage, the public address of what lies in it, and whether publishing there fixes anything."""

    storage: Storage
    url: str
    trial: bool

    @property
    def is_served(self) -> bool:
        """Whether what lies there can be fetched: nobody may be serving a folder that has no address of its own."""
        return not isinstance(self.storage, LocalStorage) or self.url != self.storage.public_url


def resolve_destination(show: Show, to: str | Path | Storage | None, url: str | None) -> Destination:
    """Find out where a show goes: where it is told, else where its show.toml says, else into `public/`.

    It is real only at the destination and the url of show.toml; anything else is a trial. A relative path is
    relative to the show. Raises StorageError for an address that means nothing or lies around the show itself.
    """
    own = _storage(show, show.publish.to or DEFAULT_DESTINATION)
    storage = own if to is None else _storage(show, to)
    address = parse_address(url) if url is not None else show.publish.url if to is None else None
    real = (
        address is not None
        and show.publish.to is not None
        and address == show.publish.url
        and storage.address == own.address
    )
    return Destination(storage=storage, url=address or storage.public_url, trial=not real)


def parse_address(url: str) -> str:
    """Return a public address without a slash at its end; raise StorageError for one that cannot be fetched."""
    parsed = parse_public_url(url)
    if isinstance(parsed, Problem):
        raise StorageError(f"the url cannot be used: {parsed.message}", parsed.hint)
    return parsed


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What stands at the destination now. What a trial left there is forgotten when this is for real."""

    manifest: Manifest | None = None
    manifest_body: bytes | None = None
    feed: bytes | None = None
    feed_etag: str | None = None
    live: LiveFeed | None = None
    """The feed that subscribers have."""
    records: Records = field(default_factory=Records)
    stored: Mapping[str, int] = field(default_factory=dict)
    """Size by key of the files whose names carry their content's hash."""


def read_state(destination: Destination) -> State:
    """Find out what stands at the destination.

    Raises ConflictError where a trial would replace the real show, and where the feed or the manifest there is not
    podcastkit's.
    """
    storage = destination.storage
    manifest_body = (storage.read(MANIFEST_KEY) or (None,))[0]
    manifest = _read_manifest(manifest_body, storage)
    if manifest and destination.trial and not manifest.trial:
        raise ConflictError(
            f"{storage.address} holds the real show, and this would be a trial",
            "try it elsewhere (--to), or publish with the to and url of show.toml",
        )
    feed, etag = storage.read(FEED_KEY) or (None, None)
    if feed is not None and not _is_known(feed, manifest, storage):
        raise ConflictError(
            f"the {FEED_KEY} at {storage.address} was not made by podcastkit, or was changed since: it stays",
            "publish to another folder or prefix, or move that feed away first",
        )
    is_trials = manifest is not None and manifest.trial and not destination.trial
    return State(
        manifest=None if is_trials else manifest,
        manifest_body=manifest_body,
        feed=feed,
        feed_etag=etag,
        live=None if feed is None or (is_trials and _is_of(manifest, feed)) else _read_live(feed, storage),
        records=Records() if manifest is None or is_trials else manifest.records,
        stored={stored.key: stored.size for prefix in _HASHED_FOLDERS for stored in storage.list(prefix)},
    )


def history_key(digest: str) -> str:
    """Return where the copy of a feed with this SHA-256 stands."""
    return f"{HISTORY}{digest}.xml"


def _storage(show: Show, to: str | Path | Storage) -> Storage:
    if not isinstance(to, str | Path):
        return to
    if isinstance(to, str) and "://" in to:
        return _bucket(show, to)
    return LocalStorage(_outside(show, named_folder(show.folder, to)))


def _bucket(show: Show, to: str) -> Storage:
    if not to.startswith("s3://"):
        raise StorageError(
            f"podcastkit cannot publish to {to}", "use a folder, or s3://bucket/prefix for an S3-compatible bucket"
        )
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    settings = show.publish
    return S3Storage.from_url(
        to, endpoint_url=settings.endpoint_url, region=settings.region, profile=settings.profile
    )


def _outside(show: Show, folder: Path) -> Path:
    if Path(os.path.realpath(show.folder)).is_relative_to(folder):
        raise StorageError(
            f"the show cannot be published into its own folder or one around it: {folder}",
            f'choose a folder of its own, such as to = "{DEFAULT_DESTINATION}"',
        )
    return folder


def _read_manifest(body: bytes | None, storage: Storage) -> Manifest | None:
    if body is None:
        return None
    try:
        return Manifest.from_bytes(body)
    except ValueError as error:
        raise ConflictError(
            f"the {MANIFEST_KEY} at {storage.address} was not written by podcastkit, or is damaged: {error}",
            "publish to another folder or prefix, or move that file away first",
        ) from error


def _is_known(feed: bytes, manifest: Manifest | None, storage: Storage) -> bool:
    """Tell whether a live feed is one of ours: the manifest's, or (after a kill) one with a copy in the history."""
    digest = hashlib.sha256(feed).hexdigest()
    return _is_of(manifest, feed) or storage.find(history_key(digest)) is not None


def _is_of(manifest: Manifest | None, feed: bytes) -> bool:
    """Tell whether the manifest was written after this very feed: not when its publisher was killed between."""
    return manifest is not None and manifest.feed_sha256 == hashlib.sha256(feed).hexdigest()


def _read_live(feed: bytes, storage: Storage) -> LiveFeed:
    try:
        return read_feed(feed)
    except FeedError as error:
        raise ConflictError(
            f"the {FEED_KEY} at {storage.address} cannot be read: {error.message}", error.hint
        ) from error
