"""The command `podcastkit master`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.output import pluralize, print_diagnostics, print_json, say
from podcastkit.cli.progress import show_progress
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.build.master import Delivery
    from podcastkit.model import Show


@click.command()
@options.show_argument
@click.option("--to", metavar="FOLDER", type=click.Path(path_type=Path), help="Put copies into this folder.")
@options.json_option
def master(show: Path | None, to: Path | None, as_json: bool) -> int:
    """Make what listeners will hear, and publish nothing.

    Masters (WAV, FLAC, AIFF …) get the loudness, format and tags that they are published with. What is made is kept
    for the next publish; with --to it can be listened to under its own name.
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
    """Print the file that listeners get of each episode, and what cannot be made."""
    width = max((len(delivery.episode) for delivery in deliveries), default=0)
    for delivery in deliveries:
        say((delivery.episode.ljust(width), "bold"), f"  {_describe_delivery(delivery)}")
    findings = [one for delivery in deliveries for one in (delivery.trouble, delivery.remark) if one]
    print_diagnostics(findings, show.folder, err=True)
    made = sum(delivery.figures is not None for delivery in deliveries)
    new = sum(delivery.is_new for delivery in deliveries)
    where = f"copies are in {to}" if to else "kept for the next publish"
    mastered = f"{pluralize(made, 'file')} mastered, {new} of them just now"
    summary = mastered if made else "There was nothing to master"
    say(f"{summary}; {where}" if made or to else summary)


def _describe_delivery(delivery: Delivery) -> str:
    from podcastkit.text.timecodes import format_clock

    media, figures, before = delivery.media, delivery.figures, delivery.before
    if delivery.trouble or media is None:
        return "cannot be made" if delivery.trouble else "its audio is not on this machine"
    size = f"{format_clock(media.duration)}, {format_size(media.size)}"
    if figures is None:
        return f"{'published already' if delivery.is_published else 'goes out as it is'}, {size}"
    levels = " → ".join(_format_loudness(measured.loudness) for measured in (before, figures) if measured)
    peak = "" if figures.true_peak is None else f", peak {figures.true_peak:.1f} dBTP"
    return f"{levels} LUFS{peak}, {size}"


def _format_loudness(loudness: float | None) -> str:
    return "silent" if loudness is None else f"{loudness:.1f}"
