"""The tags that feedgen lacks or gets wrong: all of `podcast:` and `psc:`, and some of `itunes:` and RSS."""

from __future__ import annotations

from base64 import b64encode
from functools import cache, lru_cache
from itertools import islice
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from podcastkit.feed.dates import write_date
from podcastkit.feed.enclosures import enclosure_url
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.safe_xml import forbidden_character, parse_xml, qualified
from podcastkit.model import EpisodeType, Item
from podcastkit.text.timecodes import format_timestamp, round_to_millisecond

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from podcastkit.model import (
        Block,
        Category,
        Chapter,
        Edition,
        Episode,
        Frequency,
        Funding,
        License,
        LiveItem,
        Media,
        Person,
        Place,
        PublicPicture,
        RemoteFeed,
        Show,
        Social,
        Soundbite,
        Txt,
    )

# Apple shows the first; audits of 2024 and later accept a second (podcasters.apple.com/support/823).
_MAIN_CATEGORIES = 2


class Tag(NamedTuple):
    """An element to write: its prefixed name, text, attributes and children."""

    name: str
    text: str | None
    attributes: dict[str, str]
    children: tuple[Tag, ...] = ()


class ItemTags:
    """A feedgen extension that writes its tags at the end of an `<item>`, once `fill` has said which."""

    def __init__(self) -> None:
        self._tags: Iterable[Tag] = ()
        self._owner = ""

    def fill(self, tags: Iterable[Tag], *, owner: str) -> None:
        """Take the tags to write; `owner` is whose they are, for messages."""
        self._tags, self._owner = tags, owner

    def extend_ns(self) -> dict[str, str]:
        """Return what the root shall declare."""
        return {prefix: NAMESPACES[prefix] for prefix in ("podcast", "psc")}

    def extend_rss(self, parent: etree._Element) -> etree._Element:
        """Append the tags and return the parent; raise `FeedError` when XML cannot carry one of their texts."""
        for tag in self._tags:
            _append(parent, tag, self._owner)
        return parent


class ShowTags(ItemTags):
    """The same for `<channel>`."""

    def extend_rss(self, parent: etree._Element) -> etree._Element:
        """Append the tags to the channel of the `<rss>` that feedgen hands over here, and return that."""
        super().extend_rss(parent[0])
        return parent


def show_tags(edition: Edition) -> Iterator[Tag]:
    """Yield what stands in the channel beside what feedgen writes."""
    show = edition.show
    # Behind the owner, whom feedparser and what builds on it would show as the author otherwise.
    yield _tag("itunes:author", show.author)
    for language, key in edition.others:
        yield _tag(
            "atom:link", rel="alternate", hreflang=language, type="application/rss+xml", href=f"{edition.url}/{key}"
        )
    yield from _updated(edition)
    yield from map(_category, *_grouped(show.categories))
    yield _explicit(show.explicit)
    if edition.artwork:
        yield _tag("itunes:image", href=f"{edition.url}/{edition.artwork.key}")
    yield from _images(edition.images, edition)
    if show.complete and edition.frequency and edition.frequency.complete:
        yield _tag("itunes:complete", "Yes")
    yield from _apple_block(show.block)
    yield _tag("podcast:guid", edition.guid)
    yield _tag("podcast:locked", "yes" if show.locked else "no", owner=show.owner.email if show.owner else None)
    yield _tag("podcast:medium", show.medium)
    if edition.frequency:
        yield _frequency(edition.frequency)
    yield from _trailers(edition)
    yield from _show_extras(show)


def item_tags(item: Item, edition: Edition) -> Iterator[Tag]:
    """Yield what stands in an item beside what feedgen writes."""
    episode, show, media = item.episode, edition.show, item.media
    # feedgen takes more time for these two than for everything else of an item.
    yield _tag("link", episode.link or website_of(edition))
    address = enclosure_url(edition.url, media.key, item.prefix)
    yield _tag("enclosure", url=address, length=str(media.size), type=media.content_type)
    yield _tag("pubDate", write_date(item.published))
    yield _explicit(show.explicit if episode.explicit is None else episode.explicit)
    if item.artwork:
        yield _tag("itunes:image", href=f"{edition.url}/{item.artwork.key}")
    yield from _images(item.images, edition)
    yield from _apple_block(episode.block)
    yield from _numbers(episode, show)
    yield from _documents(item, edition)
    yield from _alternates(item, edition)
    yield from _episode_extras(item)


