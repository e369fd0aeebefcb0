from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Severity
from podcastkit.text.transcripts.vtt_srt import read_srt, read_vtt

if TYPE_CHECKING:
    from podcastkit.text.transcripts.cues import Cue


def summarize_cues(cues: tuple[Cue, ...]) -> list[tuple[float, float, str | None, str]]:
    return [
        (cue.start.total_seconds(), cue.end.total_seconds() if cue.end is not None else -1, cue.speaker, cue.text)
        for cue in cues
    ]


VTT_CUES = {
    "short times": ("00:01.000 --> 00:02.500\nHi", [(1, 2.5, None, "Hi")]),
    "long times": ("01:02:03.004 --> 01:02:04.000\nHi", [(3723.004, 3724, None, "Hi")]),
    "three digits of hours": ("001:00:00.000 --> 001:00:01.000\nHi", [(3600, 3601, None, "Hi")]),
    "no spaces around the arrow": ("00:01.000-->00:02.000\nHi", [(1, 2, None, "Hi")]),
    "settings": ("00:01.000 --> 00:02.000 align:start position:10%\nHi", [(1, 2, None, "Hi")]),
    "an identifier": ("intro\n00:01.000 --> 00:02.000\nHi", [(1, 2, None, "Hi")]),
    "two lines": ("00:01.000 --> 00:02.000\nHi\nthere", [(1, 2, None, "Hi\nthere")]),
    "a voice": ("00:01.000 --> 00:02.000\n<v Ana María>Hi", [(1, 2, "Ana María", "Hi")]),
    "a voice with a class": ("00:01.000 --> 00:02.000\n<v.loud.first Ana>Hi</v>", [(1, 2, "Ana", "Hi")]),
    "an escaped voice": ("00:01.000 --> 00:02.000\n<v Tom &amp; Ana>Hi", [(1, 2, "Tom & Ana", "Hi")]),
    "two voices": (
        "00:01.000 --> 00:03.000\n<v Ana>Four</v>\n<v Tom>Five",
        [(1, 2, "Ana", "Four"), (2, 3, "Tom", "Five")],
    ),
    "markup": (
        "00:01.000 --> 00:02.000\n<i>Hi</i> <c.x>a</c><00:01.500> <lang es>b</lang>",
        [(1, 2, None, "Hi a b")],
    ),
    "entities": ("00:01.000 --> 00:02.000\n1 &lt; 2 &amp;&nbsp;3", [(1, 2, None, "1 < 2 &\u00a03")]),
    "not a tag": ("00:01.000 --> 00:02.000\n1 < 2 > 0", [(1, 2, None, "1 < 2 > 0")]),
    "decomposed letters": ("00:01.000 --> 00:02.000\nmas e\u0301", [(1, 2, None, "mas \u00e9")]),
    "comments, styles and regions": (
        "NOTE\nnothing\n\nSTYLE\n::cue{}\n\nREGION\nid:a\n\n00:01.000 --> 00:02.000\nHi\n\nNOTE end",
        [(1, 2, None, "Hi")],
    ),
    "no empty line between cues": (
        "00:01.000 --> 00:02.000\nHi\n00:02.000 --> 00:03.000\nHo",
        [(1, 2, None, "Hi"), (2, 3, None, "Ho")],
    ),
    "a cue without words": ("00:01.000 --> 00:02.000\n\n00:02.000 --> 00:03.000\nHo", [(2, 3, None, "Ho")]),
    "a line of spaces": ("00:01.000 --> 00:02.000\nHi\n \nHo", [(1, 2, None, "Hi\nHo")]),
    "names in the words": (
        "00:01.000 --> 00:02.000\nAna: Hi\n\n00:02.000 --> 00:03.000\nAna: Ho",
        [(1, 2, "Ana", "Hi"), (2, 3, "Ana", "Ho")],
    ),
}


@pytest.mark.parametrize("case", VTT_CUES)
def test_read_vtt_returns_cues(case: str) -> None:
    body, expected = VTT_CUES[case]
    cues, findings = read_vtt(f"WEBVTT\n\n{body}\n", "t.vtt")
    assert summarize_cues(cues) == expected
    assert not findings


