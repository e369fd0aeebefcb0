"""Typed reading of the tables that show.toml and front matter share: people, places, licences and their like."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.model import Block, ContentLink, Funding, License, Person, Place, RemoteFeed, Social, Soundbite, Txt
from podcastkit.text.fields import (
    BOOLEANS,
    boolean,
    choice,
    file_name,
    identifier,
    language,
    length,
    line,
    many,
    parsed,
    record,
    url,
)
from podcastkit.text.values import WRONG_VALUE, Problem, Untyped, quote

if TYPE_CHECKING:
    from podcastkit.diagnostics import Location
    from podcastkit.text.fields import Field, Table
    from podcastkit.text.values import Findings, Value

# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/social-interact.md
_PROTOCOLS = ("disabled", "activitypub", "twitter", "lightning", "atproto", "hive", "matrix", "nostr")
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/image.md
_PURPOSES = ("artwork", "social", "canvas", "banner", "publisher", "circular", "poster")
_LONGEST_PURPOSE = 128
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/alternate-enclosure.md
_LONGEST_TITLE = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A further image of a show or episode (`podcast:image`)."""

    file: str
    location: Location
    purpose: str | None = None
    alt: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternate:
    """Another version of an episode's audio (`podcast:alternateEnclosure`)."""

    file: str
    location: Location
    title: str | None = None
    lang: str | None = None


def person(default_role: str) -> Field[Person]:
    """Make a field for a name, or `{name, role, group, href, img}`."""

    def build(table: Table) -> Person | None:
        name = table.require("name", line, '"…"')
        role = table.read("role", line, default_role)
        group, href, img = table.read("group", line), table.read("href", url), table.read("img", url)
        return Person(name=name, role=role, group=group, href=href, img=img) if name else None

    return record(build, "a name or a table with a name", short=lambda name: Person(name=name, role=default_role))


def block(value: Value, findings: Findings) -> Block | None:
    """Read true, false, or the slugs of the services that shall not list it."""
    if isinstance(value.data, bool) or (isinstance(value.data, Untyped) and value.data.lower() in BOOLEANS):
        return Block(everybody=boolean(value, findings) or False)
    return Block(services=many(parsed(_parse_service))(value, findings) or ())


def _build_place(table: Table) -> Place | None:
    name = table.require("name", line, '"…"')
    geo, osm = table.read("geo", parsed(_parse_geo)), table.read("osm", parsed(_parse_osm))
    country, rel = table.read("country", parsed(_parse_country)), table.read("rel", choice(("subject", "creator")))
    return Place(name=name, geo=geo, osm=osm, country=country, rel=rel) if name else None


def _build_license(table: Table) -> License | None:
    slug, address = table.require("slug", line, '"CC-BY-4.0"'), table.read("url", url)
    return License(slug=slug, url=address) if slug else None


def _build_txt(table: Table) -> Txt | None:
    purpose, content = table.read("purpose", line), table.require("value", line, '"…"')
    return Txt(value=content, purpose=purpose) if content else None


def _build_remote_feed(table: Table) -> RemoteFeed | None:
    guid = table.require("feed_guid", identifier, '"917393e3-1b1e-5cef-ace4-edaa54e1f810"')
    address, title = table.read("feed_url", url), table.read("title", line)
    return RemoteFeed(feed_guid=guid, feed_url=address, title=title) if guid else None


def _build_funding(table: Table) -> Funding | None:
    address, words = table.require("url", url, '"https://…"'), table.require("text", line, '"Support us"')
    return Funding(url=address, text=words) if address and words else None


def _build_social(table: Table) -> Social | None:
    protocol = table.require("protocol", choice(_PROTOCOLS), '"activitypub"')
    if table.has("uri") or protocol == "disabled":
        uri = table.read("uri", parsed(_parse_uri))
    else:
        uri = table.require("uri", parsed(_parse_uri), '"https://…"')
    account = table.read("account_id", line)
    return Social(protocol=protocol, uri=uri, account_id=account) if protocol else None


def _build_soundbite(table: Table) -> Soundbite | None:
    start, duration = table.require("start", length, "75"), table.require("duration", _positive_length, "30")
    title = table.read("title", line)
    if start is None or duration is None:
        return None
    return Soundbite(start=start, duration=duration, title=title)


