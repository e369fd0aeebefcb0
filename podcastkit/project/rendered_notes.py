"""Render the notes of episodes. Results are cached under a digest of the text."""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import podcastkit.text
from podcastkit.diagnostics import Location, Parsed
from podcastkit.media.files import read_stamp
from podcastkit.model import Text
from podcastkit.text.notes.convert import Notes, render_markdown, render_plain_text

if TYPE_CHECKING:
    from podcastkit.cache import Cache

_CACHE_KIND = "notes-1"
_LIBRARIES = ("markdown_it", "nh3")
"""The packages that render Markdown and sanitize HTML."""


def render_notes(cache: Cache, text: str, *, file: str, first_line: int) -> Parsed[Notes]:
    """Render notes as plain text (`.txt`) or Markdown (all other endings).

    Notes with findings are not cached, because the findings have locations in the file.
    """
    render = render_plain_text if file.lower().endswith(".txt") else render_markdown
    # The cached result is only valid for the same code, format and text.
    identity = f"{_identify_renderer()}\n{render.__name__}\n{text}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    cached_notes = cache.recall_content(_CACHE_KIND, digest)
    if cached_notes is not None:
        with suppress(ValueError, TypeError, KeyError):  # a damaged cache entry: render again
            return Parsed(_parse_notes(json.loads(cached_notes), file, first_line))
    rendered = render(text, file=file, first_line=first_line)
    if not rendered.findings:
        cache.remember_content(digest, {_CACHE_KIND: _serialize_notes(rendered.value, first_line)}, at_once=False)
    return rendered


@functools.cache
def _identify_renderer() -> str:
    """Return the sizes and times of the renderer's source files: another version may render a text differently."""
    specs = filter(None, map(find_spec, _LIBRARIES))
    sources = [str(spec.origin) for spec in specs]
    sources += sorted(str(path) for path in Path(podcastkit.text.__file__).parent.rglob("*.py"))
    stamps = [read_stamp(Path(source)) for source in sources]
    return json.dumps([(stamp.size, stamp.mtime_ns) for stamp in stamps])


def _serialize_notes(notes: Notes, first_line: int) -> bytes:
    """Write notes as JSON. The line of the heading is relative to the first line of the text."""
    where = notes.heading_location
    heading_place = (where.line - first_line, where.column) if where and where.line else None
    text = notes.text
    return json.dumps([text.html, text.plain, text.simple, notes.heading, heading_place]).encode()


def _parse_notes(cached_notes: Any, file: str, first_line: int) -> Notes:  # noqa: ANN401 - parsed JSON
    html, plain, simple, heading, heading_place = cached_notes
    where = (
        Location(file=file, line=first_line + heading_place[0], column=heading_place[1]) if heading_place else None
    )
    return Notes(text=Text(html=html, plain=plain, simple=simple), heading=heading, heading_location=where)
