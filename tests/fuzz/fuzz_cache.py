"""Damage files of the cache, and check that the published files stay the same byte for byte.

    python -m tests.fuzz.fuzz_cache --cases 500 --seed 1
    python -m tests.fuzz.fuzz_cache --seed 1 --only 41    # repeat one case

Each case damages up to three files or folders of a complete cache, and publishes the show to a new folder. One case
in four uses `--no-cache`. The result must be the same as with an intact cache: the same files, the same levels, and
no exception.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

import click
from PIL import Image

import podcastkit
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import apply
from tests.fuzz.damage import (
    copy,
    delete,
    flip_bits,
    inflate,
    overwrite,
    rename,
    repeat,
    replace_by_folder,
    replace_by_link,
    replace_by_pipe,
    spoil_json,
    truncate,
)
from tests.fuzz.fuzz_show import NOW, build_shows
from tests.shows import write_artwork

if TYPE_CHECKING:
    from tests.fuzz.damage import Damage

_ADDRESS = "https://trial.example.org"
_FACTS = "facts.sqlite3"


@click.command()
@click.option("--cases", default=500, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=int, help="Run only this case.")
def main(cases: int, seed: int, only: int | None) -> None:
    """Try damaged caches; exit 1 when something else was published."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="podcastkit-fuzz-") as name, patch("podcastkit.cache.RACY_NS", 0):
        place = Path(name)
        show, whole = _build_show(place)
        expected = _publish(show, whole, place / "expected", forget=False)
        for index in range(cases) if only is None else [only]:
            rng = Random(f"{seed}-{index}")  # noqa: S311 - repeatable, and not for secrets
            cache = place / f"{index}" / "cache"
            shutil.copytree(whole, cache, symlinks=True)
            damages = [_damage(cache, rng) for _ in range(rng.choice((1, 1, 2, 3)))]
            outcome = _run_case(show, cache, expected, forget=rng.random() < 1 / 4)
            outcomes["the same" if outcome is None else "wrong"] += 1
            if outcome:
                click.echo(f"case {index}: {'; '.join(damages)}\n{outcome}\n")
            shutil.rmtree(cache.parent)
    click.echo(", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()))
    sys.exit("wrong" in outcomes)


def _build_show(place: Path) -> tuple[Path, Path]:
    """Return a show, and a cache that holds all that was made of it."""
    cache = place / "cache"
    os.environ["PODCASTKIT_CACHE"] = str(cache)
    show, _ = build_shows(place)
    Image.new("CMYK", (160, 40)).save(show / "banner.jpg")
    (show / "02-second" / "artwork.jpg").unlink()
    write_artwork(show / "02-second" / "artwork.png")
    Image.new("RGBA", (1500, 1500), (9, 9, 9, 99)).save(show / "02-second" / "artwork.png")
    _publish(show, cache, place / "first", forget=False)
    return show, cache


def _publish(show: Path, cache: Path, to: Path, *, forget: bool) -> dict[str, bytes]:
    """Publish the show to a new folder. Return its files by name, and the picture of its levels."""
    os.environ["PODCASTKIT_CACHE"] = str(cache)
    levels = podcastkit.draw_levels(show)
    apply(prepare(show, to=to, url=_ADDRESS, at=NOW, forget=forget), write_lock=False)
    files = {str(path.relative_to(to)): path.read_bytes() for path in to.rglob("*") if path.is_file()}
    shutil.rmtree(to)
    return files | {"levels": levels}


def _run_case(show: Path, cache: Path, expected: dict[str, bytes], *, forget: bool) -> str | None:
    """Publish with a damaged cache, and return the problem or None."""
    try:
        files = _publish(show, cache, cache.with_name("public"), forget=forget)
    except Exception:  # noqa: BLE001 - any exception is a failure
        return traceback.format_exc()
    other = [name for name in {*files, *expected} if files.get(name) != expected.get(name)]
    return f"not the same (of {len(expected)}): {', '.join(sorted(other))}" if other else None


def _damage(cache: Path, rng: Random) -> str:
    """Damage a part of the cache, and return a description."""
    paths = sorted(path for path in cache.rglob("*") if os.path.lexists(path))
    files = [path for path in paths if path.is_file() and path.stat().st_size < 2**24]
    folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
    if not folders:  # everything is deleted already
        return "nothing"
    if rng.random() < 1 / 5 or not files:
        target = rng.choice(folders)
        damage = rng.choice(_OF_FOLDERS)
    else:
        target = rng.choice(files)
        damage = rng.choice(_OF_FACTS if target.name == _FACTS else _OF_FILES)
    damage(target, rng)
    return f"{damage.__name__} {target.relative_to(cache)}"


def _swap(path: Path, rng: Random) -> None:
    """Replace the content with that of another file of the cache."""
    root = next(folder for folder in path.parents if folder.name == "cache")
    shutil.copyfile(rng.choice(sorted(other for other in root.rglob("*") if other.is_file())), path.with_name("x"))
    path.with_name("x").replace(path)


def _forbid(path: Path, rng: Random) -> None:
    """Remove read or write permissions."""
    path.chmod(rng.choice((0o000, 0o400, 0o200)))


def _remove_folder(path: Path, rng: Random) -> None:
    del rng
    shutil.rmtree(path)


def _replace_folder(path: Path, rng: Random) -> None:
    """Replace the folder with a file or a broken link."""
    shutil.rmtree(path)
    if rng.random() < 1 / 2:
        path.write_bytes(b"x")
    else:
        path.symlink_to("nowhere")


def _empty_files(path: Path, rng: Random) -> None:
    """Empty every file, as a power cut can do."""
    del rng
    for file in path.rglob("*"):
        if file.is_file() and not file.is_symlink():
            file.write_bytes(b"")


def _spoil_row(path: Path, rng: Random) -> None:
    """Replace one or all values with an unusual one."""
    odd = rng.choice((None, 1, "x", b"", b"{}", b"[" * 10_000, b"null", rng.randbytes(50)))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection, contextlib.suppress(sqlite3.Error):
        _spoil(connection, odd, rng)


def _spoil(connection: sqlite3.Connection, odd: object, rng: Random) -> None:
    rows = connection.execute("SELECT rowid, value FROM contents").fetchall()
    row, value = rng.choice(rows)
    kind = rng.choice(("one", "all", "other", "digit", "shape", "table"))
    if kind == "all":
        connection.execute("UPDATE contents SET value=?", (odd,))
    elif kind == "other":
        connection.execute("UPDATE contents SET value=? WHERE rowid=?", (rng.choice(rows)[1], row))
    elif kind == "digit":
        connection.execute("UPDATE contents SET value=? WHERE rowid=?", (value.replace(b"1", b"2"), row))
    elif kind == "shape":
        connection.execute("UPDATE contents SET value=? WHERE rowid=?", (json.dumps([odd is None]).encode(), row))
    elif kind == "table":
        connection.execute("DROP TABLE contents")
        connection.execute("CREATE VIEW contents AS SELECT 'a' AS kind, 'b' AS sha256, x'00' AS value")
    else:
        connection.execute("UPDATE contents SET value=? WHERE rowid=?", (odd, row))


_OF_FILES: tuple[Damage, ...] = (
    truncate, flip_bits, overwrite, repeat, inflate, spoil_json, delete, replace_by_folder, replace_by_pipe,
    replace_by_link, rename, copy, _swap, _forbid,
)  # fmt: skip
_OF_FACTS: tuple[Damage, ...] = (*_OF_FILES, *[_spoil_row] * 8)
_OF_FOLDERS: tuple[Damage, ...] = (_remove_folder, _replace_folder, _empty_files)


if __name__ == "__main__":
    main()
