"""Parse show.toml into a tree of values with their lines and columns."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import tree_sitter
import tree_sitter_toml

from podcastkit.diagnostics import Diagnostic, Location, make_error
from podcastkit.text.date_hints import read_dates
from podcastkit.text.dates import parse_moment
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import shorten
from podcastkit.text.schema.values import Value, join_name, looks_secret
from podcastkit.text.syntax.positions import Positions, count_indent

if TYPE_CHECKING:
    from collections.abc import Iterator

    KeyPath = tuple[str | int, ...]

_MAX_DEPTH = 16
_LONGEST_LINE = 200
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){50}""")
"""A dotted key with very many parts. The time that tomllib needs is quadratic in their number."""
_TOMLLIB_MESSAGE = re.compile(
    r"(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_DUPLICATE = re.compile(r"Cannot (?:overwrite|declare|mutate)")
"""Errors about duplicates, whose column in tomllib is after the duplicate key or table."""
_HUGE_NUMBER = re.compile(r"[0-9_]{4000,}")

# Patterns for "message of tomllib|line", and their hints. The first match counts.
_HINTS = (
    (r"^Illegal character '\\x", "delete this invisible character"),
    (
        "\\|[^\"'#]*[\u00a0\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]",
        "delete the invisible character or the special space in this line, and type a space if there should be one",
    ),
    (r"^Escaped character", r"write the character itself instead of its \u escapes"),
    ("[“”„\u2018\u2019]", 'use straight quotes: title = "…"'),
    (_DUPLICATE.pattern, "this key or table is in the file twice: remove one of them"),
    (r"^Expected '=' .*\|[^=]*:", 'write an equals sign instead of the colon: title = "…"'),
    (r"^Unescaped", r"write / instead of \, or put the text in single quotes: '…'"),
    (r"^Invalid value.*\|.*=\s*(?i:true|false|yes|no)\b", "write true or false, in lower case"),
    (r"^Invalid value", 'put text in straight quotes: title = "…"'),
    (r"^Expected newline.*\|.*\"", 'write one value per line; write a quote inside text as \\"'),
    (
        r"^Expected newline.*\|[^=]*=\s*\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?!:)",
        "write the time with its seconds, as in 2024-09-05 06:00:00",
    ),
    (r"^Expected newline.*\|[^=]*=\s*\d{4}-\d\d-\d\d[Tt ]", "put the date in straight quotes"),
    (r"^Expected newline.*\|[^=]*=\s*[+-]?0[0-9]", "write the number without the 0 before it"),
    (r"^(?:Unterminated|Illegal character '\\n')", 'end the text with a quote; use """ for several lines'),
    (r"^Unclosed", "end the list with ] or the table with }, and put commas between the parts"),
    (r"", 'a line must be key = value, a [table], or a comment that begins with "#"'),
)  # fmt: skip

_DATE = re.compile(r"=\s*(?P<value>\d{1,4}[-/. ][^\"'\[{#]*|[A-Za-z]+\.? \d[^\"'\[{#]*)")


def read_toml(text: str, file: str) -> Value | Diagnostic:
    """Return the values of the file as one table, or the first syntax error (S001)."""
    text = text.removeprefix("\ufeff")
    if key := _LONG_KEY.search(text):
        return _reject_nesting(Positions(text, file).locate(key.start()))
    try:
        data = tomllib.loads(text)
        return _build_value(data, (), "", _find_places(text), Location(file=file, line=1, column=1))
    except tomllib.TOMLDecodeError as error:
        return _explain_error(str(error), text, file)
    except ValueError:
        return _reject_number(text, file)
    except RecursionError:
        return _reject_nesting(Location(file=file, line=1, column=1))


def _build_value(
    data: object, path: KeyPath, name: str, places: dict[KeyPath, tuple[int, int]], parent: Location
) -> Value:
    """Add locations to data of tomllib. A value whose place is unknown gets the location of its parent.

    Raises RecursionError if the data is nested too deeply.
    """
    if len(path) > _MAX_DEPTH:
        raise RecursionError
    line, column = places.get(path, (parent.line, parent.column))
    location = Location(file=parent.file, line=line, column=column)
    if isinstance(data, dict):
        data = {
            key: _build_value(part, (*path, key), join_name(name, key), places, location)
            for key, part in data.items()
        }
    elif isinstance(data, list):
        data = tuple(
            _build_value(part, (*path, index), join_name(name, index), places, location)
            for index, part in enumerate(data)
        )
    return Value(name=name, data=data, location=location)  # type: ignore[arg-type]  # tomllib returns only these types


def _find_places(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Return the line and column of every key and item by path."""
    # The parser counts bytes. With one byte for each character, it counts characters; the structure stays the same.
    source = text.encode("ascii", "replace")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    return _Places(text).collect(parser.parse(source).root_node)


class _Places:
    """The line and column of every key and item by path, collected from the syntax tree."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[KeyPath, tuple[int, int]] = {}
        self._last_items: dict[KeyPath, int] = {}  # for each list of [[tables]]: the index of its last item

    def collect(self, document: tree_sitter.Node) -> dict[KeyPath, tuple[int, int]]:
        """Return the line and column of every key and item by path; both count from 1."""
        for node in document.named_children:
            if node.type == "pair":
                self._add_pair(node, ())
            elif node.type in {"table", "table_array_element"}:
                self._add_table(node)
        return self._places

    def _add_table(self, table: tree_sitter.Node) -> None:
        header, *pairs = table.named_children
        path: KeyPath = ()
        for key in _split_key(header):
            path = self._add_key(self._enter_last_item(path), key)
        if table.type == "table_array_element":
            # Each [[table]] begins a new item of its list.
            self._last_items[path] = self._last_items.get(path, -1) + 1
            path = self._enter_last_item(path)
            self._places[path] = _get_position(header)
        for pair in pairs:
            self._add_pair(pair, self._enter_last_item(path))

    def _enter_last_item(self, path: KeyPath) -> KeyPath:
        """Return the path of the last item if the path is a list of [[tables]], otherwise the path itself."""
        return (*path, self._last_items[path]) if path in self._last_items else path

    def _add_pair(self, pair: tree_sitter.Node, path: KeyPath) -> None:
        if pair.type != "pair":
            return
        key, *values = pair.named_children
        for part in _split_key(key):
            path = self._add_key(path, part)
        for value in values:
            self._add_value(value, path)

    def _add_key(self, path: KeyPath, key: tree_sitter.Node) -> KeyPath:
        """Record the position of a key; return its path."""
        name = self._text[key.start_byte : key.end_byte]
        if key.type == "quoted_key":
            [name] = tomllib.loads(f"{name} = 0")  # decode the quotes and escapes
        path = (*path, name)
        self._places.setdefault(path, _get_position(key))
        return path

    def _add_value(self, value: tree_sitter.Node, path: KeyPath) -> None:
        if value.type == "inline_table":
            for pair in value.named_children:
                self._add_pair(pair, path)
        elif value.type == "array":
            items = [item for item in value.named_children if item.type != "comment"]
            for index, item in enumerate(items):
                self._places[*path, index] = _get_position(item)
                self._add_value(item, (*path, index))


def _get_position(node: tree_sitter.Node) -> tuple[int, int]:
    """Return the line and column where a node begins; both count from 1."""
    row, column = node.start_point
    return row + 1, column + 1


def _split_key(key: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield the parts of a key, which has several parts if it is dotted."""
    if key.type != "dotted_key":
        yield key
        return
    for part in key.named_children:
        yield from _split_key(part)


def _explain_error(error: str, text: str, file: str) -> Diagnostic:
    """Return the finding for an error message of tomllib."""
    lines = text.rstrip().split("\n")
    match = _TOMLLIB_MESSAGE.fullmatch(error)
    message = match["message"] if match else error
    number, column = (int(match["line"]), int(match["column"])) if match and match["line"] else (len(lines), 1)
    line_text = lines[min(number, len(lines)) - 1]
    if _DUPLICATE.match(message):
        column = count_indent(line_text) + 1
    line = line_text.strip()[:_LONGEST_LINE]
    location = Location(file=file, line=number, column=column)
    hint = next(hint for pattern, hint in _HINTS if re.search(pattern, f"{message}|{line}", re.DOTALL))
    hint = _suggest_date(line) or hint
    # A message must not contain a secret.
    shown_line = f"{re.split('[=:]', line)[0]}= …" if looks_secret(line) else line
    # About a duplicate, tomllib prints a Python tuple, and the hint says the same.
    reason = "" if _DUPLICATE.match(message) else f" ({shorten(message)})"
    return make_error("S001", f"this line is not valid: {shorten(shown_line)}{reason}", hint, location)


def _suggest_date(line: str) -> str | None:
    """Return a hint for a line whose value is a date in another format, or None."""
    match = _DATE.search(line)
    value = match["value"].strip() if match else ""
    problem = parse_moment(value, ZoneInfo("UTC"), time())
    is_date = read_dates(value) or re.match(r"\d{4}-\d\d-\d\d", value)
    return problem.hint if isinstance(problem, Problem) and is_date else None


def _reject_nesting(where: Location) -> Diagnostic:
    hint = "use fewer nested brackets, and fewer dots in a key"
    return make_error("S001", "tables and lists are nested too deeply", hint, where)


def _reject_number(text: str, file: str) -> Diagnostic:
    match = _HUGE_NUMBER.search(text)
    location = Positions(text, file).locate(match.start() if match else 0)
    return make_error("S001", "this number has too many digits", "write a smaller number", location)
