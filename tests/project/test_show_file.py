from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Severity
from podcastkit.model import (
    AudioSettings,
    Block,
    Category,
    Funding,
    License,
    Owner,
    Person,
    Place,
    PublishSettings,
    RemoteFeed,
    Schedule,
    Show,
    ShowType,
    Social,
    Text,
    Txt,
)
from podcastkit.project.show_file import SHOW_KEYS, ShowFile, read_show_file

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
REQUIRED_KEYS = """\
title = "Planning Time"
author = "A Team"
description = "What it is about."
language = "en"
categories = ["Education"]
explicit = false
"""
MOST = """\
title = "Planning Time"
author = "A Team"
description = \"\"\"
What it is *about*.

And more.
\"\"\"
language = "en-US"
categories = ["Education > Courses", "Government"]
explicit = true
artwork = "art/cover.jpg"
link = "https://example.org"
type = "episodic"
season = 2
episodes = 8
copyright = "© A Team"
complete = true
guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
new_feed_url = "https://example.org/feed.xml"
locked = true
medium = "podcast"
license = "CC-BY-4.0"
location = "Los Angeles"
txt = [{purpose = "verify", value = "x"}]
block = ["google"]
podroll = [{feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"}]
funding = [{url = "https://example.org/give", text = "Give"}]
publisher = {feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810", feed_url = "https://a.org/p.xml"}
podping = true
social = [{protocol = "disabled"}]
season_name = "Two"
ai_content = false
footer = "Made by *us*."
people = ["Ann", {name = "Bob", role = "Producer"}]
owner = {name = "A Team", email = "team@example.org"}

[schedule]
first = 2024-09-05T06:00:00
timezone = "America/Los_Angeles"
every = "2 weeks"
skip = [2024-10-03]

[publish]
to = "s3://bucket/show"
url = "https://podcast.example.org/"
prefix = "https://op3.dev/e/"
endpoint_url = "http://127.0.0.1:9000"
region = "us-west-2"
profile = "team"

[audio]
format = "m4a"
bitrate = 96
channels = "mono"
"""


def read(text: str) -> ShowFile:
    return read_show_file(text, "show.toml").value


def read_valid(text: str) -> ShowFile:
    show, found = read_show_file(text, "show.toml")
    assert found == ()
    return show


def findings(text: str) -> list[str]:
    return [
        f"{finding.location.line if finding.location else None}: {finding.code} {finding.message} | {finding.hint}"
        for finding in read_show_file(text, "show.toml").findings
    ]


def test_all_keys_are_read() -> None:
    show = read_valid(MOST)
    assert show == ShowFile(
        title="Planning Time",
        language="en-US",
        artwork="art/cover.jpg",
        season=2,
        timezone=LOS_ANGELES,
        txt=(Txt(value="x", purpose="verify"),),
        ai_content=False,
        footer=Text(html="<p>Made by <em>us</em>.</p>", plain="Made by us."),
        people=(
            Person(name="Ann", role="host", group="cast"),
            Person(name="Bob", role="producer", group="creative direction"),
        ),
        schedule=Schedule(
            first=datetime(2024, 9, 5, 6, tzinfo=LOS_ANGELES), every=(2, "week"), skip=(date(2024, 10, 3),)
        ),
        publish=PublishSettings(
            to="s3://bucket/show",
            url="https://podcast.example.org",
            prefix="https://op3.dev/e/",
            endpoint_url="http://127.0.0.1:9000",
            region="us-west-2",
            profile="team",
        ),
        audio=AudioSettings(format="m4a", bitrate=96, channels="mono"),
        locations=show.locations,
        fields={
            "author": "A Team",
            "description": Text(
                html="<p>What it is <em>about</em>.</p>\n<p>And more.</p>", plain="What it is about.\n\nAnd more."
            ),
            "explicit": True,
            "categories": (Category(name="Education", sub="Courses"), Category(name="Government")),
            "link": "https://example.org",
            "type": ShowType.EPISODIC,
            "total_episodes": 8,
            "copyright": "© A Team",
            "complete": True,
            "guid": "917393e3-1b1e-5cef-ace4-edaa54e1f810",
            "new_feed_url": "https://example.org/feed.xml",
            "locked": True,
            "license": License(slug="CC-BY-4.0"),
            "places": (Place(name="Los Angeles"),),
            "block": Block(services=("google",)),
            "podroll": (RemoteFeed(feed_guid="917393e3-1b1e-5cef-ace4-edaa54e1f810"),),
            "funding": (Funding(url="https://example.org/give", text="Give"),),
            "publisher": RemoteFeed(
                feed_guid="917393e3-1b1e-5cef-ace4-edaa54e1f810", feed_url="https://a.org/p.xml", medium="publisher"
            ),
            "podping": True,
            "social": (Social(protocol="disabled"),),
            "season_name": "Two",
            "owner": Owner(name="A Team", email="team@example.org"),
            "medium": "podcast",
        },
    )


