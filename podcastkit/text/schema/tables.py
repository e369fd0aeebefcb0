"""Typed reading of the tables that show.toml and front matter share: people, places, licences and their like."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.model import Block, ContentLink, Funding, License, Person, Place, RemoteFeed, Social, Soundbite, Txt
from podcastkit.text.credits import find_credit_problem, find_group
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote
from podcastkit.text.schema.fields import (
    BOOLEANS,
    boolean,
    choice,
    file_name,
    language,
    length,
    limited,
    line,
    many,
    parsed,
    record,
    url,
    web,
    whole,
)
from podcastkit.text.schema.values import WRONG_VALUE, Number, Untyped

if TYPE_CHECKING:
    from podcastkit.diagnostics import Location
    from podcastkit.text.schema.fields import Field, Table
    from podcastkit.text.schema.values import Findings, Value

UNKNOWN_CREDIT = Number(121)
UNKNOWN_LICENSE = Number(122)
UNKNOWN_SERVICE = Number(123)
NO_DISCLOSURE = Number(124)
WITHOUT_ITEMS = Number(125)
DISABLED_AND_MORE = Number(126)
NO_PUBLISHER_URL = Number(127)

# Where nothing else is named: https://github.com/Podcastindex-org/podcast-namespace/tree/main/docs/tags
LABEL_LIMIT = 128
"""Characters of a short text."""
label = limited(LABEL_LIMIT)
"""Reads a short text, of which aggregators keep 128 characters."""
LONG_TEXT = 4000
# socialprotocols.txt
PROTOCOLS = ("disabled", "activitypub", "twitter", "lightning", "atproto", "hive", "matrix", "nostr")
_DISABLED = Social(protocol="disabled")
# docs/tags/medium.md
_MEDIA = ("podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher", "course")
MEDIUMS = (*_MEDIA, *(f"{medium}L" for medium in _MEDIA), "mixed")
# docs/examples/license/licenses.json
LICENSES = {slug.lower(): slug for slug in ("ARR", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-ND-4.0", "POD-V4V-1.0")}
# serviceslugs.txt
SERVICES = frozenset(
    """
    acast amazon anchor apple audible audioboom backtracks bitcoin blubrry buzzsprout captivate castos castopod
    facebook fireside fyyd google gpodder hypercatcher kasts libsyn mastodon megafono megaphone omnystudio overcast
    paypal pinecast podbean podcastaddict podcastguru podcastindex podcasts podchaser podcloud podfriend podiant
    podigee podnews podomatic podserve podverse redcircle relay resonaterecordings rss shoutengine simplecast slack
    soundcloud spotify spreaker tiktok transistor twitter whooshkaa youtube zencast
    """.split()  # noqa: SIM905 - as the list of sixty words is read and compared best
)
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/image.md
PURPOSES = ("artwork", "social", "canvas", "banner", "publisher", "circular", "poster")
_LONGEST_PURPOSE = 128
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/alternate-enclosure.md
SHORT_TITLE = 32


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
    """Make a field for a name, or `{name, role, group, href, img}`; a known role or group becomes small letters.

    Their case does not count (podcast namespace, `person`), and who compares it nevertheless knows `host` so.
    """

    def build(table: Table) -> Person | None:
        name = table.require("name", label, '"…"')
        role, group = table.read("role", line, default_role), table.read("group", line)
        href, img = table.read("href", url), table.read("img", url)
        problem = find_credit_problem(role, group)
        if name and problem:
            table.warn("role", UNKNOWN_CREDIT, problem)
        if problem is None:
            role, group = role.lower(), group.lower() if group else find_group(role)
        return Person(name=name, role=role, group=group, href=href, img=img) if name else None

    return record(build, "a name or a table with a name", short="name")


def block(value: Value, findings: Findings) -> Block | None:
    """Read true, false, the slugs of the services that shall not list it, or `{except}`: those that alone may."""
    if isinstance(value.data, bool) or (isinstance(value.data, Untyped) and value.data.lower() in BOOLEANS):
        return Block(everybody=boolean(value, findings) or False)
    if isinstance(value.data, Mapping):
        return record(_build_exceptions, "a table with except")(value, findings)
    return Block(services=many(_service)(value, findings) or ())


def socials(value: Value, findings: Findings) -> tuple[Social, ...]:
    """Read the places where listeners talk; without a priority of their own, the first comes first."""
    read = many(social)(value, findings) or ()
    if len(read) > 1 and any(one.protocol == "disabled" for one in read):
        message = f"{value.name}: comments are disabled, so no place for them is published"
        findings.warn(DISABLED_AND_MORE, value.location, message, "keep one of the two")
        return (_DISABLED,)
    if len(read) == 1 or any(one.priority is not None for one in read):
        return read
    return tuple(replace(one, priority=rank) for rank, one in enumerate(read, 1))


def medium(value: Value, findings: Findings) -> str | None:
    """Read what the show is, by the words of `podcast:medium`."""
    read = choice(MEDIUMS)(value, findings)
    if read and (read not in _MEDIA or read == "publisher"):
        message = f"{value.name}: apps expect no episodes in a feed that is {quote(read)}"
        findings.warn(WITHOUT_ITEMS, value.location, message, 'write "podcast", or leave it out')
    return read


def _build_exceptions(table: Table) -> Block | None:
    exceptions = table.require("except", many(_service), '["apple"]')
    return Block(everybody=True, exceptions=exceptions) if exceptions else None


def _service(value: Value, findings: Findings) -> str | None:
    slug = parsed(_parse_service)(value, findings)
    if slug and slug not in SERVICES:
        nearest = difflib.get_close_matches(slug, sorted(SERVICES), n=1)
        hint = f'did you mean "{nearest[0]}"?' if nearest else "look it up in the list of the podcast namespace"
        message = f"{value.name}: {quote(slug)} is not among the slugs of services"
        findings.warn(UNKNOWN_SERVICE, value.location, message, hint)
    return slug


def _build_place(table: Table) -> Place | None:
    name = table.require("name", label, '"…"')
    geo, osm = table.read("geo", parsed(parse_geo)), table.read("osm", parsed(parse_osm))
    country = table.read("country", parsed(parse_country))
    rel = table.read("rel", choice(("subject", "creator")), "subject")
    return Place(name=name, geo=geo, osm=osm, country=country, rel=rel) if name else None


def _build_license(table: Table) -> License | None:
    slug, address = table.require("slug", label, '"CC-BY-4.0"'), table.read("url", url)
    if slug and address is None and slug.lower() not in LICENSES:
        message = f"{quote(slug)} is left out: only {', '.join(LICENSES.values())} are known without an address"
        table.warn(
            "slug", UNKNOWN_LICENSE, Problem(message, "add url, the address of its text, or write one of these")
        )
        return None
    return License(slug=LICENSES.get(slug.lower(), slug), url=address) if slug else None


def _build_txt(table: Table) -> Txt | None:
    purpose = table.read("purpose", label)
    content = table.require("value", limited(LONG_TEXT), '"…"')
    if content and purpose == "ai-content" and content not in {"true", "false"}:
        problem = Problem(f"{quote(content)} does not say whether AI made it", "write true or false")
        table.warn("value", NO_DISCLOSURE, problem)
    return Txt(value=content, purpose=purpose) if content else None


def _build_remote_feed(table: Table) -> RemoteFeed | None:
    feed, kind = _build_feed(table), table.read("medium", choice(MEDIUMS))
    return replace(feed, medium=kind) if feed else None


def _build_publisher(table: Table) -> RemoteFeed | None:
    feed = _build_feed(table)
    if feed and not table.has("feed_url"):
        message = "it has no feed_url, and few apps find a publisher by the feed_guid alone"
        table.warn("feed_url", NO_PUBLISHER_URL, Problem(message, "add the address of the publisher's feed"))
    return replace(feed, medium="publisher") if feed else None


def _build_feed(table: Table) -> RemoteFeed | None:
    guid = table.require("feed_guid", parsed(parse_feed_guid), '"917393e3-1b1e-5cef-ace4-edaa54e1f810"')
    address, title = table.read("feed_url", url), table.read("title", line)
    return RemoteFeed(feed_guid=guid, feed_url=address, title=title) if guid else None


def _build_funding(table: Table) -> Funding | None:
    address, words = table.require("url", url, '"https://…"'), table.require("text", label, '"Support us"')
    return Funding(url=address, text=words) if address and words else None


def _build_social(table: Table) -> Social | None:
    protocol = table.require("protocol", choice(PROTOCOLS), '"activitypub"')
    if protocol != "disabled":
        table.report_missing({"uri": '"https://…"'})
    found = Social(
        protocol=protocol or "",
        uri=table.read("uri", web(_parse_uri)),
        account_id=table.read("account_id", line),
        account_url=table.read("account_url", url),
        priority=table.read("priority", whole(1, 999)),
    )
    if protocol == "disabled" and found != _DISABLED:
        problem = Problem("comments are disabled, so nothing else is said of them", "keep the protocol alone")
        table.warn("protocol", DISABLED_AND_MORE, problem)
        return _DISABLED
    return found if protocol else None


def _build_soundbite(table: Table) -> Soundbite | None:
    start, duration = table.require("start", length, "75"), table.require("duration", _positive_length, "30")
    title = table.read("title", label)
    if start is None or duration is None:
        return None
    return Soundbite(start=start, duration=duration, title=title, location=table.location)


def _build_content_link(table: Table) -> ContentLink | None:
    href, words = table.require("href", url, "https://…"), table.require("text", line, "Watch the video")
    return ContentLink(href=href, text=words) if href and words else None


def _build_image(table: Table) -> Image | None:
    file = table.require("file", file_name, '"banner.jpg"')
    purpose, alt = table.read("purpose", _purpose), table.read("alt", line)
    return Image(file=file, location=table.location, purpose=purpose, alt=alt) if file else None


def _build_alternate(table: Table) -> Alternate | None:
    file = table.require("file", file_name, "audio-es.mp3")
    title, lang = table.read("title", limited(SHORT_TITLE)), table.read("lang", language)
    return Alternate(file=file, location=table.location, title=title, lang=lang) if file else None


def _purpose(value: Value, findings: Findings) -> str | None:
    """Read what a picture is for: words in small letters. An app's own ones hold a slash, as in `app/hero`."""
    written = limited(_LONGEST_PURPOSE)(value, findings) or ""
    words = tuple(dict.fromkeys(re.findall(r"[^\s,]+", written.lower())))
    for word in words:
        if word not in PURPOSES and "/" not in word:
            nearest = difflib.get_close_matches(word, PURPOSES, n=1)
            hint = f'did you mean "{nearest[0]}"?' if nearest else f"apps know {', '.join(PURPOSES)}"
            findings.warn(WRONG_VALUE, value.location, f"{value.name}: no app knows {quote(word)}", hint)
    return " ".join(words) or None


