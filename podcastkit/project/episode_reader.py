"""An episode's folder becomes an Episode that remembers the file and line of each value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.model import Episode, EpisodeType, Txt
from podcastkit.project.artwork import read_images, read_picture
from podcastkit.project.discovery import find_strays
from podcastkit.project.episode_audio import choose_audio, choose_clip, describe_sound, hear, read_alternates
from podcastkit.project.episode_texts import add_footer, choose_chapters, notes_place, read_notes, read_transcripts
from podcastkit.project.show_context import ShowContext, make_finding
from podcastkit.text.chapters.timestamps import (
    add_chapters,
)
from podcastkit.text.dates import scheduled
from podcastkit.text.folder_name import clean_title, parse_folder_name
from podcastkit.text.syntax.text_encoding import UNREAD_NOTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from podcastkit.media.cached_facts import Examined
    from podcastkit.model import Audio, Person
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_file import ShowFile
    from podcastkit.text.folder_name import FolderName
    from podcastkit.text.notes.convert import Notes


_SAME = (
    "summary", "explicit", "link", "draft", "block", "soundbites", "license", "funding", "number_display",
    "content_links", "social", "date", "guid",
)  # fmt: skip


def read_episode(
    context: ShowContext, folder: EpisodeFolder, audio: Mapping[Path, Examined]
) -> tuple[Episode, tuple[Diagnostic, ...]]:
    """Return the episode that a folder holds, and everything that is wrong with it or was guessed.

    `audio` is what the folder's audio files turned out to be.
    """
    found = list(folder.diagnostics)
    name = parse_folder_name(folder.name)
    front, notes = read_notes(context, folder.notes, folder.name, found)
    others = {*(named.file for named in front.alternates), front.intro, front.outro} - {front.audio}
    own = tuple(path for path in folder.audio if path.name not in others)
    path = choose_audio(folder, own, front, found)
    heard = hear(context, path, audio, found)
    intro, outro = (choose_clip(context, folder, front, key, found) for key in ("intro", "outro"))
    named = folder.path / front.artwork if front.artwork else None
    pictures = (named,) if named else folder.artwork
    used = [*pictures, *(folder.path / image.file for image in front.images)]
    translated = (*folder.translations, *folder.translated_chapters)
    used += [path for path, language in translated if language in context.show_file.translations]
    found += find_strays(folder, frozenset(used))
    chapters = choose_chapters(context, folder, (front, notes), heard, found)
    transcripts = read_transcripts(context, folder, found)
    title, origin = _title(name, front, notes, heard.audio if heard else None)
    if origin and not any(one.code in UNREAD_NOTES for one in found):
        found.append(_untitled(title, origin, context.relative(folder.notes[0] if folder.notes else folder.path)))
    episode = Episode(
        folder=folder.name,
        title=title,
        notes=add_footer(add_chapters(notes.text, chapters.listed), context),
        **_numbering(name, front, context.show_file),
        **describe_sound(folder.name, heard, context, intro=intro, outro=outro),
        has_broken_audio=bool(own) and (heard is None or heard.audio is None),
        alternates=tuple(read_alternates(context, folder, front, audio, found)),
        people=_credits(front, context.show_file),
        artwork=read_picture(context, pictures, front.locations.get("artwork"), found),
        images=tuple(read_images(context, folder.path, front.images, found)),
        chapters=chapters.listed,
        chapters_file=chapters.document,
        transcripts=transcripts,
        places=front.location,
        txt=front.txt + disclose_ai(front.ai_content),
        **{key: getattr(front, key) for key in _SAME},
        locations={
            **_file_places(context, folder, front, audio=path, artwork=next(iter(pictures), None)),
            **_title_place(context, notes, heard),
            **{given.source: Location(file=given.source) for given in transcripts if given.source},
            **chapters.locations,
            **front.locations,
        },
    )
    found += _guesses(name, front, folder)
    where = Location(file=folder.name)
    told = tuple(replace(one, episode=folder.name, location=one.location or where) for one in found)
    return _with_schedule(episode, context.show_file), told


def disclose_ai(ai_content: bool | None) -> tuple[Txt, ...]:  # noqa: FBT001 - a value, no switch
    """Say whether AI made some of the content, by `podcast:txt` with the purpose that its page gives for that."""
    return () if ai_content is None else (Txt(value=str(ai_content).lower(), purpose="ai-content"),)


def _file_places(
    context: ShowContext,
    folder: EpisodeFolder,
    front: FrontMatter,
    *,
    audio: Path | None,
    artwork: Path | None,
) -> dict[str, Location]:
    """Return where that stands which front matter need not name."""
    places = {"": Location(file=folder.name)}
    if folder.notes:
        places["notes"] = notes_place(front, context.relative(folder.notes[0]))
    for key, path in (("audio", audio), ("artwork", artwork)):
        if path:
            places[key] = Location(file=context.relative(path))
    return places


def _title_place(context: ShowContext, notes: Notes, heard: Examined | None) -> dict[str, Location]:
    """Return where a title stands that is not in front matter: in a heading, or in the audio's tags."""
    if notes.heading_location:
        return {"title": notes.heading_location}
    audio = heard.audio if heard else None
    return {"title": Location(file=context.relative(audio.path))} if audio and audio.title else {}


