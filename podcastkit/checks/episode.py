"""Rules about episodes, their numbers and their dates: E1xx."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_names, join_words
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.show import find_long_value
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType, ShowType
from podcastkit.text.dates import format_moment
from podcastkit.text.folder_name import renumber_folder_name
from podcastkit.text.syntax.text_encoding import INCOMPLETE_NOTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from podcastkit.model import Episode, Show

_MAX_DISTANCE = timedelta(days=20 * 365)


@episode_rule("E101", Severity.ERROR, "apple", "psp1", at="number")
def check_episode_number(episode: Episode, show: Show) -> Iterator[Found]:
    """A full episode of a serial has no number.

    Apps play a serial in the order of its numbers. They refuse an episode without a number, or list it in the wrong
    place.

    **Solution**: begin the folder name with the number (`05-planning-time`), or write `number: 5` between two lines
    of `---` at the top of the notes. For a trailer or a bonus, write `type: trailer` or `type: bonus` there. If the
    folder is not an episode, begin its name with `_`.

    Source: Apple, A Podcaster's Guide to RSS: `itunes:episode` is required for serial shows; PSP-1, item.
    """
    needs_number = show.type is ShowType.SERIAL and episode.type is EpisodeType.FULL and not episode.stays_in
    if needs_number and episode.number is None:
        free = _find_free_number(show, episode.season)
        reason = episode.number_refused or "the episode has no number"
        name = renumber_folder_name(episode.folder, free)
        yield Found(
            message=f"{reason}, but apps play a serial by number; {free} is free",
            hint=f"{f'rename the folder to {name} or ' if name else ''}write number: {free} "
            "between two lines of --- at the top of the notes. For a trailer or bonus, write type: trailer or "
            "type: bonus there. If the folder is not an episode, begin its name with _",
        )


@show_rule("E102", Severity.ERROR, "apple", "psp1", at="number")
def check_number_is_unique(show: Show) -> Iterator[Found]:
    """Two full episodes of one season have the same number.

    Apps show only one of them, or both in any order.

    **Solution**: give one of them another number. The finding suggests a free one.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode`.
    """
    full_episodes = [
        episode for episode in show.episodes if episode.type is EpisodeType.FULL and not episode.stays_in
    ]
    numbered = [episode for episode in full_episodes if episode.number is not None]
    for episode, others in _list_duplicates(numbered, lambda episode: (episode.season, episode.number)):
        free = _find_free_number(show, episode.season)
        yield Found(
            message=f"the number {episode.number} is also used by {join_names(others)}",
            hint=f"give one of them another number, for example {free}, in the folder name or in the notes",
            episode=episode,
            rivals=others,
        )


@show_rule("E103", Severity.WARNING)
def check_number_gaps(show: Show) -> Iterator[Found]:
    """An episode number is missing in a season.

    Listeners of a serial look for the missing episode. podcastkit does not report the number of a withdrawn
    episode, or a season that continues the numbers of the season before it.

    **Solution**: add the episode, or renumber the later ones before you publish them.
    """
    seasons: dict[int, dict[int, Episode]] = {}
    for episode in show.episodes:
        if episode.type is EpisodeType.FULL and episode.number is not None:
            seasons.setdefault(episode.season or show.season, {}).setdefault(episode.number, episode)
    withdrawn = {(episode.season or show.season, episode.number) for episode in show.withdrawn}
    for season, episodes_by_number in sorted(seasons.items()):
        # A season may continue the numbers of the season before it, or begin again with 1.
        is_continued = min(episodes_by_number) - 1 in seasons.get(season - 1, {})
        expected_numbers = range(min(episodes_by_number) if is_continued else 1, max(episodes_by_number))
        missing_numbers = [
            number
            for number in expected_numbers
            if number not in episodes_by_number and (season, number) not in withdrawn
        ]
        if missing_numbers:
            word = "numbers" if len(missing_numbers) > 1 else "number"
            # The place of the finding is the first episode after the gap.
            next_number = min(number for number in episodes_by_number if number > missing_numbers[0])
            locations = episodes_by_number[next_number].locations
            yield Found(
                message=f"season {season} lacks {word} {join_words(missing_numbers)}",
                hint="add the missing episodes (unfinished ones with draft: true), or renumber the later episodes",
                location=locations.get("number", locations.get("")),
            )


@episode_rule("E104", Severity.WARNING, at="number")
def check_number_is_within_series(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's number is higher than the number of episodes in show.toml.

    Apps show listeners how many episodes the series has, and would count wrongly. The feed could be marked as
    complete before the last episode is released.

    **Solution**: correct `episodes` in show.toml, or the number of the episode.
    """
    if show.total_episodes and episode.season == show.season and (episode.number or 0) > show.total_episodes:
        yield Found(
            message=f"the episode has number {episode.number}, but show.toml has episodes = {show.total_episodes}",
            hint="correct the value of episodes in show.toml, or the number of this episode",
        )


@episode_rule("E107", Severity.ERROR, "psp1", "apple")
def check_value_lengths(episode: Episode) -> Iterator[Found]:
    """An episode's title or link is longer than 255 characters.

    Apps cut off a title after a line or two, and the feed does not conform to PSP-1. A long link is only a warning.

    **Solution**: shorten the title, and move the rest to the notes. Use a shorter link.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    yield from find_long_value("title", episode.title, "shorten the title, and move the rest to the notes")
    yield from find_long_value("link", episode.link, "use a shorter link", Severity.WARNING)


@show_rule("E112", Severity.WARNING, "apple", at="date")
def check_dates_follow_numbers(show: Show) -> Iterator[Found]:
    """An episode of a serial is released before an episode with a lower number.

    Apps that sort by date play the episode with the higher number first, so listeners hear the story out of order.

    **Solution**: correct the date or the number. An episode without a date is released at the next publish.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:type` and `pubDate`.
    """
    seasons: dict[int | None, list[tuple[int, Episode]]] = {}
    for episode in _list_releases(show) if show.type is ShowType.SERIAL else ():
        if episode.type is EpisodeType.FULL and episode.number is not None:
            seasons.setdefault(episode.season, []).append((episode.number, episode))
    for numbered in seasons.values():
        numbered.sort(key=lambda pair: pair[0])
        for (number, before), (later_number, later) in pairwise(numbered):
            if number < later_number and _get_release_date(later, show) < _get_release_date(before, show):
                yield Found(
                    message=f"number {later_number} is released before number {number} "
                    f"({_format_release_date(later, show)} and {_format_release_date(before, show)})",
                    hint=f"correct one of the two dates, here or in {before.folder}",
                    episode=later,
                )


@show_rule("E113", Severity.WARNING, "apple", at="date")
def check_trailer_date(show: Show) -> Iterator[Found]:
    """The trailer of a serial is released after the first episode that it announces.

    Apps that sort by date show the trailer among the episodes, and listeners who already found the show hear an ad
    for it.

    **Solution**: set a date before the date of the first episode. It can be in the past.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`.
    """
    seasons: dict[int | None, list[Episode]] = {}
    releases = _list_releases(show)
    for episode in releases if show.type is ShowType.SERIAL else ():
        if episode.type is EpisodeType.TRAILER and episode.number is None:
            seasons.setdefault(episode.season, []).append(episode)
    for season, trailers in seasons.items():
        # A trailer without a season announces all seasons.
        trailer = min(trailers, key=lambda episode: _get_release_date(episode, show))
        announced = [
            episode for episode in releases if episode.type is EpisodeType.FULL and season in {None, episode.season}
        ]
        first = min(announced, key=lambda episode: _get_release_date(episode, show), default=trailer)
        if _get_release_date(first, show) < _get_release_date(trailer, show):
            yield Found(
                message=f"the trailer is released after {first.folder} "
                f"({_format_release_date(trailer, show)} and {_format_release_date(first, show)})",
                hint="write an earlier date between two lines of --- at the top of the notes",
                episode=trailer,
            )


@show_rule("E117", Severity.ERROR, "apple", "spotify", at="guid")
def check_guid_is_unique(show: Show) -> Iterator[Found]:
    """Two episodes have the same GUID.

    Apps identify an episode by its GUID, so listeners see only one of the two.

    **Solution**: usually, one folder is a copy of the other: remove `guid` from the notes of the copy. An episode
    that is published already must keep its GUID.

    Source: Apple, GUIDs (support page 4115); Spotify's delivery specification.
    """
    reported_folders = {finding.episode for finding in show.diagnostics if finding.code == "E106"}
    episodes_with_guid = [episode for episode in show.episodes if episode.guid is not None and not episode.stays_in]
    for episode, others in _list_duplicates(episodes_with_guid, lambda episode: episode.guid):
        if episode.folder not in reported_folders:
            yield Found(
                message=f"the guid {episode.guid} is also used by {join_names(others)}",
                hint="one of the folders is probably a copy: remove the line guid from the notes of the copy",
                episode=episode,
                rivals=others,
            )


@episode_rule("E111", Severity.INFO, at="date")
def check_episode_is_due(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode is not due yet.

    podcastkit publishes only when you run it. If no one publishes again on the release date, listeners wait for the
    episode in vain.

    **Solution**: no action is needed before that date. Then publish again, or let a scheduled job publish for you.
    """
    if episode.date is not None and episode.date > show.at and not episode.stays_in:
        yield Found(
            message=f"the release date is {format_moment(episode.date, show.timezone, show.at)}",
            hint="publish again on that date",
        )


@episode_rule("E148", Severity.WARNING, at="date")
def check_date_is_plausible(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's date is more than twenty years away.

    One digit may be wrong. Apps list an episode from the distant past after all others, and podcastkit does not
    publish an episode that is due in decades, so listeners may never find it.

    **Solution**: correct the year, or ignore this finding for recordings that were first broadcast at that time.
    """
    if episode.date and not episode.stays_in and abs(episode.date - show.at) > _MAX_DISTANCE:
        direction = "in the future" if episode.date > show.at else "ago"
        years = round(abs(episode.date - show.at).days / 365.25)
        yield Found(
            message=f"the date {episode.date.date().isoformat()} is {years} years {direction}",
            hint="correct the year if it is wrong",
        )


def _list_duplicates(
    episodes: list[Episode], key: Callable[[Episode], object]
) -> Iterator[tuple[Episode, tuple[str, ...]]]:
    """Yield each episode that has the same key as other episodes, with the folders of these."""
    groups: dict[object, list[Episode]] = {}
    for episode in episodes:
        groups.setdefault(key(episode), []).append(episode)
    for duplicates in groups.values():
        for episode in duplicates if len(duplicates) > 1 else ():
            yield episode, tuple(duplicate.folder for duplicate in duplicates if duplicate is not episode)


def _list_releases(show: Show) -> list[Episode]:
    """Return the published and future episodes, without drafts and episodes whose date cannot be read."""
    unreadable = {finding.episode for finding in show.diagnostics if finding.code in {"E203", *INCOMPLETE_NOTES}}
    return [episode for episode in show.episodes if not episode.stays_in and episode.folder not in unreadable]


def _get_release_date(episode: Episode, show: Show) -> datetime:
    """Return the date of an episode, or of its first publish, or the current time if it has neither."""
    return episode.date or (episode.record.published if episode.record else show.at)


def _format_release_date(episode: Episode, show: Show) -> str:
    has_date = episode.date or episode.record
    return (
        format_moment(_get_release_date(episode, show), show.timezone, show.at)
        if has_date
        else "at the next publish"
    )


def _find_free_number(show: Show, season: int | None) -> int:
    """Return the lowest number in a season that is not used yet by an episode, a draft or a folder name."""
    episodes = [episode for episode in show.episodes if episode.season == season]
    used_numbers = {number for episode in episodes for number in (episode.number, episode.folder_number)}
    return next(number for number in count(1) if number not in used_numbers)
