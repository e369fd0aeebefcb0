"""Explain what stops an XML parser: the character, the attribute or the tag, and how to correct it."""

from __future__ import annotations

import re
import sys
import unicodedata
from html.entities import name2codepoint
from typing import Final, NamedTuple
from xml.parsers import expat

from podcastkit.text.cleaning import FORBIDDEN_IN_XML

NO_XML: Final = "the feed is not well-formed XML, so that apps cannot read it"

_AROUND: Final = 4096
"""Bytes on each side of the place that are looked at."""
_LONGEST_NAME: Final = 40
_CONTROLS: Final = re.split(
    ", ",
    "NULL, START OF HEADING, START OF TEXT, END OF TEXT, END OF TRANSMISSION, ENQUIRY, ACKNOWLEDGE, ALERT, "
    "BACKSPACE, CHARACTER TABULATION, LINE FEED, LINE TABULATION, FORM FEED, CARRIAGE RETURN, SHIFT OUT, SHIFT IN, "
    "DATA LINK ESCAPE, DEVICE CONTROL ONE, DEVICE CONTROL TWO, DEVICE CONTROL THREE, DEVICE CONTROL FOUR, "
    "NEGATIVE ACKNOWLEDGE, SYNCHRONOUS IDLE, END OF TRANSMISSION BLOCK, CANCEL, END OF MEDIUM, SUBSTITUTE, ESCAPE, "
    "INFORMATION SEPARATOR FOUR, INFORMATION SEPARATOR THREE, INFORMATION SEPARATOR TWO, INFORMATION SEPARATOR ONE",
)
"""The characters before the space, by their aliases (NameAliases.txt): Unicode gives them no names."""

_ESCAPE: Final = "write &amp; for & and &lt; for <, or put the text into <![CDATA[ … ]]>"
_ESCAPE_VALUE: Final = "write &amp; for &, also in addresses (?a=1&amp;b=2)"
_DELETE: Final = "delete it; it is invisible, and often comes along with text copied from a PDF or a slide"
_COMPLETE: Final = "export the feed again, or ask its host: every tag that was opened must be closed"
_ENDS: Final = ("it ends before every tag is closed", _COMPLETE)
_OTHERWISE: Final = "open the feed in a browser, which shows the place, and correct it there or ask the host"
_FIRST: Final = "remove what is before <?xml or <rss; often a plugin or template of the website adds it"
_WORDS: Final = {
    expat.errors.XML_ERROR_TAG_MISMATCH: (
        "this closing tag does not belong to the tag that was opened last",
        "close the tags in the opposite order in which they were opened",
    ),
    expat.errors.XML_ERROR_UNBOUND_PREFIX: (
        "the prefix of this tag is not declared",
        'declare it in <rss>, as in xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"',
    ),
    expat.errors.XML_ERROR_NO_ELEMENTS: _ENDS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _ENDS,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: _ENDS,
    expat.errors.XML_ERROR_PARTIAL_CHAR: _ENDS,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: (
        "something stands behind its end",
        "remove what stands behind </rss>",
    ),
    expat.errors.XML_ERROR_MISPLACED_XML_PI: (
        "the XML declaration, <?xml … ?>, may only be at the very beginning",
        "remove what is before it, such as a comment or a line of a plugin; or remove it, if it is a second one",
    ),
    expat.errors.XML_ERROR_XML_DECL: (
        "the XML declaration is not written as it must be",
        'write <?xml version="1.0" encoding="UTF-8"?>',
    ),
}
"""What expat says, in words for people, and the solution."""

_NAME: Final = r"[^\s<>=/\"'&]+"
_VALUE: Final = r"""(?:"[^"]*"|'[^']*')"""
_INSIDE_TAG: Final = re.compile(
    rf"<(?![!?/]){_NAME}(?:\s+{_NAME}\s*=\s*{_VALUE})*(?P<rest>[^<>\"']*(?:\"[^<\"]*|'[^<']*)?)"
)
"""A start tag as far as an error in it, which is in the rest."""
_BEGUN_TAG: Final = re.compile(r"<[^\s<>/!?]*\Z")
_LONE_AMPERSAND: Final = re.compile(r"&#?[\w.:-]*\Z")
_REFERENCE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][\w.-]*);")
_NUMBER: Final = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")


_ENDINGS: Final = (
    (r"\]\]\Z", ("there is a ]]> outside of a CDATA section", "write ]]&gt;"), -2),
    (r"--\Z", ("there is a -- within a comment", "write one hyphen, or remove the comment"), -2),
    (r"</[^<>]*\Z", ("a closing tag holds more than its name", "remove what is behind the name"), 0),
)
"""What is before the place where the parser stopped, what it means, and by how much the place differs."""


class Explanation(NamedTuple):
    """What is wrong, the solution, and by how many characters the place differs from where the parser stopped."""

    meaning: str
    solution: str
    shift: int = 0


