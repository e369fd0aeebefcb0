"""Editions whose texts are as awkward as XML allows."""

from __future__ import annotations

from dataclasses import replace

from podcastkit.model import Edition, Episode, Funding, Item, Owner, Person, Show, Text, Txt

AWKWARD = "\t  AT&amp;T  <b>meets</b>\u2028Zoe\u0308 & שלום <!-- 👩🏽\u200d🏫 --> ]]> \x85 “é”\ufeff \n"
NUMBER = "1984"


def awkward(edition: Edition) -> Edition:
    """Return the edition with an awkward text wherever one may stand; its last item is titled by a number."""
    last = edition.items[-1]
    assert isinstance(last, Item)
    items = [
        replace(item, episode=_awkward_episode(item.episode, AWKWARD))
        for item in edition.items
        if isinstance(item, Item)
    ]
    items[-1] = replace(
        last, episode=replace(last.episode, title=NUMBER, notes=Text(html="A year.", plain="A year."))
    )
    return replace(edition, show=_awkward_show(edition.show), items=tuple(items))


def _awkward_show(show: Show) -> Show:
    return replace(
        show,
        title=AWKWARD,
        author=AWKWARD,
        description=Text(html=AWKWARD, plain=AWKWARD),
        copyright=AWKWARD,
        owner=Owner(name=AWKWARD, email="office@example.org"),
        txt=(Txt(value=AWKWARD),),
        funding=(Funding(url="https://example.org/support", text=AWKWARD),),
        people=(Person(name=AWKWARD),),
        explicit=True,
        season_name=AWKWARD,
    )


def _awkward_episode(episode: Episode, text: str) -> Episode:
    return replace(
        episode,
        title=text,
        notes=Text(html=text, plain=text),
        summary=text,
        people=(Person(name=text),),
        txt=(Txt(value=text),),
        number_display=text,
    )
