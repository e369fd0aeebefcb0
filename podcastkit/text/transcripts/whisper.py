"""The JSON of Whisper → cues, as openai-whisper, whisper.cpp, faster-whisper, WhisperX and transformers write it.

That of AssemblyAI has the same words, in milliseconds.
It is not the podcast namespace's format, so the published file is converted (`json.write_segments`).
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Parsed, make_error
from podcastkit.text.syntax.json import NoJsonError, entry_positions, parse_json
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.transcripts.cues import LONGEST, MILLISECOND, Cue, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.text.transcripts.cues import Reading

_KEYS = ("segments", "transcription", "chunks", "words", "word_segments")
"""Where the list is, the best first; faster-whisper's may be the whole file."""
_LONGEST_WORD = 20
"""Seconds. Words that are longer were counted in milliseconds."""


def read_whisper(text: str, file: str) -> Reading | None:
    """Read Whisper's JSON; None when the text is not that. Errors: T004 a segment without its time or words."""
    try:
        value: Any = parse_json(text)
    except NoJsonError:
        return None
    keys = [(key,) for key in _KEYS if key in value] if isinstance(value, dict) else [()]
    for path in keys:
        entries = value[path[0]] if path else value
        if isinstance(entries, list) and entries and _is_segment(entries[0]):
            unit = 1 if path == ("words",) and _are_milliseconds(entries) else 1000
            return _read_entries(entries, entry_positions(text, *path), Positions(text, file), unit)
    is_empty = bool(keys) and all(path and value[path[0]] == [] for path in keys)
    return Parsed(()) if is_empty else None


def _is_segment(entry: object) -> bool:
    is_object = isinstance(entry, dict) and "body" not in entry and "startTime" not in entry
    return is_object and _text_of(entry) is not None and _times_of(entry) is not None


def _are_milliseconds(words: Sequence[Any]) -> bool:
    """Tell whether words last so long in seconds that their times, as AssemblyAI writes them, are milliseconds."""
    times = [_times_of(word) for word in words if isinstance(word, dict)]
    lengths = [(end - start).total_seconds() for start, end in filter(None, times) if end is not None]
    return bool(lengths) and median(lengths) > _LONGEST_WORD


def _read_entries(entries: Sequence[Any], starts: Sequence[int], positions: Positions, unit: int) -> Reading:
    cues: list[Cue] = []
    broken = []
    for number, (entry, at) in enumerate(zip(entries, starts, strict=True), 1):
        times = _times_of(entry, unit) if isinstance(entry, dict) else None
        words = _text_of(entry) if isinstance(entry, dict) else None
        if times is None or words is None:
            message = f"segment {number} has no {'words' if times else 'time'}"
            broken.append(make_error("T004", message, "export the transcript again", positions.locate(at)))
        elif text := clean(words):
            start, end = times
            cues.append(Cue(start=start, end=end, text=text, speaker=_speaker_of(entry), at=at, end_at=at))
    return Parsed(() if broken else tuple(cues), tuple(broken))


def _text_of(entry: Any) -> str | None:  # noqa: ANN401 - an object of JSON
    text = entry.get("text", entry.get("word"))
    return text if isinstance(text, str) else None


def _times_of(entry: Any, unit: int = 1000) -> tuple[timedelta, timedelta | None] | None:  # noqa: ANN401 - an object of JSON
    """Return start and end: in units of so many milliseconds, in a pair of them, or as whisper.cpp writes them."""
    written = (entry.get("start"), entry.get("end"))
    if isinstance(offsets := entry.get("offsets"), dict):
        written, unit = (offsets.get("from"), offsets.get("to")), 1
    elif isinstance(pair := entry.get("timestamp"), list) and len(pair) == len(written):
        written = (pair[0], pair[1])
    start, end = (_moment(number, unit) for number in written)
    return None if start is None or (end is None and written[1] is not None) else (start, end)


def _moment(number: object, unit: int) -> timedelta | None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    milliseconds = number * unit
    return timedelta(milliseconds=round(milliseconds)) if 0 <= milliseconds < LONGEST / MILLISECOND else None


def _speaker_of(entry: Any) -> str | None:  # noqa: ANN401 - an object of JSON
    """Return who speaks; WhisperX knows it of words where it does not of all."""
    words = entry.get("words")
    inner = [word.get("speaker") for word in words if isinstance(word, dict)] if isinstance(words, list) else []
    name = next((name for name in (entry.get("speaker"), *inner) if isinstance(name, str)), "")
    return clean(name) or None
