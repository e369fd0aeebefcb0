"""Find a show and the files of its episodes, by file names alone."""

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
from podcastkit.media.formats import AUDIO_ENDINGS, UNSUPPORTED_ENDINGS
from podcastkit.project.named_files import find_named_file
from podcastkit.published_keys import MANIFEST_KEY
from podcastkit.text.folder_name import is_hidden, is_system_file, parse_folder_name
from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic

SHOW_FILE = "show.toml"
_MANIFEST = f"{os.sep}{MANIFEST_KEY}"
DEFAULT_DESTINATION = "public"
"""The destination of a show that sets no `publish.to`."""
PICTURES = frozenset({".jpg", ".jpeg", ".png"})

_NOTES = re.compile(r"notes(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:md|markdown|txt|docx)", re.IGNORECASE)
_CHAPTERS = re.compile(r"chapters(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:txt|json)", re.IGNORECASE)
_ARTWORK = re.compile(r"(artwork|cover)\.(jpg|jpeg|png)")
_TRANSCRIPT = re.compile(r"transcript(?:\.(?P<language>[^.]+))?\.(?:vtt|srt|json|txt|html?)", re.IGNORECASE)
_SUBTITLES = frozenset({".vtt", ".srt"})
_CLIP = re.compile(r"(?<![a-z])(intro|outro)(?![a-z])", re.IGNORECASE)
_IGNORED = re.compile(r"(readme|license|licence|changelog)(\.\w+)?|makefile", re.IGNORECASE)
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
"""The possible roles of a file by its ending, the most likely first."""
_HINTS = {
    **dict.fromkeys(_OTHER_NOTES, "if it is the notes, save it as notes.docx (Word Document) or as notes.txt"),
    **dict.fromkeys(UNSUPPORTED_ENDINGS, "if it is the episode, export it as WAV, MP3 or M4A"),
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
"""The hint for an unused file with this ending."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeFolder:
    """An episode folder: its files by their role."""

    path: Path
    name: str
    """In NFC, with a replacement character for each byte that is not UTF-8."""
    files: tuple[Path, ...] = ()
    audio: tuple[Path, ...] = ()
    artwork: tuple[Path, ...] = ()
    notes: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """By the language in the file name, as in `notes.es.md`, or None for the language of the show."""
    chapters: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """By language, like the notes."""
    transcripts: tuple[tuple[Path, str | None], ...] = ()
    """With the language in the file name, as in `transcript.es.vtt`."""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowFolder:
    """A show folder: its files, and its episode folders in natural order."""

    path: Path
    show_file: Path
    files: tuple[Path, ...]
    artwork: tuple[Path, ...]
    episodes: tuple[Path, ...]
    destination_parents: tuple[Path, ...] = ()
    """Folders that contain only the destination."""
    published: tuple[Path, ...] = ()
    """Folders to which a show was published."""


def find_show(start: Path) -> Path:
    """Return the first folder that contains show.toml: `start`, the nearest parent, or `start/episodes`.

    Raises ProjectError if no folder does.
    """
    places = [start, *start.absolute().parents, start / "episodes"]
    found = next((place for place in places if find_show_file(place) is not None), None)
    if found is None:
        if misnamed := _find_misnamed(start):
            raise _make_misnamed_error(misnamed)
        raise ProjectError(
            f"no show found: no {SHOW_FILE} in {start.absolute()}, its parent folders, or episodes/",
            f"go to the folder that contains {SHOW_FILE}, or write its path (podcastkit check FOLDER); to start a "
            f"new show, create an empty {SHOW_FILE} and run podcastkit check, which lists the required keys",
        )
    return found


def resolve_show_folder(path: Path) -> Path:
    """Return the show folder of a path, which is the folder itself or its show.toml."""
    return path.parent if path.name.lower() == SHOW_FILE and path.is_file() else path


def find_show_file(folder: Path) -> Path | None:
    """Return the show.toml in a folder, ignoring case, or None if the file cannot be found."""
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

    Raises ProjectError if the folder or its show.toml is missing, or if the folder cannot be read.
    """
    show_file = find_show_file(folder)
    if show_file is None:
        raise _make_missing_error(folder)
    try:
        entries = [folder / name for name in _list_visible_names(folder)]
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be read: {error.strerror or error}", "change its permissions"
        ) from error
    folders = {entry: None for entry in entries if is_folder(entry)}
    files = tuple(entry for entry in entries if entry not in folders)
    # A folder with a manifest is a destination. `site` often holds the website of the show.
    published = tuple(entry for entry in folders if _has_manifest(entry))
    episodes = [entry for entry in folders if entry.name.lower() != "site" and entry not in published]
    return ShowFolder(
        path=folder,
        show_file=show_file,
        files=files,
        artwork=tuple(file for file in files if _ARTWORK.fullmatch(file.name.lower())),
        episodes=tuple(sorted(episodes, key=lambda path: parse_folder_name(_decode_name(path)).order)),
        published=published,
    )


