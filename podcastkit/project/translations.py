"""A show in the words of another language: `[translations.es]`, `notes.es.md` and the same episodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.project.artwork import read_picture
from podcastkit.project.episode_reader import disclose_ai
from podcastkit.project.episode_texts import (
    chapters_in_notes,
    notes_place,
    read_chapter_file,
    read_notes,
    render_value,
)
from podcastkit.project.front_matter import KEYS
from podcastkit.text.chapters.timestamps import add_chapters
from podcastkit.text.folder_name import clean_title
from podcastkit.text.notes.convert import join_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.model import Episode, Show, Text
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_context import ShowContext
    from podcastkit.project.show_file import Translation
    from podcastkit.text.chapters.json import Chapters

_TRANSLATED = frozenset({"title", "summary", "link", "guid", "number_display"})
"""The keys that front matter has in another language; all others are the episode's, whatever its words."""


def translate(
    context: ShowContext, show: Show, language: str, words: Translation, folders: Mapping[str, EpisodeFolder]
) -> Show:
    """Return the show in another language. What is not translated stays in the words of the original.

    Its findings hold those of the original, since what is wrong there is wrong here too; `folders` are by name.
    """
    found: list[Diagnostic] = []
    place = f"translations.{language}.".casefold()
    own = {key[len(place) :]: at for key, at in show.locations.items() if key.casefold().startswith(place)}
    named = words.artwork
    artwork = read_picture(context, (context.folder / named,), own.get("artwork"), found) if named else None
    footer = _render(words.footer, own.get("footer"), found) or context.footer
    # What the producer calls the rhythm is in the words of the original.
    schedule = show.schedule and replace(show.schedule, text=None)
    read = [_translate_episode(context, one, language, folders[one.folder], footer) for one in show.episodes]
    return replace(
        show,
        language=language,
        spoken=show.language,
        translation=language,
        title=words.title or show.title,
        description=_render(words.description, own.get("description"), found) or show.description,
        author=words.author or show.author,
        link=words.link or show.link,
        copyright=words.copyright or show.copyright,
        season_name=words.season_name or show.season_name,
        artwork=artwork or show.artwork,
        guid=words.guid,
        new_feed_url=words.new_feed_url,  # following the original's, subscribers would end up in its language
        schedule=schedule,
        txt=(*words.txt, *disclose_ai(context.show_file.ai_content)) if words.txt else show.txt,
        funding=words.funding or show.funding,
        episodes=tuple(episode for episode, _ in read),
        locations={**show.locations, **own},
        diagnostics=(*show.diagnostics, *found, *(finding for _, findings in read for finding in findings)),
    )


def _render(markdown: str | None, at: Location | None, found: list[Diagnostic]) -> Text | None:
    if markdown is None or at is None:
        return None
    return render_value(markdown, at, found)


def _translate_episode(
    context: ShowContext, episode: Episode, language: str, folder: EpisodeFolder, footer: Text | None
) -> tuple[Episode, tuple[Diagnostic, ...]]:
    found: list[Diagnostic] = []
    transcripts = tuple(sorted(episode.transcripts, key=lambda document: document.language != language))
    translated = replace(episode, guid=None, record=None, transcripts=transcripts)
    listed = _in_language(folder.translated_chapters, language)
    if listed:
        chapters = read_chapter_file(context, listed, folder.name, found)
        translated = _with_chapters(translated, chapters)
    notes = _in_language(folder.translations, language)
    if notes:
        translated = _with_notes(context, translated, notes, footer, found, has_chapters=bool(listed))
    else:
        found.append(_untranslated(episode, language))
    return translated, tuple(replace(finding, episode=episode.folder) for finding in found)


def _in_language(files: Iterable[tuple[Path, str]], language: str) -> list[Path]:
    return [path for path, written in files if written == language]


def _with_chapters(episode: Episode, chapters: Chapters) -> Episode:
    others = {key: where for key, where in episode.locations.items() if not key.startswith("chapters")}
    locations = {**others, **chapters.locations}
    return replace(episode, chapters=chapters.listed, chapters_file=chapters.document, locations=locations)


def _with_notes(
    context: ShowContext,
    episode: Episode,
    files: Sequence[Path],
    footer: Text | None,
    found: list[Diagnostic],
    *,
    has_chapters: bool,
) -> Episode:
    front, notes = read_notes(context, files, episode.folder, found)
    at = Location(file=context.relative(files[0]))
    found += _idle_keys(front, at.file)
    title = front.title or notes.heading
    if title is None:
        found.append(_untitled(at))
    own = None if has_chapters else chapters_in_notes(front, notes, at.file)
    if own:
        episode = _with_chapters(episode, own)
    text = add_chapters(notes.text, episode.chapters)
    heading = {"title": notes.heading_location} if notes.heading_location else {}
    return replace(
        episode,
        guid=front.guid,
        title=clean_title(title, episode.number) if title else episode.title,
        notes=join_texts(text, footer) if footer else text,
        summary=front.summary,
        link=front.link or episode.link,
        number_display=front.number_display or episode.number_display,
        locations={**episode.locations, "notes": notes_place(front, at.file), **heading, **front.locations},
    )


def _untitled(at: Location) -> Diagnostic:
    return Diagnostic(
        code="N161",
        severity=Severity.WARNING,
        message=f"{at.file} has no title, so the feed has that of the original",
        hint="write title: … at its top, or begin it with a # heading",
        location=at,
    )


def _untranslated(episode: Episode, language: str) -> Diagnostic:
    return Diagnostic(
        code="N160",
        severity=Severity.WARNING,
        message=f"there is no notes.{language}.md: the feed in {language} has the words of the original",
        hint=f"write notes.{language}.md beside notes.md, with its title at the top",
        location=Location(file=episode.folder),
        episode=episode.folder,
    )


def _idle_keys(front: FrontMatter, file: str) -> Iterator[Diagnostic]:
    written = {name.partition("[")[0].partition(".")[0] for name in front.locations}
    for key in sorted((written & KEYS) - _TRANSLATED):  # an unknown one is told as that
        yield Diagnostic(
            code="E160",
            severity=Severity.WARNING,
            message=f"{key} means nothing in {file}: the episode has one for all languages",
            hint="write it into the notes of the original, or remove it",
            location=front.locations.get(key) or Location(file=file),
        )
