"""A checked Show becomes the files that the world should see, and the Edition that names them."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import tempfile
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import convert_artwork, is_publishable
from podcastkit.media.encoding import content_type_of, encode, is_deliverable, recipe_of, suffix_of
from podcastkit.media.facts import examine_all
from podcastkit.media.files import hash_file
from podcastkit.model import Edition, EpisodeType, Item, Media, PublicFile, ShowType
from podcastkit.plan import Asset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from podcastkit.cache import Cache
    from podcastkit.model import Artwork, Audio, AudioSettings, Document, Episode, LiveItem, Show, SourceFile

_DIGITS = 12
_DOCUMENTS = {"chapters": "the list of chapters", "transcripts": "the transcript"}
# Without it browsers read them as Windows-1252; the other documents' types are UTF-8 by their own rules.
_CHARSETS = {"text/plain": "; charset=utf-8", "text/html": "; charset=utf-8"}
_PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def name_file(folder: str, name: str, sha256: str, suffix: str) -> str:
    """Return the key of a file: readable, ASCII, with the first digits of its content's SHA-256.

    >>> name_file("media", "05 Más tiempo", "3f2a9c04d1b7" + "0" * 52, ".mp3")
    'media/05-mas-tiempo-3f2a9c04d1b7.mp3'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].rstrip("-") or "episode"
    return f"{folder}/{slug}-{sha256[:_DIGITS]}{suffix}"


def find_media(
    folder: str, master: SourceFile, audio: Audio, settings: AudioSettings, cache: Cache
) -> Media | None:
    """Return what listeners will fetch for this master, or None when it has to be made first."""
    if is_deliverable(audio):
        return _media(folder, master, audio, recipe_of(audio, settings))
    made = _made_path(master, audio, settings, cache.folder)
    examined = examine_all([made], cache)[made] if made.is_file() else None
    if examined is None or examined.file is None or examined.audio is None:
        return None
    return _media(folder, examined.file, examined.audio, recipe_of(audio, settings))


def make_media(episode: Episode, settings: AudioSettings, cache_folder: Path) -> Media:
    """Encode the episode's master and return what listeners will fetch; raise MediaError when that fails.

    An unchanged master that was published before keeps its published name. Picklable and repeatable.
    """
    if episode.master is None or episode.audio is None:
        raise MediaError(
            f"the audio of {episode.folder} is neither on this machine nor at the destination",
            "put the audio file back into its folder",
        )
    target = _made_path(episode.master, episode.audio, settings, cache_folder)
    audio = encode(episode.audio, settings, target)
    media = _media(episode.folder, hash_file(target), audio, recipe_of(episode.audio, settings))
    return replace(media, key=episode.media.key) if episode.media else media


def remake_media(episode: Episode, settings: AudioSettings, cache_folder: Path) -> Media:
    """Encode the episode's master again, whatever was made before; its name changes only if the bytes do.

    Raises MediaError as `make_media` does. Picklable and repeatable.
    """
    before = episode.media
    made = make_media(replace(episode, media=None), settings, cache_folder)
    return replace(made, key=before.key) if before and before.sha256 == made.sha256 else made


def _made_path(master: SourceFile, audio: Audio, settings: AudioSettings, cache_folder: Path) -> Path:
    recipe = hashlib.sha256(recipe_of(audio, settings).encode()).hexdigest()
    return cache_folder / "media" / f"{master.sha256[:32]}-{recipe[:8]}{suffix_of(audio, settings)}"


def _media(folder: str, file: SourceFile, audio: Audio, recipe: str) -> Media:
    suffix = ".mp3" if audio.format == "mp3" else ".m4a"
    return Media(
        key=name_file("media", folder, file.sha256, suffix),
        size=file.size,
        sha256=file.sha256,
        md5=file.md5,
        content_type=content_type_of(suffix),
        duration=audio.duration,
        recipe=recipe,
        path=file.path,
    )


