"""Readers that are written in JavaScript: podcast-partytime (Podcast Index's), feedsmith, and rss-parser."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tests.readers.telling import Reading, columns

if TYPE_CHECKING:
    from tests.readers.node import Node


def read_by_partytime(feed: bytes, node: Node) -> Reading:
    """Return what podcast-partytime makes of the feed."""
    found = node.read("partytime", feed.decode())
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": found.get("author"),
        "owner": _values(found.get("owner"), "name", "email"),
        "type": found.get("itunesType"),
        "artwork": found.get("itunesImage"),
        "categories": found.get("itunesCategory"),
        "complete": found.get("itunesComplete", False),
        "blocked": found.get("itunesBlock", False),
        "blocked_services": list(found.get("podcastBlockedPlatforms", {})),
        "new_feed_url": found.get("itunesNewFeedUrl"),
        "self": found.get("pubsub", {}).get("self"),
        "updated": _iso(found.get("lastBuildDate")),
        "guid": found.get("guid"),
        "locked": (found.get("locked"), found.get("podcastOwner")),
        "medium": found.get("medium"),
        "txt": [(each.get("purpose"), each["value"]) for each in found.get("podcastTxt", [])],
        "funding": [(each["url"], each["message"]) for each in found.get("podcastFunding", [])],
        "podroll": [_values(each, "feedGuid", "feedUrl", "title") for each in found.get("podroll", [])],
        "publisher": _values(found.get("podcastPublisher"), "feedGuid", "feedUrl"),
        **_partytime_both(found),
    } | columns(map(_partytime_item, found["items"]))


def _partytime_item(found: dict[str, Any]) -> Reading:
    return {
        "guid": found["guid"],
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "notes": found.get("content"),
        "summary": found.get("summary"),
        "enclosure": _values(found["enclosure"], "url", "length", "type"),
        "duration": found["duration"],
        "published": _iso(found.get("pubDate")),
        "artwork": found.get("itunesImage"),
        "transcripts": [_values(each, "url", "type", "language") for each in found.get("podcastTranscripts", [])],
        "chapters": _values(found.get("podcastChapters"), "url", "type"),
        "type": found.get("itunesEpisodeType"),
        "season": found.get("podcastSeason", {}).get("number"),
        "season_name": found.get("podcastSeason", {}).get("name"),
        "number": found.get("podcastEpisode", {}).get("number"),
        "number_display": found.get("podcastEpisode", {}).get("display"),
        "soundbites": [
            _values(each, "startTime", "duration", "title") for each in found.get("podcastSoundbites", [])
        ],
        "social": [_values(each, "platform", "url", "id") for each in found.get("podcastSocialInteraction", [])],
        **_partytime_both(found),
    }


def _partytime_both(found: dict[str, Any]) -> Reading:
    return {
        "explicit": found["explicit"],
        "people": [
            _values(each, "name", "role", "group", "href", "img") for each in found.get("podcastPeople", [])
        ],
        "location": _values(found.get("podcastLocation"), "name", "rel", "geo", "osm", "country"),
        "license": _values(found.get("license"), "identifier", "url"),
    }


def read_by_feedsmith(feed: bytes, node: Node) -> Reading:
    """Return what feedsmith makes of the feed."""
    found = node.read("feedsmith", feed.decode())
    itunes, podcast = found["itunes"], found["podcast"]
    blocks = podcast.get("blocks", [])
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": itunes.get("author"),
        "owner": _values(itunes.get("owner"), "name", "email"),
        "type": itunes.get("type"),
        "categories": [
            f"{each['text']} > {sub['text']}" if sub else each["text"]
            for each in itunes.get("categories", [])
            for sub in each.get("categories") or [None]
        ],
        "complete": itunes.get("complete", False),
        "blocked_services": [each["id"] for each in blocks if each["value"] and "id" in each],
        "new_feed_url": itunes.get("newFeedUrl"),
        "self": next(link["href"] for link in found["atom"]["links"] if link["rel"] == "self"),
        "updated": _rfc(found.get("lastBuildDate")),
        "guid": podcast.get("guid"),
        "locked": _values(podcast.get("locked"), "value", "owner"),
        "medium": podcast.get("medium"),
        "funding": [_values(each, "url", "display") for each in podcast.get("fundings", [])],
        "podroll": [
            _values(each, "feedGuid", "feedUrl", "title")
            for each in podcast.get("podroll", {}).get("remoteItems", [])
        ],
        "publisher": _values(podcast.get("publisher", {}).get("remoteItem"), "feedGuid", "feedUrl"),
        "podping": podcast.get("podping", {}).get("usesPodping", False),
        **_feedsmith_both(itunes, podcast),
    } | columns(map(_feedsmith_item, found.get("items", [])))


def _feedsmith_item(found: dict[str, Any]) -> Reading:
    itunes, podcast = found["itunes"], found.get("podcast", {})
    (enclosure,) = found["enclosures"]
    return {
        "guid": None if found["guid"]["isPermaLink"] else found["guid"]["value"],
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "notes": found.get("content", {}).get("encoded"),
        "summary": itunes.get("summary"),
        "enclosure": _values(enclosure, "url", "length", "type"),
        "duration": itunes.get("duration"),
        "published": _rfc(found.get("pubDate")),
        "transcripts": [_values(each, "url", "type", "language") for each in podcast.get("transcripts", [])],
        "chapters": _values(podcast.get("chapters"), "url", "type"),
        "type": itunes.get("episodeType"),
        "season": podcast.get("season", {}).get("number"),
        "season_name": podcast.get("season", {}).get("name"),
        "number": podcast.get("episode", {}).get("number"),
        "number_display": podcast.get("episode", {}).get("display"),
        "soundbites": [_values(each, "startTime", "duration", "display") for each in podcast.get("soundbites", [])],
        "social": [_values(each, "protocol", "uri", "accountId") for each in podcast.get("socialInteracts", [])],
        **_feedsmith_both(itunes, podcast),
    }


def _feedsmith_both(itunes: dict[str, Any], podcast: dict[str, Any]) -> Reading:
    (location,) = podcast.get("locations", [None])
    return {
        "explicit": itunes["explicit"],
        "artwork": itunes.get("image"),
        "blocked": itunes.get("block", False),
        "txt": [_values(each, "purpose", "display") for each in podcast.get("txts", [])],
        "people": [_values(each, "display", "role", "group", "href", "img") for each in podcast.get("persons", [])],
        "location": _values(location, "display", "rel", "geo", "osm", "country"),
        "license": _values(podcast.get("license"), "display", "url"),
    }


def read_by_rss_parser(feed: bytes, node: Node) -> Reading:
    """Return what rss-parser makes of the feed."""
    found = node.read("rss-parser", feed.decode())
    itunes = found["itunes"]
    return {
        "title": found.get("title"),
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "copyright": found.get("copyright"),
        "author": itunes.get("author"),
        "owner": _values(itunes.get("owner"), "name", "email"),
        "explicit": itunes["explicit"] == "true",
        "artwork": itunes.get("image"),
        "categories": [
            f"{each['name']} > {sub['name']}" if sub else each["name"]
            for each in itunes["categoriesWithSubs"]
            for sub in each["subs"] or [None]
        ],
        "self": found.get("feedUrl"),
        "updated": _rfc(found.get("lastBuildDate")),
    } | columns(map(_rss_parser_item, found["items"]))


def _rss_parser_item(found: dict[str, Any]) -> Reading:
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
        "published": _iso(found.get("isoDate")),
        "explicit": itunes["explicit"] == "true",
        "artwork": itunes.get("image"),
        "type": itunes.get("episodeType"),
        "season": int(itunes["season"]) if "season" in itunes else None,
        "number": int(itunes["episode"]) if "episode" in itunes else None,
    }


def _values(found: dict[str, Any] | None, *names: str) -> tuple[Any, ...] | None:
    return tuple(map(found.get, names)) if found else None


def _iso(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _rfc(text: str | None) -> datetime | None:
    return parsedate_to_datetime(text) if text else None
