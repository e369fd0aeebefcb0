"""Number the lists of a Word document as Word does."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.text.notes.word_xml import (
    PARAGRAPH,
    WORD,
    find_inner,
    find_value,
    make_element,
    make_run,
    remove_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree import ElementTree as ET

    from podcastkit.text.notes.word_xml import Styles

_MAX_DEPTH = 4
"""The level of the innermost lists that mammoth writes; the outermost is 0."""
_LEVELS_OF_A_LIST = 9
_ORDERED, _BULLETS, _NONE = "1", "2", "0"
"""The IDs of the two lists in `NUMBERING`, and the ID of a paragraph without a list."""
_ABSTRACT_LISTS = "".join(
    f'<w:abstractNum w:abstractNumId="{number}">'
    + "".join(f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{form}"/></w:lvl>' for level in range(_MAX_DEPTH + 1))
    + "</w:abstractNum>"
    for number, form in ((_ORDERED, "decimal"), (_BULLETS, "bullet"))
)
NUMBERING = (
    f'<w:numbering xmlns:w="{WORD[1:-1]}">{_ABSTRACT_LISTS}'
    + "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in (_ORDERED, _BULLETS)
    )
    + "</w:numbering>"
).encode()
"""The part `numbering.xml` that rewritten lists refer to (ECMA-376, part 1, section 17.9)."""
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_NUMBER_LIMIT = 4000
"""Numbers below this limit can be written as letters or in Roman form; all others are written in digits."""
_PLACEHOLDER = re.compile("%([1-9])")
"""The place in a label for the number of a level; the first level is 1."""
_BOXES = "☐☑☒✓✔✗✘"
"""Bullets with a meaning, so they are kept as text."""
_ANCHOR = "podcastkit-number-"
"""The prefix of the bookmarks that carry the numbers of items through mammoth."""
_LIST_TAG = re.compile(rf'<(?P<end>/?)(?P<tag>[uo]l)>|(?P<item><li>)(?:<a id="{_ANCHOR}(?P<number>\d+)"></a>)?')
_STRAY_ANCHOR = re.compile(rf'<a id="{_ANCHOR}\d+"></a>')


@dataclass(frozen=True, kw_only=True, slots=True)
class _Level:
    """A level of a list."""

    form: str = "decimal"
    """The format of the numbers, such as `upperRoman` (ECMA-376, part 1, section 17.18.59)."""
    label: str = ""
    """The text before an item, with `%1` for the number of the first level."""
    start: int = 1
    """The number of the first item."""
    style: str | None = None
    """The style of the paragraphs in this level."""


class _List(NamedTuple):
    """A list of a document. The keys of the dictionaries are levels; the outermost is 0."""

    counter: str
    """The ID of the abstract list. Lists with the same abstract list continue each other's numbers."""
    levels: dict[int, _Level]
    restarts: dict[int, int]
    """The number of the first item in each level that does not continue the numbers of another list."""


