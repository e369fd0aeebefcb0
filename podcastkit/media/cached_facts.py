"""Examine and measure audio and pictures, each file once: what the cache knows is not read again.

Facts are remembered by a file's stamp, measurements by its bytes: those take long, and a copy sounds the same.
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
from podcastkit.media.cancellation import leased
from podcastkit.media.ffmpeg_errors import FfmpegFailed, FfmpegMissing
from podcastkit.media.files import hash_file, is_unchanged, stamp_of
from podcastkit.media.measuring import listen
from podcastkit.media.probing import probe
from podcastkit.model import Artwork, Audio, Chapter, Extent, Measurement, SourceFile
from podcastkit.parallel import work_through
from podcastkit.progress import ByteMeter, Meter, Progress, Tally, ignore, whole_seconds
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.cache import Cache

_ARTWORK = "artwork-3"
_AUDIO = "audio-8"
_MEASUREMENT = "measurement-3"
_CURVE = "curve-2"
_MAKES_NO_SENSE = (ValueError, TypeError, KeyError, OverflowError)
"""What comes of a remembered value that was damaged: it is found out again."""
_LARGEST_PICTURE = 200 * 2**20
"""Bytes; 3000 × 3000 pixels of the best quality have 50 MB at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What an audio file turned out to be: its bytes, and either what they sound like or what is wrong."""

    file: SourceFile | None
    audio: Audio | None = None
    trouble: tuple[str, str | None] | None = None
    """Message and hint."""
    declared: timedelta | None = None
    """The length that broken audio promises."""
    is_lasting: bool = True
    """Whether the trouble is the file's and not the moment's."""


def examine(path: Path, told: Callable[[int], None] = lambda _: None) -> Examined:
    """Read an audio file once for its digests and once for its facts. Picklable, repeatable.

    `told` gets the bytes of each part that was read; nothing is raised but what it raises.
    """
    file = None
    try:
        file = hash_file(path, told)
        return Examined(file=file, audio=probe(path))
    except MediaError as error:
        return Examined(
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
    progress: Progress = ignore,
) -> dict[Path, Examined]:
    """Examine audio files, in parallel, reading only those that the cache does not know in their present state.

    Raises what `progress` raises.
    """
    found = {path: _recall_audio(path, cache) for path in paths}
    unknown = [path for path, examined in found.items() if examined is None]
    sizes = {path: _size_of(path) for path in unknown}
    tally = Tally(progress, "reading", total=sum(sizes.values()), unit="bytes")
    meters = {path: ByteMeter(tally, size, path.parent.name) for path, size in sizes.items()}

    def finished(path: Path, future: Future[Examined]) -> None:
        found[path] = _remember_audio(future.result(), cache)
        meters[path].finish()

    # The caller's executor may be of other processes, from where nothing can be told meanwhile.
    work = examine if executor else partial(_examine_telling, meters=meters)
    work_through(work, unknown, finished, executor=executor)
    return {path: examined for path, examined in found.items() if examined is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What an audio file's bytes sound like, or why that cannot be told."""

    measurement: Measurement | None = None
    curve: tuple[float | None, ...] | None = None
    """As `measuring.read_curve` returns it; None: it was not asked for."""
    trouble: str | None = None
    is_lasting: bool = True
    """Whether the trouble is the bytes' and not the moment's."""


def measure_one(file: SourceFile, audio: Audio, told: Callable[[timedelta], None] = lambda _: None) -> Measured:
    """Decode an audio file once. Picklable, repeatable; raises MediaError only when no ffmpeg can be run."""
    try:
        heard = listen(audio, told)
    except FfmpegFailed as error:
        trouble = error.name_cause(audio.path)
        measured = Measured(trouble=trouble, is_lasting=error.is_about_file)
    else:
        measured = Measured(measurement=heard.measurement, curve=heard.curve)
    if is_unchanged(file):
        return measured
    return Measured(trouble="it changed while it was being measured", is_lasting=False)


def measure_all(
    masters: Iterable[tuple[SourceFile, Audio]],
    cache: Cache,
    *,
    executor: Executor | None = None,
    progress: Progress = ignore,
    curves: bool = False,
) -> dict[str, Measured]:
    """Measure audio files, in parallel, only those whose bytes the cache does not know; return it all by SHA-256.

    `curves` asks for what `measuring.read_curve` returns, too. Raises MediaError when there is no ffmpeg that
    works, and what `progress` raises.
    """
    by_bytes = {file.sha256: (file, audio) for file, audio in masters}
    found = {sha256: known for sha256 in by_bytes if (known := recall_measured(sha256, cache, curves=curves))}
    unknown = [pair for sha256, pair in by_bytes.items() if sha256 not in found]
    total = sum(whole_seconds(audio.duration) for _, audio in unknown)
    tally = Tally(progress, "measuring", total=total, unit="seconds")
    meters = {file.sha256: Meter(tally, audio.duration, file.path.parent.name) for file, audio in unknown}

    def finished(master: tuple[SourceFile, Audio], future: Future[Measured]) -> None:
        file, _ = master
        measured = _remember_measured(file.sha256, future.result(), cache)
        found[file.sha256] = measured if curves else replace(measured, curve=None)
        meters[file.sha256].finish()

    # The caller's executor may be of other processes, from where nothing can be told meanwhile.
    measure = _measure_master if executor else partial(_measure_master, meters=meters)
    if unknown:
        with leased(cache.folder / "media") as lease:
            work = partial(lease.work, measure)
            work_through(work, unknown, finished, executor=executor, threads=os.cpu_count(), stop=lease.end)
    return found


