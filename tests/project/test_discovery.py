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
    find_unused_files,
    find_unused_show_files,
    leave_out_destination,
    list_relevant_names,
    resolve_show_folder,
    scan_episode,
    scan_show,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_permissions = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no permissions of this kind")


def create_files(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_find_show_searches_folder_parents_and_episodes(tmp_path: Path) -> None:
    show = create_files(tmp_path / "project" / "episodes", "show.toml")
    inner = create_files(show / "05-planning-time")
    assert find_show(show) == show
    assert find_show(inner) == show
    assert find_show(tmp_path / "project") == show


def test_find_show_without_a_show_explains_the_show_folder(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no show\.toml") as failure:
        find_show(tmp_path)
    assert "podcastkit check FOLDER" in str(failure.value.hint)


def test_show_folder_is_resolved_from_folder_or_file(tmp_path: Path) -> None:
    show = create_files(tmp_path / "night", "Show.TOML")
    assert find_show_file(show) == show / "Show.TOML"
    assert resolve_show_folder(show) == resolve_show_folder(show / "Show.TOML") == show
    assert find_show_file(tmp_path) is None
    assert resolve_show_folder(tmp_path / "show.toml") == tmp_path / "show.toml"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_folder_without_show_toml_is_an_error(tmp_path: Path, name: str) -> None:
    create_files(tmp_path / "empty")
    with pytest.raises(ProjectError, match=name):
        scan_show(tmp_path / name)


def test_scan_show_lists_episode_folders_in_natural_order(tmp_path: Path) -> None:
    create_files(tmp_path, "SHOW.TOML", "Artwork.JPG", ".gitignore", "README.md")
    for name in ["10-ten", "2-two", "1-one", "_06-draft", ".git", "site", "published elsewhere"]:
        create_files(tmp_path / name)
    create_files(tmp_path / "public", "podcastkit.json")
    found = leave_out_destination(scan_show(tmp_path), tmp_path / "published elsewhere")
    assert [path.name for path in found.episodes] == ["1-one", "2-two", "10-ten"]
    assert found.show_file.name == "SHOW.TOML"
    assert [path.name for path in found.artwork] == ["Artwork.JPG"]


def test_scan_episode_recognizes_file_names_in_any_case(tmp_path: Path) -> None:
    folder = create_files(
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
    assert not list(find_unused_files(found, (), ()))


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
def test_file_with_any_audio_ending_is_audio(tmp_path: Path, ending: str) -> None:
    assert scan_episode(create_files(tmp_path / "x", f"Take 2.{ending}")).audio


def test_single_subtitle_file_is_the_transcript(tmp_path: Path) -> None:
    single = scan_episode(create_files(tmp_path / "a", "interview.srt"))
    two = scan_episode(create_files(tmp_path / "b", "one.srt", "two.vtt"))
    beside = scan_episode(create_files(tmp_path / "c", "interview.srt", "transcript.vtt"))
    assert [path.name for path, _ in single.transcripts] == ["interview.srt"]
    assert not two.transcripts
    assert [path.name for path, _ in beside.transcripts] == ["transcript.vtt"]


LANGUAGES: dict[str, dict[str, str | None]] = {
    "one with a language": {"audio.es.srt": "es"},
    "capitals": {"AUDIO.ES.SRT": "es"},
    "a region": {"audio.pt-BR.vtt": "pt-BR"},
    "several": {"05 talk.en.vtt": "en", "05 talk.es.vtt": "es", "05 talk.vtt": None, "05 talk.srt": None},
    "a word that is a code": {"What.Is.vtt": None},
    "a word that is not a code": {"interview.final.srt": None},
    "only a language": {"es.srt": None},
}


@pytest.mark.parametrize("case", LANGUAGES)
def test_subtitles_with_one_name_are_transcripts_by_language(tmp_path: Path, case: str) -> None:
    expected = LANGUAGES[case]
    found = scan_episode(create_files(tmp_path / "x", *expected))
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
def test_transcript_language_is_normalized(tmp_path: Path, name: str, language: str | None) -> None:
    assert [found for _, found in scan_episode(create_files(tmp_path / "x", name)).transcripts] == [language]


def test_transcript_with_unknown_language_does_not_hide_others(tmp_path: Path) -> None:
    found = scan_episode(create_files(tmp_path / "x", "transcript.final.vtt", "transcript.es.vtt"))
    assert [path.name for path, _ in found.transcripts] == ["transcript.es.vtt"]


@pytest.mark.parametrize(
    ("name", "fix"),
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
        ("transcript.jp.vtt", 'write "ja" in the file name'),
        ("transcript.pt_BR.vtt", 'write "pt-BR"'),
        ("transcript.final.vtt", "is not a language code"),
        ("transcript.spanish.srt", 'write "es"'),
        ("film.mp4", "export it as WAV"),
        ("session.ptx", "start its name with _"),
    ],
)
def test_unused_file_hint_suggests_a_name(tmp_path: Path, name: str, fix: str) -> None:
    folder = scan_episode(create_files(tmp_path / "05-x", name, "one.vtt", "transcript.es.vtt"))
    (finding,) = list(find_unused_files(folder, (), [tmp_path / "05-x" / "one.vtt"]))
    assert name in finding.message
    assert fix in str(finding.hint)
    assert (finding.code, finding.severity) == ("E109", Severity.WARNING)
    assert str(finding.location) == f"05-x/{name}"


@pytest.mark.parametrize(
    ("existing", "unused", "fix"),
    [
        ("notes.md", "remarks.md", "podcastkit reads notes.md"),
        ("notes.md", "Remarks.docx", "podcastkit reads notes.md"),
        ("artwork.jpg", "logo.png", "podcastkit reads artwork.jpg"),
        ("transcript.vtt", "transcription.txt", "name it transcript.txt"),
    ],
)
def test_unused_file_hint_does_not_suggest_a_used_name(
    tmp_path: Path, existing: str, unused: str, fix: str
) -> None:
    (finding,) = list(find_unused_files(scan_episode(create_files(tmp_path / "05-x", existing, unused)), (), ()))
    assert fix in str(finding.hint)


def test_file_named_in_the_notes_is_not_unused(tmp_path: Path) -> None:
    folder = scan_episode(create_files(tmp_path / "05-x", "square.png", "README.txt"))
    assert not list(find_unused_files(folder, (), [tmp_path / "05-x" / "square.png"]))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        (
            "Our Intro v2.wav",
            "S109",
            'write intro = "Our Intro v2.wav" under [audio] in show.toml; if it is an episode, move the file',
        ),
        ("05 Sintoni\u0301a.mp3", "S109", "move the file to a new folder, such as 05-sintonía/"),
        ("05 Interview (final).mp3", "S109", "move the file to a new folder, such as 05-interview-final/"),
        ("film.mp4", "S109", "move the file to a new folder"),
        ("cover.avif", "S109", "export it as JPEG"),
        ("notes.md", "S109", "move it to the episode folder"),
        ("podcastkit (1).lock", "S110", "compare the two"),
        ("podcastkit.lock (conflicted copy)", "S110", "compare the two"),
    ],
)
def test_unused_file_next_to_show_toml_is_reported(tmp_path: Path, name: str, code: str, words: str) -> None:
    create_files(tmp_path, "show.toml", "podcastkit.lock", "artwork.jpg", "LICENSE", name)
    (finding,) = find_unused_show_files(scan_show(tmp_path), frozenset())
    assert finding.code == code
    assert words in str(finding.hint)
    assert finding.episode is None


