"""Measure complete processes, in shuffled rounds, so that changes of the load affect all of them equally."""

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
    """The wall time and CPU time (seconds) and the peak memory (MB) of one process."""

    wall: float
    cpu: float
    memory: float


def run_measured(command: Sequence[str], *, env: Mapping[str, str], codes: Sequence[int] = (0,)) -> Run:
    """Run a command and measure it. Raise RuntimeError if it exits with another code."""
    # The peak memory of a child includes that of its parent at the fork, so a small program starts it.
    starter = [sys.executable, "-I", "-S", str(Path(__file__).with_name("start.py")), *command]
    done = subprocess.run(starter, env=dict(env), capture_output=True, text=True, check=False)
    facts: Any = json.loads(done.stdout) if done.returncode == 0 else {"code": done.returncode}
    if facts["code"] not in codes:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return Run(wall=facts["wall"], cpu=facts["cpu"], memory=facts["memory"])


def run_interleaved(candidates: Mapping[str, Callable[[int], Run]], rounds: int) -> dict[str, list[Run]]:
    """Run every candidate once per round, in random order. A candidate receives the number of the round."""
    runs: dict[str, list[Run]] = {name: [] for name in candidates}
    for number in range(rounds):
        names = list(candidates)
        random.SystemRandom().shuffle(names)
        for name in names:
            runs[name].append(candidates[name](number))
            time.sleep(0.2)  # the store may still work after its answers
    return runs


def print_table(title: str, runs: Mapping[str, Sequence[Run]], notes: Mapping[str, str] | None = None) -> None:
    """Print a Markdown table. The ratio is the wall time of the first row divided by that of the row."""
    ours = next(iter(runs))
    print(f"\n### {title}\n")
    print("| | wall time in s (minimum to maximum) | ratio | CPU s | MB | |\n|---|---|---|---|---|---|")
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
    """Describe the computer."""
    model = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GB, Python {sys.version.split()[0]}, load {load:.1f}"
