"""Markdown parser rules that turn bare addresses into links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.token import Token

from podcastkit.text.links import find_links, find_web_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

_SCHEMES = ("https", "http")


def enable_autolinks(parser: MarkdownIt) -> None:
    """Make a parser turn bare addresses into links."""
    # Web addresses are read before emphasis, whose rules would split them at `*` and `_`.
    parser.inline.ruler.at("linkify", _read_web_link)
    parser.core.ruler.at("linkify", _link_texts)
    parser.enable("linkify")


def _read_web_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
    """Read a web address, and return whether there is one.

    The parser calls this rule at the `:`, when `http` or `https` is already at the end of the pending text.
    """
    scheme = next((name for name in _SCHEMES if state.pending[-len(name) :].lower() == name), None)
    if state.linkLevel or scheme is None or not state.src.startswith("://", state.pos):
        return False
    previous_character = state.pending[: -len(scheme)][-1:]
    if previous_character.isascii() and previous_character.isalnum():
        return False
    start = state.pos - len(scheme)
    link, _ = find_web_link(state.src[: state.posMax], start)
    if link is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme)]
        for token in _make_link(state.src[start : link.end], link.url):
            state.push(token.type, token.tag, token.nesting).attrs = token.attrs
            state.tokens[-1].content = token.content
    state.pos = link.end
    return True


def _link_texts(state: StateCore) -> None:
    """Link the addresses that remain in texts: those without a scheme, and e-mail addresses."""
    for block in state.tokens:
        link_depth = 0
        tokens: list[Token] = []
        for token in block.children or ():
            link_depth += _get_link_depth_change(token)
            tokens += _split_at_links(token) if token.type == "text" and not link_depth else [token]
        if block.children:
            block.children = tokens


def _get_link_depth_change(token: Token) -> int:
    """Return 1 for the start of a link, -1 for its end, 0 for all other tokens."""
    if token.type == "html_inline":
        tag = token.content.lower()
        return tag.startswith(("<a>", "<a ", "<a\n")) - tag.startswith("</a")
    return {"link_open": 1, "link_close": -1}.get(token.type, 0)


def _split_at_links(token: Token) -> Iterator[Token]:
    text, position = token.content, 0
    for link in find_links(text):
        yield _make_text(text[position : link.start])
        yield from _make_link(text[link.start : link.end], link.url)
        position = link.end
    yield _make_text(text[position:])


def _make_link(label: str, url: str) -> tuple[Token, Token, Token]:
    return Token("link_open", "a", 1, attrs={"href": url}), _make_text(label), Token("link_close", "a", -1)


def _make_text(text: str) -> Token:
    return Token("text", "", 0, content=text)
