from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.credits import ROLES, find_credit_problem, find_group

PAIRS = [(group, role) for group, roles in ROLES.items() for role in roles]


def test_taxonomy_is_complete() -> None:
    assert len(ROLES) == 11
    assert len(PAIRS) == len(set(PAIRS)) == 63


@pytest.mark.parametrize(("group", "role"), PAIRS, ids=[f"{group}: {role}" for group, role in PAIRS])
def test_every_role_is_known_in_its_group_in_any_case(group: str, role: str) -> None:
    for change_case in (str, str.lower, str.upper):
        assert find_credit_problem(change_case(role), change_case(group)) is None
        assert find_group(change_case(role)) == (None if role == "Editor" else group.lower())


@pytest.mark.parametrize(
    ("role", "group", "message", "hint"),
    [
        ("editor", None, '"editor" is a role in 2 groups', 'group "Writing" or "Video Post-Production"'),
        ("Editor", "Cast", '"Editor" is not a role in the group "Cast"', 'group is "Writing" or "Video'),
        ("host", "Visuals", '"host" is not a role in the group "Visuals"', 'the group is "Cast"'),
        ("hots", None, '"hots" is not a role of the Podcast Taxonomy', 'did you mean "Host"?'),
        ("Presenter", None, '"Presenter" is not a role of the Podcast Taxonomy', 'did you mean "Host"?'),
        ("moderadora", None, '"moderadora" is not a role', "podcasttaxonomy.com"),
        ("host", "casts", '"casts" is not a group of the Podcast Taxonomy', 'did you mean "Cast"?'),
        ("host", "xyz", '"xyz" is not a group', "the groups are Creative Direction, Cast,"),
    ],
)
def test_invalid_credit_suggests_a_fix(role: str, group: str | None, message: str, hint: str) -> None:
    problem = find_credit_problem(role, group)
    assert problem
    assert message in problem.message
    assert hint in problem.hint


@given(st.text(), st.none() | st.text())
def test_any_credit_is_valid_or_a_printable_problem(role: str, group: str | None) -> None:
    problem = find_credit_problem(role, group)
    if problem is None:
        assert find_group(role) or group is not None
    else:
        assert problem.message.isprintable()
        assert problem.hint
