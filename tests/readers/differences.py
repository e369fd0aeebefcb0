"""Where a reader gives back something else than a feed tells it, each with its reason: none is the feed's doing.

A test holds each of them against what the reader really does, and fails when it has become needless.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.readers.telling import Reading


class Difference(NamedTuple):
    """What a reader makes of some fields: `as_read` takes what is told in one of them, and everything told."""

    reader: str
    fields: str
    reason: str
    as_read: Callable[[Any, Reading], Any]


def _of(readers: str, *rows: tuple[str, str, Callable[[Any, Reading], Any]]) -> Iterator[Difference]:
    for reader in readers.split():
        for row in rows:
            yield Difference(reader, *row)


def expected(reader: str, told: Reading, differences: Iterable[Difference] | None = None) -> Reading:
    """Return what the reader gives back when everything is as it should be; `ANY` is what nobody can foretell."""
    result = dict(told)
    for difference in DIFFERENCES if differences is None else differences:
        if difference.reader == reader:
            for field in difference.fields.split():
                result[field] = difference.as_read(result[field], told)
    return result


def _texts(change: Callable[[str], Any]) -> Callable[[Any, Reading], Any]:
    """Make an `as_read` that changes every text of a field, however deep it lies."""

    def read(value: Any, told: Reading) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list | tuple):
            return type(value)(read(each, told) for each in value)
        return value

    return read


def _items(change: Callable[[Any], Any]) -> Callable[[Any, Reading], Any]:
    """Make an `as_read` that changes the value of each episode."""
    return lambda values, _: [change(value) for value in values]


def _strip_as_python(text: str) -> str | None:
    return text.strip() or None


_JAVASCRIPT_BLANKS = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # noqa: E501 - ECMA-262, 12.2 and 12.3


def _strip_as_javascript(text: str) -> str | None:
    return text.strip(_JAVASCRIPT_BLANKS) or None


def _squash(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def _squash_lines(text: str) -> str:
    return re.sub(r"[^\S\r\n]+", " ", text.strip())


def _as_utf8_meant(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _as_windows_meant(text: str) -> str:
    """Take the C1 controls for what Windows-1252 has in their place."""
    return "".join(
        bytes([ord(each)]).decode("cp1252", errors="replace").replace("\ufffd", each)
        if "\x80" <= each <= "\x9f"
        else each
        for each in text
    )


_NUMBER = re.compile(r"[-+]?(0[xob][0-9a-f]+|[0-9.]+(e[-+]?[0-9]+)?)|true|false|infinity", re.IGNORECASE)


def _unescape(text: str) -> Any:
    plain = html.unescape(text).strip(_JAVASCRIPT_BLANKS)
    # What looks like a number or holds references by number comes back in too many ways to tell.
    return ANY if _NUMBER.fullmatch(plain) or "&#" in text else plain or None


def _squash_as_partytime(text: Any) -> Any:
    return text if text is ANY else re.sub(f"[{_JAVASCRIPT_BLANKS}]{{2,}}", " ", re.sub("\r\n|\n|\r", " ", text))


def _refer(text: str) -> str:
    """Write the blanks that XML would take for a space as references, as they stand in the feed."""
    return text.translate({ord(each): f"&#{ord(each)};" for each in "\t\n\r"})


def _srt(text: str) -> str:
    return "application/srt" if text == "application/x-subrip" else text


def _without_comments(text: str) -> str | None:
    return re.sub("<!--.*?-->", "", text, flags=re.DOTALL) or None


def _summary_first(descriptions: list[str | None], told: Reading) -> list[str | None]:
    return [summary or text for summary, text in zip(told["items.summary"], descriptions, strict=True)]


def _plain_description(descriptions: list[str | None], told: Reading) -> list[Any]:
    """Tell podcastparser's: the summary, else a description without tags; else it makes one of its own."""
    first = _summary_first(descriptions, told)
    return [ANY if text is None or "<" in text else _squash_lines(text) for text in first]


def _or_summary(texts: list[str | None], told: Reading) -> list[Any]:
    summaries = told["items.summary"]
    return [ANY if text is None and summaries[index] else text for index, text in enumerate(texts)]


def _cleaned(text: str) -> Any:
    return ANY if re.search(r"<[^>\s]|&", text) else text


def _one_name(text: str) -> Any:
    return ANY if re.search("[,()]", text) else text


def _flat(categories: list[str], _: Reading) -> list[str]:
    """Return names and subcategories one after the other, each once."""
    return list(dict.fromkeys(part for category in categories for part in category.split(" > ")))


def _last_address(rows: list[tuple[Any, ...]]) -> str | None:
    return rows[-1][0] if rows else None


def _each(change: Callable[[tuple[Any, ...]], Any]) -> Callable[[Any, Reading], Any]:
    """Make an `as_read` that changes each of the rows that an episode has in a field."""
    return _items(lambda rows: [change(row) for row in rows])


def _with_account(social: tuple[Any, ...]) -> tuple[Any, ...]:
    protocol, uri, account, *others = social
    return (protocol, uri, account or "", *others)


