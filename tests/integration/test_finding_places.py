"""Every finding about a text is located at the file, line and column that the producer must edit."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.id3 import CHAP, ID3, TIT2

from podcastkit import check, load
from podcastkit.diagnostics import Location
from tests.shows import NOW, SHOW_TOML, VTT, Workshop, make_mp3, write_artwork
from tests.word import word_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic

MARK = "⟦"
"""Marks the location of the finding in the texts below."""
NOTES = "---\ntitle: Planning\n---\n\nWhat we plan.\n"
LINE = "00:00 {}\n"


def toml(more: str) -> dict[str, str]:
    return {"show.toml": SHOW_TOML + more}


def front(lines: str) -> dict[str, str]:
    return {"01-a/notes.md": f"---\ntitle: Planning\n{lines}\n---\n\nWhat we plan.\n"}


def notes(body: str) -> dict[str, str]:
    return {"01-a/notes.md": f"---\ntitle: Planning\n---\n{body}"}


def transcript(text: str, suffix: str = ".vtt") -> dict[str, str]:
    return {f"01-a/transcript{suffix}": text}


def chapters(text: str, suffix: str = ".txt") -> dict[str, str]:
    return {f"01-a/chapters{suffix}": text}


def json_chapters(*entries: str) -> dict[str, str]:
    return chapters('{"version": "1.2.0",\n "chapters": [\n  ' + ",\n  ".join(entries) + "\n ]}", ".json")


def segments(*entries: str) -> dict[str, str]:
    return transcript('{"version": "1.0.0",\n "segments": [\n  ' + ",\n  ".join(entries) + "\n ]}", ".json")


SHOW = {
    "S001": toml('\nfooter = "a" ⟦"b"\n'),
    "S001 duplicate table": toml("[audio]\nbitrate = 128\n ⟦[audio]\n"),
    "S001 duplicate key": toml("season = 1\n⟦season = 2\n"),
    "S002": toml('  ⟦titel = "a"\n'),
    "S002 in a table": toml("[audio]\n\t⟦bitrat = 1 # é\n"),
    "S002 in braces": toml('license = {slug = "é", url = "https://a.org", ⟦x = 2}\n'),
    "S003": {"show.toml": "⟦" + SHOW_TOML.replace('author = "Harbour Radio"\n', "")},
    "S003 in a table": toml("funding = [\n  {url = 'https://a.org', text = 'é'}, ⟦{url = 'https://a.org'}]\n"),
    "S004": toml("⟦season = 0\n"),
    "S004 in a list": toml(
        'social = [\n  # ours\n  {protocol = "lightning", uri = "https://a.org", ⟦priority = 0},\n]\n'
    ),
    "S006": toml('[publish]\n⟦aws_secret_access_key = "x"\n'),
    "S007": toml('⟦copyright = "a\\u0001"\n'),
    "S008": toml('⟦link = "http://a.org"\n'),
    "S113": toml('[check]\nignore = ["E103", ⟦"E999"]\n'),
    "S121": toml('people = ["Ann", {name = "Bob", ⟦role = "Gaffer"}]\n'),
    "S103": toml(f'⟦copyright = "{"x" * 256}"\n'),
    "S105": toml('⟦guid = "12"\n'),
    "S107": {"show.toml": SHOW_TOML.replace("categories = [", '⟦categories = ["Arts", "News", ')},
    "S132": toml('new_feed_url = "https://b.org/feed.xml"\n⟦locked = true\n'),
    "N101": toml('⟦footer = """\n\nBy [us](us.md)."""\n'),
}

FRONT = {
    "E001": front("number: 5\n⟦{a"),
    "E001 an open bracket": front("people: ⟦[Ann, Bob"),
    "E001 duplicate key": front("number: 5\n⟦number: 6"),
    "E001 indented": front("summary: é\n \t⟦link: https://a.org"),
    "E001 after a key without a space": front("people:⟦[Ann, Bob"),
    "E001 special character": front("people:\n- Ann\n- ⟦*Bob"),
    "E001 without an end": {"01-a/notes.md": "\n⟦---\ntitle: Planning\n"},
    "E001 too many hyphens": {"01-a/notes.md": "⟦----\ntitle: Planning\n----\n"},
    "E002": front("⟦sumary: a"),
    "E002 in a list": front("people:\n- Ann\n-   name: Bob\n    ⟦rôle: x"),
    "E002 in braces": front('people:[Ann, {name: "é🎙️", ⟦x: y}]'),
    "E003": front("funding:\n- {url: https://a.org, text: a}\n- ⟦{url: https://a.org}"),
    "E004": front("⟦number: x"),
    "E004 in a list": front("soundbites:\n  - {start: 0, duration: 15}\n  - start: 0\n    ⟦duration: x"),
    "E004 after invisible characters": front("people: [\x07é\x01\x7f, {name: b\ufeff, ⟦href: x}]"),
    "E007": front("number: ⟦\x075"),
    "E007 in a list": front("people:\n-   a⟦\u2028b"),
    "E008": front("⟦link: http://a.org"),
    "E121": front("people:\n- {name: Bob, ⟦role: Gaffer}"),
    "E203": front("⟦date: 9/5/2024"),
    "E104": {**toml("episodes = 4\n"), **front("⟦number: 5")},
    "E107": {"01-a/notes.md": f"---\nnumber: 1\n---\n\n  ⟦# {'x' * 256}\n\nWords.\n"},
    "E107 underlined": {"01-a/notes.md": f"Words.\n\n⟦{'x' * 256}\n===\n"},
    "E111": front("⟦date: 2099-01-01"),
    "E130": {"01-a/notes.md": f"---\ntype: trailer\n⟦title: {'x' * 129}\n---\n\nWords.\n"},
    "E140": front("⟦ai_content: yes"),
    "E141": front("soundbites:\n- {start: 0, duration: 0.5}\n- ⟦{start: 5, duration: 15}"),
    "E142": front("soundbites:\n  -   {start: x, duration: 15}\n  - ⟦{start: 0, duration: 1}"),
    "E143": front("⟦block: [google]"),
    "E144": front("type: bonus\n⟦number_display: Ten"),
    "A104": front("⟦audio: b.mp3"),
    "A104 of an outro": front("⟦outro: b.mp3"),
    "S141": toml('[audio]\n  ⟦intro = "b.mp3"\n'),
    "S141 in a table": {"show.toml": f'audio = {{⟦outro = "b.mp3"}}\n{SHOW_TOML}'},
    "A110": front("alternates:\n- ⟦{file: b.mp3}"),
    "I103": front("⟦artwork: b.jpg"),
    "I110": front("images: [⟦{file: b.jpg}]"),
    "N111": front("number: 1\n⟦summary: |\n  " + "é" * 2001),
}

BODY = {
    "N101": notes("One\n  two é 🎙️ ⟦[x](y.md) three.\n"),
    "N101 by reference": notes("> One\n> ⟦[x]\n\n[x]: y.md\n"),
    "N102": notes("- One\n\n  two ⟦![x](y.png)\n"),
    "N103": notes("One\ntwo cafe\u0301 ⟦\x0b three\n"),
    "N104": notes("One ⟦<name>, two\n"),
    "N104 in a block": notes("<div>\n  <p>é</p> ⟦<script>x</script>\n</div>\n"),
    "N110": notes("\n \n⟦" + "We plan. " * 500),
    "N201": notes("⟦"),
    "N201 only a comment": notes("\n⟦<!-- nothing yet -->\n"),
    "C008": notes("Words.\n\n- 00:00 A\n- 00:20 B\n- **⟦00:10** C\n"),
    "C102": notes("Words.\n\n- 00:00 A\n- (⟦00:30) B\n- 01:00 C\n"),
    "C105": notes(f"Words.\n\n00:00 A\n00:30 B\n01:00 **⟦{'x' * 40}**\n"),
    "N001": {"01-a/notes.md": "caf\udce9"},
    "N003": {"01-a/notes.md": "One\n two⟦\0"},
}

CHAPTERS = {
    "C001": chapters('{"version": "1.2.0",\n "chapters": [⟦}', ".json"),
    "C001 no list": chapters('{"version": "1.2.0",\n "chapters": ⟦5}', ".json"),
    "C001 no version": chapters('\n ⟦{"chapters": [{"startTime": 0}]}', ".json"),
    "C001 no start": json_chapters('{"startTime": 0}', '⟦{"title": "é"}'),
    "C001 invalid start": json_chapters('{"title": "é", "startTime": ⟦"0"}'),
    "C002": chapters("00:00 A\n\t⟦half past\n"),
    "C003": chapters("00:00 A\n00:40 B\n  ⟦00:30 C\n"),
    "C003 in JSON": json_chapters('{"startTime": 5}', '{"title": "é", "startTime":⟦4}'),
    "C004": chapters('{"version": "1.2.0", "chapters": ⟦[]}', ".json"),
    "C006": chapters('{"version": "1.2.0", "chapters":\t⟦[' + ",".join("0" * 1001) + "]}", ".json"),
    "C007": json_chapters('{"startTime": 5, "img": "https://a.org/b", "img": ⟦"b.jpg"}'),
    "C101": chapters("# ours\n\n ⟦00:05 A\n00:40 B\n01:20 C\n"),
    "C101 in JSON": json_chapters('{"title": "é", "startTime": ⟦5}'),
    "C102": chapters("00:00 A\n⟦00:40 B\n"),
    "C102 in JSON": json_chapters('{"startTime": 0, "endTime": ⟦99}'),
    "C103": chapters("\n ⟦00:00 A\n"),
    "C103 in JSON": chapters('{"version": "1.2.0", "chapters": ⟦[{"startTime": 0}]}', ".json"),
    "C104": json_chapters('{"startTime": 0, "title": ⟦""}'),
    "C104 without the key": json_chapters('⟦{"startTime": 0}'),
    "C105": chapters("00:00 - ⟦" + "é" * 40 + "\n"),
    "C105 in JSON": json_chapters('{"startTime": 0, "title": ⟦"' + "é" * 40 + '"}'),
    "C106": chapters("00:00 A\n⟦00:10 B\n"),
    "N103": chapters("00:00 cafe\u0301⟦\x0b\n"),
}
LONG_LINES = "\n\n".join(f"00:0{second}.000 --> 00:0{second}.500\nHo" for second in (2, 3, 4))

TRANSCRIPTS = {
    "T001": transcript("⟦WEBVT\n\n00:00.000 --> 00:01.000\nHi\n"),
    "T001 in JSON": transcript('{"version": "1.0.0"\n ⟦"segments": []}', ".json"),
    "T001 no list": transcript('{"version": "1.0.0", "segments":\n⟦{}}', ".json"),
    "T001 another version": transcript('{"version": ⟦1, "segments": [{}]}', ".json"),
    "T001 without times": transcript("WEBVTT\n\n  ⟦Hi\n"),
    "T001 WebVTT as SRT": transcript("⟦" + VTT, ".srt"),
    "T002": transcript("WEBVTT\n\n ⟦0.0 --> 00:01.000\nHi\n"),
    "T002 the end": transcript("WEBVTT\n\n00:00.000 -->  ⟦00:61.000\nHi\n"),
    "T002 no end": transcript("WEBVTT\n\n00:00.000 -->⟦\nHi\n"),
    "T002 in SRT": transcript("1\n00:00:00,000 --> ⟦00:01,000\nHi\n", ".srt"),
    "T003": transcript("WEBVTT\n\n00:01.000 --> ⟦00:00.500\nHi\n"),
    "T003 in SRT": transcript("1\n00:00:01,000 --> ⟦00:00:00,500\nHi\n", ".srt"),
    "T003 in JSON": segments('{"startTime": 1, "body": "é",\n   "endTime": ⟦0.5}'),
    "T004": segments('{"startTime": 0, "body": "Hi"}', '{"startTime": ⟦"1", "body": "Ho"}'),
    "T004 no object": segments('{"startTime": 0, "body": "Hi"}', "⟦5"),
    "T004 no body": segments('⟦{"startTime": 0}'),
    "T005": transcript("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\n\t⟦00:00.000 --> 00:01.000\nHo\n"),
    "T005 in HTML": transcript("<time>0:02</time><p>Hi</p>\n<p>é ⟦<time>0:01</time> Ho</p>", ".html"),
    "T005 in JSON": segments('{"startTime": 2, "body": "Hi."}', '{"body": "Ho", "startTime": ⟦1}'),
    "T006": transcript(VTT + "\n ⟦lost\n"),
    "T009": transcript("1\n ⟦00:00:00.000 --> 00:00:01,000\nHi\n", ".srt"),
    "T010": transcript("<p>é</p>\n <p>⟦<time>soon</time> Hi</p>", ".html"),
    "T011": transcript(f"WEBVTT\n\n00:01.000 --> ⟦00:09.000\nHi\n\n{LONG_LINES}\n"),
    "T012": transcript("WEBVTT\n\n00:01.000 --> ⟦00:01.000\nHi\n"),
    "T014": transcript(
        "WEBVTT\n\n ⟦00:00.000 --> 00:01.000\na\n\n00:01.000 --> 00:02.000\na\nb\n\n00:02.000 --> 00:03.000\nb\nc\n"
    ),
    "T101": transcript("WEBVTT\n\n00:00.000 --> ⟦09:00.000\nHi\n\n00:01.000 --> 00:02.000\nHo\n"),
    "T101 in JSON": segments(
        '{"startTime": 0, "body": "we",\n"endTime": 1}', '{"startTime": 1, "body": "go", "endTime": ⟦99}'
    ),
    "T101 in HTML": transcript("<time>0:00</time><p>Hi</p>\n⟦<time>9:00</time><p>Ho</p>", ".html"),
    "T102": transcript("WEBVTT\n\n00:00.000 --> ⟦00:00.100\nHi\n"),
    "N003": transcript("WEBVTT\n⟦\0", ".txt"),
}
MARKED = {
    f"{area}: {name}": (name[:4], files)
    for area, cases in (
        ("show", SHOW),
        ("front", FRONT),
        ("notes", BODY),
        ("chapters", CHAPTERS),
        ("t", TRANSCRIPTS),
    )
    for name, files in cases.items()
}
ENCODINGS = {
    "as written": lambda text: text.encode(errors="surrogateescape"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(errors="surrogateescape"),
    "CR": lambda text: text.replace("\n", "\r").encode(errors="surrogateescape"),
    "with a mark": lambda text: codecs.BOM_UTF8 + text.encode(errors="surrogateescape"),
}


def write(workshop: Workshop, files: Mapping[str, bytes]) -> None:
    for name, data in {"show.toml": SHOW_TOML.encode(), "01-a/notes.md": NOTES.encode(), **files}.items():
        (workshop.folder / name).write_bytes(data)


def remove_mark(text: str) -> tuple[str, tuple[int, int]]:
    """Return the text without the mark, and the line and column of the mark."""
    before, _, after = text.partition(MARK)
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def findings(workshop: Workshop, code: str) -> list[Diagnostic]:
    return [found for found in check(load(workshop.folder, at=NOW)) if found.code == code]


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    workshop = Workshop(tmp_path / "episodes").show()
    workshop.episode("01-a")
    return workshop


@pytest.mark.parametrize("way", ENCODINGS)
@pytest.mark.parametrize("case", MARKED)
def test_finding_is_located_at_the_mark(workshop: Workshop, case: str, way: str) -> None:
    code, files = MARKED[case]
    if code == "N001":
        files = {name: text.replace("\udce9", f"{MARK}\udce9") for name, text in files.items()}
    write(workshop, {name: ENCODINGS[way](remove_mark(text)[0]) for name, text in files.items()})
    [(name, place)] = [(name, remove_mark(text)[1]) for name, text in files.items() if MARK in text]
    first, *_ = findings(workshop, code)
    assert first.location == Location(file=name, line=place[0], column=place[1])


WHOLE_FILES: dict[str, tuple[dict[str, bytes | None], str]] = {
    "A105": ({"01-a/b.mp3": make_mp3(1)}, "01-a"),
    "E109": ({"01-a/b.pdf": b"x"}, "01-a/b.pdf"),
    "S109": ({"b.pdf": b"x"}, "b.pdf"),
    "A106": ({"01-a/audio.mp3": b"x"}, "01-a/audio.mp3"),
    "I103": ({"01-a/artwork.jpg": b"x"}, "01-a/artwork.jpg"),
    "N008": ({"01-a/notes.txt": b"x"}, "01-a"),
    "N002": ({"01-a/notes.docx": b"x", "01-a/notes.md": None}, "01-a/notes.docx"),
    "N201": ({"01-a/notes.md": None}, "01-a"),
    "E105": ({"01-a/notes.md": None}, "01-a"),
    "C005": ({"01-a/chapters.txt": b"00:00 A", "01-a/chapters.json": b""}, "01-a"),
    "T007": ({"01-a/transcript.txt": b""}, "01-a/transcript.txt"),
    "T008": ({"01-a/transcript.txt": b"a", "01-a/transcript.en.txt": b"a"}, "01-a/transcript.txt"),
    "S102": ({"show.toml": SHOW_TOML.partition("owner")[0].encode()}, "show.toml"),
}


@pytest.mark.parametrize("code", WHOLE_FILES)
def test_finding_without_a_line_is_located_at_file_or_folder(workshop: Workshop, code: str) -> None:
    files, place = WHOLE_FILES[code]
    write(workshop, {name: data for name, data in files.items() if data is not None})
    for name in [name for name, data in files.items() if data is None]:
        (workshop.folder / name).unlink()
    found, *_ = findings(workshop, code)
    assert found.location == Location(file=place)


def test_finding_in_unnamed_media_is_located_at_the_file(workshop: Workshop) -> None:
    write_artwork(workshop.folder / "artwork.jpg", (600, 600))
    write_artwork(workshop.folder / "01-a" / "cover.png", (600, 600))
    tags = ID3()
    for start in (5000, 4000):
        tags.add(CHAP(element_id=f"c{start}", start_time=start, end_time=9000, sub_frames=[TIT2(text=["x"])]))
    tags.add(TIT2(text=["x" * 256]))
    tags.save(workshop.folder / "01-a" / "audio.mp3")
    (workshop.folder / "01-a" / "notes.md").write_text("Words.\n")
    assert [str(findings(workshop, code)[0].location) for code in ("I101", "I102", "C101", "E107")] == [
        *("artwork.jpg", "01-a/cover.png"),
        *("01-a/audio.mp3", "01-a/audio.mp3"),
    ]


def test_finding_in_a_named_picture_is_located_at_its_name(workshop: Workshop) -> None:
    write_artwork(workshop.folder / "01-a" / "b.png", (600, 600))
    write(workshop, {name: text.encode() for name, text in front("artwork: b.png").items()})
    assert [str(found.location) for found in findings(workshop, "I102")] == ["01-a/notes.md:3:1"]


@pytest.mark.slow
def test_finding_in_a_word_document_has_no_line(workshop: Workshop) -> None:
    document = word_of("---", "number: x", "soundbites: [{start: 5, duration: 15}]", "---", "Words.")
    write(workshop, {"01-a/notes.docx": document})
    (workshop.folder / "01-a" / "notes.md").unlink()
    for code in ("E004", "E141"):
        (found,) = findings(workshop, code)
        assert found.location == Location(file="01-a/notes.docx")
    assert findings(workshop, "E004")[0].message.endswith("(paragraph 2)")


def test_gap_in_numbers_is_located_at_the_next_number(workshop: Workshop) -> None:
    workshop.episode("02-b", NOTES.replace("title", "number: 4\ntitle"))
    assert [str(found.location) for found in findings(workshop, "E103")] == ["02-b/notes.md:2:1"]


def test_finding_in_a_translation_is_located_in_its_file(workshop: Workshop) -> None:
    table = '[translations.es]\ntitle = "T"\ndescription = "D [x](y)"\n'
    spanish = f"---\n\nnumber: 5\n---\n\n# {'x' * 256}\n\n00:05 A\n[x](y)\n00:00 A\n00:10 B\n00:10 C\n"
    write(workshop, {"show.toml": (SHOW_TOML + table).encode(), "01-a/notes.es.md": spanish.encode()})
    assert [str(found.location) for found in findings(workshop, "N101")] == [
        "show.toml:11:1",
        "01-a/notes.es.md:9:1",
    ]
    assert [str(found.location) for found in findings(workshop, "E160")] == ["01-a/notes.es.md:3:1"]
    assert [str(found.location) for found in findings(workshop, "E107")] == ["01-a/notes.es.md:6:1"]


PIECES = st.sampled_from(
    [
        *("---\n", "title: é\n", "people:\n", "people:[", "- ", "  - {name: ", "x: ", "}", "]", "date: 9/5/2024\n"),
        *("[x](y) ", "<b>", "<zz ", "![a](b)", "<!-- ", "-->", "# ", "> ", "- ", "1. ", "\t", "    ", "\n", "\n\n"),
        *("00:00 A\n", "00:05 B\n", "5:99 ", "WEBVTT\n\n", "00:01.000 --> 00:00.000\n", "00:00:01,000 --> x\n"),
        *(
            '{"version": "1", ',
            '"chapters": [',
            '"segments": [',
            '{"startTime": 5, ',
            '"title": ""',
            "{}",
            ",",
            "NaN",
        ),
        *("<p>", "<time>", "1:00", "</time>", "\x0b", "\ufeff", "\x85", "\u2028", "e\u0301", "🎙️", "\x01", "\u0338"),
        *(
            'a = "b"\n',
            "[audio]\n",
            "[[people]]\n",
            "season = 'x'\n",
            '"é" = 1\n',
            "x = [1, {a = 2}]\n",
            "[x]: y\n",
        ),
    ]
)
DAMAGED_TEXTS = st.lists(PIECES, max_size=25).map("".join)
KINDS = (
    *("show.toml", "01-a/notes.md", "01-a/notes.txt", "01-a/chapters.txt", "01-a/chapters.json"),
    *(f"01-a/transcript{suffix}" for suffix in (".vtt", ".srt", ".json", ".html", ".txt")),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = Workshop(tmp_path_factory.mktemp("shared") / "episodes").show()
    workshop.episode("01-a")
    return workshop


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_locations_are_within_their_files(shared: Workshop, name: str, data: st.DataObject) -> None:
    good = [remove_mark(text)[0] for _, files in MARKED.values() for file, text in files.items() if file == name]
    text = data.draw(DAMAGED_TEXTS)
    if good:
        beginning = data.draw(st.sampled_from(good))
        beginning = beginning[: data.draw(st.integers(0, len(beginning)))]
        text = beginning + text
    if data.draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    path = shared.folder / name
    for other in (shared.folder / "01-a").glob("[cnt]*.*"):
        other.unlink()
    (shared.folder / "show.toml").write_text(SHOW_TOML, encoding="utf-8")
    path.write_bytes(text.encode(errors="surrogateescape"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for found in check(load(shared.folder, at=NOW)):
        assert found.location
        if found.location.file == name and found.location.line:
            assert 1 <= found.location.line <= len(lines)
            width = len(lines[found.location.line - 1].encode(errors="surrogateescape").decode(errors="replace"))
            assert 1 <= (found.location.column or 0) <= width + 1


@pytest.mark.slow
@given(st.sampled_from([name for name in KINDS if name.endswith(".json")]), st.data())
def test_findings_in_json_have_a_column(shared: Workshop, name: str, data: st.DataObject) -> None:
    entries = data.draw(
        st.lists(
            st.dictionaries(
                st.sampled_from(["startTime", "endTime", "title", "body"]),
                st.none() | st.integers(-1, 9) | st.text(max_size=3),
            )
        )
    )
    key = "chapters" if "chapters" in name else "segments"
    text = json.dumps({"version": "1.0.0", key: entries}, indent=data.draw(st.sampled_from([None, 1, "\t"])))
    for other in (shared.folder / "01-a").glob("[cnt]*.*"):
        other.unlink()
    (shared.folder / name).write_text(text)
    own = [
        found.location
        for found in check(load(shared.folder, at=NOW))
        if found.location and found.location.file == name and found.code != "T007"  # T007 is about the whole file
    ]
    assert all(place.column for place in own if entries)
