"""Examine and measure audio and images through the cache, so that each file is read only once.

Facts are cached by the file's stamp. Measurements take much longer, so they are cached by SHA-256 and also apply to
copies.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import read_artwork
from podcastkit.media.cancellation import create_lease
from podcastkit.media.ffmpeg_errors import FfmpegFailed, FfmpegMissing
from podcastkit.media.files import hash_file, is_unchanged, read_stamp
from podcastkit.media.measuring import measure_audio
from podcastkit.media.probing import probe
from podcastkit.model import Artwork, Audio, Chapter, Extent, Measurement, SourceFile
from podcastkit.parallel import work_through
from podcastkit.progress import ByteMeter, Meter, Progress, Tally, count_whole_seconds, ignore_event
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.cache import Cache

_ARTWORK = "artwork-3"
_AUDIO = "audio-8"
_MEASUREMENT = "measurement-3"
_CURVE = "curve-2"
"""The kinds of cache entries. A new number makes entries in an older format unused."""
_INVALID_VALUE = (ValueError, TypeError, KeyError, OverflowError)
"""The exceptions that a damaged cache entry causes. The value is then computed again."""
_LARGEST_PICTURE = 200 * 2**20
"""Bytes. An image of 3000 × 3000 pixels in the best quality has 50 MB at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExaminationResult:
    """The result of examining an audio file: its digests, and either its facts or the error."""

    file: SourceFile | None
    audio: Audio | None = None
    trouble: tuple[str, str | None] | None = None
    """The message and the hint of the error."""
    declared: timedelta | None = None
    """The duration that the header of an incomplete file states."""
    is_lasting: bool = True
    """Whether the error is in the file. Otherwise it may be temporary, such as a full disk, and is not cached."""


def examine(path: Path, report: Callable[[int], None] = lambda _: None) -> ExaminationResult:
    """Read the digests and the facts of an audio file. The function is picklable and repeatable.

    Calls `report` with the size of each block after reading it. Errors in the file become part of the result; only
    exceptions of `report` are raised.
    """
    file = None
    try:
        file = hash_file(path, report)
        return ExaminationResult(file=file, audio=probe(path))
    except MediaError as error:
        return ExaminationResult(
            file=file,
            trouble=(error.message, error.hint),
            declared=error.declared,
            is_lasting=not isinstance(error, FfmpegFailed | FfmpegMissing),
        )


