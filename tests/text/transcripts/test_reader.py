from __future__ import annotations

import codecs
from datetime import timedelta

import pytest

from podcastkit.diagnostics import Severity
from podcastkit.model import Document
from podcastkit.text.transcripts.reader import Transcript, prepare_documents, read_transcript, shift_transcript

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


def prepare_from_suffixes(*suffixes: str, language: str | None = None) -> list[Document]:
    return list(prepare_documents(read(suffix, language=language) for suffix in suffixes))


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
def test_read_transcript_body_is_unchanged(suffix: str, content_type: str, end: float | None) -> None:
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
def test_read_transcript_format_depends_on_the_extension(name: str) -> None:
    transcript, _ = read_transcript(HTML.encode(), name)
    assert transcript
    assert (transcript.document.suffix, transcript.document.content_type) == (".html", "text/html")


def test_read_transcript_invisible_characters_are_removed() -> None:
    srt = "1\n00:00:00,000 --> 00:00:01,000\nAh\x93oy\u2028you\x02\ufeff\n"
    transcript, [finding] = read_transcript(srt.encode(), "a/transcript.srt")
    assert transcript
    assert transcript.document.body.decode() == "1\n00:00:00,000 --> 00:00:01,000\nAhoy you\n"
    assert (finding.code, str(finding.location)) == ("N103", "a/transcript.srt:3:3")


def test_shift_transcript_json_keeps_a_lone_surrogate_as_an_escape() -> None:
    text = r'{"version": "1.0.0", "segments": [{"startTime": 1, "endTime": 2, "body": "a\ud800"}]}'
    transcript, _ = read_transcript(text.encode(), "transcript.json")
    assert transcript
    assert rb"a\ud800" in shift_transcript(transcript.document, timedelta(seconds=1)).body


PREPARED = {
    "web vtt": ([".vtt"], ["vtt", "srt*"]),
    "srt": ([".srt"], ["vtt*", "srt"]),
    "both": ([".srt", ".vtt"], ["vtt", "srt"]),
    "json": ([".json"], ["vtt*", "srt*", "json"]),
    "html": ([".html"], ["vtt*", "srt*", "html"]),
    "text": ([".txt"], ["txt"]),
    "all": ([".txt", ".html", ".json", ".srt", ".vtt"], ["vtt", "srt", "json", "html", "txt"]),
}


@pytest.mark.parametrize("case", PREPARED)
def test_prepare_documents_writes_missing_subtitles_first(case: str) -> None:
    suffixes, expected = PREPARED[case]
    documents = prepare_from_suffixes(*suffixes)
    assert [doc.suffix[1:] + ("" if doc.source else "*") for doc in documents] == expected


@pytest.mark.parametrize(
    ("suffixes", "text"),
    [
        ([".srt", ".json", ".html"], "<v Ana>Exacto"),
        ([".srt", ".html"], "Bien"),
        ([".html", ".txt"], "<v Ana>Escuchado"),
    ],
)
def test_prepare_documents_makes_subtitles_from_the_most_precise_format(suffixes: list[str], text: str) -> None:
    first = prepare_from_suffixes(*suffixes)[0]
    assert (first.suffix, first.source, first.end, first.is_open) == (".vtt", None, None, False)
    assert text in first.body.decode()


def test_prepare_documents_sorts_languages_and_adds_subtitles() -> None:
    documents = prepare_documents([read(".srt", language="es"), read(".vtt"), read(".txt", language="ar")])
    assert [(doc.language, doc.suffix, bool(doc.source)) for doc in documents] == [
        (None, ".vtt", True),
        (None, ".srt", False),
        ("ar", ".txt", True),
        ("es", ".vtt", False),
        ("es", ".srt", True),
    ]
    assert "Ana: ¿Qué tal?" in documents[1].body.decode()


def test_prepare_documents_twice_returns_the_same_documents() -> None:
    assert prepare_from_suffixes(".json", ".txt") == prepare_from_suffixes(".json", ".txt")


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
def test_read_transcript_unreadable_file_is_an_error(case: str) -> None:
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
def test_read_transcript_without_words_is_not_published(name: str, text: str) -> None:
    transcript, (finding,) = read_transcript(text.encode(), name)
    assert transcript is None
    assert (finding.code, finding.severity) == ("T007", Severity.WARNING)


def test_read_transcript_with_warnings_is_published() -> None:
    text = VTT + "\n00:00.500 --> 00:00.900\nHo\n\nlost\n"
    transcript, findings = read_transcript(text.encode(), "t.vtt")
    assert transcript
    lines = [(found.code, found.location and found.location.line) for found in findings]
    assert lines == [("T006", 9), ("T005", 6)]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_read_transcript_utf_16_becomes_utf_8(mark: bytes) -> None:
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    transcript, _ = read_transcript(mark + VTT.encode(encoding), "t.vtt")
    assert transcript
    assert transcript.document.body == VTT.encode()


def test_read_transcript_byte_order_mark_is_removed_only_from_json() -> None:
    for name, text, is_kept in (("t.vtt", VTT, True), ("t.srt", SRT, True), ("t.json", JSON, False)):
        data = codecs.BOM_UTF8 + text.encode()
        transcript, _ = read_transcript(data, name)
        assert transcript
        assert transcript.document.body == (data if is_kept else text.encode())


def test_read_transcript_same_error_in_every_line_is_reported_ten_times() -> None:
    text = "WEBVTT\n" + "\n00:01,000 --> 00:02,000\nHi\n" * 1000
    _, findings = read_transcript(text.encode(), "t.vtt")
    assert len(findings) == 10
    assert [finding.location and finding.location.line for finding in findings] == list(range(3, 33, 3))
    assert [finding.message for finding in findings if "more like this" in finding.message] == [
        findings[-1].message
    ]
    assert "(and 990 more like this)" in findings[-1].message


def test_read_transcript_findings_have_no_episode() -> None:
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
def test_read_transcript_with_too_many_cues_is_an_error(name: str, cue: str) -> None:
    transcript, (finding,) = read_transcript(cue.encode() * 50_001, name)
    assert transcript is None
    assert finding.code == "T013"