def _filled_in(person: tuple[Any, ...]) -> tuple[Any, ...]:
    name, role, group, href, img = person
    return (name, role or "host", group or "cast", href, img)


def _capital(person: tuple[Any, ...]) -> tuple[Any, ...]:
    name, role, group, href, img = _filled_in(person)
    return (_unescape(name), role.title(), group.title(), href, img)


def _first_place(places: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """Return the first, without rel and country."""
    return next(((_unescape(name), None, geo, osm, None) for name, _, geo, osm, _ in places), None)


def _whole_second(mark: tuple[Any, ...]) -> tuple[Any, ...]:
    return (int(mark[0]), *mark[1:])


def _with_address(licence: tuple[str, str | None] | None) -> tuple[str, str | None] | None:
    known = {"CC-BY-4.0": "https://spdx.org/licenses/CC-BY-4.0.html"}
    return licence and (licence[0], licence[1] or known.get(licence[0]))


_EPISODE = "items.title items.description items.notes"
_FEEDPARSERS = f"title description author {_EPISODE}"
_PARTYTIMES = f"title description copyright author owner txt funding {_EPISODE} items.summary"
_PARTYTIMES_LINES = "title description copyright items.title items.description"
_FEEDSMITHS = f"{_PARTYTIMES} people items.people items.txt items.number_display items.season_name items.marks"
_TRIM = "removes blanks around texts"
_OLD_YES = "knows yes, the word of old, and not true"

DIFFERENCES = (
    *_of(
        "podcastparser",
        ("title author owner items.title", "makes one blank of several", _texts(_squash)),
        ("description", "makes one blank of several, and keeps the lines", _texts(_squash_lines)),
        ("items.notes", _TRIM, _texts(_strip_as_python)),
        ("items.notes", "takes a summary with tags for the notes when there are none", _or_summary),
        ("items.description", "shows the summary, else a description without tags", _plain_description),
        ("funding", "keeps an address alone, the last one", lambda rows, _: _last_address(rows)),
        ("locked", "does not tell who locked it", lambda value, _: value[0]),
        (
            "items.transcripts",
            "keeps an address alone, the last one",
            _items(lambda all_: all_[-1][0] if all_ else None),
        ),
        ("items.chapters", "keeps the address alone", _items(lambda file: file and file[0])),
        ("items.people", "fills in role and group as the namespace has it", _each(_filled_in)),
        ("items.marks", "counts whole seconds", _each(_whole_second)),
    ),
    *_of(
        "feedparser reader",
        ("items.description", "shows the summary, which stands behind the description", _summary_first),
        (_FEEDPARSERS, _TRIM, _texts(_strip_as_python)),
        (_FEEDPARSERS, "mends what looks like UTF-8 that was taken for Latin-1", _texts(_as_utf8_meant)),
        (_FEEDPARSERS, "takes C1 control characters for Windows-1252", _texts(_as_windows_meant)),
    ),
    *_of(
        "reader",
        (_FEEDPARSERS, "cleans what has tags or entities", _texts(_cleaned)),
        ("author", "takes a comma for the end of a name", _texts(_one_name)),
    ),
    *_of(
        "feedparser",
        ("copyright owner", _TRIM, _texts(_strip_as_python)),
        ("copyright", "mends what looks like UTF-8 that was taken for Latin-1", _texts(_as_utf8_meant)),
        ("copyright", "takes C1 control characters for Windows-1252", _texts(_as_windows_meant)),
        ("categories", "tells names and subcategories in one row", _flat),
        ("explicit", _OLD_YES, lambda *_: False),
        ("items.explicit", _OLD_YES, _items(lambda _: False)),
    ),
    *_of(
        "partytime",
        (_PARTYTIMES, "decodes entities twice, and takes what looks like one for a number", _texts(_unescape)),
        (_PARTYTIMES_LINES, "makes one blank of several", _texts(_squash_as_partytime)),
        ("items.number_display items.season_name", "leaves references in attributes as they are", _texts(_refer)),
        ("items.description", "takes the summary for the description when there is none", _or_summary),
        ("people", "has the names of the taxonomy", lambda people, _: [_capital(person) for person in people]),
        ("items.people", "has the names of the taxonomy", _each(_capital)),
        ("items.transcripts", "has another name for SubRip", _texts(_srt)),
        ("places", "knows one, without rel and country", lambda places, _: _first_place(places)),
        ("items.places", "knows one, without rel and country", _items(_first_place)),
        ("publisher", "knows only where it is", lambda feed, _: feed and feed[:2]),
        ("items.social", "has an empty text for an account that is missing", _each(_with_account)),
        ("items.license", "fills in the address of a licence that it knows", _items(_with_address)),
    ),
    *_of(
        "feedsmith",
        (_FEEDSMITHS, _TRIM, _texts(_strip_as_javascript)),
        ("description items.description items.notes", "leaves HTML comments out", _texts(_without_comments)),
    ),
)
"""Every difference. What looks like one of a field that a reader does not report at all is none."""
