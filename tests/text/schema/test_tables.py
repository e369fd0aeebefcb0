from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Location
from podcastkit.model import (
    Alternate,
    Block,
    ContentLink,
    Funding,
    License,
    Person,
    Place,
    RemoteFeed,
    Social,
    Soundbite,
    Txt,
)
from podcastkit.text.schema.fields import list_of
from podcastkit.text.schema.tables import (
    Image,
    alternate,
    block,
    content_link,
    funding,
    image,
    license_,
    medium,
    person,
    place,
    publisher,
    remote_feed,
    social,
    socials,
    soundbite,
    txt,
)
from podcastkit.text.schema.values import Findings, Untyped, Value
from podcastkit.text.syntax.toml import read_toml

if TYPE_CHECKING:
    from podcastkit.text.schema.keys import Field

HERE = Location(file="show.toml", line=1, column=1)
host = person("host")
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def read_field(field: Field[object], written: str) -> tuple[object, list[str]]:
    root = read_toml(f"key = {written}", "show.toml")
    assert isinstance(root, Value)
    assert isinstance(root.data, dict)
    findings = Findings("S")
    return field(root.data["key"], findings), [
        f"{finding.code} {finding.message} | {finding.hint}" for finding in findings.diagnostics
    ]


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        (host, '"Ann"', Person(name="Ann", role="host", group="cast")),
        (host, '{name = "Ann"}', Person(name="Ann", role="host", group="cast")),
        (
            host,
            '{name = "Ann", role = "Editor", group = "Writing", href = "https://a.org", img = "https://a.org/a.jpg"}',
            Person(name="Ann", role="editor", group="writing", href="https://a.org", img="https://a.org/a.jpg"),
        ),
        (place, '"Los Angeles"', Place(name="Los Angeles")),
        (
            place,
            '{name = "LA", geo = "geo:34.05,-118.24", osm = "R207359", country = "us", rel = "subject"}',
            Place(name="LA", geo="geo:34.05,-118.24", osm="R207359", country="US", rel="subject"),
        ),
        (place, '{name = "LA", geo = "geo:34,-118,10;u=5"}', Place(name="LA", geo="geo:34,-118,10;u=5")),
        (license_, '"CC-BY-4.0"', License(slug="CC-BY-4.0")),
        (license_, '{slug = "own", url = "https://a.org"}', License(slug="own", url="https://a.org")),
        (txt, '"proof"', Txt(value="proof")),
        (txt, '{purpose = "verify", value = "proof"}', Txt(value="proof", purpose="verify")),
        (block, "true", Block(everybody=True)),
        (block, "false", Block()),
        (block, '["google", "amazon"]', Block(services=("google", "amazon"))),
        (
            remote_feed,
            '{feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"}',
            RemoteFeed(feed_guid="917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ),
        (
            remote_feed,
            '{feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810", feed_url = "https://a.org/f", title = "A"}',
            RemoteFeed(feed_guid="917393e3-1b1e-5cef-ace4-edaa54e1f810", feed_url="https://a.org/f", title="A"),
        ),
        (funding, '{url = "https://a.org", text = "Give"}', Funding(url="https://a.org", text="Give")),
        (
            social,
            '{protocol = "ActivityPub", uri = "https://a.org/1", account_id = "@a"}',
            Social(protocol="activitypub", uri="https://a.org/1", account_id="@a"),
        ),
        (social, '{protocol = "nostr", uri = "nostr:note1x"}', Social(protocol="nostr", uri="nostr:note1x")),
        (social, '{protocol = "disabled"}', Social(protocol="disabled")),
        (
            soundbite,
            '{start = "1:15", duration = 30.5, title = "Best"}',
            Soundbite(start=timedelta(seconds=75), duration=timedelta(seconds=30.5), title="Best"),
        ),
        (content_link, '{href = "https://a.org", text = "Video"}', ContentLink(href="https://a.org", text="Video")),
        (block, '{except = ["apple"]}', Block(everybody=True, exceptions=("apple",))),
        (license_, '"cc-by-NC-4.0"', License(slug="CC-BY-NC-4.0")),
        (place, '{name = "A", rel = "creator"}', Place(name="A", rel="creator")),
        (txt, '{purpose = "ai-content", value = "true"}', Txt(value="true", purpose="ai-content")),
        (txt, '{purpose = "applepodcastsverify", value = "a1"}', Txt(value="a1", purpose="applepodcastsverify")),
        (medium, '"Audiobook"', "audiobook"),
        (
            publisher,
            f'{{feed_guid = "{GUID}", feed_url = "https://a.org/p.xml"}}',
            RemoteFeed(feed_guid=GUID, feed_url="https://a.org/p.xml", medium="publisher"),
        ),
        (remote_feed, f'{{feed_guid = "{GUID}", medium = "music"}}', RemoteFeed(feed_guid=GUID, medium="music")),
        (
            social,
            '{protocol = "nostr", uri = "nostr:x", account_url = "https://a.org/a", priority = 2}',
            Social(protocol="nostr", uri="nostr:x", account_url="https://a.org/a", priority=2),
        ),
        (socials, '{protocol = "nostr", uri = "nostr:x"}', (Social(protocol="nostr", uri="nostr:x"),)),
        (
            socials,
            '[{protocol = "nostr", uri = "nostr:x"}, {protocol = "hive", uri = "https://a.org"}]',
            (
                Social(protocol="nostr", uri="nostr:x", priority=1),
                Social(protocol="hive", uri="https://a.org", priority=2),
            ),
        ),
        (
            socials,
            '[{protocol = "nostr", uri = "nostr:x"}, {protocol = "hive", uri = "https://a.org", priority = 1}]',
            (Social(protocol="nostr", uri="nostr:x"), Social(protocol="hive", uri="https://a.org", priority=1)),
        ),
        (
            list_of(host),
            '["Ann", {name = "Bob"}]',
            (Person(name="Ann", role="host", group="cast"), Person(name="Bob", role="host", group="cast")),
        ),
        (
            image,
            '{file = "a.jpg", purpose = "banner", alt = "A"}',
            Image(file="a.jpg", location=HERE, purpose="banner", alt="A"),
        ),
        (
            image,
            '{file = "a.jpg", purpose = "Banner,  social banner app/hero"}',
            Image(file="a.jpg", location=HERE, purpose="banner social app/hero"),
        ),
        (image, '{file = "a.jpg", purpose = ","}', Image(file="a.jpg", location=HERE)),
        (
            alternate,
            '{file = "a.mp3", title = "Es", lang = "es"}',
            Alternate(file="a.mp3", location=HERE, title="Es", lang="es"),
        ),
    ],
)
def test_valid_table_is_read_without_findings(field: Field[object], written: str, expected: object) -> None:
    assert read_field(field, written) == (expected, [])


