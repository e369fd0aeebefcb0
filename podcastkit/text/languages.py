"""Check language codes."""

from __future__ import annotations

import re

from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

# ISO 639-1. Other languages have codes of three letters; there are too many to list.
_TWO_LETTERS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz
    ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik
    io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml
    mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd
    se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve
    vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - two hundred codes read better as words
)
# The code to suggest for the name of a language.
_SUGGESTIONS = {
    "arabic": "ar",
    "bengali": "bn",
    "chinese": "zh",
    "czech": "cs",
    "danish": "da",
    "deutsch": "de",
    "dutch": "nl",
    "english": "en",
    "español": "es",
    "finnish": "fi",
    "français": "fr",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "italian": "it",
    "italiano": "it",
    "japanese": "ja",
    "korean": "ko",
    "norwegian": "no",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "português": "pt",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "tagalog": "tl",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
    # Country codes and abbreviations that people write instead of a language code.
    "cn": "zh",
    "cz": "cs",
    "dk": "da",
    "gr": "el",
    "jp": "ja",
    "sp": "es",
    "us": "en-US",
}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


_UK = re.compile(r"-uk$", re.IGNORECASE)
"""UK is not a region code of ISO 3166-1; the code of the United Kingdom is GB."""


def parse_language(written: str) -> str | Problem:
    """Read a BCP 47 tag of language, script and region, such as `en`, `en-US` or `zh-Hant-TW`; correct its case."""
    tag = written.strip()
    language = _read_tag(tag)
    if language:
        return language
    nearest = _SUGGESTIONS.get(tag.casefold()) or _read_tag(_UK.sub("-GB", tag.replace("_", "-")))
    hint = f'write "{nearest}"' if nearest else 'write its code, as in "en", "es" or "en-US"'
    return Problem(f"{quote(tag)} is not a language code", hint)


def _read_tag(tag: str) -> str | None:
    """Return a tag with its usual case; None if the tag is not valid, or is a wrong code that has a suggestion."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    language, script, region = match.groups()
    is_unknown = len(language) == 2 and language.lower() not in _TWO_LETTERS  # noqa: PLR2004 - letters
    if is_unknown or tag.casefold() in _SUGGESTIONS or _UK.search(tag):
        return None
    parts = (language.lower(), (script or "").title(), (region or "").upper())
    return "-".join(part for part in parts if part)
