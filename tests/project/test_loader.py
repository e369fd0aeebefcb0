from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mutagen.id3 import CHAP, ID3, TIT2

from podcastkit import cache as cache_module
from podcastkit.checks import check_show
from podcastkit.diagnostics import Cancelled, Diagnostic, Location, ProjectError, Severity, StorageError
from podcastkit.model import Episode, EpisodeType, Person, Records, Show
from podcastkit.project.loader import find_changed_sources, load
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import publish
from podcastkit.state.lock import LOCK_NAME, write_lock
from podcastkit.state.matching import match_show
from tests.shows import NOW, SAMPLE, SHOW_TOML, VTT, Workshop, make_mp3, small_show, write_artwork, write_wav
from tests.values import make_record
from tests.word import word_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.progress import Event


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "show").show()


def get_only_episode(show: Show) -> Episode:
    (episode,) = show.episodes
    return episode


def errors(show: Show) -> list[str]:
    return [finding.code for finding in show.diagnostics if finding.severity is Severity.ERROR]


def call_without_root(folder: Path, function: Callable[[Path], bool]) -> bool:
    """Call a function without the permissions of root, who can read every file."""
    folder.parent.chmod(0o755)
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder.parent)  # the parent folders may be closed to the other user
            if os.geteuid() == 0:
                os.seteuid(65534)
            os._exit(0 if function(Path(folder.name)) else 1)
        except BaseException:  # noqa: BLE001 - the child must end, and say so
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def finding(show: Show, code: str) -> Diagnostic:
    (found,) = [found for found in check_show(show).findings if found.code == code]
    return found


def test_complete_show_has_no_findings(tmp_path: Path) -> None:
    show = load(small_show(tmp_path).folder, at=NOW)
    assert show.diagnostics == tuple(found for found in show.diagnostics if found.severity is Severity.INFO)
    assert (show.title, show.author, show.language, show.at) == ("Night Shift", "Harbour Radio", "en", NOW)
    assert show.description.html == "<p>Who keeps the harbour running at night.</p>"
    assert [(episode.number, episode.title) for episode in show.episodes] == [
        (1, "Part 1"),
        (2, "Part 2"),
        (3, "Part 3"),
    ]
    assert show.artwork
    assert show.artwork.width == 1400


def test_moment_defaults_to_now(workshop: Workshop) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= load(workshop.folder).at <= datetime.now(UTC)


def test_audio_is_probed_and_named_by_its_hash(workshop: Workshop) -> None:
    workshop.episode("05-planning-time")
    episode = get_only_episode(load(workshop.folder))
    assert episode.audio
    assert episode.audio.exact
    assert abs(episode.audio.duration - timedelta(seconds=1)) < timedelta(milliseconds=30)
    assert episode.master
    assert episode.media
    assert episode.media.key == f"media/05-planning-time-{episode.master.sha256[:12]}.mp3"
    assert episode.media.recipe == episode.recipe == "as given"


@pytest.mark.parametrize(
    ("folder", "notes", "number", "season", "kind", "title"),
    [
        ("05-planning-time", "Just notes.", 5, 1, EpisodeType.FULL, "Planning time"),
        ("05-x", "# Planning time\n\nNotes.", 5, 1, EpisodeType.FULL, "Planning time"),
        ("05-x", "---\ntitle: Episode 5: It's #1 @home\n---\n# Not this", 5, 1, EpisodeType.FULL, "It's #1 @home"),
        ("05-x", "---\nnumber: 08\nseason: 2\n---\n# T", 8, 2, EpisodeType.FULL, "T"),
        ("s2e05 Planning", "n", 5, 2, EpisodeType.FULL, "Planning"),
        ("00-trailer", "n", None, None, EpisodeType.TRAILER, "Trailer"),
        ("trailer", "---\nseason: 1\n---\nn", None, 1, EpisodeType.TRAILER, "Trailer"),
        ("03-trailer", "---\nseason: 1\nnumber: 3\n---\nn", 3, 1, EpisodeType.TRAILER, "Trailer"),
        ("03-bonus-outtakes", "n", None, 1, EpisodeType.BONUS, "Bonus outtakes"),
        ("04-outtakes", "---\ntype: bonus\n---\nn", None, 1, EpisodeType.BONUS, "Outtakes"),
        ("00-x", "n", None, 1, EpisodeType.FULL, "X"),
        ("2024-09-05-x", "n", None, 1, EpisodeType.FULL, "2024 09 05 x"),
    ],
    ids=lambda part: str(part)[:24],
)
def test_number_type_and_title_default_to_the_folder_name(
    workshop: Workshop,
    folder: str,
    notes: str,
    number: int | None,
    season: int | None,
    kind: EpisodeType,
    title: str,
) -> None:
    workshop.episode(folder, notes)
    episode = get_only_episode(load(workshop.folder))
    assert (episode.number, episode.season, episode.type) == (number, season, kind)
    assert episode.title == title


