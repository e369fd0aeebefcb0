"""The command `podcastkit`, also as `python -m podcastkit`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from podcastkit.version import __version__


def main() -> None:
    """Run the command and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:  # what scripts ask again and again needs no click
        sys.stdout.write(f"podcastkit {__version__}\n")
        return
    if isinstance(sys.stdout, TextIOWrapper):  # a log in an old code page cannot hold every title
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from podcastkit.cli.app import run  # noqa: PLC0415 - `import podcastkit` never pays for click
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run())


if __name__ == "__main__":
    main()
