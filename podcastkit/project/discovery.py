"""Find a show and the files of its episodes, by their names alone."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ProjectError, make_error, make_warning
from podcastkit.disk import is_same_place, is_within
from podcastkit.media.formats import AUDIO_ENDINGS, UNREAD_ENDINGS
from podcastkit.project.named_files import find_named_file
from podcastkit.published_keys import MANIFEST_KEY
from podcastkit.text.folder_name import is_hidden, is_litter, parse_folder_name
from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic

SHOW_FILE = "show.toml"
_MANIFEST = f"{os.sep}{MANIFEST_KEY}"
DEFAULT_DESTINATION = "public"
"""The folder that a show goes into when it does not say where."""
PICTURES = frozenset({".jpg", ".jpeg", ".png"})

_NOTES = re.compile(r"notes(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:md|markdown|txt|docx)", re.IGNORECASE)
_CHAPTERS = re.compile(r"chapters(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:txt|json)", re.IGNORECASE)
_ARTWORK = re.compile(r"(artwork|cover)\.(jpg|jpeg|png)")
_TRANSCRIPT = re.compile(r"transcript(?:\.(?P<language>[^.]+))?\.(?:vtt|srt|json|txt|html?)", re.IGNORECASE)
_SUBTITLES = frozenset({".vtt", ".srt"})
_CLIP = re.compile(r"(?<![a-z])(intro|outro)(?![a-z])", re.IGNORECASE)
_PASSED_OVER = re.compile(r"(readme|license|licence|changelog)(\.\w+)?|makefile", re.IGNORECASE)
_OTHER_NOTES = frozenset({".doc", ".rtf", ".odt", ".pages", ".pdf"})
_OTHER_PICTURES = frozenset(
    {".webp", ".tif", ".tiff", ".gif", ".bmp", ".heic", ".heif", ".avif", ".jxl", ".svg", ".psd"}
)
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")

_NAMES = {
    **dict.fromkeys(PICTURES, ("artwork",)),
    ".md": ("notes",),
    ".markdown": ("notes",),
    ".docx": ("notes",),
    ".txt": ("notes", "chapters", "transcript"),
    ".json": ("chapters", "notes", "transcript"),
}
"""What files with these endings may be, the likeliest first."""
_HINTS = {
    **dict.fromkeys(_OTHER_NOTES, "if it is the notes, save it as notes.docx (Word Document) or as notes.txt"),
    **dict.fromkeys(UNREAD_ENDINGS, "if it is the episode, export it as WAV, MP3 or M4A"),
    **dict.fromkeys(_OTHER_PICTURES, "if it is the artwork, export it as JPEG and name it artwork.jpg"),
    **dict.fromkeys(
        (".sbv", ".ass", ".ssa", ".ttml", ".dfxp", ".stl", ".lrc"),
        "if it is a transcript, export it as WebVTT and name it transcript.vtt",
    ),
    **{
        ending: f"if it is a transcript, name it transcript{ending} (or transcript.es{ending} for another language)"
        for ending in (".vtt", ".srt", ".html", ".htm")
    },
}
"""What to do with files that have these endings and are not used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeFolder:
    """An episode's folder: its files by what they are for, each with the path that leads to it."""

    path: Path
    name: str
    """NFC, with a replacement character for each byte that is no Unicode."""
    files: tuple[Path, ...] = ()
    audio: tuple[Path, ...] = ()
    artwork: tuple[Path, ...] = ()
    notes: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """By the language in their names, as in `notes.es.md`; None: the show's own."""
    chapters: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """By language, like the notes."""
    transcripts: tuple[tuple[Path, str | None], ...] = ()
    """With the language that the name tells, as in `transcript.es.vtt`."""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFolder:
    """A show's folder: the files that belong to the show, and its episodes' folders in natural order."""

    path: Path
    show_file: Path
    files: tuple[Path, ...]
    artwork: tuple[Path, ...]
    episodes: tuple[Path, ...]
    on_the_way: tuple[Path, ...] = ()
    """Folders that contain only the destination."""
    published: tuple[Path, ...] = ()
    """Folders into which a show was published."""


