"""Decide which episodes come out now, and which are held back, with the reason."""

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
from podcastkit.text.dates import say_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from podcastkit.model import CheckedShow, Episode, Show


_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedOut:
    """The episodes by what happens to them."""

    due: tuple[Episode, ...]
    held_back: tuple[HeldBack, ...]

    def hold_back(self, troubles: Iterable[Diagnostic]) -> SortedOut:
        """Return the same with the episodes held back whose audio could not be made."""
        first: dict[str | None, Diagnostic] = {}
        for trouble in troubles:
            first.setdefault(trouble.episode, trouble)
        failed = [hold_back(episode, first[episode.folder]) for episode in self.due if episode.folder in first]
        due = tuple(episode for episode in self.due if episode.folder not in first)
        return SortedOut(due=due, held_back=(*self.held_back, *failed))


def sort_out(checked: CheckedShow) -> SortedOut:
    """Return what comes out as of `show.at`, and what is held back."""
    show, errors = checked.show, first_errors(checked)
    due, held = [], []
    for episode in show.episodes:
        if episode.withdrawn:
            when = say_moment(episode.withdrawn, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"it was withdrawn {when}"))
        elif episode.draft:
            held.append(HeldBack(episode=episode.folder, reason="it is a draft"))
        elif episode.date is not None and episode.date > show.at:
            when = say_moment(episode.date, show.timezone, show.at)
            held.append(HeldBack(episode=episode.folder, reason=f"it is due {when}", due=episode.date))
        elif episode.folder in errors:
            held.append(hold_back(episode, errors[episode.folder]))
        else:
            due.append(episode)
    return SortedOut(due=tuple(due), held_back=tuple(held))


def assign_moments(due: Sequence[Episode], show: Show) -> dict[str, datetime]:
    """Give each episode its date; those without one get now, a minute apart, the last of them exactly now."""
    dateless = [episode for episode in sort_in_series(due, show) if episode.date is None]
    now = show.at.astimezone(show.timezone) if show.timezone else show.at
    ages = {episode.folder: age for age, episode in enumerate(reversed(dateless))}
    return {episode.folder: episode.date or now - ages[episode.folder] * _MINUTE for episode in due}


def first_errors(checked: CheckedShow, language: str | None = None) -> dict[str, Diagnostic]:
    """Return the first error of each episode in a feed, by folder; `language` is that of a translation.

    An error that takes two episodes counts only when the other one comes out, too: a draft, or an episode that is
    not due yet, holds back no other.
    """
    show = checked.show
    coming = {
        episode.folder for episode in show.episodes if not episode.stays_in and (episode.date or show.at) <= show.at
    }
    errors: dict[str, Diagnostic] = {}
    for error in checked.errors[language]:
        if error.episode is not None and (not error.rivals or not coming.isdisjoint(error.rivals)):
            errors.setdefault(error.episode, error)
    return errors


def hold_back(episode: Episode, error: Diagnostic) -> HeldBack:
    """Return an episode as held back by an error, with the place and the cure."""
    cure = ": ".join(str(part) for part in (error.location, error.hint) if part)
    return HeldBack(episode=episode.folder, reason=error.message, is_broken=True, cure=cure or None)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """An episode that is not published as its folder tells it, and why."""

    episode: str
    """The folder's name."""
    reason: str
    due: datetime | None = None
    """When it will come out, where only its date holds it back."""
    is_broken: bool = False
    """True when it should be out, and something is wrong with it."""
    cure: str | None = None
    """Where it is to be mended, and how."""
    language: str | None = None
    """Of the translation in which it is held back; None: everywhere."""

    def to_dict(self) -> dict[str, object]:
        """Return the episode as it stands in `publish --json`."""
        return {
            "episode": self.episode,
            "reason": self.reason,
            "due": self.due.isoformat() if self.due else None,
            "language": self.language,
        }


def refuse_broken_show(folder: Path, findings: tuple[Diagnostic, ...]) -> None:
    """An error in show.toml stops everything: it would reach every episode."""
    if errors := list_show_errors(findings):
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        raise CheckFailed(
            f"the show itself has {count}, so nothing can be made or published",
            "fix what podcastkit check lists, and run the command again",
            diagnostics=findings,
            folder=folder,
        )


def list_show_errors(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the errors that are about the show itself."""
    return [finding for finding in findings if finding.severity is Severity.ERROR and finding.episode is None]
