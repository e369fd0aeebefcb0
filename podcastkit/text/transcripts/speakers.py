"""Find speakers that only the text names: `Sarah: Welcome`, `[Sarah] Welcome`, `>> SARAH: Welcome`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CLOCK = r"[0-9]{1,2}(?::[0-9]{2}){1,2}(?:[.,][0-9]{1,3})?"
_TIME = rf"{_CLOCK}(?:[ \t]*[-\u2013\u2014]{{1,2}}>?[ \t]*{_CLOCK})?"
"""A time, or a start and an end time."""
_LATER_TIME = rf"[^\w\n:：)\]]{{1,4}}{_TIME}"  # noqa: RUF001 - the colon of CJK
_BEFORE_NAME = rf"[ \t]*(?:>>+|[-\u2013\u2014•])?[ \t]*(?:[\[(<]?{_TIME}[\])>]?[ \t]+)?"
"""A mark and a time before a name."""
_AFTER_NAME = (
    rf"(?:{_LATER_TIME}[^\w\n:：]{{0,2}})?"  # noqa: RUF001
    r"[ \t\u00a0\u202f]*(?::(?:[ \t]+|$)|：[ \t]*)"  # noqa: RUF001
    rf"(?:[\[(<]{_TIME}[\])>](?:[ \t]+|$))?"
)
"""The colon after a name. Programs write the time before the name, after the name, or after the colon."""
_NAME_WITH_COLON = re.compile(
    rf"{_BEFORE_NAME}(?P<sound>[\[(][^\[\]()\n:]{{1,40}}[\])][ \t]+)?"
    rf"(?:[\[(（【](?P<bracketed>[^\[\]()（）【】\n:：]{{1,40}}?)(?:{_LATER_TIME})?[\])）】]"  # noqa: RUF001
    r"|(?P<name>[^\s:：\[(（【>][^\n:：]{0,59}?))"  # noqa: RUF001
    rf"{_AFTER_NAME}"
)
_NAME_IN_BRACKETS = re.compile(
    rf"{_BEFORE_NAME}[\[（【](?P<bracketed>[^\[\]()（）【】\n:：]{{1,40}}?)(?:{_LATER_TIME})?"  # noqa: RUF001
    r"(?:\][ \t]+|[）】]\s*)(?=\S)"  # noqa: RUF001 - brackets of CJK need no space
)
_NAME_WITH_TIME = re.compile(
    rf"{_BEFORE_NAME}(?P<name>[^\s:：\[(>][^\n:：]{{0,59}}?)[ \t]+[\[(]?{_TIME}[\])]?[ \t]*(?:\n|\Z)"  # noqa: RUF001
)
"""A separate line that some programs write above the words of a speaker: `Ana Ruiz  0:05`."""
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*[ \t]*\Z")  # noqa: RUF001 - full-width marks end sentences too
_SPEAKER_MARKS = (">>", "-", "\u2013", "\u2014")
"""Marks that programs write where another speaker begins."""
_NAME_ADDITION = re.compile(r"[ \t]*[(\[][^()\[\]]*[)\]]\Z")
"""Pronouns, a role or a place in brackets after a name."""
_MAX_NAME_WORDS = 4
"""The maximum number of words in a name, if not every text has a name."""
_NAME_SIGNS = frozenset(".'’ʼ-_()&/")
_RARE_NAME_SIGNS = frozenset(',@+#"“”|')
"""Characters that are allowed in names only if nearly every text has a name: `Ruiz, Ana`."""
_NOT_NAMES = frozenset(
    word
    for line in (
        "note notes question questions answer answers warning caution attention example update correction spoiler",
        "reminder remember hint tip fact chapter part episode section step number source translation listen look",
        "today tomorrow yesterday first second third finally anyway result conclusion summary problem point",
        "so well and but or yes no ok okay also then thus plus now here there",
        "hinweis achtung frage antwort beispiel kapitel teil folge schritt nummer fazit",
        "nota pregunta respuesta ejemplo capítulo parte atención remarque réponse exemple chapitre partie",
        "domanda risposta esempio pergunta resposta vraag",
    )
    for word in line.split()
)
"""Words before a colon that are not names."""
_EARLY_TEXTS = 3
"""How many texts at the start of a file are searched for an early name of a speaker."""
_NAMED_SHARE = 0.25
"""If at least this share of texts has a name, the file names its speakers."""
_NEARLY_ALL_SHARE = 0.9
"""If at least this share of texts has a name, any words before a colon are a name."""


@dataclass(frozen=True, slots=True)
class _Label:
    """The first words of a text, if they can be a name."""

    name: str
    looks_like_name: bool
    """The words look like a name: capitalized, few, without unusual characters."""
    is_bracketed: bool = False
    """The words are in brackets, without a colon. Sounds are written in the same way: `[Music]`."""


def find_speakers(texts: Sequence[str]) -> frozenset[str]:
    """Return all names of speakers at the start of texts, as in `Sarah: Welcome`.

    The result is empty unless a name appears at least twice, and names appear early or often. A name is short and
    (if its script has capitals) capitalized. If nearly every text has a name, other words count as names too.
    """
    if names := _find_names_with_times(texts):
        return names
    likely_names = Counter(name for text in texts for line in text.split("\n") if (name := _find_likely_name(line)))
    first_lines = [line for text in texts for line in _find_speaker_starts(text, likely_names)]
    labels = [_read_label(line) for line in first_lines]
    if any(label is None and line.startswith(">>") for label, line in zip(labels, first_lines, strict=True)):
        return frozenset()  # a speaker without a name
    # Words in brackets are names if they also appear as a name with a colon, or if all names are in brackets.
    names_with_colon = {label.name for label in labels if label and not label.is_bracketed}
    name_labels = [
        label for label in labels if label and (not label.is_bracketed or label.name in names_with_colon)
    ]
    if _contains_bracketed_names(labels):
        name_labels = [label for label in labels if label]
    name_counts = Counter(label.name for label in name_labels)
    has_names_nearly_everywhere = len(name_counts) > 1 and len(name_labels) >= _NEARLY_ALL_SHARE * len(first_lines)
    accepted_counts = Counter(
        label.name for label in name_labels if label.looks_like_name or has_names_nearly_everywhere
    )
    # The texts name their speakers if names are early or frequent, and one of them repeats.
    has_early_name = any(
        label in name_labels and label.name in accepted_counts for label in labels[:_EARLY_TEXTS] if label
    )
    are_speakers_named = has_early_name or sum(accepted_counts.values()) >= _NAMED_SHARE * len(first_lines)
    if not are_speakers_named or max(accepted_counts.values(), default=0) < 2:  # noqa: PLR2004 - a single occurrence may be a word
        return frozenset()
    # Single words that repeat are also names of speakers, even in lower case.
    repeated_words = {name for name, count in name_counts.items() if count > 1 and " " not in name}
    return frozenset(accepted_counts) | repeated_words


def split_speakers(text: str, names: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    """Split a text at the names of speakers; yield each speaker with their words. An unknown speaker is None."""
    speaker: str | None = None
    spoken: list[str] = []
    for line in text.split("\n"):
        if found := _find_name(line, names):
            yield from _join_lines(speaker, spoken)
            speaker, words = found
            spoken = [words]
        else:
            spoken.append(line)
    yield from _join_lines(speaker, spoken)


def _find_names_with_times(texts: Sequence[str]) -> frozenset[str]:
    """Return the names on separate lines with a time, if nearly every text begins with such a line."""
    matches = [match for text in texts if (match := _NAME_WITH_TIME.match(text)) and match.end() < len(text)]
    labels = [_make_label(_get_name(match), is_bracketed=False) for match in matches]
    names = [label.name for label in labels if label and label.looks_like_name]
    are_speakers_named = len(names) > len(set(names)) and len(names) >= _NEARLY_ALL_SHARE * len(texts)
    return frozenset(names) if are_speakers_named else frozenset()


def _find_speaker_starts(text: str, likely_names: Counter[str]) -> list[str]:
    """Return the lines where a speaker may begin: the first line, and later lines with a mark or a likely name."""
    lines = text.split("\n")
    later = (line for before, line in pairwise(lines) if _is_speaker_start(line, before, likely_names))
    return [lines[0], *later]


def _is_speaker_start(line: str, before: str, likely_names: Counter[str]) -> bool:
    """Return whether a speaker may begin in a line that follows the line `before`."""
    if line.lstrip().startswith(_SPEAKER_MARKS):
        return True
    name = _find_likely_name(line)
    is_likely = likely_names[name] > 1 or re.search(_CLOCK, line) or _SENTENCE_END.search(before)
    return bool(name) and bool(is_likely)


def _find_likely_name(line: str) -> str:
    """Return the words before a colon at the start of a line if they look like a name, or an empty text."""
    label = _read_label(line)
    return label.name if label and label.looks_like_name and not label.is_bracketed else ""


def _find_name(line: str, names: frozenset[str]) -> tuple[str, str] | None:
    """Return the name at the start of a line, and the words after the name; None without any of `names`."""
    for pattern in (_NAME_WITH_COLON, _NAME_IN_BRACKETS, _NAME_WITH_TIME):
        match = pattern.match(line)
        name = _get_name(match) if match else None
        if match and name in names:
            return name, (match.groupdict().get("sound") or "") + line[match.end() :]
    return None


def _join_lines(speaker: str | None, lines: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    text = "\n".join(line for line in lines if line.strip())
    if text:
        yield speaker, text


def _contains_bracketed_names(labels: Sequence[_Label | None]) -> bool:
    """Return whether words in brackets are names of speakers, not sounds.

    They are names if all of them end in a number (`[Speaker 1]`). They are also names if at least half of the texts
    begin with a word in brackets, and there are at least two different words, of which one repeats.
    """
    bracketed = Counter(label.name for label in labels if label and label.is_bracketed and label.looks_like_name)
    is_numbered = bool(bracketed) and all(name[-1].isdecimal() for name in bracketed)
    return is_numbered or (
        2 * sum(bracketed.values()) >= len(labels) and 1 < len(bracketed) < sum(bracketed.values())
    )


def _read_label(line: str) -> _Label | None:
    if match := _NAME_WITH_COLON.match(line):
        label = _make_label(_get_name(match), is_bracketed=False)
        if label:
            return label
    match = _NAME_IN_BRACKETS.match(line)
    return _make_label(_get_name(match), is_bracketed=True) if match else None


def _get_name(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return (groups.get("bracketed") or groups["name"]).strip()


def _make_label(name: str, *, is_bracketed: bool) -> _Label | None:
    """Return a label for the first words of a text, or None if they cannot be a name."""
    words = _NAME_ADDITION.sub("", name).split()
    is_wordlike = all(_is_word(word, _NAME_SIGNS | _RARE_NAME_SIGNS) for word in words) and any(
        map(str.isalpha, name)
    )
    if not words or not is_wordlike or words[0].lower().rstrip(".") in _NOT_NAMES:
        return None
    has_name_ending = _is_capital(words[-1].lstrip("(")[:1]) or words[-1].isdecimal()
    is_plain = len(words) <= _MAX_NAME_WORDS and all(_is_word(word, _NAME_SIGNS) for word in words)
    return _Label(name, is_plain and _is_capital(words[0][0]) and has_name_ending, is_bracketed)


def _is_word(word: str, signs: frozenset[str]) -> bool:
    return all(character in signs or unicodedata.category(character)[0] in "LMN" for character in word)


def _is_capital(character: str) -> bool:
    """Return whether a character is a capital letter, or a letter of a script without capitals."""
    return character.isalpha() and not character.islower()
