"""The tables that show.toml and front matter share: people, places, licences and their like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from podcastkit.model import (
    Alternate,
    Block,
    ContentLink,
    Funding,
    License,
    Person,
    Place,
    RemoteFeed,
    Social,
    Soundbite,
    Txt,
)
from podcastkit.text.credits import find_credit_problem, find_group
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote, suggest
from podcastkit.text.schema.fields import (
    choice,
    file_name,
    find_boolean,
    language,
    length,
    limited,
    line,
    many,
    parsed,
    url,
    web,
    whole,
)
from podcastkit.text.schema.keys import Field, Key, make_field, record, report_missing
from podcastkit.text.schema.values import WRONG_VALUE, Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.diagnostics import Location
    from podcastkit.text.schema.values import Findings, Value

    Values = dict[str, Any]

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
PEOPLE_ALIASES = ("guest", "guests", "host", "hosts")
"""What other tools call `people`."""
# socialprotocols.txt
PROTOCOLS = ("disabled", "activitypub", "twitter", "lightning", "atproto", "hive", "matrix", "nostr")
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
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/alternate-enclosure.md
SHORT_TITLE = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A further image of a show or episode (`podcast:image`)."""

    file: str
    location: Location
    purpose: str | None = None
    alt: str | None = None


def parse_geo(written: str) -> str | Problem:
    """Read a `geo:` URI (RFC 5870)."""
    match = re.fullmatch(r"(geo:)?(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)(.*)", written.strip(), re.ASCII)
    if match and match[1] and re.fullmatch(r"(?:,-?\d+(?:\.\d+)?)?(?:;[\x21-\x7e]*)?", match[4], re.ASCII):
        return written.strip()
    hint = (
        f'write "geo:{match[2]},{match[3]}"' if match else 'write latitude and longitude, as in "geo:34.05,-118.24"'
    )
    return Problem(f"{quote(written)} is not a place on the map", hint)


def parse_country(written: str) -> str | Problem:
    """Read the two letters of a country (ISO 3166-1)."""
    if re.fullmatch(r"[A-Za-z]{2}", written.strip()):
        return written.strip().upper()
    return Problem(f"{quote(written)} is not the code of a country", 'write two letters, as in "US"')


def matching(pattern: str, what: str, hint: str) -> Callable[[str], str | Problem]:
    """Make a function that reads what a pattern of ASCII characters matches in full."""

    def parse(written: str) -> str | Problem:
        is_match = re.fullmatch(pattern, written.strip(), re.ASCII)
        return written.strip() if is_match else Problem(f"{quote(written)} is not {what}", hint)

    return parse


parse_osm = matching(
    "[NWR][0-9]{1,20}(?:#[0-9]{1,9})?",
    "a number of OpenStreetMap",
    'write N, W or R (node, way, relation) and the number, as in "R207359"',
)
parse_feed_guid = matching(
    "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "the GUID of a show",
    "copy podcast:guid out of that feed; podcastindex.org shows it, too",
)
"""Reads a UUID in any case."""
_parse_service = matching("[a-z0-9]{1,64}", "the slug of a service", 'write it in small letters, as in "google"')
_parse_uri = matching(
    r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", "an address", "copy the address of the post, as in https://…"
)


@make_field("the slug of a service")
def _service(value: Value, findings: Findings) -> str | None:
    slug = parsed(_parse_service)(value, findings)
    if slug and slug not in SERVICES:
        hint = suggest(slug, SERVICES, "look it up in the list of the podcast namespace")
        findings.warn_about(
            UNKNOWN_SERVICE, value, Problem(f"{quote(slug)} is not among the slugs of services", hint)
        )
    return slug


@make_field("words between blanks")
def _purpose(value: Value, findings: Findings) -> str | None:
    """Read what a picture is for: words in small letters. An app's own ones hold a slash, as in `app/hero`."""
    written = label(value, findings) or ""
    words = tuple(dict.fromkeys(re.findall(r"[^\s,]+", written.lower())))
    for word in words:
        if word not in PURPOSES and "/" not in word:
            hint = suggest(word, PURPOSES, f"apps know {', '.join(PURPOSES)}")
            findings.warn_about(WRONG_VALUE, value, Problem(f"no app knows {quote(word)}", hint))
    return " ".join(words) or None


