"""Comments that silence rules at their line: `# podcastkit: ignore E112`, as a comment of the file."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from podcastkit.model import Silence
from podcastkit.text.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IGNORE = r".*?\bpodcastkit:[ \t]*ignore[ \t]+(?P<codes>[A-Z]\d{3}(?:[ \t,]+[A-Z]\d{3})*)"
_HASH = re.compile(rf"#{_IGNORE}")
_HASH_ALONE = re.compile(rf"^\s*#{_IGNORE}")
_MARKUP = re.compile(rf"<!--{_IGNORE}")
_NOTE = re.compile(rf"^NOTE\b{_IGNORE}")
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
    is_block = file.lower().endswith(".vtt")
    for index, match in _comments(lines, file.lower()):
        codes = frozenset(re.findall(r"[A-Z]\d{3}", match["codes"]))
        yield Silence(file=file, first=index + 1, last=_end(lines, index + 1, is_block) + 1, codes=codes)


def _comments(lines: Sequence[str], file: str) -> Iterator[tuple[int, re.Match[str]]]:
    in_front, behind = next(((front, rest) for name, front, rest in _KINDS if name.search(file)), (None, None))
    front_end = _front_matter_end(lines) if in_front else 0
    for index, words in enumerate(lines):
        comment = in_front if index < front_end else behind
        if comment and (match := comment.search(words)):
            yield index, match


def _front_matter_end(lines: Sequence[str]) -> int:
    first = next((index for index, words in enumerate(lines) if words.strip()), 0)
    if lines[first].rstrip() != _FENCE:
        return 0
    return next((index for index in range(first + 1, len(lines)) if lines[index].rstrip() == _FENCE), 0)


def _end(lines: Sequence[str], start: int, is_block: bool) -> int:  # noqa: FBT001 - what kind of file it is
    """Return the index of the last line that a comment above `start` is about."""
    first = next((index for index in range(start, len(lines)) if _says_something(lines[index])), start - 1)
    if not is_block:
        return first
    return next((index - 1 for index in range(first, len(lines)) if not lines[index].strip()), len(lines) - 1)


def _says_something(words: str) -> bool:
    return bool(words.strip()) and not _ALONE.match(words)
