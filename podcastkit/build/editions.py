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
    def has_feed(self) -> bool:
        """Whether to publish the feed. A translation without episodes is not published yet."""
        return self.show.translation is None or bool(self.due or self.kept)


def decide_feed_contents(
    checked: CheckedShow,
    identities: Mapping[str | None, Identity],
    selection: EpisodeSelection,
    state: PublishedState,
    url: str,
) -> dict[str | None, Content]:
    """Return the content of each feed by language, the original first.

    A translation contains the episodes of the original, except those with errors in the translated text. Published
    episodes that have an error now are kept unchanged.
    """
    due_folders = {episode.folder for episode in selection.due}
    broken_folders = {held.episode for held in selection.held_back if held.is_broken}
    contents = {}
    for show in (checked.show, *checked.show.translations):
        language = show.translation
        errors = find_first_errors(checked, language) if language else {}
        # A translation has its own texts, so take its episodes instead of those of the original.
        due_episodes = [episode for episode in show.episodes if episode.folder in due_folders]
        # The episodes that have errors only in this translation.
        broken_here = [episode for episode in due_episodes if episode.folder in errors]
        kept_folders = broken_folders | {episode.folder for episode in broken_here}
        contents[language] = Content(
            show=show,
            identity=identities[language],
            due=tuple(episode for episode in due_episodes if episode.folder not in errors),
            kept=tuple(_list_kept_items(identities[language], kept_folders, state, language, url)),
            built=live.built if (live := state.get_live_feed(language)) else None,
            held_back=tuple(
                replace(hold_back(episode, errors[episode.folder]), language=language) for episode in broken_here
            ),
        )
    return contents


def build_editions(
    contents: Mapping[str | None, Content],
    audio: Mapping[str, EpisodeAudio],
    release_dates: Mapping[str, datetime],
    url: str,
    cache: Cache,
) -> tuple[dict[str | None, Edition], tuple[Asset, ...]]:
    """Return the feeds at `url` by language, and the files that they link to.

    `audio` and `release_dates` are by episode folder.
    """
    keys_by_language = {
        content.show.language: make_feed_key(language) for language, content in contents.items() if content.has_feed
    }
    editions: dict[str | None, Edition] = {}
    assets: dict[str, Asset] = {}
    for language, content in contents.items():
        if not content.has_feed:
            continue
        # Each feed links to the feeds in other languages.
        others = {other: key for other, key in keys_by_language.items() if other != content.show.language}
        edition, files = _build_edition(content, audio, release_dates, others, url=url, cache=cache)
        editions[language] = edition
        assets.update((asset.key, asset) for asset in files)
    return editions, tuple(assets.values())


def _build_edition(
    content: Content,
    audio: Mapping[str, EpisodeAudio],
    release_dates: Mapping[str, datetime],
    others: Mapping[str, str],
    *,
    url: str,
    cache: Cache,
) -> tuple[Edition, list[Asset]]:
    """Return a feed and the files that it links to, except the files of items that are kept unchanged.

    `others` maps the languages of the show's other feeds to the keys of these feeds.
    """
    show, identity = content.show, content.identity
    assets: list[Asset] = []
    items = []
    for episode in content.due:
        guid, published = identity.episodes[episode.folder], release_dates[episode.folder]
        item, files = build_item(episode, audio[episode.folder], show, guid=guid, published=published, cache=cache)
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


def _list_kept_items(
    identity: Identity, folders: Collection[str], state: PublishedState, language: str | None, url: str
) -> Iterator[LiveItem]:
    """Yield the live items of the episodes in these folders, which have an error now.

    The error may be that an episode has another GUID than when it was published, so items with either GUID are
    kept.
    """
    guids = {guid for folder, guid in identity.episodes.items() if folder in folders}
    for record in state.records.episodes:
        if record.folder in folders:
            guids |= {record.guid, *(guid for _, guid in record.translated)}
    # If the show moves to another address, the URLs in kept items move as well.
    old_url = state.url or url
    for item in state.get_live_items(language):
        if item.guid in guids:
            yield item if old_url == url else replace_item_addresses(item, old_url, url)


def list_records(editions: Mapping[str | None, Edition], known_records: Records) -> Records:
    """Return the records of all episodes in the feeds. Items that are kept unchanged keep their known record."""
    records_by_guid = {record.guid: record for record in known_records.episodes}
    original = editions[None]
    translations = {language: edition for language, edition in editions.items() if language is not None}
    # By episode folder, the GUID in each language.
    translated_guids: dict[str, dict[str, str]] = {}
    for language, edition in translations.items():
        for item in edition.items:
            if isinstance(item, Item):
                translated_guids.setdefault(item.episode.folder, {})[language] = item.guid
    episode_records = []
    for item in original.items:
        if isinstance(item, Item):
            guids = translated_guids.get(item.episode.folder, {})
            episode_records.append(replace(_make_record(item), translated=tuple(sorted(guids.items()))))
        elif item.guid in records_by_guid:
            episode_records.append(records_by_guid[item.guid])
    return Records(
        guid=original.guid,
        episodes=tuple(episode_records),
        translated=tuple(sorted((language, edition.guid) for language, edition in translations.items())),
    )


def _make_record(item: Item) -> EpisodeRecord:
    episode = item.episode
    # The master may be missing on this computer.
    master_sha256 = episode.master.sha256 if episode.master else episode.record and episode.record.master_sha256
    return EpisodeRecord(
        guid=item.guid,
        folder=episode.folder,
        published=item.published,
        master_sha256=master_sha256 or item.media.sha256,
        media=replace(item.media, path=None, md5=None, bitrate=None),
        prefix=item.prefix,
        alternates=tuple(_make_alternate_records(item.alternates)),
    )


def _make_alternate_records(versions: Iterable[AlternateAudio]) -> Iterator[AlternateRecord]:
    """Yield the records of alternate versions, without versions whose master is missing and was never recorded."""
    for version in versions:
        alternate, record = version.alternate, version.alternate.record
        master_sha256 = alternate.master.sha256 if alternate.master else record and record.master_sha256
        if master_sha256:
            yield AlternateRecord(
                title=alternate.title,
                lang=alternate.lang,
                master_sha256=master_sha256,
                media=replace(version.media, path=None, md5=None),
            )
