"""The tags that take more than values of the model: how they are written, and how they are read."""

from __future__ import annotations

from base64 import b64encode
from itertools import islice
from math import gcd
from typing import TYPE_CHECKING, TypeAlias

from podcastkit.feed.dates import write_date
from podcastkit.feed.enclosures import enclosure_url
from podcastkit.feed.safe_xml import parse_item
from podcastkit.feed.tags import Markup
from podcastkit.model import EpisodeType, Item
from podcastkit.text.timecodes import format_timestamp, round_to_millisecond

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from podcastkit.feed.xml_document import Element
    from podcastkit.model import Block, Chapter, Edition, LiveItem, Media, PublicFile, PublicPicture

Attributes: TypeAlias = "dict[str, str | None]"
# Apple shows the first; audits of 2024 and later accept a second (podcasters.apple.com/support/823).
_MAIN_CATEGORIES = 2


def website_of(edition: Edition) -> str:
    """Return the address of the show's website: its own, else the public one."""
    return edition.show.link or f"{edition.url}/"


# --- The channel


def find_build_date(edition: Edition) -> datetime | None:
    """Return the newest episode's date, or that of the feed before, which may have had a newer one."""
    dates = [edition.built, *(item.published for item in edition.items)]
    return max((date for date in dates if date), default=None)


def link_translations(edition: Edition) -> list[Attributes]:
    """Return the links to the same show in other languages."""
    rss = "application/rss+xml"
    return [
        {"rel": "alternate", "hreflang": language, "type": rss, "href": f"{edition.url}/{key}"}
        for language, key in edition.others
    ]


def write_categories(edition: Edition) -> Iterator[Markup]:
    """Yield the main categories, each with its subcategories."""
    groups: dict[str, list[str]] = {}
    for category in edition.show.categories:
        subs = groups.setdefault(category.name, [])
        if category.sub and category.sub not in subs:
            subs.append(category.sub)
    for name, subs in islice(groups.items(), _MAIN_CATEGORIES):
        yield _tag("itunes:category", None, *(_tag("itunes:category", text=sub) for sub in subs), text=name)


def read_categories(elements: Sequence[Element]) -> str:
    """Return a line for each category, as in `Science > Earth Sciences`."""
    lines = []
    for element in elements:
        name, subs = element.get("text"), [child.get("text") for child in element.all("itunes:category")]
        lines += [f"{name} > {sub}" for sub in subs] or [name]
    return "\n".join(lines)


def say_complete(edition: Edition) -> str | None:
    """Return `Yes` once the last episode is out: only the affirmative has a meaning."""
    is_complete = edition.show.complete and edition.frequency and edition.frequency.complete
    return "Yes" if is_complete else None


def write_locked(edition: Edition) -> Iterator[Markup]:
    """Yield whether other hosts may import the feed, and whom they ask."""
    show = edition.show
    yield _tag("podcast:locked", "yes" if show.locked else "no", owner=show.owner.email if show.owner else None)


def read_frequency(elements: Sequence[Element]) -> str:
    """Return the words of an update frequency, followed by what apps calculate with."""
    element = elements[0]
    if element.get("complete").lower() == "true":
        details = "complete"
    else:
        details = ", ".join(filter(None, map(element.get, ("rrule", "dtstart"))))
    return f"{element.text} ({details})" if details else element.text


def read_trailers(elements: Sequence[Element]) -> str:
    """Return a line for each trailer. Changes of its audio or date are those of its item."""
    seasons = [(element.text, element.get("season")) for element in elements]
    return "\n".join(f"{text} (season {season})" if season else text for text, season in seasons)


def write_trailers(edition: Edition) -> Iterator[Markup]:
    """Yield the trailers of the show and of seasons; apps play the newest of them as the show's preview.

    A trailer with a number is a teaser of that episode, which Apple replaces by the episode, and no such preview.
    """
    for item in edition.items:
        trailer = item.episode if isinstance(item, Item) else item
        if trailer.type is not EpisodeType.TRAILER or trailer.number is not None or item.published is None:
            continue
        audio = find_enclosure(item, edition)
        if audio["url"]:
            season = None if trailer.season is None else str(trailer.season)
            pubdate = write_date(item.published)
            yield _tag("podcast:trailer", trailer.title, **audio, pubdate=pubdate, season=season)


def find_enclosure(item: Item | LiveItem, edition: Edition) -> Attributes:
    """Return the address, length and type of an item's audio."""
    if isinstance(item, Item):
        url = enclosure_url(edition.url, item.media.key, item.prefix)
        return {"url": url, "length": str(item.media.size), "type": item.media.content_type}
    enclosure = parse_item(item).find("enclosure")
    return {name: None if enclosure is None else enclosure.get(name) for name in ("url", "length", "type")}


def write_block(edition: Edition) -> Iterator[Markup]:
    """Yield the services before everybody, the order in which a service decides (podcast-namespace, tags/block)."""
    block = edition.show.block
    for service in block.exceptions:
        yield _tag("podcast:block", "no", id=service)
    for service in block.services:
        yield _tag("podcast:block", "yes", id=service)
    if block.everybody:
        yield _tag("podcast:block", "yes")


