"""Texts cut to a limit where a reader would pause."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from podcastkit.text.markup import read_html
from podcastkit.text.renditions import simplify, write_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from podcastkit.model import Text
    from podcastkit.text.markup import Element

DESCRIPTION_LIMIT = 4000
"""How many bytes a description may have (PSP-1, description)."""

_ELLIPSIS = "…"
_MORE = " …"
# A full stop behind one or two letters is more often an abbreviation's than a sentence's.
_SENTENCE_END = re.compile(r"""\n|(?:\w{3}|[)\]"'”’»])[.!?…]+[)\]"'”’»]*(?=\s)|[。！？]+[」』”’]*""")  # noqa: RUF001 - full-width marks end sentences too
# What the notes' own writer leaves as it is when it simplifies, since every block and tag in it is simple.
_SIMPLE = re.compile(r"""(?:(?:[^<]|</?(?:p|ul|ol|li|strong|em|b|i)>|<a\ href="[^"<>]*">|</a>)*)""", re.VERBOSE)
_JOINER = "\u200d"


def shorten(text: str, limit: int) -> str:
    """Return the text in at most `limit` bytes of UTF-8.

    A text that is too long ends with ` …` behind the last paragraph or sentence when that leaves more than half,
    else behind the last word, else behind the last whole character.
    """
    return _shorten(text, limit, _size)


def fit_description(text: Text, limit: int = DESCRIPTION_LIMIT) -> tuple[str, bool]:
    """Return simple HTML of at most `limit` bytes, and whether something had to be left out.

    What is too long loses whole blocks from its end; when not even the first fits, its words are shortened.
    """
    if _SIMPLE.fullmatch(text.html) and _size(text.html) <= limit:
        return text.html, False
    blocks = simplify(read_html(text.html))
    whole = write_html(blocks)
    if _size(whole) <= limit:
        return whole, False
    return _leading_blocks(blocks, limit) or _one_paragraph(text.plain, limit), True


def _leading_blocks(blocks: Sequence[Element], limit: int) -> str:
    parts = [write_html((block,)) for block in blocks]
    ends = accumulate(_size(part) + 1 for part in parts)
    return "\n".join(part for part, end in zip(parts, ends, strict=True) if end <= limit + 1)


def _one_paragraph(text: str, limit: int) -> str:
    shortened = _shorten(text, limit - len("<p></p>"), lambda part: _size(html.escape(part, quote=False)))
    return f"<p>{html.escape(shortened, quote=False)}</p>" if shortened else ""


def _size(text: str) -> int:
    return len(text.encode())


def _shorten(text: str, limit: int, size: Callable[[str], int]) -> str:
    """Shorten by a size that is the sum of the characters' sizes."""
    if size(text) <= limit:
        return text
    if limit < size(_MORE):
        return _ELLIPSIS if limit >= size(_ELLIPSIS) else ""
    longest = bisect_right(list(accumulate(map(size, text))), limit - size(_MORE))
    cut = text[: _cut(text, longest)].rstrip()
    return cut + _MORE if cut else _ELLIPSIS


def _cut(text: str, longest: int) -> int:
    """Return where to cut, at `longest` or before."""
    ends = [end for match in _SENTENCE_END.finditer(text, 0, longest + 1) if (end := match.end()) <= longest]
    if ends and ends[-1] * 2 >= longest:
        return ends[-1]
    if longest and (text[longest].isspace() or text[longest - 1].isspace()):
        return longest
    spaces = [match.start() for match in re.finditer(r"(?<=\S)\s", text[:longest])]
    return spaces[-1] if spaces else _character_end(text, longest)


def _character_end(text: str, longest: int) -> int:
    """Return the last place at or before `longest` that splits nothing that is drawn as one; else `longest`."""
    return next((end for end in range(longest, 0, -1) if not _is_inside_character(text, end)), longest)


def _is_inside_character(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    return (
        unicodedata.category(after).startswith("M")
        or _JOINER in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # the tags of a regional flag
        or _is_inside_flag(text, index)
    )


def _is_inside_flag(text: str, index: int) -> bool:
    """Tell whether an odd number of regional letters, of which two make a flag, stands before another."""
    letters = re.compile("[\U0001f1e6-\U0001f1ff]")
    count = 0
    while count < index and letters.match(text[index - 1 - count]):
        count += 1
    return count % 2 == 1 and letters.match(text[index]) is not None
