"""How experiments label and count: rules against outcomes, ways to be ill, and the slow twin against Jacobians."""

import pytest
import torch
from torch.autograd.functional import jacobian

from adding_tables import Rule, Score, best, solved
from copying_tables import first_below
from ill_tables import arrives, learns
from planting import Cut, Spoil, plant
from problems import Recall
from publishing import at, counted, spread, table, worst
from training import Model, Network, Plan, train
from twin import lag_profile, profile


def run(loss, reaches):
    glances = [{"update": u, "reaches": {"0.01": r, "0.1": r // 2}, "findings": {}} for u, r in reaches.items()]
    return {"curve": [[0, None, 1.0, 1.0], [100, 0.2, loss, loss]], "glances": glances, "memoryless": 0.16}


def test_a_rule_tells_by_how_far_enough_of_the_gradient_reaches():
    seen = run(0.1, {0: 8, 300: 60})
    assert Rule(0, 0.01, 0.5).fails(seen, 100)
    assert not Rule(300, 0.01, 0.5).fails(seen, 100)
    assert Rule(300, 0.1, 0.5).fails(seen, 100)
    assert Rule(500, 0.01, 0.5).fails(seen, 100) is None


def test_scores_count_misses_and_false_alarms_apart():
    good, bad = run(0.001, {}), run(0.17, {})
    assert solved(good)
    assert not solved(bad)
    score = Score.of([False, True, True, False, None], [good, bad, good, bad, bad])
    assert (score.right, score.misses, score.false_alarms) == (2, 1, 1)


def test_the_best_rule_parts_the_pilots():
    pilots = [run(0.001, {0: 5, 100: 60, 200: 60}), run(0.17, {0: 5, 100: 4, 200: 3})]
    for each in pilots:
        for glance in each["glances"]:
            glance["reaches"] |= dict.fromkeys(("0.1", "0.001", "0.0001", "1e-06"), glance["reaches"]["0.01"])
    chosen = best(pilots, 100)
    assert (chosen.update, chosen.share) == (100, 0.01)
    assert Score.of([chosen.fails(r, 100) for r in pilots], pilots).right == 2


def test_learning_and_updates_needed_go_by_the_held_out_loss():
    assert learns(run(0.07, {}))
    assert not learns(run(0.09, {}))
    assert first_below(run(0.07, {}), 0.1) == 100
    assert first_below(run(0.07, {}), 0.05) is None


def test_what_the_verdict_said_of_a_glance():
    seen = {"findings": {"reaches": "fine", "saturated": "open", "dead units": "fine"}}
    assert worst(seen) == "open"
    assert arrives(seen)
    assert not arrives({"findings": {"reaches": "fine", "exploding": "open"}})
    assert not arrives({"findings": {"reaches further": "fine"}})
    assert worst({"findings": {}}) == "open"
    assert counted(["open", "fine", "open", "alarm"]) == "alarm 1, open 2, fine 1"
    assert at(run(0.1, {0: 8, 300: 60}), 300)["reaches"]["0.01"] == 60
    assert at(run(0.1, {0: 8}), 300) is None


def test_spread_and_table():
    assert spread([300, 100, None]) == "300 (100 to never)"
    assert spread([0.5]) == "0.5"
    assert table(["a", "b"], [[1, 2]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize("cell", ["gru", "rnn", "lstm"])
def test_the_twin_is_the_product_of_jacobians(cell):
    torch.manual_seed(0)
    problem = Recall(6)
    model = Model(Network(cell, hidden=3), problem)
    x, _ = problem.draw(1, torch.Generator().manual_seed(0))
    start = torch.randn(1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    layer = model.recurrent.double()
    layer.backend = "reference"
    for lag in range(1, 6):
        _, state = layer(x[: 6 - lag].double())
        parts = state if isinstance(state, tuple) else (state,)

        def last(*parts, lag=lag):
            return layer(x[6 - lag :].double(), parts if len(parts) > 1 else parts[0])[0][-1, 0]

        found = torch.cat([j.flatten(1) for j in jacobian(last, parts)], 1)
        expected = (start[0] / start.norm() @ found).norm().item()
        assert lag_profile(model, x)[lag].item() == pytest.approx(expected, rel=1e-9)


def test_twin_and_watch_agree():
    torch.manual_seed(0)
    problem = Recall(40)
    model = Model(Network("lstm", 32), problem)
    x, _ = problem.draw(64, torch.Generator().manual_seed(0))
    seen = train(model, problem, Plan(1, batch=64, evaluate_every=1, held_out=8), 0).examined(0)
    assert abs(profile(model, x, 39)["horizon"] - seen.quantities["horizon"]["steps"]) <= 1


def test_a_cut_model_says_the_same_and_learns_nothing_from_before():
    torch.manual_seed(0)
    problem = Recall(12)
    model = Cut(Network("gru", 8), problem, 5)
    x, _ = problem.draw(3, torch.Generator().manual_seed(0))
    x.requires_grad_()
    torch.testing.assert_close(model(x), Model.forward(model, x))
    model(x).sum().backward()
    assert (x.grad[:7] == 0).all()
    assert (x.grad[7:] != 0).any()
    assert (lag_profile(model, x.detach(), 5)[5:] == 0).all()
    assert profile(model, x.detach(), problem.reach, 5)["horizon"] <= 4


def test_planting_changes_what_it_says():
    torch.manual_seed(0)
    layer = Network("lstm", 4).layer(2)
    before = {name: p.detach().clone() for name, p in layer.named_parameters()}
    plant(layer, Spoil("bias", "f", -10.0))
    plant(layer, Spoil("scale", "", 3.0))
    torch.testing.assert_close(layer.weight_hh_l0, 3 * before["weight_hh_l0"])
    torch.testing.assert_close(layer.bias_ih_l0[4:8], before["bias_ih_l0"][4:8] - 10)
    torch.testing.assert_close(layer.bias_ih_l0[:4], before["bias_ih_l0"][:4])
    torch.testing.assert_close(layer.weight_ih_l0, before["weight_ih_l0"])
    with pytest.raises(ValueError, match="gates i, f, g, o"):
        plant(layer, Spoil("bias", "q", 1.0))
