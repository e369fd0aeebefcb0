"""Read the JSON of Whisper, as openai-whisper, whisper.cpp, faster-whisper, WhisperX and transformers write it.

The JSON of AssemblyAI is read too: it has the same keys, with times in milliseconds. Neither is the format of the
podcast namespace, so `json.write_segments` writes the published file.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Parsed, make_error
from podcastkit.text.syntax.json import InvalidJsonError, find_entry_positions, parse_json
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.transcripts.cues import MAX_TIME, MILLISECOND, Cue, clean_cue_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.text.transcripts.cues import Reading

_LIST_KEYS = ("segments", "transcription", "chunks", "words", "word_segments")
"""Possible keys of the list of segments, the best first. The JSON of faster-whisper can be a list without a key."""
_MAX_WORD_LENGTH = 20
"""The longest usual word in seconds; if words are longer, their times are in milliseconds."""


def read_whisper(text: str, file: str) -> Reading | None:
    """Read the JSON of Whisper, or return None for other text. Errors: T004 for a segment without time or text."""
    try:
        value: Any = parse_json(text)
    except InvalidJsonError:
        return None
    # The empty path is a list without a key.
    paths = [(key,) for key in _LIST_KEYS if key in value] if isinstance(value, dict) else [()]
    for path in paths:
        entries = value[path[0]] if path else value
        if isinstance(entries, list) and entries and _is_segment(entries[0]):
            unit = 1 if path == ("words",) and _are_milliseconds(entries) else 1000
            return _read_entries(entries, find_entry_positions(text, *path), Positions(text, file), unit)
    is_empty = bool(paths) and all(path and value[path[0]] == [] for path in paths)
    return Parsed(()) if is_empty else None


def _is_segment(entry: object) -> bool:
    is_object = isinstance(entry, dict) and "body" not in entry and "startTime" not in entry
    return is_object and _get_text(entry) is not None and _get_times(entry) is not None


def _are_milliseconds(words: Sequence[Any]) -> bool:
    """Return whether the times of words are in milliseconds (AssemblyAI): as seconds, they would be too long."""
    times = [_get_times(word) for word in words if isinstance(word, dict)]
    lengths = [(end - start).total_seconds() for start, end in filter(None, times) if end is not None]
    return bool(lengths) and median(lengths) > _MAX_WORD_LENGTH


def _read_entries(entries: Sequence[Any], starts: Sequence[int], positions: Positions, unit: int) -> Reading:
    cues: list[Cue] = []
    findings = []
    for number, (entry, at) in enumerate(zip(entries, starts, strict=True), 1):
        times = _get_times(entry, unit) if isinstance(entry, dict) else None
        entry_text = _get_text(entry) if isinstance(entry, dict) else None
        if times is None or entry_text is None:
            message = f"segment {number} has no {'text' if times else 'time'}"
            findings.append(make_error("T004", message, "export the transcript again", positions.locate(at)))
        elif clean_text := clean_cue_text(entry_text):
            start, end = times
            cues.append(Cue(start=start, end=end, text=clean_text, speaker=_get_speaker(entry), at=at, end_at=at))
    return Parsed(() if findings else tuple(cues), tuple(findings))


def _get_text(entry: Any) -> str | None:  # noqa: ANN401 - an object of JSON
    text = entry.get("text", entry.get("word"))
    return text if isinstance(text, str) else None


def _get_times(entry: Any, unit: int = 1000) -> tuple[timedelta, timedelta | None] | None:  # noqa: ANN401 - an object of JSON
    """Return the start and end of an entry: from its keys, from a pair, or from the offsets of whisper.cpp.

    `unit` is the number of milliseconds per unit of time. Return None if a time is invalid or there is no start.
    """
    written = (entry.get("start"), entry.get("end"))
    if isinstance(offsets := entry.get("offsets"), dict):
        written, unit = (offsets.get("from"), offsets.get("to")), 1
    elif isinstance(pair := entry.get("timestamp"), list) and len(pair) == len(written):
        written = (pair[0], pair[1])
    start, end = (_to_time(number, unit) for number in written)
    return None if start is None or (end is None and written[1] is not None) else (start, end)


def _to_time(number: object, unit: int) -> timedelta | None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    milliseconds = number * unit
    return timedelta(milliseconds=round(milliseconds)) if 0 <= milliseconds < MAX_TIME / MILLISECOND else None


def _get_speaker(entry: Any) -> str | None:  # noqa: ANN401 - an object of JSON
    """Return the speaker of an entry, or else of its words: WhisperX sometimes names only the speakers of words."""
    words = entry.get("words")
    word_speakers = (
        [word.get("speaker") for word in words if isinstance(word, dict)] if isinstance(words, list) else []
    )
    name = next((name for name in (entry.get("speaker"), *word_speakers) if isinstance(name, str)), "")
    return clean_cue_text(name) or None
