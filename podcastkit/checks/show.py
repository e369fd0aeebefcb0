"""Rules about the show as a whole: S1xx for its texts and settings."""

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

MAX_VALUE_LENGTH = 255
"""In characters, for values without another limit (PSP-1, General)."""
CATEGORIES_READ = 2
"""The number of categories that directories read."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


_UNREADABLE_SHOW_FILE_CODES = frozenset({"S001", "N001", "N003", "N004"})
"""The codes of the findings about a show.toml that could not be read at all."""


@show_rule("S101", Severity.ERROR)
def check_artwork_exists(show: Show) -> Iterator[Found]:
    """The show has no artwork.

    All directories refuse a show without artwork, and apps show listeners a gray square.

    **Solution**: put a square image of 3000 × 3000 pixels next to show.toml, named `artwork.jpg` or `artwork.png`.

    Source: Apple, RSS requirements (support page 823); PSP-1, channel: `itunes:image` is required.
    """
    # Other findings report artwork that is named but missing or damaged.
    is_unreadable = any(found.code == "I103" and found.episode is None for found in show.diagnostics)
    if show.artwork is None and not is_unreadable and "artwork" not in show.locations:
        yield Found(
            message="the show has no artwork",
            hint="put a square image of 3000 × 3000 pixels next to show.toml, and name it artwork.jpg",
        )


@show_rule("S102", Severity.WARNING, "spotify", "youtube", "amazon", at="owner")
def check_owner_email(show: Show) -> Iterator[Found]:
    """The e-mail address of the owner is missing.

    Spotify, YouTube and Amazon send a code to this address to verify that the show is yours. Without it, you cannot
    claim the show there, and listeners may not find it. Apple no longer uses the address.

    **Solution**: add `owner = { name = "…", email = "…" }` to show.toml. You can remove it after the verification.

    Source: Apple, RSS requirements (support page 823); Spotify for Creators, claiming a show.
    """
    # Other findings report an unreadable show.toml or an invalid address.
    locations = [show.locations.get(key) for key in ("owner", "owner.email")]
    is_reported = any(
        found.code in _UNREADABLE_SHOW_FILE_CODES or found.location in locations for found in _list_errors(show)
    )
    if (show.owner is None or show.owner.email is None) and not is_reported:
        yield Found(
            message="the owner's e-mail address is missing: Spotify, YouTube and Amazon cannot verify the show",
            hint='add owner = { name = "…", email = "…" } to show.toml, at least until the show is verified',
        )


@show_rule("S103", Severity.ERROR, "psp1", "apple")
def check_value_lengths(show: Show) -> Iterator[Found]:
    """The title, author, copyright, link or owner's name is longer than 255 characters.

    Apps cut it off, and the feed does not conform to PSP-1. A long link or owner's name is only a warning.

    **Solution**: shorten the value, and move the rest to the description.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    hint = "shorten the value, and move the rest to the description"
    yield from find_long_value("title", show.title, hint)
    yield from find_long_value("author", show.author, hint)
    yield from find_long_value("copyright", show.copyright, hint)
    yield from find_long_value("link", show.link, hint, Severity.WARNING)
    yield from find_long_value("owner", show.owner.name if show.owner else None, hint, Severity.WARNING)


@show_rule("S105", Severity.ERROR, "podcasting20", at="guid")
def check_guid(show: Show) -> Iterator[Found]:
    """The show's GUID is not a UUID.

    Apps and directories use it to recognize the show at any host. They ignore all other formats.

    **Solution**: copy the GUID from the feed of the show's earlier host (`podcast:guid`), or remove the line.

    Source: Podcast namespace, `guid`.
    """
    if show.guid is not None and not _UUID.fullmatch(show.guid):
        yield Found(
            message=f"the guid {show.guid} is not a UUID",
            hint="copy podcast:guid from the show's earlier feed, or remove the line",
        )


@show_rule("S104", Severity.ERROR, "psp1", "apple", at="description")
def check_description_size(show: Show) -> Iterator[Found]:
    """The description of the show is empty, or longer than 4,000 bytes.

    Apple and PSP-1 allow at most 4,000 bytes, including tags and addresses. Accented letters and letters of other
    scripts count as several bytes. A longer description is only a warning: podcastkit cuts it after a sentence.

    **Solution**: write a few paragraphs.

    Source: PSP-1, channel `description`; Apple, RSS requirements (support page 823).
    """
    if not show.description.plain and "description" in show.locations:
        yield Found(message="the description is empty", hint="write a few sentences")
    description = fit_description(show.description)
    if description.last_words is not None:
        yield Found(
            message=f"the description has {description.size:,} bytes, but at most {DESCRIPTION_LIMIT:,} are "
            f"allowed, so it ends at “{description.last_words} …”",
            hint="shorten the description; a few paragraphs are enough",
            severity=Severity.WARNING,
        )


@show_rule("S107", Severity.WARNING, "apple", at="categories")
def check_category_count(show: Show) -> Iterator[Found]:
    """The show has more than two categories.

    Directories list the show in the first category and, at most, the second, so listeners do not find it in the
    others. podcastkit writes only the first two into the feed.

    **Solution**: keep the two best categories, with the most important one first.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:category`.
    """
    names = {category.name for category in show.categories}
    if len(names) > CATEGORIES_READ:
        yield Found(
            message=f"the show has {len(names)} categories, but directories read only the first two",
            hint="keep the two best categories, with the most important one first",
        )


@show_rule("S136", Severity.WARNING, "apple", "spotify")
def check_episodes_exist(show: Show) -> Iterator[Found]:
    """The show has no episodes yet.

    Apple and Spotify accept a show only if it has at least one episode. A trailer is enough.

    **Solution**: create a folder for the trailer or the first episode next to show.toml, and put its audio there.

    Source: Apple, Submit a show (support page 897); Spotify, Podcast Delivery Specification 1.10.
    """
    if not show.episodes:
        yield Found(
            message="the show has no episodes yet, but directories require at least one",
            hint="create a folder next to show.toml, such as 00-trailer, and put its audio there",
        )


@show_rule("S160", Severity.WARNING)
def check_published_translations(show: Show) -> Iterator[Found]:
    """A translation was published, but its table is no longer in show.toml.

    Its feed stays unchanged, so its subscribers get no new episodes and no corrections.

    **Solution**: restore the table. Before you remove a translation, point its subscribers to another feed in its
    description.
    """
    languages = {translation.translation for translation in show.translations}
    for language, _ in show.records.translated if show.translation is None else ():
        if language not in languages:
            yield Found(
                message=f"[translations.{language}] is missing from show.toml: "
                f"feed.{language}.xml, if it still exists, stays unchanged",
                hint="write this table again: without it, subscribers of this feed get no new episodes",
            )


def find_long_value(key: str, value: str | None, hint: str, severity: Severity = Severity.ERROR) -> Iterator[Found]:
    """Yield a finding if a value of a show or an episode is longer than PSP-1 allows."""
    if value and len(value) > MAX_VALUE_LENGTH:
        yield Found(
            message=f"the {key} has {len(value):,} characters, but at most {MAX_VALUE_LENGTH} are allowed",
            hint=hint,
            at=key,
            severity=severity,
        )


def _list_errors(show: Show) -> Iterator[Diagnostic]:
    """Return the errors in the show's own files, without those of its episodes."""
    return (
        finding
        for finding in show.diagnostics
        if finding.severity is Severity.ERROR and finding.episode is None and finding.location
    )
