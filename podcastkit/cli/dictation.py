"""What the commands will say for as long as nothing changes, told by what they have just done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.cli.printing import paper, print_plan, print_receipt, text_on
from podcastkit.publishing.up_to_date_proof import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from podcastkit.publishing.publish import Receipt

_STYLED = ".styled"


def dictate(receipt: Receipt, write_json: Callable[[object], str]) -> dict[str, str]:
    """Return the answers of `publish` and `plan`, by command and stream, plain and styled, and as JSON."""
    plan = settled(receipt.plan)
    unchanged = replace(
        receipt,
        plan=plan,
        outcome="unchanged",
        troubles=(),
        uploaded=(),
        bytes=0,
        unchanged=len(plan.actions),
        committed=False,
        verification=None,
    )
    answers = {"plan.json": write_json(plan.to_dict()), "publish.json": write_json(unchanged.to_dict())}
    for form in ("", _STYLED):
        answers |= _said("plan", form, lambda out, _: print_plan(plan, console=out))
        answers |= _said("publish", form, lambda out, err: print_receipt(unchanged, console=out, trouble=err))
    return answers


def _said(command: str, form: str, say: Callable[[Console, Console], None]) -> dict[str, str]:
    out, err = paper(styled=form == _STYLED), paper(styled=form == _STYLED)
    say(out, err)
    return {f"{command}.out{form}": text_on(out), f"{command}.err{form}": text_on(err)}
