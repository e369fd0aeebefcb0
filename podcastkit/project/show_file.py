"""Read show.toml as typed values, with the findings about them."""

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
    duration,
    email,
    file_name,
    identifier,
    language,
    line,
    list_of,
    moment,
    parser_field,
    text,
    url,
    web_address,
    whole_number,
)
from podcastkit.text.schema.keys import Field, Key, make_field, make_file_arguments, make_table_field, read_table
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
_RULE_CODE = re.compile(r"[A-Z]\d{3}")
_MIN_LOUDNESS, _MAX_LOUDNESS = -70, -5
_MAX_CROSSFADE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFile:
    """The values of show.toml: those that reading the folder needs, and the other fields of the Show."""

    title: str | None = None
    language: str | None = None
    artwork: str | None = None
    season: int = 1
    timezone: ZoneInfo | None = None
    """The time zone from the top level or from `[schedule]`."""
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
    """The texts of the show in other languages: the values of `[translations]` by language and key."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The values of all other keys, by the fields of Show that they fill."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """The location of each value by its name: `title`, `publish.to`, `people[0].role`."""

    @property
    def time_of_day(self) -> time:
        """The release time of an episode whose date has no time: that of the schedule, if any, or 06:00."""
        return self.schedule.first.time() if self.schedule else MORNING


UNREADABLE = ShowFile(timezone=_UTC)
"""The values of an unreadable show.toml. The time zone avoids a further error for each episode date."""


def read_show_file(content: str, file: str) -> Parsed[ShowFile]:
    """Read show.toml. `file` is the name of the file in messages. The findings are S001 to S008."""
    root = read_toml(content, file)
    if isinstance(root, Diagnostic):
        return Parsed(UNREADABLE, (root,))
    # The time zone is needed to read all other dates, so it is read first.
    zone_values = [value for value in (root.find("schedule", "timezone"), root.find("timezone")) if value]
    zones = [zone for value in zone_values if (zone := _parse_timezone(value))]
    # A wrong time zone is one error. Use UTC instead, or each date would be an error, too.
    fallback_zone = _UTC if zone_values else None
    top_level = frozenset(key.name for key in SHOW_KEYS)
    findings = Findings("S", timezone=zones[0] if zones else fallback_zone, top_level=top_level)
    values = read_table(root, SHOW_KEYS, findings)
    if len({zone.key for zone in zones}) > 1:
        problem = Problem(f"the file also has the time zone {zones[1].key}", "keep one of the two")
        findings.report_problem(zone_values[0], problem)
    if fallback_zone and not zones:  # the dates of the schedule would be wrong
        values.pop("schedule", None)
    if zones:
        values["timezone"] = zones[0]
    elif root.find("timezone") or "timezone" in findings.misplaced:
        values["timezone"] = _UTC
    _remove_own_language(root, values, findings)
    show = ShowFile(**make_file_arguments(SHOW_KEYS, values, ShowFile), locations=locate(root))
    return Parsed(show, findings.diagnostics)


def _parse_timezone(value: Value) -> ZoneInfo | None:
    """Return the time zone, or None for a wrong value, which `read_table` reports."""
    zone = parse_timezone(value.data) if isinstance(value.data, str) else None
    return zone if isinstance(zone, ZoneInfo) else None


def _remove_own_language(root: Value, values: dict[str, Any], findings: Findings) -> None:
    """Reject a translation into the language of the show itself."""
    language, translations = values.get("language"), values.get("translations", {})
    translation_tables = root.find("translations")
    for key, table in translation_tables.items.items() if translation_tables else ():
        if language in translations and parse_language(key) == language:
            del translations[language]
            hint = "remove this table, or correct language"
            findings.report_problem(table, Problem(f"{language} is the language of the show itself", hint))


@make_field("text")
def _markdown(value: Value, findings: Findings) -> Text | None:
    """Read Markdown. The findings point to the key, and hold back the show."""
    rendered = _translated_markdown(value, findings)
    for finding in rendered.findings if rendered else ():
        findings.add(finding)
    return rendered.value if rendered else None


@make_field("text")
def _translated_markdown(value: Value, findings: Findings) -> Parsed[Text] | None:
    """Read the Markdown of a translation.

    The findings are returned, not added to `findings`, because they hold back only the translation.
    """
    written = text(value, findings)
    if written is None:
        return None
    notes, found = render_markdown(written, file=value.location.file)
    return Parsed(notes.text, tuple(replace(finding, location=value.location) for finding in found))


def _parse_code(written: str) -> str | Problem:
    code = written.strip().upper()
    if _RULE_CODE.fullmatch(code):
        return code
    return Problem(
        "this is not the code of a rule", 'write codes as podcastkit check prints them: ignore = ["E103"]'
    )


@make_field(f"a number between {_MIN_LOUDNESS} and {_MAX_LOUDNESS}, or false")
def _loudness(value: Value, findings: Findings) -> float | Literal[False] | None:
    loudness = value.data
    if loudness is False:
        return False
    if isinstance(loudness, int | float) and loudness is not True and _MIN_LOUDNESS <= loudness <= _MAX_LOUDNESS:
        return float(loudness)
    hint = "write loudness = -16, or loudness = false to keep the loudness"
    findings.report_wrong_value(value, _loudness.wanted, hint)
    return None


@make_field(duration.wanted)
def _crossfade(value: Value, findings: Findings) -> timedelta | None:
    crossfade = duration(value, findings)
    if crossfade is None or crossfade <= _MAX_CROSSFADE:
        return crossfade
    findings.report_wrong_value(
        value, f"at most {_MAX_CROSSFADE.seconds} seconds", "write a small number of seconds, such as 3"
    )
    return None


def _finish_audio(values: dict[str, Any], *_: object) -> dict[str, Any]:
    """Replace `loudness = false` with None, which keeps the loudness of masters."""
    keeps_loudness = values.get("loudness") is False
    return {**values, "loudness": None} if keeps_loudness else values


@make_field("a day")
def _day(value: Value, findings: Findings) -> date | None:
    day = parse_day(value.data) if isinstance(value.data, str | date) else None
    if isinstance(day, date):
        return day
    findings.report_wrong_value(value, _day.wanted, day.hint if day else "write the day as 2024-11-28")
    return None


def _finish_schedule(values: dict[str, Any], table: Value, findings: Findings) -> dict[str, Any]:
    """Remove the time zone, which is a field of the show, and report days in `skip` on which no episode is due."""
    schedule_values = {key: value for key, value in values.items() if key != "timezone"}
    if {"first", "every"} <= schedule_values.keys():
        for day in find_idle_skips(Schedule(**schedule_values)):
            message = f"no episode is due on {day.isoformat()}"
            problem = Problem(message, "write a day on which an episode is due, or remove this day")
            findings.warn_about(WRONG_VALUE, table.items.get("skip", table), problem)
    return schedule_values


OWNER_KEYS = (
    Key("name", line, "the owner of the show"),
    Key("email", email, "the address for mail from directories"),
)
SCHEDULE_KEYS = (
    Key("timezone", parser_field(parse_timezone), "the same as `timezone` at the top level"),
    Key("first", moment(), "the release date of number 1, in the show's time zone", example="2024-09-05T06:00:00"),
    Key(
        "every",
        parser_field(parse_every),
        '`"day"`, `"3 days"`, `"week"`, `"2 weeks"`, `"month"`',
        example='"week"',
    ),
    Key("skip", list_of(_day), "days without an episode; later episodes move by one slot"),
    Key("text", label, 'the text that apps show; default: "Weekly, 8 episodes", in English or Spanish'),
)
PUBLISH_KEYS = (
    Key("to", parser_field(parse_destination), 'a folder, relative to the show, or `"s3://bucket/prefix"`'),
    Key("url", web_address(parse_public_url), 'the public URL of the folder; the feed is url + "/feed.xml"'),
    Key("prefix", parser_field(parse_prefix), "the URL of a service that counts downloads; see below"),
    Key("endpoint_url", parser_field(parse_url), "the URL of an S3-compatible storage that is not Amazon's"),
    Key("region", line, "the region of the bucket"),
    Key("profile", line, "a profile of your AWS configuration"),
)
AUDIO_KEYS = (
    Key("loudness", _loudness, "the target loudness of masters in LUFS; false keeps their loudness"),
    Key("format", choice(DELIVERED_FORMATS), "the published format of masters"),
    Key("bitrate", whole_number(32, 320), "kbit/s; default: 128 for stereo, 96 for mono"),
    Key("channels", choice(("keep", "mono", "stereo")), "the published channels of masters"),
    Key("always", boolean, "true: MP3 and M4A files are encoded again, like masters"),
    Key("tag", boolean, "true: write tags to copies of MP3 and M4A files that are not encoded again"),
    Key("intro", file_name, 'the file to play before each episode: `"intro.wav"`'),
    Key("outro", file_name, 'the file to play after each episode: `"_sounds/goodbye.wav"`'),
    Key("crossfade", _crossfade, "how long a clip and the episode overlap, at most 30 seconds"),
    Key("trim", boolean, "true: remove silence at the beginning and end of masters"),
)
CHECK_KEYS = (Key("ignore", list_of(parser_field(_parse_code)), "the codes of rules to silence"),)
TRANSLATION_KEYS = (
    Key("title", line, "the show's title", example='"The name of the show"', aliases=("name",)),
    Key("description", _translated_markdown, "Markdown", example='"A few sentences about the show"'),
    Key("author", line, "as in the show"),
    Key("link", url, "as in the show", aliases=("website",)),
    Key("copyright", line, "as in the show"),
    Key("season_name", label, "as in the show"),
    Key("artwork", file_name, "as in the show", aliases=("cover", "image")),
    Key("footer", _translated_markdown, "as in the show"),
    Key("guid", identifier, "the GUID of the feed in that language at another host"),
    Key("new_feed_url", url, "the new URL of the feed in that language; the top-level key moves only the original"),
    Key("txt", list_of(txt), "as in the show; Apple gives each feed its own code"),
    Key("funding", list_of(funding), "as in the show"),
)
_categories = list_of(parser_field(parse_category))
_owner = make_table_field(Owner, "a table with name and email", *OWNER_KEYS)
_schedule = make_table_field(Schedule, "a table: [schedule]", *SCHEDULE_KEYS, finish=_finish_schedule)
_publish = make_table_field(PublishSettings, "a table: [publish]", *PUBLISH_KEYS)
_audio = make_table_field(AudioSettings, "a table: [audio]", *AUDIO_KEYS, finish=_finish_audio)
_check = make_table_field(lambda ignore=(): ignore, "a table: [check]", *CHECK_KEYS)
_translation: Field[dict[str, Any]] = make_table_field(
    dict, "a table: [translations.es]", *TRANSLATION_KEYS, is_kept_incomplete=True
)


@make_field("a table for each language: [translations.es]", keys=TRANSLATION_KEYS)
def _translations(value: Value, findings: Findings) -> dict[str, dict[str, Any]] | None:
    """Read the tables of languages. Invalid values are left out."""
    if not isinstance(value.data, Mapping):
        findings.report_wrong_value(value, _translations.wanted, "write a table for each language")
        return None
    translations: dict[str, dict[str, Any]] = {}
    for key, table in value.data.items():
        code = parse_language(key)
        if isinstance(code, Problem):
            findings.report_problem(table, code)
        elif key != key.strip():  # the locations of the values contain the key unchanged
            findings.report_problem(table, Problem(f"{quote(key)} has spaces around it", f'write "{code}"'))
        elif code in translations:
            findings.report_problem(table, Problem(f"{code} occurs twice", "keep one of the two"))
        elif (translation := _translation(table, findings)) is not None:
            translations[code] = translation
    return translations


SHOW_KEYS = (
    Key("title", line, "the show's title", example='"The name of the show"', aliases=("name",)),
    Key("author", line, "the name of the publisher", example='"Name of the publisher"'),
    Key("description", _markdown, "Markdown", example='"A few sentences about the show"'),
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
        "whether to warn listeners",
        example="false, or true when listeners should be warned",
    ),
    Key("type", choice(ShowType), "the order of episodes: serial (oldest first) or episodic (newest first)"),
    Key("season", whole_number(1, 9999), "the season of the episodes"),
    Key("season_name", label, "the name of the season"),
    Key(
        "episodes",
        whole_number(1, 9999),
        "the planned number of full episodes in the season",
        fills="total_episodes",
    ),
    Key("timezone", parser_field(parse_timezone), 'the time zone of all dates: `"America/Los_Angeles"`'),
    Key("artwork", file_name, "the picture file; default: `artwork.…` or `cover.…`", aliases=("cover", "image")),
    Key("link", url, "the show's website; default: the public URL", aliases=("website",)),
    Key(
        "people",
        list_of(person("host")),
        "the people of the show; see [the roles](feed.md#credits)",
        aliases=PEOPLE_ALIASES,
    ),
    Key("owner", _owner, "the contact for Spotify, YouTube and Amazon", aliases=("email",)),
    Key("footer", _markdown, "Markdown at the end of every episode's notes; see [long texts](#long-texts)"),
    Key("copyright", line, "the copyright notice"),
    Key("complete", boolean, "true if no episode, bonus or correction will follow: apps may stop checking"),
    Key("guid", identifier, "the `podcast:guid` at another host; default: created at the first real publish"),
    Key("new_feed_url", url, "the new URL of a moved feed; keep the key for four weeks, and add a redirect"),
    Key("locked", boolean, "true: other hosts must not import the feed; use false while you move the show"),
    Key("block", block, "directories that must not list the show; with `{except}`, all except these"),
    Key("medium", medium, "the kind of content"),
    Key("license", license_, "the license of the content"),
    Key("location", list_of(place), "the places that the show is about, or where it is made", fills="places"),
    Key("txt", list_of(txt), "texts for machines"),
    Key("funding", list_of(funding), "pages where listeners can support the show"),
    Key("podroll", list_of(remote_feed), "shows that you recommend"),
    Key("publisher", publisher, "the feed of a publisher with several shows"),
    Key("podping", boolean, "true if you send every change to Podping; podcastkit does not send them"),
    Key("social", socials, 'pages for comments, most important first; or `{protocol = "disabled"}`'),
    Key(
        "ai_content",
        boolean,
        "whether AI made a material part of the show; if true, state that in the description",
    ),
    Key("images", list_of(image), "[further pictures](#further-pictures-and-versions)"),
    Key("schedule", _schedule, "the dates of episodes that have no date"),
    Key("publish", _publish, "the destination of the show"),
    Key("audio", _audio, "the audio settings"),
    Key("check", _check, "[silenced rules](#silencing-a-rule)", fills="ignore"),
    Key("translations", _translations, "[the texts in other languages](#translations)"),
)
