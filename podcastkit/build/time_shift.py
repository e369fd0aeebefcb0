"""Convert the times of chapters, transcripts and soundbites from the master to the published audio."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.media.encoding import is_trimmed
from podcastkit.text.chapters.json import shift_chapter_file, shift_chapters
from podcastkit.text.chapters.timestamps import replace_chapter_list
from podcastkit.text.transcripts.reader import shift_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.model import Episode, Media, Soundbite


def shift_episode(episode: Episode, media: Media) -> Episode:
    """Shift the chapters, transcripts and soundbites of an episode by the offset of its published audio.

    Chapters and soundbites after the end, where silence was trimmed, are left out. The chapter list that podcastkit
    adds to the notes is shifted as well; times that the producer wrote in the notes are not.
    """
    # Without an offset and without trimming, all times stay the same.
    if not (media.offset or is_trimmed(media.recipe)):
        return episode
    offset, end = media.offset, media.duration
    transcripts = episode.transcripts
    if offset:
        transcripts = tuple(shift_transcript(document, offset) for document in transcripts)
    chapters = shift_chapters(episode.chapters, offset, end)
    chapters_file = episode.chapters_file if chapters else None
    return replace(
        episode,
        notes=replace_chapter_list(episode.notes, episode.chapters, chapters),
        chapters=chapters,
        chapters_file=shift_chapter_file(chapters_file, offset, end) if chapters_file else None,
        transcripts=transcripts,
        soundbites=tuple(_shift_soundbites(episode.soundbites, offset, end)),
    )


def _shift_soundbites(soundbites: Iterable[Soundbite], offset: timedelta, end: timedelta) -> Iterator[Soundbite]:
    """Yield the soundbites, cut to the published audio. Skip soundbites outside it."""
    for bite in soundbites:
        start = max(bite.start + offset, timedelta())
        stop = min(bite.end + offset, end)
        if stop > start:
            yield replace(bite, start=start, duration=stop - start)
