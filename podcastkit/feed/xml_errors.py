"""Explain what stops an XML parser: the character, the attribute or the tag, and how to correct it."""

from __future__ import annotations

import re
import sys
import unicodedata
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.text.cleaning import FORBIDDEN_IN_XML

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

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
_DECLARATION: Final = (
    "the XML declaration is not written as it must be",
    'write <?xml version="1.0" encoding="UTF-8"?>',
)
_BEHIND: Final = ("something stands behind its end", "remove what stands behind </rss>")
_OTHERWISE: Final = "open the feed in a browser, which shows the place, and correct it there or ask the host"
_FIRST: Final = "remove what is before <?xml or <rss; often a plugin or template of the website adds it"
_WORDS: Final = {
    expat.errors.XML_ERROR_UNDECLARING_PREFIX: (
        'a namespace has an empty address, as in xmlns:itunes=""',
        "write its address, or remove the attribute and the tags with that prefix",
    ),
    expat.errors.XML_ERROR_MISPLACED_XML_PI: (
        "the XML declaration, <?xml … ?>, may only be at the very beginning",
        "remove what is before it, such as a comment or a line of a plugin; or remove it, if it is a second one",
    ),
    expat.errors.XML_ERROR_XML_DECL: _DECLARATION,
}
"""What expat says, in words for people, and the solution."""
_ROOT: Final = re.compile(rb"<rss\b")

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

