"""Rules about decoded audio: A202 to A214. They skip audio that was not measured.

podcastkit corrects the loudness and peaks of masters, so the rules about these skip masters or report only the
problems that remain.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, show_rule
from podcastkit.checks.versions import measurement_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import choose_channels, needs_encoding
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.model import EpisodeType
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.checks.versions import Version
    from podcastkit.model import Episode, Measurement, Show

_MAX_SPREAD = 1.5
"""The difference between the loudest and the quietest episode of a season, in LU; our own limit."""
_MAX_GAIN = 20.0
"""In dB; our own limit: this gain raises inaudible noise from -60 dBFS to -40 dBFS."""
_MAX_CUT = 9.0
"""In dB; our own limit: after such a reduction, a sound seems nearly half as loud."""
_MIN_CLIPPED = 10
"""In samples; fewer clipped samples are inaudible."""
_MAX_EDGE_SILENCE = timedelta(seconds=3)
_MIN_LONG_PAUSE = timedelta(seconds=10)
_LENGTH_TOLERANCE = timedelta(seconds=1)
_MIN_DECODED = 0.9
"""The share of the stated duration that must be decodable, as in `media.probing`."""


@measurement_rule("A202", Severity.WARNING)
def check_audio_is_decodable(measurement: Measurement, version: Version) -> Iterator[Found]:
    """Parts of the audio are damaged and cannot be decoded.

    Listeners hear a click or a gap, or their app stops. podcastkit does not report this for MP3 files, because
    decoders report the tags at the end of an MP3 as errors, too. A203 reports missing parts of an MP3.

    **Solution**: export or copy the file again, and listen to the damaged part.
    """
    if measurement.errors and version.audio.format != "mp3":
        yield Found(
            message="parts of the audio are damaged and cannot be decoded",
            hint="export or copy the file again: it is damaged",
        )


@measurement_rule("A203", Severity.ERROR, "apple", "psp1")
def check_stated_duration(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The audio is more than a second longer or shorter than its header states.

    Apps show the wrong duration and jump to the wrong position. If the audio is shorter, a part is missing or
    damaged. This is an error if more than a tenth of the audio is missing, and otherwise a warning.

    **Solution**: export the file again. This also repairs a file that was cut or joined without an audio editor.

    Source: PSP-1, item, `itunes:duration`.
    """
    stated_duration = version.audio.duration
    if abs(measurement.duration - stated_duration) > _LENGTH_TOLERANCE:
        is_short = measurement.duration < stated_duration
        yield Found(
            message=f"the file states a duration of {format_clock(stated_duration)}, "
            f"but its audio is {format_clock(measurement.duration)} long",
            hint="export or copy the file again" + (": a part is missing or damaged" if is_short else ""),
            severity=None if measurement.duration < _MIN_DECODED * stated_duration else Severity.WARNING,
        )


