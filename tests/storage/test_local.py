from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.disk import sync_folder
from podcastkit.storage.base import Condition, Leftover, Stored
from podcastkit.storage.local import LocalStorage
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT = Condition(etag=None)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def storage(folder: Path) -> LocalStorage:
    return LocalStorage(folder)


def put(storage: LocalStorage, key: str, body: bytes | Path, condition: Condition | None = None) -> Stored:
    return storage.write(key, body, content_type="text/plain", cache_control="no-cache", condition=condition)


def list_names(folder: Path) -> set[str]:
    """Return the paths of all files and folders, including hidden ones, without the lock."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")} - {".podcastkit.write-lock"}


def run_python(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_address_is_the_path(storage: LocalStorage, folder: Path) -> None:
    assert storage.address == str(folder)
    assert storage.public_url == "http://127.0.0.1:8000"
    assert LocalStorage(str(folder)).path == folder


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow only shorter paths")
def test_write_creates_a_folder_a_thousand_levels_deep(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / ("a/" * 1100))
    put(storage, "feed.xml", b"x")
    assert storage.find("feed.xml")

    (storage.path / "feed.xml").unlink()
    os.removedirs(storage.path)  # too deep for pytest


def test_folder_is_created_by_the_first_write(storage: LocalStorage, folder: Path) -> None:
    assert storage.find("feed.xml") is None
    assert list(storage.list("")) == []
    assert not folder.exists()
    put(storage, "media/a.mp3", b"x")
    assert list_names(folder) == {"media", "media/a.mp3"}


def test_relative_path_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (".", "public", Path("deep/public")):
        storage = LocalStorage(path)
        stored = put(storage, "feed.xml", b"<rss/>")
        assert storage.read("feed.xml") == (b"<rss/>", stored.etag)
        assert stored in storage.list("")


def test_web_server_may_read_written_files(storage: LocalStorage, folder: Path) -> None:
    before = os.umask(0o022)
    try:
        for condition in (ABSENT, None):
            put(storage, "feed.xml", b"<rss/>", condition)
            assert (folder / "feed.xml").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_links_and_invalid_names_are_not_listed(storage: LocalStorage, folder: Path, tmp_path: Path) -> None:
    stored = put(storage, "media/a.mp3", b"x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.mp3").write_bytes(b"secret")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "link.mp3").symlink_to(tmp_path / "outside" / "b.mp3")
    (folder / "loop").symlink_to(folder)
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_bytes(b"x")
    (folder / "ä b.mp3").write_bytes(b"x")
    os.mkfifo(folder / "pipe")
    assert list(storage.list("")) == [stored]
    for key in ("linked/b.mp3", "link.mp3", "loop/media/a.mp3", "pipe", "media"):
        assert storage.find(key) is None
        assert storage.read(key) is None
    assert list(storage.list("linked/")) == list(storage.list("loop/")) == []


def test_write_into_a_linked_folder_raises(storage: LocalStorage, folder: Path, tmp_path: Path) -> None:
    put(storage, "feed.xml", b"x")
    (tmp_path / "outside").mkdir()
    (folder / "media").symlink_to(tmp_path / "outside")
    for key in ("media/a.mp3", "media/deep/a.mp3"):
        with pytest.raises(StorageError, match="symbolic link") as caught:
            put(storage, key, b"x")
        assert caught.value.hint
    assert list_names(tmp_path / "outside") == set()


def test_link_in_place_of_a_file_is_replaced_and_not_followed(
    storage: LocalStorage, folder: Path, tmp_path: Path
) -> None:
    put(storage, "a.txt", b"x")
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"outside")
    (folder / "feed.xml").symlink_to(outside)
    with pytest.raises(ConflictError, match=r"feed\.xml already exists"):
        put(storage, "feed.xml", b"<rss/>", ABSENT)
    stored = put(storage, "feed.xml", b"<rss/>")
    assert storage.read("feed.xml") == (b"<rss/>", stored.etag)
    assert outside.read_bytes() == b"outside"


def test_storage_folder_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "public").symlink_to(tmp_path / "www")
    put(LocalStorage(tmp_path / "public"), "media/a.mp3", b"x")
    assert list_names(tmp_path / "www") == {"media", "media/a.mp3"}


@pytest.mark.parametrize("in_place", [True, False], ids=["in place", "replaced"])
def test_etag_changes_with_the_same_size_and_time(storage: LocalStorage, folder: Path, *, in_place: bool) -> None:
    before = put(storage, "feed.xml", b"one")
    path = folder / "feed.xml"
    status = path.stat()
    if not in_place:
        path.unlink()
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = storage.find("feed.xml")
    assert after
    assert after.size == before.size
    assert after.etag != before.etag
    with pytest.raises(ConflictError, match="has changed"):
        put(storage, "feed.xml", b"three", Condition(etag=before.etag))


def test_etag_stays_when_only_inode_and_times_change(storage: LocalStorage, folder: Path) -> None:
    before = put(storage, "feed.xml", b"one")
    path = folder / "feed.xml"
    shutil.copyfile(path, folder / "copy").replace(path)  # exFAT and FUSE may assign new inodes
    os.utime(path, (10, 10))
    after = storage.find("feed.xml")
    assert after
    assert after.etag == before.etag
    assert storage.read("feed.xml") == (b"one", before.etag)
    assert [stored.etag for stored in storage.list("feed")] == [before.etag]
    put(storage, "feed.xml", b"two", Condition(etag=before.etag))


@pytest.mark.parametrize("key", ["media/a-0123456789ab.mp3", f"history/{'0' * 64}.json"])
def test_file_with_a_hash_in_its_name_is_not_read_for_its_etag(
    storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    stored = put(storage, key, b"x")
    shutil.copyfile(folder / key, folder / "copy").replace(folder / key)
    assert storage.find(key) == stored
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("the file was read"))
    another = LocalStorage(folder)
    assert [found.etag for found in another.list(key)] == [stored.etag]
    assert another.read(key) == (b"x", stored.etag)


def test_changed_file_with_a_hash_in_its_name_has_another_etag(storage: LocalStorage, folder: Path) -> None:
    stored = put(storage, "media/a-0123456789ab.mp3", b"one")
    (folder / stored.key).write_bytes(b"two")
    for found in (storage.find(stored.key), *storage.list("media/")):
        assert found
        assert found.etag != stored.etag
        assert storage.read(stored.key) == (b"two", found.etag)


@pytest.mark.parametrize("moment", [2**40, 2**55, -(2**40)], ids=str)
def test_impossible_time_is_ignored(
    storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    put(storage, "feed.xml", b"one")
    (folder / ".podcastkit-0123456789abcdef-a.mp3.part").write_bytes(b"")
    works = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        parts = [*works(path)]
        return os.stat_result([*parts[:8], moment, *parts[9:]]) if path.is_file() else works(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    (found,) = storage.list("")
    assert found.modified is None
    (leftover,) = storage.leftovers()
    assert leftover.begun.year == 1970


@pytest.mark.parametrize("moment", ["open", "digest"])
def test_file_removed_in_the_meantime_is_missing(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    put(storage, "feed.xml", b"one")
    put(storage, "other.xml", b"one")
    works: Callable[..., object] = Path.open

    def vanish(path: Path, *arguments: str) -> object:
        if path.name == "feed.xml":
            path.unlink(missing_ok=True)
        return works(path, *arguments)

    monkeypatch.setattr(Path, "open", vanish)
    if moment == "open":
        assert storage.read("feed.xml") is None
    else:
        assert [found.key for found in storage.list("")] == ["other.xml"]
    assert storage.find("feed.xml") is None


def test_unreadable_file_is_listed(storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(storage, "feed.xml", b"one")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hashlib, "file_digest", refuse)
    assert [(found.key, found.size) for found in storage.list("")] == [("feed.xml", 3)]
    monkeypatch.setattr(Path, "lstat", refuse)
    with pytest.raises(StorageError, match="permission denied"):
        list(storage.list(""))
    with pytest.raises(StorageError, match="permission denied"):
        storage.find("feed.xml")
    assert folder.is_dir()


def test_error_names_a_file_that_another_program_has_open(
    storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(storage, "feed.xml", b"one")

    def refuse(*_: object) -> None:
        error = PermissionError(13, "Permission denied", str(folder / "feed.xml"))
        error.winerror = 32  # type: ignore[attr-defined] # only Windows has it
        raise error

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(
        StorageError, match=r"feed\.xml cannot be used: another program has the file open"
    ) as caught:
        put(storage, "feed.xml", b"two")
    assert "then publish again" in (caught.value.hint or "")
    assert list_names(folder) == {"feed.xml"}


@pytest.mark.parametrize(("number", "windows"), [(36, None), (2, 3)], ids=["Linux", "Windows"])
def test_too_long_path_raises(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, number: int, windows: int | None
) -> None:
    def refuse(source: object, target: object) -> None:
        error = OSError(number, "a message of the system", str(source), None, f"{target}{'x' * 260}")
        if windows:
            error.winerror = windows  # type: ignore[attr-defined] # only Windows has it
        raise error

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="the path is too long for this computer"):
        put(storage, "feed.xml", b"two")


def test_junction_is_treated_as_a_link(
    storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(storage, "media/a.mp3", b"x")
    monkeypatch.setattr("podcastkit.storage.local._JUNCTION", 0)  # the value for every folder on Linux
    assert storage.find("media/a.mp3") is None
    assert list(storage.list("media/")) == []
    assert folder.is_dir()


KILLED = """
import sys
from pathlib import Path
from podcastkit.storage.local import LocalStorage
from podcastkit.wait_times import Waiting

