"""Pages on tags of the podcast namespace: S12x in show.toml, and the same as E12x in front matter."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

for _code in ("S120", "E120"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        A text is longer than apps are bound to keep.

        Names of people and places, and the words of links, have 128 characters; the number that an episode shows
        and the title of a further version have 32; a text for machines has 4,000. What is longer may be cut off in
        the middle of a word.

        **Solution**: shorten it. What is worth telling belongs into the description or the notes.

        Source: Podcast namespace, the page of each tag.
        """,
    )

for _code in ("S121", "E121"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        A person's role or group is not in the Podcast Taxonomy, or the role belongs to another group.

        Apps show the roles that they know, and sort people by their groups: whoever has another one may not be
        shown.

        **Solution**: take the role or group that is suggested. An Editor is in two groups, so say in which one.

        ```toml
        [[people]]
        name = "Who asks the questions"           # right: the role is Host

        [[people]]
        name = "Who cuts it"
        role = "Editor"                           # right, with the group
        group = "Video Post-Production"

        [[people]]
        name = "Who records it"
        role = "Sound man"                        # wrong: it is Audio Engineer
        ```

        Source: Podcast Taxonomy (podcasttaxonomy.com); podcast namespace, `person`.
        """,
    )

for _code in ("S122", "E122"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        A licence has a name that apps do not know, and no address where its text can be read.

        Nobody could look up what it allows, so it is left out of the feed.

        **Solution**: add the address, or write one of the five that are known: ARR (all rights reserved),
        CC-BY-4.0, CC-BY-NC-4.0, CC-BY-NC-ND-4.0, POD-V4V-1.0.

        ```toml
        license = "CC-BY-4.0"                                           # right
        license = {slug = "ours", url = "https://example.org/license"}  # right
        license = "ours"                                                # wrong
        ```

        Source: Podcast namespace, `license`, and its list of licences.
        """,
    )

for _code in ("S123", "E123"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        `block` names a service that is not in the podcast namespace's list.

        No service would feel addressed, and the show would be listed where it should not be.

        **Solution**: take the name that is suggested, or look it up in the list of service slugs.

        ```toml
        block = ["google", "amazon"]          # right
        block = ["google podcasts"]           # wrong
        ```

        Source: Podcast namespace, `block` and serviceslugs.txt.
        """,
    )

for _code in ("S124", "E124"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        A `txt` with the purpose `ai-content` says neither true nor false.

        Programs that tell listeners what AI made look for these two words, and understand no other.

        **Solution**: write `ai_content = true` (or false) in show.toml, `ai_content: true` in front matter, instead
        of this text. Details belong into the description or the notes.

        Source: Podcast namespace, `txt`.
        """,
    )

found_on_reading(
    "S125",
    Severity.WARNING,
    "podcasting20",
    page="""
    `medium` says that the feed is a list, or a publisher's.

    Apps look for links to other feeds in such a feed, and may not show its episodes.

    **Solution**: write `medium = "podcast"`, or leave the line out.

    Source: Podcast namespace, `medium` and `publisher`.
    """,
)

for _code in ("S126", "E126"):
    found_on_reading(
        _code,
        Severity.WARNING,
        "podcasting20",
        page="""
        Comments are disabled, and something else is said about them.

        Apps cannot tell whether listeners may comment. They are taken for disabled.

        **Solution**: keep one of the two: `disabled` alone, or the places where listeners talk.

        ```toml
        social = {protocol = "disabled"}                                # right
        social = {protocol = "disabled", uri = "https://example.org/1"} # wrong
        ```

        Source: Podcast namespace, `socialInteract`.
        """,
    )

found_on_reading(
    "S127",
    Severity.WARNING,
    "podcasting20",
    page="""
    `publisher` names a feed by its GUID alone.

    Few apps can find a feed by its GUID, so that listeners do not come to your other shows.

    **Solution**: add `feed_url`, the address of the publisher's feed.

    Source: Podcast namespace, `publisher` and `remoteItem`.
    """,
)
