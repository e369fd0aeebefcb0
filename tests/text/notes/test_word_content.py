"""Listeners read the text that Word shows: lists, fields, hidden text, symbols, text boxes."""

from __future__ import annotations

import pytest

from podcastkit.text.notes.convert import render_html
from podcastkit.text.notes.docx import read_word
from tests.word import word_document, write_part, write_word


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def item(text: str, number: int = 1, level: int = 0) -> str:
    return paragraph(run(text), f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def level(index: int, form: str = "decimal", label: str = "%1.", start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{label}"/></w:lvl>'
    )


def abstract(number: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def num(number: int, of: int, more: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def restart(start: int, index: int = 0) -> str:
    return f'<w:lvlOverride w:ilvl="{index}"><w:startOverride w:val="{start}"/></w:lvlOverride>'


def read_plain(body: str, **parts: str) -> str:
    """Return the notes as plain text; `parts` are further parts of the document by name."""
    files = {f"word/{name}.xml": write_part(name, content) for name, content in parts.items()}
    word, _ = read_word(word_document(body, files), "notes.docx")
    return render_html(word.html, file="notes.docx")[0].text.plain


def read_findings(body: str) -> dict[str, str]:
    _, findings = read_word(word_document(body), "notes.docx")
    return {finding.code: finding.message for finding in findings}


def test_garbled_letters_are_reported() -> None:
    findings = read_findings(paragraph(run("The CafÃ©")))
    assert findings == {"N013": "“CafÃ©” is probably “Café”"}


TEXT = paragraph(run("between"))
DECIMAL = abstract(0, level(0), level(1, "lowerLetter", "%2)"))
STYLED = (
    '<w:style w:type="paragraph" w:styleId="N"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
)
BASED = '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="N"/></w:style>'
LINKED = (
    '<w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
)
LINK = '<w:abstractNum w:abstractNumId="7"><w:numStyleLink w:val="L"/></w:abstractNum>'
LISTS = {
    "resumed": (item("a") + item("b") + TEXT + item("c"), num(1, 0), "1. a\n2. b\n\nbetween\n\n3. c"),
    "shared count": (item("a") + TEXT + item("b", 2), num(1, 0) + num(2, 0), "1. a\n\nbetween\n\n2. b"),
    "restarted": (item("a") + item("b", 2), num(1, 0) + num(2, 0, restart(1)), "1. a\n\n1. b"),
    "restarted at 5": (item("a", 2) + item("b", 2), num(2, 0, restart(5)), "5. a\n\n6. b"),
    "own start": (item("a") + item("b"), abstract(3, level(0, start=3)) + num(1, 3), "3. a\n\n4. b"),
    "own level": (
        item("a"),
        num(1, 0, f'<w:lvlOverride w:ilvl="0">{level(0, start=8)}</w:lvlOverride>'),
        "8. a",
    ),
    "inner level": (
        item("a") + item("x", level=1) + item("y", level=1) + item("b") + item("z", level=1),
        num(1, 0),
        "1. a\n   • a) x\n   • b) y\n2. b\n   • a) z",
    ),
    "bullets": (
        item("a") + TEXT + item("b"),
        abstract(3, level(0, "bullet", "o")) + num(1, 3),
        "• a\n\nbetween\n\n• b",
    ),
    "check boxes": (item("a"), abstract(3, level(0, "bullet", "☐")) + num(1, 3), "• ☐ a"),
    "label with text": (
        item("a") + item("b"),
        abstract(3, level(0, label="Step %1:")) + num(1, 3),
        "Step 1: a\n\nStep 2: b",
    ),
    "no number": (item("a"), abstract(3, level(0, "none", "")) + num(1, 3), "a"),
    "roman": (item("a") + item("b"), abstract(3, level(0, "upperRoman")) + num(1, 3), "I. a\n\nII. b"),
    "small roman": (item("a"), abstract(3, level(0, "lowerRoman", "(%1)", start=1994)) + num(1, 3), "(mcmxciv) a"),
    "letters": (
        item("a") + item("b") + item("c"),
        abstract(3, level(0, "upperLetter", start=26)) + num(1, 3),
        "Z. a\n\nAA. b\n\nBB. c",
    ),
    "zeros": (item("a"), abstract(3, level(0, "decimalZero")) + num(1, 3), "1. a"),
    "numbers of several levels": (
        item("a") + item("x", level=1) + item("b") + item("y", level=1) + item("z", level=1),
        abstract(3, level(0), level(1, label="%1.%2")) + num(1, 3),
        "1. a\n   • 1.1 x\n2. b\n   • 2.1 y\n   • 2.2 z",
    ),
    "level without the one above": (
        item("a", level=1) + item("b", level=1) + item("c"),
        num(1, 0),
        "a) a\n\nb) b\n\n1. c",
    ),
    "unknown list": (item("a", 9), num(1, 0), "a"),
    "switched off": (item("a", 0), num(1, 0), "a"),
    "by style": (
        paragraph(run("a"), '<w:pStyle w:val="B"/>') + TEXT + item("b"),
        num(1, 0),
        "1. a\n\nbetween\n\n2. b",
    ),
    "by style, switched off": (
        paragraph(run("a"), '<w:pStyle w:val="N"/><w:numPr><w:numId w:val="0"/></w:numPr>'),
        num(1, 0),
        "a",
    ),
    "by the style of lists": (
        item("a") + TEXT + item("b", 2),
        LINK + num(1, 0) + num(2, 7),
        "1. a\n\nbetween\n\n2. b",
    ),
    "deep": (
        item("a", level=8),
        abstract(3, *(level(index) for index in range(9))) + num(1, 3),
        "1. a",
    ),
}


@pytest.mark.parametrize(("body", "lists", "plain"), LISTS.values(), ids=LISTS)
def test_lists_have_the_numbers_that_word_shows(body: str, lists: str, plain: str) -> None:
    assert read_plain(body, numbering=DECIMAL + lists, styles=STYLED + BASED + LINKED) == plain


def mark(kind: str, data: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}">{data}</w:fldChar></w:r>'


def code(instruction: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{instruction}</w:instrText></w:r>'


def field(instruction: str, result: str = "", data: str = "") -> str:
    return mark("begin", data) + code(instruction) + mark("separate") + run(result) + mark("end")


def simple(instruction: str, content: str) -> str:
    return f"<w:fldSimple w:instr='{instruction}'>{content}</w:fldSimple>"


ADDRESS = "https://example.org/a"
BOX = "<w:ffData><w:checkBox>{}</w:checkBox></w:ffData>"
ENTRIES = '<w:result w:val="1"/><w:listEntry w:val="x"/><w:listEntry w:val="y"/>'
CHOICE = f"<w:ffData><w:ddList>{ENTRIES}</w:ddList></w:ffData>"
FIELDS = {
    "simple": (simple(f' HYPERLINK "{ADDRESS}" ', run("here")), f"here ({ADDRESS})"),
    "simple in simple": (simple(" REF x ", simple(f' HYPERLINK "{ADDRESS}" ', run("here"))), f"here ({ADDRESS})"),
    "simple date": (simple(" DATE ", run("1 May")), "1 May"),
    "complex": (field(f' HYPERLINK "{ADDRESS}" ', "here"), f"here ({ADDRESS})"),
    "tip": (field(f' HYPERLINK "{ADDRESS}" \\o "a tip" \\t "_blank"', "here"), f"here ({ADDRESS})"),
    "screen tip before the address": (field(f' HYPERLINK \\o "a tip" "{ADDRESS}"', "here"), f"here ({ADDRESS})"),
    "place": (field(f' hyperlink "{ADDRESS}" \\l "place"', "here"), f"here ({ADDRESS}#place)"),
    "place in the document": (field(' HYPERLINK \\l "place"', "here"), "here"),
    "unquoted": (field(f" HYPERLINK {ADDRESS} ", "here"), f"here ({ADDRESS})"),
    "field code in several runs": (
        mark("begin")
        + code(' HYPERLINK "https://exa')
        + code('mple.org/a" ')
        + mark("separate")
        + run("here")
        + mark("end"),
        f"here ({ADDRESS})",
    ),
    "field in field": (
        mark("begin")
        + code(' HYPERLINK "')
        + field(" REF x ", ADDRESS)
        + code('"')
        + mark("separate")
        + run("here")
        + mark("end"),
        f"here ({ADDRESS})",
    ),
    "condition": (
        mark("begin")
        + code(" IF ")
        + field(" REF x ", "1")
        + code(' = 1 "a" "b"')
        + mark("separate")
        + run("a")
        + mark("end"),
        "a",
    ),
    "index entry": (run("a") + mark("begin") + code(' XE "entry" ') + mark("end") + run(" b"), "a b"),
    "without an end": (run("a") + mark("begin") + run(" b"), "a b"),
    "end without a start": (run("a") + mark("end") + run(" b"), "a b"),
    "checked": (field(" FORMCHECKBOX ", data=BOX.format("<w:checked/>")) + run(" done"), "☒ done"),
    "unchecked": (field(" FORMCHECKBOX ", data=BOX.format('<w:checked w:val="0"/>')) + run(" done"), "☐ done"),
    "checked by default": (mark("begin", BOX.format("<w:default/>")) + code("FORMCHECKBOX") + mark("end"), "☒"),
    "selected option": (mark("begin", CHOICE) + code(" FORMDROPDOWN ") + mark("end"), "y"),
}


@pytest.mark.parametrize(("content", "plain"), FIELDS.values(), ids=FIELDS)
def test_fields_become_their_results_and_links(content: str, plain: str) -> None:
    assert read_plain(paragraph(content)) == plain


def row(text: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr><w:tc>{paragraph(run(text))}</w:tc></w:tr>"


VANISH = "<w:vanish/>"
SECRET = run("SECRET", VANISH)
HIDING = "".join(
    f'<w:style w:type="{kind}" w:styleId="{name}"><w:basedOn w:val="{base}"/><w:rPr>{properties}</w:rPr></w:style>'
    for kind, name, base, properties in (
        ("paragraph", "P", "", VANISH),
        ("paragraph", "P2", "P", ""),
        ("paragraph", "Shown", "P", '<w:vanish w:val="0"/>'),
        ("character", "C", "", VANISH),
    )
)
HIDDEN = {
    "run": (paragraph(run("a") + SECRET + run("b")), "ab"),
    "switched off": (paragraph(run("a", '<w:vanish w:val="false"/>')), "a"),
    "in a link": (paragraph(f"<w:hyperlink>{SECRET}{run('a')}</w:hyperlink>"), "a"),
    "before a change": (paragraph(run("a", f"<w:rPrChange><w:rPr>{VANISH}</w:rPr></w:rPrChange>")), "a"),
    "character style": (paragraph(run("SECRET", '<w:rStyle w:val="C"/>') + run("a")), "a"),
    "paragraph style": (paragraph(run("SECRET"), '<w:pStyle w:val="P2"/>') + paragraph(run("a")), "a"),
    "paragraph style, switched off": (paragraph(run("a"), '<w:pStyle w:val="Shown"/>'), "a"),
    "both styles": (paragraph(run("a", '<w:rStyle w:val="C"/>'), '<w:pStyle w:val="P"/>'), "a"),
    "item": (
        paragraph(SECRET, f'<w:numPr><w:numId w:val="1"/></w:numPr><w:rPr>{VANISH}</w:rPr>') + item("a"),
        "1. a",
    ),
    "end of a paragraph": (paragraph(run("a"), f"<w:rPr>{VANISH}</w:rPr>") + paragraph(run("b")), "ab"),
    "end of the last paragraph": (paragraph(run("a"), f"<w:rPr>{VANISH}</w:rPr>"), "a"),
    "field": (paragraph(run("a") + field(' TC "x" ', "").replace("<w:rPr>", f"<w:rPr>{VANISH}") + run("b")), "ab"),
    "row": (f"<w:tbl>{row('SECRET', '<w:hidden/>')}{row('a')}</w:tbl>", "a"),
}


@pytest.mark.parametrize(("body", "plain"), HIDDEN.values(), ids=HIDDEN)
def test_hidden_text_is_omitted(body: str, plain: str) -> None:
    assert read_plain(body, numbering=DECIMAL + num(1, 0), styles=HIDING) == plain


def test_hidden_text_is_reported_unless_it_is_blank() -> None:
    assert read_findings(paragraph(run("a") + SECRET)) == {"N012": "hidden text in notes.docx was left out"}
    assert read_findings(paragraph(run("a") + run(" ", VANISH))) == {}


def control(properties: str, content: str) -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def box(*, is_checked: bool) -> str:
    return f'<w14:checkbox><w14:checked w14:val="{int(is_checked)}"/></w14:checkbox>'


def symbol(character: str, font: str = "Wingdings") -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{character}"/></w:r>'


TEXT_BOX = f"<w:txbxContent>{paragraph(run('boxed'))}</w:txbxContent>"
GRAPHIC = f"<a:graphic><a:graphicData><wps:txbx>{TEXT_BOX}</wps:txbx></a:graphicData></a:graphic>"
SHAPE = f"<w:drawing><wp:inline>{GRAPHIC}</wp:inline></w:drawing>"
OLD_SHAPE = f"<w:pict><v:oval><v:textbox>{TEXT_BOX}</v:textbox></v:oval></w:pict>"
ALTERNATE = "<mc:AlternateContent><mc:Choice>{}</mc:Choice>{}</mc:AlternateContent>"
RUBY = f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('toki')}</w:rt><w:rubyBase>{run('時')}</w:rubyBase></w:ruby></w:r>"
SHOWN = {
    "right to left": (f'<w:dir w:val="rtl">{run("a")}</w:dir><w:bdo w:val="ltr">{run("b")}</w:bdo>', "ab"),
    "smart tag": (f"<w:smartTag>{run('a')}</w:smartTag>", "a"),
    "control": (control("<w:text/>", run("a")), "a"),
    "placeholder of a control": (run("a") + control("<w:showingPlcHdr/><w:text/>", run("Click here.")), "a"),
    "inserted and deleted": (f"<w:ins>{run('a')}</w:ins><w:del>{run('SECRET')}</w:del>", "a"),
    "moved": (f"<w:moveFrom>{run('SECRET')}</w:moveFrom><w:moveTo>{run('a')}</w:moveTo>", "a"),
    "checked": (control(box(is_checked=True), run("☒")), "☒"),
    "checked with another symbol": (control(box(is_checked=True), run("✓")), "✓"),
    "unchecked": (control(box(is_checked=False), symbol("F0A8")), "☐"),
    "without a character": (control(box(is_checked=True), ""), "☒"),
    "breaks": (f"{run('a')}<w:r><w:cr/></w:r>{run('b')}<w:r><w:ptab/></w:r>{run('c')}", "a\nb c"),
    "hyphens": (
        "<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c</w:t></w:r>",
        "a\u2011b\u00adc",
    ),
    "symbol": (symbol("F0FC"), "✓"),
    "symbol of a text font": (symbol("2713", "Segoe UI Symbol"), "✓"),
    "broken symbol": (run("a") + symbol("x"), "a"),
    "letters of a symbol font": (run("J", '<w:rFonts w:ascii="Wingdings"/>'), "☺"),
    "ruby": (RUBY, "時(toki)"),
    "text box": (f"{run('a')}<w:r>{SHAPE}</w:r>", "a\n\nboxed"),
    "old text box": (f"{run('a')}<w:r>{OLD_SHAPE}</w:r>", "a\n\nboxed"),
    "both": (
        f"{run('a')}<w:r>{ALTERNATE.format(SHAPE, f'<mc:Fallback>{OLD_SHAPE}</mc:Fallback>')}</w:r>",
        "a\n\nboxed",
    ),
    "no fallback": (f"{run('a')}<w:r>{ALTERNATE.format(SHAPE, '')}</w:r>", "a\n\nboxed"),
    "empty fallback": (f"<w:r>{ALTERNATE.format('<w:t>a</w:t>', '<mc:Fallback/>')}</w:r>", "a"),
    "broken link": (f'<w:hyperlink r:id="rId9">{run("a")}</w:hyperlink>', "a"),
}


@pytest.mark.parametrize(("content", "plain"), SHOWN.values(), ids=SHOWN)
def test_visible_content_is_kept(content: str, plain: str) -> None:
    assert read_plain(paragraph(content)) == plain


def test_deleted_paragraph_end_before_a_table_keeps_the_text() -> None:
    table = f"<w:tbl><w:tr><w:tc>{paragraph(run('cell'))}</w:tc></w:tr></w:tbl>"
    assert read_plain(paragraph(run("a"), "<w:rPr><w:del/></w:rPr>") + table) == "a\n\ncell"


def test_document_in_the_strict_format_is_read() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    part = write_part("document", f"<w:body>{paragraph(run('a') + SECRET)}</w:body>")
    usual = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    word, _ = read_word(write_word(part.replace(usual, strict)), "notes.docx")
    assert word.html == "<p>a</p>"


LOST = {
    "formula": ("<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>", "N011", "1 × formula"),
    "symbol": (symbol("F0F9", "Marlett"), "N011", "symbol (char F0F9 in font Marlett)"),
    "element": ("<w:contentPart/>", "N011", "element w:contentPart"),
    "chart": (
        '<w:r><w:drawing><wp:inline><a:graphicData uri="https://example.org/chart"/></wp:inline></w:drawing></w:r>',
        "N102",
        "1 image was",
    ),
    "word art": ('<w:r><w:pict><v:shape><v:textpath string="a"/></v:shape></w:pict></w:r>', "N011", "1 × WordArt"),
    "control character": ("<w:r><w:t>a\x85b\u2028c</w:t></w:r>", "N103", "2 invisible control characters (U+0085)"),
    "external image": ("<w:r><w:pict><v:shape><v:imagedata/></v:shape></w:pict></w:r>", "N102", "1 image was"),
}


@pytest.mark.parametrize(("content", "code", "message"), LOST.values(), ids=LOST)
def test_unsupported_content_is_reported(content: str, code: str, message: str) -> None:
    findings = read_findings(paragraph(content))
    assert list(findings) == [code]
    assert message in findings[code]


def test_marks_without_content_are_not_reported() -> None:
    assert read_findings(paragraph("<w:permStart/>" + run("a") + "<w:permEnd/><w:bookmarkEnd/>")) == {}
