from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.diagnostics import Severity
from podcastkit.model import Text
from podcastkit.text.cleaning import FORBIDDEN_IN_XML
from podcastkit.text.notes.convert import (
    join_texts,
    render_html,
    render_markdown,
    render_plain_text,
)
from tests.simple_html import simple_html

RICH = {
    *("p", "br", "a", "ul", "ol", "li", "strong", "em", "b", "i", "u", "s"),
    *("h2", "h3", "h4", "h5", "h6", "blockquote", "code", "pre", "hr"),
}
SIMPLE = {"p", "ol", "ul", "li", "a", "b", "i", "strong", "em"}
SCHEMES = ("http:", "https:", "mailto:", "tel:")


class Reader(HTMLParser):
    """An HTML parser that collects the text, and every tag and attribute that is not allowed."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed, self.open, self.wrong, self.words = allowed, [""], list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.wrong += [] if tag in self.allowed else [tag]
        for name, value in attrs:
            if (tag, name) != ("a", "href") or not (value or "").lower().startswith(SCHEMES):
                self.wrong.append(f"{tag} {name}={value}")
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"<![{data}")


def read(html: str, allowed: set[str]) -> str:
    """Return the text of HTML; fail unless it is clean, and well-formed both as HTML and as XML."""
    reader = Reader(allowed)
    reader.feed(html)
    reader.close()
    assert (reader.wrong, reader.open) == ([], [""])
    etree.fromstring(f"<x>{html}</x>")
    assert unicodedata.is_normalized("NFC", html)
    assert not FORBIDDEN_IN_XML.search(html)
    return reader.words


def render_to_html(source: str) -> str:
    return render_markdown(source, file="notes.md").value.text.html


def render_to_plain(source: str) -> str:
    return render_markdown(source, file="notes.md").value.text.plain


MARKDOWN = {
    "paragraphs": ("one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>", "one two\n\nthree"),
    "break": ("one  \ntwo\\\nthree", "<p>one<br />\ntwo<br />\nthree</p>", "one\ntwo\nthree"),
    "emphasis": ("*a* **b** ~~c~~", "<p><em>a</em> <strong>b</strong> ~~c~~</p>", "a b ~~c~~"),
    "headings": ("## A\n\n###### B", "<h2>A</h2>\n<h6>B</h6>", "A\n\nB"),
    "list": ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "• a\n• b"),
    "loose list": ("- a\n\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "• a\n• b"),
    "numbers": ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>", "1. a\n2. b"),
    "a year does not start a list": (
        "1984. A year.\n1985. Another.",
        "<p>1984. A year.</p>\n<p>1985. Another.</p>",
        None,
    ),
    "a quote in a numbered item": ("3. > a", "<p>3.</p>\n<blockquote>\n<p>a</p>\n</blockquote>", "3.\n\na"),
    "a numbered heading": ("3. ## a", "<h2>3. a</h2>", "3. a"),
    "nested list": (
        "- a\n  1. b\n\n     c",
        "<ul>\n<li>\na\n<ol>\n<li>\n<p>b</p>\n<p>c</p>\n</li>\n</ol>\n</li>\n</ul>",
        "• a\n  1. b\n     c",
    ),
    "quote": ("> a\n>\n> b", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>", "a\n\nb"),
    "code": ("`a<b`", "<p><code>a&lt;b</code></p>", "a<b"),
    "code block": ("```\nif a:\n    b\n```", "<pre><code>if a:\n    b</code></pre>", "if a:\n    b"),
    "empty code block": ("```\n\n```", "", ""),
    "rule": ("a\n\n---\n\nb", "<p>a</p>\n<hr />\n<p>b</p>", "a\n\nb"),
    "entities": ("&eacute; &lt;3 AT&T", "<p>é &lt;3 AT&amp;T</p>", "é <3 AT&T"),
    "link": (
        "[us](https://a.org/?b&c)",
        '<p><a href="https://a.org/?b&amp;c">us</a></p>',
        "us (https://a.org/?b&c)",
    ),
    "link that shows its address": (
        "<https://a.org/>",
        '<p><a href="https://a.org/">https://a.org/</a></p>',
        "https://a.org/",
    ),
    "bare address": ("See https://a.org/b.", '<p>See <a href="https://a.org/b">https://a.org/b</a>.</p>', None),
    "bare domain": ("See a.org", '<p>See <a href="http://a.org">a.org</a></p>', "See a.org"),
    "bare e-mail": ("a@b.org", '<p><a href="mailto:a@b.org">a@b.org</a></p>', "a@b.org"),
    "phone": ("[call](tel:+1213)", '<p><a href="tel:+1213">call</a></p>', "call (tel:+1213)"),
    "international": ("http://é.org", '<p><a href="http://xn--9ca.org">http://é.org</a></p>', "http://é.org"),
    "link without text": (
        "[](https://a.org)",
        '<p><a href="https://a.org">https://a.org</a></p>',
        "https://a.org",
    ),
    "not a domain": ("notes.md, in time.It was", "<p>notes.md, in time.It was</p>", None),
    "no ftp": ("ftp://a.org", "<p>ftp://a.org</p>", None),
    "marked timestamps": (
        "It:\n**00:00** A\n[01:00](https://a.org) B *c*",
        '<p>It:<br />\n<strong>00:00</strong> A<br />\n<a href="https://a.org">01:00</a> B <em>c</em></p>',
        None,
    ),
    "timestamps": ("In it:\n00:00 A\n(1:02:03) B", "<p>In it:<br />\n00:00 A<br />\n(1:02:03) B</p>", None),
    "raw inline": ("<u>a</u> <span class=x>b</span>", "<p><u>a</u> b</p>", "a b"),
    "raw break": ("a <br> b", "<p>a <br />\nb</p>", "a\nb"),
    "raw list": ("<ul>text<li>a</ul>", "<ul>\n<li>text</li>\n<li>a</li>\n</ul>", "• text\n• a"),
    "stray item": ("<li>a</li>", "<p>a</p>", "a"),
    "raw table": (
        "<table><tr><td>a</td> <td>b<ul><li>c<li>d</ul></td><td></td></tr><tr><td>e</td></tr></table>",
        "<p>a | b c d</p>\n<p>e</p>",
        "a | b c d\n\ne",
    ),
    "blocks in inline": (
        "<b>x<p>y</p><ul><li>z<pre>w</pre></ul></b>",
        "<p><b>x</b></p>\n<p><b>y</b></p>\n<ul>\n<li>\n<b>z</b>\n<pre><code>w</code></pre>\n</li>\n</ul>",
        "x\n\ny\n\n• z\n  w",
    ),
    "divisions": ("<div>a<div>b</div>c</div>", "<p>a</p>\n<p>b</p>\n<p>c</p>", "a\n\nb\n\nc"),
    "heading with a division": ("<h3><div>a</div><ul><li>b</ul></h3>", "<h3>a</h3>\n<ul>\n<li>b</li>\n</ul>", None),
    "nothing": ("<p> </p><b></b><ul></ul><blockquote></blockquote><i> </i>", "", ""),
    "an accent after a tag": ("<b>a</b>&#824;b", "<p><b>a</b>&#824;b</p>", "a\u0338b"),
    "forbidden by entity": ("<div>a&#11;b&#xfffe;</div>", "<p>a b</p>", "a b"),
}


@pytest.mark.parametrize(("source", "html", "plain"), MARKDOWN.values(), ids=MARKDOWN)
def test_render_markdown_returns_html_and_plain_text(source: str, html: str, plain: str | None) -> None:
    text = render_markdown(source, file="notes.md").value.text
    read(text.html, RICH)
    assert text.html == html
    assert plain is None or text.plain == plain


HEADINGS = {
    "first line": ("# *A* title\n\nnotes", "A title", 5, "<p>notes</p>"),
    "setext": ("A title\n===\n\nnotes", "A title", 5, "<p>notes</p>"),
    "after text": ("notes\n\n# A [title](https://a.org)\n", "A title", 7, "<p>notes</p>"),
    "after a smaller one": ("## Sub\n\n# Title", "Title", 7, "<h2>Sub</h2>"),
    "the first of two": ("# A\n\n# B", "A", 5, "<h2>B</h2>"),
    "only a smaller one": ("## A", None, None, "<h2>A</h2>"),
    "empty": ("#\n\n# B", "B", 7, ""),
    "in a quote": ("> # A", None, None, "<blockquote>\n<h2>A</h2>\n</blockquote>"),
    "in a list": ("- # A", None, None, "<ul>\n<li>\n<h2>A</h2>\n</li>\n</ul>"),
    "raw": ("<h1>A</h1>", None, None, "<h2>A</h2>"),
    "in code": ("    # A", None, None, "<pre><code># A</code></pre>"),
    "named": ("# **A**  {#a-1}\n\n## B {#b}\n\n# {#c}", "A", 5, "<h2>B</h2>"),
    "entities": ("# Q&amp;A <3", "Q&A <3", 5, ""),
}


@pytest.mark.parametrize(("source", "heading", "line", "html"), HEADINGS.values(), ids=HEADINGS)
def test_render_markdown_removes_the_first_heading(
    source: str, heading: str | None, line: int | None, html: str
) -> None:
    notes, _ = render_markdown(source, file="05/notes.md", first_line=5)
    assert notes.heading == heading
    assert (notes.heading_location.line if notes.heading_location else None) == line
    assert notes.text.html == html


LEFT_OUT = {
    "relative link": ("a\nb ⟦[x](other.md)", "N101", "https://"),
    "link without scheme": ("⟦[x](www.a.org/b)", "N101", "write https://www.a.org/b"),
    "domain without scheme": ("⟦[x](a.org)", "N101", "write https://a.org"),
    "e-mail without scheme": ("⟦[x](a@b.org)", "N101", "write mailto:a@b.org"),
    "script link": ("⟦[x](javascript:alert)", "N101", "https://"),
    "protocol-relative": ("⟦[x](//a.org)", "N101", "https://"),
    "in a list": ("- a\n- b\n- ⟦[x](c.md)", "N101", "https://"),
    "after another": ("[x](https://a.org) and ⟦[x](c.md) [x](https://a.org)", "N101", "https://"),
    "in emphasis": ("a **b ⟦[x *y*](c.md)**", "N101", "https://"),
    "after an escape and an entity": ("\\[ &amp; `[a](b)` ⟦[x](c.md)", "N101", "https://"),
    "in a quote in a list": ("1. > a\n   > \n   > b\n   lazy ⟦[x](c.md)", "N101", "https://"),
    "after tabs": ("-\ta\n\n\tb ⟦[x](c.md)", "N101", "https://"),
    "in a heading": ("a\n\n## b ⟦[x](c.md) ##", "N101", "https://"),
    "in an underlined heading": ("a\n ⟦[x](c.md)\n---", "N101", "https://"),
    "by reference": ("[y]: c.md\na ⟦[x][y]", "N101", "https://"),
    "in angle brackets": ("é 🎙️ ⟦<ftp://a.org>", "N101", "https://"),
    "over lines": ("a\nb ⟦[x\ny](c.md\n'title')\nz", "N101", "https://"),
    "after combining accents": ("cafe\u0301 o\u0308 ⟦[x](c.md)", "N101", "https://"),
    "raw link": ("<div>\n⟦<a href='x.md'>x</a></div>", "N101", "https://"),
    "raw link over lines": ("a\n⟦<a\nhref=x.md>x</a>", "N101", "https://"),
    "after a tag over lines": ("<span\nclass=x>a</span> ⟦[x](y)", "N101", "https://"),
    "raw link in a list": ("- a\n\n  <div>\n    ⟦<a href='x.md'>x</a></div>", "N101", "https://"),
    "image": ("a\\\n⟦![Our *team*](x.png)", "N102", "artwork.jpg"),
    "image in a link": ("[a ⟦![Our *team*](x.png)](https://a.org)", "N102", "artwork.jpg"),
    "raw image": ('⟦<img src="x.png" alt="Our team">', "N102", "artwork.jpg"),
    "image without a description": ("x ⟦<img src=x>", "N102", "artwork.jpg"),
    "script": ("⟦<script>\nalert()\n</script>", "N104", "link to it"),
    "not a tag": ("Hi ⟦<name>", "N104", "&lt;name&gt;"),
    "after a comment with tags": ("<!-- <a href='x'> --> ⟦<name>", "N104", "&lt;name&gt;"),
    "comment without end": ("a\n\n ⟦<!-- <b>\n\nc", "N104", "-->"),
    "control character": ("a\nb⟦\x08", "N103", "type the words around it again"),
}


@pytest.mark.parametrize(("source", "code", "hint"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_render_markdown_unsupported_content_warns_with_place_and_hint(source: str, code: str, hint: str) -> None:
    before, _, after = source.partition("⟦")
    [finding] = render_markdown(before + after, file="05/notes.md", first_line=4).findings
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    line, column = before.count("\n") + 4, len(before) - before.rfind("\n")
    assert str(finding.location) == f"05/notes.md:{line}:{column}"
    assert hint in (finding.hint or "")


def test_locations_after_a_removed_character_match_the_file() -> None:
    source = "a\x0b\x0cb cafe\x01\u0301 [x](y) <z>"
    removed, link, tag = render_markdown(source, file="05/notes.md").findings
    places = [finding.location and finding.location.column for finding in (removed, link, tag)]
    assert places == [2, source.index("[") + 1, source.index("<z") + 1]


@pytest.mark.parametrize(
    "source", ["<!-- a --> b", "<font color=red>a</font>", "<a name=x>a</a>", "[a](https://a.org)", "a < b <3"]
)
def test_render_markdown_harmless_markup_does_not_warn(source: str) -> None:
    assert render_markdown(source, file="notes.md").findings == ()


def test_render_markdown_image_keeps_its_description() -> None:
    assert render_to_plain("![Our *team*](x.png) and <img alt='you &amp; me'>") == "Our team and you & me"


def test_render_too_many_tags_is_an_error() -> None:
    for notes, findings in (
        render_markdown("<b>" * 20_001, file="notes.md"),
        render_html("<b>" * 20_001, file="notes.docx"),
    ):
        assert [(finding.code, finding.severity) for finding in findings] == [("N005", Severity.ERROR)]
        assert notes.text == Text(html="", plain="")


def test_render_markdown_deep_nesting_keeps_words_separate() -> None:
    source = "<div>a" * 300 + "</div>" * 300
    assert render_to_plain(source).split() == ["a"] * 300
    assert read(render_to_html("<b><p>" * 300 + "x"), RICH).split() == ["x"]


ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "broken script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "open script": "a <script>alert(1)",
    "event handler": "<b onmouseover=alert(1)>a</b>",
    "event handler with slash": "<p/onclick='alert(1)'>a</p>",
    "image with handler": "<img src=x onerror=alert(1)>",
    "open image": "<img src=x onerror=alert(1)//",
    "javascript link": "<a href='javascript:alert(1)'>a</a>",
    "markdown javascript link": "[a](javascript:alert(1))",
    "mixed case": "[a](JaVaScRiPt:alert(1))",
    "entities": "<a href='&#106;avascript&colon;alert(1)'>a</a>",
    "markdown entities": "[a](&#x6A;avascript:alert(1))",
    "tab": "<a href='java\tscript:alert(1)'>a</a>",
    "newline": "<a href='java\nscript:alert(1)'>a</a>",
    "leading space": "<a href=' &#14; javascript:alert(1)'>a</a>",
    "control character": "<a href='\x01javascript:alert(1)'>a</a>",
    "autolink": "<javascript:alert(1)>",
    "reference": "[a]\n\n[a]: javascript:alert(1)",
    "vbscript": "[a](vbscript:msgbox)",
    "data": "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "file": "[a](file:///etc/passwd)",
    "quote in an address": '[a](https://a.org/"onclick="alert(1))',
    "quote in a title": "[a](https://a.org '\" onclick=\"alert(1)')",
    "quote in an alt": '![" onerror="alert(1)](x)',
    "markup in an alt": "![<script>alert(1)</script>](x)",
    "svg": "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>a</a></svg>",
    "svg style": "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "math": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "title": "<title><img src=x onerror=alert(1)></title>",
    "textarea": "<textarea><img src=x onerror=alert(1)></textarea>",
    "xmp": "<xmp><img src=x onerror=alert(1)></xmp>",
    "plaintext": "<plaintext><script>alert(1)</script>",
    "template": "<template><script>alert(1)</script></template>",
    "style": "<style>@import 'https://evil.example/';</style>",
    "style attribute": "<p style='background:url(javascript:alert(1))' class=x id=y>a</p>",
    "iframe": "<iframe src='javascript:alert(1)'>a</iframe>",
    "srcdoc": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "object": "<object data='javascript:alert(1)'><embed src=x></object>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "base": "<base href='https://evil.example/'><a href='x'>a</a>",
    "link": "<link rel=stylesheet href='https://evil.example/'>",
    "form": "<form action='https://evil.example/'><button formaction='javascript:alert(1)'>a</button></form>",
    "input": "<input autofocus onfocus=alert(1)>",
    "video": "<video><source onerror=alert(1)></video>",
    "details": "<details open ontoggle=alert(1)>a</details>",
    "marquee": "<marquee onstart=alert(1)>a</marquee>",
    "unclosed": "<b><i><a href='https://a.org'>a",
    "crossed": "<b><i>a</b>b</i><p><b>c</p>d</b>",
    "stray ends": "a</p></div></body></html></x>b",
    "comment": "<!-- --!><img src=x onerror=alert(1)> -->",
    "conditional comment": "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "CDATA": "<![CDATA[<script>alert(1)</script>]]>",
    "end of CDATA": "a ]]> b ]]&gt; `]]>` <b>]]></b>",
    "processing instruction": "<?xml-stylesheet href='javascript:alert(1)'?>a",
    "doctype": "<!DOCTYPE html [<!ENTITY a 'b'>]>&a;",
    "nul": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "half attributes": '<a href="https://a.org" <b onclick=alert(1)>a</a>',
    "code": "`<script>alert(1)</script>`",
    "fence with a language": "```html onload=alert(1)\n<script>alert(1)</script>\n```",
}


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_render_attack_leaves_only_allowed_html(source: str) -> None:
    for notes, _ in (
        render_markdown(source, file="notes.md"),
        render_plain_text(source, file="notes.txt"),
        render_html(source, file="notes.docx"),
    ):
        read(notes.text.html, RICH)
        read(simple_html(notes.text.html), SIMPLE)
        # Feeds contain the HTML in CDATA, and it must not end that section.
        assert "]]>" not in notes.text.html


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_simple_html_attack_leaves_only_simple_tags(source: str) -> None:
    read(simple_html(source), SIMPLE)


PIECES = st.sampled_from(
    [
        *(
            "word",
            " ",
            "\n",
            "\n\n",
            "  \n",
            "- ",
            "1. ",
            "7) ",
            "> ",
            "# ",
            "## ",
            "    ",
            "\t",
            "*",
            "**",
            "_",
            "`",
        ),
        *(
            "```\n",
            "---\n",
            "[",
            "](",
            ")",
            "](https://a.org)",
            "![",
            "<",
            ">",
            "</",
            "&",
            "&lt;",
            "&#x0;",
            "&#824;",
        ),
        *(
            "<b>",
            "</b>",
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<ul>",
            "<li>",
            "</ul>",
            "<table>",
            "<tr>",
            "<td>",
            "<a>",
        ),
        *("<pre>", "</pre>", "<h1>", "</h1>", "<br>", "<hr>", "<a href='https://a.org'>", "</a>", "<img alt=b>"),
        *("<ol start=3>", "<code>", "</code>", "<svg>", "<style>", "<!--", "-->", "]]>", "javascript:", "'", '"'),
        *("\u0301", "\u0338", "\x00", "\x0b", "\x85", "\u2028", "\ufeff", "\ufffe", "🎙", "http://a.org", "a@b.org"),
    ]
)
SOURCES = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60)


@given(SOURCES)
def test_render_any_source_returns_only_allowed_html(source: str) -> None:
    for notes, _ in (
        render_markdown(source, file="notes.md"),
        render_plain_text(source, file="notes.txt"),
        render_html(source, file="notes.docx"),
    ):
        read(notes.text.html, RICH)
        read(simple_html(notes.text.html), SIMPLE)
        assert unicodedata.is_normalized("NFC", notes.text.plain)
        assert not FORBIDDEN_IN_XML.search(notes.text.plain)


@given(SOURCES)
def test_render_of_rendered_html_changes_nothing(source: str) -> None:
    text = render_markdown(source, file="notes.md").value.text
    again = render_html(text.html, file="notes.md").value.text
    assert again == text
    simple = simple_html(text.html)
    assert simple_html(simple) == simple


def build_documents() -> st.SearchStrategy[str]:
    words = st.sampled_from(
        ["{}", "*{}*", "**{} {}**", "[{}](https://a.org)", "`{}`", "<u>{}</u>", "{}\n{}", "{}  \n{}"]
    )
    lines = st.lists(words, min_size=1, max_size=3).map(" ".join)
    blocks = st.sampled_from(
        [
            *("{}", "- {}\n- {}", "1. {}\n2. {}", "4. {}\n5. {}", "> {}\n>\n> {}", "## {}", "- {}\n\n  {}\n- {}"),
            *("- {}\n    - {}", "<div>{}</div><div>{}</div>", "<table><tr><td>{}</td><td>{}</td></tr></table>"),
            *("```\n{}\n{}\n```", "<p>{}<br>{}", "<ul><li>{}<li>{}<p>{}</ul>", "<b>{}<p>{}</p>{}</b>"),
        ]
    )
    return st.lists(blocks | lines, max_size=6).map("\n\n<!-- -->\n\n".join).map(fill_with_words)


def fill_with_words(pattern: str) -> str:
    """Replace each `{}` of a pattern with a different word."""
    return pattern.format(*(f"w{number}w" for number in range(pattern.count("{}"))))


@given(build_documents())
def test_render_markdown_keeps_every_word_separate_and_in_order(source: str) -> None:
    expected = re.findall(r"w\d+w", source)
    text = render_markdown(source, file="notes.md").value.text
    for rendition in (read(text.html, RICH), text.plain, read(simple_html(text.html), SIMPLE)):
        assert re.findall(r"\bw\d+w\b", rendition) == expected


def test_render_plain_text_keeps_markup_as_text() -> None:
    source = (
        "\n# Planning *time*\n\nOne <b>line</b> &amp; http://a.org/b.\nTwo  lines\n \n* three @ a@b.org\n\n## four"
    )
    notes, findings = render_plain_text(source, file="05/notes.txt", first_line=3)
    assert notes.heading == "Planning *time*"
    assert str(notes.heading_location) == "05/notes.txt:4:1"
    assert notes.text.html.split("\n") == [
        '<p>One &lt;b&gt;line&lt;/b&gt; &amp;amp; <a href="http://a.org/b">http://a.org/b</a>.<br />',
        "Two lines</p>",
        '<p>* three @ <a href="mailto:a@b.org">a@b.org</a></p>',
        "<p>## four</p>",
    ]
    assert notes.text.plain == "One <b>line</b> &amp; http://a.org/b.\nTwo lines\n\n* three @ a@b.org\n\n## four"
    assert findings == ()


@pytest.mark.parametrize("source", ["", "\n \n", "#hashtag", "a\n# b"])
def test_render_plain_text_without_a_heading_line_has_no_heading(source: str) -> None:
    notes, _ = render_plain_text(source, file="notes.txt")
    assert (notes.heading, notes.heading_location) == (None, None)
    assert notes.text.plain == source.strip()


def test_render_html_removes_the_first_heading() -> None:
    notes, _ = render_html("<p>a</p><h1>The <b>title</b></h1><h1>b</h1>", file="05/notes.docx")
    assert (notes.heading, str(notes.heading_location)) == ("The title", "05/notes.docx")
    assert notes.text == Text(html="<p>a</p>\n<h2>b</h2>", plain="a\n\nb")


SIMPLIFIED = {
    "headings": ("<h2>a <b>b</b> <i>c</i><br>d</h2>", "<p><strong>a b <i>c</i> d</strong></p>"),
    "breaks": ("<p>a<br /><br />b <em>c<br />d</em></p>", "<p>a</p>\n<p>b <em>c</em></p>\n<p><em>d</em></p>"),
    "break in an item": ("<ul><li>a<br />b <i>c<br>d</i></li></ul>", "<ul>\n<li>a b <i>c d</i></li>\n</ul>"),
    "quote": ("<blockquote><p>a</p><ul><li>b</li></ul></blockquote>", "<p>a</p>\n<ul>\n<li>b</li>\n</ul>"),
    "item with a quote": (
        "<ul><li>a<blockquote>b</blockquote></li></ul>",
        "<ul>\n<li>\na\n<p>b</p>\n</li>\n</ul>",
    ),
    "code": ("<p><code>a</code> <u>b</u><s>c</s></p><pre>d\n\n e</pre>", "<p>a bc</p>\n<p>d</p>\n<p>e</p>"),
    "rule": ("<p>a</p><hr /><p>b</p>", "<p>a</p>\n<p>b</p>"),
    "items of rules": ("<ul><li><hr></li></ul><ol><li><hr></li><li>a</li></ol>", "<ol>\n<li>a</li>\n</ol>"),
    "breaks at the end": ("<p><b> a<br></b></p>", "<p><b> a</b></p>"),
    "link": ('<p><a href="https://a.org">a</a></p>', '<p><a href="https://a.org">a</a></p>'),
}


@pytest.mark.parametrize(("html", "expected"), SIMPLIFIED.values(), ids=SIMPLIFIED)
def test_simplify_keeps_only_tags_that_all_apps_show(html: str, expected: str) -> None:
    assert simple_html(html) == expected


def test_render_html_link_inside_a_link_becomes_text() -> None:
    source = '<a href="https://a.org"><table><tr><td>x <a href="https://b.org">y</a></td></tr></table></a>'
    text = render_html(source, file="notes.docx").value.text
    assert text == Text(html='<p><a href="https://a.org">x y</a></p>', plain="x y (https://a.org)")


def test_join_texts_appends_a_footer() -> None:
    notes, footer = Text(html="<p>a</p>", plain="a"), Text(html="<p>b</p>", plain="b")
    nothing = Text(html="", plain="")
    assert join_texts(notes, footer) == Text(html="<p>a</p>\n<p>b</p>", plain="a\n\nb")
    assert join_texts(notes, nothing) == notes
    assert join_texts(nothing, footer) == footer
    assert join_texts(notes, footer).ending is footer


def test_text_has_separate_simple_html_only_where_it_differs() -> None:
    plain, rich = (render_markdown(source, file="notes.md").value.text for source in ("*a*", "## a"))
    assert plain.simple is plain.html
    assert rich.simple == "<p><strong>a</strong></p>"
    assert join_texts(plain, rich).simple == "<p><em>a</em></p>\n<p><strong>a</strong></p>"
    assert join_texts(plain, plain).simple is not None
    assert join_texts(plain, Text(html="<p>b</p>", plain="b")).simple is None


def test_render_too_many_nested_tags_is_an_error() -> None:
    for render in (render_markdown, render_html):
        for deep in ("<div>" * 1001, "<div>" * 900 + "<b></b>" + "<i>" * 900):
            assert [found.code for found in render(deep, file="n.md").findings] == ["N005"]
        for flat in ("<div></div>" * 1001, "<p>a" * 1001, "<br>" * 1001, "<div>" * 1000):
            assert render(flat, file="n.md").findings == ()


def test_render_markdown_unclosed_brackets_are_text() -> None:
    text = render_markdown("[a](https://a.org) ![b](c.png) [[ ![ [d", file="n.md").value.text.plain
    assert text == "a (https://a.org) b [[ ![ [d"


@pytest.mark.parametrize("text", ["xhttps://a.org", "http:// b", "[a https://b.org](https://a.org)", r"https\://a"])
def test_render_markdown_text_like_an_address_is_not_linked(text: str) -> None:
    html = render_markdown(text, file="n.md").value.text.html
    assert html.count("<a ") == text.count("](")
