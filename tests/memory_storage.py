"""A storage in memory, for tests that need a place and no particular one."""

from __future__ import annotations

import hashlib
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.storage.base import LARGEST_READ, Condition, Leftover, Stored, check_key, check_prefix
from podcastkit.storage.source import CHUNK_SIZE, SentCounter, Source
from tests.site import Page, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class MemoryStorage:
    """Objects that a site serves, as a bucket does: the ETag is the MD5, and `find` knows it.

    A site that runs (`tests.site.serving`) is needed only where apps or `publish` fetch the objects.
    """

    def __init__(self, site: Site | None = None) -> None:
        self._site = site or Site(url="http://memory.invalid")
        self._name = uuid.uuid4().hex
        self._stored: dict[str, Stored] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"s3://memory/{self._name}"

    @property
    def public_url(self) -> str:
        return f"{self._site.url}/{self._name}"

    def read(self, key: str) -> tuple[bytes, str] | None:
        with self._lock:
            stored = self._stored.get(check_key(key))
            if stored is None:
                return None
            if stored.size > LARGEST_READ:
                raise StorageError(f"{key} is too large to be read at once", "move it away")
            return self._site.pages[self._path(key)].body, stored.etag

    def find(self, key: str) -> Stored | None:
        with self._lock:
            return self._stored.get(check_key(key))

    def list(self, prefix: str) -> Iterator[Stored]:
        check_prefix(prefix)
        with self._lock:
            return iter([replace(found, md5=None) for key, found in self._stored.items() if key.startswith(prefix)])

    def write(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str,
        cache_control: str,
        md5: str | None = None,
        condition: Condition | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> Stored:
        check_key(key)
        with Source(body) as source, SentCounter(sent) as counter:
            content = _read_all(source, counter)
            etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
            if md5 not in {None, etag}:
                raise source.changed_error()
            stored = Stored(key=key, size=len(content), etag=etag, modified=datetime.now(UTC), md5=etag)
            page = Page(body=content, type=content_type, etag=f'"{etag}"', headers={"Cache-Control": cache_control})
            with self._lock:
                self._check_condition(key, condition)
                self._stored[key] = stored
                self._site.pages[self._path(key)] = page
        return stored

    def delete(self, key: str) -> None:
        with self._lock:
            if self._stored.pop(check_key(key), None):
                del self._site.pages[self._path(key)]

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - the lock needs no test
        return True

    def leftovers(self) -> Iterator[Leftover]:
        return iter(())

    def discard(self, leftover: Leftover) -> None:
        raise ValueError(f"not a leftover: {leftover.handle!r}")

    def _path(self, key: str) -> str:
        return f"/{self._name}/{key}"

    def _check_condition(self, key: str, condition: Condition | None) -> None:
        if condition is None:
            return
        found = self._stored.get(key)
        if (found and found.etag) != condition.etag:
            problem = "is there already" if condition.etag is None else "has changed since it was read"
            raise ConflictError(f"{key} {problem}", "look at it, then publish again")


def _read_all(source: Source, counter: SentCounter) -> bytes:
    chunks: list[bytes] = []
    while chunk := source.read(CHUNK_SIZE):
        counter.add(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)
