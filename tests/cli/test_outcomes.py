"""What a CI job can trust: each outcome of a publish to a bucket, with its exit code, by the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.storage.s3 import S3Storage
from tests.seaweedfs import ACCESS_KEY, SECRET_KEY
from tests.shows import Workshop, small_show

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.seaweedfs import SeaweedFS

ROOT = Path(__file__).parents[2]
RECEIPT = {
    *("schema", "changes", "actions", "next_due", "outcome", "feed_url", "committed", "uploaded", "bytes"),
    *("held_back", "findings"),
}
FAILURE = {"schema", "outcome", "error", "hint", "findings"}


@dataclass(frozen=True)
class Job:
    """A real show in a bucket, and the job that publishes it."""

    workshop: Workshop
    storage: S3Storage
    variables: dict[str, str]

    def run(self, *options: str, **variables: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "podcastkit", "publish", "--json", *options, str(self.workshop.folder)],
            env={**os.environ, **self.variables, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    def outcome(self, *options: str, **variables: str) -> tuple[int, str]:
        code, told = self.run(*options, **variables)
        assert set(told) >= RECEIPT or set(told) - {"changes"} == FAILURE
        assert ("error" in told) is (set(told) - {"changes"} == FAILURE)
        return code, told["outcome"]


@pytest.fixture
def job(tmp_path: Path, seaweedfs: SeaweedFS, s3_client: S3Client) -> Job:
    prefix = f"outcomes-{uuid.uuid4().hex}"
    url = f"{seaweedfs.endpoint_url}/{seaweedfs.bucket}/{prefix}"
    publish = f'[publish]\nto = "s3://{seaweedfs.bucket}/{prefix}"\nurl = "{url}"\n'
    variables = {
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": seaweedfs.endpoint_url,
    }
    storage = S3Storage(seaweedfs.bucket, prefix, client=s3_client)
    return Job(small_show(tmp_path / "show", publish), storage, variables)


def spoil(job: Job) -> None:
    (job.workshop.folder / "02-part" / "audio.mp3").write_text("no audio")


def test_a_day_in_the_life_of_a_job(job: Job) -> None:
    assert job.outcome() == (0, "published")
    assert job.outcome() == (0, "unchanged")
    (job.workshop.folder / "03-part").rename(job.workshop.folder / "_03-part")
    assert job.outcome() == (1, "refused")
    (job.workshop.folder / "_03-part").rename(job.workshop.folder / "03-part")
    spoil(job)
    assert job.outcome("--strict") == (1, "refused")
    assert job.outcome() == (1, "partial")
    assert job.outcome() == (1, "partial"), "until it is mended"


def test_a_first_publish_with_a_broken_episode_is_partial(job: Job) -> None:
    spoil(job)
    code, told = job.run()
    assert (code, told["outcome"], told["committed"]) == (1, "partial", True)
    assert [held["episode"] for held in told["held_back"]] == ["02-part"]


def test_a_broken_show_is_refused(job: Job) -> None:
    path = job.workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("explicit = false", ""))
    code, told = job.run()
    assert (code, told["outcome"]) == (1, "refused")
    assert [finding["code"] for finding in told["findings"] if finding["severity"] == "error"] == ["S003"]
    assert not list(job.storage.list(""))


def test_somebody_elses_feed_is_a_conflict(job: Job) -> None:
    job.storage.write("feed.xml", b"<rss/>", content_type="text/xml", cache_control="no-cache")
    assert job.outcome() == (1, "conflict")
    assert [stored.key for stored in job.storage.list("")] == ["feed.xml"]


@pytest.mark.parametrize(
    "variables",
    [{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, {"AWS_SECRET_ACCESS_KEY": "wrong"}, {"AWS_PROFILE": "nobody"}],
    ids=["no store", "wrong secret", "no profile"],
)
def test_a_store_that_cannot_be_used_is_unreachable(job: Job, variables: dict[str, str]) -> None:
    assert job.outcome(**variables) == (1, "unreachable")


@pytest.mark.parametrize(
    "options", [["--nope"], ["--at", "2099-01-01"], ["--remake", "07-none"], ["--to", ""]], ids=str
)
def test_a_wrong_call_is_no_outcome(job: Job, options: list[str]) -> None:
    assert job.run(*options) == (2, None)
    assert not list(job.storage.list(""))
