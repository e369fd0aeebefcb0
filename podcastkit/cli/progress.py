"""Show progress bars on a terminal, and print a line for each wait."""

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
_EPISODE_STAGES = frozenset(("reading", "measuring"))
"""Stages whose bar names the episode that was processed last."""
_LONG_WORK = {"bytes": 1_000_000_000, "seconds": 3 * 3600}
"""A stage with at least this much work takes minutes."""


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a callback that shows progress on stderr.

    Without a terminal, the callback prints a line for each wait, and for each episode of a long stage.
    """
    if not sys.stderr.isatty():
        yield _Printer().print_event
        return
    with _make_bars() as bars:
        tasks: dict[tuple[str, str | None], TaskID] = {}

        def draw(event: Event) -> None:
            if event.stage == "waiting":
                bars.console.print(_describe_wait(event), highlight=False)
                return
            # Mastering takes so long that each episode has its own bar, which disappears at the end.
            mastered_episode = event.episode if event.stage == "mastering" else None
            key = (event.stage, mastered_episode)
            if key not in tasks:
                tasks[key] = bars.add_task(_describe_stage(event.stage, mastered_episode), total=event.total)
            is_finished = mastered_episode is not None and event.done == event.total
            name = event.episode if event.stage in _EPISODE_STAGES else mastered_episode
            bars.update(
                tasks[key],
                description=_describe_stage(event.stage, name),
                completed=event.done,
                total=event.total,
                visible=not is_finished,
            )

        yield draw


def _describe_stage(stage: str, episode: str | None) -> str:
    from rich.markup import escape

    return escape(_format_stage(stage, episode))


def _format_stage(stage: str, episode: str | None) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in episode or "")
    return f"{_VERBS[stage]} {shown}".rstrip()


class _Printer:
    """Prints a line for each wait, and for each episode of a stage that takes minutes."""

    def __init__(self) -> None:
        self._named: set[tuple[str, str | None]] = set()

    def print_event(self, event: Event) -> None:
        """Print a line for a wait, or for a new episode of a long stage."""
        if event.stage == "waiting":
            click.echo(_describe_wait(event), err=True)
            return
        key = (event.stage, event.episode)
        is_long = event.stage in _EPISODE_STAGES and event.total >= _LONG_WORK[event.unit]
        if is_long and event.done < event.total and key not in self._named:
            self._named.add(key)
            words = _format_stage(event.stage, event.episode)
            click.echo(f"{words}: {event.done * 100 // event.total} % of all audio done", err=True)


def _describe_wait(event: Event) -> str:
    when = f"in {event.total} s" if event.total else "at once"
    return f"The destination is temporarily unavailable: trying again {when}"


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