def find_show(start: Path) -> Path:
    """Return the show's folder: this one, else the nearest parent that holds show.toml, else `episodes`.

    Raises ProjectError when there is none.
    """
    places = [start, *start.absolute().parents, start / "episodes"]
    found = next((place for place in places if find_show_file(place) is not None), None)
    if found is None:
        if misnamed := _find_misnamed(start):
            raise _misnamed_show(misnamed)
        raise ProjectError(
            f"there is no show here: no {SHOW_FILE} in {start.absolute()}, in a folder around it, or in episodes/",
            f"go to the show's folder, or name it (podcastkit check FOLDER): it is the one that holds {SHOW_FILE}; "
            f"to begin a show, make an empty {SHOW_FILE}, and podcastkit check says what belongs into it",
        )
    return found


def named_show(path: Path) -> Path:
    """Return the show's folder that a path means: itself, or the folder of a show.toml."""
    return path.parent if path.name.lower() == SHOW_FILE and path.is_file() else path


def find_show_file(folder: Path) -> Path | None:
    """Return the show.toml in a folder, written in any case, or None when there is none that can be seen."""
    try:
        if (folder / SHOW_FILE).is_file():
            return folder / SHOW_FILE
        return next(
            (entry for entry in folder.iterdir() if entry.name.lower() == SHOW_FILE and entry.is_file()), None
        )
    except OSError:
        return None


def scan_show(folder: Path) -> ShowFolder:
    """List the files and the episode folders of a show.

    Raises ProjectError when the folder cannot be read, or it or its show.toml is not there.
    """
    show_file = find_show_file(folder)
    if show_file is None:
        raise _no_show(folder)
    try:
        entries = [folder / name for name in _names(folder)]
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be read: {error.strerror or error}", "give yourself the right to"
        ) from error
    folders = {entry: None for entry in entries if is_folder(entry)}
    files = tuple(entry for entry in entries if entry not in folders)
    published = tuple(entry for entry in folders if _has_manifest(entry))
    episodes = [entry for entry in folders if entry.name.lower() != "site" and entry not in published]
    return ShowFolder(
        path=folder,
        show_file=show_file,
        files=files,
        artwork=tuple(file for file in files if _ARTWORK.fullmatch(file.name.lower())),
        episodes=tuple(sorted(episodes, key=lambda path: parse_folder_name(_name(path)).order)),
        published=published,
    )


def leave_out_destination(show: ShowFolder, destination: Path) -> ShowFolder:
    """Remove the folder that the show is published into, and folders that contain only that, from the episodes.

    One with audio or notes stays: it is an episode, into which nothing may be published.
    """
    real = {path: Path(os.path.realpath(path)) for path in show.episodes}
    around = [path for path in real if is_within(destination, real[path])]
    found = {path: scan_episode(path) for path in around}
    left_out = {
        path
        for path in around
        if not (
            found[path].audio
            or found[path].notes
            or (found[path].files and not is_same_place(real[path], destination))
        )
    }
    return replace(
        show,
        episodes=tuple(path for path in show.episodes if path not in left_out),
        on_the_way=tuple(sorted(path for path in left_out if not is_same_place(real[path], destination))),
    )


def scan_episode(folder: Path) -> EpisodeFolder:
    """Tell what lies in an episode's folder. One that cannot be read has a finding instead of files."""
    name = _name(folder)
    try:
        entries = [folder / name for name in _names(folder)]
    except OSError as error:
        return EpisodeFolder(path=folder, name=name, diagnostics=(_unreadable(name, error),))
    files = tuple(entry for entry in entries if not is_folder(entry))
    return EpisodeFolder(
        path=folder,
        name=name,
        files=files,
        audio=tuple(file for file in files if file.suffix.lower() in AUDIO_ENDINGS),
        notes=_by_language(files, _NOTES),
        chapters=_by_language(files, _CHAPTERS),
        artwork=tuple(file for file in files if _ARTWORK.fullmatch(file.name.lower())),
        transcripts=tuple(_transcripts(files)),
    )


def _name(folder: Path) -> str:
    # Python reads names by the locale, and identities are made of them: they are UTF-8 wherever they were written.
    name = os.fsencode(folder.name).decode(errors="surrogateescape")
    return unicodedata.normalize("NFC", _UNDECODABLE.sub("\N{REPLACEMENT CHARACTER}", name))


def find_strays(folder: EpisodeFolder, languages: Collection[str], used: Iterable[Path]) -> Iterator[Diagnostic]:
    """Yield a warning for each file of an episode that is not used; `languages` are those of translations."""
    known = {*folder.audio, *folder.artwork, *used, *(path for path, _ in folder.transcripts)}
    for texts in (folder.notes, folder.chapters):
        for language in (None, *languages):
            known.update(texts.get(language, ()))
    for file in folder.files:
        if file not in known and not _PASSED_OVER.fullmatch(file.name):
            yield _stray("E109", file, f"{folder.name}/{file.name}", _suggest_name(file, folder.files, known))


