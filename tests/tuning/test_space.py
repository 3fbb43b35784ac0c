"""Spaces: what is read, what is refused, and that every genome stands for a config."""

import optuna
import pytest
import tomlkit
from hypothesis import given, settings, strategies as st

from tuning.searches import BASE, GENES, space
from undertow.errors import OptionError
from undertow.tasks.kinds import KINDS
from undertow.training.config import Config
from undertow.tuning.space import default_space, read_space
from undertow.tuning.trial import key_of


def drawn(of, seed):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return study.ask(of.distributions).params


@pytest.mark.parametrize("task", KINDS)
def test_every_task_has_a_space_that_reads_as_it_is_shown(task, tmp_path):
    shown = default_space(task)
    file = tmp_path / "genes.toml"
    file.write_text(tomlkit.dumps(shown.document()))
    again = read_space(file, task)
    assert again.distributions == shown.distributions
    assert [g.when for g in again.genes] == [g.when for g in shown.genes]


@pytest.mark.parametrize("task", KINDS)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_every_genome_of_a_default_space_is_a_config(task, seed):
    of, base = default_space(task), Config.of(task)
    genome = drawn(of, seed)
    config = of.config(genome, base)
    active = of.active(genome, base)
    assert len(config.model.sizes) == genome["model.layers"]
    for name, value in active.items():
        section, key, *layer = name.split(".")
        if key == "hidden":
            assert config.model.sizes[int(layer[0]) - 1] == value
        elif key != "layers":
            assert getattr(config.section(section), key) == value


@settings(max_examples=30, deadline=None)
@given(one=st.integers(0, 2**31), other=st.integers(0, 2**31))
def test_what_does_not_count_changes_nothing(one, other):
    of = space()
    genome, strange = drawn(of, one), drawn(of, other)
    active = of.active(genome, BASE)
    changed = {name: genome[name] if name in active else strange[name] for name in genome}
    assert of.active(changed, BASE) == active
    assert of.config(changed, BASE) == of.config(genome, BASE)
    assert key_of(of.active(changed, BASE)) == key_of(active)


def test_what_counts():
    of = space()
    whole = drawn(of, 1) | {"model.layers": 3, "model.residual": False, "training.optimizer": "sgd"}
    names = set(of.distributions)
    assert set(of.active(whole, BASE)) == names
    assert set(of.active(whole | {"model.layers": 1}, BASE)) == names - {
        "model.hidden.2", "model.hidden.3", "model.residual"
    }  # fmt: skip
    assert set(of.active(whole | {"model.residual": True}, BASE)) == names - {"model.hidden.2", "model.hidden.3"}
    assert set(of.active(whole | {"training.optimizer": "adam"}, BASE)) == names - {"training.momentum"}
    assert of.config(whole | {"training.optimizer": "adam"}, BASE).training.momentum == BASE.training.momentum


def test_widths_of_layers():
    of = space()
    genome = drawn(of, 3) | {"model.layers": 2, "model.hidden.1": 8, "model.hidden.2": 32, "model.residual": False}
    assert of.config(genome, BASE).model.sizes == (8, 32)
    assert of.config(genome | {"model.residual": True}, BASE).model.sizes == (8, 8)
    assert of.config(genome | {"model.layers": 1}, BASE).model.sizes == (8,)


def test_the_genome_of_a_config():
    of = space()
    known = of.genome_of(BASE)
    assert known["model.hidden.1"] == 16
    assert known["model.layers"] == 1
    assert of.config({**drawn(of, 0), **known}, BASE) == BASE
    wide = BASE.replaced({"model.hidden": 500})
    assert "model.hidden.1" not in of.genome_of(wide)


