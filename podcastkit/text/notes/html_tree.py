"""Marked-up text as a small sanitised tree of blocks; `renderers` writes it."""

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


def names(text: str) -> frozenset[str]:
    """Return the names in a line of them."""
    return frozenset(text.split())


INLINE_TAGS = names("a strong em b i u s code br")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
BLOCK_TAGS = HEADINGS | names("p ul ol li blockquote pre hr")
PARTING_TAGS = names(
    "div section article main header footer aside nav figure figcaption address center details summary dl dt dd "
    "table caption thead tbody tfoot tr td th form fieldset legend"
)
"""Tags that have no place in notes, but part texts that must not be glued together."""
SWALLOWED_TAGS = names(
    "script style iframe object embed svg math template noscript noembed noframes audio video canvas applet "
    "title textarea xmp plaintext"
)
"""Tags that vanish with everything in them."""
SCHEMES = names("http https mailto tel")

_KNOWN_TAGS = INLINE_TAGS | BLOCK_TAGS | PARTING_TAGS | {"img"}
_DEEPEST = 40
_TOKEN = re.compile(r"""<(/?)([a-z0-9]+)((?:[^">]|"[^"]*")*)>|([^<]+)""")
_ATTRIBUTE = re.compile(r'''([a-z]+)="([^"]*)"''')
_START = re.compile("[0-9]{1,9}")
_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass(frozen=True, slots=True)
class Element:
    """A tag and what stands in it. `href` is an address that `kept_address` lets through."""

    tag: str
    children: tuple[Node, ...] = ()
    href: str | None = field(default=None, kw_only=True)
    start: int = field(default=1, kw_only=True)
    """The first number of an `ol`."""


Node = Element | str


def read_html(source: str) -> tuple[Element, ...]:
    """Sanitise HTML and return its blocks."""
    return arrange(parse_tree(source))


def parse_tree(source: str) -> tuple[Node, ...]:
    """Sanitise HTML and return its tree as it was written, before `arrange`.

    What is nested too deeply goes to the last element that is not, and a link inside a link gives way.
    """
    opened: list[tuple[str, dict[str, str]]] = []
    contents: list[list[Node]] = [[]]
    is_in_link = False
    # The sanitiser writes tags, quotes and entities in one way only; html.parser would take five times as long.
    for end, tag, written, text in _TOKEN.findall(_sanitize(source)):
        content = contents[-1]
        if text:
            content.append(_clean(html.unescape(text)))
        elif end:
            contents.pop()
            is_too_deep = content is contents[-1]
            name, attributes = opened.pop()
            contents[-1].append(" " if is_too_deep else _element(name, attributes, content))
            is_in_link = is_in_link and "href" not in attributes
        elif tag in {"br", "hr"}:
            content.append(Element(tag))
        elif tag == "img":
            content.append(_clean(_read_attributes(written).get("alt", "")))
        else:
            attributes = {} if tag == "a" and is_in_link else _read_attributes(written)
            opened.append((tag, attributes))
            is_in_link = is_in_link or "href" in attributes
            is_too_deep = len(contents) >= _DEEPEST
            content += [" "] if is_too_deep else []
            contents.append(content if is_too_deep else [])
    return tuple(contents[0])


def arrange(nodes: Iterable[Node]) -> tuple[Element, ...]:
    """Bring any tree into order: blocks that hold blocks or inline content, never an empty one.

    Loose text becomes paragraphs; table rows become paragraphs with `|` between the cells; a list that does not
    begin with 1 becomes paragraphs that keep their numbers.
    """
    return tuple(as_blocks(_arranged(nodes)))


@lru_cache(maxsize=1024)
def kept_address(address: str) -> str | None:
    """Return the address as a link may carry it, or None when it is relative or of a scheme not in `SCHEMES`."""
    [node] = parse_tree(f'<a href="{html.escape(address)}">x</a>')
    return node.href if isinstance(node, Element) else None