def find_show_strays(folder: ShowFolder, used: frozenset[Path]) -> Iterator[Diagnostic]:
    """Yield a finding for each file beside show.toml that nothing is made of, and for copies of the lock."""
    known = {folder.show_file, *folder.artwork, *used}
    for file in folder.files:
        lower = file.name.lower()
        if lower.startswith("podcastkit") and ".lock" in lower:
            if lower != "podcastkit.lock":
                yield _lock_copy(file.name)
        elif file in used:
            continue
        elif file.suffix.lower() in AUDIO_ENDINGS | UNREAD_ENDINGS:
            yield _stray("S109", file, file.name, _suggest_folder(file))
        elif file not in known and not _PASSED_OVER.fullmatch(file.name):
            is_picture = file.suffix.lower() in PICTURES | _OTHER_PICTURES
            hint = "if it belongs to an episode, move it into its folder; else begin its name with _"
            yield _stray("S109", file, file.name, _suggest_name(file, folder.files, known) if is_picture else hint)


def named_folder(show: Path, name: str | Path) -> Path:
    """Return the folder that a show names: relative to its own, and `~` is the home of whoever publishes."""
    # Path.expanduser raises for an unknown user, Path.resolve for a link that leads to itself.
    return Path(os.path.realpath(find_named_file(show, os.path.expanduser(name))))  # noqa: PTH111


def names_in(folder: Path) -> tuple[str, ...]:
    """Return the names that matter in a folder, sorted; a folder that cannot be read has none."""
    try:
        return tuple(name for name in _names(folder) if not os.path.exists(f"{folder}{os.sep}{name}{_MANIFEST}"))  # noqa: PTH110 - fast
    except OSError:
        return ()


def is_folder(path: Path) -> bool:
    """Tell whether the path leads to a folder, as far as that can be seen."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises in a folder that may be listed and not entered


def is_file(path: Path) -> bool:
    """Tell whether the path leads to an ordinary file, as far as that can be seen."""
    return os.path.isfile(path)  # noqa: PTH113 - as in is_folder; Path.is_file raises for a very long name, too


def _no_show(folder: Path) -> ProjectError:
    hint = f"a show is a folder that holds {SHOW_FILE} and a folder for each episode"
    if is_file(folder):
        return ProjectError(f"{folder} is a file, not a show's folder", hint)
    if misnamed := _find_misnamed(folder):
        return _misnamed_show(misnamed)
    found = f"there is no {SHOW_FILE} in {folder}" if is_folder(folder) else f"there is no folder {folder}"
    return ProjectError(found, hint)


def _find_misnamed(folder: Path) -> Path | None:
    """Return the file that probably is meant as show.toml, such as show.toml.txt."""
    near = get_close_matches(SHOW_FILE, {name.lower(): name for name in names_in(folder)}, n=1, cutoff=0.8)
    return next(
        (folder / name for name in names_in(folder) if near == [name.lower()] and is_file(folder / name)), None
    )


def _misnamed_show(file: Path) -> ProjectError:
    hint = f"rename {file.name} to {SHOW_FILE}"
    if file.suffix.lower() == ".txt":
        hint += "; to see the ending .txt, show file name extensions in Explorer or Finder"
    return ProjectError(f"there is no {SHOW_FILE} in {file.parent}, but {file.name}", hint)


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not (is_hidden(name) or is_litter(name)))  # noqa: PTH208 - fast


def _has_manifest(folder: Path) -> bool:
    return os.path.exists(folder / MANIFEST_KEY)  # noqa: PTH110 - as in is_folder


def _by_language(files: Iterable[Path], names: re.Pattern[str]) -> dict[str | None, tuple[Path, ...]]:
    """Return the files with such names, by the language in their names."""
    found: dict[str | None, tuple[Path, ...]] = {}
    for file in files:
        if match := names.fullmatch(file.name):
            language = _language(match["language"])
            found[language] = (*found.get(language, ()), file)
    return found


def _language(written: str | None) -> str | None:
    """Return the language in a file's name as directories write it; what is none stays as it is."""
    language = None if written is None else parse_language(written)
    return written if isinstance(language, Problem) else language


