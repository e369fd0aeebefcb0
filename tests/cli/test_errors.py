from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop


def test_failure_with_json_prints_json(real: Workshop, read_json: Callable[[], Any]) -> None:
    run(["publish", "--json"])
    read_json()
    (real.folder / "public" / "feed.xml").write_text("<rss/>")
    assert run(["publish", "--json"]) == 1
    assert read_json()["outcome"] == "conflict"
    assert run(["publish", "--json", "--to", "episodes/public/feed.xml"]) == 1
    assert read_json()["outcome"] == "refused"
    (real.folder / "show.toml").write_text("title =")
    assert run(["publish", "--json"]) == 1
    refused = read_json()
    assert (refused["outcome"], refused["findings"][0]["code"]) == ("refused", "S001")


@pytest.mark.usefixtures("workshop")
@pytest.mark.parametrize(
    "arguments", [["check", "--format", "json"], ["plan", "--json"], ["master", "--json"]], ids=" ".join
)
def test_missing_show_with_json_prints_json(arguments: list[str], read_json: Callable[[], Any]) -> None:
    assert run([*arguments, "nowhere"]) == 1
    failed = read_json()
    assert (failed["schema"], failed["outcome"], failed["findings"]) == (1, "refused", [])
    assert "nowhere" in failed["error"]
