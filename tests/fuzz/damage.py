"""Functions that damage one file of a folder. Each takes the file and a seeded random generator."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Damage = Callable[[Path, "Random"], None]
"""A function that damages, replaces or deletes a file."""

_LARGE = 17 * 2**20
"""A size in bytes above the limit of all texts of a show."""
_SNIPPETS = (
    "---\n", "+++\n", "title: \n", "date: 9999-12-31\n", "date: 0001-01-01T00:00:00+14:00\n", "number: -1\n",
    "number: " + "9" * 5000 + "\n", "draft: true\n", "type: bonus\n", "people: [[[[{{{{\n", "guid: a\n",
    "audio: ..\n", "artwork: ../../etc/passwd\n", "[publish]\n", "to = '/'\n", "[[[[", '"""', "'''", "\x00",
    "\x1b[2J", "\u202e", "\ud7ff", "\ufeff", "]]>", "<![CDATA[", "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "&amp;#0;", "🎙" * 50, "\r", "\u2028", "1e999", "nan", "-0", "00:00 a\n99:99:99 b\n", "WEBVTT\n\n", "<script>",
    "00:00:01,000 --> 00:00:00.5\n", "-->" * 3000, "<v " * 3000, "<time>", "{\\an8}", "\U0001f1ea" * 3000,
    "[a](javascript:b)", "*" * 3000, "> " * 3000, "[" * 3000, "x" * 100_000,
)  # fmt: skip
_NAMES = (
    "a\nb", "\x1b[31m", "\u202egnp.oidua", "🎙️", "é", "e\u0301", "x" * 200, " ", "...", "-rf", "con", "a\\b",
    "%2e%2e", "\udcff", "~", "00-trailer", "05", "999999", "show.toml", "podcastkit.lock", "podcastkit (1).lock",
    "feed.xml", "Episode 5 FINAL (2)", "public", "notes.md.txt", "$HOME", "'; ls", "<b>&", "2024-09-05 Talk",
)  # fmt: skip
_SUFFIXES = ("", ".mp3", ".wav", ".m4a", ".md", ".docx", ".jpg", ".vtt", ".json", ".toml")
_ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 10**30, float("inf"), float("nan"), "", "x", "../x", "/etc/passwd", "media/../../x",
    "media/x.mp3", "a\x00b", "\udcff", "\ud800", "x" * 10_000, "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-14:00", "2024-09-01", [], {}, [[]], [None], {"": None},
)  # fmt: skip


def truncate(path: Path, rng: Random) -> None:
    """Truncate the file at a random position."""
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data) + 1)])


def flip_bits(path: Path, rng: Random) -> None:
    """Flip some bits, most of them near the beginning, where headers are."""
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 3, 20, 200)) if data else 0):
        data[min(int(rng.expovariate(1 / 400)), len(data) - 1)] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def overwrite(path: Path, rng: Random) -> None:
    """Replace the file or a part of it with random bytes."""
    data = path.read_bytes()
    start = rng.choice((0, rng.randrange(len(data) + 1)))
    path.write_bytes(data[:start] + rng.randbytes(rng.choice((0, 1, 8, 100, 5000))) + data[start + 100 :])


def repeat(path: Path, rng: Random) -> None:
    """Append copies of the file to itself."""
    path.write_bytes(path.read_bytes() * rng.choice((2, 3, 10)))


def inflate(path: Path, rng: Random) -> None:
    """Make the file larger than every limit, as a sparse file that needs no disk space."""
    size = rng.choice((_LARGE, 2**31 + 1)) if path.suffix not in {".wav", ".m4a", ".mp3"} else _LARGE
    os.truncate(path, size)


def spoil_text(path: Path, rng: Random) -> None:
    """Move, duplicate, delete or join lines, and insert difficult ones."""
    lines = path.read_bytes().splitlines(keepends=True) or [b""]
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(lines))
        snippet = rng.choice(_SNIPPETS).encode("utf-8", "surrogatepass")
        cut = rng.randrange(len(lines[place]) + 1)
        lines[place] = rng.choice((
            b"", lines[place] * 2, lines[place].rstrip(), snippet, lines[place] + snippet,
            lines[place][:cut] + snippet + lines[place][cut:], b"  " + lines[place],
        ))  # fmt: skip
    path.write_bytes(b"".join(lines))