@pytest.mark.parametrize(
    ("field", "written", "finding"),
    [
        (host, "5", "S004 key must be a name or a table with a name, not 5"),
        (host, '{role = "x"}', 'S003 key has no name | add name = "…"'),
        (place, '{country = "US"}', "S003 key has no name"),
        (license_, '{url = "https://a.org"}', "S003 key has no slug"),
        (txt, '{purpose = "x"}', "S003 key has no value"),
        (block, '["Google Podcasts"]', 'S004 key[0]: "Google Podcasts" is not the name of a service'),
        (block, "5", "S004 key must be text, not 5"),
        (remote_feed, '{title = "x"}', "S003 key has no feed_guid"),
        (remote_feed, '{feed_guid = "a"}', 'S004 key.feed_guid: "a" is not the GUID of a show'),
        (publisher, '{title = "x"}', "S003 key has no feed_guid"),
        (license_, '"CC-BY-SA-4.0"', 'S122 key: "CC-BY-SA-4.0" is not a known license and has no url'),
        (license_, '{slug = "own"}', 'S122 key.slug: "own" is not a known license and has no url'),
        (block, "{}", "S003 key has no except"),
        (remote_feed, '"x"', 'S004 key must be a table with feed_guid and feed_url, not "x" | write it in braces'),
        (funding, '{text = "x"}', "S003 key has no url"),
        (funding, '{url = "https://a.org"}', "S003 key has no text"),
        (social, '{uri = "https://a.org"}', "S003 key has no protocol"),
        (social, '{protocol = "myspace", uri = "https://a.org"}', "S004 key.protocol must be"),
        (soundbite, "{start = 5}", "S003 key has no duration"),
        (soundbite, "{start = 5, duration = 0}", "S004 key.duration must be longer than 0, not 0"),
        (content_link, '{href = "https://a.org"}', "S003 key has no text"),
        (image, '{alt = "x"}', "S003 key has no file"),
        (alternate, '{title = "x"}', "S003 key has no file"),
    ],
)
def test_invalid_table_is_left_out_with_a_finding(field: Field[object], written: str, finding: str) -> None:
    result, found = read_field(field, written)
    assert result in (None, Block())
    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(
    ("field", "written", "finding"),
    [
        (host, '{name = "A", herf = "x"}', 'S002 key has no key "herf" | did you mean "href"?'),
        (place, '{name = "A", geo = "34.05, -118"}', '| write "geo:34.05,-118"'),
        (place, '{name = "A", geo = "north"}', "| write latitude and longitude"),
        (place, '{name = "A", geo = "geo:1,2 x"}', '| write "geo:1,2"'),
        (place, '{name = "A", osm = "207359"}', "is not an OpenStreetMap number"),
        (place, '{name = "A", country = "USA"}', "is not a country code"),
        (place, '{name = "A", rel = "home"}', 'must be "subject" or "creator"'),
        (social, '{protocol = "hive"}', "S003 key has no uri"),
        (social, '{protocol = "hive", uri = "http://a.org"}', "S008 key.uri is not encrypted"),
        (social, '{protocol = "disabled", uri = "https://a.org"}', "S126 key.protocol: comments are disabled"),
        (socials, '[{protocol = "disabled"}, {protocol = "hive", uri = "https://a.org"}]', "S126 key: comments"),
        (host, f'"{"x" * 129}"', "S120 key has 129 characters; apps may cut it off after 128 | shorten it"),
        (host, f'{{name = "{"x" * 129}"}}', "S120 key.name has 129 characters"),
        (host, '{name = "A", role = "hots"}', 'S121 key.role: "hots" is not a role'),
        (host, '{name = "A", role = "editor"}', 'S121 key.role: "editor" is a role in 2 groups'),
        (host, '{name = "A", group = "writing"}', 'S121 key: "host" is not a role in the group "writing"'),
        (place, f'"{"x" * 129}"', "S120 key has 129 characters"),
        (funding, f'{{url = "https://a.org", text = "{"x" * 129}"}}', "S120 key.text has 129 characters"),
        (funding, '{url = "http://a.org", text = "x"}', "S008 key.url is not encrypted"),
        (soundbite, f'{{start = 1, duration = 30, title = "{"x" * 129}"}}', "S120 key.title has 129 characters"),
        (txt, f'{{value = "x", purpose = "{"x" * 129}"}}', "S120 key.purpose has 129 characters"),
        (txt, f'"{"x" * 4001}"', "S120 key has 4,001 characters; apps may cut it off after 4,000"),
        (txt, '{purpose = "ai-content", value = "partly"}', 'S124 key.value: "partly" is not a valid value'),
        (
            block,
            '["googel"]',
            'S123 key[0]: "googel" is not a service in the list of the podcast namespace | did you mean "google"?',
        ),
        (block, '{except = ["zzzzzz"]}', "| choose a name from serviceslugs.txt of the podcast namespace"),
        (medium, '"podcastL"', 'S125 key: apps do not expect episodes in a feed with the medium "podcastL"'),
        (medium, '"publisher"', "S125 key: apps do not expect episodes"),
        (publisher, f'{{feed_guid = "{GUID}"}}', "S127 key: feed_url is missing"),
        (social, '{protocol = "hive", uri = "no address"}', "is not an address"),
    ],
)
def test_invalid_part_has_a_finding_and_the_rest_is_kept(field: Field[object], written: str, finding: str) -> None:
    result, found = read_field(field, written)
    assert result is not None
    assert len(found) == 1
    assert finding in found[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("Yes", Block(everybody=True)), ("no", Block()), ("google", Block(services=("google",)))],
)
def test_block_in_front_matter_accepts_a_single_word(written: str, expected: Block) -> None:
    root = read_toml("key = 1", "notes.md")
    assert isinstance(root, Value)
    findings = Findings("E")
    assert block(Value(name="block", data=Untyped(written), location=root.location), findings) == expected
    assert findings.diagnostics == ()


