"""What is found out about audio and pictures, each file once: remembered by its stamp, in parallel when new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import read_artwork
from podcastkit.media.files import display_name, hash_file, stamp_of
from podcastkit.media.probing import probe
from podcastkit.model import Artwork, Audio, Chapter, SourceFile, Stamp
from podcastkit.parallel import work_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.cache import Cache
    from podcastkit.progress import Tally

_AUDIO = "audio-2"
_ARTWORK = "artwork-1"
_LARGEST_PICTURE = 200 * 2**20
"""Bytes; 3000 × 3000 pixels of the best quality have 50 MB at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What an audio file turned out to be: its bytes, and either what they sound like or what is wrong."""

    file: SourceFile | None
    audio: Audio | None = None
    trouble: tuple[str, str | None] | None = None
    """Message and hint."""


def examine(path: Path) -> Examined:
    """Read an audio file once for its digests and once for its facts. Picklable, repeatable, raises nothing."""
    file = None
    try:
        file = hash_file(path)
        return Examined(file=file, audio=probe(path))
    except MediaError as error:
        return Examined(file=file, trouble=(error.message, error.hint))


def examine_all(
    paths: Iterable[Path],
    cache: Cache,
    *,
    executor: Executor | None = None,
    tally: Callable[[int], Tally] | None = None,
) -> dict[Path, Examined]:
    """Examine audio files, in parallel, reading only those that the cache does not know in their present state.

    `tally` is called with the number of files that must be read, and makes what counts them.
    """
    found = {path: _recall_audio(path, cache) for path in paths}
    unknown = [path for path, examined in found.items() if examined is None]
    counted = tally(len(unknown)) if tally else None

    def finished(path: Path, future: Future[Examined]) -> None:
        found[path] = _remember_audio(future.result(), cache)
        if counted:
            counted.add(1, path.parent.name)

    work_through(examine, unknown, finished, executor=executor)
    return {path: examined for path, examined in found.items() if examined is not None}


def look_at(path: Path, cache: Cache) -> Artwork:
    """Return what a picture is, from the cache when it is known there; raise MediaError when it is none."""
    stamp = stamp_of(path)
    known = cache.recall(_ARTWORK, path, stamp)
    if known:
        return _artwork_from(known, path, stamp)
    if stamp.size > _LARGEST_PICTURE:
        cure = "export it as JPEG, 3000 × 3000 pixels"
        raise MediaError(f"{display_name(path)} is larger than 200 MB", cure)
    artwork = read_artwork(path)
    facts = {name: getattr(artwork, name) for name in ("format", "mode", "width", "height", "has_alpha")}
    cache.remember(_ARTWORK, path, artwork.file.stamp, {**_digests(artwork.file), **facts})
    return artwork


def _recall_audio(path: Path, cache: Cache) -> Examined | None:
    try:
        stamp = stamp_of(path)
    except MediaError as error:
        return Examined(file=None, trouble=(error.message, error.hint))
    known: Any = cache.recall(_AUDIO, path, stamp)
    if known is None:
        return None
    return Examined(
        file=_source_file(known, path, stamp),
        audio=_audio_from(known["audio"], path) if known["audio"] else None,
        trouble=(known["trouble"][0], known["trouble"][1]) if known["trouble"] else None,
    )


def _remember_audio(examined: Examined, cache: Cache) -> Examined:
    file = examined.file
    if file is not None:
        audio = _audio_to(examined.audio) if examined.audio else None
        trouble = list(examined.trouble) if examined.trouble else None
        cache.remember(_AUDIO, file.path, file.stamp, {**_digests(file), "audio": audio, "trouble": trouble})
    return examined


def _digests(file: SourceFile) -> dict[str, object]:
    return {"sha256": file.sha256, "md5": file.md5}


def _source_file(known: Any, path: Path, stamp: Stamp) -> SourceFile:  # noqa: ANN401 - it comes out of JSON
    return SourceFile(path=path, size=stamp.size, sha256=known["sha256"], md5=known["md5"], stamp=stamp)


def _artwork_from(known: Any, path: Path, stamp: Stamp) -> Artwork:  # noqa: ANN401 - it comes out of JSON
    facts = {name: known[name] for name in ("format", "mode", "width", "height", "has_alpha")}
    return Artwork(file=_source_file(known, path, stamp), **facts)


_PLAIN_FACTS = (
    "format",
    "codec",
    "bitrate",
    "sample_rate",
    "channels",
    "size",
    "title",
    "artist",
    "album",
    "track",
)


def _audio_to(audio: Audio) -> dict[str, object]:
    return {
        **{name: getattr(audio, name) for name in (*_PLAIN_FACTS, "exact")},
        "duration": audio.duration / timedelta(microseconds=1),
        "chapters": [_chapter_to(chapter) for chapter in audio.chapters],
    }


def _audio_from(known: Any, path: Path) -> Audio:  # noqa: ANN401 - it comes out of JSON
    return Audio(
        path=path,
        duration=timedelta(microseconds=known["duration"]),
        chapters=tuple(_chapter_from(*chapter) for chapter in known["chapters"]),
        **{name: known[name] for name in (*_PLAIN_FACTS, "exact")},
    )


def _chapter_to(chapter: Chapter) -> list[object]:
    """Return what tags may say of a chapter."""
    end = None if chapter.end is None else chapter.end / timedelta(microseconds=1)
    return [chapter.start / timedelta(microseconds=1), chapter.title, chapter.url, end, chapter.hidden]


def _chapter_from(start: float, title: str | None, url: str | None, end: float | None, hidden: Any) -> Chapter:  # noqa: ANN401 - it comes out of JSON
    until = None if end is None else timedelta(microseconds=end)
    return Chapter(start=timedelta(microseconds=start), title=title, url=url, end=until, hidden=hidden)
