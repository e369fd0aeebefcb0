"""How often a show comes out, in words for people and as a recurrence rule for apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.model import EpisodeType, Frequency
from podcastkit.text.dates import find_idle_skips, scheduled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.model import Episode, LiveItem, Schedule, Show, Withdrawal

_SHORTEST_MONTH = 28
_RULES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}


_Words = dict[str, tuple[str, str]]
"""What apps show, for one and for several; `complete` is without and with the number of episodes."""

_ENGLISH: _Words = {
    "day": ("Daily", "Every {} days"),
    "week": ("Weekly", "Every {} weeks"),
    "month": ("Monthly", "Every {} months"),
    "episodes": ("1 episode", "{} episodes"),
    "complete": ("Complete", "Complete: {}"),
}
_WORDS = {
    "en": _ENGLISH,
    "es": {
        "day": ("Diario", "Cada {} días"),
        "week": ("Semanal", "Cada {} semanas"),
        "month": ("Mensual", "Cada {} meses"),
        "episodes": ("1 episodio", "{} episodios"),
        "complete": ("Completo", "Completo: {}"),
    },
}


def describe_frequency(show: Show, out: Iterable[Episode | LiveItem]) -> Frequency | None:
    """Return how often the show comes out, from its schedule and from what is out; None when nothing tells.

    It is complete once all of the series is out, whatever may lie ahead, since nobody shall learn of that. Words
    are in the show's language where that is English or Spanish, else in English, or the producer's own.
    """
    words = _WORDS.get(show.language.partition("-")[0].lower(), _ENGLISH)
    if is_finished(show, out):
        episodes = _count(words, "episodes", show.total_episodes or 0)
        return Frequency(text=words["complete"][1].format(episodes), complete=True)
    if show.complete and show.total_episodes is None:
        return Frequency(text=words["complete"][0], complete=True)
    if show.schedule:
        return _describe_schedule(show.schedule, show.total_episodes, words)
    return Frequency(text=_count(words, "episodes", show.total_episodes)) if show.total_episodes else None


def is_finished(show: Show, out: Iterable[Episode | LiveItem]) -> bool:
    """Tell whether all episodes that the season will have are out; False when show.toml does not say how many.

    What was withdrawn was out, and never comes out again. Where its number is not known, it counts only once the
    producer says that the show is complete, because another episode may have taken its place.
    """
    if show.total_episodes is None:
        return False
    withdrawn = [one for one in show.withdrawn if one.number is not None or show.complete]
    full = (episode for episode in out if episode.type is EpisodeType.FULL)
    return _count_season(show, (*full, *withdrawn)) >= show.total_episodes


def count_out(show: Show, out: Iterable[Episode | LiveItem]) -> int:
    """Return how many of the season's full episodes these are; numbers after the last do not count."""
    return _count_season(show, (episode for episode in out if episode.type is EpisodeType.FULL))


def _count_season(show: Show, full: Iterable[Episode | LiveItem | Withdrawal]) -> int:
    season = [episode.number for episode in full if episode.season in {show.season, None}]
    numbers = {number for number in season if number is not None}
    last = show.total_episodes or len(numbers)
    return sum(number <= last for number in numbers) + season.count(None)


def _describe_schedule(schedule: Schedule, total: int | None, words: _Words) -> Frequency:
    every, unit = schedule.every
    text = _count(words, unit, every)
    if total:
        text += f", {_count(words, 'episodes', total)}"
    return Frequency(text=schedule.text or text, start=schedule.first, rule=_rule(schedule, total))


def _count(words: _Words, unit: str, number: int) -> str:
    one, several = words[unit]
    return one if number == 1 else several.format(number)


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
