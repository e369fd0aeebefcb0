from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shows import small_show

ROOT = Path(__file__).parents[2]


def imports_boto3(show: Path, to: str | None = None) -> bool:
    """Tell whether a fresh interpreter holds boto3 after warming up."""
    code = (
        "import sys, threading\nfrom pathlib import Path\nfrom podcastkit.cli.warming import warm_up\n"
        f"warm_up(Path({str(show)!r}), {to!r})\n"
        "[thread.join() for thread in threading.enumerate() if thread is not threading.current_thread()]\n"
        "print('boto3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout == "True\n"


@pytest.mark.parametrize(
    ("settings", "to", "expected"),
    [
        ('[publish]\nto = "s3://bucket/show"\n', None, True),
        ("[publish]\n  to='s3://bucket'\n", None, True),
        ('[publish]\nto = "public"\n', None, False),
        ('# to = "s3://bucket/show"\n', None, False),
        ('[publish]\nto = "s3://bucket/show"\n', "elsewhere", False),
        ("", "s3://bucket", True),
    ],
)
def test_only_a_show_for_a_bucket_pays_for_boto3(
    tmp_path: Path, settings: str, to: str | None, expected: bool
) -> None:
    show = small_show(tmp_path / "show", settings, episodes=1).folder
    assert imports_boto3(show, to) is expected
    assert imports_boto3(show / "show.toml", to) is expected


def test_what_is_no_show_is_left_to_the_loading(tmp_path: Path) -> None:
    assert not imports_boto3(tmp_path)
