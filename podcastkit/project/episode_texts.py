"""Read the texts of an episode in one language: notes, chapters, transcripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_info
from podcastkit.project.front_matter import FrontMatter, read_front_matter, read_front_matter_lines
from podcastkit.project.rendered_notes import render_notes
from podcastkit.project.show_context import ShowContext, read_small_file, report_several
from podcastkit.text.chapters.json import MOST_CHAPTERS, Chapters, report_too_many_chapters
from podcastkit.text.chapters.timestamps import (
    explain_timestamps,
    find_chapters,
    locate_timestamps,
    read_chapters,
)
from podcastkit.text.notes.convert import NO_NOTES, Notes, render_html
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.syntax.text_encoding import decode
from podcastkit.text.transcripts.reader import get_suffix, prepare_documents, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.model import Audio, Document, Silence
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.text.transcripts.reader import Transcript

    Files = Mapping[Path, Parsed[bytes | None]]
    """The content of each text file, or None for a file that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeTexts:
    """The texts of an episode in one language."""

    notes_file: str | None
    """The path of the notes file relative to the show, or None if there is no file."""
    front: FrontMatter
    notes: Notes
    """Empty if there is no notes file."""
    chapters: Chapters | None
    """The chapters from a chapters file. Without one, those from timestamps in the notes, or None."""
    transcripts: tuple[Document, ...]
    silences: tuple[Silence, ...]
    """The comments in all text files that silence rules."""

    @property
    def locations(self) -> dict[str, Location]:
        """The locations of the notes and their heading. A Word document has no lines."""
        if self.notes_file is None:
            return {}
        heading = {"title": self.notes.heading_location} if self.notes.heading_location else {}
        if self.notes_file.lower().endswith(".docx"):
            return {"notes": Location(file=self.notes_file), **heading}
        lines = self.front.body.split("\n")
        blank_lines = next((index for index, line in enumerate(lines) if line.strip()), 0)
        return {
            "notes": Location(file=self.notes_file, line=self.front.body_line + blank_lines, column=1),
            **heading,
        }


def read_texts(context: ShowContext, folder: EpisodeFolder, language: str | None = None) -> Parsed[EpisodeTexts]:
    """Read the text files of an episode folder in one language; None is the language of the show.

    The transcripts of all languages are read with the language of the show, because every translation gets all of
    them.
    """
    notes_files = folder.notes.get(language, ())
    chapter_files = folder.chapters.get(language, ())
    transcript_files = folder.transcripts if language is None else ()
    paths = [*notes_files[:1], *chapter_files[:1], *(path for path, _ in transcript_files)]
    files = {path: read_small_file(context, path) for path in paths}
    notes_file = context.relative(notes_files[0]) if notes_files else None
    parsed_notes = _read_notes(context, notes_files, files, folder.name)
    front, notes = parsed_notes.value
    timestamp_findings = _report_timestamps(front, notes, notes_file) if notes_file and language is None else ()
    chapters = _read_chapters(context, chapter_files, files, folder.name)
    transcripts = _read_transcripts(context, transcript_files, files)
    texts = EpisodeTexts(
        notes_file=notes_file,
        front=front,
        notes=notes,
        chapters=chapters.value or (_find_chapters_in_notes(front, notes, notes_file) if notes_file else None),
        transcripts=transcripts.value,
        silences=tuple(_find_all_silences(context, files)),
    )
    return Parsed(texts, (*parsed_notes.findings, *timestamp_findings, *chapters.findings, *transcripts.findings))


def choose_chapters(context: ShowContext, texts: EpisodeTexts, audio: Audio | None) -> Parsed[Chapters]:
    """Return the chapters of the chapters file or the notes. Without them, return those of the audio tags."""
    if texts.chapters or audio is None:
        return Parsed(texts.chapters or Chapters())
    where = Location(file=context.relative(audio.path))
    if len(audio.chapters) > MOST_CHAPTERS:
        return Parsed(Chapters(), (report_too_many_chapters(where),))
    keys = ["chapters", *(f"chapters[{index}]" for index in range(len(audio.chapters)))]
    return Parsed(Chapters(listed=audio.chapters, locations=dict.fromkeys(keys, where) if audio.chapters else {}))


def _find_all_silences(context: ShowContext, files: Files) -> Iterator[Silence]:
    for path, data in files.items():
        yield from find_silences(data.value or b"", context.relative(path))


