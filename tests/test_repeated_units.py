from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.repeated_units import READERS, list_texts
from tests.steps import LINEAR, load_counted, measure_growth

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

SIZE, BEYOND = 50, 1500
"""Characters, the second more than any bound, up to which the steps may grow faster."""
SHARE = 6
"""One in so many units is counted here; `make fuzz` reads all of them at great length."""


@pytest.fixture(scope="module")
def counted() -> dict[str, Callable[[str], object]]:
    readers: dict[str, Callable[[str], object]] = load_counted("tests.fuzz.repeated_units").READERS
    return readers


@pytest.mark.parametrize("name", READERS)
def test_units_repeated_four_times_as_often_take_about_four_times_the_steps(
    name: str, counted: dict[str, Callable[[str], object]]
) -> None:
    read = counted[name]

    def measure(unit: str, size: int) -> float:
        texts = {length: dict(list_texts(length))[unit] for length in (size, 4 * size)}
        return measure_growth(lambda length: read(texts[length]), size)

    fast = [unit for unit, _ in list(list_texts(SIZE))[::SHARE] if measure(unit, SIZE) >= LINEAR]
    assert [(unit, growth) for unit in fast if (growth := measure(unit, BEYOND)) >= LINEAR] == []
