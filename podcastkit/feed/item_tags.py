"""The tags of an item, and those that podcastkit does not write: a row for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from podcastkit.feed import rss_tags as tags
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tag_values import (
    ANYTHING,
    BOOLEAN,
    CHAPTERS_TYPE,
    DECIMAL,
    EPISODE_TYPE,
    HTML,
    LABEL,
    LANGUAGE,
    NAME,
    NUMBER,
    RSS_DATE,
    SHORT,
    TRANSCRIPT_TYPE,
    URL,
    WHOLE,
    needed,
    one_of,
    require,
)
from podcastkit.feed.tags import Repeated, Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

ITEM_TAGS: Final[Mapping[str, Tag]] = {
    "title": Tag(
        "`title`, the heading, the audio's tag or the folder's name | 255 characters (E107), for Apple 150 "
        "(E115); without its number (E114); no `<` and `>` for YouTube (N113) | RSS, Apple, PSP-1 | "
        "everybody",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F201": "apps list an empty line"},
        example="<title> with the episode's name",
    ),
    "description": Tag(
        "the notes, as simple HTML | 4,000 bytes, cut behind a paragraph or sentence (N110) | Apple, PSP-1 "
        "| everybody",
        text=HTML,
        missing={"F207": "listeners choose by it, and search engines find the episode by it"},
        example="a few sentences",
    ),
    "content:encoded": Tag(
        "the notes, as HTML | for YouTube 5,000 characters (N112) without `<` and `>` (N113); links by "
        "https (N114) | RSS content | Spotify and most apps",
        text=HTML,
        compared_as="notes",
        also=("description", "itunes:summary"),
    ),
    "guid": Tag(
        '`guid`, else the lock, else made once: `isPermaLink="false"` | never changes, and no other has it '
        "(E117) | RSS, Apple, page 4115 | everybody",
        missing={"F203": "apps take the episode for a new one whenever anything about it changes"},
        example='<guid isPermaLink="false"> with a text that never changes',
    ),
    "itunes:duration": Tag(
        "the audio | whole seconds | Apple, PSP-1 | everybody",
        compared_as="duration",
        missing={"F207": "apps cannot say how long the episode is"},
        example="<itunes:duration> in seconds",
    ),
    "itunes:season": Tag(
        "`season`, else the show's; none for the show's trailer | a whole number from 1 | Apple | everybody",
        text=NUMBER,
        compared_as="season",
        also=("podcast:season",),
    ),
    "itunes:episode": Tag(
        "`number`, else the folder's name | a whole number from 1; needed in a serial (E101) | Apple, "
        "PSP-1 | everybody",
        text=NUMBER,
        compared_as="number",
        also=("podcast:episode",),
    ),
    "itunes:title": Tag("as `title` | 255 characters (E107) | Apple | Apple", text=NAME),
    "itunes:episodeType": Tag(
        "`type`, else the folder's name | `full`, `trailer` or `bonus` | Apple | everybody",
        text=EPISODE_TYPE,
        compared_as="type",
    ),
    "itunes:summary": Repeated("`summary` | | PSP-1 | some apps; not Spotify", text=HTML, compared_as="summary"),
    "link": Tag(
        "`link`, else the show's | a web address of 255 characters at most (E107) | RSS, Apple | everybody",
        text=URL,
        model="episode",
        write=lambda item, edition: item.episode.link or tags.website_of(edition),
        compared_as="link",
        missing={"F208": "apps cannot lead to the episode's page"},
        example="<link>https://…</link>",
    ),
    "enclosure": Repeated(
        "the audio: `url`, `length`, `type` | one; MP3 or M4A; in no other episode (A112); bitrate, sample "
        "rate and channels of [Apple's table](#audio) (A113, A114, S119) | RSS, Apple, PSP-1 | everybody",
        attributes={"url": ANYTHING, "length": ANYTHING, "type": ANYTHING},
        model="media",
        write=tags.find_enclosure,
        compared_as="audio",
        read=tags.read_enclosures,
        file="enclosure",
        missing={"F202": "there is nothing to play, and apps leave it out"},
        example='<enclosure url="https://…/05.mp3" length="24000000" type="audio/mpeg"/>',
    ),
    "pubDate": Tag(
        "`date`, else the lock, else `[schedule]`, else now | RFC 2822, numeric zone, never ahead; in the "
        "order of the numbers (E112) | RSS, Apple | everybody",
        text=RSS_DATE,
        model="published",
        compared_as="date",
        missing={"F206": "apps cannot sort the episode", "F207": "apps cannot sort the episode"},
        example="<pubDate>Thu, 05 Sep 2024 06:00:00 +0000</pubDate>",
    ),
    "itunes:explicit": Tag(
        "`explicit`, else the show's | `true` or `false` | Apple, PSP-1 | everybody",
        model="episode",
        write=tags.find_explicit,
        compared_as="explicit",
        missing={"F208": "what the show says counts"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    "itunes:image": Tag(
        "the episode's artwork: `href` | square, 1400 to 3000 pixels (I102); told of as the show's (I106, "
        "I108, I113) | Apple | most apps",
        attributes={"href": URL},
        model="artwork",
        write=lambda item, edition: {"href": f"{edition.url}/{item.artwork.key}"},
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F208": "apps show the show's artwork"},
        example='<itunes:image href="https://…"/>, if it has its own',
    ),
    "podcast:image": SHOW_TAGS["podcast:image"].again(
        "`images`: `href`, `alt`, `purpose`; of the published copy `aspect-ratio`, `width`, `height`, "
        "`type` | as the show's (I112) | PN | 5 apps",
        model="images",
        write=lambda item, edition: tags.describe_images(item.images, edition),
    ),
    "itunes:block": Tag(
        "`block: true` | `Yes` or absent; no services (E143) | Apple | Apple, Pocket Casts and others",
        model="episode.block",
        write=lambda item, _: tags.say_block(item.episode.block),
        compared_as="block",
        also=("podcast:block",),
    ),
    "podcast:season": Tag(
        "as `itunes:season`; `name` from `season_name` | `name` 128 characters (S120) | PN | 16 apps, 21 hosts",
        text=needed(WHOLE),
        attributes={"name": LABEL},
        model="episode.season",
        write=tags.write_season,
        compared_as="season_name",
        read=tags.read_attribute("name"),
    ),
    "podcast:episode": Tag(
        "as `itunes:episode`; `display` from `number_display` | `display` 32 characters (E120), with a "
        "number (E144) | PN | 23 apps, 21 hosts",
        text=needed(DECIMAL),
        attributes={"display": SHORT},
        model="episode.number",
        write=tags.write_number,
        compared_as="number_display",
        read=tags.read_attribute("display"),
    ),
    "podcast:transcript": Repeated(
        "the files `transcript.…`: `url`, `type`, `language` | there is one (T103), with times (T104), in "
        "short lines (T105) | PN; Apple, page 5316 | 43 apps, 38 hosts; Apple",
        attributes={"url": needed(URL), "type": TRANSCRIPT_TYPE, "language": LANGUAGE, "rel": one_of("captions")},
        model="transcripts",
        write=tags.describe_transcripts,
        compared_as="transcripts",
        file="transcript",
    ),
    "podcast:chapters": Tag(
        "`chapters.…`, the notes or the audio's tags: `url`, `type` | JSON chapters | PN | 48 apps, 24 hosts",
        attributes={"url": needed(URL), "type": CHAPTERS_TYPE},
        model="chapters",
        write=lambda item, edition: tags.describe_file(item.chapters, edition),
        compared_as="chapters",
        file="chapters",
    ),
    "psc:chapters": Repeated(
        "the same chapters: `version` | | [Podlove Simple Chapters](https://podlove.org/simple-chapters/) "
        "| Spotify, AntennaPod and others",
        model="episode.chapters",
        write=tags.write_simple_chapters,
    ),
    "psc:chapter": Tag(
        "each of them: `start`, `title`, `href`, `image` | | the same | the same",
        parents=("psc:chapters",),
    ),
    "podcast:alternateEnclosure": Repeated(
        "`alternates`: `title`, `lang`; of the file `type`, `length`, `bitrate`, `codecs`; `rel` is the "
        "language where it is another | `title` 32 characters (E120); the file is there (A110) | PN | 11 "
        "apps",
        attributes={
            "type": needed(ANYTHING),
            "length": WHOLE,
            "bitrate": DECIMAL,
            "height": WHOLE,
            "lang": LANGUAGE,
            "title": SHORT,
            "rel": SHORT,
            "default": BOOLEAN,
        },
        model="alternates",
        write=tags.write_alternates,
        compared_as="alternates",
    ),
    "podcast:source": Repeated(
        "the address of the version: `uri` | | PN | 11 apps",
        attributes=require("uri"),
        parents=("podcast:alternateEnclosure",),
    ),
    "podcast:integrity": Tag(
        "the SHA-256 of its bytes: `type`, `value` | | PN; Subresource Integrity | 11 apps",
        attributes={"type": needed(one_of("sri", "pgp-signature")), "value": needed(ANYTHING)},
        parents=("podcast:alternateEnclosure",),
    ),
    "podcast:person": SHOW_TAGS["podcast:person"].again(
        "the show's `people` and then the episode's: `role`, `group`, `href`, `img` | as the show's (E116, "
        "E120, E121) | PN | 20 apps, 22 hosts",
        model="episode.people",
    ),
    "podcast:soundbite": Repeated(
        "`soundbites`: `startTime`, `duration` | inside the audio (E141), 15 to 120 s (E142), title 128 "
        "characters (E120) | PN | 5 apps",
        text=LABEL,
        attributes={"startTime": needed(DECIMAL), "duration": needed(DECIMAL)},
        model="episode.soundbites",
        write=tags.write_soundbites,
        compared_as="soundbites",
    ),
    "podcast:location": SHOW_TAGS["podcast:location"].again(
        "`location`: `rel`, `geo`, `osm`, `country` | as the show's (E120) | PN | 10 apps",
        model="episode.places",
    ),
    "podcast:license": SHOW_TAGS["podcast:license"].again(
        "`license`: `url` | as the show's (E122) | PN | 5 apps", model="episode.license"
    ),
    "podcast:txt": SHOW_TAGS["podcast:txt"].again(
        "`txt`: `purpose`; and `ai_content` | as the show's (E120, E124) | PN | 6 apps, 16 hosts",
        model="episode.txt",
    ),
    "podcast:funding": SHOW_TAGS["podcast:funding"].again(
        "`funding`: `url` | 128 characters (E120) | PN | 28 apps, 26 hosts",
        model="episode.funding",
    ),
    "podcast:socialInteract": SHOW_TAGS["podcast:socialInteract"].again(
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | as the show's (E126) | PN | 6 apps",
        model="episode.social",
    ),
    "podcast:contentLink": Repeated(
        "`content_links`: `href` | | PN | not declared",
        attributes={"href": needed(URL)},
        text=ANYTHING,
        model="episode.content_links",
        compared_as="content_links",
    ),
}

_BOTH: Final = ("channel", "item", "podcast:liveItem")
_VALUES: Final = ("podcast:value", "podcast:valueTimeSplit")
OTHER_TAGS: Final[Mapping[str, Tag]] = {
    "pubDate": Tag(parents=("channel",), text=RSS_DATE),
    "itunes:title": Tag(parents=("channel",)),
    "itunes:applepodcastsverify": Tag(parents=("channel",)),
    "itunes:author": Tag(parents=("item",), text=NAME, compared_as="author", also=("author",)),
    "itunes:subtitle": Repeated(text=HTML),
    "podcast:images": Repeated(parents=_BOTH),
    "podcast:chat": Tag(attributes=require("server", "protocol"), parents=_BOTH),
    "podcast:value": Repeated(attributes=require("type", "method"), parents=_BOTH),
    "podcast:valueRecipient": Repeated(attributes=require("type", "address", "split"), parents=_VALUES),
    "podcast:valueTimeSplit": Repeated(attributes=require("startTime", "duration"), parents=("podcast:value",)),
    "podcast:liveItem": Repeated(attributes=require("status", "start"), parents=("channel",)),
}
"""What podcastkit does not write, and apps read."""
