"""Rules about a limited series as a whole, its trailers and its finale: S115 to S117, S13x and E13x."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType, ShowType
from podcastkit.published_keys import make_feed_key
from podcastkit.text.update_frequency import count_released, is_finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show

_MAX_TRAILER_TITLE = 128
SERIES_FINISHED = "S130"
"""The code of the note that the series is finished; `publish` shows it, too."""


@show_rule(SERIES_FINISHED, Severity.INFO, at="episodes")
def check_series_is_finished(show: Show) -> Iterator[Found]:
    """All episodes of the limited series are released.

    The feed announces the end with `podcast:updateFrequency`, and apps continue to check it for new episodes. With
    `complete = true`, it also has `itunes:complete`: Apple marks the show as complete and may stop
    checking, so a later correction or bonus does not reach listeners.

    **Solution**: when you will not add or correct anything, write `complete = true` in show.toml.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:complete`; podcast namespace, `updateFrequency`.
    """
    if is_finished(show, _list_released(show)) and not show.complete:
        yield Found(
            message=f"{_describe_all_episodes(show)} released: you can now write complete = true in show.toml. "
            "Apps may then stop checking for new episodes, so do this only if you plan no bonus episode or "
            "correction",
            hint="write complete = true in show.toml if you plan no bonus episode or correction",
        )


@show_rule("S131", Severity.WARNING, "apple", at="complete")
def check_complete_flag(show: Show) -> Iterator[Found]:
    """`complete = true` is set in show.toml, but not all episodes of the limited series are released.

    Apps that read `itunes:complete` may stop checking for new episodes, and listeners would miss the rest.
    podcastkit leaves the tag out of the feed until the last episode is released.

    **Solution**: if the other episodes will follow, do nothing: podcastkit adds the tag after the last one.
    Otherwise, correct the number of `episodes`.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:complete`.
    """
    if show.complete and show.total_episodes is not None and not is_finished(show, _list_released(show)):
        released = count_released(show, _list_released(show))
        yield Found(
            message="complete = true is not published yet: "
            f"{released} of {show.total_episodes} episodes are released",
            hint="no action is needed if the others will follow; "
            f"otherwise change episodes = {show.total_episodes} in show.toml",
        )


@show_rule("S115", Severity.INFO, at="episodes")
def check_remaining_episodes(show: Show) -> Iterator[Found]:
    """The show folder does not contain the last episodes of the limited series yet.

    Apps show listeners how many episodes there will be. E103 reports a missing number between other episodes.

    **Solution**: no action is needed while you produce them. If there will be fewer, correct `episodes` in
    show.toml.
    """
    total = show.total_episodes
    if total is None or is_finished(show, _list_released(show)):
        return
    season_episodes = _list_season_episodes(show)
    if any(episode.number is None for episode in season_episodes):
        missing_count = total - len(season_episodes)
        subject = f"{missing_count} of {total} episodes {'are' if missing_count > 1 else 'is'}"
    else:
        first_missing = max((episode.number or 0 for episode in season_episodes), default=0) + 1
        missing_count = total - first_missing + 1
        between = "and" if missing_count == 2 else "to"  # noqa: PLR2004 - the first and the last
        plural_subject = f"episodes {first_missing} {between} {total} of {total}, including the finale, are"
        subject = plural_subject if missing_count > 1 else f"episode {total} of {total}, the finale, is"
    if missing_count > 0:
        yield Found(
            message=f"{subject} not in the folder yet",
            hint=f"no action is needed while you produce them; if there will be fewer, change episodes = {total}",
        )


@show_rule("S116", Severity.WARNING, at="episodes")
def check_surplus_episodes(show: Show) -> Iterator[Found]:
    """There are more full episodes than `episodes` in show.toml states.

    Apps show listeners how many episodes there will be, and the feed is marked as complete too early. E104 reports
    an episode whose number is too high.

    **Solution**: correct `episodes` in show.toml, or write `type: bonus` in the notes of the episodes that do not
    count.

    Source: Podcast namespace, `updateFrequency`.
    """
    total = show.total_episodes
    season_episodes = [episode for episode in _list_season_episodes(show) if not episode.stays_in]
    numbers = [episode.number for episode in season_episodes if episode.number is not None]
    # Episodes with the same number count once, because E102 reports them. Each episode without a number counts.
    count = len(set(numbers)) + len(season_episodes) - len(numbers)
    if total is not None and count > total >= max(numbers, default=0):
        yield Found(
            message=f"there are {count} full episodes, but show.toml has episodes = {total}",
            hint="correct episodes, or write type: bonus in the notes of the episodes that do not count",
        )


@show_rule("S117", Severity.INFO, "apple", "podcasting20")
def check_trailer_exists(show: Show) -> Iterator[Found]:
    """A serial has no trailer.

    Apps play a trailer to new listeners as a preview of the show. With a trailer, directories can list the show
    before its first episode is released.

    **Solution**: put an audio file of a minute or two into a folder `00-trailer`, with a date before the first
    episode.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`; podcast namespace, `trailer`.
    """
    trailers = [
        episode for episode in show.episodes if episode.type is EpisodeType.TRAILER and episode.number is None
    ]
    is_over = show.complete or is_finished(show, _list_released(show))
    if show.type is ShowType.SERIAL and show.episodes and not trailers and not is_over:
        yield Found(
            message="the show has no trailer, which apps play as a preview",
            hint="put a trailer into a folder 00-trailer, with a date before the first episode",
        )


@show_rule("S132", Severity.WARNING, at="locked")
def check_lock_of_moving_show(show: Show) -> Iterator[Found]:
    """`new_feed_url` announces a move, but `locked = true` stops other hosts from importing the show.

    The new host checks `podcast:locked` before it imports a feed, and refuses a locked one. Listeners then do not
    get new episodes from the new address.

    **Solution**: set `locked = false` until the show has moved. Then set `locked = true` at the new host.

    Source: Podcast namespace, `locked`; Apple, Change the RSS feed URL (support page 837).
    """
    own_feed_url = f"{show.publish.url}/{make_feed_key(show.translation)}"
    if show.locked and show.new_feed_url and show.new_feed_url != own_feed_url:
        yield Found(
            message="the show moves (new_feed_url), but is locked: the new host may refuse to import it",
            hint="write locked = false until the show has moved",
        )


@episode_rule("E130", Severity.WARNING, at="title")
def check_trailer_title_length(episode: Episode) -> Iterator[Found]:
    """A trailer's title is longer than 128 characters.

    Apps that play the trailer as a preview of the show (`podcast:trailer`) cut off its title.

    **Solution**: shorten the title.

    Source: Podcast namespace, `trailer`.
    """
    if episode.type is EpisodeType.TRAILER and len(episode.title) > _MAX_TRAILER_TITLE:
        yield Found(
            message=f"the trailer's title has {len(episode.title):,} characters; apps may cut it off after "
            f"{_MAX_TRAILER_TITLE}",
            hint="shorten the title",
        )


def _list_season_episodes(show: Show) -> list[Episode]:
    """Return the full episodes of the current season, and those without a season."""
    return [
        episode
        for episode in show.episodes
        if episode.type is EpisodeType.FULL and episode.season in {show.season, None}
    ]


def _list_released(show: Show) -> list[Episode]:
    """Return the episodes that are released at the time of the check."""
    return [episode for episode in show.episodes if not episode.stays_in and _is_released(episode, show)]


def _is_released(episode: Episode, show: Show) -> bool:
    release_date = episode.date or (episode.record.published if episode.record else None)
    has_audio = episode.audio is not None or episode.media is not None
    return has_audio and release_date is not None and release_date <= show.at


def _describe_all_episodes(show: Show) -> str:
    return f"all {show.total_episodes} episodes are" if show.total_episodes != 1 else "the only episode is"