_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_VOID_TAGS: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
"""Tags that HTML never closes."""
_ADDRESSES: Final = {
    **NAMESPACES,
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
"""The namespaces that feeds of podcasts declare most often, by the prefixes that they use."""

_ENDINGS: Final = (
    (r"<\?XML\Z", _DECLARATION, 0),
    (r"<\?\Z", ("a processing instruction, <? … ?>, has no name", "remove it: a web page's program left it"), -2),
    (
        r"<!\s*\[?[A-Z]*\s*\Z",
        ("<! begins neither a comment nor a CDATA section", "write <!-- … --> or <![CDATA[ … ]]>, or remove it"),
        0,
    ),
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
    is_control = unicodedata.category(character) == "Cc"
    unnamed = "a control character" if is_control else "not a character"
    name = _CONTROLS[point] if point < len(_CONTROLS) else unicodedata.name(character, unnamed)
    return f"U+{point:04X} ({name})"


class Opened(NamedTuple):
    """A tag that is not closed yet: its name as it is written, and its line."""

    name: str
    line: int


class Stop(NamedTuple):
    """Where expat stopped: in a document in UTF-8, at a byte."""

    xml: bytes
    position: int
    opened: Sequence[Opened]
    """The tags around it, the innermost last."""
    declared: Collection[str]
    """The prefixes that are known there."""

    @property
    def before(self) -> str:
        """The text before it, as far as it matters."""
        return self.xml[max(self.position - _AROUND, 0) : self.position].decode(errors="replace")

    @property
    def after(self) -> str:
        """The text from it on, as far as it matters."""
        return self.xml[self.position : self.position + _AROUND].decode(errors="replace")


def explain_xml_error(error: expat.ExpatError, stop: Stop) -> Explanation:
    """Explain why expat stopped, and what to do."""
    words = expat.ErrorString(error.code)
    explain = _EXPLAIN.get(words)
    return explain(stop) if explain else Explanation(*_WORDS.get(words, (words, _OTHERWISE)))


def _explain_invalid(stop: Stop) -> Explanation:
    before, after = stop.before, stop.after
    if not after:
        return Explanation(*_ENDS)
    if not stop.xml[: stop.position].strip(b" \t\r\n\xef\xbb\xbf") and after[0] != "<":
        return _explain_beginning(after)
    is_over = not stop.opened and re.search(rb"</rss\s*>", stop.xml[: stop.position])
    if is_over and not FORBIDDEN_IN_XML.match(after):
        return Explanation(*_BEHIND)
    return _explain_token(before, after)


def _explain_junk(stop: Stop) -> Explanation:
    begins_late = not _ROOT.search(stop.xml[: stop.position]) and _ROOT.search(stop.xml[stop.position :])
    return Explanation("there are other tags before <rss>", _FIRST) if begins_late else Explanation(*_BEHIND)


def _explain_duplicate(stop: Stop) -> Explanation:
    name = re.match(rf"({_NAME})\s*=", stop.after)
    which = f", {_shorten(name[1])}" if name else ""
    return Explanation(f"the tag has the same attribute twice{which}", "keep one of the two")


def _explain_beginning(after: str) -> Explanation:
    if after[0] == "\x1f":
        return Explanation("it is compressed (gzip)", "unpack it; a server sends it with Content-Encoding: gzip")
    if after[0].isprintable() and after[0].isascii():
        return Explanation("there is text before its first tag", _FIRST)
    return Explanation(f"it begins with the character {describe_character(after[0])}, before its first tag", _FIRST)


def _explain_mismatch(stop: Stop) -> Explanation:
    opened = stop.opened
    found = re.match(_NAME, stop.after)
    closing, opening = _shorten(found[0]) if found else "", _shorten(opened[-1].name)
    message = f"</{closing}> comes where </{opening}> should close the tag of line {opened[-1].line}"
    if closing.casefold() == opening.casefold():
        return Explanation(message, f"write </{opening}>")
    if opening.lower() in _VOID_TAGS:
        return Explanation(message, f"write <{opening}/>, or put the text into <![CDATA[ … ]]>")
    closes_none = closing not in [tag.name for tag in opened]
    return Explanation(message, f"remove </{closing}>" if closes_none else f"write </{opening}> before it")


def _explain_end(stop: Stop) -> Explanation:
    if re.match(r"<\?xml\s", stop.after, re.IGNORECASE):
        return Explanation(*_DECLARATION)
    if stop.after.startswith("<!--"):
        return Explanation("a comment begins here and never ends", "write --> at its end")
    begun = stop.xml.rfind(b"<![CDATA[", 0, stop.position)
    if begun > stop.xml.rfind(b"]]>", 0, stop.position):
        line = stop.xml.count(b"\n", 0, begun) + 1
        return Explanation(f"the <![CDATA[ of line {line} never ends", f"write ]]> at its end; else {_COMPLETE}")
    if not stop.opened:
        return Explanation(*_ENDS)
    name, line = stop.opened[-1]
    return Explanation(f"it ends before <{_shorten(name)}> of line {line} is closed", _COMPLETE)


def _explain_prefix(stop: Stop) -> Explanation:
    tag = re.match(rf"<({_NAME})((?:\s+{_NAME}\s*=\s*{_VALUE})*)", stop.after)
    names = [tag[1], *re.findall(rf"\s({_NAME})\s*=", tag[2])] if tag else []
    known = {*stop.declared, "xml", "xmlns", *(name[6:] for name in names if name.startswith("xmlns:"))}
    unknown = (name.partition(":")[0] for name in names if ":" in name)
    prefix = _shorten(next((prefix for prefix in unknown if prefix not in known), ""))
    message = f"the prefix {prefix}: is not declared"
    if prefix.lower() in known:
        return Explanation(message, f"write {prefix.lower()}: in small letters")
    address = _ADDRESSES.get(prefix.lower())
    if address:
        return Explanation(message, f'declare it in <rss>: xmlns:{prefix}="{address}"')
    return Explanation(message, "declare it in <rss> with the address of its documentation, or remove the tag")


def _explain_token(before: str, after: str) -> Explanation:
    if FORBIDDEN_IN_XML.match(after):
        return Explanation(f"XML does not allow the character {describe_character(after[0])}", _DELETE)
    inside = _INSIDE_TAG.fullmatch(before, max(before.rfind("<"), 0))
    is_blank = not (after[0].isascii() or after[0].isprintable())
    if is_blank and (re.search(r"<[^\s<>/!?]+\Z", before) or (inside and not re.search("[\"']", inside["rest"]))):
        message = f"XML does not allow the character {describe_character(after[0])} between the parts of a tag"
        is_space = after[0].isspace()
        return Explanation(message, "replace it by an ordinary blank" if is_space else "delete it; it is invisible")
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
    if begun is None and rest and rest.isspace():
        message = f"the name of an attribute cannot begin with {character}"
        return Explanation(message, "remove the attribute, or correct its name")
    if begun is None:
        return Explanation(
            f"the value of an attribute is followed by something else without a blank: {character}",
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


def _explain_entity(stop: Stop) -> Explanation:
    after = stop.after
    found = _REFERENCE.search(after)
    if found is None:
        return Explanation("XML does not know this name for a character", "write the character itself")
    text = unescape(found[0])
    numbers = "".join(f"&#{ord(character)};" for character in text)
    message = f"XML does not know the name &{_shorten(found[1])}; for a character"
    is_on_line = "\n" not in after[: found.start()]
    if (name := found[1].lower()) in _XML_NAMES:
        solution = f"write &{name}; in small letters"
    elif text == found[0]:
        solution = "write &amp; for &"
    else:
        solution = f"write the character itself, or its number, {numbers}"
    return Explanation(message, solution, found.start() if is_on_line else 0)


def _explain_number(stop: Stop) -> Explanation:
    number = _NUMBER.match(stop.after)
    if number is None:
        return Explanation("XML cannot carry this character", "delete it")
    point = int(number[1], 16) if number[1] else int(number[2][:9])
    name = describe_character(chr(point)) if point <= sys.maxunicode else "which does not exist"
    return Explanation(f"XML cannot carry the character {_shorten(number[0])}, {name}", "delete it")


def _shorten(name: str) -> str:
    """Return a name as a message can hold it."""
    return ascii(name[:_LONGEST_NAME])[1:-1]


_EXPLAIN: Final[Mapping[str, Callable[[Stop], Explanation]]] = {
    expat.errors.XML_ERROR_INVALID_TOKEN: _explain_invalid,
    expat.errors.XML_ERROR_SYNTAX: _explain_invalid,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: _explain_junk,
    expat.errors.XML_ERROR_TAG_MISMATCH: _explain_mismatch,
    expat.errors.XML_ERROR_NO_ELEMENTS: _explain_end,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _explain_end,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: _explain_end,
    expat.errors.XML_ERROR_PARTIAL_CHAR: _explain_end,
    expat.errors.XML_ERROR_UNBOUND_PREFIX: _explain_prefix,
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: _explain_entity,
    expat.errors.XML_ERROR_BAD_CHAR_REF: _explain_number,
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: _explain_duplicate,
}
