"""Read an episode folder into an Episode, with the file and line of each value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_info, make_warning
from podcastkit.model import Episode, EpisodeType, Txt
from podcastkit.project.artwork import read_pictures
from podcastkit.project.discovery import find_unused_files
from podcastkit.project.episode_audio import read_sound
from podcastkit.project.episode_texts import choose_chapters
from podcastkit.text.chapters.timestamps import add_chapters
from podcastkit.text.dates import compute_release_date, find_scheduled_clock_change
from podcastkit.text.folder_name import clean_title, parse_folder_name
from podcastkit.text.notes.convert import join_texts
from podcastkit.text.syntax.text_encoding import INCOMPLETE_NOTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from podcastkit.media.cached_facts import ExaminationResult
    from podcastkit.model import Audio, Person
    from podcastkit.project.artwork import Pictures
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.episode_audio import Sound
    from podcastkit.project.episode_texts import EpisodeTexts
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_context import ShowContext
    from podcastkit.project.show_file import ShowFile
    from podcastkit.text.folder_name import FolderName
    from podcastkit.text.notes.convert import Notes


def read_episode(
    context: ShowContext,
    folder: EpisodeFolder,
    parsed_texts: Parsed[EpisodeTexts],
    audio: Mapping[Path, ExaminationResult],
) -> Parsed[Episode]:
    """Read the episode in a folder, with all findings and guesses about it.

    `audio` holds the facts about its audio files, intro and outro.
    """
    texts, text_findings = parsed_texts
    front = texts.front
    name = parse_folder_name(folder.name)
    sound, sound_findings = read_sound(context, folder, front, audio)
    pictures, picture_findings = read_pictures(context, folder.path, folder.artwork, front)
    chapters, chapter_findings = choose_chapters(context, texts, sound.audio)
    title, origin = _choose_title(name, front, texts.notes, sound.audio)
    notes = add_chapters(texts.notes.text, chapters.listed)
    footer = context.show_file.footer
    episode = Episode(
        folder=folder.name,
        title=title,
        notes=join_texts(notes, footer) if footer else notes,
        **_make_numbering(name, front, context.show_file),
        **sound.fields,
        people=_join_credits(front, context.show_file),
        artwork=pictures.artwork,
        images=pictures.images,
        chapters=chapters.listed,
        chapters_file=chapters.document,
        transcripts=texts.transcripts,
        txt=front.txt + disclose_ai(front.ai_content),
        **front.fields,
        locations={
            "": Location(file=folder.name),
            **_locate_files(context, sound, pictures),
            **texts.locations,
            **{
                transcript.source: Location(file=transcript.source)
                for transcript in texts.transcripts
                if transcript.source
            },
            **chapters.locations,
            **front.locations,
        },
    )
    findings = [*folder.diagnostics, *text_findings, *sound_findings, *picture_findings, *chapter_findings]
    findings += find_unused_files(folder, context.show_file.translations, pictures.files)
    if title and origin and not any(finding.code in INCOMPLETE_NOTES for finding in text_findings):
        findings.append(_report_guessed_title(title, origin, texts.notes_file or context.relative(folder.path)))
    findings += _report_guesses(name, front, folder)
    dated = _apply_schedule(episode, context.show_file)
    return Parsed(dated.value, (*findings, *dated.findings))


def label_findings(parsed: Parsed[Episode]) -> tuple[Diagnostic, ...]:
    """Return the findings of an episode, each with its folder. The folder replaces a missing location, too."""
    folder = parsed.value.folder
    where = Location(file=folder)
    return tuple(
        replace(finding, episode=folder, location=finding.location or where) for finding in parsed.findings
    )


def disclose_ai(ai_content: bool | None) -> tuple[Txt, ...]:  # noqa: FBT001 - a value, no switch
    """Return the `podcast:txt` tag that discloses AI content, with the purpose `ai-content`. None adds no tag."""
    return () if ai_content is None else (Txt(value=str(ai_content).lower(), purpose="ai-content"),)


def _locate_files(context: ShowContext, sound: Sound, pictures: Pictures) -> dict[str, Location]:
    """Return the locations of values that may come from files instead of the front matter."""
    files = {"audio": sound.path, "artwork": pictures.artwork_file}
    if sound.audio and sound.audio.title:
        files["title"] = sound.audio.path
    return {key: Location(file=context.relative(path)) for key, path in files.items() if path}


def _make_numbering(name: FolderName, front: FrontMatter, show_file: ShowFile) -> dict[str, Any]:
    """Return the type, number and season. Values of the front matter win over those of the folder name.

    The number in the folder name of a trailer or bonus is not used.
    """
    kind = front.type or name.type
    default_number = name.prefix if kind is EpisodeType.FULL else None
    number = (front.number if front.number is not None else default_number) or None  # 0 means no number
    own_season = front.season or name.season
    # A trailer without a number announces the show, not a season.
    is_show_trailer = kind is EpisodeType.TRAILER and number is None
    return {
        "type": kind,
        "number": number,
        "season": own_season if is_show_trailer else own_season or show_file.season,
        "folder_number": name.prefix,
        "number_refused": name.number_refused,
    }


def _join_credits(front: FrontMatter, show_file: ShowFile) -> tuple[Person, ...]:
    """Return the people of the show and the episode in one list, since apps show only the list of an item."""
    people = front.people if front.only_people else show_file.people + front.people
    return tuple(dict.fromkeys(people))


def _choose_title(
    name: FolderName, front: FrontMatter, notes: Notes, audio: Audio | None
) -> tuple[str, str | None]:
    """Return the title and its origin, or None as the origin if the producer wrote the title in the notes."""
    number = front.number if front.number is not None else name.number
    if written := front.title or notes.heading:
        return clean_title(written, number), None
    if audio and audio.title:
        return clean_title(audio.title, number), "the audio's title tag"
    return clean_title(name.title, number), "the folder's name"


def _report_guessed_title(title: str, origin: str, file: str) -> Diagnostic:
    message = f'the title "{title}" is taken from {origin}'
    hint = "begin the notes with a # heading, or write title: … between two lines of --- at the top"
    return make_warning("E105", message, hint, file)


def _report_guesses(name: FolderName, front: FrontMatter, folder: EpisodeFolder) -> Iterator[Diagnostic]:
    """Yield an info about values taken from the folder name, so that the producer can correct wrong guesses."""
    guessed_values = []
    if front.number is None and name.number is not None and front.type in {None, EpisodeType.FULL}:
        guessed_values.append(f"number {name.number}")
    if front.season is None and name.season is not None:
        guessed_values.append(f"season {name.season}")
    if front.type is None and name.type is not EpisodeType.FULL:
        guessed_values.append(f"type {name.type}")
    if guessed_values:
        message = f"{' and '.join(guessed_values)} taken from the folder's name"
        hint = "if this is wrong, write the value between two lines of --- at the top of the notes"
        yield make_info("E110", message, hint, folder.name)


def _apply_schedule(episode: Episode, show_file: ShowFile) -> Parsed[Episode]:
    """Set the date of a numbered episode of the show's season from the schedule, if the episode has no date."""
    is_scheduled = episode.type is EpisodeType.FULL and episode.number and episode.season == show_file.season
    if show_file.schedule is None or episode.date is not None or not is_scheduled:
        return Parsed(episode)
    number = episode.number or 0
    change = find_scheduled_clock_change(show_file.schedule, number)
    where = episode.locations.get("notes", episode.folder)
    findings = (make_warning("E147", change.message, change.hint, where),) if change else ()
    return Parsed(replace(episode, date=compute_release_date(show_file.schedule, number)), findings)
