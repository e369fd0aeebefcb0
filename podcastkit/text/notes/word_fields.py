"""Rewrite the fields of a Word document: simple instructions for links, and text for form fields."""

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
    """An open field: its end has not been read yet."""

    begin: ET.Element
    instruction: list[tuple[ET.Element, str]] = field(default_factory=list)
    """The elements of its instruction, each with its text."""


def rewrite_fields(root: ET.Element) -> None:
    """Rewrite all fields of a part in the form that mammoth reads.

    A simple field becomes a complex one. The instruction of a link keeps only its address, and other instructions
    are not shown. A form field without a result gets its result as text.
    """
    for simple in list(root.iter(f"{WORD}fldSimple")):
        _expand_field(simple)
    opened: list[_Field] = []
    in_instruction: list[_Field] = []  # the open fields whose result has not begun
    for element in list(root.iter()):
        if element.tag == _MARK:
            _read_mark(element, opened, in_instruction)
        elif element.tag in {TEXT, _INSTRUCTION} and in_instruction:
            in_instruction[-1].instruction.append((element, element.text or ""))
            element.text = ""
    # A field that never ends is not a field: show its text again.
    for unended in in_instruction:
        for element, text in unended.instruction:
            element.text = text


def _expand_field(simple: ET.Element) -> None:
    content, instruction = list(simple), simple.get(f"{WORD}instr", "")
    simple.clear()
    simple.tag = WRAPPER
    simple.append(make_run(make_element("fldChar", fldCharType="begin")))
    simple.append(make_run(make_element("instrText", instruction)))
    simple.append(make_run(make_element("fldChar", fldCharType="separate")))
    simple.extend(content)
    simple.append(make_run(make_element("fldChar", fldCharType="end")))


def _read_mark(mark: ET.Element, opened: list[_Field], in_instruction: list[_Field]) -> None:
    """Open or close a field, or its instruction."""
    kind = mark.get(f"{WORD}fldCharType")
    if kind == "begin":
        opened.append(_Field(mark))
        in_instruction.append(opened[-1])
    elif opened and kind in {"separate", "end"}:
        last = opened.pop() if kind == "end" else opened[-1]
        if in_instruction and in_instruction[-1] is last:
            in_instruction.pop()
            # Inside the instruction of another field, mammoth would read this one as a part of it.
            if last.instruction and not in_instruction:
                _write_instruction(last)


def _write_instruction(last: _Field) -> None:
    """Replace an instruction with a simple link instruction, or with the result of a form field."""
    element = last.instruction[-1][0]
    instruction = "".join(text for _, text in last.instruction)
    if address := _read_address(instruction):
        element.tag, element.text = _INSTRUCTION, f' HYPERLINK "{address}" '
    elif result := _read_form(last.begin):
        element.tag, element.text = TEXT, result


def _read_address(instruction: str) -> str | None:
    """Return the address of a link, with its fragment if it has one, or None for other fields."""
    words = [(match[1] or match[2] or "").replace("\\\\", "\\") for match in _WORD_IN_FIELD.finditer(instruction)]
    if not words or words[0].upper() != "HYPERLINK":
        return None
    address, fragment, switch = "", "", ""
    for word in words[1:]:
        if switch:
            fragment = word if switch == r"\l" else fragment
            switch = ""
        elif word.lower() in _SWITCHES_WITH_VALUE:
            switch = word.lower()
        elif not word.startswith("\\"):
            address = address or word
    return f"{address}#{fragment}" if fragment else address


def _read_form(begin: ET.Element) -> str | None:
    """Return the text that a check box or a drop-down list shows."""
    data = find_inner(begin, "ffData")
    box = find_inner(data, "checkBox")
    if box is not None:
        checked = find_switch(box, "checked")
        return CHECKED if (find_switch(box, "default") if checked is None else checked) else UNCHECKED
    entries = [] if data is None else data.findall(f"{WORD}ddList/{WORD}listEntry")
    chosen = find_value(data, "ddList/result") or find_value(data, "ddList/default") or "0"
    return entries[int(chosen)].get(VALUE) if chosen.isdecimal() and int(chosen) < len(entries) else None
