"""Turn a checked show into its Edition and the files to publish."""

from __future__ import annotations

import contextlib
import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from podcastkit.build.time_shift import shifted
from podcastkit.cache import write_cache_file
from podcastkit.media.artwork import convert_artwork, is_publishable, measure_copy, suffix_of_copy
from podcastkit.model import (
    Alternate,
    Edition,
    Episode,
    EpisodeType,
    Item,
    MediaTags,
    Picture,
    PublicFile,
    PublicPicture,
    ShowType,
)
from podcastkit.published_keys import ARTWORK, CHAPTERS, TRANSCRIPTS, feed_key, hashed_key
from podcastkit.text.chapters.json import write_chapters
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT, shorten
from podcastkit.text.update_frequency import describe_frequency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from podcastkit.cache import Cache
    from podcastkit.model import (
        Artwork,
        Document,
        LiveItem,
        Show,
    )


_COMMENT_LIMIT = 1000
"""Characters; players show a line or two."""
_DOCUMENTS = {CHAPTERS: "the list of chapters", TRANSCRIPTS: "the transcript"}
# Without it browsers read them as Windows-1252; the other documents' types are UTF-8 by their own rules.
_CHARSETS = {"text/plain": "; charset=utf-8", "text/html": "; charset=utf-8"}
_PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def describe_tags(
    show: Show, version: Episode | Alternate, episode: Episode, *, published: datetime, feed_url: str | None
) -> MediaTags:
    """Return what the audio of an episode, or another version of it, shall say of itself.

    `feed_url` is where listeners subscribe; None in a trial. Chapters are those of the episode's own audio, by the
    time of its master.
    """
    alternate = version if isinstance(version, Alternate) else None
    number = episode.number if episode.type is EpisodeType.FULL else None
    comment = episode.summary or shorten(episode.notes.plain, _COMMENT_LIMIT)
    zone = show.timezone or published.tzinfo
    return MediaTags(
        title=f"{episode.title} ({alternate.title})" if alternate and alternate.title else episode.title,
        artist=show.author,
        album=show.title,
        date=published.astimezone(zone).date(),
        language=(alternate and alternate.lang) or show.language,
        track=(number, show.total_episodes if number else None),
        comment=comment or None,
        link=episode.link or show.link,
        feed_url=feed_url,
        guid=episode.guid if feed_url else None,
        chapters=() if alternate else episode.chapters,
        cover=episode.artwork or show.artwork,
    )


def build(
    show: Show,
    *,
    url: str,
    published: Mapping[str, datetime],
    kept: Sequence[LiveItem] = (),
    others: Mapping[str, str] | None = None,
    cache: Cache,
) -> tuple[Edition, tuple[Asset, ...]]:
    """Return the show as it shall stand at `url`, and every file that it names there.

    `published` gives the moments of the episodes that shall be public, by folder; each has its GUID and its media.
    `kept` are items of the live feed that stay word for word; their files are at the destination already. `others`
    are the keys of the same show's feeds in other languages, by language.
    """
    assets: list[Asset] = []
    cover = _picture(show.artwork, "artwork", "the artwork", cache) if show.artwork else None
    images = _images(show, cover, "show", "the show", cache)
    items = []
    for episode in show.episodes:
        if episode.folder in published:
            item, files = _item(episode, published[episode.folder], show, cache)
            items.append(item)
            assets += files
    edition = Edition(
        show=show,
        guid=_known(show.guid),
        url=url,
        frequency=describe_frequency(show, [*(item.episode for item in items), *kept]),
        items=tuple(_in_order([*items, *kept], show)),
        artwork=_public(cover) if cover else None,
        feed=feed_key(show.translation),
        others=tuple((others or {}).items()),
        images=tuple(image for image, _ in images),
    )
    every = [*assets, *([cover] if cover else []), *(asset for _, asset in images)]
    return edition, tuple({asset.key: asset for asset in every}.values())


