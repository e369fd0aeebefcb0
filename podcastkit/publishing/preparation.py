"""A show and a destination become a Plan: check → identify → sort out → make → write the feed → compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.assets import build, in_series, make_media, remake_media
from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import (
    CheckFailed,
    Diagnostic,
    Location,
    MediaError,
    NotBuiltError,
    Severity,
    StorageError,
)
from podcastkit.feed.enclosures import move_item
from podcastkit.feed.reader import read_feed
from podcastkit.feed.rss import write_feed
from podcastkit.identity import find_episode, identify
from podcastkit.media.encoding import AS_GIVEN
from podcastkit.model import EpisodeRecord, Item, Records, Show
from podcastkit.parallel import work_through
from podcastkit.plan import (
    FEED_KEY,
    Change,
    HeldBack,
    Plan,
    compare_feeds,
    plan_files,
)
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.project import load
from podcastkit.publishing.destination import State, parse_address, read_state, resolve_destination
from podcastkit.publishing.patience import patiently
from podcastkit.publishing.succession import succeed
from podcastkit.records import merge_records
from podcastkit.text.moments import say_moment
from podcastkit.text.sentences import fit_description

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.model import AudioSettings, Edition, Episode, LiveFeed, LiveItem, Media, Text
    from podcastkit.plan import Manifest
    from podcastkit.publishing.destination import Destination
    from podcastkit.storage.base import Storage

_MINUTE = timedelta(minutes=1)
_PATIENCE = timedelta(seconds=15)
"""How long a destination that does not answer is asked what stands there: its address may be wrong."""


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
    moment = _moment(at)
    if not isinstance(show, Show):
        show = load(show, at=moment, executor=executor, progress=progress)
    show = replace(show, at=moment)
    again = frozenset(find_episode(show, name).folder for name in remake)
    _refuse_broken_show(show.folder, check_show(show))
    destination = resolve_destination(show, to, url)
    state = patiently(partial(read_state, destination, adopt=adopt), _PATIENCE, progress)
    show = identify(
        show,
        state.records,
        feed_url=f"{destination.url}/{FEED_KEY}",
        real=not destination.trial,
        live=state.live,
    )
    _refuse_broken_show(show.folder, show.diagnostics)
    with Cache() as cache:
        sorted_out = replace(_sort_out(show), again=again)
        _refuse_to_remake(sorted_out)
        made = _make(sorted_out, state, cache, executor, progress)
        return _plan(made, destination, state, cache)


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A show with where it is published and what stands there."""

    show: Show
    destination: Destination
    state: State
    manifest: Manifest
    feed: bytes
    live: LiveFeed


