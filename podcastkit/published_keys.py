"""The keys of all published files. No other module builds or parses them, and this one imports nothing slow."""

from __future__ import annotations

import hashlib
import re
import unicodedata

FEED_KEY = "feed.xml"
"""The show's feed. The name of a translation's feed contains its language: see `make_feed_key`."""
MANIFEST_KEY = "podcastkit.json"
HISTORY = "history/"
"""The folder of earlier feeds. No public file links to them, so only the owner can find them."""
MEDIA = "media/"
ARTWORK = "artwork/"
CHAPTERS = "chapters/"
TRANSCRIPTS = "transcripts/"
HASHED_FOLDERS = (MEDIA, ARTWORK, CHAPTERS, TRANSCRIPTS)
"""The folders of files whose names contain the hash of their content."""

_HASH_LENGTH = 12
"""The number of hex digits of the SHA-256 in a file name."""
_MAX_SLUG_LENGTH = 80
_FEED_PATTERN = re.compile(r"feed(?:\.[A-Za-z0-9-]+)?\.xml")
_HISTORY_PATTERN = re.compile(r"history/[0-9a-f]{64}\.(?:xml|json)")
_REMOVAL_NOTE_PATTERN = re.compile(r"history/removing-[0-9a-f]{32}\.json")
_FOLDER_PATTERN = "|".join(folder.removesuffix("/") for folder in HASHED_FOLDERS)
_HASHED_PATTERN = re.compile(rf"(?:{_FOLDER_PATTERN})/[A-Za-z0-9._-]*-[0-9a-f]{{12}}\.[a-z0-9]+")
_KEY_IN_FEED_PATTERN = re.compile(rf"(?:{_FOLDER_PATTERN})/[A-Za-z0-9._-]+".encode())


def make_feed_key(language: str | None) -> str:
    """Return the key of the show's feed (None), or of its translation into a language."""
    return FEED_KEY if language is None else f"feed.{language}.xml"


def is_feed(key: str) -> bool:
    """Return whether a key is that of a feed."""
    return _FEED_PATTERN.fullmatch(key) is not None


def get_feed_language(key: str) -> str:
    """Return the language in the key of a translation's feed; raise ValueError if the key is not that of a feed."""
    if not is_feed(key):
        raise ValueError(f"not the name of a feed: {key!r}")
    return key.removeprefix("feed.").removesuffix(".xml")


def hash_feed(body: bytes) -> str:
    """Return the SHA-256 of a feed in hex: its name in the history and the manifest."""
    return hashlib.sha256(body).hexdigest()


def make_history_key(digest: str) -> str:
    """Return the key of the copy of the feed with this SHA-256."""
    return f"{HISTORY}{digest}.xml"


def make_journal_key(digest: str) -> str:
    """Return the key of the journal: the manifest that belongs to the feed with this SHA-256.

    The journal is written before any other file. It records the changes of an interrupted publish, and it can
    replace a lost manifest.
    """
    return f"{HISTORY}{digest}.json"


def is_history(key: str) -> bool:
    """Return whether the key has the form of a feed or journal in the history."""
    return _HISTORY_PATTERN.fullmatch(key) is not None


def make_removal_note_key(token: str) -> str:
    """Return the key of a removal note, which announces the deletions of a command; `token` is 32 hex digits."""
    return f"{HISTORY}removing-{token}.json"


def is_removal_note(key: str) -> bool:
    """Return whether the key has the form of `make_removal_note_key`."""
    return _REMOVAL_NOTE_PATTERN.fullmatch(key) is not None


def get_history_digest(key: str) -> str:
    """Return the SHA-256 in the key of a feed or journal in the history, in hex."""
    return key.removeprefix(HISTORY).partition(".")[0]


def make_hashed_key(folder: str, name: str, sha256: str, suffix: str) -> str:
    """Return the key of a file: readable, ASCII, with the first 12 hex digits of the SHA-256 of its content.

    >>> make_hashed_key(MEDIA, "05 Más tiempo", "3f2a9c04d1b7" + "0" * 52, ".mp3")
    'media/05-mas-tiempo-3f2a9c04d1b7.mp3'
    """
    return f"{folder}{make_slug(name)}-{sha256[:_HASH_LENGTH]}{suffix}"


def make_slug(name: str) -> str:
    """Return a name for use in keys: at most 80 lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_SLUG_LENGTH].rstrip("-") or "episode"


def is_hashed(key: str) -> bool:
    """Return whether the key has the form of `make_hashed_key`. Files of other programs do not match."""
    return _HASHED_PATTERN.fullmatch(key) is not None


def find_hashed_keys(feed: bytes) -> set[bytes]:
    """Return the keys in `HASHED_FOLDERS` that a feed contains, after any base URL."""
    return set(_KEY_IN_FEED_PATTERN.findall(feed))


def get_key_from_url(url: str) -> str:
    """Return the key in the URL of a file in `HASHED_FOLDERS`: the last two parts of the path."""
    return "/".join(url.rsplit("/", 2)[1:])
