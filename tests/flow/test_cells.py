"""Every cell of the zoo, watched: the kernels against the unrolled loop, and the ways of its gradient, which add up."""

import numpy as np
import pytest
import torch

from flow.seeing import Seeing, watched
from lang.cells_for_tests import ALL
from undertow.cells import CELLS
from undertow.flow.quantities.paths import split
from undertow.lang import evaluate
from undertow.lang.adjoint import derive
from undertow.lang.expr import topological
from undertow.lang.gates import activations
from undertow.lang.interpret import interpret
from undertow.lang.passes import leave_through, split_by_way
from undertow.nn import Recurrent
from undertow.nn.engines.values import Values

EVERY = {
    **CELLS,
    "rnn-relu": CELLS["rnn"].bind(nonlinearity="relu"),
    "lstm_1997-truncate": CELLS["lstm_1997"].bind(truncate=True),
    "slstm-heads": CELLS["slstm"].bind(heads=2),
}
HIDDEN, STEPS, LENGTHS = 4, 7, [7, 3, 1, 5]


def layer_of(cell, backend, **options):
    torch.manual_seed(0)
    inputs = HIDDEN if cell.reads_raw else 3
    module = Recurrent(cell, inputs, HIDDEN, dtype=torch.float64, backend=backend, bidirectional=True, **options)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.startswith("p_"):
                parameter += 0.3 * torch.randn_like(parameter)
    return module, torch.randn(STEPS, len(LENGTHS), inputs, dtype=torch.float64)


def backward(module, x, lengths=LENGTHS):
    """A loss on every output and on the final state."""
    torch.manual_seed(3)
    output, final = module(x, lengths=lengths)
    final = final if isinstance(final, tuple) else (final,)
    sum((v * torch.randn_like(v)).sum() for v in (output, *final)).backward()


@pytest.mark.parametrize("name", EVERY)
def test_the_ways_add_up_to_the_carried_gradient(name):
    """As vectors, at every step of every sample, in both directions."""
    module, x = layer_of(EVERY[name], "reference")
    seen = Seeing()
    with watched(module, seen):
        backward(module, x)
    assert len(seen.windows) == 2
    for window, vectors in zip(seen.windows, seen.vectors, strict=True):
        parts = split(window)
        total = torch.stack(list(parts.values())).sum(0)
        torch.testing.assert_close(total, window.by_lag(vectors), rtol=1e-8, atol=1e-11, equal_nan=True)
        assert total.isnan().sum() == sum(STEPS - n for n in LENGTHS) * total[0, 0].numel()


@pytest.mark.parametrize("name", EVERY)
def test_the_kernels_see_what_the_unrolled_loop_sees(name):
    """Records, probes and every quantity: padded, both directions."""
    found = {}
    for backend in ("fused", "reference"):
        # A cell that reads its input directly wants it as wide as itself, which two directions together are not.
        options = {"num_layers": 1 if EVERY[name].reads_raw else 2}
        module, x = layer_of(EVERY[name], backend, **options)
        layers = found[backend] = Seeing(), Seeing()
        with watched(module, *layers):
            backward(module, x)
    for ours, theirs in zip(found["fused"], found["reference"], strict=True):
        equal(ours, theirs)


def equal(fused, reference):
    close = {"rtol": 1e-8, "atol": 1e-14, "equal_nan": True}
    for ours, theirs in zip(fused.windows, reference.windows, strict=True):
        assert (ours.sweep.engine, theirs.sweep.engine) == ("fused", "reference")
        torch.testing.assert_close(ours.by_lag(ours.records)[..., :2], theirs.by_lag(theirs.records), **close)
        for a, b in zip(ours.probes, theirs.probes, strict=True):
            assert a.step == b.step
            torch.testing.assert_close(a.sums, b.sums, **close)
            started = a.sums[0].sum(-1)
            assert torch.allclose(started[~started.isnan()], torch.ones((), dtype=torch.float64))
    for ours, theirs in zip(fused.summaries(), reference.summaries(), strict=True):
        alike(ours, theirs)


NOISE = [{"zoneout": 0.3}, {"recurrent_dropout": 0.4}, {"candidate_dropout": 0.4}]


@pytest.mark.parametrize("noise", NOISE, ids=str)
@pytest.mark.parametrize("name", ["lstm", "gru", "peephole_lstm", "gru_reset_before"])
def test_noise_is_the_same_when_looked_at_again(name, noise):
    """Values and ways are computed again with the very masks of the forward pass, on fewer samples too."""
    found = {}
    for backend in ("fused", "reference"):
        module, x = layer_of(EVERY[name], backend, **noise)
        seen = found[backend] = Seeing()
        with watched(module, seen):
            backward(module, x)
    for window, vectors in zip(found["reference"].windows, found["reference"].vectors, strict=True):
        for samples in (2, len(LENGTHS)):
            window.__dict__["values"] = Values(window.sweep, samples)
            total = torch.stack(list(split(window).values())).sum(0)
            expected = window.by_lag(vectors)[:, :samples]
            torch.testing.assert_close(total, expected, rtol=1e-8, atol=1e-11, equal_nan=True)
    for ours, theirs in zip(found["fused"].summaries(), found["reference"].summaries(), strict=True):
        alike(ours, theirs)


