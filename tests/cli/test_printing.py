"""What people read of a change, and of an audio file."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from podcastkit.checks import explain
from podcastkit.checks.rule import Rule
from podcastkit.cli.errors import print_error
from podcastkit.cli.probe import ProbedFile, print_probed
from podcastkit.cli.rule_page import print_rule
from podcastkit.diagnostics import Severity
from podcastkit.feed.changes import Change
from podcastkit.model import Chapter
from podcastkit.publishing.plan import DestructiveChange
from tests.values import some_audio

PLACE = "https://podcast.example.org"
LONG = "https://podcast.example.org/a-folder-with-quite-a-long-name/feed.xml"


@pytest.mark.parametrize(
    ("kind", "field", "old", "new", "shown"),
    [
        (
            "date",
            "date",
            "Sun, 01 Sep 2024 06:00:00 -0700",
            "Mon, 02 Sep 2024 06:00:00 -0700",
            "Sun 1 Sep 2024 06:00 → Mon 2 Sep 2024 06:00",
        ),
        ("date", "date", "some day", "Mon, 02 Sep 2024 06:00:00 -0700", "some day → Mon 2 Sep 2024 06:00"),
        ("details", "duration", "59", "3725", "duration: 0:59 → 62:05"),
        ("details", "duration", "1:02:03", "61", "duration: 1:02:03 → 1:01"),
        (
            "details",
            "artwork",
            f"{PLACE}/artwork/a-1.jpg",
            f"{PLACE}/artwork/a-2.jpg",
            "artwork: a-1.jpg → a-2.jpg",
        ),
        ("details", "summary", None, "In short.", "summary: In short."),
        ("details", "summary", "In short.", None, "summary: removed"),
        ("show", "author", None, "Harbour Radio", "author  Harbour Radio"),
        ("show", "copyright", "Harbour Radio", None, "copyright  removed"),
        ("show", "address", f"{PLACE}/feed.xml", LONG, f"{PLACE}/feed.xml → {LONG}"),
    ],
)
def test_a_change_is_told_in_words(
    kind: str, field: str, old: str | None, new: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    episode = None if kind == "show" else "Episode 1"
    change = Change(kind=kind, episode=episode, field=field, old=old, new=new)
    print_error(DestructiveChange("this would change something", changes=(change,)))
    assert capsys.readouterr().err.splitlines()[0].endswith(f"  {shown}" if episode else shown)


def test_the_chapters_that_listeners_see_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    chapters = (
        Chapter(start=timedelta(0), title="Welcome [bold]"),
        Chapter(start=timedelta(seconds=5), hidden=True),
        Chapter(start=timedelta(seconds=61.5)),
    )
    audio = some_audio(title="Planning", chapters=chapters)
    print_probed([ProbedFile(path=audio.path, audio=audio)])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "  title   Planning",
        "  chapter 0:00:00.000  Welcome [bold]",
        "  chapter 0:01:01.500",
    ]


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

Source: nobody."""
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

Source: nobody.
"""


def test_a_rule_is_printed_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_rule(Rule(code="E999", severity=Severity.WARNING, destinations=("apple", "psp1"), read_page=lambda: PAGE))
    assert capsys.readouterr().out == PRINTED


def test_a_rule_is_printed_in_colours_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    print_rule(explain("E103"))
    printed = capsys.readouterr().out
    assert "\x1b[1mE103\x1b[0m  \x1b[33mwarning\x1b[0m  every app and directory\n" in printed
    assert "\x1b[1mSolution\x1b[0m: add the episode" in printed


def test_a_rule_has_its_page_or_says_where_it_is_when_python_drops_docstrings() -> None:
    program = (
        "from podcastkit.checks import explain; from podcastkit.cli.rule_page import print_rule\n"
        "for code in ('E103', 'E002'): print_rule(explain(code))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-OO", "-c", program]
    printed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    assert printed.startswith("E103  warning  every app and directory\n\nIts page is in docs/reference/rules.md")
    assert "E002  error  every app and directory\n\nA key is not one that podcastkit knows" in printed
