"""What a feed is told: every field of an edition, by the names under which every reader's view has it, too.

A field of the show is a value (`title`); one of the episodes is a list (`items.title`) with a value for each of
them, in the order of the feed. Lengths are seconds, moments aware datetimes, what is missing None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from podcastkit.model import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from podcastkit.model import Edition, Episode, License, Person, Place, PublicFile, Show, Social, Text, Txt

Reading: TypeAlias = dict[str, Any]
"""A feed as fields: what was told, or what a reader read."""


def told(edition: Edition, describe: Callable[[Text], str]) -> Reading:
    """Return what the edition tells; what `describe` makes of the notes is an episode's description."""
    items = [item for item in edition.items if isinstance(item, Item)]
    return _of_show(edition) | columns(_of_item(item, edition, describe) for item in items)


def columns(rows: Iterable[Reading]) -> Reading:
    """Return what is told of each episode as one list for each field."""
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    return {f"items.{name}": [row.get(name) for row in listed] for name in names}


def _of_show(edition: Edition) -> Reading:
    show = edition.show
    return {
        "title": show.title,
        "link": show.link or f"{edition.url}/",
        "description": show.description.plain,
        "language": show.language,
        "copyright": re.sub(r"^(Copyright )?© ", "", show.copyright) if show.copyright else None,
        "author": show.author,
        "owner": (show.owner.name or show.author, show.owner.email) if show.owner and show.owner.email else None,
        "type": show.type.value,
        "explicit": show.explicit,
        "artwork": _address(edition, edition.artwork),
        "categories": _categories(show),
        "complete": show.complete,
        "blocked": show.block.everybody,
        "blocked_services": list(show.block.services),
        "new_feed_url": show.new_feed_url,
        "self": f"{edition.url}/feed.xml",
        "updated": max((item.published for item in edition.items if item.published), default=None),
        "guid": edition.guid,
        "locked": (show.locked, show.owner.email if show.owner else None),
        "medium": show.medium,
        "txt": list(map(_txt, show.txt)),
        "funding": [(each.url, each.text) for each in show.funding],
        "people": list(map(_person, show.people)),
        "location": _place(next(iter(show.places), None)),
        "license": _license(show.license),
        "podroll": [(each.feed_guid, each.feed_url, each.title) for each in show.podroll],
        "publisher": (show.publisher.feed_guid, show.publisher.feed_url) if show.publisher else None,
        "podping": show.podping,
        "social": list(map(_social, show.social)),
    }


def _of_item(item: Item, edition: Edition, describe: Callable[[Text], str]) -> Reading:
    episode, show = item.episode, edition.show
    return {
        "guid": item.guid,
        "title": episode.title,
        "link": episode.link or show.link or f"{edition.url}/",
        "description": describe(episode.notes) or None,
        "notes": (describe(episode.notes) and episode.notes.html) or None,
        "summary": episode.summary,
        "enclosure": (_enclosure_address(item, edition), item.media.size, item.media.content_type),
        "duration": max(1, int(item.media.duration.total_seconds() + 0.5)),
        "published": item.published,
        "explicit": show.explicit if episode.explicit is None else episode.explicit,
        "artwork": _address(edition, item.artwork),
        "blocked": episode.block.everybody,
        "transcripts": [
            (_address(edition, file), file.content_type, file.language or show.language)
            for file in item.transcripts
        ],
        "chapters": (_address(edition, item.chapters), item.chapters.content_type) if item.chapters else None,
        **_numbers(episode, show),
        **_extras(episode),
    }


def _numbers(episode: Episode, show: Show) -> Reading:
    return {
        "type": episode.type.value,
        "season": episode.season,
        "season_name": show.season_name if episode.season == show.season else None,
        "number": episode.number,
        "number_display": episode.number_display,
    }


def _extras(episode: Episode) -> Reading:
    return {
        "people": list(map(_person, episode.people)),
        "soundbites": [
            (each.start.total_seconds(), each.duration.total_seconds(), each.title) for each in episode.soundbites
        ],
        "location": _place(next(iter(episode.places), None)),
        "license": _license(episode.license),
        "txt": list(map(_txt, episode.txt)),
        "social": list(map(_social, episode.social)),
        "content_links": [(each.href, each.text) for each in episode.content_links],
    }


def _enclosure_address(item: Item, edition: Edition) -> str:
    address = f"{edition.url}/{item.media.key}"
    return item.prefix + address.removeprefix("https://") if item.prefix else address


def _address(edition: Edition, file: PublicFile | None) -> str | None:
    return f"{edition.url}/{file.key}" if file else None


def _categories(show: Show) -> list[str]:
    """Return the categories of the first two names: more of them are no use to directories."""
    names = list(dict.fromkeys(category.name for category in show.categories))
    return [str(category) for name in names[:2] for category in show.categories if category.name == name]


def _txt(txt: Txt) -> tuple[str | None, str]:
    return (txt.purpose, txt.value)


def _person(person: Person) -> tuple[str | None, ...]:
    return (person.name, person.role, person.group, person.href, person.img)


def _place(place: Place | None) -> tuple[str | None, ...] | None:
    return (place.name, place.rel, place.geo, place.osm, place.country) if place else None


def _license(license_: License | None) -> tuple[str, str | None] | None:
    return (license_.slug, license_.url) if license_ else None


def _social(social: Social) -> tuple[str | None, ...]:
    return (social.protocol, social.uri, social.account_id)
