from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.model import AlternateRecord, EpisodeRecord, Media, Records
from podcastkit.state.records import merge_records, records_from_json, records_to_json, write_json
from tests.values import make_media, make_record

GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
hexes = st.text("0123456789abcdef", min_size=64, max_size=64)
media = st.builds(
    Media,
    key=st.from_regex(r"media/[A-Za-z0-9_-][A-Za-z0-9._-]*", fullmatch=True),
    size=st.integers(1, 2**40),
    sha256=hexes,
    content_type=st.sampled_from(["audio/mpeg", "audio/x-m4a"]),
    duration=st.integers(0, 10**11).map(lambda ticks: timedelta(microseconds=ticks)),
    recipe=st.text(),
    md5=st.none(),
    path=st.none(),
    bitrate=st.none() | st.integers(1, 2**31),
    offset=st.timedeltas(timedelta(minutes=-5), timedelta(minutes=5)),
    encoder=st.none() | st.text(min_size=1, max_size=40),
)
alternates = st.builds(
    AlternateRecord,
    title=st.none() | st.text(),
    lang=st.none() | st.text(),
    master_sha256=hexes,
    media=media,
)
records = st.builds(
    EpisodeRecord,
    guid=st.text(min_size=1),
    folder=st.text(min_size=1),
    published=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()).map(  # noqa: DTZ001 - the strategy adds the zone
        lambda moment: moment.astimezone(UTC)
    ),
    master_sha256=hexes,
    media=media,
    prefix=st.none() | st.just("https://op3.dev/e/"),
    alternates=st.lists(alternates, max_size=2).map(tuple),
)


@pytest.mark.slow
@given(st.builds(Records, guid=st.none() | st.uuids().map(str), episodes=st.lists(records, max_size=3).map(tuple)))
def test_records_from_json_reads_written_records(remembered: Records) -> None:
    assert records_from_json(json.loads(json.dumps(records_to_json(remembered)))) == remembered


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_records_from_json_of_other_data_raises(data: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        records_from_json(data)


def make_valid_data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(records_to_json(Records(guid=GUID, episodes=(make_record(),)))))
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("guid",), 7),
        (("guid",), None),
        (("folder",), None),
        (("published",), "2024-09-05T06:00:00"),
        (("published",), "yesterday"),
        (("master",), {}),
        (("media", "key"), "../feed.xml"),
        (("media", "key"), "media/../feed.xml"),
        (("media", "key"), "media/.."),
        (("media", "key"), "https://elsewhere.example/x.mp3"),
        (("prefix",), 7),
        (("prefix",), "javascript:"),
        (("media", "size"), "large"),
        (("media", "duration"), "long"),
        (("media", "duration"), 1e300),
    ],
    ids=lambda part: str(part)[:30],
)
def test_each_field_is_checked(path: tuple[str, ...], value: object) -> None:
    data = make_valid_data()
    place = data["episodes"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=r"."):
        records_from_json(data)


def test_newer_schema_is_an_error() -> None:
    with pytest.raises(ValueError, match="update podcastkit"):
        records_from_json({**make_valid_data(), "schema": 2})


def test_merge_records_prefers_the_first_record() -> None:
    first = Records(guid=None, episodes=(make_record(guid="a", folder="old"),))
    second = Records(guid="show", episodes=(make_record(guid="a", folder="new"), make_record(guid="b")))
    merged = merge_records(first, second)
    assert merged.guid == "show"
    assert [(record.guid, record.folder) for record in merged.episodes] == [("a", "old"), ("b", "05-planning-time")]


def test_published_date_keeps_its_zone() -> None:
    data = make_valid_data()
    data["episodes"][0]["published"] = "2024-09-05T06:00:00-07:00"
    published = records_from_json(data).episodes[0].published
    assert published == datetime(2024, 9, 5, 13, tzinfo=UTC)
    assert published.utcoffset() == timedelta(hours=-7)


def test_record_without_prefix_has_no_prefix_key() -> None:
    assert "prefix" not in json.dumps(records_to_json(Records(guid=GUID, episodes=(make_record(),))))


def make_records_with_alternate() -> Records:
    other = AlternateRecord(
        title="Low", lang=None, master_sha256="c" * 64, media=make_media("d" * 64, bitrate=64_000)
    )
    return Records(guid=GUID, episodes=(replace(make_record(), alternates=(other,)),))


def test_record_without_alternates_has_no_alternates_key() -> None:
    written = json.dumps(records_to_json(Records(guid=GUID, episodes=(make_record(),))))
    assert "alternates" not in written
    assert "bitrate" not in written
    assert records_from_json(json.loads(written)).episodes[0].alternates == ()


def test_record_without_alternates_key_is_read() -> None:
    data = json.loads(json.dumps(records_to_json(make_records_with_alternate())))
    older = {key: value for key, value in data["episodes"][0].items() if key != "alternates"}
    assert records_from_json({**data, "episodes": [older]}).episodes == (make_record(),)


@pytest.mark.parametrize(
    "damage", [{"title": 7}, {"lang": 7}, {"master": None}, {"media": {"key": "../feed.xml"}}, {"media": {}}]
)
def test_each_field_of_alternate_is_checked(damage: dict[str, object]) -> None:
    data: dict[str, Any] = json.loads(json.dumps(records_to_json(make_records_with_alternate())))
    data["episodes"][0]["alternates"][0] |= damage
    with pytest.raises(ValueError, match=r"."):
        records_from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.slow
@given(st.dictionaries(st.text(), JSON))
def test_write_json_has_one_entry_per_line(data: dict[str, object]) -> None:
    body = write_json(data)
    assert json.loads(body) == data
    entries = sum(len(value) + 1 for value in data.values() if isinstance(value, list | dict) and value)
    assert body.count(b"\n") == 2 + max(1, len(data)) + entries
