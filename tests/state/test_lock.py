from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ProjectError
from podcastkit.model import Records
from podcastkit.state.lock import LOCK_NAME, read_lock, write_lock
from tests.values import make_record

if TYPE_CHECKING:
    from pathlib import Path

MINE = make_record()
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_read_lock_of_missing_file_returns_empty_records(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == Records()


def test_write_lock_writes_only_changed_records(tmp_path: Path) -> None:
    records = Records(guid=GUID, episodes=(MINE,))
    assert write_lock(tmp_path, records)
    assert read_lock(tmp_path) == records
    assert not write_lock(tmp_path, records)
    lock = tmp_path / LOCK_NAME
    lock.write_bytes(codecs.BOM_UTF8 + lock.read_bytes())
    assert read_lock(tmp_path) == records
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_NAME]


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff", b"{}", b"[]", b"<<<<<<< HEAD\n", b"[" * 100_000, b'{"guid": null, "episodes": [{}]}'],
    ids=["empty", "not text", "empty object", "list", "merge conflict", "deep", "incomplete episode"],
)
def test_read_lock_of_damaged_file_raises(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / LOCK_NAME).write_bytes(damage)
    with pytest.raises(ProjectError, match=LOCK_NAME) as failure:
        read_lock(tmp_path)
    assert failure.value.hint
    assert "do not delete" in failure.value.hint


def test_write_lock_to_unwritable_path_raises_error_with_the_path(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).mkdir()
    with pytest.raises(ProjectError, match=f"^{LOCK_NAME} cannot be written: ") as caught:
        write_lock(tmp_path, Records(guid=GUID))
    assert caught.value.hint
    assert "publish to another" not in caught.value.hint
