"""Findings that the producer ignores: codes under `[check]`, and comments at a line."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from podcastkit.checks.rule import CATALOGUE, Found, show_rule
from podcastkit.diagnostics import Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Show, Silence


class Silenced:
    """The findings that a show silences. An error is never one: it tells of what cannot be published."""

    def __init__(self, show: Show) -> None:
        self._codes = frozenset(show.ignore)
        # From the top of each file down, so that the nearest comment above a line decides: it reaches the furthest.
        self._comments: dict[tuple[str, str], list[Silence]] = {}
        for silence in sorted(show.silences, key=lambda one: one.first):
            for code in silence.codes:
                self._comments.setdefault((silence.file, code), []).append(silence)

    def __contains__(self, finding: Diagnostic) -> bool:
        if finding.severity is Severity.ERROR:
            return False
        if finding.code in self._codes or finding.location is None:
            return finding.code in self._codes
        comments = self._comments.get((finding.location.file, finding.code), [])
        line = finding.location.line or 0
        above = bisect_right(comments, line, key=lambda one: one.first)
        return above > 0 and line <= comments[above - 1].last


@show_rule("S113", Severity.WARNING)
def ignored_codes_are_known(show: Show) -> Iterator[Found]:
    """`[check] ignore`, or a comment that silences rules, names a code that no rule has.

    Mostly it is mistyped, and what it should silence is still told. An error is told in any case, whatever stands
    there: it holds something back.

    **Solution**: write the code as `podcastkit check` prints it, or remove it.
    """
    for index, code in enumerate(show.ignore):
        if code not in CATALOGUE:
            yield Found(
                message=f"there is no rule {code}",
                hint='write the code as podcastkit check prints it: ignore = ["E103"]',
                at=f"check.ignore[{index}]",
            )
    episodes = {episode.folder: episode for episode in show.episodes}
    for silence in show.silences:
        for code in sorted(silence.codes - CATALOGUE.keys()):
            yield Found(
                message=f"there is no rule {code}",
                hint="write the code as podcastkit check prints it: podcastkit: ignore E103",
                location=Location(file=silence.file, line=silence.first),
                episode=episodes.get(silence.file.partition("/")[0]),
            )
