"""A show in the words of another language: `[translations.es]`, `notes.es.md` and the same episodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Location, Parsed, make_warning
from podcastkit.project.artwork import read_artwork_file
from podcastkit.project.episode_reader import disclose_ai, name_episode
from podcastkit.project.episode_texts import read_texts
from podcastkit.project.front_matter import KEYS
from podcastkit.project.named_files import find_named_file
from podcastkit.text.chapters.timestamps import add_chapters
from podcastkit.text.folder_name import clean_title
from podcastkit.text.notes.convert import join_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Episode, Show, Text
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.episode_texts import EpisodeTexts
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_context import ShowContext

_OF_ITS_OWN = {"guid": None, "new_feed_url": None}
"""What a translation never takes from the original, whose new address would lead subscribers to its language."""
_BY_HAND = {"description", "artwork", "footer", "txt"}
"""The keys of a translation that do not fill a field of the show as they are."""
_TRANSLATED = frozenset({"title", "summary", "link", "guid", "number_display"})
"""The keys that front matter has in another language; all others are the episode's, whatever its words."""


def translate(
    context: ShowContext, show: Show, language: str, words: Mapping[str, Any], folders: Sequence[EpisodeFolder]
) -> Show:
    """Return the show in another language. What is not translated stays in the words of the original.

    Its findings hold those of the original, since what is wrong there is wrong here too. `words` are the values of
    its table in show.toml by key, `folders` those of the episodes.
    """
    place = f"translations.{language}.".casefold()
    own = {key[len(place) :]: at for key, at in show.locations.items() if key.casefold().startswith(place)}
    named = (find_named_file(context.folder, words["artwork"]),) if "artwork" in words else ()
    artwork, artwork_findings = read_artwork_file(context, named, own.get("artwork"))
    description = words.get("description", Parsed(show.description))
    footer = words.get("footer", Parsed(context.show_file.footer))
    texts = [read_texts(context, folder, language) for folder in folders]
    episodes = [
        _translate_episode(episode, language, read, footer.value)
        for episode, read in zip(show.episodes, texts, strict=True)
    ]
    same = {key: value for key, value in words.items() if value and key not in _BY_HAND}
    findings = [*show.diagnostics, *artwork_findings, *description.findings, *footer.findings]
    for one in episodes:
        findings += name_episode(one)
    return replace(
        show,
        **{**_OF_ITS_OWN, **same},
        language=language,
        spoken=show.language,
        translation=language,
        description=description.value,
        artwork=artwork or show.artwork,
        # What the producer calls the rhythm is in the words of the original.
        schedule=show.schedule and replace(show.schedule, text=None),
        txt=(*words["txt"], *disclose_ai(context.show_file.ai_content)) if words.get("txt") else show.txt,
        episodes=tuple(one.value for one in episodes),
        silences=tuple(silence for read in texts for silence in read.value.silences),
        locations={**show.locations, **own},
        diagnostics=tuple(findings),
    )


def _translate_episode(
    episode: Episode, language: str, read: Parsed[EpisodeTexts], footer: Text | None
) -> Parsed[Episode]:
    texts, findings = read
    transcripts = tuple(sorted(episode.transcripts, key=lambda document: document.language != language))
    translated = replace(episode, guid=None, record=None, transcripts=transcripts)
    if texts.chapters:
        translated = replace(
            translated,
            chapters=texts.chapters.listed,
            chapters_file=texts.chapters.document,
            locations={**_without_chapters(episode.locations), **texts.chapters.locations},
        )
    if texts.notes_file is None:
        findings = (*findings, _report_untranslated(episode, language))
    else:
        findings = (*findings, *_find_idle_keys(texts.front, texts.notes_file), *_find_no_title(texts))
        translated = _with_notes(translated, texts, footer)
    return Parsed(translated, findings)


def _without_chapters(locations: Mapping[str, Location]) -> dict[str, Location]:
    return {key: where for key, where in locations.items() if not key.startswith("chapters")}


def _with_notes(episode: Episode, texts: EpisodeTexts, footer: Text | None) -> Episode:
    front = texts.front
    title = front.title or texts.notes.heading
    text = add_chapters(texts.notes.text, episode.chapters)
    same = {key: value for key, value in front.fields.items() if value and key in _TRANSLATED}
    return replace(
        episode,
        title=clean_title(title, episode.number) if title else episode.title,
        notes=join_texts(text, footer) if footer else text,
        **{"summary": None, **same},
        locations={**episode.locations, **texts.locations, **front.locations},
    )


def _find_no_title(texts: EpisodeTexts) -> Iterator[Diagnostic]:
    if not (texts.front.title or texts.notes.heading):
        message = f"{texts.notes_file} has no title, so the feed has that of the original"
        hint = "write title: … at its top, or begin it with a # heading"
        yield make_warning("N161", message, hint, texts.notes_file)


def _report_untranslated(episode: Episode, language: str) -> Diagnostic:
    message = f"there is no notes.{language}.md: the feed in {language} has the words of the original"
    hint = f"write notes.{language}.md beside notes.md, with its title at the top"
    return make_warning("N160", message, hint, episode.folder)


def _find_idle_keys(front: FrontMatter, file: str) -> Iterator[Diagnostic]:
    written = {name.partition("[")[0].partition(".")[0] for name in front.locations}
    for key in sorted((written & KEYS) - _TRANSLATED):  # an unknown one is told as that
        message = f"{key} means nothing in {file}: the episode has one for all languages"
        hint = "write it into the notes of the original, or remove it"
        yield make_warning("E160", message, hint, front.locations[key])