@measurement_rule("A204", Severity.WARNING, "apple")
def check_loudness(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The audio is published unchanged, and is more than 1 LU louder or quieter than the show's target.

    Listeners in a car, or between two episodes, must turn the volume up or down. The target is `loudness` under
    `[audio]`, or -16 LUFS by default. With `loudness = false`, podcastkit does not check the loudness.
    podcastkit measures mono as it sounds from two loudspeakers, so mono and stereo have the same target. It sets
    the loudness of the files that it encodes.

    **Solution**: replace the file with the original WAV. Or set the loudness (not the peak) in your audio editor,
    and export the file again: use “Loudness Normalization” in Audacity, “Match Loudness” in Audition, or the
    loudness target in Auphonic.

    Source: Apple, Audio requirements (support page 893): -16 LKFS ± 1 dB, by ITU-R BS.1770-5.
    """
    target = version.settings.loudness
    if measurement.loudness is None or target is None or version.is_master:
        return
    difference = round(measurement.loudness - target, 1)
    if abs(difference) > LOUDNESS_TOLERANCE:
        yield Found(
            message=f"the audio is {abs(difference):.1f} LU {'louder' if difference > 0 else 'quieter'} "
            f"than {target:g} LUFS: its loudness is {measurement.loudness:.1f} LUFS",
            hint="replace the file with the original WAV, or set the loudness "
            f"to {target:g} LUFS in your audio editor and export the file again",
        )


@measurement_rule("A205", Severity.WARNING, "apple", "spotify")
def check_true_peak(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The true peak of the audio is above -1 dBTP.

    Audio this close to full scale, or above it, distorts in players and when an app encodes it again. podcastkit
    limits the peaks of the files that it encodes, unless `loudness = false` is set under `[audio]`.

    **Solution**: add a limiter at -1 dBTP (“true peak”) as the last effect in your audio editor, and export the
    file again.

    Source: Apple, Audio requirements (support page 893): at most -1 dB; Spotify recommends the same.
    """
    is_limited = version.is_master and version.settings.loudness is not None
    if measurement.true_peak is not None and measurement.true_peak > HIGHEST_PEAK and not is_limited:
        yield Found(
            message=f"the true peak is {measurement.true_peak:.1f} dBTP; audio above -1.0 dBTP may distort",
            hint="add a limiter at -1 dBTP after all other effects, and export the file again",
        )


@measurement_rule("A206", Severity.WARNING)
def check_clipping(measurement: Measurement) -> Iterator[Found]:
    """The loudest parts of the audio are clipped: several samples in a row have the same peak value.

    Listeners hear a crackle. Audio clips if a recording or a mix is louder than the file format allows. podcastkit
    cannot detect clipping in audio that was turned down afterwards and encoded as MP3 or M4A.

    **Solution**: lower the level before the export, or record again with less gain. A “declip” effect in an audio
    editor repairs some of the damage. If the sound is intentional, ignore the rule.
    """
    if measurement.clipped >= _MIN_CLIPPED:
        yield Found(
            message=f"the loudest parts of the audio are clipped at {measurement.clipped:,} samples",
            hint="lower the level before the export, or record again with less gain",
        )


@measurement_rule("A207", Severity.WARNING)
def check_silence_at_start(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The audio begins with more than 3 seconds of silence.

    Listeners think that the app has stopped, and skip the episode.

    **Solution**: cut the beginning, and export the file again. Audio below -50 dBFS counts as silence. With
    `trim = true` under `[audio]`, podcastkit trims the silence of the files that it encodes.
    """
    if measurement.silent_start > _MAX_EDGE_SILENCE and not _is_trimmed(version):
        yield Found(
            message=f"the audio begins with {_format_seconds(measurement.silent_start)} of silence",
            hint="cut the beginning, and export the file again",
        )


@measurement_rule("A208", Severity.WARNING)
def check_silence_at_end(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The audio ends with more than 3 seconds of silence.

    Listeners wait for more, and the next episode of a series starts late. Often one track was longer than the mix.

    **Solution**: cut the end, and export the file again. Audio below -50 dBFS counts as silence. With `trim = true`
    under `[audio]`, podcastkit trims the silence of the files that it encodes.
    """
    if measurement.silent_end > _MAX_EDGE_SILENCE and not _is_trimmed(version):
        yield Found(
            message=f"the audio ends with {_format_seconds(measurement.silent_end)} of silence",
            hint="cut the end, and export the file again",
        )


@measurement_rule("A209", Severity.WARNING)
def check_silence_in_the_middle(measurement: Measurement) -> Iterator[Found]:
    """The audio is silent for 10 seconds or more in the middle.

    Listeners think that the episode is over. Often a track was muted, or a cut left a gap.

    **Solution**: listen to this part of the audio. If the pause is intentional, ignore the rule.
    """
    pauses = _find_long_pauses(measurement)
    if pauses:
        more = f" (and {len(pauses) - 1} more)" if len(pauses) > 1 else ""
        start, end = pauses[0]
        yield Found(
            message=f"the audio is silent for {_format_seconds(end - start)} at {format_clock(start)}{more}",
            hint="listen to this part: a track may be muted",
        )


@measurement_rule("A210", Severity.WARNING)
def check_audio_is_not_silent(measurement: Measurement) -> Iterator[Found]:
    """The audio contains only silence.

    Listeners would hear nothing. Probably the wrong track was exported. podcastkit publishes the file, because
    silence is valid audio.

    **Solution**: export the file again, and listen to it before you publish.
    """
    if measurement.is_silent:
        yield Found(message="the audio contains only silence", hint="export the file again: a track may be muted")


@show_rule("A211", Severity.WARNING)
def check_season_loudness(show: Show) -> Iterator[Found]:
    """The loudest and the quietest episode of a season are more than 1.5 LU apart.

    Listeners who play several episodes in a row turn the volume up and down, even if each episode is within 1 LU of
    the target. Trailers, bonuses and drafts do not count. For files that podcastkit encodes, the published loudness
    counts.

    **Solution**: correct the loudness of the episode that is furthest from the target (`loudness` under `[audio]`),
    or put WAVs into all episode folders. podcastkit then sets them to the same loudness.

    Source: podcastkit's own limit. Apple accepts 1 dB above or below its target (support page 893).
    """
    seasons: dict[int, list[tuple[float, str]]] = {}
    for episode in show.episodes:
        loudness = _get_published_loudness(episode, show)
        if loudness is not None and episode.type is EpisodeType.FULL and not episode.stays_in:
            seasons.setdefault(episode.season or show.season, []).append((loudness, episode.folder))
    for season, measured in sorted(seasons.items()):
        (lowest, quietest_folder), (highest, loudest_folder) = min(measured), max(measured)
        if round(highest - lowest, 1) > _MAX_SPREAD:
            yield Found(
                message=f"the episodes of season {season} are not equally loud: "
                f"{loudest_folder} ({highest:.1f} LUFS) is "
                f"{highest - lowest:.1f} LU louder than {quietest_folder} ({lowest:.1f} LUFS)",
                hint="set all episodes to the same loudness in your audio editor, and export them again",
            )


@measurement_rule("A212", Severity.WARNING)
def check_master_loudness(measurement: Measurement, version: Version) -> Iterator[Found]:
    """A master is so quiet that podcastkit raises it by more than 20 dB.

    This also raises the noise of the room and the microphone, and listeners hear it in every pause.

    **Solution**: record with more gain, or remove the noise before the export. If the noise is intentional, ignore
    the rule.

    Source: podcastkit's own limit: this gain raises inaudible noise from -60 dBFS to -40 dBFS.
    """
    gain = _compute_gain(measurement, version)
    if gain is not None and gain > _MAX_GAIN:
        yield Found(
            message=f"the loudness is {measurement.loudness:.1f} LUFS, so podcastkit raises the audio "
            f"and its noise by {gain:.1f} dB",
            hint="record with more gain, or remove the noise before the export",
        )


@measurement_rule("A213", Severity.WARNING)
def check_limiter_reduction(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The peaks of a master are so high above the rest that the limiter must reduce them by more than 9 dB.

    A clap, a bump against the microphone or a laugh close to it then sounds dull, and listeners hear the sounds
    around it become quiet for a moment.

    **Solution**: lower these peaks in your audio editor, or add a compressor to the voice. Then export the file
    again.

    Source: podcastkit's own limit: after such a reduction, a sound seems nearly half as loud.
    """
    gain = _compute_gain(measurement, version)
    if gain is None:
        return
    # After the gain, the limiter reduces all peaks above HIGHEST_PEAK. A peak that was not measured counts as
    # HIGHEST_PEAK.
    reduction = gain if measurement.true_peak is None else measurement.true_peak + gain - HIGHEST_PEAK
    if round(reduction, 1) > _MAX_CUT:
        yield Found(
            message=f"at {version.settings.loudness:g} LUFS, the peaks are {reduction:.1f} dB too high, "
            "and the limiter must reduce them",
            hint="lower the loudest moments (a clap, a bump, a laugh) in your audio editor, and export again",
        )


@measurement_rule("A214", Severity.ERROR)
def check_mono_compatibility(measurement: Measurement, version: Version) -> Iterator[Found]:
    """The left and right channels cancel each other out in mono, for example on a phone or a kitchen radio.

    A cable or a plug-in inverted the polarity of one channel. Listeners with a single loudspeaker hear nothing, or
    only the differences between the channels. If `channels = "mono"` mixes the master to mono, the published audio
    would be silent: podcastkit cannot publish it, and this is an error. Otherwise it is a warning.

    **Solution**: invert the polarity (phase) of one channel in your audio editor, and export the file again.

    Source: podcastkit's own limit: mixing to mono lowers the peaks by more than 20 dB.
    """
    if version.audio.channels > 1 and measurement.cancels_out:
        is_mixed_to_mono = version.is_master and choose_channels(version.audio, version.settings) == 1
        yield Found(
            message="the left and right channels cancel each other out: in mono, almost nothing is left",
            hint="invert the polarity (phase) of one channel in your audio editor, and export the file again",
            severity=None if is_mixed_to_mono else Severity.WARNING,
        )


def _is_trimmed(version: Version) -> bool:
    return version.is_master and version.settings.trim


def _compute_gain(measurement: Measurement, version: Version) -> float | None:
    """Return the gain in dB that brings a master to the target loudness.

    Return None if there is no target or no measured loudness, or if the file is published unchanged.
    """
    target = version.settings.loudness
    if target is None or measurement.loudness is None or not version.is_master:
        return None
    return round(target - measurement.loudness, 1)


def _get_published_loudness(episode: Episode, show: Show) -> float | None:
    """Return the loudness of the published audio in LUFS, or None if the episode was not measured."""
    loudness = episode.measurement.loudness if episode.measurement else None
    if loudness is None or episode.audio is None:
        return None
    is_set_to_target = show.audio.loudness is not None and needs_encoding(episode.audio, show.audio)
    return show.audio.loudness if is_set_to_target else loudness


def _find_long_pauses(measurement: Measurement) -> list[tuple[timedelta, timedelta]]:
    """Return the start and end of each long silence in the middle of the audio."""
    # A207 and A208 report the silences at the start and at the end.
    first_inner = 1 if measurement.silent_start else 0
    end_inner = len(measurement.silences) - (1 if measurement.silent_end else 0)
    inner_silences = () if measurement.is_silent else measurement.silences[first_inner:end_inner]
    return [(start, end) for start, end in inner_silences if end - start >= _MIN_LONG_PAUSE]


def _format_seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.1f} s"
