"""Progress bars, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podcastkit.progress import Event, Progress, ignore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_VERBS = {"reading": "Reading audio", "encoding": "Encoding", "uploading": "Publishing", "verifying": "Verifying"}


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Give a callback that draws progress on stderr while the block runs; without a terminal it draws nothing."""
    if not sys.stderr.isatty():
        yield ignore
        return
    with _bars() as bars:
        tasks: dict[str, TaskID] = {}

        def draw(event: Event) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(_VERBS[event.stage], total=event.total)
            bars.update(tasks[event.stage], completed=event.done, total=event.total, unit=event.unit)

        yield draw


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
