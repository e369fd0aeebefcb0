"""Damage feeds, and check them. Each check must end with findings or a pass, in limited time and memory.

    python -m tests.fuzz.fuzz_feed --cases 5000 --seed 1
    python -m tests.fuzz.fuzz_feed --seed 1 --only 417    # repeat one case

Each case takes at most ten CPU seconds, and all of them together less than 500 MB. Every finding has a place inside
the feed and a printable message.
"""

from __future__ import annotations

import re
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click

from podcastkit.checks.feed import check_document, gather_similar
from podcastkit.feed.xml_parser import read_document
from tests.checked_feeds import AT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from podcastkit.diagnostics import Diagnostic

_FEEDS = Path(__file__).parents[1] / "data" / "feeds"
_TIME_LIMIT = 10
_MEMORY = 500
"""The limit of the peak memory of the process in MB."""
_SNIPPETS = (
    b"&", b"<", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"&#0;", b"&#x10FFFF;", b"&nbsp;", b"\x00", b"\xff",
    b"\xed\xa0\x80", b'"', b"'", b">", b"</item>", b"<item>", b"<item/>" * 500, b"</channel>", b"<channel>",
    b"</rss>", b"<a>" * 200, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<!DOCTYPE rss>", b"x" * 2_000_000, b"\r", b"\r\n",
    b"<?xml version='1.0' encoding='utf-16'?>", b" xmlns:podcast='u'", b" xmlns='u'", "\u202e\u0085🎙é".encode(),
    b"9" * 5000, b"-1", b"1e999", b"NaN", b"99:99:99", b"Mon, 99 Xyz 0000 99:99:99 ZZZ", b"https://[::1", b"",
    b"true", b"Thu, 01 Jan 9999 00:00:00 -2359", b"http://a:b@c:99999/%zz", b"Episode 1" * 1000, b"<" * 5000,
    b"geo:" * 1000, b"FREQ=" * 1000, "<x\u200d><podcast:person>".encode(),
)  # fmt: skip


class _TooSlowError(BaseException):
    """The time limit is exceeded. `except Exception` does not catch this."""


@click.command()
@click.option("--cases", default=5000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=int, help="Run only this case.")
def main(cases: int, seed: int, only: int | None) -> None:
    """Run the cases. Exit 1 if one of them fails."""
    signal.signal(signal.SIGPROF, _stop)
    feeds = {path.name: path.read_bytes() for path in sorted(_FEEDS.rglob("*.xml"))}
    outcomes: Counter[str] = Counter()
    broken = 0
    for index in range(cases) if only is None else [only]:
        rng = Random(f"{seed}-{index}")  # noqa: S311 - repeatable, and not for secrets
        name, damage = rng.choice(sorted(feeds)), rng.choice(_DAMAGES)
        problem, outcome = _run_case(damage(feeds[name], rng))
        outcomes[outcome] += 1
        if problem:
            broken += 1
            click.echo(f"case {index}: {damage.__name__} {name}\n{problem}\n")
    # Unlike ru_maxrss, VmHWM does not include the memory of the parent process.
    [kilobytes] = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    taken = int(kilobytes) // 1024
    click.echo(f"{', '.join(f'{outcome}: {count}' for outcome, count in outcomes.most_common())}; {taken} MB")
    sys.exit(bool(broken) or taken > _MEMORY)


def _stop(_: int, __: FrameType | None) -> None:
    raise _TooSlowError


def _run_case(data: bytes) -> tuple[str | None, str]:
    """Check a feed. Return the problem or None, and the kind of result."""
    signal.setitimer(signal.ITIMER_PROF, _TIME_LIMIT)
    try:
        findings = check_document(read_document(data, "feed.xml"), at=AT)
        gather_similar(findings)
    except _TooSlowError:
        return f"took longer than {_TIME_LIMIT} s\n{traceback.format_exc()}", "too slow"
    except Exception:  # noqa: BLE001 - any exception is a failure
        return traceback.format_exc(), "exception"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    broken = {finding.code for finding in findings if finding.code < "F005"}
    outcome = f"{min(broken)}" if broken else "findings" if findings else "clean"
    lost = [finding for finding in findings if not _is_inside(finding, data)]
    return (f"{lost[0]} is outside the feed" if lost else None), outcome


def _is_inside(finding: Diagnostic, data: bytes) -> bool:
    where = finding.location
    if where is None or where.line is None or where.column is None or not finding.message.isprintable():
        return False
    lines = data.count(b"\n") + data.count(b"\r") + 1
    return 1 <= where.line <= lines and 1 <= where.column <= len(data) + 1


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip_bits(data: bytes, rng: Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20, 200))):
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _overwrite(data: bytes, rng: Random) -> bytes:
    start = rng.choice((0, rng.randrange(len(data))))
    return data[:start] + rng.randbytes(rng.choice((0, 1, 8, 100, 5000))) + data[start + 100 :]


def _insert_snippet(data: bytes, rng: Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 5))):
        start = rng.randrange(len(data))
        data = data[:start] + rng.choice(_SNIPPETS) + data[start + rng.choice((0, 0, 1, 30)) :]
    return data


def _spoil_value(data: bytes, rng: Random) -> bytes:
    """Replace a text or an attribute with a snippet, so that most feeds stay valid XML."""
    for _ in range(rng.choice((1, 3, 10))):
        ends = [place for place in range(1, len(data)) if data[place - 1 : place] in {b">", b'"'}]
        start = rng.choice(ends) if ends else 0
        stop = min((place for sign in (b"<", b'"') if (place := data.find(sign, start)) >= 0), default=len(data))
        snippet = rng.choice(_SNIPPETS).translate(None, b"<&\"'\x00\xff\xed")
        data = data[:start] + snippet + data[stop:]
    return data


def _move_lines(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    for _ in range(rng.choice((1, 5, 30))):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _transcode(data: bytes, rng: Random) -> bytes:
    text = data.decode("latin-1")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "cp500", "utf-8-sig")), "replace")


def _repeat(data: bytes, rng: Random) -> bytes:
    start, end = data.find(b"<item"), data.rfind(b"</item>") + len(b"</item>")
    return data[:start] + data[start:end] * rng.choice((2, 50)) + data[end:] if 0 <= start < end else data * 3


_DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _truncate, _flip_bits, _overwrite, _insert_snippet, _insert_snippet, _spoil_value, _spoil_value, _spoil_value,
    _move_lines, _transcode, _repeat,
)  # fmt: skip


if __name__ == "__main__":
    main()