def _positive_length(value: Value, findings: Findings) -> timedelta | None:
    duration = length(value, findings)
    if duration == timedelta():
        findings.wrong(value, "longer than nothing", "write how long it lasts, as in 30")
    return duration or None


def parse_geo(written: str) -> str | Problem:
    """Read a `geo:` URI (RFC 5870)."""
    match = re.fullmatch(r"(geo:)?(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)(.*)", written.strip(), re.ASCII)
    if match and match[1] and re.fullmatch(r"(?:,-?\d+(?:\.\d+)?)?(?:;[\x21-\x7e]*)?", match[4], re.ASCII):
        return written.strip()
    hint = (
        f'write "geo:{match[2]},{match[3]}"' if match else 'write latitude and longitude, as in "geo:34.05,-118.24"'
    )
    return Problem(f"{quote(written)} is not a place on the map", hint)


def parse_osm(written: str) -> str | Problem:
    """Read an object of OpenStreetMap, such as `R207359`."""
    if re.fullmatch(r"[NWR][0-9]{1,20}(?:#[0-9]{1,9})?", written.strip()):
        return written.strip()
    hint = 'write N, W or R (node, way, relation) and the number, as in "R207359"'
    return Problem(f"{quote(written)} is not a number of OpenStreetMap", hint)


