"""Masters for benchmarks, the commands that podcastkit runs for them, and loudnorm in two passes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.media.ffmpeg import find_ffmpeg
from tests.benchmarks.shows import make_notes
from tests.shows import SHOW_TOML, write_artwork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SPEECH = Path(__file__).parents[2] / "episodes" / "03-wav-master" / "master.wav"
_QUIET = "[0]aresample=44100,aformat=channel_layouts=stereo,volume=-11dB[speech];[1]aformat=channel_layouts=stereo"
_OVER_NOISE = f"{_QUIET}[noise];[speech][noise]amix=duration=shortest:normalize=0"
_RECORDER = """#!/bin/sh
for argument; do printf '%s\\0' "$argument" >> "{log}"; done
printf '\\0' >> "{log}"
if [ -d "{cache}/media" ]; then mkdir -p "{copy}"; cp -rn "{cache}/media" "{copy}/"; fi
exec "{ffmpeg}" "$@"
"""


def build_masters(folder: Path, *, episodes: int, minutes: float) -> Path:
    """Write a show whose masters are stereo WAVs with synthetic speech and noise."""
    folder.mkdir(parents=True)
    (folder / "show.toml").write_text(SHOW_TOML, encoding="utf-8")
    write_artwork(folder / "artwork.jpg")
    for number in range(1, episodes + 1):
        episode = folder / f"{number:02}-part"
        episode.mkdir()
        (episode / "notes.md").write_text(make_notes(number), encoding="utf-8")
        noise = f"anoisesrc=color=pink:amplitude=0.01:sample_rate=44100:seed={number}"
        inputs = ("-stream_loop", "-1", "-i", str(_SPEECH), "-f", "lavfi", "-i", noise)
        made = ("-t", str(minutes * 60), "-c:a", "pcm_s16le", str(episode / "audio.wav"))
        _run_ffmpeg(*inputs, "-filter_complex", _OVER_NOISE, *made)
    return folder


def record_calls(folder: Path, cache: Path, command: Sequence[str], env: Mapping[str, str]) -> list[list[str]]:
    """Run a command, and return the arguments of every ffmpeg that it starts, except queries of the version.

    The media files of the cache are copied to `copy` in the folder before each call, to run the calls again.
    """
    folder.mkdir()
    log, program = folder / "log", folder / "recorder"
    log.touch()
    words = {"log": log, "cache": cache, "copy": folder / "copy", "ffmpeg": find_ffmpeg()}
    program.write_text(_RECORDER.format(**words), encoding="utf-8")
    program.chmod(0o755)
    variables = {**env, "PODCASTKIT_CACHE": str(cache), "PODCASTKIT_FFMPEG": str(program)}
    subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=True)
    calls = log.read_text(encoding="utf-8").split("\0\0")[:-1]
    return [arguments for call in calls if "-version" not in (arguments := call.split("\0"))]


def write_script(path: Path, calls: Sequence[Sequence[str]], cache: Path, copy: Path) -> Path:
    """Write the same commands as a shell script that uses a copy of the cache."""
    (copy / "media").mkdir(parents=True, exist_ok=True)
    lines = [shlex.join([find_ffmpeg(), *call]).replace(str(cache), str(copy)) for call in calls]
    path.write_text("set -e\n" + "".join(f"{line} > /dev/null 2>&1\n" for line in lines), encoding="utf-8")
    return path


def normalize(master: str, target: str) -> None:
    """Normalize with ffmpeg's `loudnorm` as documented: measure, then encode with the measured values."""
    wanted = "loudnorm=I=-16:TP=-1:LRA=11"
    log = _run_ffmpeg("-loglevel", "info", "-i", master, "-af", f"{wanted}:print_format=json", "-f", "null", "-")
    found: dict[str, str] = json.loads(log[log.rindex("{") : log.rindex("}") + 1])
    names = {"measured_I": "input_i", "measured_TP": "input_tp", "measured_LRA": "input_lra"}
    names |= {"measured_thresh": "input_thresh", "offset": "target_offset"}
    measured = ":".join(f"{name}={found[key]}" for name, key in names.items())
    chain = f"{wanted}:{measured}:linear=true,aresample=44100"
    _run_ffmpeg(
        "-i", master, "-af", chain, "-c:a", "libmp3lame", "-b:a", "128k", "-ar", "44100", "-f", "mp3", target
    )


def describe(calls: Sequence[Sequence[str]]) -> list[str]:
    """Return the filters and the encoder of each command."""
    lines = []
    for call in calls:
        filters = [value for name, value in pairwise(call) if name in {"-af", "-filter_complex"}]
        codecs = [value for name, value in pairwise(call) if name == "-c:a"]
        names = re.findall(r"(?:^|[,;\]])([a-z0-9]+)", ";".join(filters))
        lines.append(", ".join([*names, *codecs]) or "decoding")
    return lines


def empty_folder(folder: Path) -> Path:
    """Empty a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _run_ffmpeg(*arguments: str) -> str:
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-nostats", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


if __name__ == "__main__":
    normalize(*sys.argv[1:])
