"""Comments that silence rules at their line: `# podcastkit: ignore E112`, as a comment of the file."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from podcastkit.model import Silence
from podcastkit.text.syntax.text_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IGNORE = re.compile(r"\bpodcastkit:[ \t]*ignore[ \t]+(?P<codes>[A-Z]\d{3}(?:[ \t,]+[A-Z]\d{3})*)")
# What stands somewhere before that, so that it is a comment.
_HASH = re.compile(r".*?#")
_HASH_ALONE = re.compile(r"\s*#")
_MARKUP = re.compile(r".*?<!--")
_NOTE = re.compile(r"NOTE\b")
_ALONE = re.compile(r"\s*(?:#|<!--.*-->\s*$)")
"""A line that is nothing but a comment, in a file where this is one."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FENCE = "---"
# In plain text a comment would be read out to listeners, and JSON and SRT have none.
_KINDS = (
    (re.compile(r"\.toml$"), None, _HASH),
    (re.compile(r"\.vtt$"), None, _NOTE),
    (re.compile(r"\.html?$"), None, _MARKUP),
    (re.compile(r"\.(?:md|markdown)$"), _HASH, _MARKUP),
    (re.compile(r"(?:^|/)notes[^/]*\.txt$"), _HASH, None),
    (re.compile(r"(?:^|/)chapters[^/]*\.txt$"), None, _HASH_ALONE),
)
"""How files are called, and what a comment is in their front matter and behind it."""


def find_silences(data: bytes, file: str) -> tuple[Silence, ...]:
    """Return the comments of a text that silence rules.

    Each does for its own line, and for the next one that is neither blank nor a comment itself. In WebVTT a comment
    is a block (`NOTE podcastkit: ignore T006`), and silences the block behind it.
    """
    if b"podcastkit:" not in data and not data.startswith(_UTF16):
        return ()
    text, _ = decode(data, file)
    return tuple(_find((text or "").split("\n"), file))


def _find(lines: Sequence[str], file: str) -> Iterator[Silence]:
    ends: Sequence[int] = ()
    for index, codes in _comments(lines, file.lower()):
        ends = ends or _ends(lines, is_block=file.lower().endswith(".vtt"))
        yield Silence(file=file, first=index + 1, last=max(ends[index + 1], index) + 1, codes=codes)


def _comments(lines: Sequence[str], file: str) -> Iterator[tuple[int, frozenset[str]]]:
    in_front, behind = next(((front, rest) for name, front, rest in _KINDS if name.search(file)), (None, None))
    front_end = _front_matter_end(lines) if in_front else 0
    for index, words in enumerate(lines):
        comment = in_front if index < front_end else behind
        sign = comment.match(words) if comment else None
        if sign and (found := _IGNORE.search(words, sign.end())):
            yield index, frozenset(re.findall(r"[A-Z]\d{3}", found["codes"]))


def _front_matter_end(lines: Sequence[str]) -> int:
    first = next((index for index, words in enumerate(lines) if words.strip()), 0)
    if lines[first].rstrip() != _FENCE:
        return 0
    return next((index for index in range(first + 1, len(lines)) if lines[index].rstrip() == _FENCE), 0)


def _ends(lines: Sequence[str], *, is_block: bool) -> list[int]:
    """Return for each line, and the end, the index of the last line that a comment above it is about; -1: none."""
    ends = [-1] * (len(lines) + 1)
    block_end = len(lines) - 1
    for index in range(len(lines) - 1, -1, -1):
        block_end = block_end if lines[index].strip() else index - 1
        says_something = _says_something(lines[index])
        ends[index] = (block_end if is_block else index) if says_something else ends[index + 1]
    return ends


def _says_something(words: str) -> bool:
    return bool(words.strip()) and not _ALONE.match(words)
