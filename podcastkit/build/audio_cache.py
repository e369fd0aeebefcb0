"""Resolve a master to its published file: reuse it from the cache, re-tag it, or encode it.

The cache keeps a folder for each master, recipe and encoder. In it lies the same sound once for each set of tags,
under a name that tells the tags and the content, and beside them what was measured when it was made.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.cache import make_cache_folder, move_into_cache, read_cache_file, write_cache_file
from podcastkit.diagnostics import MediaError
from podcastkit.disk import sync_file
from podcastkit.media.encoding import AS_TAGGED, describe_media, suffix_of
from podcastkit.media.ffmpeg import encoder_name, find_ffmpeg
from podcastkit.media.files import changed_meanwhile, has_same_bytes, hash_file, is_unchanged, workplace
from podcastkit.media.mastering.joining import join
from podcastkit.media.mastering.mastering import master
from podcastkit.media.probing import probe
from podcastkit.media.tag_writer import write_tags
from podcastkit.text.chapters.json import shift_chapters
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from podcastkit.model import Audio, AudioSettings, Clip, Measurement, Media, MediaTags, SourceFile

_DIGITS = 12
_ONE_MASTER = 32
"""Digits of a master's SHA-256 that its folders begin with."""
_FACTS = "mastered.json"
_METHOD = "1"
"""Counts up when the same settings shall sound otherwise from then on: what is made so far is made again."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Order:
    """An encoding job: picklable, and equal on every machine that sees the same files."""

    episode: str
    """The episode's folder."""
    name: str
    """What the file shall be called, before `published_keys.hashed_key` makes a key of it."""
    master: SourceFile
    audio: Audio
    settings: AudioSettings
    recipe: str
    tags: MediaTags
    """Their chapters are still those of the master's time."""
    folder: Path
    """Where what is made is kept."""
    offset: timedelta = timedelta()
    intro: Clip | None = None
    outro: Clip | None = None
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    """Of the master and its clips, by their SHA-256."""
    published: Media | None = None
    """What is published of this very master and recipe: its bytes are the best answer, and its name stays."""
    again: bool = False
    """Whether to forget what is published: the name changes then with the bytes, and the tags are today's."""
    forget: bool = False
    """Whether to ignore what the folder has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What was measured of a deliverable, decoded: LUFS, LU and dBTP; None where nothing is loud enough."""

    encoder: str
    """The program that made it, with its version."""
    loudness: float | None
    loudness_range: float | None
    true_peak: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What listeners get, and how it came about."""

    media: Media
    figures: Figures | None = None
    """None: it is the producer's own sound."""
    is_new: bool = False
    """Whether it was encoded just now."""


def make_deliverable(order: Order, told: Callable[[timedelta], None] = lambda _: None) -> Made:
    """Return what listeners get, from the cache where it is there; `told` gets how much of it was encoded.

    Picklable and repeatable. Raises MediaError, which names the file, when it cannot be made, and what `told`
    raises.
    """
    before = order.published
    if before and not order.again and (found := _recall(order, before)):
        return found
    made = _make(order, told)
    keeps_name = before is not None and (not order.again or before.sha256 == made.media.sha256)
    return replace(made, media=replace(made.media, key=before.key)) if before and keeps_name else made


def find_deliverable(order: Order) -> Media | None:
    """Return what was made for an order: as it is published, else with its tags, else the latest; or None."""
    if order.published and (made := _recall(order, order.published)):
        return made.media
    home = _find_home(order)
    found = _find_tagged(order, home) or _find_any(order, home)
    return _describe(order, found, _read_figures(order, home)).media if found else None


def _recall(order: Order, published: Media) -> Made | None:
    """Return what is published, if its very bytes are in the cache."""
    pattern = f"{order.master.sha256[:_ONE_MASTER]}-*/*-{published.sha256[:_DIGITS]}.*"
    for file in _list_intact(order, order.folder, pattern):
        if file.sha256 == published.sha256:
            made = _describe(order, file, _read_figures(order, file.path.parent))
            media = replace(made.media, key=published.key, offset=published.offset, encoder=published.encoder)
            return replace(made, media=media)
    return None


def _make(order: Order, told: Callable[[timedelta], None]) -> Made:
    """Return the deliverable with the order's tags: found, else a copy of the same sound, else encoded."""
    home, is_encoded = _find_home(order), order.recipe != AS_TAGGED
    figures = _read_figures(order, home)
    if (figures or not is_encoded) and (file := _find_tagged(order, home)):
        return _describe(order, file, figures)
    same_sound: SourceFile | None = order.master
    if is_encoded:
        same_sound = _find_any(order, home) if figures else None
    with _open_workplace(order) as folder:
        if same_sound:
            copy = folder / f"copy{suffix_of(order.audio, order.settings)}"
            file = _tag(order, shutil.copyfile(same_sound.path, copy), home)
            return _describe(order, file, figures)
        figures, encoded = _encode(order, folder, told)
        file = _tag(order, encoded, home)
        with suppress(OSError):
            write_cache_file(home / _FACTS, json.dumps(asdict(figures)).encode())
    return replace(_describe(order, file, figures), is_new=True)


