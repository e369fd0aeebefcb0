from __future__ import annotations

import codecs
from datetime import timedelta

import pytest

from podcastkit.diagnostics import Severity
from podcastkit.model import Document
from podcastkit.text.transcripts.reader import Transcript, offer, read_transcript, shift_transcript

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>¿Qué tal?\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nBien\n"
JSON = '{"version": "1.0.0", "segments": [{"speaker": "Ana", "startTime": 1, "endTime": 9, "body": "Exacto"}]}'
HTML = "<cite>Ana:</cite><time>0:01</time><p>Escuchado</p>"
TEXTS = {".vtt": VTT, ".srt": SRT, ".json": JSON, ".html": HTML, ".txt": "Ana: ¿Qué tal?\n"}


def read(suffix: str, text: str | None = None, language: str | None = None) -> Transcript:
    transcript, findings = read_transcript((text or TEXTS[suffix]).encode(), f"01-a/transcript{suffix}", language)
    assert not findings
    assert transcript
    return transcript


def offered(*suffixes: str, language: str | None = None) -> list[Document]:
    return list(offer(read(suffix, language=language) for suffix in suffixes))


@pytest.mark.parametrize(
    ("suffix", "content_type", "end"),
    [
        (".vtt", "text/vtt", 2),
        (".srt", "application/x-subrip", 2),
        (".json", "application/json", 9),
        (".html", "text/html", 1),
        (".txt", "text/plain", None),
    ],
)
def test_a_transcript_is_published_as_it_is(suffix: str, content_type: str, end: float | None) -> None:
    assert read(suffix, language="es").document == Document(
        body=TEXTS[suffix].encode(),
        suffix=suffix,
        content_type=content_type,
        language="es",
        source=f"01-a/transcript{suffix}",
        end=None if end is None else timedelta(seconds=end),
        is_open=suffix == ".html",
    )


@pytest.mark.parametrize("name", ["a/Transcript.HTML", "a/transcript.es.htm"])
def test_the_format_is_told_by_the_ending(name: str) -> None:
    transcript, _ = read_transcript(HTML.encode(), name)
    assert transcript
    assert (transcript.document.suffix, transcript.document.content_type) == (".html", "text/html")


def test_a_transcript_with_invisible_characters_is_published_without_them() -> None:
    srt = "1\n00:00:00,000 --> 00:00:01,000\nAh\x93oy\u2028you\x02\ufeff\n"
    transcript, [finding] = read_transcript(srt.encode(), "a/transcript.srt")
    assert transcript
    assert transcript.document.body.decode() == "1\n00:00:00,000 --> 00:00:01,000\nAhoy you\n"
    assert (finding.code, str(finding.location)) == ("N103", "a/transcript.srt:3:3")


def test_a_shifted_json_transcript_keeps_half_a_surrogate_pair_as_an_escape() -> None:
    text = r'{"version": "1.0.0", "segments": [{"startTime": 1, "endTime": 2, "body": "a\ud800"}]}'
    transcript, _ = read_transcript(text.encode(), "transcript.json")
    assert transcript
    assert rb"a\ud800" in shift_transcript(transcript.document, timedelta(seconds=1)).body


MADE = {
    "web vtt": ([".vtt"], ["vtt", "srt*"]),
    "srt": ([".srt"], ["vtt*", "srt"]),
    "both": ([".srt", ".vtt"], ["vtt", "srt"]),
    "json": ([".json"], ["vtt*", "srt*", "json"]),
    "html": ([".html"], ["vtt*", "srt*", "html"]),
    "text": ([".txt"], ["txt"]),
    "all": ([".txt", ".html", ".json", ".srt", ".vtt"], ["vtt", "srt", "json", "html", "txt"]),
}


@pytest.mark.parametrize("case", MADE)
def test_subtitles_are_made_of_timed_transcripts_and_stand_first(case: str) -> None:
    given, expected = MADE[case]
    documents = offered(*given)
    assert [doc.suffix[1:] + ("" if doc.source else "*") for doc in documents] == expected


@pytest.mark.parametrize(
    ("suffixes", "words"),
    [
        ([".srt", ".json", ".html"], "<v Ana>Exacto"),
        ([".srt", ".html"], "Bien"),
        ([".html", ".txt"], "<v Ana>Escuchado"),
    ],
)
def test_they_are_made_of_the_most_precise(suffixes: list[str], words: str) -> None:
    first = offered(*suffixes)[0]
    assert (first.suffix, first.source, first.end, first.is_open) == (".vtt", None, None, False)
    assert words in first.body.decode()