def test_missing_keys_have_defaults() -> None:
    show = read_valid(REQUIRED_KEYS)
    assert show == ShowFile(
        title="Planning Time",
        language="en",
        fields={
            "author": "A Team",
            "description": Text(html="<p>What it is about.</p>", plain="What it is about."),
            "categories": (Category(name="Education"),),
            "explicit": False,
        },
        locations=show.locations,
    )
    assert (show.season, show.audio.loudness) == (1, -16)


def test_values_have_locations() -> None:
    locations = read(MOST).locations
    assert str(locations["title"]) == "show.toml:1:1"
    assert str(locations["people[1].role"]) == "show.toml:34:33"
    assert str(locations["publish.to"]) == "show.toml:44:1"


def test_missing_required_key_hint_shows_the_line() -> None:
    assert findings("") == [
        '1: S003 show.toml has no title | add title = "The name of the show"',
        '1: S003 show.toml has no author | add author = "Name of the publisher"',
        '1: S003 show.toml has no description | add description = "A few sentences about the show"',
        '1: S003 show.toml has no language | add language = "en"',
        '1: S003 show.toml has no categories | add categories = ["Education"]',
        "1: S003 show.toml has no explicit | add explicit = false, or true when listeners should be warned",
    ]


def test_blank_required_key_is_missing() -> None:
    assert findings(REQUIRED_KEYS.replace('"A Team"', '" "')) == [
        '2: S003 author is empty | add author = "Name of the publisher"'
    ]


def test_invalid_required_key_is_not_reported_as_missing() -> None:
    assert findings(REQUIRED_KEYS.replace("false", '"no"')) == [
        '6: S004 explicit must be true or false, not "no" | write explicit = true or explicit = false'
    ]


def test_required_keys_inside_a_table_are_reported_as_misplaced() -> None:
    found = findings('[audio]\nformat = "mp3"\n' + REQUIRED_KEYS)
    assert [finding.partition(" ")[2] for finding in found] == [
        f"S002 {key} is inside audio, where it has no effect | "
        "move it above the first line in square brackets, such as [publish]"
        for key in ("title", "author", "description", "language", "categories", "explicit")
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('autor = "x"', '7: S002 there is no key "autor" | did you mean "author"?'),
        ("[publsh]", '7: S002 there is no table [publsh] | did you mean "publish"?'),
        ("[publish]\nregoin = 1", '8: S002 publish has no key "regoin" | did you mean "region"?'),
        ('[[people]]\nname = "x"\nfooter = "y"', "9: S002 footer is inside people[0], where it has no effect"),
        ('publish = "public"', '7: S004 publish must be a table: [publish], not "public"'),
        ("season = 0", "7: S004 season must be a whole number between 1 and 9999, not 0"),
        ('type = "season"', '7: S004 type must be "episodic" or "serial", not "season"'),
        ('owner = {email = "x"}', '7: S004 owner.email: "x" is not an e-mail address'),
        ('timezone = "Mars"', '7: S004 timezone: "Mars" is not the name of a time zone'),
        ('images = [{file = "a.jpg", purpose = "x"}]', '7: S004 images[0].purpose: "x" is not a known purpose'),
        ("[audio]\nalways = 1", "8: S004 audio.always must be true or false, not 1"),
        ('[audio]\ntag = "yes"', '8: S004 audio.tag must be true or false, not "yes"'),
        ("[audio]\ntrim = 0.5", "8: S004 audio.trim must be true or false, not 0.5"),
        ("[audio]\nintro = true", "8: S004 audio.intro must be text, not true"),
        ('[audio]\noutro = "../outro.wav"', '8: S004 audio.outro: "../outro.wav"'),
        ("[audio]\ncrossfade = 30.5", "8: S004 audio.crossfade must be at most 30 seconds, not 30.5"),
        ('[audio]\ncrossfade = "0:31"', '8: S004 audio.crossfade must be at most 30 seconds, not "0:31"'),
        ("[audio]\ncrossfade = -1", "8: S004 audio.crossfade must be a duration, not -1"),
        ("[audio]\ncrossfade = true", "8: S004 audio.crossfade must be a duration, not true"),
        ("[audio]\ncrosfade = 3", '8: S002 audio has no key "crosfade" | did you mean "crossfade"?'),
        ("[audio]\nbitrate = 31", "8: S004 audio.bitrate must be a whole number between 32 and 320, not 31"),
        ('[audio]\nformat = "ogg"', '8: S004 audio.format must be "mp3" or "m4a", not "ogg"'),
        (
            '[publish]\naws_secret_access_key = "x"',
            "8: S006 publish.aws_secret_access_key must never be in this",
        ),
        ('[publish]\nurl = "https://u:p@a.org"', "8: S004 publish.url: a web address must not contain a user name"),
        ('[publish]\nurl = "http://a.org"', '8: S008 publish.url is not encrypted: "http://a.org"'),
        (
            '[publish]\nprefix = "https://op3.dev/e"',
            '8: S004 publish.prefix: "https://op3.dev/e" must end in one slash',
        ),
        ('[publish]\nto = "ftp://a.org"', '8: S004 publish.to: "ftp://a.org" is neither a folder nor a bucket'),
        ('footer = "a\\u0007b"', "7: S007 footer contains invisible characters, which were removed: U+0007"),
    ],
)
def test_invalid_value_has_a_finding_with_its_line(text: str, finding: str) -> None:
    found = findings(REQUIRED_KEYS + text)
    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(("written", "loudness"), [("-16", -16.0), ("-70.0", -70.0), ("-5", -5.0), ("false", None)])
