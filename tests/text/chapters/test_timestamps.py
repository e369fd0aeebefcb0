from __future__ import annotations

from datetime import timedelta
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Severity
from podcastkit.model import Chapter, Text
from podcastkit.text.chapters.timestamps import (
    add_chapters,
    explain_timestamps,
    find_chapters,
    list_chapters,
    locate_timestamps,
    read_chapters,
)
from podcastkit.text.notes.convert import join_texts, render_html, render_markdown
from tests.simple_html import simple_html

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
    ("00:10 (https://example.org/?t=10) Title", 10, "Title"),
    ("00:10 (https://example.org/?t=10) - Title", 10, "Title"),
    ("00:10 (https://example.org)", 10, "(https://example.org)"),
    ("00:10 -5 degrees", 10, "-5 degrees"),
    ("00:10 2:1 for teachers", 10, "2:1 for teachers"),
]

URL = "https://example.org/docks"
WITH_MARKUP = [
    *("0:10;Docks", "0:10,Docks", "0:10 ► Docks", "0:10 ▶️ Docks", "0:10➤Docks", "0:10 ⇒ Docks", "0:10 ⟶ Docks"),
    *("- 00:10 Docks", "• 00:10 Docks", "1. 00:10 Docks", "1) 00:10 Docks", "🎙️ 00:10 Docks", "▶️ 00:10 Docks"),
    *("(00:10)Docks", "【00:10】Docks", "**00:10** Docks", "**00:10 Docks**", "00:10 **Docks**", "`00:10` Docks"),
    *("00:10 | Docks", "00:10 → Docks", "00:10 -> Docks", "00:10 · Docks", "00:10. Docks", "| 00:10 | Docks |"),
    *("00:00:10.000000000 Docks", "00:00:10:12 Docks", "0m10s Docks", "0h00m10s Docks", "0h 0m 10s - Docks"),
    *("[00:10](https://example.org/?t=10) Docks", "00:10\uff5eDocks", "\u300000:10\u3000Docks"),
]
WITH_LINK = [
    *(f"00:10 Docks {URL}", f"00:10 Docks <{URL}>", f"00:10 Docks ({URL})", f"00:10 Docks [{URL}]"),
    *(f"00:10 Docks - {URL}.", f"00:10 Docks: {URL}", f"00:10 [Docks]({URL})", f'00:10 [Docks]({URL} "D")'),
    *(f"00:10 [Docks](<{URL}>)", f"00:10 - **[Docks]({URL})**", f"00:10 <{URL}> Docks", f"00:10 ![Docks]({URL})"),
]
LIKE_TIMES_OR_LINKS = [
    *("Flight 93", "9/11", "1999 – 2001: The strike", "1999 - 2001", "3:10 to Yuma", "24/7", "-5 degrees"),
    *("Why https://example.org is down", "Why booking.com failed", "[Music]", "“Quoted”", "Docks (live)", "#5"),
    *("*Alien* and *Aliens*", "Q&A: why?", "https://example.org", "Docks (01:30)", "ana@example.org", "90s music"),
    *("[Mail](mailto:ana@example.org)", "Docks <https://a:b@example.org>"),
]
RANGES = [
    (["00:00 - 01:30 A", "01:30 – 04:00 B", "04:00 - 09:59 C"], [90, 240, 599], "ABC"),
    (["00:00-01:30 A", "01:30-04:00: B", "04:00 C"], [90, 240, None], "ABC"),
    (["(00:00 to 01:29) A", "(01:30 to 03:59) B"], [89, 239], "AB"),
    (["00:00:00,000 --> 00:01:30,000 A", "00:01:30,000 --> 00:04:00,000 B"], [90, 240], "AB"),
    (["00:00\t01:30\tA", "01:30\t02:00\tB"], [90, 120], "AB"),
    (["00:00 - 01:30 A", "01:30 B", "02:00 - 04:00 C", "04:00 D"], [90, None, 240, None], "ABCD"),
    (["| 00:00 | 01:30 | A |", "| 01:30 | 02:00 | B |"], [90, 120], "AB"),
    (["A 00:00 - 01:30", "B (01:30 - 04:00)"], [90, 240], "AB"),
    (["00:00 - 02:00 A", "01:45 - 04:00 B"], [None, 240], "AB"),
    (["00:00 A [01:30]", "01:30 B [02:00]"], [90, 120], "AB"),
    (["0:00 A (0:00 - 1:00)", "1:00 B (1:00 – 2:00)"], [60, 120], "AB"),
]
TIMES_LAST = ["Welcome 00:00", "1. 9/11 (01:30)", "• The docks ... 2:00", "“Ebb” - **[03:00]**", "Talk – 1:00:00"]

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

