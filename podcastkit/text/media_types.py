"""Read MIME types."""

from __future__ import annotations


def read_media_type(written: str | None) -> str:
    """Return a MIME type in lower case, without parameters; an empty text if it is missing."""
    return (written or "").partition(";")[0].strip().lower()
