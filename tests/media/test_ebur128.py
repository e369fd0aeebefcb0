"""What ebur128 says at the end, as it stands in ffmpeg's log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.ebur128 import Levels, Summary

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


def summed_up(log: str) -> Levels:
    return summary_of(log).levels()


def summary_of(log: str) -> Summary:
    summary = Summary()
    for line in log.splitlines(keepends=True):
        summary.take(line)
    return summary


def test_the_figures_are_those_behind_its_own_beginning() -> None:
    assert summed_up(LOG) == Levels(loudness=-16.1, loudness_range=4.2, peak=-1.5)


def test_what_others_say_in_one_of_its_lines_is_given_back() -> None:
    summary = summary_of(LOG.partition("  Integrated")[0])
    assert summary.take("    I:         -16.1 LUFS[Parsed_silencedetect] silence_end: 3\n").startswith("[Parsed_")
    assert summary.levels().loudness == -16.1


@pytest.mark.parametrize(("told", "peak"), [("-70.0", -1.5), ("-inf", -1.5), ("nan", -1.5)])
def test_what_nobody_hears_has_no_loudness_and_no_range(told: str, peak: float) -> None:
    assert summed_up(LOG.replace("-16.1", told)) == Levels(loudness=None, loudness_range=None, peak=peak)


def test_silence_has_no_peak() -> None:
    assert summed_up(LOG.replace("-1.5", "-inf")).peak is None


@pytest.mark.slow
@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    loudness = summed_up(LOG + text).loudness
    assert loudness is None or loudness > -70