def test_unknown_role_is_published_unchanged() -> None:
    result, found = read_field(host, '{name = "Ann", role = "Moderadora", group = "Elenco"}')
    assert result == Person(name="Ann", role="Moderadora", group="Elenco")
    assert len(found) == 1


def test_disabled_comments_override_other_entries() -> None:
    both = '[{protocol = "hive", uri = "https://a.org"}, {protocol = "disabled", account_id = "@a"}]'
    result, found = read_field(socials, both)
    assert result == (Social(protocol="disabled"),)
    assert [finding[:4] for finding in found] == ["S126", "S126"]


@pytest.mark.parametrize(
    ("field", "written", "finding"),
    [
        (
            image,
            '{file = "a.jpg", purpose = "baner"}',
            'key.purpose: "baner" is not a known purpose | did you mean "banner"?',
        ),
        (
            image,
            '{file = "a.jpg", purpose = "xyz"}',
            'key.purpose: "xyz" is not a known purpose | the known purposes are artwork, social',
        ),
        (
            image,
            f'{{file = "a.jpg", purpose = "app/{"x" * 125}"}}',
            "key.purpose has 129 characters; apps may cut it off after 128",
        ),
        (
            alternate,
            f'{{file = "a.mp3", title = "{"x" * 33}"}}',
            "key.title has 33 characters; apps may cut it off after 32",
        ),
    ],
)
def test_value_that_apps_may_not_support_is_kept_with_a_warning(
    field: Field[object], written: str, finding: str
) -> None:
    value, (found,) = read_field(field, written)
    assert isinstance(value, Image | Alternate)
    assert (isinstance(value, Image) and value.purpose) or (isinstance(value, Alternate) and value.title)
    code = "S120" if "characters" in finding else "S004"
    assert found.startswith(f"{code} {finding}")
