"""Rules about intros and outros: S142 to S145."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.mastering.joining import LONGEST_CROSSFADE, crossfade_of
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Location
    from podcastkit.model import Clip, Episode, Show

_MINUTE = timedelta(minutes=1)
_LONGEST_CLIP = timedelta(minutes=2)


@show_rule("S142", Severity.ERROR, at="audio.crossfade")
def crossfade_fits_the_clips(show: Show) -> Iterator[Found]:
    """The crossfade is longer than the intro or the outro, or than 30 seconds.

    A clip cannot be heard together with an episode for longer than it lasts. Two voices at once are hard to follow
    for more than a few seconds anyway.

    **Solution**: write fewer seconds, or leave `crossfade` out.

    ```toml
    [audio]
    intro = "intro.wav"
    crossfade = 2
    ```
    """
    length = crossfade_of(show.audio)
    clips = [(name, clip) for name, clip, _ in _clips(show)]
    short = next(((name, clip) for name, clip in clips if clip.audio.duration < length), None)
    if short:
        name, clip = short
        message = f"the crossfade takes {_say(length)}, and the {name} {clip.audio.path.name} {_length(clip)}"
    elif clips and length > LONGEST_CROSSFADE:
        message = f"a crossfade of {_say(length)} is too long: {_say(LONGEST_CROSSFADE)} are the most"
    else:
        return
    yield Found(message=message, hint="shorten crossfade, or leave it out")


@episode_rule("S143", Severity.ERROR, at="audio")
def crossfade_fits_the_episode(episode: Episode, show: Show) -> Iterator[Found]:
    """The crossfade takes more than half of an episode.

    The intro would still be heard when the outro begins, so the episode is held back.

    **Solution**: shorten `crossfade` under `[audio]`, or let the episode go without: `intro: false` and
    `outro: false` at the top of its notes.
    """
    length = crossfade_of(show.audio)
    if episode.audio and (episode.intro or episode.outro) and length > episode.audio.duration / 2:
        yield Found(
            message=f"the crossfade takes {_say(length)}, which is more than half of it",
            hint="shorten crossfade under [audio], or write intro: false and outro: false at the top of its notes",
        )


@show_rule("S144", Severity.WARNING)
def clips_are_no_episodes(show: Show) -> Iterator[Found]:
    """The intro or outro is the same file as an episode's audio, byte for byte.

    Listeners would hear the episode twice, or a whole episode before every other one.

    **Solution**: put the right file in its place, or correct its name.
    """
    own = {
        version.master.sha256: episode
        for episode in show.episodes
        for version in episode.versions
        if version.master and not episode.stays_in
    }
    for clip, (name, where) in _once(show).items():
        if same := own.get(clip.master.sha256):
            yield Found(
                message=f"the {name} {clip.audio.path.name} is the same as what {same.folder} has, byte for byte",
                hint="put the right file in its place, or correct its name",
                location=where,
            )


@show_rule("S145", Severity.INFO)
def clips_are_short(show: Show) -> Iterator[Found]:
    """The intro or outro is longer than two minutes.

    Listeners hear it in every episode, and many skip until it is over.

    **Solution**: nothing, when it is meant. Else cut it: what is known by heart may be short.
    """
    for clip, (name, where) in _once(show).items():
        if clip.audio.duration > _LONGEST_CLIP:
            yield Found(
                message=f"the {name} {clip.audio.path.name} is {_length(clip)} long, and heard in every episode",
                hint="nothing needs to be done when it is meant; else shorten it",
                location=where,
            )


def _clips(show: Show) -> Iterator[tuple[str, Clip, Location | None]]:
    """Yield what is heard around each episode, and where the settings name it."""
    for episode in show.episodes:
        for name, clip in (("intro", episode.intro), ("outro", episode.outro)):
            if clip and not episode.stays_in:
                yield name, clip, episode.locations.get(name) or show.locations.get(f"audio.{name}")


def _once(show: Show) -> dict[Clip, tuple[str, Location | None]]:
    """Return each of them once, with what it is first."""
    first: dict[Clip, tuple[str, Location | None]] = {}
    for name, clip, where in _clips(show):
        first.setdefault(clip, (name, where))
    return first


def _length(clip: Clip) -> str:
    return _say(clip.audio.duration)


def _say(length: timedelta) -> str:
    seconds = length.total_seconds()
    whole = timedelta(seconds=round(seconds))
    return format_minutes(whole) if whole >= _MINUTE else f"{seconds:g} s"
