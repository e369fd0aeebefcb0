"""Read the texts of an episode: notes, chapters, transcripts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Parsed, Severity
from podcastkit.project.front_matter import FrontMatter, read_front_matter, read_front_matter_lines
from podcastkit.project.show_context import ShowContext, make_finding, read_small_file
from podcastkit.text.chapters.json import MOST_CHAPTERS, Chapters, too_many_chapters
from podcastkit.text.chapters.timestamps import (
    explain_timestamps,
    find_chapters,
    locate_timestamps,
    read_chapters,
)
from podcastkit.text.notes.convert import (
    NO_NOTES,
    Notes,
    join_texts,
    render_html,
    render_markdown,
    render_plain_text,
)
from podcastkit.text.notes.docx import read_word
from podcastkit.text.syntax.text_encoding import decode
from podcastkit.text.transcripts.reader import format_of, offer, read_transcript

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.media.cached_facts import Examined
    from podcastkit.model import Audio, Document, Text
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.show_file import ShowFile
    from podcastkit.text.transcripts.reader import Transcript


def read_notes(
    context: ShowContext, files: Sequence[Path], folder: str, found: list[Diagnostic]
) -> tuple[FrontMatter, Notes]:
    """Return what the first of some files with notes says; without one it says nothing. Adds to `found`."""
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        found.append(make_finding("N008", f"there are several notes: {names}", "keep one of them", folder))
    if not files:
        return FrontMatter(), NO_NOTES
    path = files[0]
    data = read_small_file(context, path, found)
    if data is None:
        return FrontMatter(), NO_NOTES
    file = context.relative(path)
    if path.suffix.lower() == ".docx":
        front, notes = _read_word_notes(data, file, context.show_file, found)
    else:
        front, notes = _read_text_notes(data, file, context.show_file, found)
    found += front.diagnostics
    found += notes.findings
    return front, notes.value


def read_chapter_file(
    context: ShowContext, files: Sequence[Path], folder: str, found: list[Diagnostic]
) -> Chapters:
    """Return the chapters that the first of some files lists. Adds to `found`."""
    if len(files) > 1:
        cure = "keep chapters.txt or chapters.json"
        found.append(make_finding("C005", "there are two files with chapters", cure, folder))
    data = read_small_file(context, files[0], found)
    if data is None:
        return Chapters()
    chapters, findings = read_chapters(data, context.relative(files[0]))
    found += findings
    return chapters


def chapters_in_notes(front: FrontMatter, notes: Notes, file: str) -> Chapters | None:
    """Return the chapters that timestamps in the notes make, if they make any."""
    listed = find_chapters(notes.text.plain)
    if not listed:
        return None
    places = locate_timestamps(listed, front.body, file, front.body_line)
    beginning = places.get("chapters[0]", Location(file=file))
    return Chapters(listed=listed, locations={"chapters": beginning, **places})


def notes_place(front: FrontMatter, file: str) -> Location:
    """Return where the notes behind the front matter begin; a Word document has no lines to tell."""
    if file.lower().endswith(".docx"):
        return Location(file=file)
    blank = next((index for index, words in enumerate(front.body.split("\n")) if words.strip()), 0)
    return Location(file=file, line=front.body_line + blank, column=1)


def render_value(markdown: str, where: Location, found: list[Diagnostic]) -> Text:
    """Return what Markdown in show.toml says. Adds to `found` what is wrong in it, at its key."""
    notes, findings = render_markdown(markdown, file=where.file)
    found += (replace(finding, location=where) for finding in findings)
    return notes.text


def _read_word_notes(
    data: bytes, file: str, show_file: ShowFile, found: list[Diagnostic]
) -> tuple[FrontMatter, Parsed[Notes]]:
    word, findings = read_word(data, file)
    found += findings
    front = read_front_matter_lines(
        word.front_matter or (), file, timezone=show_file.timezone, time_of_day=show_file.time_of_day
    )
    return front, render_html(word.html, file=file)


def _read_text_notes(
    data: bytes, file: str, show_file: ShowFile, found: list[Diagnostic]
) -> tuple[FrontMatter, Parsed[Notes]]:
    text, findings = decode(data, file)
    found += findings
    front = read_front_matter(text or "", file, timezone=show_file.timezone, time_of_day=show_file.time_of_day)
    render = render_plain_text if file.lower().endswith(".txt") else render_markdown
    return front, render(front.body, file=file, first_line=front.body_line)


def add_footer(notes: Text, context: ShowContext) -> Text:
    """Return the notes followed by the show's footer."""
    return join_texts(notes, context.footer) if context.footer else notes


def choose_chapters(
    context: ShowContext,
    folder: EpisodeFolder,
    written: tuple[FrontMatter, Notes],
    heard: Examined | None,
    found: list[Diagnostic],
) -> Chapters:
    """Take the chapters from their file, else from timestamps in the notes, else from the audio's tags."""
    front, notes = written
    file = context.relative(folder.notes[0]) if folder.notes else folder.name
    if trouble := explain_timestamps(notes.text.plain):
        reason, chapter = trouble
        places = locate_timestamps([chapter], front.body, file, front.body_line)
        found.append(_no_list(reason, places.get("chapters[0]", Location(file=file))))
    if folder.chapters:
        return read_chapter_file(context, folder.chapters, folder.name, found)
    if listed := chapters_in_notes(front, notes, file):
        return listed
    return _chapters_in_tags(context, heard.audio, found) if heard and heard.audio else Chapters()


def _no_list(reason: str, where: Location) -> Diagnostic:
    message = f"several lines of the notes begin with a time, but they are no chapters: {reason}"
    cure = "if they shall be chapters, begin with 00:00 and let the times ascend; else nothing needs to be done"
    return make_finding("C008", message, cure, where, Severity.INFO)


def _chapters_in_tags(context: ShowContext, audio: Audio, found: list[Diagnostic]) -> Chapters:
    where = Location(file=context.relative(audio.path))
    if len(audio.chapters) > MOST_CHAPTERS:
        found.append(too_many_chapters(where))
        return Chapters()
    names = ["chapters", *(f"chapters[{index}]" for index in range(len(audio.chapters)))]
    return Chapters(listed=audio.chapters, locations=dict.fromkeys(names, where) if audio.chapters else {})


def read_transcripts(context: ShowContext, folder: EpisodeFolder, found: list[Diagnostic]) -> tuple[Document, ...]:
    """Read the transcripts; one in the show's language has none of its own. Adds to `found`."""
    read: dict[tuple[str | None, str], tuple[Path, Transcript | None]] = {}
    for path, told in folder.transcripts:
        language = None if told == context.show_file.language else told
        key = (language, format_of(path.name))
        if key in read:
            found.append(_twice(read[key][0], path, context))
            continue
        data = read_small_file(context, path, found)
        read[key] = (path, None)
        if data is not None:
            transcript, findings = read_transcript(data, context.relative(path), language)
            found += findings
            read[key] = (path, transcript)
    return offer(transcript for _, transcript in read.values() if transcript)


def _twice(first: Path, second: Path, context: ShowContext) -> Diagnostic:
    message = f"{first.name} and {second.name} are transcripts of the same language and format"
    cure = "keep one of them, or name it after its language, as in transcript.es.vtt"
    return make_finding("T008", message, cure, context.relative(second))