def in_series(episodes: Sequence[Episode], show: Show) -> list[Episode]:
    """Return the episodes in the order of listening; those that nothing else tells apart stay as they were."""
    return sorted(episodes, key=lambda episode: _rank(episode, episode, show)[:-1])


def _item(episode: Episode, published: datetime, show: Show, cache: Cache) -> tuple[Item, list[Asset]]:
    if episode.media is None:
        raise ValueError(f"the media of {episode.folder} is not made")
    media, episode = episode.media, shifted(episode)
    picture = (
        _picture(episode.artwork, episode.folder, f"artwork of {episode.name}", cache) if episode.artwork else None
    )
    images = _images(episode, picture, episode.folder, episode.name, cache)
    listed = episode.chapters_file or (write_chapters(episode.chapters) if episode.chapters else None)
    chapters = _document(CHAPTERS, episode, listed) if listed else None
    transcripts = [_document(TRANSCRIPTS, episode, document) for document in episode.transcripts]
    item = Item(
        episode=_with_short_summary(episode),
        guid=_known(episode.guid),
        published=published,
        media=media,
        prefix=episode.record.prefix if episode.record else show.publish.prefix,
        artwork=_public(picture) if picture else None,
        images=tuple(image for image, _ in images),
        chapters=_public(chapters) if chapters else None,
        transcripts=tuple(
            replace(_public(asset), content_type=document.content_type, language=document.language)
            for asset, document in zip(transcripts, episode.transcripts, strict=True)
        ),
    )
    pictures = (picture, *(asset for _, asset in images))
    return item, [*_media_assets(episode), *(asset for asset in (*pictures, chapters, *transcripts) if asset)]


def _with_short_summary(episode: Episode) -> Episode:
    short = episode.summary and shorten(episode.summary, DESCRIPTION_LIMIT)
    return episode if short == episode.summary else replace(episode, summary=short)


def _known(guid: str | None) -> str:
    if guid is None:
        raise ValueError("the GUIDs are not known yet")
    return guid


def _media_assets(episode: Episode) -> Iterator[Asset]:
    for version in episode.versions:
        media = version.media
        if media is None:
            raise ValueError(f"the media of {episode.folder} is not made")
        which = f" ({version.lang or version.title or version.file})" if isinstance(version, Alternate) else ""
        yield Asset(
            key=media.key,
            body=media.path,
            size=media.size,
            md5=media.md5,
            content_type=media.content_type,
            about=f"audio of {episode.name}{which}",
            episode=episode.folder,
        )


def _document(folder: str, episode: Episode, document: Document) -> Asset:
    digest = hashlib.sha256(document.body).hexdigest()
    name = f"{episode.folder}.{document.language}" if document.language else episode.folder
    return Asset.of_bytes(
        hashed_key(folder, name, digest, document.suffix),
        document.body,
        content_type=document.content_type + _CHARSETS.get(document.content_type, ""),
        about=f"{_DOCUMENTS[folder]} of {episode.name}",
        episode=episode.folder,
    )


def _images(
    owner: Show | Episode, cover: Asset | None, name: str, whose: str, cache: Cache
) -> list[tuple[PublicPicture, Asset]]:
    """Return the further pictures of a show or episode, with its artwork first among them.

    An app that reads `podcast:image` may look nowhere else; where there is none, the artwork needs no second tag.
    """
    artwork = owner.artwork
    images = []
    for image in owner.images:
        if cover and artwork and image.artwork.file.sha256 == artwork.file.sha256:
            asset = cover
        else:
            purpose = (image.purpose or "image").partition(" ")[0]
            about = f"{image.artwork.file.path.name} of {whose}"
            asset = _picture(image.artwork, f"{name}-{purpose}", about, cache, keeps_alpha=True)
        images.append((_public_picture(asset, image), asset))
    if cover and artwork and images and cover not in (asset for _, asset in images):
        images.insert(0, (_public_picture(cover, Picture(artwork=artwork, purpose="artwork")), cover))
    return images


