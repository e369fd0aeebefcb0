"""Find episode numbers in titles."""

from __future__ import annotations

import re

_NUMBER = r"(?:episode|episodio|ep)\.?\s*\#?0*(?P<number>\d{1,3})\b(?![.,]\d)"
_SEASON_AND_NUMBER = re.compile(r"\bs\d{1,2}[\s:.-]*(?:episode|ep|e)\.?\s*0*(?P<number>\d{1,3})\b", re.IGNORECASE)
_NUMBER_AT_START = re.compile(rf"(?:season\s*\d+[\s,:–—-]*)?{_NUMBER}(?=\s*(?:[:|–—-]|\Z))", re.IGNORECASE)
_NUMBER_AT_END = re.compile(rf"(?:[(\[]|\s[|–—-]\s)\s*{_NUMBER}\s*[)\]]?\Z", re.IGNORECASE)
_NUMBER_ANYWHERE = re.compile(rf"\b{_NUMBER}", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"\#0*(?P<number>\d{1,3})\W?\Z")
_PART_OF_TOTAL = re.compile(
    r"(?:\bparte?\s+|\()0*(?P<number>\d{1,3})\s*(?:of|de|/)\s*0*(?P<total>\d{1,3})\b", re.IGNORECASE
)


def find_number(title: str, number: int | None, total: int | None = None) -> re.Match[str] | None:
    """Find the episode number in a title; the group `number` of the match contains it.

    `number` is the number of the episode, and `total` the number of episodes in the series. A number that can mean
    something else ("Star Wars: Episode 4", "Part 1 of 2") only counts if it is equal to `number` (and `total`).
    """
    if found := _SEASON_AND_NUMBER.search(title) or _NUMBER_AT_START.match(title) or _NUMBER_AT_END.search(title):
        return found
    for found in (*_NUMBER_ANYWHERE.finditer(title), *_NUMBER_SIGN.finditer(title)):
        if int(found["number"]) == number:
            return found
    found = _PART_OF_TOTAL.search(title)
    return found if found and (int(found["number"]), int(found["total"])) == (number, total) else None
