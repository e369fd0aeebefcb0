"""Readers in JavaScript: podcast-partytime (used by Podcast Index), feedsmith, and rss-parser."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.readers.fields import Reading, group_by_field, parse_seconds

if TYPE_CHECKING:
    from tests.readers.node import Node


def read_by_partytime(feed: bytes, node: Node) -> Reading:
    """Read a feed with podcast-partytime."""
    found = node.read("partytime", feed.decode())
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": found.get("author"),
        "owner": _get_optional_values(found.get("owner"), "name", "email"),
        "type": found.get("itunesType"),
        "artwork": found.get("itunesImage"),
        "categories": found.get("itunesCategory"),
        "complete": found.get("itunesComplete", False),
        "blocked": found.get("itunesBlock", False),
        "new_feed_url": found.get("itunesNewFeedUrl"),
        "self": found.get("pubsub", {}).get("self"),
        "updated": _parse_iso_date(found.get("lastBuildDate")),
        "guid": found.get("guid"),
        "locked": (found.get("locked"), found.get("podcastOwner")),
        "medium": found.get("medium"),
        "txt": [(each.get("purpose"), each["value"]) for each in found.get("podcastTxt", [])],
        "funding": [(each["url"], each["message"]) for each in found.get("podcastFunding", [])],
        "trailers": [
            (
                *_get_values(each, "title", "url", "length", "type"),
                _parse_iso_date(each["pubdate"]),
                each.get("season"),
            )
            for each in found.get("trailers", [])
        ],
        "podroll": [
            _get_values(each, "feedGuid", "feedUrl", "title", "medium") for each in found.get("podroll", [])
        ],
        "publisher": _get_optional_values(found.get("podcastPublisher"), "feedGuid", "feedUrl"),
        "blocks": [
            *found.get("podcastBlockedPlatforms", {}).items(),
            *([(None, True)] if found.get("podcastBlocked") == "yes" else []),
        ],
        **_convert_partytime_shared(found),
    } | group_by_field(map(_convert_partytime_item, found["items"]))


def _convert_partytime_item(found: dict[str, Any]) -> Reading:
    return {
        "guid": found["guid"],
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "notes": found.get("content"),
        "summary": found.get("summary"),
        "enclosure": _get_values(found["enclosure"], "url", "length", "type"),
        "duration": found["duration"],
        "published": _parse_iso_date(found.get("pubDate")),
        "artwork": found.get("itunesImage"),
        "transcripts": [
            _get_values(each, "url", "type", "language") for each in found.get("podcastTranscripts", [])
        ],
        "chapters": _get_optional_values(found.get("podcastChapters"), "url", "type"),
        "type": found.get("itunesEpisodeType"),
        "season": found.get("podcastSeason", {}).get("number"),
        "season_name": found.get("podcastSeason", {}).get("name"),
        "number": found.get("podcastEpisode", {}).get("number"),
        "number_display": found.get("podcastEpisode", {}).get("display"),
        "soundbites": [
            _get_values(each, "startTime", "duration", "title") for each in found.get("podcastSoundbites", [])
        ],
        "alternates": [
            (
                [source["uri"] for source in each["source"]],
                _get_values(each["integrity"], "type", "value"),
                *_get_values(each, "type", "length", "bitrate", "lang", "title", "rel", "codecs"),
            )
            for each in found.get("alternativeEnclosures", [])
        ],
        "social": [
            _get_values(each, "platform", "url", "id", "profileUrl", "priority")
            for each in found.get("podcastSocialInteraction", [])
        ],
        **_convert_partytime_shared(found),
    }


def _convert_partytime_shared(found: dict[str, Any]) -> Reading:
    return {
        "explicit": found["explicit"],
        "people": [
            _get_values(each, "name", "role", "group", "href", "img") for each in found.get("podcastPeople", [])
        ],
        "places": _get_optional_values(found.get("podcastLocation"), "name", "rel", "geo", "osm", "country"),
        "license": _get_optional_values(found.get("license"), "identifier", "url"),
    }


def read_by_feedsmith(feed: bytes, node: Node) -> Reading:
    """Read a feed with feedsmith."""
    found = node.read("feedsmith", feed.decode())
    itunes, podcast = found["itunes"], found["podcast"]
    links = found["atom"]["links"]
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": itunes.get("author"),
        "owner": _get_optional_values(itunes.get("owner"), "name", "email"),
        "type": itunes.get("type"),
        "categories": [
            f"{each['text']} > {sub['text']}" if sub else each["text"]
            for each in itunes.get("categories", [])
            for sub in each.get("categories") or [None]
        ],
        "complete": itunes.get("complete", False),
        "new_feed_url": itunes.get("newFeedUrl"),
        "self": next(link["href"] for link in links if link["rel"] == "self"),
        "translations": [_get_values(link, "hreflang", "href") for link in links if link["rel"] == "alternate"],
        "updated": _parse_rfc_date(found.get("lastBuildDate")),
        **_convert_feedsmith_namespace(podcast),
        **_convert_feedsmith_shared(itunes, podcast),
    } | group_by_field(map(_convert_feedsmith_item, found.get("items", [])))


def _convert_feedsmith_namespace(podcast: dict[str, Any]) -> Reading:
    publisher = podcast.get("publisher", {}).get("remoteItem")
    return {
        "guid": podcast.get("guid"),
        "locked": _get_values(podcast["locked"], "value", "owner"),
        "medium": podcast.get("medium"),
        "frequency": _convert_feedsmith_frequency(podcast.get("updateFrequency")),
        "trailers": [
            (
                *_get_values(each, "display", "url", "length", "type"),
                _parse_rfc_date(each["pubDate"]),
                each.get("season"),
            )
            for each in podcast.get("trailers", [])
        ],
        "funding": [_get_values(each, "url", "display") for each in podcast.get("fundings", [])],
        "podroll": [
            _get_values(each, "feedGuid", "feedUrl", "title", "medium")
            for each in podcast.get("podroll", {}).get("remoteItems", [])
        ],
        "publisher": _get_optional_values(publisher, "feedGuid", "feedUrl", "title", "medium"),
        "podping": podcast.get("podping", {}).get("usesPodping", False),
        "blocks": [_get_values(each, "id", "value") for each in podcast.get("blocks", [])],
    }


def _convert_feedsmith_frequency(found: dict[str, Any] | None) -> tuple[Any, ...] | None:
    if found is None:
        return None
    return (
        found["display"],
        found.get("complete", False),
        _parse_iso_date(found.get("dtstart")),
        found.get("rrule"),
    )


def _convert_feedsmith_item(found: dict[str, Any]) -> Reading:
    itunes, podcast = found["itunes"], found.get("podcast", {})
    (enclosure,) = found["enclosures"]
    return {
        "guid": None if found["guid"]["isPermaLink"] else found["guid"]["value"],
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "notes": found.get("content", {}).get("encoded"),
        "summary": itunes.get("summary"),
        "enclosure": _get_values(enclosure, "url", "length", "type"),
        "duration": itunes.get("duration"),
        "published": _parse_rfc_date(found.get("pubDate")),
        "transcripts": [_get_values(each, "url", "type", "language") for each in podcast.get("transcripts", [])],
        "chapters": _get_optional_values(podcast.get("chapters"), "url", "type"),
        "type": itunes.get("episodeType"),
        "season": podcast.get("season", {}).get("number"),
        "season_name": podcast.get("season", {}).get("name"),
        "number": podcast.get("episode", {}).get("number"),
        "number_display": podcast.get("episode", {}).get("display"),
        "soundbites": [
            _get_values(each, "startTime", "duration", "display") for each in podcast.get("soundbites", [])
        ],
        "marks": [
            (parse_seconds(each["start"]), *_get_values(each, "title", "href", "image"))
            for each in found.get("psc", {}).get("chapters", [])
        ],
        "alternates": [
            (
                [source["uri"] for source in each["sources"]],
                _get_values(each["integrity"], "type", "value"),
                *_get_values(each, "type", "length", "bitrate", "lang", "title", "rel", "codecs"),
            )
            for each in podcast.get("alternateEnclosures", [])
        ],
        "social": [
            _get_values(each, "protocol", "uri", "accountId", "accountUrl", "priority")
            for each in podcast.get("socialInteracts", [])
        ],
        **_convert_feedsmith_shared(itunes, podcast),
    }


def _convert_feedsmith_shared(itunes: dict[str, Any], podcast: dict[str, Any]) -> Reading:
    return {
        "explicit": itunes["explicit"],
        "artwork": itunes.get("image"),
        "blocked": itunes.get("block", False),
        "txt": [_get_values(each, "purpose", "display") for each in podcast.get("txts", [])],
        "people": [
            _get_values(each, "display", "role", "group", "href", "img") for each in podcast.get("persons", [])
        ],
        "places": [
            _get_values(each, "display", "rel", "geo", "osm", "country") for each in podcast.get("locations", [])
        ],
        "images": [
            (
                *_get_values(each, "href", "alt"),
                Fraction(each["aspectRatio"]),
                *_get_values(each, "width", "height", "type", "purpose"),
            )
            for each in podcast.get("images", [])
        ],
        "license": _get_optional_values(podcast.get("license"), "display", "url"),
    }


def read_by_rss_parser(feed: bytes, node: Node) -> Reading:
    """Read a feed with rss-parser."""
    found = node.read("rss-parser", feed.decode())
    itunes = found["itunes"]
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": itunes.get("author"),
        "owner": _get_optional_values(itunes.get("owner"), "name", "email"),
        "explicit": itunes["explicit"] == "true",
        "artwork": itunes.get("image"),
        "categories": [
            f"{each['name']} > {sub['name']}" if sub else each["name"]
            for each in itunes["categoriesWithSubs"]
            for sub in each["subs"] or [None]
        ],
        "self": found.get("feedUrl"),
        "updated": _parse_rfc_date(found.get("lastBuildDate")),
    } | group_by_field(map(_convert_rss_parser_item, found["items"]))


def _convert_rss_parser_item(found: dict[str, Any]) -> Reading:
    itunes, enclosure = found["itunes"], found["enclosure"]
    return {
        "guid": found["guid"],
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("content"),
        "notes": found.get("content:encoded"),
        "summary": itunes.get("summary"),
        "enclosure": (enclosure["url"], int(enclosure["length"]), enclosure["type"]),
        "duration": int(itunes["duration"]),
        "published": _parse_iso_date(found.get("isoDate")),
        "explicit": itunes["explicit"] == "true",
        "artwork": itunes.get("image"),
        "type": itunes.get("episodeType"),
        "season": int(itunes["season"]) if "season" in itunes else None,
        "number": int(itunes["episode"]) if "episode" in itunes else None,
    }


def _get_values(found: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(map(found.get, names))


def _get_optional_values(found: dict[str, Any] | None, *names: str) -> tuple[Any, ...] | None:
    return _get_values(found, *names) if found else None


def _parse_iso_date(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _parse_rfc_date(text: str | None) -> datetime | None:
    return parsedate_to_datetime(text) if text else None
