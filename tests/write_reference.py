"""Write the pages of docs/reference that come from the program: `python -m tests.write_reference`."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from podcastkit.checks.rule import CATALOGUE, DESTINATIONS, RETIRED
from podcastkit.cli.app import commands
from podcastkit.feed.item_tags import ITEM_TAGS
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.model import AudioSettings, Episode, PublishSettings, Schedule, Show
from podcastkit.project.front_matter import FRONT_MATTER_KEYS, FrontMatter
from podcastkit.project.show_file import (
    AUDIO_KEYS,
    PUBLISH_KEYS,
    SCHEDULE_KEYS,
    SHOW_KEYS,
    TRANSLATION_KEYS,
    ShowFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from podcastkit.checks.rule import Rule
    from podcastkit.feed.tags import Tag
    from podcastkit.text.schema.keys import Field, Key

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
FAMILIES = {
    "S": "the show",
    "E": "episodes",
    "A": "audio",
    "I": "artwork and other pictures",
    "N": "notes and other texts",
    "C": "chapters",
    "T": "transcripts",
    "F": "the feed",
}

_HEAD = """\
# Commands

Every command takes the show's folder as its optional argument. Without it, the show is the current
folder, else the nearest one around it that holds `show.toml`, else `episodes/`.

Answers go to standard output, progress and trouble to standard error; progress bars are drawn on a
terminal only, and `NO_COLOR` is honoured. Exit codes: 0 fine; 1 findings or failure, also when
something that is due was held back; 2 a wrong call; 130 interrupted by Ctrl-C, 143 by SIGTERM,
129 by closing the terminal.

On a terminal, a real `publish` shows its plan and asks when an episode becomes public for the first
time, or when something is taken away from subscribers: an episode vanishes, a published date moves,
all audio is replaced. Without a terminal new episodes go out, and what takes something away is
refused without `--yes`. `withdraw`, `prune` and a `rollback` by which something vanishes or moves
ask, too. A trial does not ask, except `prune`.