def wait(_: int) -> None:
    print("in the middle", flush=True)
    sys.stdin.read()

body = b"new" * 2_000_000
LocalStorage(sys.argv[1]).write("media/a.mp3", body, content_type="", cache_control="", sent=wait)
"""


def test_killed_writer_keeps_the_old_object(storage: LocalStorage, folder: Path) -> None:
    old = put(storage, "media/a.mp3", b"old")
    with run_python(KILLED, folder) as process:
        assert process.stdout
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    assert storage.read("media/a.mp3") == (b"old", old.etag)
    assert list(storage.list("")) == [old]
    (left_over,) = storage.leftovers()
    assert (left_over.key, left_over.size) == ("media/a.mp3", (folder / left_over.handle).stat().st_size)
    assert list_names(folder) == {"media", "media/a.mp3", left_over.handle}
    put(storage, "media/b.mp3", b"x")
    assert list(storage.leftovers()) == [left_over], "the writer may still be running"
    os.utime(folder / left_over.handle, (0, 0))
    put(LocalStorage(folder), "media/a.mp3", b"new")
    assert list_names(folder) == {"media", "media/a.mp3", "media/b.mp3"}


def test_discard_removes_a_leftover_and_its_empty_folders(storage: LocalStorage, folder: Path) -> None:
    partial = folder / "media" / "2024" / f".podcastkit-{'0' * 16}-a.mp3.part"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"half")
    (folder / "media" / ".podcastkit-x.part").write_bytes(b"another program's")
    os.utime(partial, (1_700_000_000, 1_700_000_000))
    (left_over,) = storage.leftovers()
    assert (left_over.key, left_over.size) == ("media/2024/a.mp3", 4)
    assert left_over.begun == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    storage.discard(left_over)
    storage.discard(left_over)
    assert list(storage.leftovers()) == []
    assert list_names(folder) == {"media", "media/.podcastkit-x.part"}


@pytest.mark.parametrize(
    "handle", ["feed.xml", f"../.podcastkit-{'0' * 16}-a.part", "linked/.podcastkit-{}-a.part"]
)
def test_discard_refuses_other_files(storage: LocalStorage, folder: Path, tmp_path: Path, handle: str) -> None:
    put(storage, "feed.xml", b"<rss/>")
    handle = handle.format("0" * 16)
    (folder / "linked").symlink_to(tmp_path)
    for outside in (tmp_path / f".podcastkit-{'0' * 16}-a.part", folder / "feed.xml"):
        outside.write_bytes(b"x")
    left_over = Leftover(key="a", size=1, begun=datetime.now(UTC), handle=handle)
    with pytest.raises(ValueError, match="not a leftover"):
        storage.discard(left_over)
    assert (folder / handle).read_bytes() == b"x"
    assert list(storage.leftovers()) == []


def test_missing_folder_has_no_leftovers(storage: LocalStorage) -> None:
    assert list(storage.leftovers()) == []


def test_delete_removes_empty_folders(storage: LocalStorage, folder: Path) -> None:
    for key in ("media/2024/a.mp3", "media/2024/b.mp3", "feed.xml"):
        put(storage, key, b"x")
    storage.delete("media/2024/a.mp3")
    assert list_names(folder) == {"media", "media/2024", "media/2024/b.mp3", "feed.xml"}
    storage.delete("media/2024/b.mp3")
    storage.delete("feed.xml")
    assert list_names(folder) == set()
    assert folder.is_dir()


def test_delete_ignores_folders_and_links(storage: LocalStorage, folder: Path, tmp_path: Path) -> None:
    put(storage, "media/a.mp3", b"x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.mp3").write_bytes(b"mine")
    (folder / "linked").symlink_to(tmp_path / "outside")
    for key in ("media", "linked/b.mp3", "linked"):
        storage.delete(key)
    assert list_names(folder) == {"media", "media/a.mp3", "linked"}
    assert (tmp_path / "outside" / "b.mp3").read_bytes() == b"mine"


@pytest.mark.parametrize("condition", [ABSENT, None], ids=["absent", "plain"])
def test_concurrent_writes_and_deletions_in_one_folder_succeed(
    storage: LocalStorage, folder: Path, condition: Condition | None
) -> None:
    def write_and_delete(number: int) -> None:
        for _ in range(50):
            put(storage, f"deep/er/{number}.mp3", b"x", condition)
            storage.delete(f"deep/er/{number}.mp3")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_delete, range(4)))
    assert list_names(folder) == set()


FULL = """
import resource, sys
from podcastkit.diagnostics import StorageError
from podcastkit.storage.local import LocalStorage
from podcastkit.wait_times import Waiting

