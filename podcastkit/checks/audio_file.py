"""Rules about audio files that need no decoding: A1xx, S119, S133 and S134.

They check masters by the settings for their encoding, and files that are published unchanged by their properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_names, join_words
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.versions import version_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import choose_channels, choose_sample_rate, is_deliverable, needs_encoding
from podcastkit.media.formats import LOSSLESS_CODECS, get_format
from podcastkit.model import Alternate, EpisodeType
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from podcastkit.checks.versions import Version
    from podcastkit.diagnostics import Location
    from podcastkit.model import Audio, AudioSettings, Episode, Show

_MONO, _STEREO = 1, 2
_CHANNELS = {_MONO: "mono", _STEREO: "stereo"}
# The lowest and highest kbit/s, by channels and then by sample rate (Apple, support page 893).
_FULL_RATES = {_MONO: (64, 128), _STEREO: (128, 256)}
_HALF_RATES = {_MONO: (40, 80), _STEREO: (80, 160)}
_BITRATES = {48_000: _FULL_RATES, 44_100: _FULL_RATES, 24_000: _HALF_RATES, 22_050: _HALF_RATES}
_TOLERANCE = 0.1
"""The allowed deviation of the average of a variable bitrate, as a share."""


@episode_rule("A101", Severity.ERROR)
def check_audio_exists(episode: Episode) -> Iterator[Found]:
    """An episode folder contains no audio.

    Listeners would have nothing to play, so podcastkit does not publish the episode. If the episode is already
    published, its published version stays unchanged. The finding is then only an info, because the audio file may
    be on another computer. The same applies to a draft.

    **Solution**: put one audio file into the folder.

    Source: PSP-1, item: `enclosure` is required.
    """
    if episode.audio is not None or episode.has_broken_audio:
        return
    if episode.media is not None:
        yield Found(
            message="the audio file is not on this computer; podcastkit keeps the published version",
            hint="no action is needed",
            severity=Severity.INFO,
        )
    else:
        yield Found(
            message="the folder contains no audio",
            hint="put one audio file into the folder, such as a WAV, FLAC, AIFF, MP3 or M4A",
            severity=Severity.INFO if episode.stays_in else None,
        )


@version_rule("A102", Severity.WARNING, "apple")
def check_audio_format(version: Version) -> Iterator[Found]:
    """An episode's audio is in a format that Apple refuses (ogg, opus, wma, aac without a container …).

    podcastkit encodes the file again, so that all listeners can play it. The audio is already compressed, so this
    costs a little quality.

    **Solution**: export the episode as WAV, FLAC, MP3 or M4A instead.

    Source: Apple, Audio requirements (support page 893).
    """
    audio = version.audio
    if not is_deliverable(audio) and audio.codec not in LOSSLESS_CODECS:
        detail = f" with {audio.codec} inside" if get_format(audio.format).names_codec else ""
        detail = " that begins with an ID3 tag" if audio.extent else detail
        yield Found(
            message=f"Apple refuses {audio.format}{detail}, so podcastkit encodes the audio again "
            f"as {version.settings.format}",
            hint="export the episode as WAV, FLAC, MP3 or M4A: encoding twice costs quality",
        )


@episode_rule("A110", Severity.ERROR)
def check_alternates_exist(episode: Episode) -> Iterator[Found]:
    """A file listed under `alternates` is not in the episode folder.

    podcastkit holds the episode back or keeps its published version, so that listeners do not lose a version of the
    audio. If the file is already published, this is only an info, because the file may be on another computer.

    **Solution**: put the file into the episode folder, correct its name, or remove the line.
    """
    for alternate in episode.alternates:
        if alternate.master is None and alternate.media is not None:
            yield Found(
                message=f"{alternate.file} is not on this computer; podcastkit keeps its published version",
                hint="no action is needed",
                location=alternate.location,
                severity=Severity.INFO,
            )
        elif alternate.master is None:
            yield Found(
                message=f"there is no audio file {alternate.file}",
                hint=alternate.hint
                or "put the file into the episode folder, write its name exactly as it appears there, "
                "or remove the line",
                location=alternate.location,
            )


@show_rule("A112", Severity.WARNING, "apple", at="audio")
def check_audio_is_unique(show: Show) -> Iterator[Found]:
    """Two episodes have the same audio, byte for byte.

    Listeners hear the same audio twice, and miss the right audio of one episode. Apple ignores audio that is
    already in the feed.

    **Solution**: replace the wrong file with the right one, or write `draft: true` in the notes of that episode.

    Source: Apple, RSS requirements (support page 823): each item has its own enclosure.
    """
    first_uses: dict[str, tuple[Episode, str]] = {}
    for episode in show.episodes:
        for version in () if episode.stays_in else episode.versions:
            sha256 = _get_master_hash(version)
            if sha256 is None:
                continue
            name = version.file if isinstance(version, Alternate) else "the audio"
            first, first_name = first_uses.setdefault(sha256, (episode, name))
            # A trailer of the show may also be the trailer of a season.
            if (first is episode and first_name == name) or first.type is episode.type is EpisodeType.TRAILER:
                continue
            same_file = first_name if first is episode else f"an audio file of {first.folder}"
            yield Found(
                message=f"{name} is identical to {same_file}, byte for byte",
                hint="replace the wrong file with the right one",
                location=version.location if isinstance(version, Alternate) else None,
                episode=episode,
            )


@episode_rule("A113", Severity.WARNING, "apple", "spotify", at="audio")
def check_bitrate(episode: Episode, show: Show) -> Iterator[Found]:
    """The bitrate of an MP3 or M4A that is published unchanged is outside Apple's range.

    With a lower bitrate, speech sounds thin and metallic. With a higher one, listeners only wait longer and pay for
    more data. Apple asks for 64 to 128 kbit/s in mono and 128 to 256 in stereo. At 22.05 and 24 kHz, it asks for 40
    to 80 in mono and 80 to 160 in stereo. Spotify recommends 128 kbit/s or more, which a mono voice does not need.

    **Solution**: export the file from the original with a bitrate in this range, or put the original WAV into the
    folder: podcastkit encodes it. Do not encode a small MP3 again, because it would sound worse.

    Source: Apple, Audio requirements (support page 893); Spotify, Podcast Delivery Specification 1.10.
    """
    audio = episode.audio
    if audio is None or needs_encoding(audio, show.audio) or audio.bitrate is None:
        return
    lowest, highest = _BITRATES.get(audio.sample_rate, {}).get(audio.channels, (0, 0))
    bitrate = audio.bitrate / 1000
    # Apple states no range for other sample rates.
    if highest and not lowest * (1 - _TOLERANCE) <= bitrate <= highest * (1 + _TOLERANCE):
        kind = f"{_CHANNELS[audio.channels]} at {_format_rate(audio.sample_rate)}"
        yield Found(
            message=f"the bitrate is {bitrate:.0f} kbit/s in {kind}, but Apple asks for {lowest} to {highest}",
            hint=f"export the file from the original with {lowest if bitrate < lowest else highest} kbit/s, "
            "or replace it with the original WAV",
        )


@episode_rule("A114", Severity.WARNING, "apple", at="audio")
def check_channels_and_sample_rate(episode: Episode, show: Show) -> Iterator[Found]:
    """An MP3 or M4A that is published unchanged has more than two channels, or an unusual sample rate.

    Apple lists 44.1 and 48 kHz (22.05 and 24 kHz for speech only), in mono or stereo. Some players support nothing
    else, so listeners hear the audio at the wrong speed or not at all.

    **Solution**: export the file in stereo at 44.1 kHz, or put the original WAV into the folder:
    podcastkit converts both.

    Source: Apple, Audio requirements (support page 893).
    """
    audio = episode.audio
    if audio is None or needs_encoding(audio, show.audio):
        return
    hint = "export the file in mono or stereo at 44.1 kHz, or replace it with the original WAV"
    if audio.channels not in _CHANNELS:
        yield Found(message=f"the audio has {audio.channels} channels, but apps play one or two", hint=hint)
    if audio.sample_rate not in _BITRATES:
        rate = _format_rate(audio.sample_rate)
        yield Found(message=f"the sample rate is {rate}, but Apple lists 44.1 and 48 kHz", hint=hint)


@version_rule("A115", Severity.INFO)
def check_repeated_encoding(version: Version) -> Iterator[Found]:
    """An MP3 or M4A is encoded again, because `always = true` is set under `[audio]`.

    podcastkit sets the loudness and adds the intro and outro. But audio that is encoded twice loses quality, and
    listeners hear this most at low bitrates.

    **Solution**: put the original WAV or FLAC into the folder instead. Without `always`, podcastkit publishes the
    file unchanged.
    """
    if is_deliverable(version.audio) and version.is_master:
        yield Found(
            message=f"the file is already {_format_kind(version.audio)}, but is encoded again ([audio] always)",
            hint="replace the file with the original WAV: encoding twice costs quality",
        )


@episode_rule("A116", Severity.WARNING, at="audio")
def check_intro_and_outro(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode is published without its intro or outro.

    podcastkit cannot add an intro or outro to an MP3 or M4A that it publishes byte for byte. Listeners miss a
    part that all other episodes have, for example the name of the show or of its sponsor.

    **Solution**: put the original WAV into the folder instead, or set `always = true` under `[audio]`, which
    encodes every MP3 and M4A again. If the file already contains the intro, write `intro: false` in the front
    matter of the episode.
    """
    audio = episode.audio
    if audio is None or needs_encoding(audio, show.audio):
        return
    missing = [key for key in ("intro", "outro") if _needs_clip(key, episode, show)]
    if missing:
        yield Found(
            message=f"the audio is {_format_kind(audio)} that is published unchanged, "
            f"without the {join_words(missing)}",
            hint="replace the file with the original WAV, or set always = true under [audio]",
        )


