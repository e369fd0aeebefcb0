"""Read and write JSON transcripts (podcast namespace).

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md#json
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Parsed, make_error
from podcastkit.text.json_list import ListFormat, Source, read_list
from podcastkit.text.syntax.json import find_value_position, write_json
from podcastkit.text.terminal import count_columns
from podcastkit.text.transcripts.cues import MAX_TIME, START, Cue, clean_cue_text
from podcastkit.text.transcripts.whisper import read_whisper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.text.json_list import Entry
    from podcastkit.text.transcripts.cues import Part, Reading

_FORMAT = ListFormat(
    code="T001",
    key="segments",
    version="1.0.0",
    instead="fix the error there, or export the transcript as WebVTT",
    example='write {"version": "1.0.0", "segments": '
    '[{"speaker": "Ana", "startTime": 0.5, "endTime": 2, "body": "Hi"}]}',
)
_MAX_PHRASE = 64
"""The maximum width of a phrase in columns."""
_TIME_KEYS = frozenset({"startTime", "endTime"})
_MAX_PAUSE = timedelta(seconds=1)
"""The longest pause inside a phrase."""
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*\Z")  # noqa: RUF001 - full-width marks end sentences too


def read_segments(text: str, file: str) -> Reading:
    """Read a JSON transcript, including those of Whisper; join words that have their own times into phrases.

    Errors: T001 for another format, T004 for an invalid segment.
    """
    if whisper := read_whisper(text, file):
        return Parsed(tuple(_join_phrases(whisper.value)), whisper.findings)
    source = Source(text, file)
    segments, findings = read_list(source, _FORMAT)
    broken = tuple(_check_segments(segments or (), source))
    if segments is None or findings or broken:
        return Parsed((), (*findings, *broken))
    return Parsed(tuple(_join_phrases(_make_cue(segment, at) for segment, at in segments)))


def write_segments(cues: Iterable[Cue]) -> bytes:
    """Write cues as a JSON transcript of the podcast namespace."""
    segments = [
        {
            **({"speaker": cue.speaker} if cue.speaker else {}),
            "startTime": cue.start.total_seconds(),
            **({"endTime": cue.end.total_seconds()} if cue.end else {}),
            "body": cue.text,
        }
        for cue in cues
    ]
    return write_json({"version": _FORMAT.version, "segments": segments}).encode()


def is_namespace_format(text: str) -> bool:
    """Return whether JSON that `read_segments` accepts is in the podcast namespace's format, not in Whisper's."""
    return '"body"' in text and '"startTime"' in text


def shift_segments(text: str, offset: timedelta) -> str:
    """Shift the times of JSON that `read_segments` accepts; drop segments that end at or before 0."""
    value: Any = json.loads(text, object_hook=partial(_shift_times, offset=offset.total_seconds()))
    value["segments"] = [segment for segment in value["segments"] if segment.get("endTime") != 0]
    return write_json(value)


def find_time(text: str, at: int, part: Part) -> int:
    """Return the position of the start or end time in the segment that begins at `at`."""
    return find_value_position(text, "startTime" if part == START else "endTime", start=at)


def _shift_times(fields: dict[str, Any], offset: float) -> dict[str, Any]:
    """Shift the times of a segment, or of a word inside it, by `offset` seconds. Some programs write such words."""
    for key in _TIME_KEYS & fields.keys():
        if _is_time(fields[key]):
            fields[key] = max(round(fields[key] + offset, 3), 0)
    return fields


def _check_segments(segments: Iterable[Entry], source: Source) -> Iterator[Diagnostic]:
    for number, (segment, at) in enumerate(segments, 1):
        if segment_error := _find_segment_error(segment):
            key, message, fix = segment_error
            where = source.locate(key, start=at)
            yield make_error("T004", f"segment {number} {message}", fix, where)


def _find_segment_error(segment: object) -> tuple[str, str, str] | None:
    """Return the first error in a segment: the key, the message and the fix. Return None for a valid segment."""
    if not isinstance(segment, dict):
        return "", "is not an object", 'write it as {"startTime": 0.5, "endTime": 2, "body": "Hi"}'
    if not _is_time(segment.get("startTime")):
        fix = 'write "startTime" as a number such as 62.5, without quotes'
        return "startTime", 'has no "startTime" in seconds', fix
    if segment.get("endTime") is not None and not _is_time(segment["endTime"]):
        fix = "write it as a number such as 62.5, without quotes"
        return "endTime", 'has an "endTime" that is not a time in seconds', fix
    if not isinstance(segment.get("body"), str):
        return "body", 'has no "body"', 'write the spoken text as its "body"'
    if not isinstance(segment.get("speaker") or "", str):
        return "speaker", 'has a "speaker" that is not text', "write the name in quotes, or leave it out"
    return None


def _is_time(value: object) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 <= value < MAX_TIME.total_seconds()  # type: ignore[operator] # checked in the line above


def _make_cue(segment: Any, at: int) -> Cue:  # noqa: ANN401 - a segment without errors
    end = segment.get("endTime")
    return Cue(
        start=_to_time(segment["startTime"]),
        end=None if end is None else _to_time(end),
        text=clean_cue_text(str(segment["body"])),
        speaker=clean_cue_text(str(segment.get("speaker") or "")) or None,
        at=at,
        end_at=at,
    )


def _to_time(seconds: object) -> timedelta:
    return timedelta(milliseconds=round(float(seconds) * 1000))  # type: ignore[arg-type] # a number: see _is_time


def _join_phrases(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Join the cues of one speaker until there is a pause, the end of a sentence, or a full line."""
    phrase: Cue | None = None
    for cue in cues:
        if not cue.text:
            continue
        if phrase is None or not _continues_phrase(phrase, cue):
            if phrase:
                yield phrase
            phrase = cue
        else:
            phrase = replace(phrase, end=cue.end, end_at=cue.end_at, text=_join_texts(phrase.text, cue.text))
    if phrase:
        yield phrase


def _continues_phrase(before: Cue, cue: Cue) -> bool:
    """Return whether a cue continues the phrase of the cues before."""
    return (
        cue.speaker in {before.speaker, None}
        and timedelta() <= cue.start - (before.end or cue.start) <= _MAX_PAUSE
        and cue.start >= before.start
        and not _SENTENCE_END.search(before.text)
        and count_columns(f"{before.text} {cue.text}") <= _MAX_PHRASE
    )


def _join_texts(before: str, text: str) -> str:
    """Join two texts with a space, except between characters of a script without spaces, such as Chinese."""
    is_wide = count_columns(before[-1]) > 1 and count_columns(text[0]) > 1
    return before + text if is_wide else f"{before} {text}"
