"""A tree of markup written as HTML, as the simple HTML of descriptions, and as plain text."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from markdown_it.common.normalize_url import normalizeLink

from podcastkit.text.notes.html_tree import (
    HEADINGS,
    Element,
    as_blocks,
    inline_text,
    is_block,
    names,
    runs,
    trim,
    unwrap_only_paragraph,
    words,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.text.notes.html_tree import Node

_SIMPLE_INLINE = names("a strong em b i")
_NOT_SIMPLE = re.compile(r"""<(?!/?(?:p|ul|ol|li|strong|em|b|i)>|a\ href="[^"<>]*">|/a>)""", re.VERBOSE)
# The line end keeps words apart for programs that do nothing but delete tags.
_VOID = {"br": "<br />\n", "hr": "<hr />"}
_IMPLIED = ("", "http://", "https://", "mailto:", "tel:")


def write_html(blocks: Iterable[Element]) -> str:
    """Write blocks as HTML that is well-formed XML too, each block on a line of its own.

    An `h1` becomes an `h2`, because the page that shows the notes has a heading already.
    """
    return "\n".join(_tagged(block) for block in blocks)


def write_plain(blocks: Iterable[Element]) -> str:
    """Write blocks as a text that reads well without any markup; addresses follow the words that bear them."""
    texts = (_plain_block(block) for block in blocks)
    return unicodedata.normalize("NFC", "\n\n".join(text for text in texts if text))


def is_simple(html: str) -> bool:
    """Tell whether what `write_html` wrote has no tags but those that `simplify` leaves."""
    return _NOT_SIMPLE.search(html) is None


def simplify(blocks: Iterable[Element]) -> tuple[Element, ...]:
    """Keep to what every app shows in a description: p, ol, ul, li, a, b, i, strong and em (PSP-1, description)."""
    return tuple(simple for block in blocks for simple in _simplified(block))


def _tagged(element: Element) -> str:
    if element.tag in _VOID:
        return _VOID[element.tag]
    tag = "h2" if element.tag == "h1" else element.tag
    attribute = f' href="{html.escape(element.href)}"' if element.href is not None else ""
    return f"<{tag}{attribute}>{_content(element)}</{tag}>"


def _content(element: Element) -> str:
    if not any(map(is_block, element.children)):
        return _inline(element.children)
    parts = (_tagged(run) if isinstance(run, Element) else _inline(run) for run in runs(element.children))
    return "\n" + "\n".join(parts) + "\n"


def _inline(nodes: Iterable[Node]) -> str:
    """Write inline nodes; neighbouring texts are one, since a mark may join with the letter before it."""
    written: list[str] = []
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            texts.append(node)
        else:
            written += [_escaped("".join(texts)), _tagged(node)]
            texts = []
    return "".join([*written, _escaped("".join(texts))])


def _escaped(text: str) -> str:
    escaped = html.escape(unicodedata.normalize("NFC", text), quote=False)
    # After the ">" of a tag, U+0338 would become "≯" for whoever normalises the whole to NFC.
    return f"&#824;{escaped[1:]}" if escaped.startswith("\u0338") else escaped


def _plain_block(block: Element) -> str:
    if block.tag in {"ul", "ol"}:
        marks = ("• " if block.tag == "ul" else f"{number}. " for number, _ in enumerate(block.children, 1))
        return "\n".join(map(_plain_item, marks, block.children))
    if block.tag == "blockquote":
        return write_plain(as_blocks(block.children))
    if block.tag == "pre":
        return "".join(words(block.children))
    lines = "".join(_plain_inline(block.children)).split("\n")
    return "\n".join(re.sub(r"[ \t]+", " ", line).strip(" ") for line in lines)


def _plain_item(mark: str, item: Node) -> str:
    children = item.children if isinstance(item, Element) else (item,)
    text = "\n".join(filter(None, map(_plain_block, as_blocks(children))))
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _plain_inline(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag == "br":
            yield "\n"
        else:
            yield from _plain_inline(node.children)
            if node.href is not None and not _says(inline_text(node.children), node.href):
                yield f" ({node.href})"


def _says(text: str, address: str) -> bool:
    if " " in text and "%20" not in address:
        return False  # as for most links, whose addresses need not be normalised then
    written = normalizeLink(text).rstrip("/")
    return address.rstrip("/") in {start + written for start in _IMPLIED}


def _simplified(block: Element) -> Iterator[Element]:
    if block.tag in {"ul", "ol"}:
        items = (_simplified_item(item) for item in block.children)
        if kept := tuple(item for item in items if item.children):
            yield Element(block.tag, kept)
    elif block.tag == "blockquote":
        yield from simplify(as_blocks(block.children))
    elif block.tag == "pre":
        lines = (" ".join(line.split()) for line in "".join(words(block.children)).split("\n"))
        yield from (Element("p", (line,)) for line in lines if line)
    elif block.tag in HEADINGS:
        content = trim(_simple_inline(block.children, kept=_SIMPLE_INLINE - {"strong", "b"}, is_one_line=True))
        yield Element("p", (Element("strong", content),))
    else:
        yield from _simple_paragraphs(block)


def _simplified_item(item: Node) -> Element:
    children = item.children if isinstance(item, Element) else (item,)
    content: list[Node] = []
    for run in runs(children):
        content += _simplified(run) if isinstance(run, Element) else trim(_simple_inline(run, is_one_line=True))
    return Element("li", unwrap_only_paragraph(content))


def _simple_inline(
    nodes: Iterable[Node], *, kept: frozenset[str] = _SIMPLE_INLINE, is_one_line: bool = False
) -> tuple[Node, ...]:
    simple: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            simple.append(node)
        elif node.tag == "br":
            simple.append(" " if is_one_line else node)
        else:
            children = _simple_inline(node.children, kept=kept, is_one_line=is_one_line)
            simple += wrap(children, node) if node.tag in kept else children
    return tuple(simple)


def _simple_paragraphs(block: Element) -> Iterator[Element]:
    for line in _split_at_breaks(_simple_inline(block.children)):
        if content := trim(line):
            yield Element("p", content)


def _split_at_breaks(nodes: Iterable[Node]) -> list[list[Node]]:
    """Part inline content at its breaks; an element with a break inside goes on in the next line."""
    lines: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, str):
            lines[-1].append(node)
        elif node.tag == "br":
            lines.append([])
        else:
            first, *others = (wrap(part, node) for part in _split_at_breaks(node.children))
            lines[-1] += first
            lines += [list(other) for other in others]
    return lines
