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
# Patterns of quoted text, the escape for a quote inside the text, and the meaning of the escape.
_QUOTED = (
    (re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), '\\"', '"'),
    (re.compile(r"'((?:[^']|'')*)'", re.DOTALL), "''", "'"),
    (re.compile(r"[“”„\"]([^“”„\"]*)[“”\"]", re.DOTALL), "", ""),
    (re.compile(r"[\u2018']([^\u2018\u2019']*)[\u2019']", re.DOTALL), "", ""),
)

_UNICODE_ESCAPES = re.compile(r"(?<!\\)(?:\\u[0-9A-Fa-f]{4})+")

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

    def find_column(self, index: int) -> int:
        """Return the column in the file, from 1, of the character at an index of `text`."""
        is_moved = self.written is not None and index > self.text.find(":")
        return index + 1 + (len(self.written or "") - len(self.text) if is_moved else 0)


class _Mark(Protocol):
    """A position in PyYAML: the line, and the index in the whole text. Both count from 0."""

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
    source = _Source(lines, file, findings)
    texts, yaml_lines = _extract_texts(source, structured, known)
    data = _merge_values(texts, _read_structured(source, yaml_lines), findings)
    first_line = lines[0].number if lines else 1
    return Value(name="", data=data, location=Location(file=file, line=first_line, column=1))


def unquote(text: str) -> str:
    r"""Remove a pair of straight or curly quotes around the whole text.

    In double quotes, `\u` escapes are decoded as in JSON: `"caf\u00e9"`.
    """
    for pattern, escape, meaning in _QUOTED:
        if match := pattern.fullmatch(text):
            inner = match[1].replace(escape, meaning) if escape else match[1]
            has_json_escapes = escape == '\\"'
            return _UNICODE_ESCAPES.sub(_decode_escapes, inner) if has_json_escapes else inner
    return text


def _decode_escapes(match: re.Match[str]) -> str:
    return str(json.loads(f'"{match[0]}"'))


class _Source:
    """The lines of front matter with their locations, and the findings about the lines."""

    def __init__(self, lines: Sequence[Line], file: str, findings: Findings) -> None:
        self.lines = [line.text for line in lines]
        self.findings = findings
        self._lines = lines
        self._file = file

    def locate(self, index: int, position: int) -> Location:
        """Return the location of a character, by the index of its line and its position in the line (from 0)."""
        line = self._lines[index]
        return Location(file=self._file, line=line.number, column=line.find_column(position))

    def add_error(self, where: Location, message: str, hint: str) -> None:
        self.findings.error(SYNTAX, where, message, hint)


def _extract_texts(
    source: _Source, structured: AbstractSet[str], known: AbstractSet[str]
) -> tuple[list[Value], list[str]]:
    """Return the plain text values, and the lines for YAML with blank lines in place of the plain text."""
    texts: list[Value] = []
    yaml_lines = list(source.lines)
    index = 0
    while index < len(yaml_lines):
        match = _KEY.fullmatch(yaml_lines[index])
        start, index = index, index + 1
        if match is None or match["key"] in structured or _BLOCK_SCALAR.fullmatch(match["rest"] or ""):
            continue
        index = _find_end_of_text(source, index, known)
        text = _fold_lines([match["rest"] or "", *yaml_lines[start + 1 : index]])
        name = join_name("", match["key"])
        texts.append(Value(name=name, data=Untyped(unquote(text)), location=source.locate(start, 0)))
        yaml_lines[start:index] = [""] * (index - start)
    return texts, yaml_lines


def _find_end_of_text(source: _Source, start: int, known: AbstractSet[str]) -> int:
    """Return the index after the indented lines of a text; add an error for each line like a known key."""
    end = start
    for index in range(start, len(source.lines)):
        text = source.lines[index]
        if text.strip():
            if not text[0].isspace():
                break
            _report_indented_key(source, index, known)
            end = index + 1
    return end


def _report_indented_key(source: _Source, index: int, known: AbstractSet[str]) -> None:
    text = source.lines[index].lstrip()
    match = _KEY.fullmatch(text)
    if match and match["key"] in known:
        message = f"{match['key']} is indented, so it is part of the text above"
        hint = (
            f"remove the spaces before {match['key']}; if the line belongs to a longer text, write | after the key "
            "of the text, as in summary: |"
        )
        source.add_error(source.locate(index, len(source.lines[index]) - len(text)), message, hint)


