"""Comments that silence a rule at their location and leave no trace in published files."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from podcastkit import check, load
from tests.shows import NOW, SHOW_TOML, Workshop

if TYPE_CHECKING:
    from pathlib import Path

LONG = "We plan. " * 500
COMMENTED = {
    "show.toml, above": ("S008", "show.toml", SHOW_TOML + '# podcastkit: ignore S008\nlink = "http://a.org"\n'),
    "show.toml, same line": ("S008", "show.toml", SHOW_TOML + 'link = "http://a.org"  # podcastkit: ignore S008\n'),
    "show.toml, in a list": (
        "S121",
        "show.toml",
        SHOW_TOML + 'people = [\n  # podcastkit: ignore S121\n  {name = "Bob", role = "Gaffer"},\n]\n',
    ),
    "front matter, first line": (
        "E008",
        "01-a/notes.md",
        "---\n# podcastkit: ignore E008\nlink: http://a.org\n---\n\nHi.\n",
    ),
    "front matter, below a text": (
        "E008",
        "01-a/notes.md",
        "---\ntitle: A\n# podcastkit: ignore E121, E008\n\nlink: http://a.org\n---\n\nHi.\n",
    ),
    "front matter, in a list": (
        "E121",
        "01-a/notes.md",
        "---\npeople:\n- Ann\n  # we know: podcastkit: ignore E121\n- {name: Bob, role: Gaffer}\n---\n# A\n\nHi.\n",
    ),
    "front matter, after a list": (
        "E121",
        "01-a/notes.md",
        "---\npeople: {name: Bob, role: Gaffer}  # podcastkit: ignore E121\ntitle: A\n---\n\nHi.\n",
    ),
    "front matter, two comments": (
        "E142",
        "01-a/notes.md",
        "---\n# podcastkit: ignore E142\n# and E008\nsoundbites: {start: 0, duration: 0.5}\n---\n# A\n\nHi.\n",
    ),
    "front matter of plain text": (
        "E008",
        "01-a/notes.txt",
        "---\n# podcastkit: ignore E008\nlink: http://a.org\n---\n\nHi.\n",
    ),
    "Markdown, above": ("N101", "01-a/notes.md", "# A\n\n<!-- podcastkit: ignore N101 -->\n[x](y)\n"),
    "Markdown, same line": ("N101", "01-a/notes.md", "# A\n\n[x](y) <!-- podcastkit: ignore N101 --> z\n"),
    "Markdown, above the notes": (
        "N110",
        "01-a/notes.md",
        f"---\ntitle: A\n---\n\n<!-- podcastkit: ignore N110 -->\n{LONG}\n",
    ),
    "Markdown, above the heading": ("N110", "01-a/notes.md", f"<!-- podcastkit: ignore N110 -->\n# A\n\n{LONG}\n"),
    "Markdown, alone": ("N201", "01-a/notes.md", "---\ntitle: A\n---\n\n<!-- podcastkit: ignore N201 -->\n"),
    "Markdown, in a list of chapters": (
        "C106",
        "01-a/notes.md",
        "# A\n\n00:00 A\n<!-- podcastkit: ignore C106 -->\n00:01 B\n02:00 C\n",
    ),
    "chapters": ("C105", "01-a/chapters.txt", f"00:00 A\n\n # podcastkit: ignore C105\n00:01 {'x' * 40}\n"),
    "WebVTT": (
        "T006",
        "01-a/transcript.vtt",
        "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n\nNOTE podcastkit: ignore T006\n\nHo\n",
    ),
    "HTML": ("T010", "01-a/transcript.html", "<!-- podcastkit: ignore T010 -->\n<time>soon</time><p>Hi</p>\n"),
}


@pytest.fixture
def show(tmp_path: Path) -> Workshop:
    workshop = Workshop(tmp_path / "episodes").show()
    (workshop.episode("01-a", "") / "notes.md").unlink()
    return workshop


def list_findings(workshop: Workshop) -> list[str]:
    return [found.code for found in check(load(workshop.folder, at=NOW))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("case", COMMENTED)
def test_comment_silences_only_its_rule(show: Workshop, case: str, encoding: str) -> None:
    code, name, text = COMMENTED[case]
    path = show.folder / name
    path.write_text(text.replace("podcastkit:", "otherwise:"), encoding=encoding)
    codes, loaded = list_findings(show), load(show.folder, at=NOW)
    path.write_text(text, encoding=encoding)
    assert code in codes
    assert list_findings(show) == [other for other in codes if other != code]
    silent = load(show.folder, at=NOW)
    assert silent.title == loaded.title
    for one, other in zip(silent.episodes, loaded.episodes, strict=True):
        assert (one.title, one.notes, one.chapters, one.people) == (
            other.title,
            other.notes,
            other.chapters,
            other.people,
        )
        assert "podcastkit" not in f"{one.title}{one.notes}{one.summary}{one.chapters}"


NO_COMMENTS = {
    "a heading": ("N101", "01-a/notes.md", "---\ntitle: A\n---\n# podcastkit: ignore N101\n[x](y)\n"),
    "a chapter's title": ("C106", "01-a/chapters.txt", "00:00 A # podcastkit: ignore C106\n00:01 B\n00:02 C\n"),
    "SRT": ("T009", "01-a/transcript.srt", "# podcastkit: ignore T009\n00:00:00,000 --> 00:00:01,000\nHi\n"),
}


@pytest.mark.parametrize("case", NO_COMMENTS)
def test_text_that_is_not_a_comment_silences_nothing(show: Workshop, case: str) -> None:
    code, name, text = NO_COMMENTS[case]
    (show.folder / name).write_text(text)
    assert code in list_findings(show)


def test_each_comment_silences_its_location(show: Workshop) -> None:
    lines = ["# A", "", "[x](y)", "<!-- podcastkit: ignore N101 -->", "[x](y)", "", "[x](y)", ""]
    (show.folder / "01-a" / "notes.md").write_text(
        "\n".join([*lines, *lines[2:], "<!-- podcastkit: ignore N110 -->"])
    )
    found = [one for one in check(load(show.folder, at=NOW)) if one.code == "N101"]
    assert [one.location.line for one in found if one.location] == [3, 7, 9, 13]


@pytest.mark.slow
def test_many_comments_are_fast(show: Workshop) -> None:
    """A lookup for each line in the range of each comment would take minutes."""
    (show.folder / "01-a" / "notes.md").write_text(
        "---\n" + "# podcastkit: ignore E008\n" * 30_000 + "---\n# A\n\nHi.\n"
    )
    assert "E105" not in list_findings(show)


@pytest.mark.parametrize(
    ("name", "text", "place", "episode"),
    [
        (
            "show.toml",
            SHOW_TOML + "# podcastkit: ignore S999, S102\n",
            f"show.toml:{SHOW_TOML.count(chr(10)) + 1}",
            None,
        ),
        ("01-a/notes.md", "# A\n\n<!-- podcastkit: ignore N999 -->\nHi.\n", "01-a/notes.md:3", "01-a"),
    ],
)
def test_comment_with_an_unknown_code_is_reported(
    show: Workshop, name: str, text: str, place: str, episode: str | None
) -> None:
    (show.folder / name).write_text(text)
    (found,) = [one for one in check(load(show.folder, at=NOW)) if one.code == "S113"]
    assert (str(found.location), found.episode) == (place, episode)
    assert "999" in found.message


def test_errors_are_never_silenced(show: Workshop) -> None:
    notes = "---\n# podcastkit: ignore E203\ndate: 9/5/2024\n---\n# A\n\nHi.\n"
    (show.folder / "01-a" / "notes.md").write_bytes(codecs.BOM_UTF8 + notes.encode())
    assert "E203" in list_findings(show)
