"""The XML of a Word document: element names, inherited style properties, and helpers to read and change a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_DEPTH = 300
_LONGEST_CHAIN = 20
"""The limit for styles that are based on each other; Word allows eleven of them."""
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
TEXT, RUN, PARAGRAPH, VALUE = f"{WORD}t", f"{WORD}r", f"{WORD}p", f"{WORD}val"
WRAPPER = f"{WORD}smartTag"
"""An element that mammoth replaces with its content, inside paragraphs and between them."""


def parse_part(content: bytes) -> ET.Element:
    """Parse a part of a document; replace the names of the strict format with those of the usual format.

    Raises ValueError if the elements are nested too deeply for mammoth.
    """
    root = ET.fromstring(content)  # noqa: S314 - the caller refuses parts that declare entities
    elements = [root]  # all elements at one depth
    for _ in range(_MAX_DEPTH):
        elements = [child for element in elements for child in element]
    if elements:
        raise ValueError(f"the elements of the document are nested more than {_MAX_DEPTH} deep")
    for element in root.iter():
        element.tag = element.tag.replace(_STRICT, WORD)
        for name in [name for name in element.attrib if name.startswith(_STRICT)]:
            element.set(name.replace(_STRICT, WORD), element.attrib.pop(name))
    return root


def make_element(tag: str, /, text: str | None = None, **attributes: str) -> ET.Element:
    """Create an element and its attributes in Word's namespace."""
    element = ET.Element(f"{WORD}{tag}", {f"{WORD}{key}": value for key, value in attributes.items()})
    element.text = text
    return element


def make_run(*children: ET.Element) -> ET.Element:
    """Create a run that contains these elements."""
    run = make_element("r")
    run.extend(children)
    return run


def find_value(element: ET.Element | None, path: str) -> str | None:
    """Return the `val` attribute of an inner element, such as `numPr/numId`."""
    inner = find_inner(element, path)
    return None if inner is None else inner.get(VALUE)


def find_inner(element: ET.Element | None, path: str) -> ET.Element | None:
    """Return an inner element by its path, with names in Word's namespace."""
    return None if element is None else element.find("/".join(f"{WORD}{name}" for name in path.split("/")))


def find_switch(element: ET.Element | None, path: str) -> bool | None:
    """Return whether an inner element turns a property on, or None if there is no such element."""
    inner = find_inner(element, path)
    return None if inner is None else inner.get(VALUE) not in {"0", "false", "off"}


def remove_children(element: ET.Element, tag: str) -> int:
    """Remove the children with this tag; return their number."""
    kept = [child for child in element if child.tag != tag]
    removed = len(element) - len(kept)
    if removed:
        element[:] = kept
    return removed


class Styles:
    """The styles of a document, and the styles that they are based on."""

    def __init__(self, root: ET.Element | None) -> None:
        """Read the root of `styles.xml`, or None if the document has no styles."""
        styles = [] if root is None else root.findall(f"{WORD}style")
        self._by_id = {style.get(f"{WORD}styleId"): style for style in styles}
        self._defaults = {
            style.get(f"{WORD}type"): style.get(f"{WORD}styleId")
            for style in styles
            if style.get(f"{WORD}default") in {"1", "true", "on"}
        }

    def find_chain(self, style_id: str | None, kind: str) -> Iterator[ET.Element]:
        """Yield a style, the style that it is based on, and so on.

        Without a style ID, begin with the default style of this kind (`paragraph`, `character` or `numbering`).
        """
        style_id = style_id or self._defaults.get(kind)
        seen: set[str | None] = set()
        while style_id in self._by_id and style_id not in seen and len(seen) < _LONGEST_CHAIN:
            seen.add(style_id)
            yield self._by_id[style_id]
            style_id = find_value(self._by_id[style_id], "basedOn")

    def hides_text(self, style_id: str | None, kind: str) -> bool:
        """Return whether a style hides text. The first style of its chain with this property decides."""
        switches = (find_switch(style, "rPr/vanish") for style in self.find_chain(style_id, kind))
        return next((switch for switch in switches if switch is not None), False)
