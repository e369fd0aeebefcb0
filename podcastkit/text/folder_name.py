"""Parse the name of an episode folder: number, season, type, title and sort order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from podcastkit.model import EpisodeType
from podcastkit.text.cleaning import clean_line

# A number, alone or after words: `05`, `ep5`, `s1e05`, `Season 2 Episode 5`. A separator or the end must follow.
_NUMBER = re.compile(
    r"""
    (?P<word> s(?:eason)?[-_. ]?0*(?P<season>[0-9]{1,4})[-_. ]*e(?:p|pisode)?[-_. ]* | e(?:p|pisode)?[-_. ]* )?
    0*(?P<number>[0-9]{1,3})
    (?: [-_. ] | \Z | (?(word)(?=[\W_])|(?!)) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    "|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    rf"""
    (?: [0-9]{{4}}[-_. ][0-9]{{1,2}}[-_. ][0-9]{{1,2}}
      | (?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])
      | {_DAY}[-_. ]{_DAY}[-_. ](?:[0-9]{{4}}|[0-9]{{2}})
      | {_DAY}[-_. ]?{_MONTH}[-_., ]+[0-9]{{4}}
      | {_MONTH}[-_. ]?{_DAY}[-_., ]+[0-9]{{4}}
    ) (?![0-9])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SEPARATORS = " \t-_.:,|\u2013\u2014"
_TYPE = re.compile(r"(?P<type>trailer|bonus)(?![^\W_])", re.IGNORECASE)
_TITLE_SEPARATOR = r"\s*[:.\-\u2013\u2014|]"
# The forms of a number at the start of a title, each with the marks that must follow it.
_TITLE_NUMBER = re.compile(
    rf"""
    \s*
    (?: (?:episode|episodio|ep|e)\.?\s*[#]?0*(?P<named>[0-9]{{1,3}}) {_TITLE_SEPARATOR}(?![0-9])
      | s[0-9]{{1,4}}[\s:.\-]*(?:episode|ep|e)\.?\s*0*(?P<coded>[0-9]{{1,3}}) (?:{_TITLE_SEPARATOR}(?![0-9])|\s)
      | [#]0*(?P<hash>[0-9]{{1,3}}) (?![.,]?[^\W_]) (?:{_TITLE_SEPARATOR})?
      | 0*(?P<bare>[0-9]{{1,3}}) {_TITLE_SEPARATOR}\s
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SYSTEM_FILE = re.compile(
    r"""
    \.ds_store | \._.* | \.appledouble | \.spotlight-v100 | \.trashes | \.fseventsd | \.directory | \.~lock\..*
    | icon[\r\uf00d] | desktop\.ini | (?:eh)?thumbs\.db | ~\$.* | ~wr[a-z][0-9]+\.tmp
    | \$recycle\.bin | system\ volume\ information | __macosx | @eadir | lost\+found
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderName:
    """The parts of an episode folder's name.

    `order` is a sort key: season (1 if the name has no season), number, then the name in natural order (`2` before
    `10`). Folders without a number come last.
    """

    number: int | None
    season: int | None
    type: EpisodeType
    title: str
    order: tuple[object, ...]
    prefix: int | None = None
    """The number at the start of the name. For a trailer or bonus it only affects the order."""
    number_refused: str | None = None
    """Why the digits at the start are not used as a number."""


def parse_folder_name(name: str) -> FolderName:
    """Parse an episode folder's name, such as `05-planning-time`, `s1e05 Planning`, `00-trailer` or `bonus`."""
    name = unicodedata.normalize("NFC", name)
    date = _find_date(name)
    match = None if date else _NUMBER.match(name)
    prefix = int(match["number"]) if match else None
    season = int(match["season"] or 0) or None if match else None
    rest = name[match.end() :].lstrip(_SEPARATORS) if match else name
    kind = _parse_type(rest, is_whole_name=match is None)
    return FolderName(
        prefix=prefix or None,
        number=(prefix or None) if kind is EpisodeType.FULL else None,
        season=season,
        type=kind,
        title=_make_title(rest, name),
        order=(season or 1, prefix is None, prefix or 0, _make_natural_key(name), name),
        number_refused=f"“{date}” looks like a date" if date else None,
    )


def clean_title(title: str, number: int | None) -> str:
    """Remove `Episode 5:`, `Ep. 5 -`, `#5`, `05.`, `S1E5:` … from the start of a title if it repeats the number."""
    match = _TITLE_NUMBER.match(title)
    if match is None or number is None:
        return title
    rest = title[match.end() :].strip()
    # Only one group of the pattern matches.
    title_number = int(match[match.lastgroup or 0])
    return rest if title_number == number and rest else title


def renumber_folder_name(name: str, number: int) -> str | None:
    """Replace the number or date at the start of a folder's name with this number.

    Return None if `parse_folder_name` would not read the new name as that number.
    """
    name = unicodedata.normalize("NFC", name)
    season = parse_folder_name(name).season
    while match := _DATE.match(name) or _NUMBER.match(name):
        name = name[match.end() :].lstrip(_SEPARATORS)
    number_part = f"s{season}e{number:02}" if season else f"{number:02}"
    renamed = f"{number_part}-{name}" if name else number_part
    return renamed if parse_folder_name(renamed).number == number else None


def is_system_file(name: str) -> bool:
    """Return whether a name is that of a file or folder of an operating system, such as `.DS_Store`."""
    return _SYSTEM_FILE.fullmatch(name) is not None


def is_hidden(name: str) -> bool:
    """Return whether podcastkit must ignore a file or folder, because its name begins with `.` or `_`."""
    return name.startswith((".", "_"))


def _find_date(name: str) -> str | None:
    """Return the date at the start of a name or after its first number, where the episode number should be."""
    candidates = [name]
    if number := _NUMBER.match(name):
        candidates += [name[max(0, number.end("word")) :], name[number.end() :].lstrip(_SEPARATORS)]
    for candidate in candidates:
        if date := _DATE.match(candidate):
            return date.group()
    return None


def _parse_type(rest: str, *, is_whole_name: bool) -> EpisodeType:
    match = _TYPE.fullmatch(rest) if is_whole_name else _TYPE.match(rest)
    return EpisodeType(match["type"].lower()) if match else EpisodeType.FULL


def _make_title(rest: str, name: str) -> str:
    words = rest if " " in name else re.sub("[-_]+", " ", rest)
    title = clean_line(words) or clean_line(name) or ""
    return title[:1].upper() + title[1:]


def _make_natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `2` before `10`, and digits before letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)
