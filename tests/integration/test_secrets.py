"""No secret is printed or written, for any source of keys and any failure."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.seaweedfs import ACCESS_KEY, SECRET_KEY
from tests.shows import Workshop, small_show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TOKEN = "IQoJb3JpZ2luX2VjEtOkEnOfPodcastkitTests4711"  # noqa: S105 - made up, to be looked for
PASSWORD = "hunter2ForTheEndpoint"  # noqa: S105 - made up, to be looked for
SECRETS = (SECRET_KEY, TOKEN, PASSWORD, "Signature=")
VERBOSE = {
    "AWS_DEBUG": "true",
    "BOTO_DEBUG": "1",
    "BOTOCORE_DEBUG": "1",
    "BOTO_LOG_LEVEL": "DEBUG",
    "AWS_LOG_LEVEL": "debug",
    "LOGLEVEL": "DEBUG",
    "PYTHONDEVMODE": "1",
}


class SearchedFiles:
    """A show, its cache and the output of the commands, which are searched for secrets."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.printed = ""
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PODCASTKIT_CACHE": str(place / "cache"),
            "AWS_DEFAULT_REGION": "us-east-1",
            "HOME": str(place / "home"),
        }
        (place / "home").mkdir()
        self.workshop: Workshop = small_show(place / "show")

    def publish(self, to: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "podcastkit", "publish", str(self.workshop.folder), "--to", to, *options],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed += done.stdout + done.stderr
        return done

    def assert_no_secret(self, *more: str) -> None:
        """Search the output, and every file of the show and the cache, for secrets."""
        for secret in (*SECRETS, *more):
            assert secret not in self.printed
            for folder in (self.workshop.folder, self.place / "cache"):
                for path in folder.rglob("*"):
                    assert not path.is_file() or secret.encode() not in path.read_bytes(), path


@pytest.fixture
def searched(tmp_path: Path) -> SearchedFiles:
    return SearchedFiles(tmp_path)


@pytest.fixture
def to(seaweedfs: SeaweedFS, s3_client: S3Client) -> Iterator[str]:
    """Yield an empty prefix. At the end, search its files for every secret and for the key ID."""
    prefix = f"secrets-{uuid.uuid4().hex}"
    yield f"s3://{seaweedfs.bucket}/{prefix}"
    for found in s3_client.list_objects_v2(Bucket=seaweedfs.bucket, Prefix=prefix).get("Contents", ()):
        body = s3_client.get_object(Bucket=seaweedfs.bucket, Key=found["Key"])["Body"].read()
        for secret in (*SECRETS, ACCESS_KEY):
            assert secret.encode() not in body, found["Key"]
            assert secret not in found["Key"]


