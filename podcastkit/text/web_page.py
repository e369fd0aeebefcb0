"""Recognize HTML pages, which servers often send instead of the requested file or feed."""

from __future__ import annotations

import re

_BEGINNING = re.compile(
    rb"\s*(?:\xef\xbb\xbf\s*)?(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
"""The group for comments is atomic: otherwise, the search through many comments would take forever."""


def is_web_page(data: bytes) -> bool:
    """Return whether data begins like an HTML page."""
    return _BEGINNING.match(data) is not None
