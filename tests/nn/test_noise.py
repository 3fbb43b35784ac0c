"""Zoneout and recurrent dropout: masks, meaning, and the same on every engine."""

import copy
import pickle

import numpy as np
import pytest
import torch

import undertow
from kernels.runs import Problem, compiled
from undertow.cells import CELLS
from undertow.errors import OptionError
from undertow.lang import evaluate
from undertow.lang.expr import Node
from undertow.lang.noise import kept
from undertow.nn import Recurrent
from undertow.nn.shaping.noise import Noise
from undertow.nn.shaping.options import Shaping

KINDS = {
    "zoneout": dict(zoneout=0.3),
    "zoneout of c": dict(zoneout=dict(c=0.5)),
    "recurrent": dict(recurrent_dropout=0.4),
    "candidate": dict(candidate_dropout=0.4),
    "all": dict(zoneout=dict(h=0.1, c=0.2), recurrent_dropout=0.3, candidate_dropout=0.2),
}


def pair(cell, **options):
    torch.manual_seed(0)
    fused = Recurrent(cell, 3, 21, 2, dtype=torch.float64, backend="fused", **options)
    reference = copy.deepcopy(fused)
    reference.backend = "reference"
    return fused, reference


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [None, [5, 2, 4]])
@pytest.mark.parametrize("kind", KINDS)
def test_engines_agree_to_the_mask(kind, lengths, bidirectional, training):
    x = torch.randn(5, 3, 3, dtype=torch.float64)
    results = []
    for layer in pair("lstm", bidirectional=bidirectional, **KINDS[kind]):
        layer.train(training)
        torch.manual_seed(7)
        output, _ = layer(x, lengths=lengths)
        results.append((output, torch.autograd.grad(output.sin().sum(), list(layer.parameters()))))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-9, atol=1e-12)
    for a, b in zip(results[0][1], results[1][1], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("name", [n for n, c in CELLS.items() if c.recurrent_gates and "candidate" in c.roles])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_draw_the_interpreters_masks(name, dtype):
    zoneout = {n: 0.2 for n, value in CELLS[name].state.items() if not np.isinf(value)}
    noise = Noise.of(CELLS[name], Shaping(zoneout=zoneout, recurrent_dropout=0.3, candidate_dropout=0.25))
    cell = noise.zoned(noise.dropped(CELLS[name], training=True), training=True)
    problem = Problem(cell, 4, 3, 5, 19)
    expected = evaluate.forward(cell, problem.x, problem.parameters, problem.start, seed=0)
    states, _, _ = problem.kernels(compiled(cell, dtype))
    for component in cell.state:
        tolerance = 1e-9 if dtype == "float64" else 1e-4
        np.testing.assert_allclose(states[component], expected[component], rtol=tolerance, atol=tolerance)


def test_masks_are_fair_and_different():
    node = Node("draw", name="zoneout h", value=0.3)
    masks = np.stack([kept(node, 5, t, 40, 50) for t in range(50)])
    share = masks.mean()
    assert abs(share - 0.7) < 4 * np.sqrt(0.21 / masks.size)
    for axis in range(3):
        a, b = np.moveaxis(masks, axis, 0)[:-1].ravel(), np.moveaxis(masks, axis, 0)[1:].ravel()
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.02
    assert (kept(node, 5, 3, 4, 9) != kept(node, 6, 3, 4, 9)).any()
    assert (kept(node, 5, 3, 4, 9) != kept(Node("draw", name="other", value=0.3), 5, 3, 4, 9)).any()
    once = Node("draw_once", name="dropout", value=0.3)
    assert (kept(once, 5, 0, 4, 9) == kept(once, 5, 8, 4, 9)).all()


def test_masks_are_what_they_have_always_been():
    """A changed mask would change every training that is repeated from its seed."""
    drawn = kept(Node("draw", name="zoneout h", value=0.5), 1, 2, 2, 8).astype(int).tolist()
    assert drawn == GOLDEN


GOLDEN = [[1, 0, 1, 0, 1, 0, 1, 1], [0, 0, 0, 1, 0, 1, 0, 0]]


def test_zoneout_keeps_old_values():
    layer = Recurrent("lstm", 3, 200, zoneout=dict(c=0.6))
    x = torch.randn(6, 4, 3)
    _, _, states = layer(x, states=True)
    c = states["c"][0].detach()
    assert abs((c[1:] == c[:-1]).float().mean() - 0.6) < 0.03
    layer.eval()
    _, _, states = layer(x, states=True)
    assert (states["c"][0][1:] == states["c"][0][:-1]).float().mean() == 0


def test_the_seed_is_torchs():
    layer = Recurrent("gru", 3, 16, recurrent_dropout=0.5)
    x = torch.randn(4, 2, 3)
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        runs.append(layer(x)[0])
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])
    copied = copy.deepcopy(layer).train()
    torch.manual_seed(1)
    assert torch.equal(copied(x)[0], runs[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(zoneout=1.0), "below 1; got 1.0"),
        (dict(zoneout=dict(hh=0.1)), "no state component 'hh'"),
        (dict(recurrent_dropout=-0.1), "recurrent_dropout must be a probability"),
        (dict(candidate_dropout=True), "candidate_dropout must be a probability"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(OptionError, match=message):
        Recurrent("lstm", 2, 3, **options)


def test_options_that_a_cell_has_no_place_for():
    with pytest.raises(OptionError, match="no recurrent matrix"):
        Recurrent("min_gru", 2, 3, recurrent_dropout=0.1)
    own = undertow.cell(gates="a", state=dict(h=0))(_plain)
    with pytest.raises(OptionError, match="candidate"):
        Recurrent(own, 2, 3, candidate_dropout=0.1)


def test_a_component_that_begins_at_infinity_has_no_zoneout():
    with pytest.raises(OptionError, match="component 'm' of cell 'slstm' begins at -inf"):
        Recurrent("slstm", 2, 3, zoneout=0.1)
    Recurrent("slstm", 2, 3, zoneout=dict(h=0.1))


def _plain(x, s):
    return s.next(h=undertow.tanh(x.a))


def test_a_pickled_layer_keeps_its_noise():
    layer = Recurrent("gru", 3, 4, zoneout=0.3, recurrent_dropout=0.2)
    again = pickle.loads(pickle.dumps(layer))
    x, results = torch.randn(5, 2, 3), []
    for one in (layer, again):
        torch.manual_seed(3)
        results.append((one.train()(x)[0], one.eval()(x)[0]))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])
    assert not torch.equal(*results[0])
