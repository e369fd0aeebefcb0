"""Rules about chapters: C003 for their order, C1xx for how apps show them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import needs_encoding
from podcastkit.media.mastering.joining import calculate_offset
from podcastkit.text.chapters.timestamps import FEWEST_CHAPTERS, has_timestamps
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Chapter, Episode, Show

_TOO_LONG_TITLE = 40
"""In characters. Spotify shows only titles that are shorter than this."""
_MIN_DISTANCE = timedelta(seconds=30)
_SECOND = timedelta(seconds=1)


@episode_rule("C003", Severity.ERROR, "podcasting20", "spotify", "apple")
def check_chapter_order(episode: Episode) -> Iterator[Found]:
    """A chapter begins before the chapter above it, or at the same time.

    Apps jump to the wrong position, or show listeners no chapters at all. Chapters that begin at the same time, for
    example because of a damaged tag, are only a warning: apps show one of them.

    **Solution**: sort the chapters by time. One of the times is probably mistyped.

    Source: Podcast namespace, JSON chapters: the list is in ascending order of `startTime`; Spotify, Timestamps.
    """
    for (_, before), (index, chapter) in pairwise(_list_visible_chapters(episode)):
        if chapter.start <= before.start:
            yield Found(
                message=f"{_format_name(chapter)} does not begin after {_format_name(before)}, "
                "the chapter above it",
                hint="sort the chapters by time; one of the times is probably mistyped",
                at=f"chapters[{index}].start",
                severity=Severity.WARNING if chapter.start == before.start else None,
            )


@episode_rule("C101", Severity.WARNING, "spotify", "apple")
def check_first_chapter(episode: Episode) -> Iterator[Found]:
    """The first chapter does not begin at 00:00.

    Spotify and Apple then show listeners no chapters.

    **Solution**: change the time of the first chapter to 00:00, or add a chapter there: `00:00 Welcome`.

    Source: Spotify, Timestamps; Apple, Chapters on Apple Podcasts (support page 5482).
    """
    visible = _list_visible_chapters(episode)
    if visible and visible[0][1].start >= _SECOND:
        yield Found(
            message=f"the first chapter, {_format_name(visible[0][1])}, does not begin at 00:00, "
            "so Spotify and Apple show no chapters",
            hint="add a chapter that begins at 00:00, such as “00:00 Welcome”",
            at=f"chapters[{visible[0][0]}].start",
        )


@episode_rule("C102", Severity.WARNING)
def check_chapters_are_in_the_audio(episode: Episode) -> Iterator[Found]:
    """A chapter begins or ends after the end of the audio.

    Listeners who tap the chapter hear nothing. Often the chapters belong to an earlier cut, or to another episode.

    **Solution**: take the times from the current audio.
    """
    length = _get_duration(episode)
    for index, chapter in enumerate(episode.chapters if length else ()):
        if length and chapter.start >= length:
            problem, part = "begins", "start"
        elif length and chapter.end and chapter.end > length + _SECOND:
            problem, part = "ends", "end"
        else:
            continue
        yield Found(
            message=f"{_format_name(chapter)} {problem} after the end of the audio "
            f"({format_minutes(length, digits=2)})",
            hint="take the times from the current audio",
            at=f"chapters[{index}].{part}",
        )


@episode_rule("C103", Severity.WARNING, "spotify", "apple", at="chapters")
def check_chapter_count(episode: Episode) -> Iterator[Found]:
    """The episode has fewer than three chapters.

    Spotify and Apple show chapters only if there are at least three.

    **Solution**: add chapters, or remove them.

    Source: Spotify, Timestamps; Apple, Chapters on Apple Podcasts (support page 5482).
    """
    count = len(_list_visible_chapters(episode))
    if 0 < count < FEWEST_CHAPTERS:
        yield Found(
            message=f"there {'is one chapter' if count == 1 else 'are two chapters'}, but Spotify and Apple "
            "show chapters only if there are at least three",
            hint="add chapters, or remove them",
        )


@episode_rule("C104", Severity.WARNING, "podcasting20", "spotify", "apple")
def check_chapter_titles(episode: Episode) -> Iterator[Found]:
    """A chapter has no title.

    Apps show listeners an empty line, or leave the chapter out.

    **Solution**: add a title, or hide the chapter on purpose: `"toc": false` in chapters.json.

    Source: Podcast namespace, JSON chapters: `title` and `toc`; Podlove Simple Chapters: `title` is required.
    """
    for index, chapter in _list_visible_chapters(episode):
        if not chapter.title:
            yield Found(
                message=f"the chapter at {format_minutes(chapter.start, digits=2)} has no title",
                hint='add a title, or hide the chapter with "toc": false in chapters.json',
                at=f"chapters[{index}].title",
            )


@episode_rule("C105", Severity.INFO, "spotify")
def check_chapter_title_length(episode: Episode) -> Iterator[Found]:
    """The title of a chapter has 40 characters or more.

    Spotify cuts it off, and car displays and watches show even less.

    **Solution**: shorten the title to a few words.

    Source: Spotify, Timestamps.
    """
    long_chapters = [
        (index, chapter)
        for index, chapter in _list_visible_chapters(episode)
        if len(chapter.title or "") >= _TOO_LONG_TITLE
    ]
    # One finding is enough: an episode may have many chapters with this problem.
    for index, chapter in long_chapters[:1]:
        yield Found(
            message=f"{_format_name(chapter)} has {len(chapter.title or '')} characters"
            f"{_format_others(long_chapters)}; "
            f"Spotify shows fewer than {_TOO_LONG_TITLE}",
            hint="shorten the title to a few words",
            at=f"chapters[{index}].title",
        )


@episode_rule("C106", Severity.INFO, "spotify")
def check_chapter_distance(episode: Episode) -> Iterator[Found]:
    """A chapter begins less than 30 seconds after the chapter before it.

    Spotify asks for at least 30 seconds and may leave out chapters that are closer.

    **Solution**: combine short chapters.

    Source: Spotify, Timestamps.
    """
    visible = _list_visible_chapters(episode)
    close_chapters = [
        (index, chapter)
        for (_, before), (index, chapter) in pairwise(visible)
        if timedelta(0) < chapter.start - before.start < _MIN_DISTANCE
    ]
    for index, chapter in close_chapters[:1]:
        yield Found(
            message=f"{_format_name(chapter)} begins less than {_MIN_DISTANCE.seconds} seconds "
            "after the chapter before it"
            f"{_format_others(close_chapters)}",
            hint="combine short chapters: Spotify may leave them out",
            at=f"chapters[{index}].start",
        )


@episode_rule("C110", Severity.WARNING, "spotify", "apple", at="notes")
def check_times_in_notes(episode: Episode, show: Show) -> Iterator[Found]:
    """The notes list times, but the intro or trimmed silence moves these moments in the published audio.

    podcastkit adjusts the times of chapters and transcripts, but does not change the text of the notes. Listeners
    who tap one of the times hear the wrong part.

    **Solution**: put the list into `chapters.txt`, with the times of your recording. podcastkit adds it to the
    notes with the right times.

    ```text
    00:00 Welcome
    03:20 The crane
    ```
    """
    if episode.audio and needs_encoding(episode.audio, show.audio):
        offset = calculate_offset(episode.audio, episode.measurement, episode.intro, show.audio)
    else:
        offset = episode.media.offset if episode.media else timedelta()
    if abs(offset) >= _SECOND / 2 and has_timestamps(episode.notes):
        when = "later" if offset > timedelta() else "earlier"
        yield Found(
            message="the notes list times, but in the published audio "
            f"everything is {abs(offset).total_seconds():.1f} s {when}",
            hint="put the list into chapters.txt: podcastkit adds it to the notes with the right times",
        )


@episode_rule("C111", Severity.WARNING, at="audio")
def check_chapters_of_the_audio_file(episode: Episode) -> Iterator[Found]:
    """The chapters in an audio file are damaged, or contradict each other.

    podcastkit publishes the chapters that it can read. Apps may show listeners other chapters, or no chapters.

    **Solution**: compare the published chapters with yours. If some are missing, export the file again, or write
    the chapters into `chapters.txt`, which replaces the chapters in the audio file.

    Source: ID3v2 Chapter Frame Addendum 1.0 (id3.org); QuickTime File Format, "Chapter lists"; Xiph, Chapter
    Extension.
    """
    # Chapters from another file replace those of the audio file.
    chosen_location = episode.locations.get("chapters")
    if episode.audio is None or (chosen_location and chosen_location != episode.locations.get("audio")):
        return
    for problem in episode.audio.unread_chapters:
        yield Found(
            message=problem,
            hint="compare the published chapters with yours; if some are missing, write them into chapters.txt",
        )


def _list_visible_chapters(episode: Episode) -> list[tuple[int, Chapter]]:
    """Return the chapters that listeners see, each with its index among all chapters."""
    return [(index, chapter) for index, chapter in enumerate(episode.chapters) if not chapter.hidden]


def _format_name(chapter: Chapter) -> str:
    return f"“{chapter.title}”" if chapter.title else f"the chapter at {format_minutes(chapter.start, digits=2)}"


def _format_others(chapters: Sequence[object]) -> str:
    return f" (and {len(chapters) - 1} more like this)" if len(chapters) > 1 else ""


def _get_duration(episode: Episode) -> timedelta | None:
    source = episode.audio or episode.media
    return source.duration if source else None
