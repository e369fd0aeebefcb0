"""What is said again for as long as nothing changes: noted by a publish, repeated without loading the show."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.diagnostics import PodcastkitError
from podcastkit.project.discovery import find_show, named_show
from podcastkit.publishing.up_to_date import forget as forget_note
from podcastkit.publishing.up_to_date import recall
from podcastkit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from podcastkit.publishing.publish import Receipt

_DONE = {"published", "unchanged"}
_STREAMS = ("err", "out")
"""In the order in which a publish that has nothing to do speaks: what is held back, then the rest."""


def repeat(command: str, show: Path | None, *, to: str | None, url: str | None, as_json: bool) -> bool:
    """Say what the command would say if nothing has changed since the last publish; tell whether that is so."""
    wanted = [f"{command}.json"] if as_json else [_name(command, stream) for stream in _STREAMS]
    try:
        told = recall(_folder(show), wanted, to=_absolute(to), url=url, version=__version__)
    except (OSError, PodcastkitError):  # there is no show: the long way says so
        return False
    if told is None:
        return False
    for name, text in told.items():
        to_stderr = name.startswith(f"{command}.err")
        if name.endswith(".styled") and text:
            from podcastkit.cli.printing import print_styled

            print_styled(text, to_stderr=to_stderr)
        else:
            click.echo(text, err=to_stderr, nl=False)
    return True


def keep(
    receipt: Receipt, write_json: Callable[[object], str], *, begun: datetime, to: str | None, url: str | None
) -> None:
    """Note what `publish` and `plan` will say for as long as nothing changes; `begun` is when reading began."""
    if receipt.outcome not in _DONE:
        return
    from podcastkit.cli.dictation import dictate
    from podcastkit.publishing.up_to_date_proof import note

    note(receipt.plan, dictate(receipt, write_json), begun=begun, to=_absolute(to), url=url, version=__version__)


def forget(show: Path | None, *, to: str | None, url: str | None) -> None:
    """Say nothing again: what is published turned out not to be as it was left."""
    forget_note(_folder(show), to=_absolute(to), url=url, version=__version__)


def _name(command: str, stream: str) -> str:
    return f"{command}.{stream}.styled" if _is_styled(stream) else f"{command}.{stream}"


def _is_styled(stream: str) -> bool:
    """Tell whether rich would style what goes there."""
    forced = any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return forced or getattr(sys, f"std{stream}").isatty()


def _folder(show: Path | None) -> Path:
    return named_show(show) if show else find_show(Path.cwd())


def _absolute(to: str | None) -> str | None:
    """Return where a `--to` leads from here, the same from wherever it is said."""
    if to is None or "://" in to:
        return to
    return os.path.join(os.getcwd(), os.path.expanduser(to))  # noqa: PTH109, PTH111, PTH118 - as named_folder does it
