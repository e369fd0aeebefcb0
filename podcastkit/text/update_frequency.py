"""How often a show comes out, in words for people and as a recurrence rule for apps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.model import EpisodeType, Frequency
from podcastkit.text.dates import find_idle_skips, scheduled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.model import Episode, LiveItem, Schedule, Show

_SHORTEST_MONTH = 28
_RULES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """What apps show, in one language."""

    once: dict[str, str]
    several: dict[str, str]
    one_episode: str
    episodes: str
    all_out: str
    complete: str


_ENGLISH = _Words(
    once={"day": "Daily", "week": "Weekly", "month": "Monthly"},
    several={"day": "Every {} days", "week": "Every {} weeks", "month": "Every {} months"},
    one_episode="1 episode",
    episodes="{} episodes",
    all_out="Complete: {}",
    complete="Complete",
)
_WORDS = {
    "en": _ENGLISH,
    "es": _Words(
        once={"day": "Diario", "week": "Semanal", "month": "Mensual"},
        several={"day": "Cada {} días", "week": "Cada {} semanas", "month": "Cada {} meses"},
        one_episode="1 episodio",
        episodes="{} episodios",
        all_out="Completo: {}",
        complete="Completo",
    ),
}


def describe_frequency(show: Show, out: Iterable[Episode | LiveItem]) -> Frequency | None:
    """Return how often the show comes out, from its schedule and from what is out; None when nothing tells.

    It is complete once all of the series is out, whatever may lie ahead, since nobody shall learn of that. Words
    are in the show's language where that is English or Spanish, else in English, or the producer's own.
    """
    words = _WORDS.get(show.language.partition("-")[0].lower(), _ENGLISH)
    if is_finished(show, out):
        return Frequency(text=words.all_out.format(_count(words, show.total_episodes or 0)), complete=True)
    if show.complete and show.total_episodes is None:
        return Frequency(text=words.complete, complete=True)
    if show.schedule:
        return _running(show.schedule, show.total_episodes, words)
    return Frequency(text=_count(words, show.total_episodes)) if show.total_episodes else None


def is_finished(show: Show, out: Iterable[Episode | LiveItem]) -> bool:
    """Tell whether all episodes that the season will have are out; False when show.toml does not say how many.

    What was withdrawn never comes out again, so a producer who says that the show is complete need not wait for it.
    """
    if show.total_episodes is None:
        return False
    gone = len(show.records.withdrawn) if show.complete else 0
    return count_out(show, out) + gone >= show.total_episodes


def count_out(show: Show, out: Iterable[Episode | LiveItem]) -> int:
    """Return how many of the season's full episodes these are; numbers behind the last do not count."""
    season = [
        episode for episode in out if episode.type is EpisodeType.FULL and episode.season in {show.season, None}
    ]
    numbers = {episode.number for episode in season if episode.number is not None}
    last = show.total_episodes or len(numbers)
    return sum(number <= last for number in numbers) + sum(episode.number is None for episode in season)


def _running(schedule: Schedule, total: int | None, words: _Words) -> Frequency:
    every, unit = schedule.every
    rhythm = words.once[unit] if every == 1 else words.several[unit].format(every)
    text = ", ".join([rhythm, *([_count(words, total)] if total else [])])
    return Frequency(text=schedule.text or text, start=schedule.first, rule=_rule(schedule, total))


def _count(words: _Words, episodes: int) -> str:
    return words.one_episode if episodes == 1 else words.episodes.format(episodes)


def _rule(schedule: Schedule, total: int | None) -> str:
    """Write RFC 5545, section 3.3.10, with COUNT alone: programs read the dates of UNTIL in several ways.

    A rule cannot leave a day out, so that COUNT counts skipped days, too: else apps stop asking before the finale.
    """
    every, unit = schedule.every
    parts = [f"FREQ={_RULES[unit]}"]
    if every > 1:
        parts.append(f"INTERVAL={every}")
    day = schedule.first.day
    if unit == "month" and day > _SHORTEST_MONTH:
        # The rule passes over months that lack the day; our schedule then takes their last one.
        days = ",".join(map(str, range(_SHORTEST_MONTH, day + 1)))
        parts += [f"BYMONTHDAY={days}", "BYSETPOS=-1"]
    if total:
        parts.append(f"COUNT={total + _count_skipped(schedule, total)}")
    return ";".join(parts)


def _count_skipped(schedule: Schedule, total: int) -> int:
    last = scheduled(schedule, total).date()
    return sum(day < last for day in {*schedule.skip} - {*find_idle_skips(schedule)})
