"""Find the files that show.toml and front matter name, in either form of Unicode."""

from __future__ import annotations

import os
import unicodedata
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


_SIMILAR = 0.8
"""How much of two names is the same if one of them is a slip; `audio` and `audio-es` are two files."""


def find_named_file(folder: Path, name: str | Path) -> Path:
    """Return the path of a file or folder that a setting names; the path of a missing one ends with its name.

    The exact name wins. Else names are compared in NFC, because macOS, archives and synchronised folders write
    `ö` as one character or as two.
    """
    if os.path.lexists(folder / name):
        return folder / name
    found = folder
    for part in Path(name).parts:
        same = (entry for entry in _list_names(found) if _normalize(entry) == _normalize(part))
        found /= next(same, part)
    return found


def suggest_file(path: Path, endings: Collection[str]) -> str | None:
    """Return the hint for a missing file: the one beside it with such an ending and the most similar name."""
    wanted = _normalize(path.name)
    names = [_normalize(name) for name in _list_names(path.parent) if Path(name).suffix.lower() in endings]
    stems = {_fold_stem(name): name for name in names}
    near = get_close_matches(_fold_stem(wanted), stems, n=1, cutoff=_SIMILAR)
    return f'did you mean "{stems[near[0]]}"?' if near and stems[near[0]] != wanted else None


def _fold_stem(name: str) -> str:
    return Path(name).stem.casefold()


def _list_names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - fast
    except (OSError, ValueError):
        return []


def _normalize(name: str) -> str:
    return unicodedata.normalize("NFC", name)