def alike(ours, theirs, where=""):
    """Two summaries, number by number; the same is missing in both."""
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            alike(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), where
        for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            alike(a, b, f"{where}[{number}]")
    elif isinstance(ours, float):
        assert ours == pytest.approx(theirs, rel=3e-5, abs=1e-9), where
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("name", ALL)
def test_the_ways_of_a_graph_are_its_whole_gradient(name):
    """All ways of one BPTT step together are the derived step, also for equations nobody would write."""
    cell, rng = ALL[name], np.random.default_rng(0)
    inputs = 6 if cell.reads_raw else 3
    parameters = evaluate.Parameters.random(cell, inputs, 6, rng)
    state = {n: 0.5 * rng.normal(size=(4, 6)) for n in cell.state}
    gradients = {n: rng.normal(size=(4, 6)) for n in cell.state}
    step = evaluate._Step(cell, parameters, rng.normal(size=(4, inputs)), state, gradients)

    def values(nodes):
        found = interpret(topological(nodes.values()), step)
        return {name: np.broadcast_to(found[node], (4, 6)) for name, node in nodes.items()}

    whole = values(derive(cell.graph).state)
    ways = {w: values(nodes) for w, nodes in split_by_way(cell.graph).items()}
    for component, expected in whole.items():
        np.testing.assert_allclose(sum(w[component] for w in ways.values()), expected, rtol=1e-10, atol=1e-12)
    for way, found in ways.items():
        alone = values(derive(leave_through(cell.graph, way)).state)
        for component in whole:
            np.testing.assert_allclose(found[component], alone[component], rtol=1e-12, atol=1e-14)


LSTM = {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"}
GRU = {"r": "sigmoid", "z": "sigmoid", "n": "tanh"}
TABLE = {
    "rnn": {"a": "tanh"},
    "rnn-relu": {"a": "relu"},
    "lstm": LSTM,
    "lstm_1997": {k: LSTM[k] for k in "igo"},
    "lstm_1997-truncate": {k: LSTM[k] for k in "igo"},
    "peephole_lstm": LSTM,
    "coupled_lstm": {k: LSTM[k] for k in "fgo"},
    "lstm_no_input_gate": {k: LSTM[k] for k in "fgo"},
    "lstm_no_output_gate": {k: LSTM[k] for k in "ifg"},
    "layer_norm_lstm": LSTM,
    "gru": GRU,
    "gru_reset_before": GRU,
    "layer_norm_gru": GRU,
    "mgu": {"f": "sigmoid", "n": "tanh"},
    "ugrnn": {"g": "sigmoid", "n": "tanh"},
    "janet": {"f": "sigmoid", "g": "tanh"},
    "star": {"k": "sigmoid", "z": "tanh"},
    "slstm": {"i": "exp", "f": "log_sigmoid", "z": "tanh", "o": "sigmoid"},
    "slstm-heads": {"i": "exp", "f": "log_sigmoid", "z": "tanh", "o": "sigmoid"},
    "min_gru": {"z": "sigmoid"},
    "min_lstm": {"f": "sigmoid", "i": "sigmoid"},
    "indrnn": {"a": "relu"},
    "sru": {"f": "sigmoid", "r": "sigmoid"},
    "cornn": {"a": "tanh"},
}


@pytest.mark.parametrize("name", EVERY)
def test_activations_of_every_cell(name):
    assert {gate: a.function for gate, a in activations(EVERY[name].graph).items()} == TABLE[name]


#: Components of the state before that a gradient reaches through each gate alone; "" is the highway.
WAYS = {
    "rnn": {"a": "h"},
    "lstm": {"": "c", "i": "h", "f": "h", "g": "h", "o": "h"},
    "lstm_1997-truncate": {"": "c"},
    # o reads the new c, and from there the gradient goes on along f.
    "peephole_lstm": {"": "c", "i": "hc", "f": "hc", "g": "h", "o": "hc"},
    "gru": {"": "h", "r": "h", "z": "h", "n": "h"},
    "gru_reset_before": {"": "h", "r": "h", "z": "h", "n": "h"},
    "min_gru": {"": "h"},
    "indrnn": {"a": "h"},
    "sru": {"": "c", "f": "c", "r": "c"},
    # The matrix of w reads z inside the activation of a: it is the one that the gradient met last.
    "cornn": {"": "hz", "a": "h", "w": "z"},
    "star": {"": "h", "k": "h"},
    # The stabiliser is a term of what i's exponential is taken of.
    "slstm": {"": "cnm", "i": "hm", "f": "h", "z": "h", "o": "h"},
}


@pytest.mark.parametrize("name", WAYS)
def test_which_ways_lead_where(name):
    ways = split_by_way(EVERY[name].graph)
    found = {w: "".join(c for c, node in nodes.items() if node.op != "literal") for w, nodes in ways.items()}
    assert {w: components for w, components in found.items() if components} == WAYS[name]
