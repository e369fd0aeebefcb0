"""`make bench`: compare the speed of publishing with programs that copy files to buckets.

The output is Markdown. The times depend on the computer and its load; the ratios depend on them less.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit import __version__
from podcastkit.media.ffmpeg import find_ffmpeg
from tests.benchmarks.feeds import OURS, WRITERS, require_same_tree
from tests.benchmarks.mastering import measure_mastering
from tests.benchmarks.measure import Run, describe_machine, median_wall, print_table, run_interleaved, run_measured
from tests.benchmarks.probing import build_tagged, find_ffprobe
from tests.benchmarks.proxy import Proxy, run_proxy
from tests.benchmarks.shows import build_show, set_destination
from tests.seaweedfs import SeaweedFS, run_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ROOT = Path(__file__).parents[2]
_BIN = Path(sys.executable).parent
_OURS = [sys.executable, "-m", "podcastkit"]
_FIRST_PUBLISHES = (("8 × 25 MB", 8, 25_000_000), ("200 × 5 MB", 200, 5_000_000), ("2,000 × 50 KB", 2000, 50_000))
_NO_OPS = (1000, 10_000)
_NO_OP_SIZE = 10_000
_LARGEST_FEED = 10_000
_CHECKED = 1000
_PROBED, _SAMPLED = 1000, 50
_HOUR = 3600 * 16_000
"""Bytes at 128 kbit/s."""
_AGE = 3.0
"""The age of files in seconds before a run, because programs that compare times send younger files again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """The store, the folder and the number of rounds of all measurements."""

    store: SeaweedFS
    folder: Path
    rounds: int

    def env(self, *, endpoint_url: str | None = None, cache: str = "cache") -> dict[str, str]:
        """Return the environment of every program: the same keys, and no settings of the user."""
        url = endpoint_url or self.store.endpoint_url
        return {
            "PATH": f"{_BIN}:{os.environ['PATH']}",
            "PYTHONPATH": str(_ROOT),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "testtest",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": url,
            "S3_ENDPOINT_URL": url,  # for s5cmd
            "PODCASTKIT_CACHE": str(self.folder / cache),
            "RCLONE_CONFIG": "",
            "RCLONE_CONFIG_STORE_TYPE": "s3",
            "RCLONE_CONFIG_STORE_PROVIDER": "Other",
            "RCLONE_CONFIG_STORE_ENV_AUTH": "true",
            "RCLONE_CONFIG_STORE_ENDPOINT": url,
        }


def main() -> None:
    """Print the tables in the arguments, or all tables."""
    sections = {
        "start": measure_start,
        "nothing": measure_nothing_changed,
        "first": measure_first_publishes,
        "feed": measure_feed,
        "check": measure_check,
        "probe": measure_probe,
        "master": measure_master,
    }
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", help="the tables to print; by default all")
    parser.add_argument("--quick", action="store_true", help="two rounds and smaller shows")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else 5
    print(f"## podcastkit {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{describe_machine()}  ")
    print(f"{_describe_versions()}  \nMedians of {rounds} interleaved rounds, complete processes, one SeaweedFS.")
    with run_store() as store, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(store=store, folder=Path(folder), rounds=rounds)
        for name, measure in sections.items():
            if not arguments.sections or name in arguments.sections:
                measure(bench, quick=arguments.quick)


def measure_start(bench: Bench, *, quick: bool) -> None:
    """Compare `podcastkit --version` with importing only click."""
    commands = {
        "podcastkit --version": [str(_write_script(bench)), "--version"],
        'python -c "import click"': [sys.executable, "-c", "import click"],
        'python -c "pass"': [sys.executable, "-c", "pass"],
    }
    candidates = {name: _make_runner(command, bench.env()) for name, command in commands.items()}
    print_table("Starting", run_interleaved(candidates, 10 if quick else 40))


