from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from itertools import pairwise

import pytest
import srt
import webvtt
from hypothesis import assume, example, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, wcswidth

from podcastkit.text.transcripts.cues import Cue, clean_cue_text, complete_cues, find_end
from podcastkit.text.transcripts.vtt_srt import read_srt, read_vtt
from podcastkit.text.transcripts.writer import LINES, SRT_LINE, VTT_LINE, write_srt, write_vtt


def make_cue(start: float, end: float | None, text: str, speaker: str | None = None) -> Cue:
    until = None if end is None else timedelta(seconds=end)
    return Cue(start=timedelta(seconds=start), end=until, text=text, speaker=speaker)


def test_write_vtt_names_each_new_speaker() -> None:
    cues = [
        make_cue(0, 1, "Hi", "Ana & Co"),
        make_cue(1, 2, "a < b --> c", "Ana & Co"),
        make_cue(2, 3, "Ho", "Tom"),
    ]
    assert write_vtt(cues).decode() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.000\n<v Ana &amp; Co>Hi\n\n"
        "00:00:01.000 --> 00:00:02.000\na &lt; b --&gt; c\n\n"
        "00:00:02.000 --> 00:00:03.000\n<v Tom>Ho\n"
    )


def test_write_srt_has_short_lines_and_names_each_new_speaker() -> None:
    text = "In today's episode, you'll learn whether or not you should have a podcast trailer -->"
    assert write_srt([make_cue(0, 8, text, "Sarah"), make_cue(8, 9, "Yes.", "Tom")]).decode() == (
        "1\n00:00:00,000 --> 00:00:03,494\nSarah: In today's\nepisode, you'll learn\n\n"
        "2\n00:00:03,494 --> 00:00:08,000\nwhether or not you should\nhave a podcast trailer →\n\n"
        "3\n00:00:08,000 --> 00:00:09,000\nTom: Yes.\n"
    )


def test_write_keeps_lines_that_fit() -> None:
    assert b"\nOne,\ntwo\n" in write_srt([make_cue(0, 1, "One,\ntwo")])
    assert b"\nOne,\ntwo\n" in write_vtt([make_cue(0, 1, "One,\ntwo")])
    assert b"\nOne, two, three\n" in write_srt([make_cue(0, 1, "One,\ntwo,\nthree")])


LINES_OF = {
    "a script without spaces": (
        "今天我们来谈谈播客的未来以及它如何改变了世界。",
        ["今天我们来谈谈播客的未来以及它如", "何改变了世界。"],
    ),
    "no closing punctuation at the start of a line": (
        "今天我们来谈谈播客的未来以及了它。你好",
        ["今天我们来谈谈播客的未来以及了", "它。你好"],
    ),
    "no opening punctuation at the end of a line": (
        "今天我们来谈谈播客的未来以及「好」",
        ["今天我们来谈谈播客的未来以及", "「好」"],
    ),
    "a word longer than a line": ("x" * 40, ["x" * 32, "x" * 8]),
    "an emoji is one character": ("👨‍👩‍👧" * 20, ["👨‍👩‍👧" * 16, "👨‍👩‍👧" * 4]),
    "a flag is one character": ("🇪🇸" * 20, ["🇪🇸" * 16, "🇪🇸" * 4]),
    "a letter with an accent is one character": ("x̂" * 40, ["x̂" * 32, "x̂" * 8]),
    "from right to left": ("שלום עולם " * 4, ["שלום עולם שלום עולם שלום עולם", "שלום עולם"]),
    "a non-breaking space": ("aaaa " * 6 + "10\u00a0000", ["aaaa aaaa aaaa aaaa aaaa aaaa", "10\u00a0000"]),
}


@pytest.mark.parametrize("case", LINES_OF)
def test_write_srt_breaks_lines_at_natural_places(case: str) -> None:
    text, lines = LINES_OF[case]
    _, _, *written = write_srt([make_cue(0, 1, text)]).decode().splitlines()
    assert written == lines


def test_write_srt_divides_time_by_text_width() -> None:
    subtitles = list(srt.parse(write_srt([make_cue(0, 10, ("x" * 32 + " ") * 3)]).decode()))
    assert [subtitle.end.total_seconds() for subtitle in subtitles] == [6.666, 10]


def test_write_srt_spreads_long_text_evenly() -> None:
    lines = [
        subtitle.content.split("\n") for subtitle in srt.parse(write_srt([make_cue(0, 9, "abcd " * 13)]).decode())
    ]
    assert [[len(line) for line in pair] for pair in lines] == [[19, 19], [19, 4]]


def test_write_srt_very_short_cue_has_ascending_times() -> None:
    written = write_srt([make_cue(0, 0.002, "x" * 1000), make_cue(0.001, None, "y")])
    starts_and_ends = [(subtitle.start, subtitle.end) for subtitle in srt.parse(written.decode())]
    assert all(start < end for start, end in starts_and_ends)
    assert starts_and_ends == sorted(starts_and_ends)
    of_one_cue = starts_and_ends[:-1]
    assert all(before[1] <= after[0] for before, after in pairwise(of_one_cue))