def test_heading_is_removed_from_the_notes(workshop: Workshop) -> None:
    workshop.episode("05-x", "# Planning time\n\nNotes.\n")
    assert get_only_episode(load(workshop.folder)).notes.plain == "Notes."


def test_audio_title_tag_takes_precedence_over_folder_name(workshop: Workshop, tmp_path: Path) -> None:
    tags = ID3()
    tags.add(TIT2(encoding=3, text=["#5 Tagged"]))
    tags.save(tmp_path / "tags.mp3")
    workshop.episode("05-x", "n", audio=(tmp_path / "tags.mp3").read_bytes() + make_mp3(1))
    show = load(workshop.folder)
    assert get_only_episode(show).title == "Tagged"
    assert "the audio's title tag" in finding(show, "E105").message


def test_guessed_values_are_reported(workshop: Workshop) -> None:
    workshop.episode("s2e03-x", "# T")
    workshop.episode("04-bonus-x", "# T\n\nn", mark=2)
    messages = [found.message for found in load(workshop.folder).diagnostics if found.code == "E110"]
    assert messages == [
        "type bonus taken from the folder's name",
        "number 3 and season 2 taken from the folder's name",
    ]


def test_schedule_dates_numbered_episodes_without_a_date(tmp_path: Path) -> None:
    schedule = '[schedule]\nfirst = 2024-09-05T06:00:00\nevery = "week"\nskip = [2024-09-12]\n'
    workshop = Workshop(tmp_path).show(schedule)
    workshop.episode("01-a")
    workshop.episode("02-b", mark=2)
    workshop.episode("03-c", "---\ntitle: C\ndate: 2024-12-01\n---\nn", mark=3)
    workshop.episode("00-trailer", mark=4)
    show = load(tmp_path)
    dates = {episode.folder: episode.date and episode.date.isoformat() for episode in show.episodes}
    assert dates == {
        "00-trailer": None,
        "01-a": "2024-09-05T06:00:00-07:00",
        "02-b": "2024-09-19T06:00:00-07:00",
        "03-c": "2024-12-01T06:00:00-08:00",
    }


