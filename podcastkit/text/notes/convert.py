"""Show notes as producers write them → sanitised HTML and plain text, the heading apart."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import autolink, html_inline, image, link

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_warning
from podcastkit.model import Text
from podcastkit.text.chapter_lines import TIMED_LINE, read_times_last
from podcastkit.text.cleaning import clean_line
from podcastkit.text.links import find_links
from podcastkit.text.notes.autolinks import link_addresses
from podcastkit.text.notes.html_tree import (
    BLOCK_TAGS,
    INLINE_TAGS,
    PARTING_TAGS,
    SWALLOWED_TAGS,
    Element,
    arrange,
    inline_text,
    kept_address,
    names,
    parse_tree,
    read_html,
)
from podcastkit.text.notes.renderers import is_simple, simplify, write_html, write_plain
from podcastkit.text.syntax.positions import Origin, indent_of, line_starts
from podcastkit.text.syntax.text_encoding import remove_forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    from podcastkit.text.notes.html_tree import Node

_MOST_TAGS = 20_000
_DEEPEST_TAGS = 1_000
"""Tags that are open at once; the time of the sanitiser grows as the square of their number."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_UNCLOSED_TAGS = names("br hr img p li td th tr dt dd wbr col input meta link base source track")
_ANCHOR = re.compile(r"(?<!\s)\s+\{#[\w.-]+\}\Z|\A\s*\{#[\w.-]+\}\Z")
_PLAIN_HEADING = re.compile(r"#[ \t]+(\S.*)")
_FEWEST_TIMES = 3
"""Lines that end with a time and are a list; one or two are sentences."""
_RAW_TAG = re.compile(r"<!--(?s:-?>|.*?(?:--!?>|\Z))|<([A-Za-z][^\s/<>]*)([^<>]*)>?")
"""A comment, or a tag in its two groups."""
_HREF = re.compile(r"""(?i)\bhref\s*=\s*["']?\s*([^"'\s]*)""")
_ALT = re.compile(r"""(?i)\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_POSITION = "position"
_KNOWN_TAGS = INLINE_TAGS | BLOCK_TAGS | PARTING_TAGS
_TAGS_WITHOUT_MEANING = names(
    "span font sup sub small big mark cite q abbr acronym del ins strike kbd var samp time dfn bdi bdo wbr tt "
    "label button data ruby rt rp html body head col colgroup hgroup menu dir picture source "
    "track input meta link base"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notes:
    """Show notes, and the heading that was taken out of them."""

    text: Text
    heading: str | None = None
    heading_location: Location | None = None


NO_NOTES = Notes(text=Text(html="", plain=""))


def render_markdown(text: str, *, file: str, first_line: int = 1) -> Parsed[Notes]:
    """Render Markdown (CommonMark, bare addresses linked); the first `# heading` by itself is taken out.

    `first_line` is the line of the file that `text` begins in. A line that begins with a timestamp stays a line of
    its own, so that apps find chapters in the notes.
    """
    clean, findings = remove_forbidden(text, file=file, first_line=first_line)
    if _has_too_many_tags(clean):
        return Parsed(NO_NOTES, (*findings, _too_many_tags(file)))
    parser = _workplace.parser
    tokens = parser.parse(clean)
    _drop_anchors(tokens)
    heading, line = _take_heading(tokens, parser)
    _keep_timestamps_apart(tokens)
    blocks = read_html(parser.renderer.render(tokens, parser.options, {}))
    lines, origin = clean.split("\n"), Origin(text, file, first_line)
    where = None if line is None else origin.locate(line, indent_of(lines[line]))
    notes = Notes(text=text_of(blocks), heading=clean_line(heading or ""), heading_location=where)
    return Parsed(notes, (*findings, *_find_losses(tokens, lines, origin)))


def render_plain_text(text: str, *, file: str, first_line: int = 1) -> Parsed[Notes]:
    """Render plain text word for word, with its paragraphs and line breaks; addresses are linked.

    A first line `# Title` is the heading; nothing else is taken for markup.
    """
    clean, findings = remove_forbidden(text, file=file, first_line=first_line)
    lines = clean.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    heading = _PLAIN_HEADING.fullmatch(lines[first].strip())
    body = "\n".join(lines[first + 1 :] if heading else lines)
    blocks = arrange(_paragraph(part) for part in re.split(r"\n(?:[^\S\n]*\n)+", body))
    if heading is None:
        return Parsed(Notes(text=text_of(blocks)), findings)
    where = Origin(text, file, first_line).locate(first, indent_of(lines[first]))
    return Parsed(Notes(text=text_of(blocks), heading=clean_line(heading[1]), heading_location=where), findings)


def render_html(html: str, *, file: str) -> Parsed[Notes]:
    """Render HTML that was made out of another format; the first `h1` that stands by itself is taken out."""
    if _has_too_many_tags(html):
        return Parsed(NO_NOTES, (_too_many_tags(file),))
    blocks = list(read_html(html))
    first = next((number for number, block in enumerate(blocks) if block.tag == "h1"), None)
    heading = None if first is None else clean_line(inline_text(blocks.pop(first).children))
    where = Location(file=file)
    notes = Notes(text=text_of(blocks), heading=heading, heading_location=None if first is None else where)
    return Parsed(notes, tuple(finding.locate(where) for finding in _find_in_html(html)))


def join_texts(first: Text, second: Text) -> Text:
    """Append a text to another, as a footer to the notes; it stays when they are cut, as do those before it."""
    html = "\n".join(filter(None, (first.html, second.html)))
    simple = None
    if first.simple is not None and second.simple is not None:
        simple = "\n".join(filter(None, (first.simple, second.simple)))
    plain = "\n\n".join(filter(None, (first.plain, second.plain)))
    ending = second if first.ending is None else join_texts(first.ending, second)
    return Text(html=html, plain=plain, simple=html if simple == html else simple, ending=ending)


def text_of(blocks: Sequence[Element]) -> Text:
    """Write blocks as a text."""
    written = [write_html([block]) for block in blocks]
    html = simple = "\n".join(written)
    if not is_simple(html):
        # Most blocks are simple already.
        parts = (
            one if is_simple(one) else write_html(simplify([block]))
            for block, one in zip(blocks, written, strict=True)
        )
        simple = "\n".join(filter(None, parts))
    return Text(html=html, plain=write_plain(blocks), simple=simple)


class _Markdown(MarkdownIt):
    """A parser that remembers the positions of links and images, and lets all links pass, which we check."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": True, "maxNesting": 100})
        link_addresses(self)
        for name, rule in (("link", link), ("image", image), ("autolink", autolink), ("html_inline", html_inline)):
            self.inline.ruler.at(name, _remembering(rule))

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url  # all addresses are encoded in one place, after they are sanitised


