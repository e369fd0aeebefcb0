"""Parse the XML of a feed into elements with their lines and columns; errors are findings, not exceptions."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.feed.namespaces import shorten_name
from podcastkit.feed.xml_document import Document, Element
from podcastkit.feed.xml_errors import MALFORMED, OpenTag, Stop, explain_xml_error
from podcastkit.text.web_page import is_web_page

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_WELL_FORMED = "F001"
ENTITIES = "F002"
TOO_LARGE = "F003"
NOT_RSS = "F004"

MAX_FEED_SIZE = 64 * 2**20
"""The maximum size of a feed in bytes, twice the size of ten thousand episodes with long notes."""

_MAX_DEPTH = 64
_MAX_ELEMENTS = 600_000
_MAX_ATTRIBUTES = 1_500_000
_MAX_ITEMS = 30_000
_MAX_CACHED_NAMES = 6_000
"""The number of tag and attribute names to cache."""
_MAX_TEXT_LENGTH = 2**20
"""The maximum number of characters of one value."""
_CHUNK_SIZE = 2**20
"""The number of bytes to parse at once."""
_MAX_TAG_SIZE = 2 * _CHUNK_SIZE

_NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})
_WHITESPACE = b" \t\r\n"
_LEADING_WHITESPACE = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
_DECLARED_ENCODING = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION_START = re.compile(rb"<\?xml\s")
_LEADING_DECLARATION = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?[ \t\r\n]*<\?xml\s+version\s*=\s*["'][\w.:-]+["']"""
    rb"""(\s+encoding\s*=\s*["'][A-Za-z][\w.-]*["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>"""
)
"""A valid XML declaration at the beginning, with the whitespace before it."""
_MAX_EXCERPT_LENGTH = 40
_DECLARATION_RANGE = 4096
"""The number of bytes in which to look for the XML declaration."""
_MAX_NAME_SIZE = 200
_SEPARATOR = "\x1f"
"""The character between a namespace and a name; unlike a space, it cannot be part of an address."""
_OTHER_FORMATS = {
    "atom:feed": "an Atom feed",
    "html": "a web page",
    "opml": "a list of feeds (OPML)",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#:RDF": "RSS 1.0",
    "http://www.sitemaps.org/schemas/sitemap/0.9:urlset": "a sitemap",
}
_CAPITALIZED = frozenset({"RSS", "Rss", "Channel", "CHANNEL"})
_ITEM_ANCESTORS = ("rss", "channel")
_CHANNEL_DEPTH = 1 + len(_ITEM_ANCESTORS)
"""The number of open elements in the channel: the container of the outermost element, `<rss>` and `<channel>`."""
# The text encodings of feeds, by their Python names; other Python codecs do not encode texts.
_TEXT_ENCODINGS = re.compile(
    r"utf-(8|16|16-le|16-be|32|8-sig)|ascii|iso8859-\d+|cp\d{3,4}|koi8-[rut]|mac-roman"
    r"|shift_jis|euc_(jp|kr)|iso2022_jp|gb2312|gbk|gb18030|big5|tis-620"
)
_FIRST_BYTES: Final = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark begins with the same bytes
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    "<".encode("utf-16-le"): "utf-16-le",
    "<".encode("utf-16-be"): "utf-16-be",
}
"""The first bytes that reveal an encoding: a byte order mark, or a < in UTF-16."""

_SAVE_AGAIN = "save or export the feed again as UTF-8"
_SHORTEN = "remove the oldest episodes from the feed, or shorten long texts"
_ONLY_FEEDS = "use the address of the show's RSS feed, which podcast apps subscribe to"
_NO_CHILDREN: Final[Mapping[str, list[Element]]] = MappingProxyType({})


def read_document(data: bytes, name: str, *, longest_text: int | None = None) -> Document:
    """Return the document of a feed with its findings; `name` is the file name in the findings.

    Nothing is downloaded, and no entity is resolved. `longest_text` is the maximum number of characters of a value
    (default: a million).
    """
    if len(data) > MAX_FEED_SIZE:
        message = f"the feed is larger than {MAX_FEED_SIZE // 2**20} MB, so apps cannot read it"
        finding = _make_finding(TOO_LARGE, Location(file=name, line=1, column=1), message, _SHORTEN)
        return Document(name=name, diagnostics=(finding,))
    encoding = _detect_encoding(data)
    try:
        xml = data if encoding == "utf-8" else _decode(data, encoding).encode()
    except (UnicodeError, LookupError) as error:
        return Document(name=name, encoding=encoding, diagnostics=(_report_encoding_error(error, encoding, name),))
    return _DocumentParser(xml, name, encoding, longest_text or _MAX_TEXT_LENGTH).parse_document()