def leave_out_destination(show: ShowFolder, destination: Path) -> ShowFolder:
    """Remove the destination folder, and folders that contain only the destination, from the episodes.

    A folder with audio or notes is kept: it is an episode, and `report_destination` refuses to publish to it.
    """
    # Compare real paths, because a destination may be a link.
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
        destination_parents=tuple(sorted(path for path in left_out if not is_same_place(real[path], destination))),
    )


def scan_episode(folder: Path) -> EpisodeFolder:
    """List the files of an episode folder by their role. An unreadable folder has a finding instead of files."""
    name = _decode_name(folder)
    try:
        entries = [folder / name for name in _list_visible_names(folder)]
    except OSError as error:
        return EpisodeFolder(path=folder, name=name, diagnostics=(_report_unreadable(name, error),))
    files = tuple(entry for entry in entries if not is_folder(entry))
    return EpisodeFolder(
        path=folder,
        name=name,
        files=files,
        audio=tuple(file for file in files if file.suffix.lower() in AUDIO_ENDINGS),
        notes=_group_by_language(files, _NOTES),
        chapters=_group_by_language(files, _CHAPTERS),
        artwork=tuple(file for file in files if _ARTWORK.fullmatch(file.name.lower())),
        transcripts=tuple(_find_transcripts(files)),
    )


def _decode_name(folder: Path) -> str:
    # Python decodes names by the locale. GUIDs depend on the names, so decode them as UTF-8 on every machine.
    name = os.fsencode(folder.name).decode(errors="surrogateescape")
    return unicodedata.normalize("NFC", _UNDECODABLE.sub("\N{REPLACEMENT CHARACTER}", name))


def find_unused_files(
    folder: EpisodeFolder, languages: Collection[str], used: Iterable[Path]
) -> Iterator[Diagnostic]:
    """Yield a warning for each unused file of an episode. `languages` are the languages of the translations."""
    known = {*folder.audio, *folder.artwork, *used, *(path for path, _ in folder.transcripts)}
    for texts in (folder.notes, folder.chapters):
        for language in (None, *languages):
            known.update(texts.get(language, ()))
    for file in folder.files:
        if file not in known and not _IGNORED.fullmatch(file.name):
            yield _report_unused(
                "E109", file, f"{folder.name}/{file.name}", _suggest_name(file, folder.files, known)
            )


def find_unused_show_files(folder: ShowFolder, used: frozenset[Path]) -> Iterator[Diagnostic]:
    """Yield a finding for each unused file next to show.toml, and for each copy of the lock file."""
    known = {folder.show_file, *folder.artwork, *used}
    for file in folder.files:
        lower = file.name.lower()
        # Sync services name copies such as `podcastkit (1).lock`.
        if lower.startswith("podcastkit") and ".lock" in lower:
            if lower != "podcastkit.lock":
                yield _report_lock_copy(file.name)
        elif file in used:
            continue
        elif file.suffix.lower() in AUDIO_ENDINGS | UNSUPPORTED_ENDINGS:
            yield _report_unused("S109", file, file.name, _suggest_use_of_audio(file))
        elif file not in known and not _IGNORED.fullmatch(file.name):
            is_picture = file.suffix.lower() in PICTURES | _OTHER_PICTURES
            hint = "if it belongs to an episode, move it to the episode folder; else start its name with _"
            yield _report_unused(
                "S109", file, file.name, _suggest_name(file, folder.files, known) if is_picture else hint
            )


