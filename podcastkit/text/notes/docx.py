"""Convert show notes from Word to front matter lines and HTML for `convert.render_html`."""

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
from podcastkit.text.notes.html_tree import list_texts, parse_tree
from podcastkit.text.notes.word_content import HIDDEN, IMAGE, rewrite_parts
from podcastkit.text.notes.word_lists import number_lists
from podcastkit.text.syntax.text_encoding import find_garbled, make_garbled_warning

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

MAX_XML_SIZE = 5 * 1024 * 1024
"""The maximum size of the uncompressed XML of a document in bytes; a hundred pages have less."""

_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
# Which HTML mammoth writes for styles of Word.
_STYLE_MAP = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
u => u
"""
_RETURN_LINK = re.compile(r'\s*<a href="#(?:foot|end)note-ref-[^"]*">[^<]*</a>')
"""A link from a footnote or endnote back to the text."""
_MARKER = re.compile(
    r"v:|office-word:|\{urn:schemas-microsoft-com"
    r"|w:(?:perm|customXml|moveFrom|moveTo)\w*(?:Start|End)|w:(?:tblPrEx|separator|continuationSeparator)"
)
"""The beginnings of the names of Word elements whose loss is not reported, because they have no content."""
_INNER_LINK = re.compile(r'<a href="#[^"]*"')
_PARAGRAPH = re.compile(
    r"<(p|h[1-6])>(.*?)</\1>|<([uo]l)[^>]*>((?:<li>(?:(?!<[uo]l[ >]).)*?</li>)*)</\3>", re.DOTALL
)
"""A paragraph or heading (its content is group 2), or a list without inner lists (its items are group 4)."""
_BREAK = "<br />"
_TAG = re.compile("<[^<>]*>")
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)
# The line `---` before and after front matter. Word replaces "--" and "---" with a dash as you type.
_FENCE = re.compile("-{3,}|[\u2013\u2014]-?")
_FIELD = re.compile(r"(?i)(title|date|number|season|type|summary|guid|explicit|people|link|draft)[ \xa0]*:")
_TYPE_FENCE = "type --- in its own paragraph; if Word turns it into a line, undo that at once (Ctrl+Z or ⌘Z)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """The content of a Word document; its HTML is not sanitized yet."""

    html: str = ""
    front_matter: tuple[tuple[int, str], ...] | None = None
    """The lines between the two `---`, with the numbers of their paragraphs."""


def read_word(data: bytes, file: str) -> Parsed[Word]:
    """Convert a .docx document without its images; return an empty `Word` if it is unreadable.

    Errors: N002 for a file that is not a readable .docx or looks malicious, N006 for front matter that never ends,
    N007 for front matter without `---` around it (otherwise, the notes would contain `draft: true`).
    Warnings: N102 for images, N103 for invisible characters, N011 for other content that notes cannot contain.
    Info: N012 for hidden text.
    """
    try:
        html, left_out = _convert_to_html(_unpack_parts(data))
    except _RefusedError as error:
        return Parsed(Word(), (_report_unreadable(file, str(error)),))
    except Exception:  # noqa: BLE001 - zipfile, minidom and mammoth raise many kinds of errors for damaged files
        return Parsed(Word(), (_report_unreadable(file, "is not a Word document (.docx), or it is damaged"),))
    word, findings = _split_front_matter(_INNER_LINK.sub("<a", _RETURN_LINK.sub("", html)), file)
    return Parsed(word, (*findings, *_report_wrong_characters(html, file), *_report_left_out(left_out, file)))


class _RefusedError(Exception):
    """The document is refused; the message continues a sentence that begins with the file name."""


def _convert_to_html(parts: Mapping[str, bytes]) -> tuple[str, Counter[str]]:
    """Return the HTML, and the number of omitted items of each kind."""
    import mammoth  # noqa: PLC0415 - the import takes 30 ms, and few notes are Word documents

    rewritten_parts, left_out = rewrite_parts(parts)

    def omit_image(_: object) -> list[object]:
        left_out[IMAGE] += 1
        return []

    result = mammoth.convert_to_html(
        _pack_parts(rewritten_parts),
        style_map=_STYLE_MAP,
        include_embedded_style_map=False,
        ignore_empty_paragraphs=False,
        convert_image=omit_image,
    )
    left_out.update(filter(None, (_find_omitted_kind(message.message) for message in result.messages)))
    return number_lists(str(result.value)), left_out


def _find_omitted_kind(message: str) -> str | None:
    """Return the kind of content that mammoth omitted according to a message, or None if no content is lost."""
    if "a:blip" in message or "v:imagedata" in message:
        return IMAGE
    if "v:textpath" in message:
        return "WordArt"
    subject, _, name = message.partition(" was ignored: ")
    if "w:sym" in subject:
        return f"symbol ({name})"
    return f"element {name}" if name and not _MARKER.match(name) else None


def _pack_parts(parts: Mapping[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer


def _unpack_parts(data: bytes) -> dict[str, bytes]:
    """Return the well-formed XML parts of a document by name.

    Raise `_RefusedError` for old or protected documents, zip bombs, and parts that declare a document type.
    """
    if data.startswith(_OLD_FORMAT):
        is_protected = _PROTECTED in data
        raise _RefusedError("is protected by a password" if is_protected else "has the old Word format (.doc)")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {part.filename: part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))}
        if sum(part.file_size for part in parts.values()) > MAX_XML_SIZE:
            raise _RefusedError("unpacks to more data than show notes can have")
        contents = {name: archive.read(part) for name, part in parts.items()}
    return {name: content for name, content in contents.items() if _is_well_formed(content)}


def _is_well_formed(content: bytes) -> bool:
    """Return whether a part is well-formed XML. Raise `_RefusedError` if it declares a document type."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_declaration
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return False
    return True