def _read_notes(
    context: ShowContext, paths: Sequence[Path], files: Files, folder: str
) -> Parsed[tuple[FrontMatter, Notes]]:
    """Read the first notes file. Without a file, the notes are empty."""
    several = report_several(paths, "N008", "notes", folder)
    data, findings = files[paths[0]] if paths else Parsed(None)
    if data is None:
        return Parsed((FrontMatter(), NO_NOTES), (*several, *findings))
    is_word = paths[0].suffix.lower() == ".docx"
    read_format = _read_word_notes if is_word else _read_text_notes
    front_and_notes, note_findings = read_format(context, data, context.relative(paths[0]))
    return Parsed(front_and_notes, (*several, *note_findings))


def _read_word_notes(context: ShowContext, data: bytes, file: str) -> Parsed[tuple[FrontMatter, Notes]]:
    from podcastkit.text.notes.docx import read_word  # noqa: PLC0415 - slow to import

    show_file = context.show_file
    word, word_findings = read_word(data, file)
    front, front_findings = read_front_matter_lines(
        word.front_matter or (), file, timezone=show_file.timezone, time_of_day=show_file.time_of_day
    )
    notes, notes_findings = render_html(word.html, file=file)
    return Parsed((front, notes), (*word_findings, *front_findings, *notes_findings))


def _read_text_notes(context: ShowContext, data: bytes, file: str) -> Parsed[tuple[FrontMatter, Notes]]:
    show_file = context.show_file
    text, text_findings = decode(data, file)
    front, front_findings = read_front_matter(
        text or "", file, timezone=show_file.timezone, time_of_day=show_file.time_of_day
    )
    notes, notes_findings = render_notes(context.cache, front.body, file=file, first_line=front.body_line)
    return Parsed((front, notes), (*text_findings, *front_findings, *notes_findings))


def _report_timestamps(front: FrontMatter, notes: Notes, file: str) -> tuple[Diagnostic, ...]:
    """Return an info if several lines of the notes begin with a time but are not chapters."""
    trouble = explain_timestamps(notes.text.plain)
    if trouble is None:
        return ()
    reason, chapter = trouble
    locations = locate_timestamps([chapter], front.body, file, front.body_line)
    where = locations.get("chapters[0]", Location(file=file))
    message = f"several lines of the notes begin with a time but are not chapters: {reason}"
    hint = "to make chapters, start at 00:00 and sort the times; otherwise ignore this info"
    return (make_info("C008", message, hint, where),)


def _read_chapters(
    context: ShowContext, paths: Sequence[Path], files: Files, folder: str
) -> Parsed[Chapters | None]:
    """Read the first chapters file. Returns None without a file, and no chapters if the file cannot be read."""
    if not paths:
        return Parsed(None)
    several: tuple[Diagnostic, ...] = ()
    if len(paths) > 1:
        hint = "keep chapters.txt or chapters.json"
        several = (make_error("C005", "there are two files with chapters", hint, folder),)
    data, findings = files[paths[0]]
    if data is None:
        return Parsed(Chapters(), (*several, *findings))
    chapters, findings = read_chapters(data, context.relative(paths[0]))
    return Parsed(chapters, (*several, *findings))


def _find_chapters_in_notes(front: FrontMatter, notes: Notes, file: str) -> Chapters | None:
    """Return the chapters from timestamps in the notes, or None without timestamps."""
    chapters = find_chapters(notes.text.plain)
    if not chapters:
        return None
    locations = locate_timestamps(chapters, front.body, file, front.body_line)
    first_location = locations.get("chapters[0]", Location(file=file))
    return Chapters(listed=chapters, locations={"chapters": first_location, **locations})


def _read_transcripts(
    context: ShowContext, paths: Iterable[tuple[Path, str | None]], files: Files
) -> Parsed[tuple[Document, ...]]:
    """Read the transcripts. A transcript in the language of the show gets None as its language."""
    findings: list[Diagnostic] = []
    transcripts: dict[tuple[str | None, str], tuple[Path, Transcript | None]] = {}
    for path, file_language in paths:
        language = None if file_language == context.show_file.language else file_language
        key = (language, get_suffix(path.name))
        if key in transcripts:
            findings.append(_report_duplicate(transcripts[key][0], path, context))
            continue
        data, file_findings = files[path]
        transcript, transcript_findings = (
            (None, file_findings) if data is None else read_transcript(data, context.relative(path), language)
        )
        transcripts[key] = (path, transcript)
        findings += transcript_findings
    return Parsed(
        prepare_documents(transcript for _, transcript in transcripts.values() if transcript), tuple(findings)
    )


def _report_duplicate(first: Path, second: Path, context: ShowContext) -> Diagnostic:
    message = f"{first.name} and {second.name} are transcripts of the same language and format"
    hint = "keep one of them, or name it after its language, as in transcript.es.vtt"
    return make_error("T008", message, hint, context.relative(second))
