"""Word documents for tests, written without python-docx, whose 800 kB of styles take a quarter second to read."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE_BREAK: Final = "<w:br/>"

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMESPACES.items())


def word_of(*paragraphs: str) -> bytes:
    """Return a document with plain paragraphs. A line feed starts a new line in the same paragraph."""
    return word_document("".join(map(_write_paragraph, paragraphs)))


def word_document(body: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a document with this body in Word's XML."""
    return write_word(write_part("document", f"<w:body>{body}</w:body>"), parts)


def write_part(name: str, content: str) -> str:
    """Return a part of a document by the name of its root, such as `styles` or `numbering`."""
    return f"<w:{name} {_DECLARED}>{content}</w:{name}>"


def write_word(document: str | bytes, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a document with this main part and optional other parts."""
    fixed = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS}
    return write_zip({**fixed, "word/document.xml": document, **(parts or {})})


def write_zip(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive; the same parts give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 1)
    return file.getvalue()


def _write_paragraph(text: str) -> str:
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f"<w:p><w:r>{LINE_BREAK.join(lines)}</w:r></w:p>"
