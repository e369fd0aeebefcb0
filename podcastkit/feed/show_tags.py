"""The table of the tags in a channel, in the order in which they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from podcastkit.feed import rss_tags as tags
from podcastkit.feed.tag_values import (
    ANYTHING,
    BOOLEAN,
    COUNTRY,
    DATE,
    GEO,
    GUID,
    HTML,
    ISO_DATE,
    LABEL,
    LONG,
    NAME,
    OSM,
    RATIO,
    RSS_DATE,
    URL,
    WHOLE,
    YES_NO,
    Value,
    as_required,
    one_of,
)
from podcastkit.feed.tags import Markup, Repeated, Tag, make_markup
from podcastkit.text.schema.tables import MEDIUMS, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.model import RemoteFeed


def _write_remote_items(name: str, *feeds: RemoteFeed | None) -> Iterator[Markup]:
    """Yield a tag with a `podcast:remoteItem` for each feed, or nothing if there are no feeds."""
    row = SHOW_TAGS["podcast:remoteItem"]
    children = tuple(make_markup("podcast:remoteItem", row, feed) for feed in feeds if feed)
    if children:
        yield Markup(name, None, {}, children)


# Rows with a `model` are written in this order; feedgen or the row of the parent writes the others.
SHOW_TAGS: Final[Mapping[str, Tag]] = {
    "title": Tag(
        "`title` | 255 characters (S103); 150 for Apple (S118); must not contain a season (S114) | RSS, Apple, "
        "PSP-1 | all apps",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F101": "directories refuse a show without a name"},
        example="<title> with the show's name",
    ),
    "link": Tag(
        "`link`, or the public address | a web address of 255 characters at most (S103); http causes a warning "
        "(S008) | RSS, Apple | all apps",
        text=URL,
        compared_as="link",
        missing={"F102": "apps cannot lead listeners to the show's website"},
        example="<link>https://…</link>",
    ),
    "description": Tag(
        "`description`: plain text if it has one paragraph, otherwise simple HTML | 4,000 bytes (S104) | "
        "Apple, PSP-1 | all apps",
        text=HTML,
        compared_as="description",
        also=("itunes:summary",),
        missing={"F101": "directories refuse a show without a description"},
        example="<description> with a few sentences",
    ),
    "copyright": Tag(
        '`copyright`, without the word "copyright" and the © sign | 255 characters (S103) | RSS, PSP-1 | '
        "directories",
        text=NAME,
        compared_as="copyright",
    ),
    "generator": Tag("podcastkit | | RSS | not read"),
    "image": Tag("the artwork, with `url`, `title` and `link` | | RSS | older apps", file="artwork"),
    "url": Tag("the artwork's address (inside `<image>`) | | RSS | older apps", text=URL, parents=("image",)),
    "language": Tag(
        "`language` | ISO 639, with an optional region | RSS, Apple | all apps",
        compared_as="language",
        missing={"F124": "directories do not know who understands the show"},
        example="<language>en</language>",
    ),
    "itunes:type": Tag(
        "`type` | `serial` or `episodic` | Apple | Apple and most apps",
        text=one_of("episodic", "serial", expected="serial if the episodes have a fixed order, or episodic if not"),
        compared_as="type",
    ),
    "itunes:new-feed-url": Tag(
        "`new_feed_url`; for a translation, its own key | keep it for four weeks in addition to a redirect; "
        "not together with `locked` (S132) | Apple, page 837 | Apple and others that follow a move",
        text=URL,
        compared_as="new_feed_url",
    ),
    "itunes:owner": Tag(
        "`owner` | needs an e-mail address (S102) | Spotify | Spotify, YouTube, Amazon; no longer Apple",
        compared_as="owner",
    ),
    "itunes:name": Tag(
        "the name in `owner`, or the author (inside `<itunes:owner>`) | 255 characters (S103) | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    "itunes:email": Tag(
        "the e-mail address in `owner` (inside `<itunes:owner>`) | | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    "itunes:author": Tag(
        "`author` | 255 characters (S103) | Apple, Spotify | all apps",
        text=NAME,
        model="show.author",
        compared_as="author",
        also=("author",),
        missing={"F103": "Spotify refuses a show without an author", "F104": "apps show no name below the title"},
        example="<itunes:author> with the name of the person or organization that makes the show",
    ),
    "atom:link": Repeated(
        'the public address: `href`, `rel="self"`, `type`; for each translation and its original, '
        '`rel="alternate"` with `hreflang` | must be the address of the feed | PSP-1; Atom, 4.2.7 | '
        "aggregators, validators",
        attributes={"href": URL},
        model="others",
        write=tags.link_translations,
    ),
    "lastBuildDate": Tag(
        "the date of the newest episode, never earlier than in the previous feed | RFC 2822, numeric time zone "
        "| RSS | aggregators",
        text=RSS_DATE,
        model="items",
        write=tags.find_build_date,
    ),
    "itunes:category": Repeated(
        "`categories`: `text`, with nested subcategories | Apple's list; the first two (S107) | Apple, PSP-1 | "
        "all apps",
        attributes={"text": ANYTHING},
        model="show.categories",
        write=tags.write_categories,
        compared_as="categories",
        read=tags.read_categories,
        missing={"F124": "directories cannot list the show"},
        example='<itunes:category text="Education"/>',
    ),
    "itunes:explicit": Tag(
        "`explicit` | `true` or `false` | Apple, PSP-1 | all apps",
        model="show.explicit",
        compared_as="explicit",
        missing={"F124": "directories refuse a show without it"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    "itunes:image": Tag(
        "the artwork: `href` | square, 1400 to 3000 pixels (I101); an info if it is published as a copy (I105), "
        "has the wrong file extension (I107) or is larger than 512 kB (I109) | Apple, page 896 | all apps",
        attributes={"href": URL},
        model="artwork",
        write=lambda edition: {"href": f"{edition.url}/{edition.artwork.key}"},
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F101": "directories refuse a show without artwork"},
        example='<itunes:image href="https://…/cover.jpg"/>',
    ),
    "podcast:image": Repeated(
        "`images`: `href`, `alt`, `purpose`; for the published copy, `aspect-ratio`, `width`, `height`, `type` "
        "| `purpose` 128 characters (S120), values in the podcast namespace (S004); an `alt` (I111) | PN | 5 apps",
        attributes={
            "href": as_required(URL),
            "width": WHOLE,
            "height": WHOLE,
            "aspect-ratio": RATIO,
            "purpose": LABEL,
        },
        model="images",
        write=lambda edition: tags.describe_images(edition.images, edition),
        compared_as="images",
        file="image",
    ),
    "itunes:complete": Tag(
        "`complete`, after all `episodes` are published (S131) | `Yes` or no tag | Apple | Apple, which may "
        "stop checking for episodes",
        model="frequency",
        write=tags.write_complete,
        compared_as="complete",
    ),
    "itunes:block": Tag(
        "`block = true`, or `block = {except = […]}` without `apple` | `Yes` or no tag | Apple | Apple, "
        "Pocket Casts and others",
        model="show.block",
        write=lambda edition: tags.write_itunes_block(edition.show.block),
    ),
    "podcast:guid": Tag(
        "`guid`, the lock file or the first address of the feed | a UUID (S105), permanent | PN | 26 apps",
        text=as_required(GUID),
        model="guid",
        compared_as="guid",
        missing={"F105": "apps cannot recognize the show when it moves"},
        example="<podcast:guid> with the UUID that podcastindex.org shows for the show",
    ),
    "podcast:locked": Tag(
        "`locked`, with the e-mail address in `owner` | `yes` or `no` | PN, PSP-1 | 29 hosts, before they "
        "import a feed",
        text=as_required(YES_NO),
        model="show.locked",
        write=tags.write_locked,
        compared_as="locked",
        missing={"F105": "any host may import the show without permission"},
        example="<podcast:locked>yes</podcast:locked>, and change it to no before the show moves",
    ),
    "podcast:medium": Tag(
        "`medium` | the values in the podcast namespace, except lists and `publisher` (S125) | PN | 15 apps",
        text=as_required(one_of(*MEDIUMS)),
        model="show.medium",
        compared_as="medium",
    ),
    "podcast:updateFrequency": Tag(
        "`[schedule]` and `episodes`: `rrule`, `dtstart`; at the end `complete` | 128 characters (S120); "
        "COUNT, never UNTIL; not more episodes than announced (E104, S116); an info if the last episodes are "
        "not in the folder yet (S115) | PN; RFC 5545, 3.3.10 | 2 apps",
        text=as_required(LABEL),
        attributes={
            "complete": BOOLEAN,
            "dtstart": replace(ISO_DATE, field_name="start"),
            "rrule": Value(field_name="rule"),
        },
        model="frequency",
        compared_as="update_frequency",
        read=tags.read_frequency,
    ),
    "podcast:trailer": Repeated(
        "each published trailer of the show or a season: `url`, `pubdate`, `length`, `type`, `season` | title "
        "128 characters (E130); before the first episode (E113); at least one (S117) | PN | 8 apps",
        text=as_required(LABEL),
        attributes={"url": as_required(URL), "length": WHOLE, "pubdate": as_required(DATE), "season": WHOLE},
        model="items",
        write=tags.write_trailers,
        compared_as="trailers",
        read=tags.read_trailers,
        file="trailer",
    ),
    "podcast:txt": Repeated(
        "`txt`: `purpose`; and `ai_content` | 4,000 characters, `purpose` 128 (S120); ai-content true or false "
        "(S124) | PN; Apple for `applepodcastsverify` | 6 apps, 16 hosts; Apple, for verification",
        text=as_required(replace(LONG, field_name="value")),
        attributes={"purpose": LABEL},
        model="show.txt",
        compared_as="txt",
    ),
    "podcast:funding": Repeated(
        "`funding`: `url` | 128 characters (S120); https (S008) | PN, PSP-1 | 28 apps, 26 hosts",
        text=LABEL,
        attributes={"url": as_required(URL)},
        model="show.funding",
        compared_as="funding",
    ),
    "podcast:person": Repeated(
        "`people`: `role`, `group`, `href`, `img` | name 128 characters (S120), of one person (S135); the "
        "taxonomy (S121) | PN | 20 apps, 22 hosts",
        text=as_required(replace(LABEL, field_name="name")),
        attributes={"role": ANYTHING, "group": ANYTHING, "img": URL, "href": URL},
        model="show.people",
        compared_as="people",
    ),
    "podcast:location": Repeated(
        "`location`: `rel`, `geo`, `osm`, `country` | name 128 characters (S120); RFC 5870, OpenStreetMap, "
        "ISO 3166 (S004) | PN | 10 apps",
        text=as_required(replace(LABEL, field_name="name")),
        attributes={"rel": one_of("subject", "creator"), "geo": GEO, "osm": OSM, "country": COUNTRY},
        model="show.places",
        compared_as="location",
    ),
    "podcast:license": Tag(
        "`license`: `url` | 128 characters (S120); an address, if the license is not listed (S122) | PN | 5 apps",
        text=as_required(replace(LABEL, field_name="slug")),
        attributes={"url": URL},
        model="show.license",
        compared_as="license",
    ),
    "podcast:podroll": Tag(
        "`podroll` | | PN | 11 apps",
        model="show.podroll",
        write=lambda edition: _write_remote_items("podcast:podroll", *edition.show.podroll),
        compared_as="podroll",
    ),
    "podcast:publisher": Tag(
        '`publisher` | at most one, with `medium="publisher"` and a `feed_url` (S127) | PN | not declared',
        model="show.publisher",
        write=lambda edition: _write_remote_items("podcast:publisher", edition.show.publisher),
        compared_as="publisher",
    ),
    "podcast:remoteItem": Repeated(
        "each show in `podroll`, and the publisher: `feedGuid`, `feedUrl`, `medium`, `title` | a UUID (S004) | "
        "PN | 14 apps",
        attributes={
            "medium": one_of(*MEDIUMS),
            "feedGuid": as_required(replace(GUID, field_name="feed_guid")),
            "feedUrl": replace(URL, field_name="feed_url"),
            "title": ANYTHING,
        },
        parents=("channel", "podcast:podroll", "podcast:publisher", "podcast:valueTimeSplit"),
    ),
    "podcast:podping": Tag(
        "`podping`: `usesPodping` | `true` or no tag | PN | 14 apps, 23 hosts",
        attributes={"usesPodping": as_required(BOOLEAN)},
        model="show.podping",
        write=lambda edition: {"usesPodping": "true"} if edition.show.podping else None,
        compared_as="podping",
    ),
    "podcast:block": Repeated(
        "`block`: `id` | slugs of the namespace (S123) | PN | 3 apps",
        text=as_required(YES_NO),
        model="show.block",
        write=tags.write_block,
        compared_as="block",
        also=("itunes:block",),
    ),
    "podcast:socialInteract": Repeated(
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | protocols of the namespace "
        "(S004); either `disabled` or accounts, not both (S126) | PN | 6 apps",
        attributes={
            "protocol": as_required(one_of(*PROTOCOLS)),
            "uri": ANYTHING,
            "accountId": Value(field_name="account_id"),
            "accountUrl": replace(URL, field_name="account_url"),
            "priority": WHOLE,
        },
        model="show.social",
        compared_as="social",
    ),
    "item": Repeated("each published episode | at least one (S136) | RSS | all apps"),
}
