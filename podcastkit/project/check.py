"""Check a show folder: load it, measure its audio, apply the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks import check_show
from podcastkit.model import Show
from podcastkit.progress import Progress, ignore
from podcastkit.project.loader import at_moment, load
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
    progress: Progress = ignore,
) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a show, and what was guessed: the show's findings, then by episode.

    `audio` decodes what was not decoded before, for its loudness, silences and the like; a Show is judged as it is.
    Raises what `load` raises.
    """
    if not isinstance(show, Show):
        show = load(show, at=at, measure=audio, executor=executor, progress=progress)
    return check_with_lock(at_moment(show, at) if at else show).findings


def check_with_lock(show: Show) -> CheckedShow:
    """Apply the rules to a show whose episodes are matched to the records of its lock."""
    return check_show(match_show(show))