def find_published(
    show: Show | str | Path, *, to: str | Path | Storage | None, url: str | None, at: datetime | None
) -> Published:
    """Return what is published of a show, for what is done to that: at the address at which it was published.

    Raises CheckFailed when show.toml has errors, since it names the place, and StorageError when nothing of the
    show is published there.
    """
    moment = _moment(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    _refuse_broken_show(show.folder, show.diagnostics)
    destination = resolve_destination(show, to, url)
    state = patiently(partial(read_state, destination), _PATIENCE, ignore)
    if state.feed is None or state.live is None or state.manifest is None:
        raise StorageError(
            f"nothing of this show is published to {destination.storage.address}",
            "look at [publish] in show.toml, or say where it is (--to)",
        )
    return Published(
        show=replace(show, at=moment),
        destination=replace(destination, url=state.manifest.url),
        state=state,
        manifest=state.manifest,
        feed=state.feed,
        live=state.live,
    )


def check(
    show: Show | str | Path,
    *,
    at: datetime | None = None,
    executor: Executor | None = None,
    progress: Progress = ignore,
) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a show, and what was guessed: the show's findings, then by episode."""
    if isinstance(show, Show):
        return check_show(replace(show, at=at) if at else show)
    return check_show(load(show, at=at, executor=executor, progress=progress))


def render_feed(show: Show | str | Path, *, url: str, at: datetime | None = None) -> bytes:
    """Return the feed as it would be published at `url`, by the show and its lock alone.

    Raises NotBuiltError when the audio of an episode that is due has not been made yet.
    """
    moment = _moment(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    url = parse_address(url)
    show = identify(replace(show, at=moment), Records(), feed_url=f"{url}/{FEED_KEY}", real=False)
    due, _ = _due_and_held(show)
    missing = tuple(episode.folder for episode in due if episode.media is None)
    if missing:
        raise NotBuiltError(
            f"the audio of {', '.join(missing)} has not been made yet", "publish or plan it once", episodes=missing
        )
    with Cache() as cache:
        edition, _ = build(show, url=url, published=_moments(due, show), cache=cache)
    return _write(edition)


def _moment(at: datetime | None) -> datetime:
    """Return the moment in UTC: in whichever zone it was said, the same moment is written in the same way."""
    return (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def _refuse_broken_show(folder: Path, findings: tuple[Diagnostic, ...]) -> None:
    """An error in show.toml stops everything: it would reach every episode."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR and finding.episode is None]
    if errors:
        raise CheckFailed(
            f"the show itself has {len(errors)} error{'s' if len(errors) > 1 else ''}, so nothing is published",
            "mend what podcastkit check lists, and publish again",
            diagnostics=findings,
            folder=folder,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _SortedOut:
    """The episodes by what happens to them."""

    show: Show
    findings: tuple[Diagnostic, ...]
    due: tuple[Episode, ...]
    held_back: tuple[HeldBack, ...]
    again: frozenset[str] = frozenset()
    """The folders of the episodes whose audio shall be made anew."""


def _sort_out(show: Show) -> _SortedOut:
    due, held = _due_and_held(show)
    return _SortedOut(show=show, findings=check_show(show), due=due, held_back=held)


def _due_and_held(show: Show) -> tuple[tuple[Episode, ...], tuple[HeldBack, ...]]:
    errors = _errors(show)
    due, held = [], []
    for episode in show.episodes:
        if episode.withdrawn:
            when = say_moment(episode.withdrawn, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"it was withdrawn {when}"))
        elif episode.draft:
            held.append(HeldBack(episode=episode.folder, reason="it is a draft"))
        elif episode.date is not None and episode.date > show.at:
            when = say_moment(episode.date, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"it is due {when}", due=episode.date))
        elif episode.folder in errors:
            held.append(_broken(episode, errors[episode.folder]))
        else:
            due.append(episode)
    return tuple(due), tuple(held)


def _errors(show: Show) -> dict[str | None, Diagnostic]:
    """Return the first error of each episode; a draft, or one that is not due yet, makes no other wrong."""
    due = tuple(
        episode for episode in show.episodes if not episode.stays_in and (episode.date or show.at) <= show.at
    )
    errors: dict[str | None, Diagnostic] = {}
    for finding in check_show(replace(show, episodes=due)):
        if finding.severity is Severity.ERROR:
            errors.setdefault(finding.episode, finding)
    return errors


def _broken(episode: Episode, error: Diagnostic) -> HeldBack:
    cure = ": ".join(str(part) for part in (error.location, error.hint) if part)
    return HeldBack(episode=episode.folder, reason=error.message, is_broken=True, cure=cure or None)


def _refuse_to_remake(sorted_out: _SortedOut) -> None:
    """Only the audio of an episode that is out and has its master here can be made anew."""
    held = {held.episode: held.reason for held in sorted_out.held_back}
    for episode in sorted_out.show.episodes:
        if episode.folder not in sorted_out.again:
            continue
        reason = held.get(episode.folder)
        if reason is None and episode.master is None:
            reason = "its audio is not on this machine"
        if reason is None and episode.recipe == AS_GIVEN:
            reason = "listeners get its audio file as it is, so put another one into its folder instead"
        if reason:
            raise CheckFailed(
                f"the audio of {episode.folder} cannot be made anew: {reason}",
                "publish without --remake for this episode",
                diagnostics=(),
                folder=sorted_out.show.folder,
            )


def _make(
    sorted_out: _SortedOut, state: State, cache: Cache, executor: Executor | None, progress: Progress
) -> _SortedOut:
    """Encode what is due and has no media yet, or shall be made again; what cannot be made is held back."""
    settings, again = sorted_out.show.audio, sorted_out.again
    wanted = [
        episode for episode in sorted_out.due if episode.folder in again or not _has_media(episode, state.stored)
    ]
    tally = Tally(progress, "encoding", total=len(wanted), unit="episodes")
    made: dict[str, Media] = {}
    troubles: list[Diagnostic] = []

    def finished(episode: Episode, future: Future[Media]) -> None:
        try:
            made[episode.folder] = future.result()
        except MediaError as error:
            troubles.append(_trouble(episode, error))
        tally.add(1, episode.folder)

    make = partial(_make_one, again=again, settings=settings, cache_folder=cache.folder)
    work_through(make, wanted, finished, executor=executor)
    return _with_media(sorted_out, made, troubles)


def _make_one(episode: Episode, again: frozenset[str], settings: AudioSettings, cache_folder: Path) -> Media:
    make = remake_media if episode.folder in again else make_media
    return make(episode, settings, cache_folder)


def _has_media(episode: Episode, stored: Mapping[str, int]) -> bool:
    media = episode.media
    return media is not None and (media.path is not None or stored.get(media.key) == media.size)


def _trouble(episode: Episode, error: MediaError) -> Diagnostic:
    return Diagnostic(
        code="A103",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=episode.locations.get("audio") or Location(file=episode.folder),
        episode=episode.folder,
    )


def _with_media(sorted_out: _SortedOut, made: Mapping[str, Media], troubles: Sequence[Diagnostic]) -> _SortedOut:
    show = sorted_out.show
    failed = {trouble.episode: trouble for trouble in troubles}
    episodes = tuple(replace(episode, media=made.get(episode.folder, episode.media)) for episode in show.episodes)
    due = {episode.folder for episode in sorted_out.due}
    held = [_broken(episode, failed[episode.folder]) for episode in episodes if episode.folder in failed]
    return replace(
        sorted_out,
        show=replace(show, episodes=episodes),
        findings=sorted_out.findings + tuple(troubles),
        due=tuple(e for e in episodes if e.folder in due and e.folder not in failed),
        held_back=sorted_out.held_back + tuple(held),
    )


def _plan(sorted_out: _SortedOut, destination: Destination, state: State, cache: Cache) -> Plan:
    show = sorted_out.show
    kept = _stay_as_they_are(sorted_out, state)
    _refuse_empty(sorted_out, kept, state)
    edition, assets = build(
        show,
        url=destination.url,
        published=_moments(sorted_out.due, show),
        kept=[_moved(item, state, destination) for item in kept],
        cache=cache,
    )
    feed = _write(edition)
    records = merge_records(_records(edition, show, state.records), merge_records(show.records, state.records))
    succession = succeed(
        state,
        destination,
        feed,
        episodes=len(edition.items),
        records=records,
        files=plan_files(assets, state.stored, ours=state.manifest.files if state.manifest else ()),
        at=show.at,
    )
    return Plan(
        show=show,
        storage=destination.storage,
        url=destination.url,
        trial=destination.trial,
        at=show.at,
        actions=succession.actions,
        changes=tuple(_changes(feed, state, destination, records)),
        held_back=sorted_out.held_back,
        findings=sorted_out.findings,
        published=tuple(episode.folder for episode in sorted_out.due),
        next_due=min((held.due for held in sorted_out.held_back if held.due), default=None),
        feed=feed,
        live_etag=state.feed_etag,
        records=succession.records,
    )


def _changes(feed: bytes, state: State, destination: Destination, records: Records) -> Iterator[Change]:
    """Tell what subscribers will see; that an episode was withdrawn was agreed to when it was."""
    moved = None
    if state.manifest and state.manifest.url != destination.url:
        moved = (state.manifest.url, destination.url)
        before, after = (f"{url}/{FEED_KEY}" for url in moved)
        yield Change(kind="show", field="address", old=before, new=after, destructive=True)
    withdrawn = {withdrawal.guid for withdrawal in records.withdrawn}
    for change in compare_feeds(state.live, read_feed(feed), moved=moved):
        yield replace(change, destructive=False) if change.guid in withdrawn else change


def _stay_as_they_are(sorted_out: _SortedOut, state: State) -> list[LiveItem]:
    """Return the live items of public episodes that are broken today, also where their GUID is in question."""
    broken = {held.episode for held in sorted_out.held_back if held.is_broken}
    guids = {episode.guid for episode in sorted_out.show.episodes if episode.folder in broken}
    guids |= {record.guid for record in state.records.episodes if record.folder in broken}
    return [item for item in state.live.items if item.guid in guids] if state.live else []


def _moved(item: LiveItem, state: State, destination: Destination) -> LiveItem:
    """Let an item that is kept word for word name its files at the address that they have now."""
    if state.manifest is None or state.manifest.url == destination.url:
        return item
    return move_item(item, state.manifest.url, destination.url)


def _refuse_empty(sorted_out: _SortedOut, kept: Sequence[LiveItem], state: State) -> None:
    """A feed without an episode is refused by every directory; what stands there still may have been withdrawn."""
    withdrawn = merge_records(sorted_out.show.records, state.records).withdrawn
    live = {item.guid for item in state.live.items} if state.live else set()
    if sorted_out.due or kept or any(w.files for w in withdrawn) or live & {w.guid for w in withdrawn}:
        return
    reasons = "; ".join(f"{held.episode}: {held.reason}" for held in sorted_out.held_back[:3])
    raise CheckFailed(
        "no episode can be published yet" + (f" ({reasons})" if reasons else ""),
        "mend what podcastkit check lists, or publish again when the first episode is due",
        diagnostics=sorted_out.findings,
        folder=sorted_out.show.folder,
    )


def _moments(due: Sequence[Episode], show: Show) -> dict[str, datetime]:
    """Give each episode its date; those without one get now, a minute apart, the last of them exactly now."""
    dateless = [episode for episode in in_series(due, show) if episode.date is None]
    ages = {episode.folder: age for age, episode in enumerate(reversed(dateless))}
    return {episode.folder: episode.date or show.at - ages[episode.folder] * _MINUTE for episode in due}


def _write(edition: Edition) -> bytes:
    return write_feed(edition, describe=_describe)


def _describe(notes: Text) -> str:
    return fit_description(notes).html


def _records(edition: Edition, show: Show, remembered: Records) -> Records:
    """Return what must be remembered of every episode in the feed; those kept as they are keep their record."""
    known = {record.guid: record for record in (*remembered.episodes, *show.records.episodes)}
    episodes = []
    for item in edition.items:
        if isinstance(item, Item):
            episodes.append(_record(item))
        elif item.guid in known:
            episodes.append(known[item.guid])
    return Records(guid=edition.guid, episodes=tuple(episodes))


def _record(item: Item) -> EpisodeRecord:
    episode = item.episode
    master = episode.master.sha256 if episode.master else episode.record and episode.record.master_sha256
    return EpisodeRecord(
        guid=item.guid,
        folder=episode.folder,
        published=item.published,
        master_sha256=master or item.media.sha256,
        media=replace(item.media, path=None, md5=None),
        prefix=item.prefix,
    )
