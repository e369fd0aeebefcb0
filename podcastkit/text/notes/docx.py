"""Show notes written in Word → front-matter lines and HTML for `convert.render_html`."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_info, make_warning
from podcastkit.text.cleaning import INVISIBLE
from podcastkit.text.notes.html_tree import parse_tree, words
from podcastkit.text.notes.word_content import HIDDEN, IMAGE, rewrite_parts
from podcastkit.text.notes.word_lists import number_lists
from podcastkit.text.syntax.text_encoding import find_garbled, make_garbled_warning

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

LARGEST = 5 * 1024 * 1024
"""How many bytes of XML a document may unpack to; a hundred pages have less."""

_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
u => u
"""
_NOTE_RETURN = re.compile(r'\s*<a href="#(?:foot|end)note-ref-[^"]*">[^<]*</a>')
_MARKER = re.compile(
    r"v:|office-word:|\{urn:schemas-microsoft-com"
    r"|w:(?:perm|customXml|moveFrom|moveTo)\w*(?:Start|End)|w:(?:tblPrEx|separator|continuationSeparator)"
)
"""The names of elements that hold no content: they mark a place, or say how a drawing looks."""
_INNER_LINK = re.compile(r'<a href="#[^"]*"')
_PARAGRAPH = re.compile(
    r"<(p|h[1-6])>(.*?)</\1>|<([uo]l)[^>]*>((?:<li>(?:(?!<[uo]l[ >]).)*?</li>)*)</\3>", re.DOTALL
)
_BREAK = "<br />"
_TAG = re.compile("<[^<>]*>")
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)
# Word makes one long dash of "--" and "---" while they are typed.
_FENCE = re.compile("-{3,}|[\u2013\u2014]-?")
_FIELD = re.compile(r"(?i)(title|date|number|season|type|summary|guid|explicit|people|link|draft)[ \xa0]*:")
_TYPE_FENCE = "type --- in a paragraph of its own; when Word makes a line of it, undo (Ctrl+Z or ⌘Z) at once"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a Word document says; its HTML is not sanitised yet."""

    html: str = ""
    front_matter: tuple[tuple[int, str], ...] | None = None
    """The lines between the two `---` with the numbers of their paragraphs."""


def read_word(data: bytes, file: str) -> Parsed[Word]:
    """Convert a .docx document, without its images; an unreadable one is empty.

    Errors: N002 for what is no readable .docx or is built to do harm, N006 for front matter that never ends, N007
    for what looks like front matter without `---` around it (else `draft: true` would be published as notes).
    Warnings: N102 for images, N103 for invisible characters, N011 for other content that notes cannot have.
    Info: N012 for hidden text.
    """
    try:
        html, left_out = _convert(_checked(data))
    except _RefusedError as error:
        return Parsed(Word(), (_unreadable(file, str(error)),))
    except Exception:  # noqa: BLE001 - zipfile, minidom and mammoth raise whatever a broken file makes them stumble over
        return Parsed(Word(), (_unreadable(file, "is not a Word document (.docx), or it is damaged"),))
    word, findings = _split_front_matter(_INNER_LINK.sub("<a", _NOTE_RETURN.sub("", html)), file)
    return Parsed(word, (*findings, *_report_characters(html, file), *_report_left_out(left_out, file)))


class _RefusedError(Exception):
    """The document is not read; the message goes on where the file's name ends."""


def _convert(parts: Mapping[str, bytes]) -> tuple[str, Counter[str]]:
    """Return the HTML, and how much of what was left out."""
    import mammoth  # noqa: PLC0415 - it takes 30 ms to import, and few notes are Word documents

    rewritten, left_out = rewrite_parts(parts)

    def leave_out(_: object) -> list[object]:
        left_out[IMAGE] += 1
        return []

    result = mammoth.convert_to_html(
        _pack(rewritten),
        style_map=_STYLES,
        include_embedded_style_map=False,
        ignore_empty_paragraphs=False,
        convert_image=leave_out,
    )
    left_out.update(filter(None, (_find_loss(message.message) for message in result.messages)))
    return number_lists(str(result.value)), left_out


def _find_loss(message: str) -> str | None:
    """Return what mammoth says that it left out, if that is content."""
    if "a:blip" in message or "v:imagedata" in message:
        return IMAGE
    if "v:textpath" in message:
        return "WordArt"
    what, _, name = message.partition(" was ignored: ")
    if "w:sym" in what:
        return f"symbol ({name})"
    return f"element {name}" if name and not _MARKER.match(name) else None


