"""Find the files that show.toml and front matter name, in any Unicode normalization."""

from __future__ import annotations

import os
import unicodedata
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


_MIN_SIMILARITY = 0.8
"""The minimum similarity (0 to 1) of a mistyped and the right name. `audio` and `audio-es` are less similar."""


def find_named_file(folder: Path, name: str | Path) -> Path:
    """Return the path of a file or folder that a setting names.

    The path has the spelling on disk; a missing file or folder keeps the spelling of the setting. An exact match
    wins. Otherwise, names are compared in NFC, because macOS, archives and synchronized folders write `ö` as one or
    two characters. Case is ignored if the disk ignores it.
    """
    path = folder
    for part in Path(name).parts:
        path /= _find_entry(path, part)
    return path


def suggest_file(path: Path, endings: Collection[str]) -> str | None:
    """Return a hint with the most similar file name that has one of the endings, or None.

    The case of folder names is ignored.
    """
    folder = _find_in_any_case(path.parent)
    wanted = _normalize(path.name)
    names = [_normalize(name) for name in _list_names(folder) if Path(name).suffix.lower() in endings]
    stems = {_fold_stem(name): name for name in names}
    similar_stems = get_close_matches(_fold_stem(wanted), stems, n=1, cutoff=_MIN_SIMILARITY)
    if not similar_stems:
        return None
    suggestion = stems[similar_stems[0]]
    if suggestion == wanted and folder == path.parent:  # the file itself
        return None
    where = "" if folder == path.parent else f' in the folder "{_normalize(folder.name)}"'
    return f'did you mean "{suggestion}"{where}?'


def _find_entry(folder: Path, name: str) -> str:
    """Return the spelling on disk of a name in a folder, or the name unchanged if it is missing."""
    names = _list_names(folder)
    if name in names:
        return name
    matches = [entry for entry in names if _normalize(entry) == _normalize(name)]
    # The disk finds the name although no entry has its spelling, so the disk ignores case.
    if not matches and os.path.lexists(folder / name):
        matches = [entry for entry in names if _fold(entry) == _fold(name)]
    return matches[0] if matches else name


def _find_in_any_case(path: Path) -> Path:
    """Return a path with the spelling on disk, ignoring case. Missing parts stay unchanged."""
    if os.path.lexists(path):
        return path
    folder = _find_in_any_case(path.parent)
    return folder / next((entry for entry in _list_names(folder) if _fold(entry) == _fold(path.name)), path.name)


def _fold(name: str) -> str:
    """Return a name for a comparison that ignores case and Unicode composition."""
    return _normalize(name).casefold()


def _fold_stem(name: str) -> str:
    return Path(name).stem.casefold()


def _list_names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - fast
    except (OSError, ValueError):
        return []


def _normalize(name: str) -> str:
    return unicodedata.normalize("NFC", name)
