"""Print receipts: what was published, what went wrong after that, and what to do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from podcastkit.cli.output import make_console, pluralize, print_diagnostics, print_failed_checks, say
from podcastkit.cli.plan_output import print_changes, print_due, print_held_back, print_outlook
from podcastkit.published_keys import feed_key
from podcastkit.state.lock import LOCK_NAME
from podcastkit.storage.local import LocalStorage
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from rich.console import Console

    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt


def print_receipt(receipt: Receipt, *, console: Console | None = None, trouble: Console | None = None) -> None:
    """Print what was published, where the feed is, and what to do next; what is held back goes to stderr."""
    console, trouble = console or make_console(), trouble or make_console(to_stderr=True)
    plan = receipt.plan
    print_changes(console, plan.changes)
    print_held_back(trouble, plan.held_back)
    episodes = pluralize(len(receipt.published), "episode")
    if receipt.uploaded:
        written = f"{pluralize(len(receipt.uploaded), 'file')} written, {format_size(receipt.bytes)}"
        say(console, (f"\nPublished {episodes}", "bold"), f" to {plan.storage.address} ({written})")
    else:
        say(console, ("\nNothing has changed", "bold"), f": {episodes} at {plan.storage.address}")
    _print_feeds(console, plan)
    print_troubles(trouble, receipt)
    if receipt.verification and receipt.verification.ok and not isinstance(plan.storage, LocalStorage):
        say(console, "Apps can fetch it, and all that was written.")
    print_outlook(console, plan)
    _print_next_steps(console, receipt)
    print_due(console, plan)


def _print_feeds(console: Console, plan: Plan) -> None:
    say(console, "Feed: ", (plan.feed_url, "bold"))
    for translation in plan.show.translations:
        if translation.translation in plan.translations:
            address = f"{plan.url}/{feed_key(translation.translation)}"
            say(console, f"In {translation.translation}: ", (address, "bold"))


def print_troubles(console: Console, receipt: Receipt) -> None:
    """Print what went wrong after the feed was switched, and what apps cannot fetch."""
    plan, report = receipt.plan, receipt.verification
    print_diagnostics(console, receipt.troubles, plan.show.folder)
    if report is None or report.ok:
        return
    say(console, ("It is published, but apps cannot fetch all of it:", "bold red"))
    print_failed_checks(console, report.failures)
    say(console, "  When that is mended, podcastkit verify looks again.")
    if _is_first_feed(plan):
        say(console, "  Its address is new: if that is wrong, mend url in show.toml and publish again.")
    elif plan.withdrawals_first is None:
        say(console, "  podcastkit rollback brings the feed before this one back.")


def _is_first_feed(plan: Plan) -> bool:
    """Return whether the show had no feed at this address before."""
    return plan.live_etag is None or any(change.field == "address" for change in plan.changes)


def _print_next_steps(console: Console, receipt: Receipt) -> None:
    plan = receipt.plan
    if plan.trial:
        _print_steps_after_trial(console, plan)
    elif receipt.committed and _is_first_feed(plan):
        _print_steps_after_premiere(console, receipt)


def _print_steps_after_premiere(console: Console, receipt: Receipt) -> None:
    """Print where to submit a feed at a new address, once apps can fetch it."""
    say(console, "\nWhat to do next")
    if receipt.verification is None or receipt.verification.ok:
        say(console, "  Listen:            subscribe to the feed above in a podcast app")
        say(console, "  Submit it, once:   to Apple (podcastsconnect.apple.com), Spotify (creators.spotify.com)")
        say(console, "                     and the other directories that your listeners use")
    say(console, f"  Keep it safe:      {LOCK_NAME}, with the show, in version control or a backup")


def _print_steps_after_trial(console: Console, plan: Plan) -> None:
    say(console, "\nWhat to do next")
    if isinstance(plan.storage, LocalStorage) and plan.url == plan.storage.public_url:
        folder = shlex.quote(plan.storage.address)
        say(console, "  Listen:            run this, and subscribe to the feed above in an app on this computer")
        say(console, f"                     python -m http.server 8000 --bind 127.0.0.1 --directory {folder}")
    else:
        say(console, "  Listen:            subscribe to the feed above in a podcast app")
    say(console, "  Look for mistakes: podcastkit check")
    if plan.show.publish.url:
        say(console, "  Publish for real:  podcastkit publish, without --to and --url")
        return
    say(console, "  Publish for real:  say where, under [publish] in show.toml, and publish again:")
    say(console, '                     to = "s3://your-bucket/your-show"    or a folder that a web server serves')
    say(console, '                     url = "https://podcast.example.org"  where listeners fetch what lies there')
