"""Pages on files of transcripts: T0xx."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

found_on_reading(
    "T001",
    Severity.ERROR,
    page="""
    A transcript is not in the format that its name says.

    Apps go by the type that the feed tells, and would show nothing: WebVTT without `WEBVTT` in its first line, SRT
    that is called .vtt, JSON without a list of segments.

    **Solution**: give the file the right ending, or export it again. WebVTT begins like this:

    ```text
    WEBVTT

    00:00:01.500 --> 00:00:04.000
    Welcome to the harbour.
    ```

    Source: W3C, WebVTT, section 4.1; podcast namespace, transcripts.
    """,
)

found_on_reading(
    "T002",
    Severity.ERROR,
    page="""
    A line of a transcript should say when words are heard, and cannot be read.

    Apps drop the words below it without a sign, so that who reads along misses them.

    **Solution**: write the times like this, with a dot in WebVTT and a comma in SRT:

    ```text
    00:01:02.345 --> 00:01:05.678    right in WebVTT
    00:01:02,345 --> 00:01:05,678    right in SRT
    1:2.3 -> 1:5.6                   wrong
    ```

    Source: W3C, WebVTT, sections 4.1 and 6; SRT has no standard, and players read it so.
    """,
)

found_on_reading(
    "T003",
    Severity.ERROR,
    page="""
    Words of a transcript end before they begin.

    Apps never show them, and who reads along misses them.

    **Solution**: correct the time that is wrong; mostly a digit is mistyped.

    Source: W3C, WebVTT, section 4.1: the end is greater than the start.
    """,
)

found_on_reading(
    "T004",
    Severity.ERROR,
    page="""
    A segment of a JSON transcript lacks its time or its words, or one of them is something else.

    Apps that read it may stop there, and show no transcript.

    **Solution**: write each segment like this, times as numbers of seconds without quotes:

    ```json
    {"speaker": "Host", "startTime": 0.5, "endTime": 2.75,
     "body": "Welcome to the harbour."}
    ```

    Source: Podcast namespace, transcripts, JSON.
    """,
)

found_on_reading(
    "T005",
    Severity.WARNING,
    page="""
    Words stand in a transcript behind others that are heard later.

    Apps that go through the file from top to bottom show them at the wrong moment, or not.

    **Solution**: put them where they are heard, or correct their time.

    Source: W3C, WebVTT, section 4.1: cues stand in the order of their starts.
    """,
)

found_on_reading(
    "T006",
    Severity.WARNING,
    page="""
    Words in a transcript have no time, so that apps do not show them.

    Mostly an empty line parts them from the words above, which ends those for apps.

    **Solution**: take out the empty line, or write above the words when they are heard. What should not be shown is
    written as a comment: `NOTE` at the beginning of its line, in WebVTT.

    Source: W3C, WebVTT, section 4.1: an empty line ends a cue.
    """,
)

found_on_reading(
    "T007",
    Severity.WARNING,
    page="""
    A transcript holds no words.

    It is not published: an app would show an empty page to whoever cannot hear.

    **Solution**: export it again, or delete the file.
    """,
)

found_on_reading(
    "T008",
    Severity.ERROR,
    page="""
    Two transcripts have the same language and the same format.

    Apps take one of them, and it could be the older one.

    **Solution**: keep one, or name the other after its language: `transcript.es.vtt` for Spanish.
    """,
)

found_on_reading(
    "T009",
    Severity.WARNING,
    page="""
    An SRT transcript is written in a way that some apps refuse.

    Most players forgive a dot before the milliseconds, and words without a number above them. Others show nothing.

    **Solution**: export it again as SRT, or mend it:

    ```text
    1
    00:00:01,500 --> 00:00:04,000
    Welcome to the harbour.
    ```

    Source: SRT has no standard; this is what all players read.
    """,
)

found_on_reading(
    "T010",
    Severity.WARNING,
    page="""
    An HTML transcript has a time that cannot be read, so that no subtitles are made of it.

    The page itself is published. Apps that show words while they are heard, as Apple Podcasts does, have none to
    show.

    **Solution**: write each time as hours, minutes and seconds.

    ```html
    <cite>Host:</cite> <time>1:02:03</time> <p>Welcome to the harbour.</p>
    ```

    Source: Podcast namespace, transcripts, HTML.
    """,
)

found_on_reading(
    "T011",
    Severity.WARNING,
    page="""
    Words of a transcript stay while three others come and go.

    They cover the screen long after they were heard. Mostly a digit of their end is mistyped.

    **Solution**: correct when they end.
    """,
)

found_on_reading(
    "T012",
    Severity.WARNING,
    page="""
    Words of a transcript end in the moment in which they begin.

    Apps never show them, and who reads along misses them.

    **Solution**: correct when they end; some seconds are enough for a line.

    Source: W3C, WebVTT, section 4.1: the end is greater than the start.
    """,
)

found_on_reading(
    "T013",
    Severity.ERROR,
    page="""
    A transcript has more than 50,000 lines with times.

    A whole day of speech has fewer, so it is the wrong file, or one that was written many times behind itself.
    No app would go through it.

    **Solution**: put the right file in its place.
    """,
)
