"""Apply a plan: ask for confirmation if needed, apply the plan and verify the live feed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from podcastkit.cli.output import confirm
from podcastkit.cli.progress import show_progress

if TYPE_CHECKING:
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt

_FAILED_OUTCOMES = {"partial", "published-unverified"}
"""Outcomes with exit code 1 although the feed is live."""


def confirm_and_apply(plan: Plan, *, question: str, yes: bool, verify: bool) -> Receipt:
    """Ask for confirmation if needed, apply the plan, and verify the feed if `verify` is set.

    Raises Declined if the user answers no, DestructiveChange if a destructive change needs a confirmation, and the
    errors of `apply`.
    """
    from podcastkit.publishing.publish import refuse_unconfirmed

    refuse_unconfirmed(plan, yes=_get_consent(plan, question, yes=yes))
    return apply_plan(plan, verify=verify)


def apply_plan(plan: Plan, *, verify: bool) -> Receipt:
    """Apply a plan, show the progress, and verify the feed if `verify` is set."""
    from podcastkit.publishing.publish import apply, verify_publish

    with show_progress() as progress:
        receipt = apply(plan, progress=progress)
        return verify_publish(receipt, progress=progress) if verify else receipt


def get_exit_code(receipt: Receipt) -> int:
    """Return 1 if a due episode was held back or apps cannot fetch every file, else 0."""
    return int(receipt.outcome in _FAILED_OUTCOMES)


def _get_consent(plan: Plan, question: str, *, yes: bool) -> bool:
    """Return whether the user agrees. Raises Declined if the user answers no.

    Only on a terminal, ask before the first release of an episode and before a destructive change. Without a
    question, return `yes`.
    """
    needs_consent = bool(plan.questions or plan.removals or plan.withdrawals_first)
    if yes or plan.trial or not needs_consent or not sys.stdin.isatty():
        return yes
    from podcastkit.cli.summary_output import print_plan
    from podcastkit.publishing.summary import summarize_plan

    print_plan(summarize_plan(plan), plan, err=True)
    confirm(question)
    return True
