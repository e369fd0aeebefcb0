"""show.toml as typed values, with everything that is wrong in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from podcastkit.diagnostics import Diagnostic, Location
from podcastkit.media.formats import DELIVERED_FORMATS
from podcastkit.model import AudioSettings, Block, Owner, PublishSettings, Schedule, ShowType
from podcastkit.text.addresses import parse_destination, parse_prefix, parse_public_url, parse_url
from podcastkit.text.categories import parse_category
from podcastkit.text.dates import find_idle_skips, parse_day, parse_every, parse_timezone
from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem
from podcastkit.text.schema.fields import (
    Table,
    boolean,
    choice,
    email,
    file_name,
    identifier,
    keyed,
    language,
    length,
    line,
    many,
    moment,
    parsed,
    record,
    text,
    url,
    web,
    whole,
)
from podcastkit.text.schema.tables import (
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
from podcastkit.text.schema.values import WRONG_VALUE, Findings, Value, locate
from podcastkit.text.syntax.toml import read_toml

if TYPE_CHECKING:
    from podcastkit.model import Category, Funding, License, Person, Place, RemoteFeed, Social, Txt
    from podcastkit.text.schema.fields import Field
    from podcastkit.text.schema.tables import Image

_MORNING = time(6)
_CODE = re.compile(r"[A-Z]\d{3}")
_QUIETEST, _LOUDEST = -70, -5
_LONGEST_CROSSFADE = timedelta(seconds=30)
_REQUIRED = {
    "title": '"The name of the show"',
    "author": '"Who publishes it"',
    "description": '"What it is about, and for whom"',
    "language": '"en"',
    "categories": '["Education"]',
    "explicit": "false, or true when listeners should be warned",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Translation:
    """The words of a show in another language; what is absent stays as it is in the original."""

    title: str | None = None
    description: str | None = None
    """Markdown."""
    author: str | None = None
    link: str | None = None
    copyright: str | None = None
    season_name: str | None = None
    artwork: str | None = None
    footer: str | None = None
    """Markdown."""
    guid: str | None = None
    new_feed_url: str | None = None
    txt: tuple[Txt, ...] = ()
    funding: tuple[Funding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFile:
    """What show.toml says, under its keys' names. What is absent or wrong has the value that absence means."""

    title: str | None = None
    author: str | None = None
    description: str | None = None
    """Markdown."""
    language: str | None = None
    categories: tuple[Category, ...] = ()
    explicit: bool | None = None
    artwork: str | None = None
    link: str | None = None
    type: ShowType = ShowType.SERIAL
    season: int = 1
    episodes: int | None = None
    """How many episodes the series will have."""
    timezone: ZoneInfo | None = None
    """From the top level or from `[schedule]`."""
    copyright: str | None = None
    complete: bool = False
    guid: str | None = None
    new_feed_url: str | None = None
    locked: bool = False
    medium: str = "podcast"
    license: License | None = None
    location: tuple[Place, ...] = ()
    txt: tuple[Txt, ...] = ()
    block: Block = field(default_factory=Block)
    podroll: tuple[RemoteFeed, ...] = ()
    funding: tuple[Funding, ...] = ()
    publisher: RemoteFeed | None = None
    podping: bool = False
    social: tuple[Social, ...] = ()
    images: tuple[Image, ...] = ()
    season_name: str | None = None
    ai_content: bool | None = None
    footer: str | None = None
    """Markdown, for the end of every episode's notes."""
    people: tuple[Person, ...] = ()
    """Whoever has no role of their own is a host."""
    owner: Owner | None = None
    schedule: Schedule | None = None
    publish: PublishSettings = field(default_factory=PublishSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    check: tuple[str, ...] = ()
    """The codes of rules that the producer does not want to hear of."""
    translations: Mapping[str, Translation] = field(default_factory=dict)
    """By language."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each value stands, by its name: `title`, `publish.to`, `people[0].role`."""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def time_of_day(self) -> time:
        """When an episode comes out whose date has no time: as the schedule says, else at 06:00."""
        return self.schedule.first.time() if self.schedule else _MORNING


UNREADABLE = ShowFile(timezone=ZoneInfo("UTC"))
"""Stands in for a file that cannot be read; with a time zone, or every date of an episode would be an error too."""


def read_show_file(content: str, file: str) -> ShowFile:
    """Read show.toml; `file` is how messages call it. Whatever is wrong (S001 to S008) is in `diagnostics`."""
    root = read_toml(content, file)
    if isinstance(root, Diagnostic):
        return dataclasses.replace(UNREADABLE, diagnostics=(root,))
    findings = Findings("S", top_level=_TOP_LEVEL)
    show = record(_build_show, "a table")(root, findings) or ShowFile()
    return dataclasses.replace(show, locations=locate(root), diagnostics=findings.diagnostics)


_TOP_LEVEL = frozenset(part.name for part in dataclasses.fields(ShowFile)) - {"locations", "diagnostics"}


def _build_show(table: Table) -> ShowFile:
    timetable = _read_timetable(table)
    show = ShowFile(
        title=table.read("title", line),
        author=table.read("author", line),
        description=table.read("description", text),
        language=table.read("language", language),
        categories=table.read("categories", many(parsed(parse_category)), ()),
        explicit=table.read("explicit", boolean),
        artwork=table.read("artwork", file_name),
        link=table.read("link", url),
        type=table.read("type", choice(ShowType), ShowType.SERIAL),
        season=table.read("season", whole(1, 9999), 1),
        episodes=table.read("episodes", whole(1, 9999)),
        timezone=timetable.timezone,
        copyright=table.read("copyright", line),
        complete=table.read("complete", boolean, False),
        guid=table.read("guid", identifier),
        new_feed_url=table.read("new_feed_url", url),
        locked=table.read("locked", boolean, False),
        medium=table.read("medium", medium, "podcast"),
        license=table.read("license", license_),
        location=table.read("location", many(place), ()),
        txt=table.read("txt", many(txt), ()),
        block=table.read("block", block, Block()),
        podroll=table.read("podroll", many(remote_feed), ()),
        funding=table.read("funding", many(funding), ()),
        publisher=table.read("publisher", publisher),
        podping=table.read("podping", boolean, False),
        social=table.read("social", socials, ()),
        images=table.read("images", many(image), ()),
        season_name=table.read("season_name", label),
        ai_content=table.read("ai_content", boolean),
        footer=table.read("footer", text),
        people=table.read("people", many(person("host")), ()),
        owner=table.read("owner", record(_build_owner, "a table with name and email")),
        schedule=timetable.schedule,
        publish=table.read("publish", record(_build_publish, "a table: [publish]"), PublishSettings()),
        audio=table.read("audio", record(_build_audio, "a table: [audio]"), AudioSettings()),
        check=table.read("check", record(_build_check, "a table: [check]"), ()),
        translations=table.read("translations", _translations, {}),
    )
    table.report_missing(_REQUIRED)
    if table.is_misplaced("timezone"):  # it has its error already, without one for each date
        show = dataclasses.replace(show, timezone=show.timezone or UNREADABLE.timezone)
    if show.language and show.language in show.translations:
        table.read("translations", _refuse_own(show.language))
        others = {language: words for language, words in show.translations.items() if language != show.language}
        return dataclasses.replace(show, translations=others)
    return show


def _build_translation(table: Table) -> Translation:
    translation = Translation(
        title=table.read("title", line),
        description=table.read("description", text),
        author=table.read("author", line),
        link=table.read("link", url),
        copyright=table.read("copyright", line),
        season_name=table.read("season_name", label),
        artwork=table.read("artwork", file_name),
        footer=table.read("footer", text),
        guid=table.read("guid", identifier),
        new_feed_url=table.read("new_feed_url", url),
        txt=table.read("txt", many(txt), ()),
        funding=table.read("funding", many(funding), ()),
    )
    table.report_missing({"title": '"The name of the show"', "description": '"What it is about"'})
    return translation


_translations = keyed(
    parse_language,
    record(_build_translation, "a table: [translations.es]"),
    "a table for each language: [translations.es]",
)


def _refuse_own(language: str) -> Field[bool]:
    def read(value: Value, findings: Findings) -> None:
        problem = Problem(
            f"{language} is the language of the show itself", "remove this table, or correct language"
        )
        tables = value.data.items() if isinstance(value.data, Mapping) else ()
        findings.reject(next((own for key, own in tables if parse_language(key) == language), value), problem)

    return read


def _build_check(table: Table) -> tuple[str, ...]:
    return table.read("ignore", many(parsed(_parse_code)), ())


def _parse_code(written: str) -> str | Problem:
    code = written.strip().upper()
    if _CODE.fullmatch(code):
        return code
    return Problem(
        "this is not the code of a rule", 'write codes as podcastkit check prints them: ignore = ["E103"]'
    )


def _build_owner(table: Table) -> Owner:
    return Owner(name=table.read("name", line), email=table.read("email", email))


def _build_publish(table: Table) -> PublishSettings:
    return PublishSettings(
        to=table.read("to", parsed(parse_destination)),
        url=table.read("url", web(parse_public_url)),
        prefix=table.read("prefix", parsed(parse_prefix)),
        endpoint_url=table.read("endpoint_url", parsed(parse_url)),
        region=table.read("region", line),
        profile=table.read("profile", line),
    )


def _build_audio(table: Table) -> AudioSettings:
    standard = AudioSettings()
    (loudness,) = table.read("loudness", _read_loudness, (standard.loudness,))
    return AudioSettings(
        loudness=loudness,
        format=table.read("format", choice(DELIVERED_FORMATS), standard.format),
        bitrate=table.read("bitrate", whole(32, 320)),
        channels=table.read("channels", choice(("keep", "mono", "stereo")), standard.channels),
        always=table.read("always", boolean, standard.always),
        tag=table.read("tag", boolean, standard.tag),
        intro=table.read("intro", file_name),
        outro=table.read("outro", file_name),
        crossfade=table.read("crossfade", _read_crossfade, standard.crossfade),
        trim=table.read("trim", boolean, standard.trim),
    )


def _read_loudness(value: Value, findings: Findings) -> tuple[float | None] | None:
    """Return the loudness in a tuple, since None in it (written as false) is an answer, too."""
    loudness = value.data
    if loudness is False:
        return (None,)
    if isinstance(loudness, int | float) and loudness is not True and _QUIETEST <= loudness <= _LOUDEST:
        return (float(loudness),)
    hint = "write loudness = -16, or loudness = false to leave it alone"
    findings.wrong(value, f"a number between {_QUIETEST} and {_LOUDEST}, or false", hint)
    return None


def _read_crossfade(value: Value, findings: Findings) -> timedelta | None:
    crossfade = length(value, findings)
    if crossfade is None or crossfade <= _LONGEST_CROSSFADE:
        return crossfade
    findings.wrong(value, f"at most {_LONGEST_CROSSFADE.seconds} seconds", "write a few seconds, as in 3")
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Timetable:
    schedule: Schedule | None
    timezone: ZoneInfo | None


def _read_timetable(table: Table) -> _Timetable:
    timezone = table.read("timezone", parsed(parse_timezone))
    written = table.has("timezone")

    def build(schedule: Table) -> _Timetable:
        own = schedule.read("timezone", _timezone_within(timezone)) or timezone
        # A zone that cannot be read has its error already; without a stand-in, `first` would get one more.
        is_unreadable = own is None and (written or schedule.has("timezone"))
        times = _read_schedule(schedule, ZoneInfo("UTC") if is_unreadable else own)
        return _Timetable(schedule=None if is_unreadable else times, timezone=own)

    alone = _Timetable(schedule=None, timezone=timezone)
    timetable = table.read("schedule", record(build, "a table: [schedule]"), alone)
    is_missing = timetable.timezone is None and written
    return dataclasses.replace(timetable, timezone=UNREADABLE.timezone) if is_missing else timetable


def _timezone_within(outer: ZoneInfo | None) -> Field[ZoneInfo]:
    def read(value: Value, findings: Findings) -> ZoneInfo | None:
        zone = parsed(parse_timezone)(value, findings)
        if zone and outer and zone.key != outer.key:
            problem = Problem(f"the file has another time zone, {outer.key}", "keep one of the two")
            findings.reject(value, problem)
        return zone

    return read


def _read_schedule(table: Table, zone: ZoneInfo | None) -> Schedule | None:
    first = table.read("first", moment(zone, _MORNING))
    every = table.read("every", parsed(parse_every))
    skip: tuple[date, ...] = table.read("skip", many(_read_day), ())
    words = table.read("text", label)
    table.report_missing({"first": "2024-09-05T06:00:00", "every": '"week"'})
    if first is None or every is None:
        return None
    schedule = Schedule(first=first, every=every, skip=skip, text=words)
    table.read("skip", _warn_of_idle_skips(schedule))
    return schedule


def _read_day(value: Value, findings: Findings) -> date | None:
    day = parse_day(value.data) if isinstance(value.data, str | date) else None
    if isinstance(day, date):
        return day
    findings.wrong(value, "a day", day.hint if day else "write the day as 2024-11-28")
    return None


def _warn_of_idle_skips(schedule: Schedule) -> Field[Schedule]:
    def read(value: Value, findings: Findings) -> Schedule:
        for day in find_idle_skips(schedule):
            message = f"{value.name}: no episode would come out on {day.isoformat()} anyway"
            findings.warn(WRONG_VALUE, value.location, message, "write the day on which one would, or remove it")
        return schedule

    return read