class _Workplace(threading.local):
    """The parser of a thread: it takes a millisecond to make."""

    @cached_property
    def parser(self) -> _Markdown:
        return _Markdown()


_workplace = _Workplace()


def _drop_anchors(tokens: Sequence[Token]) -> None:
    """Drop the names that Google Docs gives to headings when it exports Markdown: `# The docks {#the-docks}`."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and inline.children and inline.children[-1].type == "text":
            text = inline.children[-1]
            text.content = _ANCHOR.sub("", text.content)


def _take_heading(tokens: list[Token], parser: MarkdownIt) -> tuple[str | None, int | None]:
    """Remove the heading from the tokens; return its text and line (from 0)."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and token.level == 0:
            rendered = parser.renderer.render(tokens[index + 1 : index + 2], parser.options, {})
            if heading := inline_text(parse_tree(rendered)):
                del tokens[index : index + 3]
                return heading, _line(token)
    return None, None


def _keep_timestamps_apart(tokens: Sequence[Token]) -> None:
    for token in tokens:
        words = ""
        has_times_last = sum(map(bool, read_times_last(token.content.split("\n")))) >= _FEWEST_TIMES
        for child in reversed(token.children or []):
            if child.type == "softbreak" and (has_times_last or TIMED_LINE.match(words)):
                child.type, child.tag = "hardbreak", "br"
            # What opens emphasis or a link has no words of its own.
            words = "" if child.type == "softbreak" else child.content or words