def measure_first_publishes(bench: Bench, *, quick: bool) -> None:
    """Compare a first publish with an empty cache to uploading the same files."""
    for title, episodes, size in _FIRST_PUBLISHES:
        with _build_show(bench, episodes // 5 if quick else episodes, size) as show:
            _measure_first(bench, show, f"First publish of {title}{', a fifth of it' if quick else ''}")


def measure_nothing_changed(bench: Bench, *, quick: bool) -> None:
    """Compare a publish without changes to a sync without changes."""
    for episodes in _NO_OPS:
        count = episodes // 5 if quick else episodes
        with _build_show(bench, count, _NO_OP_SIZE) as show, run_proxy(bench.store.endpoint_url) as proxy:
            _measure_nothing(bench, show, count, proxy)


def measure_feed(bench: Bench, *, quick: bool) -> None:
    """Compare writing a large feed of loaded values to lxml, feedgen and podgen, each in its own process."""
    count = _LARGEST_FEED // 5 if quick else _LARGEST_FEED
    require_same_tree(count=50)
    runs = run_interleaved({name: partial(_write_feed, bench, name, count) for name in WRITERS}, bench.rounds)
    print_table(f"A feed of {count:,} episodes with 2 KB of notes each, loaded already", runs)
    print()
    for name in OURS:
        wall = median_wall(runs[name]) / median_wall(runs["lxml"])
        memory = max(run.memory for run in runs[name]) / max(run.memory for run in runs["feedgen"])
        print(f"`{name}`: {wall:.2f} × the time of lxml, {memory:.2f} × the memory of feedgen alone  ")


def measure_check(bench: Bench, *, quick: bool) -> None:
    """Compare checking a measured show to loading it, and measuring audio to decoding it."""
    count = _CHECKED // 5 if quick else _CHECKED
    with _build_show(bench, count, _NO_OP_SIZE) as show:
        time.sleep(_AGE)
        work = partial(_load_or_check, bench, show)
        work("check", 0)
        runs = run_interleaved({what: partial(work, what) for what in ("check", "load")}, bench.rounds)
    print_table(f"Checking {count:,} episodes that were measured before, and loading them", runs)
    print(f"\nCheck to load: {median_wall(runs['check']) / median_wall(runs['load']):.2f}")
    with _build_show(bench, 1, _HOUR) as show:
        audio = str(next(show.glob("*/audio.mp3")))
        measuring = [sys.executable, "-c", "import sys, podcastkit; podcastkit.measure(sys.argv[1])", audio]
        bare = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", f"file:{audio}", "-f", "null", "-"]
        commands = {"podcastkit.measure": measuring, "ffmpeg -f null": bare}
        candidates = {name: _make_runner(command, bench.env()) for name, command in commands.items()}
        print_table("Measuring an hour of MP3, and decoding it only", run_interleaved(candidates, bench.rounds))


def measure_probe(bench: Bench, *, quick: bool) -> None:
    """Compare probing many MP3s in one process to one `ffprobe` per file. `ffprobe` runs on a sample, scaled up."""
    count = _PROBED // 5 if quick else _PROBED
    folder = build_tagged(bench.folder / "tagged", files=count, distinct=_SAMPLED)
    sample = sorted(folder.iterdir())[:_SAMPLED]
    ffprobe = [find_ffprobe(), "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]

    def run_ffprobe(_: int) -> Run:
        taken = [run_measured([*ffprobe, f"file:{path}"], env=bench.env()) for path in sample]
        wall, cpu = (
            sum(each) * count / _SAMPLED for each in zip(*((run.wall, run.cpu) for run in taken), strict=True)
        )
        return Run(wall=wall, cpu=cpu, memory=max(run.memory for run in taken))

    ours = [sys.executable, "-m", "tests.benchmarks.probing", str(folder)]
    candidates = {"podcastkit.probe": _make_runner(ours, bench.env()), "ffprobe": run_ffprobe}
    notes = {"podcastkit.probe": "one process, exact", "ffprobe": f"one each; {_SAMPLED} run, scaled to {count:,}"}
    runs = run_interleaved(candidates, bench.rounds)
    print_table(f"Probing {count:,} tagged MP3s of 5 minutes ({_SAMPLED} files and links to them)", runs, notes)


def measure_master(bench: Bench, *, quick: bool) -> None:
    """Compare encoding audio to the same commands by hand, to loudnorm, and to one episode at a time."""
    measure_mastering(bench.env(), bench.rounds, quick=quick)


def _load_or_check(bench: Bench, show: Path, what: str, number: int) -> Run:
    """Load or check a show with the library, and use only the wall time of that call."""
    answer = bench.folder / f"seconds-{number}"
    command = [sys.executable, "-m", "tests.benchmarks.check", what, str(show), str(answer)]
    run = run_measured(command, env=bench.env())
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _write_feed(bench: Bench, writer: str, count: int, number: int) -> Run:
    """Write a feed, and use only the wall time of the writing."""
    answer = bench.folder / f"seconds-{number}"
    command = [sys.executable, "-m", "tests.benchmarks.feeds", writer, str(count), str(answer)]
    run = run_measured(command, env=bench.env())
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _measure_first(bench: Bench, show: Path, title: str) -> None:
    plain = show.parent / "plain"
    uploads: list[Run] = []

    def publish(number: int) -> Run:
        return _run_in_new_bucket(bench, f"ours-{number}", lambda bucket: _run_publish(bench, show, bucket))

    def upload(number: int) -> Run:
        run = _run_in_new_bucket(bench, f"upload-{number}", lambda bucket: _measure_upload(bench, show, bucket))
        uploads.append(run)
        return run

    def copy_with(command: Callable[[Path, str], list[str]], name: str) -> Callable[[int], Run]:
        def send(number: int) -> Run:
            run = partial(run_measured, env=bench.env())
            return _run_in_new_bucket(bench, f"{name}-{number}", lambda bucket: run(command(plain, bucket)))

        return send

    candidates = {
        "podcastkit publish, whole": publish,
        "podcastkit, upload phase": upload,
        "s5cmd --numworkers 4 cp": copy_with(_s5cmd_copy, "s5cmd"),
        "aws s3 sync": copy_with(_aws_sync, "aws"),
        "rclone copy": copy_with(_rclone_copy, "rclone"),
    }
    runs = run_interleaved(candidates, bench.rounds)
    print_table(title, runs)
    ratio = median_wall(uploads) / median_wall(runs["s5cmd --numworkers 4 cp"])
    print(f"\nUpload phase to `s5cmd --numworkers 4 cp`: {ratio:.2f}")


def _measure_nothing(bench: Bench, show: Path, count: int, proxy: Proxy) -> None:
    plain = show.parent / "plain"
    prefix = f"nothing-{count}"
    set_destination(
        show, f"s3://{bench.store.bucket}/{prefix}", f"{bench.store.endpoint_url}/{bench.store.bucket}/{prefix}"
    )
    bucket = f"{bench.store.bucket}/{prefix}"
    commands = {
        "podcastkit publish": [*_OURS, "publish", str(show)],
        "s5cmd sync": ["s5cmd", "sync", f"{plain}/", f"s3://{bucket}-s5cmd/"],
        "aws s3 sync": _aws_sync(plain, f"{bucket}-aws"),
        "rclone sync": ["rclone", "sync", str(plain), f"store:{bucket}-rclone"],
    }
    time.sleep(_AGE)
    for command in commands.values():
        for _ in range(2):
            run_measured(command, env=bench.env())
    time.sleep(_AGE)
    runs = run_interleaved(
        {name: _make_runner(command, bench.env()) for name, command in commands.items()}, bench.rounds
    )
    requests = _count_requests(bench, commands, proxy)
    print_table(f"Nothing changed, {count:,} episodes", runs, requests)
    _print_once(bench, show)
    through = bench.env(endpoint_url=proxy.endpoint_url)
    run_measured(commands["podcastkit publish"], env=through)  # another endpoint counts as another destination
    for delay, words in ((0.0, ""), (0.03, ", 30 ms added to each request")):
        proxy.delay = delay
        candidates = {name: _make_runner(command, through) for name, command in commands.items()}
        title = f"Nothing changed, {count:,} episodes, through the proxy{words}"
        print_table(title, run_interleaved(candidates, bench.rounds))
    proxy.delay = 0.0


def _print_once(bench: Bench, show: Path) -> None:
    """Print the time of a full publish without changes, and of `verify`."""
    print()
    for arguments in (["publish", str(show), "--no-cache"], ["verify", str(show)]):
        run = run_measured([*_OURS, *arguments], env=bench.env(), codes=(0, 1))  # exit code 1: the URL is not https
        shown = " ".join([arguments[0], *arguments[2:]])
        print(f"`podcastkit {shown}`, once: {run.wall:.2f} s, {run.memory:.0f} MB  ")


def _count_requests(bench: Bench, commands: Mapping[str, Sequence[str]], proxy: Proxy) -> dict[str, str]:
    notes = {}
    for name, command in commands.items():
        run_measured(
            command, env=bench.env(endpoint_url=proxy.endpoint_url)
        )  # another endpoint counts as another destination
        proxy.requests.clear()
        run_measured(command, env=bench.env(endpoint_url=proxy.endpoint_url))
        notes[name] = f"{len(proxy.requests)} requests"
    return notes


def _run_publish(bench: Bench, show: Path, bucket: str) -> Run:
    set_destination(show, f"s3://{bucket}", f"{bench.store.endpoint_url}/{bucket}")
    command = [*_OURS, "publish", str(show), "--yes", *_find_no_verify_option()]
    return run_measured(command, env=bench.env(cache=f"cache-{bucket}"))


def _measure_upload(bench: Bench, show: Path, bucket: str) -> Run:
    """Publish with the library, and use only the wall time of the uploads."""
    url, answer = f"{bench.store.endpoint_url}/{bucket}", bench.folder / "seconds"
    command = [sys.executable, "-m", "tests.benchmarks.upload", str(show), f"s3://{bucket}", url, str(answer)]
    run = run_measured(command, env=bench.env(cache=f"cache-{bucket}"))
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _find_no_verify_option() -> list[str]:
    """Return the option that skips verification, if this version has it."""
    shown = subprocess.run([*_OURS, "publish", "--help"], cwd=_ROOT, capture_output=True, text=True, check=True)
    return ["--no-verify"] if "--no-verify" in shown.stdout else []


def _s5cmd_copy(folder: Path, bucket: str) -> list[str]:
    return ["s5cmd", "--numworkers", "4", "cp", f"{folder}/", f"s3://{bucket}/"]


def _aws_sync(folder: Path, bucket: str) -> list[str]:
    return ["aws", "s3", "sync", str(folder), f"s3://{bucket}", "--no-progress"]


def _rclone_copy(folder: Path, bucket: str) -> list[str]:
    return ["rclone", "copy", "--transfers", "4", str(folder), f"store:{bucket}"]


def _make_runner(command: Sequence[str], env: Mapping[str, str]) -> Callable[[int], Run]:
    return lambda _: run_measured(command, env=env)


def _run_in_new_bucket(bench: Bench, name: str, action: Callable[[str], Run]) -> Run:
    """Run an action with a new bucket, and delete the bucket afterwards to free the disk."""
    client = bench.store.client()
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="warm", Body=b"the first write to a bucket creates its volumes")
    client.delete_object(Bucket=name, Key="warm")
    try:
        return action(name)
    finally:
        client.delete_bucket(Bucket=name)


@contextlib.contextmanager
def _build_show(bench: Bench, episodes: int, size: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        yield build_show(Path(folder) / "show", episodes=episodes, size=size)


def _write_script(bench: Bench) -> Path:
    """Write the script that an installer creates from `[project.scripts]`."""
    script = bench.folder / "podcastkit"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom podcastkit.__main__ import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _describe_versions() -> str:
    versions = []
    for command in (["s5cmd", "version"], ["aws", "--version"], ["rclone", "version"], ["weed", "version"]):
        path = f"{_BIN}:{os.environ['PATH']}"
        done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)
        versions.append(
            " ".join(done.stdout.split()[:3]) if command[0] != "s5cmd" else f"s5cmd {done.stdout.strip()}"
        )
    return ", ".join(versions)


if __name__ == "__main__":
    main()
