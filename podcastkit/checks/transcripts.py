"""Rules about transcripts and their audio: T1xx. The reader of a transcript reports the errors in the file."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.phrases import decode_entities, find_entity, join_names
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
"""The usual start of a timeline in a video editor."""
_SUFFIXES_WITH_ENTITIES = frozenset({".vtt", ".html"})
"""The formats that have HTML entities."""
_MAX_RATIO = 2
"""The audio may be this many times as long as the transcript."""
_MAX_COLUMNS = {".vtt": VTT_LINE, ".srt": SRT_LINE}
"""The maximum line length of each format with times."""
_LINE_END = re.compile(r"\r\n?|\n")
"""The line ends of editors and apps. str.splitlines also splits at other characters."""
_MARKUP = re.compile(r"<[^<>]*>")


@episode_rule("T101", Severity.WARNING)
def check_transcript_end(episode: Episode) -> Iterator[Found]:
    """A transcript continues after the end of the audio.

    It belongs to another episode or to an earlier cut, so apps show listeners text that does not match the audio.

    **Solution**: export the transcript of the published audio. Video editors begin their timelines at 01:00:00; set
    this to 00:00:00 before the export.
    """
    for document, end, length in _list_timed_transcripts(episode):
        if end > length + _TOLERANCE:
            may_begin_at_one_hour = _TIMELINE_START <= end <= _TIMELINE_START + length + _TOLERANCE
            advice = (
                "; if its times begin at 01:00:00, set the start of the timeline in your editor to 0"
                if may_begin_at_one_hour
                else ""
            )
            yield Found(
                message=f"{_format_name(document)} continues until {format_hours(end)}, "
                f"but the audio ends at {format_hours(length)}",
                hint=f"export the transcript of this audio{advice}",
                at=document.source,
                location=document.ending,
            )


@episode_rule("T102", Severity.WARNING)
def check_transcript_is_complete(episode: Episode) -> Iterator[Found]:
    """A transcript ends in the first half of the audio.

    Listeners who cannot hear miss the rest.

    **Solution**: export the complete transcript.
    """
    for document, end, length in _list_timed_transcripts(episode):
        if end * _MAX_RATIO < length and not document.is_open:
            yield Found(
                message=f"{_format_name(document)} ends at {format_hours(end)}, "
                f"but the audio continues until {format_hours(length)}",
                hint="export the complete transcript",
                at=document.source,
                location=document.ending,
            )


@episode_rule("T015", Severity.WARNING)
def check_html_entities(episode: Episode) -> Iterator[Found]:
    """A transcript contains an HTML entity such as `&#39;`.

    In SRT, JSON and plain text, listeners see it literally: `don&#39;t`. In WebVTT and HTML, they see an entity
    that was encoded twice. Some programs that download subtitles write such entities.

    **Solution**: export the transcript again, or replace the entities by the characters they stand for.

    Source: Podcast namespace, transcripts; WebVTT, section 4.2.2, and HTML have entities, but SRT and JSON do not.
    """
    for document in episode.transcripts:
        text = document.body.decode(errors="replace") if document.source else ""
        supports_entities = document.suffix in _SUFFIXES_WITH_ENTITIES
        # In a format with entities, only an entity that was encoded twice is visible.
        if found := find_entity(html.unescape(text) if supports_entities else text):
            written_entity = found[0].replace("&", "&amp;") if supports_entities else found[0]
            line = text.partition(written_entity)[0].count("\n") + 1
            yield Found(
                message=f"apps show {found[0]} literally",
                hint=f"write {quote(decode_entities(found[0]))}, or export the transcript again",
                location=Location(file=document.source or "", line=line, column=1),
            )


@show_rule("T103", Severity.INFO, "apple", "psp1")
def check_transcripts_exist(show: Show) -> Iterator[Found]:
    """Episodes have no transcript.

    Listeners who cannot hear are left out, and no search finds the words of the episode. Apple creates its own
    transcript, in which names are often wrong.

    **Solution**: put `transcript.vtt` into the episode folder. Most recording programs can export it.

    Source: PSP-1, item: `podcast:transcript` is recommended; Apple, Transcripts (support page 5316).
    """
    missing = [
        episode.folder
        for episode in show.episodes
        if not (episode.transcripts or episode.stays_in or episode.type is EpisodeType.TRAILER)
    ]
    # Other findings already report the errors in transcripts that exist.
    reported = {finding.episode for finding in show.diagnostics if finding.code.startswith("T")}
    if unreported := [folder for folder in missing if folder not in reported]:
        yield Found(
            message=f"there is no transcript of {join_names(unreported)}",
            hint="put transcript.vtt or transcript.srt into the episode folder",
        )


@episode_rule("T104", Severity.INFO, "apple")
def check_transcript_times(episode: Episode) -> Iterator[Found]:
    """The only transcripts of an episode are plain text or HTML without times.

    Apple shows listeners only WebVTT and SRT, which follow the audio. If both are missing, it creates its own
    transcript.

    **Solution**: export the transcript as WebVTT or SRT, too.

    Source: Apple, Transcripts (support page 5316); podcast namespace, transcripts: prefer WebVTT.
    """
    if episode.transcripts and not any(document.suffix in _MAX_COLUMNS for document in episode.transcripts):
        yield Found(
            message="the transcripts have no times, but Apple shows only transcripts with times",
            hint="export the transcript as WebVTT or SRT, too, and put the file into the same folder",
            at=episode.transcripts[0].source,
        )


@episode_rule("T105", Severity.INFO, "podcasting20")
def check_line_lengths(episode: Episode) -> Iterator[Found]:
    """A line of a WebVTT file takes more than 65 columns, or a line of an SRT file more than 32.

    Apps break long lines anywhere, and listeners see three or more lines on a small screen.

    **Solution**: no action is needed if your program cannot break lines. podcastkit keeps to these limits when it
    converts other formats.

    Source: Podcast namespace, transcripts: at most 65 characters for each line of WebVTT, and 32 for SRT.
    """
    for document in episode.transcripts:
        limit = _MAX_COLUMNS.get(document.suffix)
        if limit and document.source:
            lines = _LINE_END.split(document.body.decode(errors="replace"))
            long_lines = [
                number for number, line in enumerate(lines, 1) if len(line) > limit and _is_long(line, limit)
            ]
            if long_lines:
                yield Found(
                    message=f"{_format_count(long_lines, 'line takes', 'lines take')} more than {limit} columns",
                    hint="no action is needed; shorter lines are easier to read",
                    location=Location(file=document.source, line=long_lines[0], column=1),
                )


def _is_long(line: str, limit: int) -> bool:
    """Check whether a line of spoken text takes more columns than the limit, without its markup."""
    is_text = "-->" not in line and not line.startswith(("WEBVTT", "NOTE", "STYLE", "REGION"))
    return is_text and count_columns(_MARKUP.sub("", line)) > limit


def _format_count(items: Sequence[object], singular: str, plural: str) -> str:
    return f"one {singular}" if len(items) == 1 else f"{len(items):,} {plural}"


def _list_timed_transcripts(episode: Episode) -> Iterator[tuple[Document, timedelta, timedelta]]:
    """Yield each transcript with times, the last time in it, and the duration of the audio."""
    for document in episode.transcripts:
        if episode.audio and document.source and document.end is not None:
            yield document, document.end, episode.audio.duration


def _format_name(document: Document) -> str:
    return (document.source or "").rpartition("/")[2]
