from __future__ import annotations

import pytest

from podcastkit.text.terminal import count_columns, cut_columns


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Night Shift", 11, "Night Shift"),
        ("Night Shift", 10, "Night Shi…"),
        ("Night Shift", 7, "Night…"),
        ("夜の港", 6, "夜の港"),
        ("夜の港", 5, "夜の…"),
        ("a" * 10_000, 3, "aa…"),
        ("\u0301" * 10_000, 3, "\u0301" * 12 + "…"),
        ("", 3, ""),
    ],
)
def test_cut_columns_fits_the_width(text: str, width: int, shown: str) -> None:
    assert cut_columns(text, width) == shown
    assert count_columns(shown) <= width
