"""Run the whole test suite on every supported Python that is here and is not the one that runs this.

Run by `make others`; each Python has an environment of its own, `.venv-3.12` and so on, which is kept.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.installation.pythons import find_pythons

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Test on each of the other Pythons."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version, python in find_pythons().items():
        if version != own:
            sys.stdout.write(f"Python {version}\n")
            sys.stdout.flush()
            test_on(prepare(version, python))


def prepare(version: str, python: Path) -> Path:
    """Return the interpreter of an environment that holds what the tests need, making it when it is not there."""
    folder = ROOT / f".venv-{version}"
    ready, wanted = folder / ".ready", ROOT / "pyproject.toml"
    interpreter = folder / "bin" / "python"
    if not ready.exists() or ready.stat().st_mtime < wanted.stat().st_mtime:
        run(python, "-m", "venv", "--clear", folder)
        run(interpreter, "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1")
        run(interpreter, "-m", "pip", "install", "--quiet", "--editable", ROOT, "--group", f"{wanted}:test")
        ready.touch()
    return interpreter


def test_on(interpreter: Path) -> None:
    """Run every test, save those whose minutes the store, the network, Node, ffmpeg and whole commands take.

    Property tests try fewer examples than on the first Python.
    """
    folders = ("benchmarks", "faults", "fuzz", "publishing", "readers", "sample", "storage", "verification")
    files = (
        "alternates",
        "docs",
        "executors",
        "finding_places",
        "identity_machine",
        "identity_survives",
        "images",
        "prefix",
        "remake",
        "secrets",
        "what_listeners_hear",
    )
    sounds = ("durations", "mastering", "measuring", "tagging")
    elsewhere = [f"--ignore=tests/{folder}" for folder in folders]
    elsewhere += [f"--ignore=tests/test_{name}.py" for name in files]
    elsewhere += [f"--ignore=tests/media/test_{name}.py" for name in sounds]
    how = ("--numprocesses", "auto", "--quiet", "--hypothesis-profile", "glance", "-k", "not bucket")
    run(interpreter, "-m", "pytest", *how, *elsewhere)


def run(*command: str | Path) -> None:
    """Run a command in the project's folder; end with its exit code when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
