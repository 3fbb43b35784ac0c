"""Kernels against the interpreter: every cell, every width, any shape, and graphs that nobody would write."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from kernels.graphs import random_cell
from kernels.runs import Problem, compiled, differences
from lang.cells_for_tests import ALL
from undertow.cells import CELLS
from undertow.kernels import routine, sequence
from undertow.kernels.host import available
from undertow.lang import evaluate
from undertow.lang.check import check_graph
from undertow.lang.normalise import normalise_units

SHAPES = [(3, 2, 5, 7), (1, 1, 1, 1), (6, 1, 4, 40), (2, 13, 20, 33)]
CLOSE = {"float64": 1e-10, "float32": 1e-4}


def agree(problem, steps, **options):
    wrong = {k: v for k, v in differences(problem, steps, **options).items() if not v < CLOSE[steps.dtype]}
    assert wrong == {}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ALL)
def test_every_cell(name, dtype):
    steps = compiled(ALL[name], dtype)
    # The variance of a single number is zero: what float32 makes of the rest after normalisation says nothing.
    alone = dtype == "float32" and steps.program("forward").sums
    for number, shape in enumerate(s for s in SHAPES if not (alone and s[-1] == 1)):
        agree(Problem(ALL[name], *shape, seed=number, reverse=number % 2 == 1), steps)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("target", available(), ids=lambda t: t.name)
@pytest.mark.parametrize("name", ALL)
def test_every_cell_on_every_width(name, target, dtype):
    steps = compiled(ALL[name], dtype, target)
    alone = dtype == "float32" and steps.program("forward").sums
    for number, shape in enumerate(s for s in SHAPES if not (alone and s[-1] == 1)):
        agree(Problem(ALL[name], *shape, seed=number, reverse=number % 2 == 1), steps)


@pytest.mark.parametrize("target", available(), ids=lambda t: t.name)
@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "layer_norm_lstm", "slstm"])
def test_every_width(name, target):
    agree(Problem(ALL[name], 4, 5, 3, 2 * target.bits // 64 + 1), compiled(ALL[name], "float64", target))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.sampled_from(["lstm", "gru", "sru"]), st.data())
def test_any_shape(name, data):
    shape = [data.draw(st.integers(1, most)) for most in (7, 20, 40, 40)]
    reverse, threads = data.draw(st.booleans()), data.draw(st.integers(1, 3))
    agree(Problem(CELLS.get(name, ALL[name]), *shape, reverse=reverse), STEPS[name], threads=threads)


STEPS = {name: compiled(ALL[name]) for name in ("lstm", "gru", "sru", "layer_norm_lstm", "peephole_lstm")}


@pytest.mark.parametrize("seed", range(60))
def test_random_legal_graphs(seed):
    cell = random_cell(seed)
    agree(Problem(cell, 3, 4, 3, 11, seed=seed), compiled(cell))


@pytest.mark.parametrize("seed", range(8))
def test_random_legal_graphs_with_layer_normalisation(seed):
    cell = random_cell(seed)
    made = normalise_units(cell.graph, gain=0.8, bias=True)
    cell = dataclasses.replace(cell, graph=made.graph, weights={**cell.weights, **made.weights})
    check_graph(cell.graph)
    agree(Problem(cell, 3, 4, 3, 11, seed=seed), compiled(cell))


@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "peephole_lstm"])
def test_backward_that_keeps_what_it_reads(name):
    agree(Problem(ALL[name], 4, 3, 5, 17), compiled(ALL[name]), overwrite=False)


@pytest.mark.parametrize("batch", [1, 3, 5, 23])
@pytest.mark.parametrize("target", available()[:2], ids=lambda t: t.name)
@pytest.mark.parametrize("name", ["lstm", "gru", "layer_norm_lstm", "peephole_lstm"])
def test_same_bits_for_any_number_of_threads(name, target, batch, monkeypatch):
    import undertow.nn  # noqa: F401 - lends its threads

    monkeypatch.setattr(routine, "WORTH_SHARING", 0)
    monkeypatch.setattr(routine, "WORTH_MEETING", 0)
    monkeypatch.setattr(sequence, "WORTH_A_TEAM", 0)
    problem, steps = Problem(ALL[name], 5, batch, 18, 37), compiled(ALL[name], "float32", target)
    results = [problem.kernels(steps, threads=threads) for threads in (1, 2, 3, 2)]
    for states, last, gradients in results[1:]:
        first_states, first_last, first = results[0]
        for n in states:
            assert (states[n] == first_states[n]).all()
            assert (last[n] == first_last[n]).all()
        assert (gradients.x == first.x).all()
        for (kind, n, a), (_, _, b) in zip(gradients.parameters.items(), first.parameters.items(), strict=True):
            assert (a == b).all(), f"{kind}.{n}"


@pytest.mark.parametrize("name", list(CELLS))
def test_float32_is_close_to_the_oracle(name):
    """The promise of the documentation: within 5e-6 of the maximum, T up to 64, weights of the default size."""
    problem = Problem(CELLS[name], 64, 3, 20, 32, scale=0.1)
    steps = compiled(CELLS[name], "float32")
    found = differences(problem, steps)
    assert {k: v for k, v in found.items() if not v < 5e-6} == {}


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_stays_in_its_sample(poison):
    problem = Problem(CELLS["lstm"], 4, 5, 3, 20)
    clean = problem.kernels(STEPS["lstm"])[0]["h"]
    problem.x[1, 2, 0] = poison
    states = problem.kernels(STEPS["lstm"])[0]["h"]
    others = [0, 1, 3, 4]
    assert (states[:, others] == clean[:, others]).all()
    assert (states[0] == clean[0]).all()
    if np.isnan(poison):
        assert np.isnan(states[1:, 2]).all()
    else:
        assert (states[1:, 2] != clean[1:, 2]).any()


# ---- what BPTT saw


def carried_and_total(problem, direct, final):
    """By the interpreter, in the order of processing: carried and total gradients (T, B, H) by component."""
    cell, turn = problem.cell, problem._turn
    x = turn(problem.x)
    states = evaluate.forward(cell, x, problem.parameters, problem.start)
    arriving = {n: turn(v).copy() for n, v in direct.items()}
    for n, v in final.items():
        arriving[n][-1] += v
    gradients = evaluate.backward(cell, x, problem.parameters, problem.start, states, arriving)
    # What the loss puts on the final state arrives from behind the last step.
    carried = {n: v.copy() for n, v in gradients.carried.items()}
    for n, v in final.items():
        carried[n][-1] += v
    total = {n: carried[n] + turn(direct[n]) for n in direct}
    return carried, total


def squares(vectors):
    """(T, B, components): sums of squares over units."""
    return np.stack([(v**2).sum(-1) for v in vectors], -1)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_recorded_gradients_are_the_interpreters(name, reverse):
    cell = ALL[name]
    problem = Problem(cell, 5, 3, 4, 9, reverse=reverse)
    carried, total = carried_and_total(problem, problem.direct, problem.final)
    found = problem.recorded(compiled(cell), "backward_recording")
    expected = squares([v for n in cell.state for v in (carried[n], total[n])])
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("tau", [0, 2, 4])
@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "layer_norm_lstm", "sru", "slstm-heads"])
def test_a_probe_is_bptt_from_one_step_alone(name, tau, reverse):
    cell = ALL[name]
    problem = Problem(cell, 5, 3, 4, 9, reverse=reverse)
    found = problem.recorded(compiled(cell), "backward_recording", tau)
    shorter = Problem(cell, 5, 3, 4, 9, reverse=reverse)
    shorter.x = problem._turn(problem._turn(problem.x)[: tau + 1])
    nothing = {n: np.zeros((tau + 1, *v.shape[1:])) for n, v in problem.direct.items()}
    carried, total = carried_and_total(shorter, nothing, problem.final)
    expected = squares([v for n in cell.state for v in (carried[n], total[n])])
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


def test_the_highway_of_the_lstm_is_its_forget_gate():
    """p[t] = f[t] * (p[t+1] + what enters at c), by hand; the rest came through gates."""
    cell = ALL["lstm"]
    problem = Problem(cell, 6, 3, 4, 9)
    carried, _ = carried_and_total(problem, problem.direct, problem.final)
    P, h = problem.parameters, {**problem.start}
    f, o, c = [], [], []
    for x in problem.x:
        a = {g: x @ P.W[g].T + P.b[g] + h["h"] @ P.U[g].T for g in "ifgo"}
        s = {g: 1 / (1 + np.exp(-v)) for g, v in a.items()}
        h["c"] = s["f"] * h["c"] + s["i"] * np.tanh(a["g"])
        h["h"] = s["o"] * np.tanh(h["c"])
        f.append(s["f"]), o.append(s["o"]), c.append(h["c"])
    zero = np.zeros_like(f[0])
    along = {"h": [zero] * 6, "c": [zero] * 6}
    arriving = dict(problem.final)
    for t in reversed(range(6)):
        along["h"][t], along["c"][t] = arriving["h"], arriving["c"]
        of_h = arriving["h"] + problem.direct["h"][t]
        of_c = arriving["c"] + problem.direct["c"][t] + of_h * o[t] * (1 - np.tanh(c[t]) ** 2)
        arriving = {"h": zero, "c": f[t] * of_c}
    expected = []
    for n in ("h", "c"):
        highway = np.stack(along[n])
        expected += [(highway**2).sum(-1), ((carried[n] - highway) ** 2).sum(-1)]
    found = problem.recorded(compiled(cell), "backward_highway")
    np.testing.assert_allclose(found[..., [2, 3, 6, 7]], np.stack(expected, -1), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(("name", "alone"), [("rnn", 0.0), ("gru", None), ("min_gru", None), ("layer_norm_lstm", None)])
def test_highway_and_gates_are_the_whole(name, alone):
    cell = ALL[name]
    problem = Problem(cell, 5, 3, 4, 9)
    found = problem.recorded(compiled(cell), "backward_highway")
    plain = problem.recorded(compiled(cell), "backward_recording")
    np.testing.assert_allclose(found[..., [0, 1]], plain[..., [0, 1]], rtol=1e-9)
    highway, gated, carried = found[:-1, :, 2], found[:-1, :, 3], found[:-1, :, 0]
    # As vectors they add up, so their norms obey the triangle inequality.
    a, b, whole = np.sqrt(highway), np.sqrt(gated), np.sqrt(carried)
    assert (whole <= a + b + 1e-9).all()
    assert (whole >= abs(a - b) - 1e-9).all()
    if alone is not None:
        assert (highway == alone).all()
    elif name == "min_gru":
        np.testing.assert_allclose(highway, carried, rtol=1e-9)
    else:
        # A gate of the last step but one acts on the last component two steps before the end.
        memory = found[:-2, :, -2:]
        assert (memory > 0).all()
