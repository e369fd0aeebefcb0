"""What is found out about audio and pictures, each file once: remembered, and in parallel when new.

Facts are remembered by a file's stamp, measurements by its bytes: those take long, and a copy sounds the same.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import read_artwork
from podcastkit.media.cancellation import leased
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.files import hash_file, is_unchanged, stamp_of
from podcastkit.media.measuring import listen
from podcastkit.media.probing import probe
from podcastkit.model import Artwork, Audio, Chapter, Measurement, SourceFile, Stamp
from podcastkit.parallel import work_through
from podcastkit.progress import Meter, Progress, Tally, ignore, whole_seconds
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.cache import Cache

_AUDIO = "audio-3"
_ARTWORK = "artwork-1"
_MEASUREMENT = "measurement-1"
_PEAKS = "peaks-1"
_CURVE = "curve-1"
_MAKES_NO_SENSE = (ValueError, TypeError, KeyError, IndexError, OverflowError)
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
    progress: Progress = ignore,
) -> dict[Path, Examined]:
    """Examine audio files, in parallel, reading only those that the cache does not know in their present state.

    Raises what `progress` raises.
    """
    found = {path: _recall_audio(path, cache) for path in paths}
    unknown = [path for path, examined in found.items() if examined is None]
    tally = Tally(progress, "reading", total=len(unknown), unit="files")

    def finished(path: Path, future: Future[Examined]) -> None:
        found[path] = _remember_audio(future.result(), cache)
        tally.add(1, path.parent.name)

    work_through(examine, unknown, finished, executor=executor)
    return {path: examined for path, examined in found.items() if examined is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What an audio file's bytes sound like, or why that cannot be told."""

    measurement: Measurement | None = None
    peaks: bytes | None = None
    """As `measuring.read_peaks` returns them; None: they were not asked for (`recall_peaks` does)."""
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
        trouble = error.words.removeprefix(f"file:{audio.path}: ")
        measured = Measured(trouble=trouble, is_lasting=error.is_about_file)
    else:
        measured = Measured(measurement=heard.measurement, peaks=heard.peaks, curve=heard.curve)
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
        found[file.sha256] = replace(measured, peaks=None, curve=measured.curve if curves else None)
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
        known: Any = json.loads(value)
        facts = known["measurement"]
        if not facts:
            return Measured(trouble=known["trouble"])
        curve = cache.recall_content(_CURVE, sha256) if curves else None
        if curve is None and curves:
            return None
        return Measured(measurement=_measurement_from(facts), curve=None if curve is None else _curve_from(curve))
    return None


def recall_peaks(file: SourceFile, cache: Cache) -> bytes | None:
    """Return the waveform, as `measuring.read_peaks` does, of a file whose bytes were measured; else None."""
    return cache.recall_content(_PEAKS, file.sha256)


def look_at(path: Path, cache: Cache) -> Artwork:
    """Return what a picture is, from the cache when it is known there; raise MediaError when it is none."""
    stamp = stamp_of(path)
    known = cache.recall(_ARTWORK, path, stamp)
    if known:
        with suppress(*_MAKES_NO_SENSE):
            return _artwork_from(known, path, stamp)
    if stamp.size > _LARGEST_PICTURE:
        cure = "export it as JPEG, 3000 × 3000 pixels"
        raise MediaError(f"{display_name(path)} is larger than 200 MB", cure)
    artwork = read_artwork(path)
    facts = {name: getattr(artwork, name) for name in ("format", "mode", "width", "height", "has_alpha")}
    cache.remember(_ARTWORK, path, artwork.file.stamp, {**_digests(artwork.file), **facts})
    return artwork


def _measure_master(master: tuple[SourceFile, Audio], meters: Mapping[str, Meter] | None = None) -> Measured:
    file, audio = master
    return measure_one(file, audio, meters[file.sha256].reach) if meters else measure_one(file, audio)


