from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import (
    Block,
    ContentLink,
    Episode,
    EpisodeType,
    License,
    Person,
    Place,
    Social,
    Soundbite,
    Txt,
)
from podcastkit.project.front_matter import (
    FRONT_MATTER_KEYS,
    KEY_NAMES,
    FrontMatter,
    read_front_matter,
    read_front_matter_lines,
)
from podcastkit.text.cleaning import clean_line

if TYPE_CHECKING:
    from podcastkit.diagnostics import Parsed

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MOST = """\
---
title: Episode 5: It's #1 @home
date: 2024-09-05
number: 08
season: 1
type: full
summary: |
  One: two.

  Three.
guid: "a  b"
explicit: No
people: [Ann, {name: Bob, role: Writer}]
only_people: true
link: https://example.org/5
artwork: cover #1.jpg
audio: "take: 2.wav"
draft: yes
block: google
soundbites:
  - {start: 1:15, duration: 30, title: Best}
location: {name: Los Angeles, country: us}
license: CC-BY-4.0
txt: [{purpose: release, value: 2024}]
number_display: 5½
content_links: {href: https://example.org/video, text: Video}
social: [{protocol: disabled}]
ai_content: false
---

The notes.
---
More notes.
"""


def read(text: str) -> FrontMatter:
    return parse(text).value


def parse(text: str) -> Parsed[FrontMatter]:
    return read_front_matter(text, "05/notes.md", timezone=LOS_ANGELES, time_of_day=time(7))


def read_valid(text: str) -> FrontMatter:
    matter, found = parse(text)
    assert found == ()
    return matter


def findings(text: str) -> list[str]:
    return [f"{found.location}: {found.code} {found.message} | {found.hint}" for found in parse(text).findings]


def test_all_keys_are_read() -> None:
    matter = read_valid(MOST)
    assert matter == FrontMatter(
        title="Episode 5: It's #1 @home",
        number=8,
        season=1,
        type=EpisodeType.FULL,
        people=(
            Person(name="Ann", role="guest", group="cast"),
            Person(name="Bob", role="writer", group="writing"),
        ),
        only_people=True,
        artwork="cover #1.jpg",
        audio="take: 2.wav",
        txt=(Txt(value="2024", purpose="release"),),
        ai_content=False,
        body="\nThe notes.\n---\nMore notes.\n",
        body_line=30,
        locations=matter.locations,
        fields={
            "date": datetime(2024, 9, 5, 7, tzinfo=LOS_ANGELES),
            "summary": "One: two.\n\nThree.",
            "guid": "a  b",
            "explicit": False,
            "link": "https://example.org/5",
            "draft": True,
            "block": Block(services=("google",)),
            "soundbites": (Soundbite(start=timedelta(seconds=75), duration=timedelta(seconds=30), title="Best"),),
            "places": (Place(name="Los Angeles", country="US"),),
            "license": License(slug="CC-BY-4.0"),
            "number_display": "5½",
            "content_links": (ContentLink(href="https://example.org/video", text="Video"),),
            "social": (Social(protocol="disabled"),),
        },
    )
    assert str(matter.locations["people[1].role"]) == "05/notes.md:13:27"
    assert str(matter.locations["ai_content"]) == "05/notes.md:28:1"


def test_images_and_alternates_have_locations() -> None:
    matter = read_valid(
        "---\nalternates:\n  - file: es.mp3\n    lang: es\n  - {file: low.mp3}\nimages: {file: a.jpg}\n---\n"
    )
    assert [(found.file, found.lang, found.location and found.location.line) for found in matter.alternates] == [
        ("es.mp3", "es", 3),
        ("low.mp3", None, 5),
    ]
    assert [(found.file, found.location.line) for found in matter.images] == [("a.jpg", 6)]


@pytest.mark.parametrize("text", ["", "\n", "Only notes.\n", "# A title\n\n---\ntitle: x\n---\n", "- a\n- b"])
def test_notes_need_no_front_matter(text: str) -> None:
    assert read(text) == FrontMatter(body=text)


@pytest.mark.parametrize(
    ("text", "body", "line"),
    [
        ("\ufeff---\ntitle: x\n---\nnotes", "notes", 4),
        ("\n \n---\ntitle: x\n---\n\nnotes\n", "\nnotes\n", 6),
        ("---  \r\ntitle: x\r\n--- \r\nnotes\r\n", "notes\n", 4),
        ("---\rtitle: x\r---\rnotes", "notes", 4),
        ("---\ntitle: x\n---", "", 3),
        ("---\ntitle:x\n---\n", "", 4),
    ],
)
def test_front_matter_is_read_between_fences_at_the_start(text: str, body: str, line: int) -> None:
    matter = read_valid(text)
    assert (matter.title, matter.body, matter.body_line) == ("x", body, line)


