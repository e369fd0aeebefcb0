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
_LEVELS = "".join(
    f'<w:abstractNum w:abstractNumId="{number}">'
    + "".join(f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{form}"/></w:lvl>' for level in range(_MAX_DEPTH + 1))
    + "</w:abstractNum>"
    for number, form in ((_ORDERED, "decimal"), (_BULLETS, "bullet"))
)
NUMBERING = (
    f'<w:numbering xmlns:w="{WORD[1:-1]}">{_LEVELS}'
    + "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in (_ORDERED, _BULLETS)
    )
    + "</w:numbering>"
).encode()
"""The part `numbering.xml` that rewritten lists refer to."""
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LARGEST_NUMBER = 4000
_PLACEHOLDER = re.compile("%([1-9])")
_BOXES = "☐☑☒✓✔✗✘"
_ANCHOR = "podcastkit-number-"
"""The prefix of the bookmarks that carry the numbers of items through mammoth."""
_LIST_TAG = re.compile(rf'<(?P<end>/?)(?P<tag>[uo]l)>|(?P<item><li>)(?:<a id="{_ANCHOR}(?P<number>\d+)"></a>)?')
_STRAY_ANCHOR = re.compile(rf'<a id="{_ANCHOR}\d+"></a>')


@dataclass(frozen=True, kw_only=True, slots=True)
class _Level:
    """A level of a list."""

    form: str = "decimal"
    label: str = ""
    """The text before an item, with `%1` for the number of the first level."""
    start: int = 1
    style: str | None = None
    """The style of the paragraphs in this level."""


class _List(NamedTuple):
    """A list: the counter that it shares with other lists, its levels, and the numbers where levels restart."""

    counter: str
    levels: dict[int, _Level]
    restarts: dict[int, int]


class Numbering:
    """The lists of a document, with the current number of each level."""

    def __init__(self, root: ET.Element | None, styles: Styles) -> None:
        """Read the root of `numbering.xml`, or None if the document has no lists."""
        self._styles = styles
        abstract = [] if root is None else root.findall(f"{WORD}abstractNum")
        self._abstract = {element.get(f"{WORD}abstractNumId"): element for element in abstract}
        nums = [] if root is None else root.findall(f"{WORD}num")
        self._nums = {element.get(f"{WORD}numId"): element for element in nums}
        self._lists: dict[str, _List | None] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[tuple[str, int]] = set()

    def rewrite_lists(self, root: ET.Element) -> None:
        """Make list items refer to `NUMBERING`, and write the number of each item in a bookmark at its start."""
        outer: list[int] = []  # the levels of the list items around the current paragraph
        for paragraph in root.iter(PARAGRAPH):
            properties = find_inner(paragraph, "pPr")
            if properties is None:
                outer = []
            elif find_inner(properties, "rPr/del") is None:  # a paragraph with a deleted end is not an item
                outer = self._rewrite_item(paragraph, properties, outer)

    def _rewrite_item(self, paragraph: ET.Element, properties: ET.Element, outer: list[int]) -> list[int]:
        """Make a paragraph refer to `NUMBERING`, with its number in a bookmark.

        `outer` has the list levels of the previous paragraph. Return those of this paragraph, the outermost first.
        """
        number, level = self._find_place(properties)
        found = self._find_list(number) if number else None
        kind = found.levels.get(level) if found else None
        remove_children(properties, f"{WORD}numPr")
        marks: list[ET.Element] = []
        reference = _NONE
        if found and kind and number:
            reference, marks = self._number_item(
                found, kind, number, level, is_inner=any(above < level for above in outer)
            )
        # If an outer level has no item, mammoth would write an empty one: use the next free level.
        outer = [above for above in outer if above < level]
        own = make_element("numPr")
        own.extend(
            (make_element("ilvl", val=str(min(len(outer), _MAX_DEPTH))), make_element("numId", val=reference))
        )
        properties.append(own)
        place = list(paragraph).index(properties) + 1
        for mark in reversed(marks):
            paragraph.insert(place, mark)
        return [*outer, level] if reference != _NONE else []

    def _find_place(self, properties: ET.Element) -> tuple[str | None, int]:
        """Return the list and level of a paragraph, from its own properties or its style."""
        style = find_value(properties, "pStyle")
        number, level = find_value(properties, "numPr/numId"), find_value(properties, "numPr/ilvl")
        for inherited in self._styles.find_chain(style, "paragraph"):
            if number is None and (number := find_value(inherited, "pPr/numPr/numId")):
                name = inherited.get(f"{WORD}styleId")
                levels = (found.levels if (found := self._find_list(number)) else {}).items()
                linked = next((index for index, kind in levels if kind.style == name), None)
                level = (
                    level or find_value(inherited, "pPr/numPr/ilvl") or (None if linked is None else str(linked))
                )
        return number, int(level) if level and level.isdecimal() else 0

    def _find_list(self, number: str) -> _List | None:
        if number not in self._lists:
            self._lists[number] = None  # styles can refer to each other in a circle
            self._lists[number] = self._read_list(number)
        return self._lists[number]

    def _read_list(self, number: str) -> _List | None:
        """Read the levels of a list (its own, or those of the list that its style links to) and its overrides."""
        num = self._nums.get(number)
        counter = find_value(num, "abstractNumId")
        abstract = self._abstract.get(counter)
        if num is None or counter is None or abstract is None:
            return None
        if style := find_value(abstract, "numStyleLink"):
            chain = self._styles.find_chain(style, "numbering")
            linked = next((found for each in chain if (found := find_value(each, "pPr/numPr/numId"))), None)
            base = self._find_list(linked) if linked else None
            if base is None:
                return None
            counter, levels = base.counter, dict(base.levels)
        else:
            levels = dict(_read_levels(abstract))
        restarts: dict[int, int] = {}
        for override in num.findall(f"{WORD}lvlOverride"):
            index = _read_number(override.get(f"{WORD}ilvl"), 0)
            own = dict(_read_levels(override))
            levels |= own
            start = find_value(override, "startOverride")
            if start is not None or own:
                restarts[index] = _read_number(start, levels[index].start if index in levels else 1)
        return _List(counter, levels, restarts)

    def _number_item(
        self, found: _List, kind: _Level, number: str, level: int, *, is_inner: bool
    ) -> tuple[str, list[ET.Element]]:
        """Count an item; return its list in `NUMBERING`, and the elements to insert before its text.

        HTML lists in notes have only digits. Other labels become text: in a bullet inside a list, otherwise in a
        paragraph.
        """
        counts = self._counts[found.counter]
        is_new = (number, level) not in self._started
        self._started.add((number, level))
        if is_new and level in found.restarts:
            counts[level] = found.restarts[level]
        else:
            counts[level] = counts[level] + 1 if level in counts else kind.start
        for deeper in [index for index in counts if index > level]:
            del counts[deeper]
        shown = _PLACEHOLDER.sub(lambda match: _write_number(counts, found.levels, int(match[1]) - 1), kind.label)
        shown = shown.strip()
        label = [make_run(make_element("t", f"{shown} "))]
        if kind.form == "bullet":
            return _BULLETS, label if shown and shown in _BOXES else []
        if kind.form == "none" or re.search(r"[^\W\d_]|\d\D+\d", shown):
            return _BULLETS if shown and is_inner else _NONE, label if shown else []
        anchor = make_element("bookmarkStart", name=f"{_ANCHOR}{counts[level]}", id="0")
        return _ORDERED, [anchor]


