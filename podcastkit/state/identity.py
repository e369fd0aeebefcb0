"""Identity: give a show and its episodes the GUIDs that never change, and find sources that disagree about them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.feed.guids import episode_guid, show_guid
from podcastkit.model import Episode, EpisodeRecord, Records
from podcastkit.published_keys import FEED_KEY, feed_key
from podcastkit.state.lock import LOCK_NAME
from podcastkit.state.matching import recognise
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from podcastkit.model import LiveFeed, Show


def identify(show: Show, remembered: Records, *, feed_url: str, real: bool, live: LiveFeed | None = None) -> Show:
    """Return the show with the GUIDs that a feed at `feed_url` must carry.

    `remembered` is what the destination's manifest knows, `live` the feed that stands there: it knows the dates
    of episodes whose records were lost. For a real publish, sources that disagree are errors that name both.
    """
    episodes = recognise(show.episodes, remembered)
    guid = show.guid or show.records.guid or remembered.guid or show_guid(feed_url)
    episodes = _assign_guids(episodes, guid, _guids_of(show.records) | _guids_of(remembered))
    dates = {item.guid: item.published for item in live.items} if live else {}
    episodes = tuple(_with_live_date(episode, dates) for episode in episodes)
    findings = [*_contested(show, episodes, fixed=show.records.episodes + (remembered.episodes if real else ()))]
    if real:
        findings += _contradictions(show, remembered)
    identified = replace(show, guid=guid, episodes=episodes, diagnostics=show.diagnostics + tuple(findings))
    translations = [
        _identify_translation(one, identified, remembered, feed_url=feed_url, real=real)
        for one in show.translations
    ]
    guids = Counter(one.guid for one in (identified, *translations))
    return replace(identified, translations=tuple(_with_rival(one, guids) for one in translations))


def _identify_translation(
    translated: Show, original: Show, remembered: Records, *, feed_url: str, real: bool
) -> Show:
    """Return a translation with its own GUIDs; what else is fixed of an episode, it shares with the original."""
    language = translated.translation or ""
    known = merge_records(original.records, remembered)
    address = feed_url.removesuffix(FEED_KEY) + feed_key(language)
    guid = translated.guid or dict(known.translated).get(language) or show_guid(address)
    words = _words_by_guid(known, language)
    named = tuple(
        replace(_with_fixed(episode, source), guid=episode.guid or words.get(source.guid or ""))
        for episode, source in zip(translated.episodes, original.episodes, strict=True)
    )
    translated = replace(translated, episodes=named)
    findings = [*_contested_words(translated, original, known if real else original.records)]
    if real:
        findings += _contradicting_words(translated, original, remembered)
    withdrawn = {dict(withdrawal.translated).get(language) for withdrawal in known.withdrawn}
    return replace(
        translated,
        guid=guid,
        episodes=_assign_guids(named, guid, {*words.values(), *withdrawn}),
        records=original.records,
        diagnostics=tuple(dict.fromkeys((*original.diagnostics, *translated.diagnostics, *findings))),
    )


def _words_by_guid(records: Records, language: str) -> dict[str, str | None]:
    """Return the GUIDs of the episodes in a language by those of their originals."""
    return {record.guid: dict(record.translated).get(language) for record in records.episodes}


def _with_fixed(translated: Episode, original: Episode) -> Episode:
    return replace(
        share_media(translated, original),
        date=original.date,
        record=original.record,
        withdrawn=original.withdrawn,
    )


def share_media(translated: Episode, original: Episode) -> Episode:
    """Return an episode with the audio of its original, in every version."""
    return replace(translated, media=original.media, alternates=original.alternates)


def _contested_words(translated: Show, original: Show, fixed: Records) -> Iterator[Diagnostic]:
    """Find GUIDs in a translation's files that two folders claim, or that differ from those already published."""
    language = translated.translation or ""
    published = dict(fixed.translated).get(language)
    if translated.guid and published and translated.guid != published:
        message = f"show.toml says guid {translated.guid} for {language}, but it was published as {published}"
        yield _disagreement(message, translated)
    there = [episode for episode in translated.episodes if not episode.stays_in]
    claims = Counter(episode.guid for episode in there if episode.guid)
    withdrawn = {guid for withdrawal in fixed.withdrawn for guid in withdrawal.guids}
    known = _words_by_guid(fixed, language)
    sources = {episode.folder: episode.guid or "" for episode in original.episodes}
    for episode in there:
        words = known.get(sources[episode.folder])
        if episode.guid and words and episode.guid != words:
            message = f"its notes in {language} say guid {episode.guid}, but it was published as {words}"
            yield _disagreement(message, episode)
        if claims[episode.guid or ""] > 1:
            yield _disagreement(f"another folder claims the same GUID {episode.guid} in {language}", episode)
        if episode.guid in withdrawn:
            message = f"its notes in {language} say guid {episode.guid}, which is that of a withdrawn episode"
            yield _disagreement(message, episode)


