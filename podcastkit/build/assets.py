"""Build the files to publish for an episode or a show, and the values that refer to them in a feed."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from podcastkit.build.time_shift import shift_episode
from podcastkit.cache import read_cache_file, write_cache_file
from podcastkit.media.artwork import choose_copy_suffix, convert_artwork, is_publishable, read_copy_size
from podcastkit.model import (
    Alternate,
    Episode,
    EpisodeType,
    Item,
    MediaTags,
    Picture,
    PublicFile,
    PublicPicture,
)
from podcastkit.published_keys import ARTWORK, CHAPTERS, TRANSCRIPTS, make_hashed_key
from podcastkit.text.chapters.json import write_chapters
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from podcastkit.cache import Cache
    from podcastkit.model import Artwork, Document, EpisodeAudio, Media, Show


_COMMENT_LIMIT = 1000
"""The maximum length of the comment in the tags, in characters. Players show only one or two lines."""
_DOCUMENT_NAMES = {CHAPTERS: "the list of chapters", TRANSCRIPTS: "the transcript"}
# Without a charset, browsers read these types as Windows-1252. The other document types are always UTF-8.
_CHARSETS = {"text/plain": "; charset=utf-8", "text/html": "; charset=utf-8"}
_PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def describe_tags(
    show: Show,
    version: Episode | Alternate,
    episode: Episode,
    *,
    published: datetime,
    guid: str,
    feed_url: str | None,
) -> MediaTags:
    """Return the tags for `version`: the audio of an episode or an alternate version of this audio.

    `feed_url` is the address of the feed. In a trial run, `feed_url` is None, and the tags have no GUID either.
    Only the episode's own audio has chapters; their times are those of the master.
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
        guid=guid if feed_url else None,
        chapters=() if alternate else episode.chapters,
        cover=episode.artwork or show.artwork,
    )


def build_item(
    episode: Episode, audio: EpisodeAudio, show: Show, *, guid: str, published: datetime, cache: Cache
) -> tuple[Item, list[Asset]]:
    """Return an item of a feed and the files that it links to."""
    episode = shift_episode(episode, audio.media)
    picture = (
        build_picture(episode.artwork, episode.folder, f"artwork of {episode.name}", cache)
        if episode.artwork
        else None
    )
    images = build_images(episode, picture, episode.folder, episode.name, cache)
    # The producer's chapter file is preferred, because it may contain more than titles.
    chapters_file = episode.chapters_file or (write_chapters(episode.chapters) if episode.chapters else None)
    chapters = _build_document(CHAPTERS, episode, chapters_file) if chapters_file else None
    transcripts = [_build_document(TRANSCRIPTS, episode, document) for document in episode.transcripts]
    item = Item(
        episode=_shorten_summary(episode),
        guid=guid,
        published=published,
        media=audio.media,
        alternates=audio.alternates,
        prefix=episode.record.prefix if episode.record else show.publish.prefix,
        artwork=describe_file(picture) if picture else None,
        images=tuple(image for image, _ in images),
        chapters=describe_file(chapters) if chapters else None,
        transcripts=tuple(
            replace(describe_file(asset), content_type=document.content_type, language=document.language)
            for asset, document in zip(transcripts, episode.transcripts, strict=True)
        ),
    )
    files = (*_build_media_assets(episode, audio), picture, *(asset for _, asset in images), chapters, *transcripts)
    return item, [file for file in files if file]


def _shorten_summary(episode: Episode) -> Episode:
    short_summary = episode.summary and shorten(episode.summary, DESCRIPTION_LIMIT)
    return episode if short_summary == episode.summary else replace(episode, summary=short_summary)


def _build_media_assets(episode: Episode, audio: EpisodeAudio) -> Iterator[Asset]:
    yield _build_media_asset(audio.media, episode)
    for version in audio.alternates:
        alternate = version.alternate
        name = f" ({alternate.lang or alternate.title or alternate.file})"
        yield _build_media_asset(version.media, episode, name)


def _build_media_asset(media: Media, episode: Episode, version_name: str = "") -> Asset:
    return Asset(
        key=media.key,
        body=media.path,
        size=media.size,
        md5=media.md5,
        content_type=media.content_type,
        about=f"audio of {episode.name}{version_name}",
        episode=episode.folder,
    )


def _build_document(folder: str, episode: Episode, document: Document) -> Asset:
    """Return the file for chapters or a transcript. `folder` is the published folder, such as `chapters/`."""
    digest = hashlib.sha256(document.body).hexdigest()
    name = f"{episode.folder}.{document.language}" if document.language else episode.folder
    return Asset.of_bytes(
        make_hashed_key(folder, name, digest, document.suffix),
        document.body,
        content_type=document.content_type + _CHARSETS.get(document.content_type, ""),
        about=f"{_DOCUMENT_NAMES[folder]} of {episode.name}",
        episode=episode.folder,
    )


