"""Decide the content of each feed, and the records of its episodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.build.assets import build
from podcastkit.build.due import first_errors, hold_back
from podcastkit.feed.enclosures import move_item
from podcastkit.model import AlternateRecord, EpisodeRecord, Item, Records
from podcastkit.published_keys import feed_key
from podcastkit.state.identity import share_media
from podcastkit.state.published import PublishedFeed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from podcastkit.build.assets import Asset
    from podcastkit.build.due import HeldBack, SortedOut
    from podcastkit.cache import Cache
    from podcastkit.model import Edition, Episode, LiveFeed, LiveItem, Show
    from podcastkit.state.published import PublishedState


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
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


def contents_of(sorted_out: SortedOut, state: PublishedState, url: str) -> dict[str | None, Content]:
    """Return what each feed shall hold by language, the original's first."""
    shows = (sorted_out.show, *sorted_out.show.translations)
    return {show.translation: _content_of(show, sorted_out, state, url) for show in shows}


def _content_of(show: Show, sorted_out: SortedOut, state: PublishedState, url: str) -> Content:
    """Sort out one feed: a translation holds what the original holds, unless its own words are broken."""
    ready, errors = sorted_out.due, {}
    if show.translation:
        made = {episode.folder: episode for episode in ready}
        show = replace(show, episodes=tuple(share_media(e, made.get(e.folder, e)) for e in show.episodes))
        ready, errors = tuple(episode for episode in show.episodes if episode.folder in made), first_errors(show)
    broken = [episode for episode in ready if episode.folder in errors]
    everywhere = {held.episode for held in sorted_out.held_back if held.is_broken}
    live = state.feeds.get(show.translation, PublishedFeed()).live
    kept = _stay_as_they_are(show, everywhere | {episode.folder for episode in broken}, live, state.records)
    old = state.manifest.url if state.manifest else url
    return Content(
        show=show,
        due=tuple(episode for episode in ready if episode.folder not in errors),
        kept=tuple(item if old == url else move_item(item, old, url) for item in kept),
        held_back=tuple(replace(hold_back(e, errors[e.folder]), language=show.translation) for e in broken),
    )


def edition_of(
    contents: Mapping[str | None, Content],
    language: str | None,
    url: str,
    moments: Mapping[str, datetime],
    cache: Cache,
) -> tuple[Edition, tuple[Asset, ...]]:
    """Return a feed as it shall stand at `url`, and the files that it names; `moments` are by folder."""
    content = contents[language]
    return build(
        content.show,
        url=url,
        published={episode.folder: moments[episode.folder] for episode in content.due},
        kept=content.kept,
        others={
            other.show.language: feed_key(name)
            for name, other in contents.items()
            if name != language and other.is_feed
        },
        cache=cache,
    )


def _stay_as_they_are(
    show: Show, broken: Collection[str], live: LiveFeed | None, remembered: Records
) -> list[LiveItem]:
    """Return the live items of public episodes that are broken today, also where their GUID is in question."""
    guids = {episode.guid for episode in show.episodes if episode.folder in broken}
    for record in remembered.episodes:
        if record.folder in broken:
            guids |= {record.guid, *(guid for _, guid in record.translated)}
    return [item for item in live.items if item.guid in guids] if live else []


def records_of(editions: Mapping[str | None, Edition], remembered: Records) -> Records:
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
