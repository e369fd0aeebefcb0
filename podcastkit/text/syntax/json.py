"""Parse untrusted JSON strictly, and find the positions of values, which the standard parser does not report."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The beginnings of messages of Python's parser, and our messages for people who edit the file.
_REASONS = (
    ("Expecting ',' delimiter", "a comma is missing before this"),
    ("Expecting ':' delimiter", "a colon is missing before this"),
    ("Expecting property name", "a name between straight double quotes is missing here"),
    ("Unterminated string", "the text that begins here has no double quote at its end"),
    ("Invalid control character", "a text has no double quote at the end of its line"),
    ("Invalid \\", "a backslash in a text must be written twice"),
    ("Extra data", "the value is already complete before this"),
    ("", "this is not a text in straight double quotes, a number, true, false or null"),
)
_TRAILING_COMMA = "there is a comma after the last entry"
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class InvalidJsonError(ValueError):
    """A text is not valid JSON; `position` counts from 0 and is None if it is unknown."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position


def parse_json(text: str) -> object:
    """Parse JSON (RFC 8259, without NaN and Infinity); raise InvalidJsonError if it is not valid."""
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InvalidJsonError(*_explain_error(error, text)) from error
    except InvalidJsonError:
        raise
    except ValueError as error:  # Python limits the number of digits
        raise InvalidJsonError("a number has thousands of digits") from error
    except RecursionError as error:
        raise InvalidJsonError("the lists and objects are nested too deeply") from error
    return value


def write_json(value: object) -> str:
    """Serialize a value as JSON. A lone surrogate stays an escape, because UTF-8 cannot encode it."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def find_entry_positions(text: str, *keys: str) -> list[int]:
    """Return the position of each entry of the list at a path of keys; the text must contain this list."""
    return [position for _, position in _iterate_values(text, find_value_position(text, *keys))]


def find_value_position(text: str, *keys: str, start: int = 0) -> int:
    """Return the position of the value at a path of keys. The text must be valid JSON.

    If a key is missing, the result is the position of the last value that exists. `start` is the position of the
    object that contains the first key.
    """
    position = _skip_spaces(text, start)
    for key in keys:
        found = find_member_positions(text, position)
        if key not in found:
            break
        position = found[key]
    return position


def find_member_positions(text: str, start: int) -> dict[str, int]:
    """Return the position of each value in the object at `start`, by key; empty if it is not an object."""
    if text[start] != "{":
        return {}
    # If a key is repeated, the last value counts, as it does for the parser.
    return {key: position for key, position in _iterate_values(text, start) if key is not None}


def _explain_error(error: json.JSONDecodeError, text: str) -> tuple[str, int]:
    """Return a readable message, which is the same in all versions of Python, and the position."""
    text_before = text[: error.pos].rstrip()
    if text[error.pos : error.pos + 1] in {"]", "}"} and text_before.endswith(","):
        return _TRAILING_COMMA, len(text_before) - 1
    if error.msg.startswith("Illegal trailing comma"):  # since Python 3.13
        return _TRAILING_COMMA, error.pos
    if error.pos >= len(text.rstrip()):
        return "the file ends too early", error.pos
    return next(reason for start, reason in _REASONS if error.msg.startswith(start)), error.pos


def _refuse_constant(name: str) -> object:
    raise InvalidJsonError(f"{name} is not a number in JSON")


def _iterate_values(text: str, position: int) -> Iterator[tuple[str | None, int]]:
    """Yield the key (None in a list) and the position of each value in the object or list at `position`."""
    is_object = text[position] == "{"
    position = _skip_spaces(text, position + 1)
    while text[position] not in "}]":
        key = None
        if is_object:
            key, position = _DECODER.raw_decode(text, position)
            position = _skip_spaces(text, _skip_spaces(text, position) + 1)  # skip the colon
        yield key, position
        _, position = _DECODER.raw_decode(text, position)
        position = _skip_spaces(text, position)
        if text[position] == ",":
            position = _skip_spaces(text, position + 1)


def _skip_spaces(text: str, position: int) -> int:
    """Return the position of the first character that is not a space or line end."""
    match = _SPACE.match(text, position)
    return match.end() if match else position
