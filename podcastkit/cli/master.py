"""The command `podcastkit master`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.output import pluralize, print_diagnostics, print_json, print_line
from podcastkit.cli.progress import show_progress
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.build.master import Delivery
    from podcastkit.model import Show


@click.command()
@options.show_argument
@click.option("--to", metavar="FOLDER", type=click.Path(path_type=Path), help="Write copies to this folder.")
@options.json_option
def master(show: Path | None, to: Path | None, as_json: bool) -> int:
    """Create the finished audio files without publishing them.

    Masters (WAV, FLAC, AIFF …) are encoded with the loudness, format and tags of the published files. The results
    stay in the cache for the next publish. To listen to them, write copies to a folder with --to.
    """
    from podcastkit.build.master import master as make_deliveries

    loaded = options.load_show(show)
    with show_progress() as progress:
        deliveries = make_deliveries(loaded, to=to, progress=progress)
    if as_json:
        print_json([delivery.to_dict() for delivery in deliveries])
    else:
        _print_deliveries(deliveries, loaded, to)
    return int(any(delivery.trouble for delivery in deliveries))


def _print_deliveries(deliveries: Sequence[Delivery], show: Show, to: Path | None) -> None:
    """Print the finished audio of each episode, and the episodes that cannot be mastered."""
    width = max((len(delivery.episode) for delivery in deliveries), default=0)
    for delivery in deliveries:
        print_line((delivery.episode.ljust(width), "bold"), f"  {_describe_delivery(delivery)}")
    findings = [finding for delivery in deliveries for finding in (delivery.trouble, delivery.remark) if finding]
    print_diagnostics(findings, show.folder, err=True)
    mastered = sum(delivery.figures is not None for delivery in deliveries)
    encoded = sum(delivery.is_new for delivery in deliveries)
    where = f"copies written to {to}" if to else "kept in the cache for the next publish"
    counts = f"{pluralize(mastered, 'file')} mastered ({encoded} encoded now, {mastered - encoded} from the cache)"
    summary = counts if mastered else "No audio to master"
    print_line(f"{summary}; {where}" if mastered or to else summary)


def _describe_delivery(delivery: Delivery) -> str:
    from podcastkit.text.timecodes import format_clock

    media, figures, before = delivery.media, delivery.figures, delivery.before
    if delivery.trouble or media is None:
        return "cannot be mastered" if delivery.trouble else "audio file not found"
    size = f"{format_clock(media.duration)}, {format_size(media.size)}"
    if figures is None:
        return f"{'already published' if delivery.is_published else 'published unchanged'}, {size}"
    levels = " → ".join(_format_loudness(measured.loudness) for measured in (before, figures) if measured)
    peak = "" if figures.true_peak is None else f", peak {figures.true_peak:.1f} dBTP"
    return f"{levels} LUFS{peak}, {size}"


def _format_loudness(loudness: float | None) -> str:
    return "silent" if loudness is None else f"{loudness:.1f}"
