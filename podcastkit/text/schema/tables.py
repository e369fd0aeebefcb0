"""The tables that show.toml and front matter share, such as people, places and licenses."""

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
    duration,
    file_name,
    language,
    line,
    list_of,
    parse_boolean,
    parser_field,
    short_line,
    url,
    web_address,
    whole_number,
)
from podcastkit.text.schema.keys import Field, Key, make_field, make_table_field, report_missing
from podcastkit.text.schema.values import WRONG_VALUE, Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.diagnostics import Location
    from podcastkit.text.schema.values import Findings, Value

    Values = dict[str, Any]

UNKNOWN_CREDIT = Number(121)
UNKNOWN_LICENSE = Number(122)
UNKNOWN_SERVICE = Number(123)
INVALID_AI_CONTENT = Number(124)
MEDIUM_WITHOUT_EPISODES = Number(125)
DISABLED_WITH_OTHERS = Number(126)
NO_PUBLISHER_URL = Number(127)

# The source of these lists, unless a comment names another source: https://github.com/Podcastindex-org/podcast-namespace/tree/main/docs/tags
LABEL_LIMIT = 128
"""The maximum length of short texts in characters."""
label = short_line(LABEL_LIMIT)
"""A short text, of which podcast apps keep 128 characters."""
LONG_TEXT = 4000
"""The maximum length of a `podcast:txt` in characters."""
PEOPLE_ALIASES = ("guest", "guests", "host", "hosts")
"""The names of `people` in other tools."""
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
    """.split()  # noqa: SIM905 - sixty words are easier to read and compare this way
)
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/image.md
PURPOSES = ("artwork", "social", "canvas", "banner", "publisher", "circular", "poster")
# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/alternate-enclosure.md
SHORT_TITLE = 32
"""The maximum length of the title of another version of the audio in characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A further image of a show or episode (`podcast:image`)."""

    file: str
    location: Location
    purpose: str | None = None
    alt: str | None = None


def parse_geo(written: str) -> str | Problem:
    """Return a valid `geo:` URI (RFC 5870), or the problem."""
    match = re.fullmatch(r"(geo:)?(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)(.*)", written.strip(), re.ASCII)
    if match and match[1] and re.fullmatch(r"(?:,-?\d+(?:\.\d+)?)?(?:;[\x21-\x7e]*)?", match[4], re.ASCII):
        return written.strip()
    hint = (
        f'write "geo:{match[2]},{match[3]}"' if match else 'write latitude and longitude, as in "geo:34.05,-118.24"'
    )
    return Problem(f"{quote(written)} is not a geo: address", hint)


def parse_country(written: str) -> str | Problem:
    """Return an ISO 3166-1 country code of two letters in upper case, or the problem."""
    if re.fullmatch(r"[A-Za-z]{2}", written.strip()):
        return written.strip().upper()
    return Problem(f"{quote(written)} is not a country code", 'write two letters, as in "US"')


def make_pattern_parser(pattern: str, what: str, hint: str) -> Callable[[str], str | Problem]:
    """Return a function that accepts text that a pattern matches completely."""

    def parse(written: str) -> str | Problem:
        is_match = re.fullmatch(pattern, written.strip(), re.ASCII)
        return written.strip() if is_match else Problem(f"{quote(written)} is not {what}", hint)

    return parse


parse_osm = make_pattern_parser(
    "[NWR][0-9]{1,20}(?:#[0-9]{1,9})?",
    "an OpenStreetMap number",
    'write N, W or R (node, way, relation) and the number, as in "R207359"',
)
parse_feed_guid = make_pattern_parser(
    "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "the GUID of a show",
    "copy podcast:guid from that feed, or from podcastindex.org",
)
"""Accepts a UUID in upper or lower case."""
_parse_service = make_pattern_parser(
    "[a-z0-9]{1,64}", "the name of a service", 'write it in lower case, as in "google"'
)
_parse_uri = make_pattern_parser(
    r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", "an address", "copy the address of the post, as in https://…"
)


@make_field("the name of a service")
def _service(value: Value, findings: Findings) -> str | None:
    slug = parser_field(_parse_service)(value, findings)
    if slug and slug not in SERVICES:
        hint = suggest(slug, SERVICES, "choose a name from serviceslugs.txt of the podcast namespace")
        findings.warn_about(
            UNKNOWN_SERVICE,
            value,
            Problem(f"{quote(slug)} is not a service in the list of the podcast namespace", hint),
        )
    return slug


@make_field("words with spaces between them")
def _purpose(value: Value, findings: Findings) -> str | None:
    """Read the purposes of an image in lower case. An app's own purpose contains a slash, as in `app/hero`."""
    written = label(value, findings) or ""
    words = tuple(dict.fromkeys(re.findall(r"[^\s,]+", written.lower())))
    for word in words:
        if word not in PURPOSES and "/" not in word:
            hint = suggest(word, PURPOSES, f"the known purposes are {', '.join(PURPOSES)}")
            findings.warn_about(WRONG_VALUE, value, Problem(f"{quote(word)} is not a known purpose", hint))
    return " ".join(words) or None


