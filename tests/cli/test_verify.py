from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.publishing.publish import publish
from tests.shows import Workshop, small_show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_verify_folder_checks_every_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    lines = '[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n'
    show = small_show(tmp_path / "quiet" / "episodes", lines)
    publish(show.folder, at=datetime.now(UTC))
    assert run(["verify", str(show.folder), "--json"]) == 0
    capsys.readouterr()
    assert run(["verify", str(show.folder)]) == 0
    feeds = [line for line in capsys.readouterr().out.splitlines() if line.endswith(".xml")]
    assert [feed.rpartition("/")[2] for feed in feeds] == ["feed.xml", "feed.es.xml"]
    (show.folder / "public" / "feed.es.xml").unlink()
    assert run(["verify", str(show.folder), "--json"]) == 1
    (failed,) = [check for check in read_json()["checks"] if not check["ok"]]
    assert failed["url"].endswith("feed.es.xml")


@pytest.mark.slow
def test_verify_missing_file_suggests_publish(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    trial = str(show.folder.parent / "trial")
    assert run(["publish", "--to", trial]) == 0
    assert run(["verify", "--to", trial]) == 0
    assert "upload them again" not in capsys.readouterr().out
    next((show.folder.parent / "trial" / "media").iterdir()).unlink()
    assert run(["verify", "--to", trial]) == 1
    shown = capsys.readouterr().out
    assert "If files are missing, upload them again with podcastkit publish." in shown
    assert "check url in show.toml" not in shown
    assert run(["verify", "--url", "http://127.0.0.1:9"]) == 1
    assert "check url in show.toml" in capsys.readouterr().out
    assert run(["publish", "--to", trial]) == 0
    assert run(["verify", "--to", trial]) == 0
