"""show.toml as typed values, with everything that is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from podcastkit.diagnostics import Diagnostic, Location, Parsed
from podcastkit.media.formats import DELIVERED_FORMATS
from podcastkit.model import AudioSettings, Owner, PublishSettings, Schedule, ShowType
from podcastkit.text.addresses import parse_destination, parse_prefix, parse_public_url, parse_url
from podcastkit.text.categories import parse_category
from podcastkit.text.dates import find_idle_skips, parse_day, parse_every, parse_timezone
from podcastkit.text.languages import parse_language
from podcastkit.text.notes.convert import render_markdown
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote
from podcastkit.text.schema.fields import (
    boolean,
    choice,
    email,
    file_name,
    identifier,
    language,
    length,
    line,
    many,
    moment,
    parsed,
    text,
    url,
    web,
    whole,
)
from podcastkit.text.schema.keys import Field, Key, make_field, read_table, record, sort_values
from podcastkit.text.schema.tables import (
    PEOPLE_ALIASES,
    block,
    funding,
    image,
    label,
    license_,
    medium,
    person,
    place,
    publisher,
    remote_feed,
    socials,
    txt,
)
from podcastkit.text.schema.values import MORNING, WRONG_VALUE, Findings, Value, locate
from podcastkit.text.syntax.toml import read_toml

if TYPE_CHECKING:
    from podcastkit.model import Person, Text, Txt
    from podcastkit.text.schema.tables import Image

_UTC = ZoneInfo("UTC")
_CODE = re.compile(r"[A-Z]\d{3}")
_QUIETEST, _LOUDEST = -70, -5
_LONGEST_CROSSFADE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFile:
    """What show.toml says: what the reader of the folder needs by itself, and other fields of the Show."""

    title: str | None = None
    language: str | None = None
    artwork: str | None = None
    season: int = 1
    timezone: ZoneInfo | None = None
    """From the top level or from `[schedule]`."""
    txt: tuple[Txt, ...] = ()
    images: tuple[Image, ...] = ()
    ai_content: bool | None = None
    footer: Text | None = None
    """The end of every episode's notes."""
    people: tuple[Person, ...] = ()
    """A person without a role is a host."""
    schedule: Schedule | None = None
    publish: PublishSettings = field(default_factory=PublishSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    translations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The words of the show in other languages: the values of `[translations]` by language and key."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The values of all other keys, by the fields of Show that they fill."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each value stands, by its name: `title`, `publish.to`, `people[0].role`."""

    @property
    def time_of_day(self) -> time:
        """When an episode comes out whose date has no time: as the schedule says, else at 06:00."""
        return self.schedule.first.time() if self.schedule else MORNING


UNREADABLE = ShowFile(timezone=_UTC)
"""Stands in for a file that cannot be read; with a time zone, or every date of an episode would be an error too."""


def read_show_file(content: str, file: str) -> Parsed[ShowFile]:
    """Read show.toml; `file` is how messages call it. The findings are S001 to S008."""
    root = read_toml(content, file)
    if isinstance(root, Diagnostic):
        return Parsed(UNREADABLE, (root,))
    written = [value for value in (root.find("schedule", "timezone"), root.find("timezone")) if value]
    zones = [zone for value in written if (zone := _parse_timezone(value))]
    # A wrong zone is an error of its own; without a stand-in, each date would be another.
    stand_in = _UTC if written else None
    top_level = frozenset(key.name for key in SHOW_KEYS)
    findings = Findings("S", timezone=zones[0] if zones else stand_in, top_level=top_level)
    values = read_table(root, SHOW_KEYS, findings)
    if len({zone.key for zone in zones}) > 1:
        problem = Problem(f"the file has another time zone, {zones[1].key}", "keep one of the two")
        findings.reject(written[0], problem)
    if stand_in and not zones:
        values.pop("schedule", None)
    if zones:
        values["timezone"] = zones[0]
    elif root.find("timezone") or "timezone" in findings.misplaced:
        values["timezone"] = _UTC
    _remove_own_language(root, values, findings)
    show = ShowFile(**sort_values(SHOW_KEYS, values, ShowFile), locations=locate(root))
    return Parsed(show, findings.diagnostics)


def _parse_timezone(value: Value) -> ZoneInfo | None:
    zone = parse_timezone(value.data) if isinstance(value.data, str) else None
    return zone if isinstance(zone, ZoneInfo) else None


def _remove_own_language(root: Value, values: dict[str, Any], findings: Findings) -> None:
    """Refuse a translation into the language of the show itself."""
    language, translations = values.get("language"), values.get("translations", {})
    written = root.find("translations")
    for key, own in written.items.items() if written else ():
        if language in translations and parse_language(key) == language:
            del translations[language]
            hint = "remove this table, or correct language"
            findings.reject(own, Problem(f"{language} is the language of the show itself", hint))


@make_field("text")
def _markdown(value: Value, findings: Findings) -> Text | None:
    """Read Markdown; the findings about it are at its key."""
    rendered = _rendered(value, findings)
    for finding in rendered.findings if rendered else ():
        findings.add(finding)
    return rendered.value if rendered else None


@make_field("text")
def _rendered(value: Value, findings: Findings) -> Parsed[Text] | None:
    """Read Markdown of a translation; the findings about it hold back the translation alone."""
    written = text(value, findings)
    if written is None:
        return None
    notes, found = render_markdown(written, file=value.location.file)
    return Parsed(notes.text, tuple(replace(finding, location=value.location) for finding in found))


def _parse_code(written: str) -> str | Problem:
    code = written.strip().upper()
    if _CODE.fullmatch(code):
        return code
    return Problem(
        "this is not the code of a rule", 'write codes as podcastkit check prints them: ignore = ["E103"]'
    )


@make_field(f"a number between {_QUIETEST} and {_LOUDEST}, or false")
def _loudness(value: Value, findings: Findings) -> float | Literal[False] | None:
    loudness = value.data
    if loudness is False:
        return False
    if isinstance(loudness, int | float) and loudness is not True and _QUIETEST <= loudness <= _LOUDEST:
        return float(loudness)
    hint = "write loudness = -16, or loudness = false to leave it alone"
    findings.wrong(value, _loudness.wanted, hint)
    return None


@make_field(length.wanted)
def _crossfade(value: Value, findings: Findings) -> timedelta | None:
    crossfade = length(value, findings)
    if crossfade is None or crossfade <= _LONGEST_CROSSFADE:
        return crossfade
    findings.wrong(value, f"at most {_LONGEST_CROSSFADE.seconds} seconds", "write a few seconds, as in 3")
    return None


def _finish_audio(values: dict[str, Any], *_: object) -> dict[str, Any]:
    is_left_alone = values.get("loudness") is False
    return {**values, "loudness": None} if is_left_alone else values


@make_field("a day")
def _day(value: Value, findings: Findings) -> date | None:
    day = parse_day(value.data) if isinstance(value.data, str | date) else None
    if isinstance(day, date):
        return day
    findings.wrong(value, _day.wanted, day.hint if day else "write the day as 2024-11-28")
    return None


def _finish_schedule(values: dict[str, Any], table: Value, findings: Findings) -> dict[str, Any]:
    known = {key: value for key, value in values.items() if key != "timezone"}
    if {"first", "every"} <= known.keys():
        for day in find_idle_skips(Schedule(**known)):
            message = f"no episode would come out on {day.isoformat()} anyway"
            problem = Problem(message, "write the day on which one would, or remove it")
            findings.warn_about(WRONG_VALUE, table.items.get("skip", table), problem)
    return known


OWNER_KEYS = (
    Key("name", line, "who owns the show"),
    Key("email", email, "the address that directories write to"),
)
SCHEDULE_KEYS = (
    Key("timezone", parsed(parse_timezone), "in place of the key above the tables"),
    Key("first", moment(), "when number 1 comes out, in the show's time zone", example="2024-09-05T06:00:00"),
    Key("every", parsed(parse_every), '`"day"`, `"3 days"`, `"week"`, `"2 weeks"`, `"month"`', example='"week"'),
    Key("skip", many(_day), "days without an episode: it and all later ones move by one slot"),
    Key("text", label, 'what apps show; else "Weekly, 8 episodes", in English or Spanish'),
)
PUBLISH_KEYS = (
    Key("to", parsed(parse_destination), 'a folder, relative to the show, or `"s3://bucket/prefix"`'),
    Key("url", web(parse_public_url), 'where listeners fetch it; the feed is url + "/feed.xml"'),
    Key("prefix", parsed(parse_prefix), "the address of a service that counts downloads; see below"),
    Key("endpoint_url", parsed(parse_url), "the address of a store that is not Amazon's"),
    Key("region", line, "where the bucket is"),
    Key("profile", line, "a profile of your AWS configuration"),
)
AUDIO_KEYS = (
    Key("loudness", _loudness, "LUFS, what masters are set to; false leaves their loudness alone"),
    Key("format", choice(DELIVERED_FORMATS), "what masters become"),
    Key("bitrate", whole(32, 320), "kbit/s; without it 128 for stereo, 96 for mono"),
    Key("channels", choice(("keep", "mono", "stereo")), "what masters become"),
    Key("always", boolean, "true: MP3 and M4A are masters, too, and encoded once more"),
    Key("tag", boolean, "true: MP3 and M4A that go out as they are get tags, in a copy"),
    Key("intro", file_name, 'the file that is played before each episode: `"intro.wav"`'),
    Key("outro", file_name, 'the file that is played after it: `"_sounds/goodbye.wav"`'),
    Key("crossfade", _crossfade, "how long a clip and the episode overlap, at most 30 seconds"),
    Key("trim", boolean, "true: silence at the beginning and the end of masters is cut off"),
)
CHECK_KEYS = (Key("ignore", many(parsed(_parse_code)), "the codes of rules that you do not want to hear of"),)
TRANSLATION_KEYS = (
    Key("title", line, "the show's title", example='"The name of the show"', aliases=("name",)),
    Key("description", _rendered, "Markdown", example='"What it is about"'),
    Key("author", line, "as in the show"),
    Key("link", url, "as in the show", aliases=("website",)),
    Key("copyright", line, "as in the show"),
    Key("season_name", label, "as in the show"),
    Key("artwork", file_name, "as in the show", aliases=("cover", "image")),
    Key("footer", _rendered, "as in the show"),
    Key("guid", identifier, "the show's GUID in that language, where it was published elsewhere before"),
    Key("new_feed_url", url, "where the feed in that language moves to; the show's own moves the original alone"),
    Key("txt", many(txt), "as in the show; Apple gives each feed a code of its own"),
    Key("funding", many(funding), "as in the show"),
)
_categories = many(parsed(parse_category))
_owner = record(Owner, "a table with name and email", *OWNER_KEYS)
_schedule = record(Schedule, "a table: [schedule]", *SCHEDULE_KEYS, finish=_finish_schedule)
_publish = record(PublishSettings, "a table: [publish]", *PUBLISH_KEYS)
_audio = record(AudioSettings, "a table: [audio]", *AUDIO_KEYS, finish=_finish_audio)
_check = record(lambda ignore=(): ignore, "a table: [check]", *CHECK_KEYS)
_translation: Field[dict[str, Any]] = record(
    dict, "a table: [translations.es]", *TRANSLATION_KEYS, is_kept_incomplete=True
)


@make_field("a table for each language: [translations.es]", keys=TRANSLATION_KEYS)
def _translations(value: Value, findings: Findings) -> dict[str, dict[str, Any]] | None:
    """Read the tables of languages; what is wrong in them is left out."""
    if not isinstance(value.data, Mapping):
        findings.wrong(value, _translations.wanted, "write it as a table of its own")
        return None
    found: dict[str, dict[str, Any]] = {}
    for key, table in value.data.items():
        name = parse_language(key)
        if isinstance(name, Problem):
            findings.reject(table, name)
        elif key != key.strip():  # what is in the table is called by its key
            findings.reject(table, Problem(f"{quote(key)} has blanks around it", f'write "{name}"'))
        elif name in found:
            findings.reject(table, Problem(f"{name} is there already", "keep one of the two"))
        elif (words := _translation(table, findings)) is not None:
            found[name] = words
    return found


SHOW_KEYS = (
    Key("title", line, "the show's title", example='"The name of the show"', aliases=("name",)),
    Key("author", line, "who publishes it", example='"Who publishes it"'),
    Key("description", _markdown, "Markdown", example='"What it is about, and for whom"'),
    Key("language", language, '`"en"`, `"es-MX"`', example='"en"', aliases=("lang",)),
    Key(
        "categories",
        _categories,
        'Apple\'s names: `"Arts"`, `"Education > Courses"`',
        example='["Education"]',
        aliases=("category",),
    ),
    Key(
        "explicit",
        boolean,
        "whether listeners should be warned",
        example="false, or true when listeners should be warned",
    ),
    Key("type", choice(ShowType), "in order (serial), or newest first"),
    Key("season", whole(1, 9999), "the season that episodes belong to"),
    Key("season_name", label, "how that season is called"),
    Key("episodes", whole(1, 9999), "how many full episodes the season will have", fills="total_episodes"),
    Key("timezone", parsed(parse_timezone), 'in which dates are meant: `"America/Los_Angeles"`'),
    Key("artwork", file_name, "the picture; without it `artwork.…` or `cover.…`", aliases=("cover", "image")),
    Key("link", url, "the show's website; without it the public address", aliases=("website",)),
    Key(
        "people",
        many(person("host")),
        "who speaks in it and who makes it; [the roles](feed.md#credits)",
        aliases=PEOPLE_ALIASES,
    ),
    Key("owner", _owner, "whom Spotify, YouTube and Amazon write to", aliases=("email",)),
    Key("footer", _markdown, "Markdown, added to every episode's notes; [long texts](#long-texts)"),
    Key("copyright", line, "who owns it"),
    Key("complete", boolean, "true when no episode, bonus or correction will follow: apps may stop looking"),
    Key("guid", identifier, "its `podcast:guid` from another host; else made at the first real publish"),
    Key("new_feed_url", url, "where the show moves to; keep it there for four weeks, beside a redirect"),
    Key("locked", boolean, "true forbids other hosts to take the feed over; false while it moves"),
    Key("block", block, "which directories must not list it; `{except}`: the only ones that may"),
    Key("medium", medium, "what it is"),
    Key("license", license_, "under which terms others may use it"),
    Key("location", many(place), "what it is about, and where it is made", fills="places"),
    Key("txt", many(txt), "texts for machines"),
    Key("funding", many(funding), "where listeners support the show"),
    Key("podroll", many(remote_feed), "shows that you recommend"),
    Key("publisher", publisher, "the feed of a publisher with several shows"),
    Key("podping", boolean, "true if every change is sent to Podping; podcastkit does not send it"),
    Key("social", socials, 'where listeners talk, the first one first; or `{protocol = "disabled"}`'),
    Key("ai_content", boolean, "whether AI made a material part of it. True must be said in words, too"),
    Key("images", many(image), "[further pictures](#further-pictures-and-versions)"),
    Key("schedule", _schedule, "the dates of episodes without one of their own"),
    Key("publish", _publish, "where the show goes"),
    Key("audio", _audio, "what becomes of the audio"),
    Key("check", _check, "[rules that are silenced](#silencing-a-rule)", fills="ignore"),
    Key("translations", _translations, "[the words in other languages](#translations)"),
)