def test_unreadable_folder_is_a_finding(tmp_path: Path) -> None:
    missing = scan_episode(tmp_path / "05-gone")
    assert [finding.code for finding in missing.diagnostics] == ["E108"]
    assert list_relevant_names(tmp_path / "05-gone") == ()


def test_folder_name_is_normalized_to_nfc(tmp_path: Path) -> None:
    folder = create_files(tmp_path / "05-ma\u0301s")
    assert scan_episode(folder).name == "05-más"


def test_list_relevant_names_ignores_hidden_files(tmp_path: Path) -> None:
    before = list_relevant_names(create_files(tmp_path, "audio.mp3"))
    assert list_relevant_names(create_files(tmp_path, ".DS_Store", "_draft.md")) == before
    assert list_relevant_names(create_files(tmp_path, "notes.md")) != before


def test_folder_without_permissions_is_a_finding(tmp_path: Path) -> None:
    closed = create_files(tmp_path / "05-closed", "audio.mp3")
    closed.chmod(0)
    child = os.fork()
    if child == 0:  # root can read every file, so drop its permissions
        if os.geteuid() == 0:
            tmp_path.chmod(0o755)
            os.seteuid(65534)
        os._exit(0 if _is_unreadable(closed) else 1)
    _, status = os.waitpid(child, 0)
    closed.chmod(0o755)
    assert os.waitstatus_to_exitcode(status) == 0


