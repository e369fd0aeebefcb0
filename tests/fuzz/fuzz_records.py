"""Damage the records of a published show, and check that no foreign file is deleted.

    python -m tests.fuzz.fuzz_records --cases 1000 --seed 1
    python -m tests.fuzz.fuzz_records --seed 1 --only 417 --keep    # repeat one case, and keep its folder

Each case damages one record, or adds foreign files to it, and then runs commands that delete files. Each command
must end with an exit code or a PodcastkitError. Foreign files must not change, and a published feed must contain
only existing files.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import click
from click.testing import CliRunner

import podcastkit
from podcastkit.cli.app import run
from podcastkit.publishing.withdraw import withdraw
from podcastkit.storage.local import LocalStorage
from tests.fuzz.damage import flip_bits, overwrite, spoil_json, spoil_value, truncate
from tests.published import URL, assert_whole
from tests.shows import NOW, Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from collections.abc import Callable

_OLD = (NOW + timedelta(days=1)).timestamp()
_DIGEST = "ab" * 32
_FOREIGN = (
    "media/theirs-aaaaaaaaaaaa.mp3", "media/01-part-bbbbbbbbbbbb.mp3", "transcripts/theirs-cccccccccccc.vtt",
    "artwork/artwork-dddddddddddd.jpg", f"history/{_DIGEST}.xml", f"history/{_DIGEST}.json", "history/theirs.json",
    "theirs/theirs.txt", "index.html",
)  # fmt: skip
"""Foreign files. The names of most of them have the form that podcastkit uses."""


@click.command()
@click.option("--cases", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=int, help="Run only this case.")
@click.option("--keep", is_flag=True, help="Keep the folders of failed cases.")
def main(cases: int, seed: int, only: int | None, *, keep: bool) -> None:
    """Run the cases. Exit 1 if one of them fails."""
    place = Path(tempfile.mkdtemp(prefix="podcastkit-fuzz-"))
    os.environ |= {"PODCASTKIT_CACHE": str(place / "cache"), "PODCASTKIT_PATIENCE": "0", "NO_COLOR": "1"}
    published = _build_show(place / "published" / "show")
    outcomes: Counter[str] = Counter()
    broken = 0
    for index in range(cases) if only is None else [only]:
        rng = Random(f"{seed}-{index}")  # noqa: S311 - repeatable, and not for secrets
        folder = place / f"{index}" / "show"
        shutil.copytree(published, folder)
        description = _damage(folder, rng)
        problem, outcome = _run_case(folder, rng)
        outcomes[outcome] += 1
        if problem:
            broken += 1
            click.echo(f"case {index}: {description}\n{problem}\n" + (f"{folder}\n" if keep else ""))
        if not (problem and keep):
            shutil.rmtree(folder.parent, ignore_errors=True)
    click.echo(", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()))
    if not (broken and keep):
        shutil.rmtree(place)
    sys.exit(bool(broken))


def _build_show(folder: Path) -> Path:
    """Publish a show three times, with a withdrawn episode, to a folder with foreign files."""
    spanish = '[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n'
    more = f'[publish]\nto = "public"\nurl = "{URL}"\n{spanish}'
    workshop = small_show(folder, more, episodes=4)
    (folder / "01-part" / "notes.es.md").write_text("---\ntitle: Parte 1\n---\nHola\n", encoding="utf-8")
    for key in _FOREIGN:
        path = folder / "public" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"theirs: {key}".encode())
    podcastkit.publish(folder, at=NOW)
    _replace_audio(workshop, 22)
    podcastkit.publish(folder, at=NOW)
    withdraw(folder, "04-part", at=NOW, yes=True)
    _replace_audio(workshop, 23)
    podcastkit.publish(folder, at=NOW)
    for path in (folder / "public").rglob("*"):
        os.utime(path, (_OLD, _OLD))
    return folder


def _replace_audio(workshop: Workshop, mark: int) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(1, mark=mark))


def _damage(folder: Path, rng: Random) -> str:
    """Damage one record or add foreign files to it. Return a description."""
    public = folder / "public"
    own = sorted(path for path in (public / "history").iterdir() if f"history/{path.name}" not in _FOREIGN)
    target = rng.choice([folder / "podcastkit.lock", public / "podcastkit.json", public / "feed.xml", *own])
    damages: list[Callable[[Path, Random], object]] = [truncate, flip_bits, overwrite, spoil_value]
    if target.suffix != ".xml":
        damages += [spoil_json] * 4 + [_claim] * 4
    damage = rng.choice(damages)
    damage(target, rng)
    return f"{damage.__name__} {target.relative_to(folder)}"


def _claim(path: Path, rng: Random) -> None:
    """Make a record request the deletion of foreign files, or of an episode that was never withdrawn."""
    data = json.loads(path.read_bytes())
    guids = [record["guid"] for record in data["episodes"]]
    withdrawal: dict[str, Any] = {
        "guid": rng.choice([*guids, "somebody's"]),
        "at": NOW.isoformat(),
        "folder_sha256": None,
        "master_sha256": None,
        "files": rng.sample([*_FOREIGN, "../show.toml", "feed.xml", "podcastkit.json"], 5),
    }
    claims: list[Callable[[], object]] = [
        lambda: data.setdefault("withdrawn", []).append(withdrawal),
        lambda: data["withdrawn"][0].update(files=withdrawal["files"]),
        lambda: data.setdefault("history", []).insert(
            0, {"feed": _DIGEST, "at": "2020-01-01T00:00:00+00:00", "size": 1, "episodes": 1}
        ),
        lambda: data.setdefault("files", {}).update(dict.fromkeys(_FOREIGN, 1)),
    ]
    for claim in rng.sample(claims, rng.choice((1, 1, 2))):
        claim()
    path.write_text(json.dumps(data), encoding="utf-8")


def _run_case(folder: Path, rng: Random) -> tuple[str | None, str]:
    """Run commands that delete files. Return the problem or None, and the result of the last publish."""
    place = str(folder)
    commands: list[Callable[[], object]] = [
        lambda: _run("publish", place, "--yes", "--no-verify"),
        lambda: _run("withdraw", "03-part", place, "--yes", "--no-verify"),
        lambda: _run("rollback", place, "--yes", "--no-verify"),
        lambda: _run("prune", place, "--yes", "--keep-days", "0"),
        lambda: _run("plan", place),
        lambda: _run("history", place),
        lambda: _run("check", place, "--no-audio"),
        lambda: _run("prune", place, "--yes"),
    ]
    outcome = "refused"
    try:
        for command in rng.sample(commands, 3):
            _ignore_refusal(command)
        outcome = str(
            _ignore_refusal(lambda: podcastkit.publish(folder, at=NOW, yes=True, verify=False).outcome) or outcome
        )
        if outcome != "refused":
            assert_whole(LocalStorage(folder / "public"))
    except Exception:  # noqa: BLE001 - any exception is a failure
        return traceback.format_exc(), "exception"
    for key in _FOREIGN:
        path = folder / "public" / key
        if not path.is_file() or path.read_bytes() != f"theirs: {key}".encode():
            return f"{key} was deleted or changed", outcome
    return None, outcome


def _ignore_refusal(command: Callable[[], object]) -> object:
    try:
        return command()
    except podcastkit.PodcastkitError:
        return None


def _run(*arguments: str) -> None:
    """Run a command, including its output."""
    with patch.dict(os.environ, {"NO_COLOR": "1"}), CliRunner().isolation():
        code = run(list(arguments))
    if code not in {0, 1}:
        raise AssertionError(f"{arguments[0]} exits with {code}")


if __name__ == "__main__":
    main()
