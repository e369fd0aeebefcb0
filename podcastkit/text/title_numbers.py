"""Find episode numbers in titles."""

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
    """Find the episode number in a title; the group `number` of the match contains it.

    `number` is the number of the episode, and `total` the number of episodes in the series. Numbers that can mean
    something else ("Star Wars: Episode 4", "Part 1 of 2") only count if they are the same.
    """
    if found := _CODED.search(title) or _LABEL.match(title) or _TAIL.search(title):
        return found
    for found in (*_LOOSE.finditer(title), *_SIGN.finditer(title)):
        if int(found["number"]) == number:
            return found
    found = _PART.search(title)
    return found if found and (int(found["number"]), int(found["total"])) == (number, total) else None
