"""Rules about what only decoding the audio tells: A202 to A219. Audio that was not measured is not judged.

Of a master, which is levelled on its way to listeners, only that is told which levelling does not mend.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, show_rule
from podcastkit.checks.versions import measured_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import delivered_channels, is_master
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.model import EpisodeType
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.checks.versions import Version
    from podcastkit.model import Episode, Measurement, Show

_LARGEST_SPREAD = 1.5
_LARGEST_GAIN = 20.0
"""DB; our own figure: noise that nobody heard at -60 dBFS is then at -40."""
_LARGEST_CUT = 9.0
"""DB; our own figure: what is taken down so far is felt as nearly half as loud."""
_CLIPPED = 10
"""Samples; fewer are nothing that anybody hears."""
_LONGEST_EDGE = timedelta(seconds=3)
_LONGEST_HOLE = timedelta(seconds=10)
_LENGTH_TOLERANCE = timedelta(seconds=1)
_LEAST = 0.9
"""The part of what a file promises that must be heard, as `media.probing` asks for, too."""


@measured_rule("A202", Severity.WARNING)
def audio_is_whole(heard: Measurement, version: Version) -> Iterator[Found]:
    """Parts of the audio are damaged: a decoder meets what it cannot decode.

    Listeners hear a click or a gap there, or their app stops. For MP3 this is not said, because tags at its end
    look the same to a decoder; what is missing in one tells A203.

    **Solution**: export or copy the file again, and listen to the place.
    """
    if heard.errors and version.audio.format != "mp3":
        yield Found(
            message="parts of it are damaged and cannot be decoded",
            hint="export or copy it again: something happened to this file",
        )


@measured_rule("A203", Severity.ERROR, "apple", "psp1")
def length_is_what_it_says(heard: Measurement, version: Version) -> Iterator[Found]:
    """The audio is longer or shorter than its own header says, by more than a second.

    Apps show a wrong length, and jump to wrong places; when it is shorter, a part is missing or damaged. It is an
    error if more than a tenth is missing, and otherwise a warning.

    **Solution**: export it again. A file that was cut or joined without an editor is made whole by exporting it.

    Source: PSP-1, item, `itunes:duration`.
    """
    stated = version.audio.duration
    if abs(heard.duration - stated) > _LENGTH_TOLERANCE:
        yield Found(
            message=f"it says that it is {format_clock(stated)} long, "
            f"and {format_clock(heard.duration)} can be heard",
            hint="export or copy it again" + (": a part is missing or damaged" if heard.duration < stated else ""),
            severity=None if heard.duration < _LEAST * stated else Severity.WARNING,
        )


@measured_rule("A204", Severity.WARNING, "apple")
def loudness_is_on_target(heard: Measurement, version: Version) -> Iterator[Found]:
    """The audio goes out as it is, more than 1 LU louder or quieter than the loudness that the show aims at.

    Who listens in a car, or to one episode after another, must turn the volume up or down. The target is `loudness`
    under `[audio]`, -16 LUFS when nothing is said; with `loudness = false` this is not checked. Mono is measured as
    it is heard, from two loudspeakers, so that the target is the same. What podcastkit encodes, it sets to that
    loudness itself.

    **Solution**: put the WAV into the folder in its place. Or set the loudness (not the peak) in your audio editor,
    and export it again: in Audacity “Loudness Normalization”, in Audition “Match Loudness”, in Auphonic the
    loudness target.

    Source: Apple, Audio requirements (support page 893): -16 LKFS ± 1 dB, by ITU-R BS.1770-5.
    """
    target = version.settings.loudness
    if heard.loudness is None or target is None or version.is_master:
        return
    off = round(heard.loudness - target, 1)
    if abs(off) > LOUDNESS_TOLERANCE:
        yield Found(
            message=f"it is {abs(off):.1f} LU {'louder' if off > 0 else 'quieter'} than {target:g} LUFS: "
            f"its loudness is {heard.loudness:.1f} LUFS",
            hint="put the WAV into the folder in its place, or set its loudness "
            f"to {target:g} LUFS in your audio editor, and export it again",
        )


@measured_rule("A205", Severity.WARNING, "apple", "spotify")
def peaks_leave_room(heard: Measurement, version: Version) -> Iterator[Found]:
    """The true peak of the audio is above -1 dBTP.

    What is that close to full scale, or beyond it, distorts in players and when an app encodes it once more. What
    podcastkit encodes, it limits itself, unless `loudness = false` stands under `[audio]`.

    **Solution**: a limiter at -1 dBTP (“true peak”), last of all in your audio editor; then export it again.

    Source: Apple, Audio requirements (support page 893): at most -1 dB; Spotify's recommendation is the same.
    """
    is_limited = version.is_master and version.settings.loudness is not None
    if heard.true_peak is not None and heard.true_peak > HIGHEST_PEAK and not is_limited:
        yield Found(
            message=f"its true peak is {heard.true_peak:.1f} dBTP; more than -1.0 may distort",
            hint="put a limiter at -1 dBTP behind everything else, and export it again",
        )


@measured_rule("A206", Severity.WARNING)
def audio_is_not_clipped(heard: Measurement) -> Iterator[Found]:
    """The loudest parts of the audio are cut off: several samples in a row stand on the same peak.

    That is heard as a crackle. It happens when a recording or a mix was louder than a file can hold. What was
    turned down and then encoded as MP3 or M4A is not found any more.

    **Solution**: lower the level before the export, or record again with less gain; “declip” in an audio editor
    mends a little. If this is how it shall sound, silence the rule.
    """
    if heard.clipped >= _CLIPPED:
        yield Found(
            message=f"its loudest parts are cut off (clipped) at {heard.clipped:,} samples",
            hint="lower the level before the export, or record it again with less gain",
        )


@measured_rule("A207", Severity.WARNING)
def audio_begins_at_once(heard: Measurement, version: Version) -> Iterator[Found]:
    """The audio begins with more than 3 seconds of silence.

    Listeners think that the app hangs, and skip.

    **Solution**: cut the beginning, and export it again. Silent is what stays below -50 dBFS. `trim = true` under
    `[audio]` cuts it off what podcastkit encodes.
    """
    if heard.silent_start > _LONGEST_EDGE and not _is_trimmed(version):
        yield Found(
            message=f"it begins with {_seconds(heard.silent_start)} of silence",
            hint="cut the beginning, and export it again",
        )


@measured_rule("A208", Severity.WARNING)
def audio_ends_in_time(heard: Measurement, version: Version) -> Iterator[Found]:
    """The audio ends with more than 3 seconds of silence.

    Listeners wait for more, and the next episode of a series comes late. Minutes of it are mostly a track that was
    longer than the mix.

    **Solution**: cut the end, and export it again. Silent is what stays below -50 dBFS. `trim = true` under
    `[audio]` cuts it off what podcastkit encodes.
    """
    if heard.silent_end > _LONGEST_EDGE and not _is_trimmed(version):
        yield Found(
            message=f"it ends with {_seconds(heard.silent_end)} of silence",
            hint="cut the end, and export it again",
        )


@measured_rule("A209", Severity.WARNING)
def audio_has_no_hole(heard: Measurement) -> Iterator[Found]:
    """In the middle of the audio it is silent for 10 seconds or more.

    A pause of that length sounds like the end. Mostly a track was muted, or a cut left a hole.

    **Solution**: listen to the place. If the pause is meant, silence the rule.
    """
    holes = _holes(heard)
    if holes:
        more = f" (and {len(holes) - 1} more such holes)" if len(holes) > 1 else ""
        start, end = holes[0]
        yield Found(
            message=f"at {format_clock(start)} it is silent for {_seconds(end - start)}{more}",
            hint="listen to the place: a track may be muted there",
        )


@measured_rule("A210", Severity.WARNING)
def audio_is_heard(heard: Measurement) -> Iterator[Found]:
    """There is nothing but silence in the audio.

    Surely the wrong track was exported. It would be published, since silence is a valid file.

    **Solution**: export it again, and listen before you publish.
    """
    if heard.is_silent:
        yield Found(message="there is nothing but silence in it", hint="export it again: a track may be muted")


@show_rule("A211", Severity.WARNING)
def season_is_equally_loud(show: Show) -> Iterator[Found]:
    """The loudest and the quietest episode of a season are more than 1.5 LU apart.

    Who listens to one after another turns the volume up and down, even where each is within a unit of the target.
    Trailers, bonuses and drafts do not count; what podcastkit encodes counts with the loudness that it gets.

    **Solution**: set the loudness of the one that is furthest from the target (`loudness` under `[audio]`), or put
    WAVs into all folders: podcastkit sets them to one loudness.

    Source: our own measure, a little less than Apple's tolerance to both sides of its target (support page 893).
    """
    seasons: dict[int, list[tuple[float, str]]] = {}
    for episode in show.episodes:
        loudness = _loudness_of(episode, show)
        if loudness is not None and episode.type is EpisodeType.FULL and not episode.stays_in:
            seasons.setdefault(episode.season or show.season, []).append((loudness, episode.folder))
    for season, measured in sorted(seasons.items()):
        (quiet, quietest), (loud, loudest) = min(measured), max(measured)
        if round(loud - quiet, 1) > _LARGEST_SPREAD:
            yield Found(
                message=f"the episodes of season {season} are not equally loud: {loudest} ({loud:.1f} LUFS) is "
                f"{loud - quiet:.1f} LU louder than {quietest} ({quiet:.1f} LUFS)",
                hint="set all of them to the same loudness in your audio editor, and export those that change",
            )


@measured_rule("A212", Severity.WARNING)
def master_is_loud_enough(heard: Measurement, version: Version) -> Iterator[Found]:
    """A master is so quiet that it is raised by more than 20 dB.

    The noise of the room and of the microphone is raised as much, and heard in every pause.

    **Solution**: record with more gain, or take the noise out before the export. If that noise is meant, silence
    the rule.

    Source: our own measure: noise that nobody heard at -60 dBFS is then at -40.
    """
    gain = _gain_of(heard, version)
    if gain is not None and gain > _LARGEST_GAIN:
        yield Found(
            message=f"its loudness is {heard.loudness:.1f} LUFS, so that it is raised by {gain:.1f} dB, "
            "and its noise with it",
            hint="record it with more gain, or take the noise out before the export",
        )


@measured_rule("A213", Severity.WARNING)
def peaks_survive_the_limiter(heard: Measurement, version: Version) -> Iterator[Found]:
    """The peaks of a master stand so far above the rest that the limiter must take more than 9 dB off them.

    A clap, a bump against the microphone or a laugh near it sounds dull then, and what is heard beside it becomes
    quiet for a moment.

    **Solution**: lower these places in your audio editor, or put a compressor on the voice; then export it again.

    Source: our own measure: what is taken down so far is felt as nearly half as loud.
    """
    gain = _gain_of(heard, version)
    if gain is None:
        return
    cut = gain if heard.true_peak is None else heard.true_peak + gain - HIGHEST_PEAK
    if round(cut, 1) > _LARGEST_CUT:
        yield Found(
            message=f"once it is at {version.settings.loudness:g} LUFS, its peaks are {cut:.1f} dB too high, "
            "which the limiter must take off",
            hint="lower its loudest places (a clap, a bump, a laugh) in your audio editor, and export it again",
        )


@measured_rule("A214", Severity.ERROR)
def channels_do_not_cancel_out(heard: Measurement, version: Version) -> Iterator[Found]:
    """Left and right take each other away as soon as they are mixed, as a telephone or a kitchen radio does.

    One of them has its polarity inverted, by a cable or a plug-in. Who listens with one loudspeaker hears nothing,
    or only what is different in both. A master that `channels = "mono"` mixes would become silence, and cannot be
    published; for others this is a warning.

    **Solution**: invert the polarity (phase) of one side in your audio editor, and export it again.

    Source: our own measure: mixing takes more than 20 dB off the peaks.
    """
    if version.audio.channels > 1 and heard.cancels_out:
        is_mixed = version.is_master and delivered_channels(version.audio, version.settings) == 1
        yield Found(
            message="left and right cancel each other out: in mono hardly anything of it is left",
            hint="invert the polarity (phase) of one side in your audio editor, and export it again",
            severity=None if is_mixed else Severity.WARNING,
        )


def _is_trimmed(version: Version) -> bool:
    return version.is_master and version.settings.trim


def _gain_of(heard: Measurement, version: Version) -> float | None:
    """Return by how many dB a master is raised to the show's loudness; None for what is not levelled."""
    target = version.settings.loudness
    if target is None or heard.loudness is None or not version.is_master:
        return None
    return round(target - heard.loudness, 1)


def _loudness_of(episode: Episode, show: Show) -> float | None:
    """Return how loud listeners hear an episode that was measured."""
    loudness = episode.measurement.loudness if episode.measurement else None
    if loudness is None or episode.audio is None:
        return None
    is_levelled = show.audio.loudness is not None and is_master(episode.audio, show.audio)
    return show.audio.loudness if is_levelled else loudness


def _holes(heard: Measurement) -> list[tuple[timedelta, timedelta]]:
    """Return the long silences between sounds."""
    first, last = bool(heard.silent_start), len(heard.silences) - bool(heard.silent_end)
    inner = () if heard.is_silent else heard.silences[first:last]
    return [(start, end) for start, end in inner if end - start >= _LONGEST_HOLE]


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.1f} s"
