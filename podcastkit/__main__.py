"""The command `podcastkit`, also as `python -m podcastkit`."""

from __future__ import annotations

import sys

from podcastkit.cli.streams import OutputError, prepare_streams
from podcastkit.version import __version__


def main() -> None:
    """Run the command and exit with its exit code."""
    prepare_streams()
    try:
        code = _run()
        sys.stdout.flush()
    except OutputError as error:
        if error.reason:
            sys.stderr.write(f"Error: the output cannot be written: {error.reason}\n")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _run() -> int:
    if sys.argv[1:] == ["--version"]:  # scripts call this often, so do not import click
        sys.stdout.write(f"podcastkit {__version__}\n")
        return 0
    from podcastkit.cli.app import run  # noqa: PLC0415 - click is slow to import

    return run()


if __name__ == "__main__":
    main()
