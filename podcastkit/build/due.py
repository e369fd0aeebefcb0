"""Decide which episodes are due and which are held back, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from podcastkit.build.episode_order import sort_in_series
from podcastkit.diagnostics import (
    CheckFailed,
    Diagnostic,
    Severity,
)
from podcastkit.text.dates import format_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from podcastkit.model import CheckedShow, Episode, Show


_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeSelection:
    """The episodes to publish, and the episodes that are held back."""

    due: tuple[Episode, ...]
    held_back: tuple[HeldBack, ...]

    def hold_back(self, troubles: Iterable[Diagnostic]) -> EpisodeSelection:
        """Return a copy that also holds back the episodes whose audio could not be made."""
        first: dict[str | None, Diagnostic] = {}
        for trouble in troubles:
            first.setdefault(trouble.episode, trouble)
        failed = [hold_back(episode, first[episode.folder]) for episode in self.due if episode.folder in first]
        due = tuple(episode for episode in self.due if episode.folder not in first)
        return EpisodeSelection(due=due, held_back=(*self.held_back, *failed))


def select_episodes(checked: CheckedShow) -> EpisodeSelection:
    """Return which episodes are due at `show.at` and which are held back."""
    show, errors = checked.show, find_first_errors(checked)
    due, held = [], []
    for episode in show.episodes:
        if episode.withdrawn:
            when = format_moment(episode.withdrawn, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"withdrawn {when}"))
        elif episode.draft:
            held.append(HeldBack(episode=episode.folder, reason="marked as a draft"))
        elif episode.date is not None and episode.date > show.at:
            when = format_moment(episode.date, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"due {when}", due=episode.date))
        elif episode.folder in errors:
            held.append(hold_back(episode, errors[episode.folder]))
        else:
            due.append(episode)
    return EpisodeSelection(due=tuple(due), held_back=tuple(held))


def assign_dates(due: Sequence[Episode], show: Show) -> dict[str, datetime]:
    """Return the release date of each episode by folder.

    Episodes without a date are dated one minute apart, in listening order; the last of them is dated now.
    """
    undated = [episode for episode in sort_in_series(due, show) if episode.date is None]
    now = show.at.astimezone(show.timezone) if show.timezone else show.at
    minutes_ago = {episode.folder: age for age, episode in enumerate(reversed(undated))}
    return {episode.folder: episode.date or now - minutes_ago[episode.folder] * _MINUTE for episode in due}


def find_first_errors(checked: CheckedShow, language: str | None = None) -> dict[str, Diagnostic]:
    """Return the first error of each episode by folder. `language` selects a translation, None the original.

    An error that an episode shares with others, such as the same number, counts only if one of the others is due.
    Drafts and episodes that are not due yet do not hold back other episodes.
    """
    show = checked.show
    # The episodes that are due now, whether they have errors or not.
    due_folders = {
        episode.folder for episode in show.episodes if not episode.stays_in and (episode.date or show.at) <= show.at
    }
    errors: dict[str, Diagnostic] = {}
    for error in checked.errors[language]:
        is_relevant = not error.rivals or any(folder in due_folders for folder in error.rivals)
        if error.episode is not None and is_relevant:
            errors.setdefault(error.episode, error)
    return errors


def hold_back(episode: Episode, error: Diagnostic) -> HeldBack:
    """Return the episode as held back by an error."""
    fix = ": ".join(str(part) for part in (error.location, error.hint) if part)
    return HeldBack(episode=episode.folder, reason=error.message, is_broken=True, fix=fix or None)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """An episode that is held back, with the reason."""

    episode: str
    """The name of the episode folder."""
    reason: str
    due: datetime | None = None
    """The release date, if the episode is held back only because of it."""
    is_broken: bool = False
    """Whether the episode is due but has an error."""
    fix: str | None = None
    """The place of the error and how to fix it."""
    language: str | None = None
    """The language of the translation from which the episode is held back; None for all feeds."""

    def to_dict(self) -> dict[str, object]:
        """Return the episode for `publish --json`."""
        return {
            "episode": self.episode,
            "reason": self.reason,
            "due": self.due.isoformat() if self.due else None,
            "language": self.language,
        }


def check_show_errors(folder: Path, findings: tuple[Diagnostic, ...]) -> None:
    """Raise `CheckFailed` if the show itself has an error, because that affects all episodes."""
    if errors := list_show_errors(findings):
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        raise CheckFailed(
            f"show.toml or another file of the show itself has {count}, so nothing can be published",
            "fix the errors that podcastkit check lists, then run the command again",
            diagnostics=findings,
            folder=folder,
        )


def list_show_errors(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the errors of the show itself, which do not belong to an episode."""
    return [finding for finding in findings if finding.severity is Severity.ERROR and finding.episode is None]