def _remembering(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Let a rule of the parser's remember in its tokens at which position of their block they begin."""
    is_bracketed = rule in (link, image)

    def read(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
        start, before = state.pos, len(state.tokens)
        if is_bracketed and _find_last_bracket(state.src) < start:
            return False  # the rule would look for the bracket from each of the others
        is_read = rule(state, silent)
        for token in state.tokens[before:]:
            token.meta.setdefault(_POSITION, start)
        return is_read

    return read


@lru_cache(maxsize=2)
def _find_last_bracket(block: str) -> int:
    return block.rfind("]")


def _find_losses(tokens: Sequence[Token], lines: Sequence[str], origin: Origin) -> Iterator[Diagnostic]:
    for token in tokens:
        if token.type == "html_block" or token.children:
            block = _Block(token, lines, origin)
            for loss in _find_in_tokens(token.children) if token.children else _find_in_html(token.content):
                yield loss.locate(block.locate(loss.position))


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


class _Block:
    """A block of Markdown. Its lines are those of the text without what indents or quotes them."""

    def __init__(self, token: Token, lines: Sequence[str], origin: Origin) -> None:
        self._first = _line(token)
        self._parts = token.content.split("\n")
        self._lines = lines
        self._origin = origin
        self._shifts: dict[int, int] = {}

    def locate(self, position: int) -> Location:
        """Return where a character of the block's content stands in the file."""
        index = bisect_right(self._starts, position) - 1
        if index not in self._shifts:
            self._shifts[index] = self._shift(index)
        column = self._shifts[index] + position - self._starts[index]
        return self._origin.locate(self._first + index, max(column, 0))

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self._parts)

    def _shift(self, index: int) -> int:
        """Return how far to the right a line of the block stands in the text."""
        part, line = self._parts[index], self._lines[self._first + index]
        # A tab that is an indentation only in part comes as spaces.
        place = line.rfind(part.strip())
        return (place if place >= 0 else indent_of(line)) - indent_of(part)


class _Loss(NamedTuple):
    """What is left out of the notes, and the position in its block where that begins."""

    position: int
    code: str
    message: str
    cure: str

    def locate(self, where: Location) -> Diagnostic:
        return make_warning(self.code, self.message, self.cure, where)


def _find_in_tokens(tokens: Sequence[Token]) -> Iterator[_Loss]:
    for token in tokens:
        start = token.meta.get(_POSITION, 0)
        if token.type == "image":
            yield _leave_image_out(token.content, start)
        elif token.type == "link_open":
            yield from _check_link(str(token.attrs.get("href", "")), start)
        elif token.type == "html_inline":
            for loss in _find_in_html(token.content):
                yield loss._replace(position=start + loss.position)


def _find_in_html(source: str) -> Iterator[_Loss]:
    for match in _RAW_TAG.finditer(source):
        if match[1]:
            yield from _check_tag(match[1].lower(), match[2], match.start())
    if source.lstrip().startswith("<!--") and "-->" not in source:
        message = "a comment begins here and never ends, so that everything behind it is left out"
        yield _Loss(indent_of(source), "N104", message, "end the comment with -->")


def _check_tag(tag: str, attributes: str, position: int) -> Iterator[_Loss]:
    if tag == "a":
        if address := _HREF.search(attributes):
            yield from _check_link(address[1], position)
    elif tag == "img":
        alt = _ALT.search(attributes)
        yield _leave_image_out(next(filter(None, alt.groups()), "") if alt else "", position)
    elif tag in SWALLOWED_TAGS:
        message = f"<{tag}> and what is in it was left out"
        yield _Loss(position, "N104", message, "podcast apps show text and links only: link to it instead")
    elif tag not in _KNOWN_TAGS | _TAGS_WITHOUT_MEANING:
        message = f"<{tag}> was taken for an HTML tag and left out"
        yield _Loss(position, "N104", message, f"if it should be read, write &lt;{tag}&gt;")


def _check_link(address: str, position: int) -> Iterator[_Loss]:
    if kept_address(address) is None:
        message = f"the link to “{address}” leads to no place on the web and was left out; its text stays"
        yield _Loss(position, "N101", message, _link_cure(address))


def _link_cure(address: str) -> str:
    if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", address):
        return f"write mailto:{address}"
    if re.match(r"(www\.|[\w-]+\.(com|org|net|edu|gov)\b)", address):
        return f"write https://{address}"
    return "write the whole address, which begins with https:// (or mailto:, tel:)"


def _leave_image_out(alt: str, position: int) -> _Loss:
    stays = f"; its description “{alt}” stays as text" if alt.strip() else ""
    cure = "show notes hold no images: put it on a web page and link to it, or make it the episode's artwork.jpg"
    return _Loss(position, "N102", f"an image was left out{stays}", cure)


def _has_too_many_tags(html: str) -> bool:
    if html.count("<") > _MOST_TAGS:
        return True
    steps = (-1 if end else 1 for end, name in _TAG.findall(html) if name.lower() not in _UNCLOSED_TAGS)
    return max(accumulate(steps, lambda depth, step: max(depth + step, 0)), default=0) > _DEEPEST_TAGS


def _too_many_tags(file: str) -> Diagnostic:
    return make_error(
        "N005",
        f"{file} has more than {_MOST_TAGS:,} tags, or {_DEEPEST_TAGS:,} in each other, which are no show notes",
        "keep the notes to what listeners read in an app; Apple shows 4,000 bytes",
        Location(file=file),
    )


def _paragraph(text: str) -> Element:
    children: list[Node] = []
    for line in text.split("\n"):
        children += [*_linked(line), Element("br")]
    return Element("p", tuple(children))


def _linked(line: str) -> Iterator[Node]:
    end = 0
    for found in find_links(line):
        yield line[end : found.start]
        yield Element("a", (line[found.start : found.end],), href=kept_address(found.url))
        end = found.end
    yield line[end:]
