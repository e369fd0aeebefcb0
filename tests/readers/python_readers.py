"""Readers in Python: podcastparser (used by gPodder), feedparser, and reader."""

from __future__ import annotations

import calendar
import io
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser
import podcastparser

from tests.readers.fields import Reading, group_by_field
from tests.readers.strict import NAMESPACES

if TYPE_CHECKING:
    from pathlib import Path

    import reader


# podcastparser 0.6.11 supports the podcast namespace only with this old URL.
_OLD_ADDRESS = b"https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"


def read_by_podcastparser(feed: bytes) -> Reading:
    """Read a feed with podcastparser, with the old URL of the podcast namespace.

    It sorts the episodes by their dates; here they are in the order of the feed again.
    """
    known = feed.replace(NAMESPACES["podcast"].encode(), _OLD_ADDRESS)
    found = podcastparser.parse("https://podcast.example.org/tides/feed.xml", io.BytesIO(known))
    owner = found.get("itunes_owner")
    episodes = sorted(found["episodes"], key=lambda episode: _find_position(feed, episode["guid"]))
    return {
        "title": found["title"],
        "link": found.get("link"),
        "description": found.get("description"),
        "language": found.get("language"),
        "author": found.get("itunes_author"),
        "owner": (owner.get("name"), owner.get("email")) if owner else None,
        "type": found.get("type"),
        "explicit": found.get("explicit"),
        "artwork": found.get("cover_url"),
        "categories": [
            f"{name} > {sub}" if sub else name
            for name, *subs in found.get("itunes_categories", [])
            for sub in subs or [""]
        ],
        "new_feed_url": found.get("new_url"),
        "funding": found.get("funding_url"),
        "locked": found.get("import_prohibited"),
    } | group_by_field(map(_convert_podcastparser_item, episodes))


def _convert_podcastparser_item(found: dict[str, Any]) -> Reading:
    (enclosure,) = found["enclosures"]
    return {
        "guid": found["guid"],
        "title": found["title"],
        "link": found["link"],
        "description": found["description"] or None,
        "notes": found.get("description_html"),
        "enclosure": (enclosure["url"], enclosure["file_size"], enclosure["mime_type"]),
        "duration": found["total_time"],
        "published": datetime.fromtimestamp(found["published"], UTC),
        "explicit": found.get("explicit"),
        "artwork": found.get("episode_art_url"),
        "type": found.get("type"),
        "season": found.get("season"),
        "number": found.get("number"),
        "transcripts": found.get("transcript_url"),
        "chapters": found.get("chapters_json_url"),
        "marks": [
            (each["start"], each["title"], each.get("href"), each.get("image"))
            for each in found.get("chapters", [])
        ],
        "people": [
            tuple(map(each.get, ("name", "role", "group", "href", "img"))) for each in found.get("persons", [])
        ],
    }


def read_by_feedparser(feed: bytes) -> Reading:
    """Read a feed with feedparser, without its HTML sanitizer."""
    found = feedparser.parse(feed, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.bozo_exception
    show = found.feed
    return {
        "title": show.title,
        "link": show.link,
        "description": show.get("subtitle"),
        "language": show.get("language"),
        "copyright": show.get("rights"),
        "author": show.get("author"),
        "owner": (show.publisher_detail.get("name"), show.publisher_detail.get("email"))
        if "publisher_detail" in show
        else None,
        "type": show.get("itunes_type"),
        "explicit": bool(show.itunes_explicit),
        "artwork": show.image.href if "image" in show else None,
        "categories": [tag.term for tag in show.tags],
        "complete": show.get("itunes_complete") == "Yes",
        "blocked": show.get("itunes_block") == 1,
        "new_feed_url": show.get("itunes_new-feed-url"),
        "self": next(link.href for link in show.links if link.rel == "self"),
        "translations": [(link.hreflang, link.href) for link in show.links if "hreflang" in link],
        "updated": _convert_feedparser_date(show.get("updated_parsed")),
        "guid": show.get("podcast_guid"),
        "medium": show.get("podcast_medium"),
    } | group_by_field(map(_convert_feedparser_item, found.entries))


def _convert_feedparser_item(found: Any) -> Reading:
    (enclosure,) = found.enclosures
    return {
        "guid": None if found.guidislink else found.id,
        "title": found.title,
        "link": found.link,
        "description": found.get("summary"),
        "notes": found.content[0].value if "content" in found else None,
        "enclosure": (enclosure.href, int(enclosure.length), enclosure.type),
        "duration": int(found.itunes_duration),
        "published": _convert_feedparser_date(found.published_parsed),
        "explicit": bool(found.itunes_explicit),
        "artwork": found.image.href if "image" in found else None,
        "blocked": found.get("itunes_block") == 1,
        "type": found.itunes_episodetype,
        "season": int(found.itunes_season) if "itunes_season" in found else None,
        "number": int(found.itunes_episode) if "itunes_episode" in found else None,
        "season_name": _get_attribute(found.get("podcast_season"), "name"),
        "number_display": _get_attribute(found.get("podcast_episode"), "display"),
        "chapters": _get_pair(found.get("podcast_chapters"), "url", "type"),
        "marks": [
            (each.start_parsed.total_seconds(), each.title, each.get("href"), each.get("image"))
            for each in found.get("psc_chapters", {}).get("chapters", [])
        ],
    }


def _get_attribute(found: Any, name: str) -> str | None:
    """Return an attribute of a tag that feedparser does not support. A tag without attributes is only its text."""
    return found.get(name) if isinstance(found, dict) else None


def _get_pair(found: Any, *names: str) -> tuple[str, ...] | None:
    return tuple(map(found.get, names)) if found else None


def _convert_feedparser_date(found: Any) -> datetime | None:
    return datetime.fromtimestamp(calendar.timegm(found), UTC) if found else None


def read_by_reader(feed: bytes, library: reader.Reader, folder: Path) -> Reading:
    """Read a feed with reader, from a file in the folder that is its feed root.

    It sorts the episodes by their dates; here they are in the order of the feed again.
    """
    name = f"{uuid.uuid4().hex}.xml"
    (folder / name).write_bytes(feed)
    library.add_feed(name)
    library.update_feed(name)
    found = library.get_feed(name)
    entries = sorted(library.get_entries(feed=name), key=lambda entry: _find_position(feed, entry.id))
    library.delete_feed(name)
    return {
        "title": found.title,
        "link": found.link,
        "description": found.subtitle,
        "author": found.authors[0].name if found.authors else None,
        "updated": found.updated,
    } | group_by_field(map(_convert_reader_item, entries))


def _convert_reader_item(found: reader.Entry) -> Reading:
    (enclosure,) = found.enclosures
    return {
        "guid": found.id,
        "title": found.title,
        "link": found.link,
        "description": found.summary,
        "notes": found.content[0].value if found.content else None,
        "enclosure": (enclosure.href, enclosure.length, enclosure.type),
        "published": found.published,
    }


def _find_position(feed: bytes, guid: str) -> int:
    return feed.index(f">{guid}<".encode())
