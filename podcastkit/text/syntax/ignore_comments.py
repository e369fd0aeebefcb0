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
# The beginning of a line up to the start of a comment, in the syntax of each kind of file.
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
"""The names of files, and the start of a comment in their front matter and in the rest (None: no comments)."""


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
    last_lines: Sequence[int] = ()  # computed if there is a comment
    for index, codes in _read_ignore_comments(lines, file.lower()):
        last_lines = last_lines or _find_last_lines(lines, is_block=file.lower().endswith(".vtt"))
        yield Silence(file=file, first=index + 1, last=max(last_lines[index + 1], index) + 1, codes=codes)


def _read_ignore_comments(lines: Sequence[str], file: str) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield the index of each line with an ignore comment, and the codes in it. `file` is in lower case."""
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
    """Return the index of the `---` after front matter, or 0 if there is no front matter."""
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != _FENCE:
        return 0
    return next((index for index in range(start + 1, len(lines)) if lines[index].rstrip() == _FENCE), 0)


def _find_last_lines(lines: Sequence[str], *, is_block: bool) -> list[int]:
    """Return, for each line, the index of the last line to which a comment directly above the line applies.

    The index is -1 if only blank lines and comments follow. One more entry is for the end of the file.
    """
    last_lines = [-1] * (len(lines) + 1)
    block_end = len(lines) - 1
    for index in range(len(lines) - 1, -1, -1):
        block_end = block_end if lines[index].strip() else index - 1
        has_content = _has_content(lines[index])
        last_line = block_end if is_block else index
        last_lines[index] = last_line if has_content else last_lines[index + 1]
    return last_lines


def _has_content(line: str) -> bool:
    """Return whether a line is neither blank nor only a comment."""
    return bool(line.strip()) and not _ALONE.match(line)
