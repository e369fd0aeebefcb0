"""Format untrusted text for messages: on one line, without terminal control characters and secrets."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from podcastkit.text.cleaning import CONTROL_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MAX_QUOTE = 60
_MAX_FOREIGN_TEXT = 200
_URL = re.compile(
    r"""
    (?P<scheme> (?<![a-z0-9+.-]) (?: [a-z][a-z0-9+.-]* :// | (?:https?|s3) :/? ) | // )
    (?P<login> [^\s/?\#"'<>]* @ | [^\s/?\#"'<>:@\[]+ : (?! \d* (?: [/?\#] | $ ) ) [^\s"'<>]* @ )?
    (?P<place> [^\s?\#"'<>]* )
    (?: \? (?P<query> (?: [^\s\#"'<>] | (?<=\w)'(?=\w) )* ) )? (?: \# (?P<fragment> [^\s"'<>]* ) )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BARE_QUERY = re.compile(r"(?<=[\w/])\?(?=[^\s?=]*=)(?P<query>(?:[^\s#\"'<>]|(?<=\w)'(?=\w))+)")
"""The query of an address without a scheme: `example.org/feed.xml?token=…`."""
_QUERY_VALUE = re.compile(r"=[^&;]*")
_SENTENCE_MARKS = ":,.)"


def quote(text: str) -> str:
    """Return a text in straight quotes, shortened and without secrets."""
    return f'"{shorten(hide_secrets(text))}"'


def hide_secrets(text: str) -> str:
    """Replace user names, passwords, and the values of queries and fragments in the URLs of a text by `…`.

    The URL of a private feed contains a token: `https://example.org/feed.xml?token=…`.
    """
    if "/" not in text and "?" not in text and ":" not in text:
        return text
    return _BARE_QUERY.sub(lambda query: "?" + _hide_values(query["query"]), _URL.sub(_hide_in_url, text))


def _hide_in_url(url: re.Match[str]) -> str:
    shown = url["scheme"] + ("…@" if url["login"] else "") + url["place"]
    for mark, part in (("?", url["query"]), ("#", url["fragment"])):
        if part and "=" in part:
            shown += mark + _hide_values(part)
        elif part:
            # A fragment without values is only a place in the page. A query without values can be a secret.
            shown += mark + (part if mark == "#" else "…")
    return shown


def _hide_values(query: str) -> str:
    """Replace the values of a query by `…`; punctuation at the end stays, because it belongs to the sentence."""
    end = query[len(query.rstrip(_SENTENCE_MARKS)) :]
    return _QUERY_VALUE.sub("=…", query.removesuffix(end)) + end


def suggest(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return a hint for an unknown word: the most similar known word, or `otherwise` if no word is similar."""
    nearest = difflib.get_close_matches(word, sorted(known), n=1)
    return f'did you mean "{nearest[0]}"?' if nearest else otherwise


def shorten(text: str) -> str:
    """Return the beginning of a producer's text, at most 60 characters, with escapes for invisible characters."""
    return _cut_line(escape_invisible(text[: _MAX_QUOTE + 1]), _MAX_QUOTE)


def escape_invisible(text: str) -> str:
    r"""Return a whole text with an escape such as `\x1b` for each invisible character."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def format_foreign_text(text: str) -> str:
    """Return a text from a server or another host's feed on one line, at most 200 characters, without secrets.

    Invisible characters become `�`: escapes would not help, because the producer cannot correct them.
    """
    shown = "".join(character if character.isprintable() else "�" for character in text)
    return _cut_line(hide_secrets(shown), _MAX_FOREIGN_TEXT)


def format_file_name(path: Path) -> str:
    """Return a file's full name for a message.

    Control characters become `?`. Other invisible characters stay, because scripts and emoji need them.
    """
    return CONTROL_CHARACTERS.sub("?", path.name)


def _cut_line(line: str, limit: int) -> str:
    return line if len(line) <= limit else line[: limit - 1] + "…"