@version_rule("A120", Severity.WARNING)
def check_shown_duration(version: Version) -> Iterator[Found]:
    """Players show the wrong duration for an MP3 or M4A that is published unchanged.

    Players read the duration from the header of the file. The header is wrong if files were joined or cut without
    an audio editor, and missing if a program wrote the file while it was recording. Listeners see the wrong
    duration and jump to the wrong position, and some apps stop too early.

    **Solution**: export the file again from the original, or put the original WAV into the folder:
    podcastkit encodes it.
    """
    audio = version.audio
    if audio.shown is None or version.is_master:
        return
    if audio.gaps and audio.shown > audio.duration:
        return  # A121 reports the missing part.
    shown_duration, true_duration = format_clock(audio.shown), format_clock(audio.duration)
    yield Found(
        message=f"players may show a duration of {shown_duration}, but the audio is {true_duration} long",
        hint="export the file again from the original, or replace it with the original WAV",
    )


@version_rule("A121", Severity.WARNING)
def check_gaps(version: Version) -> Iterator[Found]:
    """An MP3 contains data that is not audio.

    A part was damaged or lost, for example because a disk or a download failed, or because incomplete files were
    joined. Listeners hear a jump, and some apps stop there.

    **Solution**: listen to this part of the audio, and export or copy the file again.
    """
    gaps = version.audio.gaps
    if gaps:
        more = len(gaps) - 1
        others = f" and at {more} other place{'s' * (more > 1)}" * (more > 0)
        yield Found(
            message=f"the file contains data that is not audio at {format_clock(gaps[0])}{others}",
            hint="listen to this part, and export or copy the file again: a part may be missing",
        )


