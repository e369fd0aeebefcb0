"""Recognize web pages, which servers send in place of files, feeds and answers."""

from __future__ import annotations

import re

_BEGINNING = re.compile(
    rb"\s*(?:\xef\xbb\xbf\s*)?(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Comments are atomic: otherwise a search through many of them takes forever."""


def is_web_page(data: bytes) -> bool:
    """Return whether bytes begin like an HTML page."""
    return _BEGINNING.match(data) is not None
