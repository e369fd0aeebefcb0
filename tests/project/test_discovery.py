from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ProjectError, Severity
from podcastkit.project.discovery import (
    find_show,
    find_show_file,
    find_show_strays,
    find_strays,
    leave_out_destination,
    named_show,
    names_in,
    scan_episode,
    scan_show,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_permissions = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no permissions of this kind")


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_the_show_is_this_folder_or_one_around_it_or_episodes(tmp_path: Path) -> None:
    show = fill(tmp_path / "project" / "episodes", "show.toml")
    inner = fill(show / "05-planning-time")
    assert find_show(show) == show
    assert find_show(inner) == show
    assert find_show(tmp_path / "project") == show


def test_without_a_show_the_error_says_what_a_show_is(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no show\.toml") as failure:
        find_show(tmp_path)
    assert "podcastkit check FOLDER" in str(failure.value.hint)


def test_a_show_is_named_by_its_folder_or_its_file(tmp_path: Path) -> None:
    show = fill(tmp_path / "night", "Show.TOML")
    assert find_show_file(show) == show / "Show.TOML"
    assert named_show(show) == named_show(show / "Show.TOML") == show
    assert find_show_file(tmp_path) is None
    assert named_show(tmp_path / "show.toml") == tmp_path / "show.toml"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_show_toml_is_no_show(tmp_path: Path, name: str) -> None:
    fill(tmp_path / "empty")
    with pytest.raises(ProjectError, match=name):
        scan_show(tmp_path / name)


def test_episodes_come_in_natural_order_and_only_what_may_be_one(tmp_path: Path) -> None:
    fill(tmp_path, "SHOW.TOML", "Artwork.JPG", ".gitignore", "README.md")
    for name in ["10-ten", "2-two", "1-one", "_06-draft", ".git", "site", "published elsewhere"]:
        fill(tmp_path / name)
    fill(tmp_path / "public", "podcastkit.json")
    found = leave_out_destination(scan_show(tmp_path), tmp_path / "published elsewhere")
    assert [path.name for path in found.episodes] == ["1-one", "2-two", "10-ten"]
    assert found.show_file.name == "SHOW.TOML"
    assert [path.name for path in found.artwork] == ["Artwork.JPG"]


def test_an_episodes_files_are_told_by_their_names_in_any_case(tmp_path: Path) -> None:
    folder = fill(
        tmp_path / "05-x",
        *("Audio.MP3", "NOTES.Markdown", "Cover.png", "chapters.TXT", "Transcript.vtt", "transcript.es.SRT"),
        *("transcript.pt-BR.json", ".DS_Store", "~$notes.docx", "_old.wav", "desktop.ini", "Icon\r"),
    )
    found = scan_episode(folder)
    assert [path.name for path in found.audio] == ["Audio.MP3"]
    assert [path.name for path in found.notes[None]] == ["NOTES.Markdown"]
    assert [path.name for path in found.artwork] == ["Cover.png"]
    assert [path.name for path in found.chapters[None]] == ["chapters.TXT"]
    languages = {path.name: language for path, language in found.transcripts}
    assert languages == {"Transcript.vtt": None, "transcript.es.SRT": "es", "transcript.pt-BR.json": "pt-BR"}
    assert not list(find_strays(found, (), ()))


@pytest.mark.parametrize(
    "ending",
    [
        *(
            "mp3",
            "m4a",
            "m4b",
            "wav",
            "flac",
            "aiff",
            "aif",
            "aifc",
            "ogg",
            "oga",
            "opus",
            "aac",
            "caf",
            "w64",
            "wv",
        ),
        *("wma", "mka", "weba", "au", "snd", "mp2", "ac3", "amr", "tta"),
    ],
)
def test_every_audio_ending_is_audio(tmp_path: Path, ending: str) -> None:
    assert scan_episode(fill(tmp_path / "x", f"Take 2.{ending}")).audio


def test_a_lone_subtitle_file_of_any_name_is_the_transcript(tmp_path: Path) -> None:
    lone = scan_episode(fill(tmp_path / "a", "interview.srt"))
    two = scan_episode(fill(tmp_path / "b", "one.srt", "two.vtt"))
    beside = scan_episode(fill(tmp_path / "c", "interview.srt", "transcript.vtt"))
    assert [path.name for path, _ in lone.transcripts] == ["interview.srt"]
    assert not two.transcripts
    assert [path.name for path, _ in beside.transcripts] == ["transcript.vtt"]


LANGUAGES: dict[str, dict[str, str | None]] = {
    "one with a language": {"audio.es.srt": "es"},
    "capitals": {"AUDIO.ES.SRT": "es"},
    "a region": {"audio.pt-BR.vtt": "pt-BR"},
    "several": {"05 talk.en.vtt": "en", "05 talk.es.vtt": "es", "05 talk.vtt": None, "05 talk.srt": None},
    "a word that is a code": {"What.Is.vtt": None},
    "a word that is none": {"interview.final.srt": None},
    "nothing but a language": {"es.srt": None},
}


@pytest.mark.parametrize("case", LANGUAGES)
def test_subtitles_of_one_name_are_the_transcripts_and_tell_their_language(tmp_path: Path, case: str) -> None:
    expected = LANGUAGES[case]
    found = scan_episode(fill(tmp_path / "x", *expected))
    assert {path.name: language for path, language in found.transcripts} == expected


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("transcript.htm", None),
        ("TRANSCRIPT.PT-br.TXT", "pt-BR"),
        ("transcript.zh-hant-tw.vtt", "zh-Hant-TW"),
        ("transcript.es-419.json", "es-419"),
        ("transcript.fil.srt", "fil"),
    ],
)
def test_a_transcripts_language_is_normalised(tmp_path: Path, name: str, language: str | None) -> None:
    assert [told for _, told in scan_episode(fill(tmp_path / "x", name)).transcripts] == [language]


