"""Whole processes, measured, in shuffled rounds so that the machine's moods hit all alike."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one process took: seconds of wall and of CPU, MB of memory at most."""

    wall: float
    cpu: float
    memory: float


def measured(command: Sequence[str], *, env: Mapping[str, str], codes: Sequence[int] = (0,)) -> Run:
    """Run a command to its end and measure it; raise RuntimeError when it exits with another code."""
    # The child's largest memory counts from its fork, so that something small has to start it.
    starter = [sys.executable, "-I", "-S", str(Path(__file__).with_name("start.py")), *command]
    done = subprocess.run(starter, env=dict(env), capture_output=True, text=True, check=False)
    facts: Any = json.loads(done.stdout) if done.returncode == 0 else {"code": done.returncode}
    if facts["code"] not in codes:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return Run(wall=facts["wall"], cpu=facts["cpu"], memory=facts["memory"])


def interleaved(candidates: Mapping[str, Callable[[int], Run]], rounds: int) -> dict[str, list[Run]]:
    """Let every candidate run once in each round, in an order of its own; a candidate gets the round's number."""
    runs: dict[str, list[Run]] = {name: [] for name in candidates}
    for number in range(rounds):
        names = list(candidates)
        random.SystemRandom().shuffle(names)
        for name in names:
            runs[name].append(candidates[name](number))
            time.sleep(0.2)  # what a store does after its answers is not the next candidate's
    return runs


def print_table(title: str, runs: Mapping[str, Sequence[Run]], notes: Mapping[str, str] | None = None) -> None:
    """Print a Markdown table; the ratio is ours (the first row's wall time) to the row's."""
    ours = next(iter(runs))
    print(f"\n### {title}\n")
    print("| | wall s (least to most) | ours is … × it | CPU s | MB | |\n|---|---|---|---|---|---|")
    for name, taken in runs.items():
        walls = [run.wall for run in taken]
        ratio = median_wall(runs[ours]) / median_wall(taken)
        cpu = statistics.median(run.cpu for run in taken)
        memory = max(run.memory for run in taken)
        spread = f"{median_wall(taken):.3f} ({min(walls):.3f} to {max(walls):.3f})"
        note = (notes or {}).get(name, "")
        print(f"| {name} | {spread} | {ratio:.2f} | {cpu:.2f} | {memory:.0f} | {note} |")
    sys.stdout.flush()


def median_wall(runs: Sequence[Run]) -> float:
    """Return the median of the wall times."""
    return statistics.median(run.wall for run in runs)


def describe_machine() -> str:
    """Tell what the figures were measured on."""
    model = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GB, Python {sys.version.split()[0]}, load {load:.1f}"
