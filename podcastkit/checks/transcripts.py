"""Rules about transcripts beside their audio: T1xx. What is wrong in a file is found on reading it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity, name_some
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Location, Severity
from podcastkit.model import EpisodeType
from podcastkit.text.quoting import quote
from podcastkit.text.terminal import count_columns
from podcastkit.text.timecodes import format_hours
from podcastkit.text.transcripts.writer import SRT_LINE, VTT_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Document, Episode, Show

_TOLERANCE = timedelta(seconds=2)
_TIMELINE_START = timedelta(hours=1)
"""Where the timelines of video editors begin."""
_HAVE_ENTITIES = frozenset({".vtt", ".html"})
_SMALLEST_SHARE = 2
_LINE = {".vtt": VTT_LINE, ".srt": SRT_LINE}
_LINE_END = re.compile(r"\r\n?|\n")
"""As editors and apps count lines, unlike str.splitlines."""
_MARKUP = re.compile(r"<[^<>]*>")


@episode_rule("T101", Severity.WARNING)
def transcript_ends_with_audio(episode: Episode) -> Iterator[Found]:
    """A transcript goes on after the audio has ended.

    It is another episode's, or it was made of an earlier cut: then apps show words that are not being said.

    **Solution**: export the transcript of the audio as it is published. Video editors let their timelines begin at
    01:00:00; set that to 00:00:00 before the export.
    """
    for document, end, length in _timed(episode):
        if end > length + _TOLERANCE:
            may_be_late = _TIMELINE_START <= end <= _TIMELINE_START + length + _TOLERANCE
            also = "; if its times begin at 01:00:00, let the editor's timeline begin at 0" if may_be_late else ""
            yield Found(
                message=f"{_name(document)} goes on until {format_hours(end)}, "
                f"but the audio ends at {format_hours(length)}",
                hint=f"export the transcript of this very audio{also}",
                at=document.source,
                location=document.ending,
            )


@episode_rule("T102", Severity.WARNING)
def transcript_covers_audio(episode: Episode) -> Iterator[Found]:
    """A transcript ends before half of the audio was heard.

    Who cannot hear misses the rest.

    **Solution**: export all of it.
    """
    for document, end, length in _timed(episode):
        if end * _SMALLEST_SHARE < length and not document.is_open:
            yield Found(
                message=f"{_name(document)} ends at {format_hours(end)}, "
                f"but the audio goes on until {format_hours(length)}",
                hint="export all of it",
                at=document.source,
                location=document.ending,
            )


@episode_rule("T015", Severity.WARNING)
def transcripts_hold_no_html_entity(episode: Episode) -> Iterator[Found]:
    """The words of a transcript have an HTML entity such as `&#39;`.

    Apps show `don&#39;t` in SRT, JSON and plain text as it is written, and in WebVTT and HTML what was encoded
    twice. Some programs that download subtitles write them so.

    **Solution**: export the transcript again, or replace all of them by the characters.

    Source: Podcast namespace, transcripts; WebVTT, section 4.2.2, and HTML have entities, SRT and JSON have none.
    """
    for document in episode.transcripts:
        text = document.body.decode(errors="replace") if document.source else ""
        has_entities = document.suffix in _HAVE_ENTITIES
        if found := find_entity(html.unescape(text) if has_entities else text):
            written = found[0].replace("&", "&amp;") if has_entities else found[0]
            line = text.partition(written)[0].count("\n") + 1
            yield Found(
                message=f"apps show {found[0]} as it is written",
                hint=f"write {quote(decode_entities(found[0]))}, or export the transcript again",
                location=Location(file=document.source or "", line=line, column=1),
            )


@show_rule("T103", Severity.INFO, "apple", "psp1")
def episodes_have_transcripts(show: Show) -> Iterator[Found]:
    """Episodes have no transcript.

    Who cannot hear is left out, and nobody finds by a search what was said. Apple makes one of its own, in which
    names are often wrong.

    **Solution**: put `transcript.vtt` into the episode's folder. Most recording programs write one.

    Source: PSP-1, item: `podcast:transcript` is recommended; Apple, Transcripts (support page 5316).
    """
    without = [
        episode.folder
        for episode in show.episodes
        if not (episode.transcripts or episode.stays_in or episode.type is EpisodeType.TRAILER)
    ]
    # What is wrong with a transcript that is there has been told.
    broken = {found.episode for found in show.diagnostics if found.code.startswith("T")}
    if without := [folder for folder in without if folder not in broken]:
        yield Found(
            message=f"there is no transcript of {name_some(without)}",
            hint="put transcript.vtt, or .srt, into the episode's folder",
        )


@episode_rule("T104", Severity.INFO, "apple")
def transcripts_have_times(episode: Episode) -> Iterator[Found]:
    """The only transcripts are plain text or HTML without times.

    Apple reads WebVTT and SRT alone, which show what is being said, and makes a transcript of its own instead.

    **Solution**: export it as WebVTT or SRT, too.

    Source: Apple, Transcripts (support page 5316); podcast namespace, transcripts: if there is one, WebVTT.
    """
    if episode.transcripts and not any(document.suffix in _LINE for document in episode.transcripts):
        yield Found(
            message="what it has of transcripts has no times, and Apple shows only those that have",
            hint="export it as WebVTT or SRT, and put that beside it",
            at=episode.transcripts[0].source,
        )


@episode_rule("T105", Severity.INFO, "podcasting20")
def lines_of_transcripts_are_short(episode: Episode) -> Iterator[Found]:
    """Lines of a WebVTT file take more than 65 columns, or lines of an SRT file more than 32.

    Apps break them where they please, over three and more lines on a small screen.

    **Solution**: nothing, if your program cannot do better. What podcastkit makes of other formats keeps to it.

    Source: Podcast namespace, transcripts: at most 65 characters in a line of WebVTT, 32 in one of SRT.
    """
    for document in episode.transcripts:
        limit = _LINE.get(document.suffix)
        if limit and document.source:
            lines = _LINE_END.split(document.body.decode(errors="replace"))
            long = [number for number, line in enumerate(lines, 1) if len(line) > limit and _is_long(line, limit)]
            if long:
                yield Found(
                    message=f"{_count(long, 'line takes', 'lines take')} more than {limit} columns",
                    hint="nothing needs to be done; a program that can break lines makes them easier to read",
                    location=Location(file=document.source, line=long[0], column=1),
                )


def _is_long(line: str, limit: int) -> bool:
    is_said = "-->" not in line and not line.startswith(("WEBVTT", "NOTE", "STYLE", "REGION"))
    return is_said and count_columns(_MARKUP.sub("", line)) > limit


def _count(numbers: Sequence[int], one: str, several: str) -> str:
    return f"one {one}" if len(numbers) == 1 else f"{len(numbers):,} {several}"


def _timed(episode: Episode) -> Iterator[tuple[Document, timedelta, timedelta]]:
    """Yield each transcript with times, its end and the audio's."""
    for document in episode.transcripts:
        if episode.audio and document.source and document.end is not None:
            yield document, document.end, episode.audio.duration


def _name(document: Document) -> str:
    return (document.source or "").rpartition("/")[2]
