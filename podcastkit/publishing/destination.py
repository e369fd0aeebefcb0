"""Find out where a publish goes, whether it is real or a trial, and what is published there now."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import ConflictError, FeedError, StorageError
from podcastkit.feed.reader import read_feed
from podcastkit.model import LiveFeed, Records
from podcastkit.project.discovery import DEFAULT_DESTINATION, named_folder
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
from podcastkit.state.manifest import Manifest, Release
from podcastkit.state.published import PublishedFeed, PublishedState
from podcastkit.state.records import NewerSchemaError, merge_records
from podcastkit.storage.local import LocalStorage
from podcastkit.text.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from podcastkit.model import Show
    from podcastkit.state.manifest import FeedHistory
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


def resolve_destination(show: Show, target: Target) -> Destination:
    """Find out where a show goes: where it is told, else where its show.toml says, else into `public/`.

    It is real only at the destination and the url of show.toml; anything else is a trial. A relative path is
    relative to the show. Raises StorageError for an address that means nothing or lies around the show itself.
    """
    to, url = target.to, target.url
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


def read_state(destination: Destination, *, languages: Iterable[str] = (), adopt: bool = False) -> PublishedState:
    """Find out what stands at the destination, also in these languages and in those that it tells itself.

    A feed is known when its bytes are those that the manifest, the history or this machine remembers. `adopt`
    takes over one that is not. Raises ConflictError for it otherwise, for a manifest that is not podcastkit's, and
    where a trial would replace the real show.
    """
    storage = destination.storage
    manifest_body = (storage.read(MANIFEST_KEY) or (None,))[0]
    feed, etag = storage.read(FEED_KEY) or (None, None)
    manifest = _manifest_of(feed, manifest_body, storage)
    if manifest and destination.trial and not manifest.trial:
        raise ConflictError(
            f"{storage.address} holds the real show, and this would be a trial",
            "try it elsewhere (--to), or publish with the to and url of show.toml",
        )
    is_trials = manifest is not None and manifest.trial and not destination.trial
    others = sorted({*languages, *(manifest.translations if manifest else ())})
    found = {language: storage.read(feed_key(language)) or (None, None) for language in others}
    for language, (body, _) in found.items():
        manifest = manifest and _with_line(manifest, language, body, storage)
    lines = manifest.lines if manifest else {}
    look = partial(_look, lines=lines, storage=storage, adopt=adopt, forget=is_trials)
    feeds: dict[str | None, PublishedFeed] = {None: look(None, feed, etag)}
    feeds.update({language: look(language, *there) for language, there in found.items()})
    return PublishedState(
        manifest=None if is_trials else manifest,
        manifest_body=manifest_body,
        feeds=feeds,
        records=Records() if manifest is None or is_trials else manifest.records,
        stored={stored.key: stored.size for folder in _LISTED for stored in storage.list(folder)},
    )


def _look(
    language: str | None,
    body: bytes | None,
    etag: str | None,
    *,
    lines: Mapping[str | None, FeedHistory],
    storage: Storage,
    adopt: bool,
    forget: bool,
) -> PublishedFeed:
    """Return what stands under a feed's name; `forget` says that a trial stands there, which shall become real."""
    if body is None:
        return PublishedFeed()
    line, key = lines.get(language), feed_key(language)
    is_foreign = not _is_known(body, line, storage)
    if is_foreign and not adopt:
        raise _unknown_feed(storage, key)
    is_forgotten = forget and line is not None and line.feed_sha256 == feed_digest(body)
    live = None if is_forgotten else _read_live(body, storage, key, adopt=adopt)
    adopted = _adopted(body, live, storage, key) if is_foreign else None
    return PublishedFeed(body=body, etag=etag, live=live, adopted=adopted)


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


def _manifest_of(feed: bytes | None, body: bytes | None, storage: Storage) -> Manifest | None:
    """Return the manifest that goes with the live feed.

    That is the one in the feed's journal where podcastkit.json is lost, damaged or older: its publisher was killed.
    """
    try:
        manifest = Manifest.from_bytes(body) if body is not None else None
    except NewerSchemaError as error:
        raise _unusable_manifest(storage, error) from error
    except ValueError as error:
        kept = _journal(feed, storage)
        if kept is None:
            raise _unusable_manifest(storage, error) from error
        return kept
    if feed is None or _is_of(manifest, feed):
        return manifest
    kept = _journal(feed, storage)
    if kept is None or manifest is None:
        return kept or manifest
    return _together(kept, manifest)


def _with_line(manifest: Manifest, language: str, feed: bytes | None, storage: Storage) -> Manifest:
    """Return the manifest with what the journal of a translation's live feed knows, where that is another feed.

    Its publisher was killed, before or after that feed was switched, or somebody else published at the same time.
    """
    if feed is None or _is_of(manifest, feed, language):
        return manifest
    kept = _journal(feed, storage, language)
    if kept is None or kept.trial != manifest.trial:
        return manifest
    lines = {**manifest.translations, language: kept.translations[language]}
    return replace(manifest, records=merge_records(manifest.records, kept.records), translations=lines)


def _together(journal: Manifest, manifest: Manifest) -> Manifest:
    """Return the live feed's journal with all that the manifest remembers: an older feed may have been put back.

    The real show remembers nothing of a trial, and a trial's feed makes it none.
    """
    if journal.trial != manifest.trial:
        return manifest if journal.trial else journal
    return replace(journal, records=merge_records(journal.records, manifest.records))


def _unusable_manifest(storage: Storage, error: ValueError) -> ConflictError:
    return ConflictError(
        f"the {MANIFEST_KEY} at {storage.address} was not written by podcastkit, or is damaged: {error}",
        "publish to another folder or prefix, or move that file away first",
    )


def _journal(feed: bytes | None, storage: Storage, language: str | None = None) -> Manifest | None:
    found = storage.read(journal_key(feed_digest(feed))) if feed is not None else None
    if found is None:
        return None
    try:
        manifest = Manifest.from_bytes(found[0])
    except NewerSchemaError as error:
        raise _unusable_manifest(storage, error) from error
    except ValueError:  # a damaged journal proves nothing
        return None
    return manifest if feed is not None and _is_of(manifest, feed, language) else None


def _is_known(feed: bytes, line: FeedHistory | None, storage: Storage) -> bool:
    """Tell whether a live feed is ours: the manifest's, one in the history, or one that went out from here."""
    digest = feed_digest(feed)
    if (line is not None and line.feed_sha256 == digest) or storage.find(history_key(digest)) is not None:
        return True
    with Cache() as cache:
        return cache.knows_feed(storage.address, digest)


def _is_of(manifest: Manifest | None, feed: bytes, language: str | None = None) -> bool:
    """Tell whether the manifest was written for this very feed."""
    line = manifest.lines.get(language) if manifest else None
    return line is not None and line.feed_sha256 == feed_digest(feed)


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


def _adopted(feed: bytes, live: LiveFeed | None, storage: Storage, key: str) -> Release:
    found = storage.find(key)
    return Release(
        feed_sha256=feed_digest(feed),
        at=(found and found.modified) or datetime.fromtimestamp(0, UTC),
        size=len(feed),
        episodes=len(live.items) if live else 0,
    )