def keys(endpoint: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_ENDPOINT_URL": endpoint}


def publish_verbosely(searched: SearchedFiles, to: str, **environment: str) -> list[int]:
    """Publish with text and JSON output, first quietly, then with all logging of the libraries turned on."""
    return [
        searched.publish(to, **environment).returncode,
        searched.publish(to, "--json", **environment | VERBOSE).returncode,
    ]


def test_keys_from_variables_are_not_printed(searched: SearchedFiles, to: str, seaweedfs: SeaweedFS) -> None:
    assert publish_verbosely(searched, to, **keys(seaweedfs.endpoint_url)) == [0, 0]
    assert "Published 3 episodes" in searched.printed
    searched.assert_no_secret()


def test_keys_from_a_profile_are_not_printed(searched: SearchedFiles, to: str, seaweedfs: SeaweedFS) -> None:
    lines = ["[podcast]", f"aws_access_key_id = {ACCESS_KEY}", f"aws_secret_access_key = {SECRET_KEY}", ""]
    (searched.place / "credentials").write_text("\n".join(lines))
    show_file = searched.workshop.folder / "show.toml"
    publish = f'[publish]\nprofile = "podcast"\nendpoint_url = "{seaweedfs.endpoint_url}"\n'
    show_file.write_text(show_file.read_text() + publish)
    named = {"AWS_SHARED_CREDENTIALS_FILE": str(searched.place / "credentials")}
    assert publish_verbosely(searched, to, **named) == [0, 0]
    searched.assert_no_secret()
    (searched.place / "credentials").write_text("\n".join(lines).replace("podcast]", "other]"))
    assert publish_verbosely(searched, to, **named) == [1, 1]
    (searched.place / "credentials").write_text("\n".join(lines[:-2]) + f"\n{SECRET_KEY}\n")
    assert publish_verbosely(searched, to, **named) == [1, 1]
    searched.assert_no_secret()


def test_session_token_is_not_printed(searched: SearchedFiles, to: str, seaweedfs: SeaweedFS) -> None:
    publish_verbosely(searched, to, **keys(seaweedfs.endpoint_url), AWS_SESSION_TOKEN=TOKEN)
    publish_verbosely(searched, to, **keys("http://127.0.0.1:9"), AWS_SESSION_TOKEN=TOKEN)
    searched.assert_no_secret()


def test_password_in_the_endpoint_url_is_refused(searched: SearchedFiles, to: str, seaweedfs: SeaweedFS) -> None:
    endpoint = seaweedfs.endpoint_url.replace("://", f"://team:{PASSWORD}@")
    assert publish_verbosely(searched, to, **keys(endpoint)) == [0, 0], "the user's own variable is used and kept"
    searched.assert_no_secret()
    assert publish_verbosely(searched, f"s3://team:{PASSWORD}@bucket/x", **keys(seaweedfs.endpoint_url)) == [1, 1]
    assert PASSWORD not in searched.printed
    show_file = searched.workshop.folder / "show.toml"
    show_file.write_text(show_file.read_text() + f'[publish]\nendpoint_url = "{endpoint}"\n')
    assert publish_verbosely(searched, to, **keys(seaweedfs.endpoint_url)) == [1, 1]
    assert "user name or password" in searched.printed
    assert PASSWORD not in searched.printed


FAILURES = {
    "wrong secret": {"AWS_SECRET_ACCESS_KEY": f"{SECRET_KEY[:-1]}x"},
    "unknown key": {"AWS_ACCESS_KEY_ID": f"{ACCESS_KEY}X"},
    "unreachable": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    "no address": {"AWS_ENDPOINT_URL": "no address"},
    "unreadable proxy": {"HTTP_PROXY": f"http://team:{PASSWORD}@127.0.0.1:9", "NO_PROXY": ""},
    "no region": {"AWS_DEFAULT_REGION": "no region at all!"},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failure_prints_no_secret(searched: SearchedFiles, to: str, seaweedfs: SeaweedFS, failure: str) -> None:
    environment = keys(seaweedfs.endpoint_url) | FAILURES[failure]
    assert publish_verbosely(searched, to, **environment) == [1, 1]
    assert "Traceback" not in searched.printed
    searched.assert_no_secret(environment["AWS_SECRET_ACCESS_KEY"])


def test_missing_bucket_prints_no_secret(searched: SearchedFiles, seaweedfs: SeaweedFS) -> None:
    assert publish_verbosely(searched, "s3://no-such-bucket/x", **keys(seaweedfs.endpoint_url)) == [1, 1]
    searched.assert_no_secret()


class Echo(BaseHTTPRequestHandler):
    """A storage server that echoes the request, as some proxies do."""

    status = 403
    seen: list[str]

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        echoed = str(self.headers).replace("&", "&amp;").replace("<", "&lt;")
        authorization = self.headers.get("Authorization", "")
        self.seen += re.findall("Signature=([0-9a-f]+)", authorization)
        token = self.headers.get("X-Amz-Security-Token", "")
        body = f"<Error><Code>{self.code(authorization, token)}</Code><Message>{echoed}</Message></Error>".encode()
        self.send_response(self.status, "Asked with " + authorization)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = answer  # noqa: N815 - the names that the library calls

    @staticmethod
    def code(authorization: str, token: str) -> str:
        return "AccessDenied" if not authorization else (token or authorization.rpartition(",")[2])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
        """Do not log requests."""


@contextlib.contextmanager
def serve_echo(status: int, code: str | None) -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    members = {"status": status, "seen": seen} | ({"code": staticmethod(lambda *_: code)} if code else {})
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Echo,), members)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", seen
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [400, 403, 412])
@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", None], ids=["known", "echoed"])
def test_echoed_request_prints_no_secret(searched: SearchedFiles, status: int, code: str | None) -> None:
    with serve_echo(status, code) as (endpoint, seen):
        assert publish_verbosely(searched, "s3://bucket/x", **keys(endpoint), AWS_SESSION_TOKEN=TOKEN) == [1, 1]
    assert seen
    searched.assert_no_secret(TOKEN[:20], *(signature[:20] for signature in seen))


def test_failure_with_verbose_libraries_prints_valid_json(searched: SearchedFiles, seaweedfs: SeaweedFS) -> None:
    environment = keys(seaweedfs.endpoint_url) | FAILURES["wrong secret"] | VERBOSE
    done = searched.publish(f"s3://{seaweedfs.bucket}/x", "--json", **environment)
    assert json.loads(done.stdout)["outcome"] == "refused"
