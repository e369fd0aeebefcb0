"""Withdraw an episode: in memory, and in a folder and a real bucket where files are removed."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Cancelled, CheckFailed, ConflictError, ProjectError, UnreachableError
from podcastkit.publishing.destination import Target
from podcastkit.publishing.plan import ActionKind, DestructiveChange
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.prune import prune
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import history, rollback
from podcastkit.publishing.withdraw import prepare_withdrawal, withdraw
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage
from tests.published import (
    ON_FOLDER_AND_BUCKET,
    URL,
    Killed,
    assert_whole,
    forget_live_feeds,
    list_sizes,
    put,
    read_live_feed,
    read_manifest,
    read_titles,
)
from tests.shows import NOW, VTT, Workshop, make_mp3, small_show, write_artwork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from podcastkit.storage.base import Storage

LATER = NOW + timedelta(days=1)


def read_everything(storage: Storage) -> bytes:
    """Return the keys and the text files of a storage."""
    keys = list_sizes(storage)
    texts = [(storage.read(key) or (b"",))[0] for key in keys if not key.endswith((".mp3", ".jpg"))]
    return b"\n".join([*(key.encode() for key in keys), *texts])


@pytest.fixture
def full_show(workshop: Workshop, storage: Storage) -> Workshop:
    """A show whose second episode has every kind of file, published twice with different audio."""
    folder = workshop.folder / "02-part"
    folder = folder.rename(workshop.folder / "02-jane-doe")
    (folder / "transcript.vtt").write_text(VTT)
    (folder / "chapters.txt").write_text("0:00 Start\n0:01 End\n")
    write_artwork(folder / "artwork.jpg", color="red")
    publish(workshop.folder, to=storage, at=NOW)
    (folder / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    publish(workshop.folder, to=storage, at=NOW)
    return workshop


@ON_FOLDER_AND_BUCKET
def test_withdrawal_removes_all_files_of_the_episode(full_show: Workshop, storage: Storage) -> None:
    receipt = withdraw(full_show.folder, "02-jane-doe", to=storage, at=LATER)
    assert read_titles(storage) == ["Part 1", "Part 3"]
    assert b"jane" not in read_everything(storage)
    assert b"Part 2" not in read_everything(storage)
    removed = [action.asset.key.partition("/")[0] for action in receipt.plan.removals]
    assert sorted(set(removed)) == ["artwork", "chapters", "history", "media", "transcripts"]
    assert removed.count("media") == 2
    assert_whole(storage)


def test_withdrawal_changes_no_other_item(full_show: Workshop, storage: Storage) -> None:
    before = {item.guid: item.xml for item in read_live_feed(storage).items}
    (full_show.folder / "01-part" / "notes.md").write_text("---\ntitle: Changed since\ndate: 2024-09-01\n---\nn")
    withdraw(full_show.folder, "2", to=storage, at=LATER)
    after = {item.guid: item.xml for item in read_live_feed(storage).items}
    assert len(after) == 2
    assert after.items() < before.items()


def test_withdrawal_lists_the_urls_to_purge(full_show: Workshop, storage: Storage) -> None:
    receipt = withdraw(full_show.folder, "02-jane-doe", to=storage, at=LATER)
    urls = receipt.plan.removed_urls
    assert all(url.startswith(f"{storage.public_url}/") for url in urls)
    assert len([url for url in urls if "/media/02-jane-doe-" in url]) == 2
    assert not [url for url in urls if "/history/" in url]


def test_withdrawn_episode_is_not_published_again_by_folder_audio_or_guid(
    full_show: Workshop, storage: Storage
) -> None:
    guid = read_live_feed(storage).items[1].guid
    withdraw(full_show.folder, guid, to=storage, at=LATER)
    receipt = publish(full_show.folder, to=storage, at=LATER)
    assert [(held.episode, held.is_broken) for held in receipt.held_back] == [("02-jane-doe", False)]
    assert "withdrawn" in receipt.held_back[0].reason
    assert receipt.outcome == "unchanged"
    shutil.copytree(full_show.folder / "02-jane-doe", full_show.folder / "07-copy")
    full_show.episode("08-same-guid", f"---\ntitle: Same\nguid: {guid}\ndate: 2024-09-08\n---\nn", mark=8)
    receipt = publish(full_show.folder, to=storage, at=LATER)
    assert [held.episode for held in receipt.held_back] == ["02-jane-doe", "07-copy", "08-same-guid"]
    (full_show.folder / "02-jane-doe" / "audio.mp3").write_bytes(make_mp3(2, mark=222))
    assert "02-jane-doe" not in publish(full_show.folder, to=storage, at=LATER).published
    assert read_titles(storage) == ["Part 1", "Part 3"]


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
@pytest.mark.parametrize("killed", ["before the copy", "after the copy"])
def test_withdrawal_removes_files_of_a_killed_publish(full_show: Workshop, storage: Storage, killed: str) -> None:
    add_part_4(full_show)
    (full_show.folder / "02-jane-doe" / "audio.mp3").write_bytes(make_mp3(2, mark=23))
    (full_show.folder / "02-jane-doe" / "transcript.vtt").write_text(f"{VTT}\n")
    plan = prepare(full_show.folder, to=storage, at=NOW)
    with pytest.raises(ConflictError):
        apply(forget_live_feeds(plan))
    if killed == "before the copy":
        storage.delete(f"history/{hashlib.sha256(plan.feed).hexdigest()}.xml")
    assert len([key for key in list_sizes(storage) if key.startswith("media/02")]) == 3
    withdraw(full_show.folder, "02-jane-doe", to=storage, at=LATER)
    assert b"jane" not in read_everything(storage)
    (other,) = [key for key in list_sizes(storage) if key.startswith("media/04")]
    prune(full_show.folder, to=storage, at=datetime.now(UTC) + timedelta(days=40))
    assert other not in list_sizes(storage)


def test_withdrawal_keeps_foreign_files(workshop: Workshop, storage: Storage) -> None:
    notes = "---\ntitle: Part 2\ndate: 2024-09-02\nguid: theirs\n---\nn"
    (workshop.folder / "02-part" / "notes.md").write_text(notes)
    old = {"media/two.mp3", "media/two-aaaaaaaaaaaa.mp3"}
    items = "".join(
        f"<item><guid>theirs</guid><enclosure url='{storage.public_url}/{key}' length='6'/></item>"
        for key in sorted(old)
    )
    for key in old:
        put(storage, key, b"a file")
    put(storage, "feed.xml", f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    publish(workshop.folder, to=storage, at=NOW, adopt=True)
    withdraw(workshop.folder, "02-part", to=storage, at=LATER)
    left = set(list_sizes(storage))
    assert old < left
    assert len([key for key in left if key.startswith("media/")]) == 4
    assert len([key for key in left if key.startswith("history/")]) == 2


def test_withdrawn_episode_restored_from_a_backup_is_removed_again(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    backup = real.folder.with_name("backup")
    shutil.copytree(real.folder / "public", backup)
    withdraw(real.folder, "02-part", at=LATER, yes=True)
    shutil.rmtree(real.folder / "public")
    shutil.copytree(backup, real.folder / "public")
    publish(real.folder, at=LATER)
    assert b"02-part" not in read_everything(LocalStorage(real.folder / "public"))


@pytest.mark.parametrize("step", [0, 2, 4, 5, 6])
def test_killed_withdrawal_of_the_only_episode_is_finished_by_publish(tmp_path: Path, step: int) -> None:
    only = small_show(tmp_path / "only", f'[publish]\nto = "public"\nurl = "{URL}"\n', episodes=1)
    storage = Killed(only.folder.resolve() / "public")
    publish(only.folder, to=storage, url=URL, at=NOW)
    storage.left = step
    with pytest.raises(Cancelled):
        withdraw(only.folder, "1", to=storage, url=URL, at=LATER, yes=True)
    storage.left = 10**6
    publish(only.folder, to=storage, url=URL, at=LATER)
    assert read_titles(storage) == []
    assert b"01-part" not in read_everything(storage)
    with pytest.raises(CheckFailed, match="01-part: withdrawn"):
        publish(only.folder, to=storage, url=URL, at=LATER)
    only.episode("02-part", "---\ntitle: Part 2\ndate: 2024-09-02\n---\nn", mark=2)
    publish(only.folder, to=storage, url=URL, at=LATER)
    assert read_titles(storage) == ["Part 2"]


def test_withdrawal_keeps_the_old_address_until_the_next_publish(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, url="https://old.example.org", at=NOW)
    receipt = withdraw(workshop.folder, "01-part", to=storage, url=URL, at=LATER, verify=False)
    assert all(url.startswith("https://old.example.org/") for url in receipt.plan.removed_urls)
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\n")
    publish(workshop.folder, to=storage, url=URL, at=LATER, verify=False)
    assert b"old.example.org" not in (storage.read("feed.xml") or (b"",))[0]


def test_new_folder_with_new_audio_is_a_new_episode(full_show: Workshop, storage: Storage) -> None:
    guid = read_live_feed(storage).items[1].guid
    withdraw(full_show.folder, guid, to=storage, at=LATER)
    shutil.rmtree(full_show.folder / "02-jane-doe")
    full_show.episode("02-somebody", "---\ntitle: Part 2\ndate: 2024-09-02\n---\nn", mark=222)
    publish(full_show.folder, to=storage, at=LATER)
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]
    assert read_live_feed(storage).items[1].guid != guid


def test_files_of_another_episode_are_kept(workshop: Workshop, storage: Storage) -> None:
    for name in ("01-part", "02-part"):
        write_artwork(workshop.folder / name / "artwork.jpg", color="red")
    (workshop.folder / "01-part").rename(workshop.folder / "01-x")
    publish(workshop.folder, to=storage, at=NOW)
    withdraw(workshop.folder, "02-part", to=storage, at=LATER)
    keys = list_sizes(storage)
    for word in (word for item in read_live_feed(storage).items for word in item.fields.get("artwork", "").split()):
        assert word.partition(f"{storage.public_url}/")[2] in keys


def test_last_episode_can_be_withdrawn(tmp_path: Path, storage: Storage) -> None:
    workshop = Workshop(tmp_path / "show").show()
    workshop.episode("01-only", "---\ntitle: Only\ndate: 2024-09-01\n---\nn")
    publish(workshop.folder, to=storage, at=NOW)
    withdraw(workshop.folder, "1", to=storage, at=LATER)
    assert read_titles(storage) == []
    assert not [key for key in list_sizes(storage) if key.startswith("media/")]


def test_withdrawn_episode_is_held_back_by_the_lock_alone(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    with pytest.raises(DestructiveChange):
        withdraw(real.folder, "02-part", at=LATER)
    withdraw(real.folder, "02-part", at=LATER, yes=True)
    (withdrawal,) = read_lock(real.folder).withdrawn
    assert withdrawal.files == ()
    assert "02-part" not in (real.folder / LOCK_NAME).read_text()
    shutil.rmtree(real.folder / "public")
    receipt = publish(real.folder, at=LATER)
    assert [held.episode for held in receipt.held_back] == ["02-part"]


def test_withdrawn_episode_is_held_back_by_the_destination_alone(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    before = (real.folder / LOCK_NAME).read_bytes()
    withdraw(real.folder, "02-part", at=LATER, yes=True, write_lock=False)
    assert (real.folder / LOCK_NAME).read_bytes() == before
    assert [held.episode for held in publish(real.folder, at=LATER).held_back] == ["02-part"]
    assert [withdrawal.at for withdrawal in read_lock(real.folder).withdrawn] == [LATER]


def test_unknown_episode_raises_with_similar_names(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    with pytest.raises(ProjectError, match="no published episode is called 02-prat") as failure:
        withdraw(workshop.folder, "02-prat", to=storage, at=LATER)
    assert "02-part" in (failure.value.hint or "")


def test_withdraw_accepts_the_path_of_a_removed_folder(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    shutil.rmtree(workshop.folder / "02-part")
    withdraw(workshop.folder, f"{workshop.folder}/02-part/", to=storage, at=LATER)
    assert read_titles(storage) == ["Part 1", "Part 3"]


class FailingDeletion(LocalStorage):
    """A folder in which deletions fail after the first `left` ones."""

    left = 0

    def delete(self, key: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise UnreachableError("gone")
        super().delete(key)


@pytest.mark.parametrize("by", ["withdraw", "publish"])
@pytest.mark.parametrize("deletions", [0, 1, 3])
def test_failed_withdrawal_is_finished_by_the_next_command(
    workshop: Workshop, tmp_path: Path, deletions: int, by: str
) -> None:
    folder = workshop.folder / "02-part"
    (folder / "transcript.vtt").write_text(VTT)
    storage = FailingDeletion(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    guid = read_live_feed(storage).items[1].guid
    plan = prepare_withdrawal(workshop.folder, "02-part", Target(to=storage, at=LATER))
    storage.left = deletions
    with pytest.raises(UnreachableError):
        apply(plan, patience=timedelta(0))
    assert read_titles(storage) == ["Part 1", "Part 3"]
    storage.left = 1000
    if by == "publish":
        publish(workshop.folder, to=storage, at=LATER)
    else:
        withdraw(workshop.folder, guid, to=storage, at=LATER)
    assert b"02-part" not in read_everything(storage)
    assert [withdrawal.files for withdrawal in read_manifest(storage).records.withdrawn] == [()]
    with pytest.raises(ProjectError, match="no published episode"):
        withdraw(workshop.folder, guid, to=storage, at=LATER)


def test_withdrawal_killed_after_the_lock_is_finished_by_publish(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    plan = prepare_withdrawal(real.folder, "02-part", Target(at=LATER))
    blocked = forget_live_feeds(plan)
    with pytest.raises(ConflictError):
        apply(blocked)
    assert [withdrawal.files != () for withdrawal in read_lock(real.folder).withdrawn] == [True]
    publish(real.folder, at=LATER)
    storage = LocalStorage(real.folder / "public")
    assert read_titles(storage) == ["Part 1", "Part 3"]
    assert not [key for key in list_sizes(storage) if key.startswith("media/02")]
    assert [withdrawal.files for withdrawal in read_lock(real.folder).withdrawn] == [()]


def test_prepare_withdrawal_changes_nothing(full_show: Workshop, storage: Storage) -> None:
    before = list_sizes(storage)
    plan = prepare_withdrawal(full_show.folder, "02-jane-doe", Target(to=storage, at=LATER))
    assert list_sizes(storage) == before
    output = json.loads(json.dumps(plan.to_dict()))
    assert {action["action"] for action in output["actions"]} >= {"remove", "update"}
    assert [change["kind"] for change in output["changes"]] == ["removed"]
    kinds = [action.kind for action in plan.actions]
    switch = next(n for n, action in enumerate(plan.actions) if action.asset.key == "feed.xml")
    assert kinds.index(ActionKind.REMOVE) > switch


def claim_withdrawn(path: Path, guid: str, files: Iterable[str]) -> None:
    """Write a withdrawal with its remaining files into a lock file or manifest."""
    marks = {"folder_sha256": None, "master_sha256": None}
    data = json.loads(path.read_bytes())
    data["withdrawn"] = [{"guid": guid, "at": NOW.isoformat(), **marks, "files": list(files)}]
    path.write_text(json.dumps(data))


@pytest.mark.parametrize("record", [LOCK_NAME, "public/podcastkit.json"])
@pytest.mark.parametrize(
    "command",
    [
        lambda folder: publish(folder, at=LATER, yes=True),
        lambda folder: rollback(folder, at=LATER, yes=True),
        lambda folder: withdraw(folder, "01-part", at=LATER, yes=True),
        lambda folder: prune(folder, at=LATER),
    ],
    ids=["publish", "rollback", "withdraw", "prune"],
)
def test_record_that_claims_foreign_files_deletes_nothing(
    real: Workshop, record: str, command: Callable[[Path], object]
) -> None:
    publish(real.folder, at=NOW)
    (real.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(1, mark=22))
    publish(real.folder, at=NOW, yes=True)
    storage = LocalStorage(real.folder / "public")
    other_files = {"media/theirs-aaaaaaaaaaaa.mp3", f"history/{'ab' * 32}.xml", f"history/{'ab' * 32}.json"}
    for key in other_files:
        put(storage, key, b"theirs")
    claim_withdrawn(real.folder / record, "foreign", other_files)
    command(real.folder)
    assert other_files <= set(list_sizes(storage))
    assert_whole(storage)


def test_episode_withdrawn_only_at_the_destination_needs_consent(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    storage = LocalStorage(real.folder / "public")
    before = list_sizes(storage)
    claim_withdrawn(real.folder / "public" / "podcastkit.json", read_live_feed(storage).items[1].guid, ())
    with pytest.raises(DestructiveChange):
        publish(real.folder, at=LATER)
    prune(real.folder, at=LATER)
    assert list_sizes(storage).keys() >= before.keys()
    assert_whole(storage)


def test_number_of_episodes_in_two_seasons_is_refused(tmp_path: Path, storage: Storage) -> None:
    workshop = Workshop(tmp_path / "show").show()
    workshop.episode("s1e01-a", "---\ntitle: A\ndate: 2024-09-01\n---\nn", mark=1)
    workshop.episode("s2e01-b", "---\ntitle: B\ndate: 2024-09-02\n---\nn", mark=2)
    publish(workshop.folder, to=storage, at=NOW)
    with pytest.raises(ProjectError, match="no published episode is called 1"):
        withdraw(workshop.folder, "1", to=storage, at=LATER)
    withdraw(workshop.folder, "s2e01-b", to=storage, at=LATER)
    assert read_titles(storage) == ["A"]


def test_withdrawal_of_an_unpublished_episode_needs_consent(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    (real.folder / "02-part").rename(real.folder / "_02-part")
    publish(real.folder, at=NOW, yes=True)
    storage = LocalStorage(real.folder / "public")
    with pytest.raises(DestructiveChange):
        withdraw(real.folder, "02-part", at=LATER)
    assert [key for key in list_sizes(storage) if key.startswith("media/02")]
    withdraw(real.folder, "02-part", at=LATER, yes=True)
    assert not [key for key in list_sizes(storage) if key.startswith("media/02")]
    (real.folder / "_02-part").rename(real.folder / "02-part")
    assert [held.episode for held in publish(real.folder, at=LATER).held_back] == ["02-part"]


@pytest.fixture(scope="session")
def published_jane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real show, published once without the episode about Jane and twice with it."""
    place = tmp_path_factory.mktemp("jane")
    real = small_show(place / "real", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PODCASTKIT_CACHE", str(place / "cache"))
        draft = (real.folder / "02-part").rename(real.folder / "_02")
        publish(real.folder, at=NOW)
        folder = draft.rename(real.folder / "02-jane-doe")
        (folder / "transcript.vtt").write_text(VTT)
        publish(real.folder, at=NOW)
        (folder / "audio.mp3").write_bytes(make_mp3(2, mark=22))
        publish(real.folder, at=NOW)
    return real.folder


@pytest.fixture
def jane_show(published_jane: Path, tmp_path: Path) -> tuple[Workshop, Killed]:
    """A copy of Jane's show, and its destination."""
    real = Workshop(shutil.copytree(published_jane, tmp_path / "real"))
    return real, Killed(real.folder.resolve() / "public")


def add_part_4(show: Workshop) -> None:
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)