def resolve_folder(show: Path, name: str | Path) -> Path:
    """Resolve a folder that a show names, relative to the show folder. `~` is the user's home folder."""
    # Path.expanduser raises for an unknown user, Path.resolve for a link that leads to itself.
    return Path(os.path.realpath(find_named_file(show, os.path.expanduser(name))))  # noqa: PTH111


def list_relevant_names(folder: Path) -> tuple[str, ...]:
    """Return the sorted names in a folder, without hidden files, system files and destinations.

    An unreadable folder has no names.
    """
    try:
        names = _list_visible_names(folder)
        return tuple(name for name in names if not os.path.exists(f"{folder}{os.sep}{name}{_MANIFEST}"))  # noqa: PTH110 - fast
    except OSError:
        return ()


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; False if that cannot be determined."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises in a folder that may be listed and not entered


def is_file(path: Path) -> bool:
    """Return whether a path is an ordinary file; False if that cannot be determined."""
    return os.path.isfile(path)  # noqa: PTH113 - as in is_folder; Path.is_file raises for a very long name, too


def _make_missing_error(folder: Path) -> ProjectError:
    hint = f"write the path of a show folder, which contains {SHOW_FILE} and a folder for each episode"
    if is_file(folder):
        return ProjectError(f"{folder} is a file, not a show's folder", hint)
    if misnamed := _find_misnamed(folder):
        return _make_misnamed_error(misnamed)
    found = f"there is no {SHOW_FILE} in {folder}" if is_folder(folder) else f"there is no folder {folder}"
    return ProjectError(found, hint)


def _find_misnamed(folder: Path) -> Path | None:
    """Return a file whose name is similar to show.toml, such as show.toml.txt."""
    near = get_close_matches(
        SHOW_FILE, {name.lower(): name for name in list_relevant_names(folder)}, n=1, cutoff=0.8
    )
    return next(
        (
            folder / name
            for name in list_relevant_names(folder)
            if near == [name.lower()] and is_file(folder / name)
        ),
        None,
    )


def _make_misnamed_error(file: Path) -> ProjectError:
    hint = f"rename {file.name} to {SHOW_FILE}"
    if file.suffix.lower() == ".txt":
        hint += "; to see the ending .txt, turn on file name extensions in Explorer or Finder"
    return ProjectError(f"there is no {SHOW_FILE} in {file.parent}, only {file.name}", hint)


def _list_visible_names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not (is_hidden(name) or is_system_file(name)))  # noqa: PTH208 - fast


def _has_manifest(folder: Path) -> bool:
    return os.path.exists(folder / MANIFEST_KEY)  # noqa: PTH110 - as in is_folder


def _group_by_language(files: Iterable[Path], names: re.Pattern[str]) -> dict[str | None, tuple[Path, ...]]:
    """Return the files whose names match, by the language in their names."""
    found: dict[str | None, tuple[Path, ...]] = {}
    for file in files:
        if match := names.fullmatch(file.name):
            language = _normalize_language(match["language"])
            found[language] = (*found.get(language, ()), file)
    return found


def _normalize_language(written: str | None) -> str | None:
    """Return the normalized language code of a file name. An unknown code is returned unchanged."""
    language = None if written is None else parse_language(written)
    return written if isinstance(language, Problem) else language


def _find_transcripts(files: tuple[Path, ...]) -> Iterator[tuple[Path, str | None]]:
    named = [file for file in files if _TRANSCRIPT.fullmatch(file.name)]
    if named:
        languages = ((file, _parse_transcript_language(file.name)) for file in named)
        yield from ((file, language) for file, language in languages if not isinstance(language, Problem))
        return
    # Without a file named transcript, subtitle files count if they all share one name.
    stems = [(file, unicodedata.normalize("NFC", file.stem)) for file in files if file.suffix.lower() in _SUBTITLES]
    subtitles = [(file, *_split_language(stem)) for file, stem in stems]
    if len({stem for _, stem, _ in subtitles}) == 1:
        yield from ((file, language) for file, _, language in subtitles)


