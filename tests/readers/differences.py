"""Known differences between the fields of a feed and the results of a reader, with their reasons.

All of them are caused by the reader. A test fails if a difference no longer exists.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.readers.fields import Reading


class Difference(NamedTuple):
    """A difference in some fields. `as_read` converts the value of a field; it also receives all fields."""

    reader: str
    fields: str
    reason: str
    as_read: Callable[[Any, Reading], Any]


def _make_differences(readers: str, *rows: tuple[str, str, Callable[[Any, Reading], Any]]) -> Iterator[Difference]:
    for reader in readers.split():
        for row in rows:
            yield Difference(reader, *row)


def predict_reading(reader: str, fields: Reading, differences: Iterable[Difference] | None = None) -> Reading:
    """Return the result to expect from a reader. Values that cannot be predicted are `ANY`."""
    result = dict(fields)
    for difference in DIFFERENCES if differences is None else differences:
        if difference.reader == reader:
            for field in difference.fields.split():
                result[field] = difference.as_read(result[field], fields)
    return result


def _change_texts(change: Callable[[str], Any]) -> Callable[[Any, Reading], Any]:
    """Return an `as_read` that changes every text in a field, including nested ones."""

    def read(value: Any, fields: Reading) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list | tuple):
            return type(value)(read(each, fields) for each in value)
        return value

    return read


def _change_items(change: Callable[[Any], Any]) -> Callable[[Any, Reading], Any]:
    """Return an `as_read` that changes the value of each episode."""
    return lambda values, _: [change(value) for value in values]


def _strip_as_python(text: str) -> str | None:
    return text.strip() or None


_JAVASCRIPT_BLANKS = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # noqa: E501 - ECMA-262, 12.2 and 12.3


def _strip_as_javascript(text: str) -> str | None:
    return text.strip(_JAVASCRIPT_BLANKS) or None


def _merge_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def _merge_spaces_in_lines(text: str) -> str:
    return re.sub(r"[^\S\r\n]+", " ", text.strip())


def _decode_as_utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _decode_as_windows_1252(text: str) -> str:
    """Replace C1 control characters with the characters that Windows-1252 has at their positions."""
    return "".join(
        bytes([ord(each)]).decode("cp1252", errors="replace").replace("\ufffd", each)
        if "\x80" <= each <= "\x9f"
        else each
        for each in text
    )


_NUMBER = re.compile(r"[-+]?(0[xob][0-9a-f]+|[0-9.]+(e[-+]?[0-9]+)?)|true|false|infinity", re.IGNORECASE)


def _decode_entities(text: str) -> Any:
    plain = html.unescape(text).strip(_JAVASCRIPT_BLANKS)
    # Numbers and numeric references are returned in too many forms to predict.
    return ANY if _NUMBER.fullmatch(plain) or "&#" in text else plain or None


def _merge_spaces_as_partytime(text: Any) -> Any:
    return text if text is ANY else re.sub(f"[{_JAVASCRIPT_BLANKS}]{{2,}}", " ", re.sub("\r\n|\n|\r", " ", text))


def _escape_line_breaks(text: str) -> str:
    """Write tabs and line breaks as character references, as the feed contains them."""
    return text.translate({ord(each): f"&#{ord(each)};" for each in "\t\n\r"})


def _replace_subrip_type(text: str) -> str:
    return "application/srt" if text == "application/x-subrip" else text


def _remove_comments(text: str) -> str | None:
    return re.sub("<!--.*?-->", "", text, flags=re.DOTALL) or None


def _prefer_summary(descriptions: list[str | None], fields: Reading) -> list[str | None]:
    return [summary or text for summary, text in zip(fields["items.summary"], descriptions, strict=True)]


def _choose_plain_description(descriptions: list[str | None], fields: Reading) -> list[Any]:
    """Return the description of podcastparser: the summary, or a description without tags, or its own text."""
    first = _prefer_summary(descriptions, fields)
    return [ANY if text is None or "<" in text else _merge_spaces_in_lines(text) for text in first]


def _expect_any_for_summary(texts: list[str | None], fields: Reading) -> list[Any]:
    summaries = fields["items.summary"]
    return [ANY if text is None and summaries[index] else text for index, text in enumerate(texts)]


def _expect_any_for_markup(text: str) -> Any:
    return ANY if re.search(r"<[^>\s]|&", text) else text


def _expect_any_for_several_names(text: str) -> Any:
    return ANY if re.search("[,()]", text) else text


def _flatten_categories(categories: list[str], _: Reading) -> list[str]:
    """Return names and subcategories in one list without duplicates."""
    return list(dict.fromkeys(part for category in categories for part in category.split(" > ")))


def _get_last_url(rows: list[tuple[Any, ...]]) -> str | None:
    return rows[-1][0] if rows else None


def _change_rows(change: Callable[[tuple[Any, ...]], Any]) -> Callable[[Any, Reading], Any]:
    """Return an `as_read` that changes each row of an episode."""
    return _change_items(lambda rows: [change(row) for row in rows])


def _replace_missing_account(social: tuple[Any, ...]) -> tuple[Any, ...]:
    protocol, uri, account, *others = social
    return (protocol, uri, account or "", *others)


def _add_default_role(person: tuple[Any, ...]) -> tuple[Any, ...]:
    name, role, group, href, img = person
    return (name, role or "host", group or "cast", href, img)


def _capitalize_role(person: tuple[Any, ...]) -> tuple[Any, ...]:
    name, role, group, href, img = _add_default_role(person)
    return (_decode_entities(name), role.title(), group.title(), href, img)


def _get_first_place(places: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """Return the first place without rel and country."""
    return next(((_decode_entities(name), None, geo, osm, None) for name, _, geo, osm, _ in places), None)


def _round_to_second(mark: tuple[Any, ...]) -> tuple[Any, ...]:
    return (int(mark[0]), *mark[1:])


def _add_license_url(license_: tuple[str, str | None] | None) -> tuple[str, str | None] | None:
    known = {"CC-BY-4.0": "https://spdx.org/licenses/CC-BY-4.0.html"}
    return license_ and (license_[0], license_[1] or known.get(license_[0]))


_EPISODE = "items.title items.description items.notes"
_FEEDPARSERS = f"title description author {_EPISODE}"
_PARTYTIMES = f"title description copyright author owner txt funding {_EPISODE} items.summary"
_PARTYTIMES_LINES = "title description copyright items.title items.description"
_FEEDSMITHS = f"{_PARTYTIMES} people items.people items.txt items.number_display items.season_name items.marks"
_TRIM = "removes whitespace around texts"
_OLD_YES = "supports the old value yes, but not true"

DIFFERENCES = (
    *_make_differences(
        "podcastparser",
        ("title author owner items.title", "merges several spaces", _change_texts(_merge_spaces)),
        ("description", "merges several spaces, and keeps line breaks", _change_texts(_merge_spaces_in_lines)),
        ("items.notes", _TRIM, _change_texts(_strip_as_python)),
        ("items.notes", "uses a summary with tags as the notes if there are no notes", _expect_any_for_summary),
        ("items.description", "shows the summary, or a description without tags", _choose_plain_description),
        ("funding", "keeps only the last URL", lambda rows, _: _get_last_url(rows)),
        ("locked", "does not report the owner", lambda value, _: value[0]),
        (
            "items.transcripts",
            "keeps only the last URL",
            _change_items(lambda all_: all_[-1][0] if all_ else None),
        ),
        ("items.chapters", "keeps only the URL", _change_items(lambda file: file and file[0])),
        ("items.people", "fills in the default role and group of the namespace", _change_rows(_add_default_role)),
        ("items.marks", "rounds to whole seconds", _change_rows(_round_to_second)),
    ),
    *_make_differences(
        "feedparser reader",
        ("items.description", "shows the summary, which comes after the description", _prefer_summary),
        (_FEEDPARSERS, _TRIM, _change_texts(_strip_as_python)),
        (_FEEDPARSERS, "repairs text that looks like UTF-8 decoded as Latin-1", _change_texts(_decode_as_utf8)),
        (_FEEDPARSERS, "decodes C1 control characters as Windows-1252", _change_texts(_decode_as_windows_1252)),
    ),
    *_make_differences(
        "reader",
        (_FEEDPARSERS, "sanitizes texts with tags or entities", _change_texts(_expect_any_for_markup)),
        ("author", "ends a name at a comma", _change_texts(_expect_any_for_several_names)),
    ),
    *_make_differences(
        "feedparser",
        ("copyright owner", _TRIM, _change_texts(_strip_as_python)),
        ("copyright", "repairs text that looks like UTF-8 decoded as Latin-1", _change_texts(_decode_as_utf8)),
        ("copyright", "decodes C1 control characters as Windows-1252", _change_texts(_decode_as_windows_1252)),
        ("categories", "lists names and subcategories together", _flatten_categories),
        ("explicit", _OLD_YES, lambda *_: False),
        ("items.explicit", _OLD_YES, _change_items(lambda _: False)),
    ),
    *_make_differences(
        "partytime",
        (
            _PARTYTIMES,
            "decodes entities twice, and converts texts that look like numbers",
            _change_texts(_decode_entities),
        ),
        (_PARTYTIMES_LINES, "merges several spaces", _change_texts(_merge_spaces_as_partytime)),
        (
            "items.number_display items.season_name",
            "does not decode references in attributes",
            _change_texts(_escape_line_breaks),
        ),
        ("items.description", "uses the summary if there is no description", _expect_any_for_summary),
        (
            "people",
            "uses the spelling of the taxonomy",
            lambda people, _: [_capitalize_role(person) for person in people],
        ),
        ("items.people", "uses the spelling of the taxonomy", _change_rows(_capitalize_role)),
        ("items.transcripts", "uses another media type for SubRip", _change_texts(_replace_subrip_type)),
        ("places", "supports only one place, without rel and country", lambda places, _: _get_first_place(places)),
        ("items.places", "supports only one place, without rel and country", _change_items(_get_first_place)),
        ("publisher", "supports only the GUID and URL", lambda feed, _: feed and feed[:2]),
        ("items.social", "returns an empty text for a missing account", _change_rows(_replace_missing_account)),
        ("items.license", "fills in the URL of a known license", _change_items(_add_license_url)),
    ),
    *_make_differences(
        "feedsmith",
        (_FEEDSMITHS, _TRIM, _change_texts(_strip_as_javascript)),
        ("description items.description items.notes", "removes HTML comments", _change_texts(_remove_comments)),
    ),
)
"""All known differences. Fields that a reader does not report at all are not listed."""
