"""The tags of an item, and those that podcastkit does not write: a row for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from podcastkit.feed import rss_tags as tags
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tag_values import (
    ANYTHING,
    BOOLEAN,
    CAPTIONS,
    CHAPTERS_TYPE,
    DECIMAL,
    HTML,
    INTEGRITY,
    LABEL,
    LANGUAGE,
    NAME,
    SHORT,
    TRANSCRIPT_TYPE,
    URL,
    WHOLE,
    needed,
)
from podcastkit.feed.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from podcastkit.feed.tags import Markup
    from podcastkit.model import Edition, Item


def _of_episode(
    name: str,
    reference: str,
    *,
    model: str | None = None,
    write: Callable[[Item, Edition], Iterable[Markup]] | None = None,
) -> Tag:
    """Return the row of an item for a tag that the channel has, too."""
    [tag] = [tag for tag in SHOW_TAGS if tag.name == name]
    return replace(tag, reference=reference, model=model, write=write)


ITEM_TAGS: Final = (
    Tag(
        "title",
        "`title`, the heading, the audio's tag or the folder's name | 255 characters (E107), for Apple 150 "
        "(E115); without its number (E114); no `<` and `>` for YouTube (N113) | RSS, Apple, PSP-1 | "
        "everybody",
        text=NAME,
        compared_as="title",
        also=("itunes:title",),
        missing={"F201": "apps list an empty line"},
        example="<title> with the episode's name",
    ),
    Tag(
        "description",
        "the notes, as simple HTML | 4,000 bytes, cut behind a paragraph or sentence (N110) | Apple, PSP-1 "
        "| everybody",
        text=HTML,
        missing={"F207": "listeners choose by it, and search engines find the episode by it"},
        example="a few sentences",
    ),
    Tag(
        "content:encoded",
        "the notes, as HTML | for YouTube 5,000 characters (N112) without `<` and `>` (N113); links by "
        "https (N114) | RSS content | Spotify and most apps",
        text=HTML,
        compared_as="notes",
        also=("description", "itunes:summary"),
    ),
    Tag(
        "guid",
        '`guid`, else the lock, else made once: `isPermaLink="false"` | never changes, and no other has it '
        "(E117) | RSS, Apple, page 4115 | everybody",
        missing={"F203": "apps take the episode for a new one whenever anything about it changes"},
        example='<guid isPermaLink="false"> with a text that never changes',
    ),
    Tag(
        "itunes:duration",
        "the audio | whole seconds | Apple, PSP-1 | everybody",
        compared_as="duration",
        missing={"F207": "apps cannot say how long the episode is"},
        example="<itunes:duration> in seconds",
    ),
    Tag(
        "itunes:season",
        "`season`, else the show's; none for the show's trailer | a whole number from 1 | Apple | everybody",
        compared_as="season",
        also=("podcast:season",),
    ),
    Tag(
        "itunes:episode",
        "`number`, else the folder's name | a whole number from 1; needed in a serial (E101) | Apple, "
        "PSP-1 | everybody",
        compared_as="number",
        also=("podcast:episode",),
    ),
    Tag("itunes:title", "as `title` | 255 characters (E107) | Apple | Apple", text=NAME),
    Tag(
        "itunes:episodeType",
        "`type`, else the folder's name | `full`, `trailer` or `bonus` | Apple | everybody",
        compared_as="type",
    ),
    Tag("itunes:summary", "`summary` | | PSP-1 | some apps; not Spotify", text=HTML, compared_as="summary"),
    Tag(
        "link",
        "`link`, else the show's | a web address of 255 characters at most (E107) | RSS, Apple | everybody",
        text=URL,
        write=tags.write_link,
        compared_as="link",
        missing={"F208": "apps cannot lead to the episode's page"},
        example="<link>https://…</link>",
    ),
    Tag(
        "enclosure",
        "the audio: `url`, `length`, `type` | one; MP3 or M4A; in no other episode (A112); bitrate, sample "
        "rate and channels of [Apple's table](#audio) (A113, A114, S119) | RSS, Apple, PSP-1 | everybody",
        attributes={"url": ANYTHING, "length": ANYTHING, "type": ANYTHING},
        is_repeated=True,
        write=tags.write_enclosure,
        compared_as="audio",
        read=tags.read_enclosures,
        file="enclosure",
        missing={"F202": "there is nothing to play, and apps leave it out"},
        example='<enclosure url="https://…/05.mp3" length="24000000" type="audio/mpeg"/>',
    ),
    Tag(
        "pubDate",
        "`date`, else the lock, else `[schedule]`, else now | RFC 2822, numeric zone, never ahead; in the "
        "order of the numbers (E112) | RSS, Apple | everybody",
        write=tags.write_publication_date,
        compared_as="date",
        missing={"F206": "apps cannot sort the episode", "F207": "apps cannot sort the episode"},
        example="<pubDate>Thu, 05 Sep 2024 06:00:00 +0000</pubDate>",
    ),
    Tag(
        "itunes:explicit",
        "`explicit`, else the show's | `true` or `false` | Apple, PSP-1 | everybody",
        write=tags.write_explicit,
        compared_as="explicit",
        missing={"F208": "what the show says counts"},
        example="<itunes:explicit>false</itunes:explicit>",
    ),
    Tag(
        "itunes:image",
        "the episode's artwork: `href` | square, 1400 to 3000 pixels (I102); told of as the show's (I106, "
        "I108, I113) | Apple | most apps",
        attributes={"href": URL},
        write=tags.write_item_artwork,
        compared_as="artwork",
        also=("image",),
        file="artwork",
        missing={"F208": "apps show the show's artwork"},
        example='<itunes:image href="https://…"/>, if it has its own',
    ),
    _of_episode(
        "podcast:image",
        "`images`: `href`, `alt`, `purpose`; of the published copy `aspect-ratio`, `width`, `height`, "
        "`type` | as the show's (I112) | PN | 5 apps",
        write=lambda item, edition: tags.write_images(item.images, edition),
    ),
    Tag(
        "itunes:block",
        "`block: true` | `Yes` or absent; no services (E143) | Apple | Apple, Pocket Casts and others",
        write=lambda item, _: tags.write_apple_block(item.episode.block),
        compared_as="block",
        also=("podcast:block",),
    ),
    Tag(
        "podcast:season",
        "as `itunes:season`; `name` from `season_name` | `name` 128 characters (S120) | PN | 16 apps, 21 hosts",
        text=needed(WHOLE),
        attributes={"name": replace(LABEL, compared_as="season_name")},
        write=tags.write_season,
    ),
    Tag(
        "podcast:episode",
        "as `itunes:episode`; `display` from `number_display` | `display` 32 characters (E120), with a "
        "number (E144) | PN | 23 apps, 21 hosts",
        text=needed(DECIMAL),
        attributes={"display": replace(SHORT, compared_as="number_display")},
        write=tags.write_number,
    ),
    Tag(
        "podcast:transcript",
        "the files `transcript.…`: `url`, `type`, `language` | there is one (T103), with times (T104), in "
        "short lines (T105) | PN; Apple, page 5316 | 43 apps, 38 hosts; Apple",
        attributes={"url": needed(URL), "type": TRANSCRIPT_TYPE, "language": LANGUAGE, "rel": CAPTIONS},
        is_repeated=True,
        write=tags.write_transcripts,
        compared_as="transcripts",
        file="transcript",
    ),
    Tag(
        "podcast:chapters",
        "`chapters.…`, the notes or the audio's tags: `url`, `type` | JSON chapters | PN | 48 apps, 24 hosts",
        attributes={"url": needed(URL), "type": CHAPTERS_TYPE},
        write=tags.write_chapters,
        compared_as="chapters",
        file="chapters",
    ),
    Tag(
        "psc:chapters",
        "the same chapters: `version` | | [Podlove Simple Chapters](https://podlove.org/simple-chapters/) "
        "| Spotify, AntennaPod and others",
        is_repeated=True,
        write=tags.write_simple_chapters,
    ),
    Tag(
        "psc:chapter",
        "each of them: `start`, `title`, `href`, `image` | | the same | the same",
        parents=("psc:chapters",),
    ),
    Tag(
        "podcast:alternateEnclosure",
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
        is_repeated=True,
        write=tags.write_alternates,
        compared_as="alternates",
    ),
    Tag(
        "podcast:source",
        "the address of the version: `uri` | | PN | 11 apps",
        attributes={"uri": needed(ANYTHING)},
        parents=("podcast:alternateEnclosure",),
        is_repeated=True,
    ),
    Tag(
        "podcast:integrity",
        "the SHA-256 of its bytes: `type`, `value` | | PN; Subresource Integrity | 11 apps",
        attributes={"type": needed(INTEGRITY), "value": needed(ANYTHING)},
        parents=("podcast:alternateEnclosure",),
    ),
    _of_episode(
        "podcast:person",
        "the show's `people` and then the episode's: `role`, `group`, `href`, `img` | as the show's (E116, "
        "E120, E121) | PN | 20 apps, 22 hosts",
        model="episode.people",
    ),
    Tag(
        "podcast:soundbite",
        "`soundbites`: `startTime`, `duration` | inside the audio (E141), 15 to 120 s (E142), title 128 "
        "characters (E120) | PN | 5 apps",
        text=LABEL,
        attributes={"startTime": needed(DECIMAL), "duration": needed(DECIMAL)},
        is_repeated=True,
        write=tags.write_soundbites,
        compared_as="soundbites",
    ),
    _of_episode(
        "podcast:location",
        "`location`: `rel`, `geo`, `osm`, `country` | as the show's (E120) | PN | 10 apps",
        model="episode.places",
    ),
    _of_episode(
        "podcast:license", "`license`: `url` | as the show's (E122) | PN | 5 apps", model="episode.license"
    ),
    _of_episode(
        "podcast:txt",
        "`txt`: `purpose`; and `ai_content` | as the show's (E120, E124) | PN | 6 apps, 16 hosts",
        model="episode.txt",
    ),
    _of_episode(
        "podcast:funding",
        "`funding`: `url` | 128 characters (E120) | PN | 28 apps, 26 hosts",
        model="episode.funding",
    ),
    _of_episode(
        "podcast:socialInteract",
        "`social`: `protocol`, `uri`, `accountId`, `accountUrl`, `priority` | as the show's (E126) | PN | 6 apps",
        model="episode.social",
    ),
    Tag(
        "podcast:contentLink",
        "`content_links`: `href` | | PN | not declared",
        attributes={"href": needed(URL)},
        text=ANYTHING,
        is_repeated=True,
        model="episode.content_links",
        compared_as="content_links",
    ),
)

_BOTH: Final = ("channel", "item", "podcast:liveItem")
OTHER_TAGS: Final = (
    Tag("pubDate", parents=("channel",)),
    Tag("itunes:title", parents=("channel",)),
    Tag("itunes:applepodcastsverify", parents=("channel",)),
    Tag("itunes:author", parents=("item",), text=NAME, compared_as="author", also=("author",)),
    Tag("itunes:subtitle", text=HTML, is_repeated=True),
    Tag("podcast:images", parents=_BOTH, is_repeated=True),
    Tag("podcast:chat", attributes={"server": needed(ANYTHING), "protocol": needed(ANYTHING)}, parents=_BOTH),
    Tag(
        "podcast:value",
        attributes={"type": needed(ANYTHING), "method": needed(ANYTHING)},
        parents=_BOTH,
        is_repeated=True,
    ),
    Tag(
        "podcast:valueRecipient",
        attributes={"type": needed(ANYTHING), "address": needed(ANYTHING), "split": needed(ANYTHING)},
        parents=("podcast:value", "podcast:valueTimeSplit"),
        is_repeated=True,
    ),
    Tag(
        "podcast:valueTimeSplit",
        attributes={"startTime": needed(ANYTHING), "duration": needed(ANYTHING)},
        parents=("podcast:value",),
        is_repeated=True,
    ),
    Tag(
        "podcast:liveItem",
        attributes={"status": needed(ANYTHING), "start": needed(ANYTHING)},
        parents=("channel",),
        is_repeated=True,
    ),
)
"""What podcastkit does not write, and apps read."""
