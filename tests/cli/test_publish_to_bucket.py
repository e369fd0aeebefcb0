"""Each outcome of a publish to a bucket in CI, with its exit code and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.storage.s3 import S3Storage
from tests.processes import PODCASTKIT
from tests.seaweedfs import ACCESS_KEY, SECRET_KEY
from tests.shows import Workshop, small_show

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RECEIPT = {
    *("schema", "changes", "actions", "next_due", "outcome", "feed_url", "committed", "uploaded", "bytes"),
    *("held_back", "findings"),
}
FAILURE = {"schema", "outcome", "error", "hint", "findings"}
DEAD_URL = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Job:
    """A show in a bucket, and the CI job that publishes the show."""

    workshop: Workshop
    storage: S3Storage
    capsys: pytest.CaptureFixture[str]

    def publish(self, *options: str) -> tuple[int, str, str]:
        """Return the exit code and the output."""
        self.capsys.readouterr()
        code = run(["publish", *options, str(self.workshop.folder)])
        return code, *self.capsys.readouterr()

    def run(self, *options: str) -> tuple[int, Any]:
        """Return the exit code and the printed JSON."""
        code, out, _ = self.publish("--json", *options)
        return code, json.loads(out) if out else None

    def outcome(self, *options: str) -> tuple[int, str]:
        code, printed = self.run(*options)
        assert set(printed) >= RECEIPT or set(printed) - {"changes"} == FAILURE
        assert ("error" in printed) is (set(printed) - {"changes"} == FAILURE)
        return code, printed["outcome"]

    def retitle(self, title: str) -> None:
        (self.workshop.folder / "03-part" / "notes.md").write_text(f"---\ntitle: {title}\ndate: 2024-09-03\n---\nn")


@pytest.fixture
def _set_keys(monkeypatch: pytest.MonkeyPatch, seaweedfs: SeaweedFS) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", seaweedfs.endpoint_url)


@pytest.fixture
def job(
    tmp_path: Path, seaweedfs: SeaweedFS, s3_client: S3Client, _set_keys: None, capsys: pytest.CaptureFixture[str]
) -> Job:
    prefix = f"outcomes-{uuid.uuid4().hex}"
    url = f"{seaweedfs.endpoint_url}/{seaweedfs.bucket}/{prefix}"
    publish = f'[publish]\nto = "s3://{seaweedfs.bucket}/{prefix}"\nurl = "{url}"\n'
    storage = S3Storage(seaweedfs.bucket, prefix, client=s3_client)
    return Job(small_show(tmp_path / "show", publish), storage, capsys)


def break_audio(job: Job) -> None:
    (job.workshop.folder / "02-part" / "audio.mp3").write_text("no audio")


@pytest.mark.slow
@pytest.mark.usefixtures("workshop", "_set_keys")
def test_publish_uses_standard_aws_variables(bucket: S3Storage) -> None:
    done = subprocess.run(
        [*PODCASTKIT, "publish", "--to", bucket.address],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Published 3 episodes" in done.stdout
    assert "Apps can fetch the feed and all uploaded files." in done.stdout
    assert bucket.find("feed.xml")


@pytest.mark.slow
def test_publish_reports_the_outcome_of_each_run(job: Job) -> None:
    assert job.outcome() == (0, "published")
    assert job.outcome() == (0, "unchanged")
    (job.workshop.folder / "03-part").rename(job.workshop.folder / "_03-part")
    assert job.outcome() == (1, "refused")
    (job.workshop.folder / "_03-part").rename(job.workshop.folder / "03-part")
    break_audio(job)
    assert job.outcome("--strict") == (1, "refused")
    assert job.outcome() == (1, "partial")
    assert job.outcome() == (1, "partial"), "until the episode is fixed"


@pytest.mark.slow
def test_first_publish_with_a_broken_episode_is_partial(job: Job) -> None:
    break_audio(job)
    code, printed = job.run()
    assert (code, printed["outcome"], printed["committed"]) == (1, "partial", True)
    assert [held["episode"] for held in printed["held_back"]] == ["02-part"]


def test_publish_refuses_a_show_with_errors(job: Job) -> None:
    path = job.workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("explicit = false", ""))
    code, printed = job.run()
    assert (code, printed["outcome"]) == (1, "refused")
    assert [finding["code"] for finding in printed["findings"] if finding["severity"] == "error"] == ["S003"]
    assert not list(job.storage.list(""))


def test_feed_of_another_show_is_a_conflict(job: Job) -> None:
    job.storage.write("feed.xml", b"<rss/>", content_type="text/xml", cache_control="no-cache")
    assert job.outcome() == (1, "conflict")
    assert [stored.key for stored in job.storage.list("")] == ["feed.xml"]


BAD_BUCKETS = {
    "wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "secret key"),
    "unknown key": ({"AWS_ACCESS_KEY_ID": "nobody-known"}, "access key"),
    "no keys": ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no access keys were found"),
    "no profile": ({"AWS_PROFILE": "nobody"}, "nobody"),
    "no store": ({"AWS_ENDPOINT_URL": DEAD_URL}, "cannot be reached"),
    "no bucket": ({}, "no-such-bucket"),
}


@pytest.mark.parametrize("name", BAD_BUCKETS)
def test_unusable_bucket_prints_an_error_and_a_hint(job: Job, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    variables, words = BAD_BUCKETS[name]
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    code, out, err = job.publish("--json", *(["--to", "s3://no-such-bucket"] if name == "no bucket" else []))
    printed = json.loads(out)
    outcome = "unreachable" if name == "no store" else "refused"
    assert (code, printed["outcome"], set(printed)) == (1, outcome, FAILURE)
    lines = [line for line in err.splitlines() if "trying again" not in line]
    assert len(lines) == 2
    assert words in err
    assert not any(secret in out + err for secret in (SECRET_KEY, ACCESS_KEY, "wrong-secret", "nobody-known"))


@pytest.mark.slow
def test_unfetchable_file_exits_1_and_suggests_rollback(job: Job, bucket: S3Storage) -> None:
    place = ("--to", bucket.address, "--url", DEAD_URL)
    code, _, err = job.publish(*place)
    assert (code, "apps cannot fetch" in err) == (1, True), err
    assert "rollback" not in err
    assert "correct url in show.toml" in err
    job.retitle("Part three")
    assert job.outcome(*place) == (1, "published-unverified")
    job.retitle("Part III")
    assert "podcastkit rollback" in job.publish(*place)[2]
    job.retitle("The third part")
    code, _, err = job.publish(*place, "--no-verify")
    assert (code, err) == (0, "")
    _, _, err = job.publish("--to", bucket.address, "--url", f"{DEAD_URL}/moved")
    assert "If the new address of the feed is wrong" in err
    assert "rollback" not in err


def test_unfetchable_feed_is_not_ready_to_submit(job: Job) -> None:
    path = job.workshop.folder / "show.toml"
    right = path.read_text()
    path.write_text(right.replace(f'url = "{job.storage.public_url}"', f'url = "{DEAD_URL}"'))
    assert path.read_text() != right
    code, out, _ = job.publish()
    assert (code, "Keep it safe" in out, "Submit it" in out) == (1, True, False)
    path.write_text(right)
    code, out, err = job.publish("--yes")
    assert (code, "Submit it" in out) == (0, True), err


@pytest.mark.parametrize(
    "options", [["--nope"], ["--at", "2099-01-01"], ["--remake", "07-none"], ["--to", ""]], ids=str
)
def test_usage_error_prints_no_outcome(job: Job, options: list[str]) -> None:
    assert job.run(*options) == (2, None)
    assert not list(job.storage.list(""))
