"""Files of the show folder: sources, pictures, documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from podcastkit.diagnostics import Location


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What the file system says of a file's state; equal stamps mean unchanged bytes."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of the producer's, as it was when it was hashed. Digests are lower-case hex."""

    path: Path
    size: int
    sha256: str
    md5: str
    stamp: Stamp


HEAVY_ARTWORK = 2_000_000
"""Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Artwork:
    """What an image file is. Width and height in pixels as displayed; `format` is Pillow's name (JPEG, PNG)."""

    file: SourceFile
    format: str
    mode: str
    width: int
    height: int
    has_alpha: bool
    is_animated: bool = False

    @property
    def is_heavy(self) -> bool:
        """Whether the file has more than 2 MB, which apps load slowly in every list."""
        return self.file.size > HEAVY_ARTWORK


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A further picture of a show or episode (`podcast:image`)."""

    artwork: Artwork
    purpose: str | None = None
    """What it is for, in words that apps know, between blanks."""
    alt: str | None = None
    """What it shows, for those who do not see it."""
    location: Location | None = None
    """Where the settings name it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A small text file that is published beside an episode: chapters or a transcript."""

    body: bytes
    suffix: str
    """With its dot: `.vtt`."""
    content_type: str
    language: str | None = None
    """As a BCP 47 tag; None: the show's language."""
    source: str | None = None
    """The file of a transcript, relative to the show; None: made by us."""
    end: timedelta | None = None
    """The last moment that a transcript's file speaks of."""
    ending: Location | None = field(default=None, compare=False)
    """Where in its file that moment stands."""
    is_open: bool = False
    """Whether the file leaves open how long the last words take."""
