from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.large_inputs import INPUTS
from tests.steps import LINEAR, load_counted, measure_growth

if TYPE_CHECKING:
    from tests.fuzz.large_inputs import Input

pytestmark = pytest.mark.slow

SIZE = 50


@pytest.fixture(scope="module")
def counted() -> dict[str, Input]:
    return {entry.name: entry for entry in load_counted("tests.fuzz.large_inputs").INPUTS}


@pytest.mark.parametrize("name", [entry.name for entry in INPUTS])
def test_parsing_steps_grow_linearly_with_the_input(name: str, counted: dict[str, Input]) -> None:
    entry = counted[name]
    assert measure_growth(lambda size: entry.read(entry.make(size)), SIZE) < LINEAR
