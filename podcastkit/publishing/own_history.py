"""Read the history at a destination: the feeds and journals of this show, without files of other shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import read_feed
from podcastkit.published_keys import get_history_digest, hash_feed, is_history
from podcastkit.state.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnHistory:
    """The history of a show. Each feed is identified by its SHA-256, in hex."""

    releases: frozenset[str]
    """The feeds that were live, according to the manifest."""
    journals: Mapping[str, Manifest]
    feeds: Mapping[str, bytes]
    """The copies of feeds."""
    pending: frozenset[str]
    """The feeds that may still go live, because their publishes started from the feeds that are live now."""

    @property
    def digests(self) -> frozenset[str]:
        """The feeds with a journal or a copy."""
        return frozenset((*self.journals, *self.feeds))


def read_history(state: PublishedState, storage: Storage) -> OwnHistory:
    """Read the history of the show from its storage."""
    releases = {release.feed_sha256 for feed in state.histories.values() for release in feed.history}
    bodies = {key: stored[0] for key in filter(is_history, state.stored) if (stored := storage.read(key))}
    journals: dict[str, Manifest] = {}
    for key, body in bodies.items():
        if key.endswith(".json") and (journal := _read_journal(get_history_digest(key), body, state)):
            journals[get_history_digest(key)] = journal
    copies = {get_history_digest(key): body for key, body in bodies.items() if key.endswith(".xml")}
    # A copy belongs to the show if its journal does. Without a journal, the copy must be undamaged, and the
    # manifest must list the feed, or the feed must have a GUID of the show.
    known_digests = releases | journals.keys()
    feeds = {
        digest: body
        for digest, body in copies.items()
        if digest in journals
        or (hash_feed(body) == digest and (digest in known_digests or _has_show_guid(body, state)))
    }
    pending = frozenset(digest for digest, journal in journals.items() if _may_go_live(digest, journal, state))
    return OwnHistory(releases=frozenset(releases), journals=journals, feeds=feeds, pending=pending)


def _read_journal(digest: str, body: bytes, state: PublishedState) -> Manifest | None:
    """Return the journal of the feed with this digest, or None if it is damaged or of another show or feed."""
    try:
        journal = Manifest.from_bytes(body)
    except ValueError:  # damaged, or not a journal
        return None
    is_of_show = journal.url == state.url or journal.records.guid == state.records.guid
    return journal if is_of_show and digest in {feed.feed_sha256 for feed in journal.feeds.values()} else None


def _has_show_guid(feed: bytes, state: PublishedState) -> bool:
    try:
        guid = read_feed(feed).guid
    except FeedError:
        return False
    return guid is not None and guid in {state.records.guid, *(other for _, other in state.records.translated)}


def _may_go_live(digest: str, journal: Manifest, state: PublishedState) -> bool:
    """Return whether a running publish could still switch to the journal's feed.

    The switch succeeds only if the previous feed in the journal is live now. Without a previous feed, no feed may
    be live.
    """
    for language, feed in journal.feeds.items():
        earlier_digests = [release.feed_sha256 for release in feed.history if release.feed_sha256 != digest]
        live = state.feeds.get(language)
        live_digests = [hash_feed(live.body)] if live else []
        if feed.feed_sha256 == digest and earlier_digests[-1:] == live_digests:
            return True
    return False
