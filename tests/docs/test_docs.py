"""Every code block of the README and the tutorial runs, and links have existing targets."""

from __future__ import annotations

import doctest
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from podcastkit.diagnostics import Severity
from podcastkit.project.front_matter import read_front_matter
from podcastkit.project.loader import load
from podcastkit.state.lock import LOCK_NAME
from tests.shows import make_mp3, write_artwork
from tests.write_reference import KEYS, REFERENCE
from tests.write_reference import PAGES as WRITTEN

ROOT = Path(__file__).parents[2]
FOLDER_PAGE = ROOT / "docs" / "reference" / "show-folder.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "episodes" / "README.md"]

MODULES_WITH_EXAMPLES = ["podcastkit.feed.enclosures", "podcastkit.published_keys"]


def find_blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample show, as a reader of the README has it, in the current folder."""
    shutil.copytree(ROOT / "episodes", tmp_path / "episodes", ignore=shutil.ignore_patterns("public"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def run_shell(line: str) -> str:
    line = line.replace("podcastkit ", f"{sys.executable} -m podcastkit ", 1)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def change_title(notes: Path, heading: str) -> None:
    notes.write_text(re.sub(r"^# .*", heading, notes.read_text(), count=1))


def test_readme_shows_both_commands_in_its_first_25_lines() -> None:
    first, second, *_ = find_blocks(ROOT / "README.md", "sh")
    assert first == "pip install . && podcastkit publish\n"  # run in clean environments by tests/installation
    assert second == "make test\n"  # what runs this test
    screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25]
    assert first.strip() in screen
    assert second.strip() in screen
    assert re.search(r"^test:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_readme_commands_run(checkout: Path) -> None:
    examples, fixes = find_blocks(ROOT / "README.md", "sh")[2:]
    shown = [run_shell(line) for line in examples.splitlines()]
    assert len(shown) == 9
    assert "PSP-1          pass" in shown[0]
    assert "Published 9 episodes" in shown[2]
    assert (checkout / "somewhere" / "feed.xml").is_file()
    change_title(checkout / "episodes" / "01-heading" / "notes.md", "# A slip of the pen")
    run_shell("podcastkit publish")
    verified, listed, back, withdrawn, pruned = [run_shell(line) for line in fixes.splitlines()]
    assert "files ok" in verified
    assert len(listed.splitlines()) == 2
    assert "A slip of the pen → Placeholder" in back
    assert "Withdrawn: 1 file deleted, and 2 earlier feeds that contained the episode" in withdrawn
    assert "No files to remove" in pruned


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_publish_does_not_change_the_sample(checkout: Path) -> None:
    before = {path: path.read_bytes() for path in (checkout / "episodes").rglob("*") if path.is_file()}
    run_shell("podcastkit publish")
    after = {path: path.read_bytes() for path in (checkout / "episodes").rglob("*") if path.is_file()}
    added = {path.relative_to(checkout).parts[1] for path in set(after) - set(before)}
    assert {path: after[path] for path in before} == before
    assert added == {"public"}
    assert not (checkout / "episodes" / LOCK_NAME).exists()


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_readme_python_runs(checkout: Path) -> None:
    (program,) = find_blocks(ROOT / "README.md", "python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("published http://127.0.0.1:8000/feed.xml ('00-trailer',")
    assert (checkout / "episodes" / "trial" / "feed.xml").is_file()


def test_readme_settings_are_valid(checkout: Path) -> None:
    (settings,) = find_blocks(ROOT / "README.md", "toml")
    path = checkout / "episodes" / "show.toml"
    path.write_text(path.read_text().partition("[publish]")[0] + settings)
    show = load(checkout / "episodes")
    assert (show.publish.to, show.publish.url) == ("s3://my-bucket/reimagining", "https://podcast.example.org")
    assert not [found for found in show.diagnostics if found.severity is Severity.ERROR]


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_tutorial_publishes_a_show(checkout: Path) -> None:
    page = ROOT / "docs" / "tutorial.md"
    settings, real = find_blocks(page, "toml")
    (notes,) = find_blocks(page, "markdown")
    check, publish, verify, rollback, withdraw = find_blocks(page, "sh")
    episode = checkout / "my-show" / "01-the-crane"
    episode.mkdir(parents=True)
    (checkout / "my-show" / "show.toml").write_text(settings)
    (episode / "notes.md").write_text(notes)
    (episode / "take 4 FINAL.mp3").write_bytes(make_mp3(1))
    write_artwork(checkout / "my-show" / "artwork.jpg", size=(3000, 3000))
    assert "PSP-1          pass" in run_shell(check)
    shown = run_shell(publish)
    assert "new       Episode 1, The crane" in shown
    assert "trial" in shown
    following = checkout / "my-show" / "02-the-tug"
    following.mkdir()
    (following / "notes.md").write_text("# The tug\n\nIt pulls.")
    (following / "tug.mp3").write_bytes(make_mp3(1, mark=2))
    run_shell(publish)
    change_title(episode / "notes.md", "# The crain")
    run_shell(publish)
    assert "files ok" in run_shell(verify)
    assert "The crain → The crane" in run_shell(rollback)
    assert "removed   Episode 2, The tug" in run_shell(withdraw)
    (checkout / "my-show" / "show.toml").write_text(settings + real)
    assert not [found for found in load(checkout / "my-show").diagnostics if found.severity is Severity.ERROR]


def test_reference_settings_are_valid(checkout: Path) -> None:
    settings = "".join(find_blocks(FOLDER_PAGE, "toml"))
    (checkout / "episodes" / "show.toml").write_text(settings)
    show = load(checkout / "episodes")
    assert [f"{found.code} {found.message}" for found in show.diagnostics if found.code.startswith("S")] == []
    assert len(show.people) == len(show.places) == 2


def test_reference_front_matter_is_valid() -> None:
    written = "".join(find_blocks(FOLDER_PAGE, "yaml"))
    zone = ZoneInfo("America/Los_Angeles")
    assert read_front_matter(f"---\n{written}---\n", "notes.md", timezone=zone).findings == ()


def test_reference_has_every_table_of_keys() -> None:
    page = FOLDER_PAGE.read_text(encoding="utf-8")
    assert re.findall(r"<!-- keys: (.*) -->", page) == list(KEYS)


@pytest.mark.parametrize("page", WRITTEN)
def test_generated_reference_is_up_to_date(page: str) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == WRITTEN[page]()


@pytest.mark.parametrize("module", MODULES_WITH_EXAMPLES)
def test_examples_in_docstrings_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_have_existing_targets(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
        assert (page.parent / target).exists(), target
