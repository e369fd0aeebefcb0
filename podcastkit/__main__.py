"""The command `podcastkit`, also as `python -m podcastkit`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command and leave with its exit code."""
    try:
        from podcastkit.cli.app import run  # noqa: PLC0415 - `import podcastkit` never pays for click
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run())


if __name__ == "__main__":
    main()
