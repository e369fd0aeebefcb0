"""The same folder and the same moment give the same bytes in every environment."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import pytest

import podcastkit
from tests.shows import NOW, SAMPLE, SHOW_TOML, VTT, Workshop

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[2]
_EPISODES = ("00-trailer", "01-Más allá", "02-夜班", "03-part", "s2e01-part", "04-bonus-Zürich")
_MORE = """\
footer = "Hecho por [el puerto](https://example.org/?a=1&b=2)."
people = ["Ana", "Iñaki"]
[schedule]
first = 2024-09-05T06:00:00
every = "week"
"""
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "nothing": {},
    "Auckland": {"TZ": "Pacific/Auckland", "LANG": "C.UTF-8"},
    "half an hour": {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
    "POSIX zone": {"TZ": "XXX+11:30YYY", "PYTHONHASHSEED": "4294967295"},
    "no such zone": {"TZ": "Nowhere/At-All", "LC_TIME": "C.UTF-8"},
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX", "PYTHONUTF8": "1"},
    "no UTF-8 mode": {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "German": {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8"},
    "optimized": {"PYTHONOPTIMIZE": "2", "PYTHONDEVMODE": "1"},
}


def write_show(folder: Path, *, backwards: bool = False) -> Path:
    """Write a show with every feature that the environment could affect."""
    workshop = Workshop(folder).show(_MORE, text=SHOW_TOML)
    shutil.copyfile(
        SAMPLE / "artwork.jpg", folder / "artwork.jpg"
    )  # its bytes do not depend on the version of Pillow
    for mark, name in sorted(enumerate(_EPISODES), reverse=backwards):
        notes = f"# Título {name}\n\n¿Qué *pasa* & qué no? İI ﷽ 👩🏽‍🏫 {'Así fue. ' * 500 * (mark == 1)}\n"
        workshop.episode(name, notes, mark=mark)
    (folder / "02-夜班" / "chapters.txt").write_text("00:00 夜\n00:00.5 İI\n", encoding="utf-8")
    (folder / "02-夜班" / "transcript.es.vtt").write_text(VTT.replace("Ahoy", "¿Qué *pasa*?"), encoding="utf-8")
    return folder


def publish_show(show: Path, to: Path, environment: Mapping[str, str], *, cwd: Path | None = None) -> bytes:
    """Publish the show with the real command and return its feed."""
    command = [sys.executable, "-m", "podcastkit", "publish", str(show), "--to", str(to), "--at", NOW.isoformat()]
    environment = {"PATH": os.environ["PATH"], "HOME": str(to.parent), "PYTHONPATH": str(_ROOT), **environment}
    environment["PODCASTKIT_CACHE"] = str(to.parent / f"cache-{to.name}")
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (to / "feed.xml").read_bytes()


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_show(tmp_path_factory.mktemp("same") / "show")


@pytest.fixture(scope="module")
def expected() -> bytes:
    return (_ROOT / "tests" / "data" / "feeds" / "everywhere.xml").read_bytes()


def test_feed_equals_the_reviewed_feed(show: Path, expected: bytes) -> None:
    """`make others` runs this test on the other Python versions."""
    assert podcastkit.render_feed(show, url="http://127.0.0.1:8000", at=NOW).decode() == expected.decode()


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_feed_is_the_same_in_every_time_zone_and_locale(
    show: Path, expected: bytes, tmp_path: Path, environment: dict[str, str]
) -> None:
    assert publish_show(show, tmp_path / "out", environment).decode() == expected.decode()


@pytest.mark.slow
def test_feed_is_the_same_in_every_folder_and_file_order(show: Path, expected: bytes, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    copy = write_show(tmp_path / "deep" / "Otra carpeta", backwards=True)
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
    assert publish_show(copy, tmp_path / "out", {}, cwd=copy / "03-part") == expected
    assert publish_show(Path("Otra carpeta"), tmp_path / "relative", {}, cwd=tmp_path / "deep") == expected
    old = os.umask(0o077)
    try:
        assert publish_show(show, tmp_path / "private", {}) == expected
    finally:
        os.umask(old)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_feed_is_the_same_for_every_time_zone_of_the_moment(show: Path, expected: bytes, zone: str) -> None:
    moment = NOW.astimezone(ZoneInfo(zone))
    assert podcastkit.render_feed(show, url="http://127.0.0.1:8000", at=moment) == expected


def test_feed_at_another_moment_changes_only_its_dates(show: Path, expected: bytes) -> None:
    """The trailer, the bonus and the other season have no date, so their date is the moment."""
    later = podcastkit.render_feed(show, url="http://127.0.0.1:8000", at=NOW + timedelta(hours=1))
    changed = [(old, new) for old, new in zip(expected.splitlines(), later.splitlines(), strict=True) if old != new]
    assert changed
    dates = (b"<pubDate>", b"<lastBuildDate>", b" pubdate=")
    assert all(any(date in old for date in dates) for old, _ in changed)


@pytest.mark.slow
def test_feed_is_the_same_in_threads_without_the_locale(
    show: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the locale belongs to the whole process")

    monkeypatch.setattr(locale, "setlocale", refuse)
    loaded = podcastkit.load(show, at=NOW)
    with ThreadPoolExecutor(8) as threads:
        feeds = threads.map(
            lambda _: podcastkit.render_feed(loaded, url="http://127.0.0.1:8000", at=NOW), range(32)
        )
        assert set(feeds) == {expected}
