"""Pages on text files (N00x), on what is left out of show notes (N10x), and on their translations."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

found_on_reading(
    "N001",
    Severity.ERROR,
    page="""
    A text file is not saved as UTF-8.

    Accented letters and curly quotes would reach listeners as other signs: “CafÃ©” for “Café”.

    **Solution**: open the file, and save it again as UTF-8. In Word: Save As, Plain Text, Other encoding, Unicode
    (UTF-8). In TextEdit: Format, Make Plain Text, then save as Unicode (UTF-8). In Notepad: Save as, Encoding,
    UTF-8.

    Source: PSP-1, General: a feed is UTF-8.
    """,
)

found_on_reading(
    "N002",
    Severity.ERROR,
    page="""
    A Word document cannot be read.

    It has a password, the old format (.doc) under a new name, or it is damaged. What it says is unknown, so the
    episode is held back.

    **Solution**: open it in Word, and save it as Word Document (.docx) without a password; or write notes.md
    instead.
    """,
)

found_on_reading(
    "N003",
    Severity.ERROR,
    page="""
    A file that should be plain text is something else: Rich Text, a PDF, a Word document, or no text at all.

    Listeners would read its inner codes instead of its words.

    **Solution**: give a Word document the ending .docx; save everything else again as plain text.

    ```text
    notes.docx    right, when Word made it
    notes.md      right, when it is plain text
    notes.txt     wrong, when TextEdit saved it as Rich Text
    ```
    """,
)

found_on_reading(
    "N004",
    Severity.ERROR,
    page="""
    A text file is larger than 10 MB.

    That is thousands of pages: something else got this name, and no app could show it.

    **Solution**: put the right file in its place.
    """,
)

found_on_reading(
    "N005",
    Severity.ERROR,
    page="""
    Show notes hold more than 20,000 tags.

    No app shows that much. Mostly a whole web page, or a table of data, was saved as the notes.

    **Solution**: keep to what listeners read in an app, and link to the rest.
    """,
)

found_on_reading(
    "N006",
    Severity.ERROR,
    page="""
    The front matter of a Word document has a beginning and no end.

    Where the keys end and the notes begin cannot be told, and listeners might read `draft: true` as the first line.

    **Solution**: type `---` in a paragraph of its own behind the last key. When Word makes a line across the page
    of it, undo that at once (Ctrl+Z or ⌘Z).

    ```text
    ---
    title: The crane
    ---
    What hangs from it, and who sits up there.
    ```
    """,
)

found_on_reading(
    "N007",
    Severity.ERROR,
    page="""
    A Word document begins with lines such as `title: The crane`, without `---` above and below them.

    They would be published as the first lines of the notes, a draft would come out, and a date would mean nothing.

    **Solution**: type `---` in a paragraph of its own above and below these lines. When Word makes a line across
    the page of it, undo that at once (Ctrl+Z or ⌘Z).
    """,
)

found_on_reading(
    "N008",
    Severity.ERROR,
    page="""
    There are several files with notes in an episode's folder, such as `notes.md` and `notes.docx`.

    An old version could come out instead of the last one.

    **Solution**: keep one of them. To keep the other in the folder, begin its name with `_`.
    """,
)

found_on_reading(
    "N009",
    Severity.ERROR,
    page="""
    A file with notes, chapters or a transcript cannot be read.

    You may not have the right to, it is no file, or it is a link that leads out of the show's folder and nowhere on
    another computer. The episode is held back, so that it does not come out without a part of it.

    **Solution**: put the file itself in its place, and see to it that you may open it.
    """,
)

found_on_reading(
    "N010",
    Severity.ERROR,
    page="""
    A file with notes, chapters or a transcript is larger than 16 MB.

    Nobody wrote that much. Audio or a video may have got this name, and no app would fetch it.

    **Solution**: put the right file in its place.
    """,
)

found_on_reading(
    "N101",
    Severity.WARNING,
    page="""
    A link in the notes leads to no place on the web, so that only its words stay.

    Apps show notes far from your website: a link such as `/about` or `notes.pdf` leads nowhere there.

    **Solution**: write the whole address, as a browser shows it.

    ```markdown
    [The crane](https://example.org/crane)     right
    [Write to us](mailto:radio@example.org)    right
    [The crane](/crane)                        wrong
    ```
    """,
)

found_on_reading(
    "N102",
    Severity.WARNING,
    page="""
    A picture in the notes was left out.

    Hardly any app shows pictures in notes, and one that is on your computer is not on the web.

    **Solution**: put it on a web page and link to it, or make it the episode's `artwork.jpg`.

    Source: PSP-1, item `description`: p, ol, ul, li, a, b, i, strong and em are what apps show.
    """,
)

found_on_reading(
    "N103",
    Severity.WARNING,
    page="""
    The text holds an invisible control character, which was removed.

    A single one would make the whole feed unreadable for apps. They come in with text that is copied from a PDF or
    an old program, and sometimes stand where a letter should be.

    **Solution**: type that place again.

    Source: XML 1.0, section 2.2.
    """,
)

found_on_reading(
    "N104",
    Severity.WARNING,
    page="""
    Something in the notes was taken for HTML that no app shows, and was left out.

    Players, forms and videos do not work in podcast apps. Or the sign `<` was meant as itself, and the words behind
    it are gone; or a comment `<!--` has no end, and everything behind it is gone.

    **Solution**: link to what cannot be shown, write `&lt;` for the sign itself, and end a comment with `-->`.

    ```markdown
    We call it &lt;the box&gt;.    right
    We call it <the box>.          wrong
    ```
    """,
)

found_on_reading(
    "N160",
    Severity.WARNING,
    page="""
    An episode has no notes in one of the show's languages.

    Who listens in that language gets the title and the notes of the original.

    **Solution**: write `notes.es.md` (for Spanish) beside `notes.md`, with a title at its top.
    """,
)

found_on_reading(
    "N161",
    Severity.WARNING,
    page="""
    The notes in another language have no title.

    Listeners see the title of the original above notes in their own language.

    **Solution**: begin the notes with a heading in that language, or write `title` at their top.
    """,
)

found_on_reading(
    "E160",
    Severity.WARNING,
    page="""
    A key in the notes of a translation can be said for all languages only, as `date` or `number`.

    It has no effect there: an episode comes out at one moment, and has one number, in every language.

    **Solution**: write it into the notes of the original, or remove it. `title`, `summary`, `link`,
    `number_display` and `guid` have a meaning in a translation.
    """,
)
