"""Write the generated pages of docs/reference: `python -m tests.write_reference`."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from podcastkit.checks.rule import CATALOG, DIRECTORIES, RETIRED
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

Every command takes the show folder as an optional argument. By default, the show is the current
folder, the nearest parent folder that contains `show.toml`, or `episodes/`.

Results go to standard output; progress and errors go to standard error. Progress bars are drawn only on
a terminal. Set `NO_COLOR` to disable colors. Exit codes:

| code | meaning |
|---|---|
| 0 | success |
| 1 | findings or failures, including a due episode that was held back |
| 2 | wrong usage |
| 129 | the terminal was closed |
| 130 | interrupted by Ctrl-C |
| 143 | terminated by SIGTERM |

On a terminal, a real `publish` shows its plan and asks for confirmation if an episode becomes public for
the first time, or if a change affects subscribers: an episode disappears, a published date changes, or
all audio is replaced. Without a terminal, new episodes are published without a question, and changes that
affect subscribers require `--yes`. `withdraw`, `prune` and a `rollback` that affects subscribers also ask.
A trial does not ask, except `prune`.

If a destination fails, a command retries for ten minutes, and reports each wait on standard error.
`PODCASTKIT_PATIENCE` changes this time (see [Environment variables](#environment-variables)).

`--to` is relative to the current folder; `to` in show.toml is relative to the show. A moment `--at` in the
future is allowed only for previews and trials.

`python -m tests.write_reference` generates this page.
"""

_TAIL = """
## Environment variables

- `PODCASTKIT_PATIENCE` multiplies all waiting times, from 0 to 1000; the default is 1. Use `2` for a slow or
  unreliable network, or `0` to fail without a retry. Values below 1 shorten retries and pauses, but not the
  time that a server has to answer
- `PODCASTKIT_CACHE` sets the folder for the cache
- `PODCASTKIT_FFMPEG` sets an ffmpeg to use instead of the bundled one
- `NO_COLOR` disables colors

Buckets also read the environment variables of AWS tools, such as `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY` and `AWS_PROFILE`.

## JSON

- `check --format json`: `{"findings": [{"code", "severity", "message", "hint", "file", "line",
  "column", "episode", "destinations"}], "verdicts": {"apple": "pass" or "fail", …}, "audio":
  [{"episode", "file", "duration", "loudness", "loudness_range", "true_peak", "becomes"}]}`. The units are
  seconds, LUFS, LU and dBTP; values of silent audio are null. `becomes` is the loudness of the published
  audio of a master, or null if it is not changed. The list is empty for a feed and with `--no-audio`. If
  there is no show to check, the object is that of a failed `publish`
- `plan --json`: `{"schema": 1, "changes": [{"kind", "guid", "episode", "field", "old", "new",
  "destructive"}], "actions": [{"action": "upload", "update", "keep" or "remove", "key", "size",
  "reason"}], "next_due"}`
- `publish --json`: the object of `plan`, and `{"outcome", "feed_url", "trial", "committed", "uploaded",
  "bytes", "held_back": [{"episode", "reason", "due"}], "findings", "verify"}`. `verify` is the object of
  `verify --json`, or null if nothing was verified. The outcome is `published`, `unchanged`, `partial` or
  `published-unverified` (the feed is live, but apps cannot fetch all of it)
- `rollback --json`: the same as `publish`
- `withdraw --json`: the same, and `{"purge": […]}`, the URLs that a CDN may still serve
- `master --json`: a list of `{"episode", "file", "as_given", "published", "encoded", "path", "size",
  "sha256", "duration", "bitrate", "encoder", "loudness_before", "loudness", "loudness_range",
  "true_peak", "error", "warning"}`. The units are bytes, seconds, bit/s, LUFS, LU and dBTP; missing values
  are null. `encoded` is true if the audio was encoded in this run
- `history --json`: `{"schema": 1, "feeds": [{"feed", "at", "episodes", "size"}]}`, the live feed first
- `prune --json`: the object of `plan`, and `{"removed", "spared", "kept"}`. `removed` is true if files were
  deleted. `spared` contains the keys that another publish needs again. `kept` contains
  `[{"key", "size", "until"}]` for files that no live feed uses and that are kept for now
- a failure of any of these: `{"schema", "outcome": "refused", "conflict", "unreachable" or "stopped", "error",
  "hint", "findings"}`, and `changes` if they require `--yes`. With `unreachable`, a later try may succeed; with
  `refused`, someone must fix the cause first
- `verify --json`: `{"feed", "ok", "checks": [{"url", "check", "ok", "status", "message"}]}`. The check is
  `feed` (the feed exists and can be read), `revalidation` (304 if nothing has changed), `head`, `range`,
  `length`, `type`, `tls`, `redirects`, `cors` (transcripts and chapters, for web players), or `file` (the
  file exists in the folder). With `--deep`, it can also be `content` or `duration`. `status` is the HTTP status,
  or null without an answer. `--deep` adds `"downloaded"`, in bytes, except for a folder
- `probe --json`: a list of `{"path", "duration", "format", "bitrate", "sample_rate", "channels",
  "size", "title", "artist", "album", "track", "chapters": [{"start", "title"}], "exact", "warnings"}`, or
  `{"path", "error"}`, and `declared` (the length in the header) for a file with less sound than that. The
  units are seconds, bit/s, Hz and bytes. `exact` is true if the length was counted, and false if it was
  estimated. `warnings` lists problems of the tags. With `--loudness` also `"loudness"`, `"loudness_range"`
  and `"true_peak"`, in LUFS, LU and dBTP, or null for silent audio
"""


