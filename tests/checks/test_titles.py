"""Test the rules about titles: numbers, seasons, lengths and HTML entities."""

from __future__ import annotations

from datetime import timedelta

import pytest

from podcastkit.checks import check_show
from podcastkit.model import Chapter, EpisodeType, Funding, Person, Place, ShowType
from podcastkit.text.folder_name import clean_title
from tests.values import make_episode, make_show, messages

REPEATED_NUMBER = [
    "Episode 5",
    "Ep5",
    "Planning (Episode 5)",
    "Planning [Ep. 05]",
    "Planning – Ep 5",
    "Planning, episode 5",
    "Planning in episode 5",
    "Planning #5",
    "#5",
    "S1E5 at last",
    "Planning (s01 e05)",
    "Season 1, Episode 5: Planning",
    "Planning, part 5 of 8",
    "Planificar, parte 5 de 8",
    "Planning (5/8)",
    "Episodio 5 – Planear",
]
ANOTHER_NUMBER = [
    "Ep. 6 – Planning",
    "Episode 6: Planning",
    "Planning (Episode 6)",
    "Planning | Ep 6",
    "S2E6 Planning",
    "Season 1 Episode 6: Planning",
    "Episode 6",
]
UNRELATED_NUMBER = [
    "Planning",
    "Planning time, part 2",
    "The strike, part 1 of 2",
    "Star Wars: Episode 4",
    "What Episode 4 taught us",
    "Episode 6 begins",
    "Episode 5.5: Half",
    "1984",
    "5 lessons from a pilot",
    "#50 on the list",
    "We are #1",
    "Step 5",
    "Stephen 5:16",
    "E3: the fair",
    "Class of 1996 (part 5)",
    "5/8 time",
    "",
]


@pytest.mark.parametrize("title", REPEATED_NUMBER)
def test_repeated_number_in_a_title_is_reported(title: str) -> None:
    show = make_show(make_episode(title=clean_title(title, 5), number=5), total_episodes=8)
    (message,) = messages(show, "E114") or ["repeats the number"] * (clean_title(title, 5) != title)
    assert "repeats the number" in message


@pytest.mark.parametrize("title", ANOTHER_NUMBER)
def test_another_number_in_a_title_is_reported(title: str) -> None:
    (message,) = messages(make_show(make_episode(title=clean_title(title, 5), number=5)), "E114")
    assert message.endswith("but the episode has number 5")


@pytest.mark.parametrize("title", UNRELATED_NUMBER)
def test_unrelated_numbers_in_a_title_are_not_reported(title: str) -> None:
    assert messages(make_show(make_episode(title=title, number=5), total_episodes=8), "E114") == []


def test_title_number_of_an_episode_without_number_is_reported() -> None:
    episodic = make_show(make_episode(title="Episode 5: Planning", number=None), type=ShowType.EPISODIC)
    assert messages(episodic, "E114") == [
        "the title contains a number (“Episode 5”), but the episode has no number"
    ]


@pytest.mark.parametrize("kind", [EpisodeType.BONUS, EpisodeType.TRAILER])
def test_bonus_or_trailer_may_have_a_number_in_its_title(kind: EpisodeType) -> None:
    assert messages(make_show(make_episode(title="Outtakes (Episode 5)", type=kind, number=None)), "E114") == []


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Night Shift, Season 2", True),
        ("Night Shift: season one", True),
        ("Turno de noche, temporada 2", True),
        ("Night Shift (S2)", True),
        ("A Season in Hell", False),
        ("Season Tickets", False),
        ("Seasons 4 Growing", False),
        ("Four Seasons", False),
        ("The S2 Line", False),
    ],
)
def test_season_in_the_title_of_the_show_is_reported(title: str, found: bool) -> None:
    assert bool(messages(make_show(title=title), "S114")) is found


@pytest.mark.parametrize(("length", "found"), [(150, False), (151, True), (255, True), (256, False)])
def test_title_is_too_long_for_apple_or_for_all_directories(length: int, found: bool) -> None:
    show = make_show(make_episode(title="x" * length, number=1), title="x" * length)
    assert [bool(messages(show, code)) for code in ("S118", "E115")] == [found, found]
    assert bool(messages(show, "E107")) is (length > 255)


@pytest.mark.parametrize(
    ("title", "right"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom &amp;amp;amp; Jerry", "Tom & Jerry"),
        ("Tom &#38;amp;lt; Jerry", "Tom < Jerry"),
        ("It&#8217;s &#x41;", "It’s A"),
        ("Caf&eacute;&nbsp;&hearts;", "Café ♥"),
    ],
)
def test_hint_decodes_html_entities_in_a_title(title: str, right: str) -> None:
    (found,) = (one for one in check_show(make_show(make_episode(title=title))).findings if one.code == "E146")
    assert found.hint == f'write "{right}"'


@pytest.mark.parametrize("title", ["Tom & Jerry; AT&T;", "a&b;", "&unknown; &#0", "R&D"])
def test_ampersand_in_a_title_is_not_an_entity(title: str) -> None:
    assert "E146" not in [one.code for one in check_show(make_show(make_episode(title=title))).findings]


def test_entities_are_found_in_names_and_chapters() -> None:
    host, guest = Person(name="A &lt; B"), Person(name="C &gt; D")
    chapters = (Chapter(start=timedelta(), title="E &quot;"),)
    show = make_show(
        make_episode(people=(host, guest), chapters=chapters, summary="F&apos;s"),
        people=(host,),
        copyright="G &amp; H",
        funding=(Funding(url="https://example.org", text="I &amp; J"),),
        places=(Place(name="K &amp; L"),),
    )
    found = [one.code for one in check_show(show).findings if one.code in {"E146", "S146"}]
    assert sorted(found) == ["E146", "E146", "E146", "S146", "S146", "S146", "S146"]