def website_of(edition: Edition) -> str:
    """Return the address of the show's website: its own, else the public one."""
    return edition.show.link or f"{edition.url}/"


def _tag(name: str, text: str | None = None, /, *children: Tag, **attributes: str | None) -> Tag:
    given = {key: value for key, value in attributes.items() if value is not None}
    return Tag(name, text, given, children)


def _append(parent: etree._Element, tag: Tag, owner: str) -> None:
    try:
        element = etree.SubElement(parent, qualified(tag.name), tag.attributes)
        element.text = tag.text
    except ValueError as error:
        texts = (tag.text or "", *tag.attributes.values())
        raise forbidden_character(((f"<{tag.name}>", text) for text in texts), owner=owner) from error
    for child in tag.children:
        _append(element, child, owner)


def _updated(edition: Edition) -> Iterator[Tag]:
    moments = [item.published for item in edition.items if item.published]
    if moments:
        yield _tag("lastBuildDate", write_date(max(moments)))


def _grouped(categories: Iterable[Category]) -> tuple[tuple[str, ...], tuple[list[str], ...]]:
    groups: dict[str, list[str]] = {}
    for category in categories:
        subs = groups.setdefault(category.name, [])
        if category.sub and category.sub not in subs:
            subs.append(category.sub)
    kept = dict(islice(groups.items(), _MAIN_CATEGORIES))
    return tuple(kept), tuple(kept.values())


def _category(name: str, subs: Iterable[str]) -> Tag:
    return _tag("itunes:category", None, *(_tag("itunes:category", text=sub) for sub in subs), text=name)


@cache
def _explicit(value: bool) -> Tag:  # noqa: FBT001 - the only argument is the value itself
    return _tag("itunes:explicit", "true" if value else "false")


def _apple_block(block: Block) -> Iterator[Tag]:
    # Only the affirmative has a meaning, for this tag as for itunes:complete. Apple does not read podcast:block.
    if block.everybody and "apple" not in block.exceptions:
        yield _tag("itunes:block", "Yes")


def _frequency(frequency: Frequency) -> Tag:
    return _tag(
        "podcast:updateFrequency",
        frequency.text,
        complete="true" if frequency.complete else None,
        dtstart=frequency.start.isoformat() if frequency.start else None,
        rrule=frequency.rule,
    )


def _trailers(edition: Edition) -> Iterator[Tag]:
    """Yield the trailers of the show and of seasons; apps play the newest of them as the show's preview.

    A trailer with a number is a teaser of that episode, which Apple replaces by the episode, and no such preview.
    """
    for item in edition.items:
        trailer = item.episode if isinstance(item, Item) else item
        if trailer.type is not EpisodeType.TRAILER or trailer.number is not None or item.published is None:
            continue
        audio = _enclosure(item, edition)
        if audio["url"]:
            season = None if trailer.season is None else str(trailer.season)
            pubdate = write_date(item.published)
            yield _tag("podcast:trailer", trailer.title, **audio, pubdate=pubdate, season=season)


def _enclosure(item: Item | LiveItem, edition: Edition) -> dict[str, str | None]:
    if isinstance(item, Item):
        url = enclosure_url(edition.url, item.media.key, item.prefix)
        return {"url": url, "length": str(item.media.size), "type": item.media.content_type}
    enclosure = parse_xml(item.xml.encode(), f"The published item {item.title!r}").find("enclosure")
    return {name: None if enclosure is None else enclosure.get(name) for name in ("url", "length", "type")}


def _show_extras(show: Show) -> Iterator[Tag]:
    yield from map(_txt, show.txt)
    yield from map(_funding, show.funding)
    yield from map(_person, show.people)
    yield from _places_and_license(show.places, show.license)
    if show.podroll:
        yield _tag("podcast:podroll", None, *map(_remote, show.podroll))
    if show.publisher:
        yield _tag("podcast:publisher", None, _remote(show.publisher))
    if show.podping:
        yield _tag("podcast:podping", usesPodping="true")
    yield from _block(show.block)
    yield from map(_social, show.social)


def _funding(funding: Funding) -> Tag:
    return _tag("podcast:funding", funding.text, url=funding.url)


