"""Sanitize HTML transcripts, which are published on the domain of the show.

Scripts, and everything that a browser would load, are removed; harmless HTML is unchanged, byte for byte. The
result contains only the tags in `_TAGS` with the attributes in `_ATTRIBUTES`. All browsers read them in the same
way, so the result does not depend on how a parser repairs broken HTML.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from podcastkit.diagnostics import make_warning
from podcastkit.text.notes.html_tree import (
    BLOCK_TAGS,
    DROPPED_TAGS,
    INLINE_TAGS,
    SCHEMES,
    SEPARATING_TAGS,
    split_names,
)
from podcastkit.text.syntax.positions import Positions

if TYPE_CHECKING:
    from podcastkit.diagnostics import Diagnostic

_TAGS = (INLINE_TAGS | BLOCK_TAGS | SEPARATING_TAGS - {"form"}) | split_names(
    "html head body title meta style cite time span font sup sub small big mark q abbr acronym del ins strike kbd "
    "var samp dfn bdi bdo wbr tt data ruby rt rp col colgroup hgroup menu"
)
_ATTRIBUTES = split_names(
    "id class lang xml:lang xmlns dir title role style href hreflang rel target cite datetime start reversed value "
    "colspan rowspan scope align valign width height border cellpadding cellspacing bgcolor color face size open "
    "charset name content property http-equiv itemprop itemscope itemtype tabindex hidden translate"
)
"""Attributes that begin with data- or aria- are allowed too."""
_ADDRESS_ATTRIBUTES = split_names("href cite")
_DROPPED_WITH_CONTENT = "|".join(sorted(DROPPED_TAGS - {"title"}))
_VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`][^\s"'<>`]*)"""
_ATTRIBUTE = re.compile(rf"\s+([a-z][a-z0-9:-]*)(?:\s*=\s*({_VALUE}))?", re.IGNORECASE | re.ASCII)
_UNAMBIGUOUS = re.compile(
    rf"""
    <style(?:\s+type\s*=\s*{_VALUE})?\s*>(?P<css>[^<]*)</style>
    | <(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?P<attributes>(?:\s+[a-z][a-z0-9:-]*(?:\s*=\s*{_VALUE})?)*)\s*/?>
    | <!doctype\s[^<>]*> | <!--[^<>]*--> | <\?xml\s[^<>]*\?> | <(?=[\ \t\n0-9=])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""A tag, comment or `<` that all browsers read in the same way."""
_ANY_TOKEN = re.compile(
    rf"""
    <!--.*?(?:-->|\Z) | <(?P<whole>{_DROPPED_WITH_CONTENT})\b.*?(?:</(?P=whole)\b[^<>]*>?|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][^\s/<>]*)(?P<attributes>(?:[^"'<>]|"[^"]*"|'[^']*')*)>? | <[!?/][^<>]*>?
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_LOOSE_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Some of these characters switch to another encoding, in which the bytes can be other tags."""
_SPACE = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LOADING_STYLE = re.compile(r"url|src|image|import|expression|behaviou?r|[\\<]|/\*|@(?!media\b)", re.IGNORECASE)
"""CSS that can load a file or run code, or that hides such CSS in an escape or a comment."""
_OTHER_CHARSET = re.compile(r"charset\s*=\s*(?!utf-?8)", re.IGNORECASE)
"""An encoding other than UTF-8."""
_MAX_NAMES = 6
_MAX_NAME_LENGTH = 30


def clean_page(source: str, file: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """Remove content that a browser would run or load from an HTML transcript. The warning T110 lists it."""
    parts: list[str] = []
    removed: Counter[str] = Counter()
    first_removed = position = 0
    while position < len(source):
        tag_start = source.find("<", position)
        parts.append(_CONTROL_CHARACTER.sub("", source[position : tag_start if tag_start >= 0 else len(source)]))
        if tag_start < 0:
            break
        part, removed_parts, position = _clean_token(source, tag_start)
        parts.append(part)
        first_removed = tag_start if removed_parts and not removed else first_removed
        removed.update(removed_parts)
    if not removed:
        return "".join(parts), ()
    message = f"{file} contains HTML that is unsafe or unknown: {_list_names(removed)}"
    hint = "this content is not published; export the file as WebVTT, or as HTML with only <cite>, <time> and <p>"
    return "".join(parts), (make_warning("T110", message, hint, Positions(source, file).locate(first_removed)),)


def _clean_token(source: str, start: int) -> tuple[str, list[str], int]:
    """Clean the token that begins with `<` at `start`; return its clean form, the removed parts, and its end."""
    unambiguous = _UNAMBIGUOUS.match(source, start)
    if unambiguous and _is_harmless_token(unambiguous):
        return unambiguous[0], [], unambiguous.end()
    token = _ANY_TOKEN.match(source, start)
    if token is None:
        return "&lt;", [], start + 1
    tag = (token["whole"] or token["tag"] or "").lower()
    if token["whole"] or tag not in _TAGS:
        return "", [f"<{_shorten(tag)}>"] if tag and not token["end"] else [], token.end()
    if token["end"]:
        return f"</{tag}>", [], token.end()
    kept, removed = _clean_attributes(tag, token["attributes"])
    return "" if tag == "meta" else f"<{tag}{kept}>", removed, token.end()


def _is_harmless_token(token: re.Match[str]) -> bool:
    if _CONTROL_CHARACTER.search(token[0]):
        return False
    if token["css"] is not None:
        return not _LOADING_STYLE.search(token["css"])
    if token["tag"] is None:
        return True
    tag = token["tag"].lower()
    if tag not in _TAGS or tag == "style":
        return False
    return all(
        _is_allowed_attribute(tag, name.lower(), _read_value(value))
        for name, value in _ATTRIBUTE.findall(token["attributes"])
    )


def _clean_attributes(tag: str, source: str) -> tuple[str, list[str]]:
    """Return the allowed attributes as HTML, and a description of each removed attribute."""
    kept, removed = "", []
    for written_name, written_value in _LOOSE_ATTRIBUTE.findall(source):
        name, value = written_name.lower(), _read_value(written_value)
        if _is_allowed_attribute(tag, name, value):
            kept += f' {name}="{html.escape(_CONTROL_CHARACTER.sub("", value))}"' if written_value else f" {name}"
        else:
            removed.append(_describe_attribute(name, value))
    return kept, [*filter(None, removed)]


def _is_allowed_attribute(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES and not re.fullmatch(r"(?:data|aria)-[a-z0-9-]+", name):
        return False
    if name in _ADDRESS_ATTRIBUTES:
        scheme = _SCHEME.match(_SPACE.sub("", value))
        return scheme is None or scheme[1].lower() in SCHEMES
    if name == "style":
        return not _LOADING_STYLE.search(value)
    if name == "http-equiv":
        return value.lower() == "content-type"
    return not (tag == "meta" and _OTHER_CHARSET.search(f"{name}={value}"))


def _describe_attribute(name: str, value: str) -> str | None:
    """Describe a removed attribute for T110; return None if the attribute only states the encoding of the page."""
    if name in _ADDRESS_ATTRIBUTES:
        return f"a link to {_shorten(value)}"
    if name in {"charset", "content"}:
        return None
    return f"{_shorten(name)}={_shorten(value)}"


def _shorten(text: str) -> str:
    """Return the visible ASCII characters of a text, at most `_MAX_NAME_LENGTH` of them."""
    visible = "".join(re.findall(r"[!-~]+", text))
    return visible if len(visible) <= _MAX_NAME_LENGTH else f"{visible[:_MAX_NAME_LENGTH]}…"


def _read_value(written: str) -> str:
    is_quoted = written[:1] in {'"', "'"}
    return html.unescape(written[1:-1] if is_quoted else written)


def _list_names(removed: Counter[str]) -> str:
    listed = [name if count == 1 else f"{name} ({count} times)" for name, count in removed.most_common(_MAX_NAMES)]
    unlisted = len(removed) - len(listed)
    return ", ".join(listed) + (f" and {unlisted} more" if unlisted else "")
