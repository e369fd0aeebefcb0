"""Run every scenario, and print the results as a Markdown table: `python -m tests.faults.report`."""

from __future__ import annotations

import platform
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.scenarios import SCENARIOS, Played, Scenario, play
from tests.seaweedfs import run_store


def main() -> None:
    """Run every scenario in turn, and print its row as soon as it ends."""
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    print(f"Run on {datetime.now(UTC):%Y-%m-%d} with SeaweedFS and {machine}.\n")  # noqa: T201
    print("| fault | result | requests | next publish |\n|---|---|---:|---|")  # noqa: T201
    with run_store() as store:
        for scenario in SCENARIOS:
            with tempfile.TemporaryDirectory() as folder:
                print(format_row(scenario, play(scenario, store, Path(folder))), flush=True)  # noqa: T201


def format_row(scenario: Scenario, played: Played) -> str:
    """Return the row of a scenario."""
    if played.outcome.name == "published":
        result = "published" if played.feed_after == played.feed_expected else "**published another feed**"
    else:
        result = f"exit 1, `{played.outcome.name}`: {_remove_places(played.outcome.message)}"
        result += "; feed unchanged" if played.feed_after == played.feed_before else "; **feed changed**"
    result += "".join(f"; **{fault}**" for fault in played.faults)
    requests = "" if played.requests is None else str(played.requests)
    return f"| {scenario.fault} | {result} | {requests} | {_describe_next(played)} |"


def _remove_places(message: str) -> str:
    """Remove the paths and URLs of this run."""
    return re.sub(r"/\S+", "the folder", re.sub(r" at http://\S+", "", message))


def _describe_next(played: Played) -> str:
    if played.next_outcome.name == "unchanged":
        return "nothing to do"
    sent = f"uploads {len(played.sent)} of {len(played.sent | played.missing)} missing files"
    is_right = played.feed_at_last == played.feed_expected and not played.faults_at_last
    return f"{sent}, feed {'same as without a fault' if is_right else '**differs**'}"


if __name__ == "__main__":
    main()