class Numbering:
    """The lists of a document, with the current number of each level."""

    def __init__(self, root: ET.Element | None, styles: Styles) -> None:
        """Read the root of `numbering.xml`, or None if the document has no lists."""
        self._styles = styles
        abstract_lists = [] if root is None else root.findall(f"{WORD}abstractNum")
        self._abstract_lists = {element.get(f"{WORD}abstractNumId"): element for element in abstract_lists}
        list_elements = [] if root is None else root.findall(f"{WORD}num")
        self._list_elements = {element.get(f"{WORD}numId"): element for element in list_elements}
        self._lists: dict[str, _List | None] = {}  # by list ID
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)  # by counter: the number of each level
        self._started: set[tuple[str, int]] = set()  # the list IDs and levels that have an item

    def rewrite_lists(self, root: ET.Element) -> None:
        """Make list items refer to `NUMBERING`, and write the number of each item in a bookmark at its start."""
        outer_levels: list[int] = []  # the levels of the list items around the current paragraph
        for paragraph in root.iter(PARAGRAPH):
            properties = find_inner(paragraph, "pPr")
            if properties is None:
                outer_levels = []
            elif find_inner(properties, "rPr/del") is None:  # a paragraph with a deleted end is not an item
                outer_levels = self._rewrite_item(paragraph, properties, outer_levels)

    def _rewrite_item(self, paragraph: ET.Element, properties: ET.Element, outer_levels: list[int]) -> list[int]:
        """Make a paragraph refer to `NUMBERING`, with its number in a bookmark.

        `outer_levels` are the list levels of the previous paragraph. Return the list levels of this paragraph, the
        outermost first, or an empty list if it is not an item.
        """
        list_id, level = self._find_list_and_level(properties)
        word_list = self._find_list(list_id) if list_id else None
        level_format = word_list.levels.get(level) if word_list else None
        outer_levels = [outer_level for outer_level in outer_levels if outer_level < level]
        remove_children(properties, f"{WORD}numPr")
        label_elements: list[ET.Element] = []
        new_list_id = _NONE
        if word_list and level_format and list_id:
            new_list_id, label_elements = self._number_item(
                word_list, level_format, list_id, level, is_inner=bool(outer_levels)
            )
        # If an outer level has no item, mammoth would write an empty one: use the next free level.
        new_level = min(len(outer_levels), _MAX_DEPTH)
        reference = make_element("numPr")
        reference.extend((make_element("ilvl", val=str(new_level)), make_element("numId", val=new_list_id)))
        properties.append(reference)
        text_index = list(paragraph).index(properties) + 1
        for element in reversed(label_elements):
            paragraph.insert(text_index, element)
        return [*outer_levels, level] if new_list_id != _NONE else []

    def _find_list_and_level(self, properties: ET.Element) -> tuple[str | None, int]:
        """Return the list ID and the level of a paragraph, from its own properties or its style."""
        style_id = find_value(properties, "pStyle")
        list_id, level = find_value(properties, "numPr/numId"), find_value(properties, "numPr/ilvl")
        for style in self._styles.find_chain(style_id, "paragraph"):
            if list_id is None and (list_id := find_value(style, "pPr/numPr/numId")):
                level = level or find_value(style, "pPr/numPr/ilvl") or self._find_level_of_style(list_id, style)
        return list_id, int(level) if level and level.isdecimal() else 0

    def _find_level_of_style(self, list_id: str, style: ET.Element) -> str | None:
        """Return the level of a list that belongs to a paragraph style, or None."""
        word_list = self._find_list(list_id)
        levels = word_list.levels if word_list else {}
        style_id = style.get(f"{WORD}styleId")
        return next((str(level) for level, level_format in levels.items() if level_format.style == style_id), None)

    def _find_list(self, list_id: str) -> _List | None:
        if list_id not in self._lists:
            self._lists[list_id] = None  # styles can refer to each other in a circle
            self._lists[list_id] = self._read_list(list_id)
        return self._lists[list_id]

    def _read_list(self, list_id: str) -> _List | None:
        """Read the levels of a list, or of the list that its style links to, and apply its overrides.

        Return None if the document does not define the list.
        """
        list_element = self._list_elements.get(list_id)
        counter = find_value(list_element, "abstractNumId")
        abstract_list = self._abstract_lists.get(counter)
        if list_element is None or counter is None or abstract_list is None:
            return None
        if style_id := find_value(abstract_list, "numStyleLink"):
            chain = self._styles.find_chain(style_id, "numbering")
            linked_ids = (find_value(style, "pPr/numPr/numId") for style in chain)
            linked_id = next(filter(None, linked_ids), None)
            linked_list = self._find_list(linked_id) if linked_id else None
            if linked_list is None:
                return None
            counter, levels = linked_list.counter, dict(linked_list.levels)
        else:
            levels = dict(_read_levels(abstract_list))
        restarts: dict[int, int] = {}
        for override in list_element.findall(f"{WORD}lvlOverride"):
            level = _read_number(override.get(f"{WORD}ilvl"), 0)
            new_levels = dict(_read_levels(override))
            levels |= new_levels
            start = find_value(override, "startOverride")
            if start is not None or new_levels:
                restarts[level] = _read_number(start, levels[level].start if level in levels else 1)
        return _List(counter, levels, restarts)

    def _number_item(
        self, word_list: _List, level_format: _Level, list_id: str, level: int, *, is_inner: bool
    ) -> tuple[str, list[ET.Element]]:
        """Count an item; return its list ID in `NUMBERING`, and the elements to insert before its text.

        HTML lists in notes have only digits. All other labels become text: of a bullet if the item is inside
        another item, otherwise of a paragraph without a list.
        """
        counts = self._counts[word_list.counter]
        is_first_item = (list_id, level) not in self._started
        self._started.add((list_id, level))
        if is_first_item and level in word_list.restarts:
            counts[level] = word_list.restarts[level]
        else:
            counts[level] = counts[level] + 1 if level in counts else level_format.start
        for inner_level in [counted for counted in counts if counted > level]:
            del counts[inner_level]
        label = _PLACEHOLDER.sub(
            lambda match: _format_number(counts, word_list.levels, int(match[1]) - 1), level_format.label
        ).strip()
        label_elements = [make_run(make_element("t", f"{label} "))]
        if level_format.form == "bullet":
            return _BULLETS, label_elements if label and label in _BOXES else []
        # The pattern finds a letter, or two numbers as in "1.2".
        if level_format.form == "none" or re.search(r"[^\W\d_]|\d\D+\d", label):
            return _BULLETS if label and is_inner else _NONE, label_elements if label else []
        anchor = make_element("bookmarkStart", name=f"{_ANCHOR}{counts[level]}", id="0")
        return _ORDERED, [anchor]


