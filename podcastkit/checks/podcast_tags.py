"""Rules about tags of the podcast namespace that depend on several values: S14x and E14x."""

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

MIN_SOUNDBITE, MAX_SOUNDBITE = timedelta(seconds=15), timedelta(seconds=120)
_AI_DISCLOSURE = Txt(value="true", purpose="ai-content")
# Only texts in English and Spanish are checked for words about AI.
_CHECKED_LANGUAGES = ("en", "es")
_AI_WORDS = re.compile(
    r"\b(?:A\.?I\b|I\.?A\b|artificial|synthetic|sint[eé]tic|generad[oa]s?\b|generated)", re.IGNORECASE
)


@show_rule("S140", Severity.WARNING, "apple", at="ai_content")
def check_ai_disclosure_of_show(show: Show) -> Iterator[Found]:
    """`ai_content = true` is set, but the show's description does not mention AI.

    Apple requires that podcasts disclose AI content prominently, in the audio and in the texts that listeners see.
    Listeners do not see the tag in the feed (`podcast:txt`).

    **Solution**: add a sentence to the description, such as "The voices in this show are synthetic".

    Source: Apple Podcasts content guidelines, on artificial intelligence; podcast namespace, `txt`.
    """
    if _AI_DISCLOSURE in show.txt and not _may_mention_ai(show.description.plain, show):
        yield Found(
            message="ai_content is true, but the description does not mention AI",
            hint='add a sentence to the description, such as "The voices in this show are synthetic"',
        )


@episode_rule("E140", Severity.WARNING, "apple", at="ai_content")
def check_ai_disclosure_of_episode(episode: Episode, show: Show) -> Iterator[Found]:
    """`ai_content: true` is set, but neither the episode's notes nor the show's description mention AI.

    Apple requires that podcasts disclose AI content prominently, in the audio and in the texts that listeners see.
    Listeners do not see the tag in the feed (`podcast:txt`).

    **Solution**: add a sentence to the notes, such as "The voices in this episode are synthetic".

    Source: Apple Podcasts content guidelines, on artificial intelligence; podcast namespace, `txt`.
    """
    text = f"{episode.notes.plain}\n{show.description.plain}"
    if _AI_DISCLOSURE in episode.txt and not _may_mention_ai(text, show):
        yield Found(
            message="ai_content is true, but the notes do not mention AI",
            hint='add a sentence to the notes, such as "The voices in this episode are synthetic"',
        )


@episode_rule("E141", Severity.WARNING)
def check_soundbites_are_in_the_audio(episode: Episode) -> Iterator[Found]:
    """A soundbite ends after the end of the audio.

    Apps play soundbites as previews, and listeners would hear this one stop early. podcastkit leaves it out of the
    feed.

    **Solution**: correct `start` or `duration`. Both are in seconds, or in the format `mm:ss`.

    Source: Podcast namespace, `soundbite`.
    """
    for index, bite in enumerate(episode.soundbites):
        if episode.audio and bite.end > episode.audio.duration:
            yield Found(
                message=f"a soundbite ends at {_format_time(bite.end)}, but the audio ends at "
                f"{_format_time(episode.audio.duration)}; podcastkit leaves the soundbite out",
                hint="correct start or duration",
                at=f"soundbites[{index}]",
                location=bite.location,
            )


@episode_rule("E142", Severity.WARNING)
def check_soundbite_length(episode: Episode) -> Iterator[Found]:
    """A soundbite is shorter than 15 or longer than 120 seconds.

    Apps play soundbites to listeners as previews, and make clips for social networks from them. Both need this
    length.

    **Solution**: choose a part of 15 to 120 seconds.

    Source: Podcast namespace, `soundbite`.
    """
    for index, bite in enumerate(episode.soundbites):
        if not MIN_SOUNDBITE <= bite.duration <= MAX_SOUNDBITE:
            yield Found(
                message=f"a soundbite is {bite.duration.total_seconds():g} seconds long; apps expect 15 to 120",
                hint="choose a part of 15 to 120 seconds",
                at=f"soundbites[{index}]",
                location=bite.location,
            )


@episode_rule("E143", Severity.WARNING, at="block")
def check_block_of_episode(episode: Episode) -> Iterator[Found]:
    """An episode's `block` names services, but only a whole show can block single services.

    `podcast:block` is a tag for the whole show. Episodes have `itunes:block`, which cannot name services.

    **Solution**: write `block: true` to hide the episode in every app that reads `itunes:block`, or block the
    services in show.toml.

    Source: Podcast namespace, `block`; Apple, A Podcaster's Guide to RSS, `itunes:block`.
    """
    if episode.block.services or episode.block.exceptions:
        yield Found(
            message="block names services, but an episode can be blocked only for all services",
            hint="write block: true, or block the services in show.toml",
        )


@episode_rule("E144", Severity.WARNING, at="number_display")
def check_displayed_number(episode: Episode) -> Iterator[Found]:
    """An episode has a `number_display` but no number, so podcastkit publishes neither.

    Apps show listeners `number_display` in place of the number, but still sort by the number.

    **Solution**: add `number`, or remove `number_display`.

    Source: Podcast namespace, `episode`.
    """
    if episode.number_display and episode.number is None:
        yield Found(
            message="the episode has a number_display but no number; podcastkit leaves both out",
            hint="add number, or remove number_display",
        )


def _may_mention_ai(text: str, show: Show) -> bool:
    """Check whether a text mentions AI, or is in a language that podcastkit does not check."""
    language = show.language.partition("-")[0].lower()
    return language not in _CHECKED_LANGUAGES or _AI_WORDS.search(text) is not None


def _format_time(moment: timedelta) -> str:
    return f"{format_minutes(moment)}.{moment.microseconds // 1000:03}".rstrip("0").rstrip(".")
