from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.date_hints import read_dates
from podcastkit.text.dates import parse_moment
from podcastkit.text.problem import Problem

PIECES = st.sampled_from(
    ["2", "02", "11", "26", "2026", "31", "/", ".", "-", " ", "Nov", "mayo", "6:00", "6pm", "PST"]
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026/11/02", "2026-11-02"),
        ("2026-11-2", "2026-11-02"),
        ("20261102", "2026-11-02"),
        ("2026-W45-1", "2026-11-02"),
        ("2026\u201311\u201302", "2026-11-02"),
        ("Nov 2, 2026", "2026-11-02"),
        ("Monday, November 2nd 2026", "2026-11-02"),
        ("2 de noviembre de 2026", "2026-11-02"),
        ("martes 3 mar 2026", "2026-03-03"),
        ("02-Nov-2026", "2026-11-02"),
        ("2026-11-02 6:00", "2026-11-02 06:00:00"),
        ("2026-11-02 6:30 pm", "2026-11-02 18:30:00"),
        ("2026-11-02 12 a.m.", "2026-11-02 00:00:00"),
        ("2 Nov 2026 18h30", "2026-11-02 18:30:00"),
        ("6pm, Nov 2, 2026", "2026-11-02 18:00:00"),
        ("2026-11-02 06:00 PST", "2026-11-02T06:00:00-08:00"),
        ("2026-07-02 06:00 Europe/Madrid", "2026-07-02T06:00:00+02:00"),
        ("2026-11-02 06:00 UTC", "2026-11-02T06:00:00+00:00"),
        ("2026-11-02T06:00+2", "2026-11-02T06:00:00+02:00"),
        ("Mon, 02 Nov 2026 06:00:00 -0330", "2026-11-02T06:00:00-03:30"),
        ("7/4/2026 9 AM", "2026-07-04 09:00:00 or 2026-04-07 09:00:00"),
        *((text, "") for text in ("Nov 2", "May 2026", "2/11", "31.4.2026", "2026-11-02 25:00", "soon", "45963")),
    ],
)
def test_date_in_other_format_is_converted_to_ours(text: str, written: str) -> None:
    assert " or ".join(reading.written for reading in read_dates(text)) == written


@given(st.lists(PIECES, max_size=9).map("".join))
def test_suggested_date_is_valid(text: str) -> None:
    for day, written in read_dates(text):
        moment = parse_moment(written, ZoneInfo("UTC"), time(6))
        assert not isinstance(moment, Problem)
        assert abs((moment.date() - day).days) <= 1