def _transcripts(files: tuple[Path, ...]) -> Iterator[tuple[Path, str | None]]:
    named = [file for file in files if _TRANSCRIPT.fullmatch(file.name)]
    if named:
        languages = ((file, _parse_transcript_language(file.name)) for file in named)
        yield from ((file, language) for file, language in languages if not isinstance(language, Problem))
        return
    stems = [(file, unicodedata.normalize("NFC", file.stem)) for file in files if file.suffix.lower() in _SUBTITLES]
    subtitles = [(file, *_split_language(stem)) for file, stem in stems]
    if len({stem for _, stem, _ in subtitles}) == 1:
        yield from ((file, language) for file, _, language in subtitles)


def _parse_transcript_language(name: str) -> str | Problem | None:
    match = _TRANSCRIPT.fullmatch(name)
    return parse_language(match["language"]) if match and match["language"] else None


def _split_language(stem: str) -> tuple[str, str | None]:
    """Part `interview.es` into the name and the language; in `interview.Is` a title ends with a word."""
    name, _, tag = stem.rpartition(".")
    language = parse_language(tag) if name and (tag[:2].islower() or tag.isupper()) else None
    return (name, language) if isinstance(language, str) else (stem, None)


def _unreadable(name: str, error: OSError) -> Diagnostic:
    message = f"the folder cannot be read: {error.strerror or error}"
    hint = "give yourself the right to read it, or begin its name with _ to leave it out"
    return make_error("E108", message, hint, name)


def _suggest_folder(audio: Path) -> str:
    folder = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", audio.stem)).strip("-").lower() or "01-episode"
    hint = f"move it into a folder of its own, such as {folder}/{audio.name}"
    clip = _CLIP.search(audio.stem)
    if clip is None:
        return hint
    key = clip[1].lower()
    return f'to have it in every episode, write {key} = "{audio.name}" under [audio]; if it is an episode, {hint}'


def _stray(code: str, file: Path, name: str, hint: str) -> Diagnostic:
    return make_warning(code, f"{file.name} is not used for anything", hint, name)


def _lock_copy(name: str) -> Diagnostic:
    message = f"{name} is a second copy of podcastkit.lock, made when two machines changed it at once"
    hint = "compare the two, keep the one that knows more episodes as podcastkit.lock, and delete the other"
    return make_error("S110", message, hint, name)


def _suggest_name(file: Path, files: Iterable[Path], used: Collection[Path]) -> str:
    """Say what a file that is not used probably should be called, among the files beside it."""
    ending, stem = file.suffix.lower(), file.stem.lower()
    if translated := _NOTES.fullmatch(file.name) or _CHAPTERS.fullmatch(file.name):
        return f"if it is a translation, say so in show.toml: [translations.{_language(translated['language'])}]"
    language = _parse_transcript_language(file.name)
    if isinstance(language, Problem):
        return f"{language.message}: {language.hint}, and name it in that way, such as transcript.es{ending}"
    if stem.startswith("transcript") and ending in _OTHER_NOTES | {".docx", ".md", ".markdown"}:
        return "if it is a transcript, save it as plain text in UTF-8 and name it transcript.txt"
    taken = [path.name.lower() for path in files if path in used]
    has_notes = ending in _OTHER_NOTES and _find_stem("notes", taken) is not None
    if ending in _HINTS and not has_notes:
        return _HINTS[ending]
    if ending not in _NAMES and not has_notes:
        return "begin its name with _ if it shall stay here unused"
    likely = _NAMES.get(ending, ("notes",))
    stem = (*get_close_matches(stem, likely, n=1), *likely)[0]
    rival = _find_stem(stem, [path.name.lower() for path in files if path not in used and path != file])
    also = f", and begin the name of {rival} with _" if rival and not _find_stem(stem, taken) else ""
    return _named(stem, ending, taken) + also


def _named(stem: str, suffix: str, taken: Collection[str]) -> str:
    """Say what to call a file that may be the notes or the like, unless another has that name already."""
    # Of transcripts there may be several, in other formats and languages.
    if there := _find_stem(stem + suffix if stem == "transcript" else stem, taken):
        return f"{there} is what is read: put the right words into that, and begin this one's name with _"
    return f"if it is the {stem}, name it {stem}{suffix}"


def _find_stem(stem: str, names: Iterable[str]) -> str | None:
    """Return the first file of this name, with or without its ending."""
    return next((name for name in sorted(names) if stem in {name, name.partition(".")[0]}), None)
