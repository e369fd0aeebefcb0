"""Find URLs and e-mail addresses in plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Only these domains count without http://. With all of them, "notes.md" and "in time.It" would be links.
_BARE_DOMAINS = frozenset({"com", "org", "net", "edu", "gov", "info"})
_START = re.compile(
    r"""
    (?<![a-z0-9])https?://
    # A letter before an address makes it part of a word, except in scripts without spaces between words.
    | (?<![^\W\u2e80-\u9fff\uac00-\ud7af]) (?<![/@.]) (?P<mailto>mailto:)?
      (?P<bare>(?:(?!https?://)[a-z0-9._%+-])+(?:@[a-z0-9.-]+)?)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HOST = re.compile(
    r"(?:[\w.~%+-]+(?::[\w.~%+-]*)?@)?(?:\[[0-9a-f:.]{2,45}\]|[\w.-]*[^\W_])(?::[0-9]{1,5}(?![0-9]))?",
    re.IGNORECASE,
)
_DOMAIN_BEFORE_SCRIPT = re.compile(r"(?P<domain>\.[a-z]{2,})(?=[^\x00-\x7f])[^.:]*(?::[0-9]+)?\Z", re.IGNORECASE)
"""A top-level domain with letters of another script directly after it, as in `example.com是`."""
_OPENING_BRACKETS = {")": "(", "]": "[", "}": "{"}
"""The opening bracket of each closing bracket."""
_PARTS = re.compile(
    '[^\\s<>"`\\\\()\\[\\]{}'
    "\u00a0\u00ab\u00bb\u00ad\u2000-\u200b\u200e\u200f\u2014\u2015\u2018-\u201f\u2026\u2028-\u202f\u2039\u203a"
    "\u205f-\u2064\ufeff"  # quotes, dashes, and invisible characters
    # full stops and commas of Armenian, Arabic, Devanagari, Burmese and Khmer
    "\u0589\u060c\u061b\u061f\u06d4\u0964\u0965\u104a\u104b\u17d4\u17d5"
    "\u3000-\u3003\u3008-\u3020\u3030\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    "]+|[()\\[\\]{}]"
)
"""The parts of an address: a run of characters without brackets, or one bracket."""
_MAX_BRACKET_DEPTH = 3
"""The maximum depth of nested brackets, which keeps the search time linear."""
_SENTENCE_MARKS = ".,;:!?'*_~"
"""Marks that belong to the sentence if they are at the end of an address."""


class Link(NamedTuple):
    """An address in a text, and its position from `start` to `end`."""

    start: int
    end: int
    url: str
    """The address with its scheme, not percent-encoded."""


def find_links(text: str) -> Iterator[Link]:
    """Yield the addresses in a text: URLs with http:// or www., names in common domains, and e-mail addresses.

    An address ends before a quotation mark, a punctuation mark of another script, or a closing bracket without its
    opening bracket. Punctuation at the end of an address is not part of the address.
    """
    position = 0
    while match := _START.search(text, position):
        position = match.end()
        if match["bare"] is None:
            link, position = find_web_link(text, match.start())
        elif "@" in match["bare"]:
            link = _read_mailbox(match)
        else:
            link, position = _read_bare_domain(text, match)
        if link:
            yield link


def find_web_link(text: str, start: int) -> tuple[Link | None, int]:
    """Return the http or https URL at `start`, or None without a host, and the position to continue the search."""
    host_start = text.index("://", start) + 3
    host_end = _find_host_end(text, host_start)
    if host_end == host_start:
        return None, host_start
    end, position = _find_path_end(text, host_end)
    return Link(start, end, text[start:end]), position


def _read_mailbox(match: re.Match[str]) -> Link | None:
    mailbox = match["bare"].rstrip(".-")
    name, _, domain = mailbox.partition("@")
    if not name.strip(".%+-") or not _is_common_domain(domain):
        return None
    start = match.start("bare")
    return Link(match.start(), start + len(mailbox), f"mailto:{mailbox}")


def _read_bare_domain(text: str, match: re.Match[str]) -> tuple[Link | None, int]:
    written, start = match["bare"], match.start()
    is_www = written[:4].lower() == "www."
    domain = text[start : _find_host_end(text, start)] if is_www else written.rstrip("._%+-")
    host_end = start + len(domain)
    if match["mailto"] or not (_is_common_domain(domain) or (is_www and "." in domain[4:])):
        return None, max(match.end(), host_end)
    end, position = _find_path_end(text, _find_host_end(text, start))
    return Link(start, end, f"http://{text[start:end]}"), max(position, match.end())


def _is_common_domain(domain: str) -> bool:
    labels = domain.lower().split(".")
    is_domain = all(re.fullmatch("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", label) for label in labels)
    return len(labels) > 1 and labels[-1] in _BARE_DOMAINS and is_domain


def _find_host_end(text: str, start: int) -> int:
    """Return the end of a host name with its port."""
    host = _HOST.match(text, start)
    if host is None:
        return start
    mixed = _DOMAIN_BEFORE_SCRIPT.search(host[0])
    return start + mixed.end("domain") if mixed else host.end()


def _find_path_end(text: str, start: int) -> tuple[int, int]:
    """Return the end of an address's path, and the position up to which it was searched."""
    if text[start : start + 1] not in {"/", "?", "#"}:
        return start, start
    open_brackets: list[tuple[str, int]] = []
    position = start
    while part := _PARTS.match(text, position):
        if part[0] in _OPENING_BRACKETS:
            if not open_brackets or open_brackets.pop()[0] != _OPENING_BRACKETS[part[0]]:
                break
        elif part[0] in _OPENING_BRACKETS.values():
            open_brackets.append((part[0], position))
            if len(open_brackets) > _MAX_BRACKET_DEPTH:
                break
        position = part.end()
    end = open_brackets[0][1] if open_brackets else position
    return start + len(text[start:end].rstrip(_SENTENCE_MARKS)), position
