"""Progress bars, on a terminal only; and what makes a command wait, in any case."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from podcastkit.progress import Event, Progress

_VERBS = {
    "reading": "Reading audio",
    "measuring": "Measuring audio",
    "encoding": "Encoding",
    "uploading": "Publishing",
    "verifying": "Verifying",
}


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Give a callback that draws progress on stderr while the block runs; without a terminal tell waits only."""
    if not sys.stderr.isatty():
        yield _tell_wait
        return
    with _bars() as bars:
        tasks: dict[str, TaskID] = {}

        def draw(event: Event) -> None:
            if event.stage == "waiting":
                bars.console.print(_say_wait(event), highlight=False)
                return
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(_VERBS[event.stage], total=event.total)
            bars.update(tasks[event.stage], completed=event.done, total=event.total, unit=event.unit)

        yield draw


def _tell_wait(event: Event) -> None:
    if event.stage == "waiting":
        click.echo(_say_wait(event), err=True)


def _say_wait(event: Event) -> str:
    when = f"in {event.total} s" if event.total else "at once"
    return f"The destination fails at the moment: trying again {when}"


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
