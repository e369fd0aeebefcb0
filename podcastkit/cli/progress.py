"""Draw progress bars on a terminal, and print what a command waits for."""

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
    "mastering": "Mastering",
    "uploading": "Publishing",
    "verifying": "Verifying",
}


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a callback that draws progress on stderr during the block; without a terminal, it prints waits only."""
    if not sys.stderr.isatty():
        yield _print_wait
        return
    with _make_bars() as bars:
        tasks: dict[tuple[str, str | None], TaskID] = {}

        def draw(event: Event) -> None:
            if event.stage == "waiting":
                bars.console.print(_describe_wait(event), highlight=False)
                return
            # Mastering an episode takes long enough for a bar of its own, which disappears at the end.
            own = event.episode if event.stage == "mastering" else None
            key = (event.stage, own)
            if key not in tasks:
                tasks[key] = bars.add_task(_describe_stage(event.stage, own), total=event.total)
            is_over = own is not None and event.done == event.total
            bars.update(tasks[key], completed=event.done, total=event.total, visible=not is_over)

        yield draw


def _describe_stage(stage: str, episode: str | None) -> str:
    from rich.markup import escape

    shown = "".join(character if character.isprintable() else "?" for character in episode or "")
    return escape(f"{_VERBS[stage]} {shown}".rstrip())


def _print_wait(event: Event) -> None:
    if event.stage == "waiting":
        click.echo(_describe_wait(event), err=True)


def _describe_wait(event: Event) -> str:
    when = f"in {event.total} s" if event.total else "at once"
    return f"The destination fails at the moment: trying again {when}"


def _make_bars() -> Bars:
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
