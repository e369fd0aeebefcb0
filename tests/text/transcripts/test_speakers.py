from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.speakers import find_speakers, split_speakers

NAMES = [
    "Ana", "ANA", "Dr. Ana Gómez", "Speaker 1", "SPEAKER_00", "Ana de la Cruz", "O’Neill", "张三",
    "محمد", "राहुल", "Host (Ana)",
]  # fmt: skip
NOT_NAMES = [
    "note", "the thing is", "One Two Three Four Five", "x" * 50, "At least", "12", "\u201cHello", "This is so: and",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_find_speakers_name_before_two_texts_is_a_speaker(name: str) -> None:
    assert find_speakers([f"{name}: Hi", "Yes", f"{name}: Ho"]) == {name}


@pytest.mark.slow
@pytest.mark.parametrize("words", NOT_NAMES)
def test_find_speakers_words_unlike_a_name_are_ignored(words: str) -> None:
    assert not find_speakers([f"{words}: Hi", f"{words}: Ho"])


FORMS = {
    "pronouns": (["Ana Ruiz (she/her): a", "Ben: b", "Ana Ruiz (she/her): c"], ["Ana Ruiz (she/her)", "Ben"]),
    "numbers": (["Speaker 1: a", "Speaker 2: b", "Speaker 1: c"], ["Speaker 1", "Speaker 2"]),
    "slashes": (["Ana/Host: a", "Ben/Guest: b", "Ana/Host: c"], ["Ana/Host", "Ben/Guest"]),
    "small letters": (["ana: a", "ben: b", "eva: c", "ana: d"], ["ana", "ben", "eva"]),
    "small letters among capitals": (["Ana: a", "Ben: b", "eva: c", "Ana: d"], ["Ana", "Ben", "eva"]),
    "brackets and colons": (["[Ana]: a", "[Ben]: b", "[Ana]: c"], ["Ana", "Ben"]),
    "brackets": (["[Ana] a", "[Ben] b", "[Music]", "[Ana] c"], ["Ana", "Ben"]),
    "brackets of CJK": (["【司会】a", "【田中】b", "（田中）c"], ["司会", "田中"]),  # noqa: RUF001
    "brackets of CJK and colons": (["（司会）：a", "（田中）: b", "（司会）：c"], ["司会", "田中"]),  # noqa: RUF001
    "brackets and names": (["[Ana] a", "Ben: b", "Ana: c"], ["Ana", "Ben"]),
    "numbers in brackets": (["[S_00] a", "[S_01] b", "c", "d", "e", "[S_00] f"], ["S_00", "S_01"]),
    "numbers in brackets with colons": (["[S_00]: a", "[S_01]: b", "[S_00]: c"], ["S_00", "S_01"]),
    "arrows": ([">> ANA: a", ">> BEN: b", ">>ANA: c"], ["ANA", "BEN"]),
    "dashes": (["- Ana: a\n- Ben: b", "- Ana: c"], ["Ana", "Ben"]),
    "a sound before a name": (["(laughs) Ana: a", "Ben: b", "[Music] Ana: c"], ["Ana", "Ben"]),
    "a role": (["Ana [Host]: a", "Ben [Guest]: b", "Ana [Host]: c"], ["Ana [Host]", "Ben [Guest]"]),
    "many words": (["Dr. Ana Maria de la Cruz: a", "Ben: b", "Ben: c"], ["Dr. Ana Maria de la Cruz", "Ben"]),
    "last names first": (["Ruiz, Ana (she/her): a", "Ben: b", "Ben: c"], ["Ruiz, Ana (she/her)", "Ben"]),
    "a late beginning": (["[Music]", "Ana: a", "Ben: b", "Ana: c", "d"], ["Ana", "Ben"]),
    "a guest who speaks once": (["a", "b", "Ana: a", "Ana: b", "Ben: c", "d"], ["Ana", "Ben"]),
    "times after names": (["Ana [00:00:05]: a", "Ben: b", "Ana – 00:09: c"], ["Ana", "Ben"]),
    "times after additions": (
        ["Ana (she/her) (0:05): a", "Ben (0:07): b\nAna (she/her) <1:02:03.5>: c"],
        ["Ana (she/her)", "Ben"],
    ),
    "times before names": (["[00:00:05] Ana: a", "00:07 Ben: b", "(0:09 - 0:12) Ana: c"], ["Ana", "Ben"]),
    "times after colons": (
        ["Speaker 1: (00:03) a", "Speaker 2: [00:05] b", "Speaker 1: c"],
        ["Speaker 1", "Speaker 2"],
    ),
    "times in brackets": (["[Ana 00:05] a", "[Ben 00:07] b", "[Ana 00:09] c"], ["Ana", "Ben"]),
    "two speakers in each text": (["Ana: a\nBen: b", "Ana: c\nBen: d"], ["Ana", "Ben"]),
    "times without a colon": (
        ["Ana Ruiz  0:05\na", "Ben Ode  00:09\nb", "[00:12] Ana Ruiz (0:12)\nc"],
        ["Ana Ruiz", "Ben Ode"],
    ),
    "a speaker named once, later": (["Ana: a.", "Ana: b?\nBen: c"], ["Ana", "Ben"]),
    "a space before the colon": (["Ana\u00a0: a", "Ben\u202f: b", "Ana : c"], ["Ana", "Ben"]),
}
UNMARKED = {
    "words of the language": ["Note: a", "Question: why", "Note: b", "Question: who"],
    "times": ["12:30: a", "12:30: b"],
    "sounds": ["[Music]", "[Laughter] a", "b", "[Music] c", "d", "e", "f"],
    "sounds in brackets of CJK": ["（笑）a", "b", "（拍手）c", "d", "（笑）", "e", "f"],  # noqa: RUF001
    "a speaker without a name": [">> ANA: a", ">> b", ">> ANA: c"],
    "speakers named once": ["Ana: a", "Ben: b"],
    "verses": ["John 3:16\na", "b", "John 3:17\nc", "d"],
    "rare names": [*"abcdefgh", "Berlin: i", *"jklm", "Berlin: n", *"opq"],
}


@pytest.mark.parametrize(("texts", "names"), FORMS.values(), ids=FORMS)
def test_find_speakers_finds_all_forms(texts: list[str], names: list[str]) -> None:
    found = find_speakers(texts)
    assert found == {*names}
    parts = [part for text in texts for part in split_speakers(text, found)]
    assert {speaker for speaker, _ in parts} - {None} == {*names}
    assert not any(":" in words or words.strip() in names for _, words in parts)


@pytest.mark.parametrize("texts", UNMARKED.values(), ids=UNMARKED)
def test_find_speakers_unmarked_texts_return_nothing(texts: list[str]) -> None:
    assert find_speakers(texts) == frozenset()


def test_find_speakers_common_word_before_a_colon_is_ignored() -> None:
    names = find_speakers(["Ana: a", "Question: why", "Ben: b", "So: what", "Ana: c", "so: d", "so: e"])
    assert names == {"Ana", "Ben"}


def test_split_speakers_keeps_spoken_times() -> None:
    parts = [*split_speakers("Ana: 12:30 is late\n12:30: we left", frozenset({"Ana"}))]
    assert parts == [("Ana", "12:30 is late\n12:30: we left")]


def test_find_speakers_word_that_appears_once_is_ignored() -> None:
    assert not find_speakers(["Note: this was made by a machine", "Welcome", "Warning: loud"])
    assert find_speakers(["Welcome", "Ana: Hi", "Note: loud", "Ana: Ho"]) == {"Ana"}


def test_find_speakers_words_inside_a_sentence_are_ignored() -> None:
    assert find_speakers(["Ana: he said\nTomorrow Night: never", "Ana: b"]) == {"Ana"}


def test_find_speakers_guest_may_speak_once_if_names_begin_early() -> None:
    assert find_speakers(["Ana: Hi", "Gillian: Hello", "Ana: Ho"]) == {"Ana", "Gillian"}


@pytest.mark.parametrize("text", ["http://a.example", "10:30 is it", "Ana:Hi", "Ana", ": Hi", ""])
def test_find_speakers_colon_without_a_name_is_ignored(text: str) -> None:
    assert not find_speakers([text, text])


def test_split_speakers_splits_at_known_names() -> None:
    names = frozenset({"Ana", "张三"})
    text = "and so\nAna: Hi\nthere\n张三\uff1a你好\nTom: no speaker\nAna:"
    assert list(split_speakers(text, names)) == [
        (None, "and so"),
        ("Ana", "Hi\nthere"),
        ("张三", "你好\nTom: no speaker"),
    ]


@given(st.lists(st.lists(st.text(alphabet="Ana: Tom\u4f60\uff1a\u00e9"), min_size=1)))
def test_split_speakers_keeps_every_word(texts: list[list[str]]) -> None:
    written = ["\n".join(f"{line}x" for line in lines) for lines in texts]
    names = find_speakers(written)
    for text in written:
        kept = "".join((speaker or "") + words for speaker, words in split_speakers(text, names))
        assert keep_letters(kept) == keep_letters(text)


def keep_letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())
