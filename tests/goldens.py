"""Golden shows with their findings. `python -m tests.goldens` writes the findings, expected.txt; review the diff.

A golden show is a folder in tests/data/shows, as a producer would have it. It contains only text files. Its
files.toml describes the other files, which are created in a copy of the folder, one per line:

    "artwork.jpg" = { width = 600, height = 400 }       a picture; also color, mode,
                                                        padding (bytes after it)
    "01-ebb/take.opus" = { seconds = 90 }               a tone; also channels, rate (Hz), bitrate (kbit/s),
                                                        level (LUFS), silences = [[from, until]], times, codec,
                                                        swapped (one inverted channel), claps (a moment every ten
                                                        seconds that is this many dB louder)
    "01-ebb/audio.mp3" = { title = "Ebb" }              a silent MP3, without any of these; also mark, chapters,
                                                        tag (the bytes of a complete tag, in hexadecimal)
    "02-flow/audio.mp3" = { as = "wav", keep = 5000 }   another format than its name; only the first bytes; or
                                                        damage = [from, until]
    "02-flow/notes.docx" = { paragraphs = ["…"] }       a Word document; also images, or body,
                                                        the XML of its body
    "03-neap/notes.txt" = { text = "…", encoding = "cp1252", times = 1 }, or { hex = "00ff" }
    "03-neap/notes.md" = { link = "../notes.md" }
    "04-spring/audio.mp3" = false                       nothing
    by = "plan"                                         at the top: list the findings of a plan instead of a check;
                                                        "hearing": list those of a check with measured audio

If a show has no artwork, and if files.toml does not mention it, valid artwork is added. The same applies to one
minute of audio in each episode.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from PIL import Image

from podcastkit.checks import compute_verdicts
from podcastkit.checks.rule import DIRECTORIES
from podcastkit.diagnostics import CheckFailed
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.media.formats import AUDIO_ENDINGS
from podcastkit.project.check import check_with_lock
from podcastkit.project.loader import load
from podcastkit.publishing.prepare import prepare
from podcastkit.text.quoting import escape_invisible
from tests.everything import TEXTS as EVERYTHING
from tests.everything import make_chapter, make_everything, make_id3, make_title
from tests.shows import make_mp3
from tests.word import word_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic

SHOWS = Path(__file__).parent / "data" / "shows"
EXPECTED, FILES = "expected.txt", "files.toml"
AT = datetime(2024, 12, 1, 12, tzinfo=UTC)
"""The moment of the checks."""

_AUDIO, _SECONDS = "audio.mp3", 60
_ARTWORK = "artwork.jpg"
_PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}
_FORMATS = {".m4a": "ipod", ".aac": "adts"}
"""ffmpeg's names of formats that differ from their file name extension."""
_FACTS = frozenset({"channels", "rate", "bitrate", "level", "silences", "claps", "codec", "swapped"})
_TONE_LEVEL = -21.1
"""LUFS of ffmpeg's tone in stereo."""

Recipe = dict[str, Any]
"""The line of one file in files.toml."""


def find_goldens() -> list[Path]:
    """Return the folders of the golden shows."""
    return sorted(
        path for path in (*SHOWS.iterdir(), *(SHOWS / "broken").iterdir()) if (path / "show.toml").exists()
    )


def examine(golden: Path, place: Path) -> str:
    """Create a golden show in a folder inside `place`, and return its findings as text."""
    folder = make_golden(golden, place / golden.name)
    return "".join(f"{line}\n" for line in _report(_find(folder, _read_recipes(golden).get("by", "check"))))


def make_golden(golden: Path, folder: Path) -> Path:
    """Write a golden show with all its files to a new folder."""
    if golden == EVERYTHING:
        return make_everything(folder)
    shutil.copytree(golden, folder, ignore=shutil.ignore_patterns(EXPECTED, FILES))
    recipes = {name: recipe for name, recipe in _read_recipes(golden).items() if name != "by"}
    for number, name in enumerate(name for name, recipe in recipes.items() if recipe is not False):
        _write(folder / name, recipes[name], mark=100 + number)
    _add_missing_files(folder, recipes)
    return folder


def _read_recipes(golden: Path) -> Recipe:
    file = golden / FILES
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _find(folder: Path, by: str) -> tuple[Diagnostic, ...]:
    if by != "plan":
        return check_with_lock(load(folder, at=AT, measure=by == "hearing")).findings
    try:
        return prepare(folder, at=AT).findings
    except CheckFailed as error:
        return error.diagnostics


def _report(findings: Iterable[Diagnostic]) -> Iterator[str]:
    """Yield the findings, grouped by show and episode, and the directories that reject the show."""
    findings = tuple(findings)
    about: str | None = ""
    for finding in findings:
        if finding.episode != about:
            about = finding.episode
            yield f"# {escape_invisible(about or 'The show')}"
        place = f"{finding.location}: " if finding.location else ""
        yield escape_invisible(f"{place}{finding.code} {finding.severity}: {finding.message}")
        yield f"  {escape_invisible(finding.hint or '')}"
    verdicts = compute_verdicts(findings)
    refused = [name for key, name in DIRECTORIES.items() if verdicts[key] == "fail"]
    yield f"# Refused by: {'all' if len(refused) == len(DIRECTORIES) else ', '.join(refused) or 'none'}"


