"""Rules about transcripts beside their audio: T1xx. What is wrong in a file is found on reading it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule
from podcastkit.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Document, Episode, Show

_TOLERANCE = timedelta(seconds=2)
_SMALLEST_SHARE = 2


@episode_rule("T101", Severity.WARNING)
def transcript_ends_with_audio(episode: Episode, show: Show) -> Iterator[Found]:
    """A transcript goes on after the audio has ended.

    It is another episode's, or it was made of an earlier cut: then apps show words that are not being said.

    **Solution**: export the transcript of the audio as it is published.
    """
    del show
    for document, end, length in _timed(episode):
        if end > length + _TOLERANCE:
            yield Found(
                message=f"{_name(document)} goes on until {_say(end)}, but the audio ends at {_say(length)}",
                hint="export the transcript of this very audio",
                at=document.source,
                location=document.ending,
            )


@episode_rule("T102", Severity.WARNING)
def transcript_covers_audio(episode: Episode, show: Show) -> Iterator[Found]:
    """A transcript ends before half of the audio was heard.

    Who cannot hear misses the rest.

    **Solution**: export all of it.
    """
    del show
    for document, end, length in _timed(episode):
        if end * _SMALLEST_SHARE < length and not document.is_open:
            yield Found(
                message=f"{_name(document)} ends at {_say(end)}, but the audio goes on until {_say(length)}",
                hint="export all of it",
                at=document.source,
                location=document.ending,
            )


def _timed(episode: Episode) -> Iterator[tuple[Document, timedelta, timedelta]]:
    """Yield each transcript with times, its end and the audio's."""
    for document in episode.transcripts:
        if episode.audio and document.source and document.end is not None:
            yield document, document.end, episode.audio.duration


def _name(document: Document) -> str:
    return (document.source or "").rpartition("/")[2]


def _say(moment: timedelta) -> str:
    return str(moment - timedelta(microseconds=moment.microseconds))
