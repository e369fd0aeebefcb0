"""Front matter as a tree of values: YAML for what is nested, the rest of the line for what is a text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import yaml

from podcastkit.diagnostics import Location
from podcastkit.text.quoting import shorten
from podcastkit.text.schema.values import INVISIBLE_CHARACTER, SYNTAX, Untyped, Value, join_name
from podcastkit.text.syntax.positions import line_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from podcastkit.text.schema.values import Findings

_DEEPEST = 8
_KEY = re.compile(r"(?P<key>[^\W\d][\w-]*)[ \t]*:(?:\s+(?P<rest>.*)|$)", re.DOTALL)
_SIMPLE_LINE = re.compile(
    r"(?:(?P<key>[A-Za-z_][A-Za-z0-9_]*): +"
    r"(?P<words>[A-Za-z0-9](?:[A-Za-z0-9_.+-]|:(?=[A-Za-z0-9])| +(?=[^ ]))*))? *"
)
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]{0,2}(?:\s+#.*)?")
# What PyYAML refuses, and what it would take for the end of a line and so count lines otherwise than editors do.
_UNREADABLE = re.compile("[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED = (
    (re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), '\\"', '"'),
    (re.compile(r"'((?:[^']|'')*)'", re.DOTALL), "''", "'"),
    (re.compile(r"[“”„\"]([^“”„\"]*)[“”\"]", re.DOTALL), "", ""),
    (re.compile(r"[\u2018']([^\u2018\u2019']*)[\u2019']", re.DOTALL), "", ""),
)

_NUMBERED = re.compile(r"(?<!\\)(?:\\u[0-9A-Fa-f]{4})+")

# What to look for in PyYAML's problem, and the cure. The first that fits is shown.
_CURES = (
    ("'\\t'", "indent with spaces instead of tabs"),
    ("expected ',' or ']'", "end the list with ], and put a text that holds a comma between quotes"),
    ("expected ',' or '}'", "end the table with }, and put a text that holds a comma between quotes"),
    ("", 'a line is key: value; put a text that holds ": " or " #", or begins with a sign, between quotes'),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of front matter and its number in the file."""

    number: int
    text: str
    written: str | None = None
    """How the file has it, where it was tidied behind its first colon."""

    def column(self, index: int) -> int:
        """Return the column (from 1) of a character of the text in the file."""
        is_moved = self.written is not None and index > self.text.find(":")
        return index + 1 + (len(self.written or "") - len(self.text) if is_moved else 0)


class _Mark(Protocol):
    line: int
    index: int


class _UnreadableError(Exception):
    def __init__(self, event: yaml.Event, message: str, hint: str) -> None:
        super().__init__(message)
        self.mark = event.start_mark
        self.message = message
        self.hint = hint


def read_yaml(
    lines: Sequence[Line], file: str, findings: Findings, *, structured: AbstractSet[str], known: AbstractSet[str]
) -> Value:
    """Return the front matter's values as one table; what cannot be read is left out and found (E001, E007).

    Under the `structured` keys stands YAML, whose tags, anchors and aliases are refused. Every other key takes the
    rest of its line as it is, with the indented lines below. Every scalar is `Untyped`. A line that looks like
    one of the `known` keys is never taken for the continuation of a text.
    """
    sheet = _Sheet(lines, file, findings)
    texts, rest = _take_texts(sheet, structured, known)
    data = _merge(texts, _read_structured(sheet, rest), findings)
    start = lines[0].number if lines else 1
    return Value(name="", data=data, location=Location(file=file, line=start, column=1))


def unquote(text: str) -> str:
    r"""Remove one pair of straight or curly quotes around the whole text, if there is one.

    Between double quotes, characters may be written by their numbers, as JSON does: `"caf\u00e9"`.
    """
    for pattern, escape, meaning in _QUOTED:
        if match := pattern.fullmatch(text):
            inner = match[1].replace(escape, meaning) if escape else match[1]
            return _NUMBERED.sub(lambda numbers: json.loads(f'"{numbers[0]}"'), inner) if escape == '\\"' else inner
    return text