def runs(nodes: Iterable[Node]) -> Iterator[Element | tuple[Node, ...]]:
    """Yield each block by itself, and what is inline between two blocks as one tuple."""
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
    """Tell whether the node stands on lines of its own."""
    return isinstance(node, Element) and node.tag in BLOCK_TAGS


def as_blocks(nodes: Iterable[Node]) -> Iterator[Element]:
    """Yield the blocks, and what is inline between them as paragraphs."""
    for run in runs(nodes):
        if isinstance(run, Element):
            yield run
        elif content := trim(run):
            yield Element("p", content)


def merge(nodes: Iterable[Node]) -> list[Node]:
    """Make one of neighbouring texts, without double spaces and without a space behind a break."""
    merged: list[Node] = []
    for kind, group in groupby(nodes, key=type):
        if kind is not str:
            merged += group
            continue
        text = _SPACE.sub(" ", "".join(map(str, group)))
        is_behind_break = bool(merged) and isinstance(merged[-1], Element) and merged[-1].tag == "br"
        merged.append(text.lstrip(" ") if is_behind_break else text)
    return merged


def trim(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Merge neighbouring texts and take spaces and breaks from both ends; without words nothing is left."""
    content = merge(nodes)
    return _without_edges(content) if _has_words(content) else ()


def unwrap_only_paragraph(content: Sequence[Node]) -> tuple[Node, ...]:
    """Return an item's content without the paragraph that is all of it."""
    match content:
        case [Element(tag="p") as paragraph]:
            return paragraph.children
    return tuple(content)


def wrap(nodes: Iterable[Node], inline: Element) -> tuple[Node, ...]:
    """Wrap content in an inline element like the one given; spaces and breaks at its ends stay outside."""
    content = tuple(merge(nodes))
    if not _has_words(content):
        return content
    inner = [index for index, node in enumerate(content) if not _is_edge(node)]
    start, end = inner[0], inner[-1] + 1
    return (*content[:start], Element(inline.tag, content[start:end], href=inline.href), *content[end:])


def inline_text(nodes: Iterable[Node]) -> str:
    """Return the words alone, in one line."""
    return unicodedata.normalize("NFC", " ".join("".join(words(nodes)).split()))


def words(nodes: Iterable[Node]) -> Iterator[str]:
    r"""Yield the texts in their order: a break as `\n`, and a space behind whatever parts texts."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag == "br":
            yield "\n"
        else:
            yield from words(node.children)
            yield "" if node.tag in INLINE_TAGS else " "


def _sanitize(source: str) -> str:
    return _cleaner.clean(FORBIDDEN_IN_XML.sub("", source))


_cleaner = nh3.Cleaner(
    tags=set(_KNOWN_TAGS),
    clean_content_tags=set(SWALLOWED_TAGS),
    attributes={"a": {"href"}, "img": {"alt"}, "ol": {"start"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel=None,
)


def _read_attributes(written: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(written)}


def _element(tag: str, attributes: dict[str, str], content: Sequence[Node]) -> Element:
    start = attributes.get("start", "")
    return Element(
        tag,
        tuple(content),
        href=_encode(attributes.get("href")),
        start=int(start) if start and _START.fullmatch(start) else 1,
    )


def _encode(address: str | None) -> str | None:
    """Return an address in ASCII: the host by IDNA, the rest in percent signs."""
    if address is None:
        return None
    is_web = address.lower().startswith(("http://", "https://"))
    return (encode_url(address) if is_web else None) or normalizeLink(address)


def _clean(text: str) -> str:
    """Entities may bring back what was removed from the source."""
    return clean_text(text).replace("\r", "\n")


def _arranged(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield blocks in order and, between them, inline nodes."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif node.tag in INLINE_TAGS:
            yield from _arranged_inline(node)
        elif node.tag == "pre":
            yield from _arranged_pre(node)
        elif node.tag in {"ul", "ol"}:
            yield from _arranged_list(node)
        elif node.tag == "tr":
            yield from _arranged_row(node)
        else:
            yield from _arranged_container(node)


def _arranged_inline(node: Element) -> Iterator[Node]:
    if node.tag == "br":
        yield node
    elif node.href and not _has_words(node.children):
        yield Element("a", (node.href,), href=node.href)
    elif node.tag == "a" and node.href is None:
        yield from _arranged(node.children)
    else:
        yield from _wrapped_inside(_arranged(node.children), node)


def _wrapped_inside(nodes: Iterable[Node], inline: Element) -> Iterator[Node]:
    """Turn `<b><p>x</p></b>` into `<p><b>x</b></p>`, however deep the paragraph is."""
    for run in runs(nodes):
        if not isinstance(run, Element):
            yield from wrap(run, inline)
        elif run.tag == "pre":
            yield run
        else:
            yield Element(run.tag, tuple(_wrapped_inside(run.children, inline)))


def _arranged_pre(node: Element) -> Iterator[Element]:
    text = "".join(words(node.children)).strip("\n")
    if text.strip():
        yield Element("pre", (Element("code", (text,)),))


def _arranged_list(node: Element) -> Iterator[Element]:
    items = [item for child in node.children if (item := _item(child))]
    if node.tag == "ol" and node.start != 1:
        for number, item in enumerate(items, node.start):
            yield from _numbered(number, item)
    elif items:
        yield Element(node.tag, tuple(Element("li", item) for item in items))


def _item(child: Node) -> tuple[Node, ...]:
    nodes = child.children if isinstance(child, Element) and child.tag == "li" else (child,)
    content: list[Node] = []
    for run in runs(_arranged(nodes)):
        content += [run] if isinstance(run, Element) else trim(run)
    return unwrap_only_paragraph(content)


def _numbered(number: int, item: tuple[Node, ...]) -> Iterator[Element]:
    first, *others = as_blocks(item)
    if first.tag == "p" or first.tag in HEADINGS:
        yield Element(first.tag, (f"{number}. ", *first.children))
    else:
        yield Element("p", (f"{number}.",))
        yield first
    yield from others


def _arranged_row(node: Element) -> Iterator[Element]:
    cells = [child.children if isinstance(child, Element) else (child,) for child in node.children]
    contents = [_inline_of(as_blocks(_arranged(cell))) for cell in cells]
    if content := _joined(contents, " | "):
        yield Element("p", content)


def _inline_of(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the inline content of all blocks, with spaces between them."""
    return _joined([_inline_of(run.children) if isinstance(run, Element) else run for run in runs(nodes)], " ")


def _joined(parts: Iterable[tuple[Node, ...]], between: str) -> tuple[Node, ...]:
    joined = [node for part in parts if part for node in (between, *part)]
    return tuple(joined[1:])


def _arranged_container(node: Element) -> Iterator[Element]:
    blocks = tuple(as_blocks(_arranged(node.children)))
    if node.tag == "hr":
        yield node
    elif node.tag in HEADINGS:
        yield from (Element(node.tag, block.children) if block.tag == "p" else block for block in blocks)
    elif node.tag == "blockquote" and blocks:
        yield Element("blockquote", blocks)
    else:
        yield from blocks


def _has_words(nodes: Iterable[Node]) -> bool:
    return any(map(str.strip, words(nodes)))


def _without_edges(content: list[Node]) -> tuple[Node, ...]:
    while _is_edge(content[0]):
        del content[0]
    while _is_edge(content[-1]):
        del content[-1]
    if isinstance(first := content[0], str):
        content[0] = first.lstrip(" ")
    if isinstance(last := content[-1], str):
        content[-1] = last.rstrip(" ")
    return tuple(content)


def _is_edge(node: Node) -> bool:
    return not node.strip(" ") if isinstance(node, str) else node.tag == "br"
