"""Where a publish goes, which address its feed has there, and whether that is for real or a trial."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import StorageError
from podcastkit.folders import DEFAULT_DESTINATION, named_folder
from podcastkit.storage.local import LocalStorage
from podcastkit.text.addresses import parse_public_url
from podcastkit.text.values import Problem

if TYPE_CHECKING:
    from podcastkit.model import Show
    from podcastkit.storage.base import Storage


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A storage, the public address of what lies in it, and whether publishing there fixes anything."""

    storage: Storage
    url: str
    trial: bool


def resolve_destination(show: Show, to: str | Path | Storage | None, url: str | None) -> Destination:
    """Find out where a show goes: where it is told, else where its show.toml says, else into `public/`.

    It is real only at the destination and the url of show.toml; anything else is a trial. A relative path is
    relative to the show. Raises StorageError for an address that means nothing or lies around the show itself.
    """
    own = _storage(show, show.publish.to or DEFAULT_DESTINATION)
    storage = own if to is None else _storage(show, to)
    address = parse_address(url) if url is not None else show.publish.url if to is None else None
    real = (
        address is not None
        and show.publish.to is not None
        and address == show.publish.url
        and storage.address == own.address
    )
    return Destination(storage=storage, url=address or storage.public_url, trial=not real)


def parse_address(url: str) -> str:
    """Return a public address without a slash at its end; raise StorageError for one that cannot be fetched."""
    parsed = parse_public_url(url)
    if isinstance(parsed, Problem):
        raise StorageError(f"the url cannot be used: {parsed.message}", parsed.hint)
    return parsed


def _storage(show: Show, to: str | Path | Storage) -> Storage:
    if not isinstance(to, str | Path):
        return to
    if isinstance(to, str) and "://" in to:
        return _bucket(show, to)
    return LocalStorage(_outside(show, named_folder(show.folder, to)))


def _bucket(show: Show, to: str) -> Storage:
    if not to.startswith("s3://"):
        raise StorageError(
            f"podcastkit cannot publish to {to}", "use a folder, or s3://bucket/prefix for an S3-compatible bucket"
        )
    from podcastkit.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.4 s to import

    settings = show.publish
    return S3Storage.from_url(
        to, endpoint_url=settings.endpoint_url, region=settings.region, profile=settings.profile
    )


def _outside(show: Show, folder: Path) -> Path:
    if Path(os.path.realpath(show.folder)).is_relative_to(folder):
        raise StorageError(
            f"the show cannot be published into its own folder or one around it: {folder}",
            f'choose a folder of its own, such as to = "{DEFAULT_DESTINATION}"',
        )
    return folder