def examine_all(
    paths: Iterable[Path],
    cache: Cache,
    *,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
) -> dict[Path, ExaminationResult]:
    """Examine audio files in parallel. Files that are in the cache and unchanged are not read.

    Raises the exceptions of `progress`.
    """
    results = {path: _recall_audio(path, cache) for path in paths}
    uncached_paths = [path for path, examined in results.items() if examined is None]
    sizes = {path: _read_size(path) for path in uncached_paths}
    tally = Tally(progress, "reading", total=sum(sizes.values()), unit="bytes")
    meters = {path: ByteMeter(tally, size, path.parent.name) for path, size in sizes.items()}

    def store_result(path: Path, future: Future[ExaminationResult]) -> None:
        results[path] = _remember_audio(future.result(), cache)
        meters[path].finish()

    # The caller's executor may use other processes, which cannot report progress while they work.
    work = examine if executor else partial(_examine_with_progress, meters=meters)
    work_through(work, uncached_paths, store_result, executor=executor)
    return {path: examined for path, examined in results.items() if examined is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasurementResult:
    """The measurement of an audio file, or the reason why it cannot be measured."""

    measurement: Measurement | None = None
    curve: tuple[float | None, ...] | None = None
    """The result of `measuring.read_curve`, or None if it was not requested."""
    trouble: str | None = None
    is_lasting: bool = True
    """Whether the error is in the file. Otherwise it may be temporary and is not cached."""


def measure_file(
    file: SourceFile, audio: Audio, report: Callable[[timedelta], None] = lambda _: None
) -> MeasurementResult:
    """Decode and measure an audio file. Picklable, repeatable. Raises MediaError only if ffmpeg cannot be run."""
    try:
        analysis = measure_audio(audio, report)
    except FfmpegFailed as error:
        trouble = error.name_cause(audio.path)
        measured = MeasurementResult(trouble=trouble, is_lasting=error.is_about_file)
    else:
        measured = MeasurementResult(measurement=analysis.measurement, curve=analysis.curve)
    if is_unchanged(file):
        return measured
    return MeasurementResult(trouble="the file changed during the measurement", is_lasting=False)


def measure_all(
    masters: Iterable[tuple[SourceFile, Audio]],
    cache: Cache,
    *,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
    curves: bool = False,
) -> dict[str, MeasurementResult]:
    """Measure the audio files that are not in the cache, in parallel. Return all results by SHA-256.

    With `curves`, the results include the loudness curve (see `measuring.read_curve`). Raises MediaError if no
    ffmpeg works, and the exceptions of `progress`.
    """
    masters_by_sha256 = {file.sha256: (file, audio) for file, audio in masters}
    results = {
        sha256: cached
        for sha256 in masters_by_sha256
        if (cached := recall_measurement(sha256, cache, curves=curves))
    }
    uncached_masters = [pair for sha256, pair in masters_by_sha256.items() if sha256 not in results]
    total = sum(count_whole_seconds(audio.duration) for _, audio in uncached_masters)
    tally = Tally(progress, "measuring", total=total, unit="seconds")
    meters = {file.sha256: Meter(tally, audio.duration, file.path.parent.name) for file, audio in uncached_masters}

    def store_result(master: tuple[SourceFile, Audio], future: Future[MeasurementResult]) -> None:
        file, _ = master
        measured = _remember_measurement(file.sha256, future.result(), cache)
        results[file.sha256] = measured if curves else replace(measured, curve=None)
        meters[file.sha256].finish()

    # The caller's executor may use other processes, which cannot report progress while they work.
    measure = _measure_master if executor else partial(_measure_master, meters=meters)
    if uncached_masters:
        # The end of the lease stops all workers at once, also those in other processes.
        with create_lease(cache.folder / "media") as lease:
            work = partial(lease.work, measure)
            work_through(
                work, uncached_masters, store_result, executor=executor, threads=os.cpu_count(), stop=lease.end
            )
    return results


def recall_measurement(sha256: str, cache: Cache, *, curves: bool = False) -> MeasurementResult | None:
    """Return the cached measurement of the file with this SHA-256, or None if it is not cached.

    With `curves`, also return None if the loudness curve is missing from the cache.
    """
    value = cache.recall_content(_MEASUREMENT, sha256)
    if value is None:
        return None
    with suppress(*_INVALID_VALUE):
        facts = _from_json(json.loads(value))
        if not facts["measurement"]:
            return MeasurementResult(trouble=facts["trouble"])
        measured = MeasurementResult(measurement=Measurement(**facts["measurement"]))
        if not curves:
            return measured
        curve = cache.recall_content(_CURVE, sha256)
        return replace(measured, curve=tuple(json.loads(curve))) if curve else None
    return None


def read_cached_artwork(path: Path, cache: Cache) -> Artwork:
    """Read an artwork file through the cache. Raises MediaError if it is not a valid image."""
    stamp = read_stamp(path)
    cached = cache.recall(_ARTWORK, path, stamp)
    if cached:
        with suppress(*_INVALID_VALUE):
            facts = _from_json(cached)
            return Artwork(**facts | {"file": SourceFile(path=path, stamp=stamp, **facts["file"])})
    if stamp.size > _LARGEST_PICTURE:
        hint = "export the image as JPEG with 3000 × 3000 pixels"
        raise MediaError(f"{format_file_name(path)} is larger than 200 MB", hint)
    artwork = read_artwork(path)
    cache.remember(_ARTWORK, path, artwork.file.stamp, _to_json(artwork))
    return artwork


def _examine_with_progress(path: Path, meters: Mapping[Path, ByteMeter]) -> ExaminationResult:
    return examine(path, meters[path].add)


def _read_size(path: Path) -> int:
    """Return the size of a file for the progress display: at least 1, and 1 if the file cannot be read."""
    try:
        return max(read_stamp(path).size, 1)
    except MediaError:
        return 1


def _measure_master(
    master: tuple[SourceFile, Audio], meters: Mapping[str, Meter] | None = None
) -> MeasurementResult:
    file, audio = master
    return measure_file(file, audio, meters[file.sha256].reach) if meters else measure_file(file, audio)


def _remember_measurement(sha256: str, measured: MeasurementResult, cache: Cache) -> MeasurementResult:
    """Cache a result, unless its error may be temporary. Return the same result."""
    if measured.is_lasting:
        facts = {"measurement": _to_json(measured.measurement), "trouble": measured.trouble}
        entries = {_MEASUREMENT: json.dumps(facts).encode()}
        if measured.curve is not None:
            # The curve has its own cache entry, because most commands read only the figures of many episodes.
            entries[_CURVE] = json.dumps(measured.curve).encode()
        cache.remember_content(sha256, entries)
    return measured


def _recall_audio(path: Path, cache: Cache) -> ExaminationResult | None:
    """Return the cached result, or None if it is not cached. If the file is missing, return the error."""
    try:
        stamp = read_stamp(path)
    except MediaError as error:
        return ExaminationResult(file=None, trouble=(error.message, error.hint))
    cached = cache.recall(_AUDIO, path, stamp)
    if cached is None:
        return None
    with suppress(*_INVALID_VALUE):
        facts = _from_json(cached)
        return ExaminationResult(
            file=SourceFile(path=path, stamp=stamp, **facts["file"]),
            audio=_build_audio(facts["audio"], path) if facts["audio"] else None,
            trouble=facts["trouble"],
            declared=facts["declared"],
        )
    return None


def _remember_audio(examined: ExaminationResult, cache: Cache) -> ExaminationResult:
    """Cache a result, unless its error may be temporary. Return the same result."""
    file = examined.file
    if file is not None and examined.is_lasting:
        cache.remember(_AUDIO, file.path, file.stamp, _to_json(examined))
    return examined


def _build_audio(facts: dict[str, Any], path: Path) -> Audio:
    """Build the `Audio` from its cached fields."""
    chapters = tuple(Chapter(**chapter) for chapter in facts["chapters"])
    extent = Extent(**facts["extent"]) if facts["extent"] else None
    return Audio(**facts | {"path": path, "chapters": chapters, "extent": extent})


def _to_json(value: Any) -> Any:  # noqa: ANN401 - any field of the model
    """Convert a value of the model to JSON, without its path and stamp, which are the cache key."""
    if isinstance(value, timedelta):
        return {"microseconds": value / timedelta(microseconds=1)}
    if isinstance(value, tuple):
        return [_to_json(part) for part in value]
    if is_dataclass(value):
        names = [field.name for field in fields(value) if field.name not in {"path", "stamp"}]
        return {name: _to_json(getattr(value, name)) for name in names}
    return value


def _from_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Convert the output of `_to_json` back. Dataclasses become dictionaries of their fields."""
    if isinstance(value, list):
        return tuple(_from_json(part) for part in value)
    if isinstance(value, dict):
        if value.keys() == {"microseconds"}:
            return timedelta(**value)
        return {name: _from_json(part) for name, part in value.items()}
    return value
