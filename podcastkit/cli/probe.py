"""The command `podcastkit probe`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.errors import print_error
from podcastkit.cli.output import print_json, print_line
from podcastkit.cli.progress import show_progress
from podcastkit.diagnostics import MediaError
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from podcastkit.media.cached_facts import ExaminationResult, MeasurementResult
    from podcastkit.model import Audio, Measurement


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--loudness", is_flag=True, help="Measure the loudness, loudness range and true peak, too.")
@click.option("--json", "as_json", is_flag=True, callback=options.record_json, help="Print JSON (always a list).")
def probe(files: tuple[Path, ...], loudness: bool, as_json: bool) -> int:
    """Show the length, format, tags and chapters of audio files."""
    probed = _measure_files(files) if loudness else [_probe_file(path) for path in files]
    if as_json:
        print_json([file.to_dict() for file in probed])
    else:
        print_probed(probed)
    return int(any(file.audio is None for file in probed))


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbedFile:
    """The facts about an audio file, or the error of reading the file."""

    path: Path
    audio: Audio | None = None
    measurement: Measurement | None = None
    """None without --loudness."""
    error: MediaError | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the object of `probe --json`."""
        if self.audio is None:
            error: dict[str, object] = {"path": str(self.path), "error": self.error.message if self.error else None}
            declared = self.error.declared if self.error else None
            return error | ({"declared": round(declared.total_seconds(), 3)} if declared else {})
        measured = self.measurement.to_dict() if self.measurement else {}
        return self.audio.to_dict() | measured


def _probe_file(path: Path) -> ProbedFile:
    from podcastkit.media.probing import probe as probe_audio

    try:
        return ProbedFile(path=path, audio=probe_audio(path))
    except MediaError as error:
        return ProbedFile(path=path, error=error)


def _measure_files(files: Sequence[Path]) -> list[ProbedFile]:
    """Probe files in parallel and measure those that are not in the cache.

    Raises MediaError if ffmpeg is missing or fails.
    """
    from podcastkit.cache import Cache
    from podcastkit.media.cached_facts import examine_all, measure_all

    with show_progress() as progress, Cache() as cache:
        examined = examine_all(files, cache, progress=progress)
        # Only readable audio can be measured.
        masters = [(result.file, result.audio) for result in examined.values() if result.file and result.audio]
        measured = measure_all(masters, cache, progress=progress)
    return [_make_probed_file(path, examined[path], measured) for path in files]


def _make_probed_file(
    path: Path, examined: ExaminationResult, measured: dict[str, MeasurementResult]
) -> ProbedFile:
    from podcastkit.text.quoting import format_file_name

    if examined.trouble or not examined.file:
        error = MediaError(*(examined.trouble or (f"{format_file_name(path)} cannot be read", None)))
        error.declared = examined.declared
        return ProbedFile(path=path, error=error)
    result = measured[examined.file.sha256]
    if result.measurement is None:
        message = f"{format_file_name(path)} cannot be decoded: {result.trouble}"
        hint = "play the file to its end; if it stops early, export the file again"
        return ProbedFile(path=path, error=MediaError(message, hint))
    return ProbedFile(path=path, audio=examined.audio, measurement=result.measurement)


def print_probed(probed: Iterable[ProbedFile]) -> None:
    """Print the facts about each file, or its error."""
    for file in probed:
        if file.error:
            print_error(file.error)
        if file.audio:
            _print_audio(file.audio, file.measurement)


def _print_audio(audio: Audio, measured: Measurement | None) -> None:
    channels = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    bitrate = f", {round(audio.bitrate / 1000)} kbit/s" if audio.bitrate else ""
    properties = f"{audio.format} ({audio.codec}){bitrate}, {audio.sample_rate:,} Hz, {channels}"
    print_line((str(audio.path), "bold"))
    print_line(f"  {properties}, {format_size(audio.size)}")
    print_line(f"  length  {_format_length(audio.duration)}")
    if measured:
        print_line(f"  sound   {_describe_loudness(measured)}")
    for name in ("title", "artist", "album", "track"):
        value = getattr(audio, name)
        if value:
            print_line(f"  {name:<7} {value}")
    for chapter in audio.chapters:
        if not chapter.hidden:
            print_line(f"  chapter {_format_length(chapter.start)}  {chapter.title or ''}".rstrip())
    for warning in audio.tag_warnings:
        print_line(("  warning", "yellow"), f" {warning}")


def _describe_loudness(measured: Measurement) -> str:
    figures = (
        (measured.loudness, "{:.1f} LUFS"),
        (measured.loudness_range, "range {:.1f} LU"),
        (measured.true_peak, "true peak {:.1f} dBTP"),
    )
    words = [pattern.format(figure) for figure, pattern in figures if figure is not None]
    return ", ".join(words if measured.loudness is not None else ["too quiet or too short to measure", *words])


def _format_length(length: timedelta) -> str:
    from podcastkit.text.timecodes import format_timestamp, round_to_millisecond

    return format_timestamp(round_to_millisecond(length), digits=1)
