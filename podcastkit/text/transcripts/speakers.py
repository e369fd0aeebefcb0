"""Who speaks, where a file only says it in its words: `Sarah: Welcome`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BEGINNING = re.compile(r"[ \t]*([^\s:：][^\n:：]{0,39}?)[ \t]*(?::(?:[ \t]+|$)|：[ \t]*)")  # noqa: RUF001 - the colon of CJK
_MOST_WORDS = 4
_SIGNS = frozenset(".'’ʼ-_()&")


def find_speakers(texts: Sequence[str]) -> frozenset[str]:
    """Return the names that texts begin with, as in `Sarah: Welcome`.

    A name is short and capitalised, where its script has capitals, and begins two texts or more: "Note: …" is said
    once. Where the first text begins with such a name the speakers are marked, and names that come once count too.
    """
    openings = [_name(text.split("\n", 1)[0]) for text in texts]
    counted = Counter(name for name in openings if name)
    if openings and openings[0] and counted[openings[0]] > 1:
        return frozenset(counted)
    return frozenset(name for name, times in counted.items() if times > 1)


def split_speakers(text: str, names: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    """Yield what each of the named speakers says in a text; what nobody is named for comes with None."""
    speaker: str | None = None
    said: list[str] = []
    for line in text.split("\n"):
        match = _BEGINNING.match(line)
        if match and match[1] in names:
            yield from _said(speaker, said)
            speaker, said = match[1], [line[match.end() :]]
        else:
            said.append(line)
    yield from _said(speaker, said)


def _said(speaker: str | None, lines: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    text = "\n".join(line for line in lines if line.strip())
    if text:
        yield speaker, text


def _name(line: str) -> str | None:
    match = _BEGINNING.match(line)
    words = match[1].split() if match else []
    is_name = 0 < len(words) <= _MOST_WORDS and all(map(_is_word, words)) and _is_capital(words[0][0])
    last = words[-1].lstrip("(") if words else ""
    return match[1] if match and is_name and (_is_capital(last[:1]) or last.isdecimal()) else None


def _is_word(word: str) -> bool:
    return all(sign in _SIGNS or unicodedata.category(sign)[0] in "LMN" for sign in word)


def _is_capital(sign: str) -> bool:
    return sign.isalpha() and not sign.islower()
