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

_SHORT_HASH = 12
"""Hex digits of the SHA-256 in a file name."""
_LONGEST_SLUG = 80
_FEED = re.compile(r"feed(?:\.[A-Za-z0-9-]+)?\.xml")
_HISTORY_FILE = re.compile(r"history/[0-9a-f]{64}\.(?:xml|json)")
_REMOVAL_NOTE = re.compile(r"history/removing-[0-9a-f]{32}\.json")
_FOLDERS = "|".join(folder.removesuffix("/") for folder in HASHED_FOLDERS)
_HASHED = re.compile(rf"(?:{_FOLDERS})/[A-Za-z0-9._-]*-[0-9a-f]{{12}}\.[a-z0-9]+")
_MENTION = re.compile(rf"(?:{_FOLDERS})/[A-Za-z0-9._-]+".encode())


def make_feed_key(language: str | None) -> str:
    """Return the key of the show's feed (None), or of its translation into a language."""
    return FEED_KEY if language is None else f"feed.{language}.xml"


def is_feed(key: str) -> bool:
    """Return whether a key is that of a feed."""
    return _FEED.fullmatch(key) is not None


def get_feed_language(key: str) -> str:
    """Return the language in the key of a translation's feed; raise ValueError for any other key."""
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
    """Return the key of the manifest that belongs to the feed with this SHA-256.

    This journal is written before any other file. It records the changes of an interrupted publish, and it can
    replace a lost manifest.
    """
    return f"{HISTORY}{digest}.json"


def is_history(key: str) -> bool:
    """Return whether the key has the form of a feed or journal in the history."""
    return _HISTORY_FILE.fullmatch(key) is not None


def make_removal_note_key(token: str) -> str:
    """Return the key of a removal note, which announces the deletions of a command; `token` is 32 hex digits."""
    return f"{HISTORY}removing-{token}.json"


def is_removal_note(key: str) -> bool:
    """Return whether the key has the form of `make_removal_note_key`."""
    return _REMOVAL_NOTE.fullmatch(key) is not None


def get_history_digest(key: str) -> str:
    """Return the SHA-256 in the key of a feed or journal in the history."""
    return key.removeprefix(HISTORY).partition(".")[0]


def make_hashed_key(folder: str, name: str, sha256: str, suffix: str) -> str:
    """Return the key of a file: readable, ASCII, with the first 12 hex digits of the SHA-256 of its content.

    >>> make_hashed_key(MEDIA, "05 Más tiempo", "3f2a9c04d1b7" + "0" * 52, ".mp3")
    'media/05-mas-tiempo-3f2a9c04d1b7.mp3'
    """
    return f"{folder}{make_slug(name)}-{sha256[:_SHORT_HASH]}{suffix}"


def make_slug(name: str) -> str:
    """Return a name for use in keys: lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-") or "episode"


def is_hashed(key: str) -> bool:
    """Return whether the key has the form of `make_hashed_key`. Files of other programs do not match."""
    return _HASHED.fullmatch(key) is not None


def find_hashed_keys(feed: bytes) -> set[bytes]:
    """Return all keys with a hash in their name that a feed contains, at any base URL."""
    return set(_MENTION.findall(feed))


def get_key_from_url(url: str) -> str:
    """Return the key of a published file with a hash in its name from its URL."""
    return "/".join(url.rsplit("/", 2)[1:])
