"""Describe the release frequency of a show, as text for people and as a recurrence rule for apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.model import EpisodeType, Frequency
from podcastkit.text.dates import compute_release_date, find_idle_skips

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.model import Episode, LiveItem, Schedule, Show, Withdrawal

_SHORTEST_MONTH = 28
_RULES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}


_Texts = dict[str, tuple[str, str]]
"""The texts that apps show: singular and plural, or for `complete`, without and with the number of episodes."""

_ENGLISH: _Texts = {
    "day": ("Daily", "Every {} days"),
    "week": ("Weekly", "Every {} weeks"),
    "month": ("Monthly", "Every {} months"),
    "episodes": ("1 episode", "{} episodes"),
    "complete": ("Complete", "Complete: {}"),
}
_TEXTS_BY_LANGUAGE = {
    "en": _ENGLISH,
    "es": {
        "day": ("Diario", "Cada {} días"),
        "week": ("Semanal", "Cada {} semanas"),
        "month": ("Mensual", "Cada {} meses"),
        "episodes": ("1 episodio", "{} episodios"),
        "complete": ("Completo", "Completo: {}"),
    },
}


def describe_frequency(show: Show, released: Iterable[Episode | LiveItem]) -> Frequency | None:
    """Return the release frequency, from the schedule and the released episodes; None if it is unknown.

    The show is complete once all episodes of the series are released. Unreleased extra episodes do not change this,
    because the feed must not reveal them. The text is that of the producer; if there is no such text, it is in
    Spanish or English, depending on the show's language.
    """
    words = _TEXTS_BY_LANGUAGE.get(show.language.partition("-")[0].lower(), _ENGLISH)
    if is_finished(show, released):
        episodes = _format_count(words, "episodes", show.total_episodes or 0)
        return Frequency(text=words["complete"][1].format(episodes), complete=True)
    if show.complete and show.total_episodes is None:
        return Frequency(text=words["complete"][0], complete=True)
    if show.schedule:
        return _describe_schedule(show.schedule, show.total_episodes, words)
    return Frequency(text=_format_count(words, "episodes", show.total_episodes)) if show.total_episodes else None


def is_finished(show: Show, released: Iterable[Episode | LiveItem]) -> bool:
    """Return whether all full episodes of the season are released; False if show.toml does not set their number.

    Withdrawn episodes count, because they were released. A withdrawn episode without a number counts only if the
    producer marked the show as complete, because another episode may have replaced the withdrawn one.
    """
    if show.total_episodes is None:
        return False
    withdrawn = [withdrawal for withdrawal in show.withdrawn if withdrawal.number is not None or show.complete]
    full_episodes = (episode for episode in released if episode.type is EpisodeType.FULL)
    return _count_season_episodes(show, (*full_episodes, *withdrawn)) >= show.total_episodes


def count_released(show: Show, released: Iterable[Episode | LiveItem]) -> int:
    """Count the full episodes of the season; episodes numbered after its last one do not count."""
    return _count_season_episodes(show, (episode for episode in released if episode.type is EpisodeType.FULL))


def _count_season_episodes(show: Show, full_episodes: Iterable[Episode | LiveItem | Withdrawal]) -> int:
    season_numbers = [episode.number for episode in full_episodes if episode.season in {show.season, None}]
    numbers = {number for number in season_numbers if number is not None}
    last_number = show.total_episodes or len(numbers)
    return sum(number <= last_number for number in numbers) + season_numbers.count(None)


def _describe_schedule(schedule: Schedule, total: int | None, words: _Texts) -> Frequency:
    every, unit = schedule.every
    text = _format_count(words, unit, every)
    if total:
        text += f", {_format_count(words, 'episodes', total)}"
    return Frequency(text=schedule.text or text, start=schedule.first, rule=_format_rule(schedule, total))


def _format_count(words: _Texts, unit: str, number: int) -> str:
    singular, plural = words[unit]
    return singular if number == 1 else plural.format(number)


def _format_rule(schedule: Schedule, total: int | None) -> str:
    """Format a recurrence rule (RFC 5545, section 3.3.10). COUNT ends it, because programs differ in reading UNTIL.

    A rule cannot skip a day. COUNT therefore includes skipped days; otherwise apps stop checking before the finale.
    """
    every, unit = schedule.every
    parts = [f"FREQ={_RULES[unit]}"]
    if every > 1:
        parts.append(f"INTERVAL={every}")
    day = schedule.first.day
    if unit == "month" and day > _SHORTEST_MONTH:
        # A rule skips months without this day. Our schedule uses their last day, which BYSETPOS=-1 selects.
        days = ",".join(map(str, range(_SHORTEST_MONTH, day + 1)))
        parts += [f"BYMONTHDAY={days}", "BYSETPOS=-1"]
    if total:
        parts.append(f"COUNT={total + _count_skipped(schedule, total)}")
    return ";".join(parts)


def _count_skipped(schedule: Schedule, total: int) -> int:
    """Count the skipped days before the release of the last episode."""
    last_day = compute_release_date(schedule, total).date()
    return sum(day < last_day for day in {*schedule.skip} - {*find_idle_skips(schedule)})
