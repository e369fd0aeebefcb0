from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Parsed, Severity
from podcastkit.model import Chapter, Place
from podcastkit.text.chapters.json import Chapters, read_json_chapters, shift_chapter_file, write_chapters

BROKEN = [
    ('{"version": "1.2.0"', "C001", 1),
    ('{\n "version" "1.2.0"}', "C001", 2),
    ("[]", "C001", 1),
    ('{"version": "1.2.0"}', "C001", 1),
    ('{"version": "1.2.0", "chapters": {}}', "C001", 1),
    ('{"chapters": [{"startTime": 0}]}', "C001", 1),
    ('{"version": "1.2.0",\n"chapters": [5]}', "C001", 2),
    ('{"version": "1.2.0", "chapters": [{"startTime": "0"}]}', "C001", 1),
    ('{"version": "1.2.0", "chapters": [{"startTime": true}]}', "C001", 1),
    ('{"version": "1.2.0", "chapters": [{"startTime": -1}]}', "C001", 1),
    ('{"version": "1.2.0", "chapters": [{"startTime": 1e999}]}', "C001", 1),
    ('{"version": "1.2.0", "chapters": [{"startTime": 1e200}]}', "C001", 1),
    (f'{{"version": "1.2.0", "chapters": [{{"startTime": {"9" * 4000}}}]}}', "C001", 1),
    (f'{{"version": "1.2.0", "chapters": [{{"startTime": {"9" * 9000}}}]}}', "C001", None),
    ('{"version": "1.2.0", "chapters": [{"startTime": NaN}]}', "C001", None),
    ("[" * 100_000, "C001", None),
    ('{"version": "1.2.0",\n"chapters": []}', "C004", 2),
    (f'{{"version": "1.2.0", "chapters": [{",".join("0" * 1001)}]}}', "C006", 1),
]

UNUSABLE = [
    ("img", "cover.jpg", "is not a web address"),
    ("img", "data:image/png;base64,AAAA", "is not a web address"),
    ("url", "javascript:alert(1)", "is not a web address"),
    ("url", "//example.org", "is not a web address"),
    ("url", 5, "is not text"),
    ("title", ["A"], "is not text"),
    ("endTime", 30, "is not a time after startTime"),
    ("endTime", "40", "is not a time after startTime"),
    ("toc", "false", "neither true nor false"),
    ("location", "Los Angeles", "has no name"),
    ("location", {"geo": "geo:1,2"}, "has no name"),
]

ADDRESSES = st.sampled_from(
    ["https://example.org/a.jpg", "http://example.org/?a=b&c=d#e", "https://a.example:8443/"]
)
LINES = st.lists(st.sampled_from(["a", "Ü", "日本", "“b”", "\\", '"', "</p>", "🎙️", "\u200f"]), min_size=1).map(
    " ".join
)
MOMENTS = st.integers(0, 100 * 3600 * 1000).map(lambda number: timedelta(milliseconds=number))
PLACES = st.builds(
    Place, name=LINES, geo=st.none() | st.just("geo:57.7,11.9"), osm=st.none() | st.sampled_from(["R1", "W2#3"])
)


@st.composite
def draw_chapters(draw: st.DrawFn) -> tuple[Chapter, ...]:
    starts = sorted(draw(st.lists(MOMENTS, min_size=1, max_size=6)))
    return tuple(
        Chapter(
            start=start,
            title=draw(st.none() | LINES),
            url=draw(st.none() | ADDRESSES),
            img=draw(st.none() | ADDRESSES),
            end=draw(st.none() | st.just(start + timedelta(milliseconds=1))),
            hidden=draw(st.booleans()),
            place=draw(st.none() | PLACES),
        )
        for start in starts
    )


def read(text: str) -> Parsed[Chapters]:
    return read_json_chapters(text.encode(), text, "05/chapters.json")


def test_read_json_chapters_reads_every_field() -> None:
    file = read(
        """{
        "version": "1.2.0", "title": "ours", "waypoints": true,
        "chapters": [
          {"startTime": 0.5, "title": " The\\n moon ", "img": "https://a.org/m.jpg", "url": "http://a.org",
           "endTime": 9, "location": {"name": "Harbour", "geo": "geo:57.7,11.9", "osm": "R1"},
           "ours": [{"chapters": []}]},

          {"startTime": 9, "toc": false}, {"startTime": 10, "title": "\\ud800x\\u0000"}
        ]}"""
    )
    assert file.findings == ()
    assert file.value.listed == (
        Chapter(
            start=timedelta(seconds=0.5),
            title="The moon",
            img="https://a.org/m.jpg",
            url="http://a.org",
            end=timedelta(seconds=9),
            place=Place(name="Harbour", geo="geo:57.7,11.9", osm="R1"),
        ),
        Chapter(start=timedelta(seconds=9), hidden=True),
        Chapter(start=timedelta(seconds=10), title="x"),
    )
    assert {name: str(where).partition(":")[2] for name, where in file.value.locations.items()} == {
        "chapters": "3:21",
        "chapters[0]": "4:11",
        "chapters[0].start": "4:25",
        "chapters[0].title": "4:39",
        "chapters[0].end": "5:23",
        "chapters[1]": "8:11",
        "chapters[1].start": "8:25",
        "chapters[2]": "8:43",
        "chapters[2].start": "8:57",
        "chapters[2].title": "8:70",
    }


def test_read_json_chapters_repeated_key_uses_the_last_list() -> None:
    file = read('{"version": "1", "chapters": 5,\n"chapters": [],\n"chapters" :\n[ {"startTime": 1} ]}')
    assert len(file.value.listed) == 1
    assert str(file.value.locations["chapters[0]"]).endswith(":4:3")


