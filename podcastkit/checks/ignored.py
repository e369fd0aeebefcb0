"""Findings that the producer ignores: codes under `[check]`, and comments next to a line."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from podcastkit.checks.rule import CATALOG, Found, show_rule
from podcastkit.diagnostics import Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Show, Silence


class IgnoredFindings:
    """The findings that a show ignores. An error is never ignored, because it prevents a publish."""

    def __init__(self, show: Show) -> None:
        self._codes = frozenset(show.ignore)
        # Sorted by line: of the comments above a finding, the nearest one extends furthest down, so it decides.
        self._comments: dict[tuple[str, str], list[Silence]] = {}
        for silence in sorted(show.silences, key=lambda silence: silence.first):
            for code in silence.codes:
                self._comments.setdefault((silence.file, code), []).append(silence)

    def __contains__(self, finding: Diagnostic) -> bool:
        if finding.severity is Severity.ERROR:
            return False
        if finding.code in self._codes or finding.location is None:
            return finding.code in self._codes
        comments = self._comments.get((finding.location.file, finding.code), [])
        line = finding.location.line or 0
        count_above = bisect_right(comments, line, key=lambda silence: silence.first)
        return count_above > 0 and line <= comments[count_above - 1].last


@show_rule("S113", Severity.WARNING)
def check_ignored_codes(show: Show) -> Iterator[Found]:
    """`[check] ignore`, or a comment that ignores rules, names a code that does not exist.

    The code is probably mistyped, so podcastkit still reports the findings that you wanted to ignore. It also
    reports all errors, because they prevent a publish.

    **Solution**: write the code as `podcastkit check` prints it, or remove it.
    """
    for index, code in enumerate(show.ignore):
        if code not in CATALOG:
            yield Found(
                message=f"there is no rule {code}",
                hint='write the code as podcastkit check prints it: ignore = ["E103"]',
                at=f"check.ignore[{index}]",
            )
    episodes_by_folder = {episode.folder: episode for episode in show.episodes}
    for silence in show.silences:
        for code in sorted(silence.codes - CATALOG.keys()):
            yield Found(
                message=f"there is no rule {code}",
                hint="write the code as podcastkit check prints it: podcastkit: ignore E103",
                location=Location(file=silence.file, line=silence.first),
                episode=episodes_by_folder.get(silence.file.partition("/")[0]),
            )
