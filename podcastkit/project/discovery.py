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
_MANIFEST_SUFFIX = f"{os.sep}{MANIFEST_KEY}"
DEFAULT_DESTINATION = "public"
"""The destination of a show that sets no `publish.to`."""
PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})

_NOTES_FILE = re.compile(
    r"notes(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:md|markdown|txt|docx)", re.IGNORECASE
)
_CHAPTERS_FILE = re.compile(r"chapters(?:\.(?P<language>[a-z]{2,3}(?:-[a-z0-9]+)*))?\.(?:txt|json)", re.IGNORECASE)
_ARTWORK_FILE = re.compile(r"(artwork|cover)\.(jpg|jpeg|png)")
_TRANSCRIPT_FILE = re.compile(r"transcript(?:\.(?P<language>[^.]+))?\.(?:vtt|srt|json|txt|html?)", re.IGNORECASE)
_SUBTITLE_ENDINGS = frozenset({".vtt", ".srt"})
_CLIP_WORD = re.compile(r"(?<![a-z])(intro|outro)(?![a-z])", re.IGNORECASE)
_IGNORED_FILE = re.compile(r"(readme|license|licence|changelog)(\.\w+)?|makefile", re.IGNORECASE)
_UNSUPPORTED_NOTES_ENDINGS = frozenset({".doc", ".rtf", ".odt", ".pages", ".pdf"})
_UNSUPPORTED_PICTURE_ENDINGS = frozenset(
    {".webp", ".tif", ".tiff", ".gif", ".bmp", ".heic", ".heif", ".avif", ".jxl", ".svg", ".psd"}
)
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")

