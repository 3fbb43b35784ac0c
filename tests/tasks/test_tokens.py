"""Tokens: what is cut comes back, vocabularies are of their text alone, files are read or refused."""

import json

import pytest
from hypothesis import given, settings, strategies as st

from undertow.errors import DataError, OptionError, RunError
from undertow.tasks.tokens import END, KINDS, PAD, START, UNKNOWN, Tokens

TEXTS = ["Au commencement, Dieu créa les cieux.", "d'avec les ténèbres;", "«Oui!» (dit-il): 3 000 fois..."]

readable = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\uffed\ufffd"), max_size=40)


def spaced(text):
    return " ".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS)
def test_known_text_comes_back(kind, text):
    tokens = Tokens.learn(kind, TEXTS, size=300)
    numbers = tokens.encode(text)
    assert UNKNOWN not in numbers
    assert min(numbers) > END
    assert tokens.decode([START, *numbers, END, *numbers, PAD]) == text


@settings(deadline=None)
@given(readable)
@pytest.mark.parametrize("kind", ["characters", "words", "symbols"])
def test_any_text_comes_back_but_for_white_space(kind, text):
    text = spaced(text)
    assert Tokens(kind, ()).join(Tokens(kind, ()).pieces(text)) == text


@pytest.fixture(scope="module")
def pairs():
    return Tokens.learn("bpe", TEXTS, size=300)


@settings(deadline=None)
@given(text=readable)
def test_byte_pairs_write_any_text_without_unknowns(pairs, text):
    numbers = pairs.encode(text)
    assert UNKNOWN not in numbers
    assert pairs.decode(numbers) == text


def test_punctuation_is_a_word_that_knows_its_neighbours():
    cut = [piece.replace("\uffed", "+") for piece in Tokens("words", ()).pieces("l'eau, (dit-il): «3.5» !")]
    assert cut == ["l", "+'+", "eau", "+,", "(+", "dit", "+-+", "il", "+)", "+:", "«+", "3", "+.+", "5", "+»", "!"]


def test_frequent_words_are_pieces_of_their_own(pairs):
    learned = Tokens.learn("bpe", ["terre ciel terre"] * 20, size=300)
    assert learned.pieces("terre ciel") == ["terre", "Ġciel"]
    assert learned.shown(learned.encode("terre ciel")) == ["terre", " ciel"]
    assert len(pairs) <= 300 + 4


def test_rare_tokens_are_unknown():
    tokens = Tokens.learn("words", ["a b", "a c", "a c"], least=2)
    assert tokens.symbols[4:] == ("a", "c")
    assert tokens.encode("b a z") == [UNKNOWN, 4, UNKNOWN]
    assert tokens.decode([UNKNOWN, 4]) == "\ufffd a"


def test_learning_twice_gives_the_same_numbers_whatever_the_order():
    for kind in KINDS:
        assert Tokens.learn(kind, TEXTS, size=280) == Tokens.learn(kind, TEXTS, size=280)
    assert Tokens.learn("words", TEXTS) == Tokens.learn("words", TEXTS[::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_to_a_file_and_back(kind):
    tokens = Tokens.learn(kind, TEXTS, size=280)
    again = Tokens.from_plain(json.loads(json.dumps(tokens.plain())))
    assert again == tokens
    assert again.encode("Dieu créa l'eau") == tokens.encode("Dieu créa l'eau")


def test_what_is_shown_has_a_word_a_number():
    tokens = Tokens.learn("words", ["l'eau"])
    numbers = [*tokens.encode("l'eau"), UNKNOWN, END]
    assert tokens.shown(numbers) == ["l", "'", "eau", "\ufffd", "end"]


def test_errors():
    with pytest.raises(OptionError, match="no tokens 'letters'"):
        Tokens.learn("letters", TEXTS)
    with pytest.raises(DataError, match="occurs 9 times"):
        Tokens.learn("words", TEXTS, least=9)
    with pytest.raises(OptionError, match="at least the 256 bytes"):
        Tokens.learn("bpe", TEXTS, size=100)
    with pytest.raises(RunError, match="cannot be read"):
        Tokens.from_plain({"kind": "words"})
    with pytest.raises(RunError, match="not known here"):
        Tokens.from_plain({"kind": "words", "symbols": ["a"]})
    with pytest.raises(RunError, match="byte pairs of this model"):
        Tokens("bpe", (), "{}").pieces("a")


def test_the_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(OptionError, match=r"undertow\[translate\]"):
        Tokens.learn("bpe", TEXTS)
