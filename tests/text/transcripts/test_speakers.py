from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.speakers import find_speakers, split_speakers

NAMES = [
    "Ana", "ANA", "Dr. Ana Gómez", "Speaker 1", "SPEAKER_00", "Ana de la Cruz", "O’Neill", "张三",
    "محمد", "राहुल", "Host (Ana)",
]  # fmt: skip
NO_NAMES = [
    "note", "the thing is", "One Two Three Four Five", "x" * 50, "At least", "12", "\u201cHello", "This is so: and",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_begins_two_texts_is_a_speaker(name: str) -> None:
    assert find_speakers([f"{name}: Hi", "Yes", f"{name}: Ho"]) == {name}


@pytest.mark.slow
@pytest.mark.parametrize("words", NO_NAMES)
def test_what_no_name_looks_like_is_no_speaker(words: str) -> None:
    assert not find_speakers([f"{words}: Hi", f"{words}: Ho"])


def test_what_comes_once_is_no_speaker() -> None:
    assert not find_speakers(["Note: this was made by a machine", "Welcome", "Warning: loud"])
    assert find_speakers(["Welcome", "Ana: Hi", "Note: loud", "Ana: Ho"]) == {"Ana"}


def test_where_speakers_are_marked_from_the_first_text_on_a_guest_may_speak_once() -> None:
    assert find_speakers(["Ana: Hi", "Gillian: Hello", "Ana: Ho"]) == {"Ana", "Gillian"}


@pytest.mark.parametrize("text", ["http://a.example", "10:30 is it", "Ana:Hi", "Ana", ": Hi", ""])
def test_a_colon_alone_makes_no_speaker(text: str) -> None:
    assert not find_speakers([text, text])


def test_a_text_is_split_where_another_speaks() -> None:
    names = frozenset({"Ana", "张三"})
    text = "and so\nAna: Hi\nthere\n张三\uff1a你好\nTom: no speaker\nAna:"
    assert list(split_speakers(text, names)) == [
        (None, "and so"),
        ("Ana", "Hi\nthere"),
        ("张三", "你好\nTom: no speaker"),
    ]


@given(st.lists(st.lists(st.text(alphabet="Ana: Tom\u4f60\uff1a\u00e9"), min_size=1)))
def test_no_word_is_lost(texts: list[list[str]]) -> None:
    written = ["\n".join(f"{line}x" for line in lines) for lines in texts]
    names = find_speakers(written)
    for text in written:
        kept = "".join((speaker or "") + words for speaker, words in split_speakers(text, names))
        assert letters(kept) == letters(text)


def letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())
