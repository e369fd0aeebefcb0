from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.filesize import decimal

from podcastkit.text.sizes import format_size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (902_900, "902.9 kB"),
        (25_000_000, "25.0 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_500_000_000_000, "2,500.0 GB"),
    ],
)
def test_format_size_uses_decimal_units(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_format_size_equals_rich_progress_bars(size: int) -> None:
    assert format_size(size) == decimal(size)
