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

_OfVersion = TypeVar("_OfVersion", bound="Callable[[Version], Iterator[Found]]")
_OfMeasurement = TypeVar(
    "_OfMeasurement",
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


def version_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_OfVersion], _OfVersion]:
    """Add a function to the catalog that checks a version of an episode's audio."""
    return register_function(_make_rule(code, severity, destinations), _check_versions)


def measurement_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[_OfMeasurement], _OfMeasurement]:
    """Add a function to the catalog that checks measured audio.

    Its optional second parameter is the version.
    """
    return register_function(_make_rule(code, severity, destinations), _check_measurements)


def _make_rule(code: str, severity: Severity, destinations: tuple[str, ...]) -> Rule:
    return Rule(code=code, severity=severity, destinations=destinations, scope=Scope.EPISODE, at="audio")


def _check_versions(check: Callable[[Version], Iterator[Found]]) -> Callable[[Episode, Show], Iterator[Found]]:
    def check_episode(episode: Episode, show: Show) -> Iterator[Found]:
        for version in _list_versions(episode, show):
            for found in check(version):
                yield replace(found, location=version.location)

    return check_episode


def _check_measurements(check: Callable[..., Iterator[Found]]) -> Callable[[Episode, Show], Iterator[Found]]:
    check_both = accept_two_arguments(check)
    return _check_versions(lambda one: check_both(one.measurement, one) if one.measurement else iter(()))


def _list_versions(episode: Episode, show: Show) -> Iterator[Version]:
    for version in episode.versions:
        if version.audio:
            yield Version(
                audio=version.audio,
                measurement=version.measurement,
                settings=show.audio,
                location=version.location if isinstance(version, Alternate) else None,
            )