def test_a_transcript_of_no_language_does_not_hide_the_others(tmp_path: Path) -> None:
    found = scan_episode(fill(tmp_path / "x", "transcript.final.vtt", "transcript.es.vtt"))
    assert [path.name for path, _ in found.transcripts] == ["transcript.es.vtt"]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("shownotes.md", "name it notes.md"),
        ("notes.doc", "save it as notes.docx"),
        ("Chapter.txt", "name it chapters.txt"),
        ("transcription.txt", "name it transcript.txt"),
        ("text.txt", "name it notes.txt"),
        ("marks.json", "name it chapters.json"),
        ("Episode 5.docx", "name it notes.docx"),
        ("square.png", "name it artwork.png"),
        ("square.webp", "export it as JPEG and name it artwork.jpg"),
        ("two.vtt", "name it transcript.vtt"),
        ("page.html", "name it transcript.html"),
        ("page.htm", "name it transcript.htm "),
        ("transcript.docx", "name it transcript.txt"),
        ("transcript.final.pdf", "name it transcript.txt"),
        ("transcript.md", "name it transcript.txt"),
        ("talk.sbv", "export it as WebVTT"),
        ("transcript.jp.vtt", 'write "ja", and name it in that way'),
        ("transcript.pt_BR.vtt", 'write "pt-BR"'),
        ("transcript.final.vtt", "is not a language code"),
        ("transcript.spanish.srt", 'write "es"'),
        ("film.mp4", "export it as WAV"),
        ("session.ptx", "begin its name with _"),
    ],
)
def test_a_stray_file_is_named_with_what_it_should_be_called(tmp_path: Path, name: str, cure: str) -> None:
    folder = scan_episode(fill(tmp_path / "05-x", name, "one.vtt", "transcript.es.vtt"))
    (finding,) = list(find_strays(folder, (), [tmp_path / "05-x" / "one.vtt"]))
    assert name in finding.message
    assert cure in str(finding.hint)
    assert (finding.code, finding.severity) == ("E109", Severity.WARNING)
    assert str(finding.location) == f"05-x/{name}"


@pytest.mark.parametrize(
    ("there", "stray", "cure"),
    [
        ("notes.md", "remarks.md", "notes.md is what is read"),
        ("notes.md", "Remarks.docx", "notes.md is what is read"),
        ("artwork.jpg", "logo.png", "artwork.jpg is what is read"),
        ("transcript.vtt", "transcription.txt", "name it transcript.txt"),
    ],
)
def test_a_stray_file_is_not_given_a_name_that_is_taken(tmp_path: Path, there: str, stray: str, cure: str) -> None:
    (finding,) = list(find_strays(scan_episode(fill(tmp_path / "05-x", there, stray)), (), ()))
    assert cure in str(finding.hint)


def test_a_file_that_the_notes_name_is_no_stray(tmp_path: Path) -> None:
    folder = scan_episode(fill(tmp_path / "05-x", "square.png", "README.txt"))
    assert not list(find_strays(folder, (), [tmp_path / "05-x" / "square.png"]))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        (
            "Our Intro v2.wav",
            "S109",
            'write intro = "Our Intro v2.wav" under [audio]; if it is an episode, move it',
        ),
        ("05 Sintoni\u0301a.mp3", "S109", "move it into a folder of its own, such as 05-sintonía/"),
        ("05 Interview (final).mp3", "S109", "move it into a folder of its own, such as 05-interview-final/"),
        ("film.mp4", "S109", "move it into a folder"),
        ("cover.avif", "S109", "export it as JPEG"),
        ("notes.md", "S109", "move it into its folder"),
        ("podcastkit (1).lock", "S110", "compare the two"),
        ("podcastkit.lock (conflicted copy)", "S110", "compare the two"),
    ],
)
def test_what_lies_loose_beside_show_toml_is_named(tmp_path: Path, name: str, code: str, words: str) -> None:
    fill(tmp_path, "show.toml", "podcastkit.lock", "artwork.jpg", "LICENSE", name)
    (finding,) = find_show_strays(scan_show(tmp_path), frozenset())
    assert finding.code == code
    assert words in str(finding.hint)
    assert finding.episode is None


