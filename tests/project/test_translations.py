"""Load a translated show from `[translations.es]` and `notes.es.md`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.checks import check_show
from podcastkit.project.check import check
from podcastkit.project.loader import find_changed_sources, load
from tests.shows import NOW, Workshop, small_show
from tests.word import word_document

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Show

TABLE = """
[translations.es]
title = "Turno de noche"
description = "El **puerto** de noche."
"""


@pytest.fixture
def show(tmp_path: Path) -> Workshop:
    return small_show(tmp_path / "episodes", TABLE, episodes=1)


def write_notes(show: Workshop, text: str, name: str = "notes.es.md") -> Path:
    path = show.folder / "01-part" / name
    path.write_text(text, encoding="utf-8")
    return path


def append_settings(show: Workshop, lines: str) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write(lines)


def spanish(show: Workshop) -> Show:
    (translated,) = load(show.folder, at=NOW).translations
    return translated


def findings(show: Workshop, code: str) -> list[Diagnostic]:
    return [finding for finding in check_show(load(show.folder, at=NOW)).findings if finding.code == code]


def test_translation_has_its_own_texts_and_inherits_other_values(show: Workshop) -> None:
    write_notes(show, "---\ntitle: Primera parte\nsummary: Breve.\n---\n\nLo que *pasa*.\n")
    original, translated = load(show.folder, at=NOW), spanish(show)
    assert (translated.title, translated.language, translated.translation) == ("Turno de noche", "es", "es")
    assert translated.spoken == "en"
    assert translated.description.html == "<p>El <strong>puerto</strong> de noche.</p>"
    assert translated.author == original.author
    (episode,) = translated.episodes
    assert (episode.title, episode.summary) == ("Primera parte", "Breve.")
    assert episode.notes.html == "<p>Lo que <em>pasa</em>.</p>"
    assert episode.master == original.episodes[0].master
    assert episode.number == 1


def test_new_feed_url_is_not_inherited(tmp_path: Path) -> None:
    """Otherwise, subscribers of the translation would get the feed of the original."""
    there = 'new_feed_url = "https://example.net/feed.xml"\nlocked = true\n'
    show = small_show(tmp_path / "episodes", there + TABLE, episodes=1)
    assert load(show.folder, at=NOW).new_feed_url == "https://example.net/feed.xml"
    assert spanish(show).new_feed_url is None
    assert [finding.location.line for finding in findings(show, "S132") if finding.location] == [10]
    append_settings(show, 'new_feed_url = "https://example.net/feed.es.xml"\n')
    assert spanish(show).new_feed_url == "https://example.net/feed.es.xml"


def test_schedule_text_is_not_inherited(tmp_path: Path) -> None:
    schedule = '[schedule]\nfirst = 2024-09-05\nevery = "week"\ntext = "Every Thursday"\n'
    show = small_show(tmp_path / "episodes", schedule + TABLE, episodes=1)
    original, translated = load(show.folder, at=NOW).schedule, spanish(show).schedule
    assert original
    assert translated
    assert (original.text, translated.text) == ("Every Thursday", None)
    assert (original.first, original.every) == (translated.first, translated.every)


def test_heading_is_the_title_without_its_number(show: Workshop) -> None:
    write_notes(show, "# 1. Primera parte\n\nLo que pasa.\n")
    assert spanish(show).episodes[0].title == "Primera parte"


@pytest.mark.parametrize("name", ["notes.es.markdown", "notes.ES.md", "Notes.es.txt"])
def test_translated_notes_are_read_in_any_format(show: Workshop, name: str) -> None:
    write_notes(show, "# Primera parte\n\nLo que pasa.\n", name)
    assert spanish(show).episodes[0].title == "Primera parte"


@pytest.mark.slow
def test_translated_notes_are_read_from_word_files(show: Workshop) -> None:
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Primera parte</w:t></w:r></w:p>'
    document = word_document(f"{heading}<w:p><w:r><w:t>Lo que pasa.</w:t></w:r></w:p>")
    (show.folder / "01-part" / "notes.es.docx").write_bytes(document)
    (episode,) = spanish(show).episodes
    assert (episode.title, episode.notes.plain) == ("Primera parte", "Lo que pasa.")


def test_region_code_is_written_in_upper_case(tmp_path: Path) -> None:
    table = TABLE.replace(".es]", ".pt-br]")
    show = small_show(tmp_path / "episodes", table, episodes=1)
    write_notes(show, "# Primeira parte\n", "notes.pt-BR.md")
    translated = spanish(show)
    assert (translated.translation, translated.episodes[0].title) == ("pt-BR", "Primeira parte")
    assert translated.description.plain == "El puerto de noche."


def test_each_language_is_a_translated_show(show: Workshop) -> None:
    append_settings(show, TABLE.replace(".es]", ".fr]").replace("Turno de noche", "Équipe de nuit"))
    assert [one.title for one in load(show.folder, at=NOW).translations] == ["Turno de noche", "Équipe de nuit"]


def test_translated_footer_replaces_the_original_footer(tmp_path: Path) -> None:
    show = small_show(
        tmp_path / "episodes", 'footer = "Made here."\n' + TABLE + 'footer = "Hecho aquí."\n', episodes=1
    )
    write_notes(show, "# Uno\n\nLo que pasa.\n")
    assert spanish(show).episodes[0].notes.plain == "Lo que pasa.\n\nHecho aquí."
    text = (show.folder / "show.toml").read_text(encoding="utf-8")
    (show.folder / "show.toml").write_text(text.replace('footer = "Hecho aquí."\n', ""), encoding="utf-8")
    assert spanish(show).episodes[0].notes.plain == "Lo que pasa.\n\nMade here."


def test_timestamps_in_translated_notes_are_chapters(show: Workshop) -> None:
    (show.folder / "01-part" / "chapters.txt").write_text("0:00 Start\n0:20 Middle\n0:40 End\n")
    assert spanish(show).episodes[0].chapters == load(show.folder, at=NOW).episodes[0].chapters
    write_notes(show, "# Uno\n\nLo que pasa.\n")
    assert spanish(show).episodes[0].notes.plain == "Lo que pasa.\n\n00:00 Start\n00:20 Middle\n00:40 End"
    write_notes(show, "# Uno\n\n0:00 Comienzo\n0:20 Medio\n0:40 Fin\n")
    (episode,) = spanish(show).episodes
    assert [chapter.title for chapter in episode.chapters] == ["Comienzo", "Medio", "Fin"]
    assert episode.locations["chapters"].file == "01-part/notes.es.md"


def test_chapters_files_are_read_in_each_language(show: Workshop) -> None:
    (show.folder / "01-part" / "chapters.txt").write_text("0:00 Start\n0:20 Middle\n0:40 End\n")
    path = write_notes(show, "0:00 Comienzo\n0:20 Medio\n0:40 Fin\n", "chapters.es.txt")
    (episode,) = spanish(show).episodes
    assert [chapter.title for chapter in episode.chapters] == ["Comienzo", "Medio", "Fin"]
    assert str(episode.locations["chapters[1]"]) == "01-part/chapters.es.txt:2:1"
    write_notes(show, "# Uno\n\n0:00 A\n0:20 B\n0:40 C\n")
    assert spanish(show).episodes[0].chapters == episode.chapters
    assert path in load(show.folder, at=NOW).sources
    assert not findings(show, "E109")
    write_notes(show, "0:00 Début\n", "chapters.fr.txt")
    (stray,) = findings(show, "E109")
    assert "[translations.fr]" in (stray.hint or "")


def test_translation_may_have_its_own_txt_and_funding(tmp_path: Path) -> None:
    own = 'ai_content = false\ntxt = "ours"\nfunding = {url = "https://example.org/en", text = "Support"}\n'
    words = 'txt = {purpose = "applepodcastsverify", value = "abc"}\n'
    more = 'funding = {url = "https://example.org/es", text = "Apóyanos"}\n'
    show = small_show(tmp_path / "episodes", own + TABLE + words + more, episodes=1)
    assert [txt.value for txt in load(show.folder, at=NOW).txt] == ["ours", "false"]
    assert [txt.value for txt in spanish(show).txt] == ["abc", "false"]
    assert [funding.text for funding in spanish(show).funding] == ["Apóyanos"]


def test_translated_notes_without_a_title_are_reported(show: Workshop) -> None:
    write_notes(show, "Lo que pasa.\n")
    (finding,) = findings(show, "N161")
    assert str(finding.location) == "01-part/notes.es.md"
    assert spanish(show).episodes[0].title == load(show.folder, at=NOW).episodes[0].title


def test_misspelled_key_is_reported_once(show: Workshop) -> None:
    write_notes(show, "---\ntitel: Uno\n---\n\nLo que pasa.\n")
    assert [finding.hint for finding in findings(show, "E002")] == ['did you mean "title"?']
    assert not findings(show, "E160")


def test_shared_key_in_translated_notes_is_reported(show: Workshop) -> None:
    write_notes(show, "---\ntitle: Uno\ndate: 2024-09-02\nnumber: 7\n---\n\nLo que pasa.\n")
    found = findings(show, "E160")
    assert [(finding.location.line if finding.location else None) for finding in found] == [3, 4]
    assert spanish(show).episodes[0].number == 1


def test_findings_about_translated_texts_have_their_locations(show: Workshop) -> None:
    write_notes(show, f"---\ntitle: {'x' * 300}\n---\n\nLo que pasa.\n")
    (finding,) = findings(show, "E107")
    assert finding.location
    assert (finding.location.file, finding.location.line) == ("01-part/notes.es.md", 2)
    path = show.folder / "show.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Turno de noche", "x" * 300), encoding="utf-8")
    (finding,) = findings(show, "S103")
    assert finding.location
    assert "x" * 300 in path.read_text(encoding="utf-8").splitlines()[(finding.location.line or 0) - 1]


def test_finding_of_the_show_is_reported_once(show: Workshop) -> None:
    (show.folder / "01-part" / "audio.mp3").unlink()
    (show.folder / "artwork.jpg").unlink()
    write_notes(show, "# Uno\n\nLo que pasa.\n")
    assert (len(findings(show, "A101")), len(findings(show, "S101"))) == (1, 1)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('[translations.en]\ntitle = "x"\ndescription = "x"\n', "en is the language of the show itself"),
        ('[translations.spanish]\ntitle = "x"\ndescription = "x"\n', "is not a language code"),
        ('[translations.fr]\ntitle = "x"\n', "has no description"),
        ('[translations.fr]\ntitle = "x"\ndescription = "x"\nlocked = true\n', "locked is inside"),
        ("[translations]\nfr = 1\n", "must be"),
        ('[translations." fr "]\ntitle = "x"\ndescription = "x"\n', "has spaces around it"),
        (
            '[translations]\npt-br = {title = "x", description = "x"}\npt-BR = {title = "x", description = "x"}\n',
            "pt-BR occurs twice",
        ),
    ],
    ids=["its own language", "no code", "a part is missing", "a key of the show", "no table", "blanks", "twice"],
)
def test_invalid_translation_table_is_an_error(tmp_path: Path, lines: str, message: str) -> None:
    show = small_show(tmp_path / "episodes", lines, episodes=1)
    errors = [
        finding.message for finding in check_show(load(show.folder, at=NOW)).findings if finding.severity == "error"
    ]
    assert any(message in error for error in errors), errors


def test_translations_without_tables_are_an_error(tmp_path: Path) -> None:
    show = small_show(tmp_path / "episodes", 'translations = "es"\n', episodes=1)
    assert any("[translations.es]" in finding.message for finding in check_show(load(show.folder, at=NOW)).findings)


def test_translated_notes_are_sources_of_the_show(show: Workshop) -> None:
    path = write_notes(show, "# Uno\n")
    loaded = load(show.folder, at=NOW)
    path.write_text("# Otro título\n", encoding="utf-8")
    assert find_changed_sources(loaded) == (path,)


def test_loaded_show_is_checked_at_another_moment_in_every_language(show: Workshop) -> None:
    write_notes(show, "---\ntitle: Primera parte\n---\n\nLo que pasa.\n")
    later = NOW + timedelta(days=4000)
    (show.folder / "01-part" / "notes.md").write_text(f"---\ntitle: Part\ndate: {later:%Y-%m-%d}\n---\n\nWhat.\n")
    assert {finding.code for finding in check(load(show.folder, at=NOW))} & {"E111"}
    after = later + timedelta(days=2)
    assert check(load(show.folder, at=NOW), at=after) == check(show.folder, at=after, audio=False)
