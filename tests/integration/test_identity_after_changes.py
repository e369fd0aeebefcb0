"""Episodes keep their identity after any change (folder and real bucket) and after any two changes (in memory)."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Severity
from podcastkit.feed.reader import read_feed
from podcastkit.publishing.publish import publish
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.state.manifest import Manifest
from podcastkit.storage.local import LocalStorage
from podcastkit.storage.s3 import S3Storage
from tests.memory_storage import MemoryStorage
from tests.shows import NOW, Workshop, make_mp3, other_ffmpeg, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

    from podcastkit.model import LiveItem
    from podcastkit.publishing.publish import Receipt
    from podcastkit.storage.base import Storage
    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.ffmpeg

URL = "https://podcast.example.org"
ROOT = Path(__file__).parents[2]
GIT = ["git", "-c", "user.name=Team", "-c", "user.email=team@example.org"]


@dataclass
class Scene:
    """A published show of three episodes. The second has a master; the dates are set by publishing."""

    workshop: Workshop
    storage: Storage
    elsewhere: Storage
    """Another bucket."""
    monkeypatch: pytest.MonkeyPatch
    place: Path
    url: str = URL
    second: str = "02-part"
    """The folder of the second episode."""
    runs: int = 0
    before: list[LiveItem] = field(default_factory=list)

    def settle(self) -> None:
        text = (self.workshop.folder / "show.toml").read_text().partition("[publish]")[0]
        text += f'[publish]\nto = "{self.storage.address}"\nurl = "{self.url}"\n'
        (self.workshop.folder / "show.toml").write_text(text)

    def publish(self, *, write_lock: bool = True, yes: bool = False) -> Receipt:
        self.runs += 1
        at = NOW + timedelta(hours=self.runs)
        receipt = publish(
            self.workshop.folder, to=self.storage, url=self.url, at=at, write_lock=write_lock, yes=yes, verify=False
        )
        assert not receipt.plan.trial
        assert receipt.outcome in {"published", "unchanged"}, receipt.held_back
        return receipt

    def items(self) -> list[LiveItem]:
        found = self.storage.read("feed.xml")
        assert found
        return list(read_feed(found[0]).items)

    def folder(self) -> Path:
        return self.workshop.folder / self.second


VERSIONS = "alternates: [{file: es.wav, lang: es}, {file: low.mp3, title: Low}]\n"


def write_notes(folder: Path, title: str, number: int, text: str = "What it tells.") -> None:
    versions = VERSIONS if (folder / "notes.md").read_text().find(VERSIONS) > 0 else ""
    (folder / "notes.md").write_text(f"---\ntitle: {title}\nnumber: {number}\n{versions}---\n\n{text}\n")


def make_show(folder: Path) -> Workshop:
    workshop = Workshop(folder).show()
    for number in (1, 2, 3):
        write_notes(workshop.episode(f"0{number}-part", "", mark=number), f"Part {number}", number)
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 1)
    write_wav(workshop.folder / "02-part" / "es.wav", 1, mark=20)
    (workshop.folder / "02-part" / "low.mp3").write_bytes(make_mp3(1, mark=21))
    (workshop.folder / "02-part" / "notes.md").write_text(f"---\ntitle: Part 2\nnumber: 2\n{VERSIONS}---\n\nn\n")
    return workshop


@pytest.fixture(scope="session")
def master_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a cache with the encoded masters of the show, because encoding is the slowest step."""
    place = tmp_path_factory.mktemp("master_cache")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PODCASTKIT_CACHE", str(place / "cache"))
        publish(make_show(place / "show").folder, to=MemoryStorage(), url=URL, at=NOW, verify=False)
    return place / "cache"


