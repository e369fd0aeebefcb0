"""The allowed values of texts and attributes in tags: formats, limits and lists of words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from podcastkit.feed.dates import read_date
from podcastkit.text.languages import parse_language
from podcastkit.text.media_types import read_media_type
from podcastkit.text.problem import Problem
from podcastkit.text.schema.tables import (
    LABEL_LIMIT,
    LONG_TEXT,
    SHORT_TITLE,
    parse_country,
    parse_feed_guid,
    parse_geo,
    parse_osm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """The allowed values of the text or of an attribute of a tag."""

    field_name: str | None = None
    """The field of the model that contains the value. None if it has the same name as the XML attribute."""
    is_required: bool = False
    limit: int | None = None
    """The maximum number of characters."""
    is_valid: Callable[[str], bool] | None = None
    """Returns whether a value has the right format. None if all formats are valid."""
    expected: str = ""
    """A description of valid values that can follow "write", as in "a whole number"."""
    is_address: bool = False
    is_html: bool = False


def as_required(value: Value) -> Value:
    """Return a copy of a value that is required."""
    return replace(value, is_required=True)


def require_attributes(*attributes: str) -> dict[str, Value]:
    """Return required attributes that may have any value."""
    return dict.fromkeys(attributes, Value(is_required=True))


def one_of(*words: str, expected: str | None = None) -> Value:
    """Return a value that must be one of these words, in upper or lower case."""
    known = {word.lower() for word in words}
    return Value(is_valid=lambda value: value.lower() in known, expected=expected or _join_alternatives(words))


def _join_alternatives(words: Sequence[str]) -> str:
    pair = 2
    return " or ".join(words) if len(words) <= pair else f"one of {', '.join(words)}"


def _make_media_type(*types: str, also: tuple[str, ...] = ()) -> Value:
    """Return a required value that must be a media type: one to suggest, or one of `also`."""
    return Value(
        is_valid=lambda value: read_media_type(value) in {*types, *also},
        expected=_join_alternatives(types),
        is_required=True,
    )


def _make_pattern_value(pattern: str, expected: str) -> Value:
    return Value(is_valid=lambda value: re.fullmatch(pattern, value) is not None, expected=expected)


def _make_parsed_value(parse: Callable[[str], str | Problem], expected: str) -> Value:
    return Value(is_valid=lambda value: not isinstance(parse(value), Problem), expected=expected)


def _is_iso_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


ANYTHING: Final = Value()
HTML: Final = Value(is_html=True)
NAME: Final = Value(limit=255)
"""A text with the general limit of PSP-1."""
LABEL: Final = Value(limit=LABEL_LIMIT)
"""A text with the usual limit of the podcast namespace."""
SHORT: Final = Value(limit=SHORT_TITLE)
LONG: Final = Value(limit=LONG_TEXT)
URL: Final = Value(is_address=True)
WHOLE: Final = _make_pattern_value("[0-9]{1,18}", "a whole number")
"""0 or more."""
DECIMAL: Final = _make_pattern_value(r"[0-9]{1,18}(\.[0-9]{1,18})?", "a number")
RATIO: Final = _make_pattern_value(r"[0-9.]{1,9}\s*[/:]\s*[0-9.]{1,9}|[0-9.]{1,9}", "a ratio as in 16/9")
NUMBER: Final = _make_pattern_value(r"(?=[0-9]{1,18}\Z)0*[1-9][0-9]*", "only digits, or remove the tag")
"""A whole number of 1 or more."""
BOOLEAN: Final = one_of("true", "false")
YES_NO: Final = one_of("yes", "no")
GUID: Final = _make_parsed_value(parse_feed_guid, "the UUID of a show")
LANGUAGE: Final = _make_parsed_value(parse_language, "a language code")
GEO: Final = _make_parsed_value(parse_geo, "a place as in geo:34.05,-118.24")
OSM: Final = _make_parsed_value(parse_osm, "an OpenStreetMap ID as in R207359")
COUNTRY: Final = _make_parsed_value(parse_country, "a two-letter country code")
DATE: Final = Value(
    is_valid=lambda value: read_date(value) is not None, expected="a date as in Thu, 05 Sep 2024 06:00:00 +0000"
)
RSS_DATE: Final = replace(DATE, expected="the date as in Thu, 05 Sep 2024 06:00:00 +0000")
ISO_DATE: Final = Value(is_valid=_is_iso_date, expected="a date as in 2024-09-05T06:00:00Z")
EPISODE_TYPE: Final = Value(
    is_valid=lambda value: value in {"full", "trailer", "bonus"}, expected="full, trailer or bonus"
)
CHAPTERS_TYPE: Final = _make_media_type("application/json+chapters")
TRANSCRIPT_TYPE: Final = _make_media_type(
    *("text/plain", "text/html", "text/vtt", "application/json", "application/x-subrip"),
    also=("application/srt", "text/srt"),  # Apple also reads these (support page 5316)
)
