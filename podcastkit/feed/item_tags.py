"""The table of the tags in an item, and of the tags that podcastkit does not write."""

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
    as_required,
    one_of,
    require_attributes,
)
from podcastkit.feed.tags import Repeated, Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

# Rows with a `model` are written in this order; feedgen or the row of the parent writes the others.
ITEM_TAGS: Final[Mapping[str, Tag]] = {
    "title": Tag(
        "`title`, the heading, the tag of the audio or the folder name | 255 characters (E107); 150 for Apple "
        "(E115); must not contain the episode number (E114); no `<` and `>` for YouTube (N113) | RSS, Apple, "
        "PSP-1 | all apps",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F201": "apps show an empty line"},
        example="<title> with the episode's name",
    ),
    "description": Tag(
        "the notes, as simple HTML | 4,000 bytes, cut off after a paragraph or sentence (N110) | Apple, PSP-1 "
        "| all apps",
        text=HTML,
        missing={"F207": "listeners use it to choose an episode, and search engines to find it"},
        example="<description> with a few sentences",
    ),
    "content:encoded": Tag(
        "the notes, as HTML | 5,000 characters for YouTube (N112); no `<` and `>` in the text (N113); https links "
        "(N114) | RSS content | Spotify and most apps",
        text=HTML,
        compared_as="notes",
        also=("description", "itunes:summary"),
    ),
    "guid": Tag(
        '`guid`, the lock file or a new GUID: `isPermaLink="false"` | never changes; unique (E117) | RSS, '
        "Apple, page 4115 | all apps",
        missing={"F203": "apps show the episode as a new one after every change"},
        example='<guid isPermaLink="false"> with a text that never changes',
    ),
    "itunes:duration": Tag(
        "the audio | whole seconds | Apple, PSP-1 | all apps",
        compared_as="duration",
        missing={"F207": "apps cannot show the length of the episode"},
        example="<itunes:duration> in seconds",
    ),
    "itunes:season": Tag(
        "`season`, or the season of the show; not for a trailer of the show | a whole number of 1 or more | "
        "Apple | all apps",
        text=NUMBER,
        compared_as="season",
        also=("podcast:season",),
    ),
    "itunes:episode": Tag(
        "`number`, or the folder name | a whole number of 1 or more; required for serial shows (E101) | Apple, "
        "PSP-1 | all apps",
        text=NUMBER,
        compared_as="number",
        also=("podcast:episode",),
    ),
    "itunes:title": Tag("as `title` | 255 characters (E107) | Apple | Apple", text=NAME),
    "itunes:episodeType": Tag(
        "`type`, or the folder name | `full`, `trailer` or `bonus` | Apple | all apps",
        text=EPISODE_TYPE,
        compared_as="type",
    ),
    "itunes:summary": Repeated("`summary` | | PSP-1 | some apps; not Spotify", text=HTML, compared_as="summary"),
    "link": Tag(
        "`link`, or the link of the show | a web address of 255 characters at most (E107) | RSS, Apple | all apps",
        text=URL,
        model="episode",
        write=lambda item, edition: item.episode.link or tags.get_website(edition),
        compared_as="link",
        missing={"F208": "apps cannot open the page of the episode"},
        example="<link>https://…</link>",
    ),
    "enclosure": Repeated(
        "the audio: `url`, `length`, `type` | one; MP3 or M4A; a different file for each episode (A112); "
        "bitrate, sample rate and channels of [Apple's table](#audio) (A113, A114, S119) | RSS, Apple, PSP-1 | "
        "all apps",
        attributes={"url": ANYTHING, "length": ANYTHING, "type": ANYTHING},
        model="media",
        write=tags.find_enclosure,
        compared_as="audio",
        read=tags.read_enclosures,
        file="enclosure",
        missing={"F202": "apps have nothing to play and do not list the episode"},
        example='<enclosure url="https://…/05.mp3" length="24000000" type="audio/mpeg"/>',
    ),
    "pubDate": Tag(
        "`date`, the lock file, `[schedule]` or the time of publishing | RFC 2822, numeric time zone, not in "
        "the future; in the order of the numbers (E112) | RSS, Apple | all apps",
        text=RSS_DATE,
        model="published",
        compared_as="date",
        missing={"F206": "apps cannot sort the episode", "F207": "apps cannot sort the episode"},
        example="<pubDate>Thu, 05 Sep 2024 06:00:00 +0000</pubDate>",
    ),
    "itunes:explicit": Tag(
        "`explicit`, or the value of the show | `true` or `false` | Apple, PSP-1 | all apps",
        model="episode",
        write=tags.find_explicit,
        compared_as="explicit",
        missing={"F208": "apps use the value of the show"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    "itunes:image": Tag(
        "the episode's artwork: `href` | square, 1400 to 3000 pixels (I102); the same infos as for the show "
        "(I106, I108, I113) | Apple | most apps",
        attributes={"href": URL},
        model="artwork",
        write=lambda item, edition: {"href": f"{edition.url}/{item.artwork.key}"},
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F208": "apps use the artwork of the show"},
        example='<itunes:image href="https://…"/>, if the episode has its own artwork',
    ),
    "podcast:image": SHOW_TAGS["podcast:image"].copy_for_item(
        "`images`: `href`, `alt`, `purpose`; for the published copy, `aspect-ratio`, `width`, `height`, `type` "
        "| as for the show (I112) | PN | 5 apps",
        model="images",
        write=lambda item, edition: tags.describe_images(item.images, edition),
    ),
    "itunes:block": Tag(
        "`block: true` | `Yes` or no tag; `block` must not name services (E143) | Apple | "
        "Apple, Pocket Casts and others",
        model="episode.block",
        write=lambda item, _: tags.write_itunes_block(item.episode.block),
        compared_as="block",
        also=("podcast:block",),
    ),
    "podcast:season": Tag(
        "as `itunes:season`; `name` from `season_name` | `name` 128 characters (S120) | PN | 16 apps, 21 hosts",
        text=as_required(WHOLE),
        attributes={"name": LABEL},
        model="episode.season",
        write=tags.write_season,
        compared_as="season_name",
        read=tags.read_attribute("name"),
    ),
    "podcast:episode": Tag(
        "as `itunes:episode`; `display` from `number_display` | `display` 32 characters (E120), with a "
        "number (E144) | PN | 23 apps, 21 hosts",
        text=as_required(DECIMAL),
        attributes={"display": SHORT},
        model="episode.number",
        write=tags.write_number,
        compared_as="number_display",
        read=tags.read_attribute("display"),
    ),
    "podcast:transcript": Repeated(
        "the `transcript.…` files: `url`, `type`, `language` | at least one (T103), with times (T104), with "
        "short lines (T105) | PN; Apple, page 5316 | 43 apps, 38 hosts; Apple",
        attributes={
            "url": as_required(URL),
            "type": TRANSCRIPT_TYPE,
            "language": LANGUAGE,
            "rel": one_of("captions"),
        },
        model="transcripts",
        write=tags.describe_transcripts,
        compared_as="transcripts",
        file="transcript",
    ),
    "podcast:chapters": Tag(
        "`chapters.…`, the notes or the tags of the audio: `url`, `type` | JSON chapters | PN | 48 apps, 24 hosts",
        attributes={"url": as_required(URL), "type": CHAPTERS_TYPE},
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
        "each chapter: `start`, `title`, `href`, `image` | | the same | the same",
        parents=("psc:chapters",),
    ),
    "podcast:alternateEnclosure": Repeated(
        "`alternates`: `title`, `lang`; for the file, `type`, `length`, `bitrate`, `codecs`; `rel` is the "
        "language, if it differs from the show | `title` 32 characters (E120); the file exists (A110) | PN | "
        "11 apps",
        attributes={
            "type": as_required(ANYTHING),
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
        "the address of the other version: `uri` | | PN | 11 apps",
        attributes=require_attributes("uri"),
        parents=("podcast:alternateEnclosure",),
    ),
    "podcast:integrity": Tag(
        "the SHA-256 of the other version: `type`, `value` | | PN; Subresource Integrity | 11 apps",
        attributes={"type": as_required(one_of("sri", "pgp-signature")), "value": as_required(ANYTHING)},
        parents=("podcast:alternateEnclosure",),
    ),
    "podcast:person": SHOW_TAGS["podcast:person"].copy_for_item(
        "`people` of the show, then of the episode: `role`, `group`, `href`, `img` | as for the show (E116, "
        "E120, E121) | PN | 20 apps, 22 hosts",
        model="episode.people",
    ),
    "podcast:soundbite": Repeated(
        "`soundbites`: `startTime`, `duration` | within the audio (E141), 15 to 120 s (E142), title 128 "
        "characters (E120) | PN | 5 apps",
        text=LABEL,
        attributes={"startTime": as_required(DECIMAL), "duration": as_required(DECIMAL)},
        model="episode.soundbites",
        write=tags.write_soundbites,
        compared_as="soundbites",
    ),
    "podcast:location": SHOW_TAGS["podcast:location"].copy_for_item(
        "`location`: `rel`, `geo`, `osm`, `country` | as for the show (E120) | PN | 10 apps",
        model="episode.places",
    ),
    "podcast:license": SHOW_TAGS["podcast:license"].copy_for_item(
        "`license`: `url` | as for the show (E122) | PN | 5 apps", model="episode.license"
    ),
    "podcast:txt": SHOW_TAGS["podcast:txt"].copy_for_item(
        "`txt`: `purpose`; and `ai_content` | as for the show (E120, E124) | PN | 6 apps, 16 hosts",
        model="episode.txt",
    ),
    "podcast:funding": SHOW_TAGS["podcast:funding"].copy_for_item(
        "`funding`: `url` | 128 characters (E120) | PN | 28 apps, 26 hosts",
        model="episode.funding",
    ),
    "podcast:socialInteract": SHOW_TAGS["podcast:socialInteract"].copy_for_item(
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | as for the show (E126) | PN | 6 apps",
        model="episode.social",
    ),
    "podcast:contentLink": Repeated(
        "`content_links`: `href` | | PN | not declared",
        attributes={"href": as_required(URL)},
        text=ANYTHING,
        model="episode.content_links",
        compared_as="content_links",
    ),
}

_CHANNEL_AND_ITEMS: Final = ("channel", "item", "podcast:liveItem")
_VALUE_TAGS: Final = ("podcast:value", "podcast:valueTimeSplit")
OTHER_TAGS: Final[Mapping[str, Tag]] = {
    "pubDate": Tag(parents=("channel",), text=RSS_DATE),
    "itunes:title": Tag(parents=("channel",)),
    "itunes:applepodcastsverify": Tag(parents=("channel",)),
    "itunes:author": Tag(parents=("item",), text=NAME, compared_as="author", also=("author",)),
    "itunes:subtitle": Repeated(text=HTML),
    "podcast:images": Repeated(parents=_CHANNEL_AND_ITEMS),
    "podcast:chat": Tag(attributes=require_attributes("server", "protocol"), parents=_CHANNEL_AND_ITEMS),
    "podcast:value": Repeated(attributes=require_attributes("type", "method"), parents=_CHANNEL_AND_ITEMS),
    "podcast:valueRecipient": Repeated(
        attributes=require_attributes("type", "address", "split"), parents=_VALUE_TAGS
    ),
    "podcast:valueTimeSplit": Repeated(
        attributes=require_attributes("startTime", "duration"), parents=("podcast:value",)
    ),
    "podcast:liveItem": Repeated(attributes=require_attributes("status", "start"), parents=("channel",)),
}
"""The tags that apps read, but podcastkit does not write."""
