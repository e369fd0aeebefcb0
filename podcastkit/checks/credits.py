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
_PARTICLES = frozenset(
    ("al", "bin", "da", "das", "de", "del", "der", "di", "dos", "du", "la", "las", "le", "van", "von")
)
_WORDS_OF_A_NAME = range(2, 5)
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
    form, separator = ('people = ["{}"]', '", "') if subject is show else ("people: [{}]", ", ")
    for person in subject.people:
        # S135 reports the people of the show once.
        if subject is not show and person in show.people:
            continue
        names = [name for name in _SEPARATOR.split(person.name) if name]
        if len(names) > 1 and all(map(_is_full_name, names)):
            yield Found(
                message=f"“{person.name}” is credited as one person, but contains {len(names)} names",
                hint=f"write a list: {form.format(separator.join(names))}{_format_doubt(person.name, names)}",
            )


def _format_doubt(written: str, names: Sequence[str]) -> str:
    # "Ana Ruiz, Teach Plus" may be a person and her employer, not two people.
    is_in_doubt = len(names) == len(written.split(",")) == _PAIR
    return f"; if {names[1]} is not a person, write only {names[0]}" if is_in_doubt else ""


def _is_full_name(text: str) -> bool:
    """Check for two to four words with capitals, which a suffix such as Jr. or PhD does not have."""
    words = text.split()
    names = [word for word in words if word.lower() not in _PARTICLES]
    return len(names) in _WORDS_OF_A_NAME and words[0] in names and all(word[0].isupper() for word in names)
