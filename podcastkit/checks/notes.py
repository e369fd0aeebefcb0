"""Rules about show notes and summaries: N1xx and N2xx. What is left out of notes is found on reading them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity, name_some
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT, fit_description
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.syntax.text_encoding import UNREAD_NOTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show, Text

_YOUTUBE_LIMIT = 5000
_PLAIN_LINK = re.compile(r'href="(http://[^"]*)"', re.IGNORECASE)


@episode_rule("N201", Severity.WARNING, "apple", at="notes")
def notes_are_written(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode has no show notes.

    Listeners choose by them, and apps and search engines find the episode by them.

    **Solution**: write a few sentences into `notes.md` in the episode's folder.

    Source: Apple, RSS requirements (support page 823): an item's `description` is recommended.
    """
    footer = episode.notes.ending
    if episode.notes.plain == (footer.plain if footer else "") and not _has_unread_notes(episode, show):
        yield Found(
            message="it has no show notes",
            hint="write a few sentences into notes.md in its folder",
        )


@episode_rule("N110", Severity.WARNING, "apple", at="notes")
def notes_fit_into_description(episode: Episode) -> Iterator[Found]:
    """The notes have more than 4,000 bytes, so that the short description ends before they do.

    A feed carries the notes twice: as they are, and as a short description, which Apple Podcasts and some other
    apps show. That one holds 4,000 bytes with its tags and addresses, where an accented letter or a sign of another
    script counts as several. It is cut behind a sentence; the show's footer stays.

    **Solution**: shorten the notes, or put first what everybody should read.

    Source: PSP-1, item `description`; Apple, A Podcaster's Guide to RSS (others tell of 10,000 bytes).
    """
    description = fit_description(episode.notes)
    if description.last_words is not None:
        yield Found(
            message=f"the notes have {description.size:,} bytes, and a short description holds "
            f"{DESCRIPTION_LIMIT:,}: apps that show it end at “{description.last_words} …”",
            hint="shorten them, or put first what everybody should read; other apps show all of them",
        )


@episode_rule("N111", Severity.WARNING, "apple", at="summary")
def summary_is_short(episode: Episode) -> Iterator[Found]:
    """An episode's summary has more than 4,000 bytes, and is cut behind a sentence.

    Apps show one or two lines of it in their lists, and nobody reads the rest there.

    **Solution**: keep the summary to a sentence or two; what does not fit belongs into the notes.

    Source: Apple's limit for descriptions (A Podcaster's Guide to RSS), which it had for `itunes:summary`, too.
    """
    size = len((episode.summary or "").encode())
    if size > DESCRIPTION_LIMIT:
        yield Found(
            message=f"the summary has {size:,} bytes; the feed carries {DESCRIPTION_LIMIT:,}",
            hint="keep it to a sentence or two; what does not fit belongs into the notes",
        )


@episode_rule("N112", Severity.WARNING, "youtube", at="notes")
def notes_fit_youtube(episode: Episode) -> Iterator[Found]:
    """The notes have more than 5,000 characters.

    YouTube, which makes a video of each episode of a feed, takes no longer description.

    **Solution**: shorten them, or put first what everybody should read.

    Source: YouTube Help, Deliver podcasts using an RSS feed (answer 13525207).
    """
    size = len(episode.notes.plain)
    if size > _YOUTUBE_LIMIT:
        yield Found(
            message=f"the notes have {size:,} characters; YouTube takes {_YOUTUBE_LIMIT:,}",
            hint="shorten them, or put first what everybody should read",
        )


@episode_rule("N113", Severity.WARNING, "youtube")
def words_hold_no_angle_brackets(episode: Episode) -> Iterator[Found]:
    """The title or the notes hold `<` or `>` as a sign, as in `->` or `<3`.

    YouTube refuses the two in titles and descriptions, and the episode with them.

    **Solution**: write another sign or a word in their place, such as → or ♥.

    Source: YouTube Help, Deliver podcasts using an RSS feed (answer 13525207).
    """
    for key, text in (("title", episode.title), ("notes", _own_words(episode))):
        found = next((word for word in text.split() if "<" in word or ">" in word), None)
        if found is not None:
            yield Found(
                message=f"the {key} hold{'' if key == 'notes' else 's'} “{shorten(found)}”; "
                "YouTube refuses the signs < and >",
                hint="write another sign or a word in its place, such as → or ♥",
                at=key,
            )


@show_rule("S154", Severity.WARNING, at="description")
@episode_rule("N014", Severity.WARNING, at="notes")
def words_hold_no_html_entity(subject: Show | Episode) -> Iterator[Found]:
    """The {{description|notes}} hold{{s|}} an HTML entity that was encoded twice.

    Listeners read `don&#8217;t`. It comes from text that was copied out of a feed or the source of a web page,
    where `&` itself was written as `&amp;`.

    **Solution**: write the character itself: `don’t`. If the entity should be read, ignore the finding.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    if found := find_entity(_own_words(subject)):
        message = f"listeners read {found[0]} as it is written"
        yield Found(message=message, hint=f"write {quote(decode_entities(found[0]))} in its place")


@episode_rule("N114", Severity.INFO, "spotify", "podcasting20", at="notes")
def links_are_encrypted(episode: Episode) -> Iterator[Found]:
    """A link in the notes begins with http:// and not with https://.

    Spotify makes links of https addresses only, and apps may warn of the others.

    **Solution**: write https://, if the page can be reached there, as nearly every one can.

    Source: Spotify, Podcast Delivery Specification 1.10; podcast namespace: addresses of pages are https.
    """
    plain = dict.fromkeys(_PLAIN_LINK.findall(episode.notes.html))
    if plain:
        yield Found(
            message=f"{name_some([shorten(html.unescape(address)) for address in plain])} "
            f"{'is' if len(plain) == 1 else 'are'} not encrypted; Spotify makes no link of that",
            hint="write https:// instead of http://, if it can be reached there",
        )


def _own_words(subject: Show | Episode) -> str:
    """Return the plain text of a description, or of notes without the show's footer."""
    text: Text = subject.notes if hasattr(subject, "notes") else subject.description
    return text.plain.removesuffix(text.ending.plain) if text.ending else text.plain


def _has_unread_notes(episode: Episode, show: Show) -> bool:
    return any(found.episode == episode.folder and found.code in UNREAD_NOTES for found in show.diagnostics)
