"""A show and a destination become a Plan: check → identify → sort out → make → write the feed → compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.assets import build, in_series, make_media, name_alternate, remake_media
from podcastkit.cache import Cache
from podcastkit.checks import check_show, find_errors
from podcastkit.diagnostics import (
    CheckFailed,
    Diagnostic,
    Location,
    MediaError,
    NotBuiltError,
    ProjectError,
    Severity,
    StorageError,
)
from podcastkit.feed.enclosures import move_item
from podcastkit.feed.reader import read_feed
from podcastkit.feed.rss import write_feed
from podcastkit.identity import find_episode, identify, share_media
from podcastkit.media.encoding import AS_GIVEN
from podcastkit.model import Alternate, AlternateRecord, EpisodeRecord, Item, Records, Show
from podcastkit.parallel import work_through
from podcastkit.plan import (
    FEED_KEY,
    Change,
    HeldBack,
    compare_feeds,
    feed_key,
    plan_files,
)
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.project import load
from podcastkit.publishing.destination import LiveLine, State, parse_address, read_state, resolve_destination
from podcastkit.publishing.patience import patiently
from podcastkit.publishing.succession import succeed
from podcastkit.records import merge_records
from podcastkit.text.moments import say_moment
from podcastkit.text.sentences import fit_description

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.model import AudioSettings, Edition, Episode, LiveFeed, LiveItem, Media, Text
    from podcastkit.plan import Asset, Manifest, Plan
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
    languages = [one.language for one in show.translations]
    look = partial(read_state, destination, languages=languages, adopt=adopt)
    state = patiently(look, _PATIENCE, progress)
    show = identify(
        show,
        state.records,
        feed_url=f"{destination.url}/{FEED_KEY}",
        real=not destination.trial,
        live=state.original.live,
    )
    of_feeds = (finding for one in (show, *show.translations) for finding in one.diagnostics)
    _refuse_broken_show(show.folder, tuple(dict.fromkeys(of_feeds)))
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
    moment = _moment(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    _refuse_broken_show(show.folder, show.diagnostics)
    destination = resolve_destination(show, to, url)
    state = patiently(partial(read_state, destination), _PATIENCE, ignore)
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


def render_feed(
    show: Show | str | Path, *, url: str, at: datetime | None = None, language: str | None = None
) -> bytes:
    """Return the feed as it would be published at `url`, by the show and its lock alone.

    `language` is that of a translation; None: the original's. Raises NotBuiltError when the audio of an episode
    that is due has not been made yet, and ProjectError when the show has no such translation.
    """
    moment = _moment(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    url = parse_address(url)
    show = identify(replace(show, at=moment), Records(), feed_url=f"{url}/{FEED_KEY}", real=False)
    due, held_back = _due_and_held(show)
    missing = tuple(episode.folder for episode in due if any(v.media is None for v in episode.versions))
    if missing:
        raise NotBuiltError(
            f"the audio of {', '.join(missing)} has not been made yet", "publish or plan it once", episodes=missing
        )
    sorted_out = _SortedOut(show=show, findings=(), due=due, held_back=held_back)
    lines = _lines(sorted_out, State(), url)
    if language not in lines:
        raise ProjectError(
            f"the show is not translated into {language}", f"add [translations.{language}] to show.toml"
        )
    with Cache() as cache:
        edition, _ = _edition(lines, language, url, _moments(due, show), cache)
    return write_feed(edition, describe=_describe)


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
    """Return the first error of each episode; a draft, or one that is not due yet, makes no other wrong.

    What is wrong with the words of a translation is that feed's alone.
    """
    due = tuple(
        episode for episode in show.episodes if not episode.stays_in and (episode.date or show.at) <= show.at
    )
    errors: dict[str | None, Diagnostic] = {}
    for finding in find_errors(replace(show, episodes=due)):
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
        if reason is None and all(version.recipe == AS_GIVEN for version in episode.versions):
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
    again = sorted_out.again
    wanted = [
        _Task(episode=episode, version=version)
        for episode in sorted_out.due
        for version in episode.versions
        if (episode.folder in again and version.recipe not in {None, AS_GIVEN})
        or not _has_media(version, state.stored)
    ]
    tally = Tally(progress, "encoding", total=len(wanted), unit="episodes")
    made: dict[str, dict[str, Media]] = {}
    failed: dict[_Task, MediaError] = {}

    def finished(task: _Task, future: Future[Media]) -> None:
        try:
            made.setdefault(task.episode.folder, {})[task.file] = future.result()
        except MediaError as error:
            failed[task] = error
        tally.add(1, task.episode.folder)

    make = partial(_make_one, again=again, settings=sorted_out.show.audio, cache_folder=cache.folder)
    work_through(make, wanted, finished, executor=executor)
    # In the order of the show, whichever was done first.
    return _with_media(sorted_out, made, [_trouble(task, failed[task]) for task in wanted if task in failed])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Task:
    """A version of an episode's audio that is to be made."""

    episode: Episode
    version: Episode | Alternate

    @property
    def file(self) -> str:
        """What tells the versions of an episode apart: the file, or nothing for the episode's own."""
        return self.version.file if isinstance(self.version, Alternate) else ""

    @property
    def location(self) -> Location:
        """Where the settings name the file, else where the episode's own audio lies."""
        own = self.episode.locations.get("audio") or Location(file=self.episode.folder)
        return (isinstance(self.version, Alternate) and self.version.location) or own


