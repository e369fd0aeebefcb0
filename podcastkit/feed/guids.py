"""The permanent GUIDs by which apps recognize a show and its episodes."""

from __future__ import annotations

import re
import unicodedata
import uuid

# The namespace that the podcast namespace assigns to podcast:guid (podcast-namespace, docs/tags/guid.md).
_PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def make_show_guid(feed_url: str) -> str:
    """Return the `podcast:guid` for the first address of a feed, without its scheme and trailing slashes."""
    return str(uuid.uuid5(_PODCAST_NAMESPACE, _SCHEME.sub("", feed_url).rstrip("/")))


def make_episode_guid(show_guid: str, folder: str) -> str:
    """Return the GUID of a new episode from the GUID of its show and the name of its folder.

    The Unicode form of the name (NFC, NFD) makes no difference. If the GUID of the show is not a UUID, which is an
    error (S105), the result is only for previews.
    """
    try:
        namespace = uuid.UUID(show_guid)
    except ValueError:
        namespace = uuid.uuid5(_PODCAST_NAMESPACE, show_guid)
    return str(uuid.uuid5(namespace, unicodedata.normalize("NFC", folder)))
