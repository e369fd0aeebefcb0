"""What the texts and attributes of tags may be: forms, limits and lists of words."""

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
    """What the text or an attribute of a tag may be."""

    of: str | None = None
    """The field of the model's value that it is written from; None: it has the attribute's own name."""
    is_needed: bool = False
    limit: int | None = None
    """Characters."""
    is_right: Callable[[str], bool] | None = None
    wanted: str = ""
    """What is right, as an instruction can name it."""
    is_address: bool = False
    is_html: bool = False


def needed(value: Value) -> Value:
    """Return the same for a value that a tag must have."""
    return replace(value, is_needed=True)


def require(*attributes: str) -> dict[str, Value]:
    """Return attributes that a tag must have, and that may say anything."""
    return dict.fromkeys(attributes, Value(is_needed=True))


def one_of(*words: str, wanted: str | None = None) -> Value:
    """Return what one of these words is, whatever its letters' case."""
    known = {word.lower() for word in words}
    return Value(is_right=lambda value: value.lower() in known, wanted=wanted or _name_any(words))


def _name_any(words: Sequence[str]) -> str:
    few = 2
    return " or ".join(words) if len(words) <= few else f"one of {', '.join(words)}"


def _type_of(*types: str, also: tuple[str, ...] = ()) -> Value:
    return Value(
        is_right=lambda value: read_media_type(value) in {*types, *also},
        wanted=_name_any(types),
        is_needed=True,
    )


def _like(pattern: str, wanted: str) -> Value:
    return Value(is_right=lambda value: re.fullmatch(pattern, value) is not None, wanted=wanted)


def _parsed(parse: Callable[[str], str | Problem], wanted: str) -> Value:
    return Value(is_right=lambda value: not isinstance(parse(value), Problem), wanted=wanted)


def _is_iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


ANYTHING: Final = Value()
HTML: Final = Value(is_html=True)
NAME: Final = Value(limit=255)
"""A text as PSP-1 limits it, where nothing else is said."""
LABEL: Final = Value(limit=LABEL_LIMIT)
SHORT: Final = Value(limit=SHORT_TITLE)
LONG: Final = Value(limit=LONG_TEXT)
URL: Final = Value(is_address=True)
WHOLE: Final = _like("[0-9]{1,18}", "a whole number")
DECIMAL: Final = _like(r"[0-9]{1,18}(\.[0-9]{1,18})?", "a number")
RATIO: Final = _like(r"[0-9.]{1,9}\s*[/:]\s*[0-9.]{1,9}|[0-9.]{1,9}", "a ratio as in 16/9")
NUMBER: Final = _like(r"(?=[0-9]{1,18}\Z)0*[1-9][0-9]*", "digits alone, or remove the tag")
BOOLEAN: Final = one_of("true", "false")
YES_NO: Final = one_of("yes", "no")
GUID: Final = _parsed(parse_feed_guid, "the UUID of a show")
LANGUAGE: Final = _parsed(parse_language, "the code of a language")
GEO: Final = _parsed(parse_geo, "a place as in geo:34.05,-118.24")
OSM: Final = _parsed(parse_osm, "a number of OpenStreetMap as in R207359")
COUNTRY: Final = _parsed(parse_country, "the two letters of a country")
DATE: Final = Value(
    is_right=lambda value: read_date(value) is not None, wanted="a date as in Thu, 05 Sep 2024 06:00:00 +0000"
)
RSS_DATE: Final = replace(DATE, wanted="it as in Thu, 05 Sep 2024 06:00:00 +0000")
ISO_DATE: Final = Value(is_right=_is_iso, wanted="a date as in 2024-09-05T06:00:00Z")
EPISODE_TYPE: Final = Value(
    is_right=lambda value: value in {"full", "trailer", "bonus"}, wanted="full, trailer or bonus"
)
CHAPTERS_TYPE: Final = _type_of("application/json+chapters")
TRANSCRIPT_TYPE: Final = _type_of(
    *("text/plain", "text/html", "text/vtt", "application/json", "application/x-subrip"),
    also=("application/srt", "text/srt"),  # Apple reads it, too (support page 5316)
)