def build(
    show: Show,
    *,
    url: str,
    published: Mapping[str, datetime],
    kept: Sequence[LiveItem] = (),
    cache: Cache,
) -> tuple[Edition, tuple[Asset, ...]]:
    """Return the show as it shall stand at `url`, and every file that it names there.

    `published` gives the moments of the episodes that shall be public, by folder; each has its GUID and its media.
    `kept` are items of the live feed that stay word for word; their files are at the destination already.
    """
    assets: list[Asset] = []
    cover = _picture(show.artwork, "artwork", "the artwork", cache) if show.artwork else None
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
        items=tuple(_in_order([*items, *kept], show)),
        artwork=_public(cover) if cover else None,
    )
    every = [*assets, *([cover] if cover else [])]
    return edition, tuple({asset.key: asset for asset in every}.values())


def in_series(episodes: Sequence[Episode], show: Show) -> list[Episode]:
    """Return the episodes in the order of listening; those that nothing else tells apart stay as they were."""
    return sorted(episodes, key=lambda episode: _rank(episode, episode, show)[:-1])


def _item(episode: Episode, published: datetime, show: Show, cache: Cache) -> tuple[Item, list[Asset]]:
    if episode.media is None:
        raise ValueError(f"the media of {episode.folder} is not made")
    picture = (
        _picture(episode.artwork, episode.folder, f"artwork of {episode.name}", cache) if episode.artwork else None
    )
    chapters = _document("chapters", episode, episode.chapters) if episode.chapters else None
    transcripts = [_document("transcripts", episode, document) for document in episode.transcripts]
    item = Item(
        episode=episode,
        guid=_known(episode.guid),
        published=published,
        media=episode.media,
        prefix=episode.record.prefix if episode.record else show.publish.prefix,
        artwork=_public(picture) if picture else None,
        chapters=_public(chapters) if chapters else None,
        transcripts=tuple(
            replace(_public(asset), content_type=document.content_type, language=document.language)
            for asset, document in zip(transcripts, episode.transcripts, strict=True)
        ),
    )
    media = _media_asset(episode.media, episode)
    return item, [media, *(asset for asset in (picture, chapters, *transcripts) if asset)]


def _known(guid: str | None) -> str:
    if guid is None:
        raise ValueError("the GUIDs are not known yet")
    return guid


def _media_asset(media: Media, episode: Episode) -> Asset:
    return Asset(
        key=media.key,
        body=media.path,
        size=media.size,
        md5=media.md5,
        content_type=media.content_type,
        about=f"audio of {episode.name}",
        episode=episode.folder,
    )


def _document(folder: str, episode: Episode, document: Document) -> Asset:
    digest = hashlib.sha256(document.body).hexdigest()
    name = f"{episode.folder}.{document.language}" if document.language else episode.folder
    return Asset.of_bytes(
        name_file(folder, name, digest, document.suffix),
        document.body,
        content_type=document.content_type + _CHARSETS.get(document.content_type, ""),
        about=f"{_DOCUMENTS[folder]} of {episode.name}",
        episode=episode.folder,
    )


def _picture(artwork: Artwork, name: str, about: str, cache: Cache) -> Asset:
    file = artwork.file
    if not is_publishable(artwork):
        body = _converted(artwork, cache)
        key = name_file("artwork", name, hashlib.sha256(body).hexdigest(), ".jpg")
        return Asset.of_bytes(key, body, content_type=_PICTURE_TYPES[".jpg"], about=about)
    suffix = ".png" if artwork.format == "PNG" else ".jpg"
    return Asset(
        key=name_file("artwork", name, file.sha256, suffix),
        body=file.path,
        size=file.size,
        md5=file.md5,
        content_type=_PICTURE_TYPES[suffix],
        about=about,
    )


def _converted(artwork: Artwork, cache: Cache) -> bytes:
    """Return the published copy of a picture, made once where the cache can keep it."""
    made = cache.folder / "artwork" / f"{artwork.file.sha256}.jpg"
    with contextlib.suppress(OSError):
        return made.read_bytes()
    body, _ = convert_artwork(artwork)
    with contextlib.suppress(OSError):
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made.parent) as folder:
            (Path(folder) / made.name).write_bytes(body)
            (Path(folder) / made.name).replace(made)
    return body


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
