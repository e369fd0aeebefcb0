from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from podcastkit.build.time_shift import shift_episode
from podcastkit.model import Chapter, Document, Episode, Soundbite, Text
from podcastkit.text.chapters.json import shift_chapters, write_chapters
from podcastkit.text.chapters.timestamps import (
    add_chapters,
    find_chapters,
    has_timestamps,
    read_chapters,
    replace_chapter_list,
)
from podcastkit.text.notes.convert import join_texts, render_markdown
from podcastkit.text.transcripts.reader import read_transcript, shift_transcript
from tests.values import make_episode, make_media

LATER, EARLIER = timedelta(seconds=10), timedelta(seconds=-5)
END = timedelta(seconds=100)
WHOLE = st.integers(0, 120).map(lambda number: timedelta(seconds=number))


def to_timedelta(number: float) -> timedelta:
    return timedelta(seconds=number)


def make_chapter(start: float, title: str = "One", end: float | None = None, *, hidden: bool = False) -> Chapter:
    return Chapter(
        start=to_timedelta(start), title=title, end=None if end is None else to_timedelta(end), hidden=hidden
    )


def parse_transcript(text: str, name: str) -> Document:
    read, findings = read_transcript(text.encode(), f"05/{name}")
    assert read, findings
    return read.document


@pytest.mark.parametrize(
    ("chapters", "offset", "expected"),
    [
        ([(0, None), (30, 40), (60, None)], 10, [(0, None), (40, 50), (70, None)]),
        ([(0.5, 20), (30, None)], 10, [(0.5, 30), (40, None)]),
        ([(2, None), (30, None)], 10, [(12, None), (40, None)]),
        ([(0, None), (95, None)], 10, [(0, None)]),
        ([(0, None), (85, 95)], 10, [(0, None), (95, 100)]),
        ([(0, None), (30, None)], -5, [(0, None), (25, None)]),
        ([(0, None), (3, None), (30, None)], -5, [(0, None), (25, None)]),
        ([(0, 4), (7, None)], -5, [(2, None)]),
        ([(0, None), (5, None)], -5, [(0, None)]),
        ([], -5, []),
    ],
    ids=[
        "shifted", "first-starts-near-0", "first-starts-later", "starts-after-the-end", "ends-after-the-end",
        "first-is-cut", "next-starts-before-0", "first-ends-before-0", "second-starts-at-0", "no-chapters",
    ],
)  # fmt: skip
def test_chapters_are_shifted_and_cut(
    chapters: list[tuple[float, float | None]], offset: float, expected: list[tuple[float, float | None]]
) -> None:
    chapters_before = [make_chapter(start, end=end) for start, end in chapters]
    shifted = shift_chapters(chapters_before, to_timedelta(offset), END)
    assert [(one.start, one.end) for one in shifted] == [
        (to_timedelta(start), None if end is None else to_timedelta(end)) for start, end in expected
    ]


def test_hidden_chapter_does_not_shorten_listed_chapter() -> None:
    both = [make_chapter(0, "Welcome"), make_chapter(2, "A picture", hidden=True), make_chapter(60, "The crane")]
    assert [one.title for one in shift_chapters(both, EARLIER, END)] == ["Welcome", "A picture", "The crane"]


@given(
    st.lists(st.tuples(WHOLE, st.booleans()), max_size=8).map(sorted),
    st.integers(-60, 60).filter(bool).map(lambda number: timedelta(seconds=number)),
)
def test_shifted_chapters_are_sorted_and_inside_the_audio(
    starts: list[tuple[timedelta, bool]], offset: timedelta
) -> None:
    shifted = shift_chapters([Chapter(start=start, hidden=hidden) for start, hidden in starts], offset, END)
    assert [one.start for one in shifted] == sorted(one.start for one in shifted)
    assert all(timedelta() <= one.start < END for one in shifted)
    if any(not one.hidden and one.start == timedelta() for one in [Chapter(start=s, hidden=h) for s, h in starts]):
        assert min((one.start for one in shifted if not one.hidden), default=timedelta()) == timedelta()


