"""The front matter of an episode's notes as typed values, and the notes that follow it."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Literal

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.model import Block, EpisodeType
from podcastkit.text.quoting import quote
from podcastkit.text.schema.fields import (
    Table,
    boolean,
    choice,
    clip_name,
    file_name,
    identifier,
    limited,
    line,
    many,
    moment,
    record,
    text,
    url,
    whole,
)
from podcastkit.text.schema.tables import (
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
from podcastkit.text.schema.values import SYNTAX, Findings, Number, locate
from podcastkit.text.syntax.yaml import Line, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from podcastkit.model import ContentLink, Funding, License, Person, Place, Social, Soundbite, Txt
    from podcastkit.text.schema.fields import Field
    from podcastkit.text.schema.tables import Alternate, Image

_UNREADABLE_DATE = Number(203)
_MORNING = time(6)
_DISPLAYED = 32
"""How many characters of an episode's own number aggregators keep (podcast namespace, `episode`)."""
_DASHES = re.compile("(?:[ \t]*[-\u2010-\u2015\u2212]){1,9}[ \t]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """What front matter says, under its keys' names. What is absent or wrong has the value that absence means."""

    title: str | None = None
    date: datetime | None = None
    number: int | None = None
    """0: none, whatever the folder's name says."""
    season: int | None = None
    type: EpisodeType | None = None
    summary: str | None = None
    guid: str | None = None
    explicit: bool | None = None
    people: tuple[Person, ...] = ()
    """The episode's own; whoever has no role is a guest. The show's stand before them unless `only_people`."""
    only_people: bool = False
    link: str | None = None
    artwork: str | None = None
    audio: str | None = None
    intro: str | Literal[False] | None = None
    """False: none, whatever the show has."""
    outro: str | Literal[False] | None = None
    draft: bool = False
    block: Block = field(default_factory=Block)
    soundbites: tuple[Soundbite, ...] = ()
    location: tuple[Place, ...] = ()
    license: License | None = None
    txt: tuple[Txt, ...] = ()
    funding: tuple[Funding, ...] = ()
    number_display: str | None = None
    alternates: tuple[Alternate, ...] = ()
    content_links: tuple[ContentLink, ...] = ()
    social: tuple[Social, ...] = ()
    images: tuple[Image, ...] = ()
    ai_content: bool | None = None
    body: str = ""
    """The notes after the front matter, with line feeds."""
    body_line: int = 1
    """The number of the line on which the notes begin; the last one, when there are none."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each value stands, by its name: `title`, `people[0].role`."""
    diagnostics: tuple[Diagnostic, ...] = ()


def read_front_matter(
    content: str, file: str, *, timezone: ZoneInfo | None = None, time_of_day: time = _MORNING
) -> FrontMatter:
    """Read notes, with or without front matter between `---` lines at their beginning.

    `file` is how messages call it; `timezone` and `time_of_day` complete a date that has none. Whatever is wrong
    (E001 to E008, E203) is in `diagnostics`.
    """
    findings = Findings("E")
    lines = re.split("\r\n|\r|\n", content.removeprefix("\ufeff"))
    start, end, body = _split(lines, file, findings)
    block_lines = [Line(index + 1, lines[index]) for index in range(start, end)]
    return dataclasses.replace(
        _read(block_lines, file, findings, moment(timezone, time_of_day, _UNREADABLE_DATE)),
        body="\n".join(lines[body:]),
        body_line=min(body + 1, len(lines)),
        diagnostics=findings.diagnostics,
    )


def read_front_matter_lines(
    lines: Iterable[tuple[int, str]], file: str, *, timezone: ZoneInfo | None = None, time_of_day: time = _MORNING
) -> FrontMatter:
    """Read lines of front matter that were taken out of a document, each with its paragraph; there is no body.

    A place in the document is the document alone, since it has no lines; messages tell the paragraph.
    """
    findings = Findings("E")
    block_lines = [Line(number, re.sub(r"[\r\n]+", " ", words)) for number, words in lines]
    matter = _read(block_lines, file, findings, moment(timezone, time_of_day, _UNREADABLE_DATE))
    document = Location(file=file)
    return dataclasses.replace(
        matter,
        soundbites=tuple(dataclasses.replace(bite, location=document) for bite in matter.soundbites),
        alternates=tuple(dataclasses.replace(version, location=document) for version in matter.alternates),
        images=tuple(dataclasses.replace(picture, location=document) for picture in matter.images),
        locations=dict.fromkeys(matter.locations, document),
        diagnostics=tuple(_by_paragraph(finding, document) for finding in findings.diagnostics),
    )


KEYS = frozenset(part.name for part in dataclasses.fields(FrontMatter)) - {
    *("body", "body_line", "locations", "diagnostics")
}
_STRUCTURED = KEYS - {"title", "summary", "guid", "link", "artwork", "audio", "intro", "outro", "number_display"}
_KEY_LINE = re.compile(rf"({'|'.join(sorted(KEYS))}):")
_KEY_WITHOUT_SPACE = re.compile(rf"({'|'.join(sorted(KEYS))}):(?![ \t]|$)\s*")
_KEY_IN_ANY_CASE = re.compile(rf"({'|'.join(sorted(KEYS))})(?=[ \t]*:)", re.IGNORECASE)


def _by_paragraph(finding: Diagnostic, document: Location) -> Diagnostic:
    message = f"{finding.message} (paragraph {finding.location.line if finding.location else 1})"
    return dataclasses.replace(finding, message=message, location=document)


def _split(lines: Sequence[str], file: str, findings: Findings) -> tuple[int, int, int]:
    """Return the indices where the front matter begins and ends, and where the body begins."""
    first = next((index for index, words in enumerate(lines) if words.strip()), 0)
    fence = lines[first].rstrip()
    location = Location(file=file, line=first + 1, column=1)
    if fence not in {"---", "+++"}:
        _refuse_lookalike(lines[first:], location, findings)
        return 0, 0, 0
    last = next((index for index in range(first + 1, len(lines)) if lines[index].rstrip() == fence), None)
    if fence == "+++":
        message = "front matter between +++ lines is not read"
        findings.error(
            SYNTAX, location, message, "write it between --- lines, as key: value (title: Planning Time)"
        )
    elif last is None:
        message = "the front matter that begins here has no end"
        findings.error(SYNTAX, location, message, "write a line of three hyphens (---) below its last key")
    if last is None:
        return 0, 0, first + 1
    return (first + 1, last, last + 1) if fence == "---" else (0, 0, last + 1)


def _refuse_lookalike(lines: Sequence[str], location: Location, findings: Findings) -> None:
    """Find front matter whose fence is missing or misspelled: else `draft: true` would be published as notes."""
    opened = _is_dashes(lines[0])
    keys = list(itertools.takewhile(_KEY_LINE.match, lines[1:] if opened else lines))
    if opened and keys:
        message = f"this looks like the beginning of front matter, but is {quote(lines[0])}"
        findings.error(SYNTAX, location, message, "write exactly three hyphens at the left: ---")
    elif len(keys) > 1 or (keys and _is_dashes(lines[len(keys)] if len(keys) < len(lines) else "")):
        message = "this looks like front matter, but there is no line of three hyphens above it"
        findings.error(SYNTAX, location, message, "write a line --- above it and another below its last key")
    elif keys:
        findings.add(_lone_key(keys[0], location))


def _lone_key(words: str, location: Location) -> Diagnostic:
    key = words.partition(":")[0]
    return Diagnostic(
        code="E009",
        severity=Severity.WARNING,
        message=f"listeners will read {quote(words)}, since it does not stand between lines of three hyphens",
        hint=f"if it is meant for podcastkit, write a line --- above and below it; else begin it {key.title()}",
        location=location,
    )


def _is_dashes(words: str) -> bool:
    return bool(_DASHES.fullmatch(words))


def _read(lines: Sequence[Line], file: str, findings: Findings, date: Field[datetime]) -> FrontMatter:
    spaced = [Line(words.number, _tidy_key(words.text), words.text) for words in lines]
    root = read_yaml(spaced, file, findings, structured=_STRUCTURED, known=KEYS)
    matter = record(functools.partial(_build, date), "a table")(root, findings) or FrontMatter()
    return dataclasses.replace(matter, locations=locate(root))


def _tidy_key(words: str) -> str:
    """Write a key in small letters (Word begins every paragraph with a capital) and a space behind its colon."""
    match = _KEY_IN_ANY_CASE.match(words)
    small = match[1].lower() + words[match.end() :] if match else words
    return _KEY_WITHOUT_SPACE.sub(r"\1: ", small, count=1)


def _build(date: Field[datetime], table: Table) -> FrontMatter:
    return FrontMatter(
        title=table.read("title", line),
        date=table.read("date", date),
        number=table.read("number", whole(0, 9999)),
        season=table.read("season", whole(1, 9999)),
        type=table.read("type", choice(EpisodeType)),
        summary=table.read("summary", text),
        guid=table.read("guid", identifier),
        explicit=table.read("explicit", boolean),
        people=table.read("people", many(person("guest")), ()),
        only_people=table.read("only_people", boolean, False),
        link=table.read("link", url),
        artwork=table.read("artwork", file_name),
        audio=table.read("audio", file_name),
        intro=table.read("intro", clip_name),
        outro=table.read("outro", clip_name),
        draft=table.read("draft", boolean, False),
        block=table.read("block", block, Block()),
        soundbites=table.read("soundbites", many(soundbite), ()),
        location=table.read("location", many(place), ()),
        license=table.read("license", license_),
        txt=table.read("txt", many(txt), ()),
        funding=table.read("funding", many(funding), ()),
        number_display=table.read("number_display", limited(_DISPLAYED)),
        alternates=table.read("alternates", many(alternate), ()),
        content_links=table.read("content_links", many(content_link), ()),
        social=table.read("social", socials, ()),
        images=table.read("images", many(image), ()),
        ai_content=table.read("ai_content", boolean),
    )