def _build_content_link(table: Table) -> ContentLink | None:
    href, words = table.require("href", url, "https://…"), table.require("text", line, "Watch the video")
    return ContentLink(href=href, text=words) if href and words else None


def _build_image(table: Table) -> Image | None:
    file = table.require("file", file_name, '"banner.jpg"')
    purpose, alt = table.read("purpose", _purpose), table.read("alt", line)
    return Image(file=file, location=table.location, purpose=purpose, alt=alt) if file else None


def _build_alternate(table: Table) -> Alternate | None:
    file = table.require("file", file_name, "audio-es.mp3")
    title, lang = table.read("title", _short_line(_LONGEST_TITLE)), table.read("lang", language)
    return Alternate(file=file, location=table.location, title=title, lang=lang) if file else None


def _purpose(value: Value, findings: Findings) -> str | None:
    """Read what a picture is for: words in small letters. An app's own ones hold a slash, as in `app/hero`."""
    written = _short_line(_LONGEST_PURPOSE)(value, findings) or ""
    words = tuple(dict.fromkeys(re.findall(r"[^\s,]+", written.lower())))
    for word in words:
        if word not in _PURPOSES and "/" not in word:
            nearest = difflib.get_close_matches(word, _PURPOSES, n=1)
            hint = f'did you mean "{nearest[0]}"?' if nearest else f"apps know {', '.join(_PURPOSES)}"
            findings.warn(WRONG_VALUE, value.location, f"{value.name}: no app knows {quote(word)}", hint)
    return " ".join(words) or None


def _short_line(longest: int) -> Field[str]:
    """Make a field for a line that apps may cut off where it is longer."""

    def read(value: Value, findings: Findings) -> str | None:
        written = line(value, findings)
        if written and len(written) > longest:
            message = f"{value.name} has {len(written)} characters; apps may show no more than {longest}"
            findings.warn(WRONG_VALUE, value.location, message, "shorten it")
        return written

    return read


def _positive_length(value: Value, findings: Findings) -> timedelta | None:
    duration = length(value, findings)
    if duration == timedelta():
        findings.wrong(value, "longer than nothing", "write how long it lasts, as in 30")
    return duration or None


def _parse_geo(written: str) -> str | Problem:
    """Read a `geo:` URI (RFC 5870)."""
    match = re.fullmatch(r"(geo:)?(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)(.*)", written.strip(), re.ASCII)
    if match and match[1] and re.fullmatch(r"(?:,-?\d+(?:\.\d+)?)?(?:;[\x21-\x7e]*)?", match[4], re.ASCII):
        return written.strip()
    hint = (
        f'write "geo:{match[2]},{match[3]}"' if match else 'write latitude and longitude, as in "geo:34.05,-118.24"'
    )
    return Problem(f"{quote(written)} is not a place on the map", hint)


def _parse_osm(written: str) -> str | Problem:
    if re.fullmatch(r"[NWR][0-9]{1,20}(?:#[0-9]{1,9})?", written.strip()):
        return written.strip()
    hint = 'write N, W or R (node, way, relation) and the number, as in "R207359"'
    return Problem(f"{quote(written)} is not a number of OpenStreetMap", hint)


def _parse_country(written: str) -> str | Problem:
    if re.fullmatch(r"[A-Za-z]{2}", written.strip()):
        return written.strip().upper()
    return Problem(f"{quote(written)} is not the code of a country", 'write two letters, as in "US"')


def _parse_service(written: str) -> str | Problem:
    if re.fullmatch(r"[a-z0-9]{1,64}", written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not the slug of a service", 'write it in small letters, as in "google"')


def _parse_uri(written: str) -> str | Problem:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not an address", "copy the address of the post, as in https://…")


place = record(_build_place, "a name or a table with a name", short=lambda name: Place(name=name))
license_ = record(_build_license, "a slug or a table with a slug", short=lambda slug: License(slug=slug))
txt = record(_build_txt, "a table with purpose and value", short=lambda value: Txt(value=value))
remote_feed = record(_build_remote_feed, "a table with feed_guid and feed_url")
funding = record(_build_funding, "a table with url and text")
social = record(_build_social, "a table with protocol and uri")
soundbite = record(_build_soundbite, "a table with start and duration")
content_link = record(_build_content_link, "a table with href and text")
image = record(_build_image, "a table with a file")
alternate = record(_build_alternate, "a table with a file")
