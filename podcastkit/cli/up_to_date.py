"""Exit early if nothing has changed since the last publish, without loading the show.

After a publish, the cache keeps the answers that `publish` and `plan` give for as long as nothing changes: for each
output stream, plain and with styles, and as JSON.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Literal

import click

from podcastkit.cli.output import format_json, make_console
from podcastkit.cli.show_argument import find_folder
from podcastkit.diagnostics import PodcastkitError
from podcastkit.publishing.up_to_date import forget as forget_note
from podcastkit.publishing.up_to_date import recall
from podcastkit.version import __version__

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from rich.console import Console

    from podcastkit.publishing.publish import Receipt

_COMPLETE_OUTCOMES = {"published", "unchanged"}
_STREAMS = ("err", "out")
"""In the order in which a publish with nothing to do prints: what is held back, then the rest."""
_STYLED = ".styled"


def print_if_unchanged(command: str, show: Path | None, *, to: str | None, url: str | None, as_json: bool) -> bool:
    """Print the noted answer of a command if nothing has changed since the last publish; return whether it was."""
    wanted = [f"{command}.json"] if as_json else [_name_answer(command, stream) for stream in _STREAMS]
    try:
        answers = recall(find_folder(show), wanted, to=_make_absolute(to), url=url, version=__version__)
    except (OSError, PodcastkitError):  # without a show, loading it reports that
        return False
    if answers is None:
        return False
    for name, text in answers.items():
        to_stderr = name.startswith(f"{command}.err")
        if name.endswith(_STYLED) and text:
            _print_styled(text, to_stderr=to_stderr)
        else:
            click.echo(text, err=to_stderr, nl=False)
    return True


def keep_answers(receipt: Receipt, *, begun: datetime, to: str | None, url: str | None) -> None:
    """Note what `publish` and `plan` print while nothing changes; `begun` is when reading the show began."""
    if receipt.outcome not in _COMPLETE_OUTCOMES:
        return
    from podcastkit.publishing.up_to_date_proof import note

    note(receipt.plan, _write_answers(receipt), begun=begun, to=_make_absolute(to), url=url, version=__version__)


def forget_answers(show: Path | None, *, to: str | None, url: str | None) -> None:
    """Remove the note, since the destination is not as the last publish left it."""
    forget_note(find_folder(show), to=_make_absolute(to), url=url, version=__version__)


def _name_answer(command: str, stream: str) -> str:
    return f"{command}.{stream}{_STYLED}" if _has_styles(stream) else f"{command}.{stream}"


def _has_styles(stream: str) -> bool:
    """Return whether rich prints styles to a stream."""
    forced = any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return forced or getattr(sys, f"std{stream}").isatty()


def _make_absolute(to: str | None) -> str | None:
    """Return the destination that `--to` names, independent of the current folder."""
    if to is None or "://" in to:
        return to
    return os.path.join(os.getcwd(), os.path.expanduser(to))  # noqa: PTH109, PTH111, PTH118 - as named_folder does it


def _print_styled(text: str, *, to_stderr: bool) -> None:
    """Print a text that was recorded with styles, as far as the terminal supports them."""
    from rich.text import Text

    make_console(to_stderr=to_stderr).print(Text.from_ansi(text.removesuffix("\n")))


def _write_answers(receipt: Receipt) -> dict[str, str]:
    """Return the answers of `publish` and `plan`, by command, stream and form."""
    from podcastkit.cli.plan_output import print_plan
    from podcastkit.cli.receipt_output import print_receipt
    from podcastkit.publishing.up_to_date_proof import settled

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
    answers = {"plan.json": format_json(plan.to_dict()), "publish.json": format_json(unchanged.to_dict())}
    for form in ("", _STYLED):
        out, err = (_make_recorder(styled=form == _STYLED) for _ in _STREAMS)
        print_plan(plan, console=out)
        answers |= {f"plan.out{form}": _read(out), f"plan.err{form}": _read(err)}
        out, err = (_make_recorder(styled=form == _STYLED) for _ in _STREAMS)
        print_receipt(unchanged, console=out, trouble=err)
        answers |= {f"publish.out{form}": _read(out), f"publish.err{form}": _read(err)}
    return answers


def _make_recorder(*, styled: bool) -> Console:
    """Return a console that keeps what is printed to it, with or without styles."""
    from rich.console import Console

    system: Literal["standard"] | None = "standard" if styled else None
    return Console(
        file=StringIO(),
        force_terminal=styled,
        color_system=system,
        legacy_windows=False,
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def _read(recorder: Console) -> str:
    assert isinstance(recorder.file, StringIO)  # noqa: S101 - as _make_recorder made it
    return recorder.file.getvalue()
