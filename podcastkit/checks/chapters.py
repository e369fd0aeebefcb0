"""Rules about chapters: C003 for their order, C1xx for what apps make of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import is_master
from podcastkit.media.mastering.joining import offset_of
from podcastkit.text.chapters.timestamps import FEWEST_CHAPTERS, has_timestamps
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Chapter, Episode, Show

_LONGEST_TITLE = 40
_CLOSEST = timedelta(seconds=30)
_SECOND = timedelta(seconds=1)


@episode_rule("C003", Severity.ERROR, "podcasting20", "spotify", "apple")
def chapters_ascend(episode: Episode) -> Iterator[Found]:
    """A chapter begins earlier than the one above it, or at the same moment.

    Apps jump to the wrong place, or show no chapters at all. The chapters of a damaged tag may begin at the same
    moment, which is only warned of: apps show one of the two.

    **Solution**: put the chapters in the order in which they are heard; one of the times is probably mistyped.

    Source: Podcast namespace, JSON chapters: the list is in ascending order of `startTime`; Spotify, Timestamps.
    """
    for (_, before), (index, chapter) in pairwise(_listed(episode)):
        if chapter.start <= before.start:
            yield Found(
                message=f"{_name(chapter)} begins no later than {_name(before)} above it",
                hint="put the chapters in the order in which they are heard; one of the times is probably mistyped",
                at=f"chapters[{index}].start",
                severity=Severity.WARNING if chapter.start == before.start else None,
            )


@episode_rule("C101", Severity.WARNING, "spotify", "apple")
def chapters_begin_with_the_audio(episode: Episode) -> Iterator[Found]:
    """The first chapter does not begin at 00:00.

    Spotify and Apple then show no chapters.

    **Solution**: let the first chapter begin at 00:00, or add one that does: `00:00 Welcome`.

    Source: Spotify, Timestamps; Apple, Chapters on Apple Podcasts (support page 5482).
    """
    listed = _listed(episode)
    if listed and listed[0][1].start >= _SECOND:
        yield Found(
            message=f"the first chapter, {_name(listed[0][1])}, does not begin at 00:00, so that Spotify and Apple "
            "show no chapters",
            hint="add a chapter that begins at 00:00, such as “00:00 Welcome”",
            at=f"chapters[{listed[0][0]}].start",
        )


@episode_rule("C102", Severity.WARNING)
def chapters_lie_inside_the_audio(episode: Episode) -> Iterator[Found]:
    """A chapter begins when the audio is over, or ends after it.

    Whoever taps on it hears nothing. Often the chapters are those of an earlier cut, or of another episode.

    **Solution**: take the times from the audio as it is now.
    """
    length = _length(episode)
    for index, chapter in enumerate(episode.chapters if length else ()):
        if length and chapter.start >= length:
            what, part = "begins when", "start"
        elif length and chapter.end and chapter.end > length + _SECOND:
            what, part = "ends after", "end"
        else:
            continue
        yield Found(
            message=f"{_name(chapter)} {what} the audio is over ({format_minutes(length, digits=2)})",
            hint="take the times from the audio as it is now",
            at=f"chapters[{index}].{part}",
        )


@episode_rule("C103", Severity.WARNING, "spotify", "apple", at="chapters")
def chapters_are_enough(episode: Episode) -> Iterator[Found]:
    """There are fewer than three chapters.

    Spotify and Apple show chapters only where there are three or more.

    **Solution**: add chapters, or leave them out.

    Source: Spotify, Timestamps; Apple, Chapters on Apple Podcasts (support page 5482).
    """
    count = len(_listed(episode))
    if 0 < count < FEWEST_CHAPTERS:
        yield Found(
            message=f"there {'is one chapter' if count == 1 else 'are two chapters'}; Spotify and Apple show "
            "chapters only where there are three or more",
            hint="add chapters, or leave them out",
        )


@episode_rule("C104", Severity.WARNING, "podcasting20", "spotify", "apple")
def chapters_have_titles(episode: Episode) -> Iterator[Found]:
    """A chapter has no title.

    Apps list an empty line, or leave the chapter out.

    **Solution**: give it a title, or hide it on purpose: `"toc": false` in chapters.json.

    Source: Podcast namespace, JSON chapters: `title` and `toc`; Podlove Simple Chapters: `title` is required.
    """
    for index, chapter in _listed(episode):
        if not chapter.title:
            yield Found(
                message=f"the chapter at {format_minutes(chapter.start, digits=2)} has no title",
                hint='give it a title, or hide it with "toc": false in a chapters.json',
                at=f"chapters[{index}].title",
            )


@episode_rule("C105", Severity.INFO, "spotify")
def chapter_titles_are_short(episode: Episode) -> Iterator[Found]:
    """A chapter's title has 40 characters or more.

    Spotify cuts it off, and car radios and watches show less.

    **Solution**: say it in a few words.

    Source: Spotify, Timestamps.
    """
    long = [(index, chapter) for index, chapter in _listed(episode) if len(chapter.title or "") >= _LONGEST_TITLE]
    for index, chapter in long[:1]:
        yield Found(
            message=f"{_name(chapter)} has {len(chapter.title or '')} characters{_and_others(long)}; "
            f"Spotify shows fewer than {_LONGEST_TITLE}",
            hint="say it in a few words",
            at=f"chapters[{index}].title",
        )


@episode_rule("C106", Severity.INFO, "spotify")
def chapters_are_apart(episode: Episode) -> Iterator[Found]:
    """A chapter begins less than 30 seconds after the one before.

    Spotify asks for at least 30 seconds and may leave such chapters out.

    **Solution**: join short chapters.

    Source: Spotify, Timestamps.
    """
    listed = _listed(episode)
    close = [
        (index, chapter)
        for (_, before), (index, chapter) in pairwise(listed)
        if timedelta(0) < chapter.start - before.start < _CLOSEST
    ]
    for index, chapter in close[:1]:
        yield Found(
            message=f"{_name(chapter)} begins less than {_CLOSEST.seconds} seconds after the chapter before it"
            f"{_and_others(close)}",
            hint="join short chapters: Spotify may leave them out",
            at=f"chapters[{index}].start",
        )


@episode_rule("C110", Severity.WARNING, "spotify", "apple", at="notes")
def times_in_the_notes_are_those_of_the_audio(episode: Episode, show: Show) -> Iterator[Found]:
    """The notes list times, and the intro or the cut silence moves what they speak of.

    podcastkit moves chapters and transcripts along, but leaves the words of the notes as they are written: whoever
    taps on a time hears the wrong place.

    **Solution**: put the list into `chapters.txt`, by the time of your recording: podcastkit adds it to the notes
    with the right times.

    ```text
    00:00 Welcome
    03:20 The crane
    ```
    """
    if episode.audio and is_master(episode.audio, show.audio):
        offset = offset_of(episode.audio, episode.measurement, episode.intro, show.audio)
    else:
        offset = episode.media.offset if episode.media else timedelta()
    if abs(offset) >= _SECOND / 2 and has_timestamps(episode.notes):
        when = "later" if offset > timedelta() else "earlier"
        yield Found(
            message=f"the notes list times, and listeners hear all {abs(offset).total_seconds():.1f} s {when}",
            hint="put the list into chapters.txt: podcastkit adds it to the notes with the right times",
        )


@episode_rule("C111", Severity.WARNING, at="audio")
def chapters_of_the_audio_are_readable(episode: Episode) -> Iterator[Found]:
    """The chapters inside an audio file are damaged, or contradict one another.

    podcastkit publishes those that it can read. Apps may show others, or none.

    **Solution**: compare the chapters with those that you wrote. If some are missing, export the file again, or
    write the chapters into `chapters.txt`: then those of the file do not matter.

    Source: ID3v2 Chapter Frame Addendum 1.0 (id3.org); QuickTime File Format, "Chapter lists"; Xiph, Chapter
    Extension.
    """
    chosen = episode.locations.get("chapters")
    if episode.audio is None or (chosen and chosen != episode.locations.get("audio")):
        return
    for trouble in episode.audio.unread_chapters:
        yield Found(
            message=trouble,
            hint="compare the chapters with yours; if some are missing, write them into chapters.txt",
        )


def _listed(episode: Episode) -> list[tuple[int, Chapter]]:
    """Return the chapters that listeners see, each with its place among all."""
    return [(index, chapter) for index, chapter in enumerate(episode.chapters) if not chapter.hidden]


def _name(chapter: Chapter) -> str:
    return f"“{chapter.title}”" if chapter.title else f"the chapter at {format_minutes(chapter.start, digits=2)}"


def _and_others(chapters: Sequence[object]) -> str:
    return f" ({len(chapters)} chapters in all)" if len(chapters) > 1 else ""


def _length(episode: Episode) -> timedelta | None:
    heard = episode.audio or episode.media
    return heard.duration if heard else None
