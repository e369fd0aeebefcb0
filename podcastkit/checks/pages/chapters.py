"""Pages on files of chapters: C0xx."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

found_on_reading(
    "C001",
    Severity.ERROR,
    page="""
    A chapters.json holds no chapters that apps could read.

    It is no JSON, or lacks the list, its version, or the time of a chapter. Apps would show no chapters at all, so
    the episode is held back.

    **Solution**: mend it as here, or write a `chapters.txt` instead.

    ```json
    {"version": "1.2.0", "chapters": [
      {"startTime": 0, "title": "Welcome"},
      {"startTime": 62.5, "title": "The crane"}
    ]}
    ```

    Source: Podcast namespace, JSON chapters, version 1.2; RFC 8259, for JSON.
    """,
)

found_on_reading(
    "C002",
    Severity.ERROR,
    page="""
    A line of chapters.txt is no chapter.

    That chapter would be missing in apps, and the one before it would seem to go on.

    **Solution**: write the time and then the title. A line that begins with `#` is a remark.

    ```text
    00:00 Welcome                right
    1:02:03 Questions            right
    Questions at 1:02:03         wrong
    62:75 Questions              wrong: a minute has 60 seconds
    ```
    """,
)

found_on_reading(
    "C004",
    Severity.WARNING,
    page="""
    A file of chapters is empty.

    Listeners find no chapters, although somebody began to make them.

    **Solution**: write a line such as `00:00 Welcome` for each chapter, or delete the file.
    """,
)

found_on_reading(
    "C005",
    Severity.ERROR,
    page="""
    There are two files with chapters in an episode's folder.

    The older one could come out, with times of an earlier cut.

    **Solution**: keep `chapters.txt` or `chapters.json`. To keep the other in the folder, begin its name with `_`.
    """,
)

found_on_reading(
    "C006",
    Severity.ERROR,
    page="""
    There are more than 1,000 chapters.

    No app lists so many. Mostly it is another file under this name, such as a transcript.

    **Solution**: put the right file in its place; of chapters in the audio itself, export it without them.
    """,
)

found_on_reading(
    "C007",
    Severity.WARNING,
    "podcasting20",
    page="""
    Apps cannot use something that chapters.json says of a chapter.

    They pass over a picture that is no web address, or an end that lies before the beginning, and show the chapter
    without it.

    **Solution**: correct it as the finding says, or remove it.

    ```json
    {"startTime": 62.5, "endTime": 90, "title": "The crane",
     "img": "https://example.org/crane.jpg"}
    ```

    Source: Podcast namespace, JSON chapters, version 1.2.
    """,
)

found_on_reading(
    "C008",
    Severity.INFO,
    "spotify",
    "apple",
    page="""
    Several lines of the notes begin with a time, but they make no list of chapters.

    Spotify and Apple make chapters of such lines only when the first begins at 00:00 and each is later than the one
    above. Listeners then see times that they cannot tap on.

    **Solution**: nothing needs to be done if they are no chapters. Else let the list look like this:

    ```text
    00:00 Welcome
    01:02 The crane
    24:40 Questions
    ```

    Source: Spotify, Timestamps; Apple, Chapters on Apple Podcasts (support page 5482).
    """,
)
