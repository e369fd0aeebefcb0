"""A show to publish under faults, and the checks that must pass after every fault."""

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
    """A show folder and its destination."""

    workshop: Workshop
    url: str

    @property
    def folder(self) -> Path:
        """The show's folder."""
        return self.workshop.folder

    def publish_settings(self, to: str, endpoint_url: str | None = None) -> Scene:
        """Write show.toml with the destination, and the endpoint to reach it through."""
        endpoint = f'endpoint_url = "{endpoint_url}"\nregion = "us-east-1"\n' if endpoint_url else ""
        self.workshop.show(f'[publish]\nto = "{to}"\nurl = "{self.url}"\n{endpoint}')
        return self

    def change(self, *, seconds: float = 200) -> None:
        """Add an episode of several megabytes, replace the audio of one episode and the notes of another."""
        self.workshop.episode("04-part", notes(4), audio=make_mp3(seconds, mark=4))
        (self.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(8, mark=22))
        (self.folder / "01-part" / "notes.md").write_text(notes(1, "Different notes."), encoding="utf-8")

    def feed(self) -> bytes | None:
        """Fetch the live feed as an app does."""
        return fetch(f"{self.url}/feed.xml")

    def faults(self) -> list[str]:
        """List the problems of the live feed and its files that an app would notice."""
        feed = self.feed()
        return [] if feed is None else list(_find_faults(feed, self.url))


def bucket_scene(folder: Path, store_url: str, through: str | None = None) -> Scene:
    """Write a show with its own prefix in the bucket `pub`, which is reached through a proxy."""
    prefix = f"f-{uuid.uuid4().hex}"
    scene = Scene(workshop=_write_three_episodes(folder), url=f"{store_url}/pub/{prefix}")
    return scene.publish_settings(f"s3://pub/{prefix}", through or store_url)


def folder_scene(folder: Path, to: Path) -> Scene:
    """Write a show that is published to a folder. Its URL contains the path of the folder."""
    return Scene(workshop=_write_three_episodes(folder), url=f"https://podcast.example.org{to}").publish_settings(
        str(to)
    )


def notes(number: int, text: str = "The notes.") -> str:
    """Return the notes of an episode with a date."""
    return f"---\ntitle: Part {number}\ndate: 2024-09-{number:02}\n---\n\n{text}\n"


def environment() -> dict[str, str]:
    """Return the environment of a command that runs this package and publishes to the store."""
    return {**os.environ, **KEYS, "PYTHONPATH": str(ROOT)}


def fetch(url: str) -> bytes | None:
    """Fetch a URL, or return None if it does not exist. URLs of a folder are read from the folder."""
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


def _write_three_episodes(folder: Path) -> Workshop:
    workshop = Workshop(folder).show()
    for number in (1, 2, 3):
        workshop.episode(f"{number:02}-part", notes(number), audio=make_mp3(5 + number, mark=number))
    return workshop


def _find_faults(feed: bytes, base: str) -> Iterator[str]:
    root = etree.fromstring(feed)
    if not root.findall("channel/item"):
        yield "the feed has no episode"
    for url, length in _list_urls(root):
        if url == f"{base}/feed.xml":
            continue
        if not url.startswith(f"{base}/"):
            yield f"{url} does not belong to this show"
            continue
        body = fetch(url)
        in_name = _HASHED.search(url)
        if body is None:
            yield f"{url} does not exist"
        elif length not in {None, str(len(body))}:
            yield f"{url} has {len(body)} bytes instead of {length}"
        elif in_name and in_name[1] != hashlib.sha256(body).hexdigest()[:12]:
            yield f"the content of {url} does not match the hash in its name"


def _list_urls(root: etree._Element) -> Iterator[tuple[str, str | None]]:
    """Yield every URL in a feed, with its stated length."""
    for element in root.iter(etree.Element):
        for attribute in ("url", "href"):
            if address := element.get(attribute):
                yield address, element.get("length")
