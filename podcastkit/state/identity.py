"""Identity: give a show and its episodes the GUIDs that never change, and find sources that disagree about them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.feed.guids import episode_guid, show_guid
from podcastkit.model import Episode, EpisodeRecord, Records
from podcastkit.published_keys import FEED_KEY, feed_key
from podcastkit.state.lock import LOCK_NAME
from podcastkit.state.matching import match_episodes, with_matched
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from podcastkit.model import LiveItem, Show


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """The GUIDs of a feed: its own, and those of the episodes by folder."""

    guid: str
    episodes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentifiedShow:
    """A show whose episodes are matched to their records, and the GUIDs of its feeds."""

    show: Show
    """With what is wrong with its GUIDs among its findings."""
    feeds: Mapping[str | None, Identity]
    """By the language of the translation; the original's is under None."""


def identify(
    show: Show, remembered: Records, *, feed_url: str, real: bool, live: Iterable[LiveItem] = ()
) -> IdentifiedShow:
    """Match a show to its records, and give it the GUIDs that a feed at `feed_url` must have.

    `remembered` is what the destination's manifest knows beside the lock. `live` are the episodes of the feed
    there, with the dates of those whose records were lost. In a real publish, sources that disagree are errors that
    name both.
    """
    guid = show.guid or show.records.guid or remembered.guid or show_guid(feed_url)
    episodes = match_episodes(show.episodes, show.records, remembered)
    guids = _assign_guids(episodes, guid, _guids_of(show.records) | _guids_of(remembered))
    dates = {item.guid: item.published for item in live}
    episodes = tuple(_with_live_date(episode, dates.get(guids[episode.folder])) for episode in episodes)
    findings = [
        *_contested(show, episodes, guids, fixed=show.records.episodes + (remembered.episodes if real else ()))
    ]
    if real:
        findings += _contradictions(show, remembered)
    withdrawn = merge_records(show.records, remembered).withdrawn
    matched = with_matched(show, episodes, withdrawn)
    matched = replace(matched, diagnostics=show.diagnostics + tuple(findings))
    identities: dict[str | None, Identity] = {None: Identity(guid=guid, episodes=guids)}
    translations = []
    for one in matched.translations:
        translated, identity = _identify_translation(
            one, matched, identities[None], remembered, feed_url=feed_url, real=real
        )
        translations.append(translated)
        identities[one.translation] = identity
    rivals = Counter(identity.guid for identity in identities.values())
    translations = [_with_rival(one, identities[one.translation].guid, rivals) for one in translations]
    return IdentifiedShow(show=replace(matched, translations=tuple(translations)), feeds=identities)


def _identify_translation(
    translated: Show, original: Show, fixed: Identity, remembered: Records, *, feed_url: str, real: bool
) -> tuple[Show, Identity]:
    """Return a translation with its own GUIDs, and the findings about them; `fixed` is the original's identity."""
    language = translated.translation or ""
    known = merge_records(original.records, remembered)
    address = feed_url.removesuffix(FEED_KEY) + feed_key(language)
    guid = translated.guid or dict(known.translated).get(language) or show_guid(address)
    words = _words_by_guid(known, language)
    named = tuple(
        replace(episode, guid=episode.guid or words.get(fixed.episodes[episode.folder]))
        for episode in translated.episodes
    )
    translated = replace(translated, episodes=named)
    findings = [*_contested_words(translated, fixed, known if real else original.records)]
    if real:
        findings += _contradicting_words(translated, original, fixed, remembered)
    withdrawn = {dict(withdrawal.translated).get(language) for withdrawal in known.withdrawn}
    identity = Identity(guid=guid, episodes=_assign_guids(named, guid, {*words.values(), *withdrawn}))
    found = tuple(dict.fromkeys((*original.diagnostics, *translated.diagnostics, *findings)))
    return replace(translated, diagnostics=found), identity


def _words_by_guid(records: Records, language: str) -> dict[str, str | None]:
    """Return the GUIDs of the episodes in a language by those of their originals."""
    return {record.guid: dict(record.translated).get(language) for record in records.episodes}


def _contested_words(translated: Show, original: Identity, fixed: Records) -> Iterator[Diagnostic]:
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
    for episode in there:
        words = known.get(original.episodes[episode.folder])
        if episode.guid and words and episode.guid != words:
            message = f"its notes in {language} say guid {episode.guid}, but it was published as {words}"
            yield _disagreement(message, episode)
        if claims[episode.guid or ""] > 1:
            yield _disagreement(f"another folder claims the same GUID {episode.guid} in {language}", episode)
        if episode.guid in withdrawn:
            message = f"its notes in {language} say guid {episode.guid}, which is that of a withdrawn episode"
            yield _disagreement(message, episode)


def _contradicting_words(
    translated: Show, original: Show, fixed: Identity, remembered: Records
) -> Iterator[Diagnostic]:
    """Find what the lock and the manifest tell differently about a translation."""
    language = translated.translation or ""
    own, other = (dict(records.translated).get(language) for records in (original.records, remembered))
    if own and other and own != other:
        message = f"{LOCK_NAME} says the guid in {language} is {own}, the destination says {other}"
        yield _disagreement(message, translated)
    locked, there = _words_by_guid(original.records, language), _words_by_guid(remembered, language)
    for episode in translated.episodes:
        guid = fixed.episodes[episode.folder]
        own, other = locked.get(guid), there.get(guid)
        if own and other and own != other:
            message = f"{LOCK_NAME} says its GUID in {language} is {own}, the destination says {other}"
            yield _disagreement(message, episode)


def _with_rival(translated: Show, guid: str, rivals: Mapping[str, int]) -> Show:
    """Return a translation with a finding where another feed of the show has its GUID: apps take both for one."""
    if rivals[guid] == 1:
        return translated
    message = f"two feeds of the show have the guid {guid}, one of them in {translated.translation}"
    return replace(translated, diagnostics=(*translated.diagnostics, _disagreement(message, translated)))


def _guids_of(records: Records) -> set[str | None]:
    return {*(record.guid for record in records.episodes), *(withdrawal.guid for withdrawal in records.withdrawn)}


def _assign_guids(episodes: tuple[Episode, ...], guid: str, known: set[str | None]) -> dict[str, str]:
    """Return the GUIDs of the episodes by folder: their own, or else new ones that were never used."""
    used = known | {episode.guid for episode in episodes}
    assigned = {}
    for episode in episodes:
        own = episode.guid
        if own is None:
            names = itertools.chain([episode.folder], (f"{episode.folder}-{n}" for n in itertools.count(2)))
            own = next(fresh for name in names if (fresh := episode_guid(guid, name)) not in used)
            used.add(own)
        assigned[episode.folder] = own
    return assigned


def _with_live_date(episode: Episode, date: datetime | None) -> Episode:
    if date is None or episode.record is not None or "date" in episode.locations:
        return episode
    return replace(episode, date=date)


def _contested(
    show: Show, episodes: tuple[Episode, ...], guids: Mapping[str, str], *, fixed: tuple[EpisodeRecord, ...]
) -> Iterator[Diagnostic]:
    """Find GUIDs that two folders claim, and GUIDs in files that differ from those already published."""
    episodes = tuple(episode for episode in episodes if not episode.stays_in)
    records = frozenset(fixed)
    claims: dict[str, list[Episode]] = {}
    for episode in episodes:
        claims.setdefault(guids[episode.folder], []).append(episode)
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
    """Find published episodes whose GUID is also in the notes of another folder, such as a copy."""
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
