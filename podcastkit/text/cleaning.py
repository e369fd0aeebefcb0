"""Clean texts from files: remove what feeds and tags cannot contain."""

from __future__ import annotations

import re
import unicodedata

FORBIDDEN_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""A character that XML 1.0 (section 2.2) forbids, so that no feed can contain it."""

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
"""Characters that no tag of an audio file and no file name in a message can contain, line breaks included.

More than `FORBIDDEN_IN_XML`, because XML permits tabs, line breaks and U+007F to U+009F.
"""


def clean_text(text: str) -> str:
    """Return a text of one or more lines in NFC, without the characters that XML forbids."""
    return unicodedata.normalize("NFC", FORBIDDEN_IN_XML.sub("", text))


def clean_line(text: str) -> str | None:
    """Return a text from inside an audio file on one line, without control characters; None if nothing is left.

    Unlike `clean_text`, it keeps the spelling of letters: tags are published as the producer wrote them.
    """
    return " ".join(CONTROL_CHARACTERS.sub(" ", text).split()) or None
