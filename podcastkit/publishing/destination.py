"""Find out where a publish goes, whether it is real or a trial, and what is published there now."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import ConflictError, FeedError, StorageError
from podcastkit.disk import is_within
from podcastkit.feed.reader import read_feed
from podcastkit.project.discovery import DEFAULT_DESTINATION, named_folder
from podcastkit.project.sources import find_source
from podcastkit.published_keys import (
    FEED_KEY,
    HASHED_FOLDERS,
    HISTORY,
    MANIFEST_KEY,
    feed_digest,
    feed_key,
    history_key,
    journal_key,
)
from podcastkit.state.manifest import FeedHistory, Manifest, Release
from podcastkit.state.published import PublishedFeed, PublishedState
from podcastkit.state.records import NewerSchemaError, merge_records
from podcastkit.storage.local import LocalStorage
from podcastkit.text.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from podcastkit.model import LiveFeed, Show
    from podcastkit.storage.base import Storage


_LISTED = (*HASHED_FOLDERS, HISTORY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a command is told to publish, and as of which moment."""

    to: str | Path | Storage | None = None
    """A folder, a bucket's address or a storage; None: what show.toml says."""
    url: str | None = None
    """The public address; None: what show.toml says, or else the storage."""
    at: datetime | None = None
    """An aware moment; None: now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A storage, the public address of what lies in it, and whether publishing there fixes anything."""

    storage: Storage
    url: str
    trial: bool

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{FEED_KEY}"

    @property
    def is_served(self) -> bool:
        """Whether what lies there can be fetched: nobody may be serving a folder that has no address of its own."""
        return self.storage.is_served or self.url != self.storage.public_url


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """A show with its destination and what is published there."""

    show: Show
    destination: Destination
    state: PublishedState


def resolve_destination(show: Show, target: Target) -> Destination:
    """Find out where a show goes: where it is told, else where its show.toml says, else into `public/`.

    It is real only at the destination and the url of show.toml; anything else is a trial. A relative path is
    relative to the show. Raises StorageError for an address that means nothing or lies around the show itself.
    """
    to, url = target.to, target.url
    own = _resolve_storage(show, show.publish.to or DEFAULT_DESTINATION)
    storage = own if to is None else _resolve_storage(show, to)
    address = parse_address(url) if url is not None else show.publish.url if to is None else None
    real = (
        address is not None
        and show.publish.to is not None
        and address == show.publish.url
        and storage.address == own.address
    )
    return Destination(storage=storage, url=address or storage.public_url, trial=not real)


def read_state(
    destination: Destination, *, languages: Iterable[str] = (), adopt: bool = False, forget: bool = False
) -> PublishedState:
    """Find out what stands at the destination, also in these languages and in those that it tells itself.

    A feed is known when its bytes are those that the manifest, the history or (unless `forget`) this machine
    remembers. `adopt` takes over one that is not. Raises ConflictError for it otherwise, for a manifest that is not
    podcastkit's, and where a trial would replace the real show.
    """
    storage = destination.storage
    manifest_body, manifest_etag = storage.read(MANIFEST_KEY) or (None, None)
    found: dict[str | None, tuple[bytes, str] | None] = {None: storage.read(FEED_KEY)}
    manifest = _read_manifest(manifest_body, found[None], storage)
    if manifest and destination.trial and not manifest.trial:
        raise ConflictError(
            f"{storage.address} holds the real show, and this would be a trial",
            "try it elsewhere (--to), or publish with the to and url of show.toml",
        )
    for language in sorted({*languages, *(manifest.feeds if manifest else ())} - {None}, key=str):
        found[language] = storage.read(feed_key(language))
        manifest = manifest and _catch_up(manifest, language, found[language], storage)
    feeds = {
        language: _examine_feed(language, *feed, manifest, destination, adopt=adopt, forget=forget)
        for language, feed in found.items()
        if feed
    }
    listed = [stored for folder in _LISTED for stored in storage.list(folder)]
    stored = {stored.key: stored.size for stored in listed}
    etags = {stored.key: stored.etag for stored in listed if stored.key.startswith(HISTORY)}
    if manifest_etag is not None:
        etags[MANIFEST_KEY] = manifest_etag
    state = PublishedState(manifest_body=manifest_body, feeds=feeds, etags=etags, stored=stored)
    if manifest is None or _is_forgotten(manifest, destination):
        return state
    return replace(
        state,
        url=manifest.url,
        histories=dict(_list_kept(manifest, stored)),
        records=manifest.records,
        files=manifest.files,
    )


def _list_kept(manifest: Manifest, stored: Collection[str]) -> Iterator[tuple[str | None, FeedHistory]]:
    """Yield the history of each feed, by language, without what was removed while the manifest was written."""
    for language, feed in manifest.feeds.items():
        kept = [one for one in feed.history if history_key(one.feed_sha256) in stored or one == feed.history[-1]]
        yield language, replace(feed, history=tuple(kept))


def _is_forgotten(manifest: Manifest | None, destination: Destination) -> bool:
    """Return whether a trial is there, and the show becomes real now."""
    return manifest is not None and manifest.trial and not destination.trial


def _examine_feed(
    language: str | None,
    body: bytes,
    etag: str,
    manifest: Manifest | None,
    destination: Destination,
    *,
    adopt: bool,
    forget: bool,
) -> PublishedFeed:
    """Return a live feed as values; raise ConflictError when it is not known and not adopted."""
    storage, key = destination.storage, feed_key(language)
    is_current = _is_of(manifest, language, body)
    is_known = is_current or _was_published(body, storage, forget=forget)
    if not is_known and not adopt:
        raise _unknown_feed(storage, key)
    live = None
    if not (is_current and _is_forgotten(manifest, destination)):
        live = _read_live(body, storage, key, adopt=adopt)
    adopted = None if is_known else _describe_adopted(body, live, storage, key)
    return PublishedFeed(body=body, etag=etag, live=live, adopted=adopted)


