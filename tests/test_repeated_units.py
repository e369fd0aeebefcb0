from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.repeated_units import READERS, list_texts
from tests.steps import LINEAR, load_counted, measure_growth

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

SIZE, BEYOND = 50, 1500
"""Numbers of characters. Up to a bound below the second one, the steps may grow faster."""
SHARE = 6
"""This test counts one in six units; `make fuzz` reads all of them, with longer texts."""


@pytest.fixture(scope="module")
def counted() -> dict[str, Callable[[str], object]]:
    readers: dict[str, Callable[[str], object]] = load_counted("tests.fuzz.repeated_units").READERS
    return readers


@pytest.mark.parametrize("name", READERS)
def test_parsing_steps_grow_linearly_with_repeated_units(
    name: str, counted: dict[str, Callable[[str], object]]
) -> None:
    read = counted[name]

    def measure(unit: str, size: int) -> float:
        texts = {length: dict(list_texts(length))[unit] for length in (size, 4 * size)}
        return measure_growth(lambda length: read(texts[length]), size)

    fast = [unit for unit, _ in list(list_texts(SIZE))[::SHARE] if measure(unit, SIZE) >= LINEAR]
    assert [(unit, growth) for unit in fast if (growth := measure(unit, BEYOND)) >= LINEAR] == []
