"""Rules about a limited series as a whole, its trailers and its end: S115 to S117, S13x and E13x."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType, ShowType
from podcastkit.published_keys import feed_key
from podcastkit.text.update_frequency import count_out, is_finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show

_TRAILER_TITLE = 128
FINALE = "S130"
"""The code of the note that the series is out; `publish` says it, too."""


@show_rule(FINALE, Severity.INFO, at="episodes")
def series_is_out(show: Show) -> Iterator[Found]:
    """All episodes that show.toml promises are out.

    The feed says so by `podcast:updateFrequency`, and apps go on asking it. With `complete = true` it carries
    `itunes:complete`, too: Apple marks the show as complete, and may stop asking, so that a correction or a bonus
    that comes later reaches nobody.

    **Solution**: once nothing will be added or corrected any more, write `complete = true` into show.toml.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:complete`; podcast namespace, `updateFrequency`.
    """
    if is_finished(show, _out(show)) and not show.complete:
        yield Found(
            message=f"{_all_of(show)} out: you may now write complete = true into show.toml. Apps may stop "
            "looking for new episodes then, so wait until no bonus and no correction will follow",
            hint="write complete = true into show.toml when nothing will follow",
        )


@show_rule("S131", Severity.WARNING, "apple", at="complete")
def complete_waits_for_the_finale(show: Show) -> Iterator[Found]:
    """`complete = true` stands in show.toml, and not all of the episodes that it promises are out.

    Apps that read `itunes:complete` may stop asking for new episodes, and nobody would hear the rest. It is
    therefore left out of the feed until the last one is out.

    **Solution**: remove `complete`, or write into `episodes` how many there really are.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:complete`.
    """
    if show.complete and show.total_episodes is not None and not is_finished(show, _out(show)):
        out = count_out(show, _out(show))
        yield Found(
            message=f"complete = true is not published yet: {out} of {show.total_episodes} episodes are out",
            hint="nothing needs to be done if the others will follow; "
            f"else correct episodes = {show.total_episodes}",
        )


@show_rule("S115", Severity.INFO, at="episodes")
def promised_episodes_are_there(show: Show) -> Iterator[Found]:
    """Episodes that show.toml promises are not in the folder yet; the finale is among them.

    Listeners and apps are told how many episodes there will be. A number between others that is missing is E103.

    **Solution**: nothing, while they are being made; else correct `episodes` in show.toml.
    """
    total = show.total_episodes
    if total is None or is_finished(show, _out(show)):
        return
    season = _season(show)
    if any(episode.number is None for episode in season):
        missing = total - len(season)
        what = f"{missing} of {total} episodes {'are' if missing > 1 else 'is'}"
    else:
        first = max((episode.number or 0 for episode in season), default=0) + 1
        missing = total - first + 1
        between = "and" if missing == 2 else "to"  # noqa: PLR2004 - the first and the last
        several = f"episodes {first} {between} {total} of {total}, the finale among them, are"
        what = several if missing > 1 else f"episode {total} of {total}, the finale, is"
    if missing > 0:
        yield Found(
            message=f"{what} not in the folder yet",
            hint=f"nothing needs to be done while they are being made; else correct episodes = {total}",
        )


@show_rule("S116", Severity.WARNING, at="episodes")
def there_are_no_more_than_promised(show: Show) -> Iterator[Found]:
    """There are more full episodes than show.toml promises, though no number is higher: see E104.

    Apps tell listeners how many there will be, and the feed is complete before the last one is out.

    **Solution**: correct `episodes` in show.toml, or say `type: bonus` in the notes of what is none of them.

    Source: Podcast namespace, `updateFrequency`.
    """
    total = show.total_episodes
    season = [episode for episode in _season(show) if not episode.stays_in]
    numbers = [episode.number for episode in season if episode.number is not None]
    count = len(set(numbers)) + len(season) - len(numbers)
    if total is not None and count > total >= max(numbers, default=0):
        yield Found(
            message=f"there are {count} full episodes, but show.toml says episodes = {total}",
            hint="correct episodes, or write type: bonus into the notes of what is none of them",
        )


@show_rule("S117", Severity.INFO, "apple", "podcasting20")
def a_series_has_a_trailer(show: Show) -> Iterator[Found]:
    """A serial has no trailer.

    Apps play it as the show's preview, and directories can list the show before the first episode is out.

    **Solution**: a minute or two in a folder of its own, `00-trailer`, dated before the first episode.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`; podcast namespace, `trailer`.
    """
    trailers = [one for one in show.episodes if one.type is EpisodeType.TRAILER and one.number is None]
    is_over = show.complete or is_finished(show, _out(show))
    if show.type is ShowType.SERIAL and show.episodes and not trailers and not is_over:
        yield Found(
            message="there is no trailer, which apps play as the preview of a show",
            hint="put one into a folder 00-trailer, and date it before the first episode",
        )


@show_rule("S132", Severity.WARNING, at="locked")
def a_show_that_moves_is_not_locked(show: Show) -> Iterator[Found]:
    """`new_feed_url` says that the show moves, and `locked = true` forbids every other host to take it over.

    The new host asks for `podcast:locked` before it imports a feed, and refuses.

    **Solution**: `locked = false` until the show has moved; then `locked = true` at its new home.

    Source: Podcast namespace, `locked`; Apple, Change the RSS feed URL (support page 837).
    """
    home = f"{show.publish.url}/{feed_key(show.translation)}"
    if show.locked and show.new_feed_url and show.new_feed_url != home:
        yield Found(
            message="the show moves (new_feed_url), but it is locked: the new host may not take it over",
            hint="write locked = false until it has moved",
        )


@episode_rule("E130", Severity.WARNING, at="title")
def trailer_title_is_short(episode: Episode) -> Iterator[Found]:
    """A trailer's title is longer than 128 characters.

    Apps that play the trailer as the show's preview (`podcast:trailer`) cut its title off.

    **Solution**: shorten it.

    Source: Podcast namespace, `trailer`.
    """
    if episode.type is EpisodeType.TRAILER and len(episode.title) > _TRAILER_TITLE:
        yield Found(
            message=f"the trailer's title has {len(episode.title):,} characters; apps may cut it off behind "
            f"{_TRAILER_TITLE}",
            hint="shorten it",
        )


def _season(show: Show) -> list[Episode]:
    """Return the full episodes of the season that is going on."""
    return [
        episode
        for episode in show.episodes
        if episode.type is EpisodeType.FULL and episode.season in {show.season, None}
    ]


def _out(show: Show) -> list[Episode]:
    """Return what is out as of the moment at which the show is looked at."""
    return [episode for episode in show.episodes if not episode.stays_in and _is_out(episode, show)]


def _is_out(episode: Episode, show: Show) -> bool:
    since = episode.date or (episode.record.published if episode.record else None)
    is_there = episode.audio is not None or episode.media is not None
    return is_there and since is not None and since <= show.at


def _all_of(show: Show) -> str:
    return f"all {show.total_episodes} episodes are" if show.total_episodes != 1 else "the only episode is"
