"""Assign permanent GUIDs to a show and its episodes, and find contradictions about them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.feed.guids import make_episode_guid, make_show_guid
from podcastkit.model import Episode, EpisodeRecord, Records
from podcastkit.published_keys import FEED_KEY, make_feed_key
from podcastkit.state.lock import LOCK_NAME
from podcastkit.state.matching import match_episodes, replace_episodes
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from podcastkit.model import LiveItem, Show


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """The GUID of a feed, and the GUIDs of its episodes by folder."""

    guid: str
    episodes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentifiedShow:
    """A show whose episodes are matched to their records, and the GUIDs of its feeds."""

    show: Show
    """The show; its findings include the problems of its GUIDs."""
    feeds: Mapping[str | None, Identity]
    """The GUIDs of each feed by language of translation; the key of the original is None."""


def identify_show(
    show: Show, manifest_records: Records, *, feed_url: str, real: bool, live: Iterable[LiveItem] = ()
) -> IdentifiedShow:
    """Match a show to its records, and assign the GUIDs for a feed at `feed_url`.

    `manifest_records` are the records of the destination's manifest. `live` are the episodes of the published feed,
    whose dates replace those of lost records. If `real` (not a trial run), contradictions between the lock file and
    the manifest are errors.
    """
    guid = show.guid or show.records.guid or manifest_records.guid or make_show_guid(feed_url)
    episodes = match_episodes(show.episodes, show.records, manifest_records)
    guids = _assign_guids(episodes, guid, _collect_guids(show.records) | _collect_guids(manifest_records))
    dates = {item.guid: item.published for item in live}
    episodes = tuple(_replace_date(episode, dates.get(guids[episode.folder])) for episode in episodes)
    # In a trial run, the GUIDs in the manifest are not permanent yet.
    findings = [
        *_find_conflicts(
            show, episodes, guids, permanent=show.records.episodes + (manifest_records.episodes if real else ())
        )
    ]
    if real:
        findings += _find_contradictions(show, manifest_records)
    withdrawn = merge_records(show.records, manifest_records).withdrawn
    matched = replace_episodes(show, episodes, withdrawn)
    matched = replace(matched, diagnostics=show.diagnostics + tuple(findings))
    # A translation needs the identity of the original, to find the records of its episodes.
    identities: dict[str | None, Identity] = {None: Identity(guid=guid, episodes=guids)}
    translations = []
    for one in matched.translations:
        translated, identity = _identify_translation(
            one, matched, identities[None], manifest_records, feed_url=feed_url, real=real
        )
        translations.append(translated)
        identities[one.translation] = identity
    feed_counts = Counter(identity.guid for identity in identities.values())
    translations = [_report_shared_guid(one, identities[one.translation].guid, feed_counts) for one in translations]
    return IdentifiedShow(show=replace(matched, translations=tuple(translations)), feeds=identities)


def _identify_translation(
    translated: Show,
    original: Show,
    original_identity: Identity,
    manifest_records: Records,
    *,
    feed_url: str,
    real: bool,
) -> tuple[Show, Identity]:
    """Return a translation with its findings, and its GUIDs; `original_identity` has the GUIDs of the original."""
    language = translated.translation or ""
    known = merge_records(original.records, manifest_records)
    address = feed_url.removesuffix(FEED_KEY) + make_feed_key(language)
    guid = translated.guid or dict(known.translated).get(language) or make_show_guid(address)
    known_guids = _map_translated_guids(known, language)
    with_guids = tuple(
        replace(episode, guid=episode.guid or known_guids.get(original_identity.episodes[episode.folder]))
        for episode in translated.episodes
    )
    translated = replace(translated, episodes=with_guids)
    findings = [*_find_translation_conflicts(translated, original_identity, known if real else original.records)]
    if real:
        findings += _find_translation_contradictions(translated, original, original_identity, manifest_records)
    withdrawn = {dict(withdrawal.translated).get(language) for withdrawal in known.withdrawn}
    identity = Identity(guid=guid, episodes=_assign_guids(with_guids, guid, {*known_guids.values(), *withdrawn}))
    found = tuple(dict.fromkeys((*original.diagnostics, *translated.diagnostics, *findings)))
    return replace(translated, diagnostics=found), identity


def _map_translated_guids(records: Records, language: str) -> dict[str, str | None]:
    """Return the GUIDs of translated episodes by the GUIDs of their originals."""
    return {record.guid: dict(record.translated).get(language) for record in records.episodes}


def _find_translation_conflicts(
    translated: Show, original_identity: Identity, permanent: Records
) -> Iterator[Diagnostic]:
    """Find GUIDs in a translation's files that are duplicates or differ from the published GUIDs."""
    language = translated.translation or ""
    published = dict(permanent.translated).get(language)
    if translated.guid and published and translated.guid != published:
        message = f"show.toml has guid {translated.guid} for {language}, but it was published with {published}"
        yield _make_finding(message, translated)
    there = [episode for episode in translated.episodes if not episode.stays_in]
    counts = Counter(episode.guid for episode in there if episode.guid)
    withdrawn = {guid for withdrawal in permanent.withdrawn for guid in withdrawal.guids}
    known = _map_translated_guids(permanent, language)
    for episode in there:
        known_guid = known.get(original_identity.episodes[episode.folder])
        if episode.guid and known_guid and episode.guid != known_guid:
            message = (
                f"the notes in {language} have guid {episode.guid}, but the episode was published with {known_guid}"
            )
            yield _make_finding(message, episode)
        if counts[episode.guid or ""] > 1:
            yield _make_finding(f"another folder has the same GUID {episode.guid} in {language}", episode)
        if episode.guid in withdrawn:
            message = f"the notes in {language} have guid {episode.guid}, which belongs to a withdrawn episode"
            yield _make_finding(message, episode)