def _txt(txt: Txt) -> Tag:
    return _tag("podcast:txt", txt.value, purpose=txt.purpose)


@lru_cache
def _person(person: Person) -> Tag:
    return _tag(
        "podcast:person",
        person.name,
        role=person.role,
        group=person.group,
        img=person.img,
        href=person.href,
    )


def _places_and_license(places: Iterable[Place], license_: License | None) -> Iterator[Tag]:
    for place in places:
        yield _tag(
            "podcast:location", place.name, rel=place.rel, geo=place.geo, osm=place.osm, country=place.country
        )
    if license_:
        yield _tag("podcast:license", license_.slug, url=license_.url)


def _remote(feed: RemoteFeed) -> Tag:
    return _tag(
        "podcast:remoteItem",
        medium=feed.medium,
        feedGuid=feed.feed_guid,
        feedUrl=feed.feed_url,
        title=feed.title,
    )


def _block(block: Block) -> Iterator[Tag]:
    """Yield the services before everybody, the order in which a service decides (podcast-namespace, tags/block)."""
    for service in block.exceptions:
        yield _tag("podcast:block", "no", id=service)
    for service in block.services:
        yield _tag("podcast:block", "yes", id=service)
    if block.everybody:
        yield _tag("podcast:block", "yes")


def _social(social: Social) -> Tag:
    return _tag(
        "podcast:socialInteract",
        protocol=social.protocol,
        uri=social.uri,
        accountId=social.account_id,
        accountUrl=social.account_url,
        priority=None if social.priority is None else str(social.priority),
    )


def _numbers(episode: Episode, show: Show) -> Iterator[Tag]:
    if episode.season is not None:
        name = show.season_name if episode.season == show.season else None
        yield _tag("podcast:season", str(episode.season), name=name)
    if episode.number is not None:
        yield _tag("podcast:episode", str(episode.number), display=episode.number_display)


def _documents(item: Item, edition: Edition) -> Iterator[Tag]:
    for file in item.transcripts:
        yield _tag(
            "podcast:transcript",
            url=f"{edition.url}/{file.key}",
            type=file.content_type,
            language=file.language or edition.show.spoken or edition.show.language,
        )
    if item.chapters:
        url = f"{edition.url}/{item.chapters.key}"
        yield _tag("podcast:chapters", url=url, type=item.chapters.content_type)
    listed = [chapter for chapter in item.episode.chapters if chapter.title and not chapter.hidden]
    if listed:
        # Spotify reads these: https://podlove.org/simple-chapters, version 1.2.
        yield _tag("psc:chapters", None, *map(_simple_chapter, listed), version="1.2")


def _simple_chapter(chapter: Chapter) -> Tag:
    start = format_timestamp(round_to_millisecond(chapter.start))  # normal play time (RFC 2326, section 3.6)
    return _tag("psc:chapter", start=start, title=chapter.title, href=chapter.url, image=chapter.img)


def _images(images: Iterable[PublicPicture], edition: Edition) -> Iterator[Tag]:
    for image in images:
        divisor = gcd(image.width, image.height)
        yield _tag(
            "podcast:image",
            href=f"{edition.url}/{image.file.key}",
            alt=image.alt,
            **{"aspect-ratio": f"{image.width // divisor}/{image.height // divisor}"},
            width=str(image.width),
            height=str(image.height),
            type=image.file.content_type,
            purpose=image.purpose,
        )


def _alternates(item: Item, edition: Edition) -> Iterator[Tag]:
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


def _episode_extras(item: Item) -> Iterator[Tag]:
    episode = item.episode
    yield from map(_person, episode.people)
    # Players that jump to a part behind the end play nothing; a finding has told of it.
    yield from (_soundbite(bite) for bite in episode.soundbites if bite.end <= item.media.duration)
    yield from _places_and_license(episode.places, episode.license)
    yield from map(_txt, episode.txt)
    yield from map(_funding, episode.funding)
    yield from map(_social, episode.social)
    for link in episode.content_links:
        yield _tag("podcast:contentLink", link.text, href=link.href)


def _soundbite(bite: Soundbite) -> Tag:
    return _tag("podcast:soundbite", bite.title, startTime=_seconds(bite.start), duration=_seconds(bite.duration))


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".")
