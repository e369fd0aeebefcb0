"""Decide which episodes each feed contains, and build the feeds and the records of their episodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.build.assets import build_images, build_item, build_picture, describe_file
from podcastkit.build.due import find_first_errors, hold_back
from podcastkit.build.episode_order import sort_items
from podcastkit.feed.enclosures import replace_item_addresses
from podcastkit.model import AlternateRecord, Edition, EpisodeRecord, Item, Records
from podcastkit.published_keys import make_feed_key
from podcastkit.text.update_frequency import describe_frequency

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from podcastkit.build.assets import Asset
    from podcastkit.build.due import EpisodeSelection, HeldBack
    from podcastkit.cache import Cache
    from podcastkit.model import (
        AlternateAudio,
        CheckedShow,
        Episode,
        EpisodeAudio,
        LiveItem,
        Show,
    )
    from podcastkit.state.identity import Identity
    from podcastkit.state.published import PublishedState


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """The content of one feed."""

    show: Show
    identity: Identity
    due: tuple[Episode, ...]
    kept: tuple[LiveItem, ...] = ()
    """Items of the live feed that are kept unchanged."""
    built: datetime | None = None
    """The `lastBuildDate` of the live feed."""
    held_back: tuple[HeldBack, ...] = ()
    """The episodes that are held back from this feed only."""

    @property
    def is_feed(self) -> bool:
        """Whether to publish the feed. A translation without episodes is not published yet."""
        return self.show.translation is None or bool(self.due or self.kept)


def decide_feed_contents(
    checked: CheckedShow,
    identities: Mapping[str | None, Identity],
    sorted_out: EpisodeSelection,
    state: PublishedState,
    url: str,
) -> dict[str | None, Content]:
    """Return the content of each feed by language, the original first.

    A translation contains the episodes of the original, except those with errors in the translated text. Published
    episodes that have an error now are kept unchanged.
    """
    due = {episode.folder for episode in sorted_out.due}
    broken = {held.episode for held in sorted_out.held_back if held.is_broken}
    contents = {}
    for show in (checked.show, *checked.show.translations):
        language = show.translation
        errors = find_first_errors(checked, language) if language else {}
        # A translation has its own texts, so take its episodes instead of those of the original.
        ready = [episode for episode in show.episodes if episode.folder in due]
        own_broken = [episode for episode in ready if episode.folder in errors]
        kept_folders = broken | {episode.folder for episode in own_broken}
        contents[language] = Content(
            show=show,
            identity=identities[language],
            due=tuple(episode for episode in ready if episode.folder not in errors),
            kept=tuple(_keep_items(identities[language], kept_folders, state, language, url)),
            built=live.built if (live := state.get_live_feed(language)) else None,
            held_back=tuple(replace(hold_back(e, errors[e.folder]), language=language) for e in own_broken),
        )
    return contents


def build_editions(
    contents: Mapping[str | None, Content],
    audio: Mapping[str, EpisodeAudio],
    moments: Mapping[str, datetime],
    url: str,
    cache: Cache,
) -> tuple[dict[str | None, Edition], tuple[Asset, ...]]:
    """Return the feeds at `url` by language, and the files that they link to.

    `audio` and `moments` (release dates) are by episode folder.
    """
    names = {
        content.show.language: make_feed_key(language) for language, content in contents.items() if content.is_feed
    }
    editions: dict[str | None, Edition] = {}
    assets: dict[str, Asset] = {}
    for language, content in contents.items():
        if not content.is_feed:
            continue
        # Each feed links to the feeds in other languages.
        others = {other: key for other, key in names.items() if other != content.show.language}
        edition, files = _build_edition(content, audio, moments, others, url=url, cache=cache)
        editions[language] = edition
        assets.update((asset.key, asset) for asset in files)
    return editions, tuple(assets.values())


def _build_edition(
    content: Content,
    audio: Mapping[str, EpisodeAudio],
    moments: Mapping[str, datetime],
    others: Mapping[str, str],
    *,
    url: str,
    cache: Cache,
) -> tuple[Edition, list[Asset]]:
    """Return a feed and the files that it links to, except the files of items that are kept unchanged."""
    show, identity = content.show, content.identity
    assets: list[Asset] = []
    items = []
    for episode in content.due:
        guid, moment = identity.episodes[episode.folder], moments[episode.folder]
        item, files = build_item(episode, audio[episode.folder], show, guid=guid, published=moment, cache=cache)
        items.append(item)
        assets += files
    cover = build_picture(show.artwork, "artwork", "the artwork", cache) if show.artwork else None
    images = build_images(show, cover, "show", "the show", cache)
    edition = Edition(
        show=show,
        guid=identity.guid,
        url=url,
        built=content.built,
        frequency=describe_frequency(show, [*(item.episode for item in items), *content.kept]),
        items=tuple(sort_items([*items, *content.kept], show, identity)),
        artwork=describe_file(cover) if cover else None,
        feed=make_feed_key(show.translation),
        others=tuple(others.items()),
        images=tuple(image for image, _ in images),
    )
    return edition, [*assets, *([cover] if cover else []), *(asset for _, asset in images)]


def _keep_items(
    identity: Identity, broken: Collection[str], state: PublishedState, language: str | None, url: str
) -> Iterator[LiveItem]:
    """Yield the live items of published episodes that have an error now, even if their GUID is disputed."""
    guids = {guid for folder, guid in identity.episodes.items() if folder in broken}
    for record in state.records.episodes:
        if record.folder in broken:
            guids |= {record.guid, *(guid for _, guid in record.translated)}
    # If the show moves to another address, the URLs in kept items move as well.
    old = state.url or url
    for item in state.get_live_items(language):
        if item.guid in guids:
            yield item if old == url else replace_item_addresses(item, old, url)


def list_records(editions: Mapping[str | None, Edition], remembered: Records) -> Records:
    """Return the records of all episodes in the feeds. Items that are kept unchanged keep their record."""
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
            episodes.append(replace(_make_record(item), translated=tuple(sorted(guids.items()))))
        elif item.guid in known:
            episodes.append(known[item.guid])
    return Records(
        guid=original.guid,
        episodes=tuple(episodes),
        translated=tuple(sorted((language, edition.guid) for language, edition in others.items())),
    )


def _make_record(item: Item) -> EpisodeRecord:
    episode = item.episode
    master = episode.master.sha256 if episode.master else episode.record and episode.record.master_sha256
    return EpisodeRecord(
        guid=item.guid,
        folder=episode.folder,
        published=item.published,
        master_sha256=master or item.media.sha256,
        media=replace(item.media, path=None, md5=None, bitrate=None),
        prefix=item.prefix,
        alternates=tuple(_make_alternate_records(item.alternates)),
    )


def _make_alternate_records(versions: Iterable[AlternateAudio]) -> Iterator[AlternateRecord]:
    for version in versions:
        alternate, known = version.alternate, version.alternate.record
        master = alternate.master.sha256 if alternate.master else known and known.master_sha256
        if master:
            yield AlternateRecord(
                title=alternate.title,
                lang=alternate.lang,
                master_sha256=master,
                media=replace(version.media, path=None, md5=None),
            )
