"""The Pythons that podcastkit supports, where they are installed on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
LOWEST = "3.12"
"""The Python that gets the lowest version of each package that pyproject.toml allows."""
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def find_pythons() -> dict[str, Path]:
    """Return the interpreter of each supported version that is here; with `CI=true` a missing one ends the run."""
    found = {version: python for version in SUPPORTED if (python := _find(version))}
    missing = sorted(set(SUPPORTED) - set(found))
    if missing and os.environ.get("CI") == "true":
        raise SystemExit(f"CI needs every supported Python, and there is no {', '.join(missing)} on this machine")
    for version in missing:
        sys.stderr.write(f"Python {version} is not on this machine: nothing is tested on it\n")
    return found


def write_constraints(version: str, folder: Path) -> tuple[str, ...]:
    """Return the options of pip for the versions to test on a Python, in a file that is written into the folder."""
    if version != LOWEST:
        return ()
    dependencies = tomllib.loads(_PYPROJECT.read_text())["project"]["dependencies"]
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(re.sub(r">=([\w.]+)", r"==\1", one, count=1) for one in dependencies))
    return ("--constraint", str(constraints))


def _find(version: str) -> Path | None:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    by_pyenv = sorted(versions.glob(f"{version}.*/bin/python{version}"))
    on_path = [
        Path(folder) / f"python{version}" for folder in os.environ.get("PATH", "").split(os.pathsep) if folder
    ]
    return next((python for python in (*by_pyenv, *on_path) if _is_version(python, version)), None)


def _is_version(python: Path, version: str) -> bool:
    """Ask the interpreter itself: what stands on the PATH may be a shim for a version that is not there."""
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version
