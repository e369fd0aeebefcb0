"""The tags of a channel: a row for each, in the order in which they are written."""

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
    MEDIUM,
    NAME,
    OSM,
    PROTOCOL,
    RATIO,
    RELATION,
    URL,
    WHOLE,
    YES_NO,
    Value,
    needed,
    text,
)
from podcastkit.feed.tags import Markup, Tag, make_markup
from podcastkit.text.schema.tables import LABEL_LIMIT, LONG_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Edition


def _write_podroll(edition: Edition) -> Iterator[Markup]:
    if feeds := edition.show.podroll:
        yield Markup("podcast:podroll", None, {}, tuple(make_markup(_REMOTE_ITEM, feed) for feed in feeds))


def _write_publisher(edition: Edition) -> Iterator[Markup]:
    if feed := edition.show.publisher:
        yield Markup("podcast:publisher", None, {}, (make_markup(_REMOTE_ITEM, feed),))


_REMOTE_ITEM: Final = Tag(
    "podcast:remoteItem",
    "each show of `podroll`, and the publisher: `feedGuid`, `feedUrl`, `medium`, `title` | a UUID "
    "(S004) | PN | 14 apps",
    attributes={
        "medium": MEDIUM,
        "feedGuid": needed(replace(GUID, of="feed_guid")),
        "feedUrl": replace(URL, of="feed_url"),
        "title": ANYTHING,
    },
    parents=("channel", "podcast:podroll", "podcast:publisher", "podcast:valueTimeSplit"),
    is_repeated=True,
)

