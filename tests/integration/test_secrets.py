"""Nothing secret is ever printed or written, however the keys come in and whatever fails."""

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


class Room:
    """A show, its cache and whatever the commands printed: all that can be searched."""

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
        """Search everything that was printed, and every file of the show and of the cache."""
        for secret in (*SECRETS, *more):
            assert secret not in self.printed
            for folder in (self.workshop.folder, self.place / "cache"):
                for path in folder.rglob("*"):
                    assert not path.is_file() or secret.encode() not in path.read_bytes(), path


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def to(seaweedfs: SeaweedFS, s3_client: S3Client) -> Iterator[str]:
    """An empty prefix, which is searched at the end for every secret and for the name of the key."""
    prefix = f"secrets-{uuid.uuid4().hex}"
    yield f"s3://{seaweedfs.bucket}/{prefix}"
    for found in s3_client.list_objects_v2(Bucket=seaweedfs.bucket, Prefix=prefix).get("Contents", ()):
        body = s3_client.get_object(Bucket=seaweedfs.bucket, Key=found["Key"])["Body"].read()
        for secret in (*SECRETS, ACCESS_KEY):
            assert secret.encode() not in body, found["Key"]
            assert secret not in found["Key"]


def keys(endpoint: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_ENDPOINT_URL": endpoint}


def both(room: Room, to: str, **environment: str) -> list[int]:
    """Publish in words and as JSON, quietly and with everything turned on that could make a library talk."""
    return [
        room.publish(to, **environment).returncode,
        room.publish(to, "--json", **environment | VERBOSE).returncode,
    ]


def test_keys_from_variables(room: Room, to: str, seaweedfs: SeaweedFS) -> None:
    assert both(room, to, **keys(seaweedfs.endpoint_url)) == [0, 0]
    assert "Published 3 episodes" in room.printed
    room.assert_no_secret()


def test_keys_from_a_profile(room: Room, to: str, seaweedfs: SeaweedFS) -> None:
    lines = ["[podcast]", f"aws_access_key_id = {ACCESS_KEY}", f"aws_secret_access_key = {SECRET_KEY}", ""]
    (room.place / "credentials").write_text("\n".join(lines))
    show_file = room.workshop.folder / "show.toml"
    publish = f'[publish]\nprofile = "podcast"\nendpoint_url = "{seaweedfs.endpoint_url}"\n'
    show_file.write_text(show_file.read_text() + publish)
    named = {"AWS_SHARED_CREDENTIALS_FILE": str(room.place / "credentials")}
    assert both(room, to, **named) == [0, 0]
    room.assert_no_secret()
    (room.place / "credentials").write_text("\n".join(lines).replace("podcast]", "other]"))
    assert both(room, to, **named) == [1, 1]
    (room.place / "credentials").write_text("\n".join(lines[:-2]) + f"\n{SECRET_KEY}\n")
    assert both(room, to, **named) == [1, 1]
    room.assert_no_secret()


def test_a_session_token(room: Room, to: str, seaweedfs: SeaweedFS) -> None:
    both(room, to, **keys(seaweedfs.endpoint_url), AWS_SESSION_TOKEN=TOKEN)
    both(room, to, **keys("http://127.0.0.1:9"), AWS_SESSION_TOKEN=TOKEN)
    room.assert_no_secret()


def test_a_password_in_the_address_of_the_store_is_refused(room: Room, to: str, seaweedfs: SeaweedFS) -> None:
    endpoint = seaweedfs.endpoint_url.replace("://", f"://team:{PASSWORD}@")
    assert both(room, to, **keys(endpoint)) == [0, 0], "the user's own variable, and it stays there"
    room.assert_no_secret()
    assert both(room, f"s3://team:{PASSWORD}@bucket/x", **keys(seaweedfs.endpoint_url)) == [1, 1]
    assert PASSWORD not in room.printed
    show_file = room.workshop.folder / "show.toml"
    show_file.write_text(show_file.read_text() + f'[publish]\nendpoint_url = "{endpoint}"\n')
    assert both(room, to, **keys(seaweedfs.endpoint_url)) == [1, 1]
    assert "user name or password" in room.printed
    assert PASSWORD not in room.printed


FAILURES = {
    "wrong secret": {"AWS_SECRET_ACCESS_KEY": f"{SECRET_KEY[:-1]}x"},
    "unknown key": {"AWS_ACCESS_KEY_ID": f"{ACCESS_KEY}X"},
    "unreachable": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    "no address": {"AWS_ENDPOINT_URL": "no address"},
    "unreadable proxy": {"HTTP_PROXY": f"http://team:{PASSWORD}@127.0.0.1:9", "NO_PROXY": ""},
    "no region": {"AWS_DEFAULT_REGION": "no region at all!"},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_tell_no_secret(room: Room, to: str, seaweedfs: SeaweedFS, failure: str) -> None:
    environment = keys(seaweedfs.endpoint_url) | FAILURES[failure]
    assert both(room, to, **environment) == [1, 1]
    assert "Traceback" not in room.printed
    room.assert_no_secret(environment["AWS_SECRET_ACCESS_KEY"])


def test_a_missing_bucket_tells_no_secret(room: Room, seaweedfs: SeaweedFS) -> None:
    assert both(room, "s3://no-such-bucket/x", **keys(seaweedfs.endpoint_url)) == [1, 1]
    room.assert_no_secret()


class Echo(BaseHTTPRequestHandler):
    """A store that answers with what it was asked, which is where some proxies log to."""

    status = 403
    seen: list[str]

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        told = str(self.headers).replace("&", "&amp;").replace("<", "&lt;")
        authorization = self.headers.get("Authorization", "")
        self.seen += re.findall("Signature=([0-9a-f]+)", authorization)
        token = self.headers.get("X-Amz-Security-Token", "")
        body = f"<Error><Code>{self.code(authorization, token)}</Code><Message>{told}</Message></Error>".encode()
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
        """Say nothing."""


@contextlib.contextmanager
def echoing(status: int, code: str | None) -> Iterator[tuple[str, list[str]]]:
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
def test_a_store_that_repeats_what_it_is_asked_tells_no_secret(room: Room, status: int, code: str | None) -> None:
    with echoing(status, code) as (endpoint, seen):
        assert both(room, "s3://bucket/x", **keys(endpoint), AWS_SESSION_TOKEN=TOKEN) == [1, 1]
    assert seen
    room.assert_no_secret(TOKEN[:20], *(signature[:20] for signature in seen))


def test_failures_are_whole_json_with_every_library_talking(room: Room, seaweedfs: SeaweedFS) -> None:
    environment = keys(seaweedfs.endpoint_url) | FAILURES["wrong secret"] | VERBOSE
    done = room.publish(f"s3://{seaweedfs.bucket}/x", "--json", **environment)
    assert json.loads(done.stdout)["outcome"] == "refused"