def _resolve_storage(show: Show, to: str | Path | Storage) -> Storage:
    if not isinstance(to, str | Path):
        return to
    if isinstance(to, str) and "://" in to:
        return _open_bucket(show, to)
    return LocalStorage(_refuse_sources(show, named_folder(show.folder, to)))


def _open_bucket(show: Show, to: str) -> Storage:
    if not to.startswith("s3://"):
        raise StorageError(
            f"podcastkit cannot publish to {to}", "use a folder, or s3://bucket/prefix for an S3-compatible bucket"
        )
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    settings = show.publish
    return S3Storage.from_url(
        to, endpoint_url=settings.endpoint_url, region=settings.region, profile=settings.profile
    )


def _refuse_sources(show: Show, folder: Path) -> Path:
    if is_within(Path(os.path.realpath(show.folder)), folder):
        raise StorageError(
            f"the show cannot be published into its own folder or one around it: {folder}",
            f'choose a folder of its own, such as to = "{DEFAULT_DESTINATION}"',
        )
    if source := find_source(show.folder, show.sources, folder):
        raise StorageError(
            f"nothing can be published into {folder}: {source} of the show is read there",
            f'choose a folder of its own, such as to = "{DEFAULT_DESTINATION}"',
        )
    return folder


def _read_manifest(body: bytes | None, feed: tuple[bytes, str] | None, storage: Storage) -> Manifest | None:
    """Return the manifest that goes with the live feed.

    That is the one in the feed's journal where podcastkit.json is lost, damaged or older: its publisher was killed.
    """
    try:
        manifest = Manifest.from_bytes(body) if body is not None else None
    except ValueError as error:
        journal = None if isinstance(error, NewerSchemaError) else _read_journal(None, feed, storage)
        if journal is None:
            raise _unusable_manifest(storage, error) from error
        return journal
    return _catch_up(manifest, None, feed, storage)


def _catch_up(
    manifest: Manifest | None, language: str | None, feed: tuple[bytes, str] | None, storage: Storage
) -> Manifest | None:
    """Return the manifest with what the journal of a live feed adds, where the manifest names another feed.

    The publisher of that feed was killed, an older feed was put back, or somebody else published at the same time.
    The original's journal replaces the manifest, except for records; that of a translation adds its own feed. The
    real show remembers nothing of a trial, and a trial's feed makes it none.
    """
    journal = None if feed and _is_of(manifest, language, feed[0]) else _read_journal(language, feed, storage)
    if journal is None:
        return manifest
    if manifest is None:
        return journal
    if journal.trial != manifest.trial:
        return journal if language is None and manifest.trial else manifest
    if language is None:
        return replace(journal, records=merge_records(journal.records, manifest.records))
    return replace(
        manifest,
        feeds={**manifest.feeds, language: journal.feeds[language]},
        records=merge_records(manifest.records, journal.records),
    )


def _unusable_manifest(storage: Storage, error: ValueError) -> ConflictError:
    return ConflictError(
        f"the {MANIFEST_KEY} at {storage.address} was not written by podcastkit, or is damaged: {error}",
        "publish to another folder or prefix, or move that file away first",
    )


def _read_journal(language: str | None, feed: tuple[bytes, str] | None, storage: Storage) -> Manifest | None:
    """Return the manifest in the journal of a live feed, where there is one."""
    found = storage.read(journal_key(feed_digest(feed[0]))) if feed else None
    if feed is None or found is None:
        return None
    try:
        journal = Manifest.from_bytes(found[0])
    except NewerSchemaError as error:
        raise _unusable_manifest(storage, error) from error
    except ValueError:  # a damaged journal proves nothing
        return None
    return journal if _is_of(journal, language, feed[0]) else None


def _is_of(manifest: Manifest | None, language: str | None, feed: bytes) -> bool:
    """Return whether the manifest was written for this very feed."""
    known = manifest.feeds.get(language) if manifest else None
    return known is not None and known.feed_sha256 == feed_digest(feed)


def _was_published(feed: bytes, storage: Storage, *, forget: bool) -> bool:
    """Return whether the history contains the feed, or it was published from this machine."""
    digest = feed_digest(feed)
    if storage.find(history_key(digest)) is not None:
        return True
    with Cache(forget=forget) as cache:
        return cache.knows_feed(storage.address, digest)


def _unknown_feed(storage: Storage, key: str) -> ConflictError:
    return ConflictError(
        f"the {key} at {storage.address} was not made by podcastkit, or was changed since: it stays",
        "publish to another folder or prefix; or, if this show shall take its place, publish with --adopt",
    )


def _read_live(feed: bytes, storage: Storage, key: str, *, adopt: bool) -> LiveFeed | None:
    try:
        return read_feed(feed)
    except FeedError as error:
        if adopt:
            return None
        raise ConflictError(
            f"the {key} at {storage.address} cannot be read: {error.message}", error.hint
        ) from error


def _describe_adopted(feed: bytes, live: LiveFeed | None, storage: Storage, key: str) -> Release:
    found = storage.find(key)
    return Release(
        feed_sha256=feed_digest(feed),
        at=(found and found.modified) or datetime.fromtimestamp(0, UTC),
        size=len(feed),
        episodes=len(live.items) if live else 0,
    )