def _refuse_declaration(*_: object) -> None:
    raise _RefusedError("declares XML entities, which Word documents never do")


def _split_front_matter(html: str, file: str) -> Parsed[Word]:
    """Separate the lines between two `---` at the start of the document from the notes."""
    lines = _split_lines(html)
    filled_lines = (line for line in lines if line.text.strip())
    first_lines = list(itertools.islice(filled_lines, 2))
    has_field = len(first_lines) > 1 and _FIELD.match(first_lines[1].text) is not None
    if not first_lines or not _is_fence(first_lines[0]):
        lacks_fences = has_field and _FIELD.match(first_lines[0].text) is not None
        return Parsed(Word(html=html), (_report_missing_fences(file),) if lacks_fences else ())
    front_matter: list[tuple[int, str]] = []
    for line in itertools.chain(first_lines[1:], filled_lines):
        if _is_fence(line):
            # The other lines in the paragraph of the fence are already notes. `lines` continues after the fence,
            # because `filled_lines` takes its lines from `lines`.
            paragraph = itertools.takewhile(partial(_is_same_paragraph, line), lines)
            rest = _BREAK.join(other.html for other in paragraph)
            notes = (f"<p>{rest}</p>" if rest else "") + html[line.end :]
            return Parsed(Word(html=notes, front_matter=tuple(front_matter)))
        front_matter.append((line.paragraph_number, line.text))
    if not has_field:
        return Parsed(Word(html=html))
    return Parsed(Word(html=html), (_report_unended_front_matter(file, first_lines[0].paragraph_number),))


class _Line(NamedTuple):
    """A line of a paragraph or of a list item, which counts as a paragraph."""

    paragraph_number: int
    html: str
    text: str
    end: int
    """The position in the document's HTML where the paragraph, or the list around it, ends."""


def _split_lines(html: str) -> Iterator[_Line]:
    """Yield the lines of the paragraphs and lists at the start of the document, until the first other element."""
    paragraph_number = end = 0
    while match := _PARAGRAPH.match(html, end):
        end = match.end()
        for paragraph in _ITEM.findall(match[4]) if match[3] else [match[2]]:
            paragraph_number += 1
            bullet = "- " if match[3] else ""
            for line in paragraph.split(_BREAK):
                yield _Line(paragraph_number, line, bullet + _read_text(line), end)
                bullet = ""


def _is_fence(line: _Line) -> bool:
    return _FENCE.fullmatch(line.text.strip()) is not None


def _is_same_paragraph(line: _Line, other: _Line) -> bool:
    return line.paragraph_number == other.paragraph_number


def _read_text(html: str) -> str:
    return "".join(list_texts(parse_tree(html)))


def _report_unreadable(file: str, reason: str) -> Diagnostic:
    return make_error(
        "N002",
        f"{file} {reason}",
        "open it in Word and save it as Word Document (.docx) without a password, or write notes.md",
        Location(file=file),
    )


def _report_unended_front_matter(file: str, paragraph: int) -> Diagnostic:
    return make_error(
        "N006",
        f"the front matter that begins with --- in paragraph {paragraph} of {file} never ends",
        f"after its last line, {_TYPE_FENCE}",
        Location(file=file),
    )


def _report_missing_fences(file: str) -> Diagnostic:
    return make_error(
        "N007",
        f"{file} seems to begin with front matter, but there is no --- around it",
        f"before and after it, {_TYPE_FENCE}",
        Location(file=file),
    )


def _report_wrong_characters(html: str, file: str) -> Iterator[Diagnostic]:
    if found := INVISIBLE.findall(html):
        count = f"{len(found)} invisible control character{'' if len(found) == 1 else 's'}"
        message = f"{count} (U+{ord(found[0]):04X}) {'was' if len(found) == 1 else 'were'} removed from {file}"
        hint = "feeds cannot contain such characters; they often come from copied text"
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
            "show notes cannot contain images: put them on a web page and link to it, or use one as artwork.jpg",
            where,
        )
    if hidden:
        hint = "to show it to listeners, select it in Word and turn off Format > Font > Hidden"
        yield make_info("N012", f"hidden text in {file} was left out", hint, where)
    if lost := [f"{count} × {kind}" for kind, count in sorted(left_out.items()) if count]:
        message = f"show notes cannot contain all content of {file}; left out: {', '.join(lost)}"
        yield make_warning(
            "N011", message, "write this content as text, or put it on a web page and link to it", where
        )