def finish_by_publish(real: Workshop, storage: Killed) -> None:
    add_part_4(real)
    publish(real.folder, to=storage, url=URL, at=LATER, yes=True)


def finish_by_a_killed_publish_and_another(real: Workshop, storage: Killed) -> None:
    add_part_4(real)
    storage.left = 4
    with pytest.raises(Cancelled):
        publish(real.folder, to=storage, url=URL, at=LATER, yes=True)
    storage.left = 10**6
    real.episode("05-part", "---\ntitle: Part 5\ndate: 2024-09-05\n---\nn", mark=5)
    publish(real.folder, to=storage, url=URL, at=LATER, yes=True)


def finish_by_the_same_command(real: Workshop, storage: Killed) -> None:
    withdraw(real.folder, "02-jane-doe", to=storage, url=URL, at=LATER, yes=True)


def finish_by_another_withdrawal(real: Workshop, storage: Killed) -> None:
    withdraw(real.folder, "01-part", to=storage, url=URL, at=LATER, yes=True)


def finish_by_prune_and_publish(real: Workshop, storage: Killed) -> None:
    prune(real.folder, to=storage, url=URL, at=LATER)
    publish(real.folder, to=storage, url=URL, at=LATER, yes=True)


def finish_by_rollback(real: Workshop, storage: Killed) -> None:
    oldest = history(real.folder, to=storage, url=URL)[0].feed_sha256
    rollback(real.folder, feed=oldest, to=storage, url=URL, at=LATER, yes=True)


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 6, 8, 11])
@pytest.mark.parametrize(
    "finish",
    [
        finish_by_publish,
        finish_by_a_killed_publish_and_another,
        finish_by_the_same_command,
        finish_by_another_withdrawal,
        finish_by_prune_and_publish,
    ],
)
def test_withdrawal_killed_at_any_step_is_finished_completely(
    jane_show: tuple[Workshop, Killed], step: int, finish: Callable[[Workshop, Killed], None]
) -> None:
    real, storage = jane_show
    storage.left = step
    with pytest.raises(Cancelled):
        withdraw(real.folder, "02-jane-doe", to=storage, url=URL, at=LATER, yes=True)
    storage.left = 10**6
    finish(real, storage)
    assert_jane_is_removed(real, storage)


