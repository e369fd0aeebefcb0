"""Resolve the destination of a publish, and read its current state."""

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
from podcastkit.project.discovery import DEFAULT_DESTINATION, resolve_folder
from podcastkit.project.sources import find_source
from podcastkit.published_keys import (
    FEED_KEY,
    HASHED_FOLDERS,
    HISTORY,
    MANIFEST_KEY,
    hash_feed,
    make_feed_key,
    make_history_key,
    make_journal_key,
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


_LISTED_FOLDERS = (*HASHED_FOLDERS, HISTORY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The destination and the moment that a command was given."""

    to: str | Path | Storage | None = None
    """A folder, a bucket's address or a storage. Defaults to the setting in show.toml."""
    url: str | None = None
    """The public address. Defaults to `url` in show.toml (only if `to` is None), then to the storage's address."""
    at: datetime | None = None
    """An aware moment. Defaults to now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A storage, the public address of its files, and whether publishing to it is a trial run."""

    storage: Storage
    url: str
    trial: bool

    @property
    def feed_url(self) -> str:
        """The address that listeners subscribe to."""
        return f"{self.url}/{FEED_KEY}"

    @property
    def is_served(self) -> bool:
        """Whether apps can fetch the files. A folder without a public address may not be served at all."""
        return self.storage.is_served or self.url != self.storage.public_url


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """A show with its destination and the state of that destination."""

    show: Show
    destination: Destination
    state: PublishedState


def resolve_destination(show: Show, target: Target) -> Destination:
    """Return the destination of a show: from the target, else from show.toml, else the folder `public/`.

    A publish is real only to the `to` and `url` of show.toml; any other publish is a trial run. A relative path is
    relative to the show folder. Raises StorageError for an invalid address, and for a folder that contains the show
    or one of its source files.
    """
    to, url = target.to, target.url
    own_storage = _resolve_storage(show, show.publish.to or DEFAULT_DESTINATION)
    storage = own_storage if to is None else _resolve_storage(show, to)
    default_url = show.publish.url if to is None else None
    public_url = default_url if url is None else parse_address(url)
    is_real = (
        public_url is not None
        and show.publish.to is not None
        and public_url == show.publish.url
        and storage.address == own_storage.address
    )
    return Destination(storage=storage, url=public_url or storage.public_url, trial=not is_real)


def read_state(
    destination: Destination, *, languages: Iterable[str] = (), adopt: bool = False, forget: bool = False
) -> PublishedState:
    """Read the state of the destination, with the original's feed and its translations.

    The translations are those into `languages`, and those that the manifest lists. A feed is known if its bytes are
    recorded in the manifest, in the history or (unless `forget`) in the cache. Raises ConflictError for an unknown
    or unreadable feed (unless `adopt`), for a manifest that podcastkit did not write, and if a trial run would
    replace the real show.
    """
    storage = destination.storage
    manifest_body, manifest_etag = storage.read(MANIFEST_KEY) or (None, None)
    # The body and the ETag of each feed, by language.
    live_feeds: dict[str | None, tuple[bytes, str] | None] = {None: storage.read(FEED_KEY)}
    manifest = _read_manifest(manifest_body, live_feeds[None], storage)
    if manifest and destination.trial and not manifest.trial:
        raise ConflictError(
            f"the show at {storage.address} is published for real, and this command would replace it with a trial",
            "choose another destination (--to), or publish without --to, with `to` and `url` in show.toml",
        )
    for language in sorted({*languages, *(manifest.feeds if manifest else ())} - {None}, key=str):
        live_feeds[language] = storage.read(make_feed_key(language))
        # A publish that was killed between two feeds leaves a translation that is newer than the manifest.
        manifest = manifest and _update_from_journal(manifest, language, live_feeds[language], storage)
    feeds = {
        language: _examine_feed(language, *feed, manifest, destination, adopt=adopt, forget=forget)
        for language, feed in live_feeds.items()
        if feed
    }
    files = [file for folder in _LISTED_FOLDERS for file in storage.list(folder)]
    stored = {file.key: file.size for file in files}
    etags = {file.key: file.etag for file in files if file.key.startswith(HISTORY)}
    if manifest_etag is not None:
        etags[MANIFEST_KEY] = manifest_etag
    state = PublishedState(manifest_body=manifest_body, feeds=feeds, etags=etags, stored=stored)
    if manifest is None or _replaces_trial(manifest, destination):
        return state
    return replace(
        state,
        url=manifest.url,
        histories=dict(_list_kept_histories(manifest, stored)),
        records=manifest.records,
        files=manifest.files,
    )


def _list_kept_histories(manifest: Manifest, stored: Collection[str]) -> Iterator[tuple[str | None, FeedHistory]]:
    """Yield the language and the history of each feed, without earlier feeds whose copies were removed since."""
    for language, feed in manifest.feeds.items():
        kept_releases = [
            release
            for release in feed.history
            if make_history_key(release.feed_sha256) in stored or release == feed.history[-1]
        ]
        yield language, replace(feed, history=tuple(kept_releases))


def _replaces_trial(manifest: Manifest | None, destination: Destination) -> bool:
    """Return whether the destination has a trial run that this publish replaces with the real show."""
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
    """Return a parsed live feed, or raise ConflictError if it is neither known nor adopted."""
    storage, key = destination.storage, make_feed_key(language)
    is_current = _records_feed(manifest, language, body)
    is_known = is_current or _was_published(body, storage, forget=forget)
    if not is_known and not adopt:
        raise _make_unknown_feed_error(storage, key)
    # A real publish starts from nothing, so the items of a replaced trial run are not read.
    live = None
    if not (is_current and _replaces_trial(manifest, destination)):
        live = _read_live(body, storage, key, adopt=adopt)
    adopted = None if is_known else _make_adopted_release(body, live, storage, key)
    return PublishedFeed(body=body, etag=etag, live=live, adopted=adopted)


def _resolve_storage(show: Show, to: str | Path | Storage) -> Storage:
    if not isinstance(to, str | Path):
        return to
    if isinstance(to, str) and "://" in to:
        return _open_bucket(show, to)
    return LocalStorage(_check_folder_has_no_sources(show, resolve_folder(show.folder, to)))


def _open_bucket(show: Show, to: str) -> Storage:
    if not to.startswith("s3://"):
        raise StorageError(
            f"podcastkit cannot publish to {to}",
            "use a folder, or s3://bucket/prefix for an S3-compatible bucket",
        )
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    settings = show.publish
    return S3Storage.from_url(
        to, endpoint_url=settings.endpoint_url, region=settings.region, profile=settings.profile
    )


def _check_folder_has_no_sources(show: Show, folder: Path) -> Path:
    if is_within(Path(os.path.realpath(show.folder)), folder):
        raise StorageError(
            f"the destination {folder} is the show folder or contains it",
            f'choose a separate folder, such as to = "{DEFAULT_DESTINATION}"',
        )
    if source := find_source(show.folder, show.sources, folder):
        raise StorageError(
            f"the destination {folder} contains {source}, which the show reads",
            f'choose a separate folder, such as to = "{DEFAULT_DESTINATION}"',
        )
    return folder


def _read_manifest(body: bytes | None, feed: tuple[bytes, str] | None, storage: Storage) -> Manifest | None:
    """Return the manifest of the live feed. `body` is the content of podcastkit.json.

    If podcastkit.json is missing, damaged or older than the feed (because a publish was killed), the manifest comes
    from the feed's journal. Returns None if there is no journal either; raises ConflictError if podcastkit.json is
    damaged and there is no journal.
    """
    try:
        manifest = Manifest.from_bytes(body) if body is not None else None
    except ValueError as error:
        journal = None if isinstance(error, NewerSchemaError) else _read_journal(None, feed, storage)
        if journal is None:
            raise _make_manifest_error(storage, error) from error
        return journal
    return _update_from_journal(manifest, None, feed, storage)


def _update_from_journal(
    manifest: Manifest | None, language: str | None, feed: tuple[bytes, str] | None, storage: Storage
) -> Manifest | None:
    """Return the manifest, updated from the journal of the live feed if the manifest names another feed.

    The manifest names another feed if a publish was killed, if an older feed was restored by hand, or if two
    publishes ran at the same time. The original's journal replaces the manifest, and the records of both are
    merged. A translation's journal adds only its own feed and its records.

    A trial run and the real show are never merged: the original's journal of the real show replaces the manifest of
    a trial run, and in all other cases, the manifest stays.
    """
    journal = (
        None if feed and _records_feed(manifest, language, feed[0]) else _read_journal(language, feed, storage)
    )
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


def _make_manifest_error(storage: Storage, error: ValueError) -> ConflictError:
    return ConflictError(
        f"the {MANIFEST_KEY} at {storage.address} is damaged or was not written by podcastkit: {error}",
        "publish to another folder or prefix, or move that file away first",
    )


def _read_journal(language: str | None, feed: tuple[bytes, str] | None, storage: Storage) -> Manifest | None:
    """Return the manifest in the journal of a live feed, or None without a feed or a valid journal.

    Raises ConflictError if a newer version of podcastkit wrote the journal.
    """
    stored = storage.read(make_journal_key(hash_feed(feed[0]))) if feed else None
    if feed is None or stored is None:
        return None
    try:
        journal = Manifest.from_bytes(stored[0])
    except NewerSchemaError as error:
        raise _make_manifest_error(storage, error) from error
    except ValueError:  # a damaged journal proves nothing
        return None
    return journal if _records_feed(journal, language, feed[0]) else None


def _records_feed(manifest: Manifest | None, language: str | None, feed: bytes) -> bool:
    """Return whether the manifest records exactly this feed."""
    history = manifest.feeds.get(language) if manifest else None
    return history is not None and history.feed_sha256 == hash_feed(feed)


def _was_published(feed: bytes, storage: Storage, *, forget: bool) -> bool:
    """Return whether podcastkit published the feed: the history or (unless `forget`) the cache contains it."""
    digest = hash_feed(feed)
    if storage.find(make_history_key(digest)) is not None:
        return True
    with Cache(forget=forget) as cache:
        return cache.knows_feed(storage.address, digest)


def _make_unknown_feed_error(storage: Storage, key: str) -> ConflictError:
    return ConflictError(
        f"another program wrote or changed the {key} at {storage.address}; nothing was replaced",
        "publish to another folder or prefix, or replace that feed with this show (--adopt)",
    )


def _read_live(feed: bytes, storage: Storage, key: str, *, adopt: bool) -> LiveFeed | None:
    """Parse a live feed. If it is unreadable, return None with `adopt`, else raise ConflictError."""
    try:
        return read_feed(feed)
    except FeedError as error:
        if adopt:
            return None
        raise ConflictError(
            f"the {key} at {storage.address} cannot be read: {error.message}", error.hint
        ) from error


def _make_adopted_release(feed: bytes, live: LiveFeed | None, storage: Storage, key: str) -> Release:
    """Return the history entry for the feed of another program, dated 1970 if its real date is unknown."""
    stored = storage.find(key)
    return Release(
        feed_sha256=hash_feed(feed),
        at=(stored and stored.modified) or datetime.fromtimestamp(0, UTC),
        size=len(feed),
        episodes=len(live.items) if live else 0,
    )
