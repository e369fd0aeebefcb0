"""A show that is published in bad weather, and what must be true of it whatever happens."""

from __future__ import annotations

import hashlib
import os
import re
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from tests.shows import Workshop, make_mp3

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "testtest",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_HASHED = re.compile(r"-([0-9a-f]{12})\.[a-z0-9]+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A show's folder and where it is published."""

    workshop: Workshop
    url: str

    @property
    def folder(self) -> Path:
        """The show's folder."""
        return self.workshop.folder

    def publish_settings(self, to: str, endpoint_url: str | None = None) -> Scene:
        """Write show.toml: where the show goes, and through what."""
        endpoint = f'endpoint_url = "{endpoint_url}"\nregion = "us-east-1"\n' if endpoint_url else ""
        self.workshop.show(f'[publish]\nto = "{to}"\nurl = "{self.url}"\n{endpoint}')
        return self

    def change(self, *, seconds: float = 200) -> None:
        """Add an episode of some megabytes, replace the audio of one, and the notes of another."""
        self.workshop.episode("04-part", notes(4), audio=make_mp3(seconds, mark=4))
        (self.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(8, mark=22))
        (self.folder / "01-part" / "notes.md").write_text(notes(1, "Told in other words."), encoding="utf-8")

    def feed(self) -> bytes | None:
        """Fetch the live feed as an app does."""
        return fetch(f"{self.url}/feed.xml")

    def faults(self) -> list[str]:
        """Say what is wrong with the live feed and the files that it names, as an app would find out."""
        feed = self.feed()
        return [] if feed is None else list(_faults(feed, self.url))


def bucket_scene(folder: Path, store_url: str, through: str | None = None) -> Scene:
    """Write a show that goes into a place of its own in the bucket `pub`, through a proxy."""
    prefix = f"f-{uuid.uuid4().hex}"
    scene = Scene(workshop=_three_episodes(folder), url=f"{store_url}/pub/{prefix}")
    return scene.publish_settings(f"s3://pub/{prefix}", through or store_url)


def folder_scene(folder: Path, to: Path) -> Scene:
    """Write a show that goes into a folder, whose address is where it lies."""
    return Scene(workshop=_three_episodes(folder), url=f"https://podcast.example.org{to}").publish_settings(str(to))


def notes(number: int, text: str = "What it tells.") -> str:
    """Return the notes of an episode, dated."""
    return f"---\ntitle: Part {number}\ndate: 2024-09-{number:02}\n---\n\n{text}\n"


def environment() -> dict[str, str]:
    """Return the variables for a command that publishes to the store, and is this package."""
    return {**os.environ, **KEYS, "PYTHONPATH": str(ROOT)}


def fetch(url: str) -> bytes | None:
    """Get what is public at an address, None for what is not there; a folder's files stand in for its pages."""
    path = url.removeprefix("https://podcast.example.org")
    if path != url:
        return Path(path).read_bytes() if Path(path).is_file() else None
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - the test's own store
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        error.close()
        return None
    return body


def _three_episodes(folder: Path) -> Workshop:
    workshop = Workshop(folder).show()
    for number in (1, 2, 3):
        workshop.episode(f"{number:02}-part", notes(number), audio=make_mp3(5 + number, mark=number))
    return workshop


def _faults(feed: bytes, base: str) -> Iterator[str]:
    root = etree.fromstring(feed)
    if not root.findall("channel/item"):
        yield "the feed has no episode"
    for url, length in _named(root):
        if url == f"{base}/feed.xml":
            continue
        if not url.startswith(f"{base}/"):
            yield f"{url} is none of this show's"
            continue
        body = fetch(url)
        named = _HASHED.search(url)
        if body is None:
            yield f"{url} is not there"
        elif length not in {None, str(len(body))}:
            yield f"{url} has {len(body)} bytes, and {length} were promised"
        elif named and named[1] != hashlib.sha256(body).hexdigest()[:12]:
            yield f"{url} holds other bytes than its name says"


def _named(root: etree._Element) -> Iterator[tuple[str, str | None]]:
    """Find every address in a feed, with the length that is promised."""
    for element in root.iter(etree.Element):
        for attribute in ("url", "href"):
            if address := element.get(attribute):
                yield address, element.get("length")
