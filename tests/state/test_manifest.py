from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.model import Records
from podcastkit.state.manifest import FeedHistory, Manifest, Release
from podcastkit.state.records import records_from_json
from tests.shows import NOW
from tests.values import make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
DIGEST = "a" * 64
DAMAGED_VALUES: tuple[Any, ...] = (None, True, 7, -1, 1e300, "", "x", [], {}, [None], {"x": None})


def make_manifest() -> Manifest:
    release = Release(feed_sha256=DIGEST, at=NOW, size=1, episodes=1)
    records = Records(guid=GUID, episodes=(make_record(),), translated=(("es", GUID),))
    feed = FeedHistory(feed_sha256=DIGEST, history=(release,))
    return Manifest(
        trial=False, url="https://x.example", feeds={None: feed, "es": feed}, records=records, files={"a": 1}
    )


def damage_values(data: Any) -> Iterator[None]:
    """Replace each value of JSON data by damaged values in turn, and remove each key in turn."""
    for place in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        value = data[place]
        for damaged in DAMAGED_VALUES:
            data[place] = damaged
            yield
        if isinstance(data, dict):
            del data[place]
            yield
        data[place] = value
        yield from damage_values(value)


def test_manifest_stays_the_same_after_writing_and_reading() -> None:
    assert Manifest.from_bytes(make_manifest().to_bytes()) == make_manifest()


def test_manifest_with_any_damaged_value_is_refused_or_valid() -> None:
    data = json.loads(make_manifest().to_bytes())
    refused = 0
    for _ in damage_values(data):
        try:
            manifest = Manifest.from_bytes(json.dumps(data).encode())
        except ValueError:
            refused += 1
        else:
            assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    assert refused > 300


@pytest.mark.parametrize("guid", ["x", "", 7, True, [GUID], {}, "0" * 32, f"{{{GUID}}}", f"urn:uuid:{GUID}"])
@pytest.mark.parametrize("place", ["guid", "es"])
def test_show_guid_that_is_not_a_uuid_is_refused(place: str, guid: Any) -> None:
    data: dict[str, Any] = {"guid": GUID, "episodes": [], "translated": {"es": GUID}}
    (data if place == "guid" else data["translated"])[place] = guid
    with pytest.raises(ValueError, match="not"):
        records_from_json(data)
