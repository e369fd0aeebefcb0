"""Rules about audio files by what they are, without listening to them: A1xx, S119, S133 and S134.

What becomes of a master is judged by the settings, and a file that goes out as it is by what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_words, name_some
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.versions import version_rule
from podcastkit.diagnostics import Severity
from podcastkit.media.encoding import delivered_channels, delivered_rate, is_deliverable, is_master
from podcastkit.media.formats import LOSSLESS_CODECS, format_named
from podcastkit.model import Alternate, EpisodeType
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from podcastkit.checks.versions import Version
    from podcastkit.diagnostics import Location
    from podcastkit.model import Audio, AudioSettings, Episode, Show

_MONO, _STEREO = 1, 2
_CHANNELS = {_MONO: "mono", _STEREO: "stereo"}
# kbit/s, lowest and highest, by channels and then by sample rate (Apple, support page 893).
_FULL_RATES = {_MONO: (64, 128), _STEREO: (128, 256)}
_HALF_RATES = {_MONO: (40, 80), _STEREO: (80, 160)}
_BITRATES = {48_000: _FULL_RATES, 44_100: _FULL_RATES, 24_000: _HALF_RATES, 22_050: _HALF_RATES}
_TOLERANCE = 0.1
"""What the average of a variable bitrate may be beside its goal."""


@episode_rule("A101", Severity.ERROR)
def episode_has_audio(episode: Episode) -> Iterator[Found]:
    """There is no audio in an episode's folder.

    An episode without audio cannot be published. One that is published already stays as it is, and this is only
    said: its audio may lie on another machine. Of a draft it is only said, too.

    **Solution**: put one audio file into the folder.

    Source: PSP-1, item: `enclosure` is required.
    """
    if episode.audio is not None or episode.has_broken_audio:
        return
    if episode.media is not None:
        yield Found(
            message="its audio is not on this machine; what is published stays",
            hint="nothing needs to be done",
            severity=Severity.INFO,
        )
    else:
        yield Found(
            message="there is no audio in its folder",
            hint="put one audio file into the folder: wav, flac, aiff, mp3, m4a or another of those that are read",
            severity=Severity.INFO if episode.stays_in else None,
        )


@version_rule("A102", Severity.WARNING, "apple")
def audio_is_playable_everywhere(version: Version) -> Iterator[Found]:
    """An episode's audio is in a format that Apple refuses (ogg, opus, wma, aac without a container …).

    It is compressed already and is encoded once more, which costs a little quality.

    **Solution**: export the episode as WAV, FLAC, MP3 or M4A instead.

    Source: Apple, Audio requirements (support page 893).
    """
    audio = version.audio
    if not is_deliverable(audio) and audio.codec not in LOSSLESS_CODECS:
        inside = f" with {audio.codec} inside" if format_named(audio.format).names_codec else ""
        inside = " behind an ID3 tag" if audio.extent else inside
        yield Found(
            message=f"Apple refuses {audio.format}{inside}, so it is encoded again as {version.settings.format}",
            hint="export it as WAV, FLAC, MP3 or M4A: encoding twice costs quality",
        )


@episode_rule("A110", Severity.ERROR)
def alternates_are_there(episode: Episode) -> Iterator[Found]:
    """A file that `alternates` names is not in the episode's folder.

    The episode is held back, or stays as it is, so that no version of it is lost. Of one that is published already
    this is only said: its file may lie on another machine.

    **Solution**: put the file into the episode's folder, correct its name, or remove the line.
    """
    for alternate in episode.alternates:
        if alternate.master is None and alternate.media is not None:
            yield Found(
                message=f"{alternate.file} is not on this machine; what is published of it stays",
                hint="nothing needs to be done",
                location=alternate.location,
                severity=Severity.INFO,
            )
        elif alternate.master is None:
            yield Found(
                message=f"there is no audio file {alternate.file}",
                hint=alternate.hint
                or "put it into the episode's folder, write its name as the folder shows it, or remove the line",
                location=alternate.location,
            )


@show_rule("A112", Severity.WARNING, "apple", at="audio")
def audio_comes_once(show: Show) -> Iterator[Found]:
    """Two episodes have the same audio, byte for byte.

    Listeners hear the same twice, and miss what should be there. Apple ignores audio that is in the feed already.

    **Solution**: put the right file into the folder of the one that is wrong, or `draft: true` into its notes.

    Source: Apple, RSS requirements (support page 823): each item has an enclosure of its own.
    """
    heard: dict[str, tuple[Episode, str]] = {}
    for episode in show.episodes:
        for version in () if episode.stays_in else episode.versions:
            sha256 = _master_of(version)
            if sha256 is None:
                continue
            name = version.file if isinstance(version, Alternate) else "its audio"
            first, first_name = heard.setdefault(sha256, (episode, name))
            if (first is episode and first_name == name) or first.type is episode.type is EpisodeType.TRAILER:
                continue
            where = first_name if first is episode else f"what {first.folder} has"
            yield Found(
                message=f"{name} is the same as {where}, byte for byte",
                hint="put the right file into the folder of the one that is wrong",
                location=version.location if isinstance(version, Alternate) else None,
                episode=episode,
            )


@episode_rule("A113", Severity.WARNING, "apple", "spotify", at="audio")
def bitrate_is_right(episode: Episode, show: Show) -> Iterator[Found]:
    """The bitrate of an MP3 or M4A that goes out as it is lies outside what Apple asks for.

    Less sounds thin and metallic; more only makes listeners wait and pay for data. Apple asks for 64 to 128 kbit/s
    in mono and 128 to 256 in stereo, and at 22.05 and 24 kHz for 40 to 80 and 80 to 160. Spotify advises 128 and
    more, which a voice in mono does not need.

    **Solution**: export it from the original with a bitrate in between, or put the WAV into the folder:
    podcastkit encodes it. Encoding a small MP3 once more makes it worse.

    Source: Apple, Audio requirements (support page 893); Spotify, Podcast Delivery Specification 1.10.
    """
    audio = episode.audio
    if audio is None or is_master(audio, show.audio) or audio.bitrate is None:
        return
    lowest, highest = _BITRATES.get(audio.sample_rate, {}).get(audio.channels, (0, 0))
    bitrate = audio.bitrate / 1000
    if highest and not lowest * (1 - _TOLERANCE) <= bitrate <= highest * (1 + _TOLERANCE):
        kind = f"{_CHANNELS[audio.channels]} at {_kilohertz(audio.sample_rate)}"
        yield Found(
            message=f"it has {bitrate:.0f} kbit/s, in {kind}; Apple asks for {lowest} to {highest}",
            hint=f"export it from the original with {lowest if bitrate < lowest else highest} kbit/s, "
            "or put the WAV into the folder in its place",
        )


@episode_rule("A114", Severity.WARNING, "apple", at="audio")
def sound_is_mono_or_stereo_at_a_known_rate(episode: Episode, show: Show) -> Iterator[Found]:
    """An MP3 or M4A that goes out as it is has more than two channels, or an unusual sample rate.

    Apple names 44.1 and 48 kHz (22.05 and 24 for speech alone), in mono or stereo. Some players know nothing else,
    and play the rest at the wrong speed or not at all.

    **Solution**: export it in stereo with 44.1 kHz, or put the WAV into the folder: podcastkit sees to both.

    Source: Apple, Audio requirements (support page 893).
    """
    audio = episode.audio
    if audio is None or is_master(audio, show.audio):
        return
    cure = "export it in mono or stereo with 44.1 kHz, or put the WAV into the folder in its place"
    if audio.channels not in _CHANNELS:
        yield Found(message=f"it has {audio.channels} channels; apps play one or two", hint=cure)
    if audio.sample_rate not in _BITRATES:
        rate = _kilohertz(audio.sample_rate)
        yield Found(message=f"its sample rate is {rate}; Apple names 44.1 and 48 kHz", hint=cure)


@version_rule("A115", Severity.INFO)
def encoding_again_is_told(version: Version) -> Iterator[Found]:
    """An MP3 or M4A is encoded once more, because `always = true` stands under `[audio]`.

    It is levelled, and gets the intro and the outro, and it loses a little of its quality: what was encoded once
    sounds worse after a second time, the more so the lower its bitrate is.

    **Solution**: put the WAV or FLAC that it was exported from into the folder in its place. Without `always` it
    goes out as it is.
    """
    if is_deliverable(version.audio) and version.is_master:
        yield Found(
            message=f"it is {_article(version.audio)} already, and encoded once more ([audio] always)",
            hint="put the WAV that it was exported from into the folder: encoding twice costs quality",
        )


@episode_rule("A116", Severity.WARNING, at="audio")
def intro_and_outro_are_heard(episode: Episode, show: Show) -> Iterator[Found]:
    """The show has an intro or an outro, and an episode goes out without it.

    Nothing can be joined to an MP3 or M4A that is published byte for byte. Listeners miss what all other episodes
    begin or end with: the show's name, say, or who pays for it.

    **Solution**: put the WAV that it was exported from into the folder in its place, or set `always = true` under
    `[audio]`, by which every MP3 and M4A is encoded once more. If the intro is in the file already, write
    `intro: false` into the episode's front matter.
    """
    audio = episode.audio
    if audio is None or is_master(audio, show.audio):
        return
    missing = [key for key in ("intro", "outro") if _is_meant(key, episode, show)]
    if missing:
        yield Found(
            message=f"it goes out as it is, {_article(audio)} without the {join_words(missing)}",
            hint="put the WAV that it was exported from into the folder, or set always = true under [audio]",
        )


@version_rule("A120", Severity.WARNING)
def players_show_the_right_length(version: Version) -> Iterator[Found]:
    """Players show a wrong length for an MP3 or M4A that goes out as it is.

    They believe its header, which is wrong where files were joined or cut without an editor and missing where a
    program wrote while it recorded; then they guess. Listeners see a wrong length and jump to wrong places, and
    some apps stop where they think that the end is.

    **Solution**: export it again from the original, or put the WAV into the folder: podcastkit encodes it.
    """
    audio = version.audio
    if audio.shown is None or version.is_master:
        return
    if audio.gaps and audio.shown > audio.duration:
        return  # what is missing is told by A121
    shown, true = format_clock(audio.shown), format_clock(audio.duration)
    yield Found(
        message=f"players may show its length as {shown}; it is {true} long",
        hint="export it again from the original, or put the WAV into the folder in its place",
    )


@version_rule("A121", Severity.WARNING)
def sound_has_no_gaps(version: Version) -> Iterator[Found]:
    """Within an MP3 there is something that is no sound.

    A part was damaged or lost, as when a disk or a download failed, or files were joined that were not whole.
    Listeners hear a jump, and some apps stop there.

    **Solution**: listen to the place, and export or copy the file again.
    """
    gaps = version.audio.gaps
    if gaps:
        more = len(gaps) - 1
        others = f" and at {more} other place{'s' * (more > 1)}" * (more > 0)
        yield Found(
            message=f"at {format_clock(gaps[0])}{others} there is something in it that is no sound",
            hint="listen to it there, and export or copy the file again: a part may be missing",
        )


@version_rule("A130", Severity.WARNING)
def tags_are_whole(version: Version) -> Iterator[Found]:
    """A tag inside an audio file is damaged: its title, chapters or picture.

    podcastkit leaves out what cannot be read of the tag, and publishes the sound as usual. Some apps show no title
    for such a file, or do not play it.

    **Solution**: write the title and the chapters into the notes. To repair the file, export it again, or save its
    tags again in a tag editor such as Mp3tag or Kid3.

    Source: ID3v2.3 and 2.4 (id3.org); QuickTime File Format; Vorbis comment; FLAC (RFC 9639, section 8).
    """
    for damage in version.audio.damaged_tags:
        yield Found(
            message=damage,
            hint="the sound is fine; write the title and chapters into the notes, or export the file again",
        )


@version_rule("A131", Severity.WARNING)
def tags_have_readable_texts(version: Version) -> Iterator[Found]:
    """A text inside an audio file is in another encoding than its tag says, and makes no sense in any.

    podcastkit decodes what it can guess, and leaves the rest out: listeners would see characters of other alphabets
    in place of the title.

    **Solution**: write the title into the notes, or type it again in the program that exported the file.

    Source: ID3v2.4, structure (id3.org), section 4: the encodings of a text.
    """
    for text in version.audio.unread_texts:
        yield Found(
            message=text, hint="write it into the notes, or type it again in the program that exported the file"
        )


@show_rule("S119", Severity.WARNING, "apple", "spotify", at="audio.bitrate")
def encoding_has_the_right_bitrate(show: Show) -> Iterator[Found]:
    """`[audio] bitrate` lies outside what Apple asks for, so that all that is encoded will.

    Below it speech sounds like a bad telephone line; above it listeners load more than they can hear.

    **Solution**: leave it out (128 kbit/s for stereo, 96 for mono), or write one in between.

    Source: Apple, Audio requirements (support page 893).
    """
    bitrate = show.audio.bitrate
    own = [episode.audio for episode in show.episodes if episode.audio and not episode.stays_in]
    made = {delivered_channels(audio, show.audio) for audio in own if is_master(audio, show.audio)}
    for channels in sorted(made) if bitrate else ():
        lowest, highest = _FULL_RATES[channels]
        if not lowest <= (bitrate or 0) <= highest:
            yield Found(
                message=f"masters in {_CHANNELS[channels]} are encoded with {bitrate} kbit/s; "
                f"Apple asks for {lowest} to {highest}",
                hint="leave bitrate out, or correct it",
            )


@show_rule("S133", Severity.WARNING)
def a_season_is_mono_or_stereo(show: Show) -> Iterator[Found]:
    """Some episodes of a season are mono, others stereo.

    In headphones the voices move from one episode to the next, and the loudness that listeners feel changes.

    **Solution**: export all of them alike: stereo with music, mono for voices alone. What podcastkit encodes
    becomes so by `channels = "mono"` or `"stereo"` under `[audio]`.
    """
    for season, groups in _list_mixed_seasons(show, _heard_channels):
        yield Found(
            message=f"season {season} is partly mono and partly stereo: {_tell(groups, _CHANNELS.__getitem__)}",
            hint="export all episodes alike",
            location=_locate_fewest(groups),
        )


@show_rule("S134", Severity.INFO)
def a_season_has_one_sample_rate(show: Show) -> Iterator[Found]:
    """The episodes of a season have different sample rates.

    Every app plays them. It is a sign that some were exported with other settings, which may be heard.

    **Solution**: export all of them with the same settings, best 44.1 kHz.
    """
    for season, groups in _list_mixed_seasons(show, _heard_rate):
        yield Found(
            message=f"season {season} has several sample rates: {_tell(groups, _kilohertz)}",
            hint="nothing needs to be done; for the next ones, export with the same settings",
            location=_locate_fewest(groups),
        )


def _article(audio: Audio) -> str:
    return f"an {audio.format.upper()}"


def _is_meant(key: str, episode: Episode, show: Show) -> bool:
    """Tell whether an episode shall have an intro, or an outro; front matter may have said that it shall not."""
    named = getattr(show.audio, key) is not None and key not in episode.locations
    return named or getattr(episode, key) is not None


def _master_of(version: Episode | Alternate) -> str | None:
    """Return the SHA-256 of the master, remembered where it is on another machine."""
    if version.master:
        return version.master.sha256
    return version.record.master_sha256 if version.record else None


def _heard_channels(audio: Audio, settings: AudioSettings) -> int:
    """Return how many channels listeners get."""
    return delivered_channels(audio, settings) if is_master(audio, settings) else min(audio.channels, _STEREO)


def _heard_rate(audio: Audio, settings: AudioSettings) -> int:
    """Return the sample rate that listeners get."""
    return delivered_rate(audio) if is_master(audio, settings) else audio.sample_rate


def _list_mixed_seasons(
    show: Show, measure: Callable[[Audio, AudioSettings], int]
) -> Iterator[tuple[int, Mapping[int, list[Episode]]]]:
    """Yield the seasons whose full episodes differ in a value, and the episodes by value, most of them first."""
    seasons: dict[int, dict[int, list[Episode]]] = {}
    for episode in show.episodes:
        if episode.audio and episode.type is EpisodeType.FULL and not episode.stays_in:
            groups = seasons.setdefault(episode.season or show.season, {})
            groups.setdefault(measure(episode.audio, show.audio), []).append(episode)
    for season, groups in sorted(seasons.items()):
        if len(groups) > 1:
            yield season, dict(sorted(groups.items(), key=lambda group: (-len(group[1]), -group[0])))


def _tell(groups: Mapping[int, list[Episode]], say: Callable[[int], str]) -> str:
    """Name the episodes of every group save the largest, which is counted."""
    (most, several), *others = groups.items()
    told = [f"{name_some([episode.folder for episode in few])}: {say(value)}" for value, few in others]
    return join_words([*told, f"{len(several)} other{'s' if len(several) > 1 else ''}: {say(most)}"])


def _locate_fewest(groups: Mapping[int, list[Episode]]) -> Location | None:
    *_, fewest = groups.values()
    return fewest[0].locations.get("audio")


def _kilohertz(rate: int) -> str:
    return f"{rate / 1000:g} kHz"
