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
def _treat_files_as_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", -(10**15))


@pytest.fixture
def real(tmp_path: Path) -> Workshop:
    return small_show(tmp_path / "episodes", REAL)


def publish_twice(show: Path, **options: Any) -> Receipt:
    podcastkit.publish(show, verify=False, **options)
    return podcastkit.publish(show, verify=False, **options)


def write_proof(receipt: Receipt, **options: Any) -> bool:
    arguments: dict[str, Any] = {"begun": datetime.now(UTC), "to": None, "url": None}
    return up_to_date_proof.write_proof(receipt, **arguments | options)


def recall(show: Path) -> up_to_date.StoredResult | None:
    return up_to_date.load_stored_result(show, to=None, url=None)


def test_written_proof_is_recalled(real: Workshop) -> None:
    real.episode("04-draft", "---\ntitle: Draft\ndraft: true\n---\n", audio=make_mp3(2))
    receipt = publish_twice(real.folder)
    assert write_proof(receipt)
    facts = recall(real.folder)
    assert facts is not None
    assert facts.summary == summarize_plan(receipt.plan)
    assert facts.plan == receipt.plan.to_dict()
    assert facts.receipt == receipt.to_dict()


def test_publish_with_changes_leaves_no_proof(real: Workshop) -> None:
    assert not write_proof(podcastkit.publish(real.folder))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def replace_text(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def replace_with_link(path: Path) -> None:
    elsewhere = path.rename(path.with_name("elsewhere"))
    path.symlink_to(elsewhere)


def find_media_file(show: Path) -> Path:
    return next((show / "public" / "media").glob("02-*"))


CHANGES: dict[str, Callable[[Path], object]] = {
    "notes edited": lambda show: (show / "01-part" / "notes.md").write_text("Other words."),
    "an episode added": lambda show: (show / "04-part").mkdir(),
    "a file added": lambda show: (show / "01-part" / "cover.png").write_bytes(b""),
    "a file removed": lambda show: (show / "01-part" / "notes.md").unlink(),
    "the lock edited": lambda show: replace_text(show / LOCK_NAME, "01-part", "01-port"),
    "the lock removed": lambda show: (show / LOCK_NAME).unlink(),
    "the feed edited": lambda show: truncate(show / "public" / "feed.xml"),
    "the feed replaced with a link": lambda show: replace_with_link(show / "public" / "feed.xml"),
    "the manifest removed": lambda show: (show / "public" / "podcastkit.json").unlink(),
    "a media file removed": lambda show: find_media_file(show).unlink(),
    "a media file truncated": lambda show: truncate(find_media_file(show)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_change_before_the_proof_leaves_no_proof(real: Workshop, change: Callable[[Path], object]) -> None:
    receipt = publish_twice(real.folder)
    change(real.folder)
    write_proof(receipt)
    assert recall(real.folder) is None


def test_file_changed_just_before_reading_leaves_no_proof(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up_to_date_proof, "RACY_NS", 2 * 10**9)
    receipt = publish_twice(real.folder)
    now = datetime.now(UTC)
    assert not write_proof(receipt, begun=now)
    assert write_proof(receipt, begun=now + timedelta(seconds=4)), (
        "the lock file may be new, because the proof has its content"
    )


def test_missing_source_leaves_no_proof(real: Workshop) -> None:
    podcastkit.publish(real.folder)
    show = podcastkit.load(real.folder)
    sources = {**show.sources, real.folder / "01-part" / "transcript.vtt": None}
    object.__setattr__(show, "sources", sources)
    assert not write_proof(podcastkit.publish(show))


class PublicStorage(MemoryStorage):
    """A storage with a public URL that no server answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def public_url(self) -> str:
        return self._url


def test_proof_is_written_for_a_served_storage(real: Workshop) -> None:
    assert write_proof(publish_twice(real.folder, to=PublicStorage("http://127.0.0.1:9")))
    assert recall(real.folder) is None, "no server answers there"


def test_address_with_a_password_leaves_no_proof(real: Workshop) -> None:
    assert not write_proof(publish_twice(real.folder, to=PublicStorage("http://user:hunter2@127.0.0.1:9")))


def test_storage_object_exits_early_while_its_web_server_has_the_feed(real: Workshop, storage: Storage) -> None:
    assert write_proof(publish_twice(real.folder, to=storage))
    assert recall(real.folder)
    storage.write("feed.xml", b"other", content_type="text/xml", cache_control="no-cache")
    assert recall(real.folder) is None