def test_chapter_file_keeps_everything_except_times() -> None:
    entries = [
        {"startTime": 0, "title": "Welcome", "waypoints": True},
        {"startTime": 62.5, "endTime": 70, "title": "Der Kran", "x": {"startTime": 1}},
        {"startTime": 80, "endTime": 3, "title": "Wrong end"},
        {"startTime": 95, "title": "After the end"},
    ]
    data = json.dumps({"version": "1.2.0", "author": "Ana", "chapters": entries}).encode()
    read = read_chapters(data, "05/chapters.json")
    shifted = shift(make_shifted_episode(LATER, chapters=read.value.listed, chapters_file=read.value.document))
    assert shifted.chapters_file is not None
    assert json.loads(shifted.chapters_file.body) == {
        "version": "1.2.0",
        "author": "Ana",
        "chapters": [
            {"startTime": 0, "title": "Welcome", "waypoints": True},
            {"startTime": 72.5, "endTime": 80, "title": "Der Kran", "x": {"startTime": 1}},
            {"startTime": 90, "endTime": 3, "title": "Wrong end"},
        ],
    }
    again = read_chapters(shifted.chapters_file.body, "05/chapters.json")
    assert again.value.listed == shifted.chapters
    assert shifted.chapters_file.content_type == "application/json+chapters"


def test_chapter_file_without_remaining_chapters_is_dropped() -> None:
    read = read_chapters(b'{"version": "1.2.0", "chapters": [{"startTime": 95}]}', "05/chapters.json")
    shifted = shift(make_shifted_episode(LATER, chapters=read.value.listed, chapters_file=read.value.document))
    assert shifted.chapters_file is None
    assert shifted.chapters == ()


VTT = """WEBVTT - Night Shift

STYLE
::cue { color: red }

NOTE 00:01.000 --- a remark

first
00:01.000 --> 00:04.000 align:left
Ahoy <00:02.500>there

00:00:04.500 --> 00:00:07.000
<v Ana>It is 10:30 --

00:08.000 --> 58:00.000
Later
"""


def test_webvtt_keeps_everything_except_times() -> None:
    shifted = shift_transcript(parse_transcript(VTT, "transcript.vtt"), LATER)
    expected = VTT.replace("00:01.000 -->", "00:00:11.000 -->").replace("--> 00:04.000", "--> 00:00:14.000")
    expected = expected.replace("<00:02.500>", "<00:00:12.500>").replace("00:00:04.500", "00:00:14.500")
    expected = expected.replace("00:00:07.000", "00:00:17.000").replace("00:08.000", "00:00:18.000")
    assert shifted.body.decode() == expected.replace("58:00.000", "00:58:10.000")
    assert shifted.end == to_timedelta(3490)


def test_webvtt_cues_before_the_start_are_removed_or_cut() -> None:
    body = shift_transcript(parse_transcript(VTT, "transcript.vtt"), EARLIER).body.decode()
    assert "Ahoy" not in body
    assert "first" not in body
    assert "color: red" in body
    assert "00:00:00.000 --> 00:00:02.000\n<v Ana>It is 10:30 --" in body
    assert "00:00:03.000 --> 00:57:55.000\nLater" in body


SRT = """7
00:00:01,000 --> 00:00:04,000
Ahoy

8
0:0:4,5 --> 0:0:7,25
It is 10:30

9
00:00:08.000 --> 00:00:10.000
Later
"""


def test_srt_keeps_its_numbers() -> None:
    body = shift_transcript(parse_transcript(SRT, "transcript.srt"), LATER).body.decode()
    assert body == (
        "7\n00:00:11,000 --> 00:00:14,000\nAhoy\n\n"
        "8\n00:00:14,500 --> 00:00:17,250\nIt is 10:30\n\n"
        "9\n00:00:18.000 --> 00:00:20.000\nLater\n"
    )


def test_srt_with_removed_cues_is_renumbered() -> None:
    body = shift_transcript(parse_transcript(SRT, "transcript.srt"), EARLIER).body.decode()
    assert body == ("1\n00:00:00,000 --> 00:00:02,250\nIt is 10:30\n\n2\n00:00:03.000 --> 00:00:05.000\nLater\n")


def test_offset_is_rounded_to_milliseconds() -> None:
    body = shift_transcript(
        parse_transcript(SRT, "transcript.srt"), timedelta(seconds=10, microseconds=-12)
    ).body.decode()
    assert body == shift_transcript(parse_transcript(SRT, "transcript.srt"), LATER).body.decode()


def test_srt_with_bom_and_windows_line_ends_is_shifted() -> None:
    windows = Document(body=("\ufeff" + SRT.replace("\n", "\r\n")).encode(), suffix=".srt", content_type="x")
    assert shift_transcript(windows, LATER).body.decode().startswith("7\n00:00:11,000 --> ")


