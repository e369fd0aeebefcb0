"""The feeds that were live before: their list, and the way back to one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ConflictError, ProjectError, StorageError
from podcastkit.feed.reader import built_no_earlier, read_feed
from podcastkit.model import Records
from podcastkit.progress import Progress, ignore
from podcastkit.published_keys import feed_digest, history_key, journal_key
from podcastkit.publishing.commit import list_own_files
from podcastkit.publishing.destination import Target
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.prepare import find_published
from podcastkit.publishing.publish import Receipt, apply, refuse, verify_publish
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
    """Return the feeds that were live and are kept, the present one last; `language` is that of a translation.

    Raises ProjectError when the show was never published in that language.
    """
    published = find_published(show, Target(to=to, url=url))
    return _find_history(published, _find_translation(published.show, language)).history


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
    progress: Progress = ignore,
) -> Receipt:
    """Bring an earlier feed back: the one before, unless `feed` says which; `language` is that of a translation.

    The next publish brings the show's folder out again, so that is to be mended first. `yes` agrees to episodes
    that vanish. Raises DestructiveChange, ConflictError, ProjectError, StorageError.
    """
    plan = prepare_rollback(show, Target(to=to, url=url, at=at), feed=feed, language=language)
    refuse(plan, yes=yes)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def prepare_rollback(
    show: Show | str | Path, target: Target, *, feed: str | None = None, language: str | None = None
) -> Plan:
    """Return what going back to an earlier feed would do. `feed` is its SHA-256 or the beginning of that.

    The feeds in other languages than `language` (None: the original's) stay.

    Raises ProjectError when there is no such feed, and StorageError when files that it names are gone.
    """
    published = find_published(show, target)
    show, destination, state = published.show, published.destination, published.state
    language = _find_translation(show, language)
    release = _choose_release(published, feed, language)
    body, kept = _read_copy(release, destination)
    live = published.state.live(language)
    body = built_no_earlier(body, live.built if live else None)
    earlier = read_feed(body)
    known = merge_records(show.records, state.records)
    # What goes back in another language is the words alone: of the audio and dates, the original's feed decides.
    records = merge_records(kept, known) if language is None else merge_records(known, kept)
    _refuse_withdrawn(earlier, records)
    _refuse_holes(body, state, destination)
    plan = plan_switch(published, {language: body}, records=records)
    return replace(plan, published=_list_folders(earlier, records))


def _find_translation(show: Show, language: str | None) -> str | None:
    """Return the language of a translation, None for the show's own."""
    return None if language == show.language else language


def _find_history(published: Publication, language: str | None) -> FeedHistory:
    line = published.state.histories.get(language)
    if line is None:
        names = ", ".join(sorted(filter(None, published.state.histories))) or "none"
        raise ProjectError(
            f"the show was never published in {language}", f"the languages that it is translated into: {names}"
        )
    return line


def _choose_release(published: Publication, wanted: str | None, language: str | None) -> Release:
    releases = _find_history(published, language).history
    feed = published.state.feeds.get(language)
    live = feed_digest(feed.body) if feed else ""
    others = [release for release in reversed(releases) if release.feed_sha256 != live]
    if wanted is None:
        if not others:
            raise ProjectError("there is no earlier feed to go back to", "podcastkit history lists what there is")
        return others[0]
    found = {release.feed_sha256: release for release in others if release.feed_sha256.startswith(wanted.lower())}
    if not found and live.startswith(wanted.lower()):
        raise ProjectError(f"the feed {wanted} is the one that is live", "podcastkit history lists the others")
    if len(found) != 1:
        what = "no feed" if not found else "more than one feed"
        raise ProjectError(f"{what} in the history begins with {wanted}", "podcastkit history lists them")
    return next(iter(found.values()))


def _read_copy(release: Release, destination: Destination) -> tuple[bytes, Records]:
    """Return the kept copy of a feed and what was remembered with it."""
    storage, digest = destination.storage, release.feed_sha256
    copy, journal = storage.read(history_key(digest)), storage.read(journal_key(digest))
    if copy is None or feed_digest(copy[0]) != digest:
        raise StorageError(
            f"the copy of the feed {digest[:12]} at {storage.address} is gone or damaged",
            "go back to another one (--feed); podcastkit history lists them",
        )
    if journal is None:  # something else made that feed, which was taken over
        return copy[0], Records()
    manifest = _read_journal(journal[0], storage)
    if manifest.url != destination.url:
        raise ConflictError(
            f"the feed {digest[:12]} was published at {manifest.url}, and the show is at {destination.url} now",
            "fix the show's folder and publish it instead",
        )
    return copy[0], manifest.records


def _read_journal(body: bytes, storage: Storage) -> Manifest:
    try:
        return Manifest.from_bytes(body)
    except ValueError as error:
        raise StorageError(
            f"the journal of that feed at {storage.address} is damaged: {error}",
            "go back to another one (--feed); podcastkit history lists them",
        ) from error


def _refuse_withdrawn(earlier: LiveFeed, records: Records) -> None:
    withdrawn = {guid for withdrawal in records.withdrawn for guid in withdrawal.guids}
    if any(item.guid in withdrawn for item in earlier.items):
        raise ProjectError(
            "that feed holds an episode that was withdrawn, which is permanent",
            "go back to another one (--feed); podcastkit history lists them",
        )


def _refuse_holes(body: bytes, state: PublishedState, destination: Destination) -> None:
    keys = {key for key, _ in list_own_files(body, destination.url)} - state.stored.keys()
    missing = sorted(key for key in keys if destination.storage.find(key) is None)
    if missing:
        raise StorageError(
            f"the feed cannot come back: {', '.join(missing[:3])} that it names is gone from "
            f"{destination.storage.address}",
            "go back to another one (--feed); podcastkit history lists them",
        )


def _list_folders(earlier: LiveFeed, records: Records) -> tuple[str, ...]:
    folders = {
        guid: record.folder
        for record in records.episodes
        for guid in (record.guid, *(guid for _, guid in record.translated))
    }
    return tuple(folders.get(item.guid, item.title) for item in earlier.items)
