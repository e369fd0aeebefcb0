from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from podcastkit.text.transcripts.html import read_html_transcript
from podcastkit.text.transcripts.html_page import clean_page
from podcastkit.text.transcripts.reader import read_transcript

PAGES = sorted((Path(__file__).parents[2] / "data" / "shows" / "everything").glob("*/transcript.html"))

HARMLESS = {
    "namespace example": "<cite>Kevin:</cite>\n<time>0:00</time>\n<p>We&#39;re &lt;here&gt; &amp; 1 < 2 <3</p>\n",
    "a page": '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>T & U</title><body>x</body></html>',
    "a page of Word": '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><p class=MsoNormal>x',
    "a page in XML": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>x<br/></body></html>',
    "a style": "<style type='text/css'>@media print { p { color: rgb(1,2,3) } }</style><P STYLE='top: 0'>x</P>",
    "links": '<a href="https://a.example/?b&amp;c#d" target=_blank rel="noopener">x</a><a href=#t=1>y</a>',
    "words with times": '<span data-m="100" aria-hidden=true id=w1>Ahoy</span>',
    "a comment": "<!-- podcastkit: ignore T010 --><p>x</p>",
}
HARMFUL = {
    "script": ("<p>a<script>b</script>c</p>", "<p>ac</p>", "<script>"),
    "script in capitals": ("<SCRIPT SRC=//x>b</SCRIPT >c", "c", "<script>"),
    "script without an end": ("a<script>b", "a", "<script>"),
    "script of pieces": ("<<box>script>a</script>", "&lt;script>a", "<box>"),
    "script with a control character": ("<\x0cscript><x>a", "&lt;script>a", "<x>"),
    "script in a title": ("<title>a</title <script>b</script>", "<title>a</title>", "<script>"),
    "handler": ('<p title="a>b" onclick="c()">d</p>', '<p title="a&gt;b">d</p>', "onclick=c()"),
    "handler without a space": ('<p title="a"onclick=b>', '<p title="a">', "onclick=b"),
    "handler after a slash": ("<p/onclick=b>", "<p>", "onclick=b"),
    "javascript": ('<a href="javascript:a()">b</a>', "<a>b</a>", "a link to javascript:a()"),
    "javascript in entities": ("<a href='jAva&Tab;script&colon;a()'>b</a>", "<a>b</a>", "a link to jAvascript:a()"),
    "data": ("<a href=data:text/html,a>b</a>", "<a>b</a>", "a link to data:text/html,a"),
    "iframe": ("<iframe src=a>b</iframe>c", "c", "<iframe>"),
    "refresh": ('<meta http-equiv=refresh content="0;url=a">', "", "http-equiv=refresh"),
    "svg": ("<svg><a href='javascript:b'><text>c</text></a></svg>d", "d", "<svg>"),
    "style that loads": ("<p style='a: u\\72l(b)'>c</p>", "<p>c</p>", "style=a:u\\72l(b)"),
    "style sheet that loads": ("<style>@import 'a'</style>b", "b", "<style>"),
    "style sheet from elsewhere": ("<link rel=stylesheet href=a>b", "b", "<link>"),
    "picture": ("<img src=a onerror=b>c", "c", "<img>"),
    "form": ("<form action=a><input name=b>c</form>", "c", "<form>, <input>"),
    "unknown tag": ("<laughter>a</laughter>", "a", "<laughter>"),
    "base": ("<base href=//a>b", "b", "<base>"),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_clean_page_harmless_page_is_unchanged(case: str) -> None:
    source = HARMLESS[case]
    assert clean_page(source, "t.html") == (source, ())
    parsed = read_transcript(source.encode(), "t.html").value
    assert parsed
    assert parsed.document.body == source.encode()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_clean_page_transcript_of_the_everything_show_is_unchanged(path: Path) -> None:
    assert clean_page(path.read_text("utf-8"), "t.html") == (path.read_text("utf-8"), ())


@pytest.mark.parametrize("case", HARMFUL)
def test_clean_page_harmful_content_is_removed_and_named(case: str) -> None:
    source, expected, named = HARMFUL[case]
    page, (finding,) = clean_page(f"é\n{source}", "t.html")
    assert page == f"é\n{expected}"
    assert finding.code == "T110"
    assert finding.message == f"t.html contains HTML that is unsafe or unknown: {named}"
    assert finding.location
    assert finding.location.line == 2
    assert clean_page(page, "t.html") == (page, ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<meta charset=iso-2022-jp>a", "a"),
        ("<meta http-equiv=content-type content='text/html; charset=utf-7'>a", "a"),
        ("\x1b$Ba\x1b(B<p title='\x1b'>b", '$Ba(B<p title="">b'),
        ("<!-- a > b -->c", "c"),
        ("<![CDATA[a]]>b", "b"),
        ("<?php a ?>b", "b"),
        ("<b", "<b>"),
        ("<P CLASS=x y='<'>a", '<p class="x">a'),
    ],
)
def test_clean_page_odd_markup_becomes_unambiguous(source: str, expected: str) -> None:
    page, _ = clean_page(source, "t.html")
    assert page == expected
    assert clean_page(page, "t.html") == (page, ())


def test_clean_page_many_kinds_are_counted() -> None:
    source = "".join(f"<t{number}>" * (9 - number) for number in range(8))
    _, (finding,) = clean_page(source, "t.html")
    assert "<t0> (9 times), <t1> (8 times)" in finding.message
    assert finding.message.endswith("<t5> (4 times) and 2 more")


def test_clean_page_keeps_the_cues() -> None:
    source = "<script>a</script><cite>Ana</cite><time>0:05</time><p onclick=b>Ahoy <laughter>ha</laughter></p>"
    page, _ = clean_page(source, "t.html")
    assert page == "<cite>Ana</cite><time>0:05</time><p>Ahoy ha</p>"
    (before,), (after,) = read_html_transcript(source, "t").value, read_html_transcript(page, "t").value
    assert (before.text, before.start, before.speaker) == (after.text, after.start, after.speaker)


WORDS = [
    *("<", ">", "/", "<!--", "-->", "--!>", "<!", "<?", "]]>", "=", '"', "'", "`", "&lt;", " ", "\n", "\f", "\x1b"),
    *("<script", "</script>", "<style", "</style>", "<title", "</title>", "<p", "<a", "<svg", "<math", "</p>", "x"),
    *(
        "onclick=",
        "href=",
        "style=",
        "title=",
        "javascript:",
        "url(",
        "&colon;",
        " onclick=x ",
        "<img src=x onerror=y>",
    ),
    *("<textarea>", "<xmp>", "<plaintext>", "<noscript>", "<form>", "\u017f"),
]
PIECES = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.text(max_size=3),
    ),
    max_size=14,
).map("".join)


@given(PIECES)
@example('<title><p title="</title><img src=x onerror=y>">')
@example("<noscript><p title='</noscript><img src=x onerror=y>'>")
def test_clean_page_any_source_contains_no_code(source: str) -> None:
    page, _ = clean_page(source, "t.html")
    assert clean_page(page, "t.html") == (page, ()), "a clean page is unchanged"
    try:
        root = html.document_fromstring(page or "x")
    except etree.ParserError:  # the page is empty
        return
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in {"script", "iframe", "img", "svg", "math", "form", "link", "base", "object"}
        assert not [name for name in element.attrib if name.lower().startswith("on")]
        assert not re.match(r"\s*javascript:", element.get("href", ""), re.IGNORECASE)
