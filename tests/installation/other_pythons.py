"""Run the tests on the other supported Pythons of this computer.

`setup` creates an environment for each (`.venv-3.12` …); `test` runs the tests in them. One of them has the lowest
versions that pyproject.toml allows.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.installation.pythons import find_pythons, write_constraints

ROOT = Path(__file__).parents[2]
NEWEST = "not slow"
BETWEEN = "not slow and not store and not ffmpeg"


def main() -> None:
    """Set up or run the tests on each of the other Pythons."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    others = {version: python for version, python in find_pythons().items() if version != own}
    if sys.argv[1] == "setup":
        with ThreadPoolExecutor() as threads:
            list(threads.map(set_up, others, others.values()))
        return
    for version in others:
        marked = NEWEST if version == list(others)[-1] else BETWEEN
        sys.stdout.write(f"Python {version}: {marked}\n")
        sys.stdout.flush()
        run_tests_on(version, marked)


def set_up(version: str, python: Path) -> None:
    """Create the environment of a Python, unless it exists."""
    folder, wanted = ROOT / f".venv-{version}", ROOT / "pyproject.toml"
    ready = folder / ".ready"
    if ready.exists() and ready.stat().st_mtime >= wanted.stat().st_mtime:
        return
    interpreter = folder / "bin" / "python"
    groups = ("--group", f"{wanted}:test", "--group", f"{wanted}:readers")
    run(python, "-m", "venv", "--clear", folder)
    versions = write_constraints(version, folder)
    run(interpreter, "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1")
    run(interpreter, "-m", "pip", "install", "--quiet", "--no-compile", *versions, "--editable", ROOT, *groups)
    run(interpreter, "-W", "ignore", "-c", "import pydub")  # compile it without warnings about its invalid escapes
    # Compile the rest once, before four workers do.
    run(interpreter, "-m", "pytest", "--collect-only", "-qq", stdout=subprocess.DEVNULL)
    ready.touch()


def run_tests_on(version: str, marked: str) -> None:
    """Run the tests that a marker expression selects, with fewer examples for property tests."""
    options = (
        "--numprocesses",
        "auto",
        "--dist",
        "worksteal",
        "--quiet",
        "--hypothesis-profile",
        "glance",
        "-m",
        marked,
    )
    run(ROOT / f".venv-{version}" / "bin" / "python", "-m", "pytest", *options)


def run(*command: str | Path, stdout: int | None = None) -> None:
    """Run a command in the project folder. Exit with its code if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, stdout=stdout, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
