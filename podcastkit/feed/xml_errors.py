"""Explain the errors of the XML parser: the wrong character, attribute or tag, and how to fix it."""

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

MALFORMED: Final = "the feed is not well-formed XML, so apps cannot read it"

_CONTEXT: Final = 4096
"""The bytes to check on each side of the error."""
_MAX_NAME_LENGTH: Final = 40
_CONTROL_NAMES: Final = re.split(
    ", ",
    "NULL, START OF HEADING, START OF TEXT, END OF TEXT, END OF TRANSMISSION, ENQUIRY, ACKNOWLEDGE, ALERT, "
    "BACKSPACE, CHARACTER TABULATION, LINE FEED, LINE TABULATION, FORM FEED, CARRIAGE RETURN, SHIFT OUT, SHIFT IN, "
    "DATA LINK ESCAPE, DEVICE CONTROL ONE, DEVICE CONTROL TWO, DEVICE CONTROL THREE, DEVICE CONTROL FOUR, "
    "NEGATIVE ACKNOWLEDGE, SYNCHRONOUS IDLE, END OF TRANSMISSION BLOCK, CANCEL, END OF MEDIUM, SUBSTITUTE, ESCAPE, "
    "INFORMATION SEPARATOR FOUR, INFORMATION SEPARATOR THREE, INFORMATION SEPARATOR TWO, INFORMATION SEPARATOR ONE",
)
"""The aliases of U+0000 to U+001F (NameAliases.txt), because these characters have no Unicode names."""

_ESCAPE_IN_TEXT: Final = "write &amp; for & and &lt; for <, or put the text into <![CDATA[ … ]]>"
_ESCAPE_IN_VALUE: Final = "write &amp; for &, also in addresses (?a=1&amp;b=2)"
_DELETE_CHARACTER: Final = (
    "delete the character; it is invisible, and often comes from text copied from a PDF or a slide"
)
_CLOSE_TAGS: Final = "export the feed again, or ask its host: every opening tag needs a closing tag"
_INCOMPLETE: Final = ("the feed ends before every tag is closed", _CLOSE_TAGS)
_DECLARATION: Final = (
    "the XML declaration is not valid",
    'write <?xml version="1.0" encoding="UTF-8"?>',
)
_TEXT_AFTER_END: Final = ("there is text after the end of the feed", "remove everything after </rss>")
_DEFAULT_HINT: Final = "open the feed in a browser to see the place, and correct it or ask the host"
_REMOVE_BEGINNING: Final = (
    "remove everything before <?xml or <rss; often a plugin or template of the website adds it"
)
_EXPLANATIONS: Final = {
    expat.errors.XML_ERROR_UNDECLARING_PREFIX: (
        'a namespace has an empty address, as in xmlns:itunes=""',
        "write its address, or remove the attribute and the tags with that prefix",
    ),
    expat.errors.XML_ERROR_MISPLACED_XML_PI: (
        "the XML declaration, <?xml … ?>, is allowed only at the beginning",
        "remove the text before it, such as a comment or a line of a plugin; or remove a second declaration",
    ),
    expat.errors.XML_ERROR_XML_DECL: _DECLARATION,
}
"""The message and the hint for each error of expat with the same cause in every feed."""
_RSS_TAG: Final = re.compile(rb"<rss\b")

_NAME: Final = r"[^\s<>=/\"'&]+"
_VALUE: Final = r"""(?:"[^"]*"|'[^']*')"""
_INSIDE_TAG: Final = re.compile(
    rf"<(?![!?/]){_NAME}(?:\s+{_NAME}\s*=\s*{_VALUE})*(?P<rest>[^<>\"']*(?:\"[^<\"]*|'[^<']*)?)"
)
"""A start tag up to an error; the group `rest` is the part with the error."""
_UNFINISHED_TAG: Final = re.compile(r"<[^\s<>/!?]*\Z")
_LONE_AMPERSAND: Final = re.compile(r"&#?[\w.:-]*\Z")
_UNKNOWN_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][\w.-]*);")
_CHARACTER_CODE: Final = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")