@pytest.fixture
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master_cache: Path
) -> Scene:
    kind = getattr(request, "param", "memory")
    places: list[Storage] = [MemoryStorage(), MemoryStorage()]
    if kind == "folder":
        places = [LocalStorage(tmp_path / "bucket"), LocalStorage(tmp_path / "another bucket")]
    if kind == "bucket":
        seaweedfs: SeaweedFS = request.getfixturevalue("seaweedfs")
        client: S3Client = request.getfixturevalue("s3_client")
        places = [S3Storage(seaweedfs.bucket, f"t-{uuid.uuid4().hex}", client=client) for _ in range(2)]
    shutil.copytree(master_cache, os.environ["PODCASTKIT_CACHE"], dirs_exist_ok=True)
    scene = Scene(make_show(tmp_path / "show"), places[0], places[1], monkeypatch, tmp_path)
    scene.settle()
    scene.publish()
    scene.before = scene.items()
    return scene


# Changes of the show, the cache and the machine


def rename(scene: Scene) -> None:
    folder = scene.folder()
    scene.second = f"{scene.second}-renamed"
    folder.rename(scene.folder())


def rename_and_rewrite(scene: Scene) -> None:
    rename(scene)
    write_notes(scene.folder(), "Another title", 2, "Other notes.")


def retitle(scene: Scene) -> None:
    write_notes(scene.folder(), "A better title", 2)


def renumber(scene: Scene) -> None:
    """Give the second episode the number 5, in its folder name and its notes."""
    folder = scene.folder()
    scene.second = f"05-{scene.second.partition('-')[2]}"
    folder.rename(scene.folder())
    write_notes(scene.folder(), "Part 5", 5)


def insert_before(scene: Scene) -> None:
    """Give the folder name of the second episode to a new episode, and rename the second."""
    name, folder = scene.second, scene.folder()
    rename(scene)
    shutil.copytree(scene.folder(), folder)
    write_wav(folder / "take.wav", 1, mark=500 + scene.runs)
    write_notes(folder, "Put between", 20 + scene.runs)
    assert name != scene.second


def encode_again(scene: Scene) -> None:
    scene.monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(scene.place)))
    lose_cache(scene)


def lose_cache(scene: Scene) -> None:
    scene.monkeypatch.setenv("PODCASTKIT_CACHE", str(scene.place / f"cache-{uuid.uuid4().hex}"))


def move(scene: Scene) -> None:
    scene.storage, scene.elsewhere = scene.elsewhere, scene.storage
    scene.url = "https://cdn.example.net/show" if scene.url == URL else URL
    scene.settle()


def lose_audio(scene: Scene) -> None:
    for path in scene.workshop.folder.glob("*/*"):
        if path.suffix in {".wav", ".mp3"}:
            path.unlink()


def replace_audio(scene: Scene) -> None:
    write_wav(scene.folder() / "take.wav", 1, mark=900 + scene.runs)


def lose_lock(scene: Scene) -> None:
    (scene.workshop.folder / LOCK_NAME).unlink()


def lose_bucket(scene: Scene) -> None:
    for stored in list(scene.storage.list("")):
        scene.storage.delete(stored.key)


def clone(scene: Scene) -> None:
    """Continue in a clone with the lock file, other file times and no cache."""
    if not (scene.workshop.folder / ".git").exists():
        subprocess.run([*GIT, "init", "-q", "-b", "main", str(scene.workshop.folder)], check=True)
    git = [*GIT, "-C", str(scene.workshop.folder)]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "The show"], check=True)
    target = scene.place / f"clone-{uuid.uuid4().hex}"
    subprocess.run([*GIT, "clone", "-q", str(scene.workshop.folder), str(target)], check=True)
    scene.workshop = Workshop(target)
    lose_cache(scene)


def publish_in_ci(scene: Scene) -> None:
    """Publish a new episode on a CI machine, which cannot commit the lock file."""
    mine, cache = scene.workshop, os.environ["PODCASTKIT_CACHE"]
    retitle(scene)
    clone(scene)
    scene.publish(write_lock=False)
    scene.workshop = mine
    scene.monkeypatch.setenv("PODCASTKIT_CACHE", cache)


KEEPS_ADDRESSES = {
    function.__name__: function
    for function in (
        rename, rename_and_rewrite, retitle, renumber, insert_before, encode_again, move, lose_audio, lose_cache,
        lose_lock, lose_bucket, clone, publish_in_ci,
    )
}  # fmt: skip
CHANGES: dict[str, Callable[[Scene], None]] = {**KEEPS_ADDRESSES, "replace_audio": replace_audio}
NEW_AUDIO = {"replace_audio"}


