"""The tags of podcast feeds: which there are, where they stand, how often, and what their attributes must be."""

from __future__ import annotations

from typing import Final, NamedTuple

_PLAIN_IN_CHANNEL = "title link description language copyright generator lastBuildDate pubDate image"
_PLAIN_IN_ITEM = "title link description guid pubDate content:encoded"
_ITUNES_IN_CHANNEL = "author type owner image explicit block complete new-feed-url title applepodcastsverify"
_ITUNES_IN_ITEM = "title author image explicit block duration season episode episodeType"
_REST = (
    "enclosure item url category docs managingEditor webMaster ttl cloud rating textInput skipHours skipDays"
    " comments source author width height itunes:category itunes:name itunes:email itunes:summary itunes:subtitle"
    " itunes:keywords itunes:order atom:link psc:chapters psc:chapter"
)


class PodcastTag(NamedTuple):
    """Where a tag of the podcast namespace may stand, which attributes it must have, and whether only once."""

    parents: str
    required: str = ""
    is_single: bool = False
    needs_text: bool = False


_BOTH = "channel item podcast:liveItem"
PODCAST_TAGS: Final = {
    "podcast:guid": PodcastTag("channel", "", is_single=True, needs_text=True),
    "podcast:locked": PodcastTag("channel", "", is_single=True, needs_text=True),
    "podcast:medium": PodcastTag("channel", "", is_single=True, needs_text=True),
    "podcast:trailer": PodcastTag("channel", "url pubdate", needs_text=True),
    "podcast:updateFrequency": PodcastTag("channel", "", is_single=True, needs_text=True),
    "podcast:podroll": PodcastTag("channel", "", is_single=True),
    "podcast:publisher": PodcastTag("channel", "", is_single=True),
    "podcast:podping": PodcastTag("channel", "usesPodping", is_single=True),
    "podcast:block": PodcastTag("channel", "", needs_text=True),
    "podcast:transcript": PodcastTag("item podcast:liveItem", "url type"),
    "podcast:chapters": PodcastTag("item podcast:liveItem", "url type", is_single=True),
    "podcast:season": PodcastTag("item podcast:liveItem", "", is_single=True, needs_text=True),
    "podcast:episode": PodcastTag("item podcast:liveItem", "", is_single=True, needs_text=True),
    "podcast:soundbite": PodcastTag("item podcast:liveItem", "startTime duration"),
    "podcast:contentLink": PodcastTag("item podcast:liveItem", "href"),
    "podcast:alternateEnclosure": PodcastTag("item podcast:liveItem", "type"),
    "podcast:source": PodcastTag("podcast:alternateEnclosure", "uri"),
    "podcast:integrity": PodcastTag("podcast:alternateEnclosure", "type value", is_single=True),
    "podcast:person": PodcastTag(_BOTH, "", needs_text=True),
    "podcast:txt": PodcastTag(_BOTH, "", needs_text=True),
    "podcast:funding": PodcastTag(_BOTH, "url"),
    "podcast:location": PodcastTag(_BOTH, "", needs_text=True),
    "podcast:license": PodcastTag(_BOTH, "", is_single=True, needs_text=True),
    "podcast:image": PodcastTag(_BOTH, "href"),
    "podcast:images": PodcastTag(_BOTH),
    "podcast:socialInteract": PodcastTag(_BOTH, "protocol"),
    "podcast:chat": PodcastTag(_BOTH, "server protocol", is_single=True),
    "podcast:value": PodcastTag(_BOTH, "type method"),
    "podcast:valueRecipient": PodcastTag("podcast:value podcast:valueTimeSplit", "type address split"),
    "podcast:valueTimeSplit": PodcastTag("podcast:value", "startTime duration"),
    "podcast:remoteItem": PodcastTag(
        "channel podcast:podroll podcast:publisher podcast:valueTimeSplit", "feedGuid"
    ),
    "podcast:liveItem": PodcastTag("channel", "status start"),
}
"""The tags of https://github.com/Podcastindex-org/podcast-namespace/tree/main/docs/tags."""

SINGLE_IN_CHANNEL: Final = frozenset(
    [*_PLAIN_IN_CHANNEL.split(), *(f"itunes:{name}" for name in _ITUNES_IN_CHANNEL.split())]
)
"""What may stand in a channel only once, beside the tags of the podcast namespace."""

SINGLE_IN_ITEM: Final = frozenset(
    [*_PLAIN_IN_ITEM.split(), *(f"itunes:{name}" for name in _ITUNES_IN_ITEM.split())]
)
"""The same for an item, save its enclosure, which has a rule of its own."""

KNOWN_TAGS: Final = SINGLE_IN_CHANNEL | SINGLE_IN_ITEM | frozenset(PODCAST_TAGS) | frozenset(_REST.split())
"""All that apps read."""