def _read_levels(element: ET.Element) -> Iterator[tuple[int, _Level]]:
    for level_element in element.findall(f"{WORD}lvl")[:_LEVELS_OF_A_LIST]:
        yield (
            _read_number(level_element.get(f"{WORD}ilvl"), 0),
            _Level(
                form=find_value(level_element, "numFmt") or "decimal",
                label=find_value(level_element, "lvlText") or "",
                start=_read_number(find_value(level_element, "start"), 1),
                style=find_value(level_element, "pStyle"),
            ),
        )


def _format_number(counts: Mapping[int, int], levels: Mapping[int, _Level], level: int) -> str:
    """Return the current number of a level in the format of that level."""
    number = counts.get(level, 1)
    form = levels[level].form if level in levels else "decimal"
    if not 0 < number < _NUMBER_LIMIT:
        return str(number)
    if form.endswith("Letter"):
        numeral = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)  # after z: aa, bb, cc
    elif form.endswith("Roman"):
        numeral = _write_roman(number)
    else:
        return f"{number:02}" if form == "decimalZero" else str(number)
    return numeral.upper() if form.startswith("upper") else numeral


def _write_roman(number: int) -> str:
    numeral = ""
    for value, sign in _ROMAN:
        numeral += sign * (number // value)
        number %= value
    return numeral


def _read_number(written: str | None, default: int) -> int:
    return int(written) if written and written.isdecimal() else default


def number_lists(html: str) -> str:
    """Start each list at the number of its first item, and split it where the numbers are not consecutive.

    `html` is the output of mammoth. The numbers are in the bookmarks from `Numbering.rewrite_lists`.
    """
    output: list[str] = []
    open_lists: list[list[int]] = []  # for each: the index of its tag in `output`, and the next number or -1
    end = 0
    for match in _LIST_TAG.finditer(html):
        output.append(html[end : match.start()])
        end = match.end()
        if match["item"] and open_lists and match["number"]:
            number = int(match["number"])
            tag_index, next_number = open_lists[-1]
            if next_number < 0:
                output[tag_index] = _write_list_tag(number)
            elif number != next_number:
                output.append(f"</ol>{_write_list_tag(number)}")
            open_lists[-1][1] = number + 1
        elif match["end"]:
            del open_lists[-1:]
        elif match["tag"]:
            open_lists.append([len(output), -1])
        output.append(match["item"] or match.group())
    return _STRAY_ANCHOR.sub("", "".join([*output, html[end:]]))


def _write_list_tag(start: int) -> str:
    return "<ol>" if start == 1 else f'<ol start="{start}">'
