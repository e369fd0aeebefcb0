"""Parse HTML into a small, sanitized tree of blocks, which `renderers` writes."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, TypeGuard

import nh3
from markdown_it.common.normalize_url import normalizeLink

from podcastkit.text.addresses import encode_url
from podcastkit.text.cleaning import FORBIDDEN_IN_XML, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def split_names(text: str) -> frozenset[str]:
    """Return the names in a space-separated list."""
    return frozenset(text.split())


INLINE_TAGS = split_names("a strong em b i u s code br")
HEADINGS = split_names("h1 h2 h3 h4 h5 h6")
BLOCK_TAGS = HEADINGS | split_names("p ul ol li blockquote pre hr")
SEPARATING_TAGS = split_names(
    "div section article main header footer aside nav figure figcaption address center details summary dl dt dd "
    "table caption thead tbody tfoot tr td th form fieldset legend"
)
"""Tags that notes cannot have. The texts inside them stay, as separate paragraphs."""
DROPPED_TAGS = split_names(
    "script style iframe object embed svg math template noscript noembed noframes audio video canvas applet "
    "title textarea xmp plaintext"
)
"""Tags that are removed together with their content."""
SCHEMES = split_names("http https mailto tel")

_KNOWN_TAGS = INLINE_TAGS | BLOCK_TAGS | SEPARATING_TAGS | {"img"}
_MAX_DEPTH = 40
_TOKEN = re.compile(r"""<(/?)([a-z0-9]+)((?:[^">]|"[^"]*")*)>|([^<]+)""")
"""A tag (its slash, name and attributes are groups), or text."""
_ATTRIBUTE = re.compile(r'''([a-z]+)="([^"]*)"''')
_START = re.compile("[0-9]{1,9}")
"""A valid `start` of an `ol`."""
_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass(frozen=True, slots=True)
class Element:
    """A tag with its content. `href` is an address that `sanitize_address` accepts."""

    tag: str
    children: tuple[Node, ...] = ()
    href: str | None = field(default=None, kw_only=True)
    start: int = field(default=1, kw_only=True)
    """The number of the first item of an `ol`."""


Node = Element | str


def read_html(source: str) -> tuple[Element, ...]:
    """Sanitize HTML and return its blocks."""
    return arrange_blocks(parse_tree(source))


def parse_tree(source: str) -> tuple[Node, ...]:
    """Sanitize HTML and return its tree in source order, before `arrange_blocks`.

    The content of elements that are nested too deeply moves up to the deepest element that is allowed. A link
    inside another link loses its address.
    """
    open_tags: list[tuple[str, dict[str, str]]] = []
    open_contents: list[list[Node]] = [[]]  # an element that is too deep shares the list of its parent
    is_in_link = False
    # The sanitizer writes tags, quotes and entities in one form only, so a regular expression can read the HTML.
    # html.parser would take five times as long.
    for slash, tag, attribute_text, text in _TOKEN.findall(_sanitize_html(source)):
        content = open_contents[-1]
        if text:
            content.append(_normalize_text(html.unescape(text)))
        elif slash:
            open_contents.pop()
            is_too_deep = content is open_contents[-1]
            name, attributes = open_tags.pop()
            open_contents[-1].append(" " if is_too_deep else _make_element(name, attributes, content))
            is_in_link = is_in_link and "href" not in attributes
        elif tag in {"br", "hr"}:
            content.append(Element(tag))
        elif tag == "img":
            content.append(_normalize_text(_read_attributes(attribute_text).get("alt", "")))
        else:
            attributes = {} if tag == "a" and is_in_link else _read_attributes(attribute_text)
            open_tags.append((tag, attributes))
            is_in_link = is_in_link or "href" in attributes
            is_too_deep = len(open_contents) >= _MAX_DEPTH
            content += [" "] if is_too_deep else []
            open_contents.append(content if is_too_deep else [])
    return tuple(open_contents[0])


def arrange_blocks(nodes: Iterable[Node]) -> tuple[Element, ...]:
    """Turn any tree into blocks that contain blocks or inline content, without empty blocks.

    Loose text becomes paragraphs. A table row becomes one paragraph with `|` between the cells. The items of a list
    that does not begin with 1 become paragraphs that keep their numbers.
    """
    return tuple(make_blocks(_arrange_nodes(nodes)))


@lru_cache(maxsize=1024)
def sanitize_address(address: str) -> str | None:
    """Return the sanitized address of a link, or None if it is relative or its scheme is not in `SCHEMES`."""
    [node] = parse_tree(f'<a href="{html.escape(address)}">x</a>')
    return node.href if isinstance(node, Element) else None


def group_inline(nodes: Iterable[Node]) -> Iterator[Element | tuple[Node, ...]]:
    """Yield each block, and the inline nodes between two blocks as one tuple."""
    inline: list[Node] = []
    for node in nodes:
        if not is_block(node):
            inline.append(node)
            continue
        if inline:
            yield tuple(inline)
            inline = []
        yield node
    if inline:
        yield tuple(inline)


def is_block(node: Node) -> TypeGuard[Element]:
    """Return whether a node is a block, which starts a new line."""
    return isinstance(node, Element) and node.tag in BLOCK_TAGS


def make_blocks(nodes: Iterable[Node]) -> Iterator[Element]:
    """Yield the blocks; wrap the inline content between them in paragraphs."""
    for run in group_inline(nodes):
        if isinstance(run, Element):
            yield run
        elif content := strip_inline(run):
            yield Element("p", content)


def merge_texts(nodes: Iterable[Node]) -> list[Node]:
    """Join neighboring texts; remove double spaces, and spaces after a line break."""
    merged: list[Node] = []
    for kind, group in groupby(nodes, key=type):
        if kind is not str:
            merged += group
            continue
        text = _SPACE.sub(" ", "".join(map(str, group)))
        is_after_break = bool(merged) and isinstance(merged[-1], Element) and merged[-1].tag == "br"
        merged.append(text.lstrip(" ") if is_after_break else text)
    return merged


def strip_inline(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Join neighboring texts and strip spaces and breaks from both ends; return () if there are no words."""
    content = merge_texts(nodes)
    return _strip_edges(content) if _has_words(content) else ()


def unwrap_paragraph(content: Sequence[Node]) -> tuple[Node, ...]:
    """Return the content of a list item; if it is a single paragraph, return the content of that paragraph."""
    match content:
        case [Element(tag="p") as paragraph]:
            return paragraph.children
    return tuple(content)


def wrap_inline(nodes: Iterable[Node], inline: Element) -> tuple[Node, ...]:
    """Wrap content in a copy of an inline element; leave spaces and breaks at both ends outside."""
    content = tuple(merge_texts(nodes))
    if not _has_words(content):
        return content
    inner_indexes = [index for index, node in enumerate(content) if not _is_space_or_break(node)]
    start, end = inner_indexes[0], inner_indexes[-1] + 1
    return (*content[:start], Element(inline.tag, content[start:end], href=inline.href), *content[end:])


def get_text(nodes: Iterable[Node]) -> str:
    """Return the text without markup, on one line."""
    return unicodedata.normalize("NFC", " ".join("".join(list_texts(nodes)).split()))


def list_texts(nodes: Iterable[Node]) -> Iterator[str]:
    r"""Yield the texts in order, with `\n` for each line break and a space after each non-inline element."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag == "br":
            yield "\n"
        else:
            yield from list_texts(node.children)
            yield "" if node.tag in INLINE_TAGS else " "


def _sanitize_html(source: str) -> str:
    return _cleaner.clean(FORBIDDEN_IN_XML.sub("", source))


_cleaner = nh3.Cleaner(
    tags=set(_KNOWN_TAGS),
    clean_content_tags=set(DROPPED_TAGS),
    attributes={"a": {"href"}, "img": {"alt"}, "ol": {"start"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel=None,
)


def _read_attributes(written: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(written)}


def _make_element(tag: str, attributes: dict[str, str], content: Sequence[Node]) -> Element:
    start = attributes.get("start", "")
    return Element(
        tag,
        tuple(content),
        href=_encode_address(attributes.get("href")),
        start=int(start) if start and _START.fullmatch(start) else 1,
    )


def _encode_address(address: str | None) -> str | None:
    """Encode an address as ASCII: the host with IDNA, the rest with percent signs."""
    if address is None:
        return None
    is_web = address.lower().startswith(("http://", "https://"))
    return (encode_url(address) if is_web else None) or normalizeLink(address)


def _normalize_text(text: str) -> str:
    # Entities can contain characters that `_sanitize_html` removed from the source.
    return clean_text(text).replace("\r", "\n")


def _arrange_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the arranged blocks, and the inline nodes between them."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag in INLINE_TAGS:
            yield from _arrange_inline(node)
        elif node.tag == "pre":
            yield from _arrange_pre(node)
        elif node.tag in {"ul", "ol"}:
            yield from _arrange_list(node)
        elif node.tag == "tr":
            yield from _arrange_row(node)
        else:
            yield from _arrange_container(node)


def _arrange_inline(node: Element) -> Iterator[Node]:
    """Move an inline element inside the blocks that it contains; give a link without words its address as text."""
    if node.tag == "br":
        yield node
    elif node.href and not _has_words(node.children):
        yield Element("a", (node.href,), href=node.href)
    elif node.tag == "a" and node.href is None:
        yield from _arrange_nodes(node.children)
    else:
        yield from _wrap_inside(_arrange_nodes(node.children), node)


def _wrap_inside(nodes: Iterable[Node], inline: Element) -> Iterator[Node]:
    """Turn `<b><p>x</p></b>` into `<p><b>x</b></p>`, at any depth."""
    for run in group_inline(nodes):
        if not isinstance(run, Element):
            yield from wrap_inline(run, inline)
        elif run.tag == "pre":
            yield run
        else:
            yield Element(run.tag, tuple(_wrap_inside(run.children, inline)))


def _arrange_pre(node: Element) -> Iterator[Element]:
    text = "".join(list_texts(node.children)).strip("\n")
    if text.strip():
        yield Element("pre", (Element("code", (text,)),))


def _arrange_list(node: Element) -> Iterator[Element]:
    items = [item for child in node.children if (item := _read_item(child))]
    if node.tag == "ol" and node.start != 1:
        for number, item in enumerate(items, node.start):
            yield from _number_item(number, item)
    elif items:
        yield Element(node.tag, tuple(Element("li", item) for item in items))


def _read_item(child: Node) -> tuple[Node, ...]:
    """Return the content of a list item, or () if the item is empty."""
    nodes = child.children if isinstance(child, Element) and child.tag == "li" else (child,)
    content: list[Node] = []
    for run in group_inline(_arrange_nodes(nodes)):
        content += [run] if isinstance(run, Element) else strip_inline(run)
    return unwrap_paragraph(content)


def _number_item(number: int, item: tuple[Node, ...]) -> Iterator[Element]:
    """Yield the blocks of a list item, with its number as text."""
    first_block, *other_blocks = make_blocks(item)
    if first_block.tag == "p" or first_block.tag in HEADINGS:
        yield Element(first_block.tag, (f"{number}. ", *first_block.children))
    else:
        yield Element("p", (f"{number}.",))
        yield first_block
    yield from other_blocks


def _arrange_row(node: Element) -> Iterator[Element]:
    cells = [child.children if isinstance(child, Element) else (child,) for child in node.children]
    contents = [_flatten_blocks(make_blocks(_arrange_nodes(cell))) for cell in cells]
    if content := _join_parts(contents, " | "):
        yield Element("p", content)


def _flatten_blocks(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the inline content of all blocks, separated by spaces."""
    return _join_parts(
        [_flatten_blocks(run.children) if isinstance(run, Element) else run for run in group_inline(nodes)], " "
    )


def _join_parts(parts: Iterable[tuple[Node, ...]], between: str) -> tuple[Node, ...]:
    """Join all parts that are not empty, with a text between them."""
    joined = [node for part in parts if part for node in (between, *part)]
    return tuple(joined[1:])  # without the text before the first part


def _arrange_container(node: Element) -> Iterator[Element]:
    blocks = tuple(make_blocks(_arrange_nodes(node.children)))
    if node.tag == "hr":
        yield node
    elif node.tag in HEADINGS:
        yield from (Element(node.tag, block.children) if block.tag == "p" else block for block in blocks)
    elif node.tag == "blockquote" and blocks:
        yield Element("blockquote", blocks)
    else:
        yield from blocks


def _has_words(nodes: Iterable[Node]) -> bool:
    return any(map(str.strip, list_texts(nodes)))


def _strip_edges(content: list[Node]) -> tuple[Node, ...]:
    """Remove the spaces and line breaks at both ends of content that has words."""
    while _is_space_or_break(content[0]):
        del content[0]
    while _is_space_or_break(content[-1]):
        del content[-1]
    if isinstance(first := content[0], str):
        content[0] = first.lstrip(" ")
    if isinstance(last := content[-1], str):
        content[-1] = last.rstrip(" ")
    return tuple(content)


def _is_space_or_break(node: Node) -> bool:
    return not node.strip(" ") if isinstance(node, str) else node.tag == "br"