def test_read_json_chapters_file_is_unchanged() -> None:
    body = b'{ "chapters": [{"startTime": 0.5, "x": 1}, {"startTime": 9}],\r\n"version": "1.1.0"}\n'
    file = read_json_chapters(body, body.decode().replace("\r\n", "\n"), "chapters.json")
    assert file.findings == ()
    assert file.value.document
    assert (file.value.document.body, file.value.document.suffix) == (body, ".json")
    assert file.value.document.content_type == "application/json+chapters"


def test_read_json_chapters_cleans_titles_and_keeps_lone_surrogates_escaped() -> None:
    text = '{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "a\\u0093\\u2028b", "x": "\\ud800"}]}'
    document = read(text).value.document
    assert document
    body = document.body.decode()
    assert '"a b"' in body
    assert '"\\ud800"' in body
    moved = shift_chapter_file(document, timedelta(seconds=1), timedelta(seconds=9)).body
    assert b'"\\ud800"' in moved


@pytest.mark.parametrize("key", ["url", "img"])
@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//example.org/a.jpg", "a.jpg"])
def test_read_json_chapters_invalid_address_is_removed(key: str, address: str) -> None:
    good = {"startTime": 9, "title": "B", "url": "https://example.org/", "img": "", "x": "kept"}
    listed = [{"startTime": 0, "title": "A", key: address}, good]
    chapters, (finding,) = read(json.dumps({"version": "1.2.0", "author": "Ann", "chapters": listed}))
    assert finding.code == "C007"
    assert chapters.document
    assert json.loads(chapters.document.body) == {
        "version": "1.2.0",
        "author": "Ann",
        "chapters": [{"startTime": 0, "title": "A"}, good],
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_read_json_chapters_other_encoding_becomes_utf_8(encoding: str) -> None:
    text = '{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "é"}]}'
    file = read_json_chapters(text.encode(encoding), text, "chapters.json")
    assert file.value.document
    assert file.value.document.body == text.encode()


@pytest.mark.parametrize(("text", "code", "line"), BROKEN, ids=[row[0][:60] for row in BROKEN])
def test_read_json_chapters_invalid_file_has_no_chapters(text: str, code: str, line: int | None) -> None:
    file = read(text)
    assert file.value.document is None
    assert file.value.listed == ()
    assert [finding.code for finding in file.findings] == [code]
    assert file.findings[0].location is not None
    assert file.findings[0].location.line == line


@pytest.mark.parametrize(("key", "value", "message"), UNUSABLE, ids=[f"{row[0]} {row[1]}" for row in UNUSABLE])
def test_read_json_chapters_unusable_field_warns_with_its_line(key: str, value: object, message: str) -> None:
    entries = [{"startTime": 0}, {"startTime": 30, key: value}]
    file = read(json.dumps({"version": "1.2.0", "chapters": entries}, indent=1))
    assert [(finding.code, finding.severity) for finding in file.findings] == [("C007", Severity.WARNING)]
    (finding,) = file.findings
    assert f'the "{key}" of chapter 2 in 05/chapters.json' in finding.message
    assert message in finding.message
    assert finding.hint
    assert str(finding.location) == f"05/chapters.json:9:{len(f'   {json.dumps(key)}: ') + 1}"
    assert file.value.listed == (Chapter(start=timedelta(0)), Chapter(start=timedelta(seconds=30)))
    assert file.value.document


def test_read_json_chapters_reports_every_error() -> None:
    file = read('{"version": "1.2.0", "chapters": [\n{"startTime": "0"},\n{"startTime": 5, "img": "x"},\n{}]}')
    assert [(finding.code, finding.location and finding.location.line) for finding in file.findings] == [
        ("C001", 2),
        ("C007", 3),
        ("C001", 4),
    ]
    assert file.value.document is None


def test_write_chapters_writes_every_field() -> None:
    chapters = [
        Chapter(start=timedelta(0), title="Á"),
        Chapter(
            start=timedelta(milliseconds=1500),
            url="https://a.org/",
            img="https://a.org/i.jpg",
            end=timedelta(seconds=2),
            hidden=True,
            place=Place(name="Here", geo="geo:1,2", country="SE"),
        ),
    ]
    document = write_chapters(chapters)
    assert json.loads(document.body) == {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0, "title": "Á"},
            {
                "startTime": 1.5,
                "img": "https://a.org/i.jpg",
                "url": "https://a.org/",
                "toc": False,
                "endTime": 2,
                "location": {"name": "Here", "geo": "geo:1,2"},
            },
        ],
    }
    assert "Á".encode() in document.body
    assert (document.suffix, document.content_type) == (".json", "application/json+chapters")


@given(draw_chapters())
def test_write_chapters_and_read_again_changes_nothing(chapters: tuple[Chapter, ...]) -> None:
    body = write_chapters(chapters).body
    file = read(body.decode())
    assert (file.value.listed, file.findings) == (chapters, ())
    assert file.value.document == write_chapters(chapters)
    rows = body.decode().split("\n")
    places = [file.value.locations[f"chapters[{index}]"] for index in range(len(chapters))]
    assert [rows[(place.line or 0) - 1][(place.column or 0) - 1 :] for place in places] == ["{"] * len(chapters)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["startTime", "title", "img", "url", "toc", "endTime", "location", "name", "geo"])


@given(st.lists(st.dictionaries(KEYS, ODD) | ODD, max_size=4), st.sampled_from([None, 1, "\t"]))
def test_read_json_chapters_any_json_is_read_or_reported(entries: list[object], indent: int | str | None) -> None:
    text = json.dumps({"version": "1.2.0", "x": entries, "chapters": entries}, indent=indent)
    file = read(text)
    assert file.value.document or file.findings
    named = {f"chapters[{index}]" for index in range(len(file.value.listed))}
    assert named <= file.value.locations.keys() or not file.value.document
