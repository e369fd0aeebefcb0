"""Write and read the tags that need their own code, because their content is not a single value of the model."""

from __future__ import annotations

from base64 import b64encode
from itertools import islice
from math import gcd
from typing import TYPE_CHECKING, TypeAlias

from podcastkit.feed.dates import write_date
from podcastkit.feed.enclosures import make_enclosure_url
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
# Apple shows the first category; audits of 2024 and later accept a second one (podcasters.apple.com/support/823).
_MAX_MAIN_CATEGORIES = 2


def get_website(edition: Edition) -> str:
    """Return the address of the show's website, or the public address if the show has no website."""
    return edition.show.link or f"{edition.url}/"


# --- The channel


def find_build_date(edition: Edition) -> datetime | None:
    """Return the date of the newest episode, or the build date of the previous feed if that is later."""
    dates = [edition.built, *(item.published for item in edition.items)]
    return max((date for date in dates if date), default=None)


def link_translations(edition: Edition) -> list[Attributes]:
    """Return the attributes of the links to the same show in other languages."""
    rss = "application/rss+xml"
    return [
        {"rel": "alternate", "hreflang": language, "type": rss, "href": f"{edition.url}/{key}"}
        for language, key in edition.others
    ]


def write_categories(edition: Edition) -> Iterator[Markup]:
    """Yield the first two main categories, each with its subcategories."""
    groups: dict[str, list[str]] = {}
    for category in edition.show.categories:
        subs = groups.setdefault(category.name, [])
        if category.sub and category.sub not in subs:
            subs.append(category.sub)
    for name, subs in islice(groups.items(), _MAX_MAIN_CATEGORIES):
        children = (_make_tag("itunes:category", text=sub) for sub in subs)
        yield _make_tag("itunes:category", None, *children, text=name)


def read_categories(elements: Sequence[Element]) -> str:
    """Return a line for each category, as in `Science > Earth Sciences`."""
    lines = []
    for element in elements:
        name, subs = element.get("text"), [child.get("text") for child in element.all("itunes:category")]
        lines += [f"{name} > {sub}" for sub in subs] or [name]
    return "\n".join(lines)


def write_complete(edition: Edition) -> str | None:
    """Return `Yes` if `complete` is set and the last episode is published.

    Otherwise, return None: apps ignore all other values.
    """
    is_complete = edition.show.complete and edition.frequency and edition.frequency.complete
    return "Yes" if is_complete else None


def write_locked(edition: Edition) -> Iterator[Markup]:
    """Yield the tag that allows or refuses imports by other hosts, with the address to ask for permission."""
    show = edition.show
    owner = show.owner.email if show.owner else None
    yield _make_tag("podcast:locked", "yes" if show.locked else "no", owner=owner)


def read_frequency(elements: Sequence[Element]) -> str:
    """Return the text of an update frequency, followed by its rule and start, or `complete`."""
    element = elements[0]
    if element.get("complete").lower() == "true":
        details = "complete"
    else:
        details = ", ".join(filter(None, map(element.get, ("rrule", "dtstart"))))
    return f"{element.text} ({details})" if details else element.text


def read_trailers(elements: Sequence[Element]) -> str:
    """Return a line for each trailer, without its audio and date, which are compared as part of its item."""
    trailers = [(element.text, element.get("season")) for element in elements]
    return "\n".join(f"{title} (season {season})" if season else title for title, season in trailers)


def write_trailers(edition: Edition) -> Iterator[Markup]:
    """Yield the trailers of the show and of its seasons; apps play the newest one as a preview of the show.

    A trailer with a number is not included: it is a teaser, which Apple replaces by the episode with this number.
    """
    for item in edition.items:
        trailer = item.episode if isinstance(item, Item) else item
        if trailer.type is not EpisodeType.TRAILER or trailer.number is not None or item.published is None:
            continue
        audio = find_enclosure(item, edition)
        if audio["url"]:
            season = None if trailer.season is None else str(trailer.season)
            pubdate = write_date(item.published)
            yield _make_tag("podcast:trailer", trailer.title, **audio, pubdate=pubdate, season=season)


def find_enclosure(item: Item | LiveItem, edition: Edition) -> Attributes:
    """Return the address, length and type of an item's audio; they are None if there is no enclosure."""
    if isinstance(item, Item):
        url = make_enclosure_url(edition.url, item.media.key, item.prefix)
        return {"url": url, "length": str(item.media.size), "type": item.media.content_type}
    enclosure = parse_item(item).find("enclosure")
    return {name: None if enclosure is None else enclosure.get(name) for name in ("url", "length", "type")}


def write_block(edition: Edition) -> Iterator[Markup]:
    """Yield the tags for single services, then the tag for all services (podcast-namespace, tags/block)."""
    block = edition.show.block
    for service in block.exceptions:
        yield _make_tag("podcast:block", "no", id=service)
    for service in block.services:
        yield _make_tag("podcast:block", "yes", id=service)
    if block.everybody:
        yield _make_tag("podcast:block", "yes")


