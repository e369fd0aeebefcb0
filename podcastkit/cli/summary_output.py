"""Print the results of `plan` and `publish`.

If nothing has changed, the commands exit early and call these functions with a summary alone. Modules that only a
change needs are therefore imported inside the functions.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from podcastkit.cli.output import format_more, pluralize, print_line
from podcastkit.diagnostics import MAX_SIMILAR_SHOWN
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt
    from podcastkit.publishing.summary import Held, Summary


def print_plan(
    summary: Summary,
    plan: Plan | None = None,
    *,
    show: Path | None = None,
    everything: bool = False,
    err: bool = False,
) -> None:
    """Print the changes for subscribers, the files to upload with reasons, and the episodes that are held back.

    Without a plan, nothing has changed. `everything` adds the unchanged files and podcastkit's own files.
    """
    print_line((summary.title, "bold"), f" → {summary.address}", err=err)
    is_written = False
    if plan:
        from podcastkit.cli.plan_output import print_steps

        is_written = print_steps(plan, everything=everything, err=err)
    if summary.kept:
        unchanged = f"{pluralize(summary.kept, 'file')} unchanged." if is_written else "Nothing has changed."
        print_line(f"\n{unchanged}", err=err)
    _print_held_back(summary, err=err)
    _print_outlook(summary, show, err=err)
    _print_next_due(summary, err=err)


def print_receipt(summary: Summary, receipt: Receipt | None = None, *, show: Path | None = None) -> None:
    """Print the published changes, the URL of the feed and the next steps. Episodes held back go to stderr.

    Without a receipt, nothing has changed. `show` is the SHOW argument of the command, if it was set.
    """
    if receipt:
        from podcastkit.cli.plan_output import print_changes, print_next_steps, print_problems

        print_changes(receipt.plan.changes)
    _print_held_back(summary, err=True)
    _print_outcome(summary, receipt)
    for language, url in summary.feeds.items():
        print_line(f"In {language}: " if language else "Feed: ", (url, "bold"))
    if receipt:
        print_problems(receipt)
        if receipt.verification and receipt.verification.ok and not summary.is_folder:
            size = receipt.verification.downloaded
            download = "" if size is None else f" ({format_size(size)} downloaded)"
            print_line(f"Apps can fetch the feed and all uploaded files{download}.")
    _print_outlook(summary, show)
    if summary.is_trial:
        _print_steps_after_trial(summary, show)
    elif receipt:
        print_next_steps(receipt)
    _print_next_due(summary)


def _print_held_back(summary: Summary, *, err: bool = False) -> None:
    """Print each episode that is held back, with the reason and the fix. Similar episodes are merged."""
    groups: dict[tuple[object, ...], list[Held]] = {}
    for held in summary.held_back:
        groups.setdefault((held.reason, held.hint, held.is_broken), []).append(held)
    for first, *others in groups.values():
        _print_held(first, others, err=err)


def _print_held(first: Held, others: Sequence[Held], *, err: bool) -> None:
    is_large = len(others) >= MAX_SIMILAR_SHOWN
    more = format_more(len(others), "episode", [held.episode for held in others]) if is_large else ""
    for held in [first] if is_large else [first, *others]:
        style = "bold red" if held.is_broken else "yellow"
        print_line("  ", (f"{'held back':<10}", style), f"{held.episode}: {held.reason}{more}", err=err)
        if held.hint:
            print_line(" " * 12, (held.hint, "dim"), err=err)


def _print_outcome(summary: Summary, receipt: Receipt | None) -> None:
    episodes = pluralize(summary.episodes, "episode")
    if receipt and receipt.uploaded:
        uploads = f"{pluralize(len(receipt.uploaded), 'file')} uploaded, {format_size(receipt.bytes)}"
        print_line((f"\nPublished {episodes}", "bold"), f" to {summary.address} ({uploads})")
    else:
        print_line(("\nNothing has changed", "bold"), f": {episodes} at {summary.address}")


def _print_outlook(summary: Summary, show: Path | None, *, err: bool = False) -> None:
    """Print notes about the whole show: the end of the season, the number of findings, the trial run."""
    for remark in summary.remarks:
        print_line((f"{remark[0].upper()}{remark[1:]}.", "bold"), err=err)
    if summary.warnings:
        findings = pluralize(summary.warnings, "finding")
        print_line(
            f"{findings} to review: run podcastkit check{_format_argument(show)} (it also measures the audio).",
            err=err,
        )
    if summary.is_trial:
        consequence = " Episode IDs and dates become permanent when you publish for real."
        explanation = "" if summary.is_real_elsewhere else consequence
        print_line(("This is a trial run.", "yellow"), explanation, err=err)


def _print_next_due(summary: Summary, *, err: bool = False) -> None:
    if summary.next_due:
        print_line((f"{summary.next_due}: publish again then.", "bold"), err=err)


def _print_steps_after_trial(summary: Summary, show: Path | None) -> None:
    argument = _format_argument(show)
    print_line("\nWhat to do next")
    if summary.is_served:
        print_line("  Listen:            subscribe to the feed above in a podcast app")
    else:
        folder = shlex.quote(summary.address)
        print_line("  Listen:            run this command, then subscribe to the feed above on this computer")
        print_line(f"                     python -m http.server 8000 --bind 127.0.0.1 --directory {folder}")
    print_line(f"  Find problems:     podcastkit check{argument}")
    if summary.has_url:
        print_line(f"  Publish for real:  podcastkit publish{argument}, without --to and --url")
        return
    print_line("  Publish for real:  set the destination under [publish] in show.toml and publish again:")
    print_line('                     to = "s3://your-bucket/your-show"    or a folder that a web server serves')
    print_line('                     url = "https://podcast.example.org"  the public URL of that place')


def _format_argument(show: Path | None) -> str:
    """Return the SHOW argument to print after a command, with a space before it."""
    return f" {shlex.quote(str(show))}" if show else ""
