"""The roles and groups of the Podcast Taxonomy, with which apps credit people."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# https://github.com/Podcastindex-org/podcast-namespace/blob/main/taxonomy-en.json, of 2026-02-26
ROLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Creative Direction": (
            "Director",
            "Assistant Director",
            "Executive Producer",
            "Senior Producer",
            "Producer",
            "Associate Producer",
            "Development Producer",
            "Creative Director",
        ),
        "Cast": ("Host", "Co-Host", "Guest Host", "Guest", "Voice Actor", "Narrator", "Announcer", "Reporter"),
        "Writing": (
            "Author",
            "Editorial Director",
            "Co-Writer",
            "Writer",
            "Songwriter",
            "Guest Writer",
            "Story Editor",
            "Managing Editor",
            "Script Editor",
            "Script Coordinator",
            "Researcher",
            "Editor",
            "Fact Checker",
            "Translator",
            "Transcriber",
            "Logger",
        ),
        "Audio Production": (
            "Studio Coordinator",
            "Technical Director",
            "Technical Manager",
            "Audio Engineer",
            "Remote Recording Engineer",
            "Post Production Engineer",
        ),
        "Audio Post-Production": (
            "Audio Editor",
            "Sound Designer",
            "Foley Artist",
            "Composer",
            "Theme Music",
            "Music Production",
            "Music Contributor",
        ),
        "Administration": (
            "Production Coordinator",
            "Booking Coordinator",
            "Production Assistant",
            "Content Manager",
            "Marketing Manager",
            "Sales Representative",
            "Sales Manager",
        ),
        "Visuals": ("Graphic Designer", "Cover Art Designer"),
        "Community": ("Social Media Manager",),
        "Misc.": ("Consultant", "Intern"),
        "Video Production": ("Camera Operator", "Lighting Designer", "Camera Grip", "Assistant Camera"),
        "Video Post-Production": ("Editor", "Assistant Editor"),
    }
)
"""The roles of each group, as the taxonomy spells them."""


# Other names for these roles, which are too different for a spelling suggestion.
_OTHER_NAMES = MappingProxyType(
    {
        "anchor": "host",
        "interviewee": "guest",
        "interviewer": "host",
        "moderator": "host",
        "presenter": "host",
        "sound engineer": "audio engineer",
    }
)


def find_group(role: str) -> str | None:
    """Return the group of a role in lower case, or None if the role is not in exactly one group."""
    groups = _find_groups(role)
    return groups[0].lower() if len(groups) == 1 else None


def find_credit_problem(role: str, group: str | None) -> Problem | None:
    """Check a role and its group, in upper or lower case; return None if both are valid.

    If `group` is None, the role must be in exactly one group.
    """
    groups = _find_groups(role)
    if group is not None and _find_name(group, ROLES) is None:
        message = f"{quote(group)} is not a group of the Podcast Taxonomy"
        return Problem(message, _suggest(group, ROLES, f"the groups are {', '.join(ROLES)}"))
    if not groups:
        roles = [name for names in ROLES.values() for name in names]
        message = f"{quote(role)} is not a role of the Podcast Taxonomy, and apps may not show it"
        return Problem(message, _suggest(role, roles, "podcasttaxonomy.com lists the roles"))
    choices = " or ".join(quote(name) for name in groups)
    if group is None and len(groups) > 1:
        return Problem(
            f"{quote(role)} is a role in {len(groups)} groups, and the group is missing", f"add the group {choices}"
        )
    if group is not None and _find_name(group, groups) is None:
        return Problem(f"{quote(role)} is not a role in the group {quote(group)}", f"the group is {choices}")
    return None


def _find_groups(role: str) -> list[str]:
    return [group for group, roles in ROLES.items() if _find_name(role, roles)]


def _find_name(written: str, names: Iterable[str]) -> str | None:
    return next((name for name in names if name.lower() == written.strip().lower()), None)


def _suggest(written: str, names: Iterable[str], otherwise: str) -> str:
    known = {name.lower(): name for name in names}
    word = written.strip().lower()
    if (other := _OTHER_NAMES.get(word)) in known:
        return f"did you mean {quote(known[other])}?"
    nearest = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {quote(known[nearest[0]])}?" if nearest else otherwise