_ROLES = {
    **dict.fromkeys(PICTURE_ENDINGS, ("artwork",)),
    ".md": ("notes",),
    ".markdown": ("notes",),
    ".docx": ("notes",),
    ".txt": ("notes", "chapters", "transcript"),
    ".json": ("chapters", "notes", "transcript"),
}
"""The possible roles of a file by its ending, the most likely first."""
_UNUSED_HINTS = {
    **dict.fromkeys(
        _UNSUPPORTED_NOTES_ENDINGS, "if it is the notes, save it as notes.docx (Word Document) or as notes.txt"
    ),
    **dict.fromkeys(UNSUPPORTED_ENDINGS, "if it is the episode, export it as WAV, MP3 or M4A"),
    **dict.fromkeys(
        _UNSUPPORTED_PICTURE_ENDINGS, "if it is the artwork, export it as JPEG and name it artwork.jpg"
    ),
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
    """The name of the folder in NFC, with a replacement character for each byte that is not UTF-8."""
    files: tuple[Path, ...] = ()
    audio: tuple[Path, ...] = ()
    artwork: tuple[Path, ...] = ()
    notes: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """The notes files by the language in their names, as in `notes.es.md`, or None for the language of the show."""
    chapters: Mapping[str | None, tuple[Path, ...]] = field(default_factory=dict)
    """The chapters files by language, like the notes."""
    transcripts: tuple[tuple[Path, str | None], ...] = ()
    """The transcript files, each with the language in its name, as in `transcript.es.vtt`, or None."""
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
    folders = [start, *start.absolute().parents, start / "episodes"]
    show_folder = next((folder for folder in folders if find_show_file(folder) is not None), None)
    if show_folder is None:
        if misnamed := _find_misnamed_show_file(start):
            raise _make_misnamed_error(misnamed)
        raise ProjectError(
            f"no show found: no {SHOW_FILE} in {start.absolute()}, its parent folders, or episodes/",
            f"go to the folder that contains {SHOW_FILE}, or write its path (podcastkit check FOLDER); to start a "
            f"new show, create an empty {SHOW_FILE} and run podcastkit check, which lists the required keys",
        )
    return show_folder


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
    folders = {entry: None for entry in entries if is_folder(entry)}  # an ordered set
    files = tuple(entry for entry in entries if entry not in folders)
    # A folder with a manifest is a destination. `site` often holds the website of the show.
    published = tuple(entry for entry in folders if _has_manifest(entry))
    episodes = [entry for entry in folders if entry.name.lower() != "site" and entry not in published]
    return ShowFolder(
        path=folder,
        show_file=show_file,
        files=files,
        artwork=tuple(file for file in files if _ARTWORK_FILE.fullmatch(file.name.lower())),
        episodes=tuple(sorted(episodes, key=lambda path: parse_folder_name(_decode_name(path)).order)),
        published=published,
    )


def leave_out_destination(show: ShowFolder, destination: Path) -> ShowFolder:
    """Remove the destination folder, and folders that contain only the destination, from the episodes.

    A folder with audio or notes is kept: it is an episode, and `report_destination` refuses to publish to it. A
    folder around the destination is kept if it contains any file.
    """
    # Compare real paths, because a destination may be a link.
    real = {path: Path(os.path.realpath(path)) for path in show.episodes}
    left_out: set[Path] = set()
    parents: list[Path] = []
    for path in show.episodes:
        if not is_within(destination, real[path]):
            continue
        scan = scan_episode(path)
        is_destination = is_same_place(real[path], destination)
        if scan.audio or scan.notes or (scan.files and not is_destination):
            continue
        left_out.add(path)
        if not is_destination:
            parents.append(path)
    return replace(
        show,
        episodes=tuple(path for path in show.episodes if path not in left_out),
        destination_parents=tuple(sorted(parents)),
    )


def scan_episode(folder: Path) -> EpisodeFolder:
    """List the files of an episode folder by their role. An unreadable folder has a finding instead of files."""
    name = _decode_name(folder)
    try:
        entries = [folder / entry for entry in _list_visible_names(folder)]
    except OSError as error:
        return EpisodeFolder(path=folder, name=name, diagnostics=(_report_unreadable(name, error),))
    files = tuple(entry for entry in entries if not is_folder(entry))
    return EpisodeFolder(
        path=folder,
        name=name,
        files=files,
        audio=tuple(file for file in files if file.suffix.lower() in AUDIO_ENDINGS),
        notes=_group_by_language(files, _NOTES_FILE),
        chapters=_group_by_language(files, _CHAPTERS_FILE),
        artwork=tuple(file for file in files if _ARTWORK_FILE.fullmatch(file.name.lower())),
        transcripts=tuple(_find_transcripts(files)),
    )


def _decode_name(folder: Path) -> str:
    """Return the name of a folder in NFC, in the same way on every machine."""
    # Python decodes names by the locale. GUIDs depend on the names, so decode them as UTF-8 on every machine.
    name = os.fsencode(folder.name).decode(errors="surrogateescape")
    return unicodedata.normalize("NFC", _UNDECODABLE.sub("\N{REPLACEMENT CHARACTER}", name))


def find_unused_files(
    folder: EpisodeFolder, languages: Collection[str], used: Iterable[Path]
) -> Iterator[Diagnostic]:
    """Yield a warning for each unused file of an episode. `languages` are the languages of the translations."""
    used_files = {*folder.audio, *folder.artwork, *used, *(path for path, _ in folder.transcripts)}
    for files_by_language in (folder.notes, folder.chapters):
        for language in (None, *languages):
            used_files.update(files_by_language.get(language, ()))
    for file in folder.files:
        if file not in used_files and not _IGNORED_FILE.fullmatch(file.name):
            yield _report_unused(
                "E109", file, f"{folder.name}/{file.name}", _suggest_name(file, folder.files, used_files)
            )


def find_unused_show_files(folder: ShowFolder, used: frozenset[Path]) -> Iterator[Diagnostic]:
    """Yield a finding for each unused file next to show.toml, and for each copy of the lock file."""
    used_files = {folder.show_file, *folder.artwork, *used}
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
        elif file not in used_files and not _IGNORED_FILE.fullmatch(file.name):
            is_picture = file.suffix.lower() in PICTURE_ENDINGS | _UNSUPPORTED_PICTURE_ENDINGS
            hint = "if it belongs to an episode, move it to the episode folder; else start its name with _"
            yield _report_unused(
                "S109", file, file.name, _suggest_name(file, folder.files, used_files) if is_picture else hint
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
        return tuple(name for name in names if not os.path.exists(f"{folder}{os.sep}{name}{_MANIFEST_SUFFIX}"))  # noqa: PTH110 - fast
    except OSError:
        return ()


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; False if that cannot be determined."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises in a folder that may be listed and not entered


def is_file(path: Path) -> bool:
    """Return whether a path is an ordinary file; False if that cannot be determined."""
    return os.path.isfile(path)  # noqa: PTH113 - as in is_folder; Path.is_file raises for a very long name, too


def _make_missing_error(folder: Path) -> ProjectError:
    """Return the error for a path that is not a show folder."""
    hint = f"write the path of a show folder, which contains {SHOW_FILE} and a folder for each episode"
    if is_file(folder):
        return ProjectError(f"{folder} is a file, not a show's folder", hint)
    if misnamed := _find_misnamed_show_file(folder):
        return _make_misnamed_error(misnamed)
    message = f"there is no {SHOW_FILE} in {folder}" if is_folder(folder) else f"there is no folder {folder}"
    return ProjectError(message, hint)


def _find_misnamed_show_file(folder: Path) -> Path | None:
    """Return a file whose name is similar to show.toml, such as show.toml.txt, or None."""
    names = list_relevant_names(folder)
    similar = get_close_matches(SHOW_FILE, [name.lower() for name in names], n=1, cutoff=0.8)
    files = (folder / name for name in names if [name.lower()] == similar)
    return next((file for file in files if is_file(file)), None)


def _make_misnamed_error(file: Path) -> ProjectError:
    hint = f"rename {file.name} to {SHOW_FILE}"
    if file.suffix.lower() == ".txt":
        hint += "; to see the ending .txt, turn on file name extensions in Explorer or Finder"
    return ProjectError(f"there is no {SHOW_FILE} in {file.parent}, only {file.name}", hint)


def _list_visible_names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not (is_hidden(name) or is_system_file(name)))  # noqa: PTH208 - fast


def _has_manifest(folder: Path) -> bool:
    return os.path.exists(folder / MANIFEST_KEY)  # noqa: PTH110 - as in is_folder


def _group_by_language(files: Iterable[Path], pattern: re.Pattern[str]) -> dict[str | None, tuple[Path, ...]]:
    """Return the files whose names match the pattern, by the language in their names."""
    groups: dict[str | None, tuple[Path, ...]] = {}
    for file in files:
        if match := pattern.fullmatch(file.name):
            language = _normalize_language(match["language"])
            groups[language] = (*groups.get(language, ()), file)
    return groups


def _normalize_language(written: str | None) -> str | None:
    """Return the normalized language code of a file name. An unknown code is returned unchanged."""
    language = None if written is None else parse_language(written)
    return written if isinstance(language, Problem) else language


def _find_transcripts(files: tuple[Path, ...]) -> Iterator[tuple[Path, str | None]]:
    """Yield each transcript file with the language in its name, or None without one."""
    named_files = [file for file in files if _TRANSCRIPT_FILE.fullmatch(file.name)]
    if named_files:
        languages = ((file, _parse_transcript_language(file.name)) for file in named_files)
        yield from ((file, language) for file, language in languages if not isinstance(language, Problem))
        return
    # Without a file named transcript, subtitle files count if they all share one name.
    stems = [
        (file, unicodedata.normalize("NFC", file.stem))
        for file in files
        if file.suffix.lower() in _SUBTITLE_ENDINGS
    ]
    subtitles = [(file, *_split_language(stem)) for file, stem in stems]
    if len({stem for _, stem, _ in subtitles}) == 1:
        yield from ((file, language) for file, _, language in subtitles)


def _parse_transcript_language(name: str) -> str | Problem | None:
    """Return the language in the name of a transcript, a problem for an unknown language, or None without one."""
    match = _TRANSCRIPT_FILE.fullmatch(name)
    return parse_language(match["language"]) if match and match["language"] else None


def _split_language(stem: str) -> tuple[str, str | None]:
    """Split `interview.es` into name and language. `interview.Is` has no language: `Is` is a word of the title."""
    name, _, tag = stem.rpartition(".")
    language = parse_language(tag) if name and (tag[:2].islower() or tag.isupper()) else None
    return (name, language) if isinstance(language, str) else (stem, None)


def _report_unreadable(name: str, error: OSError) -> Diagnostic:
    message = f"the folder cannot be read: {error.strerror or error}"
    hint = "change the permissions of the folder, or start its name with _ to ignore it"
    return make_error("E108", message, hint, name)


def _suggest_use_of_audio(audio: Path) -> str:
    """Return a hint about an audio file next to show.toml: it can be an episode or, by its name, a clip."""
    folder = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", audio.stem)).strip("-").lower() or "01-episode"
    hint = f"move the file to a new folder, such as {folder}/{audio.name}"
    clip = _CLIP_WORD.search(audio.stem)
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
    if translated := _NOTES_FILE.fullmatch(file.name) or _CHAPTERS_FILE.fullmatch(file.name):
        return f"for a translation, add to show.toml: [translations.{_normalize_language(translated['language'])}]"
    language = _parse_transcript_language(file.name)
    if isinstance(language, Problem):
        return f"{language.message}: {language.hint} in the file name, as in transcript.es{ending}"
    if stem.startswith("transcript") and ending in _UNSUPPORTED_NOTES_ENDINGS | {".docx", ".md", ".markdown"}:
        return "if it is a transcript, save it as plain text in UTF-8 and name it transcript.txt"
    used_names = [path.name.lower() for path in files if path in used]
    # Suggest no new notes if the folder has notes already.
    has_notes = ending in _UNSUPPORTED_NOTES_ENDINGS and _find_name("notes", used_names) is not None
    if ending in _UNUSED_HINTS and not has_notes:
        return _UNUSED_HINTS[ending]
    if ending not in _ROLES and not has_notes:
        return "to keep the file here without using it, start its name with _"
    # Suggest the role with the most similar name. Without one, suggest the most likely role of the ending.
    roles = _ROLES.get(ending, ("notes",))
    role = (*get_close_matches(stem, roles, n=1), *roles)[0]
    duplicate = _find_name(role, [path.name.lower() for path in files if path not in used and path != file])
    is_ambiguous = duplicate and not _find_name(role, used_names)
    addition = f", and start the name of {duplicate} with _" if is_ambiguous else ""
    return _suggest_renaming(role, ending, used_names) + addition


def _suggest_renaming(role: str, ending: str, used_names: Collection[str]) -> str:
    """Return the hint to name a file after its role, or to merge it with the file that has this role."""
    # An episode may have several transcripts, in other formats and languages.
    name = role + ending if role == "transcript" else role
    if existing := _find_name(name, used_names):
        return (
            f"podcastkit reads {existing}: copy the text of this file to it, and start the name of this file with _"
        )
    return f"if it is the {role}, name it {role}{ending}"


def _find_name(wanted: str, names: Iterable[str]) -> str | None:
    """Return the first of the file names that equals `wanted`, with or without its ending."""
    return next((name for name in sorted(names) if wanted in {name, name.partition(".")[0]}), None)
