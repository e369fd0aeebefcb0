from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Severity
from podcastkit.model import Chapter
from podcastkit.text.chapters import find_chapters, read_chapters, write_chapters

LINES = [
    ("00:00 Welcome", 0, "Welcome"),
    ("0:05 Welcome", 5, "Welcome"),
    ("1:02:03 Questions", 3723, "Questions"),
    ("75:30 Questions", 4530, "Questions"),
    ("00:00:10.500 Title", 10.5, "Title"),
    ("00:00:10,25 Title", 10.25, "Title"),
    ("(00:10) Title", 10, "Title"),
    ("[00:10] Title", 10, "Title"),
    ("00:10 - Title", 10, "Title"),
    ("00:10 \u2013 Title", 10, "Title"),
    ("00:10: Title", 10, "Title"),
    ("00:10-Title", 10, "Title"),
    ("  00:10\tTitle  ", 10, "Title"),
    ("00:10 -5 degrees", 10, "-5 degrees"),
    ("00:10 2:1 for teachers", 10, "2:1 for teachers"),
]

UNREADABLE = [
    "Welcome",
    "00:00",
    "00:00 ",
    "00:75 Late",
    "1:60:00 Late",
    "0:0 Short",
    "12 Welcome",
    "\u0660\u0660:\u0660\u0660 Welcome",
]

BROKEN_JSON = [
    ('{"version": "1.2.0"', "C001", 1),
    ('{\n "version" "1.2.0"}', "C001", 2),
    ("[]", "C001", None),
    ('{"version": "1.2.0"}', "C001", None),
    ('{"version": "1.2.0", "chapters": {}}', "C001", None),
    ('{"chapters": [{"startTime": 0}]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [5]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": "0"}]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": true}]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": -1}]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": 1e999}]}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": NaN}]}', "C001", None),
    ("[" * 100_000, "C001", None),
    ('{"version": "1.2.0", "chapters": []}', "C004", None),
]


@pytest.mark.parametrize(("line", "start", "title"), LINES, ids=[row[0] for row in LINES])
def test_a_line_is_a_chapter(line: str, start: float, title: str) -> None:
    document, findings = read_chapters(line.encode(), "05/chapters.txt")
    assert findings == ()
    assert document is not None
    assert json.loads(document.body) == {"version": "1.2.0", "chapters": [{"startTime": start, "title": title}]}
    assert (document.suffix, document.content_type) == (".json", "application/json+chapters")


@pytest.mark.parametrize("line", UNREADABLE)
def test_a_line_that_is_no_chapter_is_an_error_with_its_number(line: str) -> None:
    document, findings = read_chapters(f"# ours\n\n00:00 Welcome\n{line}\n".encode(), "05/chapters.txt")
    assert document is None
    assert [(finding.code, str(finding.location)) for finding in findings] == [("C002", "05/chapters.txt:4")]


def test_comments_and_blank_lines_are_passed_over() -> None:
    document, findings = read_chapters("\ufeff# ours\r\n\r\n0:00 Añadir\r\n0:10 B".encode(), "c.TXT")
    assert findings == ()
    assert document is not None
    assert [chapter["title"] for chapter in json.loads(document.body)["chapters"]] == ["Añadir", "B"]
    assert "Añadir".encode() in document.body


def test_every_chapter_that_does_not_ascend_is_an_error() -> None:
    document, findings = read_chapters(b"0:10 A\n0:10 B\n0:05 C\n0:20 D\n?", "c.txt")
    assert document is None
    assert [(finding.code, finding.location and finding.location.line) for finding in findings] == [
        ("C002", 5),
        ("C003", 2),
        ("C003", 3),
    ]


def test_a_file_without_chapters_is_a_warning() -> None:
    document, [finding] = read_chapters(b"# nothing yet\n", "c.txt")
    assert document is None
    assert (finding.code, finding.severity) == ("C004", Severity.WARNING)


def test_control_characters_are_removed_with_a_warning() -> None:
    document, [finding] = read_chapters(b"0:00 A\x0bB\n", "c.txt")
    assert document is not None
    assert json.loads(document.body)["chapters"][0]["title"] == "AB"
    assert finding.code == "N103"


def test_bytes_that_are_no_text_are_an_error() -> None:
    document, [finding] = read_chapters(b"0:00 \xff", "c.txt")
    assert document is None
    assert finding.code == "N001"


def test_json_is_published_as_it_is() -> None:
    body = (
        b'{ "chapters": [{"startTime": 0.5, "img": "https://a.org/x"}, {"startTime": 9}],\r\n"version": "1.1.0"}\n'
    )
    document, findings = read_chapters(body, "chapters.JSON")
    assert findings == ()
    assert document is not None
    assert document.body == body


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_of_another_encoding_is_published_as_utf8(encoding: str) -> None:
    text = '{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "é"}]}'
    document, findings = read_chapters(text.encode(encoding), "chapters.json")
    assert findings == ()
    assert document is not None
    assert document.body == text.encode()


@pytest.mark.parametrize(("text", "code", "line"), BROKEN_JSON, ids=[row[0][:60] for row in BROKEN_JSON])
def test_json_without_chapters_is_refused(text: str, code: str, line: int | None) -> None:
    document, findings = read_chapters(text.encode(), "chapters.json")
    assert document is None
    assert [finding.code for finding in findings] == [code]
    assert findings[0].location is not None
    assert findings[0].location.line == line


@given(st.binary(max_size=200), st.sampled_from(["c.txt", "c.json"]))
def test_any_bytes_make_a_document_or_a_finding(data: bytes, file: str) -> None:
    document, findings = read_chapters(data, file)
    assert document is not None or findings


def test_timestamps_in_notes_are_chapters() -> None:
    notes = "In this episode:\n\n• 00:00 Welcome\n(01:30) Planning\n1:02:03 - Questions\n\nThanks!"
    assert find_chapters(notes) == (
        Chapter(start=timedelta(0), title="Welcome"),
        Chapter(start=timedelta(minutes=1, seconds=30), title="Planning"),
        Chapter(start=timedelta(hours=1, minutes=2, seconds=3), title="Questions"),
    )


@pytest.mark.parametrize(
    "notes",
    ["", "00:00 A\n00:10 B", "00:01 A\n00:10 B\n00:20 C", "00:00 A\n00:20 B\n00:10 C"],
    ids=["none", "too few", "not from 0:00", "not ascending"],
)
def test_other_times_in_notes_are_no_chapters(notes: str) -> None:
    assert find_chapters(notes) == ()


def test_chapters_of_any_origin_are_written_as_json() -> None:
    chapters = [
        Chapter(start=timedelta(0), title="A"),
        Chapter(start=timedelta(milliseconds=1500), title="B", url="https://a.org/"),
    ]
    assert json.loads(write_chapters(chapters).body)["chapters"] == [
        {"startTime": 0, "title": "A"},
        {"startTime": 1.5, "title": "B", "url": "https://a.org/"},
    ]
