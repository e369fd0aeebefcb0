"""An episode's folder becomes an Episode that remembers the file and line of each value."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Location, MediaError, Severity
from podcastkit.media.cached_facts import examine_all, look_at
from podcastkit.media.encoding import AS_GIVEN, describe_media, is_master, name_alternate, recipe_of
from podcastkit.media.files import open_file
from podcastkit.media.formats import AUDIO_ENDINGS
from podcastkit.model import Alternate, Clip, Document, Episode, EpisodeType, Picture, Text, Txt
from podcastkit.project.discovery import find_strays, is_file, names_in
from podcastkit.project.front_matter import FrontMatter, read_front_matter, read_front_matter_lines
from podcastkit.text.chapters.json import MOST_CHAPTERS, too_many_chapters
from podcastkit.text.chapters.timestamps import (
    add_chapters,
    explain_timestamps,
    find_chapters,
    locate_timestamps,
    read_chapters,
)
from podcastkit.text.dates import scheduled
from podcastkit.text.folder_name import clean_title, parse_folder_name
from podcastkit.text.notes.convert import Notes, join_texts, render_html, render_markdown, render_plain_text
from podcastkit.text.notes.docx import read_word
from podcastkit.text.syntax.decoding import UNREAD_NOTES, decode
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.transcripts.reader import format_of, offer, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from podcastkit.cache import Cache
    from podcastkit.media.cached_facts import Examined, Measured
    from podcastkit.model import Artwork, Audio, Chapter, Measurement, Person, Silence, SourceFile
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.show_file import ShowFile
    from podcastkit.text.folder_name import FolderName
    from podcastkit.text.schema.tables import Image
    from podcastkit.text.transcripts.reader import Transcript

_LARGEST_TEXT = 16 * 2**20
"""Bytes; what is larger is no show notes, whatever its name."""

_LEFT_OVER = re.compile(
    r"(?<![a-z])(?:back-?up|bak|copy|draft|old|orig(?:inal)?|raw|rough|test|tmp|unused)(?![a-z])", re.IGNORECASE
)
"""Words in the names of audio that is kept rather than published."""

_SAME = (
    "summary", "explicit", "link", "draft", "block", "soundbites", "license", "funding", "number_display",
    "content_links", "social", "date", "guid",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowContext:
    """What reading an episode needs to know of its show."""

    folder: Path
    root: str
    """The real path of the folder, with a separator at its end."""
    show_file: ShowFile
    footer: Text | None
    cache: Cache
    silences: list[Silence] = field(default_factory=list)
    """The comments that silence rules, of every text that was read."""
    clips: dict[Path, Examined | None] = field(default_factory=dict)
    """The files that are named as an intro or outro, read once; None: it is not there."""

    def relative(self, path: Path) -> str:
        """Call a file as messages do."""
        return path.relative_to(self.folder).as_posix()


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapters:
    """An episode's chapters, and where each of them stands."""

    listed: tuple[Chapter, ...] = ()
    document: Document | None = None
    locations: Mapping[str, Location] = field(default_factory=dict)


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
    path = _choose_audio(folder, own, front, found)
    heard = _hear(context, path, audio, found)
    intro, outro = (_clip(context, folder, front, key, found) for key in ("intro", "outro"))
    named = folder.path / front.artwork if front.artwork else None
    pictures = (named,) if named else folder.artwork
    used = [*pictures, *(folder.path / image.file for image in front.images)]
    translated = (*folder.translations, *folder.translated_chapters)
    used += [path for path, language in translated if language in context.show_file.translations]
    found += find_strays(folder, frozenset(used))
    chapters = _read_chapters(context, folder, (front, notes), heard, found)
    transcripts = _transcripts(context, folder, found)
    title, origin = _title(name, front, notes, heard.audio if heard else None)
    if origin and not any(one.code in UNREAD_NOTES for one in found):
        found.append(_untitled(title, origin, context.relative(folder.notes[0] if folder.notes else folder.path)))
    episode = Episode(
        folder=folder.name,
        title=title,
        notes=_with_footer(add_chapters(notes.text, chapters.listed), context),
        **_numbering(name, front, context.show_file),
        **_sound(folder.name, heard, context, intro=intro, outro=outro),
        has_broken_audio=bool(own) and (heard is None or heard.audio is None),
        alternates=tuple(_alternates(context, folder, front, audio, found)),
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


def masters_of(episodes: Iterable[Episode]) -> Iterator[tuple[SourceFile, Audio]]:
    """Yield every audio file that can be listened to: each episode's own, and its other versions."""
    for episode in episodes:
        for version in episode.versions:
            if version.master and version.audio:
                yield version.master, version.audio
        for clip in (episode.intro, episode.outro):
            if clip:
                yield clip.master, clip.audio


def read_clip(context: ShowContext, path: Path) -> Clip | tuple[str, str | None]:
    """Return the audio that settings name as an intro or outro, or what is wrong with it and the cure."""
    if path not in context.clips:
        context.clips[path] = examine_all([path], context.cache)[path] if is_file(path) else None
    examined = context.clips[path]
    if examined is None:
        near = _nearest_audio(path)
        otherwise = "put it there, write its name as the folder shows it, or remove the line"
        cure = f'did you mean "{near}"?' if near else otherwise
        return f"there is no audio file {context.relative(path)}", cure
    if examined.file and examined.audio and not _leads_outside(context, path):
        return Clip(master=examined.file, audio=examined.audio)
    return _leads_outside(context, path) or examined.trouble or (f"{path.name} is no audio", None)


def _nearest_audio(path: Path) -> str | None:
    """Return the audio file beside a missing one whose name is most like it."""
    names = [name for name in names_in(path.parent) if Path(name).suffix.lower() in AUDIO_ENDINGS]
    same = [name for name in names if name.casefold() == path.name.casefold()]
    return next(iter(same or get_close_matches(path.name, names, n=1)), None)


def add_measurements(
    context: ShowContext, episode: Episode, measured: Mapping[str, Measured]
) -> tuple[Episode, tuple[Diagnostic, ...]]:
    """Return the episode with what decoding its audio told, and what cannot be decoded.

    `measured` is by the SHA-256 of the audio files.
    """
    found: list[Diagnostic] = []
    own = _measurement_of(context, episode, measured, found)
    alternates = tuple(
        replace(alternate, measurement=_measurement_of(context, alternate, measured, found))
        for alternate in episode.alternates
    )
    found += (
        _undecodable(trouble, context.relative(clip.audio.path))
        for clip in (episode.intro, episode.outro)
        if clip and (trouble := measured[clip.master.sha256].trouble)
    )
    known = replace(episode, measurement=own, alternates=alternates)
    return known, tuple(replace(one, episode=episode.folder) for one in found)


def read_picture(
    context: ShowContext, files: Sequence[Path], named: Location | None, found: list[Diagnostic]
) -> Artwork | None:
    """Return what the first of some picture files is; `named` is where the settings name it. Adds to `found`."""
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        where = context.relative(files[0])
        found.append(_finding("I104", f"there are several pictures: {names}", "keep one of them", where))
    if not files:
        return None
    path = files[0]
    try:
        _refuse_outside(context, path)
        return look_at(path, context.cache)
    except MediaError as error:
        found.append(_finding("I103", error.message, error.hint, named or context.relative(path)))
        return None


def read_images(
    context: ShowContext,
    folder: Path,
    images: Iterable[Image],
    found: list[Diagnostic],
    severity: Severity = Severity.ERROR,
) -> Iterator[Picture]:
    """Yield the further pictures that the settings of a folder name, save the unreadable ones. Adds to `found`."""
    for image in images:
        path = folder / image.file
        try:
            _refuse_outside(context, path)
            artwork = look_at(path, context.cache)
        except MediaError as error:
            found.append(_finding("I110", error.message, error.hint, image.location, severity))
            continue
        yield Picture(artwork=artwork, purpose=image.purpose, alt=image.alt, location=image.location)


def read_notes(
    context: ShowContext, files: Sequence[Path], folder: str, found: list[Diagnostic]
) -> tuple[FrontMatter, Notes]:
    """Return what the first of some files with notes says; without one it says nothing. Adds to `found`."""
    empty = Notes(text=Text(html="", plain=""))
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        found.append(_finding("N008", f"there are several notes: {names}", "keep one of them", folder))
    if not files:
        return FrontMatter(), empty
    path = files[0]
    data = _read_small(context, path, found)
    if data is None:
        return FrontMatter(), empty
    file = context.relative(path)
    if path.suffix.lower() == ".docx":
        front, notes = _read_word_notes(data, file, context.show_file, found)
    else:
        front, notes = _read_text_notes(data, file, context.show_file, found)
    found += front.diagnostics
    found += notes.diagnostics
    return front, notes


def read_chapter_file(
    context: ShowContext, files: Sequence[Path], folder: str, found: list[Diagnostic]
) -> Chapters:
    """Return the chapters that the first of some files lists. Adds to `found`."""
    if len(files) > 1:
        cure = "keep chapters.txt or chapters.json"
        found.append(_finding("C005", "there are two files with chapters", cure, folder))
    data = _read_small(context, files[0], found)
    if data is None:
        return Chapters()
    name = context.relative(files[0])
    file = read_chapters(data, name)
    found += file.diagnostics
    return Chapters(listed=file.chapters, document=file.document, locations=file.locations)


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
    notes = render_markdown(markdown, file=where.file)
    found += (replace(finding, location=where) for finding in notes.diagnostics)
    return notes.text


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


def _read_word_notes(
    data: bytes, file: str, show_file: ShowFile, found: list[Diagnostic]
) -> tuple[FrontMatter, Notes]:
    word = read_word(data, file)
    found += word.diagnostics
    front = read_front_matter_lines(
        word.front_matter or (), file, timezone=show_file.timezone, time_of_day=show_file.time_of_day
    )
    return front, render_html(word.html or "", file=file)


def _read_text_notes(
    data: bytes, file: str, show_file: ShowFile, found: list[Diagnostic]
) -> tuple[FrontMatter, Notes]:
    text, findings = decode(data, file)
    found += findings
    front = read_front_matter(text or "", file, timezone=show_file.timezone, time_of_day=show_file.time_of_day)
    render = render_plain_text if file.lower().endswith(".txt") else render_markdown
    return front, render(front.body, file=file, first_line=front.body_line)


def _choose_audio(
    folder: EpisodeFolder, files: Sequence[Path], front: FrontMatter, found: list[Diagnostic]
) -> Path | None:
    if front.audio:
        chosen = next((path for path in files if path.name == front.audio), None)
        if chosen is None:
            cure = "write the name of an audio file in this folder, or leave the line out"
            found.append(_finding("A104", f"there is no audio file {front.audio}", cure, front.locations["audio"]))
        return chosen
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        likely = next((path for path in files if not _LEFT_OVER.search(path.stem)), files[0])
        cure = (
            "keep one of them in the folder, or say which between two lines of --- at the top of the notes, as in "
            f"audio: {likely.name}"
        )
        found.append(_finding("A105", f"there are several audio files: {names}", cure, folder.name))
        return None
    return files[0] if files else None


def _hear(
    context: ShowContext, path: Path | None, audio: Mapping[Path, Examined], found: list[Diagnostic]
) -> Examined | None:
    examined = audio.get(path) if path else None
    if path is None or examined is None:
        return None
    trouble = _leads_outside(context, path) or examined.trouble
    if trouble:
        found.append(_finding("A106", *trouble, context.relative(path)))
    return replace(examined, audio=None) if trouble else examined


def _clip(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, key: str, found: list[Diagnostic]
) -> Clip | None:
    """Return an episode's intro or outro: its own, else the show's, whose trouble is the show's."""
    named, of_show = getattr(front, key), getattr(context.show_file.audio, key)
    if named is None:
        clip = read_clip(context, context.folder / of_show) if of_show else None
        return None if isinstance(clip, tuple) else clip
    if named is False:
        return None
    beside = folder.path / named
    clip = read_clip(context, beside if is_file(beside) else context.folder / named)
    if isinstance(clip, tuple):
        found.append(_finding("A104", *clip, front.locations[key]))
        return None
    return clip


def _sound(name: str, heard: Examined | None, context: ShowContext, **clips: Clip | None) -> dict[str, Any]:
    """Return what is known of audio, and the media by this name where listeners fetch it as it is.

    `clips` are the intro and outro, which only what is made from a master gets.
    """
    audio, master = (heard.audio, heard.file) if heard else (None, None)
    known: dict[str, Any] = {"audio": audio, "master": master}
    if audio and master:
        settings = context.show_file.audio
        joined = clips if is_master(audio, settings) else {}
        known |= {**joined, "recipe": recipe_of(audio, settings, **joined)}
        if known["recipe"] == AS_GIVEN:
            known["media"] = describe_media(name, master, audio, AS_GIVEN)
    return known


def _alternates(
    context: ShowContext,
    folder: EpisodeFolder,
    front: FrontMatter,
    audio: Mapping[Path, Examined],
    found: list[Diagnostic],
) -> Iterator[Alternate]:
    """Yield the further versions of an episode's audio; what cannot be read is a finding instead."""
    taken = {front.audio}
    for named in front.alternates:
        if named.file in taken:
            cure = "name each file once: the episode's own under audio, any other under alternates"
            found.append(_finding("A111", f"{named.file} is named twice", cure, named.location, Severity.WARNING))
            continue
        taken.add(named.file)
        path = next((path for path in folder.audio if path.name == named.file), None)
        heard = _hear(context, path, audio, found)
        if heard is None or heard.audio:
            alternate = Alternate(file=named.file, title=named.title, lang=named.lang, location=named.location)
            yield replace(alternate, **_sound(name_alternate(folder.name, alternate), heard, context))


def _measurement_of(
    context: ShowContext,
    version: Episode | Alternate,
    measured: Mapping[str, Measured],
    found: list[Diagnostic],
) -> Measurement | None:
    heard = measured.get(version.master.sha256) if version.master else None
    if heard is None or version.audio is None:
        return None
    if heard.trouble:
        # What listeners shall get as it is would go out, and what must be encoded would not.
        severity = Severity.WARNING if version.media else Severity.ERROR
        found.append(_undecodable(heard.trouble, context.relative(version.audio.path), severity))
    return heard.measurement


def _undecodable(trouble: str, file: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    cure = "see whether it plays on this computer, and export it again"
    return _finding("A201", f"it cannot be decoded: {trouble}", cure, file, severity)


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
    return _finding("E105", message, cure, file, Severity.WARNING)


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
        yield _finding(
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


def _with_footer(notes: Text, context: ShowContext) -> Text:
    return join_texts(notes, context.footer) if context.footer else notes


def _read_chapters(
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
    return _finding("C008", message, cure, where, Severity.INFO)


def _chapters_in_tags(context: ShowContext, audio: Audio, found: list[Diagnostic]) -> Chapters:
    where = Location(file=context.relative(audio.path))
    if len(audio.chapters) > MOST_CHAPTERS:
        found.append(too_many_chapters(where))
        return Chapters()
    names = ["chapters", *(f"chapters[{index}]" for index in range(len(audio.chapters)))]
    return Chapters(listed=audio.chapters, locations=dict.fromkeys(names, where) if audio.chapters else {})


def _transcripts(context: ShowContext, folder: EpisodeFolder, found: list[Diagnostic]) -> tuple[Document, ...]:
    """Read the transcripts; one in the show's language has none of its own. Adds to `found`."""
    read: dict[tuple[str | None, str], tuple[Path, Transcript | None]] = {}
    for path, told in folder.transcripts:
        language = None if told == context.show_file.language else told
        key = (language, format_of(path.name))
        if key in read:
            found.append(_twice(read[key][0], path, context))
            continue
        data = _read_small(context, path, found)
        read[key] = (path, None)
        if data is not None:
            transcript, findings = read_transcript(data, context.relative(path), language)
            found += findings
            read[key] = (path, transcript)
    return offer(transcript for _, transcript in read.values() if transcript)


def _twice(first: Path, second: Path, context: ShowContext) -> Diagnostic:
    message = f"{first.name} and {second.name} are transcripts of the same language and format"
    cure = "keep one of them, or name it after its language, as in transcript.es.vtt"
    return _finding("T008", message, cure, context.relative(second))


def _read_small(context: ShowContext, path: Path, found: list[Diagnostic]) -> bytes | None:
    try:
        _refuse_outside(context, path)
        with open_file(path) as file:
            data = file.read(_LARGEST_TEXT + 1)
    except MediaError as error:
        found.append(_finding("N009", error.message, error.hint, context.relative(path)))
        return None
    if len(data) > _LARGEST_TEXT:
        cure = "put the right file in its place"
        found.append(_finding("N010", f"{path.name} is larger than 16 MB", cure, context.relative(path)))
        return None
    context.silences.extend(find_silences(data, context.relative(path)))
    return data


def _refuse_outside(context: ShowContext, path: Path) -> None:
    trouble = _leads_outside(context, path)
    if trouble:
        raise MediaError(*trouble)


def _leads_outside(context: ShowContext, path: Path) -> tuple[str, str] | None:
    """Return what is wrong with a link that leads out of the show's folder, and the cure."""
    # Unlike Path.resolve, realpath does not raise for a link that leads to itself.
    if os.path.realpath(path).startswith(context.root):
        return None
    return f"{path.name} is a link that leads out of the show's folder", "put the file itself in its place"


def _finding(
    code: str, message: str, hint: str | None, where: Location | str | None, severity: Severity = Severity.ERROR
) -> Diagnostic:
    location = Location(file=where) if isinstance(where, str) else where
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, location=location)
