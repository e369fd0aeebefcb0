"""A feed's XML → its elements, each with its line and column; whatever the bytes are, the answer is a value."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.feed.namespaces import short_name
from podcastkit.feed.xml_document import Document, Element
from podcastkit.feed.xml_errors import NO_XML, Opened, Stop, explain_xml_error
from podcastkit.text.web_page import is_web_page

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_WELL_FORMED = "F001"
ENTITIES = "F002"
TOO_LARGE = "F003"
NOT_RSS = "F004"

LARGEST = 64 * 2**20
"""How many bytes a feed may have; twice what ten thousand episodes with long notes have."""

_DEEPEST = 64
_MOST_ELEMENTS = 600_000
_MOST_ATTRIBUTES = 1_500_000
_MOST_ITEMS = 30_000
_MOST_NAMES = 6_000
"""Names of tags and attributes that are remembered."""
_LONGEST_TEXT = 2**20
"""Characters of one value."""
_CHUNK = 2**20
_LONGEST_TAG = 2 * _CHUNK

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_MARGIN = b" \t\r\n"
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARED_AT_ALL = re.compile(rb"<\?xml\s")
_DECLARATION = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?[ \t\r\n]*<\?xml\s+version\s*=\s*["'][\w.:-]+["']"""
    rb"""(\s+encoding\s*=\s*["'][A-Za-z][\w.-]*["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>"""
)
_SHOWN = 40
_BEGINNING_OF_FILE = 4096
_LONGEST_NAME = 200
_SEPARATOR = "\x1f"
"""Between a namespace and a name; unlike a blank, no address can contain it."""
_KINDS = {
    "atom:feed": "an Atom feed",
    "html": "a web page",
    "opml": "a list of feeds (OPML)",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#:RDF": "RSS 1.0",
    "http://www.sitemaps.org/schemas/sitemap/0.9:urlset": "a sitemap",
}
_IN_CAPITALS = frozenset({"RSS", "Rss", "Channel", "CHANNEL"})
_AROUND_ITEMS = ("rss", "channel")
_CHANNEL_DEPTH = 1 + len(_AROUND_ITEMS)
# What feeds are written in, as Python calls it; other codecs are no encodings of texts.
_ENCODINGS = re.compile(
    r"utf-(8|16|16-le|16-be|32|8-sig)|ascii|iso8859-\d+|cp\d{3,4}|koi8-[rut]|mac-roman"
    r"|shift_jis|euc_(jp|kr)|iso2022_jp|gb2312|gbk|gb18030|big5|tis-620"
)
_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",  # which begins as the next does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    "<".encode("utf-16-le"): "utf-16-le",
    "<".encode("utf-16-be"): "utf-16-be",
}

_SAVE_AGAIN = "save or export the feed again as UTF-8"
_SHORTEN = "leave the oldest episodes out of the feed, or shorten what is long"
_ONLY_FEEDS = "give the address of the show's RSS feed, the one that podcast apps subscribe to"
_CHILDLESS: Final[Mapping[str, list[Element]]] = MappingProxyType({})


def read_document(data: bytes, name: str, *, longest_text: int | None = None) -> Document:
    """Read a feed; `name` is what its findings call it. Nothing is fetched, no entity is resolved.

    `longest_text` is how many characters a value may have, instead of as many as apps may be expected to take.
    """
    if len(data) > LARGEST:
        message = f"the feed is larger than {LARGEST // 2**20} MB: apps give up on it"
        finding = _finding(TOO_LARGE, Location(file=name, line=1, column=1), message, _SHORTEN)
        return Document(name=name, diagnostics=(finding,))
    encoding = _encoding(data)
    try:
        xml = data if encoding == "utf-8" else _decode(data, encoding).encode()
    except (UnicodeError, LookupError) as error:
        return Document(name=name, encoding=encoding, diagnostics=(_undecodable(error, encoding, name),))
    return _Reading(xml, name, encoding, longest_text or _LONGEST_TEXT).document()