@version_rule("A130", Severity.WARNING)
def check_tags_are_intact(version: Version) -> Iterator[Found]:
    """A tag in an audio file is damaged: its title, chapters or picture.

    podcastkit leaves out the unreadable parts of the tag, and publishes the audio as usual. Some apps show no title
    for such a file, or do not play it.

    **Solution**: write the title and the chapters into the notes. To repair the file, export it again, or save its
    tags again in a tag editor such as Mp3tag or Kid3.

    Source: ID3v2.3 and 2.4 (id3.org); QuickTime File Format; Vorbis comment; FLAC (RFC 9639, section 8).
    """
    for damage in version.audio.damaged_tags:
        yield Found(
            message=damage,
            hint="the audio is fine; write the title and chapters into the notes, or export the file again",
        )


@version_rule("A131", Severity.WARNING)
def check_tag_encoding(version: Version) -> Iterator[Found]:
    """A text in an audio file cannot be decoded, because it does not have the encoding that its tag states.

    podcastkit leaves the text out, because listeners would see characters of other alphabets instead of the title.
    It reads all texts whose encoding it can guess.

    **Solution**: write the title into the notes, or type it again in the program that exported the file.

    Source: ID3v2.4, structure (id3.org), section 4: the encodings of a text.
    """
    for text in version.audio.unread_texts:
        yield Found(
            message=text,
            hint="write the text into the notes, or type it again in the program that exported the file",
        )


@show_rule("S119", Severity.WARNING, "apple", "spotify", at="audio.bitrate")
def check_encoding_bitrate(show: Show) -> Iterator[Found]:
    """`[audio] bitrate` is outside Apple's range, and applies to all files that podcastkit encodes.

    Below this range, speech sounds like a bad telephone line. Above it, listeners download data without hearing a
    difference.

    **Solution**: remove `bitrate` (the default is 128 kbit/s for stereo, 96 for mono), or write a value in the
    range.

    Source: Apple, Audio requirements (support page 893).
    """
    bitrate = show.audio.bitrate
    audio_files = [episode.audio for episode in show.episodes if episode.audio and not episode.stays_in]
    encoded_channels = {
        choose_channels(audio, show.audio) for audio in audio_files if needs_encoding(audio, show.audio)
    }
    for channels in sorted(encoded_channels) if bitrate else ():
        lowest, highest = _FULL_RATES[channels]
        if not lowest <= (bitrate or 0) <= highest:
            yield Found(
                message=f"podcastkit encodes {_CHANNELS[channels]} audio with {bitrate} kbit/s, "
                f"but Apple asks for {lowest} to {highest}",
                hint="remove bitrate, or correct it",
            )