@pytest.mark.parametrize(
    "header", ["WEBVTT", "WEBVTT - a title", "WEBVTT\tx", "WEBVTT\nKind: captions\nLanguage: en"]
)
def test_read_vtt_header_with_text_is_accepted(header: str) -> None:
    cues, findings = read_vtt(f"{header}\n\n00:01.000 --> 00:02.000\nHi", "t.vtt")
    assert summarize_cues(cues) == [(1, 2, None, "Hi")]
    assert not findings


FIRST = "1\n00:00:01,000 --> 00:00:02,500\n"
SECOND = "2\n00:00:03,000 --> 00:00:04,000\n"
SRT_CUES = {
    "as usual": (f"{FIRST}Hi\n\n{SECOND}Ho\n", ["Hi", "Ho"]),
    "no empty line between": (f"{FIRST}Hi\n{SECOND}Ho", ["Hi", "Ho"]),
    "many empty lines": (f"\n\n{FIRST}Hi\n\n \n\n{SECOND}Ho", ["Hi", "Ho"]),
    "markup": (f'{FIRST}{{\\an8}}<i>Hi</i> <font color="red">a</font>\\Nb', ["Hi a\nb"]),
    "a spoken number": (f"{FIRST}1984\n\n{SECOND}Ho", ["1984", "Ho"]),
    "a position on the screen": ("1\n00:00:01,000 --> 00:00:02,500 X1:1 X2:2\nHi", ["Hi"]),
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.srt", "1\n0:0:1,5 --> 0:0:2,5\nHi"),
        ("t.srt", "1\n0:00:01,500 --> 00:00:02,500\nHi"),
        ("t.srt", "1\n00:00:01,500 --> 0:00:02,500\nHi"),
        ("t.srt", "1\n00:00:01,5 --> 00:00:02,500\nHi"),
        ("t.vtt", "WEBVTT\n\n0:00:01.500 --> 00:00:02.500\nHi"),
        ("t.vtt", "WEBVTT\n\n00:00:01.500 --> 0:00:02.500\nHi"),
    ],
)
def test_read_times_with_too_few_digits_warns(name: str, text: str) -> None:
    cues, findings = read_srt(text, name) if name.endswith("srt") else read_vtt(text, name)
    assert [(cue.start.total_seconds(), cue.end and cue.end.total_seconds()) for cue in cues] == [(1.5, 2.5)]
    assert [(found.code, found.severity) for found in findings] == [("T009", Severity.WARNING)]


@pytest.mark.parametrize("case", SRT_CUES)
def test_read_srt_returns_cues(case: str) -> None:
    text, expected = SRT_CUES[case]
    cues, findings = read_srt(text, "t.srt")
    assert [cue.text for cue in cues] == expected
    assert not findings
    assert cues[0].start in {timedelta(seconds=1), timedelta(seconds=1.5)}


def test_read_srt_cue_with_two_speakers_is_split() -> None:
    text = (
        "1\n00:00:00,000 --> 00:00:02,000\nAna: Hola.\nTom: Hi.\n\n2\n00:00:02,000 --> 00:00:03,000\nAna: Bien.\n"
        "\n3\n00:00:03,000 --> 00:00:04,000\nTom: Good."
    )
    cues, _ = read_srt(text, "t.srt")
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("Ana", "Hola."),
        ("Tom", "Hi."),
        ("Ana", "Bien."),
        ("Tom", "Good."),
    ]
    assert (cues[0].end, cues[1].start, cues[1].end) == (
        cues[1].start,
        timedelta(seconds=1.25),
        timedelta(seconds=2),
    )


