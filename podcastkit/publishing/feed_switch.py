"""Plan the replacement of the live feeds: the files to write, their order, and the records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.build.assets import REVALIDATE, Asset
from podcastkit.feed.changes import Change, compare_feeds
from podcastkit.feed.reader import read_feed
from podcastkit.published_keys import (
    MANIFEST_KEY,
    get_history_digest,
    hash_feed,
    is_history,
    make_feed_key,
    make_history_key,
    make_journal_key,
)
from podcastkit.publishing.plan import Action, ActionKind, Plan, Switch, plan_removal, plan_rewrite
from podcastkit.publishing.withdrawn_files import find_traces
from podcastkit.state.manifest import FeedHistory, Manifest, Release
from podcastkit.state.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from podcastkit.model import Records
    from podcastkit.publishing.destination import Destination, Publication
    from podcastkit.state.published import PublishedState

_FEED_TYPE = "application/rss+xml; charset=utf-8"


def plan_switch(
    publication: Publication,
    feeds: Mapping[str | None, bytes],
    *,
    records: Records,
    files: Iterable[Action] = (),
    removals: Iterable[Action] = (),
    dropped: Collection[str] = (),
    confirmed: Collection[str] = (),
    is_withdrawal: bool = False,
) -> Plan:
    """Return the plan that replaces live feeds and finishes interrupted withdrawals.

    `feeds` maps languages to new feeds (None for the original); feeds in other languages do not change. `records`
    are the records to keep for all feeds. `files` are written before the feeds, and `removals` follow them.
    `dropped` are the SHA-256 digests of feeds to remove from the history. `confirmed` are the GUIDs of episodes
    whose withdrawal the user has already confirmed. With `is_withdrawal`, the withdrawals are written to the lock
    file before anything else.
    """
    show, destination, state = publication.show, publication.destination, publication.state
    switches, files = dict(_list_switches(feeds, state)), tuple(files)
    bodies = [switch.body for switch in switches.values()]
    traces = find_traces(records, feeds=bodies, state=state, storage=destination.storage)
    # A dict keeps the order in which the files must be deleted.
    withdrawn_keys = {key: None for withdrawal in traces.records.withdrawn for key in withdrawal.files}
    removals = (*removals, *plan_removal(withdrawn_keys, state.stored, "the episode was withdrawn"))
    dropped = {*dropped, *(get_history_digest(key) for key in withdrawn_keys if is_history(key))}
    # The manifest has two versions. The first still lists the files to remove, so that an interrupted publish can
    # be finished; the second no longer does.
    sizes = {action.asset.key: action.asset.size for action in files}
    sizes |= {make_feed_key(language): len(switch.body) for language, switch in switches.items()}
    before_removals = Manifest(
        trial=destination.trial,
        url=destination.url,
        feeds=dict(_continue_histories(switches, state, show.at, dropped)),
        records=traces.records,
        files={**state.files, **sizes},
    )
    after_removals = _finish_removals(
        before_removals, withdrawn_keys.keys() | {action.asset.key for action in removals}
    )
    cleaned_journals = (_plan_journal(key, journal.to_bytes()) for key, journal in traces.journals.items())
    return Plan(
        show=show,
        storage=destination.storage,
        url=destination.url,
        trial=destination.trial,
        at=show.at,
        actions=_list_actions(
            switches,
            files,
            (*removals, *cleaned_journals),
            before_removals=before_removals,
            after_removals=after_removals,
            stored_manifest=state.manifest_body,
        ),
        changes=tuple(_list_changes(feeds, state, destination, confirmed)),
        feeds={make_feed_key(language): switch for language, switch in switches.items()},
        state=state,
        records=after_removals.records,
        withdrawals_first=traces.records if is_withdrawal else None,
    )


def _list_switches(feeds: Mapping[str | None, bytes], state: PublishedState) -> Iterator[tuple[str | None, Switch]]:
    """Yield the language and the switch of each new or live feed, the original's first.

    A live feed that is not in `feeds` is "replaced" with the same bytes.
    """
    for language in (None, *sorted({*feeds, *state.feeds} - {None}, key=str)):
        before = state.feeds.get(language)
        body = feeds.get(language, before.body if before else None)
        if body is not None:
            yield language, Switch(body=body, before=before)


def _continue_histories(
    switches: Mapping[str | None, Switch], state: PublishedState, at: datetime, dropped: Collection[str]
) -> Iterator[tuple[str | None, FeedHistory]]:
    """Yield the language and the history of each feed: with the new feed, and without the feeds in `dropped`."""
    for language, switch in switches.items():
        stored = state.histories.get(language)
        history = list(stored.history) if stored else []
        if switch.before and switch.before.adopted:
            history.append(switch.before.adopted)
        if not history or history[-1].feed_sha256 != switch.digest:
            episodes = len(read_feed(switch.body).items)
            # `at` may be in the past. The history stays in order, because the previous feed was live until now.
            moment = max([at, *(release.at for release in history)])
            history.append(Release(feed_sha256=switch.digest, at=moment, size=len(switch.body), episodes=episodes))
        kept_releases = tuple(release for release in history if release.feed_sha256 not in dropped)
        yield language, FeedHistory(feed_sha256=switch.digest, history=kept_releases)


def _finish_removals(before_removals: Manifest, removed_keys: Collection[str]) -> Manifest:
    """Return the manifest for the time after the removals, with all withdrawals finished."""
    files = {key: size for key, size in before_removals.files.items() if key not in removed_keys}
    return replace(before_removals, records=finish_withdrawals(before_removals.records), files=files)


def _list_changes(
    feeds: Mapping[str | None, bytes],
    state: PublishedState,
    destination: Destination,
    confirmed: Collection[str],
) -> Iterator[Change]:
    """Yield the changes for subscribers. The loss of an episode in `confirmed` is not destructive."""
    # The old and the new URL.
    moved = None if state.url in {None, destination.url} else (state.url, destination.url)
    for language, feed in feeds.items():
        live = state.get_live_feed(language)
        if moved and (live or language is None):
            before, after = (f"{url}/{make_feed_key(language)}" for url in moved)
            yield Change(kind="show", field="address", old=before, new=after, destructive=True, language=language)
        for change in compare_feeds(live, read_feed(feed), moved=moved):
            is_destructive = change.destructive and change.guid not in confirmed
            yield replace(change, destructive=is_destructive, language=language)


def _list_actions(
    switches: Mapping[str | None, Switch],
    files: Iterable[Action],
    removals: Iterable[Action],
    *,
    before_removals: Manifest,
    after_removals: Manifest,
    stored_manifest: bytes | None,
) -> tuple[Action, ...]:
    """Return all actions of a publish, in an order in which it can be interrupted safely at any time.

    The journals are first, because they record the intention. The files, the copies for the history, the feeds and
    the removals follow. After removals, the journals are written again. The manifest is last. The original's feed
    is the first feed, so that a publish that was too slow fails before it switches any feed. `before_removals` and
    `after_removals` are the manifests for the time before and after the removals. `stored_manifest` is the manifest
    at the destination.
    """
    feed_actions = {language: _plan_feed(language, switch) for language, switch in switches.items()}
    changed_feeds = [
        switches[language] for language, action in feed_actions.items() if action.kind is not ActionKind.KEEP
    ]
    final_body = after_removals.to_bytes()
    manifest = plan_rewrite(
        _make_json_asset(MANIFEST_KEY, final_body, "the record of the published files"), stored_manifest
    )
    # Without any change, no journal is needed, and a second publish writes nothing.
    is_unchanged = not changed_feeds and manifest.kind is ActionKind.KEEP
    journal_keys = [] if is_unchanged else [make_journal_key(switch.digest) for switch in switches.values()]
    journal_body = final_body if before_removals == after_removals else before_removals.to_bytes()
    return (
        *(_plan_journal(key, journal_body) for key in journal_keys),
        *files,
        *(_plan_copy(switch.before.body) for switch in changed_feeds if switch.before and switch.before.adopted),
        *(_plan_copy(switch.body) for switch in changed_feeds),
        *feed_actions.values(),
        *removals,
        *(_plan_journal(key, final_body) for key in journal_keys if after_removals != before_removals),
        manifest,
    )


def _plan_feed(language: str | None, switch: Switch) -> Action:
    about = "the feed" if language is None else f"the feed in {language}"
    asset = _make_feed_asset(make_feed_key(language), switch.body, about)
    return plan_rewrite(asset, switch.before.body if switch.before else None)


def _plan_copy(feed: bytes) -> Action:
    asset = _make_feed_asset(make_history_key(hash_feed(feed)), feed, "a copy of the feed")
    return Action(kind=ActionKind.UPLOAD, asset=asset, reason="needed for a rollback to this feed")


def _plan_journal(key: str, body: bytes) -> Action:
    asset = _make_json_asset(key, body, "the journal")
    return Action(kind=ActionKind.UPDATE, asset=asset, reason="needed to finish an interrupted publish")


def _make_feed_asset(key: str, feed: bytes, about: str) -> Asset:
    return Asset.of_bytes(key, feed, content_type=_FEED_TYPE, cache_control=REVALIDATE, about=about)


def _make_json_asset(key: str, body: bytes, about: str) -> Asset:
    return Asset.of_bytes(key, body, content_type="application/json", cache_control=REVALIDATE, about=about)
