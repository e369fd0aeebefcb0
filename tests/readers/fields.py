"""The fields of an edition. The readers report the fields of its feed under the same names.

A field of the show is a value (`title`). A field of the episodes is a list (`items.title`) with one value per
episode, in the order of the feed. Durations are in seconds, moments are aware datetimes, and missing values None.
"""

from __future__ import annotations

import re
from base64 import b64encode
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from podcastkit.model import EpisodeType, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from podcastkit.model import (
        AlternateAudio,
        Block,
        Chapter,
        Edition,
        Episode,
        Frequency,
        Funding,
        License,
        Media,
        Person,
        Place,
        PublicFile,
        PublicPicture,
        RemoteFeed,
        Show,
        Social,
        Text,
        Txt,
    )

Reading: TypeAlias = dict[str, Any]
"""The fields of an edition, or those that a reader has read from a feed."""


def list_fields(edition: Edition, describe: Callable[[Text], str]) -> Reading:
    """Return the fields of an edition. `describe` converts a text to a description."""
    items = [item for item in edition.items if isinstance(item, Item)]
    return _list_show_fields(edition, describe) | group_by_field(
        _list_item_fields(item, edition, describe) for item in items
    )


def group_by_field(rows: Iterable[Reading]) -> Reading:
    """Convert the fields of each episode to one list per field."""
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    return {f"items.{name}": [row.get(name) for row in listed] for name in names}


def parse_seconds(clock: str) -> float:
    """Parse a time such as `01:02:03.500` to seconds."""
    hours, minutes, rest = clock.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 3)


def _list_show_fields(edition: Edition, describe: Callable[[Text], str]) -> Reading:
    show = edition.show
    return {
        "title": show.title,
        "link": show.link or f"{edition.url}/",
        "description": _format_channel_description(describe(show.description)),
        "language": show.language,
        "copyright": re.sub(r"^(Copyright )?© ", "", show.copyright) if show.copyright else None,
        "author": show.author,
        "owner": (show.owner.name or show.author, show.owner.email) if show.owner and show.owner.email else None,
        "type": show.type.value,
        "explicit": show.explicit,
        "artwork": _make_url(edition, edition.artwork),
        "images": _describe_images(edition, edition.images),
        "categories": _list_categories(show),
        "complete": bool(show.complete and edition.frequency and edition.frequency.complete),
        "blocked": _is_blocked(show.block),
        "new_feed_url": show.new_feed_url,
        "self": f"{edition.url}/{edition.feed}",
        "translations": [(language, f"{edition.url}/{key}") for language, key in edition.others],
        "updated": max((item.published for item in edition.items if item.published), default=None),
        **_list_namespace_fields(edition),
    }


def _list_namespace_fields(edition: Edition) -> Reading:
    show = edition.show
    return {
        "guid": edition.guid,
        "locked": (show.locked, show.owner.email if show.owner else None),
        "medium": show.medium,
        "frequency": _describe_frequency(edition.frequency),
        "trailers": [
            (
                item.episode.title,
                *_describe_enclosure(item.media, item, edition),
                item.published,
                item.episode.season,
            )
            for item in edition.items
            if isinstance(item, Item) and item.episode.type is EpisodeType.TRAILER and item.episode.number is None
        ],
        "txt": list(map(_describe_txt, show.txt)),
        "funding": list(map(_describe_funding, show.funding)),
        "people": list(map(_describe_person, show.people)),
        "places": list(map(_describe_place, show.places)),
        "license": _describe_license(show.license),
        "podroll": list(map(_describe_remote_feed, show.podroll)),
        "publisher": _describe_remote_feed(show.publisher) if show.publisher else None,
        "podping": show.podping,
        "blocks": _list_blocks(show.block),
        "social": list(map(_describe_social, show.social)),
    }


def _list_item_fields(item: Item, edition: Edition, describe: Callable[[Text], str]) -> Reading:
    episode, show = item.episode, edition.show
    return {
        "guid": item.guid,
        "title": episode.title,
        "link": episode.link or show.link or f"{edition.url}/",
        "description": describe(episode.notes) or None,
        "notes": (describe(episode.notes) and episode.notes.html) or None,
        "summary": episode.summary,
        "enclosure": _describe_enclosure(item.media, item, edition),
        "duration": max(1, int(item.media.duration.total_seconds() + 0.5)),
        "published": item.published,
        "explicit": show.explicit if episode.explicit is None else episode.explicit,
        "artwork": _make_url(edition, item.artwork),
        "images": _describe_images(edition, item.images),
        "blocked": _is_blocked(episode.block),
        "transcripts": [
            (_make_url(edition, file), file.content_type, file.language or show.spoken or show.language)
            for file in item.transcripts
        ],
        "chapters": (_make_url(edition, item.chapters), item.chapters.content_type) if item.chapters else None,
        "marks": [
            _describe_chapter(chapter) for chapter in episode.chapters if chapter.title and not chapter.hidden
        ],
        "alternates": [_describe_alternate(each, item, edition) for each in item.alternates],
        **_list_number_fields(episode, show),
        **_list_optional_fields(item),
    }