class _StopError(Exception):
    """Ends the parsing with a finding."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _DocumentParser:
    """A single run of expat over a feed, with handlers that build the elements."""

    def __init__(self, xml: bytes, name: str, encoding: str, longest_text: int) -> None:
        self._xml = xml.removeprefix(codecs.BOM_UTF8)
        self._leading_whitespace = _LEADING_WHITESPACE.match(self._xml)[0]  # type: ignore[index] # it matches anything
        self._name = name
        self._encoding = encoding
        self._longest_text = longest_text
        self._shorten_name = lru_cache(_MAX_CACHED_NAMES)(_shorten_name)
        # The first element is a container for the outermost element. For each open element, the lists below have
        # the pieces of its text after the first piece, and the number of characters in its text.
        self._open_elements = [Element("", _NO_ATTRIBUTES, 1, 1, 0, _NO_CHILDREN)]
        self._texts: list[list[str] | None] = [None]
        self._lengths = [0]
        self._element_count = 0
        self._attribute_count = 0
        self._namespaces: dict[str, Location] = {}
        # The prefixes that the next element declares, and the prefixes that items inherit.
        self._new_prefixes: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._diagnostics: list[Diagnostic] = []
        self._parser = self._make_parser()

    def parse_document(self) -> Document:
        channel = self._parse_channel()
        root = next(iter(self._open_elements[0].children.values()), [None])[0]
        return Document(
            name=self._name,
            channel=channel,
            diagnostics=tuple(self._diagnostics),
            encoding=self._encoding,
            declared_encoding=_find_declared_encoding(self._xml),
            is_declared=_DECLARATION_START.match(self._xml, len(self._leading_whitespace)) is not None,
            has_leading_whitespace=bool(self._leading_whitespace),
            root=Location(file=self._name, line=root.line, column=root.column) if root else None,
            version=root.get("version") if root else "",
            namespaces=self._namespaces,
            prefixes=self._prefixes,
            source=self._xml,
        )

    def _make_parser(self) -> expat.XMLParserType:
        # The bytes are UTF-8 by now, even if the declaration has another encoding.
        parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.buffer_text = True
        # Ignore default attributes: a document type could add one of any length to every tag.
        parser.specified_attributes = True
        parser.buffer_size = _CHUNK_SIZE // 16
        parser.StartDoctypeDeclHandler = self._handle_doctype
        parser.EntityDeclHandler = self._handle_entity
        parser.StartNamespaceDeclHandler = self._handle_namespace
        parser.StartElementHandler = self._handle_start
        parser.EndElementHandler = self._handle_end
        parser.CharacterDataHandler = self._handle_text
        return parser

    def _parse_channel(self) -> Element | None:
        try:
            self._run_parser()
        except _StopError as stop:
            self._diagnostics = [stop.finding]
            return None
        except expat.ExpatError as error:
            self._diagnostics.append(self._report_error(error))
            return None
        root = next(iter(self._open_elements[0].children.values()))[0]
        channel = root.first("channel") if root.name == "rss" else None
        if channel is not None and len(channel.all("item")) > _MAX_ITEMS:
            self._diagnostics = [self._make_size_error(f"there are more than {_MAX_ITEMS:,} items").finding]
            return None
        if channel is None or not (root.get("version") or "2.0").startswith("2"):
            self._diagnostics.append(self._report_not_rss(root))
            return None
        return channel

    def _run_parser(self) -> None:
        """Parse the feed in pieces, so that a tag without an end is noticed before it takes all the memory."""
        xml = _LEADING_DECLARATION.sub(_blank_out, self._xml, count=1) if self._leading_whitespace else self._xml
        for start in range(0, len(xml), _CHUNK_SIZE):
            end = start + _CHUNK_SIZE
            self._parser.Parse(xml[start:end], False)
            if min(end, len(xml)) - self._parser.CurrentByteIndex > _MAX_TAG_SIZE:
                raise self._make_size_error("a tag or comment has more than a million characters")
        self._parser.Parse(b"", True)

    def _handle_doctype(self, name: str, system: str | None, public: str | None, has_subset: int) -> None:
        del name, system, public, has_subset
        message = "the feed has a <!DOCTYPE …>, which some apps refuse for security reasons"
        hint = "remove the line: RSS 2.0 has no document type"
        self._diagnostics.append(_make_finding(ENTITIES, self._get_location(), message, hint, Severity.WARNING))

    def _handle_entity(self, name: str, *_: object) -> None:
        message = f"the feed declares its own XML entity {name[:_MAX_EXCERPT_LENGTH]!a}, which podcast apps refuse"
        hint = "remove the <!DOCTYPE …> from the beginning, or ask the host for a plain RSS feed"
        raise _StopError(_make_finding(ENTITIES, self._get_location(), message, hint))

    def _handle_namespace(self, prefix: str | None, address: str | None) -> None:
        if address and address not in self._namespaces:
            self._namespaces[address] = self._get_location()
        if prefix and address:
            self._new_prefixes[prefix] = address
        if max(len(self._namespaces), len(self._new_prefixes), len(self._prefixes)) > _MAX_DEPTH + 1:
            raise self._make_size_error(f"there are more than {_MAX_DEPTH} namespaces")

    def _handle_start(self, name: str, attributes: dict[str, str]) -> None:
        self._element_count += 1
        self._attribute_count += len(attributes)
        if self._element_count > _MAX_ELEMENTS or self._attribute_count > _MAX_ATTRIBUTES:
            raise self._make_size_error(
                f"there are more than {_MAX_ELEMENTS:,} tags, or {_MAX_ATTRIBUTES:,} attributes"
            )
        if len(self._open_elements) > _MAX_DEPTH:
            raise self._make_size_error(f"tags are nested more than {_MAX_DEPTH} levels deep")
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        start = self._parser.CurrentByteIndex
        short_name = self._shorten_name(name)
        # Items inherit the namespaces that <rss> and <channel> declare.
        if self._new_prefixes:
            if short_name in _ITEM_ANCESTORS and len(self._open_elements) <= len(_ITEM_ANCESTORS):
                self._prefixes |= self._new_prefixes
            self._new_prefixes = {}
        self._open_elements.append(
            Element(short_name, self._shorten_names(attributes), line, column, start, _NO_CHILDREN)
        )
        self._texts.append(None)
        self._lengths.append(0)

    def _handle_end(self, name: str) -> None:
        del name
        element = self._open_elements.pop()
        self._lengths.pop()
        if pieces := self._texts.pop():
            element.raw += "".join(pieces)
        if len(self._open_elements) <= _CHANNEL_DEPTH:
            element.end = self._find_end(element)
        parent = self._open_elements[-1]
        children = parent.children if isinstance(parent.children, dict) else {}
        children.setdefault(element.name, []).append(element)
        parent.children = children

    def _find_end(self, element: Element) -> int:
        """Return the position after an element, in bytes.

        Expat is at the end of an empty tag such as `<item/>`, but at the beginning of a closing tag such as
        `</item>`.
        """
        end = self._parser.CurrentByteIndex
        is_empty_tag = not element.raw and element.children is _NO_CHILDREN and self._xml[end - 2 : end] == b"/>"
        return end if is_empty_tag else self._xml.index(b">", end) + 1

    def _handle_text(self, text: str) -> None:
        element = self._open_elements[-1]
        self._lengths[-1] += len(text)
        if self._lengths[-1] > self._longest_text:
            raise self._make_size_error(
                f"the value of <{_escape_name(element.name)}> has more than a million characters"
            )
        pieces = self._texts[-1]
        if pieces is not None:
            pieces.append(text)
        elif element.raw:
            self._texts[-1] = [text]
        else:  # most elements have a single text and need no list
            element.raw = text

    def _shorten_names(self, attributes: dict[str, str]) -> Mapping[str, str]:
        if not attributes:
            return _NO_ATTRIBUTES
        if _SEPARATOR in "".join(attributes):
            return {self._shorten_name(name): value for name, value in attributes.items()}
        return attributes

    def _get_location(self) -> Location:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return Location(file=self._name, line=line, column=column)

    def _make_size_error(self, reason: str) -> _StopError:
        message = f"the feed is larger than apps expect: {reason}"
        return _StopError(_make_finding(TOO_LARGE, self._get_location(), message, _SHORTEN))

    def _report_not_rss(self, root: Element) -> Diagnostic:
        hint = _ONLY_FEEDS
        found_format = (
            _OTHER_FORMATS.get(root.name) or f"XML that begins with <{_escape_name(root.name.rpartition(':')[2])}>"
        )
        if root.name == "rss" and root.first("channel"):
            found_format = f"RSS {root.get('version')[:_MAX_EXCERPT_LENGTH]!a}"
            hint = 'write <rss version="2.0" …>'
        elif root.name == "rss":
            found_format = "an <rss> without a <channel>"
        if root.name.endswith(":rss"):
            namespace = root.name.removesuffix(":rss")
            found_format = f"an <rss> in the namespace {_escape_name(namespace)}"
            hint = f'remove xmlns="{_escape_name(namespace)}" from <rss>'
        if capitalized := next((name for name in (root.name, *root.children) if name in _CAPITALIZED), None):
            hint = f"write <{capitalized.lower()}> in lower case"
        message = f"the feed is not RSS 2.0 but {found_format}, and podcast directories refuse it"
        location = Location(file=self._name, line=root.line, column=root.column)
        return _make_finding(NOT_RSS, location, message, hint)

    def _report_error(self, error: expat.ExpatError) -> Diagnostic:
        location = Location(file=self._name, line=error.lineno, column=error.offset + 1)
        if is_web_page(self._xml):
            self._diagnostics.clear()
            message = "the feed is not RSS 2.0 but a web page, and apps cannot read it"
            # The location is the line of the first tag.
            location = Location(file=self._name, line=len((self._leading_whitespace + b"<").splitlines()), column=1)
            return _make_finding(NOT_RSS, location, message, _ONLY_FEEDS)
        if (byte := self._find_bad_byte()) is not None:
            message = f"the byte {byte:02X} is not valid UTF-8, so apps cannot read the feed"
            return _make_finding(NOT_WELL_FORMED, location, message, _SAVE_AGAIN)
        if not self._xml.strip(_WHITESPACE):
            return _make_finding(NOT_WELL_FORMED, location, f"{MALFORMED}: the feed is empty", _ONLY_FEEDS)
        if self._xml.lstrip().startswith(b"{"):
            message = "the feed is not RSS 2.0 but JSON, and podcast directories refuse it"
            return _make_finding(NOT_RSS, location, message, _ONLY_FEEDS)
        index = max(self._parser.ErrorByteIndex, 0)
        declared = {*self._prefixes, *self._new_prefixes}
        explanation = explain_xml_error(error, Stop(self._xml, index, self._list_open_tags(), declared))
        location = Location(file=self._name, line=error.lineno, column=error.offset + 1 + explanation.shift)
        return _make_finding(NOT_WELL_FORMED, location, f"{MALFORMED}: {explanation.meaning}", explanation.solution)

    def _list_open_tags(self) -> list[OpenTag]:
        """Return the tags that are not closed, the innermost last."""
        open_tags = []
        for element in self._open_elements[1:]:
            tag = re.match(rb"<([^\s<>/]+)", self._xml[element.start : element.start + _MAX_NAME_SIZE])
            open_tags.append(OpenTag(tag[1].decode(errors="replace") if tag else "", element.line))
        return open_tags

    def _find_bad_byte(self) -> int | None:
        """Return the byte at which the parser stopped, or None if a valid UTF-8 character begins there."""
        start = max(self._parser.ErrorByteIndex, 0)
        sequence = self._xml[start : start + 4]
        try:
            sequence.decode()
        except UnicodeDecodeError as error:
            return sequence[0] if error.start == 0 and error.reason != "unexpected end of data" else None
        return None


def _blank_out(declaration: re.Match[bytes]) -> bytes:
    """Return spaces of the same length, because XML allows no whitespace before a declaration.

    The line breaks stay, so that the lines and columns of the elements do not change.
    """
    return re.sub(rb"[^\r\n]", b" ", declaration[0])


def _shorten_name(name: str) -> str:
    namespace, _, local = name.rpartition(_SEPARATOR)
    return shorten_name(namespace or None, local)


def _escape_name(name: str) -> str:
    """Return the name of a tag for a message: at most 40 characters, in ASCII."""
    return ascii(name[:_MAX_EXCERPT_LENGTH])[1:-1]


def _detect_encoding(data: bytes) -> str:
    """Return the encoding by its Python name, from the first bytes or the declaration; the default is UTF-8.

    An unknown encoding is returned in lower case.
    """
    revealed = next((encoding for start, encoding in _FIRST_BYTES.items() if data.startswith(start)), None)
    declared = _find_declared_encoding(data)
    if revealed or not declared or data.startswith(codecs.BOM_UTF8):
        return revealed or "utf-8"
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return declared.lower()
    # Like apps, read a feed as UTF-8 if it declares ASCII, or UTF-16 without a byte order mark.
    return "utf-8" if name in {"ascii", "utf-8-sig"} or name.startswith(("utf-16", "utf-32")) else name


def _find_declared_encoding(data: bytes) -> str:
    """Return the encoding in the XML declaration, or an empty string."""
    declared = _DECLARED_ENCODING.match(data[:_DECLARATION_RANGE].removeprefix(codecs.BOM_UTF8).lstrip(_WHITESPACE))
    return declared[1].decode() if declared else ""


def _decode(data: bytes, encoding: str) -> str:
    """Return the decoded text; raise LookupError if feeds do not have this encoding."""
    if not _TEXT_ENCODINGS.fullmatch(encoding):
        raise LookupError(encoding)
    return data.decode(encoding)


def _report_encoding_error(error: Exception, encoding: str, name: str) -> Diagnostic:
    line, column = 1, 1
    message = f"apps do not know the encoding {encoding!a} of the feed"
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"the feed declares the encoding {encoding}, but this byte is not valid in it"
    location = Location(file=name, line=line, column=column)
    return _make_finding(NOT_WELL_FORMED, location, message, _SAVE_AGAIN)


def _make_finding(
    code: str, location: Location, message: str, hint: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, location=location)
