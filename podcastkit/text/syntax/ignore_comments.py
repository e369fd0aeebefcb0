"""Find comments that silence rules: `# podcastkit: ignore E112`, in the comment syntax of the file."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from podcastkit.model import Silence
from podcastkit.text.syntax.text_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IGNORE = re.compile(r"\bpodcastkit:[ \t]*ignore[ \t]+(?P<codes>[A-Z]\d{3}(?:[ \t,]+[A-Z]\d{3})*)")
# The text before it, which makes it a comment.
_HASH = re.compile(r".*?#")
_HASH_ALONE = re.compile(r"\s*#")
_MARKUP = re.compile(r".*?<!--")
_NOTE = re.compile(r"NOTE\b")
_ALONE = re.compile(r"\s*(?:#|<!--.*-->\s*$)")
"""A line with only a comment."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FENCE = "---"
# Plain text has no comments: listeners would see them. JSON and SRT have no comments either.
_COMMENT_STARTS = (
    (re.compile(r"\.toml$"), None, _HASH),
    (re.compile(r"\.vtt$"), None, _NOTE),
    (re.compile(r"\.html?$"), None, _MARKUP),
    (re.compile(r"\.(?:md|markdown)$"), _HASH, _MARKUP),
    (re.compile(r"(?:^|/)notes[^/]*\.txt$"), _HASH, None),
    (re.compile(r"(?:^|/)chapters[^/]*\.txt$"), None, _HASH_ALONE),
)
"""The names of files, and the start of a comment in their front matter and in the rest."""


def find_silences(data: bytes, file: str) -> tuple[Silence, ...]:
    """Return the comments of a file that silence rules.

    A comment applies to its own line and to the next line that is not blank or a comment. In WebVTT, a comment is a
    block (`NOTE podcastkit: ignore T006`), and applies to the next block.
    """
    if b"podcastkit:" not in data and not data.startswith(_UTF16):
        return ()
    text, _ = decode(data, file)
    return tuple(_find_comments((text or "").split("\n"), file))


def _find_comments(lines: Sequence[str], file: str) -> Iterator[Silence]:
    ends: Sequence[int] = ()
    for index, codes in _read_ignore_comments(lines, file.lower()):
        ends = ends or _find_ends(lines, is_block=file.lower().endswith(".vtt"))
        yield Silence(file=file, first=index + 1, last=max(ends[index + 1], index) + 1, codes=codes)


def _read_ignore_comments(lines: Sequence[str], file: str) -> Iterator[tuple[int, frozenset[str]]]:
    front_matter_comment, body_comment = next(
        ((front, rest) for name, front, rest in _COMMENT_STARTS if name.search(file)), (None, None)
    )
    front_end = _find_front_matter_end(lines) if front_matter_comment else 0
    for index, line in enumerate(lines):
        pattern = front_matter_comment if index < front_end else body_comment
        match = pattern.match(line) if pattern else None
        if match and (found := _IGNORE.search(line, match.end())):
            yield index, frozenset(re.findall(r"[A-Z]\d{3}", found["codes"]))


def _find_front_matter_end(lines: Sequence[str]) -> int:
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != _FENCE:
        return 0
    return next((index for index in range(first + 1, len(lines)) if lines[index].rstrip() == _FENCE), 0)


def _find_ends(lines: Sequence[str], *, is_block: bool) -> list[int]:
    """Return, for each line, the index of the last line to which a comment directly above applies.

    The list has one more entry for the end of the file. The index is -1 if there is no such line.
    """
    ends = [-1] * (len(lines) + 1)
    block_end = len(lines) - 1
    for index in range(len(lines) - 1, -1, -1):
        block_end = block_end if lines[index].strip() else index - 1
        has_content = _has_content(lines[index])
        ends[index] = (block_end if is_block else index) if has_content else ends[index + 1]
    return ends


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not _ALONE.match(line)
