"""Whatever producers do with folders, locks, machines and buckets, in any order: episodes stay who they are."""

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
class Told:
    """What the tests know of an episode, who wrote it."""

    folder: str
    mark: int
    title: str
    changed: str | None = None
    """What happened to it since the last publish; what was renamed and replaced at once is a new episode."""
    guid: str | None = None
    published: datetime | None = None
    path: str | None = None
    """Where its enclosure is, while its audio is the same."""


class Producers(RuleBasedStateMachine):
    """A show in one bucket, and people who work on it."""

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
        self.here: list[Told] = []
        self.away: list[Told] = []
        more = f'[publish]\nto = "{self.place / "bucket"}"\nurl = "https://podcast.example.org"\n'
        self.workshop = Workshop(self.place / "show-0").show(more)
        told = [self.write(NAMES[0]), self.write(NAMES[1])]
        self.publish()
        return multiple(*told)

    def teardown(self) -> None:
        if self.cache is not None:
            os.environ["PODCASTKIT_CACHE"] = self.cache
        shutil.rmtree(self.place, ignore_errors=True)

    # What people do

    @rule(target=episodes, name=st.sampled_from(NAMES))
    def add(self, name: str) -> object:
        return self.write(name) if self.is_free(name) else multiple()

    @rule(told=episodes, name=st.sampled_from(NAMES))
    def rename(self, told: Told, name: str) -> None:
        if told.changed is None and told in self.here and self.is_free(name):
            (self.workshop.folder / told.folder).rename(self.workshop.folder / name)
            told.folder, told.changed = name, "renamed"

    @rule(told=episodes, title=st.sampled_from(["Ebb", "Flood", "Slack water"]))
    def retitle(self, told: Told, title: str) -> None:
        if told in self.here:
            told.title = title
            self.write_notes(told)

    @rule(told=episodes)
    def replace_audio(self, told: Told) -> None:
        if told.changed is None and told in self.here:
            self.marks += 1
            told.mark, told.changed, told.path = self.marks, "replaced", None
            (self.workshop.folder / told.folder / "audio.mp3").write_bytes(make_mp3(0.2, mark=told.mark))

    @rule(target=absent, told=consumes(episodes))
    def take_out(self, told: Told) -> object:
        if told.changed is not None or told not in self.here or len(self.here) == 1:
            return multiple()
        (self.workshop.folder / told.folder).rename(self.workshop.folder / f"_{told.folder}")
        self.here.remove(told)
        self.away.append(told)
        return told

    @rule(target=episodes, told=consumes(absent))
    def put_back(self, told: Told) -> object:
        (self.workshop.folder / f"_{told.folder}").rename(self.workshop.folder / told.folder)
        self.away.remove(told)
        self.here.append(told)
        return told

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

    # What podcastkit makes of it

    @rule()
    def publish(self) -> None:
        self.go_public(write_lock=True)
        self.lock_is_current = True

    @precondition(lambda self: self.lost != "bucket")
    @rule()
    def publish_where_the_lock_cannot_be_kept(self) -> None:
        self.go_public(write_lock=False)
        self.lock_is_current = False

    def go_public(self, *, write_lock: bool) -> None:
        self.runs += 1
        at = NOW + timedelta(hours=self.runs)
        receipt = publish(self.workshop.folder, at=at, yes=True, write_lock=write_lock)
        assert receipt.outcome in {"published", "unchanged"}, receipt.held_back
        self.lost = None
        self.compare()

    def compare(self) -> None:
        items = self.live()
        assert len({item.guid for item in items.values()}) == len(items) == len(self.here)
        for told in self.here:
            item = items[told.mark]
            path = urlsplit(item.enclosure_url or "").path
            known = (told.guid or item.guid, told.published or item.published, told.path or path)
            assert (item.guid, item.published, path) == known, told
            assert item.title == told.title
            told.guid, told.published, told.path = known
            told.changed = None
            assert (self.place / "bucket" / path.removeprefix("/")).is_file()
        published = [told for told in (*self.here, *self.away) if told.guid]
        everybody = {told.guid for told in published}
        assert len(everybody) == len(published), "no GUID is given twice"
        manifest = Manifest.from_bytes((self.place / "bucket" / "podcastkit.json").read_bytes())
        assert everybody == {record.guid for record in manifest.records.episodes}
        if self.lock_is_current:
            assert everybody >= {record.guid for record in read_lock(self.workshop.folder).episodes}

    def live(self) -> dict[int, LiveItem]:
        """Return the items of the live feed by what is in their audio."""
        found = LocalStorage(self.place / "bucket").read("feed.xml")
        assert found
        items = {}
        for item in read_feed(found[0]).items:
            audio = (self.place / "bucket" / urlsplit(item.enclosure_url or "").path.removeprefix("/")).read_bytes()
            items[int.from_bytes(audio[-2:], "big")] = item
        return items

    def is_free(self, name: str) -> bool:
        return all(told.folder != name for told in (*self.here, *self.away))

    def write(self, name: str) -> Told:
        self.marks += 1
        told = Told(folder=name, mark=self.marks, title=f"Part {self.marks}")
        self.workshop.episode(name, "", audio=make_mp3(0.2, mark=told.mark))
        self.write_notes(told)
        self.here.append(told)
        return told

    def write_notes(self, told: Told) -> None:
        notes = f"---\ntitle: {told.title}\nnumber: {told.mark}\ntype: full\n---\n\nWhat it tells.\n"
        (self.workshop.folder / told.folder / "notes.md").write_text(notes, encoding="utf-8")


TestProducers = Producers.TestCase
TestProducers.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