def _pack(parts: Mapping[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed


def _checked(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of a document: none hides a bomb or declares entities."""
    if data.startswith(_OLD_FORMAT):
        is_protected = _PROTECTED in data
        raise _RefusedError("is protected by a password" if is_protected else "has the old Word format (.doc)")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {part.filename: part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))}
        if sum(part.file_size for part in parts.values()) > LARGEST:
            raise _RefusedError("unpacks to far more than show notes can be")
        contents = {name: archive.read(part) for name, part in parts.items()}
    return {name: content for name, content in contents.items() if _is_plain_xml(content)}


def _is_plain_xml(content: bytes) -> bool:
    """Tell whether the part is XML at all; refuse the document when a part declares a document type."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_declaration
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return False
    return True


def _refuse_declaration(*_: object) -> None:
    raise _RefusedError("declares XML entities, which no Word document does")


def _split_front_matter(html: str, file: str) -> Parsed[Word]:
    lines = _split_lines(html)
    written = (line for line in lines if line.text.strip())
    start = list(itertools.islice(written, 2))
    has_field = len(start) > 1 and _FIELD.match(start[1].text) is not None
    if not start or not _is_fence(start[0]):
        is_unfenced = has_field and _FIELD.match(start[0].text) is not None
        return Parsed(Word(html=html), (_unfenced(file),) if is_unfenced else ())
    inner: list[tuple[int, str]] = []
    for line in itertools.chain(start[1:], written):
        if _is_fence(line):
            paragraph = itertools.takewhile(partial(_is_beside, line), lines)
            rest = _BREAK.join(other.html for other in paragraph)
            notes = (f"<p>{rest}</p>" if rest else "") + html[line.end :]
            return Parsed(Word(html=notes, front_matter=tuple(inner)))
        inner.append((line.number, line.text))
    return Parsed(Word(html=html), (_unended(file, start[0].number),) if has_field else ())


class _Line(NamedTuple):
    """A line of a paragraph."""

    number: int
    """The paragraph's."""
    html: str
    text: str
    end: int
    """Where the paragraph, or the list that it is in, ends in the document's HTML."""


def _split_lines(html: str) -> Iterator[_Line]:
    """Yield the lines of the paragraphs and lists that the document begins with."""
    number = end = 0
    while match := _PARAGRAPH.match(html, end):
        end = match.end()
        for paragraph in _ITEM.findall(match[4]) if match[3] else [match[2]]:
            number += 1
            mark = "- " if match[3] else ""
            for line in paragraph.split(_BREAK):
                yield _Line(number, line, mark + _read_text(line), end)
                mark = ""


def _is_fence(line: _Line) -> bool:
    return _FENCE.fullmatch(line.text.strip()) is not None


def _is_beside(line: _Line, other: _Line) -> bool:
    return line.number == other.number


def _read_text(html: str) -> str:
    return "".join(words(parse_tree(html)))


def _unreadable(file: str, why: str) -> Diagnostic:
    return make_error(
        "N002",
        f"{file} {why}",
        "open it in Word and save it as Word Document (.docx) without a password, or write notes.md",
        Location(file=file),
    )


def _unended(file: str, paragraph: int) -> Diagnostic:
    return make_error(
        "N006",
        f"the front matter that begins with --- in paragraph {paragraph} of {file} never ends",
        f"behind its last line, {_TYPE_FENCE}",
        Location(file=file),
    )


def _unfenced(file: str) -> Diagnostic:
    return make_error(
        "N007",
        f"{file} begins with what looks like front matter, but has no --- around it",
        f"before and behind it, {_TYPE_FENCE}",
        Location(file=file),
    )


def _report_characters(html: str, file: str) -> Iterator[Diagnostic]:
    if found := INVISIBLE.findall(html):
        count = f"{len(found)} invisible control character{'' if len(found) == 1 else 's'}"
        message = f"{count} (U+{ord(found[0]):04X}) of {file} {'was' if len(found) == 1 else 'were'} removed"
        hint = "feeds cannot carry them; they often come in with copied text"
        yield make_warning("N103", message, hint, Location(file=file))
    if garbled := find_garbled(_TAG.sub(" ", html)):
        yield make_garbled_warning(garbled, Location(file=file))


def _report_left_out(left_out: Counter[str], file: str) -> Iterator[Diagnostic]:
    images, hidden = left_out.pop(IMAGE, 0), left_out.pop(HIDDEN, 0)
    where = Location(file=file)
    if images:
        yield make_warning(
            "N102",
            f"{images} {'image was' if images == 1 else 'images were'} left out of {file}",
            "show notes hold no images: put them on a web page and link to it, or make one artwork.jpg",
            where,
        )
    if hidden:
        hint = "if listeners should read it, select it in Word and switch off Format > Font > Hidden"
        yield make_info("N012", f"hidden text of {file} was left out", hint, where)
    if lost := [f"{count} × {what}" for what, count in sorted(left_out.items()) if count]:
        message = f"show notes cannot contain all of {file}; left out: {', '.join(lost)}"
        yield make_warning("N011", message, "write it as text, or put it on a web page and link to it", where)