class _Sheet:
    """The lines with their places, and where to say what is wrong with them."""

    def __init__(self, lines: Sequence[Line], file: str, findings: Findings) -> None:
        self.lines = [line.text for line in lines]
        self.findings = findings
        self._lines = lines
        self._file = file

    def place(self, index: int, column: int) -> Location:
        line = self._lines[index]
        return Location(file=self._file, line=line.number, column=line.column(column))

    def refuse(self, where: Location, message: str, hint: str) -> None:
        self.findings.error(SYNTAX, where, message, hint)


def _take_texts(
    sheet: _Sheet, structured: AbstractSet[str], known: AbstractSet[str]
) -> tuple[list[Value], list[str]]:
    """Return the texts, and the lines that remain for YAML, blank where the texts stood."""
    texts: list[Value] = []
    rest = list(sheet.lines)
    index = 0
    while index < len(rest):
        match = _KEY.fullmatch(rest[index])
        start, index = index, index + 1
        if match is None or match["key"] in structured or _BLOCK_SCALAR.fullmatch(match["rest"] or ""):
            continue
        index = _end_of_text(sheet, index, known)
        text = _fold([match["rest"] or "", *rest[start + 1 : index]])
        name = join_name("", match["key"])
        texts.append(Value(name=name, data=Untyped(unquote(text)), location=sheet.place(start, 0)))
        rest[start:index] = [""] * (index - start)
    return texts, rest


def _end_of_text(sheet: _Sheet, start: int, known: AbstractSet[str]) -> int:
    end = start
    for index in range(start, len(sheet.lines)):
        text = sheet.lines[index]
        if text.strip():
            if not text[0].isspace():
                break
            _refuse_indented_key(sheet, index, known)
            end = index + 1
    return end


def _refuse_indented_key(sheet: _Sheet, index: int, known: AbstractSet[str]) -> None:
    text = sheet.lines[index].lstrip()
    match = _KEY.fullmatch(text)
    if match and match["key"] in known:
        message = f"{match['key']} is indented, so it would belong to the text above"
        hint = "remove the spaces before it; or, if it does belong to the text, begin that with |, as in summary: |"
        sheet.refuse(sheet.place(index, len(sheet.lines[index]) - len(text)), message, hint)


def _fold(lines: Sequence[str]) -> str:
    """Join lines as YAML does: one break is a space, of more breaks one is dropped."""
    text = "\n".join(line.strip() for line in lines).strip()
    return re.sub(r"\n+", lambda breaks: breaks[0][1:] or " ", text)


def _merge(texts: Sequence[Value], structured: Sequence[Value], findings: Findings) -> dict[str, Value]:
    data: dict[str, Value] = {}
    for value in sorted((*texts, *structured), key=lambda value: value.location.line or 0):
        first = data.setdefault(value.name, value)
        if first is not value:
            _refuse_twin(value.name, value.location, first.location, findings)
    return data


def _refuse_twin(name: str, location: Location, first: Location, findings: Findings) -> None:
    message = f"{name} stands twice, first in line {first.line}"
    findings.error(SYNTAX, location, message, "remove one of them")


def _read_structured(sheet: _Sheet, rest: Sequence[str]) -> list[Value]:
    lines = [_without_invisible(sheet, index, line) for index, line in enumerate(rest)]
    if (simple := _read_simple(sheet, lines)) is not None:
        return simple
    tree = _Tree(sheet, lines)
    try:
        return tree.read()
    except _UnreadableError as error:
        sheet.refuse(tree.place(error.mark), error.message, error.hint)
    except yaml.MarkedYAMLError as error:
        sheet.refuse(*tree.explain(error))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets impossible escapes ("\U99999999") and version numbers through to chr() and int().
        message = f"the front matter cannot be read: {shorten(str(error))}"
        sheet.refuse(sheet.place(0, 0), message, _CURES[-1][1])
    return []


def _read_simple(sheet: _Sheet, lines: Sequence[str]) -> list[Value] | None:
    """Read lines of `key: word`, as most front matter has them, at once; None when there is anything else."""
    values = {}
    for index, line in enumerate(lines):
        match = _SIMPLE_LINE.fullmatch(line)
        if match is None or match["key"] in values:
            return None
        if key := match["key"]:
            values[key] = Value(name=key, data=Untyped(match["words"]), location=sheet.place(index, 0))
    return list(values.values())


