"""Find named files in another Unicode form, and suggest files named in another case."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest

from podcastkit.checks import check_show
from podcastkit.project.discovery import resolve_folder, scan_episode
from podcastkit.project.loader import load
from podcastkit.project.named_files import find_named_file, suggest_file
from tests.shows import NOW, SHOW_TOML, VTT, Workshop, make_mp3, write_artwork, write_wav

if TYPE_CHECKING:
    from pathlib import Path

Form = Literal["NFC", "NFD"]

SETTINGS = f"""artwork = "hülle.png"
images = [{{ file = "_bilder-ü/bänner.png" }}]
{SHOW_TOML}
[audio]
intro = "äußeres.mp3"
[translations.es]
title = "Grúa"
description = "El puerto."
artwork = "póster.png"
"""
NOTES = """---
title: The crane
audio: größe.wav
outro: schlußö.mp3
artwork: küche.png
images: {file: brücke.png}
alternates: {file: españolñ.mp3, lang: es}
---
Notes.
"""


def make_show(folder: Path, settings: Form, disk: Form, *, suffix: str = "") -> Path:
    """Write a show with settings and file names in these Unicode forms, with `suffix` before the file endings."""
    workshop = Workshop(folder).show(text=unicodedata.normalize(settings, SETTINGS))
    (folder / "artwork.jpg").unlink()
    episode = workshop.episode("01-crane", unicodedata.normalize(settings, NOTES))
    (episode / "audio.mp3").unlink()
    sounds = ["äußeres.mp3", "01-crane/schlußö.mp3", "01-crane/españolñ.mp3"]
    for mark, name in enumerate(sounds):
        path = folder / unicodedata.normalize(disk, name.replace(".", f"{suffix}."))
        path.write_bytes(make_mp3(20, mark=mark))
    write_wav(episode / unicodedata.normalize(disk, f"größe{suffix}.wav"), 30)
    pictures = ["hülle.png", "_bilder-ü/bänner.png", "póster.png", "01-crane/küche.png", "01-crane/brücke.png"]
    for name in pictures:
        write_artwork(folder / unicodedata.normalize(disk, name.replace(".", f"{suffix}.")))
    return folder


@pytest.mark.parametrize(("settings", "disk"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_files_in_another_unicode_form_are_found(tmp_path: Path, settings: Form, disk: Form) -> None:
    show = load(make_show(tmp_path, settings, disk), at=NOW)
    (episode,) = show.episodes
    assert episode.audio
    assert episode.intro
    assert episode.outro
    assert [alternate.audio is not None for alternate in episode.alternates] == [True]
    assert show.artwork
    assert episode.artwork
    assert (len(show.images), len(episode.images)) == (1, 1)
    assert show.translations[0].artwork != show.artwork
    named = {"A104", "A105", "A110", "E109", "I103", "I110", "S109", "S141"}
    assert not [found for found in check_show(show).findings if found.code in named]


def test_missing_files_are_suggested_by_the_nearest_name_in_their_folder(tmp_path: Path) -> None:
    show = load(make_show(tmp_path, "NFC", "NFD", suffix="X"), at=NOW)
    hints = {found.hint for found in check_show(show).findings if "did you mean" in str(found.hint)}
    names = ["äußeresX.mp3", "größeX.wav", "schlußöX.mp3", "españolñX.mp3", "hülleX.png"]
    names += ["bännerX.png", "pósterX.png", "kücheX.png", "brückeX.png"]
    assert hints == {f'did you mean "{name}"?' for name in names}


def test_file_named_in_another_case_is_suggested(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show()
    folder = workshop.episode("01-a", "---\ntitle: A\naudio: GRÖSSE.mp3\n---\nn")
    (folder / "audio.mp3").rename(folder / unicodedata.normalize("NFD", "Größe.MP3"))
    (found,) = (found for found in load(tmp_path).diagnostics if found.code == "A104")
    assert found.hint == 'did you mean "Größe.MP3"?'


def test_files_in_a_folder_named_in_another_case_are_suggested(tmp_path: Path) -> None:
    folder = tmp_path / "_Töne"
    folder.mkdir()
    (folder / "Intro.mp3").touch()
    hints = [suggest_file(tmp_path / "_töne" / name, {".mp3"}) for name in ("intro.mp3", "Intro.mp3", "other.mp3")]
    assert hints == [*['did you mean "Intro.mp3" in the folder "_Töne"?'] * 2, None]


def test_name_on_a_case_insensitive_disk_has_the_spelling_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / unicodedata.normalize("NFD", "Größe.MP3")
    file.touch()
    monkeypatch.setattr("os.path.lexists", lambda _: True)  # as on macOS, which ignores case
    assert {find_named_file(tmp_path, name) for name in ("Größe.MP3", "größe.mp3")} == {file}


def test_exact_name_takes_precedence_over_another_unicode_form(tmp_path: Path) -> None:
    exact, other = "ö.mp3", unicodedata.normalize("NFD", "ö.mp3")
    for name in (exact, other):
        (tmp_path / name).touch()
    assert find_named_file(tmp_path, exact).name == exact
    assert find_named_file(tmp_path, other).name == other


def test_destination_in_another_unicode_form_is_found(tmp_path: Path) -> None:
    inner = tmp_path / unicodedata.normalize("NFD", "für-alle") / "feed"
    inner.mkdir(parents=True)
    assert resolve_folder(tmp_path, "für-alle/feed") == inner
    assert resolve_folder(tmp_path, "für-alle/new").name == "new"
    assert resolve_folder(tmp_path, str(inner)) == inner


def test_subtitles_with_one_name_in_two_unicode_forms_are_one_transcript(tmp_path: Path) -> None:
    for name in ("größe.vtt", unicodedata.normalize("NFD", "größe.es.vtt")):
        (tmp_path / name).write_text(VTT, encoding="utf-8")
    assert [language for _, language in scan_episode(tmp_path).transcripts] == ["es", None]