def test_each_language_has_its_own_and_the_shows_is_first() -> None:
    documents = offer([read(".srt", language="es"), read(".vtt"), read(".txt", language="ar")])
    assert [(doc.language, doc.suffix, bool(doc.source)) for doc in documents] == [
        (None, ".vtt", True),
        (None, ".srt", False),
        ("ar", ".txt", True),
        ("es", ".vtt", False),
        ("es", ".srt", True),
    ]
    assert "Ana: ¿Qué tal?" in documents[1].body.decode()


def test_what_is_made_is_the_same_each_time() -> None:
    assert offered(".json", ".txt") == offered(".json", ".txt")


UNREADABLE = {
    "not utf-8": ("¿Qué?".encode("latin-1"), "t.txt", "N001"),
    "a word document": (b"PK\x03\x04", "t.txt", "N003"),
    "too large": (b"x" * (10 * 2**20 + 1), "t.txt", "N004"),
    "no header": (b"Hi", "t.vtt", "T001"),
    "a broken time": (VTT.replace("00:02.000", "2").encode(), "t.vtt", "T002"),
    "an end before the beginning": (VTT.replace("00:02.000", "00:00.000").encode(), "t.vtt", "T003"),
    "a broken segment": (JSON.replace("startTime", "start").encode(), "t.json", "T004"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_broken_transcript_is_an_error(case: str) -> None:
    data, name, code = UNREADABLE[case]
    transcript, (finding, *_) = read_transcript(data, name)
    assert transcript is None
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert finding.location
    assert finding.location.file == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.txt", " \n\n"),
        ("t.html", "<p></p>"),
        ("t.vtt", "WEBVTT\n"),
        ("t.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<i></i>\n"),
        ("t.srt", ""),
        ("t.json", '{"version": "1.0.0", "segments": []}'),
    ],
)
def test_what_says_nothing_is_not_published(name: str, text: str) -> None:
    transcript, (finding,) = read_transcript(text.encode(), name)
    assert transcript is None
    assert (finding.code, finding.severity) == ("T007", Severity.WARNING)


def test_what_apps_forgive_is_a_warning_and_published() -> None:
    text = VTT + "\n00:00.500 --> 00:00.900\nHo\n\nlost\n"
    transcript, findings = read_transcript(text.encode(), "t.vtt")
    assert transcript
    lines = [(found.code, found.location and found.location.line) for found in findings]
    assert lines == [("T006", 9), ("T005", 6)]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_is_published_as_the_utf_8_that_apps_read(mark: bytes) -> None:
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    transcript, _ = read_transcript(mark + VTT.encode(encoding), "t.vtt")
    assert transcript
    assert transcript.document.body == VTT.encode()


def test_a_byte_order_mark_stays_where_apps_read_it() -> None:
    for name, text, kept in (("t.vtt", VTT, True), ("t.srt", SRT, True), ("t.json", JSON, False)):
        data = codecs.BOM_UTF8 + text.encode()
        transcript, _ = read_transcript(data, name)
        assert transcript
        assert transcript.document.body == (data if kept else text.encode())


def test_what_is_wrong_in_every_line_is_told_ten_times() -> None:
    text = "WEBVTT\n" + "\n00:01,000 --> 00:02,000\nHi\n" * 1000
    _, findings = read_transcript(text.encode(), "t.vtt")
    assert len(findings) == 10
    assert [finding.location and finding.location.line for finding in findings] == list(range(3, 33, 3))
    assert [finding.message for finding in findings if "more like this" in finding.message] == [
        findings[-1].message
    ]
    assert "(and 990 more like this)" in findings[-1].message


def test_findings_are_diagnostics_about_no_episode_yet() -> None:
    _, findings = read_transcript(b"Hi", "t.vtt")
    assert [finding.episode for finding in findings] == [None]


@pytest.mark.parametrize(
    ("name", "cue"),
    [
        ("a.vtt", "00:00.000 --> 00:00.001\nA\n\n"),
        ("a.json", '{"startTime": 0, "body": "A"},'),
        ("a.html", "<time>0:00</time>"),
    ],
    ids=["WebVTT", "JSON", "HTML"],
)
def test_what_has_more_cues_than_any_day_of_speech_is_not_read(name: str, cue: str) -> None:
    transcript, (finding,) = read_transcript(cue.encode() * 50_001, name)
    assert transcript is None
    assert finding.code == "T013"
