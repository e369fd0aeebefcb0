"""Pages on folders and the files in them: what is missing, what is there twice, and what was guessed."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

found_on_reading(
    "E105",
    Severity.WARNING,
    page="""
    An episode has no title of its own: it was made of the audio's tag, or of the folder's name.

    Listeners choose by the title. File names make poor ones, such as “Take 4 final”.

    **Solution**: begin the notes with a heading, or write `title` at their top.

    ```markdown
    # The crane

    What hangs from it, and who sits up there.
    ```
    """,
)

found_on_reading(
    "E108",
    Severity.ERROR,
    page="""
    An episode's folder cannot be read.

    Nobody knows what is in it, so the episode is held back; one that is public stays as it is.

    **Solution**: give yourself the right to read it, in the folder's properties. To leave it out on purpose, begin
    its name with `_`.
    """,
)

for _code in ("S109", "E109"):
    found_on_reading(
        _code,
        Severity.WARNING,
        page="""
        A file is not used for anything.

        Mostly its name is mistyped (`note.md`, `transcipt.vtt`), and listeners would go without it. Audio that lies
        beside show.toml is nobody's episode: each has a folder of its own.

        **Solution**: give it the name that is suggested, or move it. To keep it here unused, begin its name with
        `_`.
        """,
    )

found_on_reading(
    "S110",
    Severity.ERROR,
    page="""
    There is a second copy of podcastkit.lock.

    Programs that keep folders alike on several computers make such a copy when two of them changed the file at
    once. podcastkit.lock holds what must never change; with the wrong one, apps would show old episodes as new
    ones.

    **Solution**: compare the two files, keep the one that knows more episodes under the name `podcastkit.lock`, and
    delete the other. Let only one computer publish at a time.
    """,
)

found_on_reading(
    "E110",
    Severity.INFO,
    page="""
    An episode's number, season or type was taken from its folder's name.

    A wrong guess puts it in the wrong place among the others, or makes a trailer of it.

    **Solution**: nothing needs to be done when the guess is right. Else write it at the top of the notes.

    ```yaml
    ---
    number: 5
    season: 1
    type: full
    ---
    ```
    """,
)

found_on_reading(
    "A104",
    Severity.ERROR,
    page="""
    `audio`, `intro` or `outro` at the top of the notes names a file that is not there, or that is no audio.

    What listeners should hear is not for podcastkit to guess, so the episode is held back.

    **Solution**: write the name as the folder shows it, with its ending, or leave the line out when there is only
    one audio file.

    ```yaml
    audio: crane-final.mp3
    ```
    """,
)

found_on_reading(
    "A105",
    Severity.ERROR,
    page="""
    There are several audio files in an episode's folder.

    An episode is one file. A guess could send a raw cut to every listener, and what apps have downloaded cannot be
    called back.

    **Solution**: keep one of them in the folder, or say which one it is. Others become further versions only when
    `alternates` names them.

    ```yaml
    audio: crane-final.mp3
    alternates: [{file: crane-es.mp3, title: En español, lang: es}]
    ```
    """,
)

found_on_reading(
    "A106",
    Severity.ERROR,
    page="""
    An audio file cannot be used: it is damaged, cut short, empty, a video, or no sound at all.

    Apps would stop in the middle, or not play it. Often an export or a copy did not finish. A link to a file
    outside of the show's folder is refused, too, since it leads nowhere on another computer.

    **Solution**: play the file to its end on your computer, then export or copy it again, as MP3, M4A or WAV.

    Source: Apple, Audio requirements (support page 893), for the formats.
    """,
)

found_on_reading(
    "A111",
    Severity.WARNING,
    page="""
    An audio file is named twice: under `audio` and `alternates`, or twice under `alternates`.

    Apps would offer listeners the same sound as two versions, so it is published once.

    **Solution**: name the episode's own file under `audio`, and each further version once under `alternates`.
    """,
)

found_on_reading(
    "I103",
    Severity.ERROR,
    page="""
    The artwork is missing under the name that is given for it, is no picture, or is damaged.

    Apps would show a grey square, and Apple refuses a show without a cover. So the episode is held back, or the
    show is not published.

    **Solution**: export it again as JPEG or PNG, square, best 3000 × 3000 pixels, or correct its name.

    ```toml
    artwork = "artwork.jpg"
    ```

    Source: Apple, Podcast artwork requirements (support page 896).
    """,
)

found_on_reading(
    "I104",
    Severity.ERROR,
    page="""
    There are several pictures that could be the artwork, such as `artwork.jpg` and `cover.png`.

    Apps show one, and may keep it for months: it should not be the wrong one.

    **Solution**: keep one of them, or name it: `artwork = "cover.png"` in show.toml, `artwork: cover.png` in front
    matter.
    """,
)

found_on_reading(
    "I110",
    Severity.ERROR,
    page="""
    A picture that `images` names is missing, is no picture, or is damaged.

    Of an episode this is an error, so that it does not come out without a part of it. Of the show it is a warning:
    the picture is left out, and everything else goes on.

    **Solution**: write its name as the folder shows it, or export it again as JPEG or PNG.

    ```toml
    images = [{file = "banner.jpg", alt = "The harbour at night"}]
    ```
    """,
)
