"""Comments that silence rules at their line: `# podcastkit: ignore E112`, as a comment of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.model import Silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMMENT = re.compile(
    r"(?:#|<!--|^NOTE\b).*?\bpodcastkit:[ \t]*ignore[ \t]+(?P<codes>[A-Z]\d{3}(?:[ \t,]+[A-Z]\d{3})*)"
)


def find_silences(data: bytes, file: str) -> tuple[Silence, ...]:
    """Return the comments of a text in UTF-8 that silence rules.

    Each does for its own line, and for the next one that is not blank. In WebVTT a comment is a block
    (`NOTE podcastkit: ignore T006`), and silences the block behind it.
    """
    if b"podcastkit:" not in data:
        return ()
    return tuple(_find(re.split("\r\n|\r|\n", data.decode("utf-8", "replace")), file))


def _find(lines: Sequence[str], file: str) -> Iterator[Silence]:
    is_block = file.lower().endswith(".vtt")
    for index, words in enumerate(lines):
        if match := _COMMENT.search(words):
            codes = frozenset(re.findall(r"[A-Z]\d{3}", match["codes"]))
            yield Silence(file=file, first=index + 1, last=_end(lines, index + 1, is_block) + 1, codes=codes)


def _end(lines: Sequence[str], start: int, is_block: bool) -> int:  # noqa: FBT001 - what kind of file it is
    """Return the index of the last line that a comment above `start` is about."""
    first = next((index for index in range(start, len(lines)) if lines[index].strip()), start - 1)
    if not is_block:
        return first
    return next((index - 1 for index in range(first, len(lines)) if not lines[index].strip()), len(lines) - 1)