# Words of titles that look like markup, times or other syntax; no title begins with a dash.
WORDS = st.sampled_from(["<b>", "&amp;", "1:2", "00:10", "—", "(x)", "*a*", "日本", "é", "🎙️", "שלום", "|", "#1"])
TITLES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join).map("A {}".format)
STARTS = st.sets(st.integers(1, 100 * 3600 - 1), min_size=2, max_size=40).map(lambda rest: [0, *sorted(rest)])


def make_chapter(start: float, title: str | None = None, **more: object) -> Chapter:
    return Chapter(start=timedelta(seconds=start), title=title, **more)  # type: ignore[arg-type] # any field


@pytest.mark.parametrize(("line", "start", "title"), LINES, ids=[row[0] for row in LINES])
def test_read_chapters_line_is_a_chapter(line: str, start: float, title: str) -> None:
    file = read_chapters(line.encode(), "05/chapters.txt")
    assert file.findings == ()
    assert file.value.document is None
    assert file.value.listed == (make_chapter(start, title),)
    assert str(file.value.locations["chapters[0]"]) == f"05/chapters.txt:1:{3 if line.startswith(' ') else 1}"
    place = str(file.value.locations["chapters[0].title"])
    assert line[int(place.rpartition(":")[2]) - 1 :].startswith(title)


@pytest.mark.parametrize("line", WITH_MARKUP)
def test_read_chapters_markup_is_not_in_the_title(line: str) -> None:
    assert read_chapters(line.encode(), "c.txt").value.listed == (make_chapter(10, "Docks"),)


@pytest.mark.parametrize("line", WITH_LINK)
def test_read_chapters_link_becomes_the_url(line: str) -> None:
    assert read_chapters(line.encode(), "c.txt").value.listed == (make_chapter(10, "Docks", url=URL),)


@pytest.mark.parametrize("title", LIKE_TIMES_OR_LINKS)
def test_read_chapters_title_like_a_time_or_link_is_unchanged(title: str) -> None:
    for lines in (f"00:10 {title}", f"00:10 - {title}\n05:00 A\n06:00 - {title}"):
        listed = read_chapters(lines.encode(), "c.txt").value.listed
        assert listed[0] == make_chapter(10, title)
        assert len(listed) == lines.count("\n") + 1


@pytest.mark.parametrize(("lines", "ends", "titles"), RANGES, ids=[rows[0][0] for rows in RANGES])
def test_read_chapters_second_timestamp_is_the_end_of_the_chapter(
    lines: list[str], ends: list[float | None], titles: str
) -> None:
    listed = read_chapters("\n".join(lines).encode(), "c.txt").value.listed
    assert [each.title for each in listed] == [*titles]
    assert [each.end and each.end.total_seconds() for each in listed] == ends


@pytest.mark.parametrize(
    "lines",
    [
        ["00:00 7:30 in the morning", "01:00 12:00 noon train"],
        ["00:00 - 3:10 to Yuma", "05:00 - 12:00 noon", "07:00 - 9:30 shift"],
        ["00:00 - 3:10 to Yuma", "05:00 - 4:00 in the morning"],
        ["00:00 Intro (remix 01:30)", "01:30 Docks [at 12:30]"],
    ],
)
def test_read_chapters_time_that_cannot_be_an_end_is_in_the_title(lines: list[str]) -> None:
    listed = read_chapters("\n".join(lines).encode(), "c.txt").value.listed
    assert [(each.title, each.end) for each in listed] == [(line[5:].lstrip(" -"), None) for line in lines]


