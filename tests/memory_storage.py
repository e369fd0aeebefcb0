"""A storage in memory, for tests that need any storage."""

from __future__ import annotations

import hashlib
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcastkit.storage.base import (
    Condition,
    Storage,
    Stored,
    check_condition,
    check_key,
    check_prefix,
    check_readable,
)
from podcastkit.storage.source import load_body
from tests.site import Page, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class MemoryStorage(Storage):
    """Objects in memory that a web server can serve. As in a bucket, the ETag is the MD5.

    A running server (`tests.site.serve_pages`) is necessary only if apps or `publish` fetch the objects.
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
            check_readable(key, stored.size)
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
        with load_body(body, md5=md5, sent=sent) as content:
            etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
            stored = Stored(key=key, size=len(content), etag=etag, modified=datetime.now(UTC), md5=etag)
            page = Page(body=content, type=content_type, etag=f'"{etag}"', headers={"Cache-Control": cache_control})
            with self._lock:
                check_condition(key, self._stored.get(key), condition)
                self._stored[key] = stored
                self._site.pages[self._path(key)] = page
        return stored

    def delete(self, key: str) -> None:
        with self._lock:
            if self._stored.pop(check_key(key), None):
                del self._site.pages[self._path(key)]

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - the lock needs no test
        return True

    def _path(self, key: str) -> str:
        return f"/{self._name}/{key}"
