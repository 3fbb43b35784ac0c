"""``states=True``: every component after every step, each differentiable, against the oracle's BPTT."""

import numpy as np
import pytest
import torch

from oracle import parameters_of, parts
from undertow.errors import BackendError
from undertow.lang import evaluate
from undertow.nn import Recurrent


def test_every_component_and_a_loss_on_any_of_them(cell):
    """The gradient of a loss on all components at all steps is what the derived adjoint gives in NumPy."""
    torch.manual_seed(0)
    layer = Recurrent(cell, 3, 4, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    output, final, states = layer(x, states=True)
    assert list(states) == list(cell.state)
    assert torch.equal(states[cell.output][0], output)
    for (own,), last in zip(states.values(), parts(final), strict=True):
        assert torch.equal(own[-1], last[0])
    cotangents = {name: torch.randn(5, 2, 4, dtype=torch.float64) for name in states}
    loss = sum((states[name][0] * cotangents[name]).sum() for name in states)
    gradient = torch.autograd.grad(loss, x)[0]

    parameters = parameters_of(layer)
    start, series = evaluate.initial_state(cell, 2, 4), x.detach().numpy()
    expected = evaluate.forward(cell, series, parameters, start)
    for name in cell.state:
        np.testing.assert_allclose(states[name][0].detach(), expected[name], rtol=1e-9, atol=1e-12)
    plain = {k: v.numpy() for k, v in cotangents.items()}
    back = evaluate.backward(cell, series, parameters, start, expected, plain)
    np.testing.assert_allclose(gradient, back.x, rtol=1e-8, atol=1e-11)


def test_layouts_of_states():
    layer = Recurrent("lstm", 3, [4, 6], bidirectional=True, batch_first=True)
    output, _, states = layer(torch.randn(2, 5, 3), states=True, lengths=[5, 2])
    assert [t.shape for t in states["c"]] == [(2, 5, 8), (2, 5, 12)]
    assert torch.equal(states["h"][1], output)
    assert not states["c"][0][1, 2:].any()
    assert states["c"][0][1, :2].all()


def test_reverse_states_stand_at_their_own_steps():
    layer = Recurrent("lstm", 3, 4, bidirectional=True)
    _, (_, c), states = layer(torch.randn(5, 2, 3), states=True)
    assert torch.equal(states["c"][0][0, :, 4:], c[1])
    assert torch.equal(states["c"][0][-1, :, :4], c[0])


def test_vendor_cannot_give_all_states_of_the_lstm_and_auto_finds_who_can():
    layer, x = Recurrent("lstm", 3, 4, dtype=torch.float64), torch.randn(5, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x, states=True)[0], layer(x)[0], rtol=1e-10, atol=1e-12)
    layer.backend = "vendor"
    with pytest.raises(BackendError, match=r"does not give every state component.*Use backend='auto' or 'reference'"):
        layer(x, states=True)
    assert torch.equal(Recurrent("gru", 3, 4, backend="vendor").double()(x, states=True)[2]["h"][0][-1].isnan().any(),
                       torch.tensor(False))  # fmt: skip