def describe_character(character: str) -> str:
    """Return the code point and the name of a character: `U+000B (LINE TABULATION)`."""
    point = ord(character)
    name = _CONTROLS[point] if point < len(_CONTROLS) else unicodedata.name(character, "not a character")
    return f"U+{point:04X} ({name})"


def explain_xml_error(error: expat.ExpatError, xml: bytes, index: int) -> Explanation:
    """Explain why expat stopped at a byte of a document in UTF-8."""
    words = expat.ErrorString(error.code)
    before = xml[max(index - _AROUND, 0) : index].decode(errors="replace")
    after = xml[index : index + _AROUND].decode(errors="replace")
    is_beginning = not xml[:index].strip(b" \t\r\n\xef\xbb\xbf")
    if words in {expat.errors.XML_ERROR_INVALID_TOKEN, expat.errors.XML_ERROR_SYNTAX} and after:
        return _explain_beginning(after) if is_beginning and after[0] != "<" else _explain_token(before, after)
    if words == expat.errors.XML_ERROR_UNDEFINED_ENTITY:
        return _explain_entity(after)
    if words == expat.errors.XML_ERROR_BAD_CHAR_REF:
        return _explain_number(after)
    if words == expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE:
        name = re.match(rf"({_NAME})\s*=", after)
        which = f", {_shorten(name[1])}" if name else ""
        return Explanation(f"the tag has the same attribute twice{which}", "keep one of the two")
    return Explanation(*_WORDS.get(words, (words, _OTHERWISE)))


def _explain_beginning(after: str) -> Explanation:
    if after[0].isprintable() and after[0].isascii():
        return Explanation("there is text before its first tag", _FIRST)
    return Explanation(f"it begins with the character {describe_character(after[0])}, before its first tag", _FIRST)


def _explain_token(before: str, after: str) -> Explanation:
    if FORBIDDEN_IN_XML.match(after):
        return Explanation(f"XML does not allow the character {describe_character(after[0])}", _DELETE)
    inside = _INSIDE_TAG.fullmatch(before, max(before.rfind("<"), 0))
    if lone := _LONE_AMPERSAND.search(before):
        solution = _ESCAPE_VALUE if inside else _ESCAPE
        return Explanation(_stands_alone("&"), solution, lone.start() - len(before))
    if begun := _BEGUN_TAG.search(before):
        return Explanation(_stands_alone("<"), _ESCAPE, begun.start() - len(before))
    if inside:
        return _explain_attribute(inside["rest"], after)
    return next(
        (Explanation(*words, shift) for end, words, shift in _ENDINGS if re.search(end, before)),
        Explanation(f"XML does not allow the character {describe_character(after[0])} here", _OTHERWISE),
    )


def _stands_alone(sign: str) -> str:
    what = "is not part of an entity such as &amp;" if sign == "&" else "begins no tag"
    return f"XML does not allow the character {sign}, {describe_character(sign)}, where it {what}"


def _explain_attribute(rest: str, after: str) -> Explanation:
    """Explain an error behind the last whole attribute of a tag."""
    character = describe_character(after[0])
    begun = re.fullmatch(rf"""\s+({_NAME})\s*(=?)\s*(["']?).*""", rest, re.DOTALL)
    if begun is None:
        return Explanation(
            "the value of an attribute is followed by something else without a blank",
            "put a blank before the next attribute; write &quot; for a quotation mark within a value",
        )
    name = _shorten(begun[1])
    if begun[3]:
        message = f"XML does not allow the character {character} in the value of an attribute, {name}"
        return Explanation(
            message, "write &lt; for <; or add the quotation mark that should end the value before it"
        )
    if begun[2]:
        is_curly = unicodedata.category(after[0]) in {"Pi", "Pf", "Ps"}
        message = f"the value of the attribute {name} is not in quotation marks"
        curly = f", \" or ', but behind {character}" if is_curly else ""
        return Explanation(message + curly, f'write {name}="…", with straight quotation marks')
    return Explanation(f"the attribute {name} has no value", f'write {name}="…", or remove it')


def _explain_entity(after: str) -> Explanation:
    found = _REFERENCE.search(after)
    if found is None:
        return Explanation("XML does not know this name for a character", "write the character itself")
    point = name2codepoint.get(found[1])
    number = f", or its number, &#{point};" if point else ""
    message = f"XML does not know the name &{_shorten(found[1])}; for a character"
    is_on_line = "\n" not in after[: found.start()]
    solution = f"write the character itself{number}" if point else "write &amp; for &"
    return Explanation(message, solution, found.start() if is_on_line else 0)


def _explain_number(after: str) -> Explanation:
    number = _NUMBER.match(after)
    if number is None:
        return Explanation("XML cannot carry this character", "delete it")
    point = int(number[1], 16) if number[1] else int(number[2][:9])
    name = describe_character(chr(point)) if point <= sys.maxunicode else "which does not exist"
    return Explanation(f"XML cannot carry the character {_shorten(number[0])}, {name}", "delete it")


def _shorten(name: str) -> str:
    """Return a name as a message can hold it."""
    return ascii(name[:_LONGEST_NAME])[1:-1]