def parse_country(written: str) -> str | Problem:
    """Read the two letters of a country (ISO 3166-1)."""
    if re.fullmatch(r"[A-Za-z]{2}", written.strip()):
        return written.strip().upper()
    return Problem(f"{quote(written)} is not the code of a country", 'write two letters, as in "US"')


def parse_feed_guid(written: str) -> str | Problem:
    """Read the GUID of a show, a UUID in any case."""
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", written.strip(), re.ASCII | re.IGNORECASE):
        return written.strip()
    hint = "copy podcast:guid out of that feed; podcastindex.org shows it, too"
    return Problem(f"{quote(written)} is not the GUID of a show", hint)


def _parse_service(written: str) -> str | Problem:
    if re.fullmatch(r"[a-z0-9]{1,64}", written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not the slug of a service", 'write it in small letters, as in "google"')


def _parse_uri(written: str) -> str | Problem:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not an address", "copy the address of the post, as in https://…")


place = record(_build_place, "a name or a table with a name", short="name")
license_ = record(_build_license, "a slug or a table with a slug", short="slug")
txt = record(_build_txt, "a table with purpose and value", short="value")
remote_feed = record(_build_remote_feed, "a table with feed_guid and feed_url")
publisher = record(_build_publisher, "a table with feed_guid and feed_url")
funding = record(_build_funding, "a table with url and text")
social = record(_build_social, "a table with protocol and uri")
soundbite = record(_build_soundbite, "a table with start and duration")
content_link = record(_build_content_link, "a table with href and text")
image = record(_build_image, "a table with a file")
alternate = record(_build_alternate, "a table with a file")
