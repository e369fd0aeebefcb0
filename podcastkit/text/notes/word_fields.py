"""Fields of Word: what they show stays, with plain instructions for links and text for form fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcastkit.text.notes.word_xml import (
    TEXT,
    VALUE,
    WORD,
    WRAPPER,
    find_inner,
    find_switch,
    find_value,
    make_element,
    make_run,
)

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

CHECKED, UNCHECKED = "☒", "☐"
_MARK, _INSTRUCTION = f"{WORD}fldChar", f"{WORD}instrText"
_WORD_IN_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_SWITCHES_WITH_VALUE = {r"\l", r"\o", r"\t"}


@dataclass(slots=True)
class _Field:
    """A field that has begun and has not ended yet."""

    begin: ET.Element
    instruction: list[tuple[ET.Element, str]] = field(default_factory=list)
    """The elements of its instruction, and their texts."""


def rewrite_fields(root: ET.Element) -> None:
    """Give all fields of a part the form that mammoth reads.

    A simple field becomes a complex one. A link has its address alone. What belongs to an instruction is not shown.
    Form fields that have no result of their own get it as text.
    """
    for simple in list(root.iter(f"{WORD}fldSimple")):
        _expand(simple)
    opened: list[_Field] = []
    hiding: list[_Field] = []  # those of them whose results do not follow yet
    for element in list(root.iter()):
        if element.tag == _MARK:
            _follow(element, opened, hiding)
        elif element.tag in {TEXT, _INSTRUCTION} and hiding:
            hiding[-1].instruction.append((element, element.text or ""))
            element.text = ""
    for unended in hiding:
        for element, text in unended.instruction:
            element.text = text


def _expand(simple: ET.Element) -> None:
    content, instruction = list(simple), simple.get(f"{WORD}instr", "")
    simple.clear()
    simple.tag = WRAPPER
    simple.append(make_run(make_element("fldChar", fldCharType="begin")))
    simple.append(make_run(make_element("instrText", instruction)))
    simple.append(make_run(make_element("fldChar", fldCharType="separate")))
    simple.extend(content)
    simple.append(make_run(make_element("fldChar", fldCharType="end")))


def _follow(mark: ET.Element, opened: list[_Field], hiding: list[_Field]) -> None:
    """Begin or end a field, or its instruction."""
    kind = mark.get(f"{WORD}fldCharType")
    if kind == "begin":
        opened.append(_Field(mark))
        hiding.append(opened[-1])
    elif opened and kind in {"separate", "end"}:
        last = opened.pop() if kind == "end" else opened[-1]
        if hiding and hiding[-1] is last:
            hiding.pop()
            # Within the instruction of another field, mammoth would take it for a part of that.
            if last.instruction and not hiding:
                _write_instruction(last)


def _write_instruction(last: _Field) -> None:
    """Write a plain instruction to link, or the result of a form field, in place of an instruction."""
    element = last.instruction[-1][0]
    instruction = "".join(text for _, text in last.instruction)
    if address := _read_address(instruction):
        element.tag, element.text = _INSTRUCTION, f' HYPERLINK "{address}" '
    elif result := _read_form(last.begin):
        element.tag, element.text = TEXT, result


def _read_address(instruction: str) -> str | None:
    """Return the address of a link, with the name of a place in the page if there is one."""
    words = [(match[1] or match[2] or "").replace("\\\\", "\\") for match in _WORD_IN_FIELD.finditer(instruction)]
    if not words or words[0].upper() != "HYPERLINK":
        return None
    address, place, switch = "", "", ""
    for word in words[1:]:
        if switch:
            place = word if switch == r"\l" else place
            switch = ""
        elif word.lower() in _SWITCHES_WITH_VALUE:
            switch = word.lower()
        elif not word.startswith("\\"):
            address = address or word
    return f"{address}#{place}" if place else address


def _read_form(begin: ET.Element) -> str | None:
    """Return what a check box or a list to choose from shows."""
    data = find_inner(begin, "ffData")
    box = find_inner(data, "checkBox")
    if box is not None:
        checked = find_switch(box, "checked")
        return CHECKED if (find_switch(box, "default") if checked is None else checked) else UNCHECKED
    entries = [] if data is None else data.findall(f"{WORD}ddList/{WORD}listEntry")
    chosen = find_value(data, "ddList/result") or find_value(data, "ddList/default") or "0"
    return entries[int(chosen)].get(VALUE) if chosen.isdecimal() and int(chosen) < len(entries) else None
