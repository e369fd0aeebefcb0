"""The command `podcastkit prune`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import apply_plan
from podcastkit.cli.output import confirm, pluralize, print_json, print_line
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt


@click.command()
@options.show_argument
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=30,
    metavar="N",
    show_default=True,
    help="Keep files that a feed used in the last N days. Files of the last 24 hours are always kept.",
)
@options.destination_options
@options.json_option
@options.yes_option
def prune(
    show: Path | None, keep_days: int, to: str | Path | None, url: str | None, as_json: bool, yes: bool
) -> int:
    """Remove published files that no feed references any more.

    Lists the files, and removes them with --yes or after a confirmation. Files that podcastkit did not upload are
    never removed. Files of the last 24 hours are kept, because a running publish may need them.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.prune import prepare_pruning

    plan = prepare_pruning(options.load_show(show), Target(to=to, url=url), keep_days=keep_days)
    is_removed = bool(plan.removals or plan.leftovers) and (yes or _get_consent(plan))
    receipt = apply_plan(plan, verify=False) if is_removed else None
    if as_json:
        kept = [file.to_dict() for file in plan.kept]
        spared = list(receipt.spared) if receipt else []
        print_json(plan.to_dict() | {"removed": is_removed, "spared": spared, "kept": kept})
        return 0
    _print_pruning(plan, receipt)
    _print_kept(plan, keep_days)
    return 0


def _get_consent(plan: Plan) -> bool:
    """On a terminal, list the files to remove and ask for confirmation. Without a terminal, return False."""
    if not sys.stdin.isatty():
        return False
    from podcastkit.cli.plan_output import print_removals

    print_removals(plan, err=True)
    confirm("Remove these files?")
    return True


def _print_pruning(plan: Plan, receipt: Receipt | None) -> None:
    """Print the files that were removed, or that can be removed."""
    from podcastkit.cli.plan_output import print_problems, print_removals

    spared = receipt.spared if receipt else ()
    sizes = [action.asset.size for action in plan.removals if action.asset.key not in spared]
    sizes += [leftover.size for leftover in plan.leftovers]
    if not sizes and not spared:
        print_line("No files to remove.")
        return
    if not receipt:
        print_removals(plan)
    done = "removed" if receipt else "can be removed (run the same command with --yes)"
    print_line(f"{pluralize(len(sizes), 'file')}, {format_size(sum(sizes))}: {done}")
    if receipt:
        print_problems(receipt)


def _print_kept(plan: Plan, keep_days: int) -> None:
    """Print how many unreferenced files are kept for now, until when, and why."""
    if not plan.kept:
        return
    from podcastkit.text.dates import format_moment

    size = format_size(sum(file.size for file in plan.kept))
    moments = [file.until for file in plan.kept if file.until]
    until = f" until {format_moment(max(moments), plan.show.timezone, plan.at)}" if moments else ""
    recent_files = (
        f"that a feed of the last {pluralize(keep_days, 'day')} references, and files " if keep_days else ""
    )
    print_line(f"{pluralize(len(plan.kept), 'file')}, {size}, no longer referenced by the feed: kept{until}")
    print_line(f"  Prune keeps files {recent_files}of the last 24 hours, which a publish may still need.")
