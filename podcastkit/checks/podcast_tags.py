"""Rules about tags of the podcast namespace that more than one value decides: S14x and E14x."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.model import Txt
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show

SHORTEST_BITE, LONGEST_BITE = timedelta(seconds=15), timedelta(seconds=120)
_MADE_BY_AI = Txt(value="true", purpose="ai-content")
# How English and Spanish say it; in other languages nothing is looked for.
_LANGUAGES = ("en", "es")
_SAYS_AI = re.compile(
    r"\b(?:A\.?I\b|I\.?A\b|artificial|synthetic|sint[eé]tic|generad[oa]s?\b|generated)", re.IGNORECASE
)


@show_rule("S140", Severity.WARNING, "apple", at="ai_content")
def ai_is_disclosed_in_words(show: Show) -> Iterator[Found]:
    """`ai_content = true`, and the show's description does not tell listeners.

    Apple wants what AI made to be disclosed prominently, in the audio and in the texts that listeners see; the tag
    in the feed (`podcast:txt`) is for programs.

    **Solution**: a sentence in the description, such as "The voices in this show are synthetic".

    Source: Apple Podcasts content guidelines, on artificial intelligence; podcast namespace, `txt`.
    """
    if _MADE_BY_AI in show.txt and not _says_so(show.description.plain, show):
        yield Found(
            message="ai_content is true, and the description does not tell listeners",
            hint='say it in the description, as in "The voices in this show are synthetic"',
        )


@episode_rule("E140", Severity.WARNING, "apple", at="ai_content")
def ai_is_disclosed_in_the_notes(episode: Episode, show: Show) -> Iterator[Found]:
    """`ai_content: true`, and neither the episode's notes nor the show's description tell listeners.

    Apple wants what AI made to be disclosed prominently, in the audio and in the texts that listeners see; the tag
    in the feed (`podcast:txt`) is for programs.

    **Solution**: a sentence in the notes, such as "The voices in this episode are synthetic".

    Source: Apple Podcasts content guidelines, on artificial intelligence; podcast namespace, `txt`.
    """
    told = f"{episode.notes.plain}\n{show.description.plain}"
    if _MADE_BY_AI in episode.txt and not _says_so(told, show):
        yield Found(
            message="ai_content is true, and the notes do not tell listeners",
            hint='say it in the notes, as in "The voices in this episode are synthetic"',
        )


@episode_rule("E141", Severity.WARNING)
def soundbites_are_in_the_audio(episode: Episode) -> Iterator[Found]:
    """A soundbite ends behind the end of the audio.

    Apps that play it as a preview would fall silent, so it is left out of the feed.

    **Solution**: correct `start` or `duration`; both are seconds, or `mm:ss`.

    Source: Podcast namespace, `soundbite`.
    """
    for index, bite in enumerate(episode.soundbites):
        if episode.audio and bite.end > episode.audio.duration:
            yield Found(
                message=f"a soundbite ends at {_clock(bite.end)}, and the audio at "
                f"{_clock(episode.audio.duration)}: it is left out",
                hint="correct its start or its duration",
                at=f"soundbites[{index}]",
                location=bite.location,
            )


@episode_rule("E142", Severity.WARNING)
def soundbites_have_the_right_length(episode: Episode) -> Iterator[Found]:
    """A soundbite is shorter than 15 or longer than 120 seconds.

    Apps play soundbites as previews, and make clips for social networks of them: these lengths are made for that.

    **Solution**: choose a part of 15 to 120 seconds.

    Source: Podcast namespace, `soundbite`.
    """
    for index, bite in enumerate(episode.soundbites):
        if not SHORTEST_BITE <= bite.duration <= LONGEST_BITE:
            yield Found(
                message=f"a soundbite is {bite.duration.total_seconds():g} seconds long; apps want 15 to 120",
                hint="choose a part of 15 to 120 seconds",
                at=f"soundbites[{index}]",
                location=bite.location,
            )


@episode_rule("E143", Severity.WARNING, at="block")
def an_episode_is_blocked_everywhere_or_nowhere(episode: Episode) -> Iterator[Found]:
    """An episode's `block` names services, which only a whole show can do.

    `podcast:block` stands in the channel alone; for an episode there is `itunes:block`, which knows no services.

    **Solution**: `block: true` hides the episode in every app that reads `itunes:block`, or block the services in
    show.toml.

    Source: Podcast namespace, `block`; Apple, A Podcaster's Guide to RSS, `itunes:block`.
    """
    if episode.block.services or episode.block.exceptions:
        yield Found(
            message="block names services, and that has a meaning for the whole show only",
            hint="write block: true, or block the services in show.toml",
        )


@episode_rule("E144", Severity.WARNING, at="number_display")
def a_displayed_number_has_a_number(episode: Episode) -> Iterator[Found]:
    """An episode has a `number_display` and no number, so that nothing of it is published.

    `number_display` is what apps show in place of the number, by which they still sort.

    **Solution**: add `number`, or remove `number_display`.

    Source: Podcast namespace, `episode`.
    """
    if episode.number_display and episode.number is None:
        yield Found(
            message="number_display stands in place of a number, and there is none: it is left out",
            hint="add number, or remove number_display",
        )


def _says_so(text: str, show: Show) -> bool:
    language = show.language.partition("-")[0].lower()
    return language not in _LANGUAGES or _SAYS_AI.search(text) is not None


def _clock(moment: timedelta) -> str:
    return f"{format_minutes(moment)}.{moment.microseconds // 1000:03}".rstrip("0").rstrip(".")
