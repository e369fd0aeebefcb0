"""`make bench`: how long publishing takes beside the programs that copy files into buckets, on this machine, now.

Prints Markdown. Figures differ from machine to machine and from hour to hour; the ratios differ less.
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
from tests.benchmarks.measure import Run, describe_machine, interleaved, measured, median_wall, print_table
from tests.benchmarks.probing import build_tagged, find_ffprobe
from tests.benchmarks.proxy import Proxy, proxying
from tests.benchmarks.shows import build_show, point
from tests.seaweedfs import SeaweedFS, running

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
"""Seconds: younger files are sent again by those who compare times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where everything is measured."""

    store: SeaweedFS
    folder: Path
    rounds: int

    def env(self, *, endpoint_url: str | None = None, cache: str = "cache") -> dict[str, str]:
        """Return the environment of every program: the same keys, and nothing of whoever runs this."""
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
            "S3_ENDPOINT_URL": url,  # s5cmd's name for it
            "PODCASTKIT_CACHE": str(self.folder / cache),
            "RCLONE_CONFIG": "",
            "RCLONE_CONFIG_STORE_TYPE": "s3",
            "RCLONE_CONFIG_STORE_PROVIDER": "Other",
            "RCLONE_CONFIG_STORE_ENV_AUTH": "true",
            "RCLONE_CONFIG_STORE_ENDPOINT": url,
        }


def main() -> None:
    """Measure what the arguments ask for, or everything."""
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
    parser.add_argument("sections", nargs="*", help="which tables; all, when absent")
    parser.add_argument("--quick", action="store_true", help="two rounds and smaller shows")
    arguments = parser.parse_args()
    rounds = 2 if arguments.quick else 5
    print(f"## podcastkit {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n{describe_machine()}  ")
    print(f"{_versions()}  \nMedians of {rounds} interleaved rounds, whole processes, one SeaweedFS on loopback.")
    with running() as store, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(store=store, folder=Path(folder), rounds=rounds)
        for name, measure in sections.items():
            if not arguments.sections or name in arguments.sections:
                measure(bench, quick=arguments.quick)


def measure_start(bench: Bench, *, quick: bool) -> None:
    """Compare `podcastkit --version` with the import of click alone."""
    commands = {
        "podcastkit --version": [str(_script(bench)), "--version"],
        'python -c "import click"': [sys.executable, "-c", "import click"],
        'python -c "pass"': [sys.executable, "-c", "pass"],
    }
    candidates = {name: _runner(command, bench.env()) for name, command in commands.items()}
    print_table("Starting", interleaved(candidates, 10 if quick else 40))


def measure_first_publishes(bench: Bench, *, quick: bool) -> None:
    """Compare a first publish, with an empty cache, to sending the same files."""
    for title, episodes, size in _FIRST_PUBLISHES:
        with _show(bench, episodes // 5 if quick else episodes, size) as show:
            _measure_first(bench, show, f"First publish of {title}{', a fifth of it' if quick else ''}")


def measure_nothing_changed(bench: Bench, *, quick: bool) -> None:
    """Compare a publish that has nothing to do with the others' doing nothing."""
    for episodes in _NO_OPS:
        count = episodes // 5 if quick else episodes
        with _show(bench, count, _NO_OP_SIZE) as show, proxying(bench.store.endpoint_url) as proxy:
            _measure_nothing(bench, show, count, proxy)


def measure_feed(bench: Bench, *, quick: bool) -> None:
    """Compare writing a large feed of loaded values to lxml, feedgen and podgen, each in a process of its own."""
    count = _LARGEST_FEED // 5 if quick else _LARGEST_FEED
    require_same_tree(count=50)
    runs = interleaved({name: partial(_write_feed, bench, name, count) for name in WRITERS}, bench.rounds)
    print_table(f"A feed of {count:,} episodes with 2 KB of notes each, loaded already", runs)
    print()
    for name in OURS:
        wall = median_wall(runs[name]) / median_wall(runs["lxml"])
        memory = max(run.memory for run in runs[name]) / max(run.memory for run in runs["feedgen"])
        print(f"`{name}`: {wall:.2f} × the time of lxml, {memory:.2f} × the memory of feedgen alone  ")