def test_scheduled_date_at_a_clock_change_is_reported(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('[schedule]\nfirst = 2024-03-03T02:30:00\nevery = "week"\n')
    for mark, name in enumerate(("01-a", "02-b", "03-c")):
        workshop.episode(name, mark=mark)
    (found,) = (found for found in load(tmp_path).diagnostics if found.code == "E147")
    assert found.episode == "02-b"
    assert "03:30 is used instead" in found.message


def test_lock_record_takes_precedence_over_the_schedule(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('[schedule]\nfirst = 2030-01-01T06:00:00\nevery = "week"\n')
    workshop.episode("01-a")
    record = replace(make_record("01-a", "kept"), published=datetime(2024, 9, 1, tzinfo=UTC))
    write_lock(tmp_path, Records(guid="917393e3-1b1e-5cef-ace4-edaa54e1f810", episodes=(record,)))
    show = match_show(load(tmp_path))
    assert show.records.guid == "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    assert (get_only_episode(show).guid, get_only_episode(show).date) == ("kept", record.published)


def test_people_of_show_precede_people_of_episode(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('\npeople = ["Ana"]\n', text=SHOW_TOML)
    workshop.episode("01-a", "---\ntitle: A\npeople: [Ben]\n---\n")
    workshop.episode("02-b", "---\ntitle: B\npeople: [Ben]\nonly_people: true\n---\n", mark=2)
    first, second = load(tmp_path).episodes
    assert first.people == (
        Person(name="Ana", role="host", group="cast"),
        Person(name="Ben", role="guest", group="cast"),
    )
    assert second.people == (Person(name="Ben", role="guest", group="cast"),)


def test_footer_is_the_end_of_every_episodes_notes(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('\nfooter = "Made at *night*."\n')
    workshop.episode("01-a", "# T\n\nNotes.")
    assert get_only_episode(load(tmp_path)).notes.html == "<p>Notes.</p>\n<p>Made at <em>night</em>.</p>"


def test_ai_content_is_written_as_txt_for_show_and_episode(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show("\nai_content = false\n")
    workshop.episode("01-a", "---\ntitle: A\nai_content: true\n---\n")
    show = load(tmp_path)
    assert [(txt.purpose, txt.value) for txt in (*show.txt, *get_only_episode(show).txt)] == [
        ("ai-content", "false"),
        ("ai-content", "true"),
    ]


@pytest.mark.slow
def test_notes_are_read_from_text_and_word_files(workshop: Workshop) -> None:
    (workshop.episode("01-a") / "notes.md").rename(workshop.folder / "01-a" / "notes.txt")
    (workshop.folder / "01-a" / "notes.txt").write_text("# A *plain* title\n\nSee https://example.org\n")
    word = word_of("---", "title: Aus Word", "date: 2024-09-05", "---", "Notes from Word.")
    folder = workshop.episode("02-b", mark=2)
    (folder / "notes.md").unlink()
    (folder / "notes.docx").write_bytes(word)
    first, second = load(workshop.folder).episodes
    assert (first.title, first.notes.plain) == ("A *plain* title", "See https://example.org")
    assert (second.title, second.notes.plain) == ("Aus Word", "Notes from Word.")
    assert second.date


def test_chapters_are_read_from_file_notes_or_tags(workshop: Workshop, tmp_path: Path) -> None:
    tags = ID3()
    for number in range(3):
        sub = [TIT2(encoding=3, text=[f"tag {number}"])]
        tags.add(
            CHAP(element_id=f"c{number}", start_time=number * 300, end_time=(number + 1) * 300, sub_frames=sub)
        )
    tags.save(tmp_path / "tags.mp3")
    audio = (tmp_path / "tags.mp3").read_bytes() + make_mp3(1)
    in_notes = "# T\n\n00:00 note 0\n\n00:10 note 1\n\n00:20 note 2\n"
    workshop.episode("01-tags", "# T\n\nNotes.", audio=audio)
    workshop.episode("02-notes", in_notes, audio=audio)
    (workshop.episode("03-file", in_notes, audio=audio) / "chapters.txt").write_text("00:00 file 0\n00:05 file 1\n")
    workshop.episode("04-none", "# T\n\nNotes.", mark=4)
    episodes = load(workshop.folder).episodes
    titles = [[chapter.title for chapter in episode.chapters] for episode in episodes]
    assert titles == [["tag 0", "tag 1", "tag 2"], ["note 0", "note 1", "note 2"], ["file 0", "file 1"], []]


def test_chapters_have_locations(workshop: Workshop, tmp_path: Path) -> None:
    in_notes = "# T\n\n- **00:00** note 0\n- 00:10 note 1\n- 00:20 note 2\n"
    sub = [TIT2(encoding=3, text=["tag"])]
    tags = ID3()
    tags.add(CHAP(element_id="c", start_time=0, end_time=300, sub_frames=sub))
    tags.save(tmp_path / "tags.mp3")
    workshop.episode("01-tags", "# T\n\nNotes.", audio=(tmp_path / "tags.mp3").read_bytes() + make_mp3(1))
    workshop.episode("02-notes", f"---\nseason: 1\n---\n{in_notes}")
    (workshop.episode("03-text", in_notes, mark=1) / "chapters.txt").write_text("# ours\n00:00 file 0\n")
    body = '{"version": "1.2.0",\n\n"chapters": [{"startTime": 0, "x": 1}]}'
    (workshop.episode("04-json", in_notes, mark=2) / "chapters.json").write_text(body)
    episodes = load(workshop.folder).episodes
    assert [
        [str(where) for key, where in episode.locations.items() if key.startswith("chapters[")]
        for episode in episodes
    ] == [
        ["01-tags/audio.mp3"],
        [f"02-notes/notes.md:{place}" for place in ("6:5", "6:13", "7:3", "7:9", "8:3", "8:9")],
        ["03-text/chapters.txt:2:1", "03-text/chapters.txt:2:7"],
        ["04-json/chapters.json:3:14", "04-json/chapters.json:3:28"],
    ]
    assert [episode.chapters_file and episode.chapters_file.body for episode in episodes] == [
        *(None, None, None),
        body.encode(),
    ]


def test_chapters_are_added_to_the_notes_before_the_footer(workshop: Workshop) -> None:
    workshop.show('footer = "By us."')
    (workshop.episode("01-a", "# T\n\nNotes.") / "chapters.txt").write_text("0:00 A\n0:00.3 B\n0:00.7 C\n")
    folder = workshop.episode("02-b", "# T\n\nNotes.", audio=make_mp3(4))
    (folder / "chapters.txt").write_text("0:00 A\n0:01 B\n0:02 C\n")
    first, second = load(workshop.folder).episodes
    assert first.notes.plain == "Notes.\n\nBy us."
    assert second.notes.plain == "Notes.\n\n00:00 A\n00:01 B\n00:02 C\n\nBy us."


def test_times_in_the_notes_that_are_not_chapters_are_explained(workshop: Workshop) -> None:
    workshop.episode("01-a", "# T\n\n00:05 A\n00:10 B\n00:20 C\n")
    (finding,) = [finding for finding in load(workshop.folder).diagnostics if finding.code == "C008"]
    assert (finding.severity, str(finding.location)) == (Severity.INFO, "01-a/notes.md:3:1")
    assert "“A”, does not begin at 00:00" in finding.message


def test_too_many_chapters_in_the_audio_are_refused(workshop: Workshop, tmp_path: Path) -> None:
    tags = ID3()
    for number in range(1001):
        tags.add(CHAP(element_id=f"c{number}", start_time=number, end_time=number + 1, sub_frames=[]))
    tags.save(tmp_path / "tags.mp3")
    workshop.episode("01-a", audio=(tmp_path / "tags.mp3").read_bytes() + make_mp3(1))
    show = load(workshop.folder)
    assert get_only_episode(show).chapters == ()
    assert [str(finding.location) for finding in show.diagnostics if finding.code == "C006"] == ["01-a/audio.mp3"]


SRT = "1\n00:00:00,000 --> 00:00:01,000\nAna: Hola\n\n2\n00:00:01,000 --> 00:00:02,000\nAna: Adi\u00f3s\n"


def read_transcripts(workshop: Workshop, files: dict[str, str]) -> tuple[Episode, tuple[Diagnostic, ...]]:
    """Write and read an episode with these files. Returns the findings about its transcripts."""
    folder = workshop.episode("01-a")
    for name, content in files.items():
        (folder / name).write_bytes(content.encode())
    show = load(workshop.folder)
    return show.episodes[0], tuple(found for found in show.diagnostics if found.code.startswith("T"))


def test_transcripts_are_published_with_generated_subtitles(
    workshop: Workshop,
) -> None:
    given = f"\ufeff{VTT}\r\n"
    episode, findings = read_transcripts(workshop, {"transcript.vtt": given, "transcript.es.srt": SRT})
    assert not findings
    assert [(doc.language, doc.content_type, doc.source) for doc in episode.transcripts] == [
        (None, "text/vtt", "01-a/transcript.vtt"),
        (None, "application/x-subrip", None),
        ("es", "text/vtt", None),
        ("es", "application/x-subrip", "01-a/transcript.es.srt"),
    ]
    bodies = [doc.body for doc in episode.transcripts]
    assert bodies[0] == given.encode()
    assert bodies[1] == b"1\n00:00:00,000 --> 00:00:01,000\nAhoy\n"
    assert b"<v Ana>Hola\n" in bodies[2]
    assert bodies[3] == SRT.encode()


def test_transcript_in_the_language_of_the_show_has_no_language(workshop: Workshop) -> None:
    episode, findings = read_transcripts(
        workshop, {"transcript.EN.vtt": VTT, "transcript.srt": SRT, "transcript.en-GB.vtt": VTT}
    )
    assert [(doc.language, doc.suffix, bool(doc.source)) for doc in episode.transcripts] == [
        (None, ".vtt", True),
        (None, ".srt", True),
        ("en-GB", ".vtt", True),
        ("en-GB", ".srt", False),
    ]
    assert not findings


def test_duplicate_transcripts_are_an_error(workshop: Workshop) -> None:
    _, (found,) = read_transcripts(workshop, {"transcript.en.vtt": VTT, "transcript.vtt": VTT})
    assert (found.code, found.severity, found.episode) == ("T008", Severity.ERROR, "01-a")
    assert "transcript.en.vtt and transcript.vtt" in found.message
    assert found.location == Location(file="01-a/transcript.vtt")


def test_broken_transcript_is_reported_with_its_line(workshop: Workshop) -> None:
    workshop.episode("02-b")
    episode, (found,) = read_transcripts(workshop, {"transcript.vtt": VTT.replace("00:01.000", "1.0")})
    assert (found.code, found.severity, found.episode) == ("T002", Severity.ERROR, "01-a")
    assert found.location == Location(file="01-a/transcript.vtt", line=3, column=15)
    assert not episode.transcripts
    assert errors(load(workshop.folder)) == ["T002"]


def test_empty_transcript_is_not_published(workshop: Workshop) -> None:
    episode, (found,) = read_transcripts(workshop, {"transcript.txt": ""})
    assert (found.code, found.severity) == ("T007", Severity.WARNING)
    assert not episode.transcripts


def test_transcript_finding_is_located_at_the_last_time(workshop: Workshop) -> None:
    read_transcripts(workshop, {"transcript.es.vtt": VTT.replace("00:01.000", "00:31.000")})
    assert finding(load(workshop.folder), "T101").location == Location(
        file="01-a/transcript.es.vtt", line=3, column=15
    )


def test_wav_is_a_master_without_published_media(workshop: Workshop) -> None:
    folder = workshop.episode("01-a")
    (folder / "audio.mp3").unlink()
    write_wav(folder / "take.wav", 1)
    episode = get_only_episode(load(workshop.folder))
    assert episode.audio
    assert (episode.audio.format, episode.media) == ("wav", None)
    assert episode.recipe != "as given"


def test_loading_twice_does_not_open_audio_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened_paths: list[str]
) -> None:
    folder = small_show(tmp_path / "show").folder
    (folder / "02-part" / "audio.mp3").write_bytes(b"no audio at all" * 100)
    monkeypatch.setattr(cache_module, "RACY_NS", -(10**12))  # as if the files were old
    first = load(folder, at=NOW)
    assert any(path.endswith("audio.mp3") for path in opened_paths)
    opened_paths.clear()
    second = load(folder, at=NOW)
    assert opened_paths
    assert not [path for path in opened_paths if path.endswith(("audio.mp3", "artwork.jpg"))]
    assert second == first


_LISTENERS: list[list[str]] = []


def _record_opened_file(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _LISTENERS:
        _LISTENERS[-1].append(str(arguments[0]))


sys.addaudithook(_record_opened_file)


@pytest.fixture
def opened_paths() -> object:
    """Return the paths of the files that were opened so far."""
    _LISTENERS.append([])
    yield _LISTENERS[-1]
    _LISTENERS.pop()


def test_progress_is_reported_for_each_file(tmp_path: Path) -> None:
    events: list[Event] = []
    folder = small_show(tmp_path).folder
    load(folder, progress=events.append)
    total = sum(path.stat().st_size for path in folder.glob("*/audio.*"))
    assert {(event.stage, event.total, event.unit) for event in events} == {("reading", total, "bytes")}
    assert len(events) == 3
    assert events[-1].done == total
    assert {event.episode for event in events} == {"01-part", "02-part", "03-part"}


def test_process_executor_reads_audio_and_is_not_shut_down(tmp_path: Path) -> None:
    folder = small_show(tmp_path).folder
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        show = load(folder, at=NOW, executor=executor)
        assert executor.submit(abs, -1).result() == 1
    assert show == load(folder, at=NOW)
    assert threading.active_count() < 20


def test_changed_source_is_found(tmp_path: Path) -> None:
    workshop = small_show(tmp_path)
    show = load(tmp_path)
    assert find_changed_sources(show) == ()
    (tmp_path / "01-part" / "notes.md").write_text("# New\n")
    (tmp_path / "02-part" / "audio.mp3").unlink()
    (tmp_path / "03-part" / ".DS_Store").write_bytes(b"")
    assert {path.relative_to(workshop.folder).as_posix() for path in find_changed_sources(show)} == {
        "01-part/notes.md",
        "02-part/audio.mp3",
        "02-part",
    }


def test_destination_in_the_show_is_not_an_episode(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('[publish]\nto = "out"\n')
    workshop.episode("01-a")
    (tmp_path / "out").mkdir()
    assert [episode.folder for episode in load(tmp_path).episodes] == ["01-a"]


# Bad input gives a clear finding and does not affect other episodes.


def test_missing_show_toml_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"show\.toml"):
        load(tmp_path)


def test_syntax_error_has_a_line(tmp_path: Path) -> None:
    show = load(Workshop(tmp_path).show(text='title = "A"\nauthor = B\n').folder)
    (found,) = [found for found in show.diagnostics if found.code == "S001"]
    assert found.location
    assert (found.location.file, found.location.line) == ("show.toml", 2)
    assert "author = B" in found.message


def test_unknown_key_suggests_a_similar_key(tmp_path: Path) -> None:
    show = load(Workshop(tmp_path).show("\ncopyrigth = 2024\n").folder)
    (found,) = [found for found in show.diagnostics if found.code == "S002"]
    assert "copyright" in f"{found.message} {found.hint}"


def test_show_toml_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show()
    (tmp_path / "show.toml").write_bytes(SHOW_TOML.replace("Night Shift", "Nachtübung").encode("latin-1"))
    show = load(workshop.folder)
    assert errors(show)[0] == "N001"
    assert show.title == tmp_path.name


def _replace_with_link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _write_front_matter(folder: Path, line: str) -> None:
    (folder / "notes.md").write_text(f"---\n{line}\n---\n# Title\n\nNotes.\n")


def _write_pictures(folder: Path) -> None:
    write_artwork(folder / "artwork.jpg")
    write_artwork(folder / "cover.png")


def _write_two_chapter_files(folder: Path) -> None:
    (folder / "chapters.txt").write_text("0:00 A\n")
    (folder / "chapters.json").write_text('{"version": "1.2.0", "chapters": []}')


SOUND = str(next((SAMPLE / "01-heading").glob("*.mp3")))
BAD_EPISODES: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "two audio files": ("A105", "keep one of them", lambda folder: (folder / "b.mp3").write_bytes(make_mp3(1))),
    "no audio": ("A101", "put one audio file", lambda folder: (folder / "audio.mp3").unlink()),
    "text as audio": ("A106", "", lambda folder: (folder / "audio.mp3").write_text("hello")),
    "empty audio": ("A106", "", lambda folder: (folder / "audio.mp3").write_bytes(b"")),
    "audio that is a folder link": (
        "A106",
        "",
        lambda folder: _replace_with_link(folder / "audio.mp3", "/dev/zero"),
    ),
    "notes in Latin-1": (
        "N001",
        "UTF-8",
        lambda folder: (folder / "notes.md").write_bytes("Größe".encode("latin-1")),
    ),
    "several notes": ("N008", "keep one", lambda folder: (folder / "notes.txt").write_text("x")),
    "notes linked from outside": (
        "N009",
        "replace the link",
        lambda folder: _replace_with_link(folder / "notes.md", "/etc/hostname"),
    ),
    "large notes": ("N010", "right file", lambda folder: (folder / "notes.md").write_bytes(b"a" * (2**24 + 1))),
    "a naive date without zone": ("E203", "", lambda folder: _write_front_matter(folder, "date: yesterday")),
    "an American date": ("E203", "2024-09-05", lambda folder: _write_front_matter(folder, "date: 9/5/2024")),
    "missing audio": (
        "A104",
        "remove this line",
        lambda folder: _write_front_matter(folder, "audio: other.mp3"),
    ),
    "artwork that is not an image": ("I103", "", lambda folder: (folder / "artwork.jpg").write_text("x")),
    "two pictures": ("I104", "keep one", _write_pictures),
    "audio linked from outside": (
        "A106",
        "replace the link",
        lambda folder: _replace_with_link(folder / "audio.mp3", SOUND),
    ),
    "invalid chapters": ("C002", "", lambda folder: (folder / "chapters.txt").write_text("first: intro\n")),
    "two chapters files": ("C005", "keep", _write_two_chapter_files),
    "chapters linked from outside": (
        "N009",
        "",
        lambda folder: _replace_with_link(folder / "chapters.txt", "/etc/hostname"),
    ),
    "transcript linked from outside": (
        "N009",
        "",
        lambda folder: _replace_with_link(folder / "transcript.vtt", "/etc/hostname"),
    ),
    "broken Word": ("N002", "", lambda folder: (folder / "notes.md").rename(folder / "notes.docx")),
    "front matter that does not end": (
        "E001",
        "---",
        lambda folder: (folder / "notes.md").write_text("---\ntitle: x\n"),
    ),
    "a wrong type": ("E004", "", lambda folder: _write_front_matter(folder, "explicit: maybe")),
    "an unknown key": ("E002", "number", lambda folder: _write_front_matter(folder, "numbr: 4")),
}


@pytest.mark.parametrize("name", BAD_EPISODES)
def test_bad_episode_has_a_finding_and_does_not_hide_others(tmp_path: Path, name: str) -> None:
    code, fix, spoil = BAD_EPISODES[name]
    workshop = small_show(tmp_path)
    spoil(workshop.folder / "02-part")
    show = load(workshop.folder, at=NOW)
    found = [found for found in check_show(show).findings if found.code == code]
    assert found, [str(other) for other in check_show(show).findings]
    assert found[0].severity is Severity.ERROR
    assert fix in str(found[0].hint)
    assert {other.episode for other in check_show(show).findings if other.severity is Severity.ERROR} == {"02-part"}
    assert [episode.number for episode in show.episodes] == [1, 2, 3]
    assert found[0].location
    assert found[0].location.file.startswith("02-part")


def test_date_without_time_zone_hint_contains_an_example(tmp_path: Path) -> None:
    text = SHOW_TOML.replace('timezone = "America/Los_Angeles"\n', "")
    workshop = Workshop(tmp_path).show(text=text)
    workshop.episode("01-a", "---\ntitle: A\ndate: 2024-09-05 06:00\n---\n")
    found = finding(load(workshop.folder), "E203")
    assert "timezone" in f"{found.message} {found.hint}"
    assert str(found.location).startswith("01-a/notes.md:3")


@pytest.mark.parametrize(
    "title", ["a\x0bb", "fine ]]> text", "🎙️ night", "x" * 10_000], ids=["control", "cdata", "emoji", "long"]
)
def test_strange_titles_are_read(workshop: Workshop, title: str) -> None:
    workshop.episode("01-a", f"---\ntitle: {title}\n---\nn")
    show = load(workshop.folder)
    assert get_only_episode(show).title == title.replace("\x0b", " ")
    severities = {found.severity for found in check_show(show).findings if "title" in found.message}
    assert severities <= {Severity.ERROR, Severity.WARNING}
    assert bool(severities) == (title[0] in "afx")  # all except the emoji; YouTube refuses >


@pytest.mark.parametrize(
    ("other", "likely"),
    [("a-backup.mp3", "audio.mp3"), ("a raw.wav", "audio.mp3"), ("a-rawhide.mp3", "a-rawhide.mp3")],
)
def test_several_audio_files_hint_suggests_the_likely_one(workshop: Workshop, other: str, likely: str) -> None:
    folder = workshop.episode("01-a")
    (folder / other).write_bytes(make_mp3(1))
    assert f" audio: {likely} " in str(finding(load(workshop.folder), "A105").hint)


def test_named_audio_is_used_among_several(workshop: Workshop) -> None:
    folder = workshop.episode("01-a", "---\ntitle: A\naudio: b.mp3\n---\nn")
    (folder / "b.mp3").write_bytes(make_mp3(2))
    episode = get_only_episode(load(workshop.folder))
    assert episode.audio
    assert episode.audio.path.name == "b.mp3"


def test_artwork_named_by_the_settings_is_used(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show('\nartwork = "square.png"\n')
    write_artwork(tmp_path / "square.png", color="red")
    folder = workshop.episode("01-a", "---\ntitle: A\nartwork: own.png\n---\nn")
    write_artwork(folder / "own.png", color="green")
    show = load(tmp_path)
    assert show.artwork
    assert show.artwork.file.path.name == "square.png"
    assert get_only_episode(show).artwork
    assert not [found for found in show.diagnostics if found.code in {"S109", "E109"}]


def test_missing_artwork_is_reported_at_the_setting_that_names_it(tmp_path: Path) -> None:
    Workshop(tmp_path).show('\nartwork = "square.png"\n')
    found = finding(load(tmp_path), "I103")
    assert "square.png" in found.message
    assert found.location
    assert found.location.file == "show.toml"


@pytest.mark.parametrize("name", ["show.toml", LOCK_NAME])
def test_too_large_file_is_an_error(tmp_path: Path, name: str) -> None:
    Workshop(tmp_path).show()
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, 2**33)
    with pytest.raises(ProjectError, match="larger than 16 MB"):
        load(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among its files")
def test_lock_folder_is_an_error(tmp_path: Path) -> None:
    Workshop(tmp_path).show()
    os.mkfifo(tmp_path / LOCK_NAME)
    with pytest.raises(ProjectError, match="is not a file"):
        load(tmp_path)


def test_load_accepts_the_path_of_show_toml(tmp_path: Path) -> None:
    Workshop(tmp_path).show()
    assert load(tmp_path / "show.toml").folder == tmp_path


def test_written_lock_is_a_changed_source(tmp_path: Path) -> None:
    workshop = small_show(tmp_path)
    show = load(workshop.folder)
    write_lock(workshop.folder, Records(guid="917393e3-1b1e-5cef-ace4-edaa54e1f810"))
    assert find_changed_sources(show) == (workshop.folder / LOCK_NAME, workshop.folder)


def test_new_episode_changes_the_sources_but_new_destination_does_not(tmp_path: Path) -> None:
    workshop = small_show(tmp_path)
    show = load(workshop.folder)
    publish(workshop.folder, to=workshop.folder / "elsewhere", at=NOW)
    assert find_changed_sources(show) == ()
    workshop.episode("04-new")
    assert find_changed_sources(show) == (workshop.folder,)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o000, {("02-part", "E108")}), (0o444, {("02-part", "A106"), ("02-part", "N009")})],
    ids=["closed", "listed only"],
)
def test_folder_without_permissions_does_not_hide_others(
    tmp_path: Path, mode: int, expected: set[tuple[str, str]]
) -> None:
    folder = small_show(tmp_path / "show").folder

    def is_loaded_with_findings(folder: Path) -> bool:
        show = load(folder, at=NOW)
        found = {(found.episode, found.code) for found in show.diagnostics if found.severity is Severity.ERROR}
        return found == expected and len(show.episodes) == 3 and not find_changed_sources(show)

    (folder / "02-part").chmod(mode)
    assert call_without_root(folder, is_loaded_with_findings)
    (folder / "02-part").chmod(0o755)


def test_show_without_permissions_is_an_error(tmp_path: Path) -> None:
    def is_refused(folder: Path) -> bool:
        with pytest.raises(ProjectError, match="show cannot be read"):
            load(folder)
        return True

    folder = small_show(tmp_path / "show").folder
    folder.chmod(0o111)
    assert call_without_root(folder, is_refused)
    folder.chmod(0o755)


def test_link_to_itself_is_a_finding(workshop: Workshop) -> None:
    notes = workshop.episode("01-x") / "notes.md"
    notes.unlink()
    notes.symlink_to("notes.md")
    assert errors(load(workshop.folder)) == ["N009"]


def test_default_destination_without_manifest_is_not_an_episode(tmp_path: Path) -> None:
    folder = small_show(tmp_path / "show").folder
    (folder / "public" / "media").mkdir(parents=True)
    assert not errors(load(folder))
    assert len(load(folder).episodes) == 3


def test_folder_with_only_the_destination_is_not_an_episode(tmp_path: Path) -> None:
    folder = small_show(tmp_path / "show", '[publish]\nto = "build/out"\n').folder
    (folder / "build" / "out").mkdir(parents=True)
    assert [episode.folder for episode in load(folder).episodes] == ["01-part", "02-part", "03-part"]
    (folder / "build" / "audio.mp3").write_bytes(make_mp3(1, mark=9))
    assert len(load(folder).episodes) == 4


def test_destination_link_to_itself_is_reported_by_publish(tmp_path: Path) -> None:
    folder = small_show(tmp_path / "show", '[publish]\nto = "loop"\n').folder
    (folder / "loop").symlink_to("loop")
    assert not errors(load(folder))
    with pytest.raises(StorageError):
        prepare(folder, at=NOW)


@pytest.mark.ffmpeg
def test_measure_adds_measurements_to_every_version(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show('[translations.es]\ntitle = "Turno de noche"\n')
    front = "---\naudio: audio.mp3\nalternates:\n  - {file: es.wav, lang: es}\n---\n\n# One\n\nText.\n"
    write_wav(workshop.episode("01-one", front) / "es.wav", 4)
    workshop.episode("02-none", audio=b"no audio")
    one, none = load(workshop.folder, measure=True).episodes
    assert one.measurement
    assert one.measurement.duration.total_seconds() == pytest.approx(1, abs=0.05)
    assert one.alternates[0].measurement
    assert one.alternates[0].measurement.duration == timedelta(seconds=4)
    assert none.measurement is None
    assert load(workshop.folder).episodes[0].measurement is None
    (translation,) = load(workshop.folder, measure=True).translations
    assert translation.episodes[0].measurement == one.measurement


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_measure_reports_progress_in_seconds_and_runs_once(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", episodes=2)
    write_wav(workshop.episode("03-part", audio=b"") / "audio.wav", 20)
    (workshop.folder / "03-part/audio.mp3").unlink()
    events: list[Event] = []
    load(workshop.folder, measure=True, progress=events.append)
    measuring = [event for event in events if event.stage == "measuring"]
    assert {(event.unit, event.total) for event in measuring} == {("seconds", 22)}
    assert measuring[-1].done == 22
    assert {event.episode for event in measuring} == {"01-part", "02-part", "03-part"}
    events.clear()
    (workshop.folder / "02-part").rename(workshop.folder / "02-another-name")
    again = load(workshop.folder, measure=True, progress=events.append)
    assert all(episode.measurement for episode in again.episodes)
    assert not [event for event in events if event.stage == "measuring"]
    load(workshop.folder, measure=True, forget=True, progress=events.append)
    assert [event for event in events if event.stage == "measuring"]


@pytest.mark.ffmpeg
def test_stopped_measuring_keeps_finished_measurements(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", episodes=1)
    load(workshop.folder, measure=True)
    write_wav(workshop.episode("02-part", audio=b"") / "audio.wav", 600)
    (workshop.folder / "02-part/audio.mp3").unlink()

    def stop(event: Event) -> None:
        if event.stage == "measuring":
            assert event.total == 600
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        load(workshop.folder, measure=True, progress=stop)


@pytest.mark.parametrize("character", "\x80\x85\u2028\ufdd0")
def test_invisible_characters_in_lines_become_spaces(tmp_path: Path, character: str) -> None:
    name = f"Tom{character}Jerry"
    workshop = Workshop(tmp_path).show(text=SHOW_TOML.replace("Night Shift", f"Tom\\u{ord(character):04x}Jerry"))
    folder = workshop.episode("01-a", f"---\npeople: {name}\n---\n# {name}\n\nNotes.\n")
    (folder / "chapters.txt").write_text(f"0:00 {name}\n", encoding="utf-8")
    workshop.episode("02-b", f"---\ntitle: {name}\n---\nNotes.\n")
    chapters = {"version": "1.2.0", "chapters": [{"startTime": 0, "title": name}]}
    (tmp_path / "02-b" / "chapters.json").write_text(json.dumps(chapters))
    (workshop.episode(f"03 {name}", "Notes.") / "notes.md").unlink()
    tags = ID3()
    tags.add(TIT2(encoding=3, text=name))
    tags.save(workshop.episode("04-d", "Notes.") / "audio.mp3")
    show = load(tmp_path)
    titles = [episode.title for episode in show.episodes]
    chapter_titles = [chapter.title for episode in show.episodes for chapter in episode.chapters]
    people = [person.name for episode in show.episodes for person in episode.people]
    assert {show.title, *titles, *chapter_titles, *people} == {"Tom Jerry"}
    assert (len(titles), len(chapter_titles), len(people)) == (4, 2, 1)


@pytest.mark.parametrize(
    ("name", "is_held_back"), [("\x07", True), ("03 \x07", False), ("\udcff", False)], ids=ascii
)
def test_folder_without_visible_name_holds_back_only_itself(
    tmp_path: Path, name: str, *, is_held_back: bool
) -> None:
    workshop = small_show(tmp_path / "show", episodes=2)
    workshop.show(text='type = "episodic"\n' + SHOW_TOML)
    (workshop.episode(name, "x", mark=3) / "notes.md").unlink()
    receipt = publish(workshop.folder, to=tmp_path / "public", at=NOW)
    assert len(receipt.published) == (2 if is_held_back else 3)
    assert len(receipt.held_back) == int(is_held_back)
