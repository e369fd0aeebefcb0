"""Convert show notes to sanitized HTML and plain text; return their heading separately."""

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
from podcastkit.text.chapter_lines import TIMED_LINE, read_lines_ending_with_time
from podcastkit.text.cleaning import clean_line
from podcastkit.text.links import find_links
from podcastkit.text.notes.autolinks import enable_autolinks
from podcastkit.text.notes.html_tree import (
    BLOCK_TAGS,
    DROPPED_TAGS,
    INLINE_TAGS,
    SEPARATING_TAGS,
    Element,
    arrange_blocks,
    get_text,
    parse_tree,
    read_html,
    sanitize_address,
    split_names,
)
from podcastkit.text.notes.renderers import is_simple, simplify, write_html, write_plain
from podcastkit.text.syntax.positions import Origin, count_indent, find_line_starts
from podcastkit.text.syntax.text_encoding import remove_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    from podcastkit.text.notes.html_tree import Node

_MAX_TAGS = 20_000
_MAX_TAG_DEPTH = 1_000
"""The limit for nested tags; the time of the sanitizer is quadratic in the depth."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_UNCLOSED_TAGS = split_names("br hr img p li td th tr dt dd wbr col input meta link base source track")
"""Tags that need no end tag, so they are not counted as nested."""
_ANCHOR = re.compile(r"(?<!\s)\s+\{#[\w.-]+\}\Z|\A\s*\{#[\w.-]+\}\Z")
_PLAIN_HEADING = re.compile(r"#[ \t]+(\S.*)")
_FEWEST_TIMES = 3
"""The minimum number of lines with a time at the end for a list of chapters; one or two are ordinary sentences."""
_RAW_TAG = re.compile(r"<!--(?s:-?>|.*?(?:--!?>|\Z))|<([A-Za-z][^\s/<>]*)([^<>]*)>?")
"""A comment, or a tag. The two groups are the name and the attributes of the tag."""
_HREF = re.compile(r"""(?i)\bhref\s*=\s*["']?\s*([^"'\s]*)""")
_ALT = re.compile(r"""(?i)\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_POSITION = "position"
"""The key in the `meta` of a token for the position in its block where the token begins."""
_KNOWN_TAGS = INLINE_TAGS | BLOCK_TAGS | SEPARATING_TAGS
_UNREPORTED_TAGS = split_names(
    "span font sup sub small big mark cite q abbr acronym del ins strike kbd var samp time dfn bdi bdo wbr tt "
    "label button data ruby rt rp html body head col colgroup hgroup menu dir picture source "
    "track input meta link base"
)
"""Tags that are removed without a warning, because the text inside them stays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notes:
    """Show notes, and the heading that was removed from them."""

    text: Text
    heading: str | None = None
    heading_location: Location | None = None


NO_NOTES = Notes(text=Text(html="", plain=""))


def render_markdown(text: str, *, file: str, first_line: int = 1) -> Parsed[Notes]:
    """Render Markdown (CommonMark, with links for bare addresses); remove the first top-level `# heading`.

    `first_line` is the line of the file where `text` begins. A line that begins with a timestamp keeps its line
    break, so that apps find the chapters in the notes.
    """
    visible_text, findings = remove_invisible(text, file=file, first_line=first_line)
    if _has_too_many_tags(visible_text):
        return Parsed(NO_NOTES, (*findings, _report_too_many_tags(file)))
    parser = _thread.parser
    tokens = parser.parse(visible_text)
    _drop_anchors(tokens)
    heading, heading_line = _remove_heading(tokens, parser)
    _keep_timestamp_lines(tokens)
    blocks = read_html(parser.renderer.render(tokens, parser.options, {}))
    lines, origin = visible_text.split("\n"), Origin(text, file, first_line)
    where = None if heading_line is None else origin.locate(heading_line, count_indent(lines[heading_line]))
    notes = Notes(text=write_blocks(blocks), heading=clean_line(heading or ""), heading_location=where)
    return Parsed(notes, (*findings, *_find_losses(tokens, lines, origin)))


def render_plain_text(text: str, *, file: str, first_line: int = 1) -> Parsed[Notes]:
    """Render plain text with its paragraphs and line breaks, and with links for addresses.

    A first line `# Title` is the heading. All other markup remains text.
    """
    visible_text, findings = remove_invisible(text, file=file, first_line=first_line)
    lines = visible_text.split("\n")
    # If there is a heading, it is the first line that is not blank.
    heading_index = next((index for index, line in enumerate(lines) if line.strip()), 0)
    heading = _PLAIN_HEADING.fullmatch(lines[heading_index].strip())
    body = "\n".join(lines[heading_index + 1 :] if heading else lines)
    blocks = arrange_blocks(_make_paragraph(part) for part in re.split(r"\n(?:[^\S\n]*\n)+", body))
    if heading is None:
        return Parsed(Notes(text=write_blocks(blocks)), findings)
    where = Origin(text, file, first_line).locate(heading_index, count_indent(lines[heading_index]))
    return Parsed(
        Notes(text=write_blocks(blocks), heading=clean_line(heading[1]), heading_location=where), findings
    )


def render_html(html: str, *, file: str) -> Parsed[Notes]:
    """Render HTML that was converted from another format; remove the first top-level `h1`."""
    if _has_too_many_tags(html):
        return Parsed(NO_NOTES, (_report_too_many_tags(file),))
    blocks = list(read_html(html))
    heading_index = next((index for index, block in enumerate(blocks) if block.tag == "h1"), None)
    heading = None if heading_index is None else clean_line(get_text(blocks.pop(heading_index).children))
    where = Location(file=file)
    heading_location = None if heading_index is None else where
    notes = Notes(text=write_blocks(blocks), heading=heading, heading_location=heading_location)
    return Parsed(notes, tuple(loss.make_diagnostic(where) for loss in _find_losses_in_html(html)))


def join_texts(first: Text, second: Text) -> Text:
    """Append the second text to the first, such as a footer to notes.

    All appended texts are the `ending` of the result, which remains when the text is cut.
    """
    html = "\n".join(filter(None, (first.html, second.html)))
    simple = None
    if first.simple is not None and second.simple is not None:
        simple = "\n".join(filter(None, (first.simple, second.simple)))
    plain = "\n\n".join(filter(None, (first.plain, second.plain)))
    ending = second if first.ending is None else join_texts(first.ending, second)
    # Equal texts share one string, to save memory.
    return Text(html=html, plain=plain, simple=html if simple == html else simple, ending=ending)


def write_blocks(blocks: Sequence[Element]) -> Text:
    """Write blocks as HTML, simple HTML and plain text."""
    html_blocks = [write_html([block]) for block in blocks]
    html = simple = "\n".join(html_blocks)
    if not is_simple(html):
        # Most blocks are simple already, and simplifying is slow.
        parts = (
            block_html if is_simple(block_html) else write_html(simplify([block]))
            for block, block_html in zip(blocks, html_blocks, strict=True)
        )
        simple = "\n".join(filter(None, parts))
    return Text(html=html, plain=write_plain(blocks), simple=simple)


class _Markdown(MarkdownIt):
    """A Markdown parser that records the positions of links and images, and accepts all addresses.

    `sanitize_address` checks the addresses later.
    """

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": True, "maxNesting": 100})
        enable_autolinks(self)
        for name, rule in (("link", link), ("image", image), ("autolink", autolink), ("html_inline", html_inline)):
            self.inline.ruler.at(name, _record_positions(rule))

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url  # html_tree encodes all addresses, after it sanitizes them


class _ThreadParser(threading.local):
    """One parser per thread; creating a parser takes a millisecond."""

    @cached_property
    def parser(self) -> _Markdown:
        return _Markdown()


_thread = _ThreadParser()


def _drop_anchors(tokens: Sequence[Token]) -> None:
    """Remove the anchors that Google Docs adds to headings when it exports Markdown: `# The docks {#the-docks}`."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and inline.children and inline.children[-1].type == "text":
            text = inline.children[-1]
            text.content = _ANCHOR.sub("", text.content)


def _remove_heading(tokens: list[Token], parser: MarkdownIt) -> tuple[str | None, int | None]:
    """Remove the first top-level heading with text; return its text and line (from 0), or None for both."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and token.level == 0:
            rendered = parser.renderer.render(tokens[index + 1 : index + 2], parser.options, {})
            if heading := get_text(parse_tree(rendered)):
                del tokens[index : index + 3]
                return heading, _get_first_line(token)
    return None, None


def _keep_timestamp_lines(tokens: Sequence[Token]) -> None:
    """Turn line ends before timestamps, or in lists of chapters, into line breaks.

    Otherwise, apps would show one long paragraph.
    """
    for token in tokens:
        next_text = ""
        chapters = filter(None, read_lines_ending_with_time(token.content.split("\n")))
        is_chapter_list = len(list(chapters)) >= _FEWEST_TIMES
        for child in reversed(token.children or []):
            if child.type == "softbreak" and (is_chapter_list or TIMED_LINE.match(next_text)):
                child.type, child.tag = "hardbreak", "br"
            # Tokens that open emphasis or a link have no content.
            next_text = "" if child.type == "softbreak" else child.content or next_text


def _record_positions(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Wrap a parser rule so that its tokens record the position in the block where they begin."""
    is_bracketed = rule in (link, image)

    def read_and_record(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
        start, token_count = state.pos, len(state.tokens)
        if is_bracketed and _find_last_bracket(state.src) < start:
            return False  # without this check, the rule searches the rest of the block from each opening bracket
        is_matched = rule(state, silent)
        for token in state.tokens[token_count:]:
            token.meta.setdefault(_POSITION, start)
        return is_matched

    return read_and_record


@lru_cache(maxsize=2)
def _find_last_bracket(block: str) -> int:
    return block.rfind("]")


def _find_losses(tokens: Sequence[Token], lines: Sequence[str], origin: Origin) -> Iterator[Diagnostic]:
    """Yield a warning for each piece of content that notes cannot have."""
    for token in tokens:
        if token.children:
            losses = _find_losses_in_tokens(token.children)
        elif token.type == "html_block":
            losses = _find_losses_in_html(token.content)
        else:
            continue
        block = _Block(token, lines, origin)
        for loss in losses:
            yield loss.make_diagnostic(block.locate(loss.position))


def _get_first_line(token: Token) -> int:
    """Return the line (from 0) where a block begins."""
    return token.map[0] if token.map else 0


class _Block:
    """A block of Markdown. In the file, its lines can also have indentation and quote marks (`>`)."""

    def __init__(self, token: Token, lines: Sequence[str], origin: Origin) -> None:
        self._first_line = _get_first_line(token)
        self._block_lines = token.content.split("\n")
        self._file_lines = lines
        self._origin = origin
        self._shifts: dict[int, int] = {}

    def locate(self, position: int) -> Location:
        """Convert a position in the content of the block to a location in the file."""
        index = bisect_right(self._starts, position) - 1
        if index not in self._shifts:
            self._shifts[index] = self._find_shift(index)
        column = self._shifts[index] + position - self._starts[index]
        return self._origin.locate(self._first_line + index, max(column, 0))

    @cached_property
    def _starts(self) -> list[int]:
        return find_line_starts(self._block_lines)

    def _find_shift(self, index: int) -> int:
        """Return the column (from 0) in the file where a line of the block begins."""
        block_line, file_line = self._block_lines[index], self._file_lines[self._first_line + index]
        # The parser writes a tab that is only partly indentation as spaces, so search without the indentation.
        column = file_line.rfind(block_line.strip())
        return (column if column >= 0 else count_indent(file_line)) - count_indent(block_line)


class _Loss(NamedTuple):
    """Content that notes cannot have, with the position in the block where the content begins."""

    position: int
    code: str
    message: str
    fix: str

    def make_diagnostic(self, where: Location) -> Diagnostic:
        return make_warning(self.code, self.message, self.fix, where)


def _find_losses_in_tokens(tokens: Sequence[Token]) -> Iterator[_Loss]:
    for token in tokens:
        start = token.meta.get(_POSITION, 0)
        if token.type == "image":
            yield _make_image_loss(token.content, start)
        elif token.type == "link_open":
            yield from _check_link(str(token.attrs.get("href", "")), start)
        elif token.type == "html_inline":
            for loss in _find_losses_in_html(token.content):
                yield loss._replace(position=start + loss.position)


def _find_losses_in_html(source: str) -> Iterator[_Loss]:
    for match in _RAW_TAG.finditer(source):
        if match[1]:
            yield from _check_tag(match[1].lower(), match[2], match.start())
    if source.lstrip().startswith("<!--") and "-->" not in source:
        message = "the comment that begins here never ends, so the rest of the notes was left out"
        yield _Loss(count_indent(source), "N104", message, "end the comment with -->")


def _check_tag(tag: str, attributes: str, position: int) -> Iterator[_Loss]:
    if tag == "a":
        if address := _HREF.search(attributes):
            yield from _check_link(address[1], position)
    elif tag == "img":
        match = _ALT.search(attributes)
        alt = next(filter(None, match.groups()), "") if match else ""
        yield _make_image_loss(alt, position)
    elif tag in DROPPED_TAGS:
        message = f"<{tag}> and its content were left out"
        yield _Loss(
            position,
            "N104",
            message,
            "podcast apps show only text and links: link to it instead",
        )
    elif tag not in _KNOWN_TAGS | _UNREPORTED_TAGS:
        message = f"<{tag}> was read as an HTML tag and left out"
        yield _Loss(position, "N104", message, f"to show it as text, write &lt;{tag}&gt;")


def _check_link(address: str, position: int) -> Iterator[_Loss]:
    if sanitize_address(address) is None:
        message = f"the link to “{address}” was removed because it is not a full web address; its text was kept"
        yield _Loss(position, "N101", message, _suggest_address(address))


def _suggest_address(address: str) -> str:
    if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", address):
        return f"write mailto:{address}"
    if re.match(r"(www\.|[\w-]+\.(com|org|net|edu|gov)\b)", address):
        return f"write https://{address}"
    return "write the full address, beginning with https:// (or mailto:, tel:)"


def _make_image_loss(alt: str, position: int) -> _Loss:
    kept = f"; its description “{alt}” was kept as text" if alt.strip() else ""
    fix = "show notes cannot contain images: put it on a web page and link to it, or use it as artwork.jpg"
    return _Loss(position, "N102", f"an image was left out{kept}", fix)


def _has_too_many_tags(html: str) -> bool:
    if html.count("<") > _MAX_TAGS:
        return True
    steps = (-1 if slash else 1 for slash, name in _TAG.findall(html) if name.lower() not in _UNCLOSED_TAGS)
    # The depth after each tag. An end tag without a start tag does not make it negative.
    return max(accumulate(steps, lambda depth, step: max(depth + step, 0)), default=0) > _MAX_TAG_DEPTH


def _report_too_many_tags(file: str) -> Diagnostic:
    return make_error(
        "N005",
        f"{file} has more than {_MAX_TAGS:,} tags, or more than {_MAX_TAG_DEPTH:,} nested tags",
        "shorten the notes; Apple Podcasts shows only 4,000 bytes",
        Location(file=file),
    )


def _make_paragraph(text: str) -> Element:
    children: list[Node] = []
    for line in text.split("\n"):
        children += [*_link_addresses(line), Element("br")]
    return Element("p", tuple(children))


def _link_addresses(line: str) -> Iterator[Node]:
    end = 0
    for found in find_links(line):
        yield line[end : found.start]
        yield Element("a", (line[found.start : found.end],), href=sanitize_address(found.url))
        end = found.end
    yield line[end:]