def recall_measured(sha256: str, cache: Cache, *, curves: bool = False) -> Measured | None:
    """Return what is known of the bytes with this SHA-256 without decoding anything; None: not all of it."""
    value = cache.recall_content(_MEASUREMENT, sha256)
    if value is None:
        return None
    with suppress(*_MAKES_NO_SENSE):
        known = _from_json(json.loads(value))
        if not known["measurement"]:
            return Measured(trouble=known["trouble"])
        measured = Measured(measurement=Measurement(**known["measurement"]))
        if not curves:
            return measured
        curve = cache.recall_content(_CURVE, sha256)
        return replace(measured, curve=tuple(json.loads(curve))) if curve else None
    return None


def look_at(path: Path, cache: Cache) -> Artwork:
    """Return what a picture is, from the cache when it is known there; raise MediaError when it is none."""
    stamp = stamp_of(path)
    known = cache.recall(_ARTWORK, path, stamp)
    if known:
        with suppress(*_MAKES_NO_SENSE):
            facts = _from_json(known)
            return Artwork(**facts | {"file": SourceFile(path=path, stamp=stamp, **facts["file"])})
    if stamp.size > _LARGEST_PICTURE:
        cure = "export it as JPEG, 3000 × 3000 pixels"
        raise MediaError(f"{display_name(path)} is larger than 200 MB", cure)
    artwork = read_artwork(path)
    cache.remember(_ARTWORK, path, artwork.file.stamp, _to_json(artwork))
    return artwork


def _examine_telling(path: Path, meters: Mapping[Path, ByteMeter]) -> Examined:
    return examine(path, meters[path].add)


def _size_of(path: Path) -> int:
    """Return the bytes of progress that a file counts for, at least one."""
    try:
        return max(stamp_of(path).size, 1)
    except MediaError:
        return 1


def _measure_master(master: tuple[SourceFile, Audio], meters: Mapping[str, Meter] | None = None) -> Measured:
    file, audio = master
    return measure_one(file, audio, meters[file.sha256].reach) if meters else measure_one(file, audio)


def _remember_measured(sha256: str, measured: Measured, cache: Cache) -> Measured:
    if measured.is_lasting:
        known = {"measurement": _to_json(measured.measurement), "trouble": measured.trouble}
        facts = {_MEASUREMENT: json.dumps(known).encode()}
        if measured.curve is not None:
            # In a row of its own: who reads the figures of a thousand episodes does not read their curves.
            facts[_CURVE] = json.dumps(measured.curve).encode()
        cache.remember_content(sha256, facts)
    return measured


def _recall_audio(path: Path, cache: Cache) -> Examined | None:
    try:
        stamp = stamp_of(path)
    except MediaError as error:
        return Examined(file=None, trouble=(error.message, error.hint))
    known = cache.recall(_AUDIO, path, stamp)
    if known is None:
        return None
    with suppress(*_MAKES_NO_SENSE):
        facts = _from_json(known)
        return Examined(
            file=SourceFile(path=path, stamp=stamp, **facts["file"]),
            audio=_audio_from(facts["audio"], path) if facts["audio"] else None,
            trouble=facts["trouble"],
            declared=facts["declared"],
        )
    return None


def _remember_audio(examined: Examined, cache: Cache) -> Examined:
    file = examined.file
    if file is not None and examined.is_lasting:
        cache.remember(_AUDIO, file.path, file.stamp, _to_json(examined))
    return examined


def _audio_from(facts: dict[str, Any], path: Path) -> Audio:
    chapters = tuple(Chapter(**chapter) for chapter in facts["chapters"])
    extent = Extent(**facts["extent"]) if facts["extent"] else None
    return Audio(**facts | {"path": path, "chapters": chapters, "extent": extent})


def _to_json(value: Any) -> Any:  # noqa: ANN401 - any field of the model
    """Return a value of the model as JSON, without what the cache looks it up by: the path and the stamp."""
    if isinstance(value, timedelta):
        return {"microseconds": value / timedelta(microseconds=1)}
    if isinstance(value, tuple):
        return [_to_json(part) for part in value]
    if is_dataclass(value):
        names = [field.name for field in fields(value) if field.name not in {"path", "stamp"}]
        return {name: _to_json(getattr(value, name)) for name in names}
    return value


def _from_json(known: Any) -> Any:  # noqa: ANN401 - it comes out of JSON
    """Return what `_to_json` wrote, with the fields of a value as a dictionary."""
    if isinstance(known, list):
        return tuple(_from_json(part) for part in known)
    if isinstance(known, dict):
        if known.keys() == {"microseconds"}:
            return timedelta(**known)
        return {name: _from_json(part) for name, part in known.items()}
    return known
