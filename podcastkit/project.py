"""show.toml and the episode folders become a Show that remembers the file and line of each value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.assets import find_media
from podcastkit.cache import Cache
from podcastkit.diagnostics import Diagnostic, Location, MediaError, ProjectError, Severity
from podcastkit.folders import (
    SHOW_FILE,
    EpisodeFolder,
    ShowFolder,
    find_show_strays,
    find_strays,
    names_in,
    scan_episode,
    scan_show,
)
from podcastkit.identity import LOCK_NAME, read_lock, recognise
from podcastkit.media.encoding import recipe_of
from podcastkit.media.facts import Examined, examine_all, look_at
from podcastkit.media.files import stamp_of
from podcastkit.model import Artwork, Document, Episode, EpisodeType, Show, ShowType, Text
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.text.chapters import read_chapters
from podcastkit.text.decoding import decode
from podcastkit.text.folder_name import FolderName, clean_title, parse_folder_name
from podcastkit.text.front_matter import FrontMatter, read_front_matter
from podcastkit.text.moments import scheduled
from podcastkit.text.notes import Notes, join_texts, render_html, render_markdown, render_plain_text
from podcastkit.text.show_file import ShowFile, read_show_file
from podcastkit.text.word import read_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor
