"""Files of the show folder: sources, images, documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from podcastkit.diagnostics import Location


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """The state of a file in the file system; equal stamps mean that the file is unchanged."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of the producer, and its digests in lower-case hex."""

    path: Path
    size: int
    sha256: str
    md5: str
    stamp: Stamp


HEAVY_ARTWORK = 2_000_000
"""The size in bytes above which artwork loads slowly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Artwork:
    """The properties of an image file. Width and height in pixels as displayed; `format` is Pillow's name."""

    file: SourceFile
    format: str
    mode: str
    width: int
    height: int
    has_alpha: bool
    is_animated: bool = False

    @property
    def is_heavy(self) -> bool:
        """Whether the file has more than 2 MB, so that apps load it slowly in lists."""
        return self.file.size > HEAVY_ARTWORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A further image of a show or episode (`podcast:image`)."""

    artwork: Artwork
    purpose: str | None = None
    """The purposes, with spaces between them."""
    alt: str | None = None
    """Alternative text."""
    location: Location | None = None
    """The place in the settings that names the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text file that is published with an episode: chapters or a transcript."""

    body: bytes
    suffix: str
    """The file extension with its dot: `.vtt`."""
    content_type: str
    language: str | None = None
    """The BCP 47 tag of its language; None for the show's language."""
    source: str | None = None
    """The file of a transcript, relative to the show; None if podcastkit generated it."""
    end: timedelta | None = None
    """The last time in a transcript file."""
    ending: Location | None = field(default=None, compare=False)
    """The location of the last time in the file."""
    is_open: bool = False
    """Whether the file has no end time for its last words."""
