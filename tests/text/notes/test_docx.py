from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from podcastkit.diagnostics import Severity
from podcastkit.text.notes.convert import render_html
from podcastkit.text.notes.docx import MAX_XML_SIZE, read_word
from tests.word import word_document, word_of, write_word, write_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any  # python-docx ships no types


def write_document(fill: Callable[[Any], None]) -> bytes:
    word = docx.Document()
    fill(word)
    saved = io.BytesIO()
    word.save(saved)
    return saved.getvalue()


def add_link(paragraph: Any, text: str, address: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = OxmlElement("w:r")
    content = OxmlElement("w:t")
    content.text = text
    run.append(content)
    link.append(run)
    paragraph._p.append(link)


def add_all_kinds(word: Any) -> None:
    word.add_heading("Planning “time”", level=0)
    word.add_heading("What we say", level=1)
    paragraph = word.add_paragraph("Zoë\u2019s ")
    paragraph.add_run("bold").bold = True
    paragraph.add_run(" and ")
    paragraph.add_run("underlined").underline = True
    word.add_paragraph("one", style="List Bullet")
    word.add_paragraph("two", style="List Bullet")
    word.add_paragraph("first", style="List Number")
    add_link(word.add_paragraph("See "), "our page", "https://example.org/a?b=1&c=2")
    add_link(word.add_paragraph("Not "), "this", "notes/other.docx")
    table = word.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "00:00", "Welcome"
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    picture.seek(0)
    word.add_picture(picture)


def test_read_word_returns_html_without_images() -> None:
    word, findings = read_word(write_document(add_all_kinds), "05/notes.docx")
    assert word.front_matter is None
    assert [(finding.code, finding.severity) for finding in findings] == [("N102", Severity.WARNING)]
    notes, left_out = render_html(word.html, file="05/notes.docx")
    assert notes.heading == "Planning “time”"
    assert notes.text.html.split("\n") == [
        "<h2>What we say</h2>",
        "<p>Zoë\u2019s <strong>bold</strong> and <u>underlined</u></p>",
        "<ul>",
        "<li>one</li>",
        "<li>two</li>",
        "</ul>",
        "<ol>",
        "<li>first</li>",
        "</ol>",
        '<p>See <a href="https://example.org/a?b=1&amp;c=2">our page</a></p>',
        "<p>Not this</p>",
        "<p>00:00 | Welcome</p>",
    ]
    assert [finding.code for finding in left_out] == ["N101"]


FENCES = [("---", "---"), ("—", "—"), ("–", "-----"), ("—-", "---")]


@pytest.mark.parametrize(("first", "last"), FENCES)
def test_read_word_returns_front_matter_with_paragraph_numbers(first: str, last: str) -> None:
    data = word_of("", first, "title: “Planning”", "", "people:", "  - Ana", last, "The notes")
    word, findings = read_word(data, "notes.docx")
    assert word.front_matter == ((3, "title: “Planning”"), (5, "people:"), (6, "  - Ana"))
    assert word.html == "<p>The notes</p>"
    assert findings == ()


def test_front_matter_in_one_paragraph_is_read() -> None:
    word, _ = read_word(word_of("---\ntitle: A\nnumber: 5\n---\nThe notes\nbegin", "more"), "notes.docx")
    assert word.front_matter == ((1, "title: A"), (1, "number: 5"))
    assert word.html == "<p>The notes<br />begin</p><p>more</p>"


@pytest.mark.slow
def test_front_matter_list_is_read_as_lines() -> None:
    def fill(word: Any) -> None:
        for text in ("---", "people:"):
            word.add_paragraph(text)
        for name in ("Ana", "Luis\nPérez"):
            word.add_paragraph(name, style="List Bullet")
        for text in ("number: 5", "---", "notes"):
            word.add_paragraph(text)

    word, _ = read_word(write_document(fill), "notes.docx")
    assert word.front_matter == (
        (2, "people:"),
        (3, "- Ana"),
        (4, "- Luis"),
        (4, "Pérez"),
        (5, "number: 5"),
    )


def test_front_matter_that_never_ends_is_an_error() -> None:
    _, findings = read_word(word_of("---", "title: A", "The notes"), "notes.docx")
    [finding] = findings
    assert (finding.code, finding.severity, str(finding.location)) == ("N006", Severity.ERROR, "notes.docx")


def test_fields_without_fences_are_an_error() -> None:
    _, findings = read_word(word_of("title: A", "number: 5", "The notes"), "notes.docx")
    [finding] = findings
    assert (finding.code, finding.severity) == ("N007", Severity.ERROR)


@pytest.mark.slow
@pytest.mark.parametrize(
    "texts", [(), ("",), ("—", "a dash"), ("—",), ("Summary: all", "of it"), ("Notes",)], ids=repr
)
def test_first_lines_without_front_matter_are_kept_in_the_notes(texts: tuple[str, ...]) -> None:
    word, findings = read_word(word_of(*texts), "notes.docx")
    assert (word.front_matter, findings) == (None, ())


def test_footnotes_are_kept_without_internal_links() -> None:
    body = '<w:p><w:r><w:t>A claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    note = """<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
      <w:footnote w:id="2"><w:p><w:r><w:t>Its source</w:t></w:r></w:p></w:footnote></w:footnotes>"""
    word, _ = read_word(word_document(body, {"word/footnotes.xml": note}), "notes.docx")
    notes, findings = render_html(word.html, file="notes.docx")
    assert notes.text.plain == "A claim[1]\n\n1. Its source"
    assert findings == ()


BILLION = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
)
PLAIN = word_of("The notes")
REFUSED = {
    "not a zip": (b"The notes", "not a Word document"),
    "empty": (b"", "not a Word document"),
    "cut off": (PLAIN[: len(PLAIN) // 2], "not a Word document"),
    "another zip": (write_zip({"a.txt": "x"}), "not a Word document"),
    "broken XML": (write_word("<w:document>"), "not a Word document"),
    "other XML": (write_word("<x/>"), "not a Word document"),
    "deep XML": (word_document("<w:p>" * 5000 + "</w:p>" * 5000), "not a Word document"),
    "entities": (write_word(BILLION), "XML entities"),
    "entities in UTF-16": (write_word(BILLION.encode("utf-16")), "XML entities"),
    "entities elsewhere": (word_document("", {"docProps/app.xml": BILLION}), "XML entities"),
    "bomb": (write_word(" " * MAX_XML_SIZE), "unpacks"),
    "old format": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old Word format"),
    "password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100 + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_read_word_unreadable_file_is_an_error_with_a_hint(data: bytes, message: str) -> None:
    word, findings = read_word(data, "05/notes.docx")
    assert word.html == ""
    [finding] = findings
    assert (finding.code, finding.severity) == ("N002", Severity.ERROR)
    assert finding.message.startswith("05/notes.docx ")
    assert message in finding.message
    assert finding.hint


@pytest.mark.slow
def test_broken_unused_part_is_ignored() -> None:
    word = word_document("<w:p><w:r><w:t>The notes</w:t></w:r></w:p>", {"docProps/app.xml": "?"})
    assert read_word(word, "notes.docx").value.html == "<p>The notes</p>"


@pytest.mark.slow
@given(st.integers(min_value=0, max_value=len(PLAIN) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_documents_are_read_or_refused(place: int, damage: bytes) -> None:
    _, findings = read_word(PLAIN[:place] + damage + PLAIN[place + len(damage) :], "notes.docx")
    assert not findings or [finding.code for finding in findings] == ["N002"]
