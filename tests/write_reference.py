"""Write docs/reference/commands.md from the program itself: `python -m tests.write_reference`."""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from podcastkit.cli.app import commands

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"

_HEAD = """\
# Commands

Every command takes the show's folder as its optional argument. Without it, the show is the current
folder, else the nearest one around it that holds `show.toml`, else `episodes/`.

Answers go to standard output, progress and trouble to standard error; progress bars are drawn on a
terminal only, and `NO_COLOR` is honoured. Exit codes: 0 fine; 1 findings or failure, also when
something that is due was held back; 2 a wrong call; 130 interrupted by Ctrl-C, 143 by SIGTERM.

On a terminal, a real `publish` shows its plan and asks when an episode becomes public for the first
time, or when something is taken away from subscribers: an episode vanishes, a published date moves,
all audio is replaced. Without a terminal new episodes go out, and what takes something away is
refused without `--yes`. `withdraw`, `prune` and a `rollback` by which something vanishes or moves
ask, too. A trial does not ask, except `prune`.

Where a destination fails, a command tries again for ten minutes, and says on standard error when.

`--to` is relative to the current folder, `to` in show.toml to the show. `--at` later than now is
for looking and for trials only.

This page is written by `python -m tests.write_reference`.
"""

_TAIL = """
## JSON

- `check --format json`: `{"findings": [{"code", "severity", "message", "hint", "file", "line",
  "column", "destinations"}], "verdicts": {"apple": "pass" or "fail", …}}`; when there is no show to look at,
  the same as of a failed `publish`
- `plan --json`: `{"schema": 1, "changes": [{"kind", "guid", "episode", "field", "old", "new",
  "destructive"}], "actions": [{"action": "upload", "update", "keep" or "remove", "key", "size",
  "reason"}], "next_due"}`
- `publish --json`: the plan's object and `{"outcome", "feed_url", "trial", "committed", "uploaded",
  "bytes", "held_back": [{"episode", "reason", "due"}], "findings", "verify"}`, where `verify` is the
  object of `verify --json`, or null when nothing was fetched. The outcome is `published`,
  `unchanged`, `partial` or `published-unverified` (it is live, and apps cannot fetch all of it)
- `rollback --json`: the same as of `publish`
- `withdraw --json`: the same and `{"purge": […]}`, the addresses that a CDN may still serve
- `history --json`: `{"schema": 1, "feeds": [{"feed", "at", "episodes", "size"}]}`, the present one first
- `prune --json`: the plan's object and `{"removed"}`, whether it was done
- a failure of any of these: `{"schema", "outcome": "refused", "conflict", "unreachable" or "stopped",
  "error", "hint", "findings"}`, and `changes` when they want a `--yes`
- `verify --json`: `{"feed", "ok", "checks": [{"url", "check", "ok", "status", "message"}]}`. The check is
  `feed` (it is there, and can be read), `revalidation` (304 when nothing changed), `head`, `range`,
  `length`, `type`, `tls`, `redirects`, `cors` (transcripts and chapters, for web players), or `file`
  (it lies in the folder); the status is HTTP's, null without an answer
- `probe --json`: a list of `{"path", "duration", "format", "bitrate", "sample_rate", "channels",
  "size", "title", "artist", "album", "track", "chapters": [{"start", "title"}], "exact"}`, or
  `{"path", "error"}`. Seconds, bit/s, Hz, bytes; `exact` says that the length was counted, not
  estimated
"""


def describe_commands() -> str:
    """Return the page."""
    runner = CliRunner()
    parts = [_HEAD]
    for name in ["", *commands.list_commands(click.Context(commands))]:
        arguments = [*name.split(), "--help"]
        shown = runner.invoke(commands, arguments, prog_name="podcastkit", terminal_width=100).output
        title = f"podcastkit {name}".strip()
        parts.append(f"## {title}\n\n```text\n{shown.rstrip()}\n```\n")
    return "\n".join(parts) + _TAIL


if __name__ == "__main__":
    PAGE.write_text(describe_commands(), encoding="utf-8")
