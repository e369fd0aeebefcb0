"""Texts cut to a limit where a reader would pause."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, NamedTuple

from wcwidth import grapheme_boundary_before

from podcastkit.text.notes.html_tree import is_block, read_html
from podcastkit.text.notes.renderers import is_simple, simplify, write_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from podcastkit.model import Text
    from podcastkit.text.notes.html_tree import Element, Node

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
    if limit < _size(_MORE):
        return _ELLIPSIS if limit >= _size(_ELLIPSIS) else ""
    kept = _leading(text, map(_size, text), limit - _size(_MORE))
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
    blocks = read_html(whole)
    # A text's first block has no line end before it.
    room = limit - _size(_MORE) + 1
    characters = list(_until(room, _characters(blocks)))
    kept = _leading("".join(character for character, _ in characters), (taken for _, taken in characters), room)
    left, _ = _first(blocks, len(kept))
    cut = write_html(filter(is_block, _with_more(left))) if left else ""
    last_words = " ".join(kept.split()[-_WORDS_TOLD:])[-_LONGEST_TOLD:]
    return Description(cut, size, last_words)


def _characters(nodes: Iterable[Node]) -> Iterator[tuple[str, int]]:
    r"""Yield the characters with the bytes that they take, and for the beginning of each block a `\n`.

    The first character inside a tag takes its bytes, too.
    """
    for node in nodes:
        if isinstance(node, str):
            yield from ((character, _written_size(character)) for character in node)
            continue
        tags = _tags_size(node)
        if is_block(node):
            yield "\n", tags
            tags = 0
        for character, size in _characters(node.children):
            yield character, size + tags
            tags = 0


def _written_size(character: str) -> int:
    """Return the most bytes that a character takes in HTML; U+0338 may be written as its number."""
    return _size("&#824;" if character == "\u0338" else html.escape(character, quote=False))


def _tags_size(element: Element) -> int:
    address = "" if element.href is None else f' href="{html.escape(element.href)}"'
    line_ends = is_block(element) + any(map(is_block, element.children)) * 2
    return _size(f"<{element.tag}{address}></{element.tag}>") + line_ends


def _until(room: int, characters: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield what the room holds, and one character more."""
    for character, size in characters:
        yield character, size
        room -= size
        if room < 0:
            return


def _first(nodes: Iterable[Node], count: int) -> tuple[tuple[Node, ...], int]:
    """Return the beginning of a tree, so many of its `_characters` long, and how many are left to come."""
    kept: list[Node] = []
    for node in nodes:
        if count <= 0:
            break
        if isinstance(node, str):
            kept.append(node[:count])
            count -= len(node)
        else:
            children, count = _first(node.children, count - is_block(node))
            kept += [replace(node, children=children)] if children else []
    return tuple(kept), count


def _with_more(blocks: Sequence[Node]) -> tuple[Node, ...]:
    """Let the last and innermost block say that there was more."""
    if not blocks or not is_block(last := blocks[-1]):
        return (*blocks, _MORE)
    return (*blocks[:-1], replace(last, children=_with_more(last.children)))


def _leading(text: str, sizes: Iterable[int], room: int) -> str:
    """Return what of a text to keep, by the room that each of its characters takes."""
    longest = sum(1 for _ in takewhile(lambda total: total <= room, accumulate(sizes)))
    return text[: _cut(text, longest)].rstrip()


def _cut(text: str, longest: int) -> int:
    """Return where to cut, at `longest` or before."""
    ends = [end for match in _SENTENCE_END.finditer(text, 0, longest + 1) if (end := match.end()) <= longest]
    if ends and ends[-1] * 2 >= longest:
        return ends[-1]
    if longest and (text[longest].isspace() or text[longest - 1].isspace()):
        return longest
    spaces = [match.start() for match in re.finditer(r"(?<=\S)\s", text[:longest])]
    # A character that is longer than the room is cut itself.
    return spaces[-1] if spaces else grapheme_boundary_before(text, longest + 1) or longest
