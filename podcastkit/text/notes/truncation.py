"""Texts cut to a limit where a reader would pause."""

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
"""How many bytes a description may have (PSP-1, `description`; Apple, A Podcaster's Guide to RSS)."""

_ELLIPSIS = "…"
_MORE = " …"
_WORDS_TOLD, _LONGEST_TOLD = 6, 60
# A full stop behind one or two letters is more often an abbreviation's than a sentence's.
_SENTENCE_END = re.compile(
    r"""(?=\n)|(?:(?:\w{3}|[)\]"'”’»])\.|[!?…])[.!?…]*[)\]"'”’»]*(?=\s)|[。！？।॥۔؟]+[」』”’]*"""  # noqa: RUF001 - other scripts have marks of their own
)


class Description(NamedTuple):
    """A text as simple HTML that keeps to a limit."""

    html: str
    size: int
    """How many bytes the whole would have."""
    last_words: str | None = None
    """What stands before the cut; None when nothing was left out."""


def shorten(text: str, limit: int) -> str:
    """Return the text in at most `limit` bytes of UTF-8.

    A text that is too long ends with ` …` behind the last paragraph or sentence when that leaves more than half,
    else behind the last word, else behind the last whole character.
    """
    if _size(text) <= limit:
        return text
    room = limit - _size(_MORE)
    if room < 0:
        return _ELLIPSIS if limit >= _size(_ELLIPSIS) else ""
    kept = _cut_text(text, len(text.encode()[:room].decode(errors="ignore")))
    return kept + _MORE if kept else _ELLIPSIS


def fit_description(text: Text, limit: int = DESCRIPTION_LIMIT) -> Description:
    """Return a text as a description of at most `limit` bytes: p, ol, ul, li, a, b, i, strong and em (PSP-1).

    What is too long is cut as by `shorten`, wherever in a paragraph or list that is; every tag is closed. The
    text's own ending stays behind the cut (the list of chapters and the footer, else the footer), unless it takes
    more than half of the limit by itself.
    """
    whole = _simple(text)
    size = _size(whole)
    if size <= limit:
        return Description(whole, size)
    ending = _ending_within(text, whole, limit // 2)
    cut = _cut_html(whole.removesuffix(ending), size, limit - _size(ending))
    return cut._replace(html=(cut.html + ending).removeprefix("\n"))


def describe_notes(notes: Text) -> str:
    """Return the HTML of notes as feeds contain it: cut to the limit of descriptions."""
    return fit_description(notes).html


def _ending_within(text: Text, whole: str, limit: int) -> str:
    """Return what stays behind a cut, with the line end before it: as many of the last parts as fit, or nothing."""
    if text.ending is None:
        return ""
    ending = "\n" + _simple(text.ending)
    if _size(ending) <= limit and whole.endswith(ending):
        return ending
    return _ending_within(text.ending, whole, limit)


def _simple(text: Text) -> str:
    if text.simple is not None:
        return text.simple
    return text.html if is_simple(text.html) else write_html(simplify(read_html(text.html)))


def _size(text: str) -> int:
    return len(text.encode())


def _cut_html(whole: str, size: int, limit: int) -> Description:
    # A character takes a byte or more.
    blocks, _ = _take_first(read_html(whole), limit + 1)
    text = "".join(_list_characters(blocks))
    longest = bisect_right(range(len(text)), limit, key=lambda count: _size(_write_first(blocks, count))) - 1
    kept = _cut_text(text, max(longest, 0))
    last_words = " ".join(kept.split()[-_WORDS_TOLD:])[-_LONGEST_TOLD:]
    return Description(_write_first(blocks, len(kept)), size, last_words)


def _list_characters(nodes: Iterable[Node]) -> Iterator[str]:
    r"""Yield the texts, and for the beginning of each block a `\n`."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        else:
            yield "\n" * is_block(node)
            yield from _list_characters(node.children)


def _write_first(blocks: Iterable[Node], count: int) -> str:
    """Write the beginning of a tree, so many characters long, with a sign that there was more."""
    left, _ = _take_first(blocks, count)
    return write_html(filter(is_block, _add_more(left))) if left else ""


def _take_first(nodes: Iterable[Node], count: int) -> tuple[tuple[Node, ...], int]:
    """Return the beginning of a tree, `count` characters long, and how many are left to come."""
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


def _add_more(blocks: Sequence[Node]) -> tuple[Node, ...]:
    """Let the last and innermost block say that there was more."""
    if not blocks or not is_block(last := blocks[-1]):
        return (*blocks, _MORE)
    return (*blocks[:-1], replace(last, children=_add_more(last.children)))


def _cut_text(text: str, longest: int) -> str:
    """Return the beginning of a text, of `longest` characters or fewer."""
    return text[: _find_end(text, longest)].rstrip()


def _find_end(text: str, longest: int) -> int:
    if not longest:
        return 0
    ends = [end for match in _SENTENCE_END.finditer(text, 0, longest + 1) if (end := match.end()) <= longest]
    if ends and ends[-1] * 2 >= longest:
        return ends[-1]
    if text[longest].isspace() or text[longest - 1].isspace():
        return longest
    spaces = [match.start() for match in re.finditer(r"(?<=\S)\s", text[:longest])]
    # A character that is longer than the room is cut itself.
    return spaces[-1] if spaces else grapheme_boundary_before(text, longest + 1) or longest
