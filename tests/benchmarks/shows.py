"""Shows for benchmarks, with any number and size of episodes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.shows import SHOW_TOML, make_mp3, write_artwork

if TYPE_CHECKING:
    from pathlib import Path

_BYTES_PER_SECOND = 16_000
_LARGEST_NUMBER = 9999
_FIRST = datetime(1995, 1, 1, 6, tzinfo=UTC)


def build_show(folder: Path, *, episodes: int, size: int) -> Path:
    """Write a show whose audio files have about this size, and a folder `plain/` with the same files."""
    folder.mkdir(parents=True)
    (folder / "show.toml").write_text(SHOW_TOML, encoding="utf-8")
    write_artwork(folder / "artwork.jpg")
    plain = folder.parent / "plain"
    plain.mkdir()
    for number in range(1, episodes + 1):
        episode = folder / f"{number:05}-part"
        episode.mkdir()
        (episode / "audio.mp3").write_bytes(make_mp3(size / _BYTES_PER_SECOND, mark=number))
        (episode / "notes.md").write_text(make_notes(number), encoding="utf-8")
        os.link(episode / "audio.mp3", plain / f"{number:05}.mp3")
    return folder


def set_destination(folder: Path, to: str, url: str) -> None:
    """Set the destination in show.toml, and delete the lock file."""
    settings = f'\n[publish]\nto = "{to}"\nurl = "{url}"\n'
    (folder / "show.toml").write_text(SHOW_TOML + settings, encoding="utf-8")
    (folder / "podcastkit.lock").unlink(missing_ok=True)


def make_notes(number: int) -> str:
    """Return realistic notes with a date."""
    date = _FIRST + timedelta(days=number)
    text = f"In part {number} we walk along the quay, and *Ana* explains how the night shift began.\n\n"
    links = "- [The harbour](https://example.org/harbour)\n- Music: **Low Tide**\n"
    place = f"number: {number}" if number <= _LARGEST_NUMBER else "type: bonus"
    facts = f"title: Part {number} of the night\n{place}\ndate: {date:%Y-%m-%d %H:%M}Z\n"
    return f"---\n{facts}---\n\n{text}{links}"