@make_field(length.wanted)
def _positive_length(value: Value, findings: Findings) -> timedelta | None:
    duration = length(value, findings)
    if duration == timedelta():
        findings.wrong(value, "longer than nothing", "write how long it lasts, as in 30")
    return duration or None


_SOME_GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
_services = many(_service)
_medium = choice(MEDIUMS)


def person(default_role: str) -> Field[Person]:
    """Make a field for a name, or a table with a name; a known role or group becomes small letters.

    Their case does not count (podcast namespace, `person`), and who compares it nevertheless knows `host` so.
    """

    def finish(values: Values, table: Value, findings: Findings) -> Values:
        role, group = values.get("role", default_role), values.get("group")
        problem = find_credit_problem(role, group)
        if problem is None:
            return {**values, "role": role.lower(), "group": group.lower() if group else find_group(role)}
        if "name" in values:
            findings.warn_about(UNKNOWN_CREDIT, table.items.get("role", table), problem)
        return {**values, "role": role}

    return record(
        Person,
        "a name or a table with a name",
        Key("name", label, "who it is", example='"…"'),
        Key("role", line, f"what they do, else `{default_role}`"),
        Key("group", line, "the group of the role"),
        Key("href", url, "their page"),
        Key("img", url, "the address of their picture"),
        short="name",
        finish=finish,
    )


place = record(
    Place,
    "a name or a table with a name",
    Key("name", label, "what people call the place", example='"…"'),
    Key("geo", parsed(parse_geo), "where it is on the map: `geo:34.05,-118.24`"),
    Key("osm", parsed(parse_osm), "its number in OpenStreetMap: `R207359`"),
    Key("country", parsed(parse_country), "the two letters of its country"),
    Key("rel", choice(("subject", "creator")), "the content is about it (`subject`), or was made there"),
    short="name",
)


def _finish_license(values: Values, table: Value, findings: Findings) -> Values | None:
    slug = values.get("slug", "")
    known = LICENSES.get(slug.lower(), slug)
    if slug and "url" not in values and known not in LICENSES.values():
        message = f"{quote(slug)} is left out: only {', '.join(LICENSES.values())} are known without an address"
        hint = "add url, the address of its text, or write one of these"
        findings.warn_about(UNKNOWN_LICENSE, table.items.get("slug", table), Problem(message, hint))
        return None
    return {**values, "slug": known}


license_ = record(
    License,
    "a slug or a table with a slug",
    Key("slug", label, f"its name: {', '.join(LICENSES.values())} or your own", example='"CC-BY-4.0"'),
    Key("url", url, "the address of its text"),
    short="slug",
    finish=_finish_license,
)


def _finish_txt(values: Values, table: Value, findings: Findings) -> Values:
    content = values.get("value")
    if content and values.get("purpose") == "ai-content" and content not in {"true", "false"}:
        problem = Problem(f"{quote(content)} does not say whether AI made it", "write true or false")
        findings.warn_about(NO_DISCLOSURE, table.items.get("value", table), problem)
    return values


txt = record(
    Txt,
    "a table with purpose and value",
    Key("purpose", label, "what it is for: `applepodcastsverify` proves to Apple whose show it is"),
    Key("value", limited(LONG_TEXT), "the text", example='"…"'),
    short="value",
    finish=_finish_txt,
)


_exceptions: Field[dict[str, Any]] = record(
    dict,
    "a table with except",
    Key("except", _services, "the only services that may list it", example='["apple"]'),
)


@make_field("true, false, a list of services, or `{except}`")
def block(value: Value, findings: Findings) -> Block | None:
    """Read true, false, the slugs of the services that shall not list it, or `{except}`: those that alone may."""
    everybody = find_boolean(value)
    if everybody is not None:
        return Block(everybody=everybody)
    if isinstance(value.data, Mapping):
        exceptions = (_exceptions(value, findings) or {}).get("except")
        return Block(everybody=True, exceptions=exceptions) if exceptions else None
    return Block(services=_services(value, findings) or ())


