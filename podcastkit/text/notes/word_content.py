"""Rewrite the parts of a Word document so that mammoth finds exactly the content that Word shows."""

from __future__ import annotations

import itertools
import posixpath
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from podcastkit.text.notes.word_fields import CHECKED, UNCHECKED, rewrite_fields
from podcastkit.text.notes.word_lists import NUMBERING, Numbering
from podcastkit.text.notes.word_xml import (
    PARAGRAPH,
    RUN,
    TEXT,
    WORD,
    WRAPPER,
    Styles,
    find_inner,
    find_switch,
    find_value,
    make_element,
    make_run,
    parse_part,
    remove_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HIDDEN, FORMULA, IMAGE = "hidden text", "formula", "image"
"""Kinds of content that may be left out."""

_BODY_TAGS = {f"{WORD}{name}" for name in ("document", "footnotes", "endnotes")}
# Namespaces of elements and attributes.
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}",
)
_CHECK_BOX = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SHAPES = "{urn:schemas-microsoft-com:vml}"
_GRAPHIC = "}graphicData"
"""The end of a tag, in any namespace."""
_READABLE_TAGS = {
    **{f"{WORD}{name}": WRAPPER for name in ("dir", "bdo", "ruby", "rubyBase", "subDoc")},
    **{f"{_SHAPES}{name}": f"{_SHAPES}rect" for name in ("oval", "line", "arc", "curve", "polyline", "image")},
    f"{WORD}cr": f"{WORD}br",
    f"{WORD}ptab": f"{WORD}tab",
}
"""Elements that mammoth ignores, and the elements that it reads instead."""
_KEPT_IN_HIDDEN = {f"{WORD}{name}" for name in ("rPr", "fldChar", "instrText")}
"""The elements of a run that stay when its text is hidden."""
_PRIVATE = range(0xE000, 0xF900)
"""The code points that Unicode leaves to fonts (the private use area)."""
_SYMBOL_FONTS = {"Symbol", "Webdings", "Wingdings", "Wingdings 2", "Wingdings 3"}


def rewrite_parts(parts: Mapping[str, bytes]) -> tuple[dict[str, bytes], Counter[str]]:
    """Return the parts in a form that mammoth reads completely, and the number of omitted items of each kind."""
    trees = {name: parse_part(content) for name, content in parts.items()}
    styles = Styles(_find_root(trees.values(), "styles"))
    numbering = Numbering(_find_root(trees.values(), "numbering"), styles)
    left_out: Counter[str] = Counter()
    rewritten_parts = dict(parts)
    for name, root in trees.items():
        if root.tag in _BODY_TAGS:
            _drop_broken_relations(root, trees.get(_get_relations_name(name)))
            left_out += _rewrite_content(root, styles)
            numbering.rewrite_lists(root)
            rewritten_parts[name] = ET.tostring(root)
        elif root.tag == f"{WORD}numbering":
            rewritten_parts[name] = NUMBERING
    return rewritten_parts, left_out


def _find_root(roots: Iterable[ET.Element], name: str) -> ET.Element | None:
    return next((root for root in roots if root.tag == f"{WORD}{name}"), None)