#: Tables, and what must be said of them.
WRONG = {
    "unknown option": ({"model": {"hiden": [1]}}, "there is no option model.hiden; did you mean 'hidden'?"),
    "unknown section": ({"modell": {"hidden": [1]}}, "there is no section [modell]; did you mean 'model'?"),
    "another task's section": ({"forecast": {"level": ["last"]}}, "there is no section [forecast]"),
    "empty range": ({"model": {"hidden": {"low": 9, "high": 3}}}, "model.hidden: the range from 9 to 3 is empty"),
    "empty list": ({"model": {"cell": []}}, "model.cell: an empty list leaves nothing to choose"),
    "no genes": ({}, "has no genes; `undertow tune --show-space classify`"),
    "one value": ({"model": {"hidden": 7}}, "model.hidden: values are a list"),
    "unknown word": ({"model": {"hidden": {"low": 1, "hihg": 3}}}, "a gene has no 'hihg'; did you mean 'high'?"),
    "no upper end": ({"model": {"hidden": {"low": 1}}}, "model.hidden: high must be a whole number, got None"),
    "a tower": ({"model": {"layers": {"low": 1, "high": 10**9}, "hidden": [8]}}, "model.layers must be at most 1000"),
    "no number that counts": (
        {"training": {"learning_rate": {"low": 0.1, "high": 10**400}}}, "learning_rate: high must be within 1e+300"
    ),
    "half a unit": ({"model": {"hidden": {"low": 1.5, "high": 3}}}, "low must be a whole number, got 1.5"),
    "log from 0": ({"training": {"learning_rate": {"low": 0.0, "high": 1.0, "log": True}}}, "must begin above 0"),
    "range of words": ({"model": {"cell": {"low": 1, "high": 2}}}, "model.cell is no number; list its values"),
    "no such cell": ({"model": {"cell": ["lstm", "ltsm"]}}, "model.cell cannot be 'ltsm'; did you mean 'lstm'?"),
    "no such normalisation": (
        {"model": {"normalisation": ["none", "layr"]}},
        "model.normalisation: there is no normalisation 'layr'; did you mean 'layer'?",
    ),
    "no such initialisation": (
        {"model": {"init": {"choices": ["orthogonl"]}}},
        "model.init: there is no initialisation 'orthogonl'; did you mean 'orthogonal'?",
    ),
    "no such backend": ({"model": {"backend": ["fusd"]}}, "model.backend: there is no backend 'fusd'; did you mean"),
    "no such optimizer": (
        {"training": {"optimizer": ["adam", "adm"]}}, "training.optimizer cannot be 'adm'; did you mean 'adam'?"
    ),
    "no such pooling": ({"classify": {"pooling": ["maximum"]}}, "classify.pooling cannot be 'maximum'; did you mean"),
    "a name that is none": ({"model": {"init": [1]}}, "model.init must be a string, got 1"),
    "streams of whole samples": ({"training": {"window": {"low": 0, "high": 50}}}, "classify trains on whole samples"),
    "no such cell in a condition": (
        {"model": {"forget_bias": {"choices": [1.0], "when": {"cell": ["ltsm"]}}}},
        "model.forget_bias: when: model.cell cannot be 'ltsm'; did you mean 'lstm'?",
    ),
    "no such name in a condition": (
        {"model": {"memory": {"choices": [9], "when": {"init": ["crono"]}}}},
        "model.memory: there is no initialisation 'crono'; did you mean 'chrono'?",
    ),
    "out of limits": ({"model": {"dropout": {"low": 0.0, "high": 1.5}}}, "model.dropout must be at most 1"),
    "twice": ({"model": {"cell": ["lstm", "lstm"]}}, "'lstm' is listed twice"),
    "steps": ({"training": {"steps": [10, 20]}}, "training.steps cannot be a gene"),
    "the data": ({"classify": {"data": ["a.csv", "b.csv"]}}, "classify.data cannot be a gene"),
    "the parts": ({"classify": {"split_seed": [0, 1]}}, "classify.split_seed cannot be a gene"),
    "the header": ({"classify": {"header": ["yes", "no"]}}, "classify.header cannot be a gene"),
    "unknown condition": (
        {"model": {"zoneout": {"choices": [0.0], "when": {"layer": [2]}}}}, "no option 'layer'; did you mean 'layers'?"
    ),
    "log in words": ({"model": {"hidden": {"low": 1, "high": 2, "log": "yes"}}}, "log is true or false, got 'yes'"),
    "step 0": ({"model": {"hidden": {"low": 1, "high": 2, "step": 0}}}, "a step must be above 0"),
    "list with a range": ({"model": {"hidden": {"choices": [1], "low": 1}}}, "choices and low cannot both be given"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_refused(wrong, tmp_path):
    tables, said = WRONG[wrong]
    file = tmp_path / "genes.toml"
    file.write_text(tomlkit.dumps(tables))
    with pytest.raises(OptionError) as error:
        read_space(file, "classify")
    assert said in str(error.value)
    assert str(file) in str(error.value)


def test_choices_that_go_with_some_others_alone_are_for_trainings_to_try():
    """Each of these is refused beside the defaults, and right beside others."""
    tables = {
        "model": {
            "nonlinearity": ["tanh", "relu"], "init": ["default", "chrono"], "memory": [0, 50], "backend": ["vendor"],
            "normalisation": ["none", "recurrent batch"], "normalisation_steps": [0, 20], "forget_bias": [0.0, 1.0],
        },
        "classify": {"freeze": [False, True], "features": [1, 2]},
    }  # fmt: skip
    assert len(space(tables).genes) == 9
    assert len(space({"training": {"bptt": [0, 500], "window": [0, 50]}}, "text").genes) == 2


def test_files_that_are_none(tmp_path):
    with pytest.raises(OptionError, match=r"cannot read the space .*gone\.toml: No such file"):
        read_space(tmp_path / "gone.toml", "text")
    (tmp_path / "bad.toml").write_text("[model\n")
    with pytest.raises(OptionError, match=r"bad\.toml is not TOML: .*line 1"):
        read_space(tmp_path / "bad.toml", "text")
    (tmp_path / "other.toml").write_text('task = "forecast"\n[model]\nhidden = [1]\n')
    with pytest.raises(OptionError, match="a space for the task forecast, and the config is for text"):
        read_space(tmp_path / "other.toml", "text")


def test_a_space_without_layers_has_one_width():
    of = space({"model": {"hidden": {"low": 4, "high": 8}}})
    assert list(of.distributions) == ["model.hidden"]
    deep = BASE.replaced({"model.layers": 2})
    assert of.config({"model.hidden": 5}, deep).model.sizes == (5, 5)


def test_steps_of_a_range():
    of = space({"model": {"hidden": {"low": 8, "high": 32, "step": 8}}})
    assert {drawn(of, seed)["model.hidden"] for seed in range(40)} == {8, 16, 24, 32}


def test_genes_as_listed():
    assert list(space().distributions)[:6] == [
        "model.cell", "model.layers", "model.hidden.1", "model.hidden.2", "model.hidden.3", "model.residual"
    ]  # fmt: skip
    assert set(GENES) == {"model", "training"}
