"""Rules about episodes, their numbers and their dates: E1xx."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_words, name_some
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.show import find_long
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType, ShowType
from podcastkit.text.dates import say_moment
from podcastkit.text.folder_name import renumber
from podcastkit.text.syntax.text_encoding import UNREAD_NOTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from podcastkit.model import Episode, Show

_DECADES = timedelta(days=20 * 365)


@episode_rule("E101", Severity.ERROR, "apple", "psp1", at="number")
def episode_has_number(episode: Episode, show: Show) -> Iterator[Found]:
    """A full episode of a serial has no number.

    Apps play a serial in the order of its numbers; an episode without one is refused or stands anywhere.

    **Solution**: begin the folder's name with the number (`05-planning-time`), or write `number: 5` between two
    lines of `---` at the top of its notes. A trailer or a bonus needs `type: trailer` or `type: bonus` there. The
    name of a folder that is no episode begins with `_`.

    Source: Apple, A Podcaster's Guide to RSS: `itunes:episode` is required for serial shows; PSP-1, item.
    """
    is_counted = show.type is ShowType.SERIAL and episode.type is EpisodeType.FULL and not episode.stays_in
    if is_counted and episode.number is None:
        free = _free_number(show, episode.season)
        reason = episode.number_refused or "it has no number"
        name = renumber(episode.folder, free)
        yield Found(
            message=f"{reason}, and a serial is played by number; {free} is free",
            hint=f"{f'name the folder {name} or ' if name else ''}write number: {free} between two lines of --- "
            "at the top of its notes; a trailer or bonus needs type: trailer or type: bonus there; what is no "
            "episode, a name that begins with _",
        )


@show_rule("E102", Severity.ERROR, "apple", "psp1", at="number")
def numbers_are_given_once(show: Show) -> Iterator[Found]:
    """Two full episodes of one season carry the same number.

    Apps show one of them, or both in any order.

    **Solution**: give one of them another number; the free one is named.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode`.
    """
    full = [one for one in show.episodes if one.type is EpisodeType.FULL and not one.stays_in]
    numbered = [episode for episode in full if episode.number is not None]
    for episode, others in _list_rivals(numbered, lambda one: (one.season, one.number)):
        free = _free_number(show, episode.season)
        yield Found(
            message=f"it is number {episode.number}, and so is {name_some(others)}",
            hint=f"give one of them another number, for example {free}, in the folder's name or in its notes",
            episode=episode,
            rivals=others,
        )


@show_rule("E103", Severity.WARNING)
def numbers_have_no_gap(show: Show) -> Iterator[Found]:
    """A number between the first and the last episode is missing.

    Listeners of a serial look for the episode that is not there. A season may go on with the numbers of the one
    before it, and the number of a withdrawn episode stays free.

    **Solution**: add the episode, or renumber the later ones before they are published.
    """
    seasons: dict[int, dict[int, Episode]] = {}
    for episode in show.episodes:
        if episode.type is EpisodeType.FULL and episode.number is not None:
            seasons.setdefault(episode.season or show.season, {}).setdefault(episode.number, episode)
    withdrawn = {(one.season or show.season, one.number) for one in show.withdrawn}
    for season, numbered in sorted(seasons.items()):
        goes_on = min(numbered) - 1 in seasons.get(season - 1, {})
        expected = range(min(numbered) if goes_on else 1, max(numbered))
        missing = [number for number in expected if number not in numbered and (season, number) not in withdrawn]
        if missing:
            word = "numbers" if len(missing) > 1 else "number"
            behind = numbered[min(number for number in numbered if number > missing[0])].locations
            yield Found(
                message=f"season {season} lacks {word} {join_words(missing)}",
                hint="add the episode (draft: true in its notes keeps it back), or renumber the later ones",
                location=behind.get("number", behind.get("")),
            )


@episode_rule("E104", Severity.WARNING, at="number")
def number_is_within_series(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's number is higher than the number of episodes that show.toml promises.

    Apps tell listeners how many episodes the series has, and would count wrongly; the feed might call it complete
    before the last one is out.

    **Solution**: correct `episodes` in show.toml, or the episode's number.
    """
    if show.total_episodes and episode.season == show.season and (episode.number or 0) > show.total_episodes:
        yield Found(
            message=f"it is number {episode.number}, but show.toml says episodes = {show.total_episodes}",
            hint="correct the one that is wrong",
        )


@episode_rule("E107", Severity.ERROR, "psp1", "apple")
def title_is_short(episode: Episode) -> Iterator[Found]:
    """An episode's title or link is longer than 255 characters.

    Apps cut a title off after a line or two, and the feed does not conform to PSP-1. Of a link this is a warning.

    **Solution**: shorten the title; what does not fit belongs into the notes. Take a shorter link.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    yield from find_long("title", episode.title, "shorten it; what does not fit belongs into the notes")
    yield from find_long("link", episode.link, "take a shorter one", Severity.WARNING)


@show_rule("E112", Severity.WARNING, "apple", at="date")
def dates_follow_numbers(show: Show) -> Iterator[Found]:
    """An episode of a serial comes out before the one whose number is lower.

    Apps that sort by date play the later one first, and whoever follows the show hears the story out of order.

    **Solution**: correct the date, or the number. An episode without a date comes out at the next publish.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:type` and `pubDate`.
    """
    seasons: dict[int | None, list[tuple[int, Episode]]] = {}
    for episode in _dated(show) if show.type is ShowType.SERIAL else ():
        if episode.type is EpisodeType.FULL and episode.number is not None:
            seasons.setdefault(episode.season, []).append((episode.number, episode))
    for numbered in seasons.values():
        numbered.sort(key=lambda pair: pair[0])
        for (number, before), (later_number, later) in pairwise(numbered):
            if number < later_number and _moment_of(later, show) < _moment_of(before, show):
                yield Found(
                    message=f"number {later_number} comes out {_say_date(later, show)}, "
                    f"and number {number} after it, {_say_date(before, show)}",
                    hint=f"correct one of the two dates, this one or that in {before.folder}",
                    episode=later,
                )


@show_rule("E113", Severity.WARNING, "apple", at="date")
def trailers_come_first(show: Show) -> Iterator[Found]:
    """The trailer of a serial comes out after the first of the episodes that it announces.

    Apps that sort by date show it among the episodes, and those who found the show already hear it advertised.

    **Solution**: give it a date before that of the first episode; one in the past will do.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`.
    """
    seasons: dict[int | None, list[Episode]] = {}
    dated = _dated(show)
    for episode in dated if show.type is ShowType.SERIAL else ():
        if episode.type is EpisodeType.TRAILER and episode.number is None:
            seasons.setdefault(episode.season, []).append(episode)
    for season, trailers in seasons.items():
        trailer = min(trailers, key=lambda one: _moment_of(one, show))
        announced = [
            episode for episode in dated if episode.type is EpisodeType.FULL and season in {None, episode.season}
        ]
        first = min(announced, key=lambda one: _moment_of(one, show), default=trailer)
        if _moment_of(first, show) < _moment_of(trailer, show):
            yield Found(
                message=f"the trailer comes out {_say_date(trailer, show)}, after {first.folder}, "
                f"{_say_date(first, show)}",
                hint="write a date before that one, between two lines of --- at the top of its notes",
                episode=trailer,
            )


@show_rule("E117", Severity.ERROR, "apple", "spotify", at="guid")
def guids_are_given_once(show: Show) -> Iterator[Found]:
    """Two episodes have the same GUID.

    Apps know an episode by it: they show one of the two, and nothing of the other.

    **Solution**: remove `guid` from the notes of the one that was not published under it elsewhere. It stands there
    twice after a folder was copied.

    Source: Apple, GUIDs (support page 4115); Spotify's delivery specification.
    """
    told = {finding.episode for finding in show.diagnostics if finding.code == "E106"}
    known = [episode for episode in show.episodes if episode.guid is not None and not episode.stays_in]
    for episode, others in _list_rivals(known, lambda one: one.guid):
        if episode.folder not in told:
            yield Found(
                message=f"its guid {episode.guid} is also that of {name_some(others)}",
                hint="remove guid from the notes of the one that was not published under it",
                episode=episode,
                rivals=others,
            )


@episode_rule("E111", Severity.INFO, at="date")
def episode_is_due(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode is not due yet.

    Nothing publishes by itself: without somebody who publishes again on that day, listeners wait for it in vain.

    **Solution**: nothing needs to be done before. Publish again then, or let a timer on a computer do it.
    """
    if episode.date is not None and episode.date > show.at and not episode.stays_in:
        yield Found(
            message=f"it comes out {say_moment(episode.date, show.timezone, show.at)}",
            hint="publish again then",
        )


@episode_rule("E148", Severity.WARNING, at="date")
def date_is_of_our_time(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's date is more than twenty years away.

    One digit may be wrong. Apps sort an episode from the distant past behind all others, and one that is due in
    decades is not published.

    **Solution**: correct the year, or ignore this for recordings that were first broadcast then.
    """
    if episode.date and not episode.stays_in and abs(episode.date - show.at) > _DECADES:
        direction = "in the future" if episode.date > show.at else "ago"
        years = round(abs(episode.date - show.at).days / 365.25)
        yield Found(
            message=f"its date {episode.date.date().isoformat()} is {years} years {direction}",
            hint="correct the year, if that is not meant",
        )


def _list_rivals(
    episodes: list[Episode], key: Callable[[Episode], object]
) -> Iterator[tuple[Episode, tuple[str, ...]]]:
    """Yield each episode that has the same key as others, and the folders of those."""
    holders: dict[object, list[Episode]] = {}
    for episode in episodes:
        holders.setdefault(key(episode), []).append(episode)
    for rivals in holders.values():
        for episode in rivals if len(rivals) > 1 else ():
            yield episode, tuple(rival.folder for rival in rivals if rival is not episode)


def _dated(show: Show) -> list[Episode]:
    """Return what will come out or is out, without what has a date that could not be read."""
    unreadable = {found.episode for found in show.diagnostics if found.code in {"E203", *UNREAD_NOTES}}
    return [one for one in show.episodes if not one.stays_in and one.folder not in unreadable]


def _moment_of(episode: Episode, show: Show) -> datetime:
    """Return when an episode comes out or came out; what has no date does at the next publish."""
    return episode.date or (episode.record.published if episode.record else show.at)


def _say_date(episode: Episode, show: Show) -> str:
    has_date = episode.date or episode.record
    return say_moment(_moment_of(episode, show), show.timezone, show.at) if has_date else "at the next publish"


def _free_number(show: Show, season: int | None) -> int:
    """Return the lowest number that no episode has, and no folder's name, be it a draft's or of one to come."""
    season_mates = [episode for episode in show.episodes if episode.season == season]
    taken = {number for episode in season_mates for number in (episode.number, episode.folder_number)}
    return next(number for number in count(1) if number not in taken)