def _get_relations_name(part: str) -> str:
    """Return the name of the part with the relations of another part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _drop_broken_relations(root: ET.Element, relations: ET.Element | None) -> None:
    """Remove references to relations that the document does not define; mammoth would fail on them."""
    known = set() if relations is None else {relation.get("Id") for relation in relations}
    for element in root.iter():
        for name in [name for name in element.attrib if name.startswith(_RELATIONS)]:
            if element.get(name) not in known:
                del element.attrib[name]


def _rewrite_content(root: ET.Element, styles: Styles) -> Counter[str]:
    """Rewrite a part of the document step by step; return the number of omitted items of each kind."""
    left_out = Counter(
        {FORMULA: _remove_elements(root, f"{_MATHS}oMathPara") + _remove_elements(root, f"{_MATHS}oMath")}
    )
    _choose_alternates(root)
    left_out[IMAGE] = sum(map(_open_drawing, list(root.iter(f"{WORD}drawing"))))
    rewrite_fields(root)
    for element in list(root.iter()):
        if element.tag == f"{WORD}sdt":
            _drop_prompt(element)
            _write_check_box(element)
        elif element.tag == f"{WORD}sym":
            _write_symbol(element)
        elif element.tag == f"{WORD}ruby":
            _write_ruby(element)
        element.tag = _READABLE_TAGS.get(element.tag, element.tag)
    for run in root.iter(RUN):
        _replace_symbol_letters(run)
    left_out[HIDDEN] = _remove_hidden(root, styles)
    _keep_last_paragraphs(root)
    return left_out


def _remove_elements(root: ET.Element, tag: str) -> int:
    return sum(remove_children(element, tag) for element in root.iter())


def _choose_alternates(root: ET.Element) -> None:
    """Keep the fallback of alternative content, as mammoth does, or the first choice if the fallback is empty."""
    for element in list(root.iter(f"{_COMPATIBILITY}AlternateContent")):
        fallback = element.find(f"{_COMPATIBILITY}Fallback")
        choices = element.findall(f"{_COMPATIBILITY}Choice")
        alternatives = [*([] if fallback is None else [fallback]), *choices]
        chosen = next((alternative for alternative in alternatives if _has_content(alternative)), None)
        element.tag = WRAPPER
        element[:] = [] if chosen is None else list(chosen)


def _has_content(element: ET.Element) -> bool:
    """Return whether an element contains text or a graphic."""
    return any(
        (inner.tag == TEXT and inner.text) or inner.tag.endswith(("}blip", "}imagedata", _GRAPHIC))
        for inner in element.iter()
    )


def _open_drawing(drawing: ET.Element) -> int:
    """Reduce a drawing to its text boxes, if it has any; return the number of images that mammoth does not find."""
    graphic = next((inner for inner in drawing.iter() if inner.tag.endswith(_GRAPHIC)), None)
    is_picture = graphic is not None and any(inner.tag.endswith("}pic") for inner in graphic)
    is_chart = graphic is not None and graphic.get("uri", "").rpartition("/")[2] in {"chart", "chartex", "diagram"}
    images = 0 if is_picture else sum(inner.tag.endswith("}blip") for inner in drawing.iter())
    if boxes := list(drawing.iter(f"{WORD}txbxContent")):
        drawing.tag = f"{WORD}pict"
        drawing[:] = boxes
    return images + is_chart


def _drop_prompt(control: ET.Element) -> None:
    """Remove the placeholder of an empty control, such as "Click or tap here to enter text"."""
    if find_switch(control, "sdtPr/showingPlcHdr"):
        for text in control.iter(TEXT):
            text.text = ""


def _write_check_box(control: ET.Element) -> None:
    """Write a check box as text; mammoth would turn it into an input element, which is left out."""
    properties, content = find_inner(control, "sdtPr"), find_inner(control, "sdtContent")
    box = None if properties is None else properties.find(f"{_CHECK_BOX}checkbox")
    if properties is None or content is None or box is None:
        return
    properties.remove(box)
    texts = list(content.iter(TEXT))
    # A text that begins with an ordinary character already shows the state of the box.
    if any(text.text and text.text.strip() and ord(text.text.strip()[0]) not in _PRIVATE for text in texts):
        return
    state = box.find(f"{_CHECK_BOX}checked")
    is_checked = state is not None and state.get(f"{_CHECK_BOX}val") in {"1", "true", "on"}
    paragraph = find_inner(content, "p")
    parent = content if paragraph is None else paragraph
    for run in parent.findall(RUN):
        parent.remove(run)
    parent.append(make_run(make_element("t", CHECKED if is_checked else UNCHECKED)))


def _write_symbol(symbol: ET.Element) -> None:
    """Replace a symbol with the Unicode character that it shows, or with nothing if its code is not valid.

    A symbol whose character is unknown stays, so mammoth reports it.
    """
    try:
        code = int(symbol.get(f"{WORD}char", ""), 16)
    except ValueError:
        code = 0
    font = symbol.get(f"{WORD}font", "")
    if (character := _find_symbol(font, code)) or not code:
        symbol.clear()
        symbol.tag, symbol.text = TEXT, character


def _find_symbol(font: str, code: int) -> str | None:
    """Return the Unicode character that a code shows in a font, or None if it is unknown."""
    from mammoth.docx.dingbats import dingbats  # noqa: PLC0415 - as in docx.py

    # Word often adds 0xF000 to the codes of symbol fonts.
    mapped = dingbats.get((font, code & 0xFF)) if code < 0x100 or 0xF000 <= code < 0xF100 else None  # noqa: PLR2004
    if mapped:
        return chr(mapped)
    is_character = 0x20 <= code < 0x110000 and code not in _PRIVATE and not 0xD800 <= code < 0xE000  # noqa: PLR2004
    return chr(code) if is_character and font not in _SYMBOL_FONTS else None


def _replace_symbol_letters(run: ET.Element) -> None:
    """Replace letters in a symbol font with the characters that they show."""
    fonts = find_inner(run, "rPr/rFonts")
    font = None if fonts is None else fonts.get(f"{WORD}ascii")
    if font in _SYMBOL_FONTS:
        for text in run.findall(TEXT):
            text.text = "".join(_find_symbol(font, ord(letter)) or letter for letter in text.text or "")


def _write_ruby(ruby: ET.Element) -> None:
    """Move the pronunciation of a word into brackets after the word."""
    for properties in ruby.findall(f"{WORD}rubyPr"):
        ruby.remove(properties)
    for reading in ruby.findall(f"{WORD}rt"):
        ruby.remove(reading)
        reading.tag = WRAPPER
        ruby.extend((make_run(make_element("t", "(")), reading, make_run(make_element("t", ")"))))


def _remove_hidden(root: ET.Element, styles: Styles) -> int:
    """Remove hidden text; return the number of hidden passages."""
    hidden = 0
    for row in root.iter(f"{WORD}tr"):
        if find_switch(row, "trPr/hidden"):
            hidden += 1
            row[:] = []
    for paragraph in root.iter(PARAGRAPH):
        style_hides = styles.hides_text(find_value(paragraph, "pPr/pStyle"), "paragraph")
        for run in _list_runs(paragraph):
            if _is_hidden(run, styles, paragraph_style_hides=style_hides):
                hidden += bool("".join(text.text or "" for text in run.iter(TEXT)).strip())
                run[:] = [child for child in run if child.tag in _KEPT_IN_HIDDEN]
        mark_switch = find_switch(paragraph, "pPr/rPr/vanish")
        is_mark_hidden = style_hides if mark_switch is None else mark_switch
        if is_mark_hidden:
            _delete_paragraph_mark(paragraph)
    return hidden


def _list_runs(paragraph: ET.Element) -> Iterator[ET.Element]:
    """Yield the runs of a paragraph, without those of paragraphs inside it (in a text box, for example)."""
    for child in paragraph:
        if child.tag == RUN:
            yield child
        if child.tag != PARAGRAPH:
            yield from _list_runs(child)


def _is_hidden(run: ET.Element, styles: Styles, *, paragraph_style_hides: bool) -> bool:
    own_switch = find_switch(run, "rPr/vanish")
    if own_switch is not None:
        return own_switch
    style = find_value(run, "rPr/rStyle")
    run_style_hides = style is not None and styles.hides_text(style, "character")
    # If both styles hide the text, Word shows it (ECMA-376, part 1, section 17.7.3).
    return paragraph_style_hides != run_style_hides


def _delete_paragraph_mark(paragraph: ET.Element) -> None:
    """Join a paragraph to the next one by marking its end as deleted."""
    for path, name in (("", "pPr"), ("pPr", "rPr"), ("pPr/rPr", "del")):
        parent = find_inner(paragraph, path) if path else paragraph
        if parent is not None and find_inner(parent, name) is None:
            parent.insert(0, make_element(name))


def _keep_last_paragraphs(root: ET.Element) -> None:
    """Restore the deleted end of a paragraph that no other paragraph follows; otherwise, mammoth loses the text."""
    for parent in root.iter():
        children = list(parent)
        for child, following in itertools.zip_longest(children, children[1:]):
            mark = find_inner(child, "pPr/rPr") if child.tag == PARAGRAPH else None
            if mark is not None and (following is None or following.tag != PARAGRAPH):
                remove_children(mark, f"{WORD}del")
