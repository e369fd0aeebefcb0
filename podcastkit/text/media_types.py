"""Read MIME types, as feeds and servers write them."""

from __future__ import annotations


def read_media_type(written: str | None) -> str:
    """Return a MIME type in lower case, without its parameters; empty when there is none."""
    return (written or "").partition(";")[0].strip().lower()