def _is_unreadable(folder: Path) -> bool:
    try:
        found = scan_episode(folder).diagnostics
    except BaseException:  # noqa: BLE001 - the child must end, and say so
        return False
    return [finding.code for finding in found] == ["E108"]


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """Create a folder that every user can enter, unlike the folders of pytest."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place
        for folder in place.rglob("*"):
            folder.chmod(0o755)


@contextmanager
def drop_root() -> Iterator[None]:
    """Drop the permissions of root, who can read every file."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@needs_permissions
def test_inaccessible_folder_does_not_hide_others(shared_folder: Path) -> None:
    closed = create_files(shared_folder / "01-closed", "audio.mp3")
    create_files(shared_folder / "02-open")
    create_files(shared_folder, "show.toml")
    closed.chmod(0)
    with drop_root():
        show = scan_show(shared_folder)
        found = [scan_episode(path) for path in show.episodes]
    assert [(folder.name, len(folder.diagnostics)) for folder in found] == [("01-closed", 1), ("02-open", 0)]


@needs_permissions
def test_show_folder_that_cannot_be_listed_is_an_error(shared_folder: Path) -> None:
    show = create_files(shared_folder / "show", "show.toml")
    show.chmod(0o311)
    with drop_root(), pytest.raises(ProjectError, match="cannot be read"):
        scan_show(show)


@needs_permissions
def test_show_folder_that_cannot_be_entered_is_an_error(shared_folder: Path) -> None:
    show = create_files(shared_folder / "show", "show.toml")
    show.chmod(0)
    with drop_root(), pytest.raises(ProjectError, match=r"no show\.toml"):
        scan_show(show)


def test_file_instead_of_a_show_folder_is_an_error(tmp_path: Path) -> None:
    create_files(tmp_path, "feed.xml")
    with pytest.raises(ProjectError, match="is a file"):
        scan_show(tmp_path / "feed.xml")


def test_folder_name_ending_in_a_number_is_an_episode(tmp_path: Path) -> None:
    create_files(tmp_path, "show.toml")
    for name in ("bonus10", "bonus2", "bonus"):
        create_files(tmp_path / name)
    show = scan_show(tmp_path)
    assert [folder.name for folder in show.episodes] == ["bonus", "bonus2", "bonus10"]


def test_hints_for_two_possible_notes_files_are_consistent(tmp_path: Path) -> None:
    folder = scan_episode(create_files(tmp_path, "notes.doc", "Show notes FINAL.txt"))
    hints = {str(found.location): found.hint for found in find_unused_files(folder, (), ())}
    assert list(hints.values()) == [
        "if it is the notes, name it notes.txt, and start the name of notes.doc with _",
        "if it is the notes, save it as notes.docx (Word Document) or as notes.txt",
    ]


@pytest.mark.parametrize("other", ["notes.doc", "notes.rtf", "Notes.pages"])
def test_notes_in_another_format_next_to_notes_are_unused(tmp_path: Path, other: str) -> None:
    (found,) = find_unused_files(scan_episode(create_files(tmp_path, "notes.md", other)), (), ())
    assert str(found.hint).startswith("podcastkit reads notes.md")


@pytest.mark.parametrize("name", ["show.toml.txt", "Show.tml", "shows.toml"])
def test_misspelled_show_file_error_suggests_show_toml(tmp_path: Path, name: str) -> None:
    create_files(tmp_path, name)
    for function in (scan_show, find_show):
        with pytest.raises(ProjectError, match=f"only {name}") as failure:
            function(tmp_path)
        assert str(failure.value.hint).startswith(f"rename {name} to show.toml")