def test_a_folder_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    gone = scan_episode(tmp_path / "05-gone")
    assert [finding.code for finding in gone.diagnostics] == ["E108"]
    assert names_in(tmp_path / "05-gone") == ()


def test_names_are_composed(tmp_path: Path) -> None:
    folder = fill(tmp_path / "05-ma\u0301s")
    assert scan_episode(folder).name == "05-más"


def test_the_names_that_matter_change_only_with_what_matters(tmp_path: Path) -> None:
    before = names_in(fill(tmp_path, "audio.mp3"))
    assert names_in(fill(tmp_path, ".DS_Store", "_draft.md")) == before
    assert names_in(fill(tmp_path, "notes.md")) != before


def test_a_folder_that_permissions_close_is_a_finding(tmp_path: Path) -> None:
    closed = fill(tmp_path / "05-closed", "audio.mp3")
    closed.chmod(0)
    child = os.fork()
    if child == 0:  # root may read everything, so another user looks
        if os.geteuid() == 0:
            tmp_path.chmod(0o755)
            os.seteuid(65534)
        os._exit(0 if _closed_for_me(closed) else 1)
    _, status = os.waitpid(child, 0)
    closed.chmod(0o755)
    assert os.waitstatus_to_exitcode(status) == 0


def _closed_for_me(folder: Path) -> bool:
    try:
        found = scan_episode(folder).diagnostics
    except BaseException:  # noqa: BLE001 - the child must end, and say so
        return False
    return [finding.code for finding in found] == ["E108"]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Make a folder that every user may enter; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place
        for folder in place.rglob("*"):
            folder.chmod(0o755)


@contextmanager
def as_somebody() -> Iterator[None]:
    """Give up the rights of root, who may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@needs_permissions
def test_a_folder_that_may_not_be_entered_hides_no_other(open_place: Path) -> None:
    closed = fill(open_place / "01-closed", "audio.mp3")
    fill(open_place / "02-open")
    fill(open_place, "show.toml")
    closed.chmod(0)
    with as_somebody():
        show = scan_show(open_place)
        found = [scan_episode(path) for path in show.episodes]
    assert [(folder.name, len(folder.diagnostics)) for folder in found] == [("01-closed", 1), ("02-open", 0)]


@needs_permissions
def test_a_show_that_may_not_be_listed_is_an_error(open_place: Path) -> None:
    show = fill(open_place / "show", "show.toml")
    show.chmod(0o311)
    with as_somebody(), pytest.raises(ProjectError, match="cannot be read"):
        scan_show(show)


@needs_permissions
def test_a_show_that_may_not_be_entered_is_an_error(open_place: Path) -> None:
    show = fill(open_place / "show", "show.toml")
    show.chmod(0)
    with as_somebody(), pytest.raises(ProjectError, match=r"no show\.toml"):
        scan_show(show)


def test_a_file_instead_of_a_folder_is_called_one(tmp_path: Path) -> None:
    fill(tmp_path, "feed.xml")
    with pytest.raises(ProjectError, match="is a file"):
        scan_show(tmp_path / "feed.xml")


def test_a_name_may_be_another_with_a_number_behind_it(tmp_path: Path) -> None:
    fill(tmp_path, "show.toml")
    for name in ("bonus10", "bonus2", "bonus"):
        fill(tmp_path / name)
    show = scan_show(tmp_path)
    assert [folder.name for folder in show.episodes] == ["bonus", "bonus2", "bonus10"]


def test_two_files_that_may_be_the_notes_get_hints_that_fit_together(tmp_path: Path) -> None:
    folder = scan_episode(fill(tmp_path, "notes.doc", "Show notes FINAL.txt"))
    hints = {str(found.location): found.hint for found in find_strays(folder, (), ())}
    assert list(hints.values()) == [
        "if it is the notes, name it notes.txt, and begin the name of notes.doc with _",
        "if it is the notes, save it as notes.docx (Word Document) or as notes.txt",
    ]


@pytest.mark.parametrize("other", ["notes.doc", "notes.rtf", "Notes.pages"])
def test_notes_in_another_format_beside_notes_that_are_read_get_another_name(tmp_path: Path, other: str) -> None:
    (found,) = find_strays(scan_episode(fill(tmp_path, "notes.md", other)), (), ())
    assert str(found.hint).startswith("notes.md is what is read")


@pytest.mark.parametrize("name", ["show.toml.txt", "Show.tml", "shows.toml"])
def test_a_misspelled_show_file_is_named(tmp_path: Path, name: str) -> None:
    fill(tmp_path, name)
    for look in (scan_show, find_show):
        with pytest.raises(ProjectError, match=f"but {name}") as failure:
            look(tmp_path)
        assert str(failure.value.hint).startswith(f"rename {name} to show.toml")
