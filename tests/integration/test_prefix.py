"""A prefix for counting downloads: which URLs get it, and that published URLs keep it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from podcastkit.feed.reader import read_feed
from podcastkit.publishing.publish import publish
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage
from tests.shows import NOW, VTT, Workshop, make_mp3, small_show, write_artwork

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import LiveFeed
    from podcastkit.storage.base import Storage

URL = "https://podcast.example.org"
OP3 = "https://op3.dev/e/"


@pytest.fixture
def real(tmp_path: Path) -> Workshop:
    return small_show(tmp_path / "real", f'[publish]\nto = "public"\nurl = "{URL}"\n')


def read_feed_of(storage: Storage) -> LiveFeed:
    found = storage.read("feed.xml")
    assert found
    return read_feed(found[0])


def list_enclosures(storage: Storage) -> list[str | None]:
    return [item.enclosure_url for item in read_feed_of(storage).items]


def set_prefix(workshop: Workshop, line: str) -> None:
    path = workshop.folder / "show.toml"
    kept = [old for old in path.read_text().splitlines() if not old.startswith("prefix")]
    path.write_text("\n".join([*kept, line, ""]))


def test_prefix_is_added_to_audio_urls_only(real: Workshop) -> None:
    (real.folder / "02-part" / "transcript.vtt").write_text(VTT)
    (real.folder / "02-part" / "chapters.txt").write_text("0:00 Start\n0:01 End\n")
    write_artwork(real.folder / "02-part" / "artwork.png", color="green")
    set_prefix(real, f'prefix = "{OP3}"')
    receipt = publish(real.folder, at=NOW)
    storage = LocalStorage(real.folder / "public")
    assert all(str(url).startswith(f"{OP3}podcast.example.org/media/0") for url in list_enclosures(storage))
    assert receipt.plan.feed.count(b"op3.dev") == 3
    assert receipt.feed_url == f"{URL}/feed.xml"
    assert {record.prefix for record in read_lock(real.folder).episodes} == {OP3}


@pytest.mark.slow
@pytest.mark.parametrize("lost", [None, LOCK_NAME, "public"], ids=["nothing lost", "lock lost", "bucket lost"])
def test_changed_prefix_keeps_published_urls(real: Workshop, lost: str | None) -> None:
    storage = LocalStorage(real.folder / "public")
    urls: list[str | None] = []
    beginnings = ["https://podcast", "https://op3.dev/e/podcast", "https://pdcn.co/e/podcast", "https://podcast"]
    lines = ["", f'prefix = "{OP3}"', 'prefix = "https://pdcn.co/e/"', ""]
    publish(real.folder, at=NOW)
    urls = list_enclosures(storage)
    for number, (beginning, line) in enumerate(zip(beginnings, lines, strict=True), 4):
        set_prefix(real, line)
        if lost:
            path = real.folder / lost
            path.unlink() if path.is_file() else shutil.rmtree(path)
        assert publish(real.folder, at=NOW).outcome == ("published" if lost == "public" else "unchanged")
        assert list_enclosures(storage) == urls
        real.episode(f"0{number}-part", f"---\ntitle: Part {number}\ndate: 2024-09-0{number}\n---\nn", mark=number)
        changes = publish(real.folder, at=NOW).plan.changes
        assert [change.kind for change in changes] == ["new"]
        *older, newest = list_enclosures(storage)
        assert older == urls
        assert str(newest).startswith(f"{beginning}.example.org/media/0{number}-part-")
        urls = [*older, newest]


def test_moved_show_changes_only_the_base_of_urls_with_prefix(real: Workshop) -> None:
    set_prefix(real, f'prefix = "{OP3}"')
    publish(real.folder, at=NOW)
    storage = LocalStorage(real.folder / "public")
    before = list_enclosures(storage)
    (real.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\n")
    path = real.folder / "show.toml"
    path.write_text(path.read_text().replace(URL, "https://new.example.org/show"))
    receipt = publish(real.folder, at=NOW, yes=True)
    assert receipt.outcome == "partial", "the second episode is unchanged"
    assert list_enclosures(storage) == [
        str(url).replace("podcast.example.org", "new.example.org/show") for url in before
    ]
    assert [(change.kind, change.field) for change in receipt.plan.changes] == [("show", "address")]


def test_replaced_audio_keeps_the_prefix_of_its_episode(real: Workshop) -> None:
    set_prefix(real, f'prefix = "{OP3}"')
    publish(real.folder, at=NOW)
    set_prefix(real, "")
    (real.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=7))
    publish(real.folder, at=NOW)
    assert all(str(url).startswith(OP3) for url in list_enclosures(LocalStorage(real.folder / "public")))


def test_local_url_has_no_prefix(real: Workshop, tmp_path: Path) -> None:
    set_prefix(real, f'prefix = "{OP3}"')
    receipt = publish(real.folder, to=tmp_path / "trial", at=NOW)
    assert b"op3.dev" not in receipt.plan.feed
    assert (
        b"op3.dev" in publish(real.folder, to=tmp_path / "trial", url="https://try.example.org", at=NOW).plan.feed
    )
