from __future__ import annotations

import pytest

from podcastkit.text.quoting import format_foreign_text, hide_secrets, quote


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://example.org/f.xml?token=S&x=S", "https://example.org/f.xml?token=…&x=…"),
        ("https://example.org/f.xml?a=S&amp;b=S;c=S", "https://example.org/f.xml?a=…&amp;b=…;c=…"),
        ("https://example.org/f.xml?S", "https://example.org/f.xml?…"),
        ("https://user:S@example.org/f", "https://…@example.org/f"),
        ("https://user:p@S@example.org:8080/f", "https://…@example.org:8080/f"),
        ("ftp://S@example.org", "ftp://…@example.org"),
        ("HTTPS://u:S@h/?K=S#access_token=S", "HTTPS://…@h/?K=…#access_token=…"),
        ('"http://h/?a=S" and <http://h/?b=S>', '"http://h/?a=…" and <http://h/?b=…>'),
        ("the feed https://h/f?t=S: no answer", "the feed https://h/f?t=…: no answer"),
        ("https://u:S/S?S#S@example.org/f, see a@b", "https://…@example.org/f, see a@b"),
        ("https:u:S@h/f and s3:/u:S@h and //u:S@h", "https:…@h/f and s3:/…@h and //…@h"),
        ("h/?t=S'S. And example.org/f?t=S", "h/?t=…. And example.org/f?t=…"),
        ("http://h:80/@a and mailto:team@example.org", "http://h:80/@a and mailto:team@example.org"),
        ("https://example.org/f.xml#part", "https://example.org/f.xml#part"),
        ("s3://bucket/prefix, or team@example.org?", "s3://bucket/prefix, or team@example.org?"),
        ("is it ?a=1", "is it ?a=1"),
    ],
)
def test_hide_secrets_removes_logins_and_values_from_urls(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert hide_secrets(shown) == shown


def test_quote_and_format_foreign_text_hide_secrets() -> None:
    url = "https://u:secret@example.org/?token=secret"
    assert "secret" not in quote(url) + format_foreign_text(url)