def versions(item: LiveItem) -> list[str]:
    """Return the URLs of the alternates of an item."""
    return re.findall(r"https://\S+", item.fields.get("alternates", ""))


def assert_same(scene: Scene, *, same_audio: bool = True) -> None:
    """Check that the three episodes keep their identity and URLs. Only the base of the URLs may differ."""
    now = {item.guid: item for item in scene.items()}
    assert len(versions(scene.before[1])) == 2
    assert len(now) == len(scene.items())
    for item in scene.before:
        same = now[item.guid]
        assert same.published == item.published
        if same_audio or item is not scene.before[1]:
            old, new = str(item.enclosure_url), str(same.enclosure_url)
            assert new == old.replace(URL, scene.url)
        assert versions(same) == [url.replace(URL, scene.url) for url in versions(item)]
    stored = {found.key: found.size for found in scene.storage.list("")}
    for item in now.values():
        url, length = item.fields["audio"].split()
        assert stored[url.removeprefix(f"{scene.url}/")] == int(length)
    records = read_lock(scene.workshop.folder).episodes
    assert {record.guid for record in records} == set(now)
    manifest = Manifest.from_bytes((scene.storage.read("podcastkit.json") or (b"",))[0])
    assert manifest.records.episodes == records


ON_FOLDER_AND_BUCKET = pytest.mark.parametrize("scene", ["folder", "bucket"], indirect=True)


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
@pytest.mark.parametrize("change", CHANGES)
def test_episodes_keep_their_identity_after_a_change(scene: Scene, change: str) -> None:
    CHANGES[change](scene)
    scene.publish()
    assert_same(scene, same_audio=change not in NEW_AUDIO)
    assert scene.publish().outcome == "unchanged"


IMPOSSIBLE = {
    # Without local audio, only the folder name identifies an episode, and another bucket cannot get the audio.
    *itertools.product(["lose_audio"], ["rename", "rename_and_rewrite", "renumber", "insert_before"]),
    *itertools.product(["lose_audio"], ["move", "lose_bucket"]),
}
UNPUBLISHED = {
    # Without a publish in between, a folder with another name and other audio is a new episode ...
    *itertools.permutations(["replace_audio", "rename"], 2),
    *itertools.permutations(["replace_audio", "rename_and_rewrite"], 2),
    *itertools.permutations(["replace_audio", "renumber"], 2),
    ("insert_before", "replace_audio"),
    ("replace_audio", "insert_before"),
    # ... and a record that only the lock or only the bucket has is lost with it.
    *itertools.permutations(["lose_lock", "lose_bucket"], 2),
    *itertools.permutations(["lose_lock", "move"], 2),
    *((change, "lose_audio") for change in ("rename", "rename_and_rewrite", "renumber", "insert_before")),
    *((change, "lose_audio") for change in ("move", "lose_bucket", "replace_audio")),
    ("lose_audio", "replace_audio"),
}
CONTAINED = {"rename", "retitle", "lose_cache"}
"""Changes that include another change."""
PAIRED = [name for name in CHANGES if name not in CONTAINED]
PAIRS = [pair for pair in itertools.permutations(PAIRED, 2) if pair not in IMPOSSIBLE]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda name: name)
def test_episodes_keep_their_identity_after_two_changes(scene: Scene, first: str, second: str) -> None:
    CHANGES[first](scene)
    if (first, second) in UNPUBLISHED:
        scene.publish()
    CHANGES[second](scene)
    scene.publish()
    assert_same(scene, same_audio=not NEW_AUDIO & {first, second})


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_publish_to_another_bucket_uploads_every_file(scene: Scene) -> None:
    before = {stored.key for stored in scene.storage.list("") if not stored.key.startswith("history/")}
    move(scene)
    receipt = scene.publish()
    assert before == {stored.key for stored in scene.storage.list("") if not stored.key.startswith("history/")}
    assert before <= set(receipt.uploaded)
    assert before <= {stored.key for stored in scene.elsewhere.list("")}, (
        "the old one stays for those who ask there"
    )


