"""The tags that feedgen lacks or gets wrong, from our values: all of `podcast:` and some of `itunes:` and RSS."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from podcastkit.feed.markup import NAMESPACES, legal_text, qualified

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta

    from podcastkit.model import (
        Block,
        Category,
        Edition,
        Episode,
        Item,
        License,
        Person,
        Place,
        RemoteFeed,
        Show,
        Social,
        Soundbite,
        Txt,
    )

# Apple shows the first; audits of 2024 and later accept a second (podcasters.apple.com/support/823).
_MAIN_CATEGORIES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """An element to write: its prefixed name, text, attributes and children."""

    name: str
    text: str | None
    attributes: Mapping[str, str]
    children: tuple[Tag, ...] = ()


class ItemTags:
    """A feedgen extension that writes its tags at the end of an `<item>`, once `fill` has said which."""

    def __init__(self) -> None:
        self._tags: tuple[Tag, ...] = ()

    def fill(self, tags: Iterable[Tag], *, owner: str) -> None:
        """Take the tags to write; raise `FeedError` naming the owner when XML cannot carry one of their texts."""
        self._tags = tuple(tags)
        for tag in self._tags:
            _check(tag, owner)

    def extend_ns(self) -> dict[str, str]:
        """Return what the root shall declare."""
        return {"podcast": NAMESPACES["podcast"]}

    def extend_rss(self, parent: etree._Element) -> etree._Element:
        """Append the tags and return the parent."""
        for tag in self._tags:
            _append(parent, tag)
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
    yield from _updated(edition)
    yield from map(_category, *_grouped(show.categories))
    yield _explicit(show.explicit)
    if edition.artwork:
        yield _tag("itunes:image", href=f"{edition.url}/{edition.artwork.key}")
    if show.complete:
        yield _tag("itunes:complete", "Yes")
    yield from _apple_block(show.block)
    yield _tag("podcast:guid", edition.guid)
    yield _tag("podcast:locked", "yes" if show.locked else "no", owner=show.owner.email if show.owner else None)
    yield _tag("podcast:medium", show.medium)
    yield from _show_extras(show)


def item_tags(item: Item, edition: Edition) -> Iterator[Tag]:
    """Yield what stands in an item beside what feedgen writes."""
    episode, show = item.episode, edition.show
    yield _tag("pubDate", format_datetime(item.published))
    yield _explicit(show.explicit if episode.explicit is None else episode.explicit)
    if item.artwork:
        yield _tag("itunes:image", href=f"{edition.url}/{item.artwork.key}")
    yield from _apple_block(episode.block)
    yield from _numbers(episode, show)
    yield from _documents(item, edition)
    yield from _episode_extras(episode)


def _tag(name: str, text: str | None = None, /, *children: Tag, **attributes: str | None) -> Tag:
    given = {key: value for key, value in attributes.items() if value is not None}
    return Tag(name=name, text=text, attributes=given, children=children)


def _check(tag: Tag, owner: str) -> None:
    for text in (tag.text or "", *tag.attributes.values()):
        legal_text(text, f"<{tag.name}>", owner=owner)
    for child in tag.children:
        _check(child, owner)


def _append(parent: etree._Element, tag: Tag) -> None:
    element = etree.SubElement(parent, qualified(tag.name))
    element.text = tag.text
    for name, value in tag.attributes.items():
        element.set(name, value)
    for child in tag.children:
        _append(element, child)


def _updated(edition: Edition) -> Iterator[Tag]:
    moments = [item.published for item in edition.items if item.published]
    if moments:
        yield _tag("lastBuildDate", format_datetime(max(moments)))


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


def _explicit(value: bool) -> Tag:  # noqa: FBT001 - the only argument is the value itself
    return _tag("itunes:explicit", "true" if value else "false")


def _apple_block(block: Block) -> Iterator[Tag]:
    # Only the affirmative has a meaning, for this tag as for itunes:complete.
    if block.everybody:
        yield _tag("itunes:block", "Yes")


def _show_extras(show: Show) -> Iterator[Tag]:
    yield from map(_txt, show.txt)
    for funding in show.funding:
        yield _tag("podcast:funding", funding.text, url=funding.url)
    yield from map(_person, show.people)
    yield from _place_and_license(show.place, show.license)
    if show.podroll:
        yield _tag("podcast:podroll", None, *map(_remote, show.podroll))
    if show.publisher:
        yield _tag("podcast:publisher", None, _remote(show.publisher, medium="publisher"))
    if show.podping:
        yield _tag("podcast:podping", usesPodping="true")
    yield from _block(show.block)
    yield from map(_social, show.social)


def _txt(txt: Txt) -> Tag:
    return _tag("podcast:txt", txt.value, purpose=txt.purpose)


def _person(person: Person) -> Tag:
    return _tag(
        "podcast:person",
        person.name,
        role=person.role,
        group=person.group,
        img=person.img,
        href=person.href,
    )


def _place_and_license(place: Place | None, license_: License | None) -> Iterator[Tag]:
    if place:
        yield _tag(
            "podcast:location", place.name, rel=place.rel, geo=place.geo, osm=place.osm, country=place.country
        )
    if license_:
        yield _tag("podcast:license", license_.slug, url=license_.url)


def _remote(feed: RemoteFeed, medium: str | None = None) -> Tag:
    return _tag(
        "podcast:remoteItem",
        medium=medium,
        feedGuid=feed.feed_guid,
        feedUrl=feed.feed_url,
        title=feed.title,
    )


def _block(block: Block) -> Iterator[Tag]:
    """Yield the services before everybody, the order in which a service decides (podcast-namespace, tags/block)."""
    for service in block.services:
        yield _tag("podcast:block", "yes", id=service)
    if block.everybody:
        yield _tag("podcast:block", "yes")


def _social(social: Social) -> Tag:
    return _tag("podcast:socialInteract", protocol=social.protocol, uri=social.uri, accountId=social.account_id)


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
            language=file.language or edition.show.language,
        )
    if item.chapters:
        url = f"{edition.url}/{item.chapters.key}"
        yield _tag("podcast:chapters", url=url, type=item.chapters.content_type)


def _episode_extras(episode: Episode) -> Iterator[Tag]:
    yield from map(_person, episode.people)
    yield from map(_soundbite, episode.soundbites)
    yield from _place_and_license(episode.place, episode.license)
    yield from map(_txt, episode.txt)
    yield from map(_social, episode.social)
    for link in episode.content_links:
        yield _tag("podcast:contentLink", link.text, href=link.href)


def _soundbite(bite: Soundbite) -> Tag:
    return _tag("podcast:soundbite", bite.title, startTime=_seconds(bite.start), duration=_seconds(bite.duration))


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".")
