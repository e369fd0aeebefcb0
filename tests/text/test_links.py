from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.links import find_links

ADDRESS = "https://example.org/a"
ENDINGS = [
    *"（），！：；？。、》〉」』】〕",  # noqa: RUF001 - East Asian
    *"”“’‘»«›…—،؟।။។",  # noqa: RUF001 - typographic, Arabic, Devanagari, Burmese, Khmer
    *('"', "<", ">", "`", " ", ". ", "!)", "', ", "\u3000", "\u200b", "\u2028", "\ufeff"),
]

LINES = {
    "another script before it": ("网址https://example.org。", ["https://example.org"]),
    "letters of another script after its domain": (
        "在example.org和https://a.org是",
        ["example.org", "https://a.org"],
    ),
    "in quotes": (
        "「https://a.org/b_c」“https://a.org” 'https://a.org/x'.",
        ["https://a.org/b_c", "https://a.org", "https://a.org/x"],
    ),
    "balanced brackets": (
        "https://a.org/Foo_(bar) (https://a.org/x). [https://a.org/?a[]=1]",
        ["https://a.org/Foo_(bar)", "https://a.org/x", "https://a.org/?a[]=1"],
    ),
    "unclosed bracket": ("https://a.org/b(c d", ["https://a.org/b"]),
    "emphasis": ("**https://a.org/b** _https://a.org_", ["https://a.org/b", "https://a.org"]),
    "non-ASCII letters": ("https://例え.jp/道?q=ü", ["https://例え.jp/道?q=ü"]),
    "www": ("www.größe.de/x, www.a.org.", ["www.größe.de/x", "www.a.org"]),
    "ports": (
        "http://localhost:8000/a http://[::1]:80 a.org:8080/x",
        ["http://localhost:8000/a", "http://[::1]:80", "a.org:8080/x"],
    ),
    "e-mail address": (
        "mail@a.org; mailto:b@a.org, c.d+e@a-b.com.",
        ["mail@a.org", "mailto:b@a.org", "c.d+e@a-b.com"],
    ),
    "adjacent links": (
        "https://a.org,https://b.org)https://c.org",
        ["https://a.org", "https://b.org", "https://c.org"],
    ),
    "user name and password": ("https://a:b@c.org/", ["https://a:b@c.org/"]),
    "capitals": ("HTTPS://A.ORG/B", ["HTTPS://A.ORG/B"]),
    "a full stop without a space": ("Look.https://a.org", ["https://a.org"]),
    "no link": (
        "größe.com notes.md v1.2 xhttps://a.org http:// https://。 a@b -a.com ftp://a.b.org a@b@c.org www. It.is",
        [],
    ),
}


@pytest.mark.parametrize("ending", ENDINGS, ids=ascii)
@pytest.mark.parametrize("address", [ADDRESS, "http://example.org", "www.example.org", "example.org/a"])
def test_link_ends_before_punctuation_of_any_script(address: str, ending: str) -> None:
    assert find_texts(f"看{address}{ending}中") == [address]


@pytest.mark.parametrize(("text", "addresses"), LINES.values(), ids=LINES)
def test_find_links_in_running_text(text: str, addresses: list[str]) -> None:
    assert find_texts(text) == addresses


def test_link_without_scheme_gets_one() -> None:
    urls = [link.url for link in find_links("www.a.de b.org/c d@e.org mailto:f@g.org")]
    assert urls == ["http://www.a.de", "http://b.org/c", "mailto:d@e.org", "mailto:f@g.org"]


@given(st.text(alphabet="htps:/w.@aorgA0()[]（。是 -_%'mailto"))  # noqa: RUF001
def test_links_do_not_overlap(text: str) -> None:
    end = 0
    for link in find_links(text):
        assert end <= link.start < link.end <= len(text)
        assert not set(text[link.start : link.end]) & set("（。 ")  # noqa: RUF001
        end = link.end


def find_texts(text: str) -> list[str]:
    return [text[link.start : link.end] for link in find_links(text)]