def _fold_lines(lines: Sequence[str]) -> str:
    """Join lines as YAML does: a single line break becomes a space, and one of several line breaks is removed."""
    text = "\n".join(line.strip() for line in lines).strip()
    return re.sub(r"\n+", lambda breaks: breaks[0][1:] or " ", text)


def _merge_values(texts: Sequence[Value], structured: Sequence[Value], findings: Findings) -> dict[str, Value]:
    """Return the values by key in the order of the file; add an error for each repeated key."""
    data: dict[str, Value] = {}
    for value in sorted((*texts, *structured), key=lambda value: value.location.line or 0):
        first = data.setdefault(value.name, value)
        if first is not value:
            _report_duplicate_key(value.name, value.location, first.location, findings)
    return data


def _report_duplicate_key(name: str, location: Location, first: Location, findings: Findings) -> None:
    message = f"{name} is in the front matter twice, first in line {first.line}"
    findings.error(SYNTAX, location, message, "remove one of them")


def _read_structured(source: _Source, yaml_lines: Sequence[str]) -> list[Value]:
    """Read the values of YAML; after a syntax error, add a finding and return an empty list."""
    lines = [_replace_invisible(source, index, line) for index, line in enumerate(yaml_lines)]
    if (simple_values := _read_simple(source, lines)) is not None:
        return simple_values
    tree = _Tree(source, lines)
    try:
        return tree.read()
    except _InvalidYamlError as error:
        source.add_error(tree.locate(error.mark), error.message, error.hint)
    except yaml.MarkedYAMLError as error:
        source.add_error(*tree.explain(error))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML passes invalid escapes ("\U99999999") and version numbers to chr() and int() without a check.
        message = f"the front matter is not valid: {shorten(str(error))}"
        source.add_error(source.locate(0, 0), message, _HINTS[-1][1])
    return []


def _read_simple(source: _Source, lines: Sequence[str]) -> list[Value] | None:
    """Read lines of the simple form `key: words` without PyYAML, or return None if any line has another form."""
    values = {}
    for index, line in enumerate(lines):
        match = _SIMPLE_LINE.fullmatch(line)
        if match is None or match["key"] in values:
            return None
        if key := match["key"]:
            values[key] = Value(name=key, data=Untyped(match["words"]), location=source.locate(index, 0))
    return list(values.values())


def _replace_invisible(source: _Source, index: int, text: str) -> str:
    """Replace invisible characters with spaces, so the columns stay the same; add a warning for each."""
    for match in _UNREADABLE.finditer(text):
        message = f"the invisible character U+{ord(match[0]):04X} was replaced with a space"
        source.findings.warn(INVISIBLE_CHARACTER, source.locate(index, match.start()), message, "delete it")
    return _UNREADABLE.sub(" ", text)


class _Tree:
    """Build values from the events of PyYAML. Its composer would follow aliases and could recurse forever.

    The lines have spaces in place of invisible characters, so the marks of PyYAML fit the lines of the file.
    """

    def __init__(self, source: _Source, lines: Sequence[str]) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse("\n".join(lines), Loader=yaml.SafeLoader))
        self._source = source
        self._lines = lines
        self._starts = find_line_starts(lines)

    def read(self) -> list[Value]:
        """Return the values of all keys. Raises `_InvalidYamlError`, or an error of PyYAML."""
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
        return self._source.locate(index, column)

    def explain(self, error: yaml.MarkedYAMLError) -> tuple[Location, str, str]:
        """Return the location, message and hint for an error of PyYAML."""
        # For an error inside brackets, show the line where the brackets begin.
        within_brackets = "flow" in (error.context or "")
        mark = (error.context_mark if within_brackets else None) or error.problem_mark
        problem = error.problem or "not valid"
        hint = next(hint for phrase, hint in _HINTS if phrase in problem)
        message = f"this line is not valid: {self._show_line(mark)} ({shorten(problem)})"
        return self.locate(mark), message, hint

    def _get_line_index(self, mark: _Mark | None) -> int:
        return min(mark.line, len(self._lines) - 1) if mark else 0

    def _show_line(self, mark: _Mark | None) -> str:
        return shorten(self._source.lines[self._get_line_index(mark)].strip())

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
            value = self._build_value(next(self._events), join_name(name, event.value), depth, location)
            if event.value in table:
                _report_duplicate_key(value.name, location, table[event.value].location, self._source.findings)
            table.setdefault(event.value, value)
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
