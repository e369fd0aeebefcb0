from __future__ import annotations

import pytest

from podcastkit.cli.app import run


@pytest.mark.usefixtures("workshop")
@pytest.mark.parametrize(
    "options",
    [["--to", ""], ["--to", "gs://bucket"], ["--url", "podcast.example.org"], ["--url", "https://a.b/?c"]],
)
def test_a_place_or_address_that_means_nothing_is_a_wrong_call(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", *options]) == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.usefixtures("workshop")
def test_what_is_no_language_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--language", "spanish"]) == 2
    assert 'write "es"' in capsys.readouterr().err