def _public_picture(asset: Asset, picture: Picture) -> PublicPicture:
    size = (picture.artwork.width, picture.artwork.height)
    width, height = measure_copy(asset.body) if isinstance(asset.body, bytes) else size
    return PublicPicture(file=_public(asset), width=width, height=height, purpose=picture.purpose, alt=picture.alt)


def _picture(artwork: Artwork, name: str, about: str, cache: Cache, *, keeps_alpha: bool = False) -> Asset:
    file = artwork.file
    if not is_publishable(artwork, keeps_alpha=keeps_alpha):
        body, suffix = _converted(artwork, cache, keeps_alpha=keeps_alpha)
        key = hashed_key(ARTWORK, name, hashlib.sha256(body).hexdigest(), suffix)
        return Asset.of_bytes(key, body, content_type=_PICTURE_TYPES[suffix], about=about)
    suffix = ".png" if artwork.format == "PNG" else ".jpg"
    return Asset(
        key=hashed_key(ARTWORK, name, file.sha256, suffix),
        body=file.path,
        size=file.size,
        md5=file.md5,
        content_type=_PICTURE_TYPES[suffix],
        about=about,
    )


def _converted(artwork: Artwork, cache: Cache, *, keeps_alpha: bool) -> tuple[bytes, str]:
    """Return the published copy of a picture and its ending, made once where the cache can keep it."""
    suffix = suffix_of_copy(artwork, keeps_alpha=keeps_alpha)
    made = cache.folder / "artwork" / f"{artwork.file.sha256}{suffix}"
    with contextlib.suppress(OSError):
        return made.read_bytes(), suffix
    body, _ = convert_artwork(artwork, keeps_alpha=keeps_alpha)
    with contextlib.suppress(OSError):
        made.parent.mkdir(parents=True, exist_ok=True)
        write_cache_file(made, body)
    return body, suffix


def _public(asset: Asset) -> PublicFile:
    return PublicFile(key=asset.key, size=asset.size, content_type=asset.content_type)


def _in_order(items: list[Item | LiveItem], show: Show) -> list[Item | LiveItem]:
    """Put a serial in the order of listening, trailers before what they announce; an episodic show newest first."""
    in_series = sorted(items, key=lambda item: _place(item, show))
    if show.type is ShowType.SERIAL:
        return in_series
    return sorted(in_series, key=lambda item: item.published.timestamp() if item.published else 0, reverse=True)


def _place(item: Item | LiveItem, show: Show) -> tuple[float, float, int, str]:
    if isinstance(item, Item):
        return _rank(item.episode, item.episode, show)
    folder = next((episode for episode in show.episodes if episode.guid == item.guid), None)
    return _rank(item, folder, show)


def _rank(of: Episode | LiveItem, folder: Episode | None, show: Show) -> tuple[float, float, int, str]:
    """Sort by season, then number; a bonus without a number stands where its folder does."""
    name = folder.folder if folder else of.title
    if of.type is EpisodeType.TRAILER:
        return (of.season or 0, of.number or 0, 0, name)
    number = of.number or (folder.folder_number if folder else None) or math.inf
    return (of.season or show.season, number, 1 if of.type is EpisodeType.FULL else 2, name)


IMMUTABLE = "public, max-age=31536000, immutable"
"""For names that carry their content's hash: they never change."""


REVALIDATE = "public, max-age=300, must-revalidate"
"""For names that stay while their content changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file that the destination should hold. Sizes in bytes, digests as lower-case hex."""

    key: str
    body: bytes | Path | None
    """None: the bytes are at the destination only."""
    size: int
    md5: str | None
    content_type: str
    cache_control: str = IMMUTABLE
    about: str = ""
    """What it is, for people: `audio of Episode 5`."""
    episode: str | None = None
    """The folder of the episode that it belongs to."""

    @classmethod
    def of_bytes(cls, key: str, body: bytes, **facts: Any) -> Asset:  # noqa: ANN401 - the other fields
        """Return the asset for bytes that are held in memory."""
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return cls(key=key, body=body, size=len(body), md5=digest, **facts)
