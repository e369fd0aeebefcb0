"""Resolve a master to its published file: reuse it from the cache, re-tag it, or encode it.

The cache has a folder for each master, recipe and encoder. The folder contains a file for each set of tags, whose
name has hashes of the tags and of the content. A further file has the levels that were measured after encoding.
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
from podcastkit.media.encoding import AS_TAGGED, choose_suffix, describe_media
from podcastkit.media.ffmpeg import find_ffmpeg, read_encoder_name
from podcastkit.media.files import has_same_bytes, hash_file, is_unchanged, make_changed_error, make_work_folder
from podcastkit.media.mastering.joining import join
from podcastkit.media.mastering.mastering import master
from podcastkit.media.probing import probe
from podcastkit.media.tag_writer import write_tags
from podcastkit.text.chapters.json import shift_chapters
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from podcastkit.model import Audio, AudioSettings, Clip, Measurement, Media, MediaTags, SourceFile

_HASH_DIGITS = 12
"""The number of hex digits of every other hash in a name."""
_MASTER_DIGITS = 32
"""The number of hex digits of the master's SHA-256 at the beginning of a folder name."""
_FIGURES_FILE = "mastered.json"
"""The file with the levels that were measured after encoding."""
_METHOD_VERSION = "1"
"""Increase this if the same settings must produce different audio: all audio is then encoded again."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EncodingJob:
    """The inputs of one encoding. A job can be pickled, and is the same on all machines with the same files."""

    episode: str
    """The episode's folder."""
    name: str
    """The base name of the published file. `published_keys.make_hashed_key` turns it into a key."""
    master: SourceFile
    audio: Audio
    settings: AudioSettings
    recipe: str
    tags: MediaTags
    """Their chapters have the times of the master."""
    folder: Path
    """The folder of the cache."""
    offset: timedelta = timedelta()
    intro: Clip | None = None
    outro: Clip | None = None
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    """Measurements of the master and its clips, by SHA-256."""
    published: Media | None = None
    """The published file of this master and recipe, if any. Its bytes are preferred, and its key is kept."""
    remake: bool = False
    """Whether to make the file again, with new tags. The key of `published` is only kept for the same bytes."""
    ignore_cache: bool = False
    """Whether to ignore the files in the cache."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The levels of an encoded file in LUFS, LU and dBTP; None if the audio is too quiet to measure."""

    encoder: str
    """The encoder with its version."""
    loudness: float | None
    loudness_range: float | None
    true_peak: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliverable:
    """The file to publish, and its origin."""

    media: Media
    figures: Figures | None = None
    """None if the producer's audio is published without encoding."""
    is_new: bool = False
    """Whether the file was encoded just now."""


def make_deliverable(job: EncodingJob, report: Callable[[timedelta], None] = lambda _: None) -> Deliverable:
    """Return the file to publish, from the cache if possible. `report` is called with the length encoded so far.

    The function can be pickled, and repeated with the same result. Raise `MediaError`, which names the audio file,
    if the file to publish cannot be made. Exceptions from `report` are passed on.
    """
    published = job.published
    if published and not job.remake and (copy := _find_published_copy(job, published)):
        return copy
    made = _make_file(job, report)
    keeps_key = published is not None and (not job.remake or published.sha256 == made.media.sha256)
    return replace(made, media=replace(made.media, key=published.key)) if published and keeps_key else made


def find_deliverable(job: EncodingJob) -> Media | None:
    """Return the cached file for a job, or None.

    Prefer the published file, then a file with the same tags, then the latest file. Raise `MediaError` without
    ffmpeg, if the cache has no audio of this master and recipe.
    """
    if job.published and (copy := _find_published_copy(job, job.published)):
        return copy.media
    subfolder = _find_subfolder(job)
    file = _find_file_with_tags(job, subfolder) or _find_latest_file(job, subfolder)
    return _describe_file(job, file, _read_figures(job, subfolder)).media if file else None


def _find_published_copy(job: EncodingJob, published: Media) -> Deliverable | None:
    """Return the published file if the cache contains its exact bytes, else None."""
    # Search all recipes and encoders of the master.
    pattern = f"{job.master.sha256[:_MASTER_DIGITS]}-*/*-{published.sha256[:_HASH_DIGITS]}.*"
    for file in _list_intact_files(job, job.folder, pattern):
        if file.sha256 == published.sha256:
            copy = _describe_file(job, file, _read_figures(job, file.path.parent))
            media = replace(copy.media, key=published.key, offset=published.offset, encoder=published.encoder)
            return replace(copy, media=media)
    return None


def _make_file(job: EncodingJob, report: Callable[[timedelta], None]) -> Deliverable:
    """Return the file with the job's tags: from the cache, as a re-tagged copy, or newly encoded."""
    subfolder, is_encoded = _find_subfolder(job), job.recipe != AS_TAGGED
    figures = _read_figures(job, subfolder)
    # Figures are written last. Without them, the encoding may have been interrupted, so encode again.
    if (figures or not is_encoded) and (file := _find_file_with_tags(job, subfolder)):
        return _describe_file(job, file, figures)
    # A file with the same audio and other tags: the master itself, if it is published without encoding.
    same_audio: SourceFile | None = job.master
    if is_encoded:
        same_audio = _find_latest_file(job, subfolder) if figures else None
    with _open_work_folder(job) as folder:
        if same_audio:
            copy = folder / f"copy{choose_suffix(job.audio, job.settings)}"
            file = _tag_copy(job, shutil.copyfile(same_audio.path, copy), subfolder)
            return _describe_file(job, file, figures)
        figures, encoded = _encode_master(job, folder, report)
        file = _tag_copy(job, encoded, subfolder)
        with suppress(OSError):
            write_cache_file(subfolder / _FIGURES_FILE, json.dumps(asdict(figures)).encode())
    return replace(_describe_file(job, file, figures), is_new=True)


