"""Rules about titles, of the show and of episodes: what apps say beside them, and how long they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.show import MAX_VALUE
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType
from podcastkit.text.quoting import quote
from podcastkit.text.title_numbers import find_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show

_LONGEST = 150
_SEASON = re.compile(
    r"\b(?:season|temporada)\s+(?:\#?\d{1,2}|one|two|three|four|five|uno|dos|tres)\b|\(s\d{1,2}\)", re.IGNORECASE
)

_LISTED = (
    ("location", "places", "name"),
    ("funding", "funding", "text"),
    ("images", "images", "alt"),
    ("soundbites", "soundbites", "title"),
    ("content_links", "content_links", "text"),
)
"""The keys of lists whose parts have a plain text, the fields that hold them, and the part's own field."""


@show_rule("S114", Severity.WARNING, "apple", "psp1", at="title")
def show_title_names_no_season(show: Show) -> Iterator[Found]:
    """The show's title names a season.

    Apps say the season beside each episode. In the title it is wrong from the next season on, and whoever searches
    for the show finds another name.

    **Solution**: leave it out; `season` says which one it is, and `season_name` how it is called.

    Source: PSP-1, channel and item `title`; Apple, A Podcaster's Guide to RSS, `itunes:season`.
    """
    if found := _SEASON.search(show.title):
        yield Found(
            message=f"the show's title names a season (“{found[0]}”), which apps say by themselves",
            hint="leave it out of the title; season and season_name in show.toml say it",
        )


@episode_rule("E114", Severity.WARNING, "apple", "psp1", at="title")
def title_repeats_no_number(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's title repeats its number, or tells another one.

    Apps write the number beside the title: listeners read "5. Episode 5", or cannot tell which of the two is right.
    What stands at the very beginning and is the episode's number (`Episode 5: …`) is left out by itself.

    **Solution**: write the title alone. Where the number is wrong, correct it in the folder's name or in the notes.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:title`; PSP-1, item `title`.
    """
    found = find_number(episode.title, episode.number, show.total_episodes)
    if found and episode.type is EpisodeType.FULL:
        written, number = found[0].strip(" -–—|([])"), int(found["number"])
        if number == episode.number:
            message, cure = (
                f"the title repeats the number (“{written}”)",
                "write the title alone: apps say the number",
            )
        elif episode.number is None:
            message = f"the title holds a number (“{written}”), and the episode has none"
            cure = f"write number: {number} between two lines of --- at the top of its notes, and the title alone"
        else:
            message = f"the title says “{written}”, but it is number {episode.number}"
            cure = "write the title alone, and correct the number if that is wrong"
        yield Found(message=message, hint=cure)


@episode_rule("E145", Severity.ERROR, at="title")
def episode_has_title(episode: Episode) -> Iterator[Found]:
    """An episode has no title.

    Neither its notes nor its audio has one, and its folder's name consists of invisible characters. Apps cannot
    list an episode without a title, so it is held back.

    **Solution**: begin its notes with a `# heading`, or write `title: …` between two lines of `---` at their top.

    Source: RSS 2.0, item `title`; Apple, RSS requirements (support page 823).
    """
    if not episode.title:
        hint = "begin its notes with a # heading, or write title: … between two lines of --- at their top"
        yield Found(message="it has no title, and its folder has no visible name", hint=hint)


@show_rule("S118", Severity.WARNING, "apple", at="title")
@episode_rule("E115", Severity.WARNING, "apple", at="title")
def title_is_shown_whole(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """{{The show's|An episode's}} title has more than 150 characters.

    Apple Podcasts Connect takes no longer one, and apps cut it off far earlier.

    **Solution**: shorten it; what the {{show|episode}} is about belongs into the {{description|notes}}.

    Source: Apple, Podcasts Connect, {{show|episode}} information (support page 825).
    """
    kind, place = ("show", "description") if subject is show else ("episode", "notes")
    if _LONGEST < len(subject.title) <= MAX_VALUE:
        yield Found(
            message=f"the title has {len(subject.title)} characters; Apple Podcasts Connect takes {_LONGEST}",
            hint=f"shorten it; what the {kind} is about belongs into the {place}",
        )


@show_rule("S146", Severity.WARNING)
@episode_rule("E146", Severity.WARNING)
def plain_values_hold_no_html_entity(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """A title, a name or another plain text of {{the show|an episode}} has an HTML entity such as `&amp;`.

    These values are plain text, and podcastkit encodes them for the feed. Apps show an entity as it is written,
    `Tom &amp; Jerry`. It often comes from text that was copied out of a feed or the source of a web page.

    **Solution**: write the character itself: `Tom & Jerry`.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    for key, text in _list_plain_values(subject, show):
        if found := find_entity(text):
            message = f"apps show {found[0]} in {quote(text)} as it is written"
            yield Found(message=message, hint=f"write {quote(decode_entities(text))}", at=key)


def _list_plain_values(subject: Show | Episode, show: Show) -> Iterator[tuple[str, str]]:
    """Yield the texts that apps show as they are, with the keys under which they are found."""
    yield "title", subject.title
    people = subject.people if subject is show else set(subject.people) - set(show.people)
    yield from (("people", person.name) for person in people)
    for key in ("author", "season_name", "summary", "copyright", "number_display"):
        yield key, getattr(subject, key, None) or ""
    for key, field, name in _LISTED:
        for part in getattr(subject, field, ()):
            yield key, getattr(part, name) or ""
    for index, chapter in enumerate(getattr(subject, "chapters", ())):
        yield f"chapters[{index}].title", chapter.title or ""
