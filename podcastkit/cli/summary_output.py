"""Print what `plan` and `publish` say of a show, from its summary alone where nothing changes.

The early exit prints with these functions, so what only a change needs is imported later.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from podcastkit.cli.output import format_more, pluralize, say
from podcastkit.diagnostics import MAX_ALIKE
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt
    from podcastkit.publishing.summary import Held, Summary


def print_plan(summary: Summary, plan: Plan | None = None, *, everything: bool = False, err: bool = False) -> None:
    """Print what subscribers will see change, what is written and why, and what is held back.

    Without a plan, nothing changes. `everything` adds the files that stay and podcastkit's own records.
    """
    say((summary.title, "bold"), f" → {summary.address}", err=err)
    is_written = False
    if plan:
        from podcastkit.cli.plan_output import print_steps

        is_written = print_steps(plan, everything=everything, err=err)
    if summary.kept:
        kept = f"{pluralize(summary.kept, 'file')} unchanged." if is_written else "Nothing has changed."
        say(f"\n{kept}", err=err)
    _print_held_back(summary, err=err)
    _print_outlook(summary, err=err)
    _print_next_due(summary, err=err)


def print_receipt(summary: Summary, receipt: Receipt | None = None, *, show: Path | None = None) -> None:
    """Print what was published, where the feed is, and what to do next; what is held back goes to stderr.

    Without a receipt, nothing has changed. `show` is the argument that names the show, if there was one.
    """
    if receipt:
        from podcastkit.cli.plan_output import print_changes, print_steps_after_premiere, print_troubles

        print_changes(receipt.plan.changes)
    _print_held_back(summary, err=True)
    _print_outcome(summary, receipt)
    for language, url in summary.feeds.items():
        say(f"In {language}: " if language else "Feed: ", (url, "bold"))
    if receipt:
        print_troubles(receipt)
        if receipt.verification and receipt.verification.ok and not summary.is_folder:
            size = receipt.verification.downloaded
            looked = "" if size is None else f" ({format_size(size)} downloaded to look at it)"
            say(f"Apps can fetch it, and all that was written{looked}.")
    _print_outlook(summary)
    if summary.is_trial:
        _print_steps_after_trial(summary, show)
    elif receipt:
        print_steps_after_premiere(receipt)
    _print_next_due(summary)


def _print_held_back(summary: Summary, *, err: bool = False) -> None:
    """Print each episode that is held back, why, and what to do; of many alike, the first and a count."""
    alike: dict[tuple[object, ...], list[Held]] = {}
    for held in summary.held_back:
        alike.setdefault((held.reason, held.cure, held.is_broken), []).append(held)
    for first, *others in alike.values():
        _print_held(first, others, err=err)


def _print_held(first: Held, others: Sequence[Held], *, err: bool) -> None:
    is_flood = len(others) >= MAX_ALIKE
    more = format_more(len(others), "episode", [held.episode for held in others]) if is_flood else ""
    for held in [first] if is_flood else [first, *others]:
        style = "bold red" if held.is_broken else "yellow"
        say("  ", (f"{'held back':<10}", style), f"{held.episode}: {held.reason}{more}", err=err)
        if held.cure:
            say(" " * 12, (held.cure, "dim"), err=err)


def _print_outcome(summary: Summary, receipt: Receipt | None) -> None:
    episodes = pluralize(summary.episodes, "episode")
    if receipt and receipt.uploaded:
        written = f"{pluralize(len(receipt.uploaded), 'file')} written, {format_size(receipt.bytes)}"
        say((f"\nPublished {episodes}", "bold"), f" to {summary.address} ({written})")
    else:
        say(("\nNothing has changed", "bold"), f": {episodes} at {summary.address}")


def _print_outlook(summary: Summary, *, err: bool = False) -> None:
    """Print what to know about the show as a whole: the end of the season, findings, a trial."""
    for remark in summary.remarks:
        say((f"{remark[0].upper()}{remark[1:]}.", "bold"), err=err)
    if summary.warnings:
        found = pluralize(summary.warnings, "finding")
        say(f"{found} to look at: podcastkit check lists them, and listens to the audio.", err=err)
    if summary.is_trial:
        fixed = " Episode IDs and dates become permanent when you publish for real."
        meaning = "" if summary.is_real_elsewhere else fixed
        say(("This is a trial: nothing is fixed yet.", "yellow"), meaning, err=err)


def _print_next_due(summary: Summary, *, err: bool = False) -> None:
    if summary.next_due:
        say((f"{summary.next_due}: publish again then.", "bold"), err=err)


def _print_steps_after_trial(summary: Summary, show: Path | None) -> None:
    named = f" {shlex.quote(str(show))}" if show else ""
    say("\nWhat to do next")
    if summary.is_served:
        say("  Listen:            subscribe to the feed above in a podcast app")
    else:
        folder = shlex.quote(summary.address)
        say("  Listen:            run this, and subscribe to the feed above in an app on this computer")
        say(f"                     python -m http.server 8000 --bind 127.0.0.1 --directory {folder}")
    say(f"  Look for mistakes: podcastkit check{named}")
    if summary.has_url:
        say(f"  Publish for real:  podcastkit publish{named}, without --to and --url")
        return
    say("  Publish for real:  say where, under [publish] in show.toml, and publish again:")
    say('                     to = "s3://your-bucket/your-show"    or a folder that a web server serves')
    say('                     url = "https://podcast.example.org"  where listeners fetch what lies there')
