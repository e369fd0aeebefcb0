from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit import __version__
from podcastkit.cli.app import run
from podcastkit.state.lock import LOCK_NAME
from tests.processes import CTRL_C, PODCASTKIT, run_on_terminal
from tests.shows import Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from podcastkit.storage.s3 import S3Storage
    from tests.seaweedfs import SeaweedFS

REAL = '[publish]\nto = "public"\nurl = "https://podcast.example.org"\n'


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.chdir(tmp_path)
    return small_show(tmp_path / "episodes")


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.chdir(tmp_path)
    return small_show(tmp_path / "episodes", REAL)


def spoil(workshop: Workshop, name: str = "02-part") -> None:
    (workshop.folder / name / "audio.mp3").write_text("no audio")


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"podcastkit {__version__}\n"
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("check", "plan", "publish", "probe"))


@pytest.mark.parametrize(
    "arguments",
    [["publsh"], ["publish", "--nope"], ["publish", "--to", ""], ["probe"], ["check", "--format", "xml"]],
    ids=" ".join,
)
def test_a_wrong_call_exits_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_a_publish_says_what_happened_and_what_to_do_next(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish"]) == 0
    shown = capsys.readouterr().out
    assert "Published 3 episodes" in shown
    assert "Feed: http://127.0.0.1:8000/feed.xml" in shown
    assert "This is a trial: nothing is fixed yet." in shown
    assert f"--directory {workshop.folder / 'public'}" in shown
    assert (workshop.folder / "public" / "feed.xml").is_file()
    assert run(["publish"]) == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_a_publish_ends_with_what_is_due(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    real.episode("04-later", f"---\ntitle: Later\ndate: {later:%Y-%m-%d}\n---\nn", mark=4)
    assert run(["publish"]) == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert last.startswith("Episode 4 is due ")
    assert last.endswith(": publish again then.")
    assert (real.folder / LOCK_NAME).is_file()


def test_a_broken_episode_is_named_and_the_exit_is_1(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(workshop)
    assert run(["publish"]) == 1
    shown = capsys.readouterr()
    assert "held back" in shown.err
    assert "02-part" in shown.err
    assert "02-part/audio.mp3: " in shown.err, "the place and the cure"
    assert "Published 2 episodes" in shown.out
    assert run(["plan"]) == 1
    assert "held back" in capsys.readouterr().out


def test_strict_refuses(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(workshop)
    assert run(["publish", "--strict"]) == 1
    shown = capsys.readouterr().err
    assert "with --strict nothing is" in shown
    assert "A106" in shown
    assert not (workshop.folder / "public").exists()


@pytest.mark.usefixtures("workshop")
def test_a_check_that_cannot_begin_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--format", "json", "nowhere"]) == 1
    told = json_of(capsys)
    assert (told["schema"], told["outcome"], told["findings"]) == (1, "refused", [])
    assert "nowhere" in told["error"]


def test_a_plan_says_what_would_happen_and_writes_nothing(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "What subscribers will see" in shown
    assert "new       Episode 1, Part 1" in shown
    assert "What is written" in shown
    assert "audio of Episode 1 is not there yet" in shown
    assert not (workshop.folder / "public").exists()
    assert run(["publish", "--dry-run"]) == 0
    assert capsys.readouterr().out == shown
    run(["publish"])
    capsys.readouterr()
    assert run(["plan"]) == 0
    assert "Nothing has changed." in capsys.readouterr().out


def test_a_plan_tells_each_kind_of_change(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    run(["publish"])
    notes = workshop.folder / "01-part" / "notes.md"
    notes.write_text("---\ntitle: Part one\ndate: 2024-08-01\nexplicit: true\nsummary: Short.\n---\nNew notes.\n")
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("Night Shift", "Night Shift at the harbour"))
    capsys.readouterr()
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "show      title  Night Shift → Night Shift at the harbour",
        "retitled  Episode 1, Part one  Part 1 → Part one",
        "new notes Episode 1, Part one",
        "moved     Episode 1, Part one  ",
        "changed   Episode 1, Part one  explicit: false → true",
        "changed   Episode 1, Part one  summary: Short.",
        "new audio Episode 2, Part 2",
    ):
        assert words in shown
    (workshop.folder / "03-part").rename(workshop.folder / "_03-part")
    assert run(["plan"]) == 0
    assert "removed   Episode 3, Part 3" in capsys.readouterr().out


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_json_is_all_there_is_on_stdout(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--format", "json"]) == 0
    checked = json_of(capsys)
    assert set(checked["verdicts"].values()) == {"pass"}
    assert set(checked["findings"][0]) == {
        *("code", "severity", "message", "hint", "file", "line", "column", "episode", "destinations")
    }
    assert run(["plan", "--json"]) == 0
    planned = json_of(capsys)
    assert set(planned) == {"schema", "changes", "actions", "next_due"}
    assert run(["publish", "--json"]) == 0
    published = json_of(capsys)
    assert published["outcome"] == "published"
    assert published["actions"] == planned["actions"]
    assert run(["publish", "--json"]) == 0
    assert json_of(capsys)["outcome"] == "unchanged"
    spoil(workshop)
    assert run(["publish", "--json"]) == 1
    assert json_of(capsys)["outcome"] == "partial"


def test_failures_are_json_too(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    run(["publish"])
    (real.folder / "public" / "feed.xml").write_text("<rss/>")
    capsys.readouterr()
    assert run(["publish", "--json"]) == 1
    assert json_of(capsys)["outcome"] == "conflict"
    assert run(["publish", "--json", "--to", "episodes/public/feed.xml"]) == 1
    assert json_of(capsys)["outcome"] == "unreachable"
    (real.folder / "show.toml").write_text("title =")
    assert run(["publish", "--json"]) == 1
    refused = json_of(capsys)
    assert (refused["outcome"], refused["findings"][0]["code"]) == ("refused", "S001")


def test_what_takes_something_away_is_refused_without_a_yes(
    real: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish"]) == 0
    (real.folder / "03-part").rename(real.folder / "_03-part")
    capsys.readouterr()
    assert run(["publish"]) == 1
    shown = capsys.readouterr().err
    assert "removed   Episode 3, Part 3" in shown
    assert "--yes" in shown
    assert run(["publish", "--yes"]) == 0


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


def test_a_refused_publish_points_at_the_line(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("explicit = false", 'explicit = "no"'))
    assert run(["publish"]) == 1
    assert "episodes/show.toml:6:1: S004 error" in capsys.readouterr().err


def test_a_first_real_publish_says_where_to_submit_it(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert real.folder.is_dir()
    run(["publish"])
    assert "podcastsconnect.apple.com" in capsys.readouterr().out
    run(["publish"])
    assert "podcastsconnect.apple.com" not in capsys.readouterr().out


def test_looking_ahead(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    workshop.episode("04-later", "---\ntitle: Later\ndate: 2099-01-01\n---\nn", mark=4)
    assert run(["plan", "--at", "2099-01-02"]) == 0
    assert "Episode 4, Later" in capsys.readouterr().out
    assert run(["publish", "--to", "look", "--at", "2099-01-02T00:00:00Z"]) == 0
    assert "Published 4 episodes" in capsys.readouterr().out
    assert Path("look/feed.xml").is_file()


def test_a_real_publish_ahead_of_time_is_a_wrong_call(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "--at", "2099-01-02"]) == 2
    assert "give the episode a date" in capsys.readouterr().err
    assert not (real.folder / "public").exists()


@pytest.mark.usefixtures("workshop")
def test_an_unreadable_moment_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--at", "9/5/2024"]) == 2
    assert "5 September or 9 May" in capsys.readouterr().err


def test_the_show_is_found_from_inside_and_can_be_named(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workshop.folder / "01-part")
    assert run(["check"]) == 0
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == 0
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir("/")
    capsys.readouterr()
    assert run(["check"]) == 1
    assert "no show" in capsys.readouterr().err
    assert run(["check", str(workshop.folder)]) == 0
    assert run(["check", str(tmp_path / "empty")]) == 1


def test_probe_tells_facts_and_failures(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = workshop.folder / "01-part" / "audio.mp3", workshop.folder / "02-part" / "notes.md"
    assert run(["probe", str(good)]) == 0
    shown = capsys.readouterr().out
    assert "mp3" in shown
    assert "128 kbit/s, 44,100 Hz, stereo" in shown
    assert "length  0:00:00.993" in shown
    assert run(["probe", "--json", str(good), str(bad)]) == 1
    first, second = json_of(capsys)
    assert set(first) == {
        *("path", "duration", "format", "bitrate", "sample_rate", "channels", "size"),
        *("title", "artist", "album", "track", "chapters", "exact"),
    }
    assert first["exact"] is True
    assert set(second) == {"path", "error"}
    assert run(["probe", str(bad), str(good)]) == 1


def test_names_cannot_command_the_terminal(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    evil = workshop.folder / "02-part" / "x\x1b[31m\nred [bold]:smile:.xyz"
    evil.write_bytes(b"")
    run(["check"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]:smile:" in shown


# A bucket


def publish_to(
    bucket: S3Storage, endpoint: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    variables = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "testtest",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        **environment,
    }
    command = [*PODCASTKIT, "publish", "--to", bucket.address, *options]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands started from another folder use this package."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.mark.usefixtures("package", "workshop")
def test_a_bucket_is_published_to_with_ordinary_aws_variables(bucket: S3Storage, seaweedfs: SeaweedFS) -> None:
    done = publish_to(bucket, seaweedfs.endpoint_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Published 3 episodes" in done.stdout
    assert "Apps can fetch it, and all that was written." in done.stdout
    assert bucket.find("feed.xml")


BAD_BUCKETS = {
    "wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "secret key"),
    "unknown key": ({"AWS_ACCESS_KEY_ID": "nobody-known"}, "access key"),
    "no keys": ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no keys were found"),
    "unreachable": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "cannot be reached"),
}


@pytest.mark.usefixtures("package", "workshop")
@pytest.mark.usefixtures("package")
def test_what_apps_cannot_fetch_fails_the_command_which_says_how_to_go_back(
    workshop: Workshop, bucket: S3Storage, seaweedfs: SeaweedFS
) -> None:
    address = ("--url", "http://127.0.0.1:9")
    first = publish_to(bucket, seaweedfs.endpoint_url, *address)
    assert (first.returncode, "apps cannot fetch" in first.stderr) == (1, True), first.stderr
    assert "rollback" not in first.stderr
    assert "mend url in show.toml" in first.stderr
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    second = publish_to(bucket, seaweedfs.endpoint_url, *address, "--json")
    assert second.returncode == 1
    assert json.loads(second.stdout)["outcome"] == "published-unverified"
    (workshop.folder / "04-part" / "notes.md").write_text("---\ntitle: Part four\ndate: 2024-09-04\n---\nn")
    assert "podcastkit rollback" in publish_to(bucket, seaweedfs.endpoint_url, *address).stderr
    (workshop.folder / "04-part" / "notes.md").write_text("---\ntitle: Part IV\ndate: 2024-09-04\n---\nn")
    unasked = publish_to(bucket, seaweedfs.endpoint_url, *address, "--no-verify")
    assert (unasked.returncode, unasked.stderr) == (0, "")
    moved = publish_to(bucket, seaweedfs.endpoint_url, "--url", "http://127.0.0.1:9/moved")
    assert "Its address is new" in moved.stderr
    assert "rollback" not in moved.stderr


@pytest.mark.usefixtures("package")
def test_what_apps_cannot_fetch_is_not_to_be_submitted_yet(
    workshop: Workshop, bucket: S3Storage, seaweedfs: SeaweedFS
) -> None:
    settings = workshop.folder / "show.toml"
    before = settings.read_text()

    def publish_at(url: str) -> subprocess.CompletedProcess[str]:
        settings.write_text(f'{before}[publish]\nto = "{bucket.address}"\nurl = "{url}"\n')
        return publish_to(bucket, seaweedfs.endpoint_url, "--url", url, "--yes")

    wrong = publish_at("http://127.0.0.1:9")
    assert (wrong.returncode, "Keep it safe" in wrong.stdout, "Submit it" in wrong.stdout) == (1, True, False)
    right = publish_at(bucket.public_url)
    assert (right.returncode, "Submit it" in right.stdout) == (0, True), right.stderr


@pytest.mark.parametrize("name", BAD_BUCKETS)
def test_a_bucket_that_cannot_be_used_is_one_sentence_and_a_hint(
    bucket: S3Storage, seaweedfs: SeaweedFS, name: str
) -> None:
    environment, words = BAD_BUCKETS[name]
    done = publish_to(bucket, seaweedfs.endpoint_url, **environment)
    assert done.returncode == 1
    assert words in done.stderr
    told = [line for line in done.stderr.splitlines() if "trying again" not in line]
    assert len(told) == 2
    assert "Traceback" not in done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in ("testtest", "wrong-secret", "nobody-known"))


@pytest.mark.usefixtures("package", "workshop")
def test_a_bucket_that_does_not_exist_is_one_sentence_and_a_hint(seaweedfs: SeaweedFS) -> None:
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - only this test makes one

    done = publish_to(S3Storage("no-such-bucket"), seaweedfs.endpoint_url)
    assert done.returncode == 1
    assert "no-such-bucket" in done.stderr
    assert "Traceback" not in done.stderr


# A terminal


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("answer", "code", "published"),
    [("y\n", 0, True), ("n\n", 1, False), (CTRL_C, 130, False)],
    ids=["y", "n", "Ctrl-C"],
)
def test_on_a_terminal_new_episodes_are_asked_for(
    real: Workshop, answer: str | None, code: int, published: bool
) -> None:
    returned, screen = run_on_terminal("publish", answer=answer)
    assert returned == code, screen
    assert "Episode 1, Part 1" in screen
    assert {0: "Published", 1: "\nnothing was changed", 130: "\nstopped"}[code] in screen.replace("\r", "")
    assert "Error" not in screen
    assert (real.folder / "public" / "feed.xml").exists() is published


@pytest.mark.usefixtures("package")
def test_strict_refuses_before_it_asks(real: Workshop) -> None:
    spoil(real)
    returned, screen = run_on_terminal("publish", "--strict")
    assert returned == 1
    assert "with --strict nothing is" in screen
    assert "[y/N]" not in screen


@pytest.mark.usefixtures("package")
def test_yes_and_trials_are_not_asked(real: Workshop) -> None:
    returned, screen = run_on_terminal("publish", "--to", "elsewhere")
    assert returned == 0
    assert "[y/N]" not in screen
    returned, screen = run_on_terminal("publish", "--yes")
    assert returned == 0
    assert "[y/N]" not in screen
    assert (real.folder / LOCK_NAME).is_file()


@pytest.mark.usefixtures("package")
def test_progress_is_drawn_on_a_terminal_only(workshop: Workshop) -> None:
    _, screen = run_on_terminal("publish", str(workshop.folder))
    assert "Publishing" in screen or "Reading audio" in screen
    done = subprocess.run([*PODCASTKIT, "publish", "--to", "x"], capture_output=True, text=True, check=True)
    assert "Publishing" not in done.stdout + done.stderr


@pytest.mark.usefixtures("package", "workshop")
def test_check_draws_how_far_measuring_is() -> None:
    returned, screen = run_on_terminal("check")
    assert returned == 0, screen
    assert "Measuring audio" in screen


@pytest.mark.usefixtures("package", "workshop")
def test_colours_stay_away_when_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    _, coloured = run_on_terminal("check")
    assert "\x1b[1m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain = run_on_terminal("check")
    assert "\x1b[3" not in plain


@pytest.mark.usefixtures("package", "workshop")
def test_a_closed_pipe_is_no_traceback() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(PODCASTKIT)} check | true"], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_file_whose_name_is_no_unicode_can_be_named_in_json(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / "02-part" / "caf\udce9.pdf").write_bytes(b"")
    assert run(["check", "--format", "json"]) == 0
    files = {finding["file"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert "02-part/caf?.pdf" in files