def _list_number_fields(episode: Episode, show: Show) -> Reading:
    return {
        "type": episode.type.value,
        "season": episode.season,
        "season_name": show.season_name if episode.season == show.season else None,
        "number": episode.number,
        "number_display": episode.number_display,
    }


def _list_optional_fields(item: Item) -> Reading:
    episode = item.episode
    return {
        "people": list(map(_describe_person, episode.people)),
        "soundbites": [
            (each.start.total_seconds(), each.duration.total_seconds(), each.title)
            for each in episode.soundbites
            if each.start + each.duration <= item.media.duration
        ],
        "places": list(map(_describe_place, episode.places)),
        "license": _describe_license(episode.license),
        "txt": list(map(_describe_txt, episode.txt)),
        "funding": list(map(_describe_funding, episode.funding)),
        "social": list(map(_describe_social, episode.social)),
        "content_links": [(each.href, each.text) for each in episode.content_links],
    }


def _format_channel_description(description: str) -> str:
    """Return the description of a channel. A single paragraph without markup becomes plain text."""
    only = re.fullmatch("<p>([^<&]*)</p>", description)
    text = only[1] if only else description
    return text.replace("\r\n", "\n").replace("\r", "\n") if "<" in text else text


def _describe_enclosure(media: Media, item: Item, edition: Edition) -> tuple[str, int, str]:
    address = f"{edition.url}/{media.key}"
    prefixed = item.prefix + address.removeprefix("https://") if item.prefix else address
    return prefixed, media.size, media.content_type


def _describe_alternate(version: AlternateAudio, item: Item, edition: Edition) -> tuple[Any, ...]:
    alternate, media = version.alternate, version.media
    spoken = edition.show.spoken or edition.show.language
    address, size, kind = _describe_enclosure(media, item, edition)
    digest = b64encode(bytes.fromhex(media.sha256)).decode()
    codecs = "mp4a.40.2" if media.recipe.startswith("m4a ") else None
    language = alternate.lang or edition.show.spoken
    other = language if language and language.lower() != spoken.lower() else None
    return (
        [address],
        ("sri", f"sha256-{digest}"),
        kind,
        size,
        media.bitrate,
        language,
        alternate.title,
        other,
        codecs,
    )


def _describe_images(edition: Edition, images: Iterable[PublicPicture]) -> list[tuple[Any, ...]]:
    return [
        (
            _make_url(edition, image.file),
            image.alt,
            Fraction(image.width, image.height),
            image.width,
            image.height,
            image.file.content_type,
            image.purpose,
        )
        for image in images
    ]


def _make_url(edition: Edition, file: PublicFile | None) -> str | None:
    return f"{edition.url}/{file.key}" if file else None


def _list_categories(show: Show) -> list[str]:
    """Return the categories with the first two names, because directories use only two."""
    names = list(dict.fromkeys(category.name for category in show.categories))
    return [str(category) for name in names[:2] for category in show.categories if category.name == name]


def _is_blocked(block: Block) -> bool:
    return block.everybody and "apple" not in block.exceptions


def _list_blocks(block: Block) -> list[tuple[str | None, bool]]:
    named = [*((service, False) for service in block.exceptions), *((service, True) for service in block.services)]
    return [*named, (None, True)] if block.everybody else [*named]


def _describe_frequency(frequency: Frequency | None) -> tuple[Any, ...] | None:
    return (frequency.text, frequency.complete, frequency.start, frequency.rule) if frequency else None


def _describe_chapter(chapter: Chapter) -> tuple[Any, ...]:
    return (round(chapter.start.total_seconds(), 3), chapter.title, chapter.url, chapter.img)


def _describe_remote_feed(feed: RemoteFeed) -> tuple[str | None, ...]:
    return (feed.feed_guid, feed.feed_url, feed.title, feed.medium)


def _describe_funding(funding: Funding) -> tuple[str, str]:
    return (funding.url, funding.text)


def _describe_txt(txt: Txt) -> tuple[str | None, str]:
    return (txt.purpose, txt.value)


def _describe_person(person: Person) -> tuple[str | None, ...]:
    return (person.name, person.role, person.group, person.href, person.img)


def _describe_place(place: Place) -> tuple[str | None, ...]:
    return (place.name, place.rel, place.geo, place.osm, place.country)


def _describe_license(license_: License | None) -> tuple[str, str | None] | None:
    return (license_.slug, license_.url) if license_ else None


def _describe_social(social: Social) -> tuple[Any, ...]:
    return (social.protocol, social.uri, social.account_id, social.account_url, social.priority)
