from __future__ import annotations

import dataclasses

import pytest

from podcastkit.diagnostics import PodcastkitError
from podcastkit.wait_times import Waiting

SHRINKING = {"step_patience", "look_patience", "held_patience", "first_pause", "longest_pause", "bucket_retries"}
SHRINKING |= {"removal_lease", "removal_end"}
FIXED = {"web_retries", "answer_timeouts"}
FIELDS = [field.name for field in dataclasses.fields(Waiting)]


def read_wait_times(monkeypatch: pytest.MonkeyPatch, written: str) -> Waiting:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", written)
    return Waiting.from_environment()


def find_changes(waiting: Waiting) -> dict[str, object]:
    usual = Waiting()
    return {name: getattr(waiting, name) for name in FIELDS if getattr(waiting, name) != getattr(usual, name)}


@pytest.mark.parametrize("written", ["", "1", "1.0"])
def test_patience_variable_unset_or_one_returns_the_defaults(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    assert read_wait_times(monkeypatch, written) == Waiting()
    monkeypatch.delenv("PODCASTKIT_PATIENCE")
    assert Waiting.from_environment() == Waiting()


def test_patience_variable_two_doubles_patience_pauses_and_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = read_wait_times(monkeypatch, "2")
    assert set(find_changes(twice)) == set(FIELDS) - FIXED - {"bucket_retries"}
    assert (twice.step_patience, twice.bucket_retries, twice.verify_deadline) == (1200, 4, 600)


def test_patience_variable_zero_stops_retries_and_keeps_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    none = read_wait_times(monkeypatch, "0")
    assert set(find_changes(none)) == SHRINKING
    assert (none.step_patience, none.look_patience, none.bucket_retries) == (0, 0, 0)
    assert 0 < none.first_pause < none.longest_pause < 1


@pytest.mark.parametrize("written", ["-1", "nan", "inf", "1001", "twice", "2 min"])
def test_invalid_patience_variable_is_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    with pytest.raises(
        PodcastkitError, match=f"PODCASTKIT_PATIENCE is {written!r}, which is not a number"
    ) as caught:
        read_wait_times(monkeypatch, written)
    assert "2 waits twice as long" in (caught.value.hint or "")
