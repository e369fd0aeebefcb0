"""A show and a destination become a Plan: check → identify → sort out → make → write the feed → compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.build.audio import (
    make_due,
    refuse_to_remake,
)
from podcastkit.build.due import SortedOut, moments_of, refuse_broken_show, sort_out
from podcastkit.build.editions import contents_of, edition_of, records_of
from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import (
    CheckFailed,
    StorageError,
)
from podcastkit.feed.changes import Change, compare_feeds
from podcastkit.feed.reader import read_feed
from podcastkit.feed.writer import write_feed
from podcastkit.model import Records, Show
from podcastkit.progress import Progress, ignore
from podcastkit.project.loader import load, moment_of
from podcastkit.published_keys import FEED_KEY, feed_key
from podcastkit.publishing.destination import read_state, resolve_destination
from podcastkit.publishing.feed_switch import succeed
from podcastkit.publishing.plan import plan_files
from podcastkit.retry import retry_unreachable
from podcastkit.state.identity import identify
from podcastkit.state.matching import find_episode
from podcastkit.state.records import merge_records
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from podcastkit.model import LiveFeed, LiveItem
    from podcastkit.publishing.destination import Destination
    from podcastkit.publishing.plan import Plan
    from podcastkit.state.manifest import Manifest
    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage

_MINUTE = timedelta(minutes=1)


def prepare(
    show: Show | str | Path,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    adopt: bool = False,
    remake: Iterable[str] = (),
    executor: Executor | None = None,
    progress: Progress = ignore,
) -> Plan:
    """Return what a publish would do, having changed nothing but the cache.

    Masters that listeners cannot fetch as they are get encoded here. `at` (aware; now, when absent) decides which
    episodes are due. `adopt` takes over a feed that something else made. `remake` names episodes (as `find_episode`
    finds them) whose master is encoded again. `executor` does the reading and encoding; it is not shut down.

    Raises CheckFailed when nothing can be published, ConflictError when somebody else's files stand in the way,
    ProjectError, StorageError when the show or the destination cannot be read, UnknownEpisodeError.
    """
    moment = moment_of(at)
    if not isinstance(show, Show):
        show = load(show, at=moment, executor=executor, progress=progress)
    show = replace(show, at=moment)
    again = frozenset(find_episode(show, name).folder for name in remake)
    refuse_broken_show(show.folder, check_show(show))
    destination = resolve_destination(show, to, url)
    languages = [one.language for one in show.translations]
    look = partial(read_state, destination, languages=languages, adopt=adopt)
    waiting = Waiting.from_environment()
    state = retry_unreachable(look, waiting.look_patience, waiting, progress)
    show = identify(
        show,
        state.records,
        feed_url=f"{destination.url}/{FEED_KEY}",
        real=not destination.trial,
        live=state.original.live,
    )
    of_feeds = (finding for one in (show, *show.translations) for finding in one.diagnostics)
    refuse_broken_show(show.folder, tuple(dict.fromkeys(of_feeds)))
    with Cache() as cache:
        sorted_out = replace(sort_out(show), again=again)
        refuse_to_remake(sorted_out)
        feed_url = None if destination.trial else f"{destination.url}/{FEED_KEY}"
        made = make_due(sorted_out, state, cache, executor, progress, feed_url=feed_url)
        return _plan(made, destination, state, cache)


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A show with where it is published and what stands there."""

    show: Show
    destination: Destination
    state: PublishedState
    manifest: Manifest
    feeds: Mapping[str | None, bytes]
    """By language, the original's under None."""
    live: LiveFeed

    def changes(self, feeds: Mapping[str | None, bytes]) -> tuple[Change, ...]:
        """Return what subscribers see when these feeds, by language, take the place of those that stand there."""
        return tuple(
            replace(change, language=language)
            for language, body in feeds.items()
            for change in compare_feeds(self.state.feeds[language].live, read_feed(body))
        )


