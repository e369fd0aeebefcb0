"""Print the page of a rule."""

from __future__ import annotations

import re
from textwrap import dedent, indent, wrap
from typing import TYPE_CHECKING

from podcastkit.checks.rule import DIRECTORIES
from podcastkit.cli.output import SEVERITY_STYLES, get_width, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.checks.rule import Rule

_BLOCK = re.compile(
    r"""
    ^```\w*\n (?P<fenced>(?s:.*?)) ^```$ | (?P<indented>(?:^[ ]{4}.*(?:\n|\Z))+)
    | (?P<prose>(?:^(?!```|[ ]{4}).+(?:\n|\Z))+)
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A block of a rule page: an example (fenced or indented) or a paragraph."""
_NO_PAGE = "Python runs with -OO, which removes rule pages: read the page in docs/reference/rules.md."
_MAX_WIDTH = 88
"""The maximum width in columns that is easy to read."""


def print_rule(rule: Rule) -> None:
    """Print a rule page: prose as wide as the terminal (at most 88 columns), examples unchanged."""
    destinations = ", ".join(DIRECTORIES[name] for name in rule.destinations) or "every app and directory"
    style = SEVERITY_STYLES[rule.severity]
    print_line((rule.code, "bold"), "  ", (rule.severity.value, style), f"  {destinations}")
    for block in _BLOCK.finditer(rule.page or _NO_PAGE):
        print_line()
        for line in _wrap_block(block, min(get_width(), _MAX_WIDTH)):
            print_line(*_style_emphasis(line))


def _wrap_block(block: re.Match[str], width: int) -> Iterator[str]:
    if example := block["fenced"] or block["indented"]:
        yield from indent(dedent(example).rstrip("\n"), " " * 4).split("\n")
        return
    for entry in re.split(r"\n(?=- )", block["prose"]):
        indentation = "  " if entry.startswith("- ") else ""
        yield from wrap(entry, width, subsequent_indent=indentation, break_long_words=False, break_on_hyphens=False)


def _style_emphasis(line: str) -> list[tuple[str, str]]:
    parts = re.split(r"\*\*(.+?)\*\*", line)
    return [(part, "bold" if index % 2 else "") for index, part in enumerate(parts)]