@make_field(duration.wanted)
def _read_positive_duration(value: Value, findings: Findings) -> timedelta | None:
    length = duration(value, findings)
    if length == timedelta():
        findings.report_wrong_value(value, "longer than 0", "write the duration in seconds, for example 30")
    return length or None


_EXAMPLE_GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
_services = list_of(_service)
_medium = choice(MEDIUMS)


def person(default_role: str) -> Field[Person]:
    """Return a field for a person: a name, or a table with a name.

    Known roles and groups become lower case. The podcast namespace ignores their case, but some apps compare them
    with the lower-case words.
    """

    def finish(values: Values, table: Value, findings: Findings) -> Values:
        role, group = values.get("role", default_role), values.get("group")
        problem = find_credit_problem(role, group)
        if problem is None:
            return {**values, "role": role.lower(), "group": group.lower() if group else find_group(role)}
        if "name" in values:
            findings.warn_about(UNKNOWN_CREDIT, table.items.get("role", table), problem)
        return {**values, "role": role}

    return make_table_field(
        Person,
        "a name or a table with a name",
        Key("name", label, "their name", example='"…"'),
        Key("role", line, f"their role; `{default_role}` by default"),
        Key("group", line, "the group of the role in the Podcast Taxonomy"),
        Key("href", url, "the address of their page"),
        Key("img", url, "the address of their picture"),
        short="name",
        finish=finish,
    )


place = make_table_field(
    Place,
    "a name or a table with a name",
    Key("name", label, "the name of the place", example='"…"'),
    Key("geo", parser_field(parse_geo), "the coordinates: `geo:34.05,-118.24`"),
    Key("osm", parser_field(parse_osm), "the number in OpenStreetMap: `R207359`"),
    Key("country", parser_field(parse_country), "the country code, two letters"),
    Key(
        "rel",
        choice(("subject", "creator")),
        "`subject`: the content is about it; `creator`: the content was made there",
    ),
    short="name",
)


def _finish_license(values: Values, table: Value, findings: Findings) -> Values | None:
    slug = values.get("slug", "")
    known = LICENSES.get(slug.lower(), slug)
    if slug and "url" not in values and known not in LICENSES.values():
        message = f"{quote(slug)} is not a known license and has no url, so it is left out"
        hint = f"add url with the address of the license, or write one of {', '.join(LICENSES.values())}"
        findings.warn_about(UNKNOWN_LICENSE, table.items.get("slug", table), Problem(message, hint))
        return None
    return {**values, "slug": known}


license_ = make_table_field(
    License,
    "a slug or a table with a slug",
    Key("slug", label, f"the name: {', '.join(LICENSES.values())} or your own", example='"CC-BY-4.0"'),
    Key("url", url, "the address of the license text"),
    short="slug",
    finish=_finish_license,
)


def _finish_txt(values: Values, table: Value, findings: Findings) -> Values:
    content = values.get("value")
    if content and values.get("purpose") == "ai-content" and content not in {"true", "false"}:
        problem = Problem(f"{quote(content)} is not a valid value for ai-content", "write true or false")
        findings.warn_about(INVALID_AI_CONTENT, table.items.get("value", table), problem)
    return values


txt = make_table_field(
    Txt,
    "a table with purpose and value",
    Key("purpose", label, "the purpose, for example `applepodcastsverify` to prove to Apple that you own the show"),
    Key("value", short_line(LONG_TEXT), "the text", example='"…"'),
    short="value",
    finish=_finish_txt,
)


_exceptions: Field[dict[str, Any]] = make_table_field(
    dict,
    "a table with except",
    Key("except", _services, "the only services that may list the show or episode", example='["apple"]'),
)


@make_field("true, false, a list of services, or `{except}`")
def block(value: Value, findings: Findings) -> Block | None:
    """Read true, false, or a list of services that must not list the show or episode.

    The table `{except}` has the only services that may list the show or episode.
    """
    is_blocked = parse_boolean(value)
    if is_blocked is not None:
        return Block(everybody=is_blocked)
    if isinstance(value.data, Mapping):
        exceptions = (_exceptions(value, findings) or {}).get("except")
        return Block(everybody=True, exceptions=exceptions) if exceptions else None
    return Block(services=_services(value, findings) or ())


