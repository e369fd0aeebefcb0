"""Editions for the readers: from a folder, or with difficult texts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from podcastkit.build.audio import gather_audio, list_tasks
from podcastkit.build.due import assign_dates
from podcastkit.build.editions import Content, build_editions
from podcastkit.cache import Cache
from podcastkit.model import (
    Chapter,
    Edition,
    Episode,
    Frequency,
    Funding,
    Item,
    Owner,
    Person,
    Records,
    Show,
    Text,
    Txt,
)
from podcastkit.project.loader import load
from podcastkit.state.identity import identify_show
from podcastkit.text.notes.truncation import fit_description

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "blanks": "\t  Zoe\u0308\u2028meets  שלום  👩🏽\u200d🏫 \x85 “é”\ufeff \n",
    "markup": "AT&amp;T <b>meets</b> & <!-- a comment --> ]]> </p><![CDATA[",
    "a tag": "One </p>",
    "a comma": "One, two",
    "an address": "a@example.org One",
    "a wrong encoding": "caf\u00c3\u00a9",
}
"""Texts that readers handle differently."""

# Texts that often break XML, HTML or a reader: markup, entities, numbers, and many scripts.
AWKWARD = st.sampled_from(
    [
        *("]]>", "<![CDATA[", "<!--", "-->", "<?xml?>", "<!DOCTYPE x>", "</item>", "<b>", "</p>", "<br/>"),
        *("&amp;", "&lt;", "&nbsp;", "&eacute;", "&", "&&", "<", ">", '"', "'", "AT&T", "a < b > c"),
        *("\u202e", "\u200f", "\u2066", "שלום", "مرحبا", "日本語", "한국어", "हिन्दी", "ไทย", "Ελληνικά"),
        *("é", "e\u0301", "A\u030a", "ﬁ", "ß", "İ", "👩🏽\u200d🏫", "🇪🇸", "\U0001f600", "\u0300"),
        *("\xa0", "\u2028", "\u3000", "\u200b", "\ufeff", "\x7f", "\x85", "\t", "  "),
        *("1984", "0", "true", "null", "%s", "{}", "\\", "://", "https://example.org/?a=1&b=2", "@home", "#1"),
    ]
)
LEGAL = st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
LINES = st.lists(AWKWARD | st.text(LEGAL, max_size=12), min_size=1, max_size=6).map("".join)
TITLES = LINES.map(lambda text: re.sub(r"^[\s\ufeff]+|[\s\ufeff]+$", "", text)).filter(bool)
"""Lines without whitespace at the ends (in JavaScript, U+FEFF is whitespace). They are never empty."""


def replace_texts(edition: Edition, text: str) -> Edition:
    """Return the edition with a text in every text field, and with two more items.

    The title of one is a number; the other has a summary but no notes.
    """
    first = edition.items[0]
    assert isinstance(first, Item)
    episode = _set_episode_texts(first.episode, text)
    items = [
        replace(first, episode=episode),
        replace(first, guid="numbered", episode=replace(episode, title="1984")),
        replace(first, guid="summed-up", episode=replace(episode, notes=Text(html="", plain=""))),
    ]
    return replace(edition, show=_set_show_texts(edition.show, text), items=tuple(items))


def make_unfinished(edition: Edition) -> Edition:
    """Return the edition of a series that is not complete."""
    start = datetime(2024, 9, 5, 6, tzinfo=timezone(timedelta(hours=-7)))
    frequency = Frequency(text="Weekly & <late>", start=start, rule="FREQ=WEEKLY;COUNT=8")
    return replace(edition, frequency=frequency, show=replace(edition.show, complete=False))


def _set_show_texts(show: Show, text: str) -> Show:
    return replace(
        show,
        title=text,
        author=text,
        description=Text(html=text, plain=text),
        copyright=text,
        owner=Owner(name=text, email="office@example.org"),
        txt=(Txt(value=text),),
        funding=(Funding(url="https://example.org/support", text=text),),
        people=(Person(name=text),),
        explicit=True,
        season_name=text,
    )


def _set_episode_texts(episode: Episode, text: str) -> Episode:
    return replace(
        episode,
        title=text,
        notes=Text(html=text, plain=text),
        summary=text,
        people=(Person(name=text),),
        txt=(Txt(value=text),),
        number_display=text,
        chapters=(Chapter(start=timedelta(0), title=text),),
    )


def build_edition_of(folder: Path, at: datetime, url: str, language: str | None = None) -> Edition:
    """Return the edition of a show folder with all episodes that are due at a moment.

    `language` selects a translation; None selects the original.
    """
    identified = identify_show(load(folder, at=at), Records(), feed_url=f"{url}/feed.xml", real=False)
    original = identified.show
    due = [one for one in original.episodes if not one.stays_in and one.date and one.date <= at]
    moments = assign_dates(due, original)
    tasks = list_tasks(due, original, moments, identified.feeds[None].episodes, feed_url=None)
    contents: dict[str | None, Content] = {}
    for show in (original, *original.translations):
        public = tuple(episode for episode in show.episodes if episode.folder in moments)
        identity = identified.feeds[show.translation]
        contents[show.translation] = Content(show=show, identity=identity, due=public)
    with Cache() as cache:
        editions, _ = build_editions(contents, gather_audio(tasks, {}), moments, url, cache)
    return editions[language]


def describe(text: Text) -> str:
    """Convert a text to a description, as publishing does."""
    return fit_description(text)[0]