def _add_missing_files(folder: Path, recipes: Mapping[str, Recipe]) -> None:
    """Add artwork to the show and audio to each episode if they are missing."""
    if _ARTWORK not in recipes and not any(folder.glob("cover.*")):
        _write(folder / _ARTWORK, {}, mark=0)
    for mark, episode in enumerate(sorted(path for path in folder.iterdir() if _is_episode(path)), start=1):
        has_audio = any(path.suffix.lower() in AUDIO_ENDINGS for path in episode.iterdir())
        if not has_audio and f"{episode.name}/{_AUDIO}" not in recipes:
            _write(episode / _AUDIO, {}, mark=mark)


def _is_episode(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(("_", "."))


def _write(path: Path, recipe: Recipe, *, mark: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if "link" in recipe:
        path.symlink_to(recipe["link"])
        return
    body = _make_body(f".{recipe['as']}" if "as" in recipe else path.suffix.lower(), recipe, mark)
    if "damage" in recipe:
        start, end = recipe["damage"][0], min(recipe["damage"][1], len(body))
        body = body[:start] + bytes(range(251)) * ((end - start) // 251) + body[end:]
    path.write_bytes(body[: recipe.get("keep")] + bytes(recipe.get("padding", 0)))


def _make_body(suffix: str, recipe: Recipe, mark: int) -> bytes:
    if "hex" in recipe:
        return bytes.fromhex(recipe["hex"]) * int(recipe.get("times", 1))
    if "text" in recipe:
        return (str(recipe["text"]) * int(recipe.get("times", 1))).encode(recipe.get("encoding", "utf-8"))
    if suffix == ".docx":
        return _make_word(recipe)
    if suffix in _PICTURES:
        return _make_picture(
            suffix,
            recipe.get("width", 3000),
            recipe.get("height", 3000),
            recipe.get("mode", "RGB"),
            recipe.get("color", "navy"),
        )
    seconds = recipe.get("seconds", _SECONDS)
    if suffix == ".mp3" and _FACTS.isdisjoint(recipe):
        return _make_tags(recipe) + make_mp3(seconds, mark=recipe.get("mark", mark))
    tone = _make_tone(suffix, seconds, json.dumps({fact: recipe[fact] for fact in _FACTS & recipe.keys()}))
    return tone * int(recipe.get("times", 1))


def _make_tags(recipe: Recipe) -> bytes:
    """Return an ID3 tag with a title and chapters (times in seconds), or the given bytes."""
    if "tag" in recipe:
        return bytes.fromhex(recipe["tag"])
    frames = [make_title(recipe["title"])] if "title" in recipe else []
    for number, (start, end, title) in enumerate(recipe.get("chapters", [])):
        frames.append(make_chapter(f"c{number}".encode(), round(start * 1000), round(end * 1000), title))
    return make_id3(*frames) if frames else b""


def _make_word(recipe: Recipe) -> bytes:
    if "body" in recipe:
        return word_document(recipe["body"])
    document, file = docx.Document(), io.BytesIO()
    for text in recipe["paragraphs"]:
        document.add_paragraph(text)
    for _ in range(recipe.get("images", 0)):
        document.add_picture(io.BytesIO(_make_picture(".png", 32, 32, "RGB", "navy")))
    document.save(file)
    return file.getvalue()


@cache
def _make_picture(suffix: str, width: int, height: int, mode: str, color: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), color).save(file, _PICTURES[suffix], compress_level=1)
    return file.getvalue()


@cache
def _make_tone(suffix: str, seconds: float, facts: str) -> bytes:
    """Return a tone encoded by ffmpeg in this format. The default is stereo with 44.1 kHz."""
    settings: Recipe = json.loads(facts)
    level = settings.get("level", -16) - _TONE_LEVEL
    tone = f"sine=frequency=997:sample_rate=48000:duration={seconds},volume={level}dB:precision=double"
    for start, end in settings.get("silences", ()):
        tone += f",volume=0:enable='between(t,{start},{end})'"
    if settings.get("swapped"):
        tone += ",pan=stereo|c0=c0|c1=-1*c0"
    if "claps" in settings:
        tone += f",volume={settings['claps']}dB:enable='lt(mod(t,10),0.02)'"
    shape = ["-ac", str(settings.get("channels", 2))]
    shape += ["-c:a", settings["codec"]] if "codec" in settings else []
    shape += [] if suffix == ".opus" else ["-ar", str(settings.get("rate", 44_100))]
    shape += ["-b:a", f"{settings['bitrate']}k"] if "bitrate" in settings else []
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"tone{suffix}"
        form = _FORMATS.get(suffix, suffix[1:])
        run_ffmpeg(["-f", "lavfi", "-i", tone, *shape, "-f", form, "-bitexact", f"file:{path}"])
        return path.read_bytes()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["PODCASTKIT_CACHE"] = f"{place}/cache"
        for golden in find_goldens():
            (golden / EXPECTED).write_text(examine(golden, Path(place) / "shows"), encoding="utf-8")
