"""Configs: TOML and back, flags on top, and every mistake told."""

import pytest
import tomlkit

from undertow.errors import OptionError
from undertow.nn.engines.backends import BACKENDS
from undertow.nn.shaping.initialise import INITIALISATIONS
from undertow.nn.shaping.normalise import NORMALISATIONS
from undertow.options import describe
from undertow.tasks.kinds import KINDS
from undertow.training.config import Config, TrainingOptions, config_from, difference, read_config, sections


@pytest.mark.parametrize("task", KINDS)
def test_every_option_is_explained_and_survives_toml(tmp_path, task):
    config = Config.of(task).replaced({"hidden": 5, "training.steps": 7, "data": "x.txt", "cell": "gru", "patience": 2})
    written = tomlkit.dumps(config.document())
    for section in sections(task).values():
        for name, (_, _, meaning) in describe(section).items():
            assert len(meaning.help) > 5
            assert f"{name} =" in written
    file = tmp_path / "c.toml"
    file.write_text(written)
    assert read_config(file) == config
    assert difference(read_config(file), config) is None


@pytest.mark.parametrize("task", KINDS)
def test_option_names_are_unique_so_that_flags_need_no_section(task):
    of_streams = set() if KINDS[task].streams else {"training.window", "training.bptt"}  # always 0: not to be set
    options = [(s, name) for s, kind in sections(task).items() for name in describe(kind)]
    names = [name for section, name in options if f"{section}.{name}" not in of_streams]
    assert len(names) == len(set(names))
    assert {Config.of(task).locate(name)[0] for name in describe(KINDS[task].options)} == {task}
    assert Config.of(task).locate("hidden") == Config.of(task).locate("model.hidden") == ("model", "hidden")


def test_names_told_in_words_are_all_there_are():
    help = {name: meaning.help for name, (_, _, meaning) in describe(sections("text")["model"]).items()}
    assert all(name in help["init"] for name in INITIALISATIONS)
    assert all(name in help["normalisation"] for name in NORMALISATIONS)
    assert all(name in help["backend"] for name in ["auto", *BACKENDS])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[modell]\nhidden = 3", r"no section \[modell\]; did you mean 'model'"),
        ("[model]\nhiden = 3", r"there is no option model\.hiden; did you mean 'hidden'"),
        ("[model]\nhidden = 0", r"model\.hidden must be at least 1, got 0"),
        ("[model]\nhidden = 'wide'", r"model\.hidden must be a whole number, got 'wide'"),
        ("[training]\noptimizer = 'adem'", r"did you mean 'adam'"),
        ("[model\nhidden = 3", r"is not TOML: .*line 1"),
        ("model = 3", r"model must be a section"),
        ("task = 'chess'", r"no task 'chess'"),
        ("[training]\nwindow = 10\nbptt = 5", r"training\.bptt \(5\) must be at least training\.window \(10\)"),
        ("[training]\npatience = 2\nevaluate_every = 0", r"patience counts evaluations"),
        ("[text]\nheld_out = 0.9\nvalidation = 0.1", r"nothing to train on"),
    ],
)
def test_mistakes(tmp_path, content, message):
    file = tmp_path / "c.toml"
    file.write_text(content)
    with pytest.raises(OptionError, match=message):
        read_config(file)


def test_missing_file(tmp_path):
    with pytest.raises(OptionError, match=r"cannot read config .*nope\.toml: No such file"):
        read_config(tmp_path / "nope.toml")


def test_early_stopping_takes_a_validation_part_of_its_own():
    assert Config().own.watched_part == "held_out"
    patient = Config(training=TrainingOptions(patience=3))
    assert patient.own.validation == 0.05
    assert patient.own.watched_part == "validation"
    assert Config().replaced({"held_out": 0.0}).own.watched_part is None


def test_difference_names_the_first_option():
    a, b = Config(), Config().replaced({"hidden": 9})
    assert difference(a, b) == "model.hidden: 384 and 9"


def test_plain_data_comes_back():
    config = Config().replaced({"learning_rate": 0.125, "data": "q"})
    assert config_from(config.plain(), "here") == config
