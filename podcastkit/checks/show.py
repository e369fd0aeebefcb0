"""Rules about the show as a whole: S1xx for its words and settings, I1xx for its artwork."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT, fit_description

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Show

MAX_VALUE = 255
"""Characters of a value, where nothing else is said (PSP-1, General)."""
CATEGORIES_READ = 2
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


_UNREADABLE = frozenset({"S001", "N001", "N003", "N004"})
"""What is found where nothing of show.toml could be read."""


@show_rule("S101", Severity.ERROR)
def show_has_artwork(show: Show) -> Iterator[Found]:
    """The show has no artwork.

    Every directory refuses a show without a cover, and apps show a grey square.

    **Solution**: put a square picture of 3000 × 3000 pixels beside show.toml, named `artwork.jpg` or `artwork.png`.

    Source: Apple, RSS requirements (support page 823); PSP-1, channel: `itunes:image` is required.
    """
    is_unreadable = any(found.code == "I103" and found.episode is None for found in show.diagnostics)
    if show.artwork is None and not is_unreadable and "artwork" not in show.locations:
        yield Found(
            message="the show has no artwork",
            hint="put a square picture, 3000 × 3000 pixels, beside show.toml and name it artwork.jpg",
        )


@show_rule("S102", Severity.WARNING, "spotify", "youtube", "amazon", at="owner")
def owner_can_be_reached(show: Show) -> Iterator[Found]:
    """The feed has no e-mail address of its owner.

    Spotify, YouTube and Amazon send a code to the address in the feed to find out whose show it is. Without one
    they cannot hand the show over to you. Apple does not use it any more.

    **Solution**: `owner = { name = "…", email = "…" }` in show.toml; it can be removed after the verification.

    Source: Apple, RSS requirements (support page 823); Spotify for Creators, claiming a show.
    """
    places = [show.locations.get(key) for key in ("owner", "owner.email")]
    is_told = any(found.code in _UNREADABLE or found.location in places for found in _errors(show))
    if (show.owner is None or show.owner.email is None) and not is_told:
        yield Found(
            message="there is no owner's e-mail address: Spotify, YouTube and Amazon cannot verify the show",
            hint='add owner = { name = "…", email = "…" } to show.toml, at least until the show is verified',
        )


@show_rule("S103", Severity.ERROR, "psp1", "apple")
def values_are_short(show: Show) -> Iterator[Found]:
    """The title, author, copyright, link or owner's name is longer than 255 characters.

    Apps cut it off, and the feed does not conform to PSP-1. Of a link or the owner's name this is a warning.

    **Solution**: shorten it; what does not fit belongs into the description.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    hint = "shorten it; what does not fit belongs into the description"
    yield from find_long("title", show.title, hint)
    yield from find_long("author", show.author, hint)
    yield from find_long("copyright", show.copyright, hint)
    yield from find_long("link", show.link, hint, Severity.WARNING)
    yield from find_long("owner", show.owner.name if show.owner else None, hint, Severity.WARNING)


@show_rule("S105", Severity.ERROR, "podcasting20", at="guid")
def guid_is_a_uuid(show: Show) -> Iterator[Found]:
    """The show's GUID is not a UUID.

    Apps and directories know the show by it, wherever it is hosted; every other form is ignored.

    **Solution**: take it over from the feed of the host that the show had (`podcast:guid`), or remove the line.

    Source: Podcast namespace, `guid`.
    """
    if show.guid is not None and not _UUID.fullmatch(show.guid):
        yield Found(
            message=f"{show.guid} is not a UUID",
            hint="take podcast:guid over from the feed that the show had before, or remove the line",
        )


@show_rule("S104", Severity.ERROR, "psp1", "apple", at="description")
def description_fits(show: Show) -> Iterator[Found]:
    """The show's description is empty, or longer than 4,000 bytes.

    Apple and PSP-1 allow no more, tags and addresses included, and an accented letter or a sign of another script
    counts as several bytes. What is longer is a warning, and is cut behind a sentence.

    **Solution**: write a few paragraphs.

    Source: PSP-1, channel `description`; Apple, RSS requirements (support page 823).
    """
    if not show.description.plain and "description" in show.locations:
        yield Found(message="the description says nothing", hint="write a few sentences")
    description = fit_description(show.description)
    if description.last_words is not None:
        yield Found(
            message=f"the description has {description.size:,} bytes; at most {DESCRIPTION_LIMIT:,} are allowed, "
            f"so that it ends at “{description.last_words} …”",
            hint="shorten it; a few paragraphs are enough",
            severity=Severity.WARNING,
        )


@show_rule("S107", Severity.WARNING, "apple", at="categories")
def categories_are_read(show: Show) -> Iterator[Found]:
    """The show names more than two categories.

    Apple reads the first and shows the second at most; only the first two are written into the feed.

    **Solution**: keep the two that fit best, the most important one first.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:category`.
    """
    names = {category.name for category in show.categories}
    if len(names) > CATEGORIES_READ:
        yield Found(
            message=f"{len(names)} categories are given; directories read the first two",
            hint="keep the two that fit best, the most important one first",
        )


@show_rule("S136", Severity.WARNING, "apple", "spotify")
def show_has_episodes(show: Show) -> Iterator[Found]:
    """There is no episode yet.

    Apple and Spotify take a show with one episode at least; a trailer is enough.

    **Solution**: put a folder for the trailer or the first episode beside show.toml, with its audio in it.

    Source: Apple, Submit a show (support page 897); Spotify, Podcast Delivery Specification 1.10.
    """
    if not show.episodes:
        yield Found(
            message="there is no episode yet, and directories take a show with one at least",
            hint="make a folder beside show.toml, such as 00-trailer, and put its audio into it",
        )


@show_rule("S160", Severity.WARNING)
def translations_stay(show: Show) -> Iterator[Found]:
    """A translation was published, and its table is no longer in show.toml.

    Its feed stays as it was: whoever subscribed to it hears of no new episode, and of no correction.

    **Solution**: bring the table back. Or, before it goes, tell its subscribers where to go, in its description.
    """
    languages = {one.translation for one in show.translations}
    for language, _ in show.records.translated if show.translation is None else ():
        if language not in languages:
            yield Found(
                message=f"there is no [translations.{language}] any more: "
                f"feed.{language}.xml, if it is still there, stays as it is",
                hint="bring the table back, or its subscribers hear of nothing new",
            )


def find_long(key: str, value: str | None, hint: str, severity: Severity = Severity.ERROR) -> Iterator[Found]:
    """Yield a finding if a value of a show or an episode is longer than PSP-1 allows."""
    if value and len(value) > MAX_VALUE:
        yield Found(
            message=f"the {key} has {len(value):,} characters; at most {MAX_VALUE} are allowed",
            hint=hint,
            at=key,
            severity=severity,
        )


def _errors(show: Show) -> Iterator[Diagnostic]:
    """Yield what is wrong in the show's own files."""
    return (
        one for one in show.diagnostics if one.severity is Severity.ERROR and one.episode is None and one.location
    )