def _encode_master(job: EncodingJob, folder: Path, report: Callable[[timedelta], None]) -> tuple[Figures, Path]:
    """Join the clips to the master and encode the result into a work folder. Return its levels and its path."""
    joined = join(
        job.master,
        job.audio,
        intro=job.intro,
        outro=job.outro,
        settings=job.settings,
        measurements=job.measurements,
        work_folder=folder,
    )
    target = folder / f"encoded.{job.settings.format}"
    measured = job.measurements.get(job.master.sha256)
    made = master(joined.programme, job.settings, target, measured=measured, report=report)
    figures = Figures(
        encoder=read_encoder_name(job.settings.format),
        loudness=made.loudness,
        loudness_range=made.loudness_range,
        true_peak=made.true_peak,
    )
    return figures, target


def _tag_copy(job: EncodingJob, copy: Path, subfolder: Path) -> SourceFile:
    """Write the job's tags to a copy and move the copy into the cache."""
    length = _probe_copy(job, copy).duration
    chapters = shift_chapters(job.tags.chapters, job.offset, length)
    write_tags(copy, replace(job.tags, chapters=chapters), length)
    _refuse_changed_inputs(job)
    file = hash_file(copy)
    make_cache_folder(subfolder)
    path = subfolder / f"{_digest_tags(job)}-{file.sha256[:_HASH_DIGITS]}{copy.suffix}"
    if not has_same_bytes(copy, path):  # keep an identical file, which another process may be reading
        with copy.open("r+b") as written:
            sync_file(written)
        move_into_cache(copy, path)
    return replace(file, path=path)


def _refuse_changed_inputs(job: EncodingJob) -> None:
    """Raise an error if an input changed while it was read, because the cache uses the hashes of the inputs."""
    clips = [clip.master for clip in (job.intro, job.outro) if clip]
    covers = [job.tags.cover.file] if job.tags.cover else []
    for file in (job.master, *clips, *covers):
        if not is_unchanged(file):
            raise make_changed_error(file.path)


def _find_subfolder(job: EncodingJob) -> Path:
    """Return the cache folder of a master, a recipe and an encoder.

    Without ffmpeg, return the latest folder of any encoder; raise `MediaError` if no such folder exists, or if the
    job remakes the audio.
    """
    name = f"{job.master.sha256[:_MASTER_DIGITS]}-{_make_short_digest(job.recipe)}"
    if job.recipe == AS_TAGGED:
        return job.folder / f"{name}-tags"
    try:
        encoder = f"{_METHOD_VERSION} {find_ffmpeg()} {read_encoder_name(job.settings.format)}"
    except MediaError:
        figures_files = _list_paths(job, job.folder, f"{name}-*/{_FIGURES_FILE}")
        if job.remake or not figures_files:
            raise
        return figures_files[0].parent
    return job.folder / f"{name}-{_make_short_digest(encoder)}"


def _make_short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


def _digest_tags(job: EncodingJob) -> str:
    """Return a short digest of the values that influence the tags: the tags, the picture and the offset."""
    tags = job.tags
    cover = tags.cover.file.sha256 if tags.cover else None
    content = repr((replace(tags, cover=None), cover, job.offset))
    return _make_short_digest(f"{_METHOD_VERSION} {content}")


def _find_file_with_tags(job: EncodingJob, subfolder: Path) -> SourceFile | None:
    return next(_list_intact_files(job, subfolder, f"{_digest_tags(job)}-*"), None)


def _find_latest_file(job: EncodingJob, subfolder: Path) -> SourceFile | None:
    return next(_list_intact_files(job, subfolder, "*-*.*"), None)


def _list_intact_files(job: EncodingJob, folder: Path, pattern: str) -> Iterator[SourceFile]:
    """Yield the cached files whose content matches the hash in their name, the latest first."""
    for path in _list_paths(job, folder, pattern):
        with suppress(MediaError):  # the cache is being cleared, so the file will be made again
            file = hash_file(path)
            if file.sha256.startswith(path.stem.rpartition("-")[2]):
                yield file


def _list_paths(job: EncodingJob, folder: Path, pattern: str) -> list[Path]:
    """Return paths in the cache, the latest first; an empty list if the cache is ignored or cannot be read."""
    with suppress(OSError):
        paths = [] if job.ignore_cache else folder.glob(pattern)
        return sorted(paths, key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    return []


def _read_figures(job: EncodingJob, subfolder: Path) -> Figures | None:
    """Return the cached levels, or None if the file is missing or damaged, or if the cache is ignored."""
    with suppress(ValueError, TypeError):
        body = None if job.ignore_cache else read_cache_file(subfolder / _FIGURES_FILE)
        return Figures(**json.loads(body)) if body else None
    return None


def _describe_file(job: EncodingJob, file: SourceFile, figures: Figures | None) -> Deliverable:
    media = describe_media(job.name, file, _probe_copy(job, file.path), job.recipe)
    encoder = figures.encoder if figures else None
    return Deliverable(media=replace(media, offset=job.offset, encoder=encoder), figures=figures)


def _probe_copy(job: EncodingJob, path: Path) -> Audio:
    """Probe a cached copy. Errors name the producer's file, which users know."""
    try:
        return probe(path)
    except MediaError as error:
        problem = error.message.removeprefix(format_file_name(path))
        raise MediaError(f"the copy of {format_file_name(job.audio.path)}{problem}", error.hint) from error


def _open_work_folder(job: EncodingJob) -> AbstractContextManager[Path]:
    with suppress(OSError):  # the next call reports the error
        make_cache_folder(job.folder)
    return make_work_folder(job.folder, f"the audio made from {format_file_name(job.audio.path)}")
