from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from podcastkit.checks import explain
from podcastkit.checks.rule import Rule
from podcastkit.cli.rule_page import print_rule
from podcastkit.diagnostics import Severity

PAGE = """\
A line that is rather long, so that a narrow terminal breaks it.

It hurts:

- a list stays one, also where a thing that is told in it is rather long;
- so it does.

**Solution**: write it so, and `never` otherwise.

```toml
title = "Night Shift"     # an example is never broken, however narrow the terminal is

title = 5
```

    indented

Source: test."""
PRINTED = """\
E999  warning  Apple Podcasts, PSP-1

A line that is rather long, so that a
narrow terminal breaks it.

It hurts:

- a list stays one, also where a thing
  that is told in it is rather long;
- so it does.

Solution: write it so, and `never`
otherwise.

    title = "Night Shift"     # an example is never broken, however narrow the terminal is

    title = 5

    indented

Source: test.
"""


def test_rule_page_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_rule(Rule(code="E999", severity=Severity.WARNING, destinations=("apple", "psp1"), read_page=lambda: PAGE))
    assert capsys.readouterr().out == PRINTED


def test_rule_page_has_colors_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    print_rule(explain("E103"))
    printed = capsys.readouterr().out
    assert "\x1b[1mE103\x1b[0m  \x1b[33mwarning\x1b[0m  every app and directory\n" in printed
    assert "\x1b[1mSolution\x1b[0m: add the episode" in printed


@pytest.mark.slow
def test_rule_without_docstring_prints_its_page_or_a_link() -> None:
    program = (
        "from podcastkit.checks import explain; from podcastkit.cli.rule_page import print_rule\n"
        "for code in ('E103', 'E002'): print_rule(explain(code))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-OO", "-c", program]
    printed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert printed.startswith(
        "E103  warning  every app and directory\n\nPython runs with -OO, which removes rule pages"
    )
    assert "E002  error  every app and directory\n\nA key is unknown, or is in the wrong table" in printed