def test_empty_front_matter_has_no_values() -> None:
    assert read("---\n---\nnotes") == FrontMatter(body="notes", body_line=3)


def test_keys_without_a_value_are_missing() -> None:
    matter = read_valid("---\ntitle:\ndate:\nnumber:\npeople:\ndraft:\n---\n")
    assert (matter.title, matter.number, matter.people, matter.fields) == (None, None, (), {})


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "---\ntitle: x\n",
            "1:1: E001 the front matter that begins here does not end | write a line of three hyphens",
        ),
        (
            "+++\ntitle = 'x'\n+++\nnotes",
            "1:1: E001 front matter between +++ lines is not supported | write it between ---",
        ),
        ("+++\ntitle = 'x'\n", "1:1: E001 front matter between +++ lines is not supported"),
        ("\n—\ndraft: true\n—\n", '2:1: E001 this looks like the beginning of front matter, but the line is "—"'),
        (
            "----\ntitle: x\n----\n",
            '1:1: E001 this looks like the beginning of front matter, but the line is "----"',
        ),
        (
            " ---\ntitle: x\n---\n",
            '1:1: E001 this looks like the beginning of front matter, but the line is " ---"',
        ),
        ("title: x\ndraft: true\n\nnotes", "1:1: E001 this looks like front matter, but there is no line of three"),
        ("– – –\ntitle: x\n---\nnotes", "1:1: E001 this looks like the beginning of front matter"),
        ("title: x\n---\nnotes", "1:1: E001 this looks like front matter, but there is no line of three"),
        ("---\nhello\n---\n", "2:1: E001 this line is not valid in front matter: hello"),
        (
            "---\ndate: 9/5/2024\n---\n",
            '2:1: E203 "9/5/2024" can be read as 5 September or 9 May | write the date as',
        ),
        ("---\ndate: [x]\n---\n", "2:1: E004 date must be a date, not a list | write date: 2024-09-05"),
        ("---\n\nTitel: x\n---\n", '3:1: E002 there is no key "Titel" | did you mean "title"?'),
        ("---\nnumber: five\n---\n", '2:1: E004 number must be a whole number between 0 and 9999, not "five"'),
        ("---\ndraft: maybe\n---\n", '2:1: E004 draft must be true or false, not "maybe" | write draft: true or'),
        ("---\ntype: extra\n---\n", '2:1: E004 type must be "full" or "trailer" or "bonus", not "extra"'),
        ("---\naudio: ../a.mp3\n---\n", '2:1: E004 audio: "../a.mp3" is not inside this folder'),
        ("---\nlink: http://a.org\n---\n", '2:1: E008 link is not encrypted: "http://a.org"'),
        ("---\ntitle: a\x07\n---\n", "2:1: E007 title contains invisible characters, which were removed: U+0007"),
        ("---\nguid: a\x07\n---\n", "2:1: E004 guid must be one line of text without invisible characters"),
        ("---\npeople:\n- role: x\n---\n", "3:3: E003 people[0] has no name | add name: "),
    ],
)
def test_invalid_value_has_a_finding_with_location_and_fix(text: str, finding: str) -> None:
    (found,) = findings(text)
    assert found.startswith(f"05/notes.md:{finding}")


@pytest.mark.parametrize("text", ["title: only one line of prose\n\nnotes", "people: all of us"])
def test_line_like_a_key_is_kept_in_the_notes_with_a_finding(text: str) -> None:
    (found,) = findings(text)
    assert found.startswith("05/notes.md:1:1: E009 listeners will see")
    assert read(text).body == text


@pytest.mark.parametrize("text", ["—\n\nnotes", "---- x", "Title: a sentence\n\nnotes"])
def test_prose_like_a_key_or_fence_is_kept_in_the_notes(text: str) -> None:
    assert read(text) == FrontMatter(body=text)


def test_notes_after_unreadable_front_matter_are_kept() -> None:
    assert (read("+++\nx = 1\n+++\nnotes").body, read("+++\nx = 1\n+++\nnotes").body_line) == ("notes", 4)
    assert (read("---\ntitle: x").body, read("---\ntitle: x").body_line) == ("title: x", 2)


def test_date_without_any_time_zone_is_an_error() -> None:
    (found,) = read_front_matter("---\ndate: 2024-09-05\n---\n", "notes.md").findings
    assert found.code == "E203"
    matter = read_front_matter("---\ndate: 2024-09-05T06:00:00Z\n---\n", "notes.md").value
    assert matter.fields["date"] == datetime(2024, 9, 5, 6, tzinfo=UTC)