# --- The channel and items


def say_block(block: Block) -> str | None:
    """Return `Yes` if Apple must not list it: only the affirmative has a meaning. Apple ignores podcast:block."""
    return "Yes" if block.everybody and "apple" not in block.exceptions else None


def describe_images(images: Iterable[PublicPicture], edition: Edition) -> list[Attributes]:
    """Return further images, with the facts of the published copies."""
    return [_describe_image(image, f"{edition.url}/{image.file.key}") for image in images]


def _describe_image(image: PublicPicture, address: str) -> Attributes:
    divisor = gcd(image.width, image.height)
    return {
        "href": address,
        "alt": image.alt,
        "aspect-ratio": f"{image.width // divisor}/{image.height // divisor}",
        "width": str(image.width),
        "height": str(image.height),
        "type": image.file.content_type,
        "purpose": image.purpose,
    }


# --- Items; feedgen takes more time for a link and a date than for all else of an item


def read_attribute(name: str) -> Callable[[Sequence[Element]], str]:
    """Return a function that returns a line for each element that has an attribute."""
    return lambda elements: "\n".join(filter(None, (element.get(name) for element in elements)))


def read_enclosures(elements: Sequence[Element]) -> str:
    """Return the address and length of the audio."""
    return "\n".join(f"{element.get('url')} {element.get('length')}".strip() for element in elements)


def find_explicit(item: Item, edition: Edition) -> bool:
    """Return whether an episode is explicit: as it says itself, else as the show is."""
    own = item.episode.explicit
    return edition.show.explicit if own is None else own


def write_season(item: Item, edition: Edition) -> Iterator[Markup]:
    """Yield the season, with its name where it is the show's own."""
    season, show = item.episode.season, edition.show
    yield _tag("podcast:season", str(season), name=show.season_name if season == show.season else None)


def write_number(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the number of an episode."""
    yield _tag("podcast:episode", str(item.episode.number), display=item.episode.number_display)


def describe_file(file: PublicFile, edition: Edition) -> Attributes:
    """Return the address and type of a file."""
    return {"url": f"{edition.url}/{file.key}", "type": file.content_type}


def describe_transcripts(item: Item, edition: Edition) -> list[Attributes]:
    """Return the transcripts; one without a language is in that of the audio."""
    language = edition.show.spoken or edition.show.language
    return [
        {"url": f"{edition.url}/{file.key}", "type": file.content_type, "language": file.language or language}
        for file in item.transcripts
    ]


def write_simple_chapters(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the chapters that listeners see, for Spotify: https://podlove.org/simple-chapters, version 1.2."""
    listed = [chapter for chapter in item.episode.chapters if chapter.title and not chapter.hidden]
    if listed:
        yield _tag("psc:chapters", None, *map(_simple_chapter, listed), version="1.2")


def _simple_chapter(chapter: Chapter) -> Markup:
    start = format_timestamp(round_to_millisecond(chapter.start))  # normal play time (RFC 2326, section 3.6)
    return _tag("psc:chapter", start=start, title=chapter.title, href=chapter.url, image=chapter.img)


def write_alternates(item: Item, edition: Edition) -> Iterator[Markup]:
    """Yield the other versions of the audio; the enclosure is no alternative to itself, so it is not repeated.

    `rel` keeps what is spoken in another language apart from what only differs in its encoding: an app may choose
    among those by itself (podcast-namespace, tags/alternate-enclosure).
    """
    spoken = edition.show.spoken or edition.show.language
    for version in item.alternates:
        alternate, media = version.alternate, version.media
        language = alternate.lang or edition.show.spoken
        is_other = language and language.lower() != spoken.lower()
        digest = b64encode(bytes.fromhex(media.sha256)).decode()
        yield _tag(
            "podcast:alternateEnclosure",
            None,
            _tag("podcast:source", uri=enclosure_url(edition.url, media.key, item.prefix)),
            _tag("podcast:integrity", type="sri", value=f"sha256-{digest}"),
            type=media.content_type,
            length=str(media.size),
            bitrate=str(media.bitrate) if media.bitrate else None,
            lang=language,
            title=alternate.title,
            rel=language if is_other else None,
            codecs=_codecs(media),
        )


def _codecs(media: Media) -> str | None:
    """Name what is inside (RFC 6381): AAC-LC in what was encoded here. MP3 says enough by its type."""
    return "mp4a.40.2" if media.recipe.startswith("m4a ") else None


def write_soundbites(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the soundbites. Players that jump to a part after the end play nothing; a finding has told of it."""
    for bite in item.episode.soundbites:
        if bite.end <= item.media.duration:
            start, duration = _seconds(bite.start), _seconds(bite.duration)
            yield _tag("podcast:soundbite", bite.title, startTime=start, duration=duration)


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".")


# --- Markup


def _tag(name: str, text: str | None = None, /, *children: Markup, **attributes: str | None) -> Markup:
    given = {key: value for key, value in attributes.items() if value is not None}
    return Markup(name, text, given, children)
