"""What the producer does not want to hear: codes under `[check]`, and comments at a line."""

from __future__ import annotations

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
        self._lines: dict[tuple[str, int], frozenset[str]] = {}
        for silence in show.silences:
            for line in range(silence.first, silence.last + 1):
                here = (silence.file, line)
                self._lines[here] = self._lines.get(here, frozenset()) | silence.codes

    def __contains__(self, finding: Diagnostic) -> bool:
        if finding.severity is Severity.ERROR:
            return False
        where = finding.location
        here = self._lines.get((where.file, where.line or 0), frozenset()) if where else frozenset()
        return finding.code in self._codes or finding.code in here


@show_rule("S113", Severity.WARNING)
def ignored_codes_are_known(show: Show) -> Iterator[Found]:
    """`[check] ignore`, or a comment, names a code that no rule has.

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
    for silence in show.silences:
        for code in sorted(silence.codes - CATALOGUE.keys()):
            yield Found(
                message=f"there is no rule {code}, so that this comment silences nothing",
                hint="write the code as podcastkit check prints it",
                location=Location(file=silence.file, line=silence.first, column=1),
            )
