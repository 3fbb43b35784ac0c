"""Reading text: what goes wrong is told with its place, what goes right comes back."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, strategies as st

from undertow.errors import DataError
from undertow.tasks.text.reading import Corpus, Vocabulary, cut, load_corpus


@given(st.text(min_size=1))
def test_characters_come_back(text):
    vocabulary = Vocabulary.of(text)
    ids = vocabulary.encode(text, "here")
    assert vocabulary.decode(ids.tolist()) == text
    assert ids.max() < len(vocabulary) == len(set(text))


@given(st.binary(min_size=1))
def test_bytes_come_back(raw):
    vocabulary = Vocabulary("")
    assert bytes(vocabulary.encode(raw, "here").tolist()) == raw
    assert len(vocabulary) == 256


def test_unknown_characters_are_told_with_their_place():
    vocabulary = Vocabulary.of("abc\n")
    with pytest.raises(
        DataError, match=r"the prompt has 'x' \(line 2, column 3\), which .* \(2 such characters in all\)"
    ):
        vocabulary.encode("abc\nabxy", "the prompt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"f\.txt is empty"),
        (b"some\0thing", r"is a binary file \(.*zero byte at offset 4\); --bytes reads it"),
        ("caf\u00e9\nna\u00efve".encode("latin-1"), r"is not UTF-8 text \(line 1, byte 3\).*--bytes"),
    ],
)
def test_files_that_are_not_text(tmp_path, content, message):
    file = tmp_path / "f.txt"
    file.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_corpus(file, as_bytes=False)
    if content:
        assert len(load_corpus(file, as_bytes=True).ids) == len(content)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*gone\.txt"):
        load_corpus(tmp_path / "gone.txt", as_bytes=False)
    with pytest.raises(DataError, match="Is a directory"):
        load_corpus(tmp_path, as_bytes=False)


def test_line_ends_of_windows(tmp_path):
    file = tmp_path / "f.txt"
    file.write_bytes(b"one\r\ntwo\r\n")
    corpus = load_corpus(file, as_bytes=False)
    assert corpus.vocabulary.decode(corpus.ids.tolist()) == "one\ntwo\n"


@given(st.integers(1, 500), st.floats(0, 0.5), st.floats(0, 0.4))
def test_parts_are_the_text_in_order(length, held_out, validation):
    whole = Corpus(torch.arange(length), Vocabulary("a"), "", Path("whole.txt"))
    parts = cut(whole, held_out, validation)
    assert torch.equal(torch.cat(list(parts.values())), whole.ids)
    assert abs(len(parts["held_out"]) - held_out * length) <= 1
    assert abs(len(parts["validation"]) - validation * length) <= 1


# ---- pieces


POEM = "Nous avons créé les cieux — et la terre.\n" * 40 + "Zut alors, ÿ!\n" * 10


@pytest.fixture
def in_pieces(tmp_path):
    file = tmp_path / "poem.txt"
    file.write_text(POEM, encoding="utf-8")
    return load_corpus(file, as_bytes=False, pieces=300, shares=(0.05, 0.1))


def test_pieces_are_learned_from_the_training_part_and_end_with_it(in_pieces):
    vocabulary = in_pieces.vocabulary
    parts = cut(in_pieces, 0.05, 0.1)
    texts = [vocabulary.decode(part.tolist()) for part in parts.values()]
    assert "".join(texts) == POEM
    assert [len(text) for text in texts] == [round(0.85 * len(POEM)), round(0.95 * len(POEM)) - round(0.85 * len(POEM)),
                                             len(POEM) - round(0.95 * len(POEM))]  # fmt: skip
    assert "Ġcieux" in vocabulary.pairs.symbols
    assert not any("Zut" in symbol for symbol in vocabulary.pairs.symbols)
    assert len(in_pieces.ids) < len(POEM) / 3


def test_pieces_count_for_the_characters_that_begin_in_them(in_pieces):
    vocabulary = in_pieces.vocabulary
    assert vocabulary.length(in_pieces.ids) == len(POEM)
    for text in ("é", "—", "créé", "ab\n", "日本"):
        assert vocabulary.length(vocabulary.encode(text, "here")) == len(text)
    assert 256 < len(vocabulary) <= 300
    assert (vocabulary.unit, vocabulary.is_bytes) == ("char", False)