class _StopError(Exception):
    """The reading ends here, with this finding."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Reading:
    """One pass of expat over a feed."""

    def __init__(self, xml: bytes, name: str, encoding: str, longest_text: int) -> None:
        self._xml = xml.removeprefix(codecs.BOM_UTF8)
        self._margin = _BEGINNING.match(self._xml)[0]  # type: ignore[index] # it matches anything
        self._name = name
        self._encoding = encoding
        self._longest_text = longest_text
        self._short = lru_cache(_MOST_NAMES)(_short)
        self._open = [Element("", _NOTHING, 1, 1, 0, _CHILDLESS)]
        self._texts: list[list[str] | None] = [None]
        self._lengths = [0]
        self._elements = 0
        self._attributes = 0
        self._namespaces: dict[str, Location] = {}
        self._declared: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._diagnostics: list[Diagnostic] = []
        self._parser = self._new_parser()

    def document(self) -> Document:
        channel = self._channel()
        root = next(iter(self._open[0].children.values()), [None])[0]
        return Document(
            name=self._name,
            channel=channel,
            diagnostics=tuple(self._diagnostics),
            encoding=self._encoding,
            declared_encoding=_find_declared(self._xml),
            is_declared=_DECLARED_AT_ALL.match(self._xml, len(self._margin)) is not None,
            has_margin=bool(self._margin),
            root=Location(file=self._name, line=root.line, column=root.column) if root else None,
            version=root.get("version") if root else "",
            namespaces=self._namespaces,
            prefixes=self._prefixes,
            source=self._xml,
        )

    def _new_parser(self) -> expat.XMLParserType:
        # The bytes are UTF-8 by now, whatever they declare.
        parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.buffer_text = True
        # A document type may give every tag an attribute of any length.
        parser.specified_attributes = True
        parser.buffer_size = _CHUNK // 16
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _channel(self) -> Element | None:
        try:
            self._parse()
        except _StopError as stop:
            self._diagnostics = [stop.finding]
            return None
        except expat.ExpatError as error:
            self._diagnostics.append(self._explained(error))
            return None
        root = next(child for same in self._open[0].children.values() for child in same)
        channel = root.first("channel") if root.name == "rss" else None
        if channel is not None and len(channel.all("item")) > _MOST_ITEMS:
            self._diagnostics = [self._too_large(f"it has more than {_MOST_ITEMS:,} items").finding]
            return None
        if channel is None or not (root.get("version") or "2.0").startswith("2"):
            self._diagnostics.append(self._no_rss(root))
            return None
        return channel

    def _parse(self) -> None:
        """Feed the parser piece by piece: so that a tag without end is noticed before it takes all memory."""
        xml = _DECLARATION.sub(_blank, self._xml, count=1) if self._margin else self._xml
        for start in range(0, len(xml), _CHUNK):
            end = start + _CHUNK
            self._parser.Parse(xml[start:end], False)
            if min(end, len(xml)) - self._parser.CurrentByteIndex > _LONGEST_TAG:
                raise self._too_large("a tag or comment has more than a million characters")
        self._parser.Parse(b"", True)

    def _doctype(self, name: str, system: str | None, public: str | None, has_subset: int) -> None:
        del name, system, public, has_subset
        message = "the feed has a <!DOCTYPE …>, which some apps refuse for safety's sake"
        hint = "remove the line: RSS 2.0 has none"
        self._diagnostics.append(_finding(ENTITIES, self._place(), message, hint, Severity.WARNING))

    def _entity(self, name: str, *_: object) -> None:
        message = f"the feed declares an XML entity of its own, {name[:_SHOWN]!a}, which podcast apps refuse"
        hint = "remove the <!DOCTYPE …> from its beginning, or ask its host for a plain RSS feed"
        raise _StopError(_finding(ENTITIES, self._place(), message, hint))

    def _namespace(self, prefix: str | None, address: str | None) -> None:
        if address and address not in self._namespaces:
            self._namespaces[address] = self._place()
        if prefix and address:
            self._declared[prefix] = address
        if max(len(self._namespaces), len(self._declared), len(self._prefixes)) > _DEEPEST + 1:
            raise self._too_large(f"it declares more than {_DEEPEST} namespaces")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._attributes += len(attributes)
        if self._elements > _MOST_ELEMENTS or self._attributes > _MOST_ATTRIBUTES:
            raise self._too_large(f"it has more than {_MOST_ELEMENTS:,} tags, or {_MOST_ATTRIBUTES:,} attributes")
        if len(self._open) > _DEEPEST:
            raise self._too_large(f"tags stand inside of each other more than {_DEEPEST} levels deep")
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        start = self._parser.CurrentByteIndex
        short = self._short(name)
        if self._declared:
            if short in _AROUND_ITEMS and len(self._open) <= len(_AROUND_ITEMS):
                self._prefixes |= self._declared
            self._declared = {}
        self._open.append(Element(short, self._shortened(attributes), line, column, start, _CHILDLESS))
        self._texts.append(None)
        self._lengths.append(0)

    def _end(self, name: str) -> None:
        del name
        element = self._open.pop()
        self._lengths.pop()
        if more := self._texts.pop():
            element.raw += "".join(more)
        if len(self._open) <= _CHANNEL_DEPTH:
            element.end = self._end_of(element)
        parent = self._open[-1]
        children = parent.children if isinstance(parent.children, dict) else {}
        children.setdefault(element.name, []).append(element)
        parent.children = children

    def _end_of(self, element: Element) -> int:
        """Return where an element ends; of <item/> expat tells that itself, of others where </item> begins."""
        end = self._parser.CurrentByteIndex
        is_empty_tag = not element.raw and element.children is _CHILDLESS and self._xml[end - 2 : end] == b"/>"
        return end if is_empty_tag else self._xml.index(b">", end) + 1

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        self._lengths[-1] += len(text)
        if self._lengths[-1] > self._longest_text:
            raise self._too_large(f"a value, <{_shown(element.name)}>, has more than a million characters")
        more = self._texts[-1]
        if more is not None:
            more.append(text)
        elif element.raw:
            self._texts[-1] = [text]
        else:  # most elements have a single text, which needs no list
            element.raw = text

    def _shortened(self, attributes: dict[str, str]) -> Mapping[str, str]:
        if not attributes:
            return _NOTHING
        if _SEPARATOR in "".join(attributes):
            return {self._short(name): value for name, value in attributes.items()}
        return attributes

    def _place(self) -> Location:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return Location(file=self._name, line=line, column=column)

    def _too_large(self, what: str) -> _StopError:
        message = f"the feed is larger than any app expects: {what}"
        return _StopError(_finding(TOO_LARGE, self._place(), message, _SHORTEN))

    def _no_rss(self, root: Element) -> Diagnostic:
        hint = _ONLY_FEEDS
        found = _KINDS.get(root.name) or f"XML that begins with <{_shown(root.name.rpartition(':')[2])}>"
        if root.name == "rss" and root.first("channel"):
            found = f"RSS {root.get('version')[:_SHOWN]!a}"
            hint = 'write <rss version="2.0" …>'
        elif root.name == "rss":
            found = "an <rss> without a <channel>"
        if root.name.endswith(":rss"):
            namespace = root.name.removesuffix(":rss")
            found = f"an <rss> in the namespace {_shown(namespace)}"
            hint = f'remove xmlns="{_shown(namespace)}" from <rss>'
        if wrong := next((name for name in (root.name, *root.children) if name in _IN_CAPITALS), None):
            hint = f"write <{wrong.lower()}> in small letters"
        message = f"the feed is not RSS 2.0 but {found}, and podcast directories refuse it"
        place = Location(file=self._name, line=root.line, column=root.column)
        return _finding(NOT_RSS, place, message, hint)

    def _explained(self, error: expat.ExpatError) -> Diagnostic:
        place = Location(file=self._name, line=error.lineno, column=error.offset + 1)
        if is_web_page(self._xml):
            self._diagnostics.clear()
            message = "the feed is not RSS 2.0 but a web page, and apps cannot read it"
            place = Location(file=self._name, line=len((self._margin + b"<").splitlines()), column=1)
            return _finding(NOT_RSS, place, message, _ONLY_FEEDS)
        if (byte := self._bad_byte()) is not None:
            message = f"the byte {byte:02X} is no character in UTF-8, so that apps cannot read the feed"
            return _finding(NOT_WELL_FORMED, place, message, _SAVE_AGAIN)
        if not self._xml.strip(_MARGIN):
            return _finding(NOT_WELL_FORMED, place, f"{NO_XML}: it is empty", _ONLY_FEEDS)
        if self._xml.lstrip().startswith(b"{"):
            message = "the feed is not RSS 2.0 but JSON, and podcast directories refuse it"
            return _finding(NOT_RSS, place, message, _ONLY_FEEDS)
        index = max(self._parser.ErrorByteIndex, 0)
        declared = {*self._prefixes, *self._declared}
        found = explain_xml_error(error, Stop(self._xml, index, self._opened(), declared))
        place = Location(file=self._name, line=error.lineno, column=error.offset + 1 + found.shift)
        return _finding(NOT_WELL_FORMED, place, f"{NO_XML}: {found.meaning}", found.solution)

    def _opened(self) -> list[Opened]:
        """Return the tags that are not closed, the innermost last."""
        opened = []
        for element in self._open[1:]:
            tag = re.match(rb"<([^\s<>/]+)", self._xml[element.start : element.start + _LONGEST_NAME])
            opened.append(Opened(tag[1].decode(errors="replace") if tag else "", element.line))
        return opened

    def _bad_byte(self) -> int | None:
        """Return the byte at which the parser stopped, if it is that which cannot be decoded."""
        start = max(self._parser.ErrorByteIndex, 0)
        sequence = self._xml[start : start + 4]
        try:
            sequence.decode()
        except UnicodeDecodeError as error:
            return sequence[0] if error.start == 0 and error.reason != "unexpected end of data" else None
        return None


def _blank(declaration: re.Match[bytes]) -> bytes:
    """Return as many blanks: what stands before a declaration is forbidden, and allowed where there is none."""
    return re.sub(rb"[^\r\n]", b" ", declaration[0])


def _short(name: str) -> str:
    namespace, _, local = name.rpartition(_SEPARATOR)
    return short_name(namespace or None, local)


def _shown(name: str) -> str:
    """Return the name of a tag as a message can hold it."""
    return ascii(name[:_SHOWN])[1:-1]


def _encoding(data: bytes) -> str:
    """Return the encoding by its mark or its declaration, as Python calls it; UTF-8 where none is told."""
    mark = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    written = _find_declared(data)
    if mark or not written or data.startswith(codecs.BOM_UTF8):
        return mark or "utf-8"
    try:
        name = codecs.lookup(written).name
    except LookupError:
        return written.lower()
    # Apps read what calls itself ASCII, or UTF-16 without being it, as UTF-8.
    return "utf-8" if name in {"ascii", "utf-8-sig"} or name.startswith(("utf-16", "utf-32")) else name


def _find_declared(data: bytes) -> str:
    declared = _DECLARED.match(data[:_BEGINNING_OF_FILE].removeprefix(codecs.BOM_UTF8).lstrip(_MARGIN))
    return declared[1].decode() if declared else ""


def _decode(data: bytes, encoding: str) -> str:
    if not _ENCODINGS.fullmatch(encoding):
        raise LookupError(encoding)
    return data.decode(encoding)


def _undecodable(error: Exception, encoding: str, name: str) -> Diagnostic:
    line, column = 1, 1
    message = f"no app knows the encoding {encoding!a} of the feed"
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"the feed says that it is written in {encoding}, and this byte is no character there"
    location = Location(file=name, line=line, column=column)
    return _finding(NOT_WELL_FORMED, location, message, _SAVE_AGAIN)


def _finding(
    code: str, location: Location, message: str, hint: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, location=location)
