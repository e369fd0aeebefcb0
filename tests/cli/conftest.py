from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.publishing.publish import publish
from tests.published import URL
from tests.shows import Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)


class Terminal(io.StringIO):
    """Standard input of a terminal with typed text."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Create a show in `episodes` of the current folder. Publishing the show is a trial run."""
    monkeypatch.chdir(tmp_path)
    return small_show(tmp_path / "episodes")


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Create the same show with a public URL, so that publishing is not a trial run."""
    monkeypatch.chdir(tmp_path)
    return small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')


@pytest.fixture
def show(real: Workshop) -> Workshop:
    """Publish a show with three episodes, then with a fourth episode and replaced audio."""
    publish(real.folder, at=NOW - timedelta(days=100))
    real.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    (real.folder / "01-part" / "audio.mp3").write_bytes(make_mp3(2, mark=11))
    publish(real.folder, at=NOW - timedelta(days=60))
    return real


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that types answers on a terminal."""
    return lambda text: monkeypatch.setattr(sys, "stdin", Terminal(text))


@pytest.fixture
def read_json(capsys: pytest.CaptureFixture[str]) -> Callable[[], Any]:
    """Return a function that parses the printed JSON."""
    return lambda: json.loads(capsys.readouterr().out)
