"""Measure encoding: compared with the same commands by hand, loudnorm, one episode at a time, and no change."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.masters import build_masters, describe, empty_folder, record_calls, write_script
from tests.benchmarks.measure import Run, median_wall, print_table, run_interleaved, run_measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_URL = "https://podcast.example.org/show"
_PYTHON = [sys.executable, "-m"]
_AGE = 3.0
"""The age of files in seconds before a run, because younger files are read again."""
_BY_HAND, _LOUDNORM = "the same commands by hand", "loudnorm twice, the same MP3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A show with masters, its destination and its cache."""

    folder: Path
    show: Path
    env: Mapping[str, str]

    @property
    def cache(self) -> Path:
        """The cache. It is deleted before each first publish."""
        return self.folder / "cache"

    @property
    def public(self) -> Path:
        """The destination."""
        return self.folder / "public"

    def build_command(self) -> list[str]:
        """Return the command that publishes the show as a trial."""
        return [*_PYTHON, "podcastkit", "publish", str(self.show), "--to", str(self.public), "--url", _URL]

    def publish(self) -> Run:
        """Publish with the command."""
        return run_measured(self.build_command(), env=self.env)

    def publish_first(self, _: int) -> Run:
        """Publish with the command, without cache and published files."""
        self.clear()
        return self.publish()

    def publish_with_library(self, threads: str = "") -> tuple[Run, dict[str, Any]]:
        """Publish with the library. Return also the figures that the process reports."""
        answer = self.folder / "answer"
        arguments = [str(self.show), str(self.public), str(answer), *([threads] if threads else [])]
        run = run_measured([*_PYTHON, "tests.benchmarks.publishing", *arguments], env=self.env)
        return run, json.loads(answer.read_text(encoding="utf-8"))

    def clear(self) -> None:
        """Delete the cache and the published files."""
        empty_folder(self.cache)
        empty_folder(self.public)


def measure_mastering(env: Mapping[str, str], rounds: int, *, quick: bool) -> None:
    """Print all tables. Quick ones use a tenth of the length."""
    part = 10 if quick else 1
    _compare_one(env, rounds, minutes=60 / part)
    _compare_many(env, rounds, minutes=7.5 / part)
    _print_memory(env, minutes=180 / part)


@contextmanager
def _prepare_place(env: Mapping[str, str], *, episodes: int, minutes: float) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="masters-") as name:
        folder = Path(name)
        show = build_masters(folder / "show", episodes=episodes, minutes=minutes)
        time.sleep(_AGE)
        yield Place(folder=folder, show=show, env={**env, "PODCASTKIT_CACHE": str(folder / "cache")})


def _compare_one(env: Mapping[str, str], rounds: int, *, minutes: float) -> None:
    with _prepare_place(env, episodes=1, minutes=minutes) as place:
        place.clear()
        calls = record_calls(place.folder / "record", place.cache, place.build_command(), place.env)
        copy = place.folder / "record" / "copy"
        script = write_script(place.folder / "by-hand.sh", calls, place.cache, copy)
        master = str(place.show / "01-part" / "audio.wav")
        twice = [*_PYTHON, "tests.benchmarks.masters", master, str(place.folder / "loudnorm.mp3")]
        candidates = {
            "podcastkit publish, whole": place.publish_first,
            _BY_HAND: lambda _: run_measured(["sh", str(script)], env=env),
            _LOUDNORM: lambda _: run_measured(twice, env=env),
        }
        runs = run_interleaved(candidates, rounds)
        print_table(f"A stereo WAV of {minutes:g} minutes becomes an MP3, and is published to a folder", runs)
        ours = median_wall(runs["podcastkit publish, whole"])
        print(f"\n{len(calls)} commands: {'; '.join(describe(calls))}  ")
        print(f"To {_BY_HAND}: {ours / median_wall(runs[_BY_HAND]):.2f} (wanted: at most 1.15)  ")
        print(f"To {_LOUDNORM}: {ours / median_wall(runs[_LOUDNORM]):.2f} (wanted: at most 0.60)")
        _print_second_publish(place, rounds, minutes)


def _print_second_publish(place: Place, rounds: int, minutes: float) -> None:
    """Show that a second publish opens no audio file and runs no ffmpeg."""
    time.sleep(_AGE)
    place.publish()
    runs = run_interleaved({"podcastkit publish, again": lambda _: place.publish()}, rounds)
    print_table(f"The same {minutes:g} minutes published again", runs)
    calls = record_calls(place.folder / "again", place.cache, place.build_command(), place.env)
    _, answer = place.publish_with_library()
    print(f"\nRun by it: {len(calls)} ffmpegs (wanted: 0); audio files opened: {len(answer['opened'])} (wanted: 0)")


def _compare_many(env: Mapping[str, str], rounds: int, *, minutes: float) -> None:
    with _prepare_place(env, episodes=8, minutes=minutes) as place:

        def publish(threads: str) -> Run:
            place.clear()
            return place.publish_with_library(threads)[0]

        together, alone = "podcastkit.publish, eight episodes", "one after the other (one thread)"
        runs = run_interleaved({together: lambda _: publish(""), alone: lambda _: publish("1")}, rounds)
        print_table(f"Eight stereo WAVs of {minutes:g} minutes", runs)
        print(
            f"\nFaster by: {median_wall(runs[alone]) / median_wall(runs[together]):.2f} × (wanted: at least 1.4 ×)"
        )


def _print_memory(env: Mapping[str, str], *, minutes: float) -> None:
    with _prepare_place(env, episodes=1, minutes=minutes) as place:
        place.clear()
        run, answer = place.publish_with_library()
        row = {"podcastkit.publish, this process alone": [replace(run, memory=answer["memory"])]}
        print_table(f"A stereo WAV of {minutes:g} minutes, once", row)
        print(f"\nIts own memory: {answer['memory']:.0f} MB (wanted: below 100 MB)  ")
        print(f"The peak of the process or any of its ffmpegs: {run.memory:.0f} MB")
