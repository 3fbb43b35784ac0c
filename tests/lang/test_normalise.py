"""Layer normalisation as a rewrite: what is normalised, and by what numbers."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from kernels.runs import Problem, compiled
from undertow import cell, tanh
from undertow.cells import CELLS
from undertow.lang import evaluate
from undertow.lang.check import check_graph
from undertow.lang.gates import activations
from undertow.lang.noise import drop_candidate
from undertow.lang.normalise import normalise_units, summed_inputs, terms
from undertow.nn.shaping.normalise import Normalisation


def normalised(name, gain=1.0, bias=True):
    return Normalisation("layer", gain).applied(CELLS[name], bias=bias)


def norm(a, gain, shift=0.0):
    """Ba et al. 2016, eq. 4, over the last axis."""
    mean = a.mean(-1, keepdims=True)
    return gain * (a - mean) / np.sqrt(((a - mean) ** 2).mean(-1, keepdims=True) + 1e-5) + shift


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def run(made, steps=3, batch=2, inputs=3, hidden=5):
    rng = np.random.default_rng(0)
    q = evaluate.Parameters.random(made, inputs, hidden, rng)
    for b in q.b.values():
        b[...] = 0.0  # its layer has none
    x = rng.normal(size=(steps, batch, inputs))
    start = {n: rng.normal(size=(batch, hidden)) for n in made.state}
    return x, q, start, evaluate.forward(made, x, q, start)


def test_lstm_by_the_paper():
    x, q, s, states = run(normalised("lstm"))
    h, c = s["h"], s["c"]
    for t in range(len(x)):
        a = {g: norm(x[t] @ q.W[g].T + h @ q.U[g].T, q.p[f"gain_{g}"], q.p[f"bias_{g}"]) for g in "ifgo"}
        c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["g"])
        h = sigmoid(a["o"]) * np.tanh(c)
        np.testing.assert_allclose(states["h"][t], h, rtol=1e-12)
        np.testing.assert_allclose(states["c"][t], c, rtol=1e-12)


def test_halves_of_the_gru_are_normalised_apart_and_the_second_bias_comes_after():
    made = normalised("gru")
    x, q, s, states = run(made)
    h = s["h"]
    for t in range(len(x)):
        r, z = (sigmoid(norm(x[t] @ q.W[g].T + h @ q.U[g].T, q.p[f"gain_{g}"], q.p[f"bias_{g}"])) for g in "rz")
        past = norm(h @ q.U["n"].T, q.p["gain_n_recurrent"], q.d["n"])
        n = np.tanh(norm(x[t] @ q.W["n"].T, q.p["gain_n_input"], q.p["bias_n"]) + r * past)
        h = (1 - z) * n + z * h
        np.testing.assert_allclose(states["h"][t], h, rtol=1e-12)


def test_a_pre_activation_is_a_summed_input_and_what_the_equations_add_to_it():
    for name, adds in (("lstm", False), ("peephole_lstm", True)):
        graph = CELLS[name].graph
        found = activations(graph)["i"].pre_activation
        assert (found in summed_inputs(graph)) is not adds
        assert {n.op for n in terms(found)} == {"input", "product"} | ({"mul"} if adds else set())


def test_peepholes_stay_outside():
    made = normalised("peephole_lstm")
    x, q, s, states = run(made, steps=1)
    (x,), h, c = x, s["h"], s["c"]
    a = {g: norm(x @ q.W[g].T + h @ q.U[g].T, q.p[f"gain_{g}"], q.p[f"bias_{g}"]) for g in "ifgo"}
    new = sigmoid(a["f"] + q.p["f"] * c) * c + sigmoid(a["i"] + q.p["i"] * c) * np.tanh(a["g"])
    np.testing.assert_allclose(states["c"][0], new, rtol=1e-12)
    np.testing.assert_allclose(states["h"][0], sigmoid(a["o"] + q.p["o"] * new) * np.tanh(new), rtol=1e-12)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("bias", [True, False])
def test_every_summed_input_of_every_cell_has_a_gain(name, bias):
    made = normalised(name, bias=bias)
    check_graph(made.graph)
    assert set(made.graph.leaves("weight")) == set(made.weights)
    own = {n: v for n, v in made.weights.items() if n not in CELLS[name].weights}
    assert {n for n in own if n.startswith("bias_")} == ({f"bias_{g}" for g in made.input_gates} if bias else set())
    gains = {n for n in own if n.startswith("gain_")}
    assert {n.split("_")[1] for n in gains} == set(made.input_gates) | set(made.recurrent_gates) - {"w"}
    assert (made.input_gates, made.recurrent_gates, made.recurrent_bias_gates) == (
        CELLS[name].input_gates, CELLS[name].recurrent_gates, CELLS[name].recurrent_bias_gates,
    )  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.floats(0.5, 20), st.floats(-5, 5))
def test_the_size_of_matrices_and_a_shift_of_all_units_change_nothing(name, scale, shift):
    made = normalised(name)
    x, q, s, states = run(made, inputs=5)
    for matrices in (q.W, q.U):
        for matrix in matrices.values():
            matrix *= scale
    for b in q.b.values():
        b += shift
    other = evaluate.forward(made, x, q, s)
    for n in made.state:
        np.testing.assert_allclose(other[n], states[n], rtol=2e-3, atol=2e-3)


def test_a_linear_candidate_is_dropped_as_a_whole():
    @cell(gates="g n", state=dict(h=0), roles=dict(candidate="n"))
    def leaky(x, s):
        return s.next(h=tanh(x.g) * s.h + x.n)

    dropped = drop_candidate(leaky.graph, "n", 0.5)
    made = normalise_units(dropped, gain=1.0, bias=True)
    assert set(made.weights) == set(normalise_units(leaky.graph, gain=1.0, bias=True).weights)
    (chosen,) = [n for n in made.graph.nodes if n.op == "where"]
    assert "sum" in {n.op for n in _under(chosen.args[1])}


def _under(node):
    yield node
    for argument in node.args:
        yield from _under(argument)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "gru_reset_before", "slstm", "indrnn", "min_lstm", "cornn"])
def test_kernels_are_the_interpreter(name, dtype):
    made = normalised(name, gain=0.7)
    problem = Problem(made, 4, 3, 5, 19)
    for b in problem.parameters.b.values():
        b[...] = 0.0
    expected = evaluate.forward(made, problem.x, problem.parameters, problem.start)
    states, _, _ = problem.kernels(compiled(made, dtype))
    for component in made.state:
        tolerance = 1e-9 if dtype == "float64" else 2e-4
        np.testing.assert_allclose(states[component], expected[component], rtol=tolerance, atol=tolerance)