def _without_invisible(sheet: _Sheet, index: int, text: str) -> str:
    for match in _UNREADABLE.finditer(text):
        message = f"the invisible character U+{ord(match[0]):04X} was left out"
        sheet.findings.warn(INVISIBLE_CHARACTER, sheet.place(index, match.start()), message, "delete it")
    return _UNREADABLE.sub(" ", text)


class _Tree:
    """YAML's events as values. Not by its composer, which would follow aliases and recurse without end.

    The lines are as PyYAML reads them, with spaces for invisible characters; its marks are places on the sheet.
    """

    def __init__(self, sheet: _Sheet, lines: Sequence[str]) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse("\n".join(lines), Loader=yaml.SafeLoader))
        self._sheet = sheet
        self._lines = lines
        self._starts = line_starts(lines)

    def read(self) -> list[Value]:
        next(self._events)  # the beginning of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return []
        event = next(self._events)
        if not isinstance(event, yaml.MappingStartEvent) or self.place(event.start_mark).column != 1:
            message = f"this is not a line of front matter: {self._show_line(event.start_mark)}"
            hint = "begin each line at the left with its key, as in title: Planning Time"
            raise _UnreadableError(event, message, hint)
        root = self._build(event, "", 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _UnreadableError(after, "a second document begins here", "remove this line")
        return list(root.data.values()) if isinstance(root.data, dict) else []

    def place(self, mark: _Mark | None) -> Location:
        """Return where a mark is in the file."""
        index = self._line_of(mark)
        # A mark's column leaves out byte order marks.
        column = min(mark.index - self._starts[index], len(self._lines[index])) if mark else 0
        return self._sheet.place(index, column)

    def explain(self, error: yaml.MarkedYAMLError) -> tuple[Location, str, str]:
        """Return where an error of PyYAML is, what is wrong there, and the hint."""
        within_brackets = "flow" in (error.context or "")
        mark = (error.context_mark if within_brackets else None) or error.problem_mark
        problem = error.problem or "unreadable"
        hint = next(hint for sign, hint in _CURES if sign in problem)
        message = f"this line cannot be read: {self._show_line(mark)} ({shorten(problem)})"
        return self.place(mark), message, hint

    def _line_of(self, mark: _Mark | None) -> int:
        return min(mark.line, len(self._lines) - 1) if mark else 0

    def _show_line(self, mark: _Mark | None) -> str:
        return shorten(self._sheet.lines[self._line_of(mark)].strip())

    def _build(self, event: yaml.Event, name: str, depth: int, location: Location | None = None) -> Value:
        _refuse_tricks(event, depth)
        location = location or self.place(event.start_mark)
        match event:
            case yaml.SequenceStartEvent():
                return Value(name=name, data=self._build_items(name, depth + 1), location=location)
            case yaml.MappingStartEvent():
                return Value(name=name, data=self._build_table(name, depth + 1), location=location)
            case yaml.ScalarEvent():
                text = event.value if event.style else unquote(event.value)
                return Value(name=name, data=Untyped(text), location=location)
            case _:
                raise _refuse_sign(event, "*")

    def _build_items(self, name: str, depth: int) -> tuple[Value, ...]:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._build(event, join_name(name, len(items)), depth))
        return tuple(items)

    def _build_table(self, name: str, depth: int) -> dict[str, Value]:
        table: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            _refuse_tricks(event, depth)
            if not isinstance(event, yaml.ScalarEvent):
                raise _UnreadableError(
                    event, "a key must be a plain word", "remove the brackets or signs around it"
                )
            location = self.place(event.start_mark)
            below = self._build(next(self._events), join_name(name, event.value), depth, location)
            if event.value in table:
                _refuse_twin(below.name, location, table[event.value].location, self._sheet.findings)
            table.setdefault(event.value, below)
        return table


def _refuse_tricks(event: yaml.Event, depth: int) -> None:
    if depth > _DEEPEST:
        raise _UnreadableError(
            event, "lists and tables are nested too deeply", "write fewer brackets in each other"
        )
    if getattr(event, "anchor", None) is not None and not isinstance(event, yaml.AliasEvent):
        raise _refuse_sign(event, "&")
    if getattr(event, "tag", None) is not None:
        raise _refuse_sign(event, "!")


def _refuse_sign(event: yaml.Event, sign: str) -> _UnreadableError:
    message = f"a value that begins with {sign} has a meaning in YAML that is not allowed here"
    return _UnreadableError(event, message, "put it between quotes")
