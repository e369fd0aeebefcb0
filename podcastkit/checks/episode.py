"""Rules about episodes and their order: E1xx for words and numbers, A1xx for audio, N2xx for notes."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.checks.show import MAX_VALUE
from podcastkit.diagnostics import Severity
from podcastkit.model import Alternate, EpisodeType, ShowType
from podcastkit.text.decoding import UNREAD_NOTES
from podcastkit.text.moments import say_moment
from podcastkit.text.sentences import DESCRIPTION_LIMIT, fit_description

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Episode, Show

_REENCODED = {"ogg", "opus", "aac"}


@episode_rule("E101", Severity.ERROR, "apple", "psp1")
def episode_has_number(episode: Episode, show: Show) -> Iterator[Found]:
    """A full episode of a serial has no number.

    Apps play a serial in the order of its numbers; an episode without one is refused or stands anywhere.

    **Solution**: begin the folder's name with the number (`05-planning-time`), or write `number: 5` at the top of
    the notes. If it is a trailer or a bonus, say `type: trailer` or `type: bonus`.

    Source: Apple, A Podcaster's Guide to RSS: `itunes:episode` is required for serial shows; PSP-1, item.
    """
    if show.type is ShowType.SERIAL and episode.type is EpisodeType.FULL and episode.number is None:
        free = _free_number(show, episode.season)
        reason = episode.number_refused or "it has no number"
        yield Found(
            message=f"{reason}, and a serial is played by number; {free} is free",
            hint=f"name the folder {free:02d}-{episode.folder} or write number: {free} at the top of its notes; "
            "a trailer or bonus needs type: trailer or type: bonus",
        )


@show_rule("E102", Severity.ERROR, "apple", "psp1")
def numbers_are_given_once(show: Show) -> Iterator[Found]:
    """Two full episodes of one season carry the same number.

    Apps show one of them, or both in any order.

    **Solution**: give one of them another number; the free one is named.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode`.
    """
    holders: dict[tuple[int | None, int], list[Episode]] = {}
    for episode in show.episodes:
        if episode.type is EpisodeType.FULL and episode.number is not None and not episode.stays_in:
            holders.setdefault((episode.season, episode.number), []).append(episode)
    for (season, number), rivals in holders.items():
        for episode in rivals if len(rivals) > 1 else ():
            others = ", ".join(rival.folder for rival in rivals if rival is not episode)
            free = _free_number(show, season)
            yield Found(
                message=f"it is number {number}, and so is {others}",
                hint=f"give one of them another number, for example {free}, in the folder's name or in its notes",
                at="number",
                episode=episode,
            )


@show_rule("E103", Severity.WARNING)
def numbers_have_no_gap(show: Show) -> Iterator[Found]:
    """A number between the first and the last episode is missing.

    Listeners of a serial look for the episode that is not there.

    **Solution**: add the episode, or renumber the later ones before they are published.
    """
    seasons: dict[int, set[int]] = {}
    for episode in show.episodes:
        if episode.type is EpisodeType.FULL and episode.number is not None:
            seasons.setdefault(episode.season or show.season, set()).add(episode.number)
    for season, numbers in sorted(seasons.items()):
        missing = sorted(set(range(1, max(numbers))) - numbers)
        if missing:
            yield Found(
                message=f"season {season} lacks {_listed('number', missing)}",
                hint="add the episode (draft: true in its notes keeps it back), or renumber the later ones",
            )


@episode_rule("E104", Severity.WARNING)
def number_is_within_series(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's number is higher than the number of episodes that show.toml promises.

    Apps tell listeners how many episodes the series has, and would count wrongly; the feed might call it complete
    before the last one is out.

    **Solution**: correct `episodes` in show.toml, or the episode's number.
    """
    if show.total_episodes and episode.season == show.season and (episode.number or 0) > show.total_episodes:
        yield Found(
            message=f"it is number {episode.number}, but show.toml says episodes = {show.total_episodes}",
            hint="correct the one that is wrong",
            at="number",
        )


@episode_rule("E107", Severity.ERROR, "psp1", "apple")
def title_is_short(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's title is longer than 255 characters.

    Apps cut it off after a line or two, and the feed does not conform to PSP-1.

    **Solution**: shorten it; what does not fit belongs into the notes.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    del show
    if len(episode.title) > MAX_VALUE:
        yield Found(
            message=f"the title has {len(episode.title):,} characters; at most {MAX_VALUE} are allowed",
            hint="shorten it; what does not fit belongs into the notes",
            at="title",
        )


@episode_rule("E111", Severity.INFO)
def episode_is_due(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode is not due yet.

    Nothing publishes by itself: without somebody who publishes again on that day, listeners wait for it in vain.

    **Solution**: nothing needs to be done before. Publish again then, or let a timer on a computer do it.
    """
    if episode.date is not None and episode.date > show.at and not episode.stays_in:
        yield Found(
            message=f"it comes out {say_moment(episode.date, show.timezone, show.at)}",
            hint="publish again then",
            at="date",
        )


@episode_rule("N201", Severity.WARNING, "apple")
def notes_are_written(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode has no show notes.

    Listeners choose by them, and apps and search engines find the episode by them.

    **Solution**: write a few sentences into `notes.md` in the episode's folder.

    Source: Apple, RSS requirements (support page 823): an item's `description` is recommended.
    """
    footer = episode.notes.ending
    if episode.notes.plain == (footer.plain if footer else "") and not _has_unread_notes(episode, show):
        yield Found(
            message="it has no show notes",
            hint="write a few sentences into notes.md in its folder",
            at="notes",
        )


@episode_rule("N110", Severity.WARNING, "apple")
def notes_fit_into_description(episode: Episode, show: Show) -> Iterator[Found]:
    """The notes have more than 4,000 bytes, so that the short description ends before they do.

    A feed carries the notes twice: as they are, and as a short description, which Apple Podcasts and some other
    apps show. That one holds 4,000 bytes with its tags and addresses, where an accented letter or a sign of another
    script counts as several. It is cut behind a sentence; the show's footer stays.

    **Solution**: shorten the notes, or put first what everybody should read.

    Source: PSP-1, item `description`; Apple, A Podcaster's Guide to RSS (others tell of 10,000 bytes).
    """
    del show
    description = fit_description(episode.notes)
    if description.last_words is not None:
        yield Found(
            message=f"the notes have {description.size:,} bytes, and a short description holds "
            f"{DESCRIPTION_LIMIT:,}: apps that show it end at “{description.last_words} …”",
            hint="shorten them, or put first what everybody should read; other apps show all of them",
            at="notes",
        )


@episode_rule("N111", Severity.WARNING, "apple")
def summary_is_short(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's summary has more than 4,000 bytes, and is cut behind a sentence.

    Apps show one or two lines of it in their lists, and nobody reads the rest there.

    **Solution**: keep the summary to a sentence or two; what does not fit belongs into the notes.

    Source: Apple's limit for descriptions (A Podcaster's Guide to RSS), which it had for `itunes:summary`, too.
    """
    del show
    size = len((episode.summary or "").encode())
    if size > DESCRIPTION_LIMIT:
        yield Found(
            message=f"the summary has {size:,} bytes; the feed carries {DESCRIPTION_LIMIT:,}",
            hint="keep it to a sentence or two; what does not fit belongs into the notes",
            at="summary",
        )


@episode_rule("A101", Severity.ERROR, "apple", "psp1")
def episode_has_audio(episode: Episode, show: Show) -> Iterator[Found]:
    """There is no audio in an episode's folder.

    An episode without audio cannot be published. One that is published already stays as it is, and this is only
    said: its audio may lie on another machine.

    **Solution**: put one audio file into the folder.

    Source: PSP-1, item: `enclosure` is required.
    """
    del show
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
            hint="put one audio file into the folder: mp3, m4a, wav, flac, aiff, ogg, opus or aac",
        )


@episode_rule("A102", Severity.WARNING, "apple")
def audio_is_playable_everywhere(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's audio is in a format that Apple refuses (ogg, opus, aac without a container).

    It is encoded once more, which costs a little quality.

    **Solution**: export the episode as WAV, FLAC, MP3 or M4A instead.

    Source: Apple, Audio requirements (support page 893).
    """
    for version in episode.versions:
        if version.audio and version.audio.format in _REENCODED:
            yield Found(
                message=f"Apple refuses {version.audio.format}, so it is encoded again as {show.audio.format}",
                hint="export it as WAV, FLAC, MP3 or M4A: encoding twice costs quality",
                at="audio",
                location=version.location if isinstance(version, Alternate) else None,
            )


@episode_rule("A110", Severity.ERROR)
def alternates_are_there(episode: Episode, show: Show) -> Iterator[Found]:
    """A file that `alternates` names is not in the episode's folder.

    The episode is held back, or stays as it is, so that no version of it is lost. Of one that is published already
    this is only said: its file may lie on another machine.

    **Solution**: put the file into the episode's folder, correct its name, or remove the line.
    """
    del show
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
                hint="put it into the episode's folder, write its name as the folder shows it, or remove the line",
                location=alternate.location,
            )


def _has_unread_notes(episode: Episode, show: Show) -> bool:
    return any(found.episode == episode.folder and found.code in UNREAD_NOTES for found in show.diagnostics)


def _free_number(show: Show, season: int | None) -> int:
    taken = {episode.number for episode in show.episodes if episode.season == season}
    return next(number for number in count(1) if number not in taken)


def _listed(word: str, numbers: Sequence[int]) -> str:
    """Say `number 2`, or `numbers 2, 3 and 4`."""
    *others, last = map(str, numbers)
    return f"{word}s {', '.join(others)} and {last}" if others else f"{word} {last}"
