"""Kernels against the interpreter: every cell, every width, any shape, and graphs that nobody would write."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from kernels.graphs import random_cell
from kernels.runs import Problem, compiled, differences
from lang.cells_for_tests import ALL
from undertow.cells import CELLS
from undertow.kernels import calls, sequence
from undertow.kernels.host import available

SHAPES = [(3, 2, 5, 7), (1, 1, 1, 1), (6, 1, 4, 40), (2, 13, 20, 33)]
CLOSE = {"float64": 1e-10, "float32": 1e-4}


def agree(problem, steps, **options):
    wrong = {k: v for k, v in differences(problem, steps, **options).items() if not v < CLOSE[steps.dtype]}
    assert wrong == {}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ALL)
def test_every_cell(name, dtype):
    steps = compiled(ALL[name], dtype)
    for number, shape in enumerate(SHAPES):
        agree(Problem(ALL[name], *shape, seed=number, reverse=number % 2 == 1), steps)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("target", available(), ids=lambda t: t.name)
@pytest.mark.parametrize("name", ALL)
def test_every_cell_on_every_width(name, target, dtype):
    steps = compiled(ALL[name], dtype, target)
    for number, shape in enumerate(SHAPES):
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


@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "peephole_lstm"])
def test_backward_that_keeps_what_it_reads(name):
    agree(Problem(ALL[name], 4, 3, 5, 17), compiled(ALL[name]), overwrite=False)


@pytest.mark.parametrize("name", ["lstm", "gru", "layer_norm_lstm", "peephole_lstm"])
def test_same_bits_for_any_number_of_threads(name, monkeypatch):
    import undertow.nn  # noqa: F401 - lends its threads

    monkeypatch.setattr(calls, "WORTH_SHARING", 0)
    monkeypatch.setattr(sequence, "WORTH_SHARING", 0)
    problem, steps = Problem(ALL[name], 5, 23, 18, 37), compiled(ALL[name], "float32")
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
