"""Rules about each version of an episode's audio: the main audio and the alternates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from podcastkit.checks.rule import Rule, Scope, accept_two_arguments, register_function
from podcastkit.media.encoding import needs_encoding
from podcastkit.model import Alternate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from podcastkit.checks.rule import Found
    from podcastkit.diagnostics import Location, Severity
    from podcastkit.model import Audio, AudioSettings, Episode, Measurement, Show

_VersionCheck = TypeVar("_VersionCheck", bound="Callable[[Version], Iterator[Found]]")
_MeasurementCheck = TypeVar(
    "_MeasurementCheck",
    bound="Callable[[Measurement], Iterator[Found]] | Callable[[Measurement, Version], Iterator[Found]]",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version of an episode's audio, and the settings for its publication."""

    audio: Audio
    measurement: Measurement | None
    settings: AudioSettings
    location: Location | None
    """The place in the settings that names the file, or None for the main audio."""

    @property
    def is_master(self) -> bool:
        """Whether podcastkit encodes the file; it publishes other files unchanged."""
        return needs_encoding(self.audio, self.settings)


def version_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_VersionCheck], _VersionCheck]:
    """Return a decorator that adds a rule about a version of an episode's audio to the catalog."""
    return register_function(_make_rule(code, severity, destinations), _adapt_version_check)


def measurement_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[_MeasurementCheck], _MeasurementCheck]:
    """Return a decorator that adds a rule about measured audio to the catalog.

    The optional second parameter of the decorated function is the version.
    """
    return register_function(_make_rule(code, severity, destinations), _adapt_measurement_check)


def _make_rule(code: str, severity: Severity, destinations: tuple[str, ...]) -> Rule:
    return Rule(code=code, severity=severity, destinations=destinations, scope=Scope.EPISODE, at="audio")


def _adapt_version_check(
    check: Callable[[Version], Iterator[Found]],
) -> Callable[[Episode, Show], Iterator[Found]]:
    """Return a function that checks all versions of an episode with a function for one version."""

    def check_episode(episode: Episode, show: Show) -> Iterator[Found]:
        for version in _list_versions(episode, show):
            for found in check(version):
                yield replace(found, location=version.location)

    return check_episode


def _adapt_measurement_check(check: Callable[..., Iterator[Found]]) -> Callable[[Episode, Show], Iterator[Found]]:
    """Return a function that checks all measured versions of an episode with a function for one measurement."""
    check_measurement = accept_two_arguments(check)

    def check_version(version: Version) -> Iterator[Found]:
        return check_measurement(version.measurement, version) if version.measurement else iter(())

    return _adapt_version_check(check_version)


def _list_versions(episode: Episode, show: Show) -> Iterator[Version]:
    """Yield the versions of an episode whose audio was read."""
    for version in episode.versions:
        if version.audio:
            yield Version(
                audio=version.audio,
                measurement=version.measurement,
                settings=show.audio,
                location=version.location if isinstance(version, Alternate) else None,
            )
