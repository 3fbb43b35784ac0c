"""The experiments' training loop: it learns, repeats itself, and its glances are of the updates asked for."""

import pytest
import torch

from problems import Recall
from training import Model, Network, Plan, train


def trained(seed=0, **changes):
    plan = Plan(**{"steps": 60, "learning_rate": 0.01, "examine": (0, 30), "evaluate_every": 20} | changes)
    torch.manual_seed(seed)
    problem = Recall(5)
    return train(Model(Network("gru", hidden=16), problem), problem, plan, seed)


def test_it_learns_and_repeats_itself():
    first, second = trained(), trained()
    assert first.curve[1:] == second.curve[1:]
    assert [p.step for p in first.curve] == [0, 20, 40, 60]
    assert first.loss < Recall(5).memoryless < first.curve[0].loss


def test_glances_are_of_the_updates_examined():
    run = trained()
    assert run.examined(0).quantities["lag_profile"]["probes"] == 2
    assert run.examined(30).step == 31
    assert run.examined(0).reach == 4
    assert run.verdict(0).step == 1


def test_watching_changes_nothing():
    assert trained(examine=()).curve[1:] == trained(examine=(0, 1, 2), at_end=True).curve[1:]


def test_one_more_glance_when_training_is_over():
    run = trained(at_end=True)
    last = run.glances[-1]
    assert (last.step, last.windows) == (61, 30), "and what went by since update 30"
    assert "horizon" in last.quantities
    assert run.verdict(60).findings == run.verdict().findings
    early = trained(at_end=True, solved=10.0, evaluate_every=10)
    assert early.glances[-1].step == 11


def test_it_ends_when_solved_twice():
    run = trained(solved=10.0, evaluate_every=10)
    assert run.curve[-1].step == 10
    assert run.first_below(10.0) == 0


def test_clipping_is_told_to_the_verdict():
    run = trained(clip=1e-6, optimizer="sgd")
    assert run.clipped == 1.0
    assert "clipped away" in [f.kind for f in run.verdict().alarms]
    norms = run.facts(3).config["clipping.gradient_norm"]
    assert norms == pytest.approx(sum(run.norms[:4]) / 4), "what comes later is not known yet"
    assert run.loss == pytest.approx(run.curve[0].loss, rel=0.01)