def test_episode_published_in_ci_keeps_its_identity_on_another_computer(scene: Scene) -> None:
    write_notes(scene.workshop.episode("04-part", "", mark=4), "Part 4", 4)
    mine = scene.workshop
    clone(scene)
    scene.publish(write_lock=False)
    before = scene.items()
    scene.workshop = mine
    assert len(read_lock(mine.folder).episodes) == 3
    (mine.folder / "04-part").rename(mine.folder / "04-renamed")
    scene.publish()
    assert [(item.guid, item.published, item.enclosure_url) for item in scene.items()] == [
        (item.guid, item.published, item.enclosure_url) for item in before
    ]
    assert len(read_lock(mine.folder).episodes) == 4


def test_removed_episode_keeps_its_identity_when_restored(scene: Scene) -> None:
    scene.folder().rename(scene.workshop.folder / "_out")
    scene.publish(yes=True)
    assert len(scene.items()) == 2
    retitled = scene.workshop.folder / "01-part"
    write_notes(retitled, "Meanwhile", 1)
    scene.publish()
    lose_lock(scene)
    (scene.workshop.folder / "_out").rename(scene.folder())
    scene.publish()
    assert_same(scene)


def test_removed_episode_keeps_its_identity_after_losing_the_bucket(scene: Scene) -> None:
    scene.folder().rename(scene.workshop.folder / "_out")
    scene.publish(yes=True)
    lose_bucket(scene)
    scene.publish()
    lose_lock(scene)
    (scene.workshop.folder / "_out").rename(scene.folder())
    scene.publish()
    assert_same(scene)


def test_duplicate_guid_is_an_error_and_keeps_the_published_episode(scene: Scene) -> None:
    guid = scene.before[1].guid
    copy = shutil.copytree(scene.folder(), scene.workshop.folder / "04-copy")
    write_wav(copy / "take.wav", 1, mark=77)
    (copy / "notes.md").write_text(f"---\ntitle: Copy\nnumber: 4\nguid: {guid}\n---\nn\n")
    receipt = publish(
        scene.workshop.folder, to=scene.storage, url=scene.url, at=NOW + timedelta(days=1), verify=False
    )
    assert receipt.outcome == "partial"
    found = [finding for finding in receipt.plan.findings if finding.code == "E106"]
    assert {finding.episode for finding in found} >= {"04-copy"}
    assert all(finding.severity is Severity.ERROR and guid in finding.message for finding in found)
    assert_same(scene)


# A read-only checkout

_DROP_FROM_BOUNDING_SET = 24
_OVERRIDE_PERMISSIONS = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def drop_capabilities() -> None:
    """Start the program without root's capability to ignore file permissions."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in _OVERRIDE_PERMISSIONS:
            libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


@pytest.mark.slow
def test_read_only_checkout_is_published(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show()
    workshop.episode("01-part", "---\ntitle: Part 1\nnumber: 1\n---\nn\n", mark=1)
    more = f'[publish]\nto = "{tmp_path / "bucket"}"\nurl = "{URL}"\n'
    (workshop.folder / "show.toml").write_text((workshop.folder / "show.toml").read_text() + more)
    command = [sys.executable, "-m", "podcastkit", "publish", "--json", str(workshop.folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workshop.folder.chmod(0o555)
    try:
        done = subprocess.run(
            command,
            env=environment,
            preexec_fn=drop_capabilities,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        workshop.folder.chmod(0o755)
    printed = json.loads(done.stdout)
    assert (done.returncode, printed["outcome"]) == (0, "published"), done.stderr
    assert [finding["code"] for finding in printed["findings"] if finding["severity"] == "warning"] == ["S111"]
    assert not (workshop.folder / LOCK_NAME).exists()
    before = (tmp_path / "bucket" / "feed.xml").read_bytes()
    with contextlib.chdir(tmp_path):
        assert publish(workshop.folder, at=None).outcome == "unchanged"
    assert (tmp_path / "bucket" / "feed.xml").read_bytes() == before
    assert len(read_lock(workshop.folder).episodes) == 1
