from __future__ import annotations

import pytest

from podcastkit.text.web_page import is_web_page


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><title>Log in</title>",
        b"\xef\xbb\xbf\r\n<!doctype  HTML PUBLIC '-//W3C//DTD XHTML 1.0'>",
        b"<HTML lang=en>",
        b"<?xml version='1.0'?>\n<!-- one -->\n<!-- two --><html>",
        b"<head><title>Log in</title>",
        b"<body>",
    ],
)
def test_is_web_page_html_is_true(data: bytes) -> None:
    assert is_web_page(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"WEBVTT", b"<?xml version='1.0'?><rss>", b"<!-- html -->", b"<htmlish>", b"<!-- <html> --><rss>"],
)
def test_is_web_page_other_data_is_false(data: bytes) -> None:
    assert not is_web_page(data)


def test_is_web_page_many_comments_take_linear_time() -> None:
    assert not is_web_page(b"<!---->" * 10_000 + b"<rss>")
