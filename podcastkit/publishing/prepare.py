"""Prepare a plan from a show and a destination: identify → check → select → build → write the feeds → compare."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.build.audio import check_remake, list_tasks, make_due_audio
from podcastkit.build.due import assign_dates, check_show_errors, list_show_errors, select_episodes
from podcastkit.build.editions import build_editions, decide_feed_contents, list_records
from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import CheckFailed, StorageError
from podcastkit.feed.reader import read_feed
from podcastkit.feed.writer import write_feed
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.check import check_with_lock
from podcastkit.project.loader import ensure_show
from podcastkit.publishing.adoption import report_missing_guids
from podcastkit.publishing.destination import Publication, Target, read_state, resolve_destination
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.plan import plan_files
from podcastkit.retry import retry_unreachable
from podcastkit.state.identity import identify_show
from podcastkit.state.matching import find_episode
from podcastkit.state.records import merge_records
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Executor
    from datetime import datetime
    from pathlib import Path

    from podcastkit.build.assets import Asset
    from podcastkit.build.due import EpisodeSelection
    from podcastkit.build.editions import Content
    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Edition, Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage


def prepare(
    show: Show | str | Path,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    adopt: bool = False,
    remake: Iterable[str] = (),
    executor: Executor | None = None,
    progress: Progress = ignore_event,
    forget: bool = False,
) -> Plan:
    """Return the plan of a publish. This changes nothing except the cache.

    Masters that need encoding are encoded here. `at` (aware, defaults to now) decides which episodes are due.
    `adopt` takes over a feed that podcastkit did not write. `remake` names episodes (as in `find_episode`) whose
    master is encoded again. `executor` runs the reading and encoding; it is not shut down. `forget` ignores the
    cache for files that the destination does not have.

    Raises CheckFailed if nothing can be published, ConflictError if the destination has files that podcastkit did
    not write, ProjectError and StorageError if the show or the destination cannot be read, and UnknownEpisodeError.
    """
    show = ensure_show(show, at=at, executor=executor, progress=progress, forget=forget)
    languages = [translation.language for translation in show.translations]
    publication = _open_publication(
        show, Target(to=to, url=url), progress, languages=languages, adopt=adopt, forget=forget
    )
    destination, state = publication.destination, publication.state
    is_real, live_items = not destination.trial, state.get_live_items(None)
    identified = identify_show(show, state.records, feed_url=destination.feed_url, real=is_real, live=live_items)
    checked = check_show(identified.show)
    check_show_errors(show.folder, checked.findings)
    selection = select_episodes(checked)
    remake_folders = {find_episode(checked.show, name).folder for name in remake}
    check_remake(show, selection, remake_folders)
    release_dates = assign_dates(selection.due, show)
    feed_url = destination.feed_url if is_real else None
    guids = identified.feeds[None].episodes
    tasks = list_tasks(selection.due, show, release_dates, guids, feed_url=feed_url, remake_folders=remake_folders)
    with Cache(forget=forget) as cache:
        made_audio = make_due_audio(tasks, state.stored, cache, executor=executor, progress=progress)
        findings = (*checked.findings, *made_audio.remarks, *made_audio.troubles)
        selection = selection.hold_back(made_audio.troubles)
        contents = decide_feed_contents(checked, identified.feeds, selection, state, destination.url)
        _refuse_empty_feed(contents[None], selection, state, findings)
        editions, assets = build_editions(contents, made_audio.audio, release_dates, destination.url, cache)
    plan = _make_plan(replace(publication, show=checked.show), editions, assets)
    held_back = (*selection.held_back, *(held for content in contents.values() for held in content.held_back))
    return replace(
        plan,
        held_back=held_back,
        findings=(*findings, *_report_missing_guids(plan)),
        published=tuple(episode.folder for episode in selection.due),
    )


def _report_missing_guids(plan: Plan) -> Iterator[Diagnostic]:
    """Yield a warning for each episode of an adopted feed that apps would lose or show twice."""
    folders = {record.guid: record.folder for record in plan.records.episodes}
    for switch in plan.feeds.values():
        if switch.before and switch.before.adopted and switch.before.live:
            yield from report_missing_guids(switch.before.live, read_feed(switch.body), folders)


def find_published(show: Show | str | Path, target: Target) -> Publication:
    """Return a published show with its destination. The URL is the one at which the show was published.

    Raises CheckFailed if show.toml has errors, because it names the destination, and StorageError if the show is
    not published there.
    """
    publication = _open_publication(ensure_show(show, at=target.at), target)
    url = publication.state.url
    if url is None or publication.state.get_live_feed(None) is None:
        raise StorageError(
            f"this show is not published to {publication.destination.storage.address}",
            "correct [publish] in show.toml, or set the destination with --to",
        )
    return replace(publication, destination=replace(publication.destination, url=url))


def _open_publication(
    show: Show,
    target: Target,
    progress: Progress = ignore_event,
    *,
    languages: Iterable[str] = (),
    adopt: bool = False,
    forget: bool = False,
) -> Publication:
    """Return the show with the state of its destination; retry while the destination is unreachable."""
    if list_show_errors(show.diagnostics):  # the destination may be wrong, so report all errors at once
        check_show_errors(show.folder, check_with_lock(show).findings)
    destination = resolve_destination(show, target)
    waiting = Waiting.from_environment()
    read = partial(read_state, destination, languages=languages, adopt=adopt, forget=forget)
    state = retry_unreachable(read, waiting.look_patience, waiting, progress)
    return Publication(show=show, destination=destination, state=state)


def _make_plan(publication: Publication, editions: Mapping[str | None, Edition], assets: Iterable[Asset]) -> Plan:
    """Write the feeds, and compare them and their files with the destination."""
    state = publication.state
    feeds = {language: write_feed(edition) for language, edition in editions.items()}
    known_records = merge_records(publication.show.records, state.records)
    records = merge_records(list_records(editions, known_records), known_records)
    files = plan_files(assets, state.stored, ours=state.files)
    # Only the lock file proves consent: other publishes may have written the records at the destination.
    confirmed = {guid for withdrawal in publication.show.records.withdrawn for guid in withdrawal.guids}
    return plan_switch(publication, feeds, records=records, files=files, confirmed=confirmed)


def _refuse_empty_feed(
    content: Content, selection: EpisodeSelection, state: PublishedState, findings: tuple[Diagnostic, ...]
) -> None:
    """Raise CheckFailed for a feed without episodes, because every directory refuses an empty feed.

    An unfinished withdrawal may empty the feed, because it removes an episode that is live now.
    """
    if content.due or content.kept:
        return
    show = content.show
    withdrawn = merge_records(show.records, state.records).withdrawn
    live_guids = {item.guid for item in state.get_live_items(None)}
    if any(withdrawal.files or withdrawal.guid in live_guids for withdrawal in withdrawn):
        return
    reasons = "; ".join(f"{held.episode}: {held.reason}" for held in selection.held_back[:3])
    raise CheckFailed(
        "no episode can be published yet" + (f" ({reasons})" if reasons else ""),
        "publish again when the first episode is due, or fix the errors that podcastkit check lists",
        diagnostics=findings,
        folder=show.folder,
    )
