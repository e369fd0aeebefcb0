"""Rules about each version of an episode's audio: its own, and its alternates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from podcastkit.checks.rule import Rule, Scope, accept_whole, enter_function
from podcastkit.media.encoding import is_master
from podcastkit.model import Alternate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from podcastkit.checks.rule import Found
    from podcastkit.diagnostics import Location, Severity
    from podcastkit.model import Audio, AudioSettings, Episode, Measurement, Show

_OfVersion = TypeVar("_OfVersion", bound="Callable[[Version], Iterator[Found]]")
_OfMeasurement = TypeVar(
    "_OfMeasurement",
    bound="Callable[[Measurement], Iterator[Found]] | Callable[[Measurement, Version], Iterator[Found]]",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version of an episode's audio, and the settings by which it is published."""

    audio: Audio
    measurement: Measurement | None
    settings: AudioSettings
    location: Location | None
    """Where the settings name it; None: it is the episode's own."""

    @property
    def is_master(self) -> bool:
        """Whether it is encoded, rather than published as it is."""
        return is_master(self.audio, self.settings)


def version_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_OfVersion], _OfVersion]:
    """Enter a function that judges a version of an episode's audio."""
    return enter_function(_make_row(code, severity, destinations), _judge_versions)


def measured_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_OfMeasurement], _OfMeasurement]:
    """Enter a function that judges what was measured; a second parameter gets the version."""
    return enter_function(_make_row(code, severity, destinations), _judge_measurements)


def _make_row(code: str, severity: Severity, destinations: tuple[str, ...]) -> Rule:
    return Rule(code=code, severity=severity, destinations=destinations, scope=Scope.EPISODE, at="audio")


def _judge_versions(judge: Callable[[Version], Iterator[Found]]) -> Callable[[Episode, Show], Iterator[Found]]:
    def judge_episode(episode: Episode, show: Show) -> Iterator[Found]:
        for version in _list_versions(episode, show):
            for found in judge(version):
                yield replace(found, location=version.location)

    return judge_episode


def _judge_measurements(judge: Callable[..., Iterator[Found]]) -> Callable[[Episode, Show], Iterator[Found]]:
    ask = accept_whole(judge)
    return _judge_versions(lambda one: ask(one.measurement, one) if one.measurement else iter(()))


def _list_versions(episode: Episode, show: Show) -> Iterator[Version]:
    for version in episode.versions:
        if version.audio:
            yield Version(
                audio=version.audio,
                measurement=version.measurement,
                settings=show.audio,
                location=version.location if isinstance(version, Alternate) else None,
            )
