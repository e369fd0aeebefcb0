"""The supported Pythons that are installed on this computer."""

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
    """Return the interpreter of each installed supported version. With `CI=true`, exit if one is missing."""
    found = {version: python for version in SUPPORTED if (python := _find(version))}
    missing = sorted(set(SUPPORTED) - set(found))
    if missing and os.environ.get("CI") == "true":
        raise SystemExit(f"CI needs every supported Python; missing: {', '.join(missing)}")
    for version in missing:
        sys.stderr.write(f"Python {version} is not installed, and is not tested\n")
    return found


def write_constraints(version: str, folder: Path) -> tuple[str, ...]:
    """Write the versions to test on a Python to a constraints file, and return the options for pip."""
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
    """Run the interpreter to find its version, because a file on the PATH may be a shim without a Python."""
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version
