from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.addresses import (
    is_plain_http,
    parse_destination,
    parse_email,
    parse_file_name,
    parse_prefix,
    parse_public_url,
    parse_url,
)
from podcastkit.text.problem import Problem


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org/a%20b?c=d&e=f#g",
        "http://127.0.0.1:8000/x",
        "https://[::1]/x",
        "HTTPS://Example.org/",
        "https://my_bucket.example.org./",
    ],
)
def test_parse_url_valid_url_returns_it_unchanged(url: str) -> None:
    assert parse_url(f" {url} ") == url


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("example.org/x", "write https://example.org/x"),
        ("www.example.org/ä", "write https://www.example.org/%C3%A4"),
        ("words", "https://example.org/…"),
        ("ftp://example.org", "https://example.org/…"),
        ("javascript:alert(1)", "https://example.org/…"),
        ("https://example.org/a b", "%20"),
        ("https://example.org/\x07", "remove"),
        ("https://user:hush@example.org", "before the @"),
        ("https://bücher.example/ä?ö", "write https://xn--bcher-kva.example/%C3%A4?%C3%B6"),
        ("https://bücher.example:80/", "write https://xn--bcher-kva.example:80/"),
        ('https://example.org/"x"', "write https://example.org/%22x%22"),
        ("https://example.org/100%", "write https://example.org/100%25"),
        ("https://", "https://example.org/…"),
        ("https:///x", "https://example.org/…"),
        ("https://[", "https://example.org/…"),
        ("https://example.org:99999/", "https://example.org/…"),
        ("https://a..b/", "https://example.org/…"),
        ("https://" + "ü" * 70 + "/", "https://example.org/…"),
    ],
)
def test_parse_url_invalid_url_suggests_a_fix(written: str, hint: str) -> None:
    problem = parse_url(written)
    assert isinstance(problem, Problem)
    assert hint in (problem.hint or "")
    assert "hush" not in problem.message


@given(st.text())
def test_parse_url_any_text_returns_printable_ascii_or_problem(written: str) -> None:
    url = parse_url(f"https://{written}")
    assert isinstance(url, Problem) or (url.isascii() and url.isprintable() and " " not in url)


@given(st.text(alphabet="ab-.:/?#[]@%é0 ", min_size=1))
def test_parse_url_suggested_url_is_valid(written: str) -> None:
    problem = parse_url(f"https://{written}")
    if isinstance(problem, Problem) and (problem.hint or "").startswith("write https://"):
        suggested = (problem.hint or "").removeprefix("write ")
        assert parse_url(suggested) == suggested


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://example.org", True),
        ("HTTP://example.org", True),
        ("https://example.org", False),
        ("http://localhost:8000", False),
        ("http://[::1]/", False),
    ],
)
def test_is_plain_http_detects_urls_without_tls(url: str, plain: bool) -> None:
    assert is_plain_http(url) is plain


def test_parse_public_url_removes_trailing_slashes() -> None:
    assert parse_public_url("https://podcast.example.org/show//") == "https://podcast.example.org/show"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("https://example.org/x/?a=b", "write https://example.org/x"),
        ("https://example.org#top", "write https://example.org"),
        ("https://example.org/show/feed.xml", "write https://example.org/show"),
        ("example.org", "write https://example.org"),
    ],
)
def test_parse_public_url_invalid_url_suggests_a_fix(written: str, hint: str) -> None:
    problem = parse_public_url(written)
    assert isinstance(problem, Problem)
    assert problem.hint == hint


@pytest.mark.parametrize(
    "written",
    [
        "https://op3.dev/e/",
        "https://op3.dev/e,pg=917393e3-1b1e-5cef-ace4-edaa54e1f810/",
        "https://op3.dev/e/dts.podtrac.com/redirect.mp3/",
        "http://127.0.0.1:8099/e/",
    ],
)
def test_parse_prefix_valid_prefix_returns_it_unchanged(written: str) -> None:
    assert parse_prefix(f" {written} ") == written


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("https://op3.dev/e", "write https://op3.dev/e/"),
        ("https://op3.dev/e//", "write https://op3.dev/e/"),
        ("https://op3.dev/e/?a=b", "write https://op3.dev/e/"),
        ("https://op3.dev/e/#a", "write https://op3.dev/e/"),
        ("http://www.podtrac.com/pts/redirect.mp3/", "write https://www.podtrac.com/pts/redirect.mp3/"),
        ("op3.dev/e/", "write https://op3.dev/e/"),
        ("https://name:word@op3.dev/e/", "remove the text before the @"),
    ],
)
def test_parse_prefix_invalid_prefix_suggests_a_fix(written: str, hint: str) -> None:
    problem = parse_prefix(written)
    assert isinstance(problem, Problem)
    assert problem.hint == hint


def test_parse_email_valid_address() -> None:
    assert parse_email(" team+pod@example.org ") == "team+pod@example.org"


@pytest.mark.parametrize(
    "written", ["Team <team@example.org>", "team", "team@localhost", "ä@example.org", "a@b.c\n d"]
)
def test_parse_email_invalid_address_is_a_problem(written: str) -> None:
    assert isinstance(parse_email(written), Problem)


@pytest.mark.parametrize("name", ["artwork.jpg", "art/cover 1.png", "Übung.mp3", "#1: x.mp3"])
def test_parse_file_name_inside_folder(name: str) -> None:
    assert parse_file_name(f" {name} ") == name


@pytest.mark.parametrize(
    "written",
    [
        "/etc/passwd",
        "../a.jpg",
        "a/../../b",
        "C:a.jpg",
        "art\\a.jpg",
        "https://x.org/a.jpg",
        "a\x00.jpg",
        "a/" * 513,
    ],
)
def test_parse_file_name_invalid_name_is_a_problem(written: str) -> None:
    assert isinstance(parse_file_name(written), Problem)


@pytest.mark.parametrize(
    ("written", "to"),
    [
        ("public", "public"),
        (" ../site ", "../site"),
        ("C:\\site", "C:\\site"),
        ("s3://bucket/show/one/", "s3://bucket/show/one"),
        ("s3://my.bucket-1", "s3://my.bucket-1"),
    ],
)
def test_parse_destination_folder_or_bucket(written: str, to: str) -> None:
    assert parse_destination(written) == to


@pytest.mark.parametrize(
    "written", ["https://bucket.s3.amazonaws.com", "s3://", "s3://b/x?y", "s3://b/ä", "s3://k:hush@b/x", "a\x07"]
)
def test_parse_destination_invalid_destination_is_a_problem_without_secrets(written: str) -> None:
    problem = parse_destination(written)
    assert isinstance(problem, Problem)
    assert "hush" not in problem.message