def test_date_without_time_gets_the_default_time() -> None:
    matter = read_front_matter("---\ndate: 2024-09-05\n---\n", "notes.md", timezone=LOS_ANGELES).value
    assert matter.fields["date"] == datetime(2024, 9, 5, 6, tzinfo=LOS_ANGELES)


def test_finding_in_a_word_document_contains_the_paragraph() -> None:
    lines = [(2, "title:\u00a0“Planning: Time”"), (5, "people: [Ann,\nBob]"), (9, "number: x")]
    matter, (finding,) = read_front_matter_lines(lines, "05/notes.docx", timezone=LOS_ANGELES)
    assert (matter.title, matter.body) == ("Planning: Time", "")
    assert [person.name for person in matter.people] == ["Ann", "Bob"]
    assert str(matter.locations["people"]) == "05/notes.docx"
    assert str(finding.location) == "05/notes.docx"
    assert finding.message.endswith("(paragraph 9)")


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    assert isinstance(read(text), FrontMatter)


SIGNS = st.text(alphabet="ab01 :-[]{}\"'#|>&*!%@\n\t,“é\x07\u2028")


@given(st.lists(st.tuples(st.sampled_from(sorted(KEY_NAMES)), SIGNS), max_size=6))
def test_any_front_matter_returns_values_or_findings_with_lines(pairs: list[tuple[str, str]]) -> None:
    block = "\n".join(f"{key}: {text}" for key, text in pairs)
    found_in_it = parse(f"---\n{block}\n---\nnotes").findings
    last = block.count("\n") + 3
    assert all(found.location and 1 <= (found.location.line or 0) <= last for found in found_in_it)
    assert all(found.hint and found.code.startswith("E") for found in found_in_it)


LINES = st.text(st.characters(exclude_characters="\r\n"), min_size=1)


@given(LINES)
def test_literal_title_is_unchanged(title: str) -> None:
    title = title.strip()
    is_literal = title[:1] not in {"", '"', "'", "“", "”", "„", "\u2018"} and not re.fullmatch(
        r"[|>][-+0-9]{0,2}(\s+#.*)?", title
    )
    if is_literal and clean_line(title):
        assert read(f"---\ntitle: {title}\n---\n").title == clean_line(title)


@given(LINES, st.sampled_from(['""', "''", "“”", "\u2018\u2019"]))
def test_quotes_around_a_title_are_removed(title: str, quotes: str) -> None:
    expected = read(f"---\ntitle: x{title}x\n---\n").title
    if not set(title) & set("\\\"'“”„\u2018\u2019"):
        assert read(f"---\ntitle: {quotes[0]}x{title}x{quotes[1]}\n---\n").title == expected


@given(st.permutations(["title", "summary", "number", "people", "location", "link", "draft"]), st.data())
def test_locations_are_the_lines_of_the_keys(keys: list[str], data: st.DataObject) -> None:
    written = {
        "title": ["title: a: b"],
        "summary": ["summary: |", "  x", "", "  title: y"],
        "number": ["number: 5"],
        "people": ["people:", "- Ann", "  # a comment", "- name: Bob"],
        "location": ["location: {name: x,", "  country: US}"],
        "link": ["link: https://a.org", "  "],
        "draft": ["draft: no # yet"],
    }
    lines = [""] * data.draw(st.integers(0, 2)) + ["---"]
    expected = {}
    for key in keys:
        lines += data.draw(st.sampled_from([[], [""], ["# a comment: x"]]))
        expected[key] = len(lines) + 1
        lines += written[key]
    matter = read_valid("\n".join([*lines, "---", "notes"]))
    assert {key: matter.locations[key].line for key in keys} == expected
    assert matter.locations["people[1].name"].line == expected["people"] + 3
    assert (matter.body, matter.body_line) == ("notes", len(lines) + 2)


def test_capitalized_keys_are_read() -> None:
    front, found = read_front_matter(
        "---\nTitle: A: B\nDATE: 2024-09-05\nsummary: |\n  Title: no key\n---\n",
        "notes.md",
        timezone=ZoneInfo("UTC"),
    )
    assert (front.title, front.fields["summary"], found) == ("A: B", "Title: no key", ())
    assert front.fields["date"]


def test_every_key_has_a_field() -> None:
    fields = {part.name for file in (FrontMatter, Episode) for part in dataclasses.fields(file)}
    assert {key.fills or key.name for key in FRONT_MATTER_KEYS} <= fields
