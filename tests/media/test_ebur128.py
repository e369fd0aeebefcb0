"""Tests for reading the summary of ebur128 in ffmpeg's log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.ebur128 import Levels, LoudnessSummary

LOG = """\
[info]     title           : a:  -1.0 LUFS
    I:          -3.0 LUFS
[Parsed_ebur128_0 @ 0x5581] [info] Summary:

  Integrated loudness:
    I:         -16.1 LUFS
    Threshold: -26.4 LUFS

  Loudness range:
    LRA:         4.2 LU
    Threshold: -36.3 LUFS
    LRA low:   -19.0 LUFS
    LRA high:  -14.8 LUFS

  True peak:
    Peak:       -1.5 dBFS
"""


def read_levels(log: str) -> Levels:
    return read_summary(log).get_levels()


def read_summary(log: str) -> LoudnessSummary:
    summary = LoudnessSummary()
    for line in log.splitlines(keepends=True):
        summary.read_line(line)
    return summary


def test_levels_come_from_summary_only() -> None:
    assert read_levels(LOG) == Levels(loudness=-16.1, loudness_range=4.2, peak=-1.5)


def test_read_line_returns_the_message_of_another_filter() -> None:
    summary = read_summary(LOG.partition("  Integrated")[0])
    assert summary.read_line("    I:         -16.1 LUFS[Parsed_silencedetect] silence_end: 3\n").startswith(
        "[Parsed_"
    )
    assert summary.get_levels().loudness == -16.1


@pytest.mark.parametrize(("figure", "peak"), [("-70.0", -1.5), ("-inf", -1.5), ("nan", -1.5)])
def test_silence_has_no_loudness_and_no_range(figure: str, peak: float) -> None:
    assert read_levels(LOG.replace("-16.1", figure)) == Levels(loudness=None, loudness_range=None, peak=peak)


def test_infinite_peak_is_missing() -> None:
    assert read_levels(LOG.replace("-1.5", "-inf")).peak is None


@pytest.mark.slow
@given(st.text())
def test_any_text_in_the_log_raises_no_error(text: str) -> None:
    loudness = read_levels(LOG + text).loudness
    assert loudness is None or loudness > -70
