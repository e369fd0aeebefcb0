"""Build the wheel, install it into a clean environment of every installed Python, and run the first command.

`make install` runs this. The environments are temporary.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.installation.pythons import find_pythons, write_constraints

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Test the wheel on each Python."""
    with tempfile.TemporaryDirectory(prefix="podcastkit-wheel-") as folder:
        wheel = build(Path(folder))
        pythons = find_pythons()
        with ThreadPoolExecutor() as threads:
            places = [Path(folder) / version for version in pythons]
            list(threads.map(try_on, pythons, pythons.values(), itertools.repeat(wheel), places))
        sys.stdout.write(f"Python {', '.join(pythons)}: installed, published twice, unchanged the second time\n")


def build(folder: Path) -> Path:
    """Build the wheel and return its path."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("podcastkit-*.whl")
    return wheel


def try_on(version: str, python: Path, wheel: Path, folder: Path) -> None:
    """Install the wheel and publish the sample show, as the README's first command does."""
    run(python, "-m", "venv", folder / "venv")
    versions = write_constraints(version, folder / "venv")
    run(folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", *versions, wheel)
    shutil.copytree(ROOT / "episodes", folder / "episodes", ignore=shutil.ignore_patterns("public"))
    first = run(folder / "venv/bin/podcastkit", "publish", cwd=folder)
    require("Published 9 episodes" in first, first)
    require((folder / "episodes/public/feed.xml").stat().st_size > 0, first)
    second = run(folder / "venv/bin/podcastkit", "publish", cwd=folder)
    require("Nothing has changed" in second, second)
    check = run(folder / "venv/bin/podcastkit", "check", cwd=folder)
    require("PSP-1          pass" in check, check)
    page = run(folder / "venv/bin/podcastkit", "check", "--explain", "N001", cwd=folder)
    require("A text file is not saved as UTF-8." in page, page)  # the wheel contains the Markdown files


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command without this project's environment variables, and return its output."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PODCASTKIT"))
    }
    if cwd:
        environment |= {"HOME": str(cwd), "PODCASTKIT_CACHE": str(cwd / "cache"), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    require(done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def require(condition: bool, message: str) -> None:
    """Exit with a message if the condition is false."""
    if not condition:
        raise SystemExit(message)


if __name__ == "__main__":
    main()
