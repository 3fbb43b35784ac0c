"""One training of a search: breaks, limits, failures, and that it never looks at the part for tests."""

import json
import shutil

import pytest

from undertow.errors import RunError
from undertow.runs import RunFolder
from undertow.tasks.base import Setup
from undertow.tasks.classify.task import ClassifyTask
from undertow.tasks.kinds import kind_of
from undertow.training.config import Config
from undertow.tuning.trial import RESULT, Job, key_of, read_trial, train_job, trial_config

NAMES = "name,gender\n" + "".join(f"{a}{b}{c}{d},{'FM'[(i + j) % 2]}\n" for i, a in enumerate("ABCDE")
                                  for j, b in enumerate("aeiou") for c in "nmr" for d in "ok")  # fmt: skip


@pytest.fixture
def base(tmp_path):
    (tmp_path / "names.csv").write_text(NAMES)
    small = {"data": str(tmp_path / "names.csv"), "hidden": 6, "embedding": 4, "batch": 16, "steps": 20,
             "evaluate_every": 5, "checkpoint_every": 4, "dropout": 0.1}  # fmt: skip
    return trial_config(Config.of("classify").replaced(small), watch=True)


def lines(folder):
    """The run's lines, without what takes time."""
    timed = ("seconds", "symbols_per_second")
    return [{k: v for k, v in e.items() if k not in timed} for e in RunFolder(folder).events() if e["event"] != "end"]


def test_what_came_of_it(tmp_path, base):
    assert train_job(Job(tmp_path / "t", base))
    trial = read_trial(tmp_path / "t")
    assert trial.steps == 20
    assert [at for at, _ in trial.evaluations] == [5, 10, 15, 20]
    assert trial.loss == trial.evaluations[-1][1], "the config keeps the last model"
    assert trial.parameters == RunFolder(tmp_path / "t").made()["parameters"]
    assert trial.horizon >= 1
    assert trial.seconds > 0
    assert not trial.failed
    assert not trial.stopped
    assert trial.test is None
    assert not RunFolder(tmp_path / "t").model_file.exists()
    best = base.replaced({"training.choose": "best"})
    train_job(Job(tmp_path / "best", best))
    again = read_trial(tmp_path / "best")
    assert again.loss == min(loss for _, loss in again.evaluations)


def test_a_finished_one_is_not_trained_again(tmp_path, base, monkeypatch):
    train_job(Job(tmp_path / "t", base))
    monkeypatch.setattr("undertow.tuning.trial.begin", None)
    monkeypatch.setattr("undertow.tuning.trial.resume", None)
    assert train_job(Job(tmp_path / "t", base))


def test_interrupted_ones_come_to_the_same(tmp_path, base):
    train_job(Job(tmp_path / "whole", base))
    asked = iter([False] * 7 + [True] + [False] * 6 + [True] + [False] * 100)
    breaks = 0
    while not train_job(Job(tmp_path / "broken", base), interrupted=lambda: next(asked)):
        breaks += 1
    assert breaks == 2
    assert lines(tmp_path / "broken") == lines(tmp_path / "whole")


def test_killed_before_it_had_begun_and_when_it_was_done(tmp_path, base):
    (tmp_path / "t" / "checkpoint").mkdir(parents=True)
    assert train_job(Job(tmp_path / "t", base)), "a folder without a config is begun anew"
    first = read_trial(tmp_path / "t")
    train_job(Job(tmp_path / "u", base, final=True))
    (tmp_path / "u" / RESULT).unlink()
    before = lines(tmp_path / "u")
    assert train_job(Job(tmp_path / "u", base, final=True)), "trained to the end, but nobody had said so"
    assert lines(tmp_path / "u") == before
    assert read_trial(tmp_path / "u").loss == first.loss


def test_one_above_its_limit_is_stopped(tmp_path, base):
    assert train_job(Job(tmp_path / "whole", base))
    loss = read_trial(tmp_path / "whole").best_at(10)
    train_job(Job(tmp_path / "above", base, {10: loss - 1e-6}))
    above = read_trial(tmp_path / "above")
    assert above.stopped
    assert 10 <= above.steps <= 11
    train_job(Job(tmp_path / "below", base, {10: loss + 1e-6}))
    assert not read_trial(tmp_path / "below").stopped
    assert read_trial(tmp_path / "below").steps == 20


def test_diverged_and_impossible_ones_say_why(tmp_path, base):
    wild = base.replaced({"learning_rate": 1e30, "optimizer": "sgd", "clip_norm": 0.0, "warmup": 0})
    assert train_job(Job(tmp_path / "wild", wild))
    assert "step" in read_trial(tmp_path / "wild").failed
    assert read_trial(tmp_path / "wild").loss is None
    assert train_job(Job(tmp_path / "none", base.replaced({"normalisation": "layr"})))
    assert "did you mean 'layer'" in read_trial(tmp_path / "none").failed
    json.loads((tmp_path / "wild" / RESULT).read_text(), parse_constant=lambda word: pytest.fail(word))


def test_the_part_for_tests_is_looked_at_in_the_final_training_alone(tmp_path, base, monkeypatch):
    parts = []
    for name in ("evaluate", "examine"):
        real = getattr(ClassifyTask, name)
        monkeypatch.setattr(
            ClassifyTask, name, lambda self, part, real=real, name=name: parts.append((name, part)) or real(self, part)
        )
    train_job(Job(tmp_path / "t", base))
    assert set(parts) == {("evaluate", "validation")}
    parts.clear()
    train_job(Job(tmp_path / "f", base, final=True))
    assert [p for p in parts if p[1] == "test"] == [("examine", "test")], "once"
    assert 0 <= read_trial(tmp_path / "f").test["accuracy"] <= 1
    assert read_trial(tmp_path / "f").figure == "accuracy"


def test_parts_stay_the_same_whatever_the_seed(base):
    fixed = base.replaced({"classify.split_seed": 3})

    def test_part(config, seed):
        own = config.own
        return kind_of("classify").prepare(Setup(own, config.model, 16, seed=seed)).parts.test.tolist()

    assert test_part(fixed, 0) == test_part(fixed, 1)
    assert test_part(base, 0) != test_part(base, 1)
    assert test_part(base, 3) == test_part(fixed, 0)


def test_a_damaged_folder_stops_the_search(tmp_path, base):
    train_job(Job(tmp_path / "t", base), interrupted=lambda: True)
    checkpoint = RunFolder(tmp_path / "t").checkpoint_file
    checkpoint.write_bytes(checkpoint.read_bytes()[:-10])
    with pytest.raises(RunError, match=r"damaged|cut short"):
        train_job(Job(tmp_path / "t", base))
    shutil.rmtree(tmp_path / "t")
    assert train_job(Job(tmp_path / "t", base))


def test_keys():
    assert key_of({"a": 1, "b": 0.5}) == key_of({"b": 0.5, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
    assert key_of({"a": 1}) != key_of({"b": 1})
