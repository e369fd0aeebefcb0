"""Parse front matter into a tree of values: YAML for structured keys, plain text for all other keys."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import yaml

from podcastkit.diagnostics import Location
from podcastkit.text.quoting import shorten
from podcastkit.text.schema.values import INVISIBLE_CHARACTER, SYNTAX, Untyped, Value, join_name
from podcastkit.text.syntax.positions import find_line_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from podcastkit.text.schema.values import Findings

_MAX_DEPTH = 8
_KEY = re.compile(r"(?P<key>[^\W\d][\w-]*)[ \t]*:(?:\s+(?P<rest>.*)|$)", re.DOTALL)
_SIMPLE_LINE = re.compile(
    r"(?:(?P<key>[A-Za-z_][A-Za-z0-9_]*): +"
    r"(?P<words>[A-Za-z0-9](?:[A-Za-z0-9_.+-]|:(?=[A-Za-z0-9])| +(?=[^ ]))*))? *"
)
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]{0,2}(?:\s+#.*)?")
# Characters that PyYAML refuses, and line separators at which PyYAML would count a new line and editors do not.
_UNREADABLE = re.compile("[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED = (
    (re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), '\\"', '"'),
    (re.compile(r"'((?:[^']|'')*)'", re.DOTALL), "''", "'"),
    (re.compile(r"[“”„\"]([^“”„\"]*)[“”\"]", re.DOTALL), "", ""),
    (re.compile(r"[\u2018']([^\u2018\u2019']*)[\u2019']", re.DOTALL), "", ""),
)

_NUMBERED = re.compile(r"(?<!\\)(?:\\u[0-9A-Fa-f]{4})+")

# Texts in the messages of PyYAML, and their hints. The first match counts.
_HINTS = (
    ("'\\t'", "indent with spaces instead of tabs"),
    ("expected ',' or ']'", "end the list with ], and put text that contains a comma in quotes"),
    ("expected ',' or '}'", "end the table with }, and put text that contains a comma in quotes"),
    (
        "",
        (
            'a line must be key: value; put text in quotes if it has ": " or " #" in it, '
            "or begins with a character such as * & ! % @ [ {"
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of front matter and its number in the file."""

    number: int
    text: str
    written: str | None = None
    """The original line in the file, if spaces after its first colon were changed."""

    def column(self, index: int) -> int:
        """Return the column in the file, from 1, of a character of `text`."""
        is_moved = self.written is not None and index > self.text.find(":")
        return index + 1 + (len(self.written or "") - len(self.text) if is_moved else 0)


class _Mark(Protocol):
    line: int
    index: int


class _InvalidYamlError(Exception):
    def __init__(self, event: yaml.Event, message: str, hint: str) -> None:
        super().__init__(message)
        self.mark = event.start_mark
        self.message = message
        self.hint = hint


def read_yaml(
    lines: Sequence[Line], file: str, findings: Findings, *, structured: AbstractSet[str], known: AbstractSet[str]
) -> Value:
    """Return the values of front matter as one table. Invalid parts are left out and add findings (E001, E007).

    The values of `structured` keys are YAML without tags, anchors and aliases. The value of every other key is the
    plain rest of its line, with the indented lines below it. Every scalar is `Untyped`. An indented line that looks
    like one of the `known` keys is an error.
    """
    sheet = _Sheet(lines, file, findings)
    texts, rest = _extract_texts(sheet, structured, known)
    data = _merge_values(texts, _read_structured(sheet, rest), findings)
    start = lines[0].number if lines else 1
    return Value(name="", data=data, location=Location(file=file, line=start, column=1))


def unquote(text: str) -> str:
    r"""Remove a pair of straight or curly quotes around the whole text.

    In double quotes, `\u` escapes are decoded as in JSON: `"caf\u00e9"`.
    """
    for pattern, escape, meaning in _QUOTED:
        if match := pattern.fullmatch(text):
            inner = match[1].replace(escape, meaning) if escape else match[1]
            return _NUMBERED.sub(lambda numbers: json.loads(f'"{numbers[0]}"'), inner) if escape == '\\"' else inner
    return text


class _Sheet:
    """The lines of front matter with their locations, and the findings about them."""

    def __init__(self, lines: Sequence[Line], file: str, findings: Findings) -> None:
        self.lines = [line.text for line in lines]
        self.findings = findings
        self._lines = lines
        self._file = file

    def locate(self, index: int, column: int) -> Location:
        line = self._lines[index]
        return Location(file=self._file, line=line.number, column=line.column(column))

    def add_error(self, where: Location, message: str, hint: str) -> None:
        self.findings.error(SYNTAX, where, message, hint)


