"""Test which names are several people, and which only look like it."""

from __future__ import annotations

import pytest

from podcastkit.checks import check_show
from podcastkit.model import Person
from tests.values import make_episode, make_show, messages


@pytest.mark.parametrize(
    "name",
    [
        "Ana Ruiz, Ben Ode",
        "Ana Ruiz and Ben Ode",
        "Ana Ruiz & Ben Ode",
        "Ana Ruiz y Luz de la Cruz",
        "Ana Ruiz; Ben Ode",
    ],
)
def test_two_full_names_are_reported(name: str) -> None:
    assert len(messages(make_show(make_episode(people=(Person(name=name),), number=1)), "E116")) == 1
    assert len(messages(make_show(people=(Person(name=name),)), "S135")) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Ana Ruiz",
        "Martin Luther King, Jr.",
        "Ana Ruiz, PhD",
        "Ruiz, Ana",
        "Hall & Oates",
        "Tegan and Sara",
        "Florence and the Machine",
        "Ministry of Health and Human Services",
        "José Ortega y Gasset",
        "Alexander Yandel",
        "harbour radio and night shift",
        "Ana Ruiz,",
        "&",
    ],
)
def test_name_of_one_person_or_band_is_not_reported(name: str) -> None:
    show = make_show(make_episode(people=(Person(name=name),), number=1), people=(Person(name=name),))
    assert messages(show, "E116") + messages(show, "S135") == []


def test_several_names_hint_contains_a_list_to_copy() -> None:
    names = (Person(name="Ana Ruiz, Ben Ode, and Cy Dee"),)
    (finding,) = [one for one in check_show(make_show(people=names)).findings if one.code == "S135"]
    assert "but contains 3 names" in finding.message
    assert finding.hint == 'write a list: people = ["Ana Ruiz", "Ben Ode", "Cy Dee"]'
    (finding,) = [
        one for one in check_show(make_show(make_episode(people=names, number=1))).findings if one.code == "E116"
    ]
    assert finding.hint == "write a list: people: [Ana Ruiz, Ben Ode, Cy Dee]"


def test_employer_after_a_comma_is_mentioned_in_the_hint() -> None:
    names = (Person(name="Ana Ruiz, Teach Plus"),)
    (finding,) = [
        one for one in check_show(make_show(make_episode(people=names, number=1))).findings if one.code == "E116"
    ]
    assert (
        finding.hint
        == "write a list: people: [Ana Ruiz, Teach Plus]; if Teach Plus is not a person, write only Ana Ruiz"
    )


def test_people_of_the_show_are_not_reported_for_episodes() -> None:
    names = (Person(name="Ana Ruiz and Ben Ode"),)
    assert messages(make_show(make_episode(people=names, number=1), people=names), "E116") == []
