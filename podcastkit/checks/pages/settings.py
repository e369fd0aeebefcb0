"""Pages on keys and values: S0xx in show.toml, and the same as E0xx in front matter."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

for _code in ("S001", "E001"):
    found_on_reading(
        _code,
        Severity.ERROR,
        page="""
        A line cannot be read, so that nobody knows what it should mean.

        One forgotten quote makes all of show.toml unreadable, and then nothing can be published. In front matter it
        holds that one episode back: a guess could bring a draft out. So it does where lines look like front matter
        and have no line of three hyphens above and below them, or listeners would read those lines.

        **Solution**: compare the line with these. Word processors make curly quotes; show.toml wants straight ones.

        ```toml
        title = "Night Shift"         # right
        title = “Night Shift”         # wrong: curly quotes
        title: "Night Shift"          # wrong: a colon, as in front matter
        ```

        ```yaml
        ---
        title: The crane
        explicit: no
        ---
        ```

        Source: TOML 1.0.0, for show.toml; YAML 1.2, for what is nested in front matter.
        """,
    )

for _code in ("S002", "E002"):
    found_on_reading(
        _code,
        Severity.ERROR,
        page="""
        A key is not one that podcastkit knows, or stands in a table to which it does not belong.

        Mostly it is mistyped (`tilte`), and without this error what it says would be missing from the feed, and
        nobody would notice. In show.toml, whatever follows a line in brackets belongs to that table.

        **Solution**: write the key that is suggested, move it above the first `[table]`, or remove it.

        ```toml
        link = "https://example.org"  # right: above the first table

        [publish]
        to = "public"
        link = "https://example.org"  # wrong: [publish] has no link
        ```
        """,
    )

for _code in ("S003", "E003"):
    found_on_reading(
        _code,
        Severity.ERROR,
        page="""
        A key that is needed is missing, or nothing is written behind it.

        Directories refuse a show that lacks one of the six below, and apps have nothing to show. A person without a
        name, or a link without its address, is of no use to anybody.

        **Solution**: add the key; the finding shows an example. A show needs at least these:

        ```toml
        title = "Night Shift"
        author = "Harbour Radio"
        description = "Who keeps the harbour running at night."
        language = "en"
        categories = ["Society & Culture > Documentary"]
        explicit = false
        ```

        Source: Apple, RSS requirements (support page 823); PSP-1, channel; Spotify asks for the author, too.
        """,
    )

for _code in ("S004", "E004"):
    found_on_reading(
        _code,
        Severity.ERROR,
        page="""
        A value is not what its key wants.

        A category that Apple does not have is refused; a web address that is none leads listeners nowhere; a number
        that is none means nothing to apps. So no such value is published. What has no effect is a warning alone: a
        day under `skip` on which nothing would come out, or a `purpose` of a picture that no app knows.

        **Solution**: the finding says what is wanted, and what to write instead.

        ```toml
        explicit = false              # right
        explicit = "no"               # wrong: quotes make it a text
        language = "es-MX"            # right: a code
        language = "Mexican Spanish"  # wrong
        ```
        """,
    )

found_on_reading(
    "S006",
    Severity.ERROR,
    page="""
    A password or a secret key stands in show.toml.

    Copies of the file are sent around and kept in version control. Whoever reads the key there can delete the show,
    or publish under its name.

    **Solution**: remove the line, and have the store make a new key, since others may have seen this one.
    podcastkit takes keys from where the AWS programs take them: the variables `AWS_ACCESS_KEY_ID` and
    `AWS_SECRET_ACCESS_KEY`, or a profile of your AWS configuration.

    ```toml
    [publish]
    to = "s3://my-bucket/night-shift"
    profile = "podcast"               # right: a profile's name is no secret
    secret_key = "…"                  # wrong
    ```
    """,
)

for _code in ("S007", "E007"):
    found_on_reading(
        _code,
        Severity.WARNING,
        page="""
        A text holds invisible characters that a feed cannot carry.

        They come in with text that is copied from a PDF or an old program. A single one would make the whole feed
        unreadable for apps, so they are left out; a word beside one may look odd.

        **Solution**: delete that place in the text, and type it anew.

        Source: XML 1.0, section 2.2.
        """,
    )

found_on_reading(
    "S141",
    Severity.ERROR,
    page="""
    The intro or outro that `[audio]` names is not in the show's folder, or cannot be used.

    Every episode that is made from a master would come out without it, and again with it later: the same episode
    twice in every app. While no master lies on this computer, nothing is made, and this is a warning alone.

    **Solution**: write the name as the folder shows it, with its ending; export the file again when it is damaged;
    or remove the line.

    ```toml
    [audio]
    intro = "intro.wav"
    outro = "outro.wav"
    ```
    """,
)

for _code in ("S008", "E008"):
    found_on_reading(
        _code,
        Severity.WARNING,
        page="""
        A web address begins with http://, so that what it leads to is fetched unencrypted.

        Phones warn of such pages or do not open them, and anybody on the way can change what listeners get.

        **Solution**: open the address with https:// in a browser. If that works, write it so.

        Source: Podcast namespace: addresses in its tags are https.
        """,
    )

found_on_reading(
    "E203",
    Severity.ERROR,
    page="""
    An episode's date can be read in two ways, is none, or has no time zone.

    `9/5/2024` is 5 September in Los Angeles and 9 May in London. After a wrong guess the episode would come out
    months too early or too late, so it is held back.

    **Solution**: write year, month and day, and the time if need be. Write the zone once, as `timezone` in
    show.toml.

    ```yaml
    date: 2024-09-05                  # right: at the schedule's time of day
    date: 2024-09-05 18:30            # right
    date: 2024-09-05T18:30:00-07:00   # right: with its own zone
    date: 9/5/2024                    # wrong
    ```

    Source: ISO 8601 and RFC 3339, for the order of year, month and day.
    """,
)

found_on_reading(
    "E009",
    Severity.WARNING,
    page="""
    The notes begin with a line that looks like a key of front matter.

    Without lines of three hyphens around it, it is a part of the notes: it sets nothing, and listeners read it.

    **Solution**: write three hyphens above and below it. If it is meant for listeners, begin it with a capital
    letter:

    ```yaml
    ---
    title: Planning time
    ---
    ```

    What stands between these lines is never published as notes.
    """,
)
