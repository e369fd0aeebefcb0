"""Rules about the titles of shows and episodes: their length, and text that apps already show next to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.show import MAX_VALUE_LENGTH
from podcastkit.diagnostics import Severity
from podcastkit.model import EpisodeType
from podcastkit.text.quoting import quote
from podcastkit.text.title_numbers import find_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show

_MAX_TITLE = 150
"""In characters."""
_SEASON = re.compile(
    r"\b(?:season|temporada)\s+(?:\#?\d{1,2}|one|two|three|four|five|uno|dos|tres)\b|\(s\d{1,2}\)", re.IGNORECASE
)
"""A season, in English and Spanish."""

_LISTS_WITH_TEXTS = (
    ("location", "places", "name"),
    ("funding", "funding", "text"),
    ("images", "images", "alt"),
    ("soundbites", "soundbites", "title"),
    ("content_links", "content_links", "text"),
)
"""Lists whose parts have a plain text: the list's key in the file, its field in the model, and the text's field."""


@show_rule("S114", Severity.WARNING, "apple", "psp1", at="title")
def check_season_in_title(show: Show) -> Iterator[Found]:
    """The show's title contains a season.

    Apps show the season next to each episode. In the title, it is wrong from the next season on, and listeners who
    search for the show find another name.

    **Solution**: remove the season from the title. Set its number as `season`, and its name as `season_name`.

    Source: PSP-1, channel and item `title`; Apple, A Podcaster's Guide to RSS, `itunes:season`.
    """
    if found := _SEASON.search(show.title):
        yield Found(
            message=f"the show's title contains a season (“{found[0]}”), which apps already show",
            hint="remove the season from the title, and set season and season_name in show.toml",
        )


@episode_rule("E114", Severity.WARNING, "apple", "psp1", at="title")
def check_number_in_title(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's title repeats its number, or contains another one.

    Apps show the number next to the title. Listeners see "5. Episode 5", or do not know which number is right.
    podcastkit removes the episode's own number from the beginning of a title (`Episode 5: …`).

    **Solution**: remove the number from the title. If the number is wrong, correct it in the folder name or in the
    notes.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:title`; PSP-1, item `title`.
    """
    found = find_number(episode.title, episode.number, show.total_episodes)
    if found and episode.type is EpisodeType.FULL:
        written_number, number = found[0].strip(" -–—|([])"), int(found["number"])
        if number == episode.number:
            message, hint = (
                f"the title repeats the number (“{written_number}”)",
                "remove the number from the title: apps show it already",
            )
        elif episode.number is None:
            message = f"the title contains a number (“{written_number}”), but the episode has no number"
            hint = (
                f"write number: {number} between two lines of --- at the top of the notes, "
                "and remove it from the title"
            )
        else:
            message = f"the title contains “{written_number}”, but the episode has number {episode.number}"
            hint = "remove the number from the title, and correct the number of the episode if it is wrong"
        yield Found(message=message, hint=hint)


@episode_rule("E145", Severity.ERROR, at="title")
def check_title_exists(episode: Episode) -> Iterator[Found]:
    """An episode has no title.

    Its notes and its audio have no title, and its folder name contains only invisible characters. Apps cannot show
    listeners an episode without a title, so podcastkit holds it back.

    **Solution**: begin the notes with a `# heading`, or write `title: …` between two lines of `---` at the top.

    Source: RSS 2.0, item `title`; Apple, RSS requirements (support page 823).
    """
    if not episode.title:
        hint = "begin the notes with a # heading, or write title: … between two lines of --- at the top"
        yield Found(message="the episode has no title, and its folder has no visible name", hint=hint)


@show_rule("S118", Severity.WARNING, "apple", at="title")
@episode_rule("E115", Severity.WARNING, "apple", at="title")
def check_title_length(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """{{The show's|An episode's}} title has more than 150 characters.

    Apple Podcasts Connect does not accept a longer title, and apps cut it off much earlier.

    **Solution**: shorten the title, and move the rest to the {{description|notes}}.

    Source: Apple, Podcasts Connect, {{show|episode}} information (support page 825).
    """
    place = "description" if subject is show else "notes"
    if _MAX_TITLE < len(subject.title) <= MAX_VALUE_LENGTH:
        yield Found(
            message=f"the title has {len(subject.title)} characters, "
            f"but Apple Podcasts Connect accepts at most {_MAX_TITLE}",
            hint=f"shorten the title, and move the rest to the {place}",
        )


@show_rule("S146", Severity.WARNING)
@episode_rule("E146", Severity.WARNING)
def check_html_entities(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """A title, a name or another plain text of {{the show|an episode}} contains an HTML entity such as `&amp;`.

    These values are plain text, and podcastkit encodes them for the feed. Listeners see the entity literally:
    `Tom &amp; Jerry`. The usual cause is text that was copied from a feed or from the source of a web page.

    **Solution**: write the character itself: `Tom & Jerry`.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    for key, text in _list_plain_values(subject, show):
        if found := find_entity(text):
            message = f"apps show {found[0]} in {quote(text)} literally"
            yield Found(message=message, hint=f"write {quote(decode_entities(text))}", at=key)


def _list_plain_values(subject: Show | Episode, show: Show) -> Iterator[tuple[str, str]]:
    """Yield the plain texts that apps show, each with its key."""
    yield "title", subject.title
    people = subject.people if subject is show else set(subject.people) - set(show.people)
    yield from (("people", person.name) for person in people)
    for key in ("author", "season_name", "summary", "copyright", "number_display"):
        yield key, getattr(subject, key, None) or ""
    for key, list_field, text_field in _LISTS_WITH_TEXTS:
        for part in getattr(subject, list_field, ()):
            yield key, getattr(part, text_field) or ""
    for index, chapter in enumerate(getattr(subject, "chapters", ())):
        yield f"chapters[{index}].title", chapter.title or ""