_TABLES = ("a table: [", "a table for each")
"""The descriptions of values that are separate tables in show.toml."""

_RULES = """\
# Rules

This page lists all findings of `podcastkit check` by code, with the problem, the effect, the solution and
the source. `podcastkit check --explain E103` shows one of these pages in the terminal.

- An **error** holds back the episode or the whole show. Published episodes stay unchanged.
- A **warning** does not hold anything back, but listeners will notice: something is missing, cut or left out.
- An **info** is for your information, for example a value that was taken from a file name.

The severity of a rule is its highest one; some of its findings can be lower, as the page says. A rule of
specific directories and standards affects only their verdicts. All other rules affect every verdict.

The first letter of a code is the subject:

{families}

Codes are never reused. Retired codes: {retired}.

## How to silence a rule

For the whole show, in show.toml:

```toml
[check]
ignore = ["E103"]
```

In one place, with a comment on a separate line, above the line of the finding:

| in | the comment |
|---|---|
| show.toml, front matter, chapters.txt | `# podcastkit: ignore S107` |
| notes | `<!-- podcastkit: ignore N102 -->` |
| WebVTT | a block `NOTE podcastkit: ignore T006` above the block of the finding |

You can list several codes: `# podcastkit: ignore S107 S102`. Errors cannot be silenced.
"""


def describe_commands() -> str:
    """Return the page of all commands, with their `--help`."""
    runner = CliRunner()
    parts = [_HEAD]
    for name in ["", *commands.list_commands(click.Context(commands))]:
        arguments = [*name.split(), "--help"]
        shown = runner.invoke(commands, arguments, prog_name="podcastkit", terminal_width=100).output
        title = f"podcastkit {name}".strip()
        parts.append(f"## {title}\n\n```text\n{shown.rstrip()}\n```\n")
    return "\n".join(parts) + _TAIL


def describe_rules() -> str:
    """Return the page of all rules."""
    families = {letter: list(_select_rules(letter)) for letter in FAMILIES}
    lines = "\n".join(f"- **{letter}**: {FAMILIES[letter]}" for letter, rules in families.items() if rules)
    retired = "; ".join(f"{code} ({meaning})" for code, meaning in RETIRED.items())
    parts = [_RULES.format(families=lines, retired=retired)]
    parts += [_write_table(letter, rules) for letter, rules in families.items() if rules]
    first = {rule.page: rule.code for rule in reversed(CATALOG.values())}
    parts += [_write_section(rule, first[rule.page]) for rules in families.values() for rule in rules]
    return "\n".join(parts)


