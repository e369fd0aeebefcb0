"""Plan the replacement of the live feeds: what is written, in which order, and what is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.feed.reader import read_feed
from podcastkit.published_keys import feed_key, history_key, journal_key
from podcastkit.publishing.plan import Plan, Switch, plan_removal, plan_switch
from podcastkit.publishing.withdrawn_files import find_traces
from podcastkit.state.manifest import FeedHistory, Manifest, Release
from podcastkit.state.published import PublishedFeed
from podcastkit.state.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from podcastkit.model import Records, Show
    from podcastkit.publishing.destination import Destination
    from podcastkit.publishing.plan import Action
    from podcastkit.state.published import PublishedState


def succeed(
    show: Show,
    destination: Destination,
    state: PublishedState,
    feeds: Mapping[str | None, bytes],
    *,
    records: Records,
    files: Iterable[Action] = (),
    removals: Iterable[Action] = (),
    without: Collection[str] = (),
    is_withdrawal: bool = False,
) -> Plan:
    """Return the plan that makes feeds follow the live ones, and finishes withdrawals that were killed.

    `feeds` are by language, the original's under None; those of other languages that stand there stay. `records` is
    what must be remembered of all of them, `without` names feeds by their SHA-256 that leave the history. What
    subscribers see of it, and what is held back, the caller adds.
    """
    switches = dict(_switches(feeds, state))
    bodies = [switch.body for switch in switches.values()]
    traces = find_traces(records, feeds=bodies, state=state, storage=destination.storage)
    left = {key: None for withdrawal in traces.records.withdrawn for key in withdrawal.files}
    files = tuple(files)
    removals = (*removals, *plan_removal(left, state.stored, "its episode is withdrawn"))
    lines = {language: _line(state, language, switches[language], show, {*without, *left}) for language in switches}
    begun = _begun(destination, state, lines, records=traces.records, sent=_sizes(files, switches))
    done = _without(begun, {action.asset.key for action in removals} | left.keys())
    return Plan(
        show=show,
        storage=destination.storage,
        url=destination.url,
        trial=destination.trial,
        at=show.at,
        actions=plan_switch(
            files,
            feeds=switches,
            begun=begun,
            done=done,
            written=state.manifest_body,
            removals=removals,
            mended=traces.journals,
        ),
        feed=switches[None].body,
        live_etag=switches[None].live_etag,
        records=done.records,
        withdrawals_first=traces.records if is_withdrawal else None,
        translations={language: switch for language, switch in switches.items() if language is not None},
    )


def _switches(feeds: Mapping[str | None, bytes], state: PublishedState) -> Iterator[tuple[str | None, Switch]]:
    """Yield what takes the place of what, the original's feed first; what is not to change takes its own place."""
    for language in (None, *sorted({*feeds, *state.feeds} - {None}, key=str)):
        live = state.feeds.get(language, PublishedFeed())
        body = feeds.get(language, live.body)
        if body is not None:
            yield (
                language,
                Switch(body=body, live=live.body, live_etag=live.etag, is_foreign=live.adopted is not None),
            )


def _line(
    state: PublishedState, language: str | None, switch: Switch, show: Show, leaving: Collection[str]
) -> FeedHistory:
    """Return the feeds that were live and stay, and the one that follows; `leaving` are digests and keys."""
    line = state.manifest.lines.get(language) if state.manifest else None
    adopted = state.feeds[language].adopted if language in state.feeds else None
    history = [*(line.history if line else ()), *([adopted] if adopted else [])]
    if not history or history[-1].feed_sha256 != switch.digest:
        episodes = len(read_feed(switch.body).items)
        history.append(Release(feed_sha256=switch.digest, at=show.at, size=len(switch.body), episodes=episodes))
    return FeedHistory(
        feed_sha256=switch.digest,
        history=tuple(release for release in history if not _names(release.feed_sha256) & set(leaving)),
    )


def _names(digest: str) -> set[str]:
    """Return all by which a feed may be called that leaves."""
    return {digest, history_key(digest), journal_key(digest)}


def _sizes(files: Iterable[Action], switches: Mapping[str | None, Switch]) -> dict[str, int]:
    sizes = {action.asset.key: action.asset.size for action in files}
    return sizes | {feed_key(language): len(switch.body) for language, switch in switches.items()}


def _begun(
    destination: Destination,
    state: PublishedState,
    lines: Mapping[str | None, FeedHistory],
    *,
    records: Records,
    sent: Mapping[str, int],
) -> Manifest:
    """Return what is true as soon as the feeds are switched; `sent` are sizes by key."""
    return Manifest(
        trial=destination.trial,
        url=destination.url,
        feed_sha256=lines[None].feed_sha256,
        records=records,
        files={**(state.manifest.files if state.manifest else {}), **sent},
        history=lines[None].history,
        translations={language: line for language, line in lines.items() if language is not None},
    )


def _without(begun: Manifest, gone: Collection[str]) -> Manifest:
    """Return what is true when the removals are done, too."""
    files = {key: size for key, size in begun.files.items() if key not in gone}
    return replace(begun, records=finish_withdrawals(begun.records), files=files)
