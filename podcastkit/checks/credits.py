"""Rules about who is credited: S135 and E116. Roles and groups are judged where they are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.model import Episode, Show

_BETWEEN = re.compile(r"\s*[,;]\s*(?:and\s+|y\s+|&\s*)?|\s+(?:and|y|&)\s+")
_PARTICLES = frozenset(
    ("al", "bin", "da", "das", "de", "del", "der", "di", "dos", "du", "la", "las", "le", "van", "von")
)
_NAMES = range(2, 5)
_PAIR = 2


@show_rule("S135", Severity.WARNING, at="people")
@episode_rule("E116", Severity.WARNING, at="people")
def people_are_listed_one_by_one(subject: Show | Episode, show: Show) -> Iterator[Found]:
    """Several people{{ of the show|}} are written as one, as in “Ana Ruiz and Ben Ode”.

    Apps show them as one person of that name, and who looks for one of them finds nothing.

    **Solution**: {{a name for each:|a list: `people: [Ana Ruiz, Ben Ode]`, in show.toml}}
    `people = ["Ana Ruiz", "Ben Ode"]`. What somebody does is a `role`, not a part of the name.

    Source: Podcast namespace, `person`: one tag for each person.
    """
    form, between = ('people = ["{}"]', '", "') if subject is show else ("people: [{}]", ", ")
    for person in subject.people:
        if subject is not show and person in show.people:
            continue
        names = [name for name in _BETWEEN.split(person.name) if name]
        if len(names) > 1 and all(map(_looks_like_a_name, names)):
            yield Found(
                message=f"“{person.name}” is credited as one person, and these are {len(names)}",
                hint=f"write a list: {form.format(between.join(names))}{_doubt(person.name, names)}",
            )


def _doubt(written: str, names: Sequence[str]) -> str:
    # "Ana Ruiz, Teach Plus" tells for whom she works as often as it names two people.
    is_in_doubt = len(names) == len(written.split(",")) == _PAIR
    return f"; if {names[1]} is no person, {names[0]} alone" if is_in_doubt else ""


def _looks_like_a_name(text: str) -> bool:
    """Tell whether it is two to four words with capitals, unlike what stands behind a name (Jr., PhD)."""
    words = text.split()
    names = [word for word in words if word.lower() not in _PARTICLES]
    return len(names) in _NAMES and words[0] in names and all(word[0].isupper() for word in names)
