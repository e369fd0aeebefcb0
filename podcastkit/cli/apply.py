"""Carry out a plan: ask first where something matters, then apply it and verify what apps can fetch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from podcastkit.cli.output import confirm
from podcastkit.cli.progress import show_progress

if TYPE_CHECKING:
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt

_FAILED_OUTCOMES = {"partial", "published-unverified"}
"""Outcomes that exit with 1 although the feed is live."""


def carry_out(plan: Plan, *, question: str, yes: bool, verify: bool) -> Receipt:
    """Ask where that is needed, apply the plan, and verify the feed if wanted.

    Raises Declined when the answer is no, DestructiveChange when it would have to be yes, and what applying raises.
    """
    from podcastkit.publishing.publish import refuse

    refuse(plan, yes=_get_consent(plan, question, yes=yes))
    return apply_plan(plan, verify=verify)


def apply_plan(plan: Plan, *, verify: bool) -> Receipt:
    """Apply a plan, draw the progress, and verify the feed if wanted."""
    from podcastkit.publishing.publish import apply, verify_publish

    with show_progress() as progress:
        receipt = apply(plan, progress=progress)
        return verify_publish(receipt, progress=progress) if verify else receipt


def exit_code(receipt: Receipt) -> int:
    """Return 1 where something due was held back or apps cannot fetch everything, else 0."""
    return int(receipt.outcome in _FAILED_OUTCOMES)


def _get_consent(plan: Plan, question: str, *, yes: bool) -> bool:
    """Ask on a terminal when an episode becomes public for the first time, or something destructive happens."""
    matters = bool(plan.questions or plan.removals or plan.withdrawals_first)
    if yes or plan.trial or not matters or not sys.stdin.isatty():
        return yes
    from podcastkit.cli.summary_output import print_plan
    from podcastkit.publishing.summary import summarize_plan

    print_plan(summarize_plan(plan), plan, err=True)
    confirm(question)
    return True