def _read_levels(element: ET.Element) -> Iterator[tuple[int, _Level]]:
    for level in element.findall(f"{WORD}lvl")[:_LEVELS_OF_A_LIST]:
        yield (
            _read_number(level.get(f"{WORD}ilvl"), 0),
            _Level(
                form=find_value(level, "numFmt") or "decimal",
                label=find_value(level, "lvlText") or "",
                start=_read_number(find_value(level, "start"), 1),
                style=find_value(level, "pStyle"),
            ),
        )


def _write_number(counts: Mapping[int, int], levels: Mapping[int, _Level], index: int) -> str:
    number = counts.get(index, 1)
    form = levels[index].form if index in levels else "decimal"
    if not 0 < number < _LARGEST_NUMBER:
        return str(number)
    if form.endswith("Letter"):
        written = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif form.endswith("Roman"):
        written = _write_roman(number)
    else:
        return f"{number:02}" if form == "decimalZero" else str(number)
    return written.upper() if form.startswith("upper") else written


def _write_roman(number: int) -> str:
    written = ""
    for value, sign in _ROMAN:
        written += sign * (number // value)
        number %= value
    return written


def _read_number(written: str | None, default: int) -> int:
    return int(written) if written and written.isdecimal() else default


def number_lists(html: str) -> str:
    """Start each list at the number of its first item, and split it where the numbers are not consecutive."""
    written: list[str] = []
    opened: list[list[int]] = []  # for each open list: the index of its tag, and the next number or -1
    end = 0
    for match in _LIST_TAG.finditer(html):
        written.append(html[end : match.start()])
        end = match.end()
        if match["item"] and opened and match["number"]:
            number = int(match["number"])
            place, following = opened[-1]
            if following < 0:
                written[place] = _write_list_tag(number)
            elif number != following:
                written.append(f"</ol>{_write_list_tag(number)}")
            opened[-1][1] = number + 1
        elif match["end"]:
            del opened[-1:]
        elif match["tag"]:
            opened.append([len(written), -1])
        written.append(match["item"] or match.group())
    return _STRAY_ANCHOR.sub("", "".join([*written, html[end:]]))


def _write_list_tag(start: int) -> str:
    return "<ol>" if start == 1 else f'<ol start="{start}">'
