"""Translate a show: the texts of `[translations.es]` and `notes.es.md`, with the same episodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Location, Parsed, make_warning
from podcastkit.project.artwork import read_artwork_file
from podcastkit.project.episode_reader import disclose_ai, label_findings
from podcastkit.project.episode_texts import read_texts
from podcastkit.project.front_matter import KEY_NAMES
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

_NOT_INHERITED_FIELDS = {"guid": None, "new_feed_url": None}
"""Fields that a translation does not inherit: a new URL of the original would move subscribers to its language."""
_NOT_COPIED_KEYS = {"description", "artwork", "footer", "txt"}
"""The keys of a translation's table whose values are not copied to the show unchanged."""
_TRANSLATED_KEYS = frozenset({"title", "summary", "link", "guid", "number_display"})
"""The keys that the front matter of a translation may set. All others are the same in every language."""


def translate(
    context: ShowContext, show: Show, language: str, words: Mapping[str, Any], folders: Sequence[EpisodeFolder]
) -> Show:
    """Return the show in another language. Missing translations keep the text of the original.

    The findings include those of the original, because its errors affect the translation, too. `words` are the
    values of the language's table in show.toml, by key. `folders` are the episode folders.
    """
    # The locations of the language's table, by the key without its prefix.
    prefix = f"translations.{language}.".casefold()
    own_locations = {
        key[len(prefix) :]: location
        for key, location in show.locations.items()
        if key.casefold().startswith(prefix)
    }
    artwork_files = (find_named_file(context.folder, words["artwork"]),) if "artwork" in words else ()
    artwork, artwork_findings = read_artwork_file(context, artwork_files, own_locations.get("artwork"))
    description = words.get("description", Parsed(show.description))
    footer = words.get("footer", Parsed(context.show_file.footer))
    texts = [read_texts(context, folder, language) for folder in folders]
    episodes = [
        _translate_episode(episode, language, episode_texts, footer.value)
        for episode, episode_texts in zip(show.episodes, texts, strict=True)
    ]
    copied_values = {key: value for key, value in words.items() if value and key not in _NOT_COPIED_KEYS}
    findings = [*show.diagnostics, *artwork_findings, *description.findings, *footer.findings]
    for parsed_episode in episodes:
        findings += label_findings(parsed_episode)
    return replace(
        show,
        **{**_NOT_INHERITED_FIELDS, **copied_values},
        language=language,
        spoken=show.language,
        translation=language,
        description=description.value,
        artwork=artwork or show.artwork,
        # The text of the schedule is in the language of the original.
        schedule=show.schedule and replace(show.schedule, text=None),
        txt=(*words["txt"], *disclose_ai(context.show_file.ai_content)) if words.get("txt") else show.txt,
        episodes=tuple(parsed_episode.value for parsed_episode in episodes),
        silences=tuple(silence for episode_texts in texts for silence in episode_texts.value.silences),
        locations={**show.locations, **own_locations},
        diagnostics=tuple(findings),
    )


def _translate_episode(
    episode: Episode, language: str, parsed_texts: Parsed[EpisodeTexts], footer: Text | None
) -> Parsed[Episode]:
    """Return an episode with its texts in another language. Missing texts stay those of the original."""
    texts, findings = parsed_texts
    # Transcripts in the language of the feed come first.
    transcripts = tuple(sorted(episode.transcripts, key=lambda document: document.language != language))
    translated = replace(episode, guid=None, record=None, transcripts=transcripts)
    if texts.chapters:
        translated = replace(
            translated,
            chapters=texts.chapters.listed,
            chapters_file=texts.chapters.document,
            locations={**_remove_chapter_locations(episode.locations), **texts.chapters.locations},
        )
    if texts.notes_file is None:
        findings = (*findings, _report_untranslated(episode, language))
    else:
        findings = (*findings, *_report_unused_keys(texts.front, texts.notes_file), *_report_missing_title(texts))
        translated = _replace_notes(translated, texts, footer)
    return Parsed(translated, findings)


def _remove_chapter_locations(locations: Mapping[str, Location]) -> dict[str, Location]:
    return {key: where for key, where in locations.items() if not key.startswith("chapters")}


def _replace_notes(episode: Episode, texts: EpisodeTexts, footer: Text | None) -> Episode:
    front = texts.front
    title = front.title or texts.notes.heading
    text = add_chapters(texts.notes.text, episode.chapters)
    translated_fields = {key: value for key, value in front.fields.items() if value and key in _TRANSLATED_KEYS}
    return replace(
        episode,
        title=clean_title(title, episode.number) if title else episode.title,
        notes=join_texts(text, footer) if footer else text,
        **{"summary": None, **translated_fields},
        locations={**episode.locations, **texts.locations, **front.locations},
    )


def _report_missing_title(texts: EpisodeTexts) -> Iterator[Diagnostic]:
    if not (texts.front.title or texts.notes.heading):
        message = f"{texts.notes_file} has no title, so the feed uses the title of the original"
        hint = "write title: … at the top, or begin the notes with a # heading"
        yield make_warning("N161", message, hint, texts.notes_file)


def _report_untranslated(episode: Episode, language: str) -> Diagnostic:
    message = f"there is no notes.{language}.md: the feed in {language} uses the text of the original"
    hint = f"write notes.{language}.md next to notes.md, with the title at the top"
    return make_warning("N160", message, hint, episode.folder)


def _report_unused_keys(front: FrontMatter, file: str) -> Iterator[Diagnostic]:
    # A name in a list or table, such as `people[0].role`, belongs to its first part.
    written_keys = {name.partition("[")[0].partition(".")[0] for name in front.locations}
    for key in sorted((written_keys & KEY_NAMES) - _TRANSLATED_KEYS):  # the key reader reports unknown keys
        message = f"{key} has no effect in {file}: the value is the same for all languages"
        hint = "move the key to the notes of the original, or remove it"
        yield make_warning("E160", message, hint, front.locations[key])
