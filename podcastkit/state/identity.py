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
    feed_guid = show.guid or show.records.guid or manifest_records.guid or make_show_guid(feed_url)
    episodes = match_episodes(show.episodes, show.records, manifest_records)
    guids = _assign_guids(episodes, feed_guid, _collect_guids(show.records) | _collect_guids(manifest_records))
    dates = {item.guid: item.published for item in live}
    episodes = tuple(_replace_date(episode, dates.get(guids[episode.folder])) for episode in episodes)
    # In a trial run, the GUIDs in the manifest are not permanent yet.
    permanent = show.records.episodes + (manifest_records.episodes if real else ())
    findings = [*_find_guid_conflicts_in_files(show, episodes, guids, permanent=permanent)]
    if real:
        findings += _compare_lock_with_manifest(show, manifest_records)
    withdrawn = merge_records(show.records, manifest_records).withdrawn
    matched = replace_episodes(show, episodes, withdrawn)
    matched = replace(matched, diagnostics=show.diagnostics + tuple(findings))
    # A translation needs the identity of the original, to find the records of its episodes.
    identities: dict[str | None, Identity] = {None: Identity(guid=feed_guid, episodes=guids)}
    translations = []
    for translation in matched.translations:
        identified_translation, identity = _identify_translation(
            translation, matched, identities[None], manifest_records, feed_url=feed_url, real=real
        )
        translations.append(identified_translation)
        identities[translation.translation] = identity
    feed_counts = Counter(identity.guid for identity in identities.values())
    translations = [
        _report_shared_guid(translation, identities[translation.translation].guid, feed_counts)
        for translation in translations
    ]
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
    merged = merge_records(original.records, manifest_records)
    translation_url = feed_url.removesuffix(FEED_KEY) + make_feed_key(language)
    feed_guid = translated.guid or dict(merged.translated).get(language) or make_show_guid(translation_url)
    known_guids = _map_translated_guids(merged, language)
    episodes = tuple(
        replace(episode, guid=episode.guid or known_guids.get(original_identity.episodes[episode.folder]))
        for episode in translated.episodes
    )
    translated = replace(translated, episodes=episodes)
    findings = [
        *_find_translated_guid_conflicts_in_files(
            translated, original_identity, merged if real else original.records
        )
    ]
    if real:
        findings += _compare_translation_with_manifest(translated, original, original_identity, manifest_records)
    withdrawn_guids = {dict(withdrawal.translated).get(language) for withdrawal in merged.withdrawn}
    identity = Identity(
        guid=feed_guid, episodes=_assign_guids(episodes, feed_guid, {*known_guids.values(), *withdrawn_guids})
    )
    diagnostics = tuple(dict.fromkeys((*original.diagnostics, *translated.diagnostics, *findings)))
    return replace(translated, diagnostics=diagnostics), identity


def _map_translated_guids(records: Records, language: str) -> dict[str, str | None]:
    """Return the GUID of each episode in a translation by the GUID of its original; None if it has no GUID yet."""
    return {record.guid: dict(record.translated).get(language) for record in records.episodes}


def _find_translated_guid_conflicts_in_files(
    translated: Show, original_identity: Identity, permanent: Records
) -> Iterator[Diagnostic]:
    """Find GUIDs in a translation's files that are duplicates or differ from the published GUIDs."""
    language = translated.translation or ""
    published_guid = dict(permanent.translated).get(language)
    if translated.guid and published_guid and translated.guid != published_guid:
        message = f"show.toml has guid {translated.guid} for {language}, but it was published with {published_guid}"
        yield _make_finding(message, translated)
    publishable = [episode for episode in translated.episodes if not episode.stays_in]
    guid_counts = Counter(episode.guid for episode in publishable if episode.guid)
    withdrawn_guids = {guid for withdrawal in permanent.withdrawn for guid in withdrawal.guids}
    known_guids = _map_translated_guids(permanent, language)
    for episode in publishable:
        known_guid = known_guids.get(original_identity.episodes[episode.folder])
        if episode.guid and known_guid and episode.guid != known_guid:
            message = (
                f"the notes in {language} have guid {episode.guid}, but the episode was published with {known_guid}"
            )
            yield _make_finding(message, episode)
        if guid_counts[episode.guid or ""] > 1:
            yield _make_finding(f"another folder has the same GUID {episode.guid} in {language}", episode)
        if episode.guid in withdrawn_guids:
            message = f"the notes in {language} have guid {episode.guid}, which belongs to a withdrawn episode"
            yield _make_finding(message, episode)


def _compare_translation_with_manifest(
    translated: Show, original: Show, original_identity: Identity, manifest_records: Records
) -> Iterator[Diagnostic]:
    """Find contradictions between the lock file and the manifest about a translation."""
    language = translated.translation or ""
    locked = dict(original.records.translated).get(language)
    published = dict(manifest_records.translated).get(language)
    if locked and published and locked != published:
        message = f"the show's guid in {language} is {locked} in {LOCK_NAME}, but {published} at the destination"
        yield _make_finding(message, translated)
    locked_guids = _map_translated_guids(original.records, language)
    manifest_guids = _map_translated_guids(manifest_records, language)
    for episode in translated.episodes:
        original_guid = original_identity.episodes[episode.folder]
        locked, published = locked_guids.get(original_guid), manifest_guids.get(original_guid)
        if locked and published and locked != published:
            message = (
                f"the episode's GUID in {language} is {locked} in {LOCK_NAME}, but {published} at the destination"
            )
            yield _make_finding(message, episode)