@show_rule("S133", Severity.WARNING)
def check_season_channels(show: Show) -> Iterator[Found]:
    """Some episodes of a season are mono, and others are stereo.

    In headphones, listeners hear the voices at another position in each episode, and the episodes do not seem
    equally loud.

    **Solution**: export all episodes the same way: in stereo with music, in mono with voices only. podcastkit
    converts the files that it encodes if you set `channels = "mono"` or `"stereo"` under `[audio]`.
    """
    for season, groups in _list_mixed_seasons(show, _get_published_channels):
        yield Found(
            message=f"season {season} mixes mono and stereo: {_describe_groups(groups, _CHANNELS.__getitem__)}",
            hint="export all episodes in mono, or all in stereo",
            location=_locate_smallest_group(groups),
        )


@show_rule("S134", Severity.INFO)
def check_season_sample_rates(show: Show) -> Iterator[Found]:
    """The episodes of a season have different sample rates.

    All apps can play them. But some episodes were probably exported with other settings, and listeners may hear a
    difference.

    **Solution**: export all episodes with the same settings, ideally at 44.1 kHz.
    """
    for season, groups in _list_mixed_seasons(show, _get_published_rate):
        yield Found(
            message=f"season {season} has several sample rates: {_describe_groups(groups, _format_rate)}",
            hint="no action is needed; export the next episodes with the same settings",
            location=_locate_smallest_group(groups),
        )


def _format_kind(audio: Audio) -> str:
    return f"an {audio.format.upper()}"


def _needs_clip(key: str, episode: Episode, show: Show) -> bool:
    """Check whether an episode should have the clip of the show (`intro` or `outro`), or has a clip of its own."""
    # A value in the front matter, such as `intro: false`, replaces the clip of the show.
    inherits_clip = getattr(show.audio, key) is not None and key not in episode.locations
    return inherits_clip or getattr(episode, key) is not None


def _get_master_hash(version: Episode | Alternate) -> str | None:
    """Return the SHA-256 of the master, or the recorded one if the file is on another computer.

    Return None if there is no record either.
    """
    if version.master:
        return version.master.sha256
    return version.record.master_sha256 if version.record else None


def _get_published_channels(audio: Audio, settings: AudioSettings) -> int:
    """Return the number of channels in the published audio; more than two count as stereo."""
    return choose_channels(audio, settings) if needs_encoding(audio, settings) else min(audio.channels, _STEREO)


def _get_published_rate(audio: Audio, settings: AudioSettings) -> int:
    """Return the sample rate of the published audio."""
    return choose_sample_rate(audio) if needs_encoding(audio, settings) else audio.sample_rate


def _list_mixed_seasons(
    show: Show, measure: Callable[[Audio, AudioSettings], int]
) -> Iterator[tuple[int, Mapping[int, list[Episode]]]]:
    """Yield each season whose full episodes differ in a value, with its episodes grouped by this value.

    `measure` returns the value. The largest group is first.
    """
    seasons: dict[int, dict[int, list[Episode]]] = {}
    for episode in show.episodes:
        if episode.audio and episode.type is EpisodeType.FULL and not episode.stays_in:
            groups = seasons.setdefault(episode.season or show.season, {})
            groups.setdefault(measure(episode.audio, show.audio), []).append(episode)
    for season, groups in sorted(seasons.items()):
        if len(groups) > 1:
            yield season, dict(sorted(groups.items(), key=lambda group: (-len(group[1]), -group[0])))


def _describe_groups(groups: Mapping[int, list[Episode]], format_value: Callable[[int], str]) -> str:
    """Name the episodes of the smaller groups, and give only the number of episodes in the largest group."""
    (largest_value, largest), *others = groups.items()
    descriptions = [
        f"{join_names([episode.folder for episode in episodes])}: {format_value(value)}"
        for value, episodes in others
    ]
    return join_words(
        [*descriptions, f"{len(largest)} other{'s' if len(largest) > 1 else ''}: {format_value(largest_value)}"]
    )


def _locate_smallest_group(groups: Mapping[int, list[Episode]]) -> Location | None:
    """Return the location of the first episode's audio in the smallest group."""
    *_, smallest = groups.values()
    return smallest[0].locations.get("audio")


def _format_rate(rate: int) -> str:
    return f"{rate / 1000:g} kHz"
