"""Convert HTML to the simple HTML of descriptions."""

from __future__ import annotations

from podcastkit.text.notes.html_tree import read_html
from podcastkit.text.notes.renderers import simplify, write_html


def simple_html(html: str) -> str:
    return write_html(simplify(read_html(html)))
