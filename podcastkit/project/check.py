"""Check a show folder: load it, measure its audio, apply the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks import check_show
from podcastkit.model import Show
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.loader import load, set_moment
from podcastkit.state.matching import match_show

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from datetime import datetime
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import CheckedShow


def check(
    show: Show | str | Path,
    *,
    at: datetime | None = None,
    audio: bool = True,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
) -> tuple[Diagnostic, ...]:
    """Return all findings about a show: first those of the show itself, then by episode.

    `audio` decodes audio that is not in the cache, to measure loudness, silences and so on. A Show is checked
    without loading or decoding it again. Raises the errors of `load`.
    """
    if not isinstance(show, Show):
        show = load(show, at=at, measure=audio, executor=executor, progress=progress)
    return check_with_lock(set_moment(show, at) if at else show).findings


def check_with_lock(show: Show) -> CheckedShow:
    """Match the episodes of a show to the records of its lock file, and apply the rules."""
    return check_show(match_show(show))