def _contradicting_words(translated: Show, original: Show, remembered: Records) -> Iterator[Diagnostic]:
    """Find what the lock and the manifest tell differently about a translation."""
    language = translated.translation or ""
    own, other = (dict(records.translated).get(language) for records in (original.records, remembered))
    if own and other and own != other:
        message = f"{LOCK_NAME} says the guid in {language} is {own}, the destination says {other}"
        yield _disagreement(message, translated)
    locked, there = _words_by_guid(original.records, language), _words_by_guid(remembered, language)
    for episode, source in zip(translated.episodes, original.episodes, strict=True):
        own, other = locked.get(source.guid or ""), there.get(source.guid or "")
        if own and other and own != other:
            message = f"{LOCK_NAME} says its GUID in {language} is {own}, the destination says {other}"
            yield _disagreement(message, episode)


def _with_rival(translated: Show, guids: Mapping[str | None, int]) -> Show:
    """Return a translation with a finding where another feed of the show has its GUID: apps take both for one."""
    if guids[translated.guid] == 1:
        return translated
    message = f"two feeds of the show have the guid {translated.guid}, one of them in {translated.translation}"
    return replace(translated, diagnostics=(*translated.diagnostics, _disagreement(message, translated)))


def _guids_of(records: Records) -> set[str | None]:
    return {*(record.guid for record in records.episodes), *(withdrawal.guid for withdrawal in records.withdrawn)}


def _assign_guids(episodes: tuple[Episode, ...], guid: str, known: set[str | None]) -> tuple[Episode, ...]:
    used = known | {episode.guid for episode in episodes}
    assigned = []
    for episode in episodes:
        if episode.guid is not None:
            assigned.append(episode)
            continue
        names = itertools.chain([episode.folder], (f"{episode.folder}-{n}" for n in itertools.count(2)))
        own = next(fresh for name in names if (fresh := episode_guid(guid, name)) not in used)
        used.add(own)
        assigned.append(replace(episode, guid=own))
    return tuple(assigned)


def _with_live_date(episode: Episode, dates: Mapping[str, datetime | None]) -> Episode:
    if episode.record is not None or "date" in episode.locations:
        return episode
    date = dates.get(episode.guid or "")
    return replace(episode, date=date) if date else episode


def _contested(
    show: Show, episodes: tuple[Episode, ...], *, fixed: tuple[EpisodeRecord, ...]
) -> Iterator[Diagnostic]:
    """Find GUIDs that two folders claim, and GUIDs in files that differ from those already published."""
    episodes = tuple(episode for episode in episodes if not episode.stays_in)
    records = frozenset(fixed)
    claims: dict[str, list[Episode]] = {}
    for episode in episodes:
        claims.setdefault(episode.guid or "", []).append(episode)
    for guid, rival in _claims_by_what_they_are(episodes, records):
        claims[guid].append(rival)
    for guid, rivals in claims.items():
        for episode in rivals if len(rivals) > 1 else ():
            folders = ", ".join(rival.folder for rival in rivals)
            yield _disagreement(f"these folders claim the same GUID {guid}: {folders}", episode)
    for episode in episodes:
        if episode.record in records and episode.guid != episode.record.guid:
            yield _disagreement(
                f"its notes say guid {episode.guid}, but it was published as {episode.record.guid}", episode
            )
    if show.guid and show.records.guid and show.guid != show.records.guid:
        yield _disagreement(f"show.toml says guid {show.guid}, {LOCK_NAME} says {show.records.guid}", show)


def _claims_by_what_they_are(
    episodes: tuple[Episode, ...], records: frozenset[EpisodeRecord]
) -> Iterator[tuple[str, Episode]]:
    """Find published episodes whose GUID another folder took by its notes, as a copy of them does."""
    others = [episode for episode in episodes if episode.record is None]
    by_folder = {episode.folder: episode for episode in others}
    by_master = {episode.master.sha256: episode for episode in others if episode.master}
    for episode in episodes:
        record = episode.record
        if record not in records or episode.folder == record.folder or episode.guid != record.guid:
            continue
        has_the_audio = episode.master is not None and episode.master.sha256 == record.master_sha256
        namesake, twin = by_folder.get(record.folder), by_master.get(record.master_sha256)
        rival = namesake if namesake is twin or not has_the_audio else None
        if rival := rival or (None if has_the_audio else twin):
            yield record.guid, rival


def _contradictions(show: Show, remembered: Records) -> Iterator[Diagnostic]:
    """Find what the lock (for the show's GUID else show.toml) and the manifest tell differently."""
    own, source = (show.records.guid, LOCK_NAME) if show.records.guid else (show.guid, "show.toml")
    if own and remembered.guid and own != remembered.guid:
        yield _disagreement(f"{source} says the show's guid is {own}, the destination says {remembered.guid}", show)
    locked = {record.folder: record.guid for record in show.records.episodes}
    known = {record.guid for record in remembered.episodes}
    episodes = {episode.folder: episode for episode in show.episodes}
    for record in remembered.episodes:
        episode, guid = episodes.get(record.folder), locked.get(record.folder, record.guid)
        # A GUID that the destination knows too, under another folder, is one of a folder that was renamed since.
        if episode and guid != record.guid and guid not in known:
            yield _disagreement(f"{LOCK_NAME} says its GUID is {guid}, the destination says {record.guid}", episode)


def _disagreement(message: str, about: Show | Episode) -> Diagnostic:
    return Diagnostic(
        code="E106" if isinstance(about, Episode) else "S106",
        severity=Severity.ERROR,
        message=message,
        hint="a GUID never changes, or apps show everything twice: find out which is right, remove the other",
        location=about.locations.get("guid", about.locations.get("")),
        episode=about.folder if isinstance(about, Episode) else None,
    )