def _make_one(task: _Task, again: frozenset[str], settings: AudioSettings, cache_folder: Path) -> Media:
    make = remake_media if task.episode.folder in again else make_media
    folder, version = task.episode.folder, task.version
    name = name_alternate(folder, version) if isinstance(version, Alternate) else folder
    return make(name, version, settings, cache_folder)


def _has_media(version: Episode | Alternate, stored: Mapping[str, int]) -> bool:
    media = version.media
    return media is not None and (media.path is not None or stored.get(media.key) == media.size)


def _trouble(task: _Task, error: MediaError) -> Diagnostic:
    return Diagnostic(
        code="A103",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=task.location,
        episode=task.episode.folder,
    )


def _with_media(
    sorted_out: _SortedOut, made: Mapping[str, Mapping[str, Media]], troubles: Sequence[Diagnostic]
) -> _SortedOut:
    show = sorted_out.show
    failed = {trouble.episode: trouble for trouble in reversed(troubles)}
    episodes = tuple(_with_made(episode, made.get(episode.folder, {})) for episode in show.episodes)
    due = {episode.folder for episode in sorted_out.due}
    held = [_broken(episode, failed[episode.folder]) for episode in episodes if episode.folder in failed]
    return replace(
        sorted_out,
        show=replace(show, episodes=episodes),
        findings=sorted_out.findings + tuple(troubles),
        due=tuple(e for e in episodes if e.folder in due and e.folder not in failed),
        held_back=sorted_out.held_back + tuple(held),
    )


def _with_made(episode: Episode, made: Mapping[str, Media]) -> Episode:
    alternates = tuple(
        replace(alternate, media=made.get(alternate.file, alternate.media)) for alternate in episode.alternates
    )
    return replace(episode, media=made.get("", episode.media), alternates=alternates)