_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_VOID_TAGS: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
"""Tags that HTML never closes."""
_COMMON_NAMESPACES: Final = {
    **NAMESPACES,
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
"""The addresses of the most common namespaces in podcast feeds, by their prefixes."""

_ENDINGS: Final = (
    (r"<\?XML\Z", _DECLARATION, 0),
    (r"<\?\Z", ("a processing instruction, <? … ?>, has no name", "remove it: it is code of a web page"), -2),
    (
        r"<!\s*\[?[A-Z]*\s*\Z",
        ("<! does not begin a comment or a CDATA section", "write <!-- … --> or <![CDATA[ … ]]>, or remove <!"),
        0,
    ),
    (r"\]\]\Z", ("there is a ]]> outside a CDATA section", "write ]]&gt;"), -2),
    (r"--\Z", ("there is a -- inside a comment", "write one hyphen, or remove the comment"), -2),
    (r"</[^<>]*\Z", ("a closing tag contains more than its name", "remove everything after the name"), 0),
)
"""Patterns for the end of the text before the error, each with a message, a hint and the offset of the cause."""


class Explanation(NamedTuple):
    """The explanation of an XML error."""

    meaning: str
    solution: str
    shift: int = 0
    """The offset of the cause from the position at which the parser stopped, in characters."""


def describe_character(character: str) -> str:
    """Return the code point and the name of a character: `U+000B (LINE TABULATION)`."""
    code_point = ord(character)
    is_control = unicodedata.category(character) == "Cc"
    default_name = "a control character" if is_control else "not a character"
    name = (
        _CONTROL_NAMES[code_point]
        if code_point < len(_CONTROL_NAMES)
        else unicodedata.name(character, default_name)
    )
    return f"U+{code_point:04X} ({name})"


class OpenTag(NamedTuple):
    """A tag that is not closed yet: its name with the prefix that the feed uses, and its line."""

    name: str
    line: int


class Stop(NamedTuple):
    """The position at which expat stopped: a byte of a document in UTF-8."""

    xml: bytes
    position: int
    open_tags: Sequence[OpenTag]
    """The tags that are open at the position, the innermost last."""
    declared_prefixes: Collection[str]
    """The namespace prefixes that are declared at the position."""

    @property
    def before(self) -> str:
        """The text before the position, at most 4096 bytes."""
        return self.xml[max(self.position - _CONTEXT, 0) : self.position].decode(errors="replace")

    @property
    def after(self) -> str:
        """The text after the position, at most 4096 bytes."""
        return self.xml[self.position : self.position + _CONTEXT].decode(errors="replace")


def explain_xml_error(error: expat.ExpatError, stop: Stop) -> Explanation:
    """Explain an error of expat and how to fix it."""
    text = expat.ErrorString(error.code)
    explain = _EXPLAINERS.get(text)
    return explain(stop) if explain else Explanation(*_EXPLANATIONS.get(text, (text, _DEFAULT_HINT)))


def _explain_invalid_token(stop: Stop) -> Explanation:
    before, after = stop.before, stop.after
    if not after:
        return Explanation(*_INCOMPLETE)
    if not stop.xml[: stop.position].strip(b" \t\r\n\xef\xbb\xbf") and after[0] != "<":
        return _explain_beginning(after)
    is_after_end = not stop.open_tags and re.search(rb"</rss\s*>", stop.xml[: stop.position])
    if is_after_end and not FORBIDDEN_IN_XML.match(after):
        return Explanation(*_TEXT_AFTER_END)
    return _explain_by_context(before, after)


def _explain_text_outside_root(stop: Stop) -> Explanation:
    is_before_root = not _RSS_TAG.search(stop.xml[: stop.position]) and _RSS_TAG.search(stop.xml[stop.position :])
    return (
        Explanation("there are other tags before <rss>", _REMOVE_BEGINNING)
        if is_before_root
        else Explanation(*_TEXT_AFTER_END)
    )


def _explain_duplicate_attribute(stop: Stop) -> Explanation:
    attribute = re.match(rf"({_NAME})\s*=", stop.after)
    name = f"attribute {_shorten(attribute[1])}" if attribute else "same attribute"
    return Explanation(f"the tag has the {name} twice", "remove one of the two")


def _explain_beginning(after: str) -> Explanation:
    if after[0] == "\x1f":
        hint = "decompress the file, or let the server send it with the header Content-Encoding: gzip"
        return Explanation("the file is compressed (gzip)", hint)
    if after[0].isprintable() and after[0].isascii():
        return Explanation("there is text before the first tag", _REMOVE_BEGINNING)
    return Explanation(
        f"there is the character {describe_character(after[0])} before the first tag", _REMOVE_BEGINNING
    )


def _explain_wrong_closing_tag(stop: Stop) -> Explanation:
    open_tags = stop.open_tags
    found = re.match(_NAME, stop.after)
    closing, opening = _shorten(found[0]) if found else "", _shorten(open_tags[-1].name)
    message = f"there is </{closing}> instead of </{opening}>, which closes the tag in line {open_tags[-1].line}"
    if closing.casefold() == opening.casefold():
        return Explanation(message, f"write </{opening}>")
    # HTML does not close tags such as <br>, but XML does.
    if opening.lower() in _VOID_TAGS:
        return Explanation(message, f"write <{opening}/>, or put the text into <![CDATA[ … ]]>")
    is_unopened = closing not in [tag.name for tag in open_tags]
    return Explanation(
        message, f"remove </{closing}>" if is_unopened else f"write </{opening}> before </{closing}>"
    )


def _explain_missing_end(stop: Stop) -> Explanation:
    if re.match(r"<\?xml\s", stop.after, re.IGNORECASE):
        return Explanation(*_DECLARATION)
    if stop.after.startswith("<!--"):
        return Explanation("a comment begins here but has no end", "write --> at the end of the comment")
    # The cause is the last CDATA section or tag without an end, not the end of the feed.
    start = stop.xml.rfind(b"<![CDATA[", 0, stop.position)
    if start > stop.xml.rfind(b"]]>", 0, stop.position):
        line = stop.xml.count(b"\n", 0, start) + 1
        return Explanation(f"the <![CDATA[ in line {line} has no end", f"write ]]> at its end, or {_CLOSE_TAGS}")
    if not stop.open_tags:
        return Explanation(*_INCOMPLETE)
    name, line = stop.open_tags[-1]
    return Explanation(f"the feed ends, but <{_shorten(name)}> in line {line} is not closed", _CLOSE_TAGS)


def _explain_unknown_prefix(stop: Stop) -> Explanation:
    # The unknown prefix may be that of the tag or of an attribute.
    tag = re.match(rf"<({_NAME})((?:\s+{_NAME}\s*=\s*{_VALUE})*)", stop.after)
    names = [tag[1], *re.findall(rf"\s({_NAME})\s*=", tag[2])] if tag else []
    known = {
        *stop.declared_prefixes,
        "xml",
        "xmlns",
        *(name.removeprefix("xmlns:") for name in names if name.startswith("xmlns:")),
    }
    used_prefixes = (name.partition(":")[0] for name in names if ":" in name)
    prefix = _shorten(next((prefix for prefix in used_prefixes if prefix not in known), ""))
    message = f"the prefix {prefix}: is not declared"
    if prefix.lower() in known:
        return Explanation(message, f"write {prefix.lower()}: in lower case")
    address = _COMMON_NAMESPACES.get(prefix.lower())
    if address:
        return Explanation(message, f'add xmlns:{prefix}="{address}" to <rss>')
    return Explanation(message, "declare the prefix in <rss> with the address of its namespace, or remove the tag")


def _explain_by_context(before: str, after: str) -> Explanation:
    # Expat reports only a position: the text around it shows the cause.
    if FORBIDDEN_IN_XML.match(after):
        return Explanation(f"XML does not allow the character {describe_character(after[0])}", _DELETE_CHARACTER)
    inside = _INSIDE_TAG.fullmatch(before, max(before.rfind("<"), 0))
    is_invisible = not (after[0].isascii() or after[0].isprintable())
    # In a tag, but outside the values of attributes: for example, a no-break space.
    if is_invisible and (
        re.search(r"<[^\s<>/!?]+\Z", before) or (inside and not re.search("[\"']", inside["rest"]))
    ):
        message = f"XML does not allow the character {describe_character(after[0])} between the parts of a tag"
        is_space = after[0].isspace()
        hint = "replace the character by a normal space" if is_space else "delete this invisible character"
        return Explanation(message, hint)
    if ampersand := _LONE_AMPERSAND.search(before):
        solution = _ESCAPE_IN_VALUE if inside else _ESCAPE_IN_TEXT
        return Explanation(_describe_lone_character("&"), solution, ampersand.start() - len(before))
    if less_than := _UNFINISHED_TAG.search(before):
        return Explanation(_describe_lone_character("<"), _ESCAPE_IN_TEXT, less_than.start() - len(before))
    if inside:
        return _explain_attribute(inside["rest"], after)
    return next(
        (Explanation(*texts, shift) for ending, texts, shift in _ENDINGS if re.search(ending, before)),
        Explanation(f"XML does not allow the character {describe_character(after[0])} here", _DEFAULT_HINT),
    )


def _describe_lone_character(sign: str) -> str:
    reason = "is not part of an entity such as &amp;" if sign == "&" else "does not begin a tag"
    return f"XML does not allow the character {sign}, {describe_character(sign)}, where it {reason}"


def _explain_attribute(rest: str, after: str) -> Explanation:
    """Explain an error in a tag: `rest` is the text between its last complete attribute and the error."""
    character = describe_character(after[0])
    # The groups are the name of the attribute, its equals sign and its opening quotation mark.
    attribute = re.fullmatch(rf"""\s+({_NAME})\s*(=?)\s*(["']?).*""", rest, re.DOTALL)
    if attribute is None and rest and rest.isspace():
        message = f"the name of an attribute cannot begin with {character}"
        return Explanation(message, "remove the attribute, or correct its name")
    if attribute is None:
        return Explanation(
            f"there is no space after the value of an attribute, but {character}",
            "write a space before the next attribute; write &quot; for a quotation mark inside a value",
        )
    name = _shorten(attribute[1])
    if attribute[3]:
        message = f"XML does not allow the character {character} in the value of the attribute {name}"
        return Explanation(message, "write &lt; for <, or add the quotation mark that is missing before it")
    if attribute[2]:
        is_curly = unicodedata.category(after[0]) in {"Pi", "Pf", "Ps"}
        message = f"the value of the attribute {name} is not in quotation marks"
        curly = f" (\" or '), but begins with {character}" if is_curly else ""
        return Explanation(message + curly, f'write {name}="…", with straight quotation marks')
    return Explanation(f"the attribute {name} has no value", f'write {name}="…", or remove the attribute')


def _explain_unknown_entity(stop: Stop) -> Explanation:
    after = stop.after
    found = _UNKNOWN_ENTITY.search(after)
    if found is None:
        return Explanation("XML does not know this entity", "write the character itself")
    # Most unknown entities are HTML entities: suggest the character code instead.
    decoded = unescape(found[0])
    codes = "".join(f"&#{ord(character)};" for character in decoded)
    message = f"XML does not know the entity &{_shorten(found[1])};"
    # A column on another line would be wrong.
    is_on_same_line = "\n" not in after[: found.start()]
    if (name := found[1].lower()) in _XML_ENTITIES:
        solution = f"write &{name}; in lower case"
    elif decoded == found[0]:
        solution = "write &amp; for &"
    else:
        solution = f"write the character itself, or its code, {codes}"
    return Explanation(message, solution, found.start() if is_on_same_line else 0)


def _explain_character_code(stop: Stop) -> Explanation:
    code = _CHARACTER_CODE.match(stop.after)
    if code is None:
        return Explanation("XML does not allow this character", "delete the character")
    code_point = int(code[1], 16) if code[1] else int(code[2][:9])
    name = describe_character(chr(code_point)) if code_point <= sys.maxunicode else "which does not exist"
    return Explanation(f"XML does not allow the character {_shorten(code[0])}, {name}", "delete the character")


def _shorten(name: str) -> str:
    """Return a name for a message: at most 40 characters, in ASCII."""
    return ascii(name[:_MAX_NAME_LENGTH])[1:-1]


_EXPLAINERS: Final[Mapping[str, Callable[[Stop], Explanation]]] = {
    expat.errors.XML_ERROR_INVALID_TOKEN: _explain_invalid_token,
    expat.errors.XML_ERROR_SYNTAX: _explain_invalid_token,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: _explain_text_outside_root,
    expat.errors.XML_ERROR_TAG_MISMATCH: _explain_wrong_closing_tag,
    expat.errors.XML_ERROR_NO_ELEMENTS: _explain_missing_end,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _explain_missing_end,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: _explain_missing_end,
    expat.errors.XML_ERROR_PARTIAL_CHAR: _explain_missing_end,
    expat.errors.XML_ERROR_UNBOUND_PREFIX: _explain_unknown_prefix,
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: _explain_unknown_entity,
    expat.errors.XML_ERROR_BAD_CHAR_REF: _explain_character_code,
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: _explain_duplicate_attribute,
}
