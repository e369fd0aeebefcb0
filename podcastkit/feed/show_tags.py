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
    LONG,
    NAME,
    OSM,
    RATIO,
    RSS_DATE,
    URL,
    WHOLE,
    YES_NO,
    Value,
    needed,
    one_of,
)
from podcastkit.feed.tags import Markup, Repeated, Tag, make_markup
from podcastkit.text.schema.tables import MEDIUMS, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.model import RemoteFeed


def _write_feeds(name: str, *feeds: RemoteFeed | None) -> Iterator[Markup]:
    row = SHOW_TAGS["podcast:remoteItem"]
    named = tuple(make_markup("podcast:remoteItem", row, feed) for feed in feeds if feed)
    if named:
        yield Markup(name, None, {}, named)


SHOW_TAGS: Final[Mapping[str, Tag]] = {
    "title": Tag(
        "`title` | 255 characters (S103), for Apple 150 (S118); no season in it (S114) | RSS, Apple, PSP-1 "
        "| everybody",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F101": "directories refuse a show without a name"},
        example="<title> with the show's name",
    ),
    "link": Tag(
        "`link`, else the public address | a web address of 255 characters at most (S103); http is warned "
        "of (S008) | RSS, Apple | everybody",
        text=URL,
        compared_as="link",
        missing={"F102": "apps cannot lead listeners to the show's website"},
        example="<link>https://…</link>",
    ),
    "description": Tag(
        "`description`: plain text when it is one paragraph, else simple HTML | 4,000 bytes (S104) | "
        "Apple, PSP-1 | everybody",
        text=HTML,
        compared_as="description",
        also=("itunes:summary",),
        missing={"F101": "directories refuse a show without one"},
        example="<description> with a few sentences",
    ),
    "copyright": Tag(
        "`copyright`, without the word and the sign | 255 characters (S103) | RSS, PSP-1 | directories",
        text=NAME,
        compared_as="copyright",
    ),
    "generator": Tag("podcastkit | | RSS | nobody"),
    "image": Tag("the artwork, with `url`, `title` and `link` | | RSS | older apps", file="artwork"),
    "url": Tag("the artwork's address, in `image` | | RSS | older apps", text=URL, parents=("image",)),
    "language": Tag(
        "`language` | ISO 639, with a region if need be | RSS, Apple | everybody",
        compared_as="language",
        missing={"F124": "directories cannot tell who understands the show"},
        example="<language>en</language>",
    ),
    "itunes:type": Tag(
        "`type` | `serial` or `episodic` | Apple | Apple and most apps",
        text=one_of("episodic", "serial", wanted="serial for a series that is heard in order, else episodic"),
        compared_as="type",
    ),
    "itunes:new-feed-url": Tag(
        "`new_feed_url`; a translation's own | kept four weeks beside a redirect; never with `locked` "
        "(S132) | Apple, page 837 | Apple and others that follow a move",
        text=URL,
        compared_as="new_feed_url",
    ),
    "itunes:owner": Tag(
        "`owner` | needs an e-mail address (S102) | Spotify | Spotify, YouTube, Amazon; not Apple any more",
        compared_as="owner",
    ),
    "itunes:name": Tag(
        "`owner`'s name, else the author, in `itunes:owner` | 255 characters (S103) | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    "itunes:email": Tag(
        "`owner`'s e-mail address, in `itunes:owner` | | Spotify | the same",
        text=NAME,
        parents=("itunes:owner",),
    ),
    "itunes:author": Tag(
        "`author` | 255 characters (S103) | Apple, Spotify | everybody",
        text=NAME,
        model="show.author",
        compared_as="author",
        also=("author",),
        missing={"F103": "Spotify refuses a show without one", "F104": "apps show no name below the title"},
        example="<itunes:author> with who makes the show",
    ),
    "atom:link": Repeated(
        'the public address: `href`, `rel="self"`, `type`; for each translation and for its original '
        '`rel="alternate"` with `hreflang` | equals where the feed lies | PSP-1; Atom, 4.2.7 | '
        "aggregators, validators",
        attributes={"href": URL},
        model="others",
        write=tags.link_translations,
    ),
    "lastBuildDate": Tag(
        "the newest episode's date, never earlier than in the feed before | RFC 2822, numeric zone | RSS "
        "| aggregators",
        text=RSS_DATE,
        model="items",
        write=tags.find_build_date,
    ),
    "itunes:category": Repeated(
        "`categories`: `text`, the subcategory inside | Apple's list; the first two (S107) | Apple, PSP-1 "
        "| everybody",
        attributes={"text": ANYTHING},
        model="show.categories",
        write=tags.write_categories,
        compared_as="categories",
        read=tags.read_categories,
        missing={"F124": "directories cannot list the show"},
        example='<itunes:category text="Education"/>',
    ),
    "itunes:explicit": Tag(
        "`explicit` | `true` or `false` | Apple, PSP-1 | everybody",
        model="show.explicit",
        compared_as="explicit",
        missing={"F124": "directories refuse a show that does not say it"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    "itunes:image": Tag(
        "the artwork: `href` | square, 1400 to 3000 pixels (I101); told of: what is published as a copy "
        "(I105), has another ending than its kind (I107) or more than 512 KB (I109) | Apple, page 896 | "
        "everybody",
        attributes={"href": URL},
        model="artwork",
        write=lambda edition: {"href": f"{edition.url}/{edition.artwork.key}"},
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F101": "directories refuse a show without a cover"},
        example='<itunes:image href="https://…/cover.jpg"/>',
    ),
    "podcast:image": Repeated(
        "`images`: `href`, `alt`, `purpose`; of the published copy `aspect-ratio`, `width`, `height`, "
        "`type` | `purpose` 128 characters (S120), words of the namespace (S004); an `alt` (I111) | PN | 5 "
        "apps",
        attributes={"href": needed(URL), "width": WHOLE, "height": WHOLE, "aspect-ratio": RATIO, "purpose": LABEL},
        model="images",
        write=lambda edition: tags.describe_images(edition.images, edition),
        compared_as="images",
        file="image",
    ),
    "itunes:complete": Tag(
        "`complete`, once all `episodes` are out (S131) | `Yes` or absent | Apple | Apple: it may stop asking",
        model="frequency",
        write=tags.say_complete,
        compared_as="complete",
    ),
    "itunes:block": Tag(
        "`block = true`, unless Apple is excepted | `Yes` or absent | Apple | Apple, Pocket Casts and others",
        model="show.block",
        write=lambda edition: tags.say_block(edition.show.block),
    ),
    "podcast:guid": Tag(
        "`guid`, else the lock, else the feed's first address | a UUID (S105), for life | PN | 26 apps",
        text=needed(GUID),
        model="guid",
        compared_as="guid",
        missing={"F105": "apps cannot recognise the show when it moves"},
        example="<podcast:guid>, the UUID that podcastindex.org shows for it",
    ),
    "podcast:locked": Tag(
        "`locked`, with the `owner`'s e-mail address | `yes` or `no` | PN, PSP-1 | 29 hosts, before they "
        "import a feed",
        text=needed(YES_NO),
        model="show.locked",
        write=tags.write_locked,
        compared_as="locked",
        missing={"F105": "any host may take the show over without asking"},
        example="<podcast:locked>yes</podcast:locked>, and no before the show moves",
    ),
    "podcast:medium": Tag(
        "`medium` | the words of the namespace; no list (S125) | PN | 15 apps",
        text=needed(one_of(*MEDIUMS)),
        model="show.medium",
        compared_as="medium",
    ),
    "podcast:updateFrequency": Tag(
        "`[schedule]` and `episodes`: `rrule`, `dtstart`; at the end `complete` | 128 characters (S120); "
        "COUNT, never UNTIL; no more episodes than promised (E104, S116), those to come are told of (S115) "
        "| PN; RFC 5545, 3.3.10 | 2 apps",
        text=needed(LABEL),
        attributes={"complete": BOOLEAN, "dtstart": replace(ISO_DATE, of="start"), "rrule": Value(of="rule")},
        model="frequency",
        compared_as="update_frequency",
        read=tags.read_frequency,
    ),
    "podcast:trailer": Repeated(
        "each trailer of the show or a season that is out: `url`, `pubdate`, `length`, `type`, `season` | "
        "title 128 characters (E130); before the first episode (E113); there is one (S117) | PN | 8 apps",
        text=needed(LABEL),
        attributes={"url": needed(URL), "length": WHOLE, "pubdate": needed(DATE), "season": WHOLE},
        model="items",
        write=tags.write_trailers,
        compared_as="trailers",
        read=tags.read_trailers,
        file="trailer",
    ),
    "podcast:txt": Repeated(
        "`txt`: `purpose`; and `ai_content` | 4,000 characters, `purpose` 128 (S120); ai-content true or "
        "false (S124) | PN; Apple for `applepodcastsverify` | 6 apps, 16 hosts; Apple when it verifies",
        text=needed(replace(LONG, of="value")),
        attributes={"purpose": LABEL},
        model="show.txt",
        compared_as="txt",
    ),
    "podcast:funding": Repeated(
        "`funding`: `url` | 128 characters (S120); https (S008) | PN, PSP-1 | 28 apps, 26 hosts",
        text=LABEL,
        attributes={"url": needed(URL)},
        model="show.funding",
        compared_as="funding",
    ),
    "podcast:person": Repeated(
        "`people`: `role`, `group`, `href`, `img` | name 128 characters (S120), of one person (S135); the "
        "taxonomy (S121) | PN | 20 apps, 22 hosts",
        text=needed(replace(LABEL, of="name")),
        attributes={"role": ANYTHING, "group": ANYTHING, "img": URL, "href": URL},
        model="show.people",
        compared_as="people",
    ),
    "podcast:location": Repeated(
        "`location`: `rel`, `geo`, `osm`, `country` | name 128 characters (S120); RFC 5870, OpenStreetMap, "
        "ISO 3166 (S004) | PN | 10 apps",
        text=needed(replace(LABEL, of="name")),
        attributes={"rel": one_of("subject", "creator"), "geo": GEO, "osm": OSM, "country": COUNTRY},
        model="show.places",
        compared_as="location",
    ),
    "podcast:license": Tag(
        "`license`: `url` | 128 characters (S120); an address unless it is listed (S122) | PN | 5 apps",
        text=needed(replace(LABEL, of="slug")),
        attributes={"url": URL},
        model="show.license",
        compared_as="license",
    ),
    "podcast:podroll": Tag(
        "`podroll` | | PN | 11 apps",
        model="show.podroll",
        write=lambda edition: _write_feeds("podcast:podroll", *edition.show.podroll),
        compared_as="podroll",
    ),
    "podcast:publisher": Tag(
        '`publisher` | one, `medium="publisher"`, with a `feed_url` (S127) | PN | not declared',
        model="show.publisher",
        write=lambda edition: _write_feeds("podcast:publisher", edition.show.publisher),
        compared_as="publisher",
    ),
    "podcast:remoteItem": Repeated(
        "each show of `podroll`, and the publisher: `feedGuid`, `feedUrl`, `medium`, `title` | a UUID "
        "(S004) | PN | 14 apps",
        attributes={
            "medium": one_of(*MEDIUMS),
            "feedGuid": needed(replace(GUID, of="feed_guid")),
            "feedUrl": replace(URL, of="feed_url"),
            "title": ANYTHING,
        },
        parents=("channel", "podcast:podroll", "podcast:publisher", "podcast:valueTimeSplit"),
    ),
    "podcast:podping": Tag(
        "`podping`: `usesPodping` | `true` or absent | PN | 14 apps, 23 hosts",
        attributes={"usesPodping": needed(BOOLEAN)},
        model="show.podping",
        write=lambda edition: {"usesPodping": "true"} if edition.show.podping else None,
        compared_as="podping",
    ),
    "podcast:block": Repeated(
        "`block`: `id` | slugs of the namespace (S123) | PN | 3 apps",
        text=needed(YES_NO),
        model="show.block",
        write=tags.write_block,
        compared_as="block",
        also=("itunes:block",),
    ),
    "podcast:socialInteract": Repeated(
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | protocols of the namespace "
        "(S004); `disabled` alone (S126) | PN | 6 apps",
        attributes={
            "protocol": needed(one_of(*PROTOCOLS)),
            "uri": ANYTHING,
            "accountId": Value(of="account_id"),
            "accountUrl": replace(URL, of="account_url"),
            "priority": WHOLE,
        },
        model="show.social",
        compared_as="social",
    ),
    "item": Repeated("each episode that is out | one at least (S136) | RSS | everybody"),
}
