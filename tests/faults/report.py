"""Print what happened in each scenario, as a Markdown table: python -m tests.faults.report."""

from __future__ import annotations

import platform
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.scenarios import SCENARIOS, Played, Scenario, play
from tests.seaweedfs import running


def main() -> None:
    """Play every scenario, one after another, and print its row as soon as it is over."""
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    print(f"Run on {datetime.now(UTC):%Y-%m-%d} with SeaweedFS and {machine}.\n")  # noqa: T201
    print("| fault | what happened | requests | the next publish |\n|---|---|---:|---|")  # noqa: T201
    with running() as store:
        for scenario in SCENARIOS:
            with tempfile.TemporaryDirectory() as folder:
                print(row(scenario, play(scenario, store, Path(folder))), flush=True)  # noqa: T201


def row(scenario: Scenario, played: Played) -> str:
    """Return a scenario's row."""
    if played.outcome.name == "published":
        happened = "published" if played.feed_after == played.feed_expected else "**published another feed**"
    else:
        happened = f"exit 1, `{played.outcome.name}`: {_shortened(played.outcome.message)}"
        happened += "; feed as it was" if played.feed_after == played.feed_before else "; **feed changed**"
    happened += "".join(f"; **{fault}**" for fault in played.faults)
    asked = "" if played.requests is None else str(played.requests)
    return f"| {scenario.fault} | {happened} | {asked} | {_next(played)} |"


def _shortened(message: str) -> str:
    """Leave out where the test's own places were."""
    return re.sub(r"/\S+", "the folder", re.sub(r" at http://\S+", "", message))


def _next(played: Played) -> str:
    if played.next_outcome.name == "unchanged":
        return "nothing to do"
    sent = f"sent {len(played.sent)} of {len(played.sent | played.missing)} missing files"
    is_right = played.feed_at_last == played.feed_expected and not played.faults_at_last
    return f"{sent}, feed {'as without the fault' if is_right else '**differs**'}"


if __name__ == "__main__":
    main()