def _report_shared_guid(translated: Show, guid: str, feed_counts: Mapping[str, int]) -> Show:
    """Add a finding to a translation if another feed of the show has its GUID: apps would merge the two."""
    if feed_counts[guid] == 1:
        return translated
    message = f"two feeds of the show have the guid {guid}, one of them in {translated.translation}"
    return replace(translated, diagnostics=(*translated.diagnostics, _make_finding(message, translated)))


def _collect_guids(records: Records) -> set[str | None]:
    return {*(record.guid for record in records.episodes), *(withdrawal.guid for withdrawal in records.withdrawn)}


def _assign_guids(episodes: tuple[Episode, ...], feed_guid: str, known_guids: set[str | None]) -> dict[str, str]:
    """Return the GUID of each episode by folder. An episode without a GUID gets one that was never used."""
    used_guids = known_guids | {episode.guid for episode in episodes}
    guids = {}
    for episode in episodes:
        episode_guid = episode.guid
        if episode_guid is None:
            # A new GUID is computed from the folder. If it is used, try `folder-2`, `folder-3` and so on.
            names = itertools.chain([episode.folder], (f"{episode.folder}-{n}" for n in itertools.count(2)))
            episode_guid = next(
                candidate for name in names if (candidate := make_episode_guid(feed_guid, name)) not in used_guids
            )
            used_guids.add(episode_guid)
        guids[episode.folder] = episode_guid
    return guids


def _replace_date(episode: Episode, date: datetime | None) -> Episode:
    # A date in the notes or in a record takes precedence.
    if date is None or episode.record is not None or "date" in episode.locations:
        return episode
    return replace(episode, date=date)


def _find_guid_conflicts_in_files(
    show: Show, episodes: tuple[Episode, ...], guids: Mapping[str, str], *, permanent: tuple[EpisodeRecord, ...]
) -> Iterator[Diagnostic]:
    """Find duplicate GUIDs, and GUIDs in files that differ from the published GUIDs.

    `permanent` are the records whose GUIDs must not change.
    """
    episodes = tuple(episode for episode in episodes if not episode.stays_in)
    records = frozenset(permanent)
    claims: dict[str, list[Episode]] = {}
    for episode in episodes:
        claims.setdefault(guids[episode.folder], []).append(episode)
    for guid, original in _find_copied_guids(episodes, records):
        claims[guid].append(original)
    for guid, claimants in claims.items():
        if len(claimants) > 1:
            folders = ", ".join(claimant.folder for claimant in claimants)
            for episode in claimants:
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
    """Find published GUIDs that are in the notes of a copied folder. Yield each GUID and the original episode.

    The original is the folder that has the published name or the published audio.
    """
    unmatched = [episode for episode in episodes if episode.record is None]
    by_folder = {episode.folder: episode for episode in unmatched}
    by_master = {episode.master.sha256: episode for episode in unmatched if episode.master}
    for episode in episodes:
        record = episode.record
        if record not in records or episode.folder == record.folder or episode.guid != record.guid:
            continue
        has_published_audio = episode.master is not None and episode.master.sha256 == record.master_sha256
        episode_with_name, episode_with_audio = by_folder.get(record.folder), by_master.get(record.master_sha256)
        original = episode_with_name or episode_with_audio
        # If the copy has the audio too, the original must match by name and by audio.
        if original and (episode_with_name is episode_with_audio or not has_published_audio):
            yield record.guid, original


def _compare_lock_with_manifest(show: Show, manifest_records: Records) -> Iterator[Diagnostic]:
    """Find contradictions between the lock file and the manifest.

    If the lock file has no GUID of the show, compare the GUID in show.toml.
    """
    own_guid, source = (show.records.guid, LOCK_NAME) if show.records.guid else (show.guid, "show.toml")
    if own_guid and manifest_records.guid and own_guid != manifest_records.guid:
        yield _make_finding(
            f"the show's guid is {own_guid} in {source}, but {manifest_records.guid} at the destination", show
        )
    locked_guids = {record.folder: record.guid for record in show.records.episodes}
    manifest_guids = {record.guid for record in manifest_records.episodes}
    episodes = {episode.folder: episode for episode in show.episodes}
    for record in manifest_records.episodes:
        episode, guid = episodes.get(record.folder), locked_guids.get(record.folder, record.guid)
        # If the destination has this GUID under another folder, the folder was renamed: no contradiction.
        if episode and guid != record.guid and guid not in manifest_guids:
            yield _make_finding(
                f"the episode's GUID is {guid} in {LOCK_NAME}, but {record.guid} at the destination", episode
            )


def _make_finding(message: str, subject: Show | Episode) -> Diagnostic:
    return Diagnostic(
        code="E106" if isinstance(subject, Episode) else "S106",
        severity=Severity.ERROR,
        message=message,
        hint="find out which GUID is right, and remove the other; apps show episodes twice when a GUID changes",
        location=subject.locations.get("guid", subject.locations.get("")),
        episode=subject.folder if isinstance(subject, Episode) else None,
    )