def test_read_chapters_several_links_keeps_the_first() -> None:
    line = "0:10 With [Ana](https://größe.de/ü) and [Ben](https://b.org) on cranes"
    kept = make_chapter(10, "With Ana and Ben on cranes", url="https://xn--gre-6ka8i.de/%C3%BC")
    assert read_chapters(line.encode(), "c.txt").value.listed == (kept,)


def test_times_after_titles_are_read() -> None:
    for listed in (
        read_chapters("\n".join(TIMES_LAST).encode(), "c.txt").value.listed,
        find_chapters("What we talk about, until 12:30\n" + "\n".join(TIMES_LAST)),
        find_chapters(render_markdown("Until 12:30\n" + "\n".join(TIMES_LAST), file="n.md").value.text.plain),
    ):
        assert [each.start.total_seconds() for each in listed] == [0, 90, 120, 180, 3600]
        assert [each.title for each in listed][2:] == ["The docks", "“Ebb”", "Talk"]


def test_find_chapters_dates_of_a_tour_are_ignored() -> None:
    notes = "Berlin, 20:00\nHamburg, 19:30\nBremen, 20:30"
    assert find_chapters(notes) == ()
    assert explain_timestamps(notes) is None


def test_read_chapters_list_numbers_are_not_in_titles() -> None:
    listed = read_chapters(b"1. A 0:00\n2. B 1:00", "c.txt").value.listed
    assert listed == (make_chapter(0, "A"), make_chapter(60, "B"))


def test_find_chapters_in_notes_have_ends_and_urls() -> None:
    text = f"1. 00:00 - 01:30 [A]({URL})\n2. **01:30 - 02:00** B\n3. 02:00 - 02:10 C <{URL}>"
    listed = find_chapters(render_markdown(text, file="n.md").value.text.plain)
    assert listed == (
        make_chapter(0, "A", url=URL, end=timedelta(seconds=90)),
        make_chapter(90, "B", end=timedelta(minutes=2)),
        make_chapter(120, "C", url=URL, end=timedelta(seconds=130)),
    )


@pytest.mark.parametrize("line", UNREADABLE)
def test_read_chapters_unreadable_line_is_an_error(line: str) -> None:
    file = read_chapters(f"# ours\n\n00:00 Welcome\n{line}\n".encode(), "05/chapters.txt")
    assert file.value.listed == ()
    assert [(finding.code, str(finding.location)) for finding in file.findings] == [("C002", "05/chapters.txt:4:1")]


def test_read_chapters_ignores_comments_and_blank_lines() -> None:
    file = read_chapters("\ufeff# ours\r\n\r\n0:00 Añadir\r\n0:10 B".encode(), "c.TXT")
    assert file.findings == ()
    assert file.value.listed == (make_chapter(0, "Añadir"), make_chapter(10, "B"))
    assert [str(file.value.locations[f"chapters[{index}]"]) for index in range(2)] == ["c.TXT:3:1", "c.TXT:4:1"]


@pytest.mark.parametrize("heading", ["Chapters:", "CAPÍTULOS\n", "⏱️ Timestamps", "Episode 3\n**Chapters**"])
def test_read_chapters_ignores_a_heading(heading: str) -> None:
    read = read_chapters(f"{heading}\n0:00 A\n0:10 B".encode(), "c.txt")
    assert [each.title for each in read.value.listed] == ["A", "B"]
    late = read_chapters(f"{heading}\n0:05 A\n0:10 B".encode(), "c.txt")
    assert "C002" in {finding.code for finding in late.findings}


def test_read_chapters_keeps_the_order() -> None:
    file = read_chapters(b"0:10 A\n0:10 B\n0:05 C", "c.txt")
    assert [each.title for each in file.value.listed] == ["A", "B", "C"]


def test_read_chapters_empty_file_warns() -> None:
    file = read_chapters(b"# nothing yet\n", "c.txt")
    assert file.value.listed == ()
    assert [(finding.code, finding.severity) for finding in file.findings] == [("C004", Severity.WARNING)]


def test_read_chapters_too_many_is_an_error() -> None:
    lines = "".join(f"{index // 60:02}:{index % 60:02} x\n" for index in range(1001))
    assert len(read_chapters(lines.encode().removesuffix(b"16:40 x\n"), "c.txt").value.listed) == 1000
    file = read_chapters(lines.encode(), "c.txt")
    assert file.value.listed == ()
    assert [finding.code for finding in file.findings] == ["C006"]
    assert [finding.code for finding in read_chapters(b"?\n" * 1001, "c.txt").findings] == ["C006"]


