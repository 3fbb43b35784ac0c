"""Classification as a run: which model is kept, what only ``evaluate`` sees, resuming, gradient flow."""

import json

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch

from undertow.storage import unseal
from undertow.tasks.given import Given
from undertow.training import session
from undertow.training.config import Config

WORDS = {"text": [f"{'ab'[n % 2]}{n}" for n in range(60)], "label": ["a", "b"] * 30}
QUICK = {"steps": 12, "hidden": 5, "embedding": 4, "batch": 8, "evaluate_every": 3, "warmup": 2, "examine_every": 4}


def run(folder, **values):
    config = Config.of("classify").replaced({**QUICK, **values})
    begun = session.begin(config, folder / "run", Given(memory=pl.DataFrame(WORDS)))
    begun.train(listen=lambda event: None)
    return begun


def evaluated(begun):
    return [e for e in begun.run.events() if e["event"] == "evaluate"]


def test_the_last_model_is_kept_or_the_best(tmp_path, monkeypatch):
    """A rate so high that the loss on validation rises after it fell, at the steps that are looked at."""
    last = run(tmp_path / "a", choose="last", seed=1)
    end = evaluated(last)[-1]["loss"]
    assert last.task.evaluate("validation")["loss"] == pytest.approx(end)

    losses = iter([0.5, 0.2, 0.9, 0.7])
    kept = []
    from undertow.tasks.classify.task import ClassifyTask

    real = ClassifyTask.serialise
    monkeypatch.setattr(ClassifyTask, "evaluate", lambda self, part: {"loss": next(losses, 9.9), "accuracy": 0.5})
    monkeypatch.setattr(ClassifyTask, "serialise", lambda self: kept.append(1) or real(self))
    best = run(tmp_path / "b", choose="best", seed=1)
    assert len(kept) == 2  # at 0.5 and at 0.2
    assert [e["loss"] for e in evaluated(best)] == [0.5, 0.2, 0.9, 0.7]


def test_patience_keeps_the_best(tmp_path, monkeypatch):
    from undertow.tasks.classify.task import ClassifyTask

    losses = iter([0.2, 0.5, 0.6])
    monkeypatch.setattr(ClassifyTask, "evaluate", lambda self, part: {"loss": next(losses, 9.9), "accuracy": 0.5})
    begun = run(tmp_path, choose="last", patience=2, seed=1)
    assert [e["step"] for e in evaluated(begun)] == [3, 6, 9]
    assert begun.run.events()[-1]["reason"] == "early"


def test_the_part_for_tests_is_looked_at_by_evaluate_alone(tmp_path, monkeypatch):
    from undertow.tasks.classify.task import ClassifyTask

    seen = []
    real = ClassifyTask._probabilities
    monkeypatch.setattr(ClassifyTask, "_probabilities", lambda self, part: seen.append(part) or real(self, part))
    begun = run(tmp_path)
    assert set(seen) == {"validation"}
    assert json.loads(begun.run.evaluation_file.read_text())["part"] == "validation"
    found = session.evaluate(begun.run.path)
    assert seen[-1] == "test"
    written = json.loads(begun.run.evaluation_file.read_text())
    assert written["part"] == "test"
    assert written["figures"] == found.figures
    assert written["pictures"]["samples"] == len(begun.task.parts.test)


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path):
    """Adversarial training and symbol dropout draw on torch's random state, which the checkpoint holds."""
    values = {"adversarial": 1.0, "symbol_dropout": 0.2, "checkpoint_every": 4, "flow.watch": False}
    whole = run(tmp_path / "whole", **values)
    config = Config.of("classify").replaced({**QUICK, **values})
    cut = session.begin(config, tmp_path / "cut" / "run", Given(memory=pl.DataFrame(WORDS)))
    asked = iter([False] * 5)
    assert cut.train(listen=lambda event: None, interrupted=lambda: next(asked, True)) == "interrupted"
    session.resume(cut.run.path).train(listen=lambda event: None)
    first, second = (safetensors.torch.load(unseal(r.run.model_file)) for r in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)


def is_read_by(name):
    return name.startswith(("encoder.", "embedding."))


@pytest.mark.parametrize(
    "more", [{}, {"adversarial": 1.0}, {"zoneout": 0.3, "optimizer": "sgd", "momentum": 0.9}], ids=str
)
def test_a_frozen_encoder_keeps_its_bits_and_what_stands_on_it_learns(tmp_path, more):
    """Weights, and the statistics of its normalisation; also when the run is cut and goes on."""
    first = run(tmp_path / "first", normalisation="batch").run
    values = {"encoder": str(first.path), "freeze": True, "checkpoint_every": 4, **more}
    whole = run(tmp_path / "whole", **values)
    asked = iter([False] * 5)
    cut = session.begin(
        Config.of("classify").replaced({**QUICK, **values}), tmp_path / "cut", Given(memory=pl.DataFrame(WORDS))
    )
    assert cut.train(listen=lambda event: None, interrupted=lambda: next(asked, True)) == "interrupted"
    again = session.resume(cut.run.path)
    assert again.task.model.frozen
    again.train(listen=lambda event: None)
    given, kept, gone_on = (safetensors.torch.load(unseal(r.model_file)) for r in (first, whole.run, cut.run))
    fresh = session.begin(whole.config, tmp_path / "fresh", Given(memory=pl.DataFrame(WORDS))).task.model.state_dict()
    assert any("running" in name for name in kept)
    for name, weight in kept.items():
        assert torch.equal(weight, gone_on[name])
        if is_read_by(name):
            assert torch.equal(weight, given[name])
        else:
            assert not torch.equal(weight, fresh[name])


def test_an_encoder_that_is_not_frozen_learns_on(tmp_path):
    first = run(tmp_path / "first").run
    second = run(tmp_path / "second", encoder=str(first.path))
    given, trained = (safetensors.torch.load(unseal(r.model_file)) for r in (first, second.run))
    assert all(not torch.equal(trained[name], given[name]) for name in given if is_read_by(name))


def test_a_frozen_encoder_reads_in_training_as_in_use(tmp_path):
    first = run(tmp_path / "first", normalisation="batch", zoneout=0.3).run
    task = run(tmp_path / "second", encoder=str(first.path), freeze=True, zoneout=0.3, dropout=0.0).task
    task.model.train()
    piece = task.plan(0)[0]
    once = task.loss(piece, None).loss.item()
    assert task.loss(piece, None).loss.item() == once
    assert any("kept as it is" in line for line in task.describe())
    task.model.eval()
    assert task.loss(piece, None).loss.item() == once


def test_gradient_flow_is_seen_in_both_directions_with_adversarial_training(tmp_path):
    begun = run(tmp_path, adversarial=1.0)
    flow = [e for e in begun.run.flow_events() if e["event"] == "flow"]
    assert {(e["layer"], e["direction"]) for e in flow} == {("encoder.0", "forward"), ("encoder.0", "reverse")}
    assert all(np.isfinite(e["quantities"]["horizon"]["steps"]) for e in flow if "horizon" in e["quantities"])
