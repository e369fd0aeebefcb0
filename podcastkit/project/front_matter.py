"""Read the front matter of an episode's notes as typed values, and the notes after it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from podcastkit.diagnostics import Location, Parsed, make_warning
from podcastkit.model import EpisodeType
from podcastkit.text.quoting import quote
from podcastkit.text.schema.fields import (
    boolean,
    choice,
    clip_name,
    file_name,
    identifier,
    line,
    list_of,
    moment,
    short_line,
    text,
    url,
    whole_number,
)
from podcastkit.text.schema.keys import Key, make_file_arguments, read_table
from podcastkit.text.schema.tables import (
    PEOPLE_ALIASES,
    alternate,
    block,
    content_link,
    funding,
    image,
    license_,
    person,
    place,
    socials,
    soundbite,
    txt,
)
from podcastkit.text.schema.values import MORNING, SYNTAX, Findings, Number, locate
from podcastkit.text.syntax.yaml import Line, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import time
    from zoneinfo import ZoneInfo

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Alternate, Person, Txt
    from podcastkit.text.schema.tables import Image

_UNREADABLE_DATE = Number(203)
"""The number of the rule E203, for dates that cannot be read."""
_MAX_NUMBER_DISPLAY = 32
"""Aggregators cut a displayed episode number to this many characters (podcast namespace, `episode`)."""
_DASHES = re.compile("(?:[ \t]*[-\u2010-\u2015\u2212]){1,9}[ \t]*")
"""A line of hyphens or other dashes, which may be a wrong `---`."""

FRONT_MATTER_KEYS = (
    Key("title", line, "the episode's title", aliases=("name",)),
    Key("date", moment(_UNREADABLE_DATE), "the release date", aliases=("pubdate", "published")),
    Key("number", whole_number(0, 9999), "the episode number; 0 means no number", aliases=("episode",)),
    Key("season", whole_number(1, 9999), "the season of the episode"),
    Key("type", choice(EpisodeType), "the type of episode"),
    Key("summary", text, "plain text; see [Long texts](#long-texts)", aliases=("description", "subtitle")),
    Key("guid", identifier, "the GUID of the episode at another host"),
    Key("explicit", boolean, "whether to warn listeners; default: as in the show"),
    Key(
        "people",
        list_of(person("guest")),
        "people in addition to those of the show; see `only_people`",
        aliases=PEOPLE_ALIASES,
    ),
    Key("only_people", boolean, "true leaves out the people of the show"),
    Key("link", url, "the web page of the episode", aliases=("website",)),
    Key("artwork", file_name, "the picture file in the episode folder", aliases=("cover", "image")),
    Key("audio", file_name, "the audio file in the episode folder"),
    Key(
        "intro",
        clip_name,
        "the file to play before the episode; see [Intro, outro](#intro-outro-and-silence)",
    ),
    Key("outro", clip_name, "the file to play after the episode"),
    Key("draft", boolean, "true: the episode is not published"),
    Key("block", block, "`true` hides the episode in apps that read `itunes:block`"),
    Key("soundbites", list_of(soundbite), "parts of 15 to 120 seconds that are worth sharing"),
    Key("location", list_of(place), "as in show.toml", fills="places"),
    Key("license", license_, "as in show.toml"),
    Key("txt", list_of(txt), "as in show.toml"),
    Key("funding", list_of(funding), "as in show.toml"),
    Key(
        "number_display", short_line(_MAX_NUMBER_DISPLAY), "the text that apps show in place of the number: `Day 5`"
    ),
    Key("alternates", list_of(alternate), "further versions of the audio; see below"),
    Key("content_links", list_of(content_link), "the episode on other platforms"),
    Key("social", socials, "as in show.toml"),
    Key("images", list_of(image), "as in show.toml, with files of the episode folder"),
    Key("ai_content", boolean, "as in show.toml"),
)
KEY_NAMES = frozenset(key.name for key in FRONT_MATTER_KEYS)
_STRUCTURED_KEYS = frozenset(key.name for key in FRONT_MATTER_KEYS if not key.field.is_text)
_KEY_LINE = re.compile(rf"({'|'.join(sorted(KEY_NAMES))}):")
_KEY_WITHOUT_SPACE = re.compile(rf"({'|'.join(sorted(KEY_NAMES))}):(?![ \t]|$)\s*")
_KEY_IN_ANY_CASE = re.compile(rf"({'|'.join(sorted(KEY_NAMES))})(?=[ \t]*:)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """The values of front matter: those that reading the folder needs, and the other fields of the Episode."""

    title: str | None = None
    number: int | None = None
    """0 if the episode has no number."""
    season: int | None = None
    type: EpisodeType | None = None
    people: tuple[Person, ...] = ()
    """The people of the episode, without those of the show. The default role is guest."""
    only_people: bool = False
    artwork: str | None = None
    audio: str | None = None
    intro: str | Literal[False] | None = None
    """False if the episode has no intro, even if the show has one."""
    outro: str | Literal[False] | None = None
    txt: tuple[Txt, ...] = ()
    alternates: tuple[Alternate, ...] = ()
    images: tuple[Image, ...] = ()
    ai_content: bool | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The values of all other keys, by the fields of Episode that they fill."""
    body: str = ""
    """The notes after the front matter, with line feeds."""
    body_line: int = 1
    """The line on which the notes begin, or the last line if there are no notes."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """The location of each value by its name: `title`, `people[0].role`."""


def read_front_matter(
    content: str, file: str, *, timezone: ZoneInfo | None = None, time_of_day: time = MORNING
) -> Parsed[FrontMatter]:
    """Read notes, with or without front matter between `---` lines at their beginning.

    `file` is the name of the file in messages. `timezone` and `time_of_day` complete a date without them. The
    findings are E001 to E009 and E203.
    """
    findings = Findings("E", timezone=timezone, time_of_day=time_of_day)
    lines = re.split("\r\n|\r|\n", content.removeprefix("\ufeff"))
    start, end, body = _find_front_matter(lines, file, findings)
    matter = _read_keys([Line(index + 1, lines[index]) for index in range(start, end)], file, findings)
    matter = replace(matter, body="\n".join(lines[body:]), body_line=min(body + 1, len(lines)))
    return Parsed(matter, findings.diagnostics)


def read_front_matter_lines(
    lines: Iterable[tuple[int, str]], file: str, *, timezone: ZoneInfo | None = None, time_of_day: time = MORNING
) -> Parsed[FrontMatter]:
    """Read lines of front matter from a document, each with the number of its paragraph. The result has no body.

    Locations name only the document, because a document has no lines. Messages contain the number of the paragraph.
    """
    findings = Findings("E", timezone=timezone, time_of_day=time_of_day)
    matter = _read_keys([Line(number, re.sub(r"[\r\n]+", " ", words)) for number, words in lines], file, findings)
    document = Location(file=file)
    matter = replace(
        matter,
        alternates=_set_location(matter.alternates, document),
        images=_set_location(matter.images, document),
        fields={**matter.fields, "soundbites": _set_location(matter.fields.get("soundbites", ()), document)},
        locations=dict.fromkeys(matter.locations, document),
    )
    return Parsed(matter, tuple(_add_paragraph(finding, document) for finding in findings.diagnostics))


def _set_location(values: Iterable[Any], document: Location) -> tuple[Any, ...]:
    return tuple(replace(value, location=document) for value in values)


def _add_paragraph(finding: Diagnostic, document: Location) -> Diagnostic:
    """Return the finding with the document as its location, and with the paragraph in its message."""
    message = f"{finding.message} (paragraph {finding.location.line if finding.location else 1})"
    return replace(finding, message=message, location=document)


def _find_front_matter(lines: Sequence[str], file: str, findings: Findings) -> tuple[int, int, int]:
    """Return the indices of the lines where the front matter begins and ends, and where the body begins.

    Without valid front matter, the first two are 0.
    """
    # Blank lines before the front matter are allowed.
    opening_index = next((index for index, line in enumerate(lines) if line.strip()), 0)
    fence = lines[opening_index].rstrip()
    location = Location(file=file, line=opening_index + 1, column=1)
    if fence not in {"---", "+++"}:
        _report_damaged_front_matter(lines[opening_index:], location, findings)
        return 0, 0, 0
    closing_index = next(
        (index for index in range(opening_index + 1, len(lines)) if lines[index].rstrip() == fence), None
    )
    if fence == "+++":
        message = "front matter between +++ lines is not supported"
        findings.error(
            SYNTAX, location, message, "write it between --- lines, as key: value (title: Planning Time)"
        )
    elif closing_index is None:
        message = "the front matter that begins here does not end"
        findings.error(SYNTAX, location, message, "write a line of three hyphens (---) below its last key")
    if closing_index is None:
        return 0, 0, opening_index + 1
    return (opening_index + 1, closing_index, closing_index + 1) if fence == "---" else (0, 0, closing_index + 1)


def _report_damaged_front_matter(lines: Sequence[str], location: Location, findings: Findings) -> None:
    """Report front matter with a missing or wrong fence. Otherwise, `draft: true` would be published as notes."""
    opening = _DASHES.fullmatch(lines[0])
    keys = list(itertools.takewhile(_KEY_LINE.match, lines[1:] if opening else lines))
    next_line = lines[len(keys)] if len(keys) < len(lines) else ""
    if opening and keys:
        message = f"this looks like the beginning of front matter, but the line is {quote(lines[0])}"
        findings.error(SYNTAX, location, message, "write exactly three hyphens at the left: ---")
    elif len(keys) > 1 or (keys and _DASHES.fullmatch(next_line)):
        message = "this looks like front matter, but there is no line of three hyphens above it"
        findings.error(SYNTAX, location, message, "write a line --- above it and another below its last key")
    elif keys:
        findings.add(_report_lone_key(keys[0], location))


def _report_lone_key(key_line: str, location: Location) -> Diagnostic:
    key = key_line.partition(":")[0]
    message = f"listeners will see {quote(key_line)}, because the line is not between lines of three hyphens"
    hint = f"if the line is for podcastkit, write --- above and below it; else start the line with {key.title()}"
    return make_warning("E009", message, hint, location)


def _read_keys(lines: Sequence[Line], file: str, findings: Findings) -> FrontMatter:
    tidy_lines = [Line(source_line.number, _tidy_key(source_line.text), source_line.text) for source_line in lines]
    root = read_yaml(tidy_lines, file, findings, structured=_STRUCTURED_KEYS, known=KEY_NAMES)
    values = read_table(root, FRONT_MATTER_KEYS, findings)
    return FrontMatter(**make_file_arguments(FRONT_MATTER_KEYS, values, FrontMatter), locations=locate(root))


def _tidy_key(key_line: str) -> str:
    """Write the key of a line in lower case (Word capitalizes the first letter), and a space after the colon."""
    match = _KEY_IN_ANY_CASE.match(key_line)
    lowered = match[1].lower() + key_line[match.end() :] if match else key_line
    return _KEY_WITHOUT_SPACE.sub(r"\1: ", lowered, count=1)
