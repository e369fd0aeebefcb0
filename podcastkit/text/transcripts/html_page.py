"""An HTML transcript as it may be published on a show's own domain: without what a browser would run or load.

What is harmless stays byte for byte. Every tag of the result is one of `_TAGS` with attributes of `_ATTRIBUTES`, in
a form that all browsers read in the same way, so that nothing depends on how a parser mends broken HTML.
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
"""Further ones begin with data- or aria-."""
_ADDRESSES = split_names("href cite")
_WITH_ALL = "|".join(sorted(DROPPED_TAGS - {"title"}))
_VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`][^\s"'<>`]*)"""
_ATTRIBUTE = re.compile(rf"\s+([a-z][a-z0-9:-]*)(?:\s*=\s*({_VALUE}))?", re.IGNORECASE | re.ASCII)
_PLAIN = re.compile(
    rf"""
    <style(?:\s+type\s*=\s*{_VALUE})?\s*>(?P<css>[^<]*)</style>
    | <(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?P<attributes>(?:\s+[a-z][a-z0-9:-]*(?:\s*=\s*{_VALUE})?)*)\s*/?>
    | <!doctype\s[^<>]*> | <!--[^<>]*--> | <\?xml\s[^<>]*\?> | <(?=[\ \t\n0-9=])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""What begins with `<` and is read by every browser in the same way."""
_ANY = re.compile(
    rf"""
    <!--.*?(?:-->|\Z) | <(?P<whole>{_WITH_ALL})\b.*?(?:</(?P=whole)\b[^<>]*>?|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][^\s/<>]*)(?P<attributes>(?:[^"'<>]|"[^"]*"|'[^']*')*)>? | <[!?/][^<>]*>?
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_LOOSE_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Some of them switch to another encoding, in which the tags are other ones."""
_SPACE = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LOADING_STYLE = re.compile(r"url|src|image|import|expression|behaviou?r|[\\<]|/\*|@(?!media\b)", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*(?!utf-?8)", re.IGNORECASE)
_MOST_NAMED = 6
_LONGEST_NAMED = 30


def clean_page(source: str, file: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return an HTML transcript without what a browser would run or load; T110 warns of what that was."""
    parts: list[str] = []
    removed: Counter[str] = Counter()
    first = position = 0
    while position < len(source):
        end = source.find("<", position)
        parts.append(_CONTROL.sub("", source[position : end if end >= 0 else len(source)]))
        if end < 0:
            break
        part, lost, position = _clean_token(source, end)
        parts.append(part)
        first = end if lost and not removed else first
        removed.update(lost)
    if not removed:
        return "".join(parts), ()
    message = f"{file} contains what browsers would run, load or not know: {_list_names(removed)}"
    hint = "it is published without that; export it as WebVTT, or as HTML with <cite>, <time> and <p> alone"
    return "".join(parts), (make_warning("T110", message, hint, Positions(source, file).locate(first)),)


def _clean_token(source: str, start: int) -> tuple[str, list[str], int]:
    """Return what stays of what begins with `<`, what is removed, and where it ends."""
    plain = _PLAIN.match(source, start)
    if plain and _is_harmless(plain):
        return plain[0], [], plain.end()
    token = _ANY.match(source, start)
    if token is None:
        return "&lt;", [], start + 1
    tag = (token["whole"] or token["tag"] or "").lower()
    if token["whole"] or tag not in _TAGS:
        return "", [f"<{_show(tag)}>"] if tag and not token["end"] else [], token.end()
    if token["end"]:
        return f"</{tag}>", [], token.end()
    kept, lost = _clean_attributes(tag, token["attributes"])
    return "" if tag == "meta" else f"<{tag}{kept}>", lost, token.end()


def _is_harmless(plain: re.Match[str]) -> bool:
    if _CONTROL.search(plain[0]):
        return False
    if plain["css"] is not None:
        return not _LOADING_STYLE.search(plain["css"])
    if plain["tag"] is None:
        return True
    tag = plain["tag"].lower()
    if tag not in _TAGS or tag == "style":
        return False
    return all(
        _is_kept(tag, name.lower(), _read_value(value)) for name, value in _ATTRIBUTE.findall(plain["attributes"])
    )


def _clean_attributes(tag: str, written: str) -> tuple[str, list[str]]:
    kept, lost = "", []
    for spelled, value in _LOOSE_ATTRIBUTE.findall(written):
        name, read = spelled.lower(), _read_value(value)
        if _is_kept(tag, name, read):
            kept += f' {name}="{html.escape(_CONTROL.sub("", read))}"' if value else f" {name}"
        else:
            lost.append(_describe_attribute(name, read))
    return kept, [*filter(None, lost)]


def _is_kept(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES and not re.fullmatch(r"(?:data|aria)-[a-z0-9-]+", name):
        return False
    if name in _ADDRESSES:
        scheme = _SCHEME.match(_SPACE.sub("", value))
        return scheme is None or scheme[1].lower() in SCHEMES
    if name == "style":
        return not _LOADING_STYLE.search(value)
    if name == "http-equiv":
        return value.lower() == "content-type"
    return not (tag == "meta" and _CHARSET.search(f"{name}={value}"))


def _describe_attribute(name: str, value: str) -> str | None:
    """Name a removed attribute, unless it only says in which encoding a page was."""
    if name in _ADDRESSES:
        return f"a link to {_show(value)}"
    if name in {"charset", "content"}:
        return None
    return f"{_show(name)}={_show(value)}"


def _show(text: str) -> str:
    visible = "".join(re.findall(r"[!-~]+", text))
    return visible if len(visible) <= _LONGEST_NAMED else f"{visible[:_LONGEST_NAMED]}…"


def _read_value(written: str) -> str:
    is_quoted = written[:1] in {'"', "'"}
    return html.unescape(written[1:-1] if is_quoted else written)


def _list_names(removed: Counter[str]) -> str:
    named = [name if count == 1 else f"{name} ({count} times)" for name, count in removed.most_common(_MOST_NAMED)]
    more = len(removed) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