SHOW_TAGS: Final = (
    Tag(
        "title",
        "`title` | 255 characters (S103), for Apple 150 (S118); no season in it (S114) | RSS, Apple, PSP-1 "
        "| everybody",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F101": "directories refuse a show without a name"},
        example="<title> with the show's name",
    ),
    Tag(
        "link",
        "`link`, else the public address | a web address of 255 characters at most (S103); http is warned "
        "of (S008) | RSS, Apple | everybody",
        text=URL,
        compared_as="link",
        missing={"F102": "apps cannot lead listeners to the show's website"},
        example="<link>https://…</link>",
    ),
    Tag(
        "description",
        "`description`: plain text when it is one paragraph, else simple HTML | 4,000 bytes (S104) | "
        "Apple, PSP-1 | everybody",
        text=HTML,
        compared_as="description",
        also=("itunes:summary",),
        missing={"F101": "directories refuse a show without one"},
        example="<description> with a few sentences",
    ),
    Tag(
        "copyright",
        "`copyright`, without the word and the sign | 255 characters (S103) | RSS, PSP-1 | directories",
        text=NAME,
        compared_as="copyright",
    ),
    Tag("generator", "podcastkit | | RSS | nobody"),
    Tag("image", "the artwork, with `url`, `title` and `link` | | RSS | older apps", file="artwork"),
    Tag("url", "the artwork's address, in `image` | | RSS | older apps", text=URL, parents=("image",)),
    Tag(
        "language",
        "`language` | ISO 639, with a region if need be | RSS, Apple | everybody",
        compared_as="language",
        missing={"F124": "directories cannot tell who understands the show"},
        example="<language>en</language>",
    ),
    Tag("itunes:type", "`type` | `serial` or `episodic` | Apple | Apple and most apps", compared_as="type"),
    Tag(
        "itunes:new-feed-url",
        "`new_feed_url`; a translation's own | kept four weeks beside a redirect; never with `locked` "
        "(S132) | Apple, page 837 | Apple and others that follow a move",
        text=URL,
        compared_as="new_feed_url",
    ),
    Tag(
        "itunes:owner",
        "`owner` | needs an e-mail address (S102) | Spotify | Spotify, YouTube, Amazon; not Apple any more",
        compared_as="owner",
    ),
    Tag(
        "itunes:name",
        "`owner`'s name, else the author, in `itunes:owner` | 255 characters (S103) | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    Tag(
        "itunes:email",
        "`owner`'s e-mail address, in `itunes:owner` | | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    Tag(
        "itunes:author",
        "`author` | 255 characters (S103) | Apple, Spotify | everybody",
        text=NAME,
        model="show.author",
        compared_as="author",
        also=("author",),
        missing={"F103": "Spotify refuses a show without one", "F104": "apps show no name below the title"},
        example="<itunes:author> with who makes the show",
    ),
    Tag(
        "atom:link",
        'the public address: `href`, `rel="self"`, `type`; for each translation and for its original '
        '`rel="alternate"` with `hreflang` | equals where the feed lies | PSP-1; Atom, 4.2.7 | '
        "aggregators, validators",
        attributes={"href": URL},
        is_repeated=True,
        write=tags.write_translations,
    ),
    Tag(
        "lastBuildDate",
        "the newest episode's date | RFC 2822, numeric zone | RSS | aggregators",
        write=tags.write_build_date,
    ),
    Tag(
        "itunes:category",
        "`categories`: `text`, the subcategory inside | Apple's list; the first two (S107) | Apple, PSP-1 "
        "| everybody",
        attributes={"text": ANYTHING},
        is_repeated=True,
        write=tags.write_categories,
        compared_as="categories",
        read=tags.read_categories,
        missing={"F124": "directories cannot list the show"},
        example='<itunes:category text="Education"/>',
    ),
    Tag(
        "itunes:explicit",
        "`explicit` | `true` or `false` | Apple, PSP-1 | everybody",
        model="show.explicit",
        compared_as="explicit",
        missing={"F124": "directories refuse a show that does not say it"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    Tag(
        "itunes:image",
        "the artwork: `href` | square, 1400 to 3000 pixels (I101); told of: what is published as a copy "
        "(I105), has another ending than its kind (I107) or more than 512 KB (I109) | Apple, page 896 | "
        "everybody",
        attributes={"href": URL},
        write=tags.write_artwork,
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F101": "directories refuse a show without a cover"},
        example='<itunes:image href="https://…/cover.jpg"/>',
    ),
    Tag(
        "podcast:image",
        "`images`: `href`, `alt`, `purpose`; of the published copy `aspect-ratio`, `width`, `height`, "
        "`type` | `purpose` 128 characters (S120), words of the namespace (S004); an `alt` (I111) | PN | 5 "
        "apps",
        attributes={"href": needed(URL), "width": WHOLE, "height": WHOLE, "aspect-ratio": RATIO, "purpose": LABEL},
        is_repeated=True,
        write=lambda edition: tags.write_images(edition.images, edition),
        compared_as="images",
        file="image",
    ),
    Tag(
        "itunes:complete",
        "`complete`, once all `episodes` are out (S131) | `Yes` or absent | Apple | Apple: it may stop asking",
        write=tags.write_complete,
        compared_as="complete",
    ),
    Tag(
        "itunes:block",
        "`block = true`, unless Apple is excepted | `Yes` or absent | Apple | Apple, Pocket Casts and others",
        write=lambda edition: tags.write_apple_block(edition.show.block),
    ),
    Tag(
        "podcast:guid",
        "`guid`, else the lock, else the feed's first address | a UUID (S105), for life | PN | 26 apps",
        text=needed(GUID),
        model="guid",
        compared_as="guid",
        missing={"F105": "apps cannot recognise the show when it moves"},
        example="<podcast:guid>, the UUID that podcastindex.org shows for it",
    ),
    Tag(
        "podcast:locked",
        "`locked`, with the `owner`'s e-mail address | `yes` or `no` | PN, PSP-1 | 29 hosts, before they "
        "import a feed",
        text=needed(YES_NO),
        write=tags.write_locked,
        compared_as="locked",
        missing={"F105": "any host may take the show over without asking"},
        example="<podcast:locked>yes</podcast:locked>, and no before the show moves",
    ),
    Tag(
        "podcast:medium",
        "`medium` | the words of the namespace; no list (S125) | PN | 15 apps",
        text=needed(MEDIUM),
        model="show.medium",
        compared_as="medium",
    ),
    Tag(
        "podcast:updateFrequency",
        "`[schedule]` and `episodes`: `rrule`, `dtstart`; at the end `complete` | 128 characters (S120); "
        "COUNT, never UNTIL; no more episodes than promised (E104, S116), those to come are told of (S115) "
        "| PN; RFC 5545, 3.3.10 | 2 apps",
        text=needed(LABEL),
        attributes={"complete": BOOLEAN, "dtstart": replace(ISO_DATE, of="start"), "rrule": Value(of="rule")},
        model="frequency",
        compared_as="update_frequency",
        read=tags.read_frequency,
    ),
    Tag(
        "podcast:trailer",
        "each trailer of the show or a season that is out: `url`, `pubdate`, `length`, `type`, `season` | "
        "title 128 characters (E130); before the first episode (E113); there is one (S117) | PN | 8 apps",
        text=needed(LABEL),
        attributes={"url": needed(URL), "length": WHOLE, "pubdate": needed(DATE), "season": WHOLE},
        is_repeated=True,
        write=tags.write_trailers,
        compared_as="trailers",
        read=tags.read_trailers,
        file="trailer",
    ),
    Tag(
        "podcast:txt",
        "`txt`: `purpose`; and `ai_content` | 4,000 characters, `purpose` 128 (S120); ai-content true or "
        "false (S124) | PN; Apple for `applepodcastsverify` | 6 apps, 16 hosts; Apple when it verifies",
        text=needed(text(LONG_TEXT, of="value")),
        attributes={"purpose": LABEL},
        is_repeated=True,
        model="show.txt",
        compared_as="txt",
    ),
    Tag(
        "podcast:funding",
        "`funding`: `url` | 128 characters (S120); https (S008) | PN, PSP-1 | 28 apps, 26 hosts",
        text=LABEL,
        attributes={"url": needed(URL)},
        is_repeated=True,
        model="show.funding",
        compared_as="funding",
    ),
    Tag(
        "podcast:person",
        "`people`: `role`, `group`, `href`, `img` | name 128 characters (S120), of one person (S135); the "
        "taxonomy (S121) | PN | 20 apps, 22 hosts",
        text=needed(text(LABEL_LIMIT, of="name")),
        attributes={"role": ANYTHING, "group": ANYTHING, "img": URL, "href": URL},
        is_repeated=True,
        model="show.people",
        compared_as="people",
    ),
    Tag(
        "podcast:location",
        "`location`: `rel`, `geo`, `osm`, `country` | name 128 characters (S120); RFC 5870, OpenStreetMap, "
        "ISO 3166 (S004) | PN | 10 apps",
        text=needed(text(LABEL_LIMIT, of="name")),
        attributes={"rel": RELATION, "geo": GEO, "osm": OSM, "country": COUNTRY},
        is_repeated=True,
        model="show.places",
        compared_as="location",
    ),
    Tag(
        "podcast:license",
        "`license`: `url` | 128 characters (S120); an address unless it is listed (S122) | PN | 5 apps",
        text=needed(text(LABEL_LIMIT, of="slug")),
        attributes={"url": URL},
        model="show.license",
        compared_as="license",
    ),
    Tag("podcast:podroll", "`podroll` | | PN | 11 apps", write=_write_podroll, compared_as="podroll"),
    Tag(
        "podcast:publisher",
        '`publisher` | one, `medium="publisher"`, with a `feed_url` (S127) | PN | not declared',
        write=_write_publisher,
        compared_as="publisher",
    ),
    _REMOTE_ITEM,
    Tag(
        "podcast:podping",
        "`podping`: `usesPodping` | `true` or absent | PN | 14 apps, 23 hosts",
        attributes={"usesPodping": needed(BOOLEAN)},
        write=tags.write_podping,
        compared_as="podping",
    ),
    Tag(
        "podcast:block",
        "`block`: `id` | slugs of the namespace (S123) | PN | 3 apps",
        text=needed(YES_NO),
        is_repeated=True,
        write=tags.write_block,
        compared_as="block",
        also=("itunes:block",),
    ),
    Tag(
        "podcast:socialInteract",
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | protocols of the namespace "
        "(S004); `disabled` alone (S126) | PN | 6 apps",
        attributes={
            "protocol": needed(PROTOCOL),
            "uri": ANYTHING,
            "accountId": Value(of="account_id"),
            "accountUrl": replace(URL, of="account_url"),
            "priority": WHOLE,
        },
        is_repeated=True,
        model="show.social",
        compared_as="social",
    ),
    Tag("item", "each episode that is out | one at least (S136) | RSS | everybody", is_repeated=True),
)
