"""Pairs from tables, parts that share nothing, files, predictions, and what cannot be used."""

import dataclasses
import json
import re

import polars as pl
import pytest
import torch

from translating import pairs, task
from undertow.errors import DataError, OptionError, RunError
from undertow.storage import seal, unseal
from undertow.tables.table import read_table, table_of
from undertow.tasks.base import Setup
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.tokens import UNKNOWN
from undertow.tasks.translate import load, prepare
from undertow.tasks.translate.options import TranslateOptions
from undertow.tasks.translate.reading import read_pairs
from undertow.training.config import Config
from undertow.training.session import begin, evaluate, trained


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


def written(tmp_path, text, name="pairs.tsv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


# ---- reading


def test_the_first_two_columns_are_source_and_target_unless_others_are_named():
    frame = pl.DataFrame({"id": ["1x", "2x"], "fr": ["le roi", "la  reine "], "en": ["the king", "the queen"]})
    found = read_pairs(table_of(frame), TranslateOptions())
    assert found.sides == (["1x", "2x"], ["le roi", "la reine"])
    found = read_pairs(table_of(frame), TranslateOptions(source="en", target="fr"))
    assert found.sides == (["the king", "the queen"], ["le roi", "la reine"])
    found = read_pairs(table_of(frame), TranslateOptions(group="id"))
    assert found.sides == (["le roi", "la reine"], ["the king", "the queen"])
    assert found.keys == ["1x", "2x"]


def test_a_file_without_a_header(tmp_path):
    file = written(tmp_path, "the king\tle roi\nthe queen\tla reine\n")
    assert read_pairs(read_table(file, header="no"), TranslateOptions()).sides[1] == ["le roi", "la reine"]


@pytest.mark.parametrize(("line", "side"), [("\tla reine", "en"), ("the queen\t", "fr"), ("the queen\t  ", "fr")])
def test_a_pair_with_an_empty_side_is_told_with_its_line(tmp_path, line, side):
    file = written(tmp_path, f"en\tfr\nthe king\tle roi\n{line}\nthe son\tle fils\n")
    with pytest.raises(DataError, match=rf"pairs\.tsv, line 3, column `{side}`"):
        read_pairs(read_table(file, header="yes"), TranslateOptions())


def test_columns_that_are_not_there(tmp_path):
    table = table_of(pairs(5))
    with pytest.raises(DataError, match=r"no column 'wrod'.*did you mean 'word'"):
        read_pairs(table, TranslateOptions(source="wrod"))
    with pytest.raises(DataError, match="no column but `word`; a pair needs two"):
        read_pairs(table_of(pairs(5).select("word")), TranslateOptions())
    with pytest.raises(OptionError, match="'word' cannot be both"):
        read_pairs(table, TranslateOptions(source="word", target="word"))


def test_no_source_is_in_two_parts_whatever_its_case():
    doubled = pl.concat([pairs(40), pairs(40).with_columns(pl.col("word").str.to_uppercase())])
    made = task(doubled)
    sources = [{s.casefold() for s in part.sources} for part in made.parts.values()]
    assert sum(map(len, sources)) == 40
    assert sum(len(part) for part in made.parts.values()) == 80
    assert not any("warning" in line for line in made.describe())


def test_a_group_stays_together_and_sources_in_two_groups_are_warned_of():
    frame = pairs(40).with_columns(group=pl.Series([f"g{n // 4}" for n in range(40)]))
    made = task(frame, group="group", validation=0.2, test=0.2)
    groups = [set(part.keys) for part in made.parts.values()]
    assert [len(found) for found in groups] == [6, 2, 2]
    assert len(set.union(*groups)) == 10
    twice = frame.with_columns(word=pl.Series(["abc"] * 40))
    assert any(re.match(r"warning: 8 sources of test stand in train", line) for line in task(twice, group="group",
        validation=0.2, test=0.2).describe())  # fmt: skip


def test_vocabularies_are_of_the_training_part_alone():
    made = task()
    learned = {letter for word in made.parts["train"].sources for letter in word}
    assert set(made.system.read.symbols[4:]) == learned
    strange = pairs(60)
    row = strange["word"].to_list().index(made.parts["test"].sources[0])
    strange[row, "word"] = strange["word"][row] + "z"
    again = task(strange)
    assert any("z" in source for part in ("validation", "test") for source in again.parts[part].sources)
    assert "z" not in again.system.read.symbols
    assert again.system.read.encode("az") == [*made.system.read.encode("a"), UNKNOWN]


def test_pairs_that_are_too_long_are_left_out_and_told():
    made = task(longest=4)
    whole = task()
    assert all(len(s) <= 4 for part in made.parts.values() for s in part.sources)
    gone = {name: len(whole.parts[name]) - len(made.parts[name]) for name in made.parts}
    assert gone == made.left_out
    assert gone["train"] > 0
    assert any(f"{gone['train']} of train" in line for line in made.describe())
    with pytest.raises(DataError, match="every pair of the train part has more than 1 tokens"):
        task(pairs().filter(pl.col("word").str.len_chars() > 1), longest=1)


def test_what_was_found_is_described():
    told = task(ignore="A").describe()
    assert told[0] == "reading `word` as source in characters, `turned` as target in symbols"
    assert told[1] == "48 for train, 6 for validation, 6 for test; no source is in two parts"


def test_the_plan_is_of_the_epoch_and_the_seed_alone():
    made, again, other = task(), task(), task(seed=2)
    for epoch in (0, 3):
        assert [p.tolist() for p in made.plan(epoch)] == [p.tolist() for p in again.plan(epoch)]
    assert [p.tolist() for p in made.plan(0)] != [p.tolist() for p in made.plan(1)]
    assert sorted(row for piece in made.plan(1) for row in piece) == list(range(48))
    assert made.parts["test"].sources != other.parts["test"].sources


# ---- looking closely


@pytest.fixture(scope="module")
def looked_at():
    torch.manual_seed(5)
    made = task(ignore="A", beam=2)
    return made, made.examine("validation")


def test_figures_are_told_beside_those_of_the_nearest_pair(looked_at):
    made, found = looked_at
    names = {"pairs", "loss", "accuracy"}
    for figure in ("exact", "error_rate", "error_rate_ignoring"):
        names |= {f"{who}{figure}{end}" for who in ("", "nearest_") for end in ("", "_low", "_high")}
    assert set(found.figures) == names
    assert found.figures["loss"] == made.evaluate("validation")["loss"]
    assert any("copying the nearest pair" in line for line in found.lines)
    assert made.model.training


def test_pictures_are_plain_and_fit_their_tokens(looked_at):
    _, found = looked_at
    pictures = json.loads(json.dumps(found.pictures))
    assert 1 <= len(pictures["alignments"]) <= 6
    for picture in pictures["alignments"]:
        assert len(picture["weights"]) == len(picture["target"])
        for step in picture["weights"]:
            assert len(step) == len(picture["source"])
            assert sum(step) == pytest.approx(1, abs=0.01)
    errors = [row["errors"] for row in pictures["worst"]]
    assert errors == sorted(errors, reverse=True)


def test_looking_takes_nothing_from_trainings_randomness(looked_at):
    made, _ = looked_at
    before = torch.get_rng_state()
    made.evaluate("validation"), made.examine("validation"), made.sample(3, 0)
    assert torch.equal(before, torch.get_rng_state())


def test_sentences_have_bleu_and_chrf():
    frame = pl.DataFrame(
        {"en": [f"the {w} king" for w in pairs()["word"]], "fr": [f"le roi {w}." for w in pairs()["word"]]}
    )
    found = task(frame, target_tokens="words", source_tokens="words", beam=1).examine("validation")
    assert {"bleu", "bleu_low", "chrf", "nearest_bleu", "nearest_chrf_high"} <= set(found.figures)
    assert found.figures["nearest_bleu"] > 5
    assert any("tok:13a" in line for line in found.lines)


# ---- use


def test_from_its_file_it_translates_the_same(tmp_path):
    made = task(beam=3, layers=2)
    file = tmp_path / "model.safetensors"
    file.write_bytes(made.serialise())
    again = load(unseal(file))
    assert again.system.read == made.system.read
    table = table_of(pairs().select("word"))
    told = again.predict(table)
    assert told.columns == ["row", "source", "translation", "score", "log_probability"]
    assert told["row"].to_list() == list(range(60))
    assert told["source"].equals(table.frame["word"].alias("source"))
    made.model.eval()
    one = type(again)(made.system).predict(table_of(pairs()[40:41]))
    assert told["translation"][40] == one["translation"][0]
    assert told["score"][40] == pytest.approx(one["score"][0], rel=1e-4)
    best = again.predict(table, 3)
    assert best["rank"].to_list() == [1, 2, 3] * 60
    assert best.filter(pl.col("row") == 40)["source"].to_list() == [table.frame["word"][40]] * 3
    assert best.filter(pl.col("rank") == 1)["translation"].to_list() == told["translation"].to_list()
    assert (best["score"].to_numpy().reshape(60, 3)[:, :-1] >= best["score"].to_numpy().reshape(60, 3)[:, 1:]).all()
    assert again.evaluate(table_of(pairs())).figures["pairs"] == 60


def test_a_file_of_another_kind_is_refused(tmp_path):
    import safetensors.torch

    file = tmp_path / "model.safetensors"
    file.write_bytes(seal(safetensors.torch.save({"a": torch.zeros(1)}, {"format": "undertow-other/1"})))
    with pytest.raises(RunError, match="undertow-other/1, not undertow-translate/1"):
        load(unseal(file))


def test_a_whole_run(tmp_path):
    chosen = {"source_tokens": "characters", "target_tokens": "symbols", "longest": 20, "steps": 6, "hidden": 8}
    config = Config.of("translate").replaced({**chosen, "embedding": 4, "batch": 16, "evaluate_every": 3})
    session = begin(config, tmp_path / "run", Given(memory=pairs()))
    assert session.train(listen=lambda event: None) == "finished"
    first = json.loads(session.run.evaluation_file.read_text())
    assert first["part"] == "validation"
    assert evaluate(tmp_path / "run").figures["pairs"] == 6
    model, _ = trained(tmp_path / "run", "best")
    assert len(model.predict(table_of(pairs()))) == 60


def test_options():
    with pytest.raises(OptionError, match="leave nothing to train on"):
        TranslateOptions(validation=0.5, test=0.5)
    with pytest.raises(OptionError, match="attention cannot be 'luogn'; did you mean 'luong'"):
        TranslateOptions(attention="luogn")
    assert dataclasses.fields(TranslateOptions)[0].name == "data"


def test_sacrebleu_is_asked_for_before_anything_is_read(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sacrebleu", None)
    with pytest.raises(OptionError, match=r"undertow\[translate\]"):
        prepare(Setup(TranslateOptions(data="/nowhere.tsv", target_tokens="words"), ModelOptions(), 8))
