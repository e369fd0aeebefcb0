"""Print the page of a rule."""

from __future__ import annotations

import re
from textwrap import dedent, fill, indent
from typing import TYPE_CHECKING

from rich.text import Text

from podcastkit.checks.rule import DESTINATIONS
from podcastkit.cli.output import SEVERITY_STYLES, make_console, say

if TYPE_CHECKING:
    from podcastkit.checks.rule import Rule

_BLOCK = re.compile(
    r"""
    ^```\w*\n (?P<fenced>(?s:.*?)) ^```$ | (?P<indented>(?:^[ ]{4}.*(?:\n|\Z))+)
    | (?P<prose>(?:^(?!```|[ ]{4}).+(?:\n|\Z))+)
    """,
    re.MULTILINE | re.VERBOSE,
)
"""An example or a paragraph."""
_PAGE_ELSEWHERE = "Its page is in docs/reference/rules.md: Python left the pages out, as it does with -OO."
_MAX_WIDTH = 88
"""Columns that are easy to read."""


def print_rule(rule: Rule) -> None:
    """Print prose as wide as the terminal, up to 88 columns, and examples as they are."""
    console = make_console()
    destinations = ", ".join(DESTINATIONS[name] for name in rule.destinations) or "every app and directory"
    style = SEVERITY_STYLES[rule.severity]
    say(console, (rule.code, "bold"), "  ", (rule.severity.value, style), f"  {destinations}")
    for block in _BLOCK.finditer(rule.page or _PAGE_ELSEWHERE):
        console.print()
        if example := block["fenced"] or block["indented"]:
            console.print(Text(indent(dedent(example).rstrip("\n"), " " * 4)))
        else:
            for line in re.split(r"\n(?=- )", block["prose"]):
                console.print(_style_emphasis(_wrap(line, min(console.width, _MAX_WIDTH))))


def _wrap(line: str, width: int) -> str:
    further = "  " if line.startswith("- ") else ""
    return fill(line, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def _style_emphasis(text: str) -> Text:
    parts = re.split(r"\*\*(.+?)\*\*", text)
    return Text.assemble(*((part, "bold" if index % 2 else "") for index, part in enumerate(parts)))
