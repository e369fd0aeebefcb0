"""Repeat every short unit in every text reader. The time must grow linearly with the length.

    python -m tests.fuzz.repeated_units                     # each reader at 15,000 and 60,000 characters
    python -m tests.fuzz.repeated_units --only Markdown

`tests/test_repeated_units.py` reads short texts and counts steps.
"""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from podcastkit.diagnostics import PodcastkitError
from podcastkit.feed.reader import read_feed
from podcastkit.project.front_matter import read_front_matter
from podcastkit.project.show_file import read_show_file
from podcastkit.text.chapters.timestamps import explain_timestamps, find_chapters, read_chapters
from podcastkit.text.notes.convert import render_html, render_markdown, render_plain_text
from podcastkit.text.quoting import hide_secrets
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.transcripts.reader import prepare_documents, read_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SMALL, _LARGE = 15_000, 60_000
"""The lengths of the texts in characters."""
_TIME_LIMIT = 30
"""Seconds of CPU time for one text."""
_LINEAR = 7
"""The limit for the growth of the CPU time when the length grows four times. Quadratic work grows 16 times."""
_SHORT, _TICK = 0.3, 0.01
"""Seconds of CPU time that are too short to compare, and between two readings of some clocks."""

SIGNS: Final = (
    *("[", "]", "(", ")", "{", "}", "<", ">", "&", "`", "|", "*", "_", "~", "#", "=", "-", "+", ".", ",", ":", ";"),
    *("!", "?", "%", "@", "$", "\\", '"', "'", "/", "0", "a", " ", "\t", "\n", "\r", "\x0b", "é", "\u0301", "中"),
    *("：", "（", "“", "”", "🎙️"),  # noqa: RUF001 - full-width signs and quotation marks
)
WORDS: Final = (
    *(
        "](",
        "![",
        "[[",
        "[](",
        "*a ",
        "**",
        "~~",
        "a_",
        "- ",
        "> ",
        "1. ",
        "  - ",
        "***a",
        "'''",
        '"""',
        "{{",
        "}}",
    ),
    *(
        "a@",
        "www.",
        "www.a.com ",
        "http://",
        "http://a.",
        "https://x.org/a?",
        "https://a.org/(",
        "https://a.org,",
        "://",
    ),
    *(
        "a.",
        "a.a.",
        "a=",
        "a: ",
        "a:\n",
        "a,",
        "- a\n",
        "1.\n",
        "\n\n",
        "---\n",
        "===\n",
        "a|b\n",
        "|-",
        "[a]: b\n",
    ),
    *("[^", "[a", "[a](b", "[a](<", "![a](", "[a] ", "<a ", "<a>", "</a>", "<b>", "<p>", "<div>\n", "</b>", "<!--"),
    *(
        "-->",
        "<![",
        "<?",
        "<https://",
        "<a@",
        "&#",
        "&a;",
        "&amp;",
        "\\\\",
        '\\"',
        "(a)",
        "<tag ",
        "<a href='",
        "<td>",
    ),
    *(
        "0:00 ",
        "0:00 a\n",
        "0:",
        "00:00:00.000 --> 00:00:01.000\na\n\n",
        "1h",
        "1m2s ",
        "CHAPTER01=",
        "0.0\t0.0\ta\n",
    ),
    *(
        "Ana: a\n",
        "[Ana] a\n",
        ">> ",
        '{"a":',
        "[0,",
        "[{}]",
        '{"start":0,"text":"a"},',
        '"',
        "#a\n",
        "? ",
        "&a ",
        "!!a ",
    ),
    *(
        "*a",
        "a-",
        "%20",
        "<v ",
        "<c>",
        "{\\",
        "<time>",
        "<script>",
        "podcastkit: ignore T006 ",
        "a:: ",
        "1999 – ",
        "a (b",
    ),
)
HALVES: Final = (
    *(
        ("[", "]"),
        ("[", "](a)"),
        ("![", "]"),
        ("(", ")"),
        ("<", ">"),
        ("<b>", "</b>"),
        ("*", "a*"),
        ("`", "a`"),
        ("{", "}"),
    ),
    *(
        ("<div>", "</div>"),
        ("<a>", "<p>"),
        ("> ", "a\n"),
        ("[a", "]: b\n"),
        ("<ul><li>", "</li></ul>"),
        (" ", "a"),
        ("a", ":"),
    ),
)
"""Pairs of repeated opening and closing units."""

_CUE = "00:00:01.000 --> 00:00:02.000\n"


