from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.notes.html_tree import (
    Element,
    Node,
    _make_element,
    _normalize_text,
    _sanitize_html,
    parse_tree,
    sanitize_address,
)

PIECES = (
    *("<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<ol start='3'>", "<br>", "<hr>", "<table><tr><td>"),
    *('<a href="https://a.b/?x=1&amp;y=%22">', "<a href='javascript:x'>", '<a href="https://a.b/>">', "</a>"),
    *("<img alt='a \"b\" > c'>", "<!-- c -->", "<pre>\n", "&amp;lt;", "&nbsp;", "&#x338;", "&quot;", "<", ">", '"'),
    *("<script>x</script>", "words", " ", "\n", "é", "<div>" * 30, "\x00", "]]>", "<P CLASS=x>"),
)
SOURCES = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=20).map("".join)


class Reference(HTMLParser):
    """A parser from the standard library that builds the same tree, without a depth limit."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str], list[Node]]] = [("", {}, [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_in_link = any("href" in outer for _, outer, _ in self.open)
        attributes = {} if tag == "a" and is_in_link else {name: value or "" for name, value in attrs}
        if tag in {"br", "hr"}:
            self.open[-1][2].append(Element(tag))
        elif tag == "img":
            self.open[-1][2].append(_normalize_text(attributes.get("alt", "")))
        else:
            self.open.append((tag, attributes, []))

    def handle_endtag(self, tag: str) -> None:
        element = _make_element(*self.open.pop())
        assert element.tag == tag
        self.open[-1][2].append(element)

    def handle_data(self, data: str) -> None:
        self.open[-1][2].append(_normalize_text(data))


def measure_depth(nodes: tuple[Node, ...]) -> int:
    return max((1 + measure_depth(node.children) for node in nodes if isinstance(node, Element)), default=0)


@given(SOURCES)
def test_parse_tree_agrees_with_the_standard_html_parser(source: str) -> None:
    reference = Reference()
    reference.feed(_sanitize_html(source))
    reference.close()
    expected = tuple(reference.open[0][2])
    if measure_depth(expected) < 38:
        assert parse_tree(source) == expected


def test_parse_tree_very_deep_html_keeps_its_words() -> None:
    tree = parse_tree("<blockquote>" * 5000 + "words")
    assert measure_depth(tree) < 45
    assert "words" in str(tree)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.b/?x=1&y=2", "https://a.b/?x=1&y=2"),
        ('https://a.b/">', "https://a.b/%22%3E"),
        ("https://größe.de/ä b?q=ü#ö", "https://xn--gre-6ka8i.de/%C3%A4%20b?q=%C3%BC#%C3%B6"),
        ("https://a.b/%C3%A4", "https://a.b/%C3%A4"),
        ("mailto:a@b.org", "mailto:a@b.org"),
        ("javascript:alert(1)", None),
        ("notes.md", None),
    ],
)
def test_sanitize_address_keeps_absolute_addresses(address: str, expected: str | None) -> None:
    assert sanitize_address(address) == expected