def _numbering(name: FolderName, front: FrontMatter, show_file: ShowFile) -> dict[str, Any]:
    """Number the episode: front matter, else the folder's name; trailers and bonuses have none by their folder."""
    kind = front.type or name.type
    by_folder = name.prefix if kind is EpisodeType.FULL else None
    number = (front.number if front.number is not None else by_folder) or None
    own_season = front.season or name.season
    is_show_trailer = kind is EpisodeType.TRAILER and number is None
    return {
        "type": kind,
        "number": number,
        "season": own_season if is_show_trailer else own_season or show_file.season,
        "folder_number": name.prefix,
        "number_refused": name.number_refused,
    }


def _credits(front: FrontMatter, show_file: ShowFile) -> tuple[Person, ...]:
    """Return the show's people and then the episode's own, since apps show an item's list instead of the show's."""
    everybody = front.people if front.only_people else show_file.people + front.people
    return tuple(dict.fromkeys(everybody))


def _title(name: FolderName, front: FrontMatter, notes: Notes, audio: Audio | None) -> tuple[str, str | None]:
    """Return the title, and what it was taken from if nobody wrote it for listeners."""
    number = front.number if front.number is not None else name.number
    if written := front.title or notes.heading:
        return clean_title(written, number), None
    if audio and audio.title:
        return clean_title(audio.title, number), "the audio's title tag"
    return clean_title(name.title, number), "the folder's name"


def _untitled(title: str, origin: str, file: str) -> Diagnostic:
    message = f'its title "{title}" is taken from {origin}'
    cure = "begin its notes with a # heading, or write title: … between two lines of --- at their top"
    return make_finding("E105", message, cure, file, Severity.WARNING)


def _guesses(name: FolderName, front: FrontMatter, folder: EpisodeFolder) -> Iterator[Diagnostic]:
    """Say what the folder's name decided, so that a wrong guess is seen before listeners see it."""
    guessed = []
    if front.number is None and name.number is not None and front.type in {None, EpisodeType.FULL}:
        guessed.append(f"number {name.number}")
    if front.season is None and name.season is not None:
        guessed.append(f"season {name.season}")
    if front.type is None and name.type is not EpisodeType.FULL:
        guessed.append(f"type {name.type}")
    if guessed:
        message = f"{' and '.join(guessed)} by the folder's name"
        yield make_finding(
            "E110",
            message,
            "if it is wrong, write it between two lines of --- at the top of the notes",
            folder.name,
            Severity.INFO,
        )


def _with_schedule(episode: Episode, show_file: ShowFile) -> Episode:
    """Give a numbered episode of the show's season its date in the schedule, unless it has one of its own."""
    is_scheduled = episode.type is EpisodeType.FULL and episode.number and episode.season == show_file.season
    if show_file.schedule is None or episode.date is not None or not is_scheduled:
        return episode
    return replace(episode, date=scheduled(show_file.schedule, episode.number or 0))