def measure_check(bench: Bench, *, quick: bool) -> None:
    """Compare checking a show that was measured before to loading it, and measuring to bare decoding."""
    count = _CHECKED // 5 if quick else _CHECKED
    with _show(bench, count, _NO_OP_SIZE) as show:
        time.sleep(_AGE)
        work = partial(_load_or_check, bench, show)
        work("check", 0)
        runs = interleaved({what: partial(work, what) for what in ("check", "load")}, bench.rounds)
    print_table(f"Checking {count:,} episodes that were measured before, and loading them", runs)
    print(f"\nCheck to load: {median_wall(runs['check']) / median_wall(runs['load']):.2f}")
    with _show(bench, 1, _HOUR) as show:
        audio = str(next(show.glob("*/audio.mp3")))
        measuring = [sys.executable, "-c", "import sys, podcastkit; podcastkit.measure(sys.argv[1])", audio]
        bare = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", f"file:{audio}", "-f", "null", "-"]
        commands = {"podcastkit.measure": measuring, "ffmpeg -f null": bare}
        candidates = {name: _runner(command, bench.env()) for name, command in commands.items()}
        print_table("Measuring an hour of MP3, and decoding it only", interleaved(candidates, bench.rounds))


def measure_probe(bench: Bench, *, quick: bool) -> None:
    """Compare probing many MP3s in one process to one `ffprobe` for each, of which a sample is run and scaled."""
    count = _PROBED // 5 if quick else _PROBED
    folder = build_tagged(bench.folder / "tagged", files=count, distinct=_SAMPLED)
    sample = sorted(folder.iterdir())[:_SAMPLED]
    ffprobe = [find_ffprobe(), "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]

    def theirs(_: int) -> Run:
        taken = [measured([*ffprobe, f"file:{path}"], env=bench.env()) for path in sample]
        wall, cpu = (
            sum(each) * count / _SAMPLED for each in zip(*((run.wall, run.cpu) for run in taken), strict=True)
        )
        return Run(wall=wall, cpu=cpu, memory=max(run.memory for run in taken))

    ours = [sys.executable, "-m", "tests.benchmarks.probing", str(folder)]
    candidates = {"podcastkit.probe": _runner(ours, bench.env()), "ffprobe": theirs}
    notes = {"podcastkit.probe": "one process, exact", "ffprobe": f"one each; {_SAMPLED} run, scaled to {count:,}"}
    runs = interleaved(candidates, bench.rounds)
    print_table(f"Probing {count:,} tagged MP3s of 5 minutes ({_SAMPLED} files and links to them)", runs, notes)


def measure_master(bench: Bench, *, quick: bool) -> None:
    """Compare making audio to the same work by hand, to loudnorm, and to one episode after the other."""
    measure_mastering(bench.env(), bench.rounds, quick=quick)


def _load_or_check(bench: Bench, show: Path, what: str, number: int) -> Run:
    """Do one of the two by the library, and count the wall time of that alone."""
    answer = bench.folder / f"seconds-{number}"
    command = [sys.executable, "-m", "tests.benchmarks.check", what, str(show), str(answer)]
    run = measured(command, env=bench.env())
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _write_feed(bench: Bench, writer: str, count: int, number: int) -> Run:
    """Count the wall time of the writing only."""
    answer = bench.folder / f"seconds-{number}"
    command = [sys.executable, "-m", "tests.benchmarks.feeds", writer, str(count), str(answer)]
    run = measured(command, env=bench.env())
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _measure_first(bench: Bench, show: Path, title: str) -> None:
    plain = show.parent / "plain"
    uploads: list[Run] = []

    def ours(number: int) -> Run:
        return _in_new_bucket(bench, f"ours-{number}", lambda bucket: _publish(bench, show, bucket))

    def upload(number: int) -> Run:
        run = _in_new_bucket(bench, f"upload-{number}", lambda bucket: _upload(bench, show, bucket))
        uploads.append(run)
        return run

    def rival(command: Callable[[Path, str], list[str]], name: str) -> Callable[[int], Run]:
        def send(number: int) -> Run:
            run = partial(measured, env=bench.env())
            return _in_new_bucket(bench, f"{name}-{number}", lambda bucket: run(command(plain, bucket)))

        return send

    candidates = {
        "podcastkit publish, whole": ours,
        "podcastkit, upload phase": upload,
        "s5cmd --numworkers 4 cp": rival(_s5cmd_copy, "s5cmd"),
        "aws s3 sync": rival(_aws_sync, "aws"),
        "rclone copy": rival(_rclone_copy, "rclone"),
    }
    runs = interleaved(candidates, bench.rounds)
    print_table(title, runs)
    ratio = median_wall(uploads) / median_wall(runs["s5cmd --numworkers 4 cp"])
    print(f"\nUpload phase to `s5cmd --numworkers 4 cp`: {ratio:.2f}")


def _measure_nothing(bench: Bench, show: Path, count: int, proxy: Proxy) -> None:
    plain = show.parent / "plain"
    prefix = f"nothing-{count}"
    point(show, f"s3://{bench.store.bucket}/{prefix}", f"{bench.store.endpoint_url}/{bench.store.bucket}/{prefix}")
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
            measured(command, env=bench.env())
    time.sleep(_AGE)
    runs = interleaved({name: _runner(command, bench.env()) for name, command in commands.items()}, bench.rounds)
    requests = _count_requests(bench, commands, proxy)
    print_table(f"Nothing changed, {count:,} episodes", runs, requests)
    _print_once(bench, show)
    through = bench.env(endpoint_url=proxy.endpoint_url)
    measured(commands["podcastkit publish"], env=through)  # another endpoint is another place
    for delay, words in ((0.0, ""), (0.03, ", 30 ms added to each request")):
        proxy.delay = delay
        candidates = {name: _runner(command, through) for name, command in commands.items()}
        title = f"Nothing changed, {count:,} episodes, through the proxy{words}"
        print_table(title, interleaved(candidates, bench.rounds))
    proxy.delay = 0.0


def _print_once(bench: Bench, show: Path) -> None:
    """Tell what the long way takes when nothing changed, and what it takes to fetch everything as apps do."""
    print()
    for arguments in (["publish", str(show), "--no-cache"], ["verify", str(show)]):
        run = measured([*_OURS, *arguments], env=bench.env(), codes=(0, 1))  # it tells that http is not https
        words = " ".join([arguments[0], *arguments[2:]])
        print(f"`podcastkit {words}`, once: {run.wall:.2f} s, {run.memory:.0f} MB  ")


def _count_requests(bench: Bench, commands: Mapping[str, Sequence[str]], proxy: Proxy) -> dict[str, str]:
    told = {}
    for name, command in commands.items():
        measured(command, env=bench.env(endpoint_url=proxy.endpoint_url))  # another endpoint is another place
        proxy.requests.clear()
        measured(command, env=bench.env(endpoint_url=proxy.endpoint_url))
        told[name] = f"{len(proxy.requests)} requests"
    return told


def _publish(bench: Bench, show: Path, bucket: str) -> Run:
    point(show, f"s3://{bucket}", f"{bench.store.endpoint_url}/{bucket}")
    command = [*_OURS, "publish", str(show), "--yes", *_no_verify()]
    return measured(command, env=bench.env(cache=f"cache-{bucket}"))


def _upload(bench: Bench, show: Path, bucket: str) -> Run:
    """Publish by the library, and count the wall time of the uploads only."""
    url, answer = f"{bench.store.endpoint_url}/{bucket}", bench.folder / "seconds"
    command = [sys.executable, "-m", "tests.benchmarks.upload", str(show), f"s3://{bucket}", url, str(answer)]
    run = measured(command, env=bench.env(cache=f"cache-{bucket}"))
    return replace(run, wall=float(answer.read_text(encoding="utf-8")))


def _no_verify() -> list[str]:
    """Leave out what is measured in a row of its own, where there is such a thing."""
    shown = subprocess.run([*_OURS, "publish", "--help"], cwd=_ROOT, capture_output=True, text=True, check=True)
    return ["--no-verify"] if "--no-verify" in shown.stdout else []


def _s5cmd_copy(folder: Path, bucket: str) -> list[str]:
    return ["s5cmd", "--numworkers", "4", "cp", f"{folder}/", f"s3://{bucket}/"]


def _aws_sync(folder: Path, bucket: str) -> list[str]:
    return ["aws", "s3", "sync", str(folder), f"s3://{bucket}", "--no-progress"]


def _rclone_copy(folder: Path, bucket: str) -> list[str]:
    return ["rclone", "copy", "--transfers", "4", str(folder), f"store:{bucket}"]


def _runner(command: Sequence[str], env: Mapping[str, str]) -> Callable[[int], Run]:
    return lambda _: measured(command, env=env)


def _in_new_bucket(bench: Bench, name: str, action: Callable[[str], Run]) -> Run:
    """Do something with a bucket of its own, which is gone afterwards, so that the disk does not fill."""
    client = bench.store.client()
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="warm", Body=b"a bucket's first write makes its volumes")
    client.delete_object(Bucket=name, Key="warm")
    try:
        return action(name)
    finally:
        client.delete_bucket(Bucket=name)


@contextlib.contextmanager
def _show(bench: Bench, episodes: int, size: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        yield build_show(Path(folder) / "show", episodes=episodes, size=size)


def _script(bench: Bench) -> Path:
    """Write the script that installers make of `[project.scripts]`."""
    script = bench.folder / "podcastkit"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom podcastkit.__main__ import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _versions() -> str:
    told = []
    for command in (["s5cmd", "version"], ["aws", "--version"], ["rclone", "version"], ["weed", "version"]):
        path = f"{_BIN}:{os.environ['PATH']}"
        done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)
        told.append(" ".join(done.stdout.split()[:3]) if command[0] != "s5cmd" else f"s5cmd {done.stdout.strip()}")
    return ", ".join(told)


if __name__ == "__main__":
    main()
