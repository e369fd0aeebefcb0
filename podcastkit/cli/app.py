"""The command line: find the command, run it, and return an exit code."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from podcastkit.cli.errors import STOPPED, describe_error, print_error
from podcastkit.cli.output import Declined, print_json
from podcastkit.diagnostics import PodcastkitError
from podcastkit.text.quoting import hide_secrets
from podcastkit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_MODULES = {
    "check": "podcastkit.cli.check",
    "history": "podcastkit.cli.history",
    "levels": "podcastkit.cli.levels",
    "master": "podcastkit.cli.master",
    "plan": "podcastkit.cli.plan",
    "probe": "podcastkit.cli.probe",
    "prune": "podcastkit.cli.prune",
    "publish": "podcastkit.cli.publish",
    "rollback": "podcastkit.cli.history",
    "verify": "podcastkit.cli.verify",
    "withdraw": "podcastkit.cli.withdraw",
}
"""The module of each command. The function in the module has the name of the command."""

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
"""Ctrl-C, `kill`, and a closed terminal; on Windows also Ctrl-Break and a closed window."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    The exit code is 0 for success, 1 for findings or a failure and 2 for a usage error. A command that is stopped
    returns 130 (Ctrl-C), 143 (SIGTERM) or 129 (closed terminal). A second signal ends the process.
    """
    shared: dict[str, bool] = {}  # options of any command record their values here
    with _stop_on_signals() as signals:
        try:
            return int(
                commands.main(args=arguments, prog_name="podcastkit", standalone_mode=False, obj=shared) or 0
            )
        except click.ClickException as error:
            error.message = hide_secrets(error.message)  # type: ignore[misc] # click repeats an invalid value
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            if shared.get("as_json"):
                print_json(STOPPED)
            click.echo(f"stopped: {STOPPED['hint']}", err=True)
            return 128 + (signals[0] if signals else signal.SIGINT)
        except PodcastkitError as error:
            if shared.get("as_json"):
                print_json(describe_error(error))
            if isinstance(error, Declined):
                click.echo(f"{error.message}; {error.hint}", err=True)
            else:
                print_error(error)
            return 1


@contextmanager
def _stop_on_signals() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at the first signal that ends a command, and yield the list of received signals."""
    received: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        received.append(number)
        # Restore the default handlers, so that a second signal ends the process at once.
        for handled in old_handlers:
            signal.signal(handled, signal.SIG_DFL)
        raise KeyboardInterrupt

    old_handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # other threads cannot set handlers
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        # Signals that are ignored (nohup) stay ignored.
        old_handlers |= {number: handler for number, handler in handlers.items() if handler != signal.SIG_IGN}
    try:
        for number in old_handlers:
            signal.signal(number, stop)
        yield received
    finally:
        for number, handler in old_handlers.items():
            signal.signal(number, handler)


class _LazyGroup(click.Group):
    """A group that imports the module of a command only when the command runs.

    Source: Click documentation, Complex Applications, "Lazily Loading Subcommands".
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None for an unknown name."""
        if cmd_name not in _MODULES:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(_MODULES[cmd_name]), cmd_name)
        return command


@click.group(
    cls=_LazyGroup,
    commands={name: click.Command(name) for name in _MODULES},  # lists and suggestions only need the names
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="podcastkit %(version)s")
def commands() -> None:
    """Publish a limited-series podcast from a folder of episodes.

    SHOW is the folder that contains show.toml. Without SHOW, podcastkit uses the current folder, the nearest
    parent folder that contains show.toml, or episodes/.
    """