def _plan(sorted_out: _SortedOut, destination: Destination, state: State, cache: Cache) -> Plan:
    show, url = sorted_out.show, destination.url
    lines = _lines(sorted_out, state, url)
    _refuse_empty(sorted_out, lines[None].kept, state)
    moments = _moments(sorted_out.due, show)
    built = {name: _edition(lines, name, url, moments, cache) for name, line in lines.items() if line.is_feed}
    editions = {language: edition for language, (edition, _) in built.items()}
    feeds = {language: write_feed(edition, describe=_describe) for language, edition in editions.items()}
    assets = {asset.key: asset for _, files in built.values() for asset in files}
    remembered = merge_records(show.records, state.records)
    records = merge_records(_records(editions, remembered), remembered)
    ours = state.manifest.files if state.manifest else ()
    plan = succeed(
        show, destination, state, feeds, records=records, files=plan_files(assets.values(), state.stored, ours=ours)
    )
    held_back = (*sorted_out.held_back, *(held for line in lines.values() for held in line.held_back))
    return replace(
        plan,
        changes=tuple(_changes(feeds, state, destination, records)),
        held_back=held_back,
        findings=sorted_out.findings,
        published=tuple(episode.folder for episode in sorted_out.due),
        next_due=min((held.due for held in held_back if held.due), default=None),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """What one feed shall hold."""

    show: Show
    due: tuple[Episode, ...]
    kept: tuple[LiveItem, ...]
    """What stays as it stands in the live feed, word for word."""
    held_back: tuple[HeldBack, ...] = ()
    """What only this feed has to go without."""

    @property
    def is_feed(self) -> bool:
        """Whether there is something in it: a translation without any episode yet does not come out."""
        return self.show.translation is None or bool(self.due or self.kept)


def _lines(sorted_out: _SortedOut, state: State, url: str) -> dict[str | None, _Line]:
    """Return what each feed shall hold by language, the original's first."""
    shows = (sorted_out.show, *sorted_out.show.translations)
    return {show.translation: _line(show, sorted_out, state, url) for show in shows}


def _line(show: Show, sorted_out: _SortedOut, state: State, url: str) -> _Line:
    """Sort out one feed: a translation holds what the original holds, unless its own words are broken."""
    ready, errors = sorted_out.due, {}
    if show.translation:
        made = {episode.folder: episode for episode in ready}
        show = replace(show, episodes=tuple(share_media(e, made.get(e.folder, e)) for e in show.episodes))
        ready, errors = tuple(episode for episode in show.episodes if episode.folder in made), _errors(show)
    broken = [episode for episode in ready if episode.folder in errors]
    everywhere = {held.episode for held in sorted_out.held_back if held.is_broken}
    live = state.feeds.get(show.translation, LiveLine()).live
    kept = _stay_as_they_are(show, everywhere | {episode.folder for episode in broken}, live, state.records)
    old = state.manifest.url if state.manifest else url
    return _Line(
        show=show,
        due=tuple(episode for episode in ready if episode.folder not in errors),
        kept=tuple(item if old == url else move_item(item, old, url) for item in kept),
        held_back=tuple(replace(_broken(e, errors[e.folder]), language=show.translation) for e in broken),
    )


def _edition(
    lines: Mapping[str | None, _Line], language: str | None, url: str, moments: Mapping[str, datetime], cache: Cache
) -> tuple[Edition, tuple[Asset, ...]]:
    line = lines[language]
    return build(
        line.show,
        url=url,
        published={episode.folder: moments[episode.folder] for episode in line.due},
        kept=line.kept,
        others={
            other.show.language: feed_key(name)
            for name, other in lines.items()
            if name != language and other.is_feed
        },
        cache=cache,
    )


def _changes(
    feeds: Mapping[str | None, bytes], state: State, destination: Destination, records: Records
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


def _stay_as_they_are(
    show: Show, broken: Collection[str], live: LiveFeed | None, remembered: Records
) -> list[LiveItem]:
    """Return the live items of public episodes that are broken today, also where their GUID is in question."""
    guids = {episode.guid for episode in show.episodes if episode.folder in broken}
    for record in remembered.episodes:
        if record.folder in broken:
            guids |= {record.guid, *(guid for _, guid in record.translated)}
    return [item for item in live.items if item.guid in guids] if live else []


def _refuse_empty(sorted_out: _SortedOut, kept: Sequence[LiveItem], state: State) -> None:
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


def _moments(due: Sequence[Episode], show: Show) -> dict[str, datetime]:
    """Give each episode its date; those without one get now, a minute apart, the last of them exactly now."""
    dateless = [episode for episode in in_series(due, show) if episode.date is None]
    ages = {episode.folder: age for age, episode in enumerate(reversed(dateless))}
    return {episode.folder: episode.date or show.at - ages[episode.folder] * _MINUTE for episode in due}


def _describe(notes: Text) -> str:
    return fit_description(notes).html


def _records(editions: Mapping[str | None, Edition], remembered: Records) -> Records:
    """Return what must be remembered of every episode in the feeds; those kept as they are keep their record."""
    known = {record.guid: record for record in remembered.episodes}
    original = editions[None]
    others = {language: edition for language, edition in editions.items() if language is not None}
    translated: dict[str, dict[str, str]] = {}
    for language, edition in others.items():
        for item in edition.items:
            if isinstance(item, Item):
                translated.setdefault(item.episode.folder, {})[language] = item.guid
    episodes = []
    for item in original.items:
        if isinstance(item, Item):
            guids = translated.get(item.episode.folder, {})
            episodes.append(replace(_record(item), translated=tuple(sorted(guids.items()))))
        elif item.guid in known:
            episodes.append(known[item.guid])
    return Records(
        guid=original.guid,
        episodes=tuple(episodes),
        translated=tuple(sorted((language, edition.guid) for language, edition in others.items())),
    )


def _record(item: Item) -> EpisodeRecord:
    episode = item.episode
    master = episode.master.sha256 if episode.master else episode.record and episode.record.master_sha256
    return EpisodeRecord(
        guid=item.guid,
        folder=episode.folder,
        published=item.published,
        master_sha256=master or item.media.sha256,
        media=replace(item.media, path=None, md5=None, bitrate=None),
        prefix=item.prefix,
        alternates=tuple(_alternate_records(episode)),
    )


def _alternate_records(episode: Episode) -> Iterator[AlternateRecord]:
    for alternate in episode.alternates:
        known, media = alternate.record, alternate.media
        master = alternate.master.sha256 if alternate.master else known and known.master_sha256
        if master and media:
            yield AlternateRecord(
                title=alternate.title,
                lang=alternate.lang,
                master_sha256=master,
                media=replace(media, path=None, md5=None),
            )
