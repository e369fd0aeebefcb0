"""Rules about credits: S135 and E116. The readers of people check roles and groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Episode, Show

_SEPARATOR = re.compile(r"\s*[,;]\s*(?:and\s+|y\s+|&\s*)?|\s+(?:and|y|&)\s+")
"""A comma, a semicolon or "and" between two names, in English and Spanish."""
_PARTICLES = frozenset(
    ("al", "bin", "da", "das", "de", "del", "der", "di", "dos", "du", "la", "las", "le", "van", "von")
)
"""The lower-case words in names, as in "de la Cruz"."""
_NAME_WORD_COUNTS = range(2, 5)
_PAIR = 2


@show_rule("S135", Severity.WARNING, at="people")
@episode_rule("E116", Severity.WARNING, at="people")
def check_names_are_separate(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """Several people{{ of the show|}} are written as one name, such as “Ana Ruiz and Ben Ode”.

    Apps show them as one person, and listeners who search for one of them find nothing.

    **Solution**: write a list: {{|`people: [Ana Ruiz, Ben Ode]`, or in show.toml}}
    `people = ["Ana Ruiz", "Ben Ode"]`. Write what a person does as the `role`, not in the name.

    Source: Podcast namespace, `person`: one tag for each person.
    """
    list_format, separator = ('people = ["{}"]', '", "') if subject is show else ("people: [{}]", ", ")
    for person in subject.people:
        # S135 reports the people of the show once.
        if subject is not show and person in show.people:
            continue
        names = [name for name in _SEPARATOR.split(person.name) if name]
        if len(names) > 1 and all(map(_is_full_name, names)):
            people = list_format.format(separator.join(names))
            yield Found(
                message=f"“{person.name}” is credited as one person, but contains {len(names)} names",
                hint=f"write a list: {people}{_suggest_single_name(person.name, names)}",
            )


def _suggest_single_name(credit: str, names: Sequence[str]) -> str:
    # Two names with a comma between them, as in "Ana Ruiz, Teach Plus", may be a person and her employer.
    may_be_one_person = len(names) == len(credit.split(",")) == _PAIR
    return f"; if {names[1]} is not a person, write only {names[0]}" if may_be_one_person else ""


def _is_full_name(text: str) -> bool:
    """Check for two to four capitalized words, without particles. A suffix such as Jr. or PhD is a single word."""
    words = text.split()
    names = [word for word in words if word.lower() not in _PARTICLES]
    return len(names) in _NAME_WORD_COUNTS and words[0] in names and all(word[0].isupper() for word in names)