def _find_translation_contradictions(
    translated: Show, original: Show, original_identity: Identity, manifest_records: Records
) -> Iterator[Diagnostic]:
    """Find contradictions between the lock file and the manifest about a translation."""
    language = translated.translation or ""
    own, other = (dict(records.translated).get(language) for records in (original.records, manifest_records))
    if own and other and own != other:
        message = f"the show's guid in {language} is {own} in {LOCK_NAME}, but {other} at the destination"
        yield _make_finding(message, translated)
    locked, there = (
        _map_translated_guids(original.records, language),
        _map_translated_guids(manifest_records, language),
    )
    for episode in translated.episodes:
        guid = original_identity.episodes[episode.folder]
        own, other = locked.get(guid), there.get(guid)
        if own and other and own != other:
            message = f"the episode's GUID in {language} is {own} in {LOCK_NAME}, but {other} at the destination"
            yield _make_finding(message, episode)


def _report_shared_guid(translated: Show, guid: str, counts: Mapping[str, int]) -> Show:
    """Add a finding to a translation if another feed of the show has its GUID: apps would merge the two."""
    if counts[guid] == 1:
        return translated
    message = f"two feeds of the show have the guid {guid}, one of them in {translated.translation}"
    return replace(translated, diagnostics=(*translated.diagnostics, _make_finding(message, translated)))


def _collect_guids(records: Records) -> set[str | None]:
    return {*(record.guid for record in records.episodes), *(withdrawal.guid for withdrawal in records.withdrawn)}


def _assign_guids(episodes: tuple[Episode, ...], guid: str, known: set[str | None]) -> dict[str, str]:
    """Return the GUIDs of the episodes by folder: their own or, failing that, new ones that were never used."""
    used = known | {episode.guid for episode in episodes}
    assigned = {}
    for episode in episodes:
        own = episode.guid
        if own is None:
            names = itertools.chain([episode.folder], (f"{episode.folder}-{n}" for n in itertools.count(2)))
            own = next(fresh for name in names if (fresh := make_episode_guid(guid, name)) not in used)
            used.add(own)
        assigned[episode.folder] = own
    return assigned