def build_images(
    owner: Show | Episode, cover: Asset | None, name: str, owner_name: str, cache: Cache
) -> list[tuple[PublicPicture, Asset]]:
    """Return the artwork of a show or episode, followed by its additional pictures.

    Apps that read `podcast:image` may ignore all other image tags, so the artwork must be included. Return an empty
    list if there are no additional pictures. `cover` is the file of the artwork, `name` is for the names of the
    files, and `owner_name` is for their descriptions.
    """
    artwork = owner.artwork
    images = []
    for image in owner.images:
        # The same picture is uploaded once.
        if cover and artwork and image.artwork.file.sha256 == artwork.file.sha256:
            asset = cover
        else:
            purpose = (image.purpose or "image").partition(" ")[0]
            about = f"{image.artwork.file.path.name} of {owner_name}"
            asset = build_picture(image.artwork, f"{name}-{purpose}", about, cache, keeps_alpha=True)
        images.append((_describe_picture(asset, image), asset))
    if cover and artwork and images and cover not in (asset for _, asset in images):
        images.insert(0, (_describe_picture(cover, Picture(artwork=artwork, purpose="artwork")), cover))
    return images


def _describe_picture(asset: Asset, picture: Picture) -> PublicPicture:
    producer_size = (picture.artwork.width, picture.artwork.height)
    # A converted copy is in memory, and may be smaller.
    width, height = read_copy_size(asset.body) if isinstance(asset.body, bytes) else producer_size
    return PublicPicture(
        file=describe_file(asset), width=width, height=height, purpose=picture.purpose, alt=picture.alt
    )


def build_picture(artwork: Artwork, name: str, about: str, cache: Cache, *, keeps_alpha: bool = False) -> Asset:
    """Return the file for a picture: the producer's file, or a converted copy if apps cannot show that file.

    `name` is for the name of the file, and `about` describes the file to users.
    """
    file = artwork.file
    if not is_publishable(artwork, keeps_alpha=keeps_alpha):
        body, suffix = _convert_picture(artwork, cache, keeps_alpha=keeps_alpha)
        key = make_hashed_key(ARTWORK, name, hashlib.sha256(body).hexdigest(), suffix)
        return Asset.of_bytes(key, body, content_type=_PICTURE_TYPES[suffix], about=about)
    suffix = ".png" if artwork.format == "PNG" else ".jpg"
    return Asset(
        key=make_hashed_key(ARTWORK, name, file.sha256, suffix),
        body=file.path,
        size=file.size,
        md5=file.md5,
        content_type=_PICTURE_TYPES[suffix],
        about=about,
    )


def _convert_picture(artwork: Artwork, cache: Cache, *, keeps_alpha: bool) -> tuple[bytes, str]:
    """Return the converted copy of a picture and its file suffix, from the cache if possible."""
    suffix = choose_copy_suffix(artwork, keeps_alpha=keeps_alpha)
    cache_file = cache.folder / "artwork" / f"{artwork.file.sha256}{suffix}"
    if not cache.forgets and (cached_body := read_cache_file(cache_file)) is not None:
        return cached_body, suffix
    body, _ = convert_artwork(artwork, keeps_alpha=keeps_alpha)
    with contextlib.suppress(OSError):
        write_cache_file(cache_file, body)
    return body, suffix


def describe_file(asset: Asset) -> PublicFile:
    """Return the values that refer to a file in a feed."""
    return PublicFile(key=asset.key, size=asset.size, content_type=asset.content_type)


IMMUTABLE = "public, max-age=31536000, immutable"
"""For files with a content hash in their name: their content never changes."""


REVALIDATE = "public, max-age=300, must-revalidate"
"""For files that keep their name when their content changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file for the destination. Size in bytes, digest as lower-case hex."""

    key: str
    body: bytes | Path | None
    """None if the content is only at the destination."""
    size: int
    md5: str | None
    content_type: str
    cache_control: str = IMMUTABLE
    about: str = ""
    """A description for users: `audio of Episode 5`."""
    episode: str | None = None
    """The folder of the file's episode."""

    @classmethod
    def of_bytes(cls, key: str, body: bytes, **facts: Any) -> Asset:  # noqa: ANN401 - the other fields
        """Return the asset for content in memory."""
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return cls(key=key, body=body, size=len(body), md5=digest, **facts)
