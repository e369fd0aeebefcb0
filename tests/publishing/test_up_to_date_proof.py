from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import podcastkit
from podcastkit.publishing import up_to_date, up_to_date_proof
from podcastkit.publishing.summary import summarize_plan
from podcastkit.state.lock import LOCK_NAME
from tests.memory_storage import MemoryStorage
from tests.shows import Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.publishing.publish import Receipt
    from podcastkit.storage.base import Storage

REAL = '[publish]\nto = "public"\nurl = "https://podcast.example.org"\n'


@pytest.fixture(autouse=True)
def _files_count_as_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", -(10**15))


@pytest.fixture
def real(tmp_path: Path) -> Workshop:
    return small_show(tmp_path / "episodes", REAL)


def publish_twice(show: Path, **options: Any) -> Receipt:
    podcastkit.publish(show, verify=False, **options)
    return podcastkit.publish(show, verify=False, **options)


def noted(receipt: Receipt, **options: Any) -> bool:
    arguments: dict[str, Any] = {"begun": datetime.now(UTC), "to": None, "url": None}
    return up_to_date_proof.note(receipt, **arguments | options)


def recalled(show: Path) -> up_to_date.Facts | None:
    return up_to_date.recall(show, to=None, url=None)


def test_what_was_noted_is_recalled(real: Workshop) -> None:
    real.episode("04-draft", "---\ntitle: Draft\ndraft: true\n---\n", audio=make_mp3(2))
    receipt = publish_twice(real.folder)
    assert noted(receipt)
    facts = recalled(real.folder)
    assert facts is not None
    assert facts.summary == summarize_plan(receipt.plan)
    assert facts.plan == receipt.plan.to_dict()
    assert facts.receipt == receipt.to_dict()


def test_a_publish_that_wrote_something_leaves_no_proof(real: Workshop) -> None:
    assert not noted(podcastkit.publish(real.folder))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def exchange(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def link(path: Path) -> None:
    elsewhere = path.rename(path.with_name("elsewhere"))
    path.symlink_to(elsewhere)


def medium(show: Path) -> Path:
    return next((show / "public" / "media").glob("02-*"))


MEANWHILE: dict[str, Callable[[Path], object]] = {
    "notes edited": lambda show: (show / "01-part" / "notes.md").write_text("Other words."),
    "an episode added": lambda show: (show / "04-part").mkdir(),
    "a file added": lambda show: (show / "01-part" / "cover.png").write_bytes(b""),
    "a file removed": lambda show: (show / "01-part" / "notes.md").unlink(),
    "the lock edited": lambda show: exchange(show / LOCK_NAME, "01-part", "01-port"),
    "the lock removed": lambda show: (show / LOCK_NAME).unlink(),
    "the feed edited": lambda show: cut(show / "public" / "feed.xml"),
    "the feed made a link": lambda show: link(show / "public" / "feed.xml"),
    "the manifest removed": lambda show: (show / "public" / "podcastkit.json").unlink(),
    "a medium removed": lambda show: medium(show).unlink(),
    "a medium cut": lambda show: cut(medium(show)),
}


@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE.keys())
def test_what_changes_before_the_note_leaves_no_proof(real: Workshop, change: Callable[[Path], object]) -> None:
    receipt = publish_twice(real.folder)
    change(real.folder)
    noted(receipt)
    assert recalled(real.folder) is None


def test_what_changed_just_before_it_was_read_leaves_no_proof(
    real: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", 2 * 10**9)
    receipt = publish_twice(real.folder)
    now = datetime.now(UTC)
    assert not noted(receipt, begun=now)
    assert noted(receipt, begun=now + timedelta(seconds=4)), "the lock, which is read again, may be young"


def test_a_source_that_is_gone_already_leaves_no_proof(real: Workshop) -> None:
    podcastkit.publish(real.folder)
    show = podcastkit.load(real.folder)
    sources = {**show.sources, real.folder / "01-part" / "transcript.vtt": None}
    object.__setattr__(show, "sources", sources)
    assert not noted(podcastkit.publish(show))


class Shelf(MemoryStorage):
    """A place of somebody's own, under an address that nobody answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def public_url(self) -> str:
        return self._url


def test_the_address_and_etag_of_a_feed_are_noted(real: Workshop) -> None:
    assert noted(publish_twice(real.folder, to=Shelf("http://127.0.0.1:9")))
    assert recalled(real.folder) is None, "nothing answers there"


def test_an_address_with_a_password_is_not_noted(real: Workshop) -> None:
    assert not noted(publish_twice(real.folder, to=Shelf("http://user:hunter2@127.0.0.1:9")))


def test_a_storage_of_somebodys_own_exits_early_while_its_web_server_has_the_feed(
    real: Workshop, storage: Storage
) -> None:
    assert noted(publish_twice(real.folder, to=storage))
    assert recalled(real.folder)
    storage.write("feed.xml", b"other", content_type="text/xml", cache_control="no-cache")
    assert recalled(real.folder) is None
