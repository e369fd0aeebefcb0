"""Rules about intros and outros: S142 to S145."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.mastering.joining import LONGEST_CROSSFADE, calculate_crossfade
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Location
    from podcastkit.model import Clip, Episode, Show

_MINUTE = timedelta(minutes=1)
_MAX_CLIP = timedelta(minutes=2)


@show_rule("S142", Severity.ERROR, at="audio.crossfade")
def check_crossfade_fits_clips(show: Show) -> Iterator[Found]:
    """The crossfade is longer than the intro or outro, or longer than 30 seconds.

    A clip cannot overlap an episode for longer than it lasts. Listeners cannot follow two voices at once for more
    than a few seconds anyway.

    **Solution**: write fewer seconds, or remove `crossfade`.

    ```toml
    [audio]
    intro = "intro.wav"
    crossfade = 2
    ```
    """
    length = calculate_crossfade(show.audio)
    clips = [(name, clip) for name, clip, _ in _list_clips(show)]
    short_clip = next(((name, clip) for name, clip in clips if clip.audio.duration < length), None)
    if short_clip:
        name, clip = short_clip
        message = (
            f"the crossfade is {_format_length(length)} long, "
            f"but the {name} {clip.audio.path.name} is only {_format_clip_length(clip)} long"
        )
    elif clips and length > LONGEST_CROSSFADE:
        longest = _format_length(LONGEST_CROSSFADE)
        message = f"a crossfade of {_format_length(length)} is too long: at most {longest} are allowed"
    else:
        return
    yield Found(message=message, hint="write a smaller crossfade, or remove it")


@episode_rule("S143", Severity.ERROR, at="audio")
def check_crossfade_fits_episode(episode: Episode, show: Show) -> Iterator[Found]:
    """The crossfade is longer than half of an episode.

    Listeners would still hear the intro when the outro begins, so podcastkit holds the episode back.

    **Solution**: shorten `crossfade` under `[audio]`, or publish the episode without the clips: write
    `intro: false` and `outro: false` at the top of its notes.
    """
    length = calculate_crossfade(show.audio)
    if episode.audio and (episode.intro or episode.outro) and length > episode.audio.duration / 2:
        yield Found(
            message=f"the crossfade is {_format_length(length)} long, which is more than half of the episode",
            hint="write a smaller crossfade under [audio], "
            "or write intro: false and outro: false at the top of the notes",
        )


@show_rule("S144", Severity.WARNING)
def check_clips_are_not_episodes(show: Show) -> Iterator[Found]:
    """The intro or outro is identical to the audio of an episode, byte for byte.

    Listeners would hear the episode twice, or a whole episode before every other one.

    **Solution**: replace the file with the right one, or correct its name.
    """
    episodes_by_hash = {
        version.master.sha256: episode
        for episode in show.episodes
        for version in episode.versions
        if version.master and not episode.stays_in
    }
    for clip, (name, location) in _list_unique_clips(show).items():
        if same_episode := episodes_by_hash.get(clip.master.sha256):
            yield Found(
                message=f"the {name} {clip.audio.path.name} is identical to "
                f"an audio file of {same_episode.folder}, byte for byte",
                hint="replace the file with the right one, or correct its name",
                location=location,
            )


@show_rule("S145", Severity.INFO)
def check_clip_length(show: Show) -> Iterator[Found]:
    """The intro or outro is longer than two minutes.

    Listeners hear it in every episode, and many skip it.

    **Solution**: if the length is intentional, you can ignore this finding. Otherwise shorten the file: listeners
    recognize a short clip, too.
    """
    for clip, (name, location) in _list_unique_clips(show).items():
        if clip.audio.duration > _MAX_CLIP:
            yield Found(
                message=f"the {name} {clip.audio.path.name} is {_format_clip_length(clip)} long, "
                "and plays in every episode",
                hint="no action is needed if this is intentional; otherwise shorten the file",
                location=location,
            )


def _list_clips(show: Show) -> Iterator[tuple[str, Clip, Location | None]]:
    """Yield each intro and outro of the episodes to publish: its key, the clip, and the location of the setting."""
    for episode in show.episodes:
        for name, clip in (("intro", episode.intro), ("outro", episode.outro)):
            if clip and not episode.stays_in:
                yield name, clip, episode.locations.get(name) or show.locations.get(f"audio.{name}")


def _list_unique_clips(show: Show) -> dict[Clip, tuple[str, Location | None]]:
    """Return each clip once, with the name and the place of its first use."""
    first_uses: dict[Clip, tuple[str, Location | None]] = {}
    for name, clip, location in _list_clips(show):
        first_uses.setdefault(clip, (name, location))
    return first_uses


def _format_clip_length(clip: Clip) -> str:
    return _format_length(clip.audio.duration)


def _format_length(length: timedelta) -> str:
    seconds = length.total_seconds()
    rounded = timedelta(seconds=round(seconds))
    return format_minutes(rounded) if rounded >= _MINUTE else f"{seconds:g} s"