def test_read_chapters_control_characters_are_removed_with_a_warning() -> None:
    file = read_chapters(b"0:00 A\x0bB\n", "c.txt")
    assert file.value.listed == (make_chapter(0, "A B"),)
    assert [finding.code for finding in file.findings] == ["N103"]


def test_read_chapters_undecodable_bytes_are_an_error() -> None:
    file = read_chapters(b"0:00 \xff", "c.txt")
    assert file.value.listed == ()
    assert [finding.code for finding in file.findings] == ["N001"]


def test_read_chapters_json_depends_on_the_extension() -> None:
    body = b'{"version": "1.2.0", "chapters": [{"startTime": 5, "title": "A"}]}'
    file = read_chapters(body, "05/chapters.JSON")
    assert file.value.listed == (make_chapter(5, "A"),)
    assert file.value.document
    assert file.value.document.body == body


@given(st.binary(max_size=200), st.sampled_from(["c.txt", "c.json"]))
def test_read_chapters_any_bytes_are_read_or_reported(data: bytes, file: str) -> None:
    read = read_chapters(data, file)
    assert read.value.listed or read.findings
    named = {f"chapters[{index}]" for index in range(len(read.value.listed))}
    assert named <= read.value.locations.keys()


def test_find_chapters_finds_timestamps_in_notes() -> None:
    notes = "In this episode:\n\n• 00:00 Welcome\n(01:30) Planning\n1:02:03 - Questions\n\nThanks!"
    assert find_chapters(notes) == (
        make_chapter(0, "Welcome"),
        make_chapter(90, "Planning"),
        make_chapter(3723, "Questions"),
    )
    assert explain_timestamps(notes) is None


def test_find_chapters_ignores_a_time_above_the_list() -> None:
    notes = "12:30 is when we meet.\n\n00:00 A\n00:10 B\n00:20 C"
    assert [each.title for each in find_chapters(notes)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        ("", None),
        ("00:00 A\n00:10 B", None),
        ("00:01 A\n00:10 B\n00:20 C", "“A”, does not begin at 00:00"),
        ("00:00 A\n00:20 B\n00:10 C", "“C” does not begin after"),
        ("00:00 A\n00:10 B\n00:10 C", "“C” does not begin after"),
        ("00:00 A\n" + "\n".join(f"{n // 60}:{n % 60:02} B" for n in range(1, 1001)), "too many"),
    ],
    ids=["no times", "too few", "not from 0:00", "not ascending", "twice the same", "a thousand and one"],
)
def test_explain_timestamps_returns_the_reason(notes: str, reason: str | None) -> None:
    assert find_chapters(notes) == ()
    explained = explain_timestamps(notes)
    assert explained is None if reason is None else reason in (explained or ("", None))[0]


def test_locate_timestamps_with_markup_returns_locations() -> None:
    source = "# T\n\n00:00 A\n- 01:00 B\n* **(02:00)** C\n> 1:02:03 D\nat 03:00 sharp\n99:99 E\n04:00:1 F\n1:2:3:4"
    starts = [(0, "A"), (60, "B"), (120, "C"), (3723, "D"), (180, "03:00")]
    places = locate_timestamps([make_chapter(*each) for each in starts], source, "n.md", 5)
    assert {name: str(where) for name, where in places.items()} == {
        "chapters[0]": "n.md:7:1",
        "chapters[0].title": "n.md:7:7",
        "chapters[1]": "n.md:8:3",
        "chapters[1].title": "n.md:8:9",
        "chapters[2]": "n.md:9:6",
        "chapters[2].title": "n.md:9:15",
        "chapters[3]": "n.md:10:3",
        "chapters[3].title": "n.md:10:11",
    }


def test_locate_timestamps_repeated_time_prefers_the_line_with_the_title() -> None:
    source = "00:00 Begin\n05:00 Cafe\u0301 night\n\n05:00\n"
    places = locate_timestamps([make_chapter(300, "Café night"), make_chapter(0, "Else")], source, "n.md", 1)
    assert {name: str(where) for name, where in places.items()} == {
        "chapters[0]": "n.md:2:1",
        "chapters[0].title": "n.md:2:7",
        "chapters[1]": "n.md:1:1",
        "chapters[1].title": "n.md:1:1",
    }