def find_published(
    show: Show | str | Path, *, to: str | Path | Storage | None, url: str | None, at: datetime | None
) -> Published:
    """Return what is published of a show, for what is done to that: at the address at which it was published.

    Raises CheckFailed when show.toml has errors, since it names the place, and StorageError when nothing of the
    show is published there.
    """
    moment = moment_of(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    refuse_broken_show(show.folder, show.diagnostics)
    destination = resolve_destination(show, to, url)
    waiting = Waiting.from_environment()
    look = partial(read_state, destination)
    state = retry_unreachable(look, waiting.look_patience, waiting, ignore)
    there = state.original
    if there.body is None or there.live is None or state.manifest is None:
        raise StorageError(
            f"nothing of this show is published to {destination.storage.address}",
            "look at [publish] in show.toml, or say where it is (--to)",
        )
    return Published(
        show=replace(show, at=moment),
        destination=replace(destination, url=state.manifest.url),
        state=state,
        manifest=state.manifest,
        feeds={language: line.body for language, line in state.feeds.items() if line.body is not None},
        live=there.live,
    )


def _plan(sorted_out: SortedOut, destination: Destination, state: PublishedState, cache: Cache) -> Plan:
    show, url = sorted_out.show, destination.url
    contents = contents_of(sorted_out, state, url)
    _refuse_empty(sorted_out, contents[None].kept, state)
    moments = moments_of(sorted_out.due, show)
    feeds_to_be = [language for language, content in contents.items() if content.is_feed]
    built = {language: edition_of(contents, language, url, moments, cache) for language in feeds_to_be}
    editions = {language: edition for language, (edition, _) in built.items()}
    feeds = {language: write_feed(edition) for language, edition in editions.items()}
    assets = {asset.key: asset for _, files in built.values() for asset in files}
    remembered = merge_records(show.records, state.records)
    records = merge_records(records_of(editions, remembered), remembered)
    ours = state.manifest.files if state.manifest else ()
    plan = succeed(
        show, destination, state, feeds, records=records, files=plan_files(assets.values(), state.stored, ours=ours)
    )
    held_back = (*sorted_out.held_back, *(held for line in contents.values() for held in line.held_back))
    return replace(
        plan,
        changes=tuple(_changes(feeds, state, destination, records)),
        held_back=held_back,
        findings=sorted_out.findings,
        published=tuple(episode.folder for episode in sorted_out.due),
        next_due=min((held.due for held in held_back if held.due), default=None),
    )


def _changes(
    feeds: Mapping[str | None, bytes], state: PublishedState, destination: Destination, records: Records
) -> Iterator[Change]:
    """Tell what subscribers will see; that an episode was withdrawn was agreed to when it was."""
    moved = None
    if state.manifest and state.manifest.url != destination.url:
        moved = (state.manifest.url, destination.url)
    withdrawn = {guid for withdrawal in records.withdrawn for guid in withdrawal.guids}
    for language, feed in feeds.items():
        live = state.feeds[language].live
        if moved and (live or language is None):
            before, after = (f"{url}/{feed_key(language)}" for url in moved)
            yield Change(kind="show", field="address", old=before, new=after, destructive=True, language=language)
        for change in compare_feeds(live, read_feed(feed), moved=moved):
            is_destructive = change.destructive and change.guid not in withdrawn
            yield replace(change, destructive=is_destructive, language=language)


def _refuse_empty(sorted_out: SortedOut, kept: Sequence[LiveItem], state: PublishedState) -> None:
    """A feed without an episode is refused by every directory; what stands there still may have been withdrawn."""
    withdrawn = merge_records(sorted_out.show.records, state.records).withdrawn
    live = {item.guid for item in there.items} if (there := state.original.live) else set()
    if sorted_out.due or kept or any(w.files for w in withdrawn) or live & {w.guid for w in withdrawn}:
        return
    reasons = "; ".join(f"{held.episode}: {held.reason}" for held in sorted_out.held_back[:3])
    raise CheckFailed(
        "no episode can be published yet" + (f" ({reasons})" if reasons else ""),
        "mend what podcastkit check lists, or publish again when the first episode is due",
        diagnostics=sorted_out.findings,
        folder=sorted_out.show.folder,
    )
