"""Rules of the architecture that import contracts cannot express."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import podcastkit

PACKAGE = Path(podcastkit.__file__).parent
PURE = [
    *("model", "diagnostics.py", "published_keys.py", "text", "checks", "feed", "publishing/plan.py"),
    *("state/identity.py", "state/manifest.py", "state/matching.py", "state/published.py", "state/records.py"),
]
HEAVY = {
    *("boto3", "botocore", "urllib3", "lxml", "feedgen", "pydub", "PIL", "mutagen", "rich", "yaml", "sqlite3"),
}
FORBIDDEN = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"),
    *("time.monotonic", "time.perf_counter", "open"),
}
FORBIDDEN_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "stat", "iterdir", "exists"}
ALLOWED = {("checks/rule_pages/__init__.py", "read_text")}
"""Rule pages are package data, and read only when a page is shown."""


def list_imported_modules(program: str) -> set[str]:
    """Return the names of the top-level modules that a new interpreter has after running a program."""
    code = f"import sys\n{program}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_import_podcastkit_imports_no_slow_library() -> None:
    assert not list_imported_modules("import podcastkit") & (HEAVY | {"click"})


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["publish", "--help"]], ids=" ".join)
def test_help_and_version_import_only_click(arguments: list[str]) -> None:
    program = f"from podcastkit.cli.app import run\nrun({arguments!r})"
    assert not list_imported_modules(program) & HEAVY


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_check_and_publish_to_folder_do_not_import_boto3_or_urllib3(tmp_path: Path) -> None:
    sample = PACKAGE.parent / "episodes"
    program = (
        f"import podcastkit\npodcastkit.check({str(sample)!r})\n"
        f"podcastkit.publish({str(sample)!r}, to={str(tmp_path / 'out')!r})"
    )
    assert not list_imported_modules(program) & {"boto3", "botocore", "pydub", "urllib3"}


@pytest.mark.parametrize("module", PURE)
def test_pure_module_reads_no_clock_and_opens_no_files(module: str) -> None:
    path = PACKAGE / module
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                method = called.rpartition(".")[2]
                allowed = (file.relative_to(PACKAGE).as_posix(), method) in ALLOWED
                assert called not in FORBIDDEN, f"{file}:{node.lineno}"
                assert allowed or method not in FORBIDDEN_METHODS, f"{file}:{node.lineno}"


def test_version_module_contains_the_version_as_text() -> None:
    source = (PACKAGE / "version.py").read_text(encoding="utf-8")
    assert f'__version__ = "{podcastkit.__version__}"' in source