storage = LocalStorage(sys.argv[1])
storage.write("feed.xml", b"old", content_type="", cache_control="")
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    storage.write("feed.xml", b"x" * 2_000_000, content_type="", cache_control="")
except StorageError as error:
    print(error.message, error.hint, sep="\\n")
"""


def test_file_too_large_for_the_disk_keeps_the_old_object(folder: Path) -> None:
    with run_python(FULL, folder) as process:
        output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert output.splitlines() == [
        f"{folder} cannot be used: the file is too large for this disk",
        "publish to another disk",
    ]
    assert list_names(folder) == {"feed.xml"}
    assert (folder / "feed.xml").read_bytes() == b"old"


def test_error_names_the_folder_and_not_its_lock(storage: LocalStorage, folder: Path) -> None:
    (folder / ".podcastkit.write-lock").mkdir(parents=True)
    with pytest.raises(StorageError, match="public cannot be used"):
        put(storage, "feed.xml", b"x", condition=Condition(etag=None))
    assert list_names(folder) == set()


def test_file_in_place_of_the_folder_raises(folder: Path, storage: LocalStorage) -> None:
    folder.write_bytes(b"mine")
    for ask in (
        storage.read,
        storage.find,
        lambda key: list(storage.list(key)),
        lambda key: put(storage, key, b"x"),
    ):
        with pytest.raises(
            StorageError, match="public cannot be used: a file has the name of this folder"
        ) as caught:
            ask("feed.xml")
        assert caught.value.hint
    assert folder.read_bytes() == b"mine"


def test_file_in_place_of_a_parent_folder_raises(folder: Path, storage: LocalStorage) -> None:
    put(storage, "media", b"mine")
    assert storage.find("media/a.mp3") is None
    with pytest.raises(StorageError, match="media cannot be used: a file has the name of this folder"):
        put(storage, "media/a.mp3", b"x")
    assert list_names(folder) == {"media"}


def test_folder_in_place_of_a_file_raises(folder: Path, storage: LocalStorage) -> None:
    put(storage, "feed.xml/a", b"mine")
    with pytest.raises(StorageError, match=r"feed\.xml cannot be used: a folder has the name of this file"):
        put(storage, "feed.xml", b"x")
    with pytest.raises(ConflictError, match=r"feed\.xml already exists"):
        put(storage, "feed.xml", b"x", ABSENT)
    assert list_names(folder) == {"feed.xml", "feed.xml/a"}


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.mkdir(), "folder"),
        (lambda path: path.symlink_to("elsewhere"), "symbolic link"),
        (lambda path: path.symlink_to("/etc/passwd"), "symbolic link"),
        pytest.param(os.mkfifo, "device or pipe", marks=pytest.mark.skipif(os.name == "nt", reason="Unix")),
    ],
    ids=["folder", "broken link", "link", "pipe"],
)
def test_conflict_with_a_folder_link_or_pipe_names_its_kind(
    folder: Path, storage: LocalStorage, make: Callable[[Path], object], kind: str
) -> None:
    folder.mkdir()
    make(folder / "feed.xml")
    with pytest.raises(ConflictError, match=rf"feed\.xml already exists: it is a {kind}, not a file") as caught:
        put(storage, "feed.xml", b"x", ABSENT)
    assert caught.value.hint == f"move the {kind} away, or publish to another folder"


@pytest.mark.skipif(os.name == "nt", reason="links need extra rights on Windows")
def test_link_in_place_of_the_lock_is_not_followed(folder: Path, storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("keep")
    folder.mkdir()
    (folder / ".podcastkit.write-lock").symlink_to(tmp_path / "victim")
    with pytest.raises(StorageError, match=r"write-lock cannot be used: this is a symbolic link"):
        put(storage, "feed.xml", b"x", ABSENT)
    assert (tmp_path / "victim").read_text() == "keep"


@pytest.mark.parametrize(
    ("place", "reason"),
    [("/sys/podcast", "permission denied"), ("/proc/podcast", "")],
)
def test_error_names_a_read_only_place(place: str, reason: str) -> None:
    with pytest.raises(StorageError, match=f"{place} cannot be used: {reason}") as caught:
        put(LocalStorage(place), "feed.xml", b"x")
    assert caught.value.hint
    assert not Path(place).exists()


def test_list_skips_objects_removed_in_the_meantime(storage: LocalStorage, folder: Path) -> None:
    for key in ("a", "b/c", "d"):
        put(storage, key, b"x")
    objects = storage.list("")
    first = next(objects)
    for path in (folder / "a", folder / "b" / "c", folder / "d"):
        path.unlink()
    (folder / "b").rmdir()
    assert first.key in {"a", "d", "b/c"}
    assert list(objects) == []


@pytest.mark.parametrize("condition", [ABSENT, None], ids=["absent", "plain"])
def test_conditional_write_works_without_hard_links(
    storage: LocalStorage, folder: Path, monkeypatch: pytest.MonkeyPatch, condition: Condition | None
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, f"{self} cannot be a link to {target}")  # like FAT

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    stored = put(storage, "feed.xml", b"one", condition)
    assert storage.read("feed.xml") == (b"one", stored.etag)
    with pytest.raises(ConflictError, match=r"feed\.xml already exists"):
        put(storage, "feed.xml", b"two", ABSENT)
    assert list_names(folder) == {"feed.xml"}
    assert storage.find("feed.xml") == stored


RACE = """
import sys
from podcastkit.diagnostics import ConflictError
from podcastkit.storage.base import Condition
from podcastkit.storage.local import LocalStorage
from podcastkit.wait_times import Waiting

