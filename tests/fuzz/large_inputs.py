"""Texts that are built to be slow to read. The time of their readers must grow linearly with the length.

    python -m tests.fuzz.large_inputs                       # each at its full size and at a quarter of it
    python -m tests.fuzz.large_inputs --only "Markdown: brackets"

`tests/test_large_inputs.py` reads short texts and counts steps. The CPU time in this module also includes C code.
"""

from __future__ import annotations

import io
import signal
import struct
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from podcastkit.checks.phrases import decode_entities
from podcastkit.media.containers.ogg import read_comments
from podcastkit.media.id3 import read_id3
from podcastkit.project.front_matter import read_front_matter
from podcastkit.project.show_file import read_show_file
from podcastkit.text.chapters.json import read_json_chapters
from podcastkit.text.chapters.timestamps import explain_timestamps, read_chapters
from podcastkit.text.notes.convert import render_html, render_markdown, render_plain_text
from podcastkit.text.notes.docx import read_word
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.transcripts.reader import prepare_documents, read_transcript
from tests.word import LINE_BREAK, word_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_TIME_LIMIT = 60
"""Seconds of CPU time for one input."""
_LINEAR = 7
"""The limit for the growth of the CPU time when the length grows four times. Quadratic work grows 16 times."""
_SHORT = 0.5
"""Seconds of CPU time that are too short to compare."""
_TICK = 0.01
"""The resolution of the CPU clock on some computers, in seconds."""

_CUE = "00:00:01.000 --> 00:00:02.000\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A hostile text of any size."""

    name: str
    make: Callable[[int], str]
    """Return the text with this number of repetitions."""
    read: Callable[[str], object]
    large: int
    """The number of repetitions in this module."""


class _TooSlowError(BaseException):
    """The time limit is exceeded. `except Exception` does not catch this."""


@click.command()
@click.option("--only", help="Read only this input.")
def main(only: str | None) -> None:
    """Read large hostile texts. Exit 1 if one takes too long or grows faster than linearly."""
    signal.signal(signal.SIGVTALRM, _stop)
    is_broken = False
    for entry in INPUTS:
        if only in {None, entry.name}:
            is_too_slow, seconds, growth = _measure_growth(entry)
            is_broken = is_broken or is_too_slow
            click.echo(f"{seconds:7.2f} s  ×{growth:4.1f}  {entry.name}{'  TOO SLOW' if is_too_slow else ''}")
    sys.exit(is_broken)


