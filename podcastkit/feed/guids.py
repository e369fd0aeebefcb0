"""The identifiers by which apps know a show and its episodes for life."""

from __future__ import annotations

import re
import unicodedata
import uuid

# The namespace that the podcast namespace assigns to podcast:guid (podcast-namespace, docs/tags/guid.md).
_PODCAST = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def show_guid(feed_url: str) -> str:
    """Return the `podcast:guid` of a feed's first address; its scheme and trailing slashes do not count."""
    return str(uuid.uuid5(_PODCAST, _SCHEME.sub("", feed_url).rstrip("/")))


def episode_guid(show: str, folder: str) -> str:
    """Return the GUID of a new episode from its show's GUID and its folder's name.

    Every spelling of the name (NFC, NFD) gives the same. A show whose GUID is not a UUID is not published (S105).
    """
    try:
        namespace = uuid.UUID(show)
    except ValueError:
        namespace = uuid.uuid5(_PODCAST, show)
    return str(uuid.uuid5(namespace, unicodedata.normalize("NFC", folder)))