def _parse_transcript_language(name: str) -> str | Problem | None:
    match = _TRANSCRIPT.fullmatch(name)
    return parse_language(match["language"]) if match and match["language"] else None


def _split_language(stem: str) -> tuple[str, str | None]:
    """Split `interview.es` into name and language. In `interview.Is`, `Is` is a word of the title."""
    name, _, tag = stem.rpartition(".")
    language = parse_language(tag) if name and (tag[:2].islower() or tag.isupper()) else None
    return (name, language) if isinstance(language, str) else (stem, None)


def _report_unreadable(name: str, error: OSError) -> Diagnostic:
    message = f"the folder cannot be read: {error.strerror or error}"
    hint = "change the permissions of the folder, or start its name with _ to ignore it"
    return make_error("E108", message, hint, name)


def _suggest_use_of_audio(audio: Path) -> str:
    folder = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", audio.stem)).strip("-").lower() or "01-episode"
    hint = f"move the file to a new folder, such as {folder}/{audio.name}"
    clip = _CLIP.search(audio.stem)
    if clip is None:
        return hint
    key = clip[1].lower()
    line = f'{key} = "{audio.name}" under [audio] in show.toml'
    return f"to play it in every episode, write {line}; if it is an episode, {hint}"


def _report_unused(code: str, file: Path, name: str, hint: str) -> Diagnostic:
    return make_warning(code, f"{file.name} is not used", hint, name)


def _report_lock_copy(name: str) -> Diagnostic:
    message = f"{name} is a copy of podcastkit.lock, created when two machines changed it at the same time"
    hint = "compare the two files, keep the one with more episodes as podcastkit.lock, and delete the other"
    return make_error("S110", message, hint, name)


def _suggest_name(file: Path, files: Iterable[Path], used: Collection[Path]) -> str:
    """Return a hint about the right name of an unused file, given the other files in its folder."""
    ending, stem = file.suffix.lower(), file.stem.lower()
    # Notes and chapters are only unused if show.toml does not list their language.
    if translated := _NOTES.fullmatch(file.name) or _CHAPTERS.fullmatch(file.name):
        return f"for a translation, add to show.toml: [translations.{_normalize_language(translated['language'])}]"
    language = _parse_transcript_language(file.name)
    if isinstance(language, Problem):
        return f"{language.message}: {language.hint} in the file name, as in transcript.es{ending}"
    if stem.startswith("transcript") and ending in _OTHER_NOTES | {".docx", ".md", ".markdown"}:
        return "if it is a transcript, save it as plain text in UTF-8 and name it transcript.txt"
    taken = [path.name.lower() for path in files if path in used]
    has_notes = ending in _OTHER_NOTES and _find_stem("notes", taken) is not None
    if ending in _HINTS and not has_notes:
        return _HINTS[ending]
    if ending not in _NAMES and not has_notes:
        return "to keep the file here unused, start its name with _"
    # Suggest the role with the most similar name or, failing that, the most likely role of the ending.
    likely = _NAMES.get(ending, ("notes",))
    stem = (*get_close_matches(stem, likely, n=1), *likely)[0]
    duplicate = _find_stem(stem, [path.name.lower() for path in files if path not in used and path != file])
    also = f", and start the name of {duplicate} with _" if duplicate and not _find_stem(stem, taken) else ""
    return _suggest_renaming(stem, ending, taken) + also


def _suggest_renaming(stem: str, suffix: str, taken: Collection[str]) -> str:
    """Return the hint to rename a file to `stem`, or what to do if another file has that name."""
    # An episode may have several transcripts, in other formats and languages.
    if there := _find_stem(stem + suffix if stem == "transcript" else stem, taken):
        return f"podcastkit reads {there}: put the content there, and start the name of this file with _"
    return f"if it is the {stem}, name it {stem}{suffix}"


def _find_stem(stem: str, names: Iterable[str]) -> str | None:
    """Return the first file with this name, with or without its ending."""
    return next((name for name in sorted(names) if stem in {name, name.partition(".")[0]}), None)