def _measure_growth(entry: Input) -> tuple[bool, float, float]:
    """Return whether an input is too slow, its CPU time, and the growth of the time."""
    signal.setitimer(signal.ITIMER_VIRTUAL, _TIME_LIMIT)
    try:
        quarter, whole = (min(_measure_time(entry, entry.large // part) for _ in range(2)) for part in (4, 1))
    except _TooSlowError:
        return True, _TIME_LIMIT, float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    growth = whole / max(quarter, _TICK)
    return whole > _SHORT and growth > _LINEAR, whole, growth


def _measure_time(entry: Input, size: int) -> float:
    text = entry.make(size)
    started = time.process_time()
    entry.read(text)
    return time.process_time() - started


def _stop(_: int, __: FrameType | None) -> None:
    raise _TooSlowError


def _read_subtitles(body: str) -> None:
    for name, text in (("t.vtt", f"WEBVTT\n\n{body}"), ("t.srt", body.replace(".000", ",000"))):
        transcript, findings = read_transcript(text.encode(), name)
        assert transcript or findings
        assert len(prepare_documents([transcript] if transcript else [])) == (2 if transcript else 0)
        assert len(findings) <= 30


def _read_transcript(name: str, text: str) -> None:
    transcript, findings = read_transcript(text.encode(), name)
    assert transcript or findings
    assert len(prepare_documents([transcript] if transcript else [])) in {0, 1, 3}


def _read_segments(segments: str) -> None:
    _read_transcript("t.json", f'{{"version": "1", "segments": {segments}}}')


def _find_silences(file: str, text: str) -> None:
    silences = find_silences(text.encode(), file)
    assert len(silences) in {0, text.count("ignore")}
    assert {silence.last for silence in silences} <= {*range(1, text.count("\n") + 2)}


def _read_markdown(text: str) -> None:
    render_markdown(text, file="notes.md")


def _read_plain_text(text: str) -> None:
    render_plain_text(text, file="notes.txt")


def _read_html(text: str) -> None:
    render_html(text, file="notes.docx")


def _read_word(body: str) -> None:
    read_word(word_document(f"<w:p><w:r>{body}</w:r></w:p>"), "notes.docx")


def _read_front_matter(lines: str) -> None:
    read_front_matter(f"---\n{lines}\n---\n", "notes.md")


def _read_show_file(text: str) -> None:
    read_show_file(text, "show.toml")


def _read_json_chapters(entries: str) -> None:
    text = f'{{"version": "1.2.0", "chapters": {entries}}}'
    read_json_chapters(text.encode(), text, "chapters.json")


def _make_id3(count: int) -> str:
    """Return an ID3 tag with `count` chapters, and as many tables with other chapters."""
    marks = (_make_frame(b"CHAP", b"%06d\0" % number + bytes(16)) for number in range(count))
    tables = (_make_frame(b"CTOC", b"%06d\0\3\1x%06d\0" % (number, number)) for number in range(count))
    body = b"".join((*marks, *tables))
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return (b"ID3\3\0\0" + size + body).decode("latin-1")


def _make_frame(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "big") + b"\0\0" + content


def _read_ogg(comments: str) -> None:
    """Read comments with one byte per page."""
    packets = [b"OpusHead", *(bytes((sign,)) * 255 for sign in comments.encode())]
    heads = (struct.pack("<5sBqIIIB", b"OggS", 2 * (not n), 0, 1, n, 0, 1) for n in range(len(packets)))
    data = b"".join(head + bytes((len(packet),)) + packet for head, packet in zip(heads, packets, strict=True))
    assert read_comments(io.BytesIO(data), len(data), b"OpusHead") is None


def _make_list(entry: str, count: int) -> str:
    entries = ",\n".join([entry] * count)
    return f"[{entries}]"


def _make_inputs(
    kind: str, read: Callable[[str], object], makers: dict[str, tuple[Callable[[int], str], int]]
) -> tuple[Input, ...]:
    return tuple(
        Input(name=f"{kind}: {name}", make=make, read=read, large=large) for name, (make, large) in makers.items()
    )


INPUTS: Final = (
    *_make_inputs(
        "subtitles",
        _read_subtitles,
        {
            "open tags": (lambda n: _CUE + "<v " * n, 200_000),
            "open tags with a class": (lambda n: _CUE + "<v.a" * n, 200_000),
            "spaces in a tag": (lambda n: _CUE + "<v" + " " * n, 500_000),
            "open braces": (lambda n: _CUE + "{\\" * n, 50_000),
            "one long word": (lambda n: _CUE + "x" * n, 100_000),
            "accents on one letter": (lambda n: _CUE + "x" + "\u0301" * n, 300_000),
            "flags": (lambda n: _CUE + "\U0001f1ea" * 2 * n, 100_000),
            "joiners": (lambda n: _CUE + "\U0001f469\u200d" * n, 100_000),
            "wide signs": (lambda n: _CUE + "\u4f60" * n, 200_000),
            "opening signs": (lambda n: _CUE + "\u300c" * n, 50_000),
            "cues": (lambda n: (_CUE + "x\n\n") * n, 20_000),
            "arrows": (lambda n: "-->\n" * n, 50_000),
            "digits": (lambda n: "00:00:01.000 --> " + "0" * n, 500_000),
            "paragraphs": (lambda n: _CUE + "x" + "\n\nx" * n, 50_000),
            "speakers": (lambda n: (_CUE + "Ana: x\nTom: y\n\n") * n, 10_000),
            "colons": (lambda n: _CUE + ": " * n, 300_000),
        },
    ),
    *_make_inputs(
        "HTML transcript",
        partial(_read_transcript, "t.html"),
        {
            "paragraphs": (lambda n: "<p>" * n, 200_000),
            "nesting": (lambda n: "<div>" * n + "x", 200_000),
            "signs": (lambda n: "<" * n, 1_000_000),
            "times": (lambda n: "<time>0:00</time><p>x" * n, 50_000),
            "open tags": (lambda n: "<time" * n, 200_000),
            "comments": (lambda n: "<!--" * n, 300_000),
            "scripts": (lambda n: "<script>" * n, 200_000),
            "attributes": (lambda n: "<p" + " a" * n, 300_000),
            "spaces in a tag": (lambda n: "<p" + " " * n, 500_000),
            "open quotes": (lambda n: "<p a='" * n, 200_000),
            "values": (lambda n: "<p" + " a=b" * n + ">x", 200_000),
            "handlers": (lambda n: "<p" + " onx=y" * n + ">x", 200_000),
            "styles": (lambda n: "<style>" * n, 200_000),
        },
    ),
    *_make_inputs(
        "JSON transcript",
        _read_segments,
        {
            "segments": (partial(_make_list, '{"startTime": 1, "body": "x"}'), 50_000),
            "empty lists": (partial(_make_list, "[]"), 300_000),
            "a text": (lambda n: f'"{"x" * n}"', 2_000_000),
        },
    ),
    *_make_inputs(
        "comments in show.toml",
        partial(_find_silences, "show.toml"),
        {
            "signs": (lambda n: "podcastkit: x\n" + "#" * n, 200_000),
            "comments": (lambda n: "# podcastkit: ignore E112\n" * n, 30_000),
        },
    ),
    *_make_inputs(
        "comments in notes",
        partial(_find_silences, "01/notes.md"),
        {"signs": (lambda n: "podcastkit: x\n" + "<!--" * n, 200_000)},
    ),
    *_make_inputs(
        "comments in WebVTT",
        partial(_find_silences, "01/transcript.vtt"),
        {"notes": (lambda n: "NOTE podcastkit: ignore T006\n" * n, 30_000)},
    ),
    *_make_inputs(
        "Markdown",
        _read_markdown,
        {
            "quotes": (lambda n: "> " * n + "a", 5_000),
            "lists": (lambda n: "- " * n + "a", 5_000),
            "emphasis": (lambda n: "*a **" * n, 20_000),
            "brackets": (lambda n: "[[" * n, 50_000),
            "images": (lambda n: "![](" * 3 * n, 15_000),
            "open links": (lambda n: "<a href='" * n, 50_000),
            "nested tags": (lambda n: "<b>" * n + "a" + "</b>" * n, 9_000),
            "comments": (lambda n: "<!--" * n, 50_000),
            "timestamps": (lambda n: "00:00 a\n" * n, 20_000),
            "words": (lambda n: "word " * n, 100_000),
        },
    ),
    *_make_inputs(
        "timestamps in notes",
        explain_timestamps,
        {
            "lines": (lambda n: "00:00 a\n" * n, 20_000),
            "digits": (lambda n: "0" * n, 100_000),
            "colons": (lambda n: "0:" * n, 100_000),
        },
    ),
    *_make_inputs(
        "plain notes",
        _read_plain_text,
        {
            "addresses": (lambda n: "www.example.org " * n, 5_000),
            "at signs": (lambda n: "a@" * n, 50_000),
            "dots": (lambda n: "a." * n, 50_000),
            "empty lines": (lambda n: "a" + "\n" * n + "b", 200_000),
        },
    ),
    *_make_inputs(
        "HTML notes",
        _read_html,
        {
            "tags": (lambda n: "<b>" * n + "x", 20_000),
            "paragraphs": (lambda n: "<p>x</p>" * n, 9_000),
        },
    ),
    *_make_inputs(
        "Word",
        _read_word,
        {
            "lines of front matter": (lambda n: "<w:t>---</w:t>" + f"{LINE_BREAK}<w:t>a</w:t>" * n, 50_000),
            "texts": (lambda n: "<w:t>a</w:t>" * n, 50_000),
        },
    ),
    *_make_inputs(
        "front matter",
        _read_front_matter,
        {
            "lines": (lambda n: "title: a\n" * n, 20_000),
            "unknown keys": (lambda n: "".join(f"key{index}: a\n" for index in range(n)), 5_000),
            "a list": (lambda n: "people:\n" + "  - Ana\n" * n, 20_000),
            "spaces": (lambda n: "type: a" + " " * 5 * n + "b", 20_000),
            "quotes": (lambda n: 'title: "' + "\\" * n, 100_000),
        },
    ),
    *_make_inputs(
        "show.toml",
        _read_show_file,
        {
            "unknown keys": (lambda n: "".join(f"key{index} = 1\n" for index in range(n)), 5_000),
            "a list": (lambda n: "podroll = [" + "'a'," * n + "]", 150_000),
            "digits": (lambda n: "season = " + "9" * n, 100_000),
        },
    ),
    *_make_inputs(
        "chapters",
        lambda text: read_chapters(text.encode(), "chapters.txt"),
        {
            "lines without a time": (lambda n: "?\n" * n, 100_000),
            "digits": (lambda n: "0:00 a\n" + "0" * n, 100_000),
        },
    ),
    *_make_inputs("titles", decode_entities, {"entities": (lambda n: "&" + "amp;" * n, 200_000)}),
    *_make_inputs("ID3", lambda text: read_id3(text.encode("latin-1")), {"chapters": (_make_id3, 20_000)}),
    *_make_inputs("Ogg", _read_ogg, {"pages": (lambda n: "x" * n, 20_000)}),
    *_make_inputs(
        "JSON chapters",
        _read_json_chapters,
        {
            "entries": (partial(_make_list, '{"startTime": 1}'), 100_000),
            "keys": (lambda n: '[{"startTime": 1, ' + ", ".join(f'"k{i}": 1' for i in range(n)) + "}]", 50_000),
        },
    ),
)


if __name__ == "__main__":
    main()