def describe_feed() -> str:
    """Return the page with its tables of tags generated from `SHOW_TAGS` and `ITEM_TAGS`."""
    page = (REFERENCE / "feed.md").read_text(encoding="utf-8")
    for title, tags in (("The show", SHOW_TAGS), ("An episode", ITEM_TAGS)):
        before, heading, after = page.partition(f"## {title}\n\n")
        _, gap, rest = after.partition("\n\n")
        page = f"{before}{heading}{_write_tag_table(tags)}{gap}{rest}"
    return page


def _write_tag_table(tags: Mapping[str, Tag]) -> str:
    head = "| tag | value | limit | source | read by |\n|---|---|---|---|---|"
    return "\n".join([head, *(f"| `{name}` | {tag.reference} |" for name, tag in tags.items())])


def _select_rules(letter: str) -> Iterator[Rule]:
    return (CATALOG[code] for code in sorted(CATALOG) if code.startswith(letter))


def _write_table(letter: str, rules: Sequence[Rule]) -> str:
    rows = []
    for rule in rules:
        cells = (
            f"[{rule.code}](#{rule.code.lower()})",
            rule.severity,
            _list_destinations(rule),
            _escape_cell(rule.title),
        )
        rows.append(f"| {' | '.join(cells)} |")
    head = f"## {letter}: {FAMILIES[letter]}\n\n| code | severity | required by | finding |\n|---|---|---|---|"
    return "\n".join([head, *rows, ""])


def _write_section(rule: Rule, first: str) -> str:
    """Return the section of a rule; `first` is the code of the first rule with the same page."""
    page = rule.page if first == rule.code else _refer_to(first, rule)
    return f"## {rule.code}\n\n{rule.severity.capitalize()} · {_list_destinations(rule)}\n\n{page}\n"


def _refer_to(first: str, rule: Rule) -> str:
    suffix = ", but for an episode" if rule.code.startswith("E") else ""
    return f"The same as [{first}](#{first.lower()}){suffix}."


def _list_destinations(rule: Rule) -> str:
    return ", ".join(DIRECTORIES[name] for name in rule.destinations) or "all"


def _escape_cell(text: str) -> str:
    return text.replace("|", "\\|")


def _list_keys_in_braces() -> Iterator[Key]:
    """Yield the keys of values such as `{name, role}`, each prefixed with the key that contains them."""
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
    "in braces": (list(_list_keys_in_braces()), ()),
    "translations": (TRANSLATION_KEYS, ()),
}
"""The tables of keys in show-folder.md, and the dataclasses whose fields have the defaults."""


def describe_show_folder() -> str:
    """Return the page with its tables of keys generated from the declared keys."""
    page = (REFERENCE / "show-folder.md").read_text(encoding="utf-8")
    return re.sub(r"(<!-- keys: ([\w. ]+) -->\n).*?(<!-- end of keys -->)", _fill_in_keys, page, flags=re.DOTALL)


def _fill_in_keys(match: re.Match[str]) -> str:
    keys, files = KEYS[match[2]]
    rows = ["| key | value | description | default |", "|---|---|---|---|"]
    for key in keys:
        default = "required" if key.example else _find_default(key, files)
        rows.append(
            f"| `{key.name}` | {_describe_value(key.field)} | {key.doc} | {default} |".replace("|  |", "| |")
        )
    return match[1] + "\n".join(rows) + "\n" + match[3]


def _find_default(key: Key, files: Sequence[type]) -> str:
    """Return the default of the field that the key sets."""
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


def _describe_value(field: Field[object]) -> str:
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