def test_json_transcript_is_shifted_with_its_words() -> None:
    segments = [
        {"startTime": 1, "endTime": 4, "body": "Ahoy"},
        {"speaker": "Ana", "startTime": 4.5, "endTime": 7, "body": "Hi", "words": [{"startTime": 4.5, "w": "Hi"}]},
        {"startTime": 8, "body": "Later", "confidence": 0.5},
    ]
    document = parse_transcript(
        json.dumps({"version": "1.0.0", "by": "x", "segments": segments}), "transcript.json"
    )
    later = json.loads(shift_transcript(document, LATER).body)
    assert later["by"] == "x"
    assert later["segments"] == [
        {"startTime": 11, "endTime": 14, "body": "Ahoy"},
        {
            "speaker": "Ana",
            "startTime": 14.5,
            "endTime": 17,
            "body": "Hi",
            "words": [{"startTime": 14.5, "w": "Hi"}],
        },
        {"startTime": 18, "body": "Later", "confidence": 0.5},
    ]
    earlier = json.loads(shift_transcript(document, EARLIER).body)
    assert [(segment["startTime"], segment["body"]) for segment in earlier["segments"]] == [(0, "Hi"), (3, "Later")]


HTML = (
    "<cite>Ana:</cite>\n<TIME>0:04</TIME>\n<p>Ahoy at 0:30</p>\n<p><time class='t'><b>1:00:59.5</b></time>Later</p>"
)


@pytest.mark.parametrize(
    ("offset", "times"), [(LATER, ("0:14", "1:01:09.500")), (EARLIER, ("0:00", "1:00:54.500"))]
)
def test_html_transcript_changes_only_in_time_elements(offset: timedelta, times: tuple[str, str]) -> None:
    body = shift_transcript(parse_transcript(HTML, "transcript.html"), offset).body.decode()
    assert body == HTML.replace(">0:04", f">{times[0]}").replace("1:00:59.5", times[1])


def test_transcript_with_plain_text_or_invalid_times_is_unchanged() -> None:
    invalid_time = Document(body=b"<time>at noon</time><p>Ahoy</p>", suffix=".html", content_type="text/html")
    plain = Document(body=b"00:10 Ahoy", suffix=".txt", content_type="text/plain")
    assert shift_transcript(invalid_time, LATER).body == invalid_time.body
    assert shift_transcript(plain, LATER) == plain


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(1, 10_000), st.text("ab1:\u00e9")), min_size=1, max_size=6
    ),
    st.integers(-20_000, 20_000),
    st.sampled_from([".vtt", ".srt", ".json"]),
)
def test_reading_shifted_transcript_returns_shifted_cues(
    said: list[tuple[int, int, str]], milliseconds: int, suffix: str
) -> None:
    cues = [
        (to_timedelta(start / 1000), to_timedelta((start + length) / 1000), f"x{text}.")
        for start, length, text in sorted(said)
    ]
    offset = to_timedelta(milliseconds / 1000)
    read, before = read_transcript(write_transcript(cues, suffix), f"05/transcript{suffix}")
    assert read
    shifted, findings = read_transcript(shift_transcript(read.document, offset).body, f"05/transcript{suffix}")
    # Rolling captions are read without the words of the previous cue, which the shift may have dropped.
    assume("T014" not in {finding.code for finding in (*before, *findings)})
    expected = [
        (max(cue.start + offset, to_timedelta(0)), cue.end + offset, cue.text)
        for cue in read.cues
        if cue.end is not None and cue.end + offset > to_timedelta(0)
    ]
    assert ([(cue.start, cue.end, cue.text) for cue in shifted.cues] if shifted else []) == expected, findings


def write_transcript(cues: list[tuple[timedelta, timedelta, str]], suffix: str) -> bytes:
    if suffix == ".json":
        segments = [
            {"startTime": start.total_seconds(), "endTime": end.total_seconds(), "body": text}
            for start, end, text in cues
        ]
        return json.dumps({"version": "1.0.0", "segments": segments}).encode()
    separator = "," if suffix == ".srt" else "."
    blocks = [
        f"{number}\n{format_time(start, separator)} --> {format_time(end, separator)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, 1)
    ]
    return "\n".join([*(["WEBVTT\n"] if suffix == ".vtt" else []), *blocks]).encode()


