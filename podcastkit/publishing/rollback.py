"""List the earlier feeds of a show, and roll back to one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ConflictError, ProjectError, StorageError
from podcastkit.feed.reader import ensure_build_date, read_feed
from podcastkit.model import Records
from podcastkit.progress import Progress, ignore_event
from podcastkit.published_keys import hash_feed, make_history_key, make_journal_key
from podcastkit.publishing.commit import list_own_files
from podcastkit.publishing.destination import Target
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.prepare import find_published
from podcastkit.publishing.publish import Receipt, apply, refuse_unconfirmed, verify_publish
from podcastkit.state.manifest import Manifest
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import LiveFeed, Show
    from podcastkit.publishing.destination import Destination, Publication
    from podcastkit.publishing.plan import Plan
    from podcastkit.state.manifest import FeedHistory, Release
    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage


def history(
    show: Show | str | Path,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    language: str | None = None,
) -> tuple[Release, ...]:
    """Return the feeds in the history, oldest first, with the live one last. `language` selects a translation.

    Raises ProjectError if the show was never published in that language.
    """
    published = find_published(show, Target(to=to, url=url))
    return _find_history(published, _get_translation_language(published.show, language)).history


def rollback(
    show: Show | str | Path,
    *,
    feed: str | None = None,
    language: str | None = None,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    yes: bool = False,
    verify: bool = True,
    write_lock: bool = True,
    progress: Progress = ignore_event,
) -> Receipt:
    """Restore an earlier feed: the one with the digest `feed`, by default the previous one.

    `language` selects a translation. `yes` confirms that episodes disappear. The next publish publishes the show
    folder again, so fix the folder first. Raises DestructiveChange, ConflictError, ProjectError, StorageError.
    """
    plan = prepare_rollback(show, Target(to=to, url=url, at=at), feed=feed, language=language)
    refuse_unconfirmed(plan, yes=yes)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def prepare_rollback(
    show: Show | str | Path, target: Target, *, feed: str | None = None, language: str | None = None
) -> Plan:
    """Return the plan of a rollback. `feed` is the SHA-256 of an earlier feed, or the beginning of the SHA-256.

    Only the feed in `language` (None for the original) changes.

    Raises ProjectError if no such feed exists or if it contains a withdrawn episode, ConflictError if it was
    published at another URL, and StorageError if the feed or files that it names are missing.
    """
    published = find_published(show, target)
    show, destination, state = published.show, published.destination, published.state
    language = _get_translation_language(show, language)
    release = _choose_release(published, feed, language)
    body, copied_records = _read_copy(release, destination)
    live_feed = published.state.get_live_feed(language)
    body = ensure_build_date(body, live_feed.built if live_feed else None)
    earlier_feed = read_feed(body)
    known_records = merge_records(show.records, state.records)
    # A rollback of a translation restores only its text. The original's feed decides about audio and dates.
    if language is None:
        records = merge_records(copied_records, known_records)
    else:
        records = merge_records(known_records, copied_records)
    _refuse_withdrawn(earlier_feed, records)
    _refuse_missing_files(body, state, destination)
    plan = plan_switch(published, {language: body}, records=records)
    return replace(plan, published=_list_folders(earlier_feed, records))


def _get_translation_language(show: Show, language: str | None) -> str | None:
    """Return the language of a translation, or None for the show's own language."""
    return None if language == show.language else language


def _find_history(published: Publication, language: str | None) -> FeedHistory:
    feed_history = published.state.histories.get(language)
    if feed_history is None:
        names = ", ".join(sorted(filter(None, published.state.histories)))
        hint = f"choose one of its published translations: {names}" if names else "leave out --language"
        raise ProjectError(f"the show was never published in {language}", hint)
    return feed_history


def _choose_release(published: Publication, digest_start: str | None, language: str | None) -> Release:
    """Return the only earlier feed whose SHA-256 begins with `digest_start`, or by default the latest one.

    Raises ProjectError if no such feed exists, or more than one.
    """
    releases = _find_history(published, language).history
    feed = published.state.feeds.get(language)
    live_digest = hash_feed(feed.body) if feed else ""
    earlier_releases = [release for release in reversed(releases) if release.feed_sha256 != live_digest]
    if digest_start is None:
        if not earlier_releases:
            raise ProjectError(
                "the history has no earlier feed", "a rollback is possible after the next change that you publish"
            )
        return earlier_releases[0]
    # A feed that was live several times counts once.
    matches = {
        release.feed_sha256: release
        for release in earlier_releases
        if release.feed_sha256.startswith(digest_start.lower())
    }
    if not matches and live_digest.startswith(digest_start.lower()):
        raise ProjectError(
            f"the feed {digest_start} is already live",
            "choose another feed: run podcastkit history to see all of them",
        )
    if len(matches) != 1:
        count = "no feed" if not matches else "more than one feed"
        raise ProjectError(
            f"{count} in the history begins with {digest_start}", "run podcastkit history to see all feeds"
        )
    return next(iter(matches.values()))


def _read_copy(release: Release, destination: Destination) -> tuple[bytes, Records]:
    """Return the copy of a feed from the history, and the records in its journal.

    Raises StorageError if the copy or the journal is damaged, and ConflictError if the feed was published at
    another URL.
    """
    storage, digest = destination.storage, release.feed_sha256
    copy, journal = storage.read(make_history_key(digest)), storage.read(make_journal_key(digest))
    if copy is None or hash_feed(copy[0]) != digest:
        raise StorageError(
            f"the copy of the feed {digest[:12]} at {storage.address} is missing or damaged",
            "choose another feed (--feed): run podcastkit history to see all of them",
        )
    if journal is None:  # an adopted feed, which podcastkit did not write
        return copy[0], Records()
    manifest = _read_journal(journal[0], storage)
    if manifest.url != destination.url:
        raise ConflictError(
            f"the feed {digest[:12]} was published at {manifest.url}, but the show is now at {destination.url}",
            "do not roll back: correct the show folder and publish it",
        )
    return copy[0], manifest.records


def _read_journal(body: bytes, storage: Storage) -> Manifest:
    try:
        return Manifest.from_bytes(body)
    except ValueError as error:
        raise StorageError(
            f"the journal of that feed at {storage.address} is damaged: {error}",
            "choose another feed (--feed): run podcastkit history to see all of them",
        ) from error


def _refuse_withdrawn(earlier_feed: LiveFeed, records: Records) -> None:
    withdrawn_guids = {guid for withdrawal in records.withdrawn for guid in withdrawal.guids}
    if any(item.guid in withdrawn_guids for item in earlier_feed.items):
        raise ProjectError(
            "that feed contains an episode that was permanently withdrawn",
            "choose another feed (--feed): run podcastkit history to see all of them",
        )


def _refuse_missing_files(body: bytes, state: PublishedState, destination: Destination) -> None:
    unlisted = {key for key, _ in list_own_files(body, destination.url)} - state.stored.keys()
    missing = sorted(key for key in unlisted if destination.storage.find(key) is None)
    if missing:
        raise StorageError(
            f"the feed cannot be restored, because {destination.storage.address} "
            f"does not have {', '.join(missing[:3])}",
            "choose another feed (--feed): run podcastkit history to see all of them",
        )


def _list_folders(earlier_feed: LiveFeed, records: Records) -> tuple[str, ...]:
    """Return the folder of each episode in the feed, or the title of an episode whose folder is unknown."""
    folders_by_guid = {
        guid: record.folder
        for record in records.episodes
        for guid in (record.guid, *(guid for _, guid in record.translated))
    }
    return tuple(folders_by_guid.get(item.guid, item.title) for item in earlier_feed.items)