def test_loudness_is_a_level_or_false(written: str, loudness: float | None) -> None:
    assert read_valid(f"{REQUIRED_KEYS}[audio]\nloudness = {written}").audio.loudness == loudness


@pytest.mark.parametrize(
    ("written", "seconds"), [("0", 0), ("2.5", 2.5), ("30", 30), ('"0:04"', 4), ("00:00:04", 4)]
)
def test_crossfade_is_parsed_in_seconds(written: str, seconds: float) -> None:
    assert read_valid(f"{REQUIRED_KEYS}[audio]\ncrossfade = {written}").audio.crossfade == timedelta(
        seconds=seconds
    )


def test_audio_settings_are_read() -> None:
    keys = 'always = true\ntag = true\ntrim = true\nintro = "intro.wav"\noutro = "outro.flac"'
    assert read(f"{REQUIRED_KEYS}[audio]\n{keys}").audio == AudioSettings(
        always=True, tag=True, trim=True, intro="intro.wav", outro="outro.flac"
    )
    assert read(f"{REQUIRED_KEYS}[audio]").audio == AudioSettings()


@pytest.mark.parametrize("written", ["true", "-4", "-71", "0", '"-16"', "nan", "-inf"])
def test_invalid_loudness_is_an_error(written: str) -> None:
    show, found = read_show_file(f"{REQUIRED_KEYS}[audio]\nloudness = {written}", "show.toml")
    assert show.audio.loudness == AudioSettings().loudness
    assert [finding.code for finding in found if finding.severity is Severity.ERROR] == ["S004"]


def test_time_zone_is_read_from_the_top_level() -> None:
    show = read_valid(
        f'{REQUIRED_KEYS}timezone = "America/Los_Angeles"\n[schedule]\nfirst = "2024-09-05"\nevery = "week"'
    )
    assert show.schedule is not None
    assert show.schedule.first == datetime(2024, 9, 5, 6, tzinfo=LOS_ANGELES)


def test_utc_offset_of_the_first_release_is_kept() -> None:
    show = read_valid(f'{REQUIRED_KEYS}[schedule]\nfirst = 2024-09-05T06:00:00-07:00\nevery = "week"')
    assert show.schedule is not None
    assert show.schedule.first.isoformat() == "2024-09-05T06:00:00-07:00"