@pytest.mark.parametrize("lock", [True, False], ids=["with the lock", "without"])
def test_rollback_finishes_a_killed_withdrawal(jane_show: tuple[Workshop, Killed], lock: bool) -> None:
    real, storage = jane_show
    storage.left = 5
    with pytest.raises(Cancelled):
        withdraw(real.folder, "02-jane-doe", to=storage, url=URL, at=LATER, yes=True, write_lock=lock)
    assert read_titles(storage) == ["Part 1", "Part 3"]
    storage.left = 10**6
    add_part_4(real)
    storage.left = 7
    with pytest.raises(Cancelled):
        publish(real.folder, to=storage, url=URL, at=LATER, yes=True, write_lock=lock)
    storage.left = 10**6
    finish_by_rollback(real, storage)
    assert_jane_is_removed(real, storage)


def assert_jane_is_removed(real: Workshop, storage: Killed) -> None:
    """Check that no trace of Jane is left, and that every feed in the history can be restored."""
    assert "Part 2" not in read_titles(storage)
    assert b"jane" not in read_everything(storage)
    assert "jane" not in (real.folder / LOCK_NAME).read_text()
    keys = list_sizes(storage)
    for release in history(real.folder, to=storage, url=URL):
        assert {f"history/{release.feed_sha256}.{kind}" for kind in ("xml", "json")} < set(keys)
    assert_whole(storage)


def test_withdrawal_removes_replaced_audio(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(1, mark=22))
    publish(workshop.folder, to=storage, at=NOW)
    withdraw(workshop.folder, "3", to=storage, at=LATER)
    withdraw(workshop.folder, "2", to=storage, at=LATER)
    assert not [key for key in list_sizes(storage) if key.startswith(("media/02", "media/03"))]
    assert_whole(storage)


def test_withdrawal_keeps_the_audio_of_an_unpublished_episode(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    url = read_live_feed(storage).items[1].enclosure_url
    (workshop.folder / "02-part").rename(workshop.folder / "_02-part")
    publish(workshop.folder, to=storage, at=NOW)
    withdraw(workshop.folder, "3", to=storage, at=LATER)
    (workshop.folder / "_02-part").rename(workshop.folder / "02-part")
    receipt = publish(workshop.folder, to=storage, at=LATER)
    assert read_live_feed(storage).items[1].enclosure_url == url
    assert not [key for key in receipt.uploaded if key.startswith("media/")]
