from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.cache import get_cache_folder, write_cache_file
from podcastkit.cli.app import run
from podcastkit.publishing import up_to_date, up_to_date_proof
from podcastkit.state.lock import LOCK_NAME
from tests.processes import run_on_terminal
from tests.shows import Workshop, make_mp3, small_show, write_artwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.storage.s3 import S3Storage
    from tests.seaweedfs import SeaweedFS

REAL = '[publish]\nto = "public"\nurl = "https://podcast.example.org"\n'
SPANISH = '[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n'
ROOT = Path(__file__).parents[2]
COMMANDS = ("publish", "publish --json", "plan", "plan --json")


@pytest.fixture(autouse=True)
def _treat_files_as_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Treat new files as old, so that they do not prevent a proof."""
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", -(10**15))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def real(tmp_path: Path) -> Workshop:
    return small_show(tmp_path / "episodes", REAL)


def is_proven(show: Path, *, to: str | None = None, url: str | None = None) -> bool:
    return up_to_date.load_stored_result(show, to=to, url=url) is not None


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(arguments)
    return code, *capsys.readouterr()


def assert_same_output_as_full_run(capsys: pytest.CaptureFixture[str], show: Path, *options: str) -> None:
    for command in COMMANDS:
        early = run_command(capsys, *command.split(), str(show), *options)
        assert early == run_command(capsys, *command.split(), str(show), *options, "--no-cache"), command


def publish(show: Path, *options: str) -> None:
    """Publish twice, because only a publish without changes leaves a proof."""
    for _ in range(2):
        assert run(["publish", str(show), *options]) == 0


def add_many_features(workshop: Workshop) -> None:
    """Add one example of everything that the output of a publish mentions."""
    later = datetime.now(UTC) + timedelta(days=400)
    workshop.episode("04-later", f"---\ntitle: Later\ndate: {later:%Y-%m-%d}\n---\nn", mark=4)
    workshop.episode("05-draft", "---\ntitle: Dr\u00e4ft\ndraft: true\n---\nn", mark=5)
    folder = workshop.episode("06-undated", "# Undated\n\n00:00 Begin\n\n00:30 [End](readme.md)\n", mark=6)
    (folder / "transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
    (folder / "chapters.txt").write_text("00:00 Begin\n00:00.5 End\n")
    write_artwork(folder / "artwork.png", color="red")
    (workshop.folder / "strange.xyz").write_text("?")


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["", REAL + SPANISH], ids=["trial", "real"])
def test_early_exit_prints_the_same_as_a_full_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str
) -> None:
    workshop = small_show(tmp_path / "episodes", settings)
    add_many_features(workshop)
    assert run(["publish", str(workshop.folder)]) == 0
    assert not is_proven(workshop.folder), "the first publish had changes"
    publish(workshop.folder)
    assert is_proven(workshop.folder)
    assert_same_output_as_full_run(capsys, workshop.folder)
    assert is_proven(workshop.folder), "the full run writes the proof again"


@pytest.fixture
def set_keys(monkeypatch: pytest.MonkeyPatch, seaweedfs: SeaweedFS) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testtest")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", seaweedfs.endpoint_url)


@pytest.mark.slow
@pytest.mark.usefixtures("set_keys")
@pytest.mark.parametrize("feed", ["feed.xml", "feed.es.xml"])
def test_early_exit_checks_only_the_feeds_of_a_bucket(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bucket: S3Storage, feed: str
) -> None:
    settings = f'[publish]\nto = "{bucket.address}"\nurl = "{bucket.public_url}"\n'
    workshop = small_show(tmp_path / "episodes", settings + SPANISH)
    publish(workshop.folder, "--yes")
    assert is_proven(workshop.folder)
    assert_same_output_as_full_run(capsys, workshop.folder)
    read = bucket.read(feed)
    assert read
    bucket.write(feed, read[0] + b"\n", content_type="application/rss+xml", cache_control="no-cache")
    assert not is_proven(workshop.folder)
    bucket.write(feed, read[0], content_type="application/rss+xml", cache_control="no-cache")
    assert is_proven(workshop.folder)
    bucket.delete(feed)
    assert not is_proven(workshop.folder)


@pytest.mark.slow
@pytest.mark.usefixtures("set_keys")
def test_file_that_verify_reports_missing_is_uploaded_by_the_next_publish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bucket: S3Storage
) -> None:
    workshop = small_show(
        tmp_path / "episodes", f'[publish]\nto = "{bucket.address}"\nurl = "{bucket.public_url}"\n'
    )
    publish(workshop.folder, "--yes")
    (lost,) = [stored.key for stored in bucket.list("media/02")]
    bucket.delete(lost)
    assert run_command(capsys, "publish", str(workshop.folder))[0] == 0
    assert bucket.find(lost) is None, "the files of a bucket are not checked while the feed is the same"
    assert run_command(capsys, "verify", str(workshop.folder))[0] == 1
    publish(workshop.folder)
    assert bucket.find(lost)
    assert run_command(capsys, "verify", str(workshop.folder))[0] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("set_keys")
def test_private_bucket_is_checked_with_the_keys(
    tmp_path: Path, seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seaweedfs.client().create_bucket(Bucket="closed")
    workshop = small_show(tmp_path / "episodes")
    publish(workshop.folder, "--to", "s3://closed/show", "--no-verify")
    assert is_proven(workshop.folder, to="s3://closed/show")
    assert_same_output_as_full_run(capsys, workshop.folder, "--to", "s3://closed/show")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert not is_proven(workshop.folder, to="s3://closed/show"), "the full run reports the error of the keys"


def rewrite_in_place(show: Path) -> None:
    """Change bytes like `rsync --inplace --times`: with the same size and time."""
    path = show / "02-part" / "audio.mp3"
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x7f")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def edit_notes(show: Path) -> None:
    (show / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nOther words.\n")


def edit_settings(show: Path) -> None:
    path = show / "show.toml"
    path.write_text(path.read_text().replace("Night Shift", "Day Shift"))


def add_episode(show: Path) -> None:
    Workshop(show).episode("04-part", "---\ntitle: Four\ndate: 2024-10-01\n---\nn", mark=4)


def replace_feed(show: Path) -> None:
    path = show / "public" / "feed.xml"
    path.write_bytes(path.read_bytes().replace(b"Part 1", b"Part X"))


def delete_media_file(show: Path) -> None:
    next((show / "public" / "media").glob("02-*")).unlink()


def truncate_media_file(show: Path) -> None:
    next((show / "public" / "media").glob("02-*")).write_bytes(b"short")


def edit_lock(show: Path) -> None:
    path = show / LOCK_NAME
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "note": "by hand"}))


EDITS: dict[str, Callable[[Path], object]] = {
    "audio rewritten, its time restored": rewrite_in_place,
    "audio replaced": lambda show: (show / "03-part" / "audio.mp3").write_bytes(make_mp3(2, mark=9)),
    "audio removed": lambda show: (show / "03-part" / "audio.mp3").unlink(),
    "notes edited": edit_notes,
    "notes removed": lambda show: (show / "01-part" / "notes.md").unlink(),
    "a picture added": lambda show: write_artwork(show / "01-part" / "cover.png"),
    "an unknown file added": lambda show: (show / "01-part" / "strange.xyz").write_text("?"),
    "artwork replaced": lambda show: write_artwork(show / "artwork.jpg", color="red"),
    "show.toml edited": edit_settings,
    "an episode added": add_episode,
    "an episode renamed": lambda show: (show / "03-part").rename(show / "03-another"),
    "an episode hidden": lambda show: (show / "03-part").rename(show / "_03-part"),
    "the lock edited": edit_lock,
    "the lock removed": lambda show: (show / LOCK_NAME).unlink(),
    "the feed replaced": replace_feed,
    "the feed removed": lambda show: (show / "public" / "feed.xml").unlink(),
    "the manifest removed": lambda show: (show / "public" / "podcastkit.json").unlink(),
    "a media file deleted": delete_media_file,
    "a media file truncated": truncate_media_file,
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_changed_show_or_destination_has_no_early_exit(
    real: Workshop, capsys: pytest.CaptureFixture[str], edit: Callable[[Path], object]
) -> None:
    publish(real.folder)
    assert is_proven(real.folder)
    edit(real.folder)
    assert not is_proven(real.folder)
    run(["publish", str(real.folder)])
    assert_same_output_as_full_run(capsys, real.folder)


IGNORED_EDITS: dict[str, Callable[[Path], object]] = {
    "a hidden file": lambda show: (show / "01-part" / ".DS_Store").write_text("?"),
    "an ignored folder": lambda show: (show / "_drafts").mkdir(),
    "the lock written again unchanged": lambda show: (show / LOCK_NAME).write_bytes(
        (show / LOCK_NAME).read_bytes()
    ),
}


@pytest.mark.parametrize("edit", IGNORED_EDITS.values(), ids=IGNORED_EDITS.keys())
def test_edited_ignored_file_keeps_the_proof(real: Workshop, edit: Callable[[Path], object]) -> None:
    publish(real.folder)
    edit(real.folder)
    assert is_proven(real.folder)


def test_picture_named_in_settings_is_checked(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "episodes", 'artwork = "_art/front.png"\n')
    (workshop.folder / "artwork.jpg").unlink()
    write_artwork(workshop.folder / "_art" / "front.png")
    folder = workshop.episode("04-part", "---\ntitle: Four\ndate: 2024-10-01\nartwork: _own.png\n---\nn", mark=4)
    write_artwork(folder / "_own.png")
    for path in (workshop.folder / "_art" / "front.png", folder / "_own.png"):
        publish(workshop.folder)
        assert is_proven(workshop.folder)
        write_artwork(path, color="green")
        assert not is_proven(workshop.folder)


@pytest.mark.slow
def test_further_images_and_alternates_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = small_show(tmp_path / "episodes", 'images = [{file = "_art/banner.png"}]\n')
    banner = workshop.folder / "_art" / "banner.png"
    write_artwork(banner, (160, 40))
    notes = "---\ntitle: Four\ndate: 2024-10-01\nimages: [{file: tall.png}]\nalternates: [{file: es.mp3}]\n---\nn"
    folder = workshop.episode("04-part", notes, mark=4)
    write_artwork(folder / "tall.png", (90, 160))
    (folder / "es.mp3").write_bytes(make_mp3(1, mark=41))
    edits: list[Callable[[], object]] = [
        lambda: write_artwork(banner, (160, 40), "green"),
        lambda: write_artwork(folder / "tall.png", (90, 160), "green"),
        lambda: (folder / "es.mp3").write_bytes(make_mp3(1, mark=42)),
    ]
    for edit in edits:
        publish(workshop.folder)
        assert is_proven(workshop.folder)
        edit()
        assert not is_proven(workshop.folder)
    publish(workshop.folder)
    assert_same_output_as_full_run(capsys, workshop.folder)


def test_fixed_picture_of_a_draft_is_noticed(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    notes = "---\ntitle: Draft\ndraft: true\nimages: [{file: tall.png}]\n---\nn"
    folder = real.episode("05-draft", notes, mark=5)
    (folder / "tall.png").write_bytes(b"broken")
    publish(real.folder)
    write_artwork(folder / "tall.png", (90, 160))
    assert not is_proven(real.folder)
    assert_same_output_as_full_run(capsys, real.folder)


def test_new_file_next_to_the_destination_invalidates_the_proof(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "episodes", '[publish]\nto = "build/public"\n')
    publish(workshop.folder)
    assert is_proven(workshop.folder)
    (workshop.folder / "build" / "audio.mp3").write_bytes(make_mp3(1, mark=8))
    assert not is_proven(workshop.folder)


def test_changed_link_to_the_destination_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "one")
    workshop = small_show(tmp_path / "episodes", f'[publish]\nto = "{link}"\n')
    publish(workshop.folder)
    assert is_proven(workshop.folder)
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert not is_proven(workshop.folder)


@pytest.mark.parametrize("name", ["HOME", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"])
def test_changed_environment_invalidates_the_proof(
    real: Workshop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    publish(real.folder)
    monkeypatch.setenv(name, "elsewhere")
    assert not is_proven(real.folder)


def test_changed_keys_do_not_invalidate_the_proof(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(real.folder)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "renewed")
    assert is_proven(real.folder)


def test_other_version_or_options_have_no_proof(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(real.folder)
    assert is_proven(real.folder)
    monkeypatch.setattr(up_to_date, "__version__", "0.0.1")
    assert not is_proven(real.folder)
    monkeypatch.undo()
    assert not is_proven(real.folder, url="https://other.example.org")
    assert not is_proven(real.folder, to=str(real.folder / "public"))


def test_trial_run_elsewhere_has_a_separate_proof(
    real: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(real.folder, "--to", "trial")
    assert is_proven(real.folder, to=str(Path.cwd() / "trial"))
    assert not is_proven(real.folder)
    assert_same_output_as_full_run(capsys, real.folder, "--to", "trial")
    monkeypatch.chdir(real.folder)
    assert "Published 3 episodes" in run_command(capsys, "publish", "--to", "trial")[1]


def test_proof_expires_when_an_episode_is_due(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    due = datetime.now(UTC) + timedelta(hours=30)
    real.episode("04-later", f"---\ntitle: Later\ndate: {due:%Y-%m-%d %H:%M}Z\n---\nn", mark=4)
    publish(real.folder)
    assert is_proven(real.folder)
    for moment, proven in ((due - timedelta(hours=29), True), (due, False), (due - timedelta(days=3), False)):
        monkeypatch.setattr(time, "time", moment.timestamp)
        assert is_proven(real.folder) is proven


def test_proof_expires_when_a_new_year_begins(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    year = datetime.now(UTC).year + 2
    real.episode("04-later", f"---\ntitle: Later\ndate: {year}-06-01\n---\nn", mark=4)
    publish(real.folder)
    monkeypatch.setattr(time, "time", datetime(year, 2, 1, tzinfo=UTC).timestamp)
    assert not is_proven(real.folder)


def test_files_changed_just_before_leave_no_proof(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", 2 * 10**9)
    publish(real.folder)
    assert not is_proven(real.folder)


def test_broken_episode_leaves_no_proof(real: Workshop) -> None:
    (real.folder / "02-part" / "audio.mp3").write_text("no audio")
    assert run(["publish", str(real.folder)]) == 1
    assert not is_proven(real.folder)


def list_proofs() -> list[Path]:
    return sorted(path for path in (get_cache_folder() / "standing").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda body: body[:-9], lambda body: body + b" ", lambda body: body[:9] + b"?" + body[10:]],
    ids=["empty", "cut short", "too long", "one byte"],
)
def test_damaged_proof_has_no_early_exit(
    real: Workshop, capsys: pytest.CaptureFixture[str], damage: Callable[[bytes], bytes]
) -> None:
    publish(real.folder)
    (path,) = list_proofs()
    path.write_bytes(damage(path.read_bytes()))
    assert not is_proven(real.folder)
    assert_same_output_as_full_run(capsys, real.folder)


@pytest.mark.parametrize("proof", ["[]", "{}", "null", '{"environment": 1}', "[" * 100_000, "1e999"])
def test_invalid_proof_is_ignored(real: Workshop, proof: str) -> None:
    publish(real.folder)
    (path,) = list_proofs()
    write_cache_file(path, proof.encode())
    assert not is_proven(real.folder)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.usefixtures("set_keys")
def test_proofs_are_private_and_contain_no_secret(
    real: Workshop, monkeypatch: pytest.MonkeyPatch, bucket: S3Storage
) -> None:
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    publish(real.folder, "--to", bucket.address)
    assert list_proofs()
    for path in list_proofs():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"testtest" not in path.read_bytes()
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.replace("://", "://user:hunter2@"))
    run(["publish", str(real.folder), "--to", bucket.address])
    assert not any(b"hunter2" in path.read_bytes() for path in list_proofs())


def test_publish_with_a_read_only_cache_succeeds(
    real: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "file"))
    publish(real.folder)
    publish(real.folder)
    assert not is_proven(real.folder)


def test_missing_show_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    code, out, err = run_command(capsys, "publish", "--json")
    assert (code, json.loads(out)["outcome"]) == (1, "refused")
    assert "no show" in err


@pytest.mark.slow
def test_early_exit_imports_no_heavy_modules(real: Workshop) -> None:
    publish(real.folder)
    heavy = {"boto3", "botocore", "rich", "lxml", "feedgen", "yaml", "markdown_it", "PIL", "mutagen", "filelock"}
    for command in COMMANDS:
        program = f"from podcastkit.cli.app import run\nrun({[*command.split(), str(real.folder)]!r})"
        assert not list_imported_modules(program) & heavy
    assert list_imported_modules(program + "\nrun(['plan', '--no-cache', " + f"{str(real.folder)!r}])") & heavy


@pytest.mark.slow
@pytest.mark.usefixtures("set_keys")
def test_public_bucket_needs_no_boto3(tmp_path: Path, bucket: S3Storage) -> None:
    workshop = small_show(tmp_path / "episodes")
    publish(workshop.folder, "--to", bucket.address)
    arguments = ["publish", str(workshop.folder), "--to", bucket.address]
    program = f"from podcastkit.cli.app import run\nrun({arguments!r})"
    assert not list_imported_modules(program) & {"boto3", "botocore", "rich", "lxml"}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a Unix terminal")
@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}], ids=["in colors", "without"])
def test_early_exit_prints_the_same_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    workshop = small_show(tmp_path / "episodes", REAL)
    add_many_features(workshop)
    publish(workshop.folder)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for command in ("publish", "plan"):
        code, early = run_on_terminal(command, str(workshop.folder))
        assert code == 0, early
        _, full = run_on_terminal(command, str(workshop.folder), "--no-cache")
        assert "Nothing has changed" in early
        assert early in full, "the full run prints its progress first"
        assert ("\x1b[33m" in early) is not bool(variables)


def list_imported_modules(program: str) -> set[str]:
    """Return the top-level modules that a new interpreter has imported after a program."""
    code = f"import sys\n{program}\nprint()\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_delete_proof_with_a_folder_in_place_of_the_proof_does_nothing(tmp_path: Path) -> None:
    up_to_date.get_proof_path(tmp_path, None, None).mkdir(parents=True)
    up_to_date.delete_proof(tmp_path, to=None, url=None)