def _extract_texts(
    sheet: _Sheet, structured: AbstractSet[str], known: AbstractSet[str]
) -> tuple[list[Value], list[str]]:
    """Return the plain text values, and the lines for YAML with blank lines in place of the plain text."""
    texts: list[Value] = []
    rest = list(sheet.lines)
    index = 0
    while index < len(rest):
        match = _KEY.fullmatch(rest[index])
        start, index = index, index + 1
        if match is None or match["key"] in structured or _BLOCK_SCALAR.fullmatch(match["rest"] or ""):
            continue
        index = _find_end_of_text(sheet, index, known)
        text = _fold_lines([match["rest"] or "", *rest[start + 1 : index]])
        name = join_name("", match["key"])
        texts.append(Value(name=name, data=Untyped(unquote(text)), location=sheet.locate(start, 0)))
        rest[start:index] = [""] * (index - start)
    return texts, rest


def _find_end_of_text(sheet: _Sheet, start: int, known: AbstractSet[str]) -> int:
    end = start
    for index in range(start, len(sheet.lines)):
        text = sheet.lines[index]
        if text.strip():
            if not text[0].isspace():
                break
            _report_indented_key(sheet, index, known)
            end = index + 1
    return end


def _report_indented_key(sheet: _Sheet, index: int, known: AbstractSet[str]) -> None:
    text = sheet.lines[index].lstrip()
    match = _KEY.fullmatch(text)
    if match and match["key"] in known:
        message = f"{match['key']} is indented, so it is part of the text above"
        hint = (
            f"remove the spaces before {match['key']}; if the line belongs to a longer text, write | after the key "
            "of the text, as in summary: |"
        )
        sheet.add_error(sheet.locate(index, len(sheet.lines[index]) - len(text)), message, hint)


def _fold_lines(lines: Sequence[str]) -> str:
    """Join lines as YAML does: a single line break becomes a space, and several become one fewer."""
    text = "\n".join(line.strip() for line in lines).strip()
    return re.sub(r"\n+", lambda breaks: breaks[0][1:] or " ", text)


def _merge_values(texts: Sequence[Value], structured: Sequence[Value], findings: Findings) -> dict[str, Value]:
    data: dict[str, Value] = {}
    for value in sorted((*texts, *structured), key=lambda value: value.location.line or 0):
        first = data.setdefault(value.name, value)
        if first is not value:
            _report_duplicate_key(value.name, value.location, first.location, findings)
    return data


def _report_duplicate_key(name: str, location: Location, first: Location, findings: Findings) -> None:
    message = f"{name} is here twice, first in line {first.line}"
    findings.error(SYNTAX, location, message, "remove one of them")


def _read_structured(sheet: _Sheet, rest: Sequence[str]) -> list[Value]:
    lines = [_remove_invisible(sheet, index, line) for index, line in enumerate(rest)]
    if (simple := _read_simple(sheet, lines)) is not None:
        return simple
    tree = _Tree(sheet, lines)
    try:
        return tree.read()
    except _InvalidYamlError as error:
        sheet.add_error(tree.locate(error.mark), error.message, error.hint)
    except yaml.MarkedYAMLError as error:
        sheet.add_error(*tree.explain(error))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML passes invalid escapes ("\U99999999") and version numbers to chr() and int() without a check.
        message = f"the front matter is not valid: {shorten(str(error))}"
        sheet.add_error(sheet.locate(0, 0), message, _HINTS[-1][1])
    return []


def _read_simple(sheet: _Sheet, lines: Sequence[str]) -> list[Value] | None:
    """Read lines of the simple form `key: words` without PyYAML; None if any line has another form."""
    values = {}
    for index, line in enumerate(lines):
        match = _SIMPLE_LINE.fullmatch(line)
        if match is None or match["key"] in values:
            return None
        if key := match["key"]:
            values[key] = Value(name=key, data=Untyped(match["words"]), location=sheet.locate(index, 0))
    return list(values.values())


