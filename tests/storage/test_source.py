from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Cancelled, ConflictError, PodcastkitError, StorageError
from podcastkit.storage.source import SentCounter, Source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@given(st.binary(max_size=64), st.integers(0, 70), st.integers(1, 9))
def test_source_reads_like_a_file(body: bytes, start: int, amount: int) -> None:
    with Source(body) as source:
        assert source.size == len(body)
        assert source.read() == body
        assert source.seek(0, os.SEEK_END) == source.tell() == len(body)
        assert source.seek(min(start, len(body))) == min(start, len(body))
        assert source.read(amount) == body[start:][:amount]
        source.seek(0)
        assert source.compute_md5() == hashlib.md5(body, usedforsecurity=False).hexdigest()
        assert source.read(-1) == body


def test_bytes_appended_later_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "audio.mp3"
    file.write_bytes(b"1234")
    with Source(file) as source:
        with file.open("ab") as more:
            more.write(b"5678")
        assert source.read() == b"1234"
        assert source.seek(0, os.SEEK_END) == 4


def test_truncated_file_is_a_conflict(tmp_path: Path) -> None:
    file = tmp_path / "audio.mp3"
    file.write_bytes(b"1234" * 100_000)
    with Source(file) as source:
        os.truncate(file, 10)
        with pytest.raises(ConflictError, match=r"audio\.mp3 changed") as caught:
            source.compute_md5()
    assert caught.value.hint


def test_missing_file_is_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match=r"audio\.mp3 was removed"):
        Source(tmp_path / "audio.mp3")


def test_error_names_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read") as caught:
        Source(tmp_path)
    assert str(tmp_path) in caught.value.message


def test_error_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    # The kernel opens a process's memory and refuses to read its first page.
    memory = tmp_path / "memory"
    memory.symlink_to("/proc/self/mem")
    with Source(memory) as source:
        source.size = 10
        with pytest.raises(StorageError, match="memory cannot be read"):
            source.read()


@pytest.mark.parametrize(("error", "left"), [(StorageError, 0), (ConflictError, 0), (Cancelled, 7)])
def test_failed_write_subtracts_the_reported_bytes(error: type[PodcastkitError], left: int) -> None:
    reported: list[int] = []

    def fail() -> None:
        with SentCounter(reported.append) as counter:
            for amount in (5, 0, 2):
                counter.add(amount)
            raise error("no")

    with pytest.raises(error):
        fail()
    assert sum(reported) == left
    assert 0 not in reported


def test_counter_without_callback_does_nothing() -> None:
    with SentCounter(None) as counter:
        counter.add(5)
        counter.reset()