@pytest.mark.parametrize(
    ("schedule", "finding"),
    [
        ('first = 2024-09-05\nevery = "week"', "8: S004 2024-09-05 has no time zone"),
        ('timezone = "UTC"\nevery = "week"', "7: S003 schedule has no first | add first = 2024-09-05T06:00:00"),
        ('timezone = "UTC"\nfirst = 2024-09-05', '7: S003 schedule has no every | add every = "week"'),
        (
            'timezone = "UTC"\nfirst = 2024-09-05\nevery = "weekly"',
            '10: S004 schedule.every: "weekly" is not an interval',
        ),
        ('timezone = "Mars"\nfirst = 2024-09-05\nevery = "week"', '8: S004 schedule.timezone: "Mars" is not'),
    ],
)
def test_invalid_schedule_is_a_finding(schedule: str, finding: str) -> None:
    show = read(f"{REQUIRED_KEYS}[schedule]\n{schedule}")
    assert show.schedule is None
    (found,) = findings(f"{REQUIRED_KEYS}[schedule]\n{schedule}")
    assert found.startswith(finding)


def test_two_different_time_zones_are_an_error() -> None:
    schedule = '[schedule]\ntimezone = "UTC"\nfirst = 2024-09-05\nevery = "week"'
    assert findings(f'{REQUIRED_KEYS}timezone = "UTC"\n{schedule}') == []
    (found,) = findings(f'{REQUIRED_KEYS}timezone = "America/Los_Angeles"\n{schedule}')
    assert found.startswith("9: S004 schedule.timezone: the file also has the time zone America/Los_Angeles")


def test_invalid_days_to_skip_are_reported() -> None:
    schedule = '[schedule]\ntimezone = "UTC"\nfirst = 2024-09-05\nevery = "week"\n'
    found = findings(f'{REQUIRED_KEYS}{schedule}skip = [2024-11-28, 2024-11-29, "28/11/2024", 5]')
    assert [finding.partition(" |")[0] for finding in found] == [
        "11: S004 schedule.skip: no episode is due on 2024-11-29",
        '11: S004 schedule.skip[2] must be a day, not "28/11/2024"',
        "11: S004 schedule.skip[3] must be a day, not 5",
    ]


def test_time_of_day_defaults_to_six_in_the_morning() -> None:
    assert read(MOST.replace("T06:00", "T07:30")).time_of_day == time(7, 30)
    assert read(REQUIRED_KEYS).time_of_day == time(6)


def test_invalid_toml_is_one_finding() -> None:
    (found,) = findings("title: x")
    assert found.startswith("1: S001 this line is not valid: title: x (Expected '='")


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    assert isinstance(read(text), ShowFile)


def make_values() -> st.SearchStrategy[str]:
    scalars = st.sampled_from(
        ['"x"', "1", "-1.5", "true", "2024-09-05", "07:00:00", "nan", '"2024-09-05"', '""', "[]"]
    )
    keys = st.sampled_from(
        ["name", "url", "file", "text", "first", "every", "to", "x", "start", "value", "protocol"]
    )
    return st.recursive(
        scalars,
        lambda below: (
            st.lists(below, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(keys, below, max_size=3).map(
                lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
            )
        ),
        max_leaves=6,
    )


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from([key.name for key in SHOW_KEYS]), make_values(), max_size=8))
def test_any_values_return_findings_with_lines(table: dict[str, str]) -> None:
    lines = [f"{key} = {value}" for key, value in table.items()]
    show, found = read_show_file("\n".join(lines), "show.toml")
    assert all(finding.location and finding.location.line and finding.hint for finding in found)
    for number, key in enumerate(table, 1):
        assert str(show.locations[key]) == f"show.toml:{number}:1"


@given(st.text(min_size=1))
def test_any_title_is_normalized_to_nfc_and_trimmed(title: str) -> None:
    written = "".join(f"\\U{ord(character):08X}" for character in title)
    read_title = read(f'title = "{written}"').title
    assert read_title is None or (read_title == read_title.strip() and "\n" not in read_title)


@pytest.mark.parametrize("text", ['title = "A', REQUIRED_KEYS + 'timezone = "Mars"'], ids=["syntax", "zone"])
def test_unreadable_show_file_has_a_default_time_zone(text: str) -> None:
    show, found = read_show_file(text, "show.toml")
    assert show.timezone
    assert len(found) == 1


def test_every_key_has_a_field() -> None:
    fields = {part.name for file in (ShowFile, Show) for part in dataclasses.fields(file)}
    assert {key.fills or key.name for key in SHOW_KEYS} <= fields