Where a destination fails, a command tries again for ten minutes, and says on standard error when.
`PODCASTKIT_PATIENCE` changes how long (see [Environment variables](#environment-variables)).

`--to` is relative to the current folder, `to` in show.toml to the show. `--at` later than now is
for looking and for trials only.

This page is written by `python -m tests.write_reference`.
"""

_TAIL = """
## Environment variables

- `PODCASTKIT_PATIENCE` multiplies all waiting times: `2` doubles them, for a slow or unreliable network;
  `0` does not wait to try again, for a job that should fail at once. The number is from 0 to 1000, by
  default 1. Numbers below 1 shorten retries and their pauses, never the time that a server has to answer
- `PODCASTKIT_CACHE` names another folder for the cache
- `PODCASTKIT_FFMPEG` names another ffmpeg than the bundled one
- `NO_COLOR` switches colours off

Buckets also read the variables of AWS tools, such as `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
`AWS_PROFILE`.

## JSON

- `check --format json`: `{"findings": [{"code", "severity", "message", "hint", "file", "line",
  "column", "episode", "destinations"}], "verdicts": {"apple": "pass" or "fail", …}, "audio":
  [{"episode", "file", "duration", "loudness", "loudness_range", "true_peak", "becomes"}]}`. Seconds,
  LUFS, LU, dBTP, null for what is silent; `becomes` is the loudness that a master gets, or null where
  it stays. The list is empty for a feed and with `--no-audio`. When there is no show to look at, the
  same as of a failed `publish`
- `plan --json`: `{"schema": 1, "changes": [{"kind", "guid", "episode", "field", "old", "new",
  "destructive"}], "actions": [{"action": "upload", "update", "keep" or "remove", "key", "size",
  "reason"}], "next_due"}`
- `publish --json`: the plan's object and `{"outcome", "feed_url", "trial", "committed", "uploaded",
  "bytes", "held_back": [{"episode", "reason", "due"}], "findings", "verify"}`, where `verify` is the
  object of `verify --json`, or null when nothing was fetched. The outcome is `published`,
  `unchanged`, `partial` or `published-unverified` (it is live, and apps cannot fetch all of it)
- `rollback --json`: the same as of `publish`
- `withdraw --json`: the same and `{"purge": […]}`, the addresses that a CDN may still serve
- `master --json`: a list of `{"episode", "file", "as_given", "published", "encoded", "path", "size",
  "sha256", "duration", "bitrate", "encoder", "loudness_before", "loudness", "loudness_range",
  "true_peak", "error", "warning"}`: bytes, seconds, bit/s, LUFS, LU, dBTP; null where there is nothing
  to tell. `encoded` says that it was made just now
- `history --json`: `{"schema": 1, "feeds": [{"feed", "at", "episodes", "size"}]}`, the present one first
- `prune --json`: the plan's object and `{"removed", "spared", "kept"}`: whether it was done, the keys that stay
  because somebody else published meanwhile, and `[{"key", "size", "until"}]` of what no live feed names and
  stays for now
- a failure of any of these: `{"schema", "outcome": "refused", "conflict", "unreachable" or "stopped", "error",
  "hint", "findings"}`, and `changes` when they want a `--yes`; `unreachable` means that the same may work in a
  while, `refused` that somebody has to act first
- `verify --json`: `{"feed", "ok", "checks": [{"url", "check", "ok", "status", "message"}]}`. The check is
  `feed` (it is there, and can be read), `revalidation` (304 when nothing changed), `head`, `range`,
  `length`, `type`, `tls`, `redirects`, `cors` (transcripts and chapters, for web players), `file`
  (it lies in the folder), or with `--deep` `content` and `duration` (what is in the file, and how long
  it plays); the status is HTTP's, null without an answer. `--deep` adds `"downloaded"`, in bytes; it is
  absent for a folder
- `probe --json`: a list of `{"path", "duration", "format", "bitrate", "sample_rate", "channels",
  "size", "title", "artist", "album", "track", "chapters": [{"start", "title"}], "exact", "warnings"}`, or
  `{"path", "error"}`, and `declared` (the length that it promises) for a file that has less sound than
  that. Seconds, bit/s, Hz, bytes; `exact` says that the length was counted, not estimated; `warnings`
  says what is wrong with the tags. With `--loudness` also `"loudness"`, `"loudness_range"` and
  `"true_peak"`: LUFS, LU, dBTP, null for what is silent
"""


_TABLES = ("a table: [", "a table for each")
"""What values are called that have a table of their own in show.toml."""

_RULES = """\
# Rules

What `podcastkit check` can find, by code: what is wrong, why that hurts, what to do, and who says so.
`podcastkit check --explain E103` shows the same page on a terminal.

- An **error** holds something back: the episode that it is about, or the whole show. What is public
  already stays as it is.
- A **warning** holds nothing back, but listeners will notice: something is missing, cut off or left out.
- An **info** is for you to know, such as what was guessed.

The severity of a rule is the harshest that its findings have; some are milder, as the page says. A rule
of named directories and standards counts in their verdicts alone, any other in all of them.

The first letter of a code tells what it is about:

{families}

A code never gets another meaning. Retired, and found no more: {retired}.

## How to silence a rule

For the whole show, in show.toml:

```toml
[check]
ignore = ["E103"]
```

At one place, by a comment on a line of its own, above the line that it is about:

| in | the comment |
|---|---|
| show.toml, front matter, chapters.txt | `# podcastkit: ignore S107` |
| notes | `<!-- podcastkit: ignore N102 -->` |
| WebVTT | a block `NOTE podcastkit: ignore T006` above the one that it is about |

Several codes stand one behind the other: `# podcastkit: ignore S107 S102`. An error cannot be silenced.
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


def describe_rules() -> str:
    """Return the page."""
    families = {letter: list(_family(letter)) for letter in FAMILIES}
    told = "\n".join(f"- **{letter}**: {FAMILIES[letter]}" for letter, rules in families.items() if rules)
    retired = "; ".join(f"{code} ({meaning})" for code, meaning in RETIRED.items())
    parts = [_RULES.format(families=told, retired=retired)]
    parts += [_table(letter, rules) for letter, rules in families.items() if rules]
    first = {rule.page: rule.code for rule in reversed(CATALOGUE.values())}
    parts += [_section(rule, first[rule.page]) for rules in families.values() for rule in rules]
    return "\n".join(parts)


def describe_feed() -> str:
    """Return the page as it is, with its tables of tags from the program."""
    page = (REFERENCE / "feed.md").read_text(encoding="utf-8")
    for title, tags in (("The show", SHOW_TAGS), ("An episode", ITEM_TAGS)):
        before, heading, after = page.partition(f"## {title}\n\n")
        _, gap, rest = after.partition("\n\n")
        page = f"{before}{heading}{_tag_table(tags)}{gap}{rest}"
    return page


def _tag_table(tags: Mapping[str, Tag]) -> str:
    head = "| tag | comes from | limit | source | who reads it |\n|---|---|---|---|---|"
    return "\n".join([head, *(f"| `{name}` | {tag.reference} |" for name, tag in tags.items())])


def _family(letter: str) -> Iterator[Rule]:
    return (CATALOGUE[code] for code in sorted(CATALOGUE) if code.startswith(letter))


def _table(letter: str, rules: Sequence[Rule]) -> str:
    rows = [
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {_whose(rule)} | {_cell(rule.title)} |"
        for rule in rules
    ]
    head = f"## {letter}: {FAMILIES[letter]}\n\n| code | severity | whose rule | what |\n|---|---|---|---|"
    return "\n".join([head, *rows, ""])


def _section(rule: Rule, first: str) -> str:
    """Return the section of a rule; `first` is the code of the first rule with the same page."""
    page = rule.page if first == rule.code else _refer_to(first, rule)
    return f"## {rule.code}\n\n{rule.severity.capitalize()} · {_whose(rule)}\n\n{page}\n"


def _refer_to(first: str, rule: Rule) -> str:
    words = ", of an episode" if rule.code.startswith("E") else ""
    return f"The same as [{first}](#{first.lower()}){words}."


def _whose(rule: Rule) -> str:
    return ", ".join(DESTINATIONS[name] for name in rule.destinations) or "all"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _keys_in_braces() -> Iterator[Key]:
    """Yield the keys of values such as `{name, role}`, each behind the key that has such values."""
    seen = set()
    for key in (*SHOW_KEYS, *FRONT_MATTER_KEYS):
        if key.name not in seen and not key.field.wanted.startswith(_TABLES):
            yield from (dataclasses.replace(below, name=f"{key.name}.{below.name}") for below in key.field.keys)
        seen.add(key.name)


KEYS: dict[str, tuple[Sequence[Key], tuple[type, ...]]] = {
    "show.toml": (SHOW_KEYS, (ShowFile, Show)),
    "schedule": (SCHEDULE_KEYS, (Schedule,)),
    "publish": (PUBLISH_KEYS, (PublishSettings,)),
    "audio": (AUDIO_KEYS, (AudioSettings,)),
    "front matter": (FRONT_MATTER_KEYS, (FrontMatter, Episode)),
    "in braces": (list(_keys_in_braces()), ()),
    "translations": (TRANSLATION_KEYS, ()),
}
"""The tables of keys in show-folder.md, and the dataclasses whose fields have the defaults."""


def describe_show_folder() -> str:
    """Return the page, with its tables of keys as the keys are declared."""
    page = (REFERENCE / "show-folder.md").read_text(encoding="utf-8")
    return re.sub(r"(<!-- keys: ([\w. ]+) -->\n).*?(<!-- end of keys -->)", _fill_in_keys, page, flags=re.DOTALL)


def _fill_in_keys(match: re.Match[str]) -> str:
    keys, files = KEYS[match[2]]
    rows = ["| key | value | what | default |", "|---|---|---|---|"]
    for key in keys:
        default = "required" if key.example else _default_of(key, files)
        rows.append(f"| `{key.name}` | {_kind_of(key.field)} | {key.doc} | {default} |".replace("|  |", "| |"))
    return match[1] + "\n".join(rows) + "\n" + match[3]


def _default_of(key: Key, files: Sequence[type]) -> str:
    """Return the default that the field has which the key fills."""
    fields = [field for file in files for field in dataclasses.fields(file)]
    name = key.fills or key.name
    value = next((field.default for field in fields if field.name == name), None)
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'`"{value}"`'
        case int() | float():
            return f"{value:g}"
        case timedelta():
            return f"{value.total_seconds():g}"
        case _:
            return ""


def _kind_of(field: Field[object]) -> str:
    if not field.keys or field.wanted.startswith(_TABLES):
        return field.wanted
    names = ", ".join(key.name for key in field.keys)
    alone = f", or its {field.short} alone" if field.short else ""
    several = ", or a list" if field.wanted.endswith("list") else ""
    return f"`{{{names}}}`{alone}{several}"


PAGES = {
    "commands.md": describe_commands,
    "feed.md": describe_feed,
    "rules.md": describe_rules,
    "show-folder.md": describe_show_folder,
}


if __name__ == "__main__":
    for name, describe in PAGES.items():
        (REFERENCE / name).write_text(describe(), encoding="utf-8")