_feed_keys = (
    Key("feed_guid", parser_field(parse_feed_guid), "the `podcast:guid` of the feed", example=f'"{_EXAMPLE_GUID}"'),
    Key("feed_url", url, "the address of the feed"),
    Key("title", line, "the title of the feed", aliases=("name",)),
)
remote_feed = make_table_field(
    RemoteFeed,
    "a table with feed_guid and feed_url",
    *_feed_keys,
    Key("medium", _medium, "the medium of the feed: one of the values of `medium` of the show"),
)


def _finish_publisher(values: Values, table: Value, findings: Findings) -> Values:
    if "feed_guid" in values and not table.find("feed_url"):
        message = "feed_url is missing, and few apps find a publisher by its feed_guid alone"
        problem = Problem(message, "add the address of the publisher's feed")
        findings.warn_about(NO_PUBLISHER_URL, table.items.get("feed_url", table), problem)
    return {**values, "medium": "publisher"}


publisher = make_table_field(
    RemoteFeed, "a table with feed_guid and feed_url", *_feed_keys, finish=_finish_publisher
)
funding = make_table_field(
    Funding,
    "a table with url and text",
    Key("url", url, "the address of the page where listeners can pay", example='"https://…"'),
    Key("text", label, "the text of the link", example='"Support us"'),
)


@make_field('"podcast", "audiobook", "course", "music", "video" …')
def medium(value: Value, findings: Findings) -> str | None:
    """Read the medium of the show, one of the values of `podcast:medium`."""
    word = _medium(value, findings)
    if word and (word not in _MEDIA or word == "publisher"):
        problem = Problem(
            f"apps do not expect episodes in a feed with the medium {quote(word)}",
            'write "podcast", or remove medium',
        )
        findings.warn_about(MEDIUM_WITHOUT_EPISODES, value, problem)
    return word


_social_keys = (
    Key("protocol", choice(PROTOCOLS), "the network", example='"activitypub"'),
    Key("uri", web_address(_parse_uri), "the address of the post"),
    Key("account_id", line, "the account that wrote the post"),
    Key("account_url", url, "the page of the account"),
    Key("priority", whole_number(1, 999), "the rank among several entries: the lowest number is first"),
)


def _finish_social(values: Values, table: Value, findings: Findings) -> Values:
    if values.get("protocol") != "disabled":
        report_missing(table, replace(_social_keys[1], example='"https://…"'), _social_keys, findings)
    elif len(values) > 1:
        problem = Problem("comments are disabled, so the other keys have no effect", "keep only protocol")
        findings.warn_about(DISABLED_WITH_OTHERS, table.items["protocol"], problem)
        return {"protocol": "disabled"}
    return values


social = make_table_field(Social, "a table with protocol and uri", *_social_keys, finish=_finish_social)


@make_field(list_of(social).wanted, keys=social.keys)
def socials(value: Value, findings: Findings) -> tuple[Social, ...]:
    """Read the places where listeners discuss the show.

    If no entry has a priority, the order of the entries sets their priorities.
    """
    entries = list_of(social)(value, findings) or ()
    if len(entries) > 1 and any(entry.protocol == "disabled" for entry in entries):
        problem = Problem(
            "comments are disabled, so the other entries are not published",
            "remove the entry with disabled, or the others",
        )
        findings.warn_about(DISABLED_WITH_OTHERS, value, problem)
        return (Social(protocol="disabled"),)
    if len(entries) == 1 or any(entry.priority is not None for entry in entries):
        return entries
    return tuple(replace(entry, priority=rank) for rank, entry in enumerate(entries, 1))


def _add_location(values: Values, table: Value, _: Findings) -> Values:
    return {**values, "location": table.location}


soundbite = make_table_field(
    Soundbite,
    "a table with start and duration",
    Key("start", duration, "the start", example="75"),
    Key("duration", _read_positive_duration, "the duration", example="30"),
    Key("title", label, "the title that apps show", aliases=("name",)),
    finish=_add_location,
)
content_link = make_table_field(
    ContentLink,
    "a table with href and text",
    Key("href", url, "the address of the link", example="https://…"),
    Key("text", line, "the text of the link", example="Watch the video"),
)
image = make_table_field(
    Image,
    "a table with a file",
    Key("file", file_name, "the image file", example='"banner.jpg"'),
    Key("purpose", _purpose, "the purposes, with spaces between them"),
    Key("alt", line, "alternative text"),
    finish=_add_location,
)
alternate = make_table_field(
    Alternate,
    "a table with a file",
    Key("file", file_name, "the audio file", example="audio-es.mp3"),
    Key("title", short_line(SHORT_TITLE), "the title that apps show", aliases=("name",)),
    Key("lang", language, "the language, if it differs from that of the show"),
    finish=_add_location,
)
