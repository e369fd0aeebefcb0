"""Write a tree of blocks as HTML, as the simple HTML of descriptions, and as plain text."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from markdown_it.common.normalize_url import normalizeLink

from podcastkit.text.notes.html_tree import (
    HEADINGS,
    Element,
    get_text,
    group_inline,
    is_block,
    list_texts,
    make_blocks,
    split_names,
    strip_inline,
    unwrap_paragraph,
    wrap_inline,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.text.notes.html_tree import Node

_SIMPLE_INLINE = split_names("a strong em b i")
_TAG_TO_SIMPLIFY = re.compile(r"""<(?!/?(?:p|ul|ol|li|strong|em|b|i)>|a\ href="[^"<>]*">|/a>)""", re.VERBOSE)
# The line feed separates words for programs that only delete the tags.
_VOID_TAGS = {"br": "<br />\n", "hr": "<hr />"}
_PREFIXES = ("", "http://", "https://", "mailto:", "tel:")
"""The beginnings of addresses that the texts of links often omit."""


def write_html(blocks: Iterable[Element]) -> str:
    """Write blocks as HTML that is also well-formed XML, each block on its own line.

    An `h1` becomes an `h2`, because the page around the notes has its own heading.
    """
    return "\n".join(_write_element(block) for block in blocks)


def write_plain(blocks: Iterable[Element]) -> str:
    """Write blocks as plain text; the address of a link follows its text in brackets."""
    texts = (_write_plain_block(block) for block in blocks)
    return unicodedata.normalize("NFC", "\n\n".join(text for text in texts if text))


def is_simple(html: str) -> bool:
    """Return whether the output of `write_html` contains only the tags that `simplify` keeps."""
    return _TAG_TO_SIMPLIFY.search(html) is None


def simplify(blocks: Iterable[Element]) -> tuple[Element, ...]:
    """Reduce blocks to the tags that all apps show: p, ol, ul, li, a, b, i, strong, em (PSP-1, `description`)."""
    return tuple(simple for block in blocks for simple in _simplify_block(block))


def _write_element(element: Element) -> str:
    if element.tag in _VOID_TAGS:
        return _VOID_TAGS[element.tag]
    tag = "h2" if element.tag == "h1" else element.tag
    attribute = f' href="{html.escape(element.href)}"' if element.href is not None else ""
    return f"<{tag}{attribute}>{_write_content(element)}</{tag}>"


def _write_content(element: Element) -> str:
    if not any(map(is_block, element.children)):
        return _write_inline(element.children)
    parts = (
        _write_element(run) if isinstance(run, Element) else _write_inline(run)
        for run in group_inline(element.children)
    )
    return "\n" + "\n".join(parts) + "\n"


def _write_inline(nodes: Iterable[Node]) -> str:
    """Write inline nodes. Join neighboring texts first: NFC combines an accent with the letter before it."""
    output: list[str] = []
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            texts.append(node)
        else:
            output += [_escape_text("".join(texts)), _write_element(node)]
            texts = []
    return "".join([*output, _escape_text("".join(texts))])


def _escape_text(text: str) -> str:
    escaped = html.escape(unicodedata.normalize("NFC", text), quote=False)
    # Programs that normalize the file to NFC would turn the ">" of a tag and U+0338 into "≯".
    return f"&#824;{escaped[1:]}" if escaped.startswith("\u0338") else escaped


def _write_plain_block(block: Element) -> str:
    if block.tag in {"ul", "ol"}:
        marks = ("• " if block.tag == "ul" else f"{number}. " for number, _ in enumerate(block.children, 1))
        return "\n".join(map(_write_plain_item, marks, block.children))
    if block.tag == "blockquote":
        return write_plain(make_blocks(block.children))
    if block.tag == "pre":
        return "".join(list_texts(block.children))
    lines = "".join(_list_plain_texts(block.children)).split("\n")
    return "\n".join(re.sub(r"[ \t]+", " ", line).strip(" ") for line in lines)


def _write_plain_item(mark: str, item: Node) -> str:
    children = item.children if isinstance(item, Element) else (item,)
    text = "\n".join(filter(None, map(_write_plain_block, make_blocks(children))))
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _list_plain_texts(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag == "br":
            yield "\n"
        else:
            yield from _list_plain_texts(node.children)
            if node.href is not None and not _is_same_address(get_text(node.children), node.href):
                yield f" ({node.href})"


def _is_same_address(text: str, address: str) -> bool:
    """Return whether the text of a link already shows its address."""
    if " " in text and "%20" not in address:
        return False  # most texts of links contain a space, so this avoids the slow normalization
    shown = normalizeLink(text).rstrip("/")
    return address.rstrip("/") in {prefix + shown for prefix in _PREFIXES}


def _simplify_block(block: Element) -> Iterator[Element]:
    if block.tag in {"ul", "ol"}:
        items = (_simplify_item(item) for item in block.children)
        if filled_items := tuple(item for item in items if item.children):
            yield Element(block.tag, filled_items)
    elif block.tag == "blockquote":
        yield from simplify(make_blocks(block.children))
    elif block.tag == "pre":
        lines = (" ".join(line.split()) for line in "".join(list_texts(block.children)).split("\n"))
        yield from (Element("p", (line,)) for line in lines if line)
    elif block.tag in HEADINGS:
        # The whole heading becomes bold, so bold words inside it need no tag.
        content = strip_inline(
            _simplify_inline(block.children, kept=_SIMPLE_INLINE - {"strong", "b"}, is_one_line=True)
        )
        yield Element("p", (Element("strong", content),))
    else:
        yield from _split_paragraph(block)


def _simplify_item(item: Node) -> Element:
    children = item.children if isinstance(item, Element) else (item,)
    content: list[Node] = []
    for run in group_inline(children):
        content += (
            _simplify_block(run)
            if isinstance(run, Element)
            else strip_inline(_simplify_inline(run, is_one_line=True))
        )
    return Element("li", unwrap_paragraph(content))


def _simplify_inline(
    nodes: Iterable[Node], *, kept: frozenset[str] = _SIMPLE_INLINE, is_one_line: bool = False
) -> tuple[Node, ...]:
    simple_nodes: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            simple_nodes.append(node)
        elif node.tag == "br":
            simple_nodes.append(" " if is_one_line else node)
        else:
            children = _simplify_inline(node.children, kept=kept, is_one_line=is_one_line)
            simple_nodes += wrap_inline(children, node) if node.tag in kept else children
    return tuple(simple_nodes)


def _split_paragraph(block: Element) -> Iterator[Element]:
    """Yield a paragraph for each line of a paragraph."""
    for line in _split_at_breaks(_simplify_inline(block.children)):
        if content := strip_inline(line):
            yield Element("p", content)


def _split_at_breaks(nodes: Iterable[Node]) -> list[list[Node]]:
    """Split inline content at line breaks. If an element contains a break, each line gets its own copy of it."""
    lines: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, str):
            lines[-1].append(node)
        elif node.tag == "br":
            lines.append([])
        else:
            first_line, *other_lines = (wrap_inline(line, node) for line in _split_at_breaks(node.children))
            lines[-1] += first_line
            lines += [list(line) for line in other_lines]
    return lines
