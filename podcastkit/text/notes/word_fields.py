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
"""The elements of a complex field (ECMA-376, part 1, section 17.16).

A mark is the beginning of the field, the end of its instruction, or the end of the field. The result of the field
is after the instruction.
"""
_WORD_IN_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_SWITCHES_WITH_VALUE = {r"\l", r"\o", r"\t"}
"""The switches of a link that have a value: the fragment, the tooltip and the window."""


@dataclass(slots=True)
class _Field:
    """A field whose end has not been read yet."""

    begin: ET.Element
    """The mark at the beginning."""
    instruction: list[tuple[ET.Element, str]] = field(default_factory=list)
    """The elements of the instruction, each with its text."""


def rewrite_fields(root: ET.Element) -> None:
    """Rewrite all fields of a part in the form that mammoth reads.

    A simple field becomes a complex field. The instruction of a link keeps only the address. The instruction of a
    check box or a drop-down list becomes the text that the field shows. All other instructions become empty.
    """
    for simple in list(root.iter(f"{WORD}fldSimple")):
        _expand_field(simple)
    open_fields: list[_Field] = []
    open_instructions: list[_Field] = []  # the open fields whose result has not begun
    for element in list(root.iter()):
        if element.tag == _MARK:
            _read_mark(element, open_fields, open_instructions)
        elif element.tag in {TEXT, _INSTRUCTION} and open_instructions:
            open_instructions[-1].instruction.append((element, element.text or ""))
            element.text = ""
    # A field that never ends is not a field: show its text again.
    for unended_field in open_instructions:
        for element, text in unended_field.instruction:
            element.text = text


def _expand_field(simple: ET.Element) -> None:
    """Turn a simple field, one element with an attribute for the instruction, into a complex field."""
    content, instruction = list(simple), simple.get(f"{WORD}instr", "")
    simple.clear()
    simple.tag = WRAPPER
    simple.append(make_run(make_element("fldChar", fldCharType="begin")))
    simple.append(make_run(make_element("instrText", instruction)))
    simple.append(make_run(make_element("fldChar", fldCharType="separate")))
    simple.extend(content)
    simple.append(make_run(make_element("fldChar", fldCharType="end")))


def _read_mark(mark: ET.Element, open_fields: list[_Field], open_instructions: list[_Field]) -> None:
    """Open a field, close its instruction, or close the whole field."""
    kind = mark.get(f"{WORD}fldCharType")
    if kind == "begin":
        open_fields.append(_Field(mark))
        open_instructions.append(open_fields[-1])
    elif open_fields and kind in {"separate", "end"}:
        last_field = open_fields.pop() if kind == "end" else open_fields[-1]
        if open_instructions and open_instructions[-1] is last_field:
            open_instructions.pop()
            # Inside the instruction of another field, mammoth would read this instruction as a part of that one.
            if last_field.instruction and not open_instructions:
                _write_instruction(last_field)


def _write_instruction(word_field: _Field) -> None:
    """Write the instruction of a link with only its address, or replace that of a form field with its text."""
    element = word_field.instruction[-1][0]
    instruction = "".join(text for _, text in word_field.instruction)
    if address := _read_address(instruction):
        element.tag, element.text = _INSTRUCTION, f' HYPERLINK "{address}" '
    elif shown := _read_form_text(word_field.begin):
        element.tag, element.text = TEXT, shown


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


def _read_form_text(begin: ET.Element) -> str | None:
    """Return the text that a check box or a drop-down list shows, or None for other fields."""
    data = find_inner(begin, "ffData")
    box = find_inner(data, "checkBox")
    if box is not None:
        checked = find_switch(box, "checked")
        return CHECKED if (find_switch(box, "default") if checked is None else checked) else UNCHECKED
    entries = [] if data is None else data.findall(f"{WORD}ddList/{WORD}listEntry")
    chosen = find_value(data, "ddList/result") or find_value(data, "ddList/default") or "0"
    return entries[int(chosen)].get(VALUE) if chosen.isdecimal() and int(chosen) < len(entries) else None