def _remember_measured(sha256: str, measured: Measured, cache: Cache) -> Measured:
    if measured.is_lasting:
        facts = _measurement_to(measured.measurement) if measured.measurement else None
        known = {"measurement": facts, "trouble": measured.trouble}
        # In rows of their own: who reads the figures of a thousand episodes does not read their waveforms.
        peaks = {} if measured.peaks is None else {_PEAKS: measured.peaks}
        curve = {} if measured.curve is None else {_CURVE: _curve_to(measured.curve)}
        cache.remember_content(sha256, {_MEASUREMENT: json.dumps(known).encode(), **peaks, **curve})
    return measured


_UNHEARD = -(2**15)
"""In place of a loudness, where there is none."""


def _curve_to(curve: tuple[float | None, ...]) -> bytes:
    """Write a curve as hundredths of LUFS in 16 bits, little-endian."""
    hundredths = array("h", (_UNHEARD if loudness is None else round(loudness * 100) for loudness in curve))
    return _turned(hundredths).tobytes()


def _curve_from(known: bytes) -> tuple[float | None, ...]:
    hundredths = _turned(array("h", known))
    return tuple(None if value == _UNHEARD else value / 100 for value in hundredths)


def _turned(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


_PLAIN_FIGURES = ("loudness", "loudness_range", "true_peak", "mixed_peak", "clipped", "errors")


def _measurement_to(measurement: Measurement) -> dict[str, object]:
    return {
        **{name: getattr(measurement, name) for name in _PLAIN_FIGURES},
        "duration": measurement.duration / timedelta(microseconds=1),
        "silences": [[moment / timedelta(microseconds=1) for moment in pair] for pair in measurement.silences],
    }


def _measurement_from(known: Any) -> Measurement:  # noqa: ANN401 - it comes out of JSON
    moments = [[timedelta(microseconds=moment) for moment in pair] for pair in known["silences"]]
    return Measurement(
        duration=timedelta(microseconds=known["duration"]),
        silences=tuple((start, end) for start, end in moments),
        **{name: known[name] for name in _PLAIN_FIGURES},
    )


def _recall_audio(path: Path, cache: Cache) -> Examined | None:
    try:
        stamp = stamp_of(path)
    except MediaError as error:
        return Examined(file=None, trouble=(error.message, error.hint))
    known: Any = cache.recall(_AUDIO, path, stamp)
    if known is None:
        return None
    with suppress(*_MAKES_NO_SENSE):
        return Examined(
            file=_source_file(known, path, stamp),
            audio=_audio_from(known["audio"], path) if known["audio"] else None,
            trouble=(known["trouble"][0], known["trouble"][1]) if known["trouble"] else None,
        )
    return None


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
        "duration": _microseconds(audio.duration),
        "shown": None if audio.shown is None else _microseconds(audio.shown),
        "gaps": [_microseconds(gap) for gap in audio.gaps],
        "chapters": [_chapter_to(chapter) for chapter in audio.chapters],
    }


def _audio_from(known: Any, path: Path) -> Audio:  # noqa: ANN401 - it comes out of JSON
    return Audio(
        path=path,
        duration=timedelta(microseconds=known["duration"]),
        shown=None if known["shown"] is None else timedelta(microseconds=known["shown"]),
        gaps=tuple(timedelta(microseconds=gap) for gap in known["gaps"]),
        chapters=tuple(_chapter_from(*chapter) for chapter in known["chapters"]),
        **{name: known[name] for name in (*_PLAIN_FACTS, "exact")},
    )


def _microseconds(length: timedelta) -> float:
    return length / timedelta(microseconds=1)


def _chapter_to(chapter: Chapter) -> list[object]:
    """Return what tags may say of a chapter."""
    end = None if chapter.end is None else chapter.end / timedelta(microseconds=1)
    return [chapter.start / timedelta(microseconds=1), chapter.title, chapter.url, end, chapter.hidden]


def _chapter_from(start: float, title: str | None, url: str | None, end: float | None, hidden: Any) -> Chapter:  # noqa: ANN401 - it comes out of JSON
    until = None if end is None else timedelta(microseconds=end)
    return Chapter(start=timedelta(microseconds=start), title=title, url=url, end=until, hidden=hidden)
