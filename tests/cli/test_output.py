from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from tests.processes import run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop

pytestmark = pytest.mark.ffmpeg


def test_names_cannot_command_the_terminal(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    evil = workshop.folder / "02-part" / "x\x1b[31m\nred [bold]:smile:.xyz"
    evil.write_bytes(b"")
    run(["check"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]:smile:" in shown


def test_a_file_whose_name_is_no_unicode_can_be_named_in_json(
    workshop: Workshop, read_json: Callable[[], Any]
) -> None:
    (workshop.folder / "02-part" / "caf\udce9.pdf").write_bytes(b"")
    assert run(["check", "--format", "json"]) == 0
    assert "02-part/caf?.pdf" in {finding["file"] for finding in read_json()["findings"]}


@pytest.mark.slow
@pytest.mark.usefixtures("workshop")
def test_a_terminal_shows_colours_unless_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    returned, coloured = run_on_terminal("check")
    assert returned == 0, coloured
    assert "Measuring audio" in coloured
    assert "\x1b[1m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain = run_on_terminal("check")
    assert "\x1b[3" not in plain