def list_texts(size: int) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each unit, with `size` characters."""
    for unit in (*SIGNS, *WORDS):
        yield unit, repeat(unit, size)
    for opening, closing in HALVES:
        yield f"{opening} {closing}", repeat(opening, size // 2) + repeat(closing, size // 2)


def repeat(unit: str, size: int) -> str:
    """Repeat a unit up to `size` characters."""
    return (unit * (size // len(unit) + 1))[:size]


def _read_transcript(name: str, text: str) -> None:
    transcript, _ = read_transcript(text.encode(), name)
    prepare_documents([transcript] if transcript else [])


def _read_timestamps(text: str) -> None:
    explain_timestamps(text)
    find_chapters(text)


def _read_feed(text: str) -> None:
    items = f"<item><guid>a</guid><description>{text}</description></item>"
    for body in (text, items, f"<item title='{text}'/>", f"<![CDATA[{text}"):
        try:
            read_feed(f"<rss><channel>{body}</channel></rss>".encode())
        except PodcastkitError:
            continue


READERS: Final[dict[str, Callable[[str], object]]] = {
    "Markdown": partial(render_markdown, file="notes.md"),
    "plain notes": partial(render_plain_text, file="notes.txt"),
    "HTML notes": partial(render_html, file="notes.docx"),
    "front matter": lambda text: read_front_matter(f"---\n{text}\n---\n", "notes.md"),
    "a value of front matter": lambda text: read_front_matter(f"---\ntitle: {text}\n---\n", "notes.md"),
    "show.toml": lambda text: read_show_file(text, "show.toml"),
    "a value of show.toml": lambda text: read_show_file(f"title = {text}", "show.toml"),
    "chapters": lambda text: read_chapters(text.encode(), "chapters.txt"),
    "a title of chapters": lambda text: read_chapters(f"00:00 {text}\n{text} 00:00".encode(), "chapters.txt"),
    "JSON chapters": lambda text: read_chapters(f'{{"chapters": {text}'.encode(), "chapters.json"),
    "timestamps in notes": _read_timestamps,
    "WebVTT": lambda text: _read_transcript("t.vtt", f"WEBVTT\n\n{_CUE}{text}"),
    "SRT": lambda text: _read_transcript("t.srt", _CUE.replace(".", ",") + text),
    "JSON transcript": lambda text: _read_transcript("t.json", text),
    "HTML transcript": partial(_read_transcript, "t.html"),
    "comments in notes": lambda text: find_silences(f"podcastkit: {text}".encode(), "notes.md"),
    "comments in show.toml": lambda text: find_silences(f"podcastkit: {text}".encode(), "show.toml"),
    "feed": _read_feed,
    "a message": hide_secrets,
    "a URL in a message": lambda text: hide_secrets(f"https://example.org/?a={text}x"),
}


class _TooSlowError(BaseException):
    """The time limit is exceeded. `except Exception` does not catch this."""


@click.command()
@click.option("--only", help="Run only this reader.")
def main(only: str | None) -> None:
    """Read repeated units. Exit 1 if one takes too long or grows faster than linearly."""
    signal.signal(signal.SIGVTALRM, _stop)
    slow = 0
    for name, read in READERS.items():
        if only in {None, name}:
            for (unit, small), (_, large) in zip(list_texts(_SMALL), list_texts(_LARGE), strict=True):
                if problem := _measure_growth(read, small, large):
                    slow += 1
                    click.echo(f"{problem}  {name}: {unit!r}")
    click.echo(f"{slow} too slow")
    sys.exit(slow > 0)


def _measure_growth(read: Callable[[str], object], small: str, large: str) -> str | None:
    """Return the CPU time of a text and its growth if it is too slow, or None."""
    signal.setitimer(signal.ITIMER_VIRTUAL, _TIME_LIMIT)
    try:
        before, after = (_measure_time(read, text) for text in (small, large))
        if after > _SHORT and after > _LINEAR * max(
            before, _TICK
        ):  # repeat, because another process may have interfered
            before, after = (_measure_time(read, text) for text in (small, large))
    except _TooSlowError:
        return f"{_TIME_LIMIT:7.2f} s"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    growth = after / max(before, _TICK)
    return f"{after:7.2f} s  ×{growth:4.1f}" if after > _SHORT and growth > _LINEAR else None


def _measure_time(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started


def _stop(_: int, __: FrameType | None) -> None:
    raise _TooSlowError


if __name__ == "__main__":
    main()