storage = LocalStorage(sys.argv[1])
found = storage.find("feed.xml")
print("ready", flush=True)
sys.stdin.readline()
try:
    body = sys.argv[2].encode()
    condition = Condition(etag=found and found.etag)
    storage.write("feed.xml", body, content_type="", cache_control="", condition=condition)
    print("won")
except ConflictError:
    print("lost")
"""


@pytest.mark.slow
def test_one_of_two_concurrent_processes_writes_the_object(storage: LocalStorage, folder: Path) -> None:
    for before in (None, b"old"):
        if before:
            put(storage, "feed.xml", before)
        with run_python(RACE, folder, "one") as one, run_python(RACE, folder, "two") as two:
            assert [process.stdout and process.stdout.readline() for process in (one, two)] == ["ready\n"] * 2
            output = {"one": one.communicate("go\n")[0], "two": two.communicate("go\n")[0]}
        winner, loser = sorted(output, key=lambda name: output[name] != "won\n")
        assert (output[winner], output[loser]) == ("won\n", "lost\n")
        found = storage.read("feed.xml")
        assert found
        assert found[0] == winner.encode()
        (folder / "feed.xml").unlink()


def test_locked_folder_raises(folder: Path) -> None:
    storage = LocalStorage(folder, waiting=Waiting(folder_lock_timeout=0))
    old = put(storage, "feed.xml", b"old")
    with (
        FileLock(folder / ".podcastkit.write-lock"),
        pytest.raises(StorageError, match="public is in use by another program") as caught,
    ):
        put(storage, "feed.xml", b"new", Condition(etag=old.etag))
    assert caught.value.hint
    assert (folder / "feed.xml").read_bytes() == b"old"


def test_sync_folder_that_cannot_be_flushed_succeeds() -> None:
    # /proc behaves like such a file system.
    descriptor = os.open("/proc", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(Path("/proc"))