_WORDS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc déñ 你好。「」שלםمرحبا\u0301\u200d👩🇪🇸한ไทย\u00a0<>&:-→\n"),
        st.characters(codec="utf-8"),
    )
)
_NAMES = st.none() | st.sampled_from(["Ana", "Ben & Co", "张三", "Dr. <x>"])


@st.composite
def _draw_conversations(draw: st.DrawFn) -> list[Cue]:
    cues = []
    for text in draw(st.lists(_WORDS | st.builds(lambda text: text * 9, _WORDS), max_size=6)):
        lines = "\n".join(filter(None, map(clean_cue_text, text.split("\n"))))
        start = draw(st.integers(0, 359_000_000))
        length = draw(st.none() | st.integers(1, 600_000))
        cue = make_cue(start / 1000, None if length is None else (start + length) / 1000, lines, draw(_NAMES))
        cues += [cue] if lines else []
    return cues


def remove_spaces(text: str) -> str:
    """Return the text without spaces, which can change at line breaks."""
    return re.sub(r"\s", "", text)


def get_expected_text(cues: list[Cue]) -> str:
    """Return the text of all cues, with the names of speakers where they change."""
    texts, speaker = "", None
    for cue in complete_cues(cues):
        texts += f"{cue.speaker}:" if cue.speaker and cue.speaker != speaker else ""
        texts += cue.text
        speaker = cue.speaker or speaker
    return remove_spaces(texts)


@given(_draw_conversations())
def test_write_srt_other_parser_reads_every_word_within_the_limits(cues: list[Cue]) -> None:
    subtitles = list(srt.parse(write_srt(cues).decode()))
    assert remove_spaces("".join(subtitle.content for subtitle in subtitles)) == get_expected_text(cues).replace(
        "-->", "→"
    )
    for subtitle in subtitles:
        lines = subtitle.content.split("\n")
        assert len(lines) <= LINES
        assert all(wcswidth(line) <= SRT_LINE and line.strip() and line.strip(" ") == line for line in lines)
    assert [subtitle.index for subtitle in subtitles] == list(range(1, len(subtitles) + 1))
    assert_times([(subtitle.start, subtitle.end) for subtitle in subtitles], cues)


@given(_draw_conversations())
def test_write_vtt_other_parser_reads_every_word_within_the_limits(cues: list[Cue]) -> None:
    captions = webvtt.from_buffer(io.StringIO(write_vtt(cues).decode())).captions
    # The library does not unescape texts and names, although WebVTT requires that (§6.4).
    texts = html.unescape("".join(f"{one.voice}:{one.text}" if one.voice else one.text for one in captions))
    assert remove_spaces(texts) == get_expected_text(cues)
    for caption in captions:
        lines = html.unescape(caption.text).split("\n")
        assert len(lines) <= LINES
        assert all(wcswidth(line) <= VTT_LINE for line in lines)
    times = [(timedelta(seconds=one.start_in_seconds), timedelta(seconds=one.end_in_seconds)) for one in captions]
    assert [start for start, _ in times] == sorted(start for start, _ in times)


def assert_times(times: list[tuple[timedelta, timedelta]], cues: list[Cue]) -> None:
    completed = complete_cues(cues)
    assert all(start < end for start, end in times)
    assert all(one <= other for (one, _), (other, _) in pairwise(times))
    if completed:
        assert times[0][0] == completed[0].start
        # Each subtitle lasts at least a millisecond, so a very short cue becomes longer.
        assert max(end for _, end in times) <= find_end(completed) + timedelta(milliseconds=len(times))


@example([Cue(start=timedelta(0), end=None, text="0" * 64 + "\xa00", speaker=None)])
@example([Cue(start=timedelta(0), end=None, text=clean_cue_text("0 \x00 \x7f 0"))])
@given(_draw_conversations())
def test_write_and_read_again_has_no_findings(cues: list[Cue]) -> None:
    written = write_vtt(cues)
    again, findings = read_vtt(written.decode(), "t.vtt")
    srt_findings = read_srt(write_srt(cues).decode(), "t.srt").findings
    # Repeated words can look like rolling captions.
    assume("T014" not in {finding.code for finding in (*findings, *srt_findings)})
    assert not findings
    assert write_vtt(again) == written
    assert not srt_findings


@example([Cue(start=timedelta(0), end=None, text=f"0 0 \u0300{'0' * 33}")])
@given(_draw_conversations())
def test_write_srt_never_splits_a_grapheme(cues: list[Cue]) -> None:
    # An accent after a space is a word without a letter.
    texts = [part for cue in cues for part in (cue.text.replace("\n", " "), *cue.text.split())]
    whole = {sign for text in texts for sign in iter_graphemes(text)}
    subtitles = srt.parse(write_srt([cue for cue in cues if cue.speaker is None]).decode())
    shown = {sign for subtitle in subtitles for sign in iter_graphemes(subtitle.content.replace("\n", " "))}
    assert {sign for sign in shown if sign.strip()} <= whole | {"→"}