def spoil_value(path: Path, rng: Random) -> None:
    """Replace the text after the `=` or `:` of one line."""
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    places = [index for index, line in enumerate(lines) if re.search("[=:]", line)]
    if places:
        place = rng.choice(places)
        head, sign, _ = re.split("([=:])", lines[place], maxsplit=1)
        odd = rng.choice(_ODD_VALUES)
        written = rng.choice((str(odd), json.dumps(odd), repr(odd)))
        lines[place] = f"{head}{sign} {written}"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


def spoil_json(path: Path, rng: Random) -> None:
    """Replace one value in a JSON file with an unusual one, or remove it."""
    try:
        data = json.loads(path.read_bytes())
    except ValueError:
        return spoil_text(path, rng)
    places = _list_places(data)
    if not places:
        return spoil_text(path, rng)
    parent, key = rng.choice(places)
    if rng.random() < 1 / 4:
        del parent[key]
    else:
        parent[key] = rng.choice(_ODD_VALUES)
    path.write_text(json.dumps(data), encoding="utf-8", errors="surrogatepass")
    return None


def _list_places(data: Any) -> list[tuple[Any, Any]]:
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [place for key in keys for place in ((data, key), *_list_places(data[key]))]


def delete(path: Path, rng: Random) -> None:
    """Delete the file or its whole folder."""
    if rng.random() < 1 / 4 and not (path.parent / "show.toml").exists():
        shutil.rmtree(path.parent)
    else:
        path.unlink()


def replace_by_folder(path: Path, rng: Random) -> None:
    """Replace the file with a folder, which is empty or not."""
    path.unlink()
    path.mkdir()
    if rng.random() < 1 / 2:
        (path / rng.choice(("audio.mp3", "show.toml", "podcastkit.json"))).write_bytes(b"x")


def replace_by_pipe(path: Path, rng: Random) -> None:
    """Replace the file with a named pipe, which blocks a program that opens it."""
    del rng
    path.unlink()
    os.mkfifo(path)


def replace_by_link(path: Path, rng: Random) -> None:
    """Replace the file with a symbolic link: to the outside, to nothing, to a device or to itself."""
    path.unlink()
    targets = (
        "/etc/passwd",
        "/dev/zero",
        "/dev/null",
        "nowhere",
        path.name,
        "..",
        "/",
        "/proc/self/mem",
        "show.toml",
    )
    path.symlink_to(rng.choice(targets))


def rename(path: Path, rng: Random) -> None:
    """Give the file or its folder an unusual name."""
    name = rng.choice(_NAMES)
    if rng.random() < 1 / 3 and not (path.parent / "show.toml").exists():
        path = path.parent
    else:
        name += rng.choice((*_SUFFIXES, path.suffix, path.suffix))
    target = path.with_name(name[:200])
    if not os.path.lexists(target):
        path.rename(target)


def copy(path: Path, rng: Random) -> None:
    """Add a copy of the file with an unusual name."""
    target = path.with_name((rng.choice(_NAMES) + rng.choice((*_SUFFIXES, path.suffix)))[:200])
    if not os.path.lexists(target):
        shutil.copyfile(path, target)


def swap(path: Path, rng: Random) -> None:
    """Replace the content with that of another file of the show."""
    root = next(folder for folder in path.parents if folder.name == "show")
    others = sorted(other for other in root.rglob("*") if other.is_file() and other != path)
    shutil.copyfile(rng.choice(others), path)


DAMAGES: tuple[Damage, ...] = (
    truncate, flip_bits, overwrite, repeat, inflate, spoil_text, spoil_text, spoil_value, spoil_json, delete,
    replace_by_folder, replace_by_pipe, replace_by_link, rename, copy, swap,
)  # fmt: skip
