"""Findings that the producer ignores: codes under `[check]`, and comments at a line."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from podcastkit.checks.rule import CATALOGUE, Found, show_rule
from podcastkit.diagnostics import Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Show


class Silenced:
    """The findings that a show silences. An error is never one: it tells of what cannot be published."""

    def __init__(self, show: Show) -> None:
        self._codes = frozenset(show.ignore)
        # By file and code: the lines at which comments stand, ascending, and the last line of each one's reach.
        self._reach: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        for silence in sorted(show.silences, key=lambda one: (one.first, one.last)):
            for code in silence.codes:
                firsts, lasts = self._reach.setdefault((silence.file, code), ([], []))
                firsts.append(silence.first)
                lasts.append(max([silence.last, *lasts[-1:]]))

    def __contains__(self, finding: Diagnostic) -> bool:
        if finding.severity is Severity.ERROR:
            return False
        where = finding.location
        return finding.code in self._codes or (where is not None and self._is_reached(finding.code, where))

    def _is_reached(self, code: str, where: Location) -> bool:
        firsts, lasts = self._reach.get((where.file, code), ([], []))
        above = bisect_right(firsts, where.line or 0)
        return above > 0 and (where.line or 0) <= lasts[above - 1]


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
