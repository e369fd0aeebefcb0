"""Find the files that show.toml and front matter name, in any Unicode normalization."""

from __future__ import annotations

import os
import unicodedata
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


_SIMILAR = 0.8
"""The minimum similarity (0 to 1) of a typing error and the right name. `audio` and `audio-es` are less similar."""


def find_named_file(folder: Path, name: str | Path) -> Path:
    """Return the path of a file or folder that a setting names; the path of a missing one ends with its name.

    The path has the spelling on disk. An exact match wins. Otherwise, names are compared in NFC, because macOS,
    archives and synchronized folders write `ö` as one or two characters. Case is ignored if the disk ignores it.
    """
    found = folder
    for part in Path(name).parts:
        found /= _find_entry(found, part)
    return found


def suggest_file(path: Path, endings: Collection[str]) -> str | None:
    """Return a hint that names the file with the most similar name and one of the endings, or None.

    The case of folder names is ignored.
    """
    folder = _find_in_any_case(path.parent)
    wanted = _normalize(path.name)
    names = [_normalize(name) for name in _list_names(folder) if Path(name).suffix.lower() in endings]
    stems = {_fold_stem(name): name for name in names}
    near = get_close_matches(_fold_stem(wanted), stems, n=1, cutoff=_SIMILAR)
    if not near or (stems[near[0]] == wanted and folder == path.parent):
        return None
    where = "" if folder == path.parent else f' in the folder "{_normalize(folder.name)}"'
    return f'did you mean "{stems[near[0]]}"{where}?'


def _find_entry(folder: Path, name: str) -> str:
    names = _list_names(folder)
    if name in names:
        return name
    same = [entry for entry in names if _normalize(entry) == _normalize(name)]
    # The disk finds the name although no entry has its spelling, so the disk ignores case.
    if not same and os.path.lexists(folder / name):
        same = [entry for entry in names if _fold(entry) == _fold(name)]
    return same[0] if same else name


def _find_in_any_case(path: Path) -> Path:
    if os.path.lexists(path):
        return path
    folder = _find_in_any_case(path.parent)
    return folder / next((entry for entry in _list_names(folder) if _fold(entry) == _fold(path.name)), path.name)


def _fold(name: str) -> str:
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