def _encode(order: Order, folder: Path, told: Callable[[timedelta], None]) -> tuple[Figures, Path]:
    joined = join(
        order.master,
        order.audio,
        intro=order.intro,
        outro=order.outro,
        settings=order.settings,
        measurements=order.measurements,
        workplace=folder,
    )
    target = folder / f"encoded.{order.settings.format}"
    measured = order.measurements.get(order.master.sha256)
    made = master(joined.programme, order.settings, target, measured=measured, told=told)
    figures = Figures(
        encoder=encoder_name(order.settings.format),
        loudness=made.loudness,
        loudness_range=made.loudness_range,
        true_peak=made.true_peak,
    )
    return figures, target


def _tag(order: Order, copy: Path, home: Path) -> SourceFile:
    """Give a copy of ours the order's tags, and put it into its place."""
    length = _probe_copy(order, copy).duration
    chapters = shift_chapters(order.tags.chapters, order.offset, length)
    write_tags(copy, replace(order.tags, chapters=chapters), length)
    _refuse_changed(order)
    file = hash_file(copy)
    make_cache_folder(home)
    path = home / f"{_digest_tags(order)}-{file.sha256[:_DIGITS]}{copy.suffix}"
    if not has_same_bytes(copy, path):  # a file that others made meanwhile, and are reading, stays
        with copy.open("r+b") as written:
            sync_file(written)
        move_into_cache(copy, path)
    return replace(file, path=path)


def _refuse_changed(order: Order) -> None:
    """What somebody wrote to meanwhile is not what the folder is named after; half of it may have been read."""
    clips = [clip.master for clip in (order.intro, order.outro) if clip]
    covers = [order.tags.cover.file] if order.tags.cover else []
    for file in (order.master, *clips, *covers):
        if not is_unchanged(file):
            raise changed_meanwhile(file.path)


def _find_home(order: Order) -> Path:
    """Return the folder of a master, a recipe and an encoder; raises MediaError when there is no ffmpeg.

    What another encoder made is as good where there is none, unless it shall be made again.
    """
    name = f"{order.master.sha256[:_ONE_MASTER]}-{_short_digest(order.recipe)}"
    if order.recipe == AS_TAGGED:
        return order.folder / f"{name}-tags"
    try:
        encoder = f"{_METHOD} {find_ffmpeg()} {encoder_name(order.settings.format)}"
    except MediaError:
        made = _list_paths(order, order.folder, f"{name}-*/{_FACTS}")
        if order.again or not made:
            raise
        return made[0].parent
    return order.folder / f"{name}-{_short_digest(encoder)}"


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _digest_tags(order: Order) -> str:
    tags = order.tags
    cover = tags.cover.file.sha256 if tags.cover else None
    told = repr((replace(tags, cover=None), cover, order.offset))
    return _short_digest(f"{_METHOD} {told}")


def _find_tagged(order: Order, home: Path) -> SourceFile | None:
    return next(_list_intact(order, home, f"{_digest_tags(order)}-*"), None)


def _find_any(order: Order, home: Path) -> SourceFile | None:
    return next(_list_intact(order, home, "*-*.*"), None)


def _list_intact(order: Order, folder: Path, pattern: str) -> Iterator[SourceFile]:
    """Yield the files in the cache whose content is what their names say, the latest first."""
    for path in _list_paths(order, folder, pattern):
        with suppress(MediaError):  # somebody clears the cache: it is made again
            file = hash_file(path)
            if file.sha256.startswith(path.stem.rpartition("-")[2]):
                yield file


def _list_paths(order: Order, folder: Path, pattern: str) -> list[Path]:
    """Return paths in the cache, the latest first; none where it is ignored, or cannot be read."""
    with suppress(OSError):
        paths = [] if order.forget else folder.glob(pattern)
        return sorted(paths, key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    return []


def _read_figures(order: Order, home: Path) -> Figures | None:
    with suppress(ValueError, TypeError):
        known = None if order.forget else read_cache_file(home / _FACTS)
        return Figures(**json.loads(known)) if known else None
    return None


def _describe(order: Order, file: SourceFile, figures: Figures | None) -> Made:
    media = describe_media(order.name, file, _probe_copy(order, file.path), order.recipe)
    encoder = figures.encoder if figures else None
    return Made(media=replace(media, offset=order.offset, encoder=encoder), figures=figures)


def _probe_copy(order: Order, path: Path) -> Audio:
    """Read a file of the cache; what is wrong with it is an error about the producer's file."""
    try:
        return probe(path)
    except MediaError as error:
        what = error.message.removeprefix(display_name(path))
        raise MediaError(f"the copy made of {display_name(order.audio.path)}{what}", error.hint) from error


def _open_workplace(order: Order) -> AbstractContextManager[Path]:
    with suppress(OSError):  # the workplace reports it
        make_cache_folder(order.folder)
    return workplace(order.folder, f"what is made of {display_name(order.audio.path)}")