BROKEN_VTT = {
    "no signature": ("00:01.000 --> 00:02.000\nHi", "T001", 1, "does not begin with WEBVTT"),
    "a longer word": ("WEBVTTX\n\n00:01.000 --> 00:02.000\nHi", "T001", 1, "does not begin with WEBVTT"),
    "empty": ("", "T001", 1, "does not begin with WEBVTT"),
    "srt": ("1\n00:00:01,000 --> 00:00:02,000\nHi", "T001", 1, "is SRT"),
    "commas": ("WEBVTT\n\n00:01,000 --> 00:02,000\nHi", "T002", 3, "00:01,000 --> 00:02,000"),
    "one digit of minutes": ("WEBVTT\n\n0:01.000 --> 0:02.000\nHi", "T002", 3, "no valid start and end"),
    "two digits of milliseconds": ("WEBVTT\n\n00:01.00 --> 00:02.00\nHi", "T002", 3, "no valid start and end"),
    "four digits of milliseconds": ("WEBVTT\n\n00:01.000 --> 00:02.0000\nHi", "T002", 3, "no valid start and end"),
    "seventy-five seconds": ("WEBVTT\n\n00:75.000 --> 00:76.000\nHi", "T002", 3, "no valid start and end"),
    "seventy-five minutes": ("WEBVTT\n\n75:00.000 --> 76:00.000\nHi", "T002", 3, "no valid start and end"),
    "a hundred hours": ("WEBVTT\n\n100:00:00.000 --> 100:00:01.000\nHi", "T002", 3, "no valid start and end"),
    "endless hours": (f"WEBVTT\n\n{'9' * 9000}:00:00.000 --> 100:00:01.000\nHi", "T002", 3, "9…”"),
    "other digits": (
        "WEBVTT\n\n\u0660\u0660:\u0660\u0661.000 --> 00:02.000\nHi",
        "T002",
        3,
        "no valid start and end",
    ),
    "a short arrow": ("WEBVTT\n\n00:00.000 -> 00:04.000\nHi", "T002", 3, "-> 00:04.000"),
    "a short arrow later": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\n00:02.000 -> 00:03.000\nHo",
        "T002",
        6,
        "-> 00:03.000",
    ),
    "no end": ("WEBVTT\n\n00:01.000 -->\nHi", "T002", 3, "no valid start and end"),
    "words before the times": ("WEBVTT\n\nHi\n\n00:01.000 --> 00:02.000\nHo", "T006", 3, "“Hi” has no time"),
    "words after an empty line": ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\nHo", "T006", 6, "“Ho” has no time"),
    "words without times": ("WEBVTT\n\nHi", "T001", 3, "contains no times"),
}


@pytest.mark.parametrize("case", BROKEN_VTT)
def test_read_vtt_broken_line_is_reported_with_its_number(case: str) -> None:
    text, code, line, message = BROKEN_VTT[case]
    _, (finding, *_) = read_vtt(text, "01-a/t.vtt")
    assert (finding.code, finding.location and finding.location.line) == (code, line)
    assert message in finding.message
    assert finding.hint
    assert (finding.severity is Severity.WARNING) == (code == "T006")


BROKEN_SRT = {
    "web vtt": ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "T001", 1, "is WebVTT"),
    "plain text": ("Hi there", "T001", 1, "contains no times"),
    "no hours": ("1\n00:01,000 --> 00:02,000\nHi", "T002", 2, "no valid start and end"),
    "frames": ("1\n00:00:01:12 --> 00:00:02:12\nHi", "T002", 2, "no valid start and end"),
    "words after an empty line": ("1\n00:00:01,000 --> 00:00:02,000\nHi\n\nHo", "T006", 5, "“Ho” has no time"),
    "a dot": ("1\n00:00:01.000 --> 00:00:02.000\nHi", "T009", 2, "a dot before the milliseconds; some"),
    "no numbers": (
        "00:00:01,000 --> 00:00:02,000\nHi\n\n00:00:02,000 --> 00:00:03,000\nHo",
        "T009",
        1,
        "no number above it (and in one more place)",
    ),
}


@pytest.mark.parametrize("case", BROKEN_SRT)
def test_read_srt_broken_line_is_reported_with_its_number(case: str) -> None:
    text, code, line, message = BROKEN_SRT[case]
    _, (finding, *_) = read_srt(text, "01-a/t.srt")
    assert (finding.code, finding.location and finding.location.line) == (code, line)
    assert message in finding.message
    assert finding.hint
    assert (finding.severity is Severity.WARNING) == (code in {"T006", "T009"})


def test_read_vtt_text_after_an_empty_line_is_kept() -> None:
    cues, _ = read_vtt("WEBVTT\n\n00:01.000 --> 00:02.000\n\nHi\n\nHo", "t.vtt")
    assert summarize_cues(cues) == [(1, 2, None, "Hi\nHo")]


@given(st.text(alphabet="WEBVT\n ->:.,0123459<v/>&;aNOTE{}\\é一\u200d"))
def test_read_any_text_is_read_or_reported(text: str) -> None:
    for read in (read_vtt, read_srt):
        for start in ("", "WEBVTT\n\n", "1\n00:00:00,000 --> 00:00:01,000\n"):
            cues, findings = read(start + text, "t")
            written = start + text
            assert all(cue.text and "-->" in written[cue.at :].split("\n")[0] for cue in cues)
            assert all(finding.location and finding.location.column for finding in findings)