def format_time(moment: timedelta, separator: str) -> str:
    whole, milliseconds = divmod(moment // timedelta(milliseconds=1), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{separator}{milliseconds:03}"


def make_shifted_episode(offset: timedelta, **changes: Any) -> Episode:
    return make_episode(media=make_media(offset=offset, duration=END), **changes)


def shift(episode: Episode) -> Episode:
    assert episode.media
    return shift_episode(episode, episode.media)


def test_soundbites_are_shifted_and_cut_at_the_start() -> None:
    bites = (
        Soundbite(start=to_timedelta(2), duration=to_timedelta(20), title="Cut"),
        Soundbite(start=to_timedelta(40), duration=to_timedelta(15)),
        Soundbite(start=to_timedelta(0), duration=to_timedelta(5), title="Gone"),
    )
    assert [
        (bite.start, bite.duration) for bite in shift(make_shifted_episode(EARLIER, soundbites=bites)).soundbites
    ] == [
        (to_timedelta(0), to_timedelta(17)),
        (to_timedelta(35), to_timedelta(15)),
    ]
    assert shift(make_shifted_episode(LATER, soundbites=bites)).soundbites[1].start == to_timedelta(50)


def test_soundbites_are_cut_at_the_end() -> None:
    end = make_shifted_episode(EARLIER).media
    assert end
    length = end.duration - EARLIER
    bites = (
        Soundbite(start=length - to_timedelta(10), duration=to_timedelta(20), title="Cut"),
        Soundbite(start=length, duration=to_timedelta(15), title="Gone"),
    )
    (bite,) = shift(make_shifted_episode(EARLIER, soundbites=bites)).soundbites
    assert (bite.title, bite.duration) == ("Cut", to_timedelta(10))


def test_episode_without_offset_is_unchanged() -> None:
    episode = make_episode()
    assert shift(episode) is episode


LISTED = (make_chapter(0, "Welcome"), make_chapter(30, "The crane"), make_chapter(62, "The end"))
FOOTER = render_markdown("Made at the harbour.", file="show.toml").value.text
NOTES = render_markdown("What *hangs* from it.", file="notes.md").value.text


@pytest.mark.parametrize("footer", [FOOTER, None], ids=["footer", "no-footer"])
def test_chapter_list_added_to_notes_is_shifted(footer: Text | None) -> None:
    notes = add_chapters(NOTES, LISTED)
    notes = join_texts(notes, footer) if footer else notes
    shifted = shift(make_shifted_episode(LATER, notes=notes, chapters=LISTED))
    expected = add_chapters(NOTES, shifted.chapters)
    expected = join_texts(expected, footer) if footer else expected
    assert shifted.notes == expected
    assert shifted.notes.simple == expected.simple
    assert shifted.notes.ending == expected.ending
    assert find_chapters(shifted.notes.plain) == shifted.chapters
    assert [one.start.seconds for one in shifted.chapters] == [0, 40, 72]


def test_chapter_list_that_becomes_too_short_is_removed_from_notes() -> None:
    notes = join_texts(add_chapters(NOTES, LISTED), FOOTER)
    assert replace_chapter_list(notes, LISTED, LISTED[1:]) == join_texts(NOTES, FOOTER)


def test_timestamps_in_original_notes_are_unchanged() -> None:
    notes = render_markdown("00:00 Welcome\n\n00:30 The crane\n\n01:02 The end", file="notes.md").value.text
    with_footer = join_texts(notes, FOOTER)
    shifted = shift(make_shifted_episode(LATER, notes=with_footer, chapters=LISTED))
    assert shifted.notes == with_footer
    assert has_timestamps(with_footer)
    assert not has_timestamps(join_texts(add_chapters(NOTES, LISTED), FOOTER))


def test_generated_chapter_file_has_shifted_times() -> None:
    shifted = shift(make_shifted_episode(to_timedelta(2.5), chapters=LISTED))
    assert [entry["startTime"] for entry in json.loads(write_chapters(shifted.chapters).body)["chapters"]] == [
        0,
        32.5,
        64.5,
    ]


def test_chapters_in_trimmed_silence_are_left_out() -> None:
    chapters = (Chapter(start=to_timedelta(0), title="Welcome"), Chapter(start=to_timedelta(26), title="Nothing"))
    media = make_media(duration=to_timedelta(20), recipe="mp3 bitrate=auto channels=keep loudness=-16 trim")
    shifted = shift(make_episode(media=media, chapters=chapters))
    assert [chapter.title for chapter in shifted.chapters] == ["Welcome"]
    as_given = shift(make_episode(media=replace(media, recipe="as given"), chapters=chapters))
    assert as_given.chapters == chapters