@pytest.mark.parametrize(
    "chapters",
    [
        (),
        (make_chapter(0, "A"), make_chapter(10, "B")),
        (make_chapter(5, "A"), make_chapter(10, "B"), make_chapter(20, "C")),
        (make_chapter(0, "A"), make_chapter(20, "B"), make_chapter(10, "C")),
        (make_chapter(0, "A"), make_chapter(10, "B"), make_chapter(10.5, "C")),
        (make_chapter(0, "A"), make_chapter(10, "B"), make_chapter(20, "C", hidden=True), make_chapter(30)),
    ],
    ids=["no chapters", "too few", "not from 0:00", "not ascending", "within a second", "hidden and untitled"],
)
def test_list_chapters_unusable_list_is_not_written(chapters: tuple[Chapter, ...]) -> None:
    assert list_chapters(chapters) is None


def test_list_chapters_writes_all_times_in_the_same_form() -> None:
    short = list_chapters([make_chapter(0.4, "A"), make_chapter(61, "B & C"), make_chapter(3599.9, "D")])
    assert short == Text(
        html="<p>00:00 A<br />\n01:01 B &amp; C<br />\n59:59 D</p>", plain="00:00 A\n01:01 B & C\n59:59 D"
    )
    long = list_chapters([make_chapter(0, "A"), make_chapter(61, "B"), make_chapter(3600, "C")])
    assert long
    assert long.plain == "00:00:00 A\n00:01:01 B\n01:00:00 C"


NOTES = Text(html="<p>Notes.</p>", plain="Notes.")
THREE = (make_chapter(0, "A"), make_chapter(60, "B"), make_chapter(120, "C"))


def test_add_chapters_appends_them_to_the_notes() -> None:
    added = add_chapters(NOTES, THREE)
    assert added.plain == "Notes.\n\n00:00 A\n01:00 B\n02:00 C"
    assert added.html == "<p>Notes.</p>\n<p>00:00 A<br />\n01:00 B<br />\n02:00 C</p>"


@pytest.mark.parametrize(
    "notes",
    [
        Text(html="", plain=""),
        render_markdown("Notes.\n\n00:00 X\n00:10 Y\n00:20 Z", file="n").value.text,
        render_markdown("Notes.\n\n00:30 X\n00:40 Y\n00:50 Z", file="n").value.text,
    ],
    ids=["no notes", "own chapters", "own times"],
)
def test_add_chapters_empty_notes_or_own_times_changes_nothing(notes: Text) -> None:
    assert add_chapters(notes, THREE) == notes


@given(STARTS, st.data())
def test_listed_chapters_are_found_again_in_every_form_of_the_notes(starts: list[int], data: st.DataObject) -> None:
    chapters = tuple(make_chapter(start, data.draw(TITLES)) for start in starts)
    notes = data.draw(st.sampled_from(["Notes.", "12:30 We meet.", "* one\n* two", "# T\n\n> 5:00 quoted"]))
    footer = Text(html="<p>By <em>us</em>.</p>", plain="By us.")
    text = join_texts(add_chapters(render_markdown(notes, file="n").value.text, chapters), footer)
    assert find_chapters(text.plain) == chapters
    simple = simple_html(text.html)
    listed = list_chapters(chapters)
    assert listed
    lines = {f"<p>{escape(line, quote=False)}</p>" for line in listed.plain.split("\n")}
    assert lines <= set(simple.split("\n"))
    for html in (text.html, simple):
        assert find_chapters(render_html(html, file="n").value.text.plain) == chapters


@given(STARTS, st.data())
def test_read_chapters_of_listed_chapters_returns_the_same_chapters(starts: list[int], data: st.DataObject) -> None:
    chapters = tuple(make_chapter(start, data.draw(TITLES)) for start in starts)
    listed = list_chapters(chapters)
    assert listed
    assert read_chapters(listed.plain.encode(), "chapters.txt").value.listed == chapters
