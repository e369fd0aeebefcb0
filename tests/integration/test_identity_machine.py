"""Episodes keep their identity after any sequence of changes to folders, locks, machines and buckets."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, multiple, precondition, rule

from podcastkit.feed.reader import read_feed
from podcastkit.publishing.publish import publish
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.state.manifest import Manifest
from podcastkit.storage.local import LocalStorage
from tests.shows import NOW, Workshop, make_mp3

if TYPE_CHECKING:
    from datetime import datetime

    from podcastkit.model import LiveItem

NAMES = [*(f"{number:02}-part" for number in range(1, 7)), "bonus-of-the-season", "more"]


@dataclass
class ExpectedEpisode:
    """The expected state of an episode."""

    folder: str
    mark: int
    title: str
    changed: str | None = None
    """The change since the last publish. Renaming and replacing the audio at once makes a new episode."""
    guid: str | None = None
    published: datetime | None = None
    path: str | None = None
    """The path of the enclosure, which stays while the audio is the same."""


class Producers(RuleBasedStateMachine):
    """A show in one bucket, and the actions of its producers."""

    episodes = Bundle("episodes")
    absent = Bundle("absent")

    @initialize(target=episodes)
    def begin(self) -> object:
        self.place = Path(tempfile.mkdtemp(prefix="podcastkit-machine-"))
        self.cache = os.environ.get("PODCASTKIT_CACHE")
        self.lose_cache()
        self.lock_is_current = True
        self.lost: str | None = None
        self.runs = self.marks = self.machines = 0
        self.here: list[ExpectedEpisode] = []
        self.away: list[ExpectedEpisode] = []
        more = f'[publish]\nto = "{self.place / "bucket"}"\nurl = "https://podcast.example.org"\n'
        self.workshop = Workshop(self.place / "show-0").show(more)
        created = [self.write(NAMES[0]), self.write(NAMES[1])]
        self.publish()
        return multiple(*created)

    def teardown(self) -> None:
        if self.cache is not None:
            os.environ["PODCASTKIT_CACHE"] = self.cache
        shutil.rmtree(self.place, ignore_errors=True)

    # Actions of producers

    @rule(target=episodes, name=st.sampled_from(NAMES))
    def add(self, name: str) -> object:
        return self.write(name) if self.is_free(name) else multiple()

    @rule(episode=episodes, name=st.sampled_from(NAMES))
    def rename(self, episode: ExpectedEpisode, name: str) -> None:
        if episode.changed is None and episode in self.here and self.is_free(name):
            (self.workshop.folder / episode.folder).rename(self.workshop.folder / name)
            episode.folder, episode.changed = name, "renamed"

    @rule(episode=episodes, title=st.sampled_from(["Ebb", "Flood", "Slack water"]))
    def retitle(self, episode: ExpectedEpisode, title: str) -> None:
        if episode in self.here:
            episode.title = title
            self.write_notes(episode)

    @rule(episode=episodes)
    def replace_audio(self, episode: ExpectedEpisode) -> None:
        if episode.changed is None and episode in self.here:
            self.marks += 1
            episode.mark, episode.changed, episode.path = self.marks, "replaced", None
            (self.workshop.folder / episode.folder / "audio.mp3").write_bytes(make_mp3(0.2, mark=episode.mark))

    @rule(target=absent, episode=consumes(episodes))
    def take_out(self, episode: ExpectedEpisode) -> object:
        if episode.changed is not None or episode not in self.here or len(self.here) == 1:
            return multiple()
        (self.workshop.folder / episode.folder).rename(self.workshop.folder / f"_{episode.folder}")
        self.here.remove(episode)
        self.away.append(episode)
        return episode

    @rule(target=episodes, episode=consumes(absent))
    def put_back(self, episode: ExpectedEpisode) -> object:
        (self.workshop.folder / f"_{episode.folder}").rename(self.workshop.folder / episode.folder)
        self.away.remove(episode)
        self.here.append(episode)
        return episode

    @rule()
    def lose_cache(self) -> None:
        os.environ["PODCASTKIT_CACHE"] = tempfile.mkdtemp(dir=self.place, prefix="cache-")

    @precondition(lambda self: self.lost is None)
    @rule()
    def lose_lock(self) -> None:
        (self.workshop.folder / LOCK_NAME).unlink(missing_ok=True)
        self.lock_is_current = False
        self.lost = "lock"

    @precondition(lambda self: self.lost is None and self.lock_is_current)
    @rule()
    def lose_bucket(self) -> None:
        shutil.rmtree(self.place / "bucket")
        self.lost = "bucket"

    @rule()
    def go_to_another_machine(self) -> None:
        self.machines += 1
        folder = self.place / f"show-{self.machines}"
        shutil.copytree(self.workshop.folder, folder, copy_function=shutil.copyfile)  # without the times
        shutil.rmtree(self.workshop.folder)
        self.workshop = Workshop(folder)
        self.lose_cache()

    # Publish, and check the result

    @rule()
    def publish(self) -> None:
        self.publish_and_compare(write_lock=True)
        self.lock_is_current = True

    @precondition(lambda self: self.lost != "bucket")
    @rule()
    def publish_without_lock(self) -> None:
        self.publish_and_compare(write_lock=False)
        self.lock_is_current = False

    def publish_and_compare(self, *, write_lock: bool) -> None:
        self.runs += 1
        at = NOW + timedelta(hours=self.runs)
        receipt = publish(self.workshop.folder, at=at, yes=True, write_lock=write_lock)
        assert receipt.outcome in {"published", "unchanged"}, receipt.held_back
        self.lost = None
        self.compare()

    def compare(self) -> None:
        items = self.read_live_items()
        assert len({item.guid for item in items.values()}) == len(items) == len(self.here)
        for episode in self.here:
            item = items[episode.mark]
            path = urlsplit(item.enclosure_url or "").path
            known = (episode.guid or item.guid, episode.published or item.published, episode.path or path)
            assert (item.guid, item.published, path) == known, episode
            assert item.title == episode.title
            episode.guid, episode.published, episode.path = known
            episode.changed = None
            assert (self.place / "bucket" / path.removeprefix("/")).is_file()
        published = [episode for episode in (*self.here, *self.away) if episode.guid]
        guids = {episode.guid for episode in published}
        assert len(guids) == len(published), "GUIDs are unique"
        manifest = Manifest.from_bytes((self.place / "bucket" / "podcastkit.json").read_bytes())
        assert guids == {record.guid for record in manifest.records.episodes}
        if self.lock_is_current:
            assert guids >= {record.guid for record in read_lock(self.workshop.folder).episodes}

    def read_live_items(self) -> dict[int, LiveItem]:
        """Return the items of the live feed by the mark in their audio."""
        found = LocalStorage(self.place / "bucket").read("feed.xml")
        assert found
        items = {}
        for item in read_feed(found[0]).items:
            audio = (self.place / "bucket" / urlsplit(item.enclosure_url or "").path.removeprefix("/")).read_bytes()
            items[int.from_bytes(audio[-2:], "big")] = item
        return items

    def is_free(self, name: str) -> bool:
        return all(episode.folder != name for episode in (*self.here, *self.away))

    def write(self, name: str) -> ExpectedEpisode:
        self.marks += 1
        episode = ExpectedEpisode(folder=name, mark=self.marks, title=f"Part {self.marks}")
        self.workshop.episode(name, "", audio=make_mp3(0.2, mark=episode.mark))
        self.write_notes(episode)
        self.here.append(episode)
        return episode

    def write_notes(self, episode: ExpectedEpisode) -> None:
        notes = f"---\ntitle: {episode.title}\nnumber: {episode.mark}\ntype: full\n---\n\nThe notes.\n"
        (self.workshop.folder / episode.folder / "notes.md").write_text(notes, encoding="utf-8")


TestProducers = Producers.TestCase
TestProducers.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
