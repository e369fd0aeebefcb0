from __future__ import annotations

import os
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings

from podcastkit.checks.rule import CATALOG, RANK
from podcastkit.diagnostics import Diagnostic
from podcastkit.storage.local import LocalStorage
from podcastkit.storage.s3 import S3Storage
from tests import rclone as rclone_store
from tests.memory_storage import MemoryStorage
from tests.published import URL
from tests.seaweedfs import SeaweedFS, run_store
from tests.shows import Workshop, small_show
from tests.site import Site, serve_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from podcastkit.storage.base import Storage

# In CI, the examples are the same in each run, so that CI does not fail at random. Local runs look for new cases.
IN_CI = os.environ.get("CI") == "true"
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=IN_CI,
    max_examples=50 if IN_CI else 100,
    phases=set(Phase) - {Phase.explain},  # on Python 3.11, it takes longer than the timeout of a test
)
settings.register_profile("glance", settings.get_profile("steady"), max_examples=10)
settings.load_profile("steady")

STORES = {"seaweedfs", "rclone", "bucket"}
"""The fixtures and parameters that use a real object store."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marker `store` to tests that use a real object store."""
    for item in items:
        parameters = (
            item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        )
        if not STORES.isdisjoint(
            (*getattr(item, "fixturenames", ()), *(p for p in parameters if isinstance(p, str)))
        ):
            item.add_marker(pytest.mark.store)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the keys, profiles and cache of the user who runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "0.01")  # pauses of milliseconds, and the usual timeouts


@pytest.fixture(autouse=True)
def _check_catalog(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check in every test that each finding has a rule, and is not more severe than the rule."""
    unknown: list[str] = []
    make = Diagnostic.__init__

    def make_and_compare(self: Diagnostic, **fields: Any) -> None:
        make(self, **fields)
        rule = CATALOG.get(self.code)
        is_ours = sys._getframe(1).f_globals["__name__"].startswith("podcastkit.")
        if is_ours and (rule is None or RANK[self.severity] < RANK[rule.severity]):
            unknown.append(f"{self.code} {self.severity}: {self.message}")

    monkeypatch.setattr(Diagnostic, "__init__", make_and_compare)
    yield
    assert unknown == []


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[SeaweedFS]:
    """A real object store, one per worker."""
    with run_store() as store:
        yield store


@pytest.fixture(scope="session")
def rclone() -> Iterator[SeaweedFS]:
    """A real object store that ignores conditions on writes, one per worker."""
    with rclone_store.run_store() as store:
        yield store


@pytest.fixture(scope="session")
def s3_client(seaweedfs: SeaweedFS) -> S3Client:
    """A client with all permissions."""
    return seaweedfs.client()


@pytest.fixture
def bucket(seaweedfs: SeaweedFS, s3_client: S3Client) -> S3Storage:
    """An empty prefix in the public bucket."""
    return S3Storage(seaweedfs.bucket, f"t-{uuid.uuid4().hex}", client=s3_client)


@pytest.fixture(scope="session")
def memory_site() -> Iterator[Site]:
    """A web server that serves the objects of storages in memory."""
    with serve_pages() as site:
        yield site


@pytest.fixture
def storage(request: pytest.FixtureRequest, tmp_path: Path, memory_site: Site) -> Storage:
    """An empty destination: in memory, or on a folder and a real bucket for tests with ON_FOLDER_AND_BUCKET."""
    kind = getattr(request, "param", "memory")
    if kind == "folder":
        return LocalStorage(tmp_path / "published")
    if kind == "bucket":
        bucket: S3Storage = request.getfixturevalue("bucket")
        return bucket
    return MemoryStorage(memory_site)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A small show without a destination, so that publishing is a trial."""
    return small_show(tmp_path / "show")


@pytest.fixture
def real(tmp_path: Path) -> Workshop:
    """A small show with a destination, so that publishing is real."""
    return small_show(tmp_path / "real", f'[publish]\nto = "public"\nurl = "{URL}"\n')
