from __future__ import annotations

from datetime import timedelta

import pytest

from podcastkit.model import Chapter
from podcastkit.text.chapters.timestamps import read_chapters

URL = "https://example.org/docks"
EXPORTS = {
    "Audacity": "0.000000\t90.000000\tWelcome\n\\\t100.0\t200.0\n90.000000\t90.000000\tThe docks https://example.org/docks",
    "Audacity with commas": "0,0\t90,0\tWelcome\n90,0\t90,0\tThe docks <https://example.org/docks>",
    "mkvextract": "CHAPTER01=00:00:00.000\nCHAPTER01NAME=Welcome\nCHAPTER02=00:01:30.000\nCHAPTER02NAME=The docks (https://example.org/docks)",
    "WebVTT": "WEBVTT\n\n1\n00:00.000 --> 01:30.000\nWelcome\n\n2\n00:01:30.000 --> 00:01:30.000 align:start\n"
    "The\ndocks https://example.org/docks\n",
    "SRT": "1\n00:00:00,000 --> 00:01:30,000\nWelcome\n\n2\n00:01:30,000 --> 00:01:30,000\n[The docks](https://example.org/docks)",
    "ffmpeg": ";FFMETADATA1\ntitle=All\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=90000\ntitle=Welcome\n"
    "[CHAPTER]\nSTART=90000000000\ntitle=The docks https\\://example.org/docks\n[STREAM]\ntitle=x",
    "a table with tabs": "Name\tStart\tDuration\nWelcome\t0:00.000\t0:00\nThe docks https://example.org/docks\t1:30.000\t0:00",
    "a table with commas": '#,Name,Start,End\nM1,Welcome,0:00.000,1:30\n\nM2,"The docks https://example.org/docks",1:30.000',
    "a table with frames": "Marker Name\tIn\tOut\nWelcome\t00:00:00;00\t00:00:00;00\nThe docks <https://example.org/docks>\t00:01:30;02\t",
    "frames": "00:00:00;00 Welcome\n00:01:30;02 The docks <https://example.org/docks>",
    "mp4chaps": "00:00:00.000 Welcome\n00:01:30.000 The docks <https://example.org/docks>",
}  # fmt: skip


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_read_chapters_export_of_another_program_is_read(text: str, line_end: str) -> None:
    file = read_chapters(text.replace("\n", line_end).encode(), "chapters.txt")
    assert file.findings == ()
    first, second = file.value.listed
    assert first.title == "Welcome"
    assert first.start == timedelta()
    assert first.end in {None, timedelta(seconds=90)}
    assert second == Chapter(start=timedelta(seconds=90), title="The docks", url=URL)
    assert file.value.locations.keys() >= {"chapters", "chapters[0].title", "chapters[1]"}


def test_read_chapters_cues_without_blank_lines_are_separate_chapters() -> None:
    text = "00:00:00,000 --> 00:01:30,000\nWelcome\n00:01:30,000 --> 00:02:00,000\nThe docks"
    assert [chapter.title for chapter in read_chapters(text.encode(), "c.txt").value.listed] == [
        "Welcome",
        "The docks",
    ]


BROKEN = {
    "a label": "0.0\t1.0\tA\nx",
    "a name": "CHAPTER01=00:00:00\nx",
    "a time": "CHAPTER01=00:99",
    "a time of hundreds of years": "CHAPTER01=9999999h",
    "a time of thousands of digits": f"CHAPTER01={'9' * 5000}:00",
    "a time in a table": "Name\tStart\nWelcome\tsoon",
    "a table without a time": "Name\tStart\nWelcome\t",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_read_chapters_broken_export_is_an_error(text: str) -> None:
    assert {finding.code for finding in read_chapters(text.encode(), "c.txt").findings} == {"C002"}


@pytest.mark.parametrize(
    "text", [";FFMETADATA1\ntitle=A", ";FFMETADATA1\n[CHAPTER]\nSTART=x", "00:99 --> 00:99\nA"]
)
def test_read_chapters_export_without_chapters_warns(text: str) -> None:
    assert [finding.code for finding in read_chapters(text.encode(), "c.txt").findings] == ["C004"]


def test_read_chapters_label_without_text_has_no_title() -> None:
    assert read_chapters(b"0.5\t0.5\t\n", "c.txt").value.listed == (Chapter(start=timedelta(seconds=0.5)),)