def _replace_date(episode: Episode, date: datetime | None) -> Episode:
    # A date in the notes or in a record takes precedence.
    if date is None or episode.record is not None or "date" in episode.locations:
        return episode
    return replace(episode, date=date)


def _find_conflicts(
    show: Show, episodes: tuple[Episode, ...], guids: Mapping[str, str], *, permanent: tuple[EpisodeRecord, ...]
) -> Iterator[Diagnostic]:
    """Find duplicate GUIDs, and GUIDs in files that differ from the published GUIDs."""
    episodes = tuple(episode for episode in episodes if not episode.stays_in)
    records = frozenset(permanent)
    claims: dict[str, list[Episode]] = {}
    for episode in episodes:
        claims.setdefault(guids[episode.folder], []).append(episode)
    for guid, original in _find_copied_guids(episodes, records):
        claims[guid].append(original)
    for guid, claimants in claims.items():
        for episode in claimants if len(claimants) > 1 else ():
            folders = ", ".join(claimant.folder for claimant in claimants)
            yield _make_finding(f"these folders have the same GUID {guid}: {folders}", episode)
    for episode in episodes:
        if episode.record in records and episode.guid != episode.record.guid:
            yield _make_finding(
                f"the notes have guid {episode.guid}, but the episode was published with {episode.record.guid}",
                episode,
            )
    if show.guid and show.records.guid and show.guid != show.records.guid:
        yield _make_finding(f"show.toml has guid {show.guid}, but {LOCK_NAME} has {show.records.guid}", show)


def _find_copied_guids(
    episodes: tuple[Episode, ...], records: frozenset[EpisodeRecord]
) -> Iterator[tuple[str, Episode]]:
    """Find published episodes whose GUID is in the notes of a copy. Yield the GUID and the original.

    The original is the folder with the published name or the published audio.
    """
    others = [episode for episode in episodes if episode.record is None]
    by_folder = {episode.folder: episode for episode in others}
    by_master = {episode.master.sha256: episode for episode in others if episode.master}
    for episode in episodes:
        record = episode.record
        if record not in records or episode.folder == record.folder or episode.guid != record.guid:
            continue
        has_the_audio = episode.master is not None and episode.master.sha256 == record.master_sha256
        same_name, same_audio = by_folder.get(record.folder), by_master.get(record.master_sha256)
        original = same_name or same_audio
        # If the copy has the audio too, the original must match by name and by audio.
        if original and (same_name is same_audio or not has_the_audio):
            yield record.guid, original


def _find_contradictions(show: Show, manifest_records: Records) -> Iterator[Diagnostic]:
    """Find contradictions between the lock file and the manifest.

    If the lock file has no GUID of the show, the GUID in show.toml counts.
    """
    own, source = (show.records.guid, LOCK_NAME) if show.records.guid else (show.guid, "show.toml")
    if own and manifest_records.guid and own != manifest_records.guid:
        yield _make_finding(
            f"the show's guid is {own} in {source}, but {manifest_records.guid} at the destination", show
        )
    locked = {record.folder: record.guid for record in show.records.episodes}
    known = {record.guid for record in manifest_records.episodes}
    episodes = {episode.folder: episode for episode in show.episodes}
    for record in manifest_records.episodes:
        episode, guid = episodes.get(record.folder), locked.get(record.folder, record.guid)
        # If the destination has this GUID under another folder, the folder was renamed: no contradiction.
        if episode and guid != record.guid and guid not in known:
            yield _make_finding(
                f"the episode's GUID is {guid} in {LOCK_NAME}, but {record.guid} at the destination", episode
            )


def _make_finding(message: str, about: Show | Episode) -> Diagnostic:
    return Diagnostic(
        code="E106" if isinstance(about, Episode) else "S106",
        severity=Severity.ERROR,
        message=message,
        hint="find out which GUID is right, and remove the other; apps show episodes twice when a GUID changes",
        location=about.locations.get("guid", about.locations.get("")),
        episode=about.folder if isinstance(about, Episode) else None,
    )
