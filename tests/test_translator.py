"""``undertow.Translator``: from lists and tables, kept and loaded, and what it refuses."""

import pickle

import polars as pl
import pytest

import undertow
from translating import pairs
from undertow.errors import DataError, OptionError

SMALL = dict(
    source_tokens="characters", target_tokens="symbols", steps=60, hidden=16, embedding=8, batch=16, longest=20,
    learning_rate=0.02, seed=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def sides():
    frame = pairs(80, longest=5)
    return frame["word"].to_list(), frame["turned"].to_list()


@pytest.fixture(scope="module")
def fitted(sides):
    return undertow.Translator(**SMALL).fit(*sides)


def test_a_table_and_lists_are_the_same_pairs(fitted, sides):
    frame = pairs(80, longest=5)
    again = undertow.Translator(**SMALL).fit(frame)
    assert again.predict(sides[0]) == fitted.predict(sides[0])
    assert again.predict(frame) == fitted.predict(sides[0])


def test_predictions_are_in_order_with_the_best_first(fitted, sides):
    words = sides[0][:20]
    told = fitted.predict(words)
    assert told[7] == fitted.predict([words[7]])[0]
    best = fitted.predict_best(words, 3)
    assert [found[0][0] for found in best] == told
    assert all(len(found) == 3 and found[0][1] >= found[1][1] >= found[2][1] for found in best)
    assert [len(found) for found in fitted.predict_best(words, 1)] == [1] * 20


def test_it_has_learned_something_and_its_score_says_so(fitted, sides):
    untrained = undertow.Translator(**{**SMALL, "steps": 1}).fit(*sides)
    assert fitted.score(*sides) > untrained.score(*sides) + 0.1
    assert fitted.score(pairs(80, longest=5).rename({"word": "source", "turned": "target"})) == fitted.score(*sides)


def test_kept_loaded_and_pickled(fitted, sides, tmp_path):
    fitted.save(tmp_path / "kept")
    again = undertow.load(tmp_path / "kept")
    assert isinstance(again, undertow.Translator)
    assert (again.hidden, again.source_tokens, again.attention) == (16, "characters", None)
    assert again.predict(sides[0]) == fitted.predict(sides[0])
    assert pickle.loads(pickle.dumps(fitted)).predict(sides[0][:3]) == fitted.predict(sides[0][:3])


def test_from_a_file(sides, tmp_path):
    file = tmp_path / "pairs.tsv"
    pairs(80, longest=5).write_csv(file, separator="\t")
    found = undertow.Translator(**{**SMALL, "steps": 2}).fit(file)
    assert len(found.predict(file)) == 80
    (tmp_path / "broken.tsv").write_text("word\tturned\nab\tB A\ncd\t\n")
    with pytest.raises(DataError, match=r"broken\.tsv, line 3, column `turned`"):
        undertow.Translator(**SMALL).fit(tmp_path / "broken.tsv")


def test_a_group_is_for_the_split_alone():
    """What is translated or scored later needs none."""
    frame = pairs(60, longest=5).with_columns(group=pl.Series([f"g{n // 2}" for n in range(60)]))
    found = undertow.Translator(**{**SMALL, "steps": 2}, group="group").fit(frame)
    words, turned, _ = (column.to_list() for column in frame)
    assert len(found.predict(words)) == 60
    assert found.score(words, turned) == found.score(frame) == found.score(frame.drop("group"))


def test_what_is_refused(fitted):
    with pytest.raises(OptionError, match="translations are missing"):
        undertow.Translator().fit(["a", "b"])
    with pytest.raises(OptionError, match="X has 2 sources and y 1"):
        undertow.Translator().fit(["a", "b"], ["A"])
    with pytest.raises(OptionError, match=r"y\[1\] is None, not a text"):
        undertow.Translator().fit(["a", "b"], ["A", None])
    with pytest.raises(DataError, match="no file abc"):
        fitted.predict("abc")
    with pytest.raises(OptionError, match="X is a list of texts, not int"):
        fitted.predict(3)
    with pytest.raises(OptionError, match="not fitted yet"):
        undertow.Translator().predict(["a"])
    with pytest.raises(OptionError, match="attention cannot be 'loung'; did you mean 'luong'"):
        undertow.Translator(attention="loung").fit(["a", "b"], ["A", "B"])
