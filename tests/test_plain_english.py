from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plain_english import EXCEPTIONS, MOST_EXCEPTIONS, find_matches, read_exceptions

if TYPE_CHECKING:
    from pathlib import Path


def find_phrases(folder: Path, name: str, text: str) -> list[tuple[int, str]]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return [(match.line, match.phrase) for match in find_matches(path)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""Return what is published."""', (1, "what is")),
        ("# The file stands here.", (1, "stands")),
        ('def read():\n    """Read.\n\n    It tells the name.\n    """', (4, "tells")),
        ('message = "nobody can read this file"', (1, "nobody")),
        ('message = f"{name} goes out tomorrow"', (1, "goes out")),
        ('message = "it is empty"', (1, "it ")),
        ("def list_rooms(): ...", (1, "rooms")),
        ("class HouseRule: ...", (1, "House")),
        ("def read(whatever): ...", (1, "whatever")),
        ("def _told(): ...", (1, "_told")),
        ("def published_files(): ...", (1, "published_files")),
        ("# Recognise the colour.", (1, "colour")),
        ("# Normalised text", (1, "Normalised")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_phrase_in_code_is_found(tmp_path: Path, text: str, found: tuple[int, str]) -> None:
    assert found in find_phrases(tmp_path, "module.py", text)


def test_phrase_in_docs_is_found_on_its_line(tmp_path: Path) -> None:
    text = "# Title\n\n```sh\nshall\n```\n\nYou shall publish.\n"
    assert find_phrases(tmp_path, "page.md", text) == [(7, "shall")]


@pytest.mark.parametrize(
    "text",
    [
        "# What is a feed?",
        "# The code `nobody` is a name.",
        "# It stands for a folder.",
        "# None of the files is missing.",
        'KEY = "nobody"',
        'message = "the file is empty"',
        "def read_published(): ...",
        "def need_file(): ...",
        "@property\ndef published(): ...",
    ],
)
def test_plain_text_is_not_reported(tmp_path: Path, text: str) -> None:
    assert find_phrases(tmp_path, "module.py", text) == []


def test_exceptions_are_few_and_complete() -> None:
    exceptions = read_exceptions()
    assert 0 < len(exceptions) <= MOST_EXCEPTIONS
    assert all(name and words for name, words in exceptions), EXCEPTIONS
