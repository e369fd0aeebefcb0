"""Shorten texts to a size limit at the end of a paragraph, sentence or word."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wcwidth import grapheme_boundary_before

from podcastkit.text.notes.html_tree import is_block, read_html
from podcastkit.text.notes.renderers import is_simple, simplify, write_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from podcastkit.model import Text
    from podcastkit.text.notes.html_tree import Node

DESCRIPTION_LIMIT = 4000
"""The largest size of a description in bytes (PSP-1, `description`; Apple, A Podcaster's Guide to RSS)."""

_ELLIPSIS = "…"
_SPACED_ELLIPSIS = " …"
_MOST_LAST_WORDS, _LONGEST_LAST_WORDS = 6, 60
"""The maximum numbers of words and characters in `Description.last_words`."""
# A full stop after one or two letters usually marks an abbreviation, not the end of a sentence.
_SENTENCE_END = re.compile(
    r"""(?=\n)|(?:(?:\w{3}|[)\]"'”’»])\.|[!?…])[.!?…]*[)\]"'”’»]*(?=\s)|[。！？।॥۔؟]+[」』”’]*"""  # noqa: RUF001 - punctuation of other scripts
)


class Description(NamedTuple):
    """A text as simple HTML within a size limit."""

    html: str
    size: int
    """The size in bytes of the whole text, before it was cut."""
    last_words: str | None = None
    """The last words before the cut, or None if nothing was cut."""


def shorten(text: str, limit: int) -> str:
    """Shorten a text to at most `limit` bytes of UTF-8.

    A text that is too long is cut, and ends with ` …`. The cut is after the last paragraph or sentence that fits,
    if the kept text uses at least half of the limit. Otherwise, the cut is after the last word that fits. If the
    first word is too long, the cut is after its last whole character that fits.
    """
    if _count_bytes(text) <= limit:
        return text
    room = limit - _count_bytes(_SPACED_ELLIPSIS)
    if room < 0:
        return _ELLIPSIS if limit >= _count_bytes(_ELLIPSIS) else ""
    kept_text = _cut_text(text, len(text.encode()[:room].decode(errors="ignore")))
    return kept_text + _SPACED_ELLIPSIS if kept_text else _ELLIPSIS


def fit_description(text: Text, limit: int = DESCRIPTION_LIMIT) -> Description:
    """Return a text as simple HTML of at most `limit` bytes: p, ol, ul, li, a, b, i, strong and em (PSP-1).

    A text that is too long is cut as in `shorten`, also inside a paragraph or list; all tags are closed. The ending
    of the text (the chapter list and the footer, or only the footer) remains after the cut, unless the ending takes
    more than half of the limit.
    """
    whole_html = _get_simple_html(text)
    size = _count_bytes(whole_html)
    if size <= limit:
        return Description(whole_html, size)
    ending = _find_ending(text, whole_html, limit // 2)
    description = _cut_html(whole_html.removesuffix(ending), size, limit - _count_bytes(ending))
    return description._replace(html=(description.html + ending).removeprefix("\n"))


def describe_notes(notes: Text) -> str:
    """Return the HTML of notes for feeds, cut to the size limit of descriptions."""
    return fit_description(notes).html


def _find_ending(text: Text, whole_html: str, limit: int) -> str:
    """Return the HTML of as many appended texts as fit, with a line feed before it, or an empty string."""
    if text.ending is None:
        return ""
    ending = "\n" + _get_simple_html(text.ending)
    if _count_bytes(ending) <= limit and whole_html.endswith(ending):
        return ending
    return _find_ending(text.ending, whole_html, limit)


def _get_simple_html(text: Text) -> str:
    if text.simple is not None:
        return text.simple
    return text.html if is_simple(text.html) else write_html(simplify(read_html(text.html)))


def _count_bytes(text: str) -> int:
    return len(text.encode())


def _cut_html(html: str, size: int, limit: int) -> Description:
    """Cut simple HTML to `limit` bytes. `size` is the size of the whole text, with its ending."""
    # A character takes at least one byte, so the first `limit` characters are enough.
    blocks, _ = _take_first(read_html(html), limit + 1)
    text = "".join(_list_texts_and_breaks(blocks))

    def measure_first(count: int) -> int:
        return _count_bytes(_write_first(blocks, count))

    # The largest number of characters that fit into `limit` bytes together with their tags.
    max_count = bisect_right(range(len(text)), limit, key=measure_first) - 1
    kept_text = _cut_text(text, max(max_count, 0))
    last_words = " ".join(kept_text.split()[-_MOST_LAST_WORDS:])[-_LONGEST_LAST_WORDS:]
    return Description(_write_first(blocks, len(kept_text)), size, last_words)


def _list_texts_and_breaks(nodes: Iterable[Node]) -> Iterator[str]:
    r"""Yield the texts, with a `\n` before each block. These are the characters that `_take_first` counts."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        else:
            yield "\n" * is_block(node)
            yield from _list_texts_and_breaks(node.children)


def _write_first(blocks: Iterable[Node], count: int) -> str:
    """Write the first `count` characters of a tree as HTML, with an ellipsis."""
    kept, _ = _take_first(blocks, count)
    return write_html(filter(is_block, _add_ellipsis(kept))) if kept else ""


def _take_first(nodes: Iterable[Node], count: int) -> tuple[tuple[Node, ...], int]:
    """Return the first `count` characters of a tree, and how many are missing (0 or less if all are there)."""
    kept: list[Node] = []
    for node in nodes:
        if count <= 0:
            break
        if isinstance(node, str):
            kept.append(node[:count])
            count -= len(node)
        else:
            children, count = _take_first(node.children, count - is_block(node))
            kept += [replace(node, children=children)] if children else []
    return tuple(kept), count


def _add_ellipsis(blocks: Sequence[Node]) -> tuple[Node, ...]:
    """Append an ellipsis to the last, innermost block."""
    if not blocks or not is_block(last := blocks[-1]):
        return (*blocks, _SPACED_ELLIPSIS)
    return (*blocks[:-1], replace(last, children=_add_ellipsis(last.children)))


def _cut_text(text: str, max_length: int) -> str:
    """Cut a text to at most `max_length` characters, as `shorten` describes."""
    return text[: _find_end(text, max_length)].rstrip()


def _find_end(text: str, max_length: int) -> int:
    """Return the position of the cut: at most `max_length`, which must be less than the length of the text."""
    if not max_length:
        return 0
    ends = [end for match in _SENTENCE_END.finditer(text, 0, max_length + 1) if (end := match.end()) <= max_length]
    if ends and ends[-1] * 2 >= max_length:
        return ends[-1]
    if text[max_length].isspace() or text[max_length - 1].isspace():
        return max_length
    word_ends = [match.start() for match in re.finditer(r"(?<=\S)\s", text[:max_length])]
    # If even the first character is too long (an emoji sequence, for example), cut inside it.
    return word_ends[-1] if word_ends else grapheme_boundary_before(text, max_length + 1) or max_length