def _remove_invisible(sheet: _Sheet, index: int, text: str) -> str:
    for match in _UNREADABLE.finditer(text):
        message = f"the invisible character U+{ord(match[0]):04X} was removed"
        sheet.findings.warn(INVISIBLE_CHARACTER, sheet.locate(index, match.start()), message, "delete it")
    return _UNREADABLE.sub(" ", text)


class _Tree:
    """Build values from the events of PyYAML. Its composer would follow aliases and could recurse forever.

    The lines have spaces in place of invisible characters, so the marks of PyYAML fit the lines of the file.
    """

    def __init__(self, sheet: _Sheet, lines: Sequence[str]) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse("\n".join(lines), Loader=yaml.SafeLoader))
        self._sheet = sheet
        self._lines = lines
        self._starts = find_line_starts(lines)

    def read(self) -> list[Value]:
        next(self._events)  # start of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return []
        event = next(self._events)
        if not isinstance(event, yaml.MappingStartEvent) or self.locate(event.start_mark).column != 1:
            message = f"this line is not valid in front matter: {self._show_line(event.start_mark)}"
            hint = "begin each line with its key, without spaces before it, as in title: Planning Time"
            raise _InvalidYamlError(event, message, hint)
        root = self._build_value(event, "", 0)
        next(self._events)  # end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _InvalidYamlError(after, "a second document begins here", "remove this line")
        return list(root.data.values()) if isinstance(root.data, dict) else []

    def locate(self, mark: _Mark | None) -> Location:
        """Return the location of a mark in the file."""
        index = self._get_line_index(mark)
        # The column of a mark does not count byte order marks, so compute it from the index.
        column = min(mark.index - self._starts[index], len(self._lines[index])) if mark else 0
        return self._sheet.locate(index, column)

    def explain(self, error: yaml.MarkedYAMLError) -> tuple[Location, str, str]:
        """Return the location, message and hint for an error of PyYAML."""
        within_brackets = "flow" in (error.context or "")
        mark = (error.context_mark if within_brackets else None) or error.problem_mark
        problem = error.problem or "not valid"
        hint = next(hint for sign, hint in _HINTS if sign in problem)
        message = f"this line is not valid: {self._show_line(mark)} ({shorten(problem)})"
        return self.locate(mark), message, hint

    def _get_line_index(self, mark: _Mark | None) -> int:
        return min(mark.line, len(self._lines) - 1) if mark else 0

    def _show_line(self, mark: _Mark | None) -> str:
        return shorten(self._sheet.lines[self._get_line_index(mark)].strip())

    def _build_value(self, event: yaml.Event, name: str, depth: int, location: Location | None = None) -> Value:
        _refuse_special_syntax(event, depth)
        location = location or self.locate(event.start_mark)
        match event:
            case yaml.SequenceStartEvent():
                return Value(name=name, data=self._build_items(name, depth + 1), location=location)
            case yaml.MappingStartEvent():
                return Value(name=name, data=self._build_table(name, depth + 1), location=location)
            case yaml.ScalarEvent():
                text = event.value if event.style else unquote(event.value)
                return Value(name=name, data=Untyped(text), location=location)
            case _:
                raise _make_sign_error(event, "*")

    def _build_items(self, name: str, depth: int) -> tuple[Value, ...]:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._build_value(event, join_name(name, len(items)), depth))
        return tuple(items)

    def _build_table(self, name: str, depth: int) -> dict[str, Value]:
        table: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            _refuse_special_syntax(event, depth)
            if not isinstance(event, yaml.ScalarEvent):
                raise _InvalidYamlError(
                    event, "a key must be a plain word", "remove the brackets or other marks around it"
                )
            location = self.locate(event.start_mark)
            below = self._build_value(next(self._events), join_name(name, event.value), depth, location)
            if event.value in table:
                _report_duplicate_key(below.name, location, table[event.value].location, self._sheet.findings)
            table.setdefault(event.value, below)
        return table


def _refuse_special_syntax(event: yaml.Event, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise _InvalidYamlError(event, "lists and tables are nested too deeply", "use fewer nested brackets")
    if getattr(event, "anchor", None) is not None and not isinstance(event, yaml.AliasEvent):
        raise _make_sign_error(event, "&")
    if getattr(event, "tag", None) is not None:
        raise _make_sign_error(event, "!")


def _make_sign_error(event: yaml.Event, sign: str) -> _InvalidYamlError:
    message = f"a value that begins with {sign} has a special meaning in YAML, which is not allowed here"
    return _InvalidYamlError(event, message, "put the value in quotes")
