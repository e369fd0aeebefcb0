from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.model import Records
from podcastkit.state.manifest import FeedHistory, Manifest, Release
from podcastkit.state.records import records_from_json
from tests.shows import NOW
from tests.values import a_record

if TYPE_CHECKING:
    from collections.abc import Iterator

GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
DIGEST = "a" * 64
ODD: tuple[Any, ...] = (None, True, 7, -1, 1e300, "", "x", [], {}, [None], {"x": None})


def a_manifest() -> Manifest:
    release = Release(feed_sha256=DIGEST, at=NOW, size=1, episodes=1)
    records = Records(guid=GUID, episodes=(a_record(),), translated=(("es", GUID),))
    feed = FeedHistory(feed_sha256=DIGEST, history=(release,))
    return Manifest(
        trial=False, url="https://x.example", feeds={None: feed, "es": feed}, records=records, files={"a": 1}
    )


def damaged(data: Any) -> Iterator[None]:
    """Put odd values into each place of JSON, one after the other, and take each place away."""
    for place in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        value = data[place]
        for odd in ODD:
            data[place] = odd
            yield
        if isinstance(data, dict):
            del data[place]
            yield
        data[place] = value
        yield from damaged(value)


def test_a_manifest_comes_back() -> None:
    assert Manifest.from_bytes(a_manifest().to_bytes()) == a_manifest()


def test_a_manifest_with_an_odd_value_anywhere_is_refused_or_can_be_written_again() -> None:
    data = json.loads(a_manifest().to_bytes())
    refused = 0
    for _ in damaged(data):
        try:
            manifest = Manifest.from_bytes(json.dumps(data).encode())
        except ValueError:
            refused += 1
        else:
            assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    assert refused > 300


@pytest.mark.parametrize("guid", ["x", "", 7, True, [GUID], {}, "0" * 32, f"{{{GUID}}}", f"urn:uuid:{GUID}"])
@pytest.mark.parametrize("place", ["guid", "es"])
def test_a_guid_of_a_show_that_is_no_uuid_is_refused(place: str, guid: Any) -> None:
    data: dict[str, Any] = {"guid": GUID, "episodes": [], "translated": {"es": GUID}}
    (data if place == "guid" else data["translated"])[place] = guid
    with pytest.raises(ValueError, match="not"):
        records_from_json(data)