# --- The channel and items


def write_itunes_block(block: Block) -> str | None:
    """Return `Yes` if Apple must not list the show or episode, or None. Apple ignores podcast:block."""
    return "Yes" if block.everybody and "apple" not in block.exceptions else None


def describe_images(images: Iterable[PublicPicture], edition: Edition) -> list[Attributes]:
    """Return the attributes of further images, with the size and type of the published copies."""
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


# --- Items; feedgen would need more time for the link and the date than for the rest of an item


def read_attribute(name: str) -> Callable[[Sequence[Element]], str]:
    """Return a function that reads an attribute of elements: a line for each element that has the attribute."""
    return lambda elements: "\n".join(filter(None, (element.get(name) for element in elements)))


def read_enclosures(elements: Sequence[Element]) -> str:
    """Return a line for each enclosure, with the address and length of the audio."""
    return "\n".join(f"{element.get('url')} {element.get('length')}".strip() for element in elements)


def find_explicit(item: Item, edition: Edition) -> bool:
    """Return whether an episode is explicit; the default is the value of the show."""
    own_value = item.episode.explicit
    return edition.show.explicit if own_value is None else own_value


def write_season(item: Item, edition: Edition) -> Iterator[Markup]:
    """Yield the season, with its name if it is the current season of the show."""
    season, show = item.episode.season, edition.show
    yield _make_tag("podcast:season", str(season), name=show.season_name if season == show.season else None)


def write_number(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the number of an episode."""
    yield _make_tag("podcast:episode", str(item.episode.number), display=item.episode.number_display)


def describe_file(file: PublicFile, edition: Edition) -> Attributes:
    """Return the address and type of a file."""
    return {"url": f"{edition.url}/{file.key}", "type": file.content_type}


def describe_transcripts(item: Item, edition: Edition) -> list[Attributes]:
    """Return the attributes of the transcripts; the default language is the language of the audio."""
    language = edition.show.spoken or edition.show.language
    return [
        {"url": f"{edition.url}/{file.key}", "type": file.content_type, "language": file.language or language}
        for file in item.transcripts
    ]


def write_simple_chapters(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the chapters that listeners see, for Spotify: https://podlove.org/simple-chapters, version 1.2."""
    chapters = [chapter for chapter in item.episode.chapters if chapter.title and not chapter.hidden]
    if chapters:
        yield _make_tag("psc:chapters", None, *map(_make_simple_chapter, chapters), version="1.2")


def _make_simple_chapter(chapter: Chapter) -> Markup:
    start = format_timestamp(round_to_millisecond(chapter.start))  # normal play time (RFC 2326, section 3.6)
    return _make_tag("psc:chapter", start=start, title=chapter.title, href=chapter.url, image=chapter.img)


def write_alternates(item: Item, edition: Edition) -> Iterator[Markup]:
    """Yield the alternates; the main audio is not among them.

    An alternate in another language gets the language as its `rel`: an app may choose freely among versions with
    the same `rel`, which differ only in their encoding (podcast-namespace, tags/alternate-enclosure).
    """
    spoken_language = edition.show.spoken or edition.show.language
    for version in item.alternates:
        alternate, media = version.alternate, version.media
        language = alternate.lang or edition.show.spoken
        is_other_language = language and language.lower() != spoken_language.lower()
        digest = b64encode(bytes.fromhex(media.sha256)).decode()
        yield _make_tag(
            "podcast:alternateEnclosure",
            None,
            _make_tag("podcast:source", uri=make_enclosure_url(edition.url, media.key, item.prefix)),
            _make_tag("podcast:integrity", type="sri", value=f"sha256-{digest}"),
            type=media.content_type,
            length=str(media.size),
            bitrate=str(media.bitrate) if media.bitrate else None,
            lang=language,
            title=alternate.title,
            rel=language if is_other_language else None,
            codecs=_name_codecs(media),
        )


def _name_codecs(media: Media) -> str | None:
    """Return the codec (RFC 6381) of an M4A that podcastkit encoded, or None. For MP3, the type is sufficient."""
    return "mp4a.40.2" if media.recipe.startswith("m4a ") else None


def write_soundbites(item: Item, _: Edition) -> Iterator[Markup]:
    """Yield the soundbites that end within the audio; rule E141 reports the others."""
    for bite in item.episode.soundbites:
        if bite.end <= item.media.duration:
            start, duration = _format_seconds(bite.start), _format_seconds(bite.duration)
            yield _make_tag("podcast:soundbite", bite.title, startTime=start, duration=duration)


def _format_seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".")


# --- Markup


def _make_tag(name: str, text: str | None = None, /, *children: Markup, **attributes: str | None) -> Markup:
    """Return a tag without the attributes that are None."""
    given = {key: value for key, value in attributes.items() if value is not None}
    return Markup(name, text, given, children)
