from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.cli.check_output import print_check
from podcastkit.cli.check_target import CheckResult
from podcastkit.cli.output import print_diagnostics, print_json
from podcastkit.cli.summary_output import print_plan
from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.publishing.summary import Held, Summary
from tests.processes import run_on_terminal
from tests.published import URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop

pytestmark = pytest.mark.ffmpeg


def test_control_characters_in_names_are_escaped(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    evil = workshop.folder / "02-part" / "x\x1b[31m\nred [bold]:smile:.xyz"
    evil.write_bytes(b"")
    run(["check"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]:smile:" in shown


def test_json_contains_file_names_that_are_not_utf8(workshop: Workshop, read_json: Callable[[], Any]) -> None:
    (workshop.folder / "02-part" / "caf\udce9.pdf").write_bytes(b"")
    assert run(["check", "--format", "json"]) == 0
    assert "02-part/caf?.pdf" in {finding["file"] for finding in read_json()["findings"]}


@pytest.mark.slow
@pytest.mark.usefixtures("workshop")
def test_terminal_shows_colors_unless_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    returned, colored = run_on_terminal("check")
    assert returned == 0, colored
    assert "Measuring audio" in colored
    assert "\x1b[1m" in colored
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain = run_on_terminal("check")
    assert "\x1b[3" not in plain


def make_finding(line: int | None, message: str = "left out", **more: Any) -> Diagnostic:
    where = Location(file=more.pop("file", "01-a/notes.md"), line=line)
    return Diagnostic(
        code="N104", severity=Severity.WARNING, message=message, hint="fix it", location=where, **more
    )


SIMILAR_FINDINGS = {
    "three": ([make_finding(1), make_finding(2), make_finding(3)], ["left out"] * 3),
    "one message": ([make_finding(line) for line in range(3, 503)], ["left out (and 499 more lines: 4, 5, 6 …)"]),
    "four": ([make_finding(line) for line in (3, 5, 7, 9)], ["left out (and 3 more lines: 5, 7, 9)"]),
    "one line": ([make_finding(3) for _ in range(9)], ["left out (and 8 more places: 3 …)"]),
    "no lines": ([make_finding(None) for _ in range(9)], ["left out (and 8 more places)"]),
    "many messages": (
        [make_finding(line, f"<t{line}> left out") for line in range(1, 10)],
        ["<t1> left out", "<t2> left out", "<t3> left out (and 6 more lines: 4, 5, 6 …)"],
    ),
    "many episodes": (
        [make_finding(1, file=f"{name}/notes.md", episode=name) for name in "abcdef"],
        ["left out (and 5 more episodes: b, c, d …)"],
    ),
    "many files": ([make_finding(1, file=name) for name in "abcd"], ["left out (and 3 more places: b, c, d)"]),
}


@pytest.mark.parametrize(("findings", "messages"), SIMILAR_FINDINGS.values(), ids=SIMILAR_FINDINGS)
def test_similar_findings_are_printed_once_with_a_count(
    findings: list[Diagnostic], messages: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(findings[0], code="N101", message="other")
    print_diagnostics([*findings, other], Path("/show"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("warning: ")[2] for line in lines[::2]] == [*messages, "other"]
    assert {*lines[1::2]} == {"  fix it"}
    assert lines[0].startswith(f"/show/{findings[0].location}: N104 ")


def test_similar_findings_share_a_line_but_are_separate_in_json(
    workshop: Workshop, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    (workshop.folder / "02-part" / "notes.md").write_text("# Two\n\n" + "a <tag> b\n\n" * 500)
    assert run(["check", "--no-audio"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("N104") == 1
    assert "left out (and 499 more lines: 5, 7, 9 …)" in shown
    assert re.search(r"no errors, (\d) warnings in \d+ places", shown)
    assert run(["publish", "--to", "out", "--url", URL]) == 0
    assert re.search(r"\n\d findings to review", capsys.readouterr().out)
    run(["check", "--no-audio", "--format", "json"])
    assert sum(finding["code"] == "N104" for finding in read_json()["findings"]) == 500


def test_finding_of_many_episodes_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    common = [make_finding(1, episode=f"{number:02}", file=f"{number:02}/notes.md") for number in range(20)]
    few = [make_finding(1, "seldom", episode=f"{number:02}", file=f"{number:02}/notes.md") for number in range(10)]
    result = CheckResult(about="Show", episodes=20, folder=Path("/show"), findings=(*common, *few))
    print_check(result, {})
    shown = capsys.readouterr().out
    assert "Many episodes\n" in shown
    assert shown.count("left out") == 1
    assert "left out (and 19 more episodes: 01, 02, 03 …)" in shown
    assert shown.count("seldom") == 10
    assert "20 episodes, no errors, 30 warnings" in shown


def test_episodes_held_back_for_one_reason_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    held = [Held(f"{number:02}", "it has no audio", "put it there", is_broken=True) for number in range(9)]
    summary = Summary.from_dict(
        {**dict.fromkeys(field.name for field in fields(Summary)), "title": "Show", "address": "public"}
        | {"held_back": [*held, Held("10", "it is not due", None, is_broken=False)], "remarks": [], "feeds": {}}
    )
    print_plan(summary)
    shown = capsys.readouterr().out
    assert "00: it has no audio (and 8 more episodes: 01, 02, 03 …)\n" in shown
    assert shown.count("put it there") == 1
    assert "10: it is not due\n" in shown


def test_print_json_with_invisible_characters_escapes_them(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b[2J\x7f\x9b2J\u2028\u202e é \U000e0001 👩\u200d🎤"
    print_json([name])
    shown = capsys.readouterr().out
    assert shown.replace("\n", "").isprintable()
    assert json.loads(shown) == [name]
