"""Rules about show notes and summaries: N1xx and N2xx. The reader of notes reports the parts that it removes."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity, join_names
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT, fit_description
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.syntax.text_encoding import INCOMPLETE_NOTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Episode, Show, Text

_YOUTUBE_LIMIT = 5000
"""In characters."""
_HTTP_LINK = re.compile(r'href="(http://[^"]*)"', re.IGNORECASE)


@episode_rule("N201", Severity.WARNING, "apple", at="notes")
def check_notes_exist(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode has no show notes.

    Listeners use the notes to choose an episode, and apps and search engines use them to find it.

    **Solution**: write a few sentences in `notes.md` in the episode folder.

    Source: Apple, RSS requirements (support page 823): an item's `description` is recommended.
    """
    # The footer of the show alone does not count as notes.
    footer = episode.notes.ending
    if episode.notes.plain == (footer.plain if footer else "") and not _has_unreadable_notes(episode, show):
        yield Found(
            message="the episode has no show notes",
            hint="write a few sentences in notes.md in the episode folder",
        )


@episode_rule("N110", Severity.WARNING, "apple", at="notes")
def check_notes_fit_description(episode: Episode) -> Iterator[Found]:
    """The notes are longer than 4,000 bytes, so the short description does not contain all of them.

    A feed contains the notes twice: in full, and as a short description, which Apple Podcasts and some other apps
    show to listeners. The short description holds 4,000 bytes, including tags and addresses. Accented letters and
    letters of other scripts count as several bytes. podcastkit cuts the text after a sentence, and keeps the footer
    of the show.

    **Solution**: shorten the notes, or put the most important information first.

    Source: PSP-1, item `description`; Apple, A Podcaster's Guide to RSS (other sources state 10,000 bytes).
    """
    description = fit_description(episode.notes)
    if description.last_words is not None:
        yield Found(
            message=f"the notes have {description.size:,} bytes, but the short description holds "
            f"{DESCRIPTION_LIMIT:,}: apps that show it cut the notes after “{description.last_words} …”",
            hint="shorten the notes, or put the most important information first; other apps show all of it",
        )


@episode_rule("N111", Severity.WARNING, "apple", at="summary")
def check_summary_size(episode: Episode) -> Iterator[Found]:
    """An episode's summary is longer than 4,000 bytes, so podcastkit cuts it after a sentence.

    Apps show one or two lines of it in their lists, and listeners do not read the rest there.

    **Solution**: keep the summary to one or two sentences, and move the rest to the notes.

    Source: Apple's limit for descriptions (A Podcaster's Guide to RSS), which also applied to `itunes:summary`.
    """
    size = len((episode.summary or "").encode())
    if size > DESCRIPTION_LIMIT:
        yield Found(
            message=f"the summary has {size:,} bytes, but the feed holds at most {DESCRIPTION_LIMIT:,}",
            hint="keep the summary to one or two sentences, and move the rest to the notes",
        )


@episode_rule("N112", Severity.WARNING, "youtube", at="notes")
def check_notes_fit_youtube(episode: Episode) -> Iterator[Found]:
    """The notes are longer than 5,000 characters.

    YouTube makes a video of each episode of a feed, and does not accept a longer description.

    **Solution**: shorten the notes, or put the most important information first.

    Source: YouTube Help, Deliver podcasts using an RSS feed (answer 13525207).
    """
    size = len(episode.notes.plain)
    if size > _YOUTUBE_LIMIT:
        yield Found(
            message=f"the notes have {size:,} characters, but YouTube accepts at most {_YOUTUBE_LIMIT:,}",
            hint="shorten the notes, or put the most important information first",
        )


@episode_rule("N113", Severity.WARNING, "youtube")
def check_angle_brackets(episode: Episode) -> Iterator[Found]:
    """The title or the notes contain the character `<` or `>`, as in `->` or `<3`.

    YouTube refuses these characters in titles and descriptions, so listeners there do not get the episode.

    **Solution**: write another character or a word instead, such as → or ♥.

    Source: YouTube Help, Deliver podcasts using an RSS feed (answer 13525207).
    """
    for key, text in (("title", episode.title), ("notes", _get_own_text(episode))):
        found_word = next((word for word in text.split() if "<" in word or ">" in word), None)
        if found_word is not None:
            yield Found(
                message=f"the {key} contain{'' if key == 'notes' else 's'} “{shorten(found_word)}”, "
                "but YouTube refuses the characters < and >",
                hint="write another character or a word instead, such as → or ♥",
                at=key,
            )


@show_rule("S154", Severity.WARNING, at="description")
@episode_rule("N014", Severity.WARNING, at="notes")
def check_html_entities(subject: Show | Episode) -> Iterator[Found]:
    """The {{description contains|notes contain}} an HTML entity that was encoded twice.

    Listeners see `don&#8217;t`. The usual cause is text that was copied from a feed or from the source of a web
    page, where `&` is written as `&amp;`.

    **Solution**: write the character itself: `don’t`. If listeners should see the entity, ignore the finding.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    if found := find_entity(_get_own_text(subject)):
        message = f"listeners see {found[0]} literally"
        yield Found(message=message, hint=f"write {quote(decode_entities(found[0]))} instead")


@episode_rule("N114", Severity.INFO, "spotify", "podcasting20", at="notes")
def check_links_use_https(episode: Episode) -> Iterator[Found]:
    """A link in the notes begins with http:// instead of https://.

    Spotify makes only https addresses into links, and apps may warn listeners about the others.

    **Solution**: write https:// if the page supports it. Almost all pages do.

    Source: Spotify, Podcast Delivery Specification 1.10; podcast namespace: addresses of pages are https.
    """
    http_links = dict.fromkeys(_HTTP_LINK.findall(episode.notes.html))
    if http_links:
        yield Found(
            message=f"{join_names([shorten(html.unescape(address)) for address in http_links])} "
            f"{'is' if len(http_links) == 1 else 'are'} not encrypted; Spotify shows only https links",
            hint="write https:// instead of http:// if the page supports it",
        )


def _get_own_text(subject: Show | Episode) -> str:
    """Return the plain text of a description, or of notes without the footer of the show."""
    text: Text = subject.notes if hasattr(subject, "notes") else subject.description
    return text.plain.removesuffix(text.ending.plain) if text.ending else text.plain


def _has_unreadable_notes(episode: Episode, show: Show) -> bool:
    return any(found.episode == episode.folder and found.code in INCOMPLETE_NOTES for found in show.diagnostics)
