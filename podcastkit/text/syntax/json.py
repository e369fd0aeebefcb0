"""JSON as texts of unknown origin hold it: strictly read, and with the places that the parser does not tell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Python's parser says, and what it means for whoever edits the file.
_REASONS = (
    ("Expecting ',' delimiter", "a comma is missing before this"),
    ("Expecting ':' delimiter", "a colon is missing before this"),
    ("Expecting property name", "a name between straight double quotes is missing here"),
    ("Unterminated string", "the text that begins here has no double quote at its end"),
    ("Invalid control character", "a text has no double quote at the end of its line"),
    ("Invalid \\", "a backslash in a text must be written twice"),
    ("Extra data", "everything is said already before this"),
    ("", "this is neither a text between straight double quotes nor a number, nor true, false or null"),
)
_COMMA = "a comma stands behind the last entry"
_HALF = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class NoJsonError(ValueError):
    """The text is not JSON; `position` (from 0) is where, when that is known."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position


def parse_json(text: str) -> object:
    """Return the value of a JSON text (RFC 8259: without NaN and Infinity); raise NoJsonError when it is none."""
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NoJsonError(*_explain(error, text)) from error
    except NoJsonError:
        raise
    except ValueError as error:  # Python's limit of digits
        raise NoJsonError("a number in it has thousands of digits") from error
    except RecursionError as error:
        raise NoJsonError("its lists and objects are nested too deeply") from error
    return value


def write_json(value: object) -> str:
    """Write a value as JSON; half of a surrogate pair stays an escape, because UTF-8 cannot carry it."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def entry_positions(text: str, *keys: str) -> list[int]:
    """Return where each entry of a list begins, in JSON that is known to hold it where these keys lead to."""
    return [position for _, position in _values(text, find_value(text, *keys))]


def find_value(text: str, *keys: str, start: int = 0) -> int:
    """Return where the value begins that these keys lead to, or else the last that they do lead to.

    `start` is where the value begins in which the first key is looked for; the text is known to be JSON.
    """
    position = _skip(text, start)
    for key in keys:
        found = find_member_positions(text, position)
        if key not in found:
            break
        position = found[key]
    return position


def find_member_positions(text: str, start: int) -> dict[str, int]:
    """Return where each value begins in the object that begins here, by its key; none in what is no object."""
    if text[start] != "{":
        return {}
    # Of several under one key, the parser takes the last.
    return {key: position for key, position in _values(text, start) if key is not None}


def _explain(error: json.JSONDecodeError, text: str) -> tuple[str, int]:
    """Return what is wrong in the words of people, the same for every Python, and where."""
    before = text[: error.pos].rstrip()
    if text[error.pos : error.pos + 1] in {"]", "}"} and before.endswith(","):
        return _COMMA, len(before) - 1
    if error.msg.startswith("Illegal trailing comma"):  # as Python says from 3.13 on
        return _COMMA, error.pos
    if error.pos >= len(text.rstrip()):
        return "it ends too early", error.pos
    return next(reason for said, reason in _REASONS if error.msg.startswith(said)), error.pos


def _refuse_constant(name: str) -> object:
    raise NoJsonError(f"{name} is no number in JSON")


def _values(text: str, position: int) -> Iterator[tuple[str | None, int]]:
    """Yield the key (None in a list) and the position of each value in the object or list that begins here."""
    is_object = text[position] == "{"
    position = _skip(text, position + 1)
    while text[position] not in "}]":
        key = None
        if is_object:
            key, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        yield key, position
        _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
