"""What `podcastkit probe` tells of audio files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.cli.bars import show_progress
from podcastkit.diagnostics import MediaError
from podcastkit.media.cached_facts import examine_all, measure_all
from podcastkit.media.probing import probe
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.media.cached_facts import Examined, Measured
    from podcastkit.model import Audio, Measurement


@dataclass(frozen=True, kw_only=True, slots=True)
class Probed:
    """What one file is, or why it is no audio."""

    path: Path
    audio: Audio | None = None
    measurement: Measurement | None = None
    """None: it was not asked for."""
    error: MediaError | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the object of `probe --json`."""
        if self.audio is None:
            return {"path": str(self.path), "error": self.error.message if self.error else None}
        measured = self.measurement.to_dict() if self.measurement else {}
        return self.audio.to_dict() | measured


def probe_files(files: Sequence[Path]) -> list[Probed]:
    """Say what each file is."""
    return [_probe(path) for path in files]


def listen_to_files(files: Sequence[Path]) -> list[Probed]:
    """Say what each file is and how loud, those that the cache does not know in parallel.

    Raises MediaError when there is no ffmpeg that works.
    """
    with show_progress() as progress, Cache() as cache:
        examined = examine_all(files, cache, progress=progress)
        masters = [(one.file, one.audio) for one in examined.values() if one.file and one.audio]
        measured = measure_all(masters, cache, progress=progress)
    return [_listen(path, examined[path], measured) for path in files]


def _probe(path: Path) -> Probed:
    try:
        return Probed(path=path, audio=probe(path))
    except MediaError as error:
        return Probed(path=path, error=error)


def _listen(path: Path, examined: Examined, measured: dict[str, Measured]) -> Probed:
    if examined.trouble or not examined.file:
        return Probed(path=path, error=MediaError(*(examined.trouble or ("it cannot be read", None))))
    heard = measured[examined.file.sha256]
    if heard.measurement is None:
        message = f"{display_name(path)} cannot be decoded: {heard.trouble}"
        return Probed(path=path, error=MediaError(message, "see whether it plays to its end, and export it again"))
    return Probed(path=path, audio=examined.audio, measurement=heard.measurement)
