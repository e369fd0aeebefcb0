"""Numbers in titles that are meant as an episode's."""

from __future__ import annotations

import re

_NUMBER = r"(?:episode|episodio|ep)\.?\s*\#?0*(?P<number>\d{1,3})\b(?![.,]\d)"
_CODED = re.compile(r"\bs\d{1,2}[\s:.-]*(?:episode|ep|e)\.?\s*0*(?P<number>\d{1,3})\b", re.IGNORECASE)
_LABEL = re.compile(rf"(?:season\s*\d+[\s,:–—-]*)?{_NUMBER}(?=\s*(?:[:|–—-]|\Z))", re.IGNORECASE)
_TAIL = re.compile(rf"(?:[(\[]|\s[|–—-]\s)\s*{_NUMBER}\s*[)\]]?\Z", re.IGNORECASE)
_LOOSE = re.compile(rf"\b{_NUMBER}", re.IGNORECASE)
_SIGN = re.compile(r"\#0*(?P<number>\d{1,3})\W?\Z")
_PART = re.compile(r"(?:\bparte?\s+|\()0*(?P<number>\d{1,3})\s*(?:of|de|/)\s*0*(?P<total>\d{1,3})\b", re.IGNORECASE)


def find_number(title: str, number: int | None, total: int | None = None) -> re.Match[str] | None:
    """Find a number in a title that is meant as the episode's; its group is `number`.

    `number` is the episode's own, `total` how many episodes the series has. What could be something else ("Star
    Wars: Episode 4", "Part 1 of 2") is left alone unless it is the same number.
    """
    if found := _CODED.search(title) or _LABEL.match(title) or _TAIL.search(title):
        return found
    for found in (*_LOOSE.finditer(title), *_SIGN.finditer(title)):
        if int(found["number"]) == number:
            return found
    found = _PART.search(title)
    return found if found and (int(found["number"]), int(found["total"])) == (number, total) else None
