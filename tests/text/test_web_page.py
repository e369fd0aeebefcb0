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
def test_is_web_page(data: bytes) -> None:
    assert is_web_page(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"WEBVTT", b"<?xml version='1.0'?><rss>", b"<!-- html -->", b"<htmlish>", b"<!-- <html> --><rss>"],
)
def test_is_no_web_page(data: bytes) -> None:
    assert not is_web_page(data)


def test_many_comments_are_searched_once() -> None:
    assert not is_web_page(b"<!---->" * 10_000 + b"<rss>")