_feed_keys = (
    Key("feed_guid", parsed(parse_feed_guid), "its `podcast:guid`", example=f'"{_SOME_GUID}"'),
    Key("feed_url", url, "its address"),
    Key("title", line, "what it is called", aliases=("name",)),
)
remote_feed = record(
    RemoteFeed,
    "a table with feed_guid and feed_url",
    *_feed_keys,
    Key("medium", _medium, "what it is, as `medium` says it"),
)


def _finish_publisher(values: Values, table: Value, findings: Findings) -> Values:
    if "feed_guid" in values and not table.find("feed_url"):
        message = "it has no feed_url, and few apps find a publisher by the feed_guid alone"
        problem = Problem(message, "add the address of the publisher's feed")
        findings.warn_about(NO_PUBLISHER_URL, table.items.get("feed_url", table), problem)
    return {**values, "medium": "publisher"}


publisher = record(RemoteFeed, "a table with feed_guid and feed_url", *_feed_keys, finish=_finish_publisher)
funding = record(
    Funding,
    "a table with url and text",
    Key("url", url, "where listeners give", example='"https://…"'),
    Key("text", label, "what the link says", example='"Support us"'),
)


@make_field('"podcast", "audiobook", "course", "music", "video" …')
def medium(value: Value, findings: Findings) -> str | None:
    """Read what the show is, by the words of `podcast:medium`."""
    read = _medium(value, findings)
    if read and (read not in _MEDIA or read == "publisher"):
        problem = Problem(
            f"apps expect no episodes in a feed that is {quote(read)}", 'write "podcast", or leave it out'
        )
        findings.warn_about(WITHOUT_ITEMS, value, problem)
    return read


_social_keys = (
    Key("protocol", choice(PROTOCOLS), "which network it is", example='"activitypub"'),
    Key("uri", web(_parse_uri), "the address of the post"),
    Key("account_id", line, "who wrote it"),
    Key("account_url", url, "their page"),
    Key("priority", whole(1, 999), "which of several comes first: the lowest"),
)


def _finish_social(values: Values, table: Value, findings: Findings) -> Values:
    if values.get("protocol") != "disabled":
        report_missing(table, replace(_social_keys[1], example='"https://…"'), _social_keys, findings)
    elif len(values) > 1:
        problem = Problem("comments are disabled, so nothing else is said of them", "keep the protocol alone")
        findings.warn_about(DISABLED_AND_MORE, table.items["protocol"], problem)
        return {"protocol": "disabled"}
    return values


social = record(Social, "a table with protocol and uri", *_social_keys, finish=_finish_social)


@make_field(many(social).wanted, keys=social.keys)
def socials(value: Value, findings: Findings) -> tuple[Social, ...]:
    """Read the places where listeners talk; without a priority of their own, the first comes first."""
    read = many(social)(value, findings) or ()
    if len(read) > 1 and any(one.protocol == "disabled" for one in read):
        problem = Problem("comments are disabled, so no place for them is published", "keep one of the two")
        findings.warn_about(DISABLED_AND_MORE, value, problem)
        return (Social(protocol="disabled"),)
    if len(read) == 1 or any(one.priority is not None for one in read):
        return read
    return tuple(replace(one, priority=rank) for rank, one in enumerate(read, 1))


def _add_location(values: Values, table: Value, _: Findings) -> Values:
    return {**values, "location": table.location}


soundbite = record(
    Soundbite,
    "a table with start and duration",
    Key("start", length, "where it begins", example="75"),
    Key("duration", _positive_length, "how long it lasts", example="30"),
    Key("title", label, "what apps show of it", aliases=("name",)),
    finish=_add_location,
)
content_link = record(
    ContentLink,
    "a table with href and text",
    Key("href", url, "its address", example="https://…"),
    Key("text", line, "what the link says", example="Watch the video"),
)
image = record(
    Image,
    "a table with a file",
    Key("file", file_name, "its file", example='"banner.jpg"'),
    Key("purpose", _purpose, "what it is for"),
    Key("alt", line, "what it shows, for those who do not see it"),
    finish=_add_location,
)
alternate = record(
    Alternate,
    "a table with a file",
    Key("file", file_name, "its file", example="audio-es.mp3"),
    Key("title", limited(SHORT_TITLE), "what apps show", aliases=("name",)),
    Key("lang", language, "its language, where it is not the show's"),
    finish=_add_location,
)
